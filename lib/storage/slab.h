/*
   Blocks of many sizes that come and go, freed all at once in the end: a free
   list for each class of sizes over chunks that grow.
*/
#ifndef OMNI__STORAGE_SLAB_H
#define OMNI__STORAGE_SLAB_H

#include "platform/alloc.h"

#define OMNI__SLAB_CLASSES 36

typedef struct omni__slab_block omni__slab_block;
typedef struct omni__slab_chunk omni__slab_chunk;
typedef struct omni__slab_large omni__slab_large;

typedef struct omni__slab {
    const omni__alloc *alloc;
    omni__slab_block *idle[OMNI__SLAB_CLASSES];
    omni__slab_chunk *chunks; /* newest first */
    omni__slab_large *large;  /* blocks over the largest class */
    uint8_t *at;              /* unused rest of the newest chunk */
    size_t left;
    uint64_t used;     /* bytes handed out */
    uint64_t reserved; /* bytes taken from the allocator, less `left` */
} omni__slab;

/* Cannot fail; memory comes with the first block. */
void
omni__slab_init(omni__slab *slab, const omni__alloc *alloc);

/* 16-byte aligned, not zeroed; NULL without memory. */
void *
omni__slab_get(omni__slab *slab, size_t size);

/* Give a block back; `size` is what it was asked for. */
void
omni__slab_put(omni__slab *slab, void *block, size_t size);

/* Give everything back. */
void
omni__slab_free(omni__slab *slab);

#endif
