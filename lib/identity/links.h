/*
   Observed links of a node (I5): the other node, its namespace, the earliest
   time, and whether the bound on raw components cut it. Up to
   OMNI__LINKS_IN_ROW of them stand in the node's section LINKS, sorted; more
   are rows of LINK and the section counts them by namespace.
*/
#ifndef OMNI__IDENTITY_LINKS_H
#define OMNI__IDENTITY_LINKS_H

#include "identity/policy.h"
#include "storage/workset.h"

#define OMNI__LINKS_IN_ROW 16u

typedef struct omni__link {
    omni_id other;
    omni__slice ns; /* of the other node */
    int64_t time_us;
    bool cut; /* held apart by the bound on components */
} omni__link;

/* What omni__link_observe() found. */
typedef enum omni__link_change {
    OMNI__LINK_SAME = 0,
    OMNI__LINK_EARLIER = 1,
    OMNI__LINK_NEW = 2
} omni__link_change;

/* Note that an event of `time_us` carries both; on both sides. */
omni_status
omni__link_observe(omni__workset *set, omni__work_node *a, omni__work_node *b,
                   int64_t time_us, omni__link_change *change);

/* What omni__link_alter() is to change. */
typedef enum omni__link_part {
    OMNI__LINK_CUT,  /* whether it is cut */
    OMNI__LINK_TIME, /* its time, to a later one */
    OMNI__LINK_ALL   /* the link goes */
} omni__link_part;

/* Change a link, on both sides, to what `wanted` (its ends aside) says.
   OMNI_NOT_FOUND if there is none. */
omni_status
omni__link_alter(omni__workset *set, omni__work_node *a, omni__work_node *b,
                 const omni__link *wanted, omni__link_part part);

/* All links of a node, by id of the other. */
omni_status
omni__links_read(const omni__view *view, const omni__node *node,
                 omni__arena *arena, omni__link **out, size_t *count);

/* How many links a node has to nodes of each namespace. */
typedef struct omni__link_count {
    omni__slice ns;
    uint64_t count;
} omni__link_count;

omni_status
omni__links_count(const omni__node *node, omni__arena *arena,
                  omni__link_count **out, size_t *count);

/* I6, by the node's links as they are. */
omni_status
omni__links_generic(const omni__policy *policy, const omni__node *node,
                    omni__arena *arena, bool *generic);

/* What makes a node generic. */
typedef struct omni__crowd {
    omni__slice ns; /* the first namespace that is too many; empty: all people
                       together are */
    uint64_t count; /* of its nodes; 0: the node is not generic */
    uint32_t limit; /* which is over this */
} omni__crowd;

omni_status
omni__links_crowd(const omni__policy *policy, const omni__node *node,
                  omni__arena *arena, omni__crowd *out);

/* The same by some of the links of a node in namespace `ns`. */
omni_status
omni__links_crowd_of(const omni__policy *policy, omni__slice ns,
                     const omni__link *links, size_t count, omni__arena *arena,
                     omni__crowd *out);

#endif
