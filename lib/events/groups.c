/* Rows of groups. Key and value: storage/schema.h. */
#include "events/groups.h"

#include "events/run.h"

static omni__key
prefix_of(const omni__secret *secret, omni__slice group)
{
    const omni__token token =
        omni__token_of(secret, omni__slice_text("group"), group);
    omni__key key = omni__key_of(OMNI__TABLE_BELONGS);
    omni__key_add(&key, token.bytes, sizeof(token.bytes));
    return key;
}

omni_status
omni__groups_note(omni__workset *set, const omni__secret *secret,
                  const omni_id *node, const omni__order *order,
                  omni__slice group, bool comes)
{
    omni__key key = prefix_of(secret, group);
    omni__key_add(&key, node->bytes, sizeof(node->bytes));
    omni__key_add_order(&key, order);
    return comes ? omni__kv_put(set->kv, omni__key_slice(&key), group)
                 : omni__kv_delete(set->kv, omni__key_slice(&key));
}

static omni_status
read_row(const omni__kv_cursor *cursor, omni__group_row *out)
{
    const omni__slice key = omni__kv_cursor_key(cursor);
    const size_t node = 1 + OMNI__TOKEN_SIZE;
    if (key.size != node + OMNI__ID_SIZE + OMNI__ENTRY_ORDER_SIZE) {
        return OMNI_ERR_CORRUPT;
    }
    memcpy(out->node.bytes, key.data + node, OMNI__ID_SIZE);
    out->order = omni__order_of_key(key.data + node + OMNI__ID_SIZE);
    out->group = omni__kv_cursor_value(cursor);
    return OMNI_OK;
}

omni_status
omni__groups_each(const omni__view *view, const omni__secret *secret,
                  omni__slice group, omni__group_fn callback, void *user)
{
    const omni__key prefix = prefix_of(secret, group);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni__group_row row;
        status = read_row(cursor, &row);
        if (status == OMNI_OK) {
            status = callback(user, &row);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__groups_next(const omni__view *view, const omni__secret *secret,
                  const omni__slice *after, omni__slice *out)
{
    const omni__key table = omni__key_of(OMNI__TABLE_BELONGS);
    omni__key from = table;
    if (after != NULL) {
        /* Behind every row of it. */
        uint8_t last[OMNI__ID_SIZE + OMNI__ENTRY_ORDER_SIZE + 1];
        memset(last, 0xff, sizeof(last));
        from = prefix_of(secret, *after);
        omni__key_add(&from, last, sizeof(last));
    }
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__view_within(
        omni__kv_cursor_seek(cursor, omni__key_slice(&from)), cursor, &table);
    if (status == OMNI_OK) {
        *out = omni__kv_cursor_value(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status;
}
