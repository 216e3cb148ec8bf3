/* A hash map of nodes in an arena. */
#include "storage/workset.h"

#include <stdlib.h>

#define FIRST_BUCKETS 256u

void
omni__workset_init(omni__workset *set, omni__kv *kv, const omni__alloc *alloc)
{
    memset(set, 0, sizeof(*set));
    set->kv = kv;
    set->view.kv = kv;
    omni__arena_init(&set->arena, alloc);
    omni__arena_init(&set->scratch, alloc);
    omni__buffer_init(&set->bytes, alloc);
    set->known.least = OMNI__RAW_LEAST;
}

void
omni__workset_free(omni__workset *set)
{
    omni__free(set->arena.alloc, set->buckets);
    omni__free(set->arena.alloc, set->nodes);
    omni__free(set->arena.alloc, set->steps);
    omni__raw_forget(&set->known, set->arena.alloc);
    omni__arena_free(&set->arena);
    omni__arena_free(&set->scratch);
    omni__buffer_free(&set->bytes);
    set->buckets = NULL;
    set->nodes = NULL;
    set->steps = NULL;
    set->bucket_count = set->count = set->capacity = 0;
    set->step_count = set->step_capacity = 0;
}

void
omni__workset_clear(omni__workset *set)
{
    if (set->bucket_count > 16 * FIRST_BUCKETS) {
        omni__free(set->arena.alloc, set->buckets);
        set->buckets = NULL;
        set->bucket_count = 0;
    } else if (set->buckets != NULL) {
        memset(set->buckets, 0, set->bucket_count * sizeof(set->buckets[0]));
    }
    set->count = 0;
    set->seeds = NULL;
    set->changed = NULL;
    set->shrunk = false;
    set->mixed = false;
    set->moved = NULL;
    set->step_count = 0;
    set->turned = NULL;
    omni__arena_reset(&set->arena);
    omni__arena_reset(&set->scratch);
}

/* Ids are hashes already: any eight bytes will do. */
static size_t
bucket_of(const omni__workset *set, const omni_id *id)
{
    return (size_t)omni__le64_read(id->bytes + 4) & (set->bucket_count - 1);
}

static bool
grow_buckets(omni__workset *set)
{
    const size_t count =
        set->bucket_count != 0 ? set->bucket_count * 4 : FIRST_BUCKETS;
    omni__work_node **buckets =
        omni__calloc(set->arena.alloc, count * sizeof(buckets[0]));
    if (buckets == NULL) {
        return false;
    }
    omni__free(set->arena.alloc, set->buckets);
    set->buckets = buckets;
    set->bucket_count = count;
    for (size_t i = 0; i < set->count; ++i) {
        omni__work_node *node = set->nodes[i];
        const size_t at = bucket_of(set, &node->node.id);
        node->next = buckets[at];
        buckets[at] = node;
    }
    return true;
}

/* Room for one more node, not yet linked in. */
static omni__work_node *
new_node(omni__workset *set)
{
    if (set->count >= set->bucket_count && !grow_buckets(set)) {
        return NULL;
    }
    void *nodes = set->nodes;
    if (!omni__grow(set->arena.alloc, &nodes, &set->capacity, set->count,
                    sizeof(set->nodes[0]))) {
        return NULL;
    }
    set->nodes = nodes;
    return omni__arena_zero(&set->arena, sizeof(omni__work_node));
}

static void
link_in(omni__workset *set, omni__work_node *node)
{
    const size_t at = bucket_of(set, &node->node.id);
    node->next = set->buckets[at];
    set->buckets[at] = node;
    set->nodes[set->count++] = node;
}

omni__work_node *
omni__workset_find(const omni__workset *set, const omni_id *id)
{
    omni__work_node *node =
        set->bucket_count != 0 ? set->buckets[bucket_of(set, id)] : NULL;
    while (node != NULL && !omni__id_equal(&node->node.id, id)) {
        node = node->next;
    }
    return node;
}

