/* Text of any encoding as UTF-8. */
#ifndef OMNI_CLI_DECODE_H
#define OMNI_CLI_DECODE_H

#include "input.h"

#include <iconv.h>

typedef struct decoder {
    input *input;
    const char *encoding; /* given, or found; NULL: not known yet */
    bool guessed;         /* `encoding` is a guess to be told */
    bool begun;
    bool plain; /* UTF-8 already */
    iconv_t convert;
    char raw[4096];
    size_t raw_size;
    bool ended;
    bool stuck;        /* what is there is of no use without more */
    uint64_t replaced; /* bytes that are not of the encoding: U+FFFD */
} decoder;

/* Begin; `encoding` NULL is found by a byte order mark, else UTF-8 where the
   text is valid, else windows-1252. False if there is no such encoding. */
bool
decoder_open(decoder *decoder, input *input, const char *encoding);

/* The next bytes, as input_read(); `room` at least 16. */
input_outcome
decoder_read(decoder *decoder, char *to, size_t room, size_t *size);

void
decoder_free(decoder *decoder);

#endif
