/*
   What a commit did to profiles: of the nodes that its facts name, which were
   there before, in which profile, and in which they are now. Read from the
   tables before and after, so that it does not matter who folds the commit.
*/
#ifndef OMNI__FOLD_CHANGES_H
#define OMNI__FOLD_CHANGES_H

#include "storage/workset.h"

typedef struct omni__change_node {
    omni_id id;
    omni_id before; /* the head of its profile, if it was there */
    omni_id after;  /* the same, if it is there */
    bool was;
    bool is;
    bool fresh; /* heads a profile of which nothing was there before */
    /* Nodes that statements named together with this one, which is new: in
       `others` from there on. */
    uint32_t first_other;
    uint32_t other_count;
} omni__change_node;

typedef struct omni__changes {
    const omni__alloc *alloc;
    omni__change_node *nodes; /* those that were added; then what they need */
    size_t count;
    size_t capacity;
    size_t added;
    bool read;       /* there is more than what was added */
    uint32_t *slots; /* hash map: number of a node from 1, or 0 */
    size_t slot_count;
    uint32_t *others;
    size_t other_count;
    size_t other_capacity;
} omni__changes;

void
omni__changes_init(omni__changes *changes, const omni__alloc *alloc);

void
omni__changes_free(omni__changes *changes);

/* Forget all nodes. */
void
omni__changes_clear(omni__changes *changes);

/* Ask about a node; once, however often it is added. OMNI_ERR_NO_MEMORY. */
omni_status
omni__changes_add(omni__changes *changes, const omni_id *id, uint32_t *out);

/* Read where the nodes are before the commit. May be called again. `stated`:
   the store has statements. */
omni_status
omni__changes_before(omni__changes *changes, omni__workset *set, bool stated);

/* Read where they are after it. */
omni_status
omni__changes_after(omni__changes *changes, const omni__view *view);

/* A node by id, or NULL. */
const omni__change_node *
omni__changes_find(const omni__changes *changes, const omni_id *id);

/* Ids that named a profile before, are part of `profile` now, and come in by
   the nodes `refs`; each once, no more than `room`. Returns how many. */
size_t
omni__changes_joined(const omni__changes *changes, const uint32_t *refs,
                     size_t ref_count, const omni_id *profile, omni_id *out,
                     size_t room);

#endif
