/* Gathered from the resolved graph, from links of generic nodes, which are not
   in it, from links held apart, and from statements. */
#include "formats/explain_links.h"

#include "formats/explain_words.h"

#include <stdlib.h>

typedef struct gathering {
    omni__explainer *explainer;
    const omni__members *members;
    const omni__node *only;
    omni__neighbours *out;
} gathering;

static omni_status
keep(gathering *g, const omni__neighbour *neighbour)
{
    void *list = g->out->list;
    const bool room =
        omni__grow(g->explainer->source->arena->alloc, &list, &g->out->capacity,
                   g->out->count, sizeof(g->out->list[0]));
    g->out->list = list;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    g->out->list[g->out->count++] = *neighbour;
    return OMNI_OK;
}

/* A link within the profile, told once: from `only`, or from the smaller. */
static omni_status
keep_within(gathering *g, omni__neighbour *n, const omni__node *a,
            const omni__node *b)
{
    const omni_id *only = g->only != NULL ? &g->only->id : NULL;
    bool swap = omni__node_compare(a, b) > 0;
    if (only != NULL) {
        swap = omni__id_equal(only, &b->id);
        if (!swap && !omni__id_equal(only, &a->id)) {
            return OMNI_OK;
        }
    }
    n->node = swap ? b : a;
    n->other = swap ? a : b;
    n->name = omni__identifier_text(n->other);
    return keep(g, n);
}

/* Observed links of nodes that are not generic, as they were resolved. */
static omni_status
add_resolved(gathering *g)
{
    const omni__component *component = &g->explainer->component;
    const omni__graph *graph = &component->graph;
    const omni_id *head = &g->members->nodes[0].id;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < graph->link_count && status == OMNI_OK; ++i) {
        const omni__graph_link *link = &graph->links[i];
        const omni__node *a = component->nodes[link->a];
        const omni__node *b = component->nodes[link->b];
        omni__neighbour n = {.kind = OMNI_LINK_OBSERVED,
                             .state = link->accepted ? OMNI_LINK_ACCEPTED
                                                     : OMNI_LINK_PASSED,
                             .cut = link->cut,
                             .time_us = link->time_us};
        if (omni__id_equal(&a->head, head) && omni__id_equal(&b->head, head)) {
            status = keep_within(g, &n, a, b);
        }
    }
    return status;
}

/* Links and aliases that were stated within the profile. */
static omni_status
add_stated(gathering *g)
{
    const omni__component *component = &g->explainer->component;
    const omni__graph *graph = &component->graph;
    const omni_id *head = &g->members->nodes[0].id;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < graph->statement_count && status == OMNI_OK; ++i) {
        const omni__graph_statement *stated = &graph->statements[i];
        const omni__node *a = component->nodes[stated->a];
        const omni__node *b = component->nodes[stated->b];
        if (!omni__id_equal(&a->head, head) ||
            !omni__id_equal(&b->head, head)) {
            continue;
        }
        omni__neighbour n = {
            .kind = stated->kind == OMNI__STATEMENT_ALIAS ? OMNI_LINK_ALIAS
                                                          : OMNI_LINK_STATED,
            .state = stated->accepted ? OMNI_LINK_ACCEPTED : OMNI_LINK_PASSED};
        status = omni__statement_latest(g->explainer->source->view, &a->id,
                                        &b->id, &n.statement);
        if (status == OMNI_OK) {
            status = keep_within(g, &n, a, b);
        }
    }
    return status;
}

/* A node in memory of the arena. */
static const omni__node *
copy_node(const gathering *g, const omni__node *node)
{
    omni__node *copy =
        omni__arena_get(g->explainer->source->arena, sizeof(*copy));
    if (copy != NULL) {
        *copy = *node;
    }
    return copy;
}

