/* Entries of a node: which run one belongs to, and runs that split and merge
   where an entry that ends a chunk comes or goes. */
#include "events/run.h"

#define CHUNK_MASK 15u /* one entry in 16 ends a chunk */

/* A run under change: the section of the node, or one row of CHUNK. */
typedef struct place {
    bool in_head;
    omni__key key; /* of the chunk */
    omni__slice bytes;
} place;

static bool
ends_chunk(const omni__order *order)
{
    return (order->event_hash & CHUNK_MASK) == 0;
}

static omni_status
write_head(omni__workset *set, omni__work_node *node, const omni__order *last,
           omni__slice run)
{
    if (last == NULL && run.size == 0) {
        return omni__workset_section(set, node, OMNI__SECTION_ENTRIES, run);
    }
    omni__key prefix = {.bytes = {last != NULL}, .size = 1};
    if (last != NULL) {
        omni__key_add_order(&prefix, last);
    }
    return omni__workset_section_of(set, node, OMNI__SECTION_ENTRIES,
                                    omni__key_slice(&prefix), run);
}

/* The chunk whose end is the first at or after `order`. */
static omni_status
find_chunk(const omni__view *view, const omni_id *node,
           const omni__order *order, place *out)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_CHUNK, node);
    const omni__key key = omni__chunk_key(node, order);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__view_within(
        omni__kv_cursor_seek(cursor, omni__key_slice(&key)), cursor, &prefix);
    if (status == OMNI_OK) {
        const omni__slice found = omni__kv_cursor_key(cursor);
        out->in_head = false;
        out->key.size = found.size;
        memcpy(out->key.bytes, found.data, found.size);
        out->bytes = omni__kv_cursor_value(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_ERR_CORRUPT : status;
}

static omni_status
find_run(const omni__view *view, const omni__node *node,
         const omni__order *order, place *out)
{
    bool has_chunks;
    omni__order last;
    const omni__slice run = omni__head_run(node, &has_chunks, &last);
    if (!has_chunks || omni__order_compare(order, &last) > 0) {
        out->in_head = true;
        out->bytes = run;
        return OMNI_OK;
    }
    return find_chunk(view, &node->id, order, out);
}

/* Write a run back where it was; an empty chunk's row goes. */
static omni_status
write_run(omni__workset *set, omni__work_node *node, const place *where,
          const omni__entry *entries, size_t count)
{
    omni__buffer *run = omni__workset_buffer(set);
    omni__run_encode(entries, count, run);
    omni_status status = OMNI_OK;
    if (run->failed) {
        status = OMNI_ERR_NO_MEMORY;
    } else if (where->in_head) {
        bool has_chunks;
        omni__order last;
        omni__head_run(&node->node, &has_chunks, &last);
        status = write_head(set, node, has_chunks ? &last : NULL,
                            omni__buffer_bytes(run));
    } else if (count == 0) {
        status = omni__kv_delete(set->kv, omni__key_slice(&where->key));
    } else {
        status = omni__kv_put(set->kv, omni__key_slice(&where->key),
                              omni__buffer_bytes(run));
    }
    return status;
}

/* Split a run after `entries[at]`, which ends a chunk. The words of entries
   may stand in the section, so that it is written last. */
static omni_status
split_run(omni__workset *set, omni__work_node *node, const place *where,
          const omni__entry *entries, size_t count, size_t at)
{
    const place front = {
        .key = omni__chunk_key(&node->node.id, &entries[at].order)};
    const omni_status status = write_run(set, node, &front, entries, at + 1);
    if (status != OMNI_OK || !where->in_head) {
        return status != OMNI_OK ? status
                                 : write_run(set, node, where, entries + at + 1,
                                             count - at - 1);
    }
    omni__buffer *rest = omni__workset_buffer(set);
    omni__run_encode(entries + at + 1, count - at - 1, rest);
    return rest->failed ? OMNI_ERR_NO_MEMORY
                        : write_head(set, node, &entries[at].order,
                                     omni__buffer_bytes(rest));
}

static omni_status
append_to_head(omni__workset *set, omni__work_node *node,
               const omni__entry *entry, omni__slice run, bool *done)
{
    bool has_chunks;
    omni__order last;
    omni__head_run(&node->node, &has_chunks, &last);
    omni__buffer *longer = omni__workset_buffer(set);
    *done = omni__run_append(run, entry, longer) && !longer->failed;
    omni_status status = OMNI_OK;
    if (*done) {
        status = write_head(set, node, has_chunks ? &last : NULL,
                            omni__buffer_bytes(longer));
    }
    return status;
}

omni_status
omni__entries_put(omni__workset *set, omni__work_node *node,
                  const omni__entry *entry)
{
    place where;
    bool done = false;
    omni_status status =
        find_run(&set->view, &node->node, &entry->order, &where);
    if (status == OMNI_OK && where.in_head && !ends_chunk(&entry->order)) {
        status = append_to_head(set, node, entry, where.bytes, &done);
    }
    if (status != OMNI_OK || done) {
        return status;
    }
    omni__entry *entries;
    size_t count;
    status = omni__run_decode(where.bytes, &set->scratch, &entries, &count);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t at = omni__run_lower_bound(entries, count, &entry->order);
    const bool there = at < count && omni__order_compare(&entries[at].order,
                                                         &entry->order) == 0;
    if (!there) {
        memmove(entries + at + 1, entries + at,
                (count - at) * sizeof(entries[0]));
        ++count;
    }
    entries[at] = *entry;
    if (!there && ends_chunk(&entry->order)) {
        return split_run(set, node, &where, entries, count, at);
    }
    return write_run(set, node, &where, entries, count);
}

/* The order that the chunk before `order` ends with. */
static omni_status
chunk_before(const omni__view *view, const omni_id *node,
             const omni__order *order, omni__order *out)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_CHUNK, node);
    const omni__key key = omni__chunk_key(node, order);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_before(view, &prefix, &key, &cursor);
    if (status == OMNI_OK) {
        *out =
            omni__order_of_key(omni__kv_cursor_key(cursor).data + prefix.size);
        omni__kv_cursor_close(cursor);
    }
    return status;
}

