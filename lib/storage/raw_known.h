/*
   Large raw components (I7) that were met whole, and how many nodes there are
   in each; so that where an event adds to one it need not be walked
   again to see that it stays under the bound. Kept in memory from fold to
   fold: no row, and whoever lacks it resolves the same, only slower.

   Of a node that is known, all that hang together with it are known, too, and
   a group of their own.
*/
#ifndef OMNI__STORAGE_RAW_KNOWN_H
#define OMNI__STORAGE_RAW_KNOWN_H

#include "omni/identifier.h"
#include "platform/alloc.h"

#define OMNI__RAW_GROUPS 256u

/* A component of fewer nodes is quicker walked again. */
#define OMNI__RAW_LEAST 32u

typedef struct omni__raw_slot {
    omni_id id;
    uint32_t group; /* 0: none */
} omni__raw_slot;

typedef struct omni__raw_known {
    omni__raw_slot *slots; /* NULL: nothing is known */
    uint32_t used;
    uint32_t groups;
    uint32_t counts[OMNI__RAW_GROUPS]; /* of nodes */
    uint32_t least;                    /* OMNI__RAW_LEAST, but in tests */
} omni__raw_known;

/* The group of a node, from 1; 0 if it is not known. */
uint32_t
omni__raw_group(const omni__raw_known *known, const omni_id *id);

/* A group without nodes. Forgets all if there are too many, or no memory; then
   it may be 0. */
uint32_t
omni__raw_group_new(omni__raw_known *known, const omni__alloc *alloc);

/* A node is in a group, and in no other. Forgets all if there are too many. */
void
omni__raw_put(omni__raw_known *known, const omni__alloc *alloc,
              const omni_id *id, uint32_t group);

void
omni__raw_forget(omni__raw_known *known, const omni__alloc *alloc);

#endif
