/* Every node is looked at; those that name a profile are its heads. */
#include "formats/profiles.h"

#include "formats/profile_json.h"

omni_status
omni__profiles_open(omni__profiles *profiles,
                    const omni__profile_source *source, const omni_id *after)
{
    *profiles = (omni__profiles){.source = *source,
                                 .from = omni__key_of(OMNI__TABLE_NODE)};
    omni__arena_init(&profiles->arena, source->arena->alloc);
    profiles->source.arena = &profiles->arena;
    if (after != NULL) {
        /* A zero byte makes the key of a row the next key there can be. */
        profiles->from = omni__key_node(OMNI__TABLE_NODE, after);
        omni__key_add(&profiles->from, "", 1);
    }
    return omni__view_cursor(source->view, &profiles->cursor);
}

/* To the next row of a node. */
static omni_status
step(omni__profiles *profiles)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni__kv_cursor *cursor = profiles->cursor;
    const omni_status status =
        profiles->moved
            ? omni__kv_cursor_next(cursor)
            : omni__kv_cursor_seek(cursor, omni__key_slice(&profiles->from));
    profiles->moved = true;
    return omni__view_within(status, cursor, &prefix);
}

static omni_status
load(omni__profiles *profiles, const omni__node *node, omni_profile **out)
{
    omni__members members;
    const omni_status status = omni__members_read(profiles->source.view, node,
                                                  &profiles->arena, &members);
    return status == OMNI_OK
               ? omni__profile_load(&profiles->source, &members, out)
               : status;
}

omni_status
omni__profiles_next(omni__profiles *profiles, omni_profile **out)
{
    omni_status status;
    omni__arena_reset(&profiles->arena);
    while ((status = step(profiles)) == OMNI_OK) {
        omni_id id;
        omni__node node;
        memcpy(id.bytes, omni__kv_cursor_key(profiles->cursor).data + 1,
               sizeof(id.bytes));
        status = omni__node_decode(&id, omni__kv_cursor_value(profiles->cursor),
                                   &node);
        if (status != OMNI_OK || omni__node_is_head(&node)) {
            return status == OMNI_OK ? load(profiles, &node, out) : status;
        }
    }
    return status;
}

void
omni__profiles_close(omni__profiles *profiles)
{
    omni__kv_cursor_close(profiles->cursor);
    omni__arena_free(&profiles->arena);
}
