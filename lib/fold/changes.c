/* A small hash map of nodes with what they were and what they are. */
#include "fold/changes.h"

#include "identity/statements.h"

#define FIRST_SLOTS 64u

void
omni__changes_init(omni__changes *changes, const omni__alloc *alloc)
{
    *changes = (omni__changes){.alloc = alloc};
}

void
omni__changes_free(omni__changes *changes)
{
    omni__free(changes->alloc, changes->nodes);
    omni__free(changes->alloc, changes->slots);
    omni__free(changes->alloc, changes->others);
    omni__changes_init(changes, changes->alloc);
}

static void
clear_slots(omni__changes *changes)
{
    if (changes->slots != NULL) {
        memset(changes->slots, 0,
               changes->slot_count * sizeof(changes->slots[0]));
    }
}

void
omni__changes_clear(omni__changes *changes)
{
    changes->count = 0;
    changes->added = 0;
    changes->read = false;
    changes->other_count = 0;
    clear_slots(changes);
}

/* Where the map has, or would have, a node. Ids are hashes already. */
static size_t
place_of(const omni__changes *changes, const omni_id *id)
{
    const size_t mask = changes->slot_count - 1;
    size_t at = (size_t)omni__le64_read(id->bytes) & mask;
    while (changes->slots[at] != 0 &&
           !omni__id_equal(&changes->nodes[changes->slots[at] - 1].id, id)) {
        at = (at + 1) & mask;
    }
    return at;
}

static void
fill_slots(omni__changes *changes)
{
    for (size_t i = 0; i < changes->count; ++i) {
        changes->slots[place_of(changes, &changes->nodes[i].id)] =
            (uint32_t)i + 1;
    }
}

static bool
grow_slots(omni__changes *changes)
{
    const size_t count =
        changes->slot_count != 0 ? changes->slot_count * 4 : FIRST_SLOTS;
    uint32_t *slots =
        omni__calloc(changes->alloc, count * sizeof(changes->slots[0]));
    if (slots == NULL) {
        return false;
    }
    omni__free(changes->alloc, changes->slots);
    changes->slots = slots;
    changes->slot_count = count;
    fill_slots(changes);
    return true;
}

/* The number of a node, which comes in if it is not there. */
static omni_status
put(omni__changes *changes, const omni_id *id, uint32_t *out)
{
    if ((changes->count + 1) * 2 > changes->slot_count &&
        !grow_slots(changes)) {
        return OMNI_ERR_NO_MEMORY;
    }
    const size_t at = place_of(changes, id);
    if (changes->slots[at] != 0) {
        *out = changes->slots[at] - 1;
        return OMNI_OK;
    }
    void *nodes = changes->nodes;
    const bool room = omni__grow(changes->alloc, &nodes, &changes->capacity,
                                 changes->count, sizeof(changes->nodes[0]));
    changes->nodes = nodes;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    *out = (uint32_t)changes->count++;
    changes->nodes[*out] = (omni__change_node){.id = *id};
    changes->slots[at] = *out + 1;
    return OMNI_OK;
}

/* Take out what a reading put in behind the nodes that were asked about. */
static void
forget_reading(omni__changes *changes)
{
    if (!changes->read) {
        return;
    }
    changes->read = false;
    changes->count = changes->added;
    clear_slots(changes);
    fill_slots(changes);
    for (size_t i = 0; i < changes->count; ++i) {
        const omni_id id = changes->nodes[i].id;
        changes->nodes[i] = (omni__change_node){.id = id};
    }
    changes->other_count = 0;
}

omni_status
omni__changes_add(omni__changes *changes, const omni_id *id, uint32_t *out)
{
    forget_reading(changes);
    const omni_status status = put(changes, id, out);
    changes->added = changes->count;
    return status;
}

const omni__change_node *
omni__changes_find(const omni__changes *changes, const omni_id *id)
{
    if (changes->slot_count == 0) {
        return NULL;
    }
    const uint32_t number = changes->slots[place_of(changes, id)];
    return number != 0 ? &changes->nodes[number - 1] : NULL;
}

/* What statements say of a node that no event has named so far: it is going to
   bring them into effect. */
