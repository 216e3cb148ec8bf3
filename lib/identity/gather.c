/* A walk over links and statements, breadth first. */
#include "identity/gather.h"

#include "identity/component.h"
#include "identity/link_rows.h"
#include "identity/link_section.h"

omni_status
omni__walk_add(const omni__walk *w, omni__walk_nodes *nodes,
               omni__work_node *node)
{
    void *list = nodes->list;
    const bool room = omni__grow(w->set->arena.alloc, &list, &nodes->capacity,
                                 nodes->count, sizeof(nodes->list[0]));
    nodes->list = list;
    if (room) {
        nodes->list[nodes->count++] = node;
    }
    return room ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

static omni_status
reach(omni__walk *w, omni__work_node *node)
{
    if (node->mark == w->mark) {
        return OMNI_OK;
    }
    if (w->tries && node->mark == w->tried) {
        return OMNI_END;
    }
    node->mark = w->mark;
    return omni__walk_add(w, &w->nodes, node);
}

/* A node whose links are looked at. */
typedef struct visit {
    omni__walk *w;
    omni__work_node *node;
    bool stops;    /* a link is cut, and there must be none */
    bool leaves;   /* it is devices with no other link that come now */
    bool parts;    /* not all of those were reached */
    uint64_t room; /* for so many more of them */
    const omni__work_node *last; /* that took the last room */
    int64_t last_us;
} visit;

/* Each link is kept once: from an end that has no other, for from there it is
   met in any case; else from the one with the smaller id. */
static bool
keeps(const visit *v, const omni__work_node *other, bool cut)
{
    const omni__node *node = &v->node->node;
    const bool single = omni__links_single(node);
    if (single != omni__links_single(&other->node)) {
        return single;
    }
    /* Of those that are cut rows tell nothing. */
    return (cut && omni__links_out(&other->node)) ||
           omni__id_compare(&node->id, &other->node.id) < 0;
}

static omni_status
keep_link(omni__walk *w, omni__work_node *from, const omni__link *link)
{
    void *pending = w->links;
    const bool room =
        omni__grow(w->set->arena.alloc, &pending, &w->link_capacity,
                   w->link_count, sizeof(w->links[0]));
    w->links = pending;
    if (room) {
        w->links[w->link_count++] =
            (omni__walk_link){.from = from, .link = *link};
    }
    return room ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

static bool
visit_group(void *user, omni__slice ns, bool single, bool cut)
{
    visit *v = user;
    v->leaves = single && omni__policy_namespace(v->w->policy, ns)->class_ ==
                              OMNI__CLASS_DEVICE;
    v->room = (uint64_t)v->w->policy->max_identifiers + 1;
    v->stops |= cut && v->w->tries;
    return !cut && !v->stops;
}

/* Those that stand where the last one does in the order of rows may come
   before it in that of identifiers. */
static bool
is_tied(const visit *v, const omni__work_node *other, int64_t time_us)
{
    const omni__slice a = v->last->node.value;
    const omni__slice b = other->node.value;
    return v->last_us == time_us &&
           (omni__slice_equal(a, b) ||
            (a.size >= OMNI__LINK_VALUE_START &&
             b.size >= OMNI__LINK_VALUE_START &&
             memcmp(a.data, b.data, OMNI__LINK_VALUE_START) == 0));
}

/* I7 takes devices that have no other link in the order of rows until one is
   refused, as all after it are then; but for one with a `part`. */
static bool
is_enough(visit *v, const omni__work_node *other, int64_t time_us)
{
    if (!v->leaves) {
        return false;
    }
    if (v->room == 0) {
        return !is_tied(v, other, time_us);
    }
    v->room -= (other->node.flags & OMNI__NODE_STATED) == 0;
    v->last = other;
    v->last_us = time_us;
    return false;
}

static omni_status
visit_link(void *user, const omni__link *link)
{
    visit *v = user;
    omni__walk *w = v->w;
    omni__work_node *other;
    if (link->cut && w->tries) {
        v->stops = true;
        return OMNI_END;
    }
    if (link->cut && !w->reads) {
        return OMNI_OK;
    }
    omni_status status = omni__workset_get(w->set, &link->other, &other);
    if (status != OMNI_OK || (other->node.flags & OMNI__NODE_GENERIC) != 0) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    if (is_enough(v, other, link->time_us)) {
        v->parts = w->parts = true;
        return OMNI_END;
    }
    if (!link->cut) {
        status = reach(w, other);
        v->stops |= status == OMNI_END;
    }
    return status == OMNI_OK && keeps(v, other, link->cut)
               ? keep_link(w, v->node, link)
               : status;
}

/* Whoever is in the profile of a node now may be refused by and by. */
static omni_status
reach_members(omni__walk *w, const omni__work_node *node)
{
    omni__work_node *member;
    omni_id *ids;
    size_t count = 0;
    omni_status status = omni__workset_get(w->set, &node->node.head, &member);
    if (status == OMNI_OK) {
        status = reach(w, member);
    }
    if (status == OMNI_OK) {
        status =
            omni__members_decode(member->node.sections[OMNI__SECTION_MEMBERS],
                                 &w->set->scratch, &ids, &count);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = omni__workset_get(w->set, &ids[i], &member);
        if (status == OMNI_OK) {
            status = reach(w, member);
        }
        status = status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    return status == OMNI_NOT_FOUND ? OMNI_OK : status;
}

/* The observed links of a node that take part: neither end is generic, and
   they are not cut. OMNI_END if some are, for who tries it without. */
static omni_status
walk_links(omni__walk *w, omni__work_node *node)
{
    visit v = {.w = w, .node = node};
    const omni__link_visitor visitor = {visit_group, visit_link, &v};
    if ((node->node.flags & OMNI__NODE_GENERIC) != 0) {
        return OMNI_OK;
    }
    const omni_status status = omni__links_visit(&w->set->view, &node->node,
                                                 &w->set->scratch, &visitor);
    if (status != OMNI_OK || v.stops) {
        return status == OMNI_OK ? OMNI_END : status;
    }
    return v.parts ? reach_members(w, node) : OMNI_OK;
}

static omni_status
keep_statement(omni__walk *w, omni__work_node *node,
               const omni__statement *statement)
{
    void *pending = w->statements;
    const bool room =
        omni__grow(w->set->arena.alloc, &pending, &w->statement_capacity,
                   w->statement_count, sizeof(w->statements[0]));
    w->statements = pending;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    w->statements[w->statement_count++] =
        (omni__walk_statement){.from = node, .statement = *statement};
    return OMNI_OK;
}

/* The statements on one pair, `from` to `to` of the array: the last is in
   force, if events know the other node too. */
static omni_status
walk_pair(omni__walk *w, omni__work_node *node, const omni__statement *last,
          bool has_alias, uint32_t *alias_count)
{
    omni__work_node *other;
    omni_status status = omni__workset_get(w->set, &last->b, &other);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    *alias_count += has_alias;
    if (last->kind != OMNI__STATEMENT_PART && !w->near) {
        status = reach(w, other);
    }
    return status == OMNI_OK ? keep_statement(w, node, last) : status;
}

static omni_status
walk_statements(omni__walk *w, omni__work_node *node)
{
    if ((node->node.flags & OMNI__NODE_STATED) == 0) {
        return OMNI_OK;
    }
    omni__statement *statements;
    size_t count;
    omni_status status = omni__statements_read(
        &w->set->view, OMNI__TABLE_STATEMENT, &node->node.id, &w->set->scratch,
        &statements, &count);
    uint32_t alias_count = 0;
    bool has_alias = false;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        has_alias |= statements[i].kind == OMNI__STATEMENT_ALIAS;
        if (i + 1 < count &&
            omni__id_equal(&statements[i].b, &statements[i + 1].b)) {
            continue;
        }
        status = walk_pair(w, node, &statements[i], has_alias, &alias_count);
        has_alias = false;
    }
    node->crowded = alias_count > w->policy->max_alias_links;
    return status;
}

/* All that nodes reach from the one of that number on. */
static omni_status
walk_on(omni__walk *w, size_t at)
{
    const size_t most = at + w->policy->max_component;
    omni_status status = OMNI_OK;
    for (; at < w->nodes.count && status == OMNI_OK; ++at) {
        omni__work_node *node = w->nodes.list[at];
        status = walk_links(w, node);
        if (status == OMNI_OK) {
            status = walk_statements(w, node);
        }
        if (status == OMNI_OK && w->tries && w->nodes.count > most) {
            status = OMNI_END;
        }
    }
    return status;
}

/* A raw component was met whole. */
static void
remember(omni__walk *w, size_t first)
{
    omni__raw_known *known = &w->set->known;
    bool wanted = w->nodes.count - first >= known->least;
    for (size_t i = first;
         known->slots != NULL && !wanted && i < w->nodes.count; ++i) {
        wanted = omni__raw_group(known, &w->nodes.list[i]->node.id) != 0;
    }
    if (!wanted) {
        return;
    }
    const uint32_t group = omni__raw_group_new(known, w->set->arena.alloc);
    for (size_t i = first; group != 0 && i < w->nodes.count; ++i) {
        omni__raw_put(known, w->set->arena.alloc, &w->nodes.list[i]->node.id,
                      group);
    }
}

/* What hangs together with a node, if it is not too much; else it is in a
   dense place, and so is everybody else who meets what was reached from it. */
static omni_status
try_seed(omni__walk *w, omni__work_node *seed)
{
    const size_t nodes = w->nodes.count;
    const size_t links = w->link_count;
    const size_t statements = w->statement_count;
    if (seed->mark == w->tried) {
        return omni__walk_add(w, &w->dense, seed);
    }
    omni_status status = reach(w, seed);
    if (status == OMNI_OK) {
        status = walk_on(w, nodes);
    }
    if (status == OMNI_OK) {
        remember(w, nodes);
    }
    if (status != OMNI_END) {
        return status;
    }
    for (size_t i = nodes; i < w->nodes.count; ++i) {
        w->nodes.list[i]->mark = w->tried;
    }
    w->nodes.count = nodes;
    w->link_count = links;
    w->statement_count = statements;
    return omni__walk_add(w, &w->dense, seed);
}

/* Between two nodes that both have rows: the links that are cut, of which rows
   tell nothing; or all, where only what is near is gathered. */
static omni_status
find_between(omni__walk *w)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < w->nodes.count; ++i) {
        omni__work_node *a = w->nodes.list[i];
        const uint8_t out = OMNI__NODE_LINKS_OUT;
        if ((a->node.flags & (out | OMNI__NODE_GENERIC)) != out) {
            continue;
        }
        for (size_t k = i + 1; k < w->nodes.count && status == OMNI_OK; ++k) {
            const omni__work_node *b = w->nodes.list[k];
            omni__link link = {.other = b->node.id, .cut = true};
            if ((b->node.flags & (out | OMNI__NODE_GENERIC)) != out) {
                continue;
            }
            status = omni__link_find(&w->set->view, &a->node, &b->node,
                                     &w->set->scratch, &link);
            if (status == OMNI_OK && (link.cut || w->near)) {
                status = keep_link(w, a, &link);
            }
            status = status == OMNI_NOT_FOUND ? OMNI_OK : status;
        }
    }
    return status;
}

