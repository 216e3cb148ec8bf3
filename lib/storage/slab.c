/*
   Size classes: steps of 16 bytes up to 128, then four to each doubling, so
   that a block is at most a quarter larger than what was asked for. Blocks
   over the largest class are the allocator's own, in a list.
*/
#include "storage/slab.h"

#define SMALL 128u            /* up to here classes are 16 bytes apart */
#define LARGEST (16u * 1024u) /* size of the last class */
#define FIRST_CHUNK 4096u
#define LARGEST_CHUNK (256u * 1024u)

struct omni__slab_block {
    omni__slab_block *next;
};

struct omni__slab_chunk {
    omni__slab_chunk *next;
    size_t size;
    _Alignas(16) uint8_t bytes[];
};

struct omni__slab_large {
    omni__slab_large *next;
    omni__slab_large *previous;
    _Alignas(16) uint8_t bytes[];
};

void
omni__slab_init(omni__slab *slab, const omni__alloc *alloc)
{
    *slab = (omni__slab){.alloc = alloc};
}

/* Class of a size that is at most LARGEST; `bytes` is the class's size. */
static size_t
class_of(size_t size, size_t *bytes)
{
    const size_t last = size != 0 ? size - 1 : 0;
    if (last < SMALL) {
        *bytes = (last / 16 + 1) * 16;
        return last / 16;
    }
    unsigned log = 7;
    while (last >> (log + 1) != 0) {
        ++log;
    }
    const size_t quarter = last >> (log - 2); /* 4 to 7 */
    *bytes = (quarter + 1) << (log - 2);
    return SMALL / 16 + (log - 7) * (size_t)4 + (quarter & 3);
}

static bool
add_chunk(omni__slab *slab, size_t needed)
{
    size_t size = slab->chunks != NULL ? slab->chunks->size * 2 : FIRST_CHUNK;
    size = size > LARGEST_CHUNK ? LARGEST_CHUNK : size;
    size = size < needed ? needed : size;
    omni__slab_chunk *chunk = omni__malloc(slab->alloc, sizeof(*chunk) + size);
    if (chunk == NULL) {
        return false;
    }
    chunk->next = slab->chunks;
    chunk->size = size;
    slab->chunks = chunk;
    slab->reserved += slab->left;
    slab->at = chunk->bytes;
    slab->left = size;
    return true;
}

static void *
get_large(omni__slab *slab, size_t size)
{
    omni__slab_large *large = NULL;
    if (size <= SIZE_MAX - sizeof(*large)) {
        large = omni__malloc(slab->alloc, sizeof(*large) + size);
    }
    if (large == NULL) {
        return NULL;
    }
    large->next = slab->large;
    large->previous = NULL;
    if (large->next != NULL) {
        large->next->previous = large;
    }
    slab->large = large;
    slab->used += size;
    slab->reserved += size;
    return large->bytes;
}

void *
omni__slab_get(omni__slab *slab, size_t size)
{
    if (size > LARGEST) {
        return get_large(slab, size);
    }
    size_t bytes;
    const size_t class = class_of(size, &bytes);
    omni__slab_block *block = slab->idle[class];
    if (block != NULL) {
        slab->idle[class] = block->next;
        slab->used += bytes;
        return block;
    }
    if (slab->left < bytes && !add_chunk(slab, bytes)) {
        return NULL;
    }
    void *fresh = slab->at;
    slab->at += bytes;
    slab->left -= bytes;
    slab->used += bytes;
    slab->reserved += bytes;
    return fresh;
}

static void
put_large(omni__slab *slab, void *block, size_t size)
{
    uint8_t *bytes = block;
    omni__slab_large *large =
        (void *)(bytes - offsetof(omni__slab_large, bytes));
    if (large->next != NULL) {
        large->next->previous = large->previous;
    }
    if (large->previous != NULL) {
        large->previous->next = large->next;
    } else {
        slab->large = large->next;
    }
    slab->used -= size;
    slab->reserved -= size;
    omni__free(slab->alloc, large);
}

void
omni__slab_put(omni__slab *slab, void *block, size_t size)
{
    if (size > LARGEST) {
        put_large(slab, block, size);
        return;
    }
    size_t bytes;
    const size_t class = class_of(size, &bytes);
    omni__slab_block *idle = block;
    idle->next = slab->idle[class];
    slab->idle[class] = idle;
    slab->used -= bytes;
}

void
omni__slab_free(omni__slab *slab)
{
    while (slab->chunks != NULL) {
        omni__slab_chunk *chunk = slab->chunks;
        slab->chunks = chunk->next;
        omni__free(slab->alloc, chunk);
    }
    while (slab->large != NULL) {
        omni__slab_large *large = slab->large;
        slab->large = large->next;
        omni__free(slab->alloc, large);
    }
    omni__slab_init(slab, slab->alloc);
}
