/* Gathering a block: every profile's events and traits, as its nodes have
   them. */
#include "segments/columns_build.h"

#include "events/figures.h"
#include "events/run.h"
#include "identity/members.h"
#include "profile/traits.h"

#include <stdlib.h>

#define EVENTS_MAX (1u << 20) /* of a block */
#define NAMES_MAX 65535u
#define KINDS_MAX (OMNI__KIND_OTHER - 1u)
#define VALUE_MAX 256u /* bytes of a trait's value that is kept */

static omni_status
append(omni__gatherer *g, omni__gathered_list *list, omni__gathered item)
{
    void *items = list->items;
    if (list->count == EVENTS_MAX) {
        return OMNI_ERR_LIMIT;
    }
    const bool room = omni__grow(g->alloc, &items, &list->capacity, list->count,
                                 sizeof(item));
    list->items = items;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    list->items[list->count++] = item;
    return OMNI_OK;
}

/* ---- events ---- */

/* Of an amount: where it was read from and in which currency, as a number. */
static omni_status
kind_of(omni__gatherer *g, const omni__entry *entry, uint32_t name,
        omni__gathered *out)
{
    const unsigned source =
        (entry->flags & OMNI__ENTRY_SOURCE) >> OMNI__ENTRY_SOURCE_AT;
    if ((entry->flags & OMNI__ENTRY_AMOUNT) == 0) {
        out->kind = source != 0 ? OMNI__KIND_OTHER : OMNI__KIND_NONE;
        return OMNI_OK;
    }
    uint8_t text[64];
    const int64_t narrow = (int64_t)entry->amount.low;
    out->kind = OMNI__KIND_OTHER;
    if (omni__int128_compare(entry->amount, omni__int128_of(narrow)) != 0 ||
        entry->currency.size >= sizeof(text)) {
        return OMNI_OK;
    }
    text[0] = (uint8_t)('0' + source);
    if (entry->currency.size != 0) {
        memcpy(text + 1, entry->currency.data, entry->currency.size);
    }
    uint32_t number = 0;
    const omni_status status = omni__intern_put(
        &g->intern, omni__owner_of_kinds(name),
        omni__slice_of(text, entry->currency.size + 1), &number);
    if (status == OMNI_OK && number < KINDS_MAX) {
        out->kind = (uint16_t)(number + 1);
        out->amount = narrow;
    }
    return status;
}

static omni_status
add_event(omni__gatherer *g, const omni__entry *entry)
{
    if ((entry->flags & OMNI__ENTRY_VISIBLE) == 0) {
        return OMNI_OK;
    }
    omni__gathered item = {.time_us = entry->order.time_us,
                           .who = (uint16_t)g->profiles};
    omni_status status = omni__intern_put(&g->intern, OMNI__OWNER_EVENTS,
                                          entry->name, &item.name);
    if (status == OMNI_OK) {
        status = item.name < NAMES_MAX ? kind_of(g, entry, item.name, &item)
                                       : OMNI_ERR_LIMIT;
    }
    return status == OMNI_OK ? append(g, &g->events, item) : status;
}

static omni_status
add_run(omni__gatherer *g, omni__slice run)
{
    omni__entry *entries;
    size_t count;
    omni_status status = omni__run_decode(run, &g->scratch, &entries, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = add_event(g, &entries[i]);
    }
    return status;
}

static omni_status
add_events(omni__gatherer *g, const omni__view *view, const omni__node *node)
{
    bool has_chunks;
    omni__order last;
    const omni__slice run = omni__head_run(node, &has_chunks, &last);
    if (!has_chunks) {
        return run.size != 0 ? add_run(g, run) : OMNI_OK;
    }
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, view, node, g->alloc);
    omni_status status = omni__entry_walk_first(&walk, NULL);
    while (status == OMNI_OK) {
        status = add_event(g, omni__entry_walk_at(&walk));
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(&walk);
        }
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

