/*
   What a group of facts did to the profiles that were there before it: rows of
   MOVE (identity/move.h). Groups are resolved one by one, so that the rows do
   not depend on how many of them a fold takes at once; and within a group fact
   by fact, so that it is known which of them did it.
*/
#ifndef OMNI__FOLD_MOVES_H
#define OMNI__FOLD_MOVES_H

#include "fold/fold.h"
#include "identity/move.h"

/* Resolve what the fact under way touched, and attribute the events of devices
   that are contested then, or no more; `last`: of its group. Where facts of a
   group touch large components again and again, some are resolved together,
   and the last of them is the one to name. */
omni_status
omni__fold_resolve(omni__fold *fold, bool last);

/* After a group: put the rows. */
omni_status
omni__fold_moves(omni__fold *fold);

#endif
