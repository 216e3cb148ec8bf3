/* A small graph for the resolution, built by hand or at random, under a policy
   whose bounds are soon reached. One at a time. */
#ifndef OMNI__SUPPORT_GRAPH_WORLD_H
#define OMNI__SUPPORT_GRAPH_WORLD_H

#include "identity/resolve.h"
#include "support/core_world.h"

#define NODES 14
#define LINKS 40
#define STATEMENTS 8

static const omni__namespace registers[] = {
    {.name = {(const uint8_t *)"anonymous_id", 12},
     .class_ = OMNI__CLASS_DEVICE,
     .rank = 70},
    {.name = {(const uint8_t *)"card", 4}, .rank = 20, .max_per_profile = 2},
    {.name = {(const uint8_t *)"device_id", 9},
     .class_ = OMNI__CLASS_DEVICE,
     .rank = 60,
     .max_per_profile = 3},
    {.name = {(const uint8_t *)"email", 5}, .rank = 30, .max_per_profile = 2},
    {.name = {(const uint8_t *)"free", 4}, .rank = 30},
    {.name = {(const uint8_t *)"till", 4},
     .class_ = OMNI__CLASS_SHARED,
     .rank = 10},
    {.name = {(const uint8_t *)"user_id", 7}, .rank = 10, .max_per_profile = 1},
};

static omni__policy policy;
static omni__graph graph;
static omni__graph_node nodes[NODES];
static omni__graph_link links[LINKS];
static omni__graph_statement statements[STATEMENTS];
static omni__arena arena;

static inline void
graph_begin(void)
{
    policy = omni__policy_default;
    policy.namespaces = registers;
    policy.namespace_count = sizeof(registers) / sizeof(registers[0]);
    graph = (omni__graph){.policy = &policy,
                          .nodes = nodes,
                          .links = links,
                          .statements = statements};
    memset(nodes, 0, sizeof(nodes));
    omni__arena_init(&arena, &omni__alloc_default);
}

static inline void
graph_end(void)
{
    omni__arena_free(&arena);
}

/* Nodes are to be added in the order of namespace and value. */

static inline uint32_t
node(const char *ns, const char *value, int64_t first_us)
{
    const uint32_t i = graph.node_count++;
    ck_assert_uint_lt(i, NODES);
    const omni__slice name = omni__slice_text(ns);
    nodes[i] =
        (omni__graph_node){.ns = name,
                           .value = omni__slice_text(value),
                           .policy = omni__policy_namespace(&policy, name),
                           .first_us = first_us};
    nodes[i].rank = omni__namespace_rank(nodes[i].policy);
    if (i != 0) {
        const int order = omni__slice_compare(nodes[i - 1].ns, name);
        ck_assert(order < 0 ||
                  (order == 0 && omni__slice_compare(nodes[i - 1].value,
                                                     nodes[i].value) < 0));
    }
    return i;
}

static inline void
link_at(uint32_t a, uint32_t b, int64_t time_us)
{
    ck_assert_uint_lt(graph.link_count, LINKS);
    omni__graph_link *link = &links[graph.link_count++];
    *link = (omni__graph_link){.a = a < b ? a : b, .b = a < b ? b : a};
    link->time_us = time_us;
    const bool first = nodes[a].rank < nodes[b].rank;
    link->low_rank = nodes[first ? a : b].rank;
    link->high_rank = nodes[first ? b : a].rank;
}

static inline void
state(omni__statement_kind kind, uint32_t a, uint32_t b, uint8_t order)
{
    ck_assert_uint_lt(graph.statement_count, STATEMENTS);
    statements[graph.statement_count++] =
        (omni__graph_statement){.a = a < b ? a : b,
                                .b = a < b ? b : a,
                                .kind = (uint8_t)kind,
                                .order = {order}};
}

static inline void
resolve(void)
{
    ck_assert_int_eq(omni__resolve(&graph, &arena), OMNI_OK);
}

#endif
