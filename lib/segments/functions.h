/* Inside of segments/: an evaluation, and the functions that it offers to
   expressions. */
#ifndef OMNI__SEGMENTS_FUNCTIONS_H
#define OMNI__SEGMENTS_FUNCTIONS_H

#include "cel/run.h"
#include "segments/subject.h"

/* How deep segments may name one another. */
#define OMNI__SEGMENT_NESTING 8u

/* What an evaluation reads from: `host` of its run. */
typedef struct omni__evaluation omni__evaluation;

struct omni__evaluation {
    const omni__segment *segment;
    omni__slice name; /* by which it was asked for; empty: none */
    omni__subject *subject;
    const omni__evaluation *outer; /* that reads segment(name) */
    unsigned depth;
    omni_status fault; /* no fault: OMNI_OK */
};

static inline omni__evaluation *
omni__evaluation_of(const omni__cel_run *run)
{
    return run->host;
}

/* Note a fault: the value is an error, and the evaluation has no answer. */
omni__cel_value
omni__evaluation_fault(omni__cel_run *run, omni_status status);

/* Evaluate within an evaluation, at its instant; its run pays. */
omni__cel_value
omni__evaluation_run(omni__evaluation *evaluation, omni__cel_run *run);

/* Give a run the file of the time zone that a segment names. */
void
omni__segment_zone(const omni__segment *segment, omni__cel_run *run);

/* The variables of the environment, and its functions. */
extern const omni__cel_environment omni__segment_environment;

/* Whether a function of the host has the same value whenever it is called. */
bool
omni__segment_constant(const omni__cel_overload *overload);

omni__cel_value
omni__evaluation_read(omni__cel_run *run, uint32_t number);

/* When the first and the last of the profile's events were, whenever. */
void
omni__subject_seen(const omni__subject *subject, int64_t *first_us,
                   int64_t *last_us);

/* A trait of the profile by its name, whenever its value came to be; `*out` is
   NULL if there is none. */
omni_status
omni__subject_trait(omni__subject *subject, omni__slice name,
                    const omni__trait **out);

/* JSON of a trait at now, whenever the value that the profile has came to be;
   no data if it has none by then. */
omni_status
omni__evaluation_trait(omni__cel_run *run, const omni__trait *trait,
                       omni__slice *value);

/* A value of canonical JSON: whole numbers in range are int, others decimal
   where they have at most six digits behind the point, else double. */
omni__cel_value
omni__evaluation_json(omni__cel_run *run, omni__slice json);

/* A map whose keys are known to be there once each. */
omni__cel_value
omni__evaluation_map(omni__cel_run *run, const omni__cel_entry *entries,
                     size_t count);

/* An instant. */
omni__cel_value
omni__evaluation_time(int64_t time_us);

/* The member of a canonical object whose name, escaped and without quotes, is
   `key`; false if there is none. */
bool
omni__evaluation_member(omni__slice object, omni__slice key,
                        omni__slice *value);

/* A name as it stands in canonical JSON, without quotes; NULL data without
   memory. */
omni__slice
omni__evaluation_key(omni__cel_run *run, omni__slice name);

/* An instant later by a length; INT64_MAX: never. */
static inline int64_t
omni__evaluation_after(int64_t time_us, int64_t length_us)
{
    return length_us == INT64_MAX || time_us > INT64_MAX - length_us
               ? INT64_MAX
               : time_us + length_us;
}

#endif
