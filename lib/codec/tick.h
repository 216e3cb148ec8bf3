/*
   Ticks: what a log tells its fold that is no fact, that time has gone on.
   Layout: docs/file-format.md, "Controls".
*/
#ifndef OMNI__CODEC_TICK_H
#define OMNI__CODEC_TICK_H

#include "codec/varint.h"
#include "platform/error.h"

#define OMNI__CONTROL_TICK 1u

typedef struct omni__tick {
    int64_t instant_us;
    uint64_t budget; /* how many profiles may be evaluated */
} omni__tick;

#define OMNI__TICK_MAX (1 + 2 * OMNI__VARINT_MAX)

/* Returns the bytes written. */
static inline size_t
omni__tick_write(const omni__tick *tick, uint8_t out[OMNI__TICK_MAX])
{
    out[0] = OMNI__CONTROL_TICK;
    const size_t size =
        1 + omni__varint_write(out + 1, omni__zigzag(tick->instant_us));
    return size + omni__varint_write(out + size, tick->budget);
}

/* OMNI_ERR_VERSION: a control of another kind. */
static inline omni_status
omni__tick_read(omni__slice bytes, omni__tick *out)
{
    omni__reader reader = omni__reader_of(bytes);
    const uint8_t kind = omni__read_byte(&reader);
    out->instant_us = omni__read_zigzag(&reader);
    out->budget = omni__read_varint(&reader);
    if (kind != OMNI__CONTROL_TICK) {
        return OMNI_ERR_VERSION;
    }
    return reader.bad || reader.at != reader.end ? OMNI_ERR_CORRUPT : OMNI_OK;
}

#endif
