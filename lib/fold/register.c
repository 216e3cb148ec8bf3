/* Rows of REGISTER: the key has all that orders, the value where the body
   stands. */
#include "fold/register.h"

#include "identity/statements.h"

/* A key is longer than those of other tables may be. */
typedef struct register_key {
    uint8_t bytes[3 + OMNI__REGISTER_NAME_MAX + OMNI__STATEMENT_ORDER_SIZE];
    size_t size;
} register_key;

/* Table, kind, name, and a zero byte, which no name has. */
static register_key
key_of(uint8_t kind, omni__slice name)
{
    register_key key = {.bytes = {OMNI__TABLE_REGISTER, kind}, .size = 2};
    memcpy(key.bytes + 2, name.data, name.size);
    key.size += name.size + 1;
    return key;
}

static omni__slice
add_order(register_key *key, const uint8_t order[OMNI__STATEMENT_ORDER_SIZE])
{
    memcpy(key->bytes + key->size, order, OMNI__STATEMENT_ORDER_SIZE);
    return omni__slice_of(key->bytes, key->size + OMNI__STATEMENT_ORDER_SIZE);
}

static void
note_change(omni__fold *fold, uint8_t kind)
{
    ++fold->counts.registers;
    fold->watch.stale |= kind == OMNI__FACT_SEGMENT;
}

omni_status
omni__fold_register(omni__fold *fold, const omni__fact *fact, uint64_t position)
{
    omni__register_body body;
    const omni_status status = omni__register_body_decode(fact->body, &body);
    if (status != OMNI_OK) {
        return status;
    }
    if (!omni__register_named(body.name)) {
        ++fold->counts.unknown;
        return OMNI_OK;
    }
    omni__statement place = {.time_us = body.time_us};
    omni__statement_order_fact(&place, fact->hlc, fact->group->replica,
                               fact->sequence);
    register_key key = key_of(fact->kind, body.name);
    const omni__slice whole = add_order(&key, place.order);
    uint8_t value[OMNI__VARINT_MAX];
    note_change(fold, fact->kind);
    return omni__kv_put(
        fold->kv, whole,
        omni__slice_of(value, omni__varint_write(value, position)));
}

omni_status
omni__fold_register_remove(omni__fold *fold, const omni__register *entry)
{
    register_key key = key_of(entry->kind, entry->body.name);
    note_change(fold, entry->kind);
    return omni__kv_delete(fold->kv, add_order(&key, entry->order));
}

/* The row under a cursor, if it has `prefix`; OMNI_END otherwise. */
static omni_status
decode(omni_status status, const omni__kv_cursor *cursor, omni__slice prefix,
       omni__log *log, omni__register *out)
{
    if (status != OMNI_OK) {
        return status;
    }
    const omni__slice key = omni__kv_cursor_key(cursor);
    if (key.size < prefix.size ||
        memcmp(key.data, prefix.data, prefix.size) != 0) {
        return OMNI_END;
    }
    omni__reader reader = omni__reader_of(omni__kv_cursor_value(cursor));
    omni__slice body;
    if (key.size < 3 + sizeof(out->order)) {
        return OMNI_ERR_CORRUPT;
    }
    out->kind = key.data[1];
    memcpy(out->order, key.data + key.size - sizeof(out->order),
           sizeof(out->order));
    out->position = omni__read_varint(&reader);
    status = reader.bad ? OMNI_ERR_CORRUPT
                        : omni__log_body(log, out->position, &body);
    return status == OMNI_OK ? omni__register_body_decode(body, &out->body)
                             : status;
}

/* The last row of a name, with a cursor. */
static omni_status
read_last(omni__kv_cursor *cursor, omni__log *log, uint8_t kind,
          omni__slice name, omni__register *out)
{
    register_key key = key_of(kind, name);
    const omni__slice prefix = omni__slice_of(key.bytes, key.size);
    uint8_t most[OMNI__STATEMENT_ORDER_SIZE];
    memset(most, 0xff, sizeof(most));
    const omni_status status =
        omni__kv_cursor_seek_before(cursor, add_order(&key, most));
    return decode(status, cursor, prefix, log, out);
}

omni_status
omni__register_read(const omni__view *view, omni__log *log, uint8_t kind,
                    omni__slice name, omni__register *out)
{
    if (!omni__register_named(name)) {
        return OMNI_NOT_FOUND;
    }
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status == OMNI_OK) {
        status = read_last(cursor, log, kind, name, out);
        omni__kv_cursor_close(cursor);
    }
    return status == OMNI_END ? OMNI_NOT_FOUND : status;
}

/* Tell of the last row of a name that has an effect, and stand on the last. */
static omni_status
tell_last(omni__kv_cursor *cursor, omni__log *log, omni__register *entry,
          omni__register_fn callback, void *user)
{
    const omni__slice name = entry->body.name;
    const register_key key = key_of(entry->kind, name);
    const omni__slice prefix = omni__slice_of(key.bytes, key.size);
    const uint8_t kind = entry->kind;
    omni_status told = OMNI_NOT_FOUND;
    omni_status status = read_last(cursor, log, kind, name, entry);
    while (status == OMNI_OK && told == OMNI_NOT_FOUND) {
        told = entry->body.value.size != 0 ? callback(user, entry) : OMNI_OK;
        if (told == OMNI_NOT_FOUND) {
            status = decode(omni__kv_cursor_prev(cursor), cursor, prefix, log,
                            entry);
        }
    }
    if (told == OMNI_OK || (told == OMNI_NOT_FOUND && status == OMNI_END)) {
        return read_last(cursor, log, kind, name, entry);
    }
    return told == OMNI_NOT_FOUND ? status : told;
}

omni_status
omni__registers_each(const omni__view *view, omni__log *log, uint8_t kind,
                     omni__register_fn callback, void *user)
{
    const uint8_t table[2] = {OMNI__TABLE_REGISTER, kind};
    const omni__slice prefix = omni__slice_of(table, sizeof(table));
    omni__register entry;
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, prefix);
    /* From the first row of a name to its last, and on to the next name. */
    while ((status = decode(status, cursor, prefix, log, &entry)) == OMNI_OK) {
        status = tell_last(cursor, log, &entry, callback, user);
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}
