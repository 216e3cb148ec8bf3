/*
   People as they were known as of an instant: the facts about them and about
   everybody they may be joined with, up to that event time, folded into a
   table in memory by the fold that makes all tables. So every reader tells of
   then what it would have told then.
*/
#ifndef OMNI__FOLD_AS_OF_H
#define OMNI__FOLD_AS_OF_H

#include "fold/fold.h"

/* What is read. */
typedef struct omni__as_of_source {
    const omni__hooks *hooks;
    const omni__view *view;
    omni__log *log;
    const omni__secret *secret;
    const omni__policy *policy;
} omni__as_of_source;

typedef struct omni__as_of {
    omni__kv *kv;
    omni__kv_snapshot *snapshot;
    const omni__alloc *alloc;
    omni_id *known; /* sorted: nodes that all facts are there of */
    size_t known_count;
} omni__as_of;

/* Fold what concerns some nodes, up to `at_us` included. End with
   omni__as_of_close() in any case. */
omni_status
omni__as_of_open(const omni__as_of_source *source, const omni_id *nodes,
                 size_t count, int64_t at_us, omni__as_of *out,
                 omni_error *error);

void
omni__as_of_close(omni__as_of *as_of);

/* Whether a node is one of those that all facts are there of. */
bool
omni__as_of_knows(const omni__as_of *as_of, const omni_id *node);

#endif
