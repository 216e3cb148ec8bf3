/* Decimals: in millionths of 128 bits, rounded half to even. */
#include "cel/decimal.h"

#include "codec/decimal.h"

#include <math.h>

static const omni__int128 micro_one = {.low = OMNI__CEL_MICRO};
static const omni__int128 one = {.low = 1};

/* Decimals so far apart have doubles of their own. */
#define PLAIN 1e9

static bool
micro_of_double(double real, omni__int128 *out)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    char back[OMNI__DECIMAL_TEXT];
    if (fabs(real) < PLAIN) {
        const double micro = round(real * OMNI__CEL_MICRO);
        *out = omni__int128_of((int64_t)micro);
        return micro / OMNI__CEL_MICRO == real;
    }
    if (!isfinite(real)) {
        return false;
    }
    const size_t size = omni__cel_double_format(real, text);
    const omni__slice shortest = omni__slice_of(text, size);
    return omni__decimal_micro(shortest, out) &&
           omni__decimal_compare(
               shortest,
               omni__slice_of(back, omni__decimal_format(*out, back))) == 0;
}

bool
omni__cel_micro(omni__cel_value number, omni__int128 *out)
{
    omni__int128 whole = {.low = number.as.natural};
    switch (number.kind) {
    case OMNI__CEL_DECIMAL:
        *out = *number.as.micro;
        return true;
    case OMNI__CEL_DOUBLE:
        return micro_of_double(number.as.real, out);
    case OMNI__CEL_INT:
        whole = omni__int128_of(number.as.number);
        break;
    default:
        break;
    }
    return omni__int128_scale(whole, micro_one, one, OMNI__ROUND_ZERO, out);
}

double
omni__cel_real(omni__cel_value number)
{
    char text[OMNI__DECIMAL_TEXT];
    double real = 0;
    switch (number.kind) {
    case OMNI__CEL_DOUBLE:
        return number.as.real;
    case OMNI__CEL_INT:
        return (double)number.as.number;
    case OMNI__CEL_UINT:
        return (double)number.as.natural;
    default: {
        const size_t size = omni__decimal_format(*number.as.micro, text);
        (void)omni__cel_double_parse(omni__slice_of(text, size), &real);
        return real;
    }
    }
}

bool
omni__cel_micro_round(omni__int128 micro, omni__rounding rounding,
                      omni__int128 *out)
{
    return omni__int128_scale(micro, one, micro_one, rounding, out) &&
           omni__int128_scale(*out, micro_one, one, OMNI__ROUND_ZERO, out);
}

omni__cel_value
omni__cel_double_binary(omni__cel_op op, double a, double b)
{
    switch (op) {
    case OMNI__CEL_ADD:
        return omni__cel_double(a + b);
    case OMNI__CEL_SUBTRACT:
        return omni__cel_double(a - b);
    case OMNI__CEL_MULTIPLY:
        return omni__cel_double(a * b);
    default:
        return omni__cel_double(a / b);
    }
}

/* a + b; false where the sum has a sign that neither has. */
static bool
add(omni__int128 a, omni__int128 b, omni__int128 *out)
{
    *out = omni__int128_add(a, b);
    return ((a.high ^ out->high) & (b.high ^ out->high)) >> 63 == 0;
}

omni__cel_value
omni__cel_decimal_binary(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                         omni__cel_value b)
{
    omni__int128 x;
    omni__int128 y;
    bool fits;
    if (!omni__cel_micro(a, &x) || !omni__cel_micro(b, &y)) {
        return omni__cel_double_binary(op, omni__cel_real(a),
                                       omni__cel_real(b));
    }
    switch (op) {
    case OMNI__CEL_ADD:
        fits = add(x, y, &x);
        break;
    case OMNI__CEL_SUBTRACT:
        /* -b - 1 + a + 1, so that the least b has a negative. */
        y = (omni__int128){.low = ~y.low, .high = ~y.high};
        fits = x.high >> 63 != 0 ? add(x, one, &x) && add(x, y, &x)
                                 : add(x, y, &x) && add(x, one, &x);
        break;
    case OMNI__CEL_MULTIPLY:
        fits = omni__int128_scale(x, y, micro_one, OMNI__ROUND_EVEN, &x);
        break;
    default:
        if ((y.low | y.high) == 0) {
            return omni__cel_run_error(run, "divided by zero");
        }
        fits = omni__int128_scale(x, micro_one, y, OMNI__ROUND_EVEN, &x);
        break;
    }
    return fits ? omni__cel_run_decimal(run, x)
                : omni__cel_run_error(run, "the result is out of range");
}

bool
omni__cel_decimal_fixed(omni__int128 micro, unsigned precision,
                        char text[OMNI__CEL_NUMBER_TEXT])
{
    omni__int128 unit = one;
    for (unsigned i = precision; i < 6; ++i) {
        unit.low *= 10;
    }
    if (!omni__int128_scale(micro, one, unit, OMNI__ROUND_EVEN, &micro) ||
        !omni__int128_scale(micro, unit, one, OMNI__ROUND_EVEN, &micro)) {
        return false;
    }
    size_t size = omni__decimal_format(micro, text);
    const char *point = strchr(text, '.');
    size_t behind = point != NULL ? size - (size_t)(point + 1 - text) : 0;
    if (behind == 0 && precision != 0) {
        text[size++] = '.';
    }
    while (behind++ < precision) {
        text[size++] = '0';
    }
    text[size] = '\0';
    return true;
}
