/* The graph of what was gathered, and applying what resolution says of it. */
#include "identity/component.h"

#include "identity/gather.h"

#include <stdlib.h>

static int
compare_identifiers(const void *a, const void *b)
{
    const omni__work_node *const *x = a;
    const omni__work_node *const *y = b;
    const int order = omni__slice_compare((*x)->node.ns, (*y)->node.ns);
    return order != 0 ? order
                      : omni__slice_compare((*x)->node.value, (*y)->node.value);
}

static omni_status
build_nodes(omni__walk *w, omni__graph *graph)
{
    omni__arena *arena = &w->set->scratch;
    qsort(w->nodes.list, w->nodes.count, sizeof(w->nodes.list[0]),
          compare_identifiers);
    graph->policy = w->policy;
    graph->node_count = (uint32_t)w->nodes.count;
    graph->nodes =
        omni__arena_zero(arena, w->nodes.count * sizeof(graph->nodes[0]));
    if (graph->nodes == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        const omni__node *node = &w->nodes.list[i]->node;
        w->nodes.list[i]->index = i;
        graph->nodes[i].ns = node->ns;
        graph->nodes[i].value = node->value;
        graph->nodes[i].policy = omni__policy_namespace(w->policy, node->ns);
        graph->nodes[i].rank = omni__namespace_rank(graph->nodes[i].policy);
        graph->nodes[i].first_us = node->first_us;
    }
    return OMNI_OK;
}

static omni_status
build_links(omni__walk *w, omni__graph *graph)
{
    graph->links = omni__arena_zero(
        &w->set->scratch, (w->link_count + 1) * sizeof(graph->links[0]));
    if (graph->links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < w->link_count; ++i) {
        const omni__walk_link *pending = &w->links[i];
        omni__work_node *other;
        const omni_status status =
            omni__workset_get(w->set, &pending->link.other, &other);
        if (status != OMNI_OK) {
            return status;
        }
        if (other->mark != w->mark) {
            continue; /* one that is cut */
        }
        const uint32_t x = pending->from->index;
        const uint32_t y = other->index;
        const uint32_t x_rank = graph->nodes[x].rank;
        const uint32_t y_rank = graph->nodes[y].rank;
        graph->links[graph->link_count++] =
            (omni__graph_link){.a = x < y ? x : y,
                               .b = x < y ? y : x,
                               .time_us = pending->link.time_us,
                               .high_rank = x_rank > y_rank ? x_rank : y_rank,
                               .low_rank = x_rank > y_rank ? y_rank : x_rank,
                               .cut = pending->link.cut};
    }
    return OMNI_OK;
}

/* Both ends of a statement name it; it is built once. */
static omni_status
build_statements(omni__walk *w, omni__graph *graph)
{
    graph->statements =
        omni__arena_zero(&w->set->scratch, (w->statement_count + 1) *
                                               sizeof(graph->statements[0]));
    if (graph->statements == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < w->statement_count; ++i) {
        const omni__walk_statement *pending = &w->statements[i];
        omni__work_node *other;
        const omni_status status =
            omni__workset_get(w->set, &pending->statement.b, &other);
        if (status != OMNI_OK) {
            return status;
        }
        const uint32_t x = pending->from->index;
        if (other->mark != w->mark || x > other->index) {
            continue; /* a `part` from somebody who is not near; or the other
                         end's half of the pair */
        }
        omni__graph_statement *built =
            &graph->statements[graph->statement_count++];
        built->a = x;
        built->b = other->index;
        built->kind = pending->statement.kind;
        built->crowded = built->kind == OMNI__STATEMENT_ALIAS &&
                         (pending->from->crowded || other->crowded);
        memcpy(built->order, pending->statement.order, sizeof(built->order));
    }
    return OMNI_OK;
}

