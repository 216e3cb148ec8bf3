/* Walks over the entries of a node, chunk by chunk, and the copies of one
   event among them. */
#include "events/run.h"

void
omni__entry_walk_init(omni__entry_walk *walk, const omni__view *view,
                      const omni__node *node, const omni__alloc *alloc)
{
    *walk = (omni__entry_walk){.view = view, .node = node};
    omni__arena_init(&walk->arena, alloc);
}

void
omni__entry_walk_end(omni__entry_walk *walk)
{
    if (walk->cursor != NULL) {
        omni__kv_cursor_close(walk->cursor);
        walk->cursor = NULL;
    }
    omni__arena_free(&walk->arena);
}

/* Decode the section as the run to stand in. */
static omni_status
enter_head(omni__entry_walk *walk, bool *has_chunks, omni__order *last)
{
    const omni__slice run = omni__head_run(walk->node, has_chunks, last);
    walk->in_head = true;
    omni__arena_reset(&walk->arena);
    return omni__run_decode(run, &walk->arena, &walk->run, &walk->count);
}

/* Decode the chunk under the cursor, which a move left with `status`. */
static omni_status
enter_chunk(omni__entry_walk *walk, omni_status status)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_CHUNK, &walk->node->id);
    status = omni__view_within(status, walk->cursor, &prefix);
    if (status != OMNI_OK) {
        return status;
    }
    walk->in_head = false;
    omni__arena_reset(&walk->arena);
    return omni__run_decode(omni__kv_cursor_value(walk->cursor), &walk->arena,
                            &walk->run, &walk->count);
}

static omni_status
open_cursor(omni__entry_walk *walk)
{
    return walk->cursor != NULL ? OMNI_OK
                                : omni__view_cursor(walk->view, &walk->cursor);
}

typedef omni_status (*seek_fn)(omni__kv_cursor *cursor, omni__slice key);

/* To the chunk that `seek` finds by `order`, where it would end. */
static omni_status
seek_chunk(omni__entry_walk *walk, seek_fn seek, const omni__order *order)
{
    const omni__key key = omni__chunk_key(&walk->node->id, order);
    const omni_status status = open_cursor(walk);
    return status != OMNI_OK
               ? status
               : enter_chunk(walk, seek(walk->cursor, omni__key_slice(&key)));
}

/* To the chunk whose end is the first at or after `order`. */
static omni_status
seek_from(omni__entry_walk *walk, const omni__order *order)
{
    return seek_chunk(walk, omni__kv_cursor_seek, order);
}

omni_status
omni__entry_walk_first(omni__entry_walk *walk, const omni__order *order)
{
    static const omni__order least = {.time_us = INT64_MIN};
    const omni__order *from = order != NULL ? order : &least;
    bool has_chunks;
    omni__order last;
    omni__head_run(walk->node, &has_chunks, &last);
    omni_status status;
    if (has_chunks && omni__order_compare(from, &last) <= 0) {
        status = seek_from(walk, from);
    } else {
        status = enter_head(walk, &has_chunks, &last);
    }
    if (status != OMNI_OK) {
        return status == OMNI_END ? OMNI_ERR_CORRUPT : status;
    }
    walk->at = omni__run_lower_bound(walk->run, walk->count, from);
    return walk->at < walk->count ? OMNI_OK : OMNI_END;
}

omni_status
omni__entry_walk_newer(omni__entry_walk *walk)
{
    if (++walk->at < walk->count) {
        return OMNI_OK;
    }
    if (walk->in_head) {
        return OMNI_END;
    }
    omni_status status = enter_chunk(walk, omni__kv_cursor_next(walk->cursor));
    if (status == OMNI_END) {
        bool has_chunks;
        omni__order last;
        status = enter_head(walk, &has_chunks, &last);
    }
    walk->at = 0;
    return status != OMNI_OK ? status : (walk->count != 0 ? OMNI_OK : OMNI_END);
}

