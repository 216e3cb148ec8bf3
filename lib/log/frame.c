/*
   Frame headers. The checksum comes first, so that what it covers is one
   piece of memory; its seed is the frame's place, so that bytes of another
   store, another segment or another position never pass.
*/
#include "log/frame.h"

#include "codec/varint.h"

#include <xxhash.h>

#define FRAME_MAGIC 0x524d464fu /* "OFMR" */
#define FRAME_VERSION 1
/* Far above any group; keeps arithmetic away from its limits. */
#define PAYLOAD_LIMIT (UINT64_C(1) << 48)

/* Offsets in the header. */
enum {
    AT_CHECKSUM = 0,
    AT_MAGIC = 8,
    AT_VERSION = 12,
    AT_FLAGS = 13,
    AT_SIZE = 16,
    AT_POSITION = 24,
    AT_SYNCED = 32
};

static uint64_t
checksum(const uint8_t *frame, size_t size, const omni__frame_place *place)
{
    uint8_t seed[32];
    memcpy(seed, place->deployment, 16);
    omni__le64_write(seed + 16, place->segment);
    omni__le64_write(seed + 24, place->position);
    return XXH3_64bits_withSeed(frame + AT_MAGIC, size - AT_MAGIC,
                                XXH3_64bits(seed, sizeof(seed)));
}

void
omni__frame_begin(omni__buffer *out, uint8_t flags)
{
    const uint8_t header[OMNI__FRAME_HEADER] = {[AT_FLAGS] = flags};
    omni__buffer_put(out, header, sizeof(header));
}

void
omni__frame_finish(omni__buffer *out, size_t start,
                   const omni__frame_place *place, uint64_t synced)
{
    static const uint8_t zeros[OMNI__FRAME_ALIGN];
    if (out->failed) {
        return;
    }
    const size_t payload = out->size - start - OMNI__FRAME_HEADER;
    omni__buffer_put(out, zeros,
                     (OMNI__FRAME_ALIGN - payload % OMNI__FRAME_ALIGN) %
                         OMNI__FRAME_ALIGN);
    if (out->failed) {
        return;
    }
    uint8_t *frame = out->data + start;
    omni__le32_write(frame + AT_MAGIC, FRAME_MAGIC);
    frame[AT_VERSION] = FRAME_VERSION;
    omni__le64_write(frame + AT_SIZE, payload);
    omni__le64_write(frame + AT_POSITION, place->position);
    omni__le64_write(frame + AT_SYNCED, synced);
    omni__le64_write(frame + AT_CHECKSUM,
                     checksum(frame, out->size - start, place));
}

uint64_t
omni__frame_claims(const uint8_t header[OMNI__FRAME_HEADER])
{
    const uint64_t payload = omni__le64_read(header + AT_SIZE);
    if (omni__le32_read(header + AT_MAGIC) != FRAME_MAGIC ||
        payload > PAYLOAD_LIMIT) {
        return 0;
    }
    return OMNI__FRAME_HEADER + payload +
           (OMNI__FRAME_ALIGN - payload % OMNI__FRAME_ALIGN) %
               OMNI__FRAME_ALIGN;
}

/* Bytes of the whole frame, or 0 if `bytes` cannot hold such a one. */
static size_t
whole_size(omni__slice bytes, const omni__frame_place *place)
{
    if (bytes.size < OMNI__FRAME_HEADER ||
        omni__le64_read(bytes.data + AT_POSITION) != place->position) {
        return 0;
    }
    const uint64_t size = omni__frame_claims(bytes.data);
    return size <= bytes.size ? (size_t)size : 0;
}

omni_status
omni__frame_open(omni__slice bytes, const omni__frame_place *place,
                 omni__frame *out)
{
    const size_t size = whole_size(bytes, place);
    if (size == 0 || omni__le64_read(bytes.data + AT_CHECKSUM) !=
                         checksum(bytes.data, size, place)) {
        return OMNI_ERR_CORRUPT;
    }
    const uint8_t flags = bytes.data[AT_FLAGS];
    if (bytes.data[AT_VERSION] != FRAME_VERSION ||
        (flags & ~OMNI__FRAME_CONTROL) != 0) {
        return OMNI_ERR_VERSION;
    }
    const uint64_t payload = omni__le64_read(bytes.data + AT_SIZE);
    *out = (omni__frame){.payload = omni__slice_of(
                             bytes.data + OMNI__FRAME_HEADER, (size_t)payload),
                         .size = size,
                         .synced = omni__le64_read(bytes.data + AT_SYNCED),
                         .flags = flags};
    return OMNI_OK;
}

bool
omni__frame_search(omni__slice bytes, const omni__frame_place *place,
                   uint64_t position, uint64_t *found)
{
    for (size_t at = 0; at + OMNI__FRAME_HEADER <= bytes.size;
         at += OMNI__FRAME_ALIGN) {
        const uint8_t *frame = bytes.data + at;
        if (omni__le32_read(frame + AT_MAGIC) != FRAME_MAGIC ||
            omni__le64_read(frame + AT_SYNCED) <= position) {
            continue;
        }
        omni__frame_place here = *place;
        here.position += at;
        omni__frame ignored;
        const omni_status status = omni__frame_open(
            omni__slice_of(frame, bytes.size - at), &here, &ignored);
        if (status != OMNI_ERR_CORRUPT) {
            *found = here.position;
            return true;
        }
    }
    return false;
}
