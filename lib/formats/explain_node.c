/* One identifier: what its profile is named after, whether it is generic, and
   every link and statement on it. */
#include "formats/explain.h"
#include "formats/explain_words.h"

#include <stdlib.h>

/* A link or statement on the node, not yet put into words. */
typedef struct neighbour {
    omni__node other; /* id alone, where no event knows it */
    uint8_t kind;     /* omni_link_kind */
    uint8_t state;    /* omni_link_state */
    bool cut;
    int64_t time_us;
    omni__statement statement; /* unless observed */
    const omni__held *held;    /* if held */
    const omni_link *shown;    /* if waiting: the name is there alone */
} neighbour;

/* A question on its way to an answer. */
typedef struct question {
    omni__explainer explainer;
    const omni__node *node;
    omni__members members;
    bool *joined[2]; /* of the nodes of the graph: by an observed link, by a
                        statement */
    neighbour *list;
    size_t count;
    size_t capacity;
    omni_identifier_explanation *out;
} question;

/* Which nodes an accepted link joins to this one. */
static omni_status
find_joined(question *q)
{
    uint32_t own;
    const omni_status status =
        omni__explainer_resolve(&q->explainer, &q->node->id);
    if (status != OMNI_OK) {
        return status;
    }
    omni__component *component = &q->explainer.component;
    const omni__graph *graph = &component->graph;
    if (!omni__component_index(component, &q->node->id, &own)) {
        return OMNI_ERR_CORRUPT;
    }
    for (size_t i = 0; i < 2; ++i) {
        q->joined[i] =
            omni__arena_zero(&component->set.scratch, graph->node_count);
        if (q->joined[i] == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < graph->link_count; ++i) {
        const omni__graph_link *link = &graph->links[i];
        if (link->accepted && (link->a == own || link->b == own)) {
            q->joined[0][link->a == own ? link->b : link->a] = true;
        }
    }
    for (size_t i = 0; i < graph->statement_count; ++i) {
        const omni__graph_statement *link = &graph->statements[i];
        if (link->accepted && (link->a == own || link->b == own)) {
            q->joined[1][link->a == own ? link->b : link->a] = true;
        }
    }
    return OMNI_OK;
}

static omni_status
keep(question *q, const neighbour *neighbour)
{
    void *list = q->list;
    const bool room = omni__grow(q->explainer.source->arena->alloc, &list,
                                 &q->capacity, q->count, sizeof(q->list[0]));
    q->list = list;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    q->list[q->count++] = *neighbour;
    return OMNI_OK;
}

/* Accepted or passed over: both ends are in this profile. */
static uint8_t
state_within(question *q, const neighbour *neighbour)
{
    uint32_t other;
    const bool stated = neighbour->kind != OMNI_LINK_OBSERVED;
    return omni__component_index(&q->explainer.component, &neighbour->other.id,
                                 &other) &&
                   q->joined[stated][other]
               ? OMNI_LINK_ACCEPTED
               : OMNI_LINK_PASSED;
}

static omni_status
add_held(question *q)
{
    const omni__profile_source *source = q->explainer.source;
    omni__held *held;
    size_t count;
    const omni__held_query query = {.view = source->view,
                                    .policy = source->policy,
                                    .summaries = source->summaries,
                                    .members = &q->members,
                                    .member = &q->node->id,
                                    .arena = source->arena};
    omni_status status = omni__held_read(&query, &held, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const neighbour n = {.other = held[i].other,
                             .kind = held[i].kind,
                             .state = OMNI_LINK_HELD,
                             .held = &held[i]};
        q->out->contested |= held[i].rule != OMNI__RULE_GENERIC;
        status = keep(q, &n);
    }
    return status;
}

/* Observed links within the profile. */
static omni_status
add_observed(question *q)
{
    const omni__profile_source *source = q->explainer.source;
    omni__link *links;
    size_t count;
    omni_status status =
        omni__links_read(source->view, q->node, source->arena, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        neighbour n = {.kind = OMNI_LINK_OBSERVED,
                       .cut = links[i].cut,
                       .time_us = links[i].time_us};
        status = omni__node_read(source->view, &links[i].other, &n.other);
        if (status == OMNI_OK &&
            omni__id_equal(&n.other.head, &q->node->head)) {
            n.state = state_within(q, &n);
            status = keep(q, &n);
        }
    }
    return status;
}

static uint8_t
kind_of(const omni__statement *statement)
{
    switch (statement->kind) {
    case OMNI__STATEMENT_LINK:
        return OMNI_LINK_STATED;
    case OMNI__STATEMENT_PART:
        return OMNI_LINK_PART;
    default:
        return OMNI_LINK_ALIAS;
    }
}

/* A statement whose other end has its name in the fact alone. */
static omni_status
show_waiting(question *q, neighbour *n)
{
    omni_link *shown =
        omni__arena_get(q->explainer.source->arena, sizeof(*shown));
    if (shown == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    n->state = OMNI_LINK_WAITING;
    n->shown = shown;
    const omni_status status = omni__explain_stated(&q->explainer, q->node,
                                                    &n->statement, NULL, shown);
    if (status == OMNI_OK) {
        n->other.ns = omni__slice_of_text(shown->b.ns);
        n->other.value = omni__slice_of_text(shown->b.value);
    }
    return status;
}

/* Statements within the profile, `part` ones, and those that wait. */
static omni_status
add_stated(question *q)
{
    const omni__profile_source *source = q->explainer.source;
    const omni__members alone = {.nodes = (omni__node *)q->node, .count = 1};
    omni__stated *stated;
    size_t count;
    omni_status status =
        omni__stated_read(source->view, &alone, source->arena, &stated, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        neighbour n = {.kind = kind_of(&stated[i].statement),
                       .statement = stated[i].statement};
        if (!stated[i].known) {
            status = show_waiting(q, &n);
        } else {
            n.other = stated[i].other;
            if (n.kind == OMNI_LINK_PART) {
                n.state = OMNI_LINK_PARTED;
            } else if (omni__id_equal(&n.other.head, &q->node->head)) {
                n.state = state_within(q, &n);
            } else {
                continue; /* held apart */
            }
        }
        if (status == OMNI_OK) {
            status = keep(q, &n);
        }
    }
    return status;
}

static int
compare_neighbours(const void *a, const void *b)
{
    const neighbour *x = a;
    const neighbour *y = b;
    const int order = omni__node_compare(&x->other, &y->other);
    return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

static omni_status
show(question *q, const neighbour *n, omni_link *out)
{
    omni_status status;
    if (n->state == OMNI_LINK_WAITING) {
        *out = *n->shown;
        return OMNI_OK;
    }
    if (n->held != NULL) {
        return omni__explain_held(&q->explainer, n->held, out);
    }
    if (n->kind == OMNI_LINK_OBSERVED) {
        status = omni__explain_observed(&q->explainer, q->node, &n->other,
                                        n->time_us, out);
    } else {
        status = omni__explain_stated(&q->explainer, q->node, &n->statement,
                                      &n->other, out);
    }
    if (status == OMNI_OK && n->state == OMNI_LINK_PASSED) {
        out->state = OMNI_LINK_PASSED;
        status =
            omni__words_passed(&q->explainer, q->node, &n->other, n->cut, out);
    }
    return status;
}

static omni_status
show_neighbours(question *q)
{
    const size_t listed =
        q->count < OMNI_EXPLAIN_NEIGHBOURS ? q->count : OMNI_EXPLAIN_NEIGHBOURS;
    omni_link *links = omni__arena_get(q->explainer.source->arena,
                                       (listed + 1) * sizeof(links[0]));
    if (links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (q->count != 0) {
        qsort(q->list, q->count, sizeof(q->list[0]), compare_neighbours);
    }
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < listed && status == OMNI_OK; ++i) {
        status = show(q, &q->list[i], &links[i]);
    }
    q->out->neighbours = links;
    q->out->neighbour_count = listed;
    q->out->neighbour_total = q->count;
    return status;
}

/* The member that the profile is named after. */
static omni_status
show_named(question *q)
{
    const omni__node *head = &q->members.nodes[0];
    omni__event_text event;
    omni_status status = omni__explain_sight(&q->explainer, head, &event);
    if (status != OMNI_OK) {
        return status;
    }
    q->out->profile = head->id;
    q->out->profile_size = q->members.count;
    q->out->named_by = omni__identifier_text(head);
    q->out->named_first_seen_us = head->first_us;
    q->out->named_event_name = event.name;
    q->out->named_event_id = event.id;
    q->out->named_channel = event.channel;
    q->out->named_source = event.source;
    return omni__words_named(&q->explainer, &q->members,
                             &q->out->named_because);
}

static omni_status
show_generic(question *q)
{
    omni__crowd crowd;
    q->out->generic = (q->node->flags & OMNI__NODE_GENERIC) != 0;
    if (!q->out->generic) {
        return OMNI_OK;
    }
    const omni_status status =
        omni__links_crowd(q->explainer.source->policy, q->node,
                          q->explainer.source->arena, &crowd);
    if (status != OMNI_OK) {
        return status;
    }
    q->out->generic_ns = omni__text_of(crowd.ns);
    q->out->generic_count = crowd.count;
    q->out->generic_limit = crowd.limit;
    return omni__words_generic(&q->explainer, q->node,
                               &q->out->generic_because);
}

static omni_status
show_self(question *q)
{
    static const char *const classes[] = {"person", "device", "shared"};
    const omni__profile_source *source = q->explainer.source;
    const omni__namespace *entry =
        omni__policy_namespace(source->policy, q->node->ns);
    q->out->identifier = omni__identifier_text(q->node);
    q->out->id = q->node->id;
    q->out->class_name =
        omni__text_of(omni__slice_text(classes[entry->class_]));
    q->out->rank = entry->rank;
    q->out->first_seen_us = q->node->first_us;
    q->out->last_seen_us = q->node->last_us;
    q->out->contested =
        q->out->contested && entry->class_ == OMNI__CLASS_DEVICE;
    omni_text *channels;
    const omni_status status = omni__channels_read(
        q->node, source->arena, &channels, &q->out->channel_count);
    q->out->channels = channels;
    return status;
}

static omni_status
explain(question *q)
{
    const omni__profile_source *source = q->explainer.source;
    omni_status status;
    OMNI_TRY(status, omni__members_read(source->view, q->node, source->arena,
                                        &q->members));
    OMNI_TRY(status, find_joined(q));
    OMNI_TRY(status, add_held(q));
    OMNI_TRY(status, add_observed(q));
    OMNI_TRY(status, add_stated(q));
    OMNI_TRY(status, show_self(q));
    OMNI_TRY(status, show_named(q));
    OMNI_TRY(status, show_generic(q));
    status = show_neighbours(q);
done:
    return status;
}

omni_status
omni__explain_node(const omni__profile_source *source, const omni__node *node,
                   omni_identifier_explanation **out)
{
    question q = {.explainer = {.source = source}, .node = node};
    q.out = omni__arena_zero(source->arena, sizeof(*q.out));
    omni_status status = q.out != NULL ? explain(&q) : OMNI_ERR_NO_MEMORY;
    omni__explainer_end(&q.explainer);
    omni__free(source->arena->alloc, q.list);
    if (status == OMNI_OK) {
        *out = q.out;
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
