/* Answers: a varint of what number, membership and whether there is an end;
   then the end. */
#include "segments/standing.h"

void
omni__stand_put(const omni__stand *stand, uint32_t last, omni__buffer *out)
{
    const bool ends = stand->until_us != INT64_MAX;
    omni__put_varint(out, (uint64_t)(stand->number - last) << 3 |
                              (ends ? 4u : 0u) | stand->membership);
    if (ends) {
        omni__put_zigzag(out, stand->until_us);
    }
}

omni_status
omni__stand_next(omni__reader *reader, omni__stand *stand)
{
    if (reader->at == reader->end) {
        return OMNI_END;
    }
    const uint64_t head = omni__read_varint(reader);
    stand->number += (uint32_t)(head >> 3);
    stand->membership = (uint8_t)(head & 3);
    stand->until_us = (head & 4) != 0 ? omni__read_zigzag(reader) : INT64_MAX;
    return reader->bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__due_read(omni__slice key, int64_t *instant_us, omni_id *profile)
{
    if (key.size != 1 + 8 + OMNI__ID_SIZE) {
        return OMNI_ERR_CORRUPT;
    }
    *instant_us = omni__unordered(omni__be64_read(key.data + 1));
    memcpy(profile->bytes, key.data + 9, OMNI__ID_SIZE);
    return OMNI_OK;
}
