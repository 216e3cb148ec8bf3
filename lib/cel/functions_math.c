/* The math extension. */
#include "cel/decimal.h"
#include "cel/function.h"
#include "cel/moving.h"

#include <math.h>

static omni__cel_value
no_overload(omni__cel_run *run, const char *name, omni__cel_value value)
{
    return omni__cel_run_error(run, "no such overload: %s(%s)", name,
                               omni__cel_kind_name((omni__cel_kind)value.kind));
}

/* The value that is largest (or least) of numbers; the first of equal ones. */
static omni__cel_value
extreme(omni__cel_run *run, const omni__cel_value *a, size_t count,
        bool greatest)
{
    const char *name = greatest ? "math.greatest" : "math.least";
    if (count == 1 && a->kind == OMNI__CEL_LIST) {
        count = a->size;
        a = a->as.items;
        if (count == 0) {
            return omni__cel_run_error(run, "%s() of no numbers", name);
        }
    }
    if (!omni__cel_run_steps(run, count)) {
        return omni__cel_run_exhausted(run);
    }
    omni__cel_value best = a[0];
    for (size_t i = 0; i < count; ++i) {
        int order = 0;
        if (!omni__cel_is_number(a[i])) {
            return no_overload(run, name, a[i]);
        }
        if ((a[i].slope | best.slope) != 0) {
            omni__cel_moving_compare(
                run, greatest ? OMNI__CEL_GREATER : OMNI__CEL_LESS, a[i], best);
        }
        if (omni__cel_compare(a[i], best, &order) &&
            (greatest ? order > 0 : order < 0)) {
            best = a[i];
        }
    }
    return best;
}

FUNCTION(greatest)
{
    return extreme(run, a, count, true);
}

FUNCTION(least)
{
    return extreme(run, a, count, false);
}

/* A double as the C library rounds it, a decimal alike. */
static omni__cel_value
rounded(omni__cel_run *run, omni__cel_value a, double (*of_double)(double),
        omni__rounding rounding)
{
    omni__int128 whole;
    if (a.kind == OMNI__CEL_DOUBLE) {
        return omni__cel_double(of_double(a.as.real));
    }
    return omni__cel_micro_round(*a.as.micro, rounding, &whole)
               ? omni__cel_run_decimal(run, whole)
               : omni__cel_run_error(run, "the result is out of range");
}

#define ROUNDING(name, of_double, rounding)                                    \
    FUNCTION(name)                                                             \
    {                                                                          \
        (void)count;                                                           \
        return rounded(run, *a, of_double, rounding);                          \
    }

ROUNDING(ceiling, ceil, OMNI__ROUND_UP)
ROUNDING(floor_of, floor, OMNI__ROUND_DOWN)
ROUNDING(round_of, round, OMNI__ROUND_AWAY)
ROUNDING(trunc_of, trunc, OMNI__ROUND_ZERO)

FUNCTION(root)
{
    UNUSED(run, count);
    return omni__cel_double(sqrt(omni__cel_real(*a)));
}

FUNCTION(absolute)
{
    UNUSED(run, count);
    if (a->kind == OMNI__CEL_DOUBLE) {
        return omni__cel_double(fabs(a->as.real));
    }
    if ((a->kind == OMNI__CEL_INT && a->as.number < 0) ||
        (a->kind == OMNI__CEL_DECIMAL && a->as.micro->high >> 63 != 0)) {
        return omni__cel_negate(run, *a);
    }
    return *a;
}

FUNCTION(sign)
{
    (void)count;
    if (a->kind == OMNI__CEL_DOUBLE) {
        if (isnan(a->as.real) || a->as.real == 0) {
            return *a;
        }
        return omni__cel_double(a->as.real < 0 ? -1.0 : 1.0);
    }
    if (a->kind == OMNI__CEL_UINT) {
        return omni__cel_uint(a->as.natural != 0);
    }
    if (a->kind == OMNI__CEL_DECIMAL) {
        const int order = omni__int128_compare(*a->as.micro, (omni__int128){0});
        return omni__cel_run_decimal(
            run, omni__int128_of((int64_t)order * OMNI__CEL_MICRO));
    }
    return omni__cel_int((a->as.number > 0) - (a->as.number < 0));
}

