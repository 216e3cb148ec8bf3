/* The string and encoders extensions. Positions are in code points. */
#include "cel/function.h"
#include "cel/moving.h"
#include "cel/number.h"
#include "cel/strings.h"
#include "codec/text.h"

/* Byte of a code point by its number; false beyond the end (which is one). */
static bool
byte_of(omni__slice text, int64_t number, size_t *at)
{
    size_t i = 0;
    if (number < 0) {
        return false;
    }
    while (number != 0 && i < text.size) {
        do {
            ++i;
        } while (i < text.size && (text.data[i] & 0xc0) == 0x80);
        --number;
    }
    *at = i;
    return number == 0;
}

static int64_t
number_of(omni__slice text, size_t at)
{
    return (int64_t)omni__cel_code_count(omni__slice_of(text.data, at));
}

static omni__cel_value
beyond(omni__cel_run *run, int64_t at)
{
    return omni__cel_run_error(run, "position %lld is outside of the text",
                               (long long)at);
}

/* The part of a text between two bytes. */
static omni__cel_value
part(omni__cel_run *run, omni__cel_value text, size_t from, size_t to)
{
    if (text.slope != 0) {
        omni__cel_moving_look(run, text, to);
    }
    return omni__cel_text(omni__slice_of(text.as.bytes + from, to - from));
}

FUNCTION(char_at)
{
    size_t from;
    size_t to;
    UNUSED(run, count);
    const omni__slice text = omni__cel_slice(a[0]);
    if (!byte_of(text, a[1].as.number, &from)) {
        return beyond(run, a[1].as.number);
    }
    if (!byte_of(text, a[1].as.number + 1, &to)) {
        to = from;
    }
    return part(run, a[0], from, to);
}

FUNCTION(index_of)
{
    size_t from = 0;
    size_t at;
    const omni__slice text = omni__cel_slice(a[0]);
    if (count == 3 && !byte_of(text, a[2].as.number, &from)) {
        return beyond(run, a[2].as.number);
    }
    if (!omni__cel_run_steps(run, text.size / 16)) {
        return omni__cel_run_exhausted(run);
    }
    return omni__cel_int(
        omni__cel_search(text, omni__cel_slice(a[1]), from, &at)
            ? number_of(text, at)
            : -1);
}

FUNCTION(last_index_of)
{
    const omni__slice text = omni__cel_slice(a[0]);
    const omni__slice needle = omni__cel_slice(a[1]);
    size_t from = text.size;
    if (count == 3 && !byte_of(text, a[2].as.number, &from)) {
        return beyond(run, a[2].as.number);
    }
    if (!omni__cel_run_steps(run, text.size / 16)) {
        return omni__cel_run_exhausted(run);
    }
    if (needle.size > text.size) {
        return omni__cel_int(-1);
    }
    if (from > text.size - needle.size) {
        from = text.size - needle.size;
    }
    for (size_t i = from + 1; i-- != 0;) {
        if (needle.size == 0 ||
            memcmp(text.data + i, needle.data, needle.size) == 0) {
            return omni__cel_int(number_of(text, i));
        }
    }
    return omni__cel_int(-1);
}

FUNCTION(substring)
{
    size_t from;
    size_t to = a[0].size;
    const omni__slice text = omni__cel_slice(a[0]);
    if (!byte_of(text, a[1].as.number, &from)) {
        return beyond(run, a[1].as.number);
    }
    if (count == 3 && !byte_of(text, a[2].as.number, &to)) {
        return beyond(run, a[2].as.number);
    }
    return from <= to ? part(run, a[0], from, to)
                      : omni__cel_run_error(run, "the end is before the start");
}

static omni__cel_value
change_case(omni__cel_run *run, omni__cel_value a, uint8_t first)
{
    uint8_t *bytes = omni__arena_get(run->arena, (size_t)a.size + 1);
    if (bytes == NULL) {
        return omni__cel_run_memory(run);
    }
    for (uint32_t i = 0; i < a.size; ++i) {
        const uint8_t c = a.as.bytes[i];
        bytes[i] = c >= first && c <= first + 25 ? c ^ 0x20 : c;
    }
    return omni__cel_text(omni__slice_of(bytes, a.size));
}

FUNCTION(lower_ascii)
{
    (void)count;
    return change_case(run, *a, 'A');
}

