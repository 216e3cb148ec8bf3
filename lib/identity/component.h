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
   many profiles there are more or fewer.
*/
omni_status
omni__component_resolve(omni__workset *set, const omni__policy *policy,
                        int64_t *profiles);

/* Ids of the other members in the row of a profile's head. */
omni_status
omni__members_decode(omni__slice section, omni__arena *arena, omni_id **out,
                     size_t *count);

#endif
