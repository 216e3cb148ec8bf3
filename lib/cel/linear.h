/*
   Instants and durations that grow with `now` at a constant slope. Sums of them
   stay so; a comparison knows the microsecond at which its outcome changes.
*/
#ifndef OMNI__CEL_LINEAR_H
#define OMNI__CEL_LINEAR_H

#include "cel/moving.h"

/* `a + b` or `a - b` of TIMESTAMPs and DURATIONs, `kind` the sum's. */
omni__cel_value
omni__cel_linear_add(omni__cel_run *run, bool subtract, omni__cel_kind kind,
                     omni__cel_value a, omni__cel_value b);

/* Narrow to where `a op b`, an equality or order of two values of one kind,
   comes out as now. */
void
omni__cel_linear_compare(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                         omni__cel_value b);

/* Narrow to where a value stays in [low, high), seconds; of negative
   durations, which round to zero, in (low, high]. */
void
omni__cel_linear_stay(omni__cel_run *run, omni__cel_value value, int64_t low,
                      int64_t high);

/* An INT that is `number` while a value stays in [low, low + unit), seconds,
   and goes on so as that does: regularly, where it grows or falls as now
   does; else narrows to there. */
omni__cel_value
omni__cel_linear_count(omni__cel_run *run, omni__cel_value value,
                       int64_t number, int64_t low, int64_t unit);

/* The value as it was at the whole second of now, without a slope. */
omni__cel_value
omni__cel_linear_second(omni__cel_run *run, omni__cel_value value);

#endif
