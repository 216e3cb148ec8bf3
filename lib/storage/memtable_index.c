/* The hash index of a table in memory: open addressing, at most two thirds
   full. */
#include "storage/memtable_index.h"

#include <xxhash.h>

#define LINE 64u   /* bytes that come into the cache together */
#define AHEAD 256u /* bytes of a version that are asked for unseen */

static size_t
bytes_of(size_t slots)
{
    return sizeof(omni__memtable_index) + slots * sizeof(omni__memtable_slot);
}

omni__memtable_index *
omni__memtable_index_new(const omni__alloc *alloc, size_t slots)
{
    if (slots > (SIZE_MAX - sizeof(omni__memtable_index)) /
                    sizeof(omni__memtable_slot)) {
        return NULL;
    }
    omni__memtable_index *index = omni__calloc(alloc, bytes_of(slots));
    if (index != NULL) {
        index->mask = slots - 1;
    }
    return index;
}

size_t
omni__memtable_index_bytes(const omni__memtable_index *index)
{
    return bytes_of(index->mask + 1);
}

uint32_t
omni__memtable_hash(omni__slice key)
{
    return (uint32_t)XXH3_64bits(key.data, key.size);
}

void
omni__memtable_index_add(omni__memtable_index *index, omni__memtable_row *row,
                         uint32_t hash)
{
    size_t i = hash & index->mask;
    while (atomic_load_explicit(&index->slots[i].row, memory_order_relaxed) !=
           NULL) {
        i = (i + 1) & index->mask;
    }
    index->slots[i].hash = hash;
    atomic_store_explicit(&index->slots[i].row, row, memory_order_release);
}

void
omni__memtable_index_copy(omni__memtable_index *index,
                          const omni__memtable_index *from)
{
    for (size_t i = 0; i <= from->mask; ++i) {
        omni__memtable_row *row =
            atomic_load_explicit(&from->slots[i].row, memory_order_relaxed);
        if (row != NULL) {
            omni__memtable_index_add(index, row, from->slots[i].hash);
        }
    }
}

/* The next row of a hash from slot `*at` on, or NULL. */
static omni__memtable_row *
next_of(const omni__memtable_index *index, uint32_t hash, size_t *at)
{
    for (size_t i = *at & index->mask;; i = (i + 1) & index->mask) {
        omni__memtable_row *row =
            atomic_load_explicit(&index->slots[i].row, memory_order_acquire);
        if (row == NULL || index->slots[i].hash == hash) {
            *at = i + 1;
            return row;
        }
    }
}

omni__memtable_row *
omni__memtable_index_find(const omni__memtable_index *index, omni__slice key,
                          uint32_t hash)
{
    size_t at = hash;
    omni__memtable_row *row = next_of(index, hash, &at);
    while (row != NULL && !omni__slice_equal(omni__memtable_key(row), key)) {
        row = next_of(index, hash, &at);
    }
    return row;
}

/* By addresses, as it may go beyond the object, which may be none. */
static void
prefetch(const void *block, size_t size)
{
    for (size_t at = 0; at < size; at += LINE) {
        omni__prefetch((const void *)((uintptr_t)block + at));
    }
}

void
omni__memtable_index_many(const omni__memtable_index *index,
                          const omni__slice *keys, size_t count,
                          omni__memtable_row **rows)
{
    uint32_t hashes[OMNI__MEMTABLE_MANY];
    for (size_t i = 0; i < count; ++i) {
        hashes[i] = omni__memtable_hash(keys[i]);
        omni__prefetch(&index->slots[hashes[i] & index->mask]);
    }
    for (size_t i = 0; i < count; ++i) {
        size_t at = hashes[i];
        rows[i] = next_of(index, hashes[i], &at);
        if (rows[i] != NULL) {
            prefetch(rows[i], sizeof(*rows[i]) + keys[i].size);
        }
    }
    for (size_t i = 0; i < count; ++i) {
        if (rows[i] != NULL) {
            rows[i] = omni__memtable_index_find(index, keys[i], hashes[i]);
        }
        if (rows[i] != NULL) {
            prefetch(
                atomic_load_explicit(&rows[i]->newest, memory_order_relaxed),
                AHEAD);
        }
    }
}
