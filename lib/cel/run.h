/* One evaluation: what functions get to work with. */
#ifndef OMNI__CEL_RUN_H
#define OMNI__CEL_RUN_H

#include "cel/node.h"
#include "platform/buffer.h"

/* The value of declared variable `number`; asked for whenever it is read. */
typedef omni__cel_value (*omni__cel_variable_fn)(omni__cel_run *run,
                                                 uint32_t number);

/* Of a value that moves: it is another by `by` at each `begin_us` +
   n * `unit_us`, and has been what it is now since `begin_us`. */
typedef struct omni__cel_gait {
    int64_t begin_us, unit_us, by;
} omni__cel_gait;

struct omni__cel_run {
    omni__arena *arena; /* of values that are made */
    void *host;         /* of the variables and of the host's functions */
    omni__cel_variable_fn variable;
    uint64_t steps; /* left; an evaluation that has none left is an error */
    omni__cel_value *slots;
    const omni__cel_node *at; /* what is being called */
    uint32_t nested; /* values in values that are being walked over: these may
                        be deeper than the text is, and shared */
    /* The instant asked, and the interval around it in which everything that
       was read is the same: begin with INT64_MIN and INT64_MAX, for ever. */
    int64_t now_us;
    int64_t since_us;
    int64_t until_us;
    /* The same end, but for what is seen at whole seconds of now or so, and is
       not known to change: until then an answer may go on beyond `until_us`. */
    int64_t exact_until_us;
    /* How INTs that move go on: see cel/moving.h. */
    omni__cel_gait *gaits;
    uint32_t gait_count;
    uint32_t gait_room;
    /* The last file of the time zone database that was read. */
    omni__slice zone;
    omni__slice zone_file;
};

/* What was just read holds in [since, until) only, which now is in. There are
   no instants but those of years 1 to 9999: beyond them is for ever. */
void
omni__cel_run_hold(omni__cel_run *run, int64_t since_us, int64_t until_us);

/* The same, where it is not known that anything changes then. */
void
omni__cel_run_look(omni__cel_run *run, int64_t since_us, int64_t until_us);

/* What an evaluation holds up to a point of it, to go back to. */
typedef struct omni__cel_held {
    int64_t since_us, until_us, exact_until_us;
} omni__cel_held;

static inline omni__cel_held
omni__cel_run_held(const omni__cel_run *run)
{
    return (omni__cel_held){.since_us = run->since_us,
                            .until_us = run->until_us,
                            .exact_until_us = run->exact_until_us};
}

/* Back to `held`; what was held since then is intersected into `all`. */
void
omni__cel_run_back(omni__cel_run *run, const omni__cel_held *held,
                   omni__cel_held *all);

static inline void
omni__cel_run_set(omni__cel_run *run, const omni__cel_held *held)
{
    run->since_us = held->since_us;
    run->until_us = held->until_us;
    run->exact_until_us = held->exact_until_us;
}

/* `now` as a TIMESTAMP that grows with it; an error beyond years 1 to 9999. */
omni__cel_value
omni__cel_run_now(omni__cel_run *run);

/* A DECIMAL of millionths. */
omni__cel_value
omni__cel_run_decimal(omni__cel_run *run, omni__int128 micro);

/* An error with a message, at what is being evaluated. */
omni__cel_value
omni__cel_run_error(omni__cel_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Out of memory, and out of steps. */
omni__cel_value
omni__cel_run_memory(omni__cel_run *run);

/* Take steps; false if there are not so many left. */
static inline bool
omni__cel_run_steps(omni__cel_run *run, uint64_t steps)
{
    const bool enough = run->steps >= steps;
    run->steps = enough ? run->steps - steps : 0;
    return enough;
}

omni__cel_value
omni__cel_run_exhausted(omni__cel_run *run);

/* What a buffer holds as a STRING, or as BYTES; the buffer is freed. */
omni__cel_value
omni__cel_run_take(omni__cel_run *run, omni__buffer *buffer,
                   omni__cel_kind kind);

/* A map of entries whose keys are checked: kinds, and each once. */
omni__cel_value
omni__cel_run_map(omni__cel_run *run, const omni__cel_entry *entries,
                  size_t count);

/* An OPTIONAL of a value. */
omni__cel_value
omni__cel_run_some(omni__cel_run *run, omni__cel_value value);

/* `a op b`; negation. */
omni__cel_value
omni__cel_binary(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                 omni__cel_value b);

omni__cel_value
omni__cel_negate(omni__cel_run *run, omni__cel_value a);

/* a[key], and a field by its name; `*found` false and an error if there is
   none of that key. */
omni__cel_value
omni__cel_at(omni__cel_run *run, omni__cel_value a, omni__cel_value key,
             bool *found);

/* Evaluate a resolved expression: its value, an ERROR among them. */
omni__cel_value
omni__cel_evaluate(omni__cel_run *run, const omni__cel_node *root);

#endif