static int
compare_times(const void *a, const void *b)
{
    const omni__gathered *x = a;
    const omni__gathered *y = b;
    return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

/* Events of one profile, of one node after the other, by time. */
static void
sort_events(omni__gathered *items, size_t count)
{
    for (size_t i = 1; i < count; ++i) {
        if (items[i].time_us < items[i - 1].time_us) {
            qsort(items, count, sizeof(items[0]), compare_times);
            return;
        }
    }
}

/* ---- traits ---- */

static omni_status
add_trait(omni__gatherer *g, const omni__trait *trait)
{
    omni__gathered item = {.time_us = trait->time_us,
                           .who = (uint16_t)g->profiles,
                           .kind = OMNI__CODE_LONG};
    omni_status status = omni__intern_put(&g->intern, OMNI__OWNER_TRAITS,
                                          trait->name, &item.name);
    if (status == OMNI_OK && item.name >= NAMES_MAX) {
        return OMNI_ERR_LIMIT;
    }
    if (status == OMNI_OK && trait->value.size <= VALUE_MAX) {
        uint32_t code = 0;
        status = omni__intern_put(&g->intern, omni__owner_of_codes(item.name),
                                  trait->value, &code);
        item.kind = (uint16_t)code; /* fewer than profiles */
    }
    return status == OMNI_OK ? append(g, &g->traits, item) : status;
}

static omni_status
add_traits(omni__gatherer *g, const omni__members *members)
{
    omni__trait *traits;
    size_t count;
    omni_status status = omni__traits_collect(members->nodes, members->count,
                                              &g->scratch, &traits, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = add_trait(g, &traits[i]);
    }
    return status;
}

/* ---- profiles ---- */

static omni_status
add_profile(omni__gatherer *g, const omni__view *view, const omni__node *head)
{
    omni__members members;
    const size_t before = g->events.count;
    omni__arena_reset(&g->scratch);
    if (g->profiles == OMNI__COLUMNS_PROFILES) {
        return OMNI_ERR_LIMIT;
    }
    omni_status status = omni__members_read(view, head, &g->scratch, &members);
    int64_t first_us = INT64_MAX;
    int64_t last_us = INT64_MIN;
    for (size_t i = 0; status == OMNI_OK && i < members.count; ++i) {
        const omni__node *node = &members.nodes[i];
        first_us = node->first_us < first_us ? node->first_us : first_us;
        last_us = node->last_us > last_us ? node->last_us : last_us;
        status = add_events(g, view, node);
    }
    if (status == OMNI_OK) {
        if (g->events.count - before > 1) {
            sort_events(g->events.items + before, g->events.count - before);
        }
        status = add_traits(g, &members);
    }
    omni__buffer_put(&g->ids, head->id.bytes, OMNI__ID_SIZE);
    omni__buffer_put(&g->first, &first_us, sizeof(first_us));
    omni__buffer_put(&g->last, &last_us, sizeof(last_us));
    ++g->profiles;
    return status;
}

static omni_status
gather(omni__gatherer *g, const omni__view *view, uint32_t block)
{
    omni__kv_cursor *cursor;
    const omni_id start = omni__block_start(block);
    const omni__key from = omni__key_node(OMNI__TABLE_NODE, &start);
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&from));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni_id id;
        omni__node node;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + 1, OMNI__ID_SIZE);
        if (omni__block_of(&id) != block) {
            break;
        }
        status = omni__node_decode(&id, omni__kv_cursor_value(cursor), &node);
        if (status == OMNI_OK && omni__node_is_head(&node)) {
            status = add_profile(g, view, &node);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__columns_build(const omni__view *view, uint32_t block, uint64_t position,
                    const omni__alloc *alloc, omni__buffer *out)
{
    omni__gatherer g = {.alloc = alloc};
    omni__arena_init(&g.texts, alloc);
    omni__arena_init(&g.scratch, alloc);
    g.intern.arena = &g.texts;
    omni__buffer_init(&g.ids, alloc);
    omni__buffer_init(&g.first, alloc);
    omni__buffer_init(&g.last, alloc);
    omni_status status = gather(&g, view, block);
    if (status == OMNI_OK &&
        (g.ids.failed || g.first.failed || g.last.failed)) {
        status = OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK) {
        status = omni__columns_write(&g, position, out);
    }
    omni__buffer_free(&g.ids);
    omni__buffer_free(&g.first);
    omni__buffer_free(&g.last);
    omni__free(alloc, g.events.items);
    omni__free(alloc, g.traits.items);
    omni__intern_free(&g.intern);
    omni__arena_free(&g.scratch);
    omni__arena_free(&g.texts);
    return status;
}