static omni_status
add_others(omni__changes *changes, omni__workset *set, size_t at)
{
    omni__statement *statements;
    size_t count;
    omni__arena_reset(&set->scratch);
    omni_status status = omni__statements_read(
        &set->view, OMNI__TABLE_STATEMENT, &changes->nodes[at].id,
        &set->scratch, &statements, &count);
    changes->nodes[at].first_other = (uint32_t)changes->other_count;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        uint32_t other;
        status = put(changes, &statements[i].b, &other);
        void *others = changes->others;
        if (status == OMNI_OK &&
            !omni__grow(changes->alloc, &others, &changes->other_capacity,
                        changes->other_count, sizeof(changes->others[0]))) {
            status = OMNI_ERR_NO_MEMORY;
        }
        changes->others = others;
        if (status == OMNI_OK) {
            changes->others[changes->other_count++] = other;
            ++changes->nodes[at].other_count;
        }
    }
    return status;
}

/* Where a node stands. A head stands in its own profile: no need to read. */
static omni_status
read_before(omni__changes *changes, omni__workset *set, size_t at)
{
    omni__work_node *work;
    const omni_status status =
        omni__workset_get(set, &changes->nodes[at].id, &work);
    if (status != OMNI_OK) {
        return status;
    }
    const omni_id head = work->node.head;
    uint32_t number;
    changes->nodes[at].was = true;
    changes->nodes[at].before = head;
    const omni_status kept = put(changes, &head, &number);
    if (kept == OMNI_OK) {
        changes->nodes[number].was = true;
        changes->nodes[number].before = head;
    }
    return kept;
}

omni_status
omni__changes_before(omni__changes *changes, omni__workset *set, bool stated)
{
    forget_reading(changes);
    changes->read = true;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < changes->count && status == OMNI_OK; ++i) {
        if (changes->nodes[i].was) {
            continue;
        }
        status = read_before(changes, set, i);
        if (status == OMNI_NOT_FOUND) {
            status = stated && i < changes->added ? add_others(changes, set, i)
                                                  : OMNI_OK;
        }
    }
    return status;
}

/* Whether nothing of the profile that a new node heads was there before. */
static bool
is_fresh(const omni__changes *changes, const omni__node *head)
{
    const omni__slice members = head->sections[OMNI__SECTION_MEMBERS];
    for (size_t at = 0; at + OMNI__ID_SIZE <= members.size;
         at += OMNI__ID_SIZE) {
        omni_id id;
        memcpy(id.bytes, members.data + at, sizeof(id.bytes));
        const omni__change_node *member = omni__changes_find(changes, &id);
        if (member == NULL || member->was) {
            return false;
        }
    }
    return true;
}

omni_status
omni__changes_after(omni__changes *changes, const omni__view *view)
{
    for (size_t i = 0; i < changes->count; ++i) {
        omni__change_node *node = &changes->nodes[i];
        omni__node read;
        const omni_status status = omni__node_read(view, &node->id, &read);
        node->is = status == OMNI_OK;
        if (status == OMNI_OK) {
            node->after = read.head;
            node->fresh = !node->was && omni__node_is_head(&read) &&
                          is_fresh(changes, &read);
        } else if (status != OMNI_NOT_FOUND) {
            return status;
        }
    }
    return OMNI_OK;
}

/* Add the profile that a node was in, if all of it is in `profile` now. */
static size_t
add_joined(const omni__changes *changes, const omni__change_node *node,
           const omni_id *profile, omni_id *out, size_t count)
{
    if (!node->was || omni__id_equal(&node->before, profile)) {
        return count;
    }
    const omni__change_node *head = omni__changes_find(changes, &node->before);
    if (head == NULL || !head->is || !omni__id_equal(&head->after, profile)) {
        return count;
    }
    for (size_t i = 0; i < count; ++i) {
        if (omni__id_equal(&out[i], &node->before)) {
            return count;
        }
    }
    out[count] = node->before;
    return count + 1;
}

size_t
omni__changes_joined(const omni__changes *changes, const uint32_t *refs,
                     size_t ref_count, const omni_id *profile, omni_id *out,
                     size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < ref_count && count < room; ++i) {
        const omni__change_node *node = &changes->nodes[refs[i]];
        count = add_joined(changes, node, profile, out, count);
        for (uint32_t k = 0; k < node->other_count && count < room; ++k) {
            const uint32_t other = changes->others[node->first_other + k];
            count = add_joined(changes, &changes->nodes[other], profile, out,
                               count);
        }
    }
    return count;
}
