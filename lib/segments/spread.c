/* Percentiles by selection among what is kept, or by counting intervals that
   become narrower each time. */
#include "segments/spread.h"

#define BITS 12 /* a rank has 1 << BITS intervals */
#define INTERVALS (UINT64_C(1) << BITS)
#define COUNTED_SIZE (OMNI__SPREAD_RANKS * INTERVALS * sizeof(uint64_t))

/* How many numbers come before the one of a rank: the nearest. */
static uint64_t
before_rank(const omni__spread *spread, size_t rank)
{
    const uint64_t n = spread->count;
    return (rank == 0 ? (n + 1) / 2 : n - n / 10) - 1;
}

static void
count(omni__spread *spread, uint64_t number)
{
    for (size_t r = 0; r < OMNI__SPREAD_RANKS; ++r) {
        const uint64_t at = (number - spread->from[r]) >> spread->shift;
        if (number >= spread->from[r] && at < INTERVALS) {
            ++spread->counted[r * INTERVALS + at];
        }
    }
}

/* Begin to count, with all that is kept. */
static bool
begin_to_count(omni__spread *spread, unsigned shift)
{
    spread->counted = omni__calloc(spread->alloc, COUNTED_SIZE);
    if (spread->counted == NULL) {
        return false;
    }
    spread->shift = shift;
    for (size_t i = 0; i < spread->count; ++i) {
        count(spread, spread->kept[i]);
    }
    return true;
}

bool
omni__spread_add(omni__spread *spread, uint64_t number)
{
    if (!spread->again) {
        if (spread->count == spread->room && spread->counted == NULL) {
            if (!begin_to_count(spread, 64 - BITS)) {
                return false;
            }
            omni__free(spread->alloc, spread->kept);
            spread->kept = NULL;
        }
        spread->high += number >> 32;
        spread->low += number & UINT32_MAX;
        spread->bits |= number;
        if (spread->counted == NULL) {
            void *kept = spread->kept;
            if (!omni__grow(spread->alloc, &kept, &spread->capacity,
                            (size_t)spread->count, sizeof(number))) {
                return false;
            }
            spread->kept = kept;
            spread->kept[spread->count] = number;
        }
        ++spread->count;
    }
    if (spread->counted != NULL && !spread->done) {
        count(spread, number);
    }
    return true;
}

/* Go from the intervals to the one of each rank; false at single numbers. */
static bool
narrow(omni__spread *spread)
{
    for (size_t r = 0; r < OMNI__SPREAD_RANKS; ++r) {
        const uint64_t wanted = before_rank(spread, r);
        const uint64_t *counted = spread->counted + r * INTERVALS;
        uint64_t at = 0;
        while (spread->below[r] + counted[at] <= wanted) {
            spread->below[r] += counted[at++];
        }
        spread->from[r] += at << spread->shift;
    }
    if (spread->shift == 0) {
        spread->done = true;
        return false;
    }
    memset(spread->counted, 0, COUNTED_SIZE);
    spread->shift = spread->shift > BITS ? spread->shift - BITS : 0;
    return true;
}

bool
omni__spread_again(omni__spread *spread, bool *more)
{
    spread->again = true;
    *more = false;
    if (spread->count == 0 || spread->done) {
        return true;
    }
    if (spread->counted != NULL) {
        *more = narrow(spread);
        return true;
    }
    unsigned shift = 0;
    while (spread->bits >> shift >= INTERVALS) {
        ++shift;
    }
    if (!begin_to_count(spread, shift)) {
        return false;
    }
    while (narrow(spread)) {
        for (size_t i = 0; i < spread->count; ++i) {
            count(spread, spread->kept[i]);
        }
    }
    return true;
}

void
omni__spread_tell(const omni__spread *spread, uint64_t ranks[2], uint64_t *mean)
{
    const uint64_t n = spread->count != 0 ? spread->count : 1;
    memcpy(ranks, spread->from, sizeof(spread->from));
    *mean =
        (spread->high / n << 32) + ((spread->high % n << 32) + spread->low) / n;
}

void
omni__spread_free(omni__spread *spread)
{
    omni__free(spread->alloc, spread->kept);
    omni__free(spread->alloc, spread->counted);
}
