/*
   The hash index of a table in memory: a row of each key, found without a
   lock. It grows by a copy.
*/
#ifndef OMNI__STORAGE_MEMTABLE_INDEX_H
#define OMNI__STORAGE_MEMTABLE_INDEX_H

#include "storage/memtable.h"

typedef struct omni__memtable_slot {
    omni__memtable_link row;
    uint32_t hash; /* of the key; set before `row` is */
} omni__memtable_slot;

struct omni__memtable_index {
    omni__memtable_index *next; /* of those retired */
    uint64_t retired;
    size_t mask; /* slots less one; their number is a power of two */
    omni__memtable_slot slots[];
};

/* Empty; NULL without memory. `slots` is a power of two. */
omni__memtable_index *
omni__memtable_index_new(const omni__alloc *alloc, size_t slots);

size_t
omni__memtable_index_bytes(const omni__memtable_index *index);

uint32_t
omni__memtable_hash(omni__slice key);

/* The writer's: `row` has no slot yet, and one is free. */
void
omni__memtable_index_add(omni__memtable_index *index, omni__memtable_row *row,
                         uint32_t hash);

/* All rows of another. */
void
omni__memtable_index_copy(omni__memtable_index *index,
                          const omni__memtable_index *from);

/* NULL where no row has the key. */
omni__memtable_row *
omni__memtable_index_find(const omni__memtable_index *index, omni__slice key,
                          uint32_t hash);

/* The same of at most OMNI__MEMTABLE_MANY keys at once. Their newest versions
   are on the way into the cache then. */
void
omni__memtable_index_many(const omni__memtable_index *index,
                          const omni__slice *keys, size_t count,
                          omni__memtable_row **rows);

#endif