omni_status
omni__walk_gather(omni__walk *w)
{
    omni_status status = OMNI_OK;
    omni__work_node *seed = w->set->seeds;
    w->set->seeds = NULL;
    w->tried = omni__workset_mark(w->set);
    w->tries = !w->reads;
    for (; seed != NULL && status == OMNI_OK; seed = seed->next_seed) {
        seed->is_seed = false;
        if (seed->gone || seed->mark == w->mark) {
            continue;
        }
        status =
            w->reads ? omni__walk_add(w, &w->dense, seed) : try_seed(w, seed);
    }
    if (status == OMNI_OK && !w->reads && w->dense.count != 0) {
        status = omni__raw_cut(w);
    }
    const size_t first = w->nodes.count;
    w->tries = false;
    for (size_t i = 0; i < w->dense.count && status == OMNI_OK; ++i) {
        status = reach(w, w->dense.list[i]);
    }
    if (status == OMNI_OK) {
        status = walk_on(w, first);
    }
    if (w->parts || (!w->reads && w->dense.count != 0)) {
        omni__raw_forget(&w->set->known, w->set->arena.alloc);
    }
    w->set->shrunk = false;
    w->set->mixed = false;
    for (size_t i = 0; i < w->nodes.count; ++i) {
        w->nodes.list[i]->added = false;
    }
    return status == OMNI_OK && w->reads ? find_between(w) : status;
}

