/* Products and quotients of 128 bits, in words of 32 on every machine. */
#include "codec/int128.h"

#define WORDS 8

static omni__int128
magnitude(omni__int128 x)
{
    return x.high >> 63 != 0 ? omni__int128_negate(x) : x;
}

static void
multiply(omni__int128 a, omni__int128 b, uint32_t out[WORDS])
{
    const uint32_t x[] = {(uint32_t)a.low, (uint32_t)(a.low >> 32),
                          (uint32_t)a.high, (uint32_t)(a.high >> 32)};
    const uint32_t y[] = {(uint32_t)b.low, (uint32_t)(b.low >> 32),
                          (uint32_t)b.high, (uint32_t)(b.high >> 32)};
    for (unsigned i = 0; i < WORDS; ++i) {
        out[i] = 0;
    }
    for (unsigned i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (unsigned k = 0; k < 4; ++k) {
            carry += (uint64_t)x[i] * y[k] + out[i + k];
            out[i + k] = (uint32_t)carry;
            carry >>= 32;
        }
        out[i + 4] = (uint32_t)carry;
    }
}

static omni__int128
twice(omni__int128 x, bool more)
{
    return (omni__int128){.low = x.low << 1 | more,
                          .high = x.high << 1 | x.low >> 63};
}

static bool
reaches(omni__int128 x, omni__int128 y)
{
    return x.high != y.high ? x.high > y.high : x.low >= y.low;
}

/* Bit by bit; `c` is at most 2^127, so that twice a rest fits. */
static bool
divide(const uint32_t words[WORDS], omni__int128 c, omni__int128 *quotient,
       omni__int128 *rest)
{
    *quotient = *rest = (omni__int128){0, 0};
    for (unsigned i = 32 * WORDS; i-- != 0;) {
        *rest = twice(*rest, (words[i / 32] >> i % 32 & 1) != 0);
        const bool one = reaches(*rest, c);
        if (one) {
            *rest = omni__int128_add(*rest, omni__int128_negate(c));
        }
        if (quotient->high >> 63 != 0) {
            return false;
        }
        *quotient = twice(*quotient, one);
    }
    return true;
}

bool
omni__int128_scale(omni__int128 a, omni__int128 b, omni__int128 c,
                   omni__rounding rounding, omni__int128 *out)
{
    uint32_t words[WORDS];
    omni__int128 quotient;
    omni__int128 rest;
    const bool negative = ((a.high ^ b.high ^ c.high) >> 63) != 0;
    uint64_t product;
    a = magnitude(a);
    b = magnitude(b);
    c = magnitude(c);
    if ((c.low | c.high) == 0) {
        return false;
    }
    if ((a.high | b.high | c.high) == 0 &&
        !__builtin_mul_overflow(a.low, b.low, &product)) {
        quotient = (omni__int128){.low = product / c.low};
        rest = (omni__int128){.low = product % c.low};
    } else {
        multiply(a, b, words);
        if (!divide(words, c, &quotient, &rest) ||
            quotient.high == UINT64_MAX) {
            return false;
        }
    }
    const bool exact = (rest.low | rest.high) == 0;
    const omni__int128 half = twice(rest, false);
    bool away = false;
    switch (rounding) {
    case OMNI__ROUND_EVEN:
        away =
            reaches(half, c) && (!reaches(c, half) || (quotient.low & 1) != 0);
        break;
    case OMNI__ROUND_AWAY:
        away = reaches(half, c);
        break;
    case OMNI__ROUND_DOWN:
        away = negative && !exact;
        break;
    case OMNI__ROUND_UP:
        away = !negative && !exact;
        break;
    default:
        break;
    }
    quotient = omni__int128_add(quotient, omni__int128_of(away));
    *out = negative ? omni__int128_negate(quotient) : quotient;
    /* The sign tells whether it fits. */
    return (quotient.low | quotient.high) == 0 ||
           (out->high >> 63 != 0) == negative;
}
