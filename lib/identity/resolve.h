/*
   Resolution (I7): from nodes, links and statements to components. A pure
   function: greedy over links in one total order, as Kruskal's algorithm
   ("On the shortest spanning subtree of a graph", 1956), with constraints on
   what may be joined.
*/
#ifndef OMNI__IDENTITY_RESOLVE_H
#define OMNI__IDENTITY_RESOLVE_H

#include "identity/policy.h"
#include "identity/statements.h"
#include "omni/identifier.h"
#include "platform/arena.h"
#include "platform/error.h"

/* Nodes of a graph stand in the order of (namespace, value). */
typedef struct omni__graph_node {
    omni__slice ns;
    omni__slice value;
    const omni__namespace *policy;
    uint32_t rank;
    int64_t first_us;
    uint32_t component; /* out: index of the node that names the profile */
} omni__graph_node;

/* An observed link between two nodes that are not generic; a < b. */
typedef struct omni__graph_link {
    uint32_t a;
    uint32_t b;
    int64_t time_us;
    uint32_t high_rank; /* larger of the two ends' */
    uint32_t low_rank;
    bool cut;      /* held apart by the bound on components */
    bool accepted; /* out */
} omni__graph_link;

/* A statement that is in force; a < b. */
typedef struct omni__graph_statement {
    uint32_t a;
    uint32_t b;
    uint8_t kind;  /* omni__statement_kind */
    bool crowded;  /* an alias whose end has too many alias links */
    bool accepted; /* out; never a `part` */
    uint8_t order[OMNI__STATEMENT_ORDER_SIZE];
} omni__graph_statement;

typedef struct omni__graph {
    const omni__policy *policy;
    omni__graph_node *nodes;
    uint32_t node_count;
    omni__graph_link *links; /* sorted by omni__resolve() */
    size_t link_count;
    omni__graph_statement *statements; /* sorted by omni__resolve() */
    size_t statement_count;
} omni__graph;

/* Fill in `component` of every node, and what became of every link and
   statement: accepted ones alone hold components together. Memory from the
   arena; OMNI_ERR_NO_MEMORY. */
omni_status
omni__resolve(omni__graph *graph, omni__arena *arena);

/* True if `a` comes before `b` where a profile's id is chosen (I8): people
   first, then who was seen first, then by identifier. */
bool
omni__graph_node_leads(const omni__graph_node *a, const omni__graph_node *b);

#endif