omni_status
omni__members_decode(omni__slice section, omni__arena *arena, omni_id **out,
                     size_t *count)
{
    if (section.size % OMNI__ID_SIZE != 0) {
        return OMNI_ERR_CORRUPT;
    }
    *count = section.size / OMNI__ID_SIZE;
    *out = omni__arena_get(arena, section.size);
    if (*out == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (section.size != 0) {
        memcpy(*out, section.data, section.size);
    }
    return OMNI_OK;
}

/* Whether the members of a node are those that it had, and new ones. */
static omni_status
are_more(omni__workset *set, const omni__work_node *node,
         const omni_id *members, size_t count, bool *out)
{
    const omni__slice old = node->node.sections[OMNI__SECTION_MEMBERS];
    size_t known = 0; /* bytes */
    omni_status status = OMNI_OK;
    *out = true;
    for (size_t i = 0; i < count && *out && status == OMNI_OK; ++i) {
        omni__work_node *member;
        if (known < old.size &&
            memcmp(old.data + known, members[i].bytes, OMNI__ID_SIZE) == 0) {
            known += OMNI__ID_SIZE;
            continue;
        }
        status = omni__workset_get(set, &members[i], &member);
        *out = status == OMNI_OK && member->fresh;
    }
    *out = *out && known == old.size;
    return status;
}

/* Set the section MEMBERS of a node, if it is not that already. */
static omni_status
set_members(omni__workset *set, omni__work_node *node, omni_id *members,
            size_t count)
{
    qsort(members, count, sizeof(members[0]), omni__id_order);
    const omni__slice bytes =
        omni__slice_of(members, count * sizeof(members[0]));
    if (omni__slice_equal(bytes, node->node.sections[OMNI__SECTION_MEMBERS])) {
        return OMNI_OK;
    }
    if (set->watched) {
        bool more;
        const omni_status status = are_more(set, node, members, count, &more);
        if (status != OMNI_OK) {
            return status;
        }
        omni__workset_change(set, node, more ? set->identity : UINT64_MAX);
    }
    return omni__workset_section(set, node, OMNI__SECTION_MEMBERS, bytes);
}

static void
set_head(omni__workset *set, omni__work_node *node, const omni_id *head)
{
    if (!omni__id_equal(&node->node.head, head)) {
        omni__workset_step(set, node, head);
        omni__workset_change(set, node, node->fresh ? 0 : UINT64_MAX);
        node->node.head = *head;
        node->dirty = true;
    }
}

/* Members grouped by component: starts[i] is where those of node i begin. */
static omni_status
apply_members(omni__walk *w, const omni__graph *graph, int64_t *profiles)
{
    const uint32_t n = graph->node_count;
    uint32_t *starts =
        omni__arena_zero(&w->set->scratch, ((size_t)n + 1) * sizeof(starts[0]));
    uint32_t *used =
        omni__arena_zero(&w->set->scratch, (size_t)n * sizeof(used[0]));
    omni_id *members =
        omni__arena_get(&w->set->scratch, (size_t)n * sizeof(members[0]));
    if (starts == NULL || used == NULL || members == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t head = graph->nodes[i].component;
        starts[head + 1] += head != i ? 1 : 0;
    }
    for (uint32_t i = 0; i < n; ++i) {
        starts[i + 1] += starts[i];
    }
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t head = graph->nodes[i].component;
        *profiles += (head == i) - omni__node_is_head(&w->nodes.list[i]->node);
        if (head != i) {
            members[starts[head] + used[head]++] = w->nodes.list[i]->node.id;
        }
    }
    omni_status status = OMNI_OK;
    for (uint32_t i = 0; i < n && status == OMNI_OK; ++i) {
        status =
            set_members(w->set, w->nodes.list[i], members + starts[i], used[i]);
        set_head(w->set, w->nodes.list[i],
                 &w->nodes.list[graph->nodes[i].component]->node.id);
    }
    return status;
}

/* A device around which links are cut. */
typedef struct divided {
    omni__workset *set;
    const omni__node *node;
    bool any;   /* look at all links, and not at those alone that are cut */
    bool is_so; /* one leads to another profile */
} divided;

static bool
divided_group(void *user, omni__slice ns, bool single, bool cut)
{
    const divided *d = user;
    (void)ns;
    (void)single;
    return (cut || d->any) && !d->is_so;
}

