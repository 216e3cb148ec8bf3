/* Gathering the facts that a component has as of an instant, and folding
   them. */
#include "fold/as_of.h"

#include "events/copy.h"
#include "fold/moves.h"
#include "identity/crowd.h"
#include "identity/links.h"
#include "identity/statements.h"

#include <stdlib.h>

#define BATCH_BYTES (32u * 1024u * 1024u)

/* What was gathered so far. */
typedef struct gathering {
    const omni__as_of_source *source;
    int64_t at_us;
    omni__workset set; /* the nodes as they are now */
    uint32_t mark;
    omni__work_node **nodes; /* those reached */
    size_t count;
    size_t asked; /* the first so many were asked for */
    bool beside;  /* neighbours alone are reached, and lead no further */
    size_t capacity;
    uint64_t *positions; /* of copies of events; those of a node twice */
    size_t position_count;
    size_t position_capacity;
    omni__statement *statements;
    size_t statement_count;
    size_t statement_capacity;
} gathering;

static omni_status
reach(gathering *g, const omni_id *id)
{
    omni__work_node *node;
    const omni_status status = omni__workset_get(&g->set, id, &node);
    if (status != OMNI_OK || node->mark == g->mark) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    void *nodes = g->nodes;
    const bool room = omni__grow(g->set.arena.alloc, &nodes, &g->capacity,
                                 g->count, sizeof(g->nodes[0]));
    g->nodes = nodes;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    node->mark = g->mark;
    g->nodes[g->count++] = node;
    return OMNI_OK;
}

static omni_status
keep_position(gathering *g, uint64_t position)
{
    void *positions = g->positions;
    const bool room =
        omni__grow(g->set.arena.alloc, &positions, &g->position_capacity,
                   g->position_count, sizeof(g->positions[0]));
    g->positions = positions;
    if (room) {
        g->positions[g->position_count++] = position;
    }
    return room ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

/* The copies that carry a node. */
static omni_status
gather_events(gathering *g, const omni__node *node)
{
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, g->source->view, node, g->set.arena.alloc);
    omni_status status = omni__entry_walk_first(&walk, NULL);
    while (status == OMNI_OK &&
           omni__entry_walk_at(&walk)->order.time_us <= g->at_us) {
        status = keep_position(g, omni__entry_walk_at(&walk)->order.position);
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(&walk);
        }
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

/* A login counts, however common who logs in: what was done on the device may
   be theirs. */
static bool
is_login(const omni__policy *policy, const omni__node *node,
         const omni__link *link)
{
    return omni__policy_namespace(policy, node->ns)->class_ ==
               OMNI__CLASS_PERSON &&
           omni__policy_namespace(policy, link->ns)->class_ ==
               OMNI__CLASS_DEVICE;
}

/* The neighbours of then, unless there were so many that none counted but
   devices; or, in the walk beside, only where there were. */
static omni_status
follow_links(gathering *g, const omni__node *node)
{
    omni__link *links;
    size_t count;
    size_t used = 0;
    omni_status status = omni__links_read(g->source->view, node,
                                          &g->set.scratch, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (links[i].time_us <= g->at_us) {
            links[used++] = links[i];
        }
    }
    omni__crowd crowd = {.count = 0};
    if (status == OMNI_OK) {
        status = omni__links_crowd_of(g->source->policy, node->ns, links, used,
                                      &g->set.scratch, &crowd);
    }
    for (size_t i = 0; i < used && status == OMNI_OK; ++i) {
        if ((crowd.count != 0) == g->beside ||
            is_login(g->source->policy, node, &links[i])) {
            status = reach(g, &links[i].other);
        }
    }
    return status;
}

/* What was stated by then, if only by a copy that speaks for its event no
   more. Links of alias events come with them. Both ends hold a statement: the
   one with the smaller id gives it, or the only one that events know. */
static omni_status
gather_statements(gathering *g, const omni__node *node, omni__table table)
{
    omni__statement *statements;
    size_t count;
    omni_status status =
        omni__statements_read(g->source->view, table, &node->id,
                              &g->set.scratch, &statements, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__statement *statement = &statements[i];
        omni__work_node *other;
        if (statement->time_us > g->at_us) {
            continue;
        }
        status = reach(g, &statement->b);
        if (status != OMNI_OK || statement->kind >= OMNI__STATEMENT_ALIAS) {
            continue;
        }
        status = omni__workset_get(&g->set, &statement->b, &other);
        if (status == OMNI_OK &&
            omni__id_compare(&node->id, &statement->b) > 0) {
            continue;
        }
        void *kept = g->statements;
        if (!omni__grow(g->set.arena.alloc, &kept, &g->statement_capacity,
                        g->statement_count, sizeof(g->statements[0]))) {
            return OMNI_ERR_NO_MEMORY;
        }
        g->statements = kept;
        g->statements[g->statement_count++] = *statement;
        status = status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    return status;
}

static omni_status
gather_nodes(gathering *g)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < g->count && status == OMNI_OK; ++i) {
        const omni__node *node = &g->nodes[i]->node;
        omni__arena_reset(&g->set.scratch);
        status = gather_events(g, node);
        if (status == OMNI_OK) {
            status = follow_links(g, node);
        }
        if (status == OMNI_OK && (node->flags & OMNI__NODE_STATED) != 0) {
            status = gather_statements(g, node, OMNI__TABLE_STATEMENT);
        }
        if (status == OMNI_OK) {
            status = gather_statements(g, node, OMNI__TABLE_UNSAID);
        }
    }
    return status;
}

