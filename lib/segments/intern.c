/* A hash map with open addressing; texts of an owner are a list besides. */
#include "segments/intern.h"

#include <xxhash.h>

#define FIRST_SLOTS 256u
#define FIRST_OWNERS 32u

static size_t
place_of(const omni__intern *intern, uint32_t owner, omni__slice text)
{
    const size_t mask = intern->slot_count - 1;
    size_t at =
        (size_t)XXH3_64bits_withSeed(text.data, text.size, owner) & mask;
    for (; intern->slots[at] != 0; at = (at + 1) & mask) {
        const omni__interned *found = &intern->texts[intern->slots[at] - 1];
        if (found->owner == owner && omni__slice_equal(found->text, text)) {
            break;
        }
    }
    return at;
}

static bool
grow_slots(omni__intern *intern)
{
    const size_t count =
        intern->slot_count != 0 ? intern->slot_count * 4 : FIRST_SLOTS;
    uint32_t *slots =
        omni__calloc(intern->arena->alloc, count * sizeof(slots[0]));
    if (slots == NULL) {
        return false;
    }
    omni__free(intern->arena->alloc, intern->slots);
    intern->slots = slots;
    intern->slot_count = count;
    for (size_t i = 0; i < intern->count; ++i) {
        const omni__interned *text = &intern->texts[i];
        slots[place_of(intern, text->owner, text->text)] = (uint32_t)i + 1;
    }
    return true;
}

static bool
grow_owners(omni__intern *intern, uint32_t owner)
{
    size_t count =
        intern->owner_count != 0 ? intern->owner_count : FIRST_OWNERS;
    while (count <= owner) {
        count *= 2;
    }
    omni__intern_owner *owners = omni__realloc(
        intern->arena->alloc, intern->owners, count * sizeof(owners[0]));
    if (owners == NULL) {
        return false;
    }
    for (size_t i = intern->owner_count; i < count; ++i) {
        owners[i] = (omni__intern_owner){.first = OMNI__INTERN_NONE};
    }
    intern->owners = owners;
    intern->owner_count = count;
    return true;
}

/* Put a text at the end of its owner's. */
static void
link_in(omni__intern *intern, uint32_t index)
{
    omni__intern_owner *owner = &intern->owners[intern->texts[index].owner];
    intern->texts[index].number = owner->count++;
    if (owner->first == OMNI__INTERN_NONE) {
        owner->first = index;
    } else {
        intern->texts[owner->last].next = index;
    }
    owner->last = index;
}

omni_status
omni__intern_put(omni__intern *intern, uint32_t owner, omni__slice text,
                 uint32_t *out)
{
    if (((intern->count + 1) * 2 > intern->slot_count && !grow_slots(intern)) ||
        (owner >= intern->owner_count && !grow_owners(intern, owner))) {
        return OMNI_ERR_NO_MEMORY;
    }
    const size_t at = place_of(intern, owner, text);
    if (intern->slots[at] != 0) {
        *out = intern->texts[intern->slots[at] - 1].number;
        return OMNI_OK;
    }
    void *texts = intern->texts;
    const bool room =
        omni__grow(intern->arena->alloc, &texts, &intern->capacity,
                   intern->count, sizeof(intern->texts[0]));
    intern->texts = texts;
    const omni__slice copy = omni__arena_copy(intern->arena, text);
    if (!room || copy.size != text.size) {
        return OMNI_ERR_NO_MEMORY;
    }
    const uint32_t index = (uint32_t)intern->count++;
    intern->texts[index] = (omni__interned){
        .text = copy, .owner = owner, .next = OMNI__INTERN_NONE};
    intern->slots[at] = index + 1;
    link_in(intern, index);
    *out = intern->texts[index].number;
    return OMNI_OK;
}

uint32_t
omni__intern_count(const omni__intern *intern, uint32_t owner)
{
    return owner < intern->owner_count ? intern->owners[owner].count : 0;
}

static const omni__interned *
text_at(const omni__intern *intern, uint32_t index)
{
    return index != OMNI__INTERN_NONE ? &intern->texts[index] : NULL;
}

const omni__interned *
omni__intern_first(const omni__intern *intern, uint32_t owner)
{
    return owner < intern->owner_count
               ? text_at(intern, intern->owners[owner].first)
               : NULL;
}

const omni__interned *
omni__intern_next(const omni__intern *intern, const omni__interned *text)
{
    return text_at(intern, text->next);
}

void
omni__intern_free(omni__intern *intern)
{
    const omni__alloc *alloc = intern->arena->alloc;
    omni__free(alloc, intern->texts);
    omni__free(alloc, intern->slots);
    omni__free(alloc, intern->owners);
}
