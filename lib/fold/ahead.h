/* How long an answer goes on that is only known for its second. */
#ifndef OMNI__FOLD_AHEAD_H
#define OMNI__FOLD_AHEAD_H

#include "segments/subject.h"

/* What is answered at another instant. */
typedef omni_status (*omni__look_fn)(void *user, int64_t at_us,
                                     omni__segment_answer *out);

/* How often it is looked for one answer at the most, and again to find the
   second. */
#define OMNI__AHEAD_LOOKS 64u

/*
   Where an answer's `until_us` is an instant at which it is looked at again,
   and not one at which anything is known to turn: look ahead, in steps that
   double, up to `end_us`, and begin anew where something is known to turn.
   Where it is otherwise, find by halving the second in which it became so.
   `until_us` is then the next instant at which it is to be asked: when it
   turns, as far as was looked. What turns and turns back within a step is
   passed over; what is known to turn is not. All of this follows from the
   answer and `end_us` alone.
*/
omni_status
omni__answer_ahead(omni__look_fn look, void *user, int64_t end_us,
                   omni__segment_answer *answer);

#endif
