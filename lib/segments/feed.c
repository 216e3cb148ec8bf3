/* Encoding of the feed. */
#include "segments/feed.h"

void
omni__feed_encode(const omni__feed_entry *entry, omni__buffer *out)
{
    omni__buffer_byte(out, entry->entered ? 1 : 0);
    omni__buffer_put(out, entry->profile.bytes, OMNI__ID_SIZE);
    omni__put_zigzag(out, entry->instant_us);
    omni__put_varint(out, entry->position);
    omni__put_block(out, entry->segment);
}

omni_status
omni__feed_decode(omni__slice row, omni__feed_entry *out)
{
    omni__reader reader = omni__reader_of(row);
    out->entered = omni__read_byte(&reader) != 0;
    const omni__slice profile = omni__read_bytes(&reader, OMNI__ID_SIZE);
    out->instant_us = omni__read_zigzag(&reader);
    out->position = omni__read_varint(&reader);
    out->segment = omni__read_block(&reader);
    if (reader.bad) {
        return OMNI_ERR_CORRUPT;
    }
    memcpy(out->profile.bytes, profile.data, OMNI__ID_SIZE);
    return OMNI_OK;
}
