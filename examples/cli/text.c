/*
   Text for people and for programs: UTF-8 is decoded once, here, and whatever
   comes out of a store is made safe for JSON or for a terminal.
*/
#include "text.h"
#include "output.h"

#include <inttypes.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xfffdu

omni_text
text_of(const char *text)
{
    return (omni_text){.bytes = text, .size = strlen(text)};
}

/* Length of the sequence that a byte begins, 0 if none begins with it. */
static size_t
sequence_size(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        return 3;
    }
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Take the next code point; REPLACEMENT and one byte for what is not UTF-8. */
static uint32_t
next_point(omni_text *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text->bytes;
    const size_t size = sequence_size(at[0]);
    uint32_t point = size < 2 ? at[0] : at[0] & (0xffu >> (size + 1));
    bool good = size != 0 && size <= text->size;
    for (size_t i = 1; good && i < size; ++i) {
        good = (at[i] & 0xc0) == 0x80;
        point = point << 6 | (at[i] & 0x3fu);
    }
    good = good && point >= least[size] && point <= 0x10ffff &&
           (point < 0xd800 || point > 0xdfff);
    text->bytes += good ? size : 1;
    text->size -= good ? size : 1;
    return good ? point : REPLACEMENT;
}

static void
put_point(uint32_t point)
{
    if (point < 0x80) {
        putchar((int)point);
        return;
    }
    if (point < 0x800) {
        putchar((int)(0xc0 | point >> 6));
    } else {
        if (point < 0x10000) {
            putchar((int)(0xe0 | point >> 12));
        } else {
            putchar((int)(0xf0 | point >> 18));
            putchar((int)(0x80 | (point >> 12 & 0x3f)));
        }
        putchar((int)(0x80 | (point >> 6 & 0x3f)));
    }
    putchar((int)(0x80 | (point & 0x3f)));
}

void
put_json(omni_text text)
{
    static const char escapes[] = "btn\0fr";
    putchar('"');
    while (text.size != 0) {
        const uint32_t point = next_point(&text);
        if (point == '"' || point == '\\') {
            printf("\\%c", (int)point);
        } else if (point >= '\b' && point <= '\r' && point != '\v') {
            printf("\\%c", escapes[point - '\b']);
        } else if (point < 0x20) {
            printf("\\u%04x", (unsigned)point);
        } else {
            put_point(point);
        }
    }
    putchar('"');
}

static bool
is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static size_t
point_columns(uint32_t point)
{
    if (is_control(point)) {
        return 4;
    }
    const int columns = wcwidth((wchar_t)point);
    return columns < 0 ? 1 : (size_t)columns;
}

size_t
text_columns(omni_text text)
{
    size_t columns = 0;
    while (text.size != 0) {
        columns += point_columns(next_point(&text));
    }
    return columns;
}

void
put_text(omni_text text)
{
    while (text.size != 0) {
        const uint32_t point = next_point(&text);
        if (is_control(point)) {
            printf("\\x%02x", (unsigned)point);
        } else {
            put_point(point);
        }
    }
}

size_t
put_cut(omni_text text, size_t columns)
{
    const size_t whole = text_columns(text);
    if (columns == 0 || whole <= columns) {
        put_text(text);
        return whole;
    }
    omni_text rest = text;
    omni_text cut = {.bytes = text.bytes};
    size_t taken = 0;
    while (true) {
        taken += point_columns(next_point(&rest));
        if (taken >= columns) {
            break;
        }
        cut.size = (size_t)(rest.bytes - text.bytes);
    }
    put_text(cut);
    put_point(terminal_is_utf8() ? 0x2026 : '~');
    return text_columns(cut) + 1;
}

void
put_gap(size_t at, size_t to)
{
    printf("%*s", at + 2 < to ? (int)(to - at) : 2, "");
}

static bool coloured;

void
text_use_colour(bool on)
{
    coloured = on;
}

void
put_style(style style)
{
    static const char *const codes[] = {"0", "1", "2", "33"};
    if (coloured) {
        printf("\033[%sm", codes[style]);
    }
}

omni_text
count_format(uint64_t count, char text[COUNT_TEXT])
{
    char digits[24];
    const int size = snprintf(digits, sizeof(digits), "%" PRIu64, count);
    char *at = text;
    for (int i = 0; i < size; ++i) {
        if (i != 0 && (size - i) % 3 == 0 && output_is_terminal()) {
            *at++ = ',';
        }
        *at++ = digits[i];
    }
    *at = '\0';
    return (omni_text){.bytes = text, .size = (size_t)(at - text)};
}
