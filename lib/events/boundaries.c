/* Rows of BOUNDARY. Value: the kind, and the anchor of a login. */
#include "events/boundaries.h"

static void
write_moment(omni__moment *out, int64_t time_us, uint64_t event_hash,
             uint64_t content_hash, int64_t instant_us)
{
    omni__be64_write(out->bytes, omni__ordered(time_us));
    omni__be64_write(out->bytes + 8, event_hash);
    omni__be64_write(out->bytes + 16, content_hash);
    omni__be64_write(out->bytes + 24, omni__ordered(instant_us));
}

omni__moment
omni__moment_of(const omni__secret *secret, const omni__event_body *body,
                omni__buffer *buffer)
{
    omni__moment moment;
    omni__buffer_clear(buffer);
    write_moment(&moment, body->time_us, omni__event_hash(secret, body),
                 omni__event_content_hash(secret, body, buffer),
                 body->instant_us);
    return moment;
}

omni__moment
omni__moment_before(int64_t time_us)
{
    omni__moment moment;
    write_moment(&moment, time_us, 0, 0, INT64_MIN);
    return moment;
}

omni__moment
omni__moment_after(int64_t time_us)
{
    omni__moment moment;
    write_moment(&moment, time_us, UINT64_MAX, UINT64_MAX, INT64_MAX);
    return moment;
}

int64_t
omni__moment_time(const omni__moment *moment)
{
    return omni__unordered(omni__be64_read(moment->bytes));
}

static omni__key
key_of(const omni_id *device, const omni__moment *moment)
{
    omni__key key = omni__key_node(OMNI__TABLE_BOUNDARY, device);
    omni__key_add(&key, moment->bytes, sizeof(moment->bytes));
    return key;
}

omni_status
omni__boundary_note(omni__kv *kv, const omni_id *device,
                    const omni__boundary *boundary, bool comes)
{
    const omni__key key = key_of(device, &boundary->moment);
    uint8_t row[1 + OMNI__ID_SIZE] = {boundary->kind};
    const bool login = boundary->kind == OMNI__BOUNDARY_LOGIN;
    memcpy(row + 1, boundary->anchor.bytes, OMNI__ID_SIZE);
    return comes ? omni__kv_put(kv, omni__key_slice(&key),
                                omni__slice_of(row, login ? sizeof(row) : 1))
                 : omni__kv_delete(kv, omni__key_slice(&key));
}

static omni_status
read_row(const omni__kv_cursor *cursor, omni__boundary *out)
{
    const omni__slice key = omni__kv_cursor_key(cursor);
    const omni__slice row = omni__kv_cursor_value(cursor);
    const size_t at = 1 + OMNI__ID_SIZE;
    if (key.size != at + OMNI__MOMENT_SIZE || row.size == 0 ||
        (row.data[0] == OMNI__BOUNDARY_LOGIN && row.size != at)) {
        return OMNI_ERR_CORRUPT;
    }
    memcpy(out->moment.bytes, key.data + at, OMNI__MOMENT_SIZE);
    out->kind = row.data[0];
    memset(out->anchor.bytes, 0, OMNI__ID_SIZE);
    memcpy(out->anchor.bytes, row.data + 1, row.size == at ? at - 1 : 0);
    return OMNI_OK;
}

typedef omni_status (*step_fn)(omni__kv_cursor *cursor);

/* From where a seek left the cursor, to the first row of a kind wanted. */
static omni_status
find(const omni_id *device, omni__kv_cursor *cursor, omni_status status,
     omni__boundary_kind kinds, step_fn step, omni__boundary *out)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_BOUNDARY, device);
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        status = read_row(cursor, out);
        if (status != OMNI_OK || (out->kind & kinds) != 0) {
            return status;
        }
        status = step(cursor);
    }
    return status;
}

omni_status
omni__boundary_last(const omni__view *view, const omni_id *device,
                    const omni__moment *before, omni__boundary_kind kinds,
                    omni__boundary *out)
{
    const omni__key key = key_of(device, before);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status == OMNI_OK) {
        status =
            find(device, cursor,
                 omni__kv_cursor_seek_before(cursor, omni__key_slice(&key)),
                 kinds, omni__kv_cursor_prev, out);
        omni__kv_cursor_close(cursor);
    }
    return status;
}

omni_status
omni__boundary_first(const omni__view *view, const omni_id *device,
                     const omni__moment *after, omni__boundary_kind kinds,
                     omni__boundary *out)
{
    omni__key key = key_of(device, after);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    omni__key_add(&key, "", 1); /* behind the row of that moment */
    if (status == OMNI_OK) {
        status = find(device, cursor,
                      omni__kv_cursor_seek(cursor, omni__key_slice(&key)),
                      kinds, omni__kv_cursor_next, out);
        omni__kv_cursor_close(cursor);
    }
    return status;
}
