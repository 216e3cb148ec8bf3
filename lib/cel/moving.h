/*
   What moves with `now` and is no instant or duration: its `slope` is 1.

       INT     moves in regular steps (omni__cel_gait), `size` says which; it
               is made of fields of what moves, and of int().
       STRING  is what string() makes of an instant, seen at whole seconds.
       LIST, MAP, OPTIONAL   hold something that moves.

   Operators follow these as far as they go; whatever else looks at one sees
   what it is now, and narrows to where it is.
*/
#ifndef OMNI__CEL_MOVING_H
#define OMNI__CEL_MOVING_H

#include "cel/run.h"

/* An INT that moves, around what it is now. */
omni__cel_value
omni__cel_moving(omni__cel_run *run, int64_t number, omni__cel_gait gait);

/* What a value is now, as one that does not move. */
omni__cel_value
omni__cel_moving_settle(omni__cel_run *run, omni__cel_value value);

static inline omni__cel_value
omni__cel_settled(omni__cel_run *run, omni__cel_value value)
{
    return value.slope == 0 ? value : omni__cel_moving_settle(run, value);
}

/* Whether `a op b`, an order or equality, comes out as it does now: narrows to
   where it does. Both are left as they are. */
void
omni__cel_moving_compare(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                         omni__cel_value b);

/* a == b, narrowed to where that is so. */
bool
omni__cel_moving_equal(omni__cel_run *run, omni__cel_value a,
                       omni__cel_value b);

/* `a op b` of INTs of which one moves at least, and `now` what it is now. */
omni__cel_value
omni__cel_moving_arithmetic(omni__cel_run *run, omni__cel_op op,
                            omni__cel_value a, omni__cel_value b,
                            omni__cel_value now);

/* string() of an instant that moves. */
omni__cel_value
omni__cel_moving_text(omni__cel_run *run, omni__cel_value instant);

/* Of such a text the first bytes were looked at: narrows to where these are
   the same. */
void
omni__cel_moving_look(omni__cel_run *run, omni__cel_value text, size_t bytes);

/* A list or map, marked if it holds anything that moves. */
omni__cel_value
omni__cel_moving_list(const omni__cel_value *items, size_t count);

#endif