FUNCTION(upper_ascii)
{
    (void)count;
    return change_case(run, *a, 'a');
}

FUNCTION(replace)
{
    const omni__slice text = omni__cel_slice(a[0]);
    const omni__slice old = omni__cel_slice(a[1]);
    int64_t left = count == 4 ? a[3].as.number : -1;
    size_t done = 0;
    size_t from = 0;
    omni__buffer out;
    if (!omni__cel_run_steps(run, text.size / 16)) {
        return omni__cel_run_exhausted(run);
    }
    omni__buffer_init(&out, run->arena->alloc);
    while (left != 0) {
        size_t at;
        if (!omni__cel_search(text, old, from, &at) ||
            !omni__cel_run_steps(run, a[2].size / 16 + 1)) {
            break;
        }
        omni__buffer_put(&out, text.data + done, at - done);
        omni__buffer_slice(&out, omni__cel_slice(a[2]));
        done = at + old.size;
        from = done;
        --left;
        if (old.size == 0) {
            if (at >= text.size) {
                break;
            }
            size_t size;
            omni__text_decode(omni__slice_of(text.data + at, text.size - at),
                              &size);
            from = at + size;
        }
    }
    omni__buffer_put(&out, text.data + done, text.size - done);
    return run->steps == 0
               ? (omni__buffer_free(&out), omni__cel_run_exhausted(run))
               : omni__cel_run_take(run, &out, OMNI__CEL_STRING);
}

/* Where the next part ends, and where the one behind it begins. */
static void
next_part(omni__slice text, omni__slice mark, size_t from, size_t *end,
          size_t *next)
{
    size_t size = 1;
    if (mark.size == 0) {
        if (from < text.size) {
            omni__text_decode(
                omni__slice_of(text.data + from, text.size - from), &size);
        }
        *end = from + size < text.size ? from + size : text.size;
        *next = *end;
    } else if (omni__cel_search(text, mark, from, end)) {
        *next = *end + mark.size;
    } else {
        *end = text.size;
        *next = text.size + 1;
    }
}

FUNCTION(split)
{
    const omni__slice text = omni__cel_slice(a[0]);
    const omni__slice mark = omni__cel_slice(a[1]);
    const int64_t limit = count == 3 ? a[2].as.number : -1;
    const size_t most = text.size + 1;
    size_t parts = 0;
    size_t from = 0;
    if (limit == 0) {
        return omni__cel_list(NULL, 0);
    }
    if (!omni__cel_run_steps(run, text.size)) {
        return omni__cel_run_exhausted(run);
    }
    omni__cel_value *items =
        omni__arena_get(run->arena, (most + 1) * sizeof(items[0]));
    if (items == NULL) {
        return omni__cel_run_memory(run);
    }
    while (mark.size == 0 ? from < text.size : from <= text.size) {
        size_t end;
        size_t next;
        next_part(text, mark, from, &end, &next);
        if (limit > 0 && (int64_t)parts == limit - 1) {
            end = text.size;
            next = text.size + 1;
        }
        items[parts++] = part(run, a[0], from, end);
        from = next;
    }
    return omni__cel_list(items, parts);
}

FUNCTION(join)
{
    omni__buffer out;
    omni__buffer_init(&out, run->arena->alloc);
    for (uint32_t i = 0; i < a[0].size; ++i) {
        if (a[0].as.items[i].kind != OMNI__CEL_STRING) {
            omni__buffer_free(&out);
            return omni__cel_run_error(run, "join() of a list of strings only");
        }
        if (i != 0 && count == 2) {
            omni__buffer_slice(&out, omni__cel_slice(a[1]));
        }
        omni__buffer_slice(&out, omni__cel_slice(a[0].as.items[i]));
    }
    return omni__cel_run_take(run, &out, OMNI__CEL_STRING);
}