/* A node that was read comes into the set. */
static omni_status
bring_in(omni__workset *set, const omni__node *read, omni__work_node **out)
{
    omni__work_node *node = new_node(set);
    if (node == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    node->node = *read;
    link_in(set, node);
    *out = node;
    return OMNI_OK;
}

omni_status
omni__workset_get(omni__workset *set, const omni_id *id, omni__work_node **out)
{
    omni__work_node *found = omni__workset_find(set, id);
    if (found != NULL) {
        *out = found;
        return found->gone ? OMNI_NOT_FOUND : OMNI_OK;
    }
    omni__node read;
    const omni_status status = omni__node_read(&set->view, id, &read);
    return status == OMNI_OK ? bring_in(set, &read, out) : status;
}

static omni_status
get_few(omni__workset *set, const omni_id *ids, size_t count,
        omni__work_node **out)
{
    omni__node read[OMNI__NODES_FEW];
    omni__node *others[OMNI__NODES_FEW];
    size_t other_count = 0;
    for (size_t i = 0; i < count; ++i) {
        out[i] = omni__workset_find(set, &ids[i]);
        if (out[i] == NULL) {
            read[other_count].id = ids[i];
            others[other_count] = &read[other_count];
            ++other_count;
        }
    }
    omni_status status = omni__nodes_read(&set->view, others, other_count);
    status = status != OMNI_NOT_FOUND ? status : OMNI_OK;
    for (size_t i = 0, k = 0; i < count && status == OMNI_OK; ++i) {
        const omni__node *other = out[i] == NULL ? others[k++] : NULL;
        if (other != NULL &&
            (out[i] = omni__workset_find(set, &ids[i])) == NULL) {
            status = bring_in(set, other, &out[i]);
        }
        if (out[i] != NULL && out[i]->gone) {
            out[i] = NULL;
        }
    }
    return status;
}

omni_status
omni__workset_get_many(omni__workset *set, const omni_id *ids, size_t count,
                       omni__work_node **out)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; i += OMNI__NODES_FEW) {
        status = get_few(
            set, ids + i,
            count - i < OMNI__NODES_FEW ? count - i : OMNI__NODES_FEW, out + i);
    }
    return status;
}

omni_status
omni__workset_read(const omni__workset *set, const omni_id *id, omni__node *out)
{
    const omni__work_node *found = omni__workset_find(set, id);
    if (found == NULL) {
        return omni__node_read(&set->view, id, out);
    }
    *out = found->node;
    return found->gone ? OMNI_NOT_FOUND : OMNI_OK;
}

omni_status
omni__workset_read_many(const omni__workset *set, omni__node *nodes,
                        size_t count)
{
    omni__node *others[OMNI__NODES_FEW];
    size_t other_count = 0;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__work_node *found = omni__workset_find(set, &nodes[i].id);
        if (found == NULL) {
            others[other_count++] = &nodes[i];
        } else {
            nodes[i] = found->node;
            status = found->gone ? OMNI_NOT_FOUND : OMNI_OK;
        }
        if (status == OMNI_OK &&
            (other_count == OMNI__NODES_FEW || i + 1 == count)) {
            status = omni__nodes_read(&set->view, others, other_count);
            other_count = 0;
        }
    }
    return status;
}

omni_status
omni__workset_node(void *set, const omni_id *id, omni__node *out)
{
    return omni__workset_read(set, id, out);
}

