/* Reading copies, and following the nodes that they share. */
#include "events/copy.h"

omni_status
omni__copy_open(const omni__secret *secret, omni__slice body, uint64_t position,
                omni__copy *out)
{
    const omni__slice none = omni__slice_of(NULL, 0);
    const omni_status status = omni__event_body_decode(body, &out->body);
    if (status != OMNI_OK) {
        return status;
    }
    out->position = position;
    out->event_hash = omni__event_hash(secret, &out->body);
    out->content_hash = 0;
    out->old_cluster = UINT32_MAX;
    out->voided = false;
    for (size_t i = 0; i < out->body.identifier_count; ++i) {
        out->ids[i] =
            omni__public_id(secret, &out->body.identifiers[i].token, none);
    }
    for (size_t i = 0; i < out->body.stated_count; ++i) {
        out->stated[i] =
            omni__public_id(secret, &out->body.stated[i].token, none);
    }
    return OMNI_OK;
}

omni_status
omni__copy_read(omni__log *log, uint64_t position, omni__event_body *out)
{
    omni__slice body;
    const omni_status status = omni__log_body(log, position, &body);
    return status == OMNI_OK ? omni__event_body_decode(body, out) : status;
}

bool
omni__copy_speaks(const omni__copy *a, const omni__copy *b)
{
    if (a->body.identifier_count != b->body.identifier_count) {
        return a->body.identifier_count > b->body.identifier_count;
    }
    if (a->content_hash != b->content_hash) {
        return a->content_hash < b->content_hash;
    }
    return a->position < b->position;
}

bool
omni__named_stronger(const omni__policy *policy, const omni__named *a,
                     const omni__named *b)
{
    const uint32_t x =
        omni__namespace_rank(omni__policy_namespace(policy, a->ns));
    const uint32_t y =
        omni__namespace_rank(omni__policy_namespace(policy, b->ns));
    if (x != y) {
        return x < y;
    }
    return omni__named_compare(a, b) < 0;
}

size_t
omni__event_anchor(const omni__policy *policy, const omni__event_body *event)
{
    size_t strongest = 0;
    for (size_t i = 1; i < event->identifier_count; ++i) {
        if (omni__named_stronger(policy, &event->identifiers[i],
                                 &event->identifiers[strongest])) {
            strongest = i;
        }
    }
    return strongest;
}

void
omni__copy_prefetch(omni__log *log, uint64_t position)
{
    enum { LINE = 64, LINES = 4 }; /* what most bodies take up */
    omni__slice bytes;
    if (omni__log_bytes(log, position, &bytes) == OMNI_OK) {
        for (size_t at = 0; at < LINES * LINE && at < bytes.size; at += LINE) {
            omni__prefetch(bytes.data + at);
        }
    }
}

static omni_status
add_copy(omni__copies *copies, omni__copy *copy)
{
    void *list = copies->list;
    const bool room = omni__grow(copies->arena->alloc, &list, &copies->capacity,
                                 copies->count, sizeof(copies->list[0]));
    copies->list = list;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    copies->list[copies->count++] = copy;
    return OMNI_OK;
}

/* An entry with the event's hash and instant: a copy if name and id are the
   event's too. */
static omni_status
found_entry(void *user, const omni__entry *entry)
{
    omni__copies *copies = user;
    const omni__copy *first = copies->list[0];
    for (size_t i = 0; i < copies->count; ++i) {
        if (copies->list[i]->position == entry->order.position) {
            return OMNI_OK;
        }
    }
    omni__slice body;
    omni_status status =
        omni__log_body(copies->log, entry->order.position, &body);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    omni__copy *copy = omni__arena_get(copies->arena, sizeof(*copy));
    if (copy == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    status = omni__copy_open(copies->secret, body, entry->order.position, copy);
    if (status != OMNI_OK || copy->event_hash != first->event_hash ||
        !omni__slice_equal(copy->body.name, first->body.name)) {
        return status;
    }
    copy->voided = (entry->flags & OMNI__ENTRY_CARRIED) == 0;
    return add_copy(copies, copy);
}

/* The copies that a node knows of. */
static omni_status
find_at(omni__copies *copies, const omni_id *id)
{
    const omni__copy *first = copies->list[0];
    const uint32_t hash = omni__order_hash(first->event_hash);
    omni__node node;
    omni_status status = copies->node(copies->user, id, &node);
    if (status == OMNI_OK) {
        status = omni__entries_copies(
            copies->view, &node, hash, first->body.instant_us,
            copies->arena->alloc, found_entry, copies);
    }
    if ((status == OMNI_OK || status == OMNI_NOT_FOUND) && copies->voided) {
        status =
            omni__entries_voided(copies->view, id, hash, first->body.instant_us,
                                 found_entry, copies);
    }
    return status == OMNI_NOT_FOUND ? OMNI_OK : status;
}

omni_status
omni__copies_find(omni__copies *copies, omni__copy *first)
{
    omni_status status = add_copy(copies, first);
    for (size_t at = 0; at < copies->count && status == OMNI_OK; ++at) {
        const omni__copy *copy = copies->list[at];
        for (size_t i = 0; i < copy->body.identifier_count && status == OMNI_OK;
             ++i) {
            status = find_at(copies, &copy->ids[i]);
        }
    }
    return status;
}

static omni_status
read_node(void *user, const omni_id *id, omni__node *out)
{
    return omni__node_read(user, id, out);
}

omni_status
omni__copies_at(omni__copies *copies, uint64_t position)
{
    omni__slice body;
    omni__copy *first = omni__arena_get(copies->arena, sizeof(*first));
    if (copies->node == NULL) {
        copies->node = read_node;
        copies->user = (void *)copies->view;
    }
    omni_status status = first != NULL
                             ? omni__log_body(copies->log, position, &body)
                             : OMNI_ERR_NO_MEMORY;
    if (status == OMNI_OK) {
        status = omni__copy_open(copies->secret, body, position, first);
    }
    return status == OMNI_OK ? omni__copies_find(copies, first) : status;
}

omni__joined
omni__copies_join(const omni__copies *copies, const omni__policy *policy,
                  uint32_t old_cluster)
{
    omni__joined e = {.chosen = NULL};
    for (size_t i = 0; i < copies->count; ++i) {
        const omni__copy *copy = copies->list[i];
        if (old_cluster != UINT32_MAX && copy->old_cluster != old_cluster) {
            continue;
        }
        e.merged = e.chosen != NULL;
        if (e.chosen == NULL || omni__copy_speaks(copy, e.chosen)) {
            e.chosen = copy;
        }
        for (size_t k = 0; k < copy->body.identifier_count; ++k) {
            const omni__named *named = &copy->body.identifiers[k];
            if (e.strongest == NULL ||
                omni__named_stronger(policy, named, e.strongest)) {
                e.strongest = named;
                e.anchor = &copy->ids[k];
            }
        }
    }
    for (size_t k = 0; k < e.chosen->body.identifier_count; ++k) {
        e.carried |= omni__id_equal(&e.chosen->ids[k], e.anchor);
    }
    return e;
}

omni_status
omni__copies_hash(const omni__copies *copies, omni__buffer *buffer)
{
    for (size_t i = 0; i < copies->count; ++i) {
        copies->list[i]->content_hash = omni__event_content_hash(
            copies->secret, &copies->list[i]->body, buffer);
        if (buffer->failed) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    return OMNI_OK;
}

void
omni__copies_end(omni__copies *copies)
{
    omni__free(copies->arena->alloc, copies->list);
    copies->list = NULL;
    copies->count = copies->capacity = 0;
}
