/*
   Copies of the same event (F7): which they are, which of them is chosen, and
   where the event they make up is anchored (E1).
*/
#ifndef OMNI__FOLD_CLUSTER_H
#define OMNI__FOLD_CLUSTER_H

#include "events/copy.h"
#include "fold/fold.h"
#include "fold/place.h"

/* Add a copy, whose nodes are in the set, to the event it belongs to: a new
   one, or one that copies before it made up. The event is void where the copy
   or another one is `retracted`. */
omni_status
omni__cluster_add(omni__fold *fold, omni__copy *copy, bool retracted);

/* A fact of an event, which was void or not, is retracted now, or is not. */
omni_status
omni__cluster_refresh(omni__fold *fold, const omni__found_fact *found,
                      bool was_void, bool retracted);

#endif
