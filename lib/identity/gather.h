/*
   What resolution needs of the rows around changed nodes: the nodes that they
   can reach, and the links and statements between those.
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

typedef struct omni__walk {
    omni__workset *set;
    const omni__policy *policy;
    uint32_t mark;
    omni__work_node **nodes; /* those reached; visited in this order */
    size_t count;
    size_t capacity;
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

/* The nodes stay the set's. */
void
omni__walk_free(omni__walk *w);

#endif