/* Unicode White_Space, and nothing else. */
static bool
is_space(uint32_t code)
{
    return (code >= 9 && code <= 13) || code == ' ' || code == 0x85 ||
           code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

FUNCTION(trim)
{
    (void)count;
    const omni__slice text = omni__cel_slice(*a);
    size_t first = text.size;
    size_t last = text.size;
    for (size_t i = 0; i < text.size;) {
        size_t size;
        const uint32_t code = omni__text_decode(
            omni__slice_of(text.data + i, text.size - i), &size);
        if (!is_space(code)) {
            first = first == text.size ? i : first;
            last = i + size;
        }
        i += size;
    }
    return first == text.size ? part(run, *a, 0, 0)
                              : part(run, *a, first, last);
}

FUNCTION(reverse)
{
    (void)count;
    uint8_t *bytes = omni__arena_get(run->arena, (size_t)a->size + 1);
    if (bytes == NULL) {
        return omni__cel_run_memory(run);
    }
    size_t to = a->size;
    for (size_t i = 0; i < a->size;) {
        size_t size;
        omni__text_decode(omni__slice_of(a->as.bytes + i, a->size - i), &size);
        to -= size;
        memcpy(bytes + to, a->as.bytes + i, size);
        i += size;
    }
    return omni__cel_text(omni__slice_of(bytes, a->size));
}

FUNCTION(quote)
{
    omni__buffer out;
    (void)count;
    omni__buffer_init(&out, run->arena->alloc);
    omni__cel_put_quoted(&out, omni__cel_slice(*a));
    return omni__cel_run_take(run, &out, OMNI__CEL_STRING);
}

FUNCTION(format)
{
    (void)count;
    return omni__cel_format(run, omni__cel_slice(a[0]), a[1]);
}

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

FUNCTION(base64_encode)
{
    omni__buffer out;
    (void)count;
    omni__buffer_init(&out, run->arena->alloc);
    omni__cel_put_base64(&out, omni__cel_slice(*a));
    return omni__cel_run_take(run, &out, OMNI__CEL_STRING);
}

/* With its padding, or without. */
FUNCTION(base64_decode)
{
    omni__buffer out;
    uint32_t bits = 0;
    uint32_t have = 0;
    uint32_t size = a->size;
    (void)count;
    const bool padded = size != 0 && a->as.bytes[size - 1] == '=';
    bool sound = !padded || size % 4 == 0;
    for (int i = 0; i < 2 && size != 0 && a->as.bytes[size - 1] == '='; ++i) {
        --size;
    }
    omni__buffer_init(&out, run->arena->alloc);
    for (uint32_t i = 0; i < size && sound; ++i) {
        const uint8_t c = a->as.bytes[i];
        const char *digit = c != 0 ? strchr(base64, c) : NULL;
        sound = digit != NULL;
        bits = bits << 6 | (sound ? (uint32_t)(digit - base64) : 0);
        have += 6;
        if (have >= 8) {
            have -= 8;
            omni__buffer_byte(&out, (uint8_t)(bits >> have));
        }
    }
    if (!sound || size % 4 == 1) {
        omni__buffer_free(&out);
        return omni__cel_run_error(run, "this text is not base64");
    }
    return omni__cel_run_take(run, &out, OMNI__CEL_BYTES);
}

const omni__cel_overload omni__cel_string_functions[] = {
    {"charAt", ".si", 's', OMNI__CEL_LIVE | 2, char_at},
    {"indexOf", ".ss", 'i', 4, index_of},
    {"indexOf", ".ssi", 'i', 4, index_of},
    {"lastIndexOf", ".ss", 'i', 4, last_index_of},
    {"lastIndexOf", ".ssi", 'i', 4, last_index_of},
    {"lowerAscii", ".s", 's', 2, lower_ascii},
    {"upperAscii", ".s", 's', 2, upper_ascii},
    {"replace", ".sss", 's', 4, replace},
    {"replace", ".sssi", 's', 4, replace},
    {"split", ".ss", 'L', 4, split},
    {"split", ".ssi", 'L', 4, split},
    {"substring", ".si", 's', OMNI__CEL_LIVE | 2, substring},
    {"substring", ".sii", 's', OMNI__CEL_LIVE | 2, substring},
    {"join", ".L", 's', 4, join},
    {"join", ".Ls", 's', 4, join},
    {"trim", ".s", 's', 2, trim},
    {"reverse", ".s", 's', 2, reverse},
    {"format", ".sL", 's', 8, format},
    {"strings.quote", "s", 's', 2, quote},
    {"base64.encode", "y", 's', 2, base64_encode},
    {"base64.decode", "s", 'y', 2, base64_decode},
    {"", "", 0, 0, NULL},
};
