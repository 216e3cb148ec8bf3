/*
   Copies of the same event (F7): which they are, which of them is chosen, and
   where the event they make up is anchored (E1).
*/
#ifndef OMNI__FOLD_CLUSTER_H
#define OMNI__FOLD_CLUSTER_H

#include "events/copy.h"
#include "fold/fold.h"

/* Add a copy, whose nodes are in the set, to the event it belongs to: a new
   one, or one that copies before it made up. */
omni_status
omni__cluster_add(omni__fold *fold, omni__copy *copy);

#endif
