/* Kruskal with constraints over a union-find forest that counts, per root,
   the members of each namespace. */
#include "identity/resolve.h"

#include <stdlib.h>

typedef struct forest {
    const omni__graph *graph;
    uint32_t *parent;
    uint32_t *size;
    uint32_t *counts;                  /* root x namespace */
    uint32_t *namespace_of;            /* node -> its number */
    const omni__namespace **registers; /* by that number */
    uint32_t namespace_count;
} forest;

static uint32_t
find(const forest *f, uint32_t node)
{
    while (f->parent[node] != node) {
        f->parent[node] = f->parent[f->parent[node]];
        node = f->parent[node];
    }
    return node;
}

/* Number the namespaces; nodes are sorted, so equal ones stand together. */
static void
number_namespaces(forest *f)
{
    const omni__graph *graph = f->graph;
    f->namespace_count = 0;
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        if (i == 0 ||
            !omni__slice_equal(graph->nodes[i].ns, graph->nodes[i - 1].ns)) {
            f->registers[f->namespace_count++] = graph->nodes[i].policy;
        }
        f->namespace_of[i] = f->namespace_count - 1;
    }
}

static void
begin_forest(forest *f)
{
    const uint32_t n = f->graph->node_count;
    memset(f->counts, 0, (size_t)n * f->namespace_count * sizeof(f->counts[0]));
    for (uint32_t i = 0; i < n; ++i) {
        f->parent[i] = i;
        f->size[i] = 1;
        f->counts[(size_t)i * f->namespace_count + f->namespace_of[i]] = 1;
    }
}

