/* Signed 128-bit numbers on every machine: sums of micro-units. */
#ifndef OMNI__CODEC_INT128_H
#define OMNI__CODEC_INT128_H

#include <stdbool.h>
#include <stdint.h>

/* Two's complement; addition wraps, so that it is exact wherever the true sum
   fits, whatever the order. */
typedef struct omni__int128 {
    uint64_t low;
    uint64_t high;
} omni__int128;

static inline omni__int128
omni__int128_of(int64_t value)
{
    return (omni__int128){.low = (uint64_t)value,
                          .high = value < 0 ? UINT64_MAX : 0};
}

static inline omni__int128
omni__int128_add(omni__int128 a, omni__int128 b)
{
    const uint64_t low = a.low + b.low;
    return (omni__int128){.low = low,
                          .high = a.high + b.high + (low < a.low ? 1 : 0)};
}

static inline omni__int128
omni__int128_negate(omni__int128 a)
{
    return omni__int128_add((omni__int128){.low = ~a.low, .high = ~a.high},
                            (omni__int128){.low = 1, .high = 0});
}

static inline int
omni__int128_compare(omni__int128 a, omni__int128 b)
{
    const uint64_t sign = UINT64_C(1) << 63;
    const uint64_t x = a.high ^ sign;
    const uint64_t y = b.high ^ sign;
    if (x != y) {
        return x < y ? -1 : 1;
    }
    return (a.low > b.low) - (a.low < b.low);
}

typedef enum omni__rounding {
    OMNI__ROUND_EVEN, /* to the nearest, half to even */
    OMNI__ROUND_AWAY, /* to the nearest, half away from zero */
    OMNI__ROUND_ZERO, /* towards zero */
    OMNI__ROUND_DOWN,
    OMNI__ROUND_UP
} omni__rounding;

/* a * b / c, the product exact; false if c is 0 or the quotient does not
   fit. */
bool
omni__int128_scale(omni__int128 a, omni__int128 b, omni__int128 c,
                   omni__rounding rounding, omni__int128 *out);

#endif
