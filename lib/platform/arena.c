/* A list of blocks, each at least twice the last up to a bound. */
#include "platform/arena.h"

#define FIRST_BLOCK 4096u
#define LARGEST_BLOCK (1024u * 1024u)

struct omni__arena_block {
    omni__arena_block *next;
    size_t size;
    _Alignas(16) uint8_t bytes[];
};

void
omni__arena_init(omni__arena *arena, const omni__alloc *alloc)
{
    *arena = (omni__arena){.alloc = alloc};
}

static bool
add_block(omni__arena *arena, size_t needed)
{
    size_t size = arena->blocks != NULL ? arena->blocks->size * 2 : FIRST_BLOCK;
    size = size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
    size = size < needed ? needed : size;
    omni__arena_block *block =
        omni__malloc(arena->alloc, sizeof(*block) + size);
    if (block == NULL) {
        return false;
    }
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->used = 0;
    arena->total += size;
    return true;
}

void *
omni__arena_get(omni__arena *arena, size_t size)
{
    const size_t needed = (size + 15) & ~(size_t)15;
    if (needed < size) {
        return NULL;
    }
    if (arena->blocks == NULL || arena->blocks->size - arena->used < needed) {
        if (!add_block(arena, needed)) {
            return NULL;
        }
    }
    void *bytes = arena->blocks->bytes + arena->used;
    arena->used += needed;
    return bytes;
}

void *
omni__arena_zero(omni__arena *arena, size_t size)
{
    void *bytes = omni__arena_get(arena, size);
    return bytes != NULL ? memset(bytes, 0, size) : NULL;
}

omni__slice
omni__arena_copy(omni__arena *arena, omni__slice bytes)
{
    if (bytes.size == 0) {
        return omni__slice_of(NULL, 0);
    }
    void *copy = omni__arena_get(arena, bytes.size);
    if (copy == NULL) {
        return omni__slice_of(NULL, 0);
    }
    return omni__slice_of(memcpy(copy, bytes.data, bytes.size), bytes.size);
}

static void
free_blocks(omni__arena *arena, omni__arena_block *block)
{
    while (block != NULL) {
        omni__arena_block *next = block->next;
        arena->total -= block->size;
        omni__free(arena->alloc, block);
        block = next;
    }
}

void
omni__arena_reset(omni__arena *arena)
{
    if (arena->blocks != NULL) {
        free_blocks(arena, arena->blocks->next);
        arena->blocks->next = NULL;
        arena->used = 0;
    }
}

void
omni__arena_free(omni__arena *arena)
{
    free_blocks(arena, arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}
