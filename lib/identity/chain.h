/*
   The shortest way through accepted links: why two identifiers are one
   profile (I11).
*/
#ifndef OMNI__IDENTITY_CHAIN_H
#define OMNI__IDENTITY_CHAIN_H

#include "identity/component.h"
#include "omni/explain.h"

/* One link of a chain, in the direction that it is walked. */
typedef struct omni__step {
    uint32_t a; /* nodes of the graph */
    uint32_t b;
    uint8_t kind;    /* omni_link_kind */
    int64_t time_us; /* of an observed link */
} omni__step;

/*
   The fewest accepted links from one node of a resolved graph to another; of
   several such chains the one whose nodes come first, compared one by one; of
   links between the same two the observed one. OMNI_NOT_FOUND if there is no
   chain.
*/
omni_status
omni__chain_find(const omni__graph *graph, uint32_t from, uint32_t to,
                 omni__arena *arena, omni__step **out, size_t *count);

#endif