/* The run that follows a chunk. */
static omni_status
run_after(omni__workset *set, const omni__work_node *node,
          const omni__order *order, place *out)
{
    bool has_chunks;
    omni__order last;
    omni__order next = *order;
    const omni__slice run = omni__head_run(&node->node, &has_chunks, &last);
    if (omni__order_compare(order, &last) >= 0) {
        *out = (place){.in_head = true, .bytes = run};
        return OMNI_OK;
    }
    ++next.position;
    return find_chunk(&set->view, &node->node.id, &next, out);
}

/* Take out the last entry of a chunk: what is left of it joins the run that
   follows. */
static omni_status
merge_runs(omni__workset *set, omni__work_node *node, const place *where,
           const omni__order *order)
{
    omni__entry *front;
    omni__entry *back;
    size_t front_count;
    size_t back_count;
    place after;
    omni_status status =
        omni__run_decode(where->bytes, &set->scratch, &front, &front_count);
    if (status != OMNI_OK) {
        return status;
    }
    OMNI_TRY(status, run_after(set, node, order, &after));
    OMNI_TRY(status,
             omni__run_decode(after.bytes, &set->scratch, &back, &back_count));
    --front_count;
    omni__entry *all = omni__arena_get(
        &set->scratch, (front_count + back_count + 1) * sizeof(all[0]));
    if (all == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    memcpy(all, front, front_count * sizeof(all[0]));
    memcpy(all + front_count, back, back_count * sizeof(all[0]));
    omni__buffer *run = omni__workset_buffer(set);
    omni__run_encode(all, front_count + back_count, run);
    omni__order before;
    if (run->failed) {
        status = OMNI_ERR_NO_MEMORY;
    } else if (after.in_head) {
        status = chunk_before(&set->view, &node->node.id, order, &before);
        if (status == OMNI_OK || status == OMNI_END) {
            status = write_head(set, node, status == OMNI_OK ? &before : NULL,
                                omni__buffer_bytes(run));
        }
    } else {
        status = omni__kv_put(set->kv, omni__key_slice(&after.key),
                              omni__buffer_bytes(run));
    }
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_delete(set->kv, omni__key_slice(&where->key));
done:
    return status;
}

omni_status
omni__entries_remove(omni__workset *set, omni__work_node *node,
                     const omni__order *order)
{
    place where;
    omni__entry *entries;
    size_t count;
    omni_status status = find_run(&set->view, &node->node, order, &where);
    if (status != OMNI_OK) {
        return status;
    }
    OMNI_TRY(status,
             omni__run_decode(where.bytes, &set->scratch, &entries, &count));
    const size_t at = omni__run_lower_bound(entries, count, order);
    if (at == count || omni__order_compare(&entries[at].order, order) != 0) {
        return OMNI_NOT_FOUND;
    }
    if (ends_chunk(order)) {
        if (where.in_head) {
            return OMNI_ERR_CORRUPT;
        }
        return merge_runs(set, node, &where, order);
    }
    memmove(entries + at, entries + at + 1,
            (count - at - 1) * sizeof(entries[0]));
    status = write_run(set, node, &where, entries, count - 1);
done:
    return status;
}

static omni__key
instant_key(omni__table table, const omni_id *node, const omni__entry *entry)
{
    omni__key key = omni__key_node(table, node);
    omni__key_add_u64(&key, omni__ordered(entry->instant_us));
    omni__key_add_order(&key, &entry->order);
    return key;
}

omni_status
omni__entries_skew(omni__workset *set, omni__work_node *node,
                   const omni__entry *entry)
{
    const omni__key key = instant_key(OMNI__TABLE_SKEW, &node->node.id, entry);
    node->node.flags |= OMNI__NODE_SKEWED;
    node->dirty = true;
    return omni__kv_put(set->kv, omni__key_slice(&key), omni__slice_of("", 0));
}

omni_status
omni__entries_unskew(omni__workset *set, omni__work_node *node,
                     const omni__entry *entry)
{
    const omni__key key = instant_key(OMNI__TABLE_SKEW, &node->node.id, entry);
    const omni__key prefix = omni__key_node(OMNI__TABLE_SKEW, &node->node.id);
    bool any = false;
    omni_status status = omni__kv_delete(set->kv, omni__key_slice(&key));
    if (status == OMNI_OK) {
        status = omni__view_any(&set->view, &prefix, &any);
    }
    if (!any) {
        node->node.flags &= (uint8_t)~OMNI__NODE_SKEWED;
    }
    node->dirty = true;
    return status;
}

omni_status
omni__entries_void(omni__workset *set, const omni_id *node,
                   const omni__entry *entry, bool is_void)
{
    const omni__key key = instant_key(OMNI__TABLE_VOIDED, node, entry);
    return is_void ? omni__kv_put(set->kv, omni__key_slice(&key),
                                  omni__slice_of("", 0))
                   : omni__kv_delete(set->kv, omni__key_slice(&key));
}
