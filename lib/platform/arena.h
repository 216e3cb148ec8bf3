/* Memory that is freed all at once: per transaction, fold or parsed record. */
#ifndef OMNI__PLATFORM_ARENA_H
#define OMNI__PLATFORM_ARENA_H

#include "platform/alloc.h"

typedef struct omni__arena_block omni__arena_block;

typedef struct omni__arena {
    const omni__alloc *alloc;
    omni__arena_block *blocks; /* newest first */
    size_t used;               /* in the newest block */
    size_t total;              /* bytes of all blocks */
} omni__arena;

/* Cannot fail; the first block comes with the first allocation. */
void
omni__arena_init(omni__arena *arena, const omni__alloc *alloc);

/* 16-byte aligned, not zeroed; NULL without memory. */
void *
omni__arena_get(omni__arena *arena, size_t size);

/* The same, zeroed. */
void *
omni__arena_zero(omni__arena *arena, size_t size);

/* A copy of bytes; its data is NULL without memory (or where size is 0). */
omni__slice
omni__arena_copy(omni__arena *arena, omni__slice bytes);

/* Forget all; keeps one block for the next use. */
void
omni__arena_reset(omni__arena *arena);

void
omni__arena_free(omni__arena *arena);

#endif