static omni_status
init_forest(forest *f, const omni__graph *graph, omni__arena *arena)
{
    const size_t n = graph->node_count;
    f->graph = graph;
    f->parent = omni__arena_get(arena, n * sizeof(f->parent[0]));
    f->size = omni__arena_get(arena, n * sizeof(f->size[0]));
    f->namespace_of = omni__arena_get(arena, n * sizeof(f->namespace_of[0]));
    f->registers = omni__arena_get(arena, n * sizeof(f->registers[0]));
    if (f->parent == NULL || f->size == NULL || f->namespace_of == NULL ||
        f->registers == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    number_namespaces(f);
    f->counts =
        omni__arena_get(arena, n * f->namespace_count * sizeof(f->counts[0]));
    if (f->counts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    begin_forest(f);
    return OMNI_OK;
}

static void
join(forest *f, uint32_t a, uint32_t b)
{
    if (f->size[a] < f->size[b]) {
        const uint32_t swap = a;
        a = b;
        b = swap;
    }
    f->parent[b] = a;
    f->size[a] += f->size[b];
    const size_t k = f->namespace_count;
    for (size_t i = 0; i < k; ++i) {
        f->counts[a * k + i] += f->counts[b * k + i];
    }
}

/* True if a `part` in force has its ends in these two components. */
static bool
parted(const forest *f, uint32_t a, uint32_t b)
{
    const omni__graph *graph = f->graph;
    for (size_t i = 0; i < graph->statement_count; ++i) {
        const omni__graph_statement *statement = &graph->statements[i];
        if (statement->kind != OMNI__STATEMENT_PART) {
            continue;
        }
        const uint32_t x = find(f, statement->a);
        const uint32_t y = find(f, statement->b);
        if ((x == a && y == b) || (x == b && y == a)) {
            return true;
        }
    }
    return false;
}

/* True if an observed link may not join these two components. */
static bool
forbidden(const forest *f, uint32_t a, uint32_t b, bool by_device)
{
    if (f->size[a] + f->size[b] > f->graph->policy->max_identifiers) {
        return true;
    }
    const size_t k = f->namespace_count;
    for (size_t i = 0; i < k; ++i) {
        const uint32_t x = f->counts[a * k + i];
        const uint32_t y = f->counts[b * k + i];
        const omni__namespace *ns = f->registers[i];
        if (x == 0 || y == 0) {
            continue; /* neither side alone is over its bound */
        }
        if (ns->max_per_profile != 0 && x + y > ns->max_per_profile) {
            return true;
        }
        if (by_device && ns->class_ == OMNI__CLASS_PERSON) {
            return true;
        }
    }
    return parted(f, a, b);
}

static int
compare_links(const void *a, const void *b)
{
    const omni__graph_link *x = a;
    const omni__graph_link *y = b;
    if (x->high_rank != y->high_rank) {
        return x->high_rank < y->high_rank ? -1 : 1;
    }
    if (x->low_rank != y->low_rank) {
        return x->low_rank < y->low_rank ? -1 : 1;
    }
    if (x->time_us != y->time_us) {
        return x->time_us < y->time_us ? -1 : 1;
    }
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return (x->b > y->b) - (x->b < y->b);
}

static int
compare_statements(const void *a, const void *b)
{
    const omni__graph_statement *x = a;
    const omni__graph_statement *y = b;
    const int order = memcmp(x->order, y->order, sizeof(x->order));
    if (order != 0) {
        return order;
    }
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return (x->b > y->b) - (x->b < y->b);
}

static void
join_observed(forest *f)
{
    const omni__graph *graph = f->graph;
    for (size_t i = 0; i < graph->link_count; ++i) {
        omni__graph_link *link = &graph->links[i];
        const uint32_t a = find(f, link->a);
        const uint32_t b = find(f, link->b);
        const bool by_device =
            graph->nodes[link->a].policy->class_ == OMNI__CLASS_DEVICE ||
            graph->nodes[link->b].policy->class_ == OMNI__CLASS_DEVICE;
        link->accepted =
            !link->cut && (a == b || !forbidden(f, a, b, by_device));
        if (link->accepted && a != b) {
            join(f, a, b);
        }
    }
}

static void
join_stated(forest *f)
{
    const omni__graph *graph = f->graph;
    for (size_t i = 0; i < graph->statement_count; ++i) {
        omni__graph_statement *statement = &graph->statements[i];
        statement->accepted = false;
        if (statement->kind == OMNI__STATEMENT_PART || statement->crowded) {
            continue;
        }
        const uint32_t a = find(f, statement->a);
        const uint32_t b = find(f, statement->b);
        statement->accepted = a == b || (f->size[a] + f->size[b] <=
                                             graph->policy->max_identifiers &&
                                         !parted(f, a, b));
        if (statement->accepted && a != b) {
            join(f, a, b);
        }
    }
}

bool
omni__graph_node_leads(const omni__graph_node *a, const omni__graph_node *b)
{
    const bool a_person = a->policy->class_ == OMNI__CLASS_PERSON;
    const bool b_person = b->policy->class_ == OMNI__CLASS_PERSON;
    if (a_person != b_person) {
        return a_person;
    }
    if (a->first_us != b->first_us) {
        return a->first_us < b->first_us;
    }
    const int order = omni__slice_compare(a->ns, b->ns);
    return order != 0 ? order < 0 : omni__slice_compare(a->value, b->value) < 0;
}

/* Name each component after the member that leads it. */
static void
name_components(const forest *f, uint32_t *leader)
{
    const omni__graph *graph = f->graph;
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        leader[i] = UINT32_MAX;
    }
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        uint32_t *of = &leader[find(f, i)];
        if (*of == UINT32_MAX ||
            omni__graph_node_leads(&graph->nodes[i], &graph->nodes[*of])) {
            *of = i;
        }
    }
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        graph->nodes[i].component = leader[find(f, i)];
    }
}

omni_status
omni__resolve(omni__graph *graph, omni__arena *arena)
{
    if (graph->node_count == 0) {
        return OMNI_OK;
    }
    qsort(graph->links, graph->link_count, sizeof(graph->links[0]),
          compare_links);
    qsort(graph->statements, graph->statement_count,
          sizeof(graph->statements[0]), compare_statements);
    forest f;
    const omni_status status = init_forest(&f, graph, arena);
    uint32_t *leader =
        omni__arena_get(arena, graph->node_count * sizeof(leader[0]));
    if (status != OMNI_OK || leader == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    join_observed(&f);
    join_stated(&f);
    name_components(&f, leader);
    return OMNI_OK;
}
