/* Zstandard, by libzstd. */
#include "packing.h"

#include <zstd.h>

static void *
zstd_open(void)
{
    return ZSTD_createDStream();
}

static unpack_outcome
zstd_step(void *state, unpack_step *step)
{
    ZSTD_inBuffer in = {.src = step->from, .size = step->from_size};
    ZSTD_outBuffer out = {.dst = step->to, .size = step->to_size};
    const size_t result = ZSTD_decompressStream(state, &out, &in);
    step->used = in.pos;
    step->made = out.pos;
    if (ZSTD_isError(result)) {
        step->why = ZSTD_getErrorName(result);
        return UNPACK_FAILED;
    }
    return result == 0 ? UNPACK_EDGE : UNPACK_MORE;
}

static void
zstd_close(void *state)
{
    ZSTD_freeDStream(state);
}

const packing zstd_packing = {
    .name = "zstd",
    .magic = {0x28, 0xb5, 0x2f, 0xfd},
    .magic_size = 4,
    .open = zstd_open,
    .step = zstd_step,
    .close = zstd_close,
};
