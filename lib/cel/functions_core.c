/* Sizes, types and conversions (langdef.md, "Standard Definitions"). */
#include "cel/decimal.h"
#include "cel/function.h"
#include "cel/linear.h"
#include "cel/network.h"
#include "cel/number.h"
#include "cel/regex.h"
#include "cel/time.h"
#include "codec/decimal.h"
#include "codec/text.h"

#include <math.h>

FUNCTION(size)
{
    UNUSED(run, count);
    switch (a->kind) {
    case OMNI__CEL_STRING:
        return omni__cel_int(
            (int64_t)omni__cel_code_count(omni__cel_slice(*a)));
    case OMNI__CEL_MAP:
        return omni__cel_int((int64_t)a->as.map->count);
    default:
        return omni__cel_int(a->size);
    }
}

FUNCTION(type)
{
    UNUSED(run, count);
    return omni__cel_type((omni__cel_kind)a->kind);
}

FUNCTION(same)
{
    UNUSED(run, count);
    return *a;
}

static omni__cel_value
no_number(omni__cel_run *run, omni__cel_value text, const char *what)
{
    return omni__cel_run_error(run, "not %s: \"%.*s\"", what,
                               text.size > 64 ? 64 : (int)text.size,
                               (const char *)text.as.bytes);
}

static omni__cel_value
out_of_range(omni__cel_run *run, const char *what)
{
    return omni__cel_run_error(run, "the number is out of the range of %s",
                               what);
}

/* A decimal without what is behind its point. */
static bool
whole_of(omni__cel_value decimal, omni__int128 *out)
{
    const omni__int128 one = {.low = 1};
    const omni__int128 micro = {.low = OMNI__CEL_MICRO};
    return omni__int128_scale(*decimal.as.micro, one, micro, OMNI__ROUND_ZERO,
                              out);
}

FUNCTION(int_of)
{
    omni__int128 whole;
    int64_t number;
    UNUSED(run, count);
    switch (a->kind) {
    case OMNI__CEL_INT:
        return *a;
    case OMNI__CEL_UINT:
        return a->as.natural <= (uint64_t)INT64_MAX
                   ? omni__cel_int((int64_t)a->as.natural)
                   : out_of_range(run, "int");
    case OMNI__CEL_DOUBLE:
        return a->as.real > -9223372036854775808.0 &&
                       a->as.real < 9223372036854775807.0
                   ? omni__cel_int((int64_t)a->as.real)
                   : out_of_range(run, "int");
    case OMNI__CEL_DECIMAL:
        return whole_of(*a, &whole) &&
                       whole.high == omni__int128_of((int64_t)whole.low).high
                   ? omni__cel_int((int64_t)whole.low)
                   : out_of_range(run, "int");
    default:
        return omni__cel_int_parse(omni__cel_slice(*a), &number)
                   ? omni__cel_int(number)
                   : no_number(run, *a, "an int");
    }
}

FUNCTION(uint_of)
{
    omni__int128 whole;
    uint64_t natural;
    UNUSED(run, count);
    switch (a->kind) {
    case OMNI__CEL_UINT:
        return *a;
    case OMNI__CEL_INT:
        return a->as.number >= 0 ? omni__cel_uint((uint64_t)a->as.number)
                                 : out_of_range(run, "uint");
    case OMNI__CEL_DOUBLE:
        return a->as.real > -1.0 && a->as.real < 18446744073709551615.0
                   ? omni__cel_uint((uint64_t)a->as.real)
                   : out_of_range(run, "uint");
    case OMNI__CEL_DECIMAL:
        return whole_of(*a, &whole) && whole.high == 0
                   ? omni__cel_uint(whole.low)
                   : out_of_range(run, "uint");
    default:
        return omni__cel_uint_parse(omni__cel_slice(*a), &natural)
                   ? omni__cel_uint(natural)
                   : no_number(run, *a, "a uint");
    }
}

FUNCTION(double_of)
{
    double real;
    UNUSED(run, count);
    if (a->kind != OMNI__CEL_STRING) {
        return omni__cel_double(omni__cel_real(*a));
    }
    return omni__cel_double_parse(omni__cel_slice(*a), &real)
               ? omni__cel_double(real)
               : no_number(run, *a, "a double");
}

/* Text and doubles are rounded to millionths, half to even. */
FUNCTION(decimal_of)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    omni__slice number = omni__cel_slice(*a);
    omni__int128 micro;
    (void)count;
    if (a->kind != OMNI__CEL_STRING) {
        if (omni__cel_micro(*a, &micro)) {
            return omni__cel_run_decimal(run, micro);
        }
        number =
            omni__slice_of(text, omni__cel_double_format(a->as.real, text));
    }
    return omni__decimal_micro(number, &micro)
               ? omni__cel_run_decimal(run, micro)
               : no_number(run, omni__cel_text(number), "a decimal");
}

FUNCTION(bool_of)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    UNUSED(run, count);
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); ++i) {
        if (omni__slice_equal(omni__cel_slice(*a), omni__slice_text(yes[i]))) {
            return omni__cel_bool(true);
        }
        if (omni__slice_equal(omni__cel_slice(*a), omni__slice_text(no[i]))) {
            return omni__cel_bool(false);
        }
    }
    return no_number(run, *a, "a bool");
}

