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

/* The entry of a row that comes after so many others. */
static omni_status
decode(omni__slice bytes, uint64_t others, omni__feed_entry *out)
{
    omni__reader reader = omni__reader_of(bytes);
    omni__feed_entry entry = {.position = omni__read_varint(&reader)};
    for (uint64_t i = 0; i <= others; ++i) {
        if (reader.at == reader.end && !reader.bad) {
            return OMNI_NOT_FOUND;
        }
        const uint8_t flags = omni__read_byte(&reader);
        if ((flags & SAME_PROFILE) == 0) {
            const omni__slice profile =
                omni__read_bytes(&reader, OMNI__ID_SIZE);
            if (!reader.bad) {
                memcpy(entry.profile.bytes, profile.data, OMNI__ID_SIZE);
            }
        }
        entry.entered = (flags & ENTERED) != 0;
        entry.instant_us = omni__read_zigzag(&reader);
        entry.segment = omni__read_block(&reader);
        if (reader.bad) {
            return OMNI_ERR_CORRUPT;
        }
    }
    *out = entry;
    return OMNI_OK;
}

omni_status
omni__feed_read(const omni__view *view, uint64_t number, omni__feed_entry *out)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_FEED);
    omni__kv_cursor *cursor;
    if (number == 0 || number == UINT64_MAX) {
        return OMNI_NOT_FOUND;
    }
    const omni__key key = omni__key_feed(number + 1);
    omni_status status = omni__view_before(view, &prefix, &key, &cursor);
    if (status == OMNI_OK) {
        const omni__slice name = omni__kv_cursor_key(cursor);
        const uint64_t first = name.size == prefix.size + 8
                                   ? omni__be64_read(name.data + prefix.size)
                                   : 0;
        status =
            first == 0 ? OMNI_ERR_CORRUPT
            : number - first >= OMNI__FEED_ROW
                ? OMNI_NOT_FOUND
                : decode(omni__kv_cursor_value(cursor), number - first, out);
        omni__kv_cursor_close(cursor);
    }
    return status == OMNI_END ? OMNI_NOT_FOUND : status;
}
