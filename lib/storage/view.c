/* Questions about rows that have a prefix. */
#include "storage/view.h"

omni_status
omni__view_before(const omni__view *view, const omni__key *prefix,
                  const omni__key *key, omni__kv_cursor **out)
{
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__view_within(
        omni__kv_cursor_seek_before(cursor, omni__key_slice(key)), cursor,
        prefix);
    if (status == OMNI_OK) {
        *out = cursor;
    } else {
        omni__kv_cursor_close(cursor);
    }
    return status;
}

omni_status
omni__view_any(const omni__view *view, const omni__key *prefix, bool *out)
{
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__view_within(
        omni__kv_cursor_seek(cursor, omni__key_slice(prefix)), cursor, prefix);
    omni__kv_cursor_close(cursor);
    *out = status == OMNI_OK;
    return status == OMNI_END ? OMNI_OK : status;
}
