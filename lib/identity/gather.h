/*
   What resolution needs of the rows around changed nodes: those that hang
   together with them, and the links and statements between those.

   Most nodes hang together with few: these are reached, and nothing is cut.
   Where more than the bound on raw components hang together, or links are cut
   already, it is first seen what is cut now (identity/raw.c); then only links
   that are not are followed. Either way a walk meets no more nodes than the
   bound, for each node that it begins at; but for statements, which it follows
   wherever they lead. Of devices that have no link but to one and the same
   node only the first are reached, so many as may be in its profile.
*/
#ifndef OMNI__IDENTITY_GATHER_H
#define OMNI__IDENTITY_GATHER_H

#include "identity/links.h"
#include "identity/statements.h"

/* A link or statement between nodes that are known by id only until the walk
   is over. */
typedef struct omni__walk_link {
    omni__work_node *from;
    omni__link link;
} omni__walk_link;

typedef struct omni__walk_statement {
    omni__work_node *from;
    omni__statement statement;
} omni__walk_statement;

typedef struct omni__walk_nodes {
    omni__work_node **list;
    size_t count;
    size_t capacity;
} omni__walk_nodes;

typedef struct omni__walk {
    omni__workset *set;
    const omni__policy *policy;
    bool reads; /* for somebody who reads: nothing changed, and links that are
                   cut are wanted, too, if both ends are reached */
    bool tries; /* while no link is known to be cut */
    bool parts; /* devices were left out that have no other link */
    bool near;  /* the profiles of the seeds alone were gathered */
    uint32_t group; /* where `near`: that the seeds are in, */
    uint64_t whole; /* and how many nodes hang together with them */
    uint32_t mark;
    uint32_t tried;         /* mark of nodes around which links are cut */
    omni__walk_nodes nodes; /* those reached; visited in this order */
    omni__walk_nodes dense; /* changed, and links are cut around them */
    omni__walk_link *links;
    size_t link_count;
    size_t link_capacity;
    omni__walk_statement *statements;
    size_t statement_count;
    size_t statement_capacity;
} omni__walk;

/* From the seeds of the set, which are seeds no more then. */
omni_status
omni__walk_gather(omni__walk *w);

/* The profiles of the seeds, if it is known that the bound cuts nothing around
   them and nothing happened but that links came: then `near` is set, unless
   what is gathered does not settle it (identity/component.c). */
omni_status
omni__walk_gather_near(omni__walk *w);

/* What was gathered near settles it: the seeds are seeds no more. */
void
omni__walk_settle_near(omni__walk *w);

/* It does not: nothing is gathered. */
void
omni__walk_drop_near(omni__walk *w);

/* The nodes stay the set's. */
void
omni__walk_free(omni__walk *w);

/* Add a node to a list. */
omni_status
omni__walk_add(const omni__walk *w, omni__walk_nodes *nodes,
               omni__work_node *node);

/* A device that has one link: it neither counts nor is cut. */
static inline bool
omni__walk_leaf(const omni__walk *w, const omni__node *node)
{
    return omni__links_single(node) &&
           omni__policy_namespace(w->policy, node->ns)->class_ ==
               OMNI__CLASS_DEVICE;
}

/* See which links around the dense nodes the bound cuts now, and note it in
   their rows. Nodes of which that changed are dense, too, then. */
omni_status
omni__raw_cut(omni__walk *w);

#endif