/* What is told of somebody whom too many share speaks of the neighbours, too,
   and how common they are themselves. */
static omni_status
gather_beside(gathering *g)
{
    omni_status status = OMNI_OK;
    const size_t reached = g->count;
    g->beside = true;
    for (size_t i = 0; i < g->asked && status == OMNI_OK; ++i) {
        omni__arena_reset(&g->set.scratch);
        status = follow_links(g, &g->nodes[i]->node);
    }
    for (size_t i = reached; i < g->count && status == OMNI_OK; ++i) {
        omni__arena_reset(&g->set.scratch);
        status = gather_events(g, &g->nodes[i]->node);
    }
    g->count = reached; /* the others are not known wholly */
    return status;
}

static int
compare_positions(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static void
sort_positions(gathering *g)
{
    size_t used = 0;
    if (g->position_count != 0) {
        qsort(g->positions, g->position_count, sizeof(g->positions[0]),
              compare_positions);
    }
    for (size_t i = 0; i < g->position_count; ++i) {
        if (used == 0 || g->positions[used - 1] != g->positions[i]) {
            g->positions[used++] = g->positions[i];
        }
    }
    g->position_count = used;
}

/* Copies of an event may hang together by what links nobody: a kiosk. */
static omni_status
gather_copies(gathering *g, uint64_t position)
{
    const omni__as_of_source *source = g->source;
    omni__copies copies = {.secret = source->secret,
                           .log = source->log,
                           .view = source->view,
                           .arena = &g->set.scratch};
    omni__arena_reset(&g->set.scratch);
    omni_status status = omni__copies_at(&copies, position);
    for (size_t i = 1; i < copies.count && status == OMNI_OK; ++i) {
        if (copies.list[i]->body.time_us <= g->at_us) {
            status = keep_position(g, copies.list[i]->position);
        }
    }
    omni__copies_end(&copies);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

static omni_status
gather(gathering *g, const omni_id *nodes, size_t count)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = reach(g, &nodes[i]);
    }
    g->asked = g->count;
    if (status == OMNI_OK) {
        status = gather_nodes(g);
    }
    if (status == OMNI_OK) {
        status = gather_beside(g);
    }
    sort_positions(g);
    const size_t carried = g->position_count;
    for (size_t i = 0; i < carried && status == OMNI_OK; ++i) {
        status = gather_copies(g, g->positions[i]);
    }
    sort_positions(g);
    return status;
}

/* Resolve and write what was folded so far. */
static omni_status
finish(omni__fold *fold)
{
    omni_status status = omni__fold_resolve(fold, true);
    if (status == OMNI_OK) {
        status = omni__workset_write(&fold->set);
    }
    if (status == OMNI_OK) {
        omni__workset_clear(&fold->set);
        omni__kv_publish(fold->kv, ++fold->position);
    }
    return status;
}

