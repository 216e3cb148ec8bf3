/* gzip, by zlib. */
#include "packing.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define WITH_GZIP_HEADER (15 + 16)

static void *
gzip_open(void)
{
    z_stream *stream = calloc(1, sizeof(*stream));
    if (stream != NULL && inflateInit2(stream, WITH_GZIP_HEADER) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static unpack_outcome
gzip_step(void *state, unpack_step *step)
{
    z_stream *stream = state;
    const size_t in = step->from_size < UINT_MAX ? step->from_size : UINT_MAX;
    const size_t out = step->to_size < UINT_MAX ? step->to_size : UINT_MAX;
    stream->next_in = (z_const Bytef *)step->from;
    stream->avail_in = (uInt)in;
    stream->next_out = step->to;
    stream->avail_out = (uInt)out;
    const int result = inflate(stream, Z_NO_FLUSH);
    step->used = in - stream->avail_in;
    step->made = out - stream->avail_out;
    if (result == Z_STREAM_END) {
        return inflateReset(stream) == Z_OK ? UNPACK_EDGE : UNPACK_FAILED;
    }
    if (result == Z_OK || result == Z_BUF_ERROR) {
        return UNPACK_MORE;
    }
    step->why = result == Z_MEM_ERROR ? "out of memory"
                : stream->msg != NULL ? stream->msg
                                      : "bad data";
    return UNPACK_FAILED;
}

static void
gzip_close(void *state)
{
    inflateEnd(state);
    free(state);
}

const packing gzip_packing = {
    .name = "gzip",
    .magic = {0x1f, 0x8b},
    .magic_size = 2,
    .open = gzip_open,
    .step = gzip_step,
    .close = gzip_close,
};
