/* Rows of the feed: the position, then entries to the end. Layout:
   docs/file-format.md, "Segments". */
#include "segments/feed.h"

enum { ENTERED = 1, SAME_PROFILE = 2 /* as the entry before */ };

void
omni__feed_append(omni__feed_row *row, const omni__feed_entry *entry)
{
    omni__buffer *out = &row->bytes;
    if (row->count == 0) {
        omni__buffer_clear(out);
        omni__put_varint(out, entry->position);
    }
    const bool same =
        row->count != 0 && omni__id_equal(&row->last, &entry->profile);
    omni__buffer_byte(out, (uint8_t)((entry->entered ? ENTERED : 0) |
                                     (same ? SAME_PROFILE : 0)));
    omni__buffer_put(out, entry->profile.bytes, same ? 0 : OMNI__ID_SIZE);
    omni__put_zigzag(out, entry->instant_us);
    omni__put_block(out, entry->segment);
    row->last = entry->profile;
    ++row->count;
}

/* Before the first entry of the row that the cursor was led to. */
static omni_status
open_row(omni__feed_walk *walk, omni_status status)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_FEED);
    status = omni__view_within(status, walk->cursor, &prefix);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__slice key = omni__kv_cursor_key(walk->cursor);
    const uint64_t first = key.size == prefix.size + 8
                               ? omni__be64_read(key.data + prefix.size)
                               : 0;
    walk->rest = omni__reader_of(omni__kv_cursor_value(walk->cursor));
    walk->number = first - 1;
    walk->entry =
        (omni__feed_entry){.position = omni__read_varint(&walk->rest)};
    return first == 0 || walk->rest.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__feed_next_of_row(omni__feed_walk *walk)
{
    omni__reader *rest = &walk->rest;
    omni__feed_entry *entry = &walk->entry;
    if (rest->at == rest->end) {
        return OMNI_END;
    }
    const uint8_t flags = omni__read_byte(rest);
    if ((flags & SAME_PROFILE) == 0) {
        const omni__slice profile = omni__read_bytes(rest, OMNI__ID_SIZE);
        if (!rest->bad) {
            memcpy(entry->profile.bytes, profile.data, OMNI__ID_SIZE);
        }
    }
    entry->entered = (flags & ENTERED) != 0;
    entry->instant_us = omni__read_zigzag(rest);
    entry->segment = omni__read_block(rest);
    ++walk->number;
    return rest->bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__feed_next(omni__feed_walk *walk)
{
    omni_status status = omni__feed_next_of_row(walk);
    if (status == OMNI_END) {
        status = open_row(walk, omni__kv_cursor_next(walk->cursor));
        if (status == OMNI_OK) {
            status = omni__feed_next_of_row(walk);
        }
    }
    return status;
}

/* Before the first entry of the last row that begins before `number`. */
static omni_status
row_up_to(const omni__view *view, uint64_t number, omni__feed_walk *walk)
{
    const omni__key key = omni__key_feed(number);
    const omni_status status = omni__view_cursor(view, &walk->cursor);
    return status == OMNI_OK
               ? open_row(walk, omni__kv_cursor_seek_before(
                                    walk->cursor, omni__key_slice(&key)))
               : status;
}

omni_status
omni__feed_find(const omni__view *view, uint64_t number, omni__feed_walk *walk)
{
    if (number == 0 || number == UINT64_MAX) {
        return OMNI_NOT_FOUND;
    }
    omni_status status = row_up_to(view, number + 1, walk);
    while (status == OMNI_OK && walk->number != number) {
        status = omni__feed_next_of_row(walk);
    }
    return status == OMNI_END ? OMNI_NOT_FOUND : status;
}

omni_status
omni__feed_last_row(const omni__view *view, omni__feed_walk *walk)
{
    return row_up_to(view, UINT64_MAX, walk);
}

omni_status
omni__feed_row_before(omni__feed_walk *walk)
{
    return open_row(walk, omni__kv_cursor_prev(walk->cursor));
}

void
omni__feed_close(omni__feed_walk *walk)
{
    omni__kv_cursor_close(walk->cursor);
    *walk = (omni__feed_walk){.number = 0};
}
