/* Ticks: first what new definitions have not seen, in the order of ids; then
   answers that are over, in the order of their instants. */
#include "codec/tick.h"
#include "fold/segments.h"
#include "segments/standing.h"

/* A tick at work. */
typedef struct ticking {
    omni__fold *fold;
    int64_t now_us;
    uint64_t left;  /* profiles that may yet be evaluated */
    omni__key from; /* rows of DUE before it were there, and are gone: they are
                       not to be passed over again and again */
} ticking;

/* Where the first of the open backfills is; false if there is none. */
static bool
first_open(const omni__definitions *definitions, omni__key *from)
{
    bool found = false;
    *from = omni__key_of(OMNI__TABLE_NODE);
    const omni_id *least = NULL;
    for (size_t i = 0; i < definitions->count; ++i) {
        const omni__definition *definition = &definitions->list[i];
        if (!definition->open) {
            continue;
        }
        if (!definition->begun) {
            *from = omni__key_of(OMNI__TABLE_NODE);
            return true;
        }
        if (!found || omni__id_compare(&definition->passed, least) < 0) {
            least = &definition->passed;
        }
        found = true;
    }
    if (found) {
        *from = omni__key_node(OMNI__TABLE_NODE, least);
        omni__key_add(from, "", 1);
    }
    return found;
}

/* All backfills have been there. */
static void
pass(omni__definitions *definitions, const omni_id *id)
{
    for (size_t i = 0; i < definitions->count; ++i) {
        omni__definition *definition = &definitions->list[i];
        if (omni__definition_ahead(definition, id)) {
            definition->begun = true;
            definition->passed = *id;
            definition->dirty = true;
        }
    }
}

/* The names of changes that MEMBER does not have yet are those of definitions
   that are there. */
static omni_status
roll_deleted(omni__fold *fold)
{
    const omni__definitions *definitions = &fold->watch.definitions;
    bool any = false;
    for (size_t i = 0; i < definitions->count; ++i) {
        any |= definitions->list[i].deleted;
    }
    const omni_status status = any ? omni__watch_feed(fold) : OMNI_OK;
    return any && status == OMNI_OK ? omni__watch_roll(fold) : status;
}

/* All backfills are done: what was deleted goes. */
static omni_status
close_all(omni__fold *fold)
{
    omni__definitions *definitions = &fold->watch.definitions;
    omni_status status = roll_deleted(fold);
    for (size_t i = definitions->count; i-- > 0 && status == OMNI_OK;) {
        omni__definition *definition = &definitions->list[i];
        definition->dirty |= definition->open;
        definition->open = false;
        definition->begun = false;
        if (definition->deleted) {
            --fold->counts.segments;
            status = omni__definitions_remove(definitions, fold->kv, i);
        }
    }
    omni__definitions_connect(definitions);
    return status == OMNI_OK ? omni__watch_index(fold) : status;
}

/* One node on the way of the backfills. */
static omni_status
fill_one(ticking *t, const omni_id *id)
{
    omni__fold *fold = t->fold;
    omni__work_node *node;
    --t->left;
    ++fold->group.taken;
    omni_status status = omni__workset_get(&fold->set, id, &node);
    if (status == OMNI_OK && omni__node_is_head(&node->node)) {
        const omni__asked asked = {.cause = OMNI__CAUSE_BACKFILL};
        status = omni__watch_evaluate(fold, node, asked, fold->counts.clock_us);
    }
    pass(&fold->watch.definitions, id);
    return status;
}

static omni_status
backfill(ticking *t)
{
    omni__fold *fold = t->fold;
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni__key from;
    omni__kv_cursor *cursor;
    if (!first_open(&fold->watch.definitions, &from)) {
        return OMNI_OK;
    }
    omni_status status = omni__view_cursor(&fold->set.view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&from));
    while (t->left != 0 &&
           (status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni_id id;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + 1,
               sizeof(id.bytes));
        status = fill_one(t, &id);
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? close_all(fold) : status;
}

/* The first row of DUE, if it is over by then. OMNI_END. */
static omni_status
next_due(ticking *t, int64_t *instant_us, omni_id *id)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_DUE);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(&t->fold->set.view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__view_within(
        omni__kv_cursor_seek(cursor, omni__key_slice(&t->from)), cursor,
        &prefix);
    if (status == OMNI_OK) {
        status = omni__due_read(omni__kv_cursor_key(cursor), instant_us, id);
    }
    omni__kv_cursor_close(cursor);
    if (status == OMNI_OK) {
        t->from = omni__key_due(*instant_us, id);
    }
    return status == OMNI_OK && *instant_us > t->now_us ? OMNI_END : status;
}

static omni_status
process_due(ticking *t)
{
    omni__fold *fold = t->fold;
    omni_status status = OMNI_OK;
    while (t->left != 0) {
        int64_t instant_us;
        omni_id id;
        omni__work_node *head;
        status = next_due(t, &instant_us, &id);
        if (status == OMNI_OK) {
            status = omni__workset_get(&fold->set, &id, &head);
        }
        if (status == OMNI_OK) {
            --t->left;
            ++fold->group.taken;
            const omni__asked asked = {.cause = OMNI__CAUSE_DUE,
                                       .tick_us = t->now_us};
            status = omni__watch_evaluate(fold, head, asked, instant_us);
        }
        if (status != OMNI_OK) {
            break;
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__watch_tick(omni__fold *fold, omni__slice control)
{
    omni__tick tick;
    omni_status status = omni__tick_read(control, &tick);
    if (status != OMNI_OK) {
        return status;
    }
    if (tick.instant_us > fold->counts.clock_us) {
        fold->counts.clock_us = tick.instant_us;
    }
    if (fold->counts.segments == 0) {
        return OMNI_OK;
    }
    ticking t = {.fold = fold,
                 .now_us = tick.instant_us,
                 .left = tick.budget,
                 .from = omni__key_of(OMNI__TABLE_DUE)};
    /* The walk goes over rows: those of this batch have to be there. */
    status = omni__workset_write(&fold->set);
    if (status == OMNI_OK) {
        status = backfill(&t);
    }
    if (status == OMNI_OK) {
        status = process_due(&t);
    }
    if (status == OMNI_OK) {
        status = omni__watch_feed(fold);
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
