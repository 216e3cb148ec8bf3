/* text.format(list): clauses of the string extension, %s %d %f %e %b %o %x %X
   and %%. */
#include "cel/decimal.h"
#include "cel/number.h"
#include "cel/strings.h"
#include "codec/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 32u

typedef struct formatting {
    omni__cel_run *run;
    omni__buffer out;
    const char *why; /* it cannot be done */
} formatting;

static void
put_any(formatting *f, omni__cel_value value, unsigned depth);

static void
put_list(formatting *f, omni__cel_value list, unsigned depth)
{
    omni__buffer_byte(&f->out, '[');
    for (uint32_t i = 0; i < list.size; ++i) {
        if (i != 0) {
            omni__buffer_text(&f->out, ", ");
        }
        put_any(f, list.as.items[i], depth);
    }
    omni__buffer_byte(&f->out, ']');
}

/* A key as it is written, to sort by. */
typedef struct written {
    omni__slice key;
    const omni__cel_value *value;
} written;

static int
by_key(const void *a, const void *b)
{
    return omni__slice_compare(((const written *)a)->key,
                               ((const written *)b)->key);
}

static void
put_map(formatting *f, const omni__cel_map *map, unsigned depth)
{
    written *entries =
        omni__arena_get(f->run->arena, (map->count + 1) * sizeof(entries[0]));
    if (entries == NULL) {
        f->out.failed = true;
        return;
    }
    for (size_t i = 0; i < map->count; ++i) {
        omni__buffer key;
        omni__buffer_init(&key, f->run->arena->alloc);
        omni__cel_put_value(&key, map->entries[i].key);
        entries[i] = (written){
            .key = omni__arena_copy(f->run->arena, omni__buffer_bytes(&key)),
            .value = &map->entries[i].value};
        f->out.failed = f->out.failed || key.failed ||
                        (key.size != 0 && entries[i].key.data == NULL);
        omni__buffer_free(&key);
    }
    qsort(entries, map->count, sizeof(entries[0]), by_key);
    omni__buffer_byte(&f->out, '{');
    for (size_t i = 0; i < map->count; ++i) {
        if (i != 0) {
            omni__buffer_text(&f->out, ", ");
        }
        omni__buffer_slice(&f->out, entries[i].key);
        omni__buffer_text(&f->out, ": ");
        put_any(f, *entries[i].value, depth);
    }
    omni__buffer_byte(&f->out, '}');
}

/* %s */
static void
put_any(formatting *f, omni__cel_value value, unsigned depth)
{
    if (depth == 0 || !omni__cel_run_steps(f->run, 1)) {
        f->why = "too much to write";
        return;
    }
    if (value.kind == OMNI__CEL_LIST) {
        put_list(f, value, depth - 1);
    } else if (value.kind == OMNI__CEL_MAP) {
        put_map(f, value.as.map, depth - 1);
    } else if (value.kind == OMNI__CEL_OPTIONAL) {
        f->why = "an optional has no text";
    } else if (value.kind == OMNI__CEL_BYTES &&
               !omni__text_valid(omni__cel_slice(value))) {
        f->why = "these bytes are not UTF-8";
    } else {
        omni__cel_put_value(&f->out, value);
    }
}

/* What %d takes beside whole numbers: what is none, and whole decimals. */
static bool
is_special(omni__cel_value value)
{
    omni__int128 whole;
    return value.kind == OMNI__CEL_DECIMAL
               ? omni__cel_micro_round(*value.as.micro, OMNI__ROUND_ZERO,
                                       &whole) &&
                     omni__int128_compare(whole, *value.as.micro) == 0
               : value.kind == OMNI__CEL_DOUBLE && !isfinite(value.as.real);
}

static void
put_real(formatting *f, omni__cel_value value, bool scientific,
         unsigned precision)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    if (!omni__cel_is_number(value)) {
        f->why = scientific ? "%e wants a number" : "%f wants a number";
        return;
    }
    if (scientific) {
        omni__cel_double_scientific(omni__cel_real(value), precision, text);
    } else if (value.kind != OMNI__CEL_DECIMAL) {
        omni__cel_double_fixed(omni__cel_real(value), precision, text);
    } else if (!omni__cel_decimal_fixed(*value.as.micro, precision, text)) {
        f->why = "the number is too large";
    }
    omni__buffer_text(&f->out, text);
}

