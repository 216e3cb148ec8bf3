/* A table of ids, open and of one size. */
#include "storage/raw_known.h"

#include "codec/varint.h"

#include <string.h>

enum { SLOTS = 8192, NODES_MAX = SLOTS / 2 };

/* Ids are hashes already: any eight bytes will do. */
static omni__raw_slot *
slot_of(const omni__raw_known *known, const omni_id *id)
{
    size_t at = (size_t)omni__le64_read(id->bytes + 4) & (SLOTS - 1);
    while (known->slots[at].group != 0 &&
           memcmp(known->slots[at].id.bytes, id->bytes, sizeof(id->bytes)) !=
               0) {
        at = (at + 1) & (SLOTS - 1);
    }
    return &known->slots[at];
}

uint32_t
omni__raw_group(const omni__raw_known *known, const omni_id *id)
{
    return known->slots != NULL ? slot_of(known, id)->group : 0;
}

uint32_t
omni__raw_group_new(omni__raw_known *known, const omni__alloc *alloc)
{
    if (known->groups + 1 == OMNI__RAW_GROUPS) {
        omni__raw_forget(known, alloc);
    }
    if (known->slots == NULL) {
        known->slots = omni__calloc(alloc, SLOTS * sizeof(known->slots[0]));
    }
    if (known->slots == NULL) {
        return 0;
    }
    known->counts[++known->groups] = 0;
    return known->groups;
}

void
omni__raw_put(omni__raw_known *known, const omni__alloc *alloc,
              const omni_id *id, uint32_t group)
{
    if (known->slots == NULL) {
        return; /* forgotten since the group was made */
    }
    omni__raw_slot *slot = slot_of(known, id);
    if (slot->group == 0 && known->used == NODES_MAX) {
        omni__raw_forget(known, alloc);
        return;
    }
    known->used += slot->group == 0;
    known->counts[group] += slot->group != group;
    *slot = (omni__raw_slot){.id = *id, .group = group};
}

void
omni__raw_forget(omni__raw_known *known, const omni__alloc *alloc)
{
    omni__free(alloc, known->slots);
    known->slots = NULL;
    known->used = known->groups = 0;
}
