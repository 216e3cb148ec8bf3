/*
   Exact percentiles of series of numbers, in memory that does not grow with
   them. Numbers are kept while there is room. A series that has more of them
   is counted by intervals instead, and the numbers have to be given again, all
   of them in any order, until the intervals of its percentiles have come down
   to one number.
*/
#ifndef OMNI__SEGMENTS_SPREAD_H
#define OMNI__SEGMENTS_SPREAD_H

#include "platform/alloc.h"

#define OMNI__SPREAD_RANKS 2 /* median and 90th percentile */

/* One series. Zero to begin with, but for `alloc` and `room`. */
typedef struct omni__spread {
    const omni__alloc *alloc;
    size_t room; /* numbers that may be kept */
    uint64_t *kept;
    size_t capacity;
    uint64_t count;
    uint64_t high, low; /* sum: of the upper and lower halves of numbers */
    uint64_t bits;      /* of all numbers, or-ed */
    bool again;         /* the numbers are being given another time */
    bool done;          /* `from` are the percentiles */
    uint64_t *counted;  /* of each interval of each rank */
    uint64_t from[OMNI__SPREAD_RANKS];  /* where its intervals begin */
    uint64_t below[OMNI__SPREAD_RANKS]; /* numbers before that */
    unsigned shift;                     /* an interval has 1 << shift numbers */
} omni__spread;

/* False without memory. */
bool
omni__spread_add(omni__spread *spread, uint64_t number);

/* Once all numbers were given: `*more` if they have to be given again. False
   without memory. */
bool
omni__spread_again(omni__spread *spread, bool *more);

/* Percentiles by nearest rank, and the mean, rounded down; zeros of none. */
void
omni__spread_tell(const omni__spread *spread, uint64_t ranks[2],
                  uint64_t *mean);

void
omni__spread_free(omni__spread *spread);

#endif
