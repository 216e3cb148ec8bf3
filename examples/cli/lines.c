/*
   Lines of any length: the buffer grows to the longest line that may be taken,
   and of a longer one only the beginning is handed out.
*/
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)1 << 20)

/* Make room behind `end`; false without memory. */
static bool
make_room(lines *lines)
{
    if (lines->begin != 0) {
        lines->end -= lines->begin;
        memmove(lines->bytes, lines->bytes + lines->begin, lines->end);
        lines->begin = 0;
    }
    if (lines->end < lines->capacity) {
        return true;
    }
    const size_t capacity =
        lines->capacity != 0 ? 2 * lines->capacity : FIRST_CAPACITY;
    char *bytes = realloc(lines->bytes, capacity);
    if (bytes == NULL) {
        return false;
    }
    lines->bytes = bytes;
    lines->capacity = capacity;
    return true;
}

/* Read more bytes: INPUT_READ also when it was the end. */
static input_outcome
fill(lines *lines)
{
    size_t size = 0;
    if (!make_room(lines)) {
        snprintf(lines->input->why, sizeof(lines->input->why), "%s",
                 strerror(ENOMEM));
        return INPUT_FAILED;
    }
    const input_outcome outcome =
        input_read(lines->input, lines->bytes + lines->end,
                   lines->capacity - lines->end, &size);
    lines->end += outcome == INPUT_READ ? size : 0;
    lines->ended = outcome == INPUT_END;
    return outcome == INPUT_END ? INPUT_READ : outcome;
}

/* Drop a byte order mark; false while it cannot be told. */
static bool
skip_mark(lines *lines)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t size = lines->end - lines->begin;
    if (size < 3 && !lines->ended) {
        return false;
    }
    if (size >= 3 && memcmp(lines->bytes + lines->begin, mark, 3) == 0) {
        lines->begin += 3;
    }
    lines->begun = true;
    return true;
}

/* Drop what remains of a line that was cut; false while its end is not in. */
static bool
skip_rest(lines *lines)
{
    const char *from = lines->bytes + lines->begin;
    const char *newline = memchr(from, '\n', lines->end - lines->begin);
    lines->begin =
        newline != NULL ? (size_t)(newline + 1 - lines->bytes) : lines->end;
    lines->skipping = newline == NULL && !lines->ended;
    return !lines->skipping;
}

/* Hand out what is in the buffer; false if that is not a whole line. */
static bool
take(lines *lines, size_t most, omni_text *out)
{
    const char *from = lines->bytes + lines->begin;
    const char *end = lines->bytes + lines->end;
    const char *at = from;
    for (size_t i = 0; i < most && at < end; ++i) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL) {
            at = lines->ended ? end : at;
            break;
        }
        at = newline + 1;
    }
    if (at == from && lines->end - lines->begin > OMNI_LIMIT_LINE_BYTES) {
        *out = (omni_text){.bytes = from, .size = (size_t)(end - from)};
        lines->begin = lines->end;
        lines->skipping = true;
        return true;
    }
    *out = (omni_text){.bytes = from, .size = (size_t)(at - from)};
    lines->begin += out->size;
    return out->size != 0;
}

input_outcome
lines_next(lines *lines, size_t most, omni_text *out)
{
    while (true) {
        const bool any = lines->begin < lines->end || lines->ended;
        if (any && (lines->begun || skip_mark(lines)) &&
            (!lines->skipping || skip_rest(lines)) && take(lines, most, out)) {
            return INPUT_READ;
        }
        if (lines->ended) {
            return INPUT_END;
        }
        const input_outcome outcome = fill(lines);
        if (outcome != INPUT_READ) {
            return outcome;
        }
    }
}

void
lines_free(lines *lines)
{
    free(lines->bytes);
    lines->bytes = NULL;
}
