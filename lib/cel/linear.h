/*
   Values that grow with `now` at a constant slope. Sums of them stay so; a
   comparison knows the microsecond at which its outcome changes. Whatever else
   looks at one sees it as it was at the whole second of now.
*/
#ifndef OMNI__CEL_LINEAR_H
#define OMNI__CEL_LINEAR_H

#include "cel/run.h"

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

/* The value as it was at the whole second of now, without a slope; narrows to
   that second. */
omni__cel_value
omni__cel_linear_settle(omni__cel_run *run, omni__cel_value value);

static inline omni__cel_value
omni__cel_settled(omni__cel_run *run, omni__cel_value value)
{
    return value.slope == 0 ? value : omni__cel_linear_settle(run, value);
}

#endif
