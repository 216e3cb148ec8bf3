/*
   Traits of a node: of each name the value in force, from the events anchored
   at the node. The winner is of the source most trusted, then the later by F6;
   the profile's is that of its nodes'. Values that lost stand in their events.
*/
#ifndef OMNI__PROFILE_TRAITS_H
#define OMNI__PROFILE_TRAITS_H

#include "identity/policy.h"
#include "log/log.h"
#include "storage/workset.h"

typedef struct omni__trait {
    omni__slice name;
    omni__slice value; /* canonical JSON */
    omni__slice source;
    uint64_t trust; /* of the source, by policy: the less the more */
    int64_t time_us;
    uint64_t event_hash;
    uint64_t content_hash;
    uint64_t position; /* of the event's chosen copy in the log */
} omni__trait;

/* Negative if `a` loses: it is less trusted, or else earlier by F6. */
int
omni__trait_compare(const omni__trait *a, const omni__trait *b);

/* Traits in a section, by name. */
omni_status
omni__traits_decode(omni__slice section, omni__arena *arena, omni__trait **out,
                    size_t *count);

/* The members of a canonical object as traits of one event; names unescaped
   into the arena where they need it. */
omni_status
omni__traits_of_json(omni__slice json, const omni__trait *event,
                     omni__arena *arena, omni__trait **out, size_t *count);

/* Traits of a profile by its nodes: of each name the winner, by name. */
omni_status
omni__traits_collect(const omni__node *nodes, size_t count, omni__arena *arena,
                     omni__trait **out, size_t *out_count);

/* Take the traits of an event in. `event` gives all but name and value. */
omni_status
omni__traits_add(omni__workset *set, omni__work_node *node,
                 const omni__policy *policy, const omni__trait *event,
                 omni__slice traits_json);

/* True if the event whose chosen copy stands at `position` gives one of the
   node's traits. */
bool
omni__traits_from(const omni__node *node, uint64_t position);

#endif