/* Observed links within the profile that have a generic end. */
static omni_status
add_generic(gathering *g, const omni__node *member)
{
    const omni__profile_source *source = g->explainer->source;
    const bool generic = (member->flags & OMNI__NODE_GENERIC) != 0;
    omni__link *links;
    size_t count;
    omni_status status =
        omni__links_read(source->view, member, source->arena, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__node other;
        status = omni__node_read(source->view, &links[i].other, &other);
        const bool other_generic =
            status == OMNI_OK && (other.flags & OMNI__NODE_GENERIC) != 0;
        if (status != OMNI_OK || (!generic && !other_generic) ||
            !omni__id_equal(&other.head, &member->head)) {
            continue;
        }
        omni__neighbour n = {.kind = OMNI_LINK_OBSERVED,
                             .state = OMNI_LINK_PASSED,
                             .time_us = links[i].time_us};
        const omni__node *kept = copy_node(g, &other);
        if (kept == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        if (g->only != NULL || omni__node_compare(member, kept) < 0) {
            status = keep_within(g, &n, member, kept);
        }
    }
    return status;
}

static omni_status
add_held(gathering *g)
{
    const omni__profile_source *source = g->explainer->source;
    omni__held *held;
    size_t count;
    const omni__held_query query = {.view = source->view,
                                    .policy = source->policy,
                                    .summaries = source->summaries,
                                    .members = g->members,
                                    .member =
                                        g->only != NULL ? &g->only->id : NULL,
                                    .arena = source->arena};
    omni_status status = omni__held_read(&query, &held, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__neighbour n = {.node = held[i].member,
                                   .other = &held[i].other,
                                   .name =
                                       omni__identifier_text(&held[i].other),
                                   .kind = held[i].kind,
                                   .state = OMNI_LINK_HELD,
                                   .held = &held[i]};
        status = keep(g, &n);
    }
    return status;
}

/* A statement whose other end has its name in the fact alone. */
static omni_status
keep_waiting(gathering *g, omni__neighbour *n)
{
    omni_link *shown =
        omni__arena_get(g->explainer->source->arena, sizeof(*shown));
    if (shown == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    n->state = OMNI_LINK_WAITING;
    n->shown = shown;
    const omni_status status =
        omni__explain_stated(g->explainer, n->node, &n->statement, NULL, shown);
    n->kind = (uint8_t)shown->kind;
    n->name = shown->b;
    return status == OMNI_OK ? keep(g, n) : status;
}

/* Statements that part, and those that wait. */
static omni_status
add_outward(gathering *g)
{
    const omni__profile_source *source = g->explainer->source;
    omni__stated *stated;
    size_t count;
    omni_status status = omni__stated_read(source->view, g->members,
                                           source->arena, &stated, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__stated *at = &stated[i];
        omni__neighbour n = {.node = at->member, .statement = at->statement};
        if (g->only != NULL && !omni__id_equal(&g->only->id, &at->member->id)) {
            continue;
        }
        if (!at->known) {
            status = keep_waiting(g, &n);
        } else if (at->statement.kind == OMNI__STATEMENT_PART) {
            n.other = &at->other;
            n.name = omni__identifier_text(&at->other);
            n.kind = OMNI_LINK_PART;
            n.state = OMNI_LINK_PARTED;
            status = keep(g, &n);
        }
    }
    return status;
}

static int
compare_names(omni_identifier_text a, omni_identifier_text b)
{
    const int order = omni__slice_compare(omni__slice_of_text(a.ns),
                                          omni__slice_of_text(b.ns));
    return order != 0 ? order
                      : omni__slice_compare(omni__slice_of_text(a.value),
                                            omni__slice_of_text(b.value));
}

static int
compare_neighbours(const void *a, const void *b)
{
    const omni__neighbour *x = a;
    const omni__neighbour *y = b;
    int order = omni__node_compare(x->node, y->node);
    if (order == 0) {
        order = compare_names(x->name, y->name);
    }
    return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

omni_status
omni__neighbours_find(omni__explainer *explainer, const omni__members *members,
                      const omni__node *only, omni__neighbours *out)
{
    gathering g = {
        .explainer = explainer, .members = members, .only = only, .out = out};
    omni_status status;
    *out = (omni__neighbours){.list = NULL};
    OMNI_TRY(status, omni__explainer_resolve(explainer, &members->nodes[0].id));
    OMNI_TRY(status, add_resolved(&g));
    OMNI_TRY(status, add_stated(&g));
    for (size_t i = 0; i < members->count; ++i) {
        const omni__node *member = &members->nodes[i];
        if (only == NULL || omni__id_equal(&only->id, &member->id)) {
            OMNI_TRY(status, add_generic(&g, member));
        }
    }
    OMNI_TRY(status, add_held(&g));
    OMNI_TRY(status, add_outward(&g));
    if (out->count != 0) {
        qsort(out->list, out->count, sizeof(out->list[0]), compare_neighbours);
    }
done:
    return status;
}

void
omni__neighbours_free(const omni__explainer *explainer,
                      omni__neighbours *neighbours)
{
    omni__free(explainer->source->arena->alloc, neighbours->list);
    neighbours->list = NULL;
}

static omni_status
show(omni__explainer *explainer, const omni__neighbour *n, omni_link *out)
{
    omni_status status;
    if (n->state == OMNI_LINK_WAITING) {
        *out = *n->shown;
        return OMNI_OK;
    }
    if (n->held != NULL) {
        return omni__explain_held(explainer, n->held, out);
    }
    if (n->kind == OMNI_LINK_OBSERVED) {
        status = omni__explain_observed(explainer, n->node, n->other,
                                        n->time_us, out);
    } else {
        status = omni__explain_stated(explainer, n->node, &n->statement,
                                      n->other, out);
    }
    if (status == OMNI_OK && n->state == OMNI_LINK_PASSED) {
        out->state = OMNI_LINK_PASSED;
        status = omni__words_passed(explainer, n->node, n->other, n->cut, out);
    }
    return status;
}

omni_status
omni__neighbours_show(omni__explainer *explainer,
                      const omni__neighbours *neighbours, size_t count,
                      const omni_link **out)
{
    omni_link *links = omni__arena_get(explainer->source->arena,
                                       (count + 1) * sizeof(links[0]));
    if (links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        const omni_status status =
            show(explainer, &neighbours->list[i], &links[i]);
        if (status != OMNI_OK) {
            return status;
        }
    }
    *out = links;
    return OMNI_OK;
}
