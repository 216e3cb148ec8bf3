/*
   While all is ASCII there is nothing to decide. The first other bytes tell
   UTF-8 from windows-1252: hardly any text in the latter is valid UTF-8.
*/
#include "decode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NO_CONVERSION ((iconv_t)(intptr_t)-1)

/* How many bytes a UTF-8 character has by its first one; 0: none has. */
static size_t
utf8_size(unsigned char first)
{
    return first < 0x80   ? 1
           : first < 0xc2 ? 0
           : first < 0xe0 ? 2
           : first < 0xf0 ? 3
           : first < 0xf5 ? 4
                          : 0;
}

typedef enum verdict { IS_UTF8, IS_NOT, IS_CUT } verdict;

/* Whether text is UTF-8; IS_CUT where its first other character than ASCII is
   not whole, so that this cannot be told. */
static verdict
judge(const char *text, size_t size)
{
    bool seen = false;
    for (size_t i = 0; i < size;) {
        const size_t length = utf8_size((unsigned char)text[i]);
        if (length == 0) {
            return IS_NOT;
        }
        for (size_t k = 1; k < length; ++k) {
            if (i + k == size) {
                return seen ? IS_UTF8 : IS_CUT;
            }
            if (((unsigned char)text[i + k] & 0xc0) != 0x80) {
                return IS_NOT;
            }
        }
        seen |= length > 1;
        i += length;
    }
    return IS_UTF8;
}

static bool
is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        if ((unsigned char)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static bool
set_encoding(decoder *decoder, const char *encoding)
{
    decoder->encoding = encoding;
    decoder->plain =
        strcasecmp(encoding, "utf-8") == 0 || strcasecmp(encoding, "utf8") == 0;
    if (!decoder->plain) {
        decoder->convert = iconv_open("UTF-8", encoding);
    }
    return decoder->plain || decoder->convert != NO_CONVERSION;
}

bool
decoder_open(decoder *decoder, input *input, const char *encoding)
{
    *decoder = (struct decoder){.input = input, .convert = NO_CONVERSION};
    return encoding == NULL || set_encoding(decoder, encoding);
}

/* A byte order mark: it names the encoding, unless one was given, and goes. */
static void
take_mark(decoder *decoder)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *encoding;
    } marks[] = {{"\xef\xbb\xbf", 3, "UTF-8"},
                 {"\xff\xfe", 2, "UTF-16LE"},
                 {"\xfe\xff", 2, "UTF-16BE"}};
    for (size_t i = 0; i < 3; ++i) {
        if (decoder->raw_size < marks[i].size ||
            memcmp(decoder->raw, marks[i].bytes, marks[i].size) != 0 ||
            (decoder->encoding != NULL &&
             strcasecmp(decoder->encoding, marks[i].encoding) != 0)) {
            continue;
        }
        decoder->raw_size -= marks[i].size;
        memmove(decoder->raw, decoder->raw + marks[i].size, decoder->raw_size);
        if (decoder->encoding == NULL) {
            set_encoding(decoder, marks[i].encoding);
        }
        return;
    }
}

/* Have bytes in `raw`, at the beginning enough for a mark. */
static input_outcome
fill(decoder *decoder)
{
    do {
        size_t size = 0;
        const input_outcome outcome =
            input_read(decoder->input, decoder->raw + decoder->raw_size,
                       sizeof(decoder->raw) - decoder->raw_size, &size);
        if (outcome == INPUT_END) {
            decoder->ended = true;
            break;
        }
        if (outcome != INPUT_READ) {
            return outcome;
        }
        decoder->raw_size += size;
    } while (!decoder->begun && decoder->raw_size < 3);
    if (!decoder->begun) {
        decoder->begun = true;
        take_mark(decoder);
    }
    return INPUT_READ;
}

/* Settle the encoding where it can be told; false if there is no such. */
static bool
decide(decoder *decoder)
{
    if (decoder->encoding != NULL ||
        is_ascii(decoder->raw, decoder->raw_size)) {
        return true;
    }
    const verdict verdict = judge(decoder->raw, decoder->raw_size);
    if (verdict == IS_CUT && !decoder->ended) {
        decoder->stuck = true;
        return true;
    }
    decoder->guessed = verdict != IS_UTF8;
    return set_encoding(decoder, verdict == IS_UTF8 ? "UTF-8" : "WINDOWS-1252");
}

/* Hand out what is UTF-8 already. */
static size_t
copy(decoder *decoder, char *to, size_t room)
{
    const size_t size = decoder->raw_size < room ? decoder->raw_size : room;
    memcpy(to, decoder->raw, size);
    decoder->raw_size -= size;
    memmove(decoder->raw, decoder->raw + size, decoder->raw_size);
    return size;
}

static void
put_replacement(char **to, size_t *room)
{
    memcpy(*to, "\xef\xbf\xbd", 3);
    *to += 3;
    *room -= 3;
}

/* Convert what is in `raw`, as far as there is room; returns what was made. */
static size_t
convert(decoder *decoder, char *to, size_t room)
{
    char *from = decoder->raw;
    char *const begin = to;
    size_t left = decoder->raw_size;
    while (left != 0 && room >= 4) {
        if (iconv(decoder->convert, &from, &left, &to, &room) != (size_t)-1) {
            break;
        }
        if (errno == E2BIG || (errno == EINVAL && !decoder->ended)) {
            break;
        }
        if (room < 3) {
            break;
        }
        put_replacement(&to, &room);
        ++decoder->replaced;
        ++from;
        --left;
    }
    memmove(decoder->raw, from, left);
    decoder->raw_size = left;
    return (size_t)(to - begin);
}

input_outcome
decoder_read(decoder *decoder, char *to, size_t room, size_t *size)
{
    while (true) {
        if (decoder->raw_size == 0 && decoder->ended) {
            return INPUT_END;
        }
        if (!decoder->ended && (decoder->raw_size == 0 || decoder->stuck)) {
            const input_outcome outcome = fill(decoder);
            if (outcome != INPUT_READ) {
                return outcome;
            }
        }
        decoder->stuck = false;
        if (!decide(decoder)) {
            snprintf(decoder->input->why, sizeof(decoder->input->why),
                     "cannot convert from %s", decoder->encoding);
            return INPUT_FAILED;
        }
        if (decoder->stuck) {
            continue;
        }
        *size = decoder->convert != NO_CONVERSION ? convert(decoder, to, room)
                                                  : copy(decoder, to, room);
        if (*size != 0) {
            return INPUT_READ;
        }
        decoder->stuck = true;
    }
}

void
decoder_free(decoder *decoder)
{
    if (decoder->convert != NO_CONVERSION) {
        iconv_close(decoder->convert);
        decoder->convert = NO_CONVERSION;
    }
}