/* A whole number in base 2, 8 or 16. */
static void
put_based(formatting *f, omni__cel_value value, unsigned shift, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[72];
    size_t at = sizeof(text);
    const bool minus = value.kind == OMNI__CEL_INT && value.as.number < 0;
    uint64_t rest = value.kind == OMNI__CEL_BOOL ? (uint64_t)value.as.truth
                                                 : value.as.natural;
    rest = minus ? UINT64_C(0) - rest : rest;
    do {
        text[--at] = digits[rest & ((1u << shift) - 1)];
        rest >>= shift;
    } while (rest != 0);
    if (minus) {
        text[--at] = '-';
    }
    omni__buffer_put(&f->out, text + at, sizeof(text) - at);
}

static void
put_hex(formatting *f, omni__cel_value value, bool upper)
{
    if (value.kind == OMNI__CEL_INT || value.kind == OMNI__CEL_UINT) {
        put_based(f, value, 4, upper);
    } else if (value.kind == OMNI__CEL_STRING ||
               value.kind == OMNI__CEL_BYTES) {
        for (uint32_t i = 0; i < value.size; ++i) {
            char two[4];
            snprintf(two, sizeof(two), upper ? "%02X" : "%02x",
                     value.as.bytes[i]);
            omni__buffer_text(&f->out, two);
        }
    } else {
        f->why = "%x wants a whole number, text or bytes";
    }
}

static void
put_clause(formatting *f, omni__cel_value value, uint8_t letter,
           unsigned precision)
{
    const bool whole =
        value.kind == OMNI__CEL_INT || value.kind == OMNI__CEL_UINT;
    switch (letter) {
    case 's':
        put_any(f, value, DEPTH_MAX);
        break;
    case 'd':
        if (whole || is_special(value)) {
            omni__cel_put_value(&f->out, value);
        } else {
            f->why = "%d wants a whole number";
        }
        break;
    case 'f':
    case 'e':
        put_real(f, value, letter == 'e', precision);
        break;
    case 'b':
    case 'o':
        if (whole || (letter == 'b' && value.kind == OMNI__CEL_BOOL)) {
            put_based(f, value, letter == 'b' ? 1 : 3, false);
        } else {
            f->why = letter == 'b' ? "%b wants a whole number or a bool"
                                   : "%o wants a whole number";
        }
        break;
    case 'x':
    case 'X':
        put_hex(f, value, letter == 'X');
        break;
    default:
        f->why = "no such clause";
        break;
    }
}

/* ".3" behind a percent sign; 6 if there is none. */
static unsigned
precision_at(formatting *f, omni__slice text, size_t *at)
{
    unsigned value = 0;
    size_t count = 0;
    if (*at >= text.size || text.data[*at] != '.') {
        return 6;
    }
    ++*at;
    while (*at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9' &&
           count < 3) {
        value = value * 10 + (unsigned)(text.data[*at] - '0');
        ++*at;
        ++count;
    }
    if (count == 0 || value > 30) {
        f->why = "a precision is a number up to 30";
    }
    return value;
}

omni__cel_value
omni__cel_format(omni__cel_run *run, omni__slice text,
                 omni__cel_value arguments)
{
    formatting f = {.run = run};
    uint32_t next = 0;
    omni__buffer_init(&f.out, run->arena->alloc);
    for (size_t i = 0; i < text.size && f.why == NULL; ++i) {
        if (text.data[i] != '%') {
            omni__buffer_byte(&f.out, text.data[i]);
            continue;
        }
        ++i;
        if (i < text.size && text.data[i] == '%') {
            omni__buffer_byte(&f.out, '%');
            continue;
        }
        const unsigned precision = precision_at(&f, text, &i);
        if (i >= text.size) {
            f.why = "the text ends in a clause";
        } else if (next >= arguments.size) {
            f.why = "there are more clauses than arguments";
        } else if (f.why == NULL) {
            put_clause(&f, arguments.as.items[next++], text.data[i], precision);
        }
    }
    if (f.why != NULL) {
        omni__buffer_free(&f.out);
        return omni__cel_run_error(run, "format(): %s", f.why);
    }
    return omni__cel_run_take(run, &f.out, OMNI__CEL_STRING);
}