static omni_status
divided_link(void *user, const omni__link *link)
{
    divided *d = user;
    omni__node other;
    if (!(link->cut || d->any) || d->is_so) {
        return OMNI_OK;
    }
    const omni_status status = omni__workset_read(d->set, &link->other, &other);
    d->is_so = status == OMNI_OK && (other.flags & OMNI__NODE_GENERIC) == 0 &&
               !omni__id_equal(&other.head, &d->node->head);
    return d->is_so ? OMNI_END : status;
}

/* Whether a device is contested (I9), if `apart` says of the links and
   statements of the graph that one of its own was held apart. */
static omni_status
is_contested(const omni__walk *w, const omni__graph_node *of,
             const omni__node *node, bool apart, bool *out)
{
    divided d = {.set = w->set, .node = node, .any = w->near};
    /* Links that lead away from what is near are held apart as they were. */
    const bool elsewhere = w->near ? (node->flags & OMNI__NODE_CONTESTED) != 0
                                   : w->dense.count != 0;
    const omni__link_visitor visitor = {divided_group, divided_link, &d};
    const bool device = of->policy->class_ == OMNI__CLASS_DEVICE &&
                        (node->flags & OMNI__NODE_GENERIC) == 0;
    *out = device && (apart || (node->flags & OMNI__NODE_SIGNED_OUT) != 0);
    if (!device || *out || !elsewhere) {
        return OMNI_OK;
    }
    const omni_status status =
        omni__links_visit(&w->set->view, node, &w->set->scratch, &visitor);
    *out = d.is_so;
    return status == OMNI_END ? OMNI_OK : status;
}

/* Which nodes have a link or a statement that was held apart. */
static void
find_apart(const omni__graph *graph, bool *apart)
{
    const omni__graph_node *nodes = graph->nodes;
    for (size_t i = 0; i < graph->link_count; ++i) {
        const omni__graph_link *link = &graph->links[i];
        if (nodes[link->a].component != nodes[link->b].component) {
            apart[link->a] = apart[link->b] = true;
        }
    }
    for (size_t i = 0; i < graph->statement_count; ++i) {
        const omni__graph_statement *stated = &graph->statements[i];
        if (stated->kind != OMNI__STATEMENT_PART && !stated->crowded &&
            nodes[stated->a].component != nodes[stated->b].component) {
            apart[stated->a] = apart[stated->b] = true;
        }
    }
}

/* Devices that are contested now and were not, or the other way round. */
static omni_status
find_turned(omni__walk *w, const omni__graph *graph)
{
    const uint32_t n = graph->node_count;
    bool *apart = omni__arena_zero(&w->set->scratch, n);
    omni_status status = apart != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    if (status == OMNI_OK) {
        find_apart(graph, apart);
    }
    for (uint32_t i = 0; i < n && status == OMNI_OK; ++i) {
        omni__work_node *node = w->nodes.list[i];
        bool contested;
        status = is_contested(w, &graph->nodes[i], &node->node, apart[i],
                              &contested);
        if (status == OMNI_OK &&
            contested != ((node->node.flags & OMNI__NODE_CONTESTED) != 0)) {
            node->next_turned = w->set->turned;
            w->set->turned = node;
        }
    }
    return status;
}

static omni_status
build_graph(omni__walk *w, omni__graph *graph)
{
    omni_status status;
    OMNI_TRY(status, build_nodes(w, graph));
    OMNI_TRY(status, build_links(w, graph));
    OMNI_TRY(status, build_statements(w, graph));
    status = omni__resolve(graph, &w->set->scratch);
done:
    return status;
}

/* Whether a new node hangs together with one that was there. */
static bool
is_tied(const omni__walk *w, const omni__graph *graph, uint32_t node)
{
    for (size_t i = 0; i < graph->link_count; ++i) {
        const omni__graph_link *link = &graph->links[i];
        if ((link->a == node && !w->nodes.list[link->b]->added) ||
            (link->b == node && !w->nodes.list[link->a]->added)) {
            return true;
        }
    }
    return false;
}

