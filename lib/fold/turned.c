/* A device becomes contested: the logins on it are looked for, and all of its
   anonymous events attributed. Or it is contested no more: they come back. */
#include "fold/attribute.h"

/* Where the copies stand that carry a device and that it is not the anchor
   of: logins are among them. */
static omni_status
gather_copies(omni__fold *fold, const omni__node *device, void **positions,
              size_t *count)
{
    const omni__alloc *alloc = &fold->hooks->alloc;
    size_t capacity = 0;
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &fold->set.view, device, alloc);
    omni_status status = omni__entry_walk_first(&walk, NULL);
    for (; status == OMNI_OK; status = omni__entry_walk_newer(&walk)) {
        const omni__entry *entry = omni__entry_walk_at(&walk);
        if ((entry->flags & OMNI__ENTRY_ANCHORED) != 0) {
            continue;
        }
        if (!omni__grow(alloc, positions, &capacity, *count,
                        sizeof(uint64_t))) {
            status = OMNI_ERR_NO_MEMORY;
            break;
        }
        ((uint64_t *)*positions)[(*count)++] = entry->order.position;
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Note the event of a copy if it is a login on the device. */
static omni_status
note_login(omni__fold *fold, const omni__node *device, uint64_t position)
{
    omni__workset *set = &fold->set;
    omni__copies copies = {.secret = fold->secret,
                           .log = fold->log,
                           .view = &set->view,
                           .node = omni__workset_node,
                           .user = set,
                           .arena = &set->scratch};
    omni__boundary boundary = {.kind = OMNI__BOUNDARY_LOGIN};
    omni__buffer *buffer = omni__workset_buffer(set);
    omni_status status;
    OMNI_TRY(status, omni__copies_at(&copies, position));
    OMNI_TRY(status, omni__copies_hash(&copies, buffer));
    const omni__joined event =
        omni__copies_join(&copies, fold->policy, UINT32_MAX);
    if (omni__attribute_kind(fold, &event) == OMNI__BOUNDARY_LOGIN &&
        omni__policy_links(fold->policy, device->ns,
                           event.chosen->body.channel)) {
        boundary.anchor = *event.anchor;
        boundary.moment =
            omni__moment_of(fold->secret, &event.chosen->body, buffer);
        status = buffer->failed ? OMNI_ERR_NO_MEMORY
                                : omni__boundary_note(fold->kv, &device->id,
                                                      &boundary, true);
    }
done:
    omni__copies_end(&copies);
    return status;
}

static omni_status
note_logins(omni__fold *fold, const omni__node *device)
{
    void *positions = NULL;
    size_t count = 0;
    omni_status status = gather_copies(fold, device, &positions, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__arena_reset(&fold->set.scratch);
        status = note_login(fold, device, ((uint64_t *)positions)[i]);
    }
    omni__free(&fold->hooks->alloc, positions);
    return status;
}

static omni_status
forget_logins(omni__fold *fold, const omni_id *device)
{
    omni__boundary login = {.moment = omni__moment_before(INT64_MIN)};
    omni_status status = OMNI_OK;
    while (status == OMNI_OK) {
        status = omni__boundary_first(&fold->set.view, device, &login.moment,
                                      OMNI__BOUNDARY_LOGIN, &login);
        if (status == OMNI_OK) {
            status = omni__boundary_note(fold->kv, device, &login, false);
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

/* Where events lie is known by the boundaries as they were: so they are
   collected first. */
static omni_status
turn(omni__fold *fold, omni__work_node *device)
{
    omni__shifts shifts;
    device->node.flags ^= OMNI__NODE_CONTESTED;
    device->dirty = true;
    const bool contested = (device->node.flags & OMNI__NODE_CONTESTED) != 0;
    fold->counts.contested += contested ? 1 : UINT64_MAX;
    omni_status status =
        omni__shifts_begin(&shifts, fold, device, INT64_MIN, INT64_MAX);
    if (status == OMNI_OK) {
        status = contested ? note_logins(fold, &device->node)
                           : forget_logins(fold, &device->node.id);
    }
    if (status == OMNI_OK) {
        status = omni__shifts_run(&shifts);
    }
    omni__shifts_end(&shifts);
    return status;
}

omni_status
omni__attribute_turned(omni__fold *fold)
{
    omni_status status = OMNI_OK;
    omni__work_node *node = fold->set.turned;
    fold->set.turned = NULL;
    for (; node != NULL && status == OMNI_OK; node = node->next_turned) {
        status = turn(fold, node);
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