FUNCTION(bytes_of)
{
    UNUSED(run, count);
    return omni__cel_bytes(omni__cel_slice(*a));
}

/* The seconds of an instant, which may move. */
FUNCTION(seconds_of)
{
    (void)count;
    return a->slope != 0
               ? omni__cel_linear_count(run, *a, a->as.number, a->as.number, 1)
               : omni__cel_int(a->as.number);
}

FUNCTION(text_of)
{
    (void)count;
    return omni__cel_moving_text(run, *a);
}

FUNCTION(string_of)
{
    omni__buffer text;
    UNUSED(run, count);
    if (a->kind == OMNI__CEL_BYTES) {
        return omni__text_valid(omni__cel_slice(*a))
                   ? omni__cel_text(omni__cel_slice(*a))
                   : omni__cel_run_error(run, "these bytes are not UTF-8");
    }
    omni__buffer_init(&text, run->arena->alloc);
    omni__cel_put_value(&text, *a);
    return omni__cel_run_take(run, &text, OMNI__CEL_STRING);
}

FUNCTION(timestamp_of)
{
    omni__cel_value out;
    UNUSED(run, count);
    if (a->kind == OMNI__CEL_INT) {
        return a->as.number >= OMNI__CEL_TIME_MIN &&
                       a->as.number < OMNI__CEL_TIME_END
                   ? omni__cel_timestamp(a->as.number, 0)
                   : out_of_range(run, "timestamp");
    }
    return omni__cel_timestamp_parse(omni__cel_slice(*a), &out)
               ? out
               : no_number(run, *a, "an RFC 3339 timestamp");
}

FUNCTION(duration_of)
{
    omni__cel_value out;
    UNUSED(run, count);
    return omni__cel_duration_parse(omni__cel_slice(*a), &out)
               ? out
               : no_number(run, *a, "a duration");
}

FUNCTION(starts_with)
{
    (void)count;
    const omni__slice start = omni__cel_slice(a[1]);
    if (a->slope != 0) {
        omni__cel_moving_look(run, *a, start.size);
    }
    return omni__cel_bool(
        start.size <= a->size &&
        omni__slice_equal(omni__slice_of(a->as.bytes, start.size), start));
}

FUNCTION(ends_with)
{
    UNUSED(run, count);
    const omni__slice end = omni__cel_slice(a[1]);
    return omni__cel_bool(
        end.size == 0 ||
        (end.size <= a[0].size &&
         omni__slice_equal(
             omni__slice_of(a[0].as.bytes + (a[0].size - end.size), end.size),
             end)));
}

FUNCTION(contains)
{
    (void)count;
    if (!omni__cel_run_steps(run, a[0].size / 16)) {
        return omni__cel_run_exhausted(run);
    }
    size_t at;
    return omni__cel_bool(
        omni__cel_search(omni__cel_slice(a[0]), omni__cel_slice(a[1]), 0, &at));
}

FUNCTION(matches)
{
    const char *why = NULL;
    bool found = false;
    (void)count;
    const omni__cel_regex *regex =
        omni__cel_regex_compile(omni__cel_slice(a[1]), run->arena, &why);
    if (regex == NULL) {
        return omni__cel_run_error(run, "no regular expression: %s", why);
    }
    if (!omni__cel_regex_search(regex, omni__cel_slice(a[0]), run, &found)) {
        return omni__cel_run_exhausted(run);
    }
    return omni__cel_bool(found);
}

const omni__cel_overload omni__cel_core_functions[] = {
    {"size", "1", 'i', OMNI__CEL_LIVE | 1, size},
    {"size", ".1", 'i', OMNI__CEL_LIVE | 1, size},
    {"type", "*", 'T', OMNI__CEL_LIVE | 1, type},
    {"dyn", "*", '*', OMNI__CEL_LIVE | 1, same},
    {"int", "t", 'i', OMNI__CEL_LIVE | 1, seconds_of},
    {"int", "2", 'i', 2, int_of},
    {"uint", "2", 'u', 2, uint_of},
    {"double", "2", 'd', 4, double_of},
    {"decimal", "2", 'm', 4, decimal_of},
    {"bool", "b", 'b', 1, same},
    {"bool", "s", 'b', 1, bool_of},
    {"bytes", "y", 'y', 1, same},
    {"bytes", "s", 'y', 1, bytes_of},
    {"string", "s", 's', 1, same},
    {"string", "t", 's', OMNI__CEL_LIVE | 4, text_of},
    {"string", "3", 's', 4, string_of},
    {"timestamp", "t", 't', OMNI__CEL_LIVE | 1, same},
    {"timestamp", "i", 't', 1, timestamp_of},
    {"timestamp", "s", 't', 2, timestamp_of},
    {"duration", "r", 'r', OMNI__CEL_LIVE | 1, same},
    {"duration", "s", 'r', 2, duration_of},
    {"startsWith", ".ss", 'b', OMNI__CEL_LIVE | 1, starts_with},
    {"endsWith", ".ss", 'b', 1, ends_with},
    {"contains", ".ss", 'b', 1, contains},
    {"matches", ".ss", 'b', 20, matches},
    {"matches", "ss", 'b', 20, matches},
    {"", "", 0, 0, NULL},
};