omni_status
omni__workset_add(omni__workset *set, const omni_id *id, omni__slice ns,
                  omni__slice value, omni__work_node **out)
{
    omni__work_node *node = omni__workset_find(set, id);
    const bool back = node != NULL; /* one that was gone */
    if (!back) {
        node = new_node(set);
    }
    if (node == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    node->node.id = *id;
    node->node.head = *id;
    node->node.ns = omni__arena_copy(&set->arena, ns);
    node->node.value = omni__arena_copy(&set->arena, value);
    if (node->node.ns.size != ns.size || node->node.value.size != value.size) {
        return OMNI_ERR_NO_MEMORY;
    }
    node->gone = false;
    node->dirty = true;
    if (node->moved) {
        omni__workset_step(set, node, id);
    } else {
        node->born = set->round;
    }
    node->added = true;
    if (set->watched && !back) {
        node->fresh = true;
        omni__workset_list(set, node);
    } else {
        omni__workset_change(set, node, UINT64_MAX);
    }
    if (!back) {
        link_in(set, node);
    }
    *out = node;
    return OMNI_OK;
}

void
omni__workset_drop(omni__workset *set, omni__work_node *node)
{
    const omni_id id = node->node.id;
    omni__workset_step(set, node, NULL);
    node->node = (omni__node){.id = id, .head = id};
    memset(node->room, 0, sizeof(node->room));
    node->gone = true;
    node->dirty = true;
}

void
omni__workset_round(omni__workset *set)
{
    for (; set->moved != NULL; set->moved = set->moved->next_moved) {
        set->moved->moved = false;
        set->moved->step = 0;
    }
    set->step_count = 0;
    set->step_lost = false;
    set->walked = 0;
    ++set->round;
}

void
omni__workset_step(omni__workset *set, omni__work_node *node,
                   const omni_id *head)
{
    void *steps = set->steps;
    if (!node->moved && node->born == set->round) {
        return;
    }
    /* Also if it is back before this batch is written: another process may
       have shown what was in between. */
    omni__touched_mark(&set->touched, &node->node.head);
    if (head != NULL) {
        omni__touched_mark(&set->touched, head);
    }
    if (!omni__grow(set->arena.alloc, &steps, &set->step_capacity,
                    set->step_count, sizeof(set->steps[0]))) {
        set->step_lost = true;
        return;
    }
    set->steps = steps;
    if (!node->moved) {
        node->moved = true;
        node->was = node->node.head;
        node->next_moved = set->moved;
        set->moved = node;
    }
    set->steps[set->step_count++] =
        (omni__node_step){.head = head != NULL ? *head : node->node.id,
                          .gone = head == NULL,
                          .fact = set->fact,
                          .before = node->step};
    node->step = (uint32_t)set->step_count;
}

static int
compare_nodes(const void *a, const void *b)
{
    const omni__work_node *const *x = a;
    const omni__work_node *const *y = b;
    return omni__id_compare(&(*x)->node.id, &(*y)->node.id);
}

omni_status
omni__workset_write(omni__workset *set)
{
    if (set->count != 0) {
        qsort(set->nodes, set->count, sizeof(set->nodes[0]), compare_nodes);
    }
    omni__buffer *row = omni__workset_buffer(set);
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < set->count && status == OMNI_OK; ++i) {
        omni__work_node *node = set->nodes[i];
        if (!node->dirty) {
            continue;
        }
        omni__touched_mark(&set->touched, &node->node.head);
        const omni__key key = omni__key_node(OMNI__TABLE_NODE, &node->node.id);
        omni__buffer_clear(row);
        if (node->gone) {
            status = omni__kv_delete(set->kv, omni__key_slice(&key));
        } else {
            omni__node_encode(&node->node, row);
            status = row->failed ? OMNI_ERR_NO_MEMORY
                                 : omni__kv_put(set->kv, omni__key_slice(&key),
                                                omni__buffer_bytes(row));
        }
        node->dirty = false;
    }
    return status;
}

omni__buffer *
omni__workset_buffer(omni__workset *set)
{
    omni__buffer_clear(&set->bytes);
    return &set->bytes;
}

uint32_t
omni__workset_mark(omni__workset *set)
{
    return ++set->last_mark;
}

omni_status
omni__workset_section(omni__workset *set, omni__work_node *node,
                      omni__section section, omni__slice bytes)
{
    return omni__workset_section_of(set, node, section, omni__slice_of(NULL, 0),
                                    bytes);
}

omni_status
omni__workset_section_of(omni__workset *set, omni__work_node *node,
                         omni__section section, omni__slice prefix,
                         omni__slice bytes)
{
    const size_t needed = prefix.size + bytes.size;
    omni__slice *old = &node->node.sections[section];
    uint8_t *room = (uint8_t *)old->data;
    if (node->room[section] < needed) {
        /* Sections grow, mostly: the next change is to fit here too. */
        const size_t size = needed + needed / 2 + 32;
        room = omni__arena_get(&set->arena, size);
        if (room == NULL || size > UINT32_MAX) {
            return OMNI_ERR_NO_MEMORY;
        }
        node->room[section] = (uint32_t)size;
    }
    if (prefix.size != 0) {
        memcpy(room, prefix.data, prefix.size);
    }
    if (bytes.size != 0) {
        memcpy(room + prefix.size, bytes.data, bytes.size);
    }
    *old = omni__slice_of(room, needed);
    node->dirty = true;
    return OMNI_OK;
}
