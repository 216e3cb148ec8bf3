/*
   Incremental resolution (I10): from nodes whose links or statements changed
   to the whole graph that they can reach, resolved anew and written back.
*/
#ifndef OMNI__IDENTITY_COMPONENT_H
#define OMNI__IDENTITY_COMPONENT_H

#include "identity/links.h"
#include "identity/resolve.h"
#include "storage/workset.h"

/*
   Resolve what the seeded nodes of the set can reach and note the outcome in
   the nodes: head, members, cut links. `*profiles` is raised or lowered by how
   many profiles there are more or fewer. Devices that are contested now and
   were not, or the other way round, are in the set's list `turned`.
*/
omni_status
omni__component_resolve(omni__workset *set, const omni__policy *policy,
                        int64_t *profiles);

/* A raw component that was resolved for somebody who reads. */
typedef struct omni__component {
    omni__workset set; /* its nodes, over the reader's view */
    uint32_t mark;     /* of those in the graph */
    omni__graph graph;
    const omni__node **nodes; /* of the graph */
} omni__component;

/*
   Resolve what a node can reach as a fold would, and write nothing. Free it
   in any case.
*/
omni_status
omni__component_read(const omni__view *view, const omni__policy *policy,
                     const omni_id *node, const omni__alloc *alloc,
                     omni__component *out);

void
omni__component_free(omni__component *component);

/* Index of a node in the graph; false if it is not in it. */
bool
omni__component_index(omni__component *component, const omni_id *id,
                      uint32_t *out);

/* Ids of the other members in the row of a profile's head. */
omni_status
omni__members_decode(omni__slice section, omni__arena *arena, omni_id **out,
                     size_t *count);

#endif
