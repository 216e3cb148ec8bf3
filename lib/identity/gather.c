/* A walk over links and statements, breadth first. */
#include "identity/gather.h"

static omni_status
reach(omni__walk *w, omni__work_node *node)
{
    if (node->mark == w->mark) {
        return OMNI_OK;
    }
    void *nodes = w->nodes;
    const bool room = omni__grow(w->set->arena.alloc, &nodes, &w->capacity,
                                 w->count, sizeof(w->nodes[0]));
    w->nodes = nodes;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    node->mark = w->mark;
    w->nodes[w->count++] = node;
    return OMNI_OK;
}

/* The observed links of a node that take part: neither end is generic. Each
   is kept once, from the end with the smaller id. */
static omni_status
walk_links(omni__walk *w, omni__work_node *node)
{
    omni__link *links;
    size_t count;
    omni_status status = omni__links_read(&w->set->view, &node->node,
                                          &w->set->scratch, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__work_node *other;
        status = omni__workset_get(w->set, &links[i].other, &other);
        if (status != OMNI_OK ||
            (other->node.flags & OMNI__NODE_GENERIC) != 0) {
            continue;
        }
        status = reach(w, other);
        if (status != OMNI_OK ||
            omni__id_compare(&node->node.id, &other->node.id) > 0) {
            continue;
        }
        void *pending = w->links;
        const bool room =
            omni__grow(w->set->arena.alloc, &pending, &w->link_capacity,
                       w->link_count, sizeof(w->links[0]));
        w->links = pending;
        if (!room) {
            return OMNI_ERR_NO_MEMORY;
        }
        w->links[w->link_count++] =
            (omni__walk_link){.from = node, .link = links[i]};
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
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
    if (last->kind != OMNI__STATEMENT_PART) {
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
        &w->set->view, &node->node.id, &w->set->scratch, &statements, &count);
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

omni_status
omni__walk_gather(omni__walk *w)
{
    omni_status status = OMNI_OK;
    omni__work_node *seed = w->set->seeds;
    w->set->seeds = NULL;
    for (; seed != NULL && status == OMNI_OK; seed = seed->next_seed) {
        seed->is_seed = false;
        status = seed->gone ? OMNI_OK : reach(w, seed);
    }
    for (size_t i = 0; i < w->count && status == OMNI_OK; ++i) {
        omni__work_node *node = w->nodes[i];
        if ((node->node.flags & OMNI__NODE_GENERIC) == 0) {
            status = walk_links(w, node);
        }
        if (status == OMNI_OK) {
            status = walk_statements(w, node);
        }
    }
    return status;
}

void
omni__walk_free(omni__walk *w)
{
    omni__free(w->set->arena.alloc, w->nodes);
    omni__free(w->set->arena.alloc, w->links);
    omni__free(w->set->arena.alloc, w->statements);
}