/* Whether a walk leaves out none of the devices of a node that have no other
   link; see is_enough(). */
static bool
takes_all(const omni__walk *w, const omni__node *node)
{
    omni__link_count *counts;
    size_t count = 0;
    bool all =
        !omni__links_out(node) ||
        omni__links_count(node, &w->set->scratch, &counts, &count) == OMNI_OK;
    for (size_t i = 0; i < count && all; ++i) {
        all = counts[i].count <= (uint64_t)w->policy->max_identifiers + 1 ||
              omni__policy_namespace(w->policy, counts[i].ns)->class_ !=
                  OMNI__CLASS_DEVICE;
    }
    return all;
}

/* Whether all that hangs together with the seeds is known to stay under the
   bound, and nothing happened but that links came, or were seen earlier. */
static bool
is_known(omni__walk *w)
{
    const omni__workset *set = w->set;
    uint64_t fresh = 0;
    if (set->known.slots == NULL || set->shrunk || set->mixed) {
        return false;
    }
    for (const omni__work_node *seed = set->seeds; seed != NULL;
         seed = seed->next_seed) {
        const uint32_t group = omni__raw_group(&set->known, &seed->node.id);
        if (seed->gone || !takes_all(w, &seed->node) ||
            (group == 0) != seed->added ||
            (group != 0 && w->group != 0 && group != w->group)) {
            return false;
        }
        w->group = group != 0 ? group : w->group;
        fresh += group == 0;
    }
    w->whole = set->known.counts[w->group] + fresh;
    return w->group != 0 && w->whole <= w->policy->max_component;
}