static omni_status
fold_gathered(const gathering *g, omni__kv *kv)
{
    const omni__as_of_source *source = g->source;
    omni__fold fold = {.hooks = source->hooks,
                       .log = source->log,
                       .kv = kv,
                       .secret = source->secret,
                       .policy = source->policy};
    omni__fold_init(&fold);
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < g->position_count && status == OMNI_OK; ++i) {
        omni__slice body;
        omni__arena_reset(&fold.set.scratch);
        status = omni__log_body(source->log, g->positions[i], &body);
        if (status == OMNI_OK) {
            status = omni__fold_event(&fold, body, g->positions[i], false);
        }
        if (status == OMNI_OK && fold.set.arena.total > BATCH_BYTES) {
            status = finish(&fold);
        }
    }
    for (size_t i = 0; i < g->statement_count && status == OMNI_OK; ++i) {
        omni__arena_reset(&fold.set.scratch);
        status = omni__fold_state(&fold, &g->statements[i], true);
    }
    if (status == OMNI_OK) {
        status = finish(&fold);
    }
    if (status == OMNI_OK) {
        omni__kv_publish_whole(
            kv, fold.position,
            omni__kv_snapshot_shared(source->view->snapshot));
    }
    omni__fold_free(&fold);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

static omni_status
keep_known(const gathering *g, omni__as_of *out)
{
    out->known = omni__malloc(out->alloc, (g->count + 1) * sizeof(omni_id));
    if (out->known == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    out->known_count = g->count;
    for (size_t i = 0; i < g->count; ++i) {
        out->known[i] = g->nodes[i]->node.id;
    }
    qsort(out->known, g->count, sizeof(out->known[0]), omni__id_order);
    return OMNI_OK;
}

/* A table in memory, ready to be written. */
static omni_status
open_table(const omni__as_of_source *source, omni__as_of *out,
           omni_error *error)
{
    uint64_t position;
    const omni__kv_options options = {.hooks = source->hooks,
                                      .derive_version = OMNI__DERIVE_VERSION};
    const omni_status status = omni__kv_open(NULL, &options, &out->kv, error);
    return status == OMNI_OK ? omni__kv_refresh(out->kv, &position, error)
                             : status;
}

omni_status
omni__as_of_open(const omni__as_of_source *source, const omni_id *nodes,
                 size_t count, int64_t at_us, omni__as_of *out,
                 omni_error *error)
{
    gathering g = {.source = source, .at_us = at_us};
    *out = (omni__as_of){.alloc = &source->hooks->alloc};
    omni__workset_init(&g.set, NULL, out->alloc);
    g.set.view = *source->view;
    g.mark = omni__workset_mark(&g.set);
    omni_status status = open_table(source, out, error);
    if (status == OMNI_OK) {
        status = gather(&g, nodes, count);
        if (status == OMNI_OK) {
            status = fold_gathered(&g, out->kv);
        }
        if (status == OMNI_OK) {
            status = keep_known(&g, out);
        }
        if (status != OMNI_OK) {
            omni__fail(error, status, "as of an instant: %s",
                       omni_status_name(status));
        }
    }
    if (status == OMNI_OK) {
        status = omni__kv_snapshot_begin(out->kv, &out->snapshot, error);
    }
    omni__free(out->alloc, g.nodes);
    omni__free(out->alloc, g.positions);
    omni__free(out->alloc, g.statements);
    omni__workset_free(&g.set);
    return status;
}

void
omni__as_of_close(omni__as_of *as_of)
{
    omni__kv_snapshot_end(as_of->snapshot);
    omni__kv_close(as_of->kv);
    omni__free(as_of->alloc, as_of->known);
    *as_of = (omni__as_of){.alloc = as_of->alloc};
}

bool
omni__as_of_knows(const omni__as_of *as_of, const omni_id *node)
{
    return as_of->known_count != 0 &&
           bsearch(node, as_of->known, as_of->known_count,
                   sizeof(as_of->known[0]), omni__id_order) != NULL;
}
