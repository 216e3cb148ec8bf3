/* Inside of segments/: the events of a name in a window that ends at now, and
   the interval in which it holds the same ones. */
#ifndef OMNI__SEGMENTS_WINDOW_H
#define OMNI__SEGMENTS_WINDOW_H

#include "segments/functions.h"

/* Where an event stands: newest first, these come in this order. */
typedef enum omni__place {
    OMNI__PLACE_LATER,  /* later than now: it does not exist yet */
    OMNI__PLACE_INSIDE, /* of the window */
    OMNI__PLACE_BEFORE, /* it has left the window */
    OMNI__PLACE_END     /* there are no more */
} omni__place;

typedef struct omni__window {
    omni__cel_run *run;
    omni__recent *recent;
    omni__slice name; /* of its events; empty data: all */
    int64_t now_us;
    int64_t length_us; /* INT64_MAX: all that was; negative: see below */
    uint64_t left;     /* events of the name that may still come */
    size_t at;         /* in `recent` */
    const omni__entry *entry;
    int64_t since_us; /* what was noted */
    int64_t until_us;
} omni__window;

/* Figures of a name over all nodes. */
typedef struct omni__tally {
    const omni__figure *parts;
    size_t part_count;
    uint64_t count;
    int64_t first_us; /* INT64_MAX: none */
    int64_t last_us;  /* INT64_MIN: none */
} omni__tally;

omni_status
omni__tally_of(omni__subject *subject, omni__slice name, omni__tally *out);

/* False: a fault, noted. */
bool
omni__tally_read(omni__cel_run *run, omni__slice name, omni__tally *out);

/* The length of a window in microseconds: an event that is as old as that has
   left. One that grows as now does, and so begins at an instant, has it
   negative. False if it is not above 0. */
bool
omni__window_length(omni__cel_run *run, omni__cel_value within,
                    int64_t *length_us);

/* When an event leaves a window: from the one that grows none ever does, but
   those before it. */
static inline int64_t
omni__window_left(const omni__cel_run *run, int64_t time_us, int64_t length_us)
{
    if (length_us < 0) {
        return time_us - length_us > run->now_us ? INT64_MAX : INT64_MIN;
    }
    return omni__evaluation_after(time_us, length_us);
}

#define OMNI__WINDOW_LENGTH "a window is longer than nothing"

omni__cel_value
omni__window_refuse(omni__cel_run *run);

/* Begin; `left` bounds how many events of the name there are. False: a fault,
   noted. */
bool
omni__window_begin(omni__cel_run *run, omni__slice name, int64_t length_us,
                   uint64_t left, omni__window *out);

/* The next older event of the name. Faults are in `recent->status`. */
omni__place
omni__window_next(omni__window *window);

/* Note that the event which the window stands on is an input: when it comes
   and when it leaves. */
void
omni__window_note(omni__window *window, omni__place place);

/* `value`, which holds as long as what was noted; or a fault, or an error for
   want of steps. */
omni__cel_value
omni__window_end(const omni__window *window, omni__cel_value value);

/* Functions of the host, in a file of their own. */
omni__cel_value
omni__events_sum(omni__cel_run *run, const omni__cel_value *a, size_t count);

omni__cel_value
omni__events_min(omni__cel_run *run, const omni__cel_value *a, size_t count);

omni__cel_value
omni__events_max(omni__cel_run *run, const omni__cel_value *a, size_t count);

omni__cel_value
omni__events_avg(omni__cel_run *run, const omni__cel_value *a, size_t count);

omni__cel_value
omni__events_distinct(omni__cel_run *run, const omni__cel_value *a,
                      size_t count);

omni__cel_value
omni__events_sequence(omni__cel_run *run, const omni__cel_value *a,
                      size_t count);

omni__cel_value
omni__events_list(omni__cel_run *run, const omni__cel_value *a, size_t count);

#endif
