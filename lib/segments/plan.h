/*
   How a segment is answered for a whole block of profiles at once: what in
   its expression compares a figure, an instant or a trait becomes a filter
   over columns, and `&&`, `||`, `!` combine what the filters say. What they
   cannot tell stays open, and is left to omni__segment_evaluate().
*/
#ifndef OMNI__SEGMENTS_PLAN_H
#define OMNI__SEGMENTS_PLAN_H

#include "segments/columns.h"
#include "segments/subject.h"

/* What an expression may come to, one bit each: of one profile one of them is
   true, and where more bits are set it is open which. */
typedef enum omni__answer {
    OMNI__ANSWER_TRUE = 1,
    OMNI__ANSWER_FALSE = 2,
    OMNI__ANSWER_ERROR = 4,
    OMNI__ANSWER_OPEN = 7
} omni__answer;

typedef struct omni__plan omni__plan;

/* Plan a segment at an instant; it and what `lookup` finds must outlive the
   plan. */
omni_status
omni__plan_make(const omni__segment *segment, int64_t now_us,
                omni__segment_lookup lookup, void *user,
                const omni__alloc *alloc, omni__plan **out);

/* Plan a segment for what figures tell of one profile at any instant: what
   reads other segments stays open. For omni__plan_glance() alone. */
omni_status
omni__plan_make_glance(const omni__segment *segment, const omni__alloc *alloc,
                       omni__plan **out);

/* NULL is allowed. */
void
omni__plan_free(omni__plan *plan);

/* Whether columns can answer anything. */
bool
omni__plan_is_useful(const omni__plan *plan);

/* Answers for the profiles of a block, in their order: valid until the next
   call; bytes behind them may be read up to a multiple of 64. */
omni_status
omni__plan_run(omni__plan *plan, const omni__columns *columns,
               const uint8_t **answers);

/* What may be the answer, and an interval around the instant in which that is
   so without a new fact; it need not be the widest. */
typedef struct omni__glance {
    uint8_t answer; /* bits of omni__answer */
    int64_t since_us;
    int64_t until_us;
} omni__glance;

/* What figures and traits tell of a profile; where that leaves it open, its
   newest events, as far back as is needed. */
omni_status
omni__plan_glance(omni__plan *plan, omni__subject *subject, int64_t now_us,
                  omni__glance *out);

/* How many of each there are; the rest is open. */
typedef struct omni__tally_of_answers {
    uint64_t members;
    uint64_t others;
    uint64_t errors;
} omni__tally_of_answers;

omni__tally_of_answers
omni__plan_tally(const uint8_t *answers, uint32_t count);

#endif