/* From the first place of a run to the last of the one before. */
static omni_status
run_before(omni__entry_walk *walk)
{
    omni_status status;
    if (walk->in_head) {
        bool has_chunks;
        omni__order last;
        omni__head_run(walk->node, &has_chunks, &last);
        status = has_chunks ? seek_chunk(walk, omni__kv_cursor_seek_last, &last)
                            : OMNI_END;
    } else {
        status = enter_chunk(walk, omni__kv_cursor_prev(walk->cursor));
    }
    if (status != OMNI_OK) {
        return status;
    }
    walk->at = walk->count - 1;
    return walk->count != 0 ? OMNI_OK : OMNI_ERR_CORRUPT;
}

omni_status
omni__entry_walk_older(omni__entry_walk *walk)
{
    if (walk->at == 0) {
        return run_before(walk);
    }
    --walk->at;
    return OMNI_OK;
}

omni_status
omni__entry_walk_last(omni__entry_walk *walk, const omni__order *order)
{
    bool has_chunks;
    omni__order last;
    omni_status status;
    omni__head_run(walk->node, &has_chunks, &last);
    if (order != NULL && has_chunks && omni__order_compare(order, &last) <= 0) {
        status = seek_from(walk, order);
    } else {
        status = enter_head(walk, &has_chunks, &last);
    }
    if (status != OMNI_OK) {
        return status == OMNI_END ? OMNI_ERR_CORRUPT : status;
    }
    walk->at = order != NULL
                   ? omni__run_lower_bound(walk->run, walk->count, order)
                   : walk->count;
    return omni__entry_walk_older(walk);
}

/* Copies whose time is the sender's instant stand at that time. */
static omni_status
copies_at_time(const omni__view *view, const omni__node *node,
               const omni__order *from, const omni__alloc *alloc,
               omni__entry_fn callback, void *user)
{
    bool has_chunks;
    omni__order last;
    const omni__slice run = omni__head_run(node, &has_chunks, &last);
    const bool newer =
        run.size != 0 ? from->time_us > omni__run_last_time(run) : !has_chunks;
    if (newer) {
        return OMNI_OK; /* newer than all: the common case */
    }
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, view, node, alloc);
    omni_status status = omni__entry_walk_first(&walk, from);
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(&walk);
        if (entry->order.time_us != from->time_us ||
            entry->order.event_hash != from->event_hash) {
            break;
        }
        if ((entry->flags & OMNI__ENTRY_CARRIED) != 0 &&
            entry->instant_us == from->time_us) {
            status = callback(user, entry);
        }
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(&walk);
        }
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Entries of an instant and hash in a table whose keys begin with the prefix
   and go on by instant and order. */
static omni_status
copies_at_instant(const omni__view *view, omni__key prefix,
                  const omni__entry *like, omni__entry_fn callback, void *user)
{
    omni__key_add_u64(&prefix, omni__ordered(like->instant_us));
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        const omni__slice key = omni__kv_cursor_key(cursor);
        omni__entry entry = *like;
        entry.order = omni__order_of_key(key.data + prefix.size);
        if (entry.order.event_hash == like->order.event_hash) {
            status = callback(user, &entry);
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
omni__entries_copies(const omni__view *view, const omni__node *node,
                     uint32_t event_hash, int64_t instant_us,
                     const omni__alloc *alloc, omni__entry_fn callback,
                     void *user)
{
    omni_status status = OMNI_OK;
    if (instant_us != 0) {
        const omni__order from = {.time_us = instant_us,
                                  .event_hash = event_hash};
        status = copies_at_time(view, node, &from, alloc, callback, user);
    }
    if (status == OMNI_OK && (node->flags & OMNI__NODE_SKEWED) != 0) {
        /* The others are found through SKEW. */
        const omni__entry like = {.order = {.event_hash = event_hash},
                                  .flags = OMNI__ENTRY_CARRIED,
                                  .instant_us = instant_us};
        status =
            copies_at_instant(view, omni__key_node(OMNI__TABLE_SKEW, &node->id),
                              &like, callback, user);
    }
    return status;
}

omni_status
omni__entries_voided(const omni__view *view, const omni_id *node,
                     uint32_t event_hash, int64_t instant_us,
                     omni__entry_fn callback, void *user)
{
    const omni__entry like = {.order = {.event_hash = event_hash},
                              .instant_us = instant_us};
    return copies_at_instant(view, omni__key_node(OMNI__TABLE_VOIDED, node),
                             &like, callback, user);
}