static omni_status
near_link(void *user, const omni__link *link)
{
    const visit *v = user;
    const omni__work_node *other = omni__workset_find(v->w->set, &link->other);
    if (other == NULL || other->mark != v->w->mark ||
        (other->node.flags & OMNI__NODE_GENERIC) != 0) {
        return OMNI_OK;
    }
    return omni__links_out(&other->node) ||
                   omni__id_compare(&v->node->node.id, &link->other) < 0
               ? keep_link(v->w, v->node, link)
               : OMNI_OK;
}

omni_status
omni__walk_gather_near(omni__walk *w)
{
    const uint8_t passed = OMNI__NODE_LINKS_OUT | OMNI__NODE_GENERIC;
    omni_status status = OMNI_OK;
    w->near = is_known(w);
    if (!w->near) {
        return OMNI_OK;
    }
    for (const omni__work_node *seed = w->set->seeds;
         seed != NULL && status == OMNI_OK; seed = seed->next_seed) {
        status = reach_members(w, seed);
    }
    for (size_t i = 0; i < w->nodes.count && status == OMNI_OK; ++i) {
        visit v = {.w = w, .node = w->nodes.list[i]};
        const omni__link_visitor visitor = {NULL, near_link, &v};
        if ((v.node->node.flags & passed) == 0) {
            status = omni__links_visit(&w->set->view, &v.node->node,
                                       &w->set->scratch, &visitor);
        }
        if (status == OMNI_OK) {
            status = walk_statements(w, v.node);
        }
    }
    return status == OMNI_OK ? find_between(w) : status;
}

void
omni__walk_settle_near(omni__walk *w)
{
    omni__workset *set = w->set;
    for (omni__work_node *seed = set->seeds; seed != NULL;
         seed = seed->next_seed) {
        seed->is_seed = seed->added = false;
        if (omni__raw_group(&set->known, &seed->node.id) == 0) {
            omni__raw_put(&set->known, set->arena.alloc, &seed->node.id,
                          w->group);
        }
    }
    set->seeds = NULL;
}

void
omni__walk_drop_near(omni__walk *w)
{
    w->near = false;
    w->nodes.count = w->link_count = w->statement_count = 0;
    w->mark = omni__workset_mark(w->set);
}

void
omni__walk_free(omni__walk *w)
{
    omni__free(w->set->arena.alloc, w->nodes.list);
    omni__free(w->set->arena.alloc, w->dense.list);
    omni__free(w->set->arena.alloc, w->links);
    omni__free(w->set->arena.alloc, w->statements);
}
