/*
   UTF-8 text. Validity and white space are seen to here; normal forms and
   case come from utf8proc, whose results are built in the arena (its own
   allocating calls are not used).
*/
#include "codec/text.h"

#include <utf8proc.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Bytes from the start that are ASCII, looked at eight at a time. */
static size_t
ascii_prefix(omni__slice text)
{
    size_t at = 0;
    uint64_t word = 0;
    while (text.size - at >= sizeof(word)) {
        memcpy(&word, text.data + at, sizeof(word));
        if ((word & HIGH_BITS) != 0) {
            break;
        }
        at += sizeof(word);
    }
    while (at < text.size && text.data[at] < 0x80) {
        ++at;
    }
    return at;
}

bool
omni__text_ascii(omni__slice text)
{
    return ascii_prefix(text) == text.size;
}

/* Length of a well-formed sequence of two bytes and more, or 0. */
static size_t
sequence(const uint8_t *at, size_t left)
{
    const uint8_t lead = at[0];
    size_t size = 0;
    uint8_t low = 0x80; /* bounds of the second byte */
    uint8_t high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        size = 2;
    } else if ((lead & 0xf0) == 0xe0) {
        size = 3;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        size = 4;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
    }
    if (size == 0 || left < size || at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; ++i) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

size_t
omni__text_valid_prefix(omni__slice text)
{
    size_t at = 0;
    for (;;) {
        at += ascii_prefix(omni__slice_of(text.data + at, text.size - at));
        if (at == text.size) {
            return at;
        }
        const size_t size = sequence(text.data + at, text.size - at);
        if (size == 0) {
            return at;
        }
        at += size;
    }
}

bool
omni__text_valid(omni__slice text)
{
    return text.size == 0 || omni__text_valid_prefix(text) == text.size;
}

uint32_t
omni__text_decode(omni__slice text, size_t *size)
{
    const uint8_t *at = text.data;
    if (at[0] < 0x80) {
        *size = 1;
        return at[0];
    }
    if (at[0] < 0xe0) {
        *size = 2;
        return (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
    }
    if (at[0] < 0xf0) {
        *size = 3;
        return (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 |
               (at[2] & 0x3f);
    }
    *size = 4;
    return (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3f) << 12 |
           (uint32_t)(at[2] & 0x3f) << 6 | (at[3] & 0x3f);
}

omni__slice
omni__text_cut(omni__slice text, size_t size)
{
    if (text.size <= size) {
        return text;
    }
    while (size > 0 && (text.data[size] & 0xc0) == 0x80) {
        --size;
    }
    return omni__slice_of(text.data, size);
}

static bool
is_space(uint32_t c)
{
    if (c < 0x80) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
    switch (c) {
    case 0x0085:
    case 0x00a0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
    case 0xfeff: /* byte order mark */
        return true;
    default:
        return c >= 0x2000 && c <= 0x200b; /* the last has zero width */
    }
}

/* Start of the last code point. */
static size_t
last_start(omni__slice text)
{
    size_t at = text.size - 1;
    while (at > 0 && (text.data[at] & 0xc0) == 0x80) {
        --at;
    }
    return at;
}

omni__slice
omni__text_trim(omni__slice text)
{
    size_t size = 0;
    while (text.size != 0 && is_space(omni__text_decode(text, &size))) {
        text.data += size;
        text.size -= size;
    }
    while (text.size != 0) {
        const size_t start = last_start(text);
        const omni__slice last =
            omni__slice_of(text.data + start, text.size - start);
        if (!is_space(omni__text_decode(last, &size))) {
            break;
        }
        text.size = start;
    }
    return text;
}

/* Below U+0300 nothing composes, decomposes or is reordered. */
static bool
surely_nfc(omni__slice text)
{
    const size_t start = ascii_prefix(text);
    for (size_t i = start; i < text.size; ++i) {
        if (text.data[i] >= 0xcc) {
            return false;
        }
    }
    return true;
}

static utf8proc_int32_t
keep_point(utf8proc_int32_t point, void *user)
{
    (void)user;
    return point;
}

static utf8proc_int32_t
lower_point(utf8proc_int32_t point, void *user)
{
    (void)user;
    return utf8proc_tolower(point);
}

/* Each code point through `map`, then NFC; borrowed if that is `text`. */
static omni__slice
compose(omni__slice text, utf8proc_custom_func map, omni__arena *arena)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const omni__slice none = {NULL, 0};
    utf8proc_ssize_t room = (utf8proc_ssize_t)text.size;
    for (;;) {
        /* Code points, turned in place into as many bytes and a NUL. */
        int32_t *points =
            omni__arena_get(arena, (size_t)room * sizeof(*points) + 1);
        if (points == NULL) {
            return none;
        }
        const utf8proc_ssize_t needed =
            utf8proc_decompose_custom(text.data, (utf8proc_ssize_t)text.size,
                                      points, room, options, map, NULL);
        if (needed < 0) {
            return none;
        }
        if (needed > room) {
            room = needed;
            continue;
        }
        const utf8proc_ssize_t size =
            utf8proc_reencode(points, needed, options);
        if (size < 0) {
            return none;
        }
        const omni__slice made = omni__slice_of(points, (size_t)size);
        return omni__slice_equal(made, text) ? text : made;
    }
}

omni__slice
omni__text_nfc(omni__slice text, omni__arena *arena)
{
    return surely_nfc(text) ? text : compose(text, keep_point, arena);
}

static omni__slice
lower_ascii(omni__slice text, omni__arena *arena)
{
    size_t at = 0;
    while (at < text.size && (text.data[at] < 'A' || text.data[at] > 'Z')) {
        ++at;
    }
    if (at == text.size) {
        return text;
    }
    uint8_t *out = omni__arena_get(arena, text.size);
    if (out == NULL) {
        return omni__slice_of(NULL, 0);
    }
    for (size_t i = 0; i < text.size; ++i) {
        const uint8_t c = text.data[i];
        out[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 0x20) : c;
    }
    return omni__slice_of(out, text.size);
}

omni__slice
omni__text_lower(omni__slice text, omni__arena *arena)
{
    if (omni__text_ascii(text)) {
        return lower_ascii(text, arena);
    }
    const omni__slice nfc = omni__text_nfc(text, arena);
    if (nfc.data == NULL) {
        return nfc;
    }
    const omni__slice lower = compose(nfc, lower_point, arena);
    return omni__slice_equal(lower, text) ? text : lower;
}
