/*
   Copies of the same event (F7): which they are, which of them is chosen, and
   where the event they make up is anchored (E1).
*/
#ifndef OMNI__FOLD_CLUSTER_H
#define OMNI__FOLD_CLUSTER_H

#include "codec/body.h"
#include "fold/fold.h"

/* A copy with the ids of its nodes. */
typedef struct omni__copy {
    uint64_t position; /* of its body in the log */
    omni__event_body body;
    omni_id ids[OMNI_LIMIT_IDENTIFIERS];
    omni_id stated[OMNI__STATED_MAX];
    uint32_t old_cluster; /* number of the event it was part of */
} omni__copy;

/* Decode a body; borrows from it. */
omni_status
omni__copy_open(const omni__fold *fold, omni__slice body, uint64_t position,
                omni__copy *out);

/* Add a copy, whose nodes are in the set, to the event it belongs to: a new
   one, or one that copies before it made up. */
omni_status
omni__cluster_add(omni__fold *fold, omni__copy *copy);

#endif