FUNCTION(is_nan)
{
    UNUSED(run, count);
    return omni__cel_bool(isnan(a->as.real));
}

FUNCTION(is_infinite)
{
    UNUSED(run, count);
    return omni__cel_bool(isinf(a->as.real));
}

FUNCTION(is_finite)
{
    UNUSED(run, count);
    return omni__cel_bool(isfinite(a->as.real));
}

/* Bits, of the kind that went in. */
static omni__cel_value
of_bits(const omni__cel_value *a, uint64_t bits)
{
    return a->kind == OMNI__CEL_INT ? omni__cel_int((int64_t)bits)
                                    : omni__cel_uint(bits);
}

FUNCTION(bit_and)
{
    UNUSED(run, count);
    return of_bits(a, a[0].as.natural & a[1].as.natural);
}

FUNCTION(bit_or)
{
    UNUSED(run, count);
    return of_bits(a, a[0].as.natural | a[1].as.natural);
}

FUNCTION(bit_xor)
{
    UNUSED(run, count);
    return of_bits(a, a[0].as.natural ^ a[1].as.natural);
}

FUNCTION(bit_not)
{
    UNUSED(run, count);
    return of_bits(a, ~a->as.natural);
}

static omni__cel_value
shift(omni__cel_run *run, const omni__cel_value *a, bool left)
{
    const int64_t by = a[1].as.number;
    if (by < 0) {
        return omni__cel_run_error(run, "shifted by less than nothing");
    }
    if (by > 63) {
        return of_bits(a, 0);
    }
    return of_bits(a, left ? a->as.natural << by : a->as.natural >> by);
}

FUNCTION(shift_left)
{
    (void)count;
    return shift(run, a, true);
}

FUNCTION(shift_right)
{
    (void)count;
    return shift(run, a, false);
}

#define OF_BITS(name, function)                                                \
    {name, "ii", 'i', 1, function},                                            \
    {                                                                          \
        name, "uu", 'u', 1, function                                           \
    }

const omni__cel_overload omni__cel_math_functions[] = {
    {"math.greatest", "*+", '*', OMNI__CEL_LIVE_ALL | 1, greatest},
    {"math.least", "*+", '*', OMNI__CEL_LIVE_ALL | 1, least},
    {"math.ceil", "d", 'd', 1, ceiling},
    {"math.ceil", "m", 'm', 1, ceiling},
    {"math.floor", "d", 'd', 1, floor_of},
    {"math.floor", "m", 'm', 1, floor_of},
    {"math.round", "d", 'd', 1, round_of},
    {"math.round", "m", 'm', 1, round_of},
    {"math.trunc", "d", 'd', 1, trunc_of},
    {"math.trunc", "m", 'm', 1, trunc_of},
    {"math.sqrt", "d", 'd', 1, root},
    {"math.sqrt", "i", 'd', 1, root},
    {"math.sqrt", "u", 'd', 1, root},
    {"math.sqrt", "m", 'd', 4, root},
    {"math.abs", "i", 'i', 1, absolute},
    {"math.abs", "u", 'u', 1, absolute},
    {"math.abs", "d", 'd', 1, absolute},
    {"math.abs", "m", 'm', 1, absolute},
    {"math.sign", "i", 'i', 1, sign},
    {"math.sign", "u", 'u', 1, sign},
    {"math.sign", "d", 'd', 1, sign},
    {"math.sign", "m", 'm', 1, sign},
    {"math.isNaN", "d", 'b', 1, is_nan},
    {"math.isInf", "d", 'b', 1, is_infinite},
    {"math.isFinite", "d", 'b', 1, is_finite},
    OF_BITS("math.bitAnd", bit_and),
    OF_BITS("math.bitOr", bit_or),
    OF_BITS("math.bitXor", bit_xor),
    {"math.bitNot", "i", 'i', 1, bit_not},
    {"math.bitNot", "u", 'u', 1, bit_not},
    {"math.bitShiftLeft", "ii", 'i', 1, shift_left},
    {"math.bitShiftLeft", "ui", 'u', 1, shift_left},
    {"math.bitShiftRight", "ii", 'i', 1, shift_right},
    {"math.bitShiftRight", "ui", 'u', 1, shift_right},
    {"", "", 0, 0, NULL},
};
