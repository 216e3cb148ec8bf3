/* Breadth-first search from the end; then from the start always down. */
#include "identity/chain.h"

#define FAR UINT32_MAX

/* Accepted links by node: those of node i stand from starts[i] to starts[i+1].
   A number below graph->link_count is a link, others are statements. */
typedef struct neighbours {
    const omni__graph *graph;
    size_t *starts;
    size_t *links;
} neighbours;

/* Ends of a link or statement, and whether it was accepted. */
static bool
ends_of(const omni__graph *graph, size_t link, uint32_t ends[2])
{
    if (link < graph->link_count) {
        ends[0] = graph->links[link].a;
        ends[1] = graph->links[link].b;
        return graph->links[link].accepted;
    }
    const omni__graph_statement *statement =
        &graph->statements[link - graph->link_count];
    ends[0] = statement->a;
    ends[1] = statement->b;
    return statement->accepted;
}

static omni_status
list_neighbours(const omni__graph *graph, omni__arena *arena, neighbours *out)
{
    const size_t n = graph->node_count;
    const size_t total = graph->link_count + graph->statement_count;
    uint32_t ends[2];
    out->graph = graph;
    out->starts = omni__arena_zero(arena, (n + 2) * sizeof(out->starts[0]));
    out->links = omni__arena_get(arena, (2 * total + 1) * sizeof(size_t));
    if (out->starts == NULL || out->links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    /* Counted two places up, so that filling in moves them one down. */
    for (size_t i = 0; i < total; ++i) {
        if (ends_of(graph, i, ends)) {
            ++out->starts[ends[0] + 2];
            ++out->starts[ends[1] + 2];
        }
    }
    for (size_t i = 2; i < n + 2; ++i) {
        out->starts[i] += out->starts[i - 1];
    }
    for (size_t i = 0; i < total; ++i) {
        if (ends_of(graph, i, ends)) {
            out->links[out->starts[ends[0] + 1]++] = i;
            out->links[out->starts[ends[1] + 1]++] = i;
        }
    }
    return OMNI_OK;
}

static uint32_t
other_end(const omni__graph *graph, size_t link, uint32_t node)
{
    uint32_t ends[2];
    ends_of(graph, link, ends);
    return ends[0] == node ? ends[1] : ends[0];
}

/* How many links each node is from `to`, as far as `from`. */
static omni_status
measure(const neighbours *near, uint32_t from, uint32_t to, omni__arena *arena,
        uint32_t **out)
{
    const size_t n = near->graph->node_count;
    uint32_t *distance = omni__arena_get(arena, n * sizeof(distance[0]));
    uint32_t *queue = omni__arena_get(arena, n * sizeof(queue[0]));
    if (distance == NULL || queue == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; ++i) {
        distance[i] = FAR;
    }
    size_t last = 1;
    distance[to] = 0;
    queue[0] = to;
    for (size_t first = 0; first < last && distance[from] == FAR; ++first) {
        const uint32_t at = queue[first];
        for (size_t i = near->starts[at]; i < near->starts[at + 1]; ++i) {
            const uint32_t next = other_end(near->graph, near->links[i], at);
            if (distance[next] == FAR) {
                distance[next] = distance[at] + 1;
                queue[last++] = next;
            }
        }
    }
    *out = distance;
    return distance[from] != FAR ? OMNI_OK : OMNI_NOT_FOUND;
}

/* The step down from a node, to the first of its nearer neighbours. */
static omni__step
step_down(const neighbours *near, const uint32_t *distance, uint32_t at)
{
    const omni__graph *graph = near->graph;
    size_t best = SIZE_MAX;
    uint32_t to = UINT32_MAX;
    for (size_t i = near->starts[at]; i < near->starts[at + 1]; ++i) {
        const size_t link = near->links[i];
        const uint32_t next = other_end(graph, link, at);
        if (distance[next] < distance[at] &&
            (next < to || (next == to && link < best))) {
            best = link;
            to = next;
        }
    }
    omni__step step = {.a = at, .b = to};
    if (best < graph->link_count) {
        step.kind = OMNI_LINK_OBSERVED;
        step.time_us = graph->links[best].time_us;
    } else {
        const uint8_t kind = graph->statements[best - graph->link_count].kind;
        step.kind =
            kind == OMNI__STATEMENT_ALIAS ? OMNI_LINK_ALIAS : OMNI_LINK_STATED;
    }
    return step;
}

omni_status
omni__chain_find(const omni__graph *graph, uint32_t from, uint32_t to,
                 omni__arena *arena, omni__step **out, size_t *count)
{
    neighbours near;
    uint32_t *distance;
    omni_status status = list_neighbours(graph, arena, &near);
    if (status == OMNI_OK) {
        status = measure(&near, from, to, arena, &distance);
    }
    if (status != OMNI_OK) {
        return status;
    }
    *count = distance[from];
    *out = omni__arena_get(arena, (*count + 1) * sizeof(**out));
    if (*out == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    uint32_t at = from;
    for (size_t i = 0; i < *count; ++i) {
        (*out)[i] = step_down(&near, distance, at);
        at = (*out)[i].b;
    }
    return OMNI_OK;
}
