/* Open addressing with linear probing, never more than half full. */
#include "events/ordinals.h"

#include "platform/scratch.h"

#define FIRST_CAPACITY 1024u
#define MEMORY_CAPACITY 65536u /* larger tables are files */

struct omni__ordinal {
    uint64_t hash;
    uint64_t count; /* 0: a free slot */
};

typedef struct omni__ordinal slot;

void
omni__ordinals_init(omni__ordinals *ordinals, const omni__hooks *hooks,
                    const char *directory)
{
    *ordinals = (omni__ordinals){.hooks = hooks, .directory = directory};
}

static void
release(omni__ordinals *ordinals)
{
    if (ordinals->mapped) {
        omni__scratch_unmap(ordinals->slots,
                            (size_t)ordinals->capacity * sizeof(slot));
    } else {
        omni__free(&ordinals->hooks->alloc, ordinals->slots);
    }
}

void
omni__ordinals_free(omni__ordinals *ordinals)
{
    release(ordinals);
    ordinals->slots = NULL;
    ordinals->capacity = ordinals->used = 0;
}

static slot *
find_slot(const omni__ordinals *ordinals, uint64_t hash)
{
    uint64_t at = hash & (ordinals->capacity - 1);
    while (ordinals->slots[at].count != 0 && ordinals->slots[at].hash != hash) {
        at = (at + 1) & (ordinals->capacity - 1);
    }
    return &ordinals->slots[at];
}

static omni_status
grow(omni__ordinals *ordinals)
{
    omni__ordinals larger = *ordinals;
    larger.capacity =
        ordinals->capacity != 0 ? ordinals->capacity * 2 : FIRST_CAPACITY;
    larger.mapped = larger.capacity > MEMORY_CAPACITY;
    const size_t size = (size_t)larger.capacity * sizeof(slot);
    larger.slots = larger.mapped ? omni__scratch_map(ordinals->directory, size)
                                 : omni__calloc(&ordinals->hooks->alloc, size);
    if (larger.slots == NULL) {
        return larger.mapped ? OMNI_ERR_FULL : OMNI_ERR_NO_MEMORY;
    }
    for (uint64_t i = 0; i < ordinals->capacity; ++i) {
        if (ordinals->slots[i].count != 0) {
            *find_slot(&larger, ordinals->slots[i].hash) = ordinals->slots[i];
        }
    }
    release(ordinals);
    *ordinals = larger;
    return OMNI_OK;
}

omni_status
omni__ordinals_next(omni__ordinals *ordinals, uint64_t hash, uint64_t *out)
{
    if (ordinals->used * 2 >= ordinals->capacity) {
        const omni_status status = grow(ordinals);
        if (status != OMNI_OK) {
            return status;
        }
    }
    slot *found = find_slot(ordinals, hash);
    ordinals->used += found->count == 0;
    found->hash = hash;
    *out = found->count++;
    return OMNI_OK;
}