/*
   Whether what is near, resolved alone, is as it would be with all the rest.

   Links between profiles take no part in what becomes of either, and all that
   the rest has to do with what is near are links and statements that were
   refused. They still are if whoever met there then meets at least as many now:
   all that refuses once does so of more, too. It is so where all that held a
   profile together still does, for it joins whom it joined, and when it did.
*/
static bool
is_settled(const omni__walk *w, const omni__graph *graph)
{
    omni__work_node *const *nodes = w->nodes.list;
    const uint8_t both = OMNI__NODE_CONTESTED | OMNI__NODE_STATED;
    bool is = true;
    for (size_t i = 0; i < graph->link_count; ++i) {
        const omni__graph_link *link = &graph->links[i];
        is &= link->accepted || !omni__id_equal(&nodes[link->a]->node.head,
                                                &nodes[link->b]->node.head);
    }
    for (size_t i = 0; i < graph->statement_count; ++i) {
        const omni__graph_statement *stated = &graph->statements[i];
        is &= stated->accepted || stated->kind == OMNI__STATEMENT_PART ||
              stated->crowded ||
              !omni__id_equal(&nodes[stated->a]->node.head,
                              &nodes[stated->b]->node.head);
    }
    for (uint32_t i = 0; i < graph->node_count; ++i) {
        is = is && (nodes[i]->node.flags & both) != both &&
             (!nodes[i]->added || is_tied(w, graph, i));
    }
    return is;
}

/* Resolve what is near the seeds, if that is enough. */
static omni_status
resolve_near(omni__walk *w, omni__graph *graph)
{
    omni_status status = omni__walk_gather_near(w);
    if (status != OMNI_OK || !w->near) {
        return status;
    }
    status = build_graph(w, graph);
    if (status == OMNI_OK && is_settled(w, graph)) {
        omni__walk_settle_near(w);
    } else {
        omni__walk_drop_near(w);
        *graph = (omni__graph){.policy = w->policy};
    }
    return status;
}

omni_status
omni__component_resolve(omni__workset *set, const omni__policy *policy,
                        int64_t *profiles)
{
    omni__walk w = {
        .set = set, .policy = policy, .mark = omni__workset_mark(set)};
    omni__graph graph = {.policy = policy};
    omni_status status;
    OMNI_TRY(status, resolve_near(&w, &graph));
    if (!w.near) {
        OMNI_TRY(status, omni__walk_gather(&w));
    }
    if (w.nodes.count == 0) {
        goto done;
    }
    /* No row may tell what was remembered. */
    set->walked += w.near ? w.whole : w.nodes.count;
    if (!w.near) {
        OMNI_TRY(status, build_graph(&w, &graph));
    }
    OMNI_TRY(status, apply_members(&w, &graph, profiles));
    status = find_turned(&w, &graph);
done:
    omni__walk_free(&w);
    return status;
}

omni_status
omni__component_read(const omni__view *view, const omni__policy *policy,
                     const omni_id *node, const omni__alloc *alloc,
                     omni__component *out)
{
    *out = (omni__component){.graph = {.policy = policy}};
    omni__workset_init(&out->set, NULL, alloc);
    out->set.view = *view;
    out->mark = omni__workset_mark(&out->set);
    omni__walk w = {
        .set = &out->set, .policy = policy, .reads = true, .mark = out->mark};
    omni__work_node *seed;
    omni_status status;
    OMNI_TRY(status, omni__workset_get(&out->set, node, &seed));
    omni__workset_seed(&out->set, seed);
    OMNI_TRY(status, omni__walk_gather(&w));
    OMNI_TRY(status, build_graph(&w, &out->graph));
    out->nodes = omni__arena_get(&out->set.scratch,
                                 w.nodes.count * sizeof(out->nodes[0]));
    if (out->nodes == NULL) {
        status = OMNI_ERR_NO_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < w.nodes.count; ++i) {
        out->nodes[i] = &w.nodes.list[i]->node;
    }
done:
    omni__walk_free(&w);
    return status;
}

void
omni__component_free(omni__component *component)
{
    omni__workset_free(&component->set);
}

bool
omni__component_index(omni__component *component, const omni_id *id,
                      uint32_t *out)
{
    omni__work_node *node;
    if (omni__workset_get(&component->set, id, &node) != OMNI_OK ||
        node->mark != component->mark) {
        return false;
    }
    *out = node->index;
    return true;
}
