/* Rows of STATEMENT: the key has all that orders, the value the rest. */
#include "identity/statements.h"

#include "codec/group.h"

enum { CLASS_ALIAS = 0, CLASS_FACT = 1 };

static void
set_order(omni__statement *statement, uint8_t class_, uint64_t first)
{
    memset(statement->order, 0, sizeof(statement->order));
    omni__be64_write(statement->order, omni__ordered(statement->time_us));
    statement->order[8] = class_;
    omni__be64_write(statement->order + 9, first);
}

void
omni__statement_order_fact(omni__statement *statement, uint64_t hlc,
                           const uint8_t replica[16], uint64_t sequence)
{
    set_order(statement, CLASS_FACT, hlc);
    memcpy(statement->order + 17, replica, 16);
    omni__be64_write(statement->order + 33, sequence);
}

void
omni__statement_order_alias(omni__statement *statement, uint64_t event_hash,
                            uint64_t content_hash, int64_t instant_us)
{
    set_order(statement, CLASS_ALIAS, event_hash);
    omni__be64_write(statement->order + 17, content_hash);
    omni__be64_write(statement->order + 25, omni__ordered(instant_us));
}

omni_status
omni__statement_fact(const omni__statement *statement, omni__slice record,
                     omni_fact_id *out)
{
    omni__slice body;
    const omni_status status = omni__body_open(record, &body);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    /* As it stands in its group: neither kind has further header fields. */
    uint8_t hash[OMNI__HASH_SIZE];
    omni__group group = {.bytes = record};
    memcpy(group.replica, statement->order + 17, OMNI__REPLICA_SIZE);
    omni__body_hash(record.data + 1, body, hash);
    const omni__fact fact = {.group = &group,
                             .sequence = omni__be64_read(statement->order + 33),
                             .hlc = omni__be64_read(statement->order + 9),
                             .kind = statement->kind == OMNI__STATEMENT_PART
                                         ? OMNI__FACT_PART
                                         : OMNI__FACT_LINK,
                             .body_hash = hash};
    *out = omni__fact_id(&fact);
    return OMNI_OK;
}

static omni__key
key_of(const omni_id *node, const omni_id *other,
       const omni__statement *statement)
{
    omni__key key = omni__key_pair(statement->kind == OMNI__STATEMENT_UNSAID
                                       ? OMNI__TABLE_UNSAID
                                       : OMNI__TABLE_STATEMENT,
                                   node, other);
    omni__key_add(&key, statement->order, sizeof(statement->order));
    return key;
}

omni_status
omni__statement_put(omni__workset *set, const omni__statement *statement)
{
    uint8_t value[1 + OMNI__VARINT_MAX] = {statement->kind};
    const size_t size = 1 + omni__varint_write(value + 1, statement->position);
    const omni__key there = key_of(&statement->a, &statement->b, statement);
    const omni__key back = key_of(&statement->b, &statement->a, statement);
    const omni_status status = omni__kv_put(set->kv, omni__key_slice(&there),
                                            omni__slice_of(value, size));
    return status == OMNI_OK ? omni__kv_put(set->kv, omni__key_slice(&back),
                                            omni__slice_of(value, size))
                             : status;
}

omni_status
omni__statement_remove(omni__workset *set, const omni__statement *statement)
{
    const omni__key there = key_of(&statement->a, &statement->b, statement);
    const omni__key back = key_of(&statement->b, &statement->a, statement);
    const omni_status status =
        omni__kv_delete(set->kv, omni__key_slice(&there));
    return status == OMNI_OK ? omni__kv_delete(set->kv, omni__key_slice(&back))
                             : status;
}

static omni_status
decode(const omni__kv_cursor *cursor, omni__statement *out)
{
    const omni__slice key = omni__kv_cursor_key(cursor);
    omni__reader reader = omni__reader_of(omni__kv_cursor_value(cursor));
    if (key.size != OMNI__KEY_MAX) {
        return OMNI_ERR_CORRUPT;
    }
    const uint8_t *at = key.data + 1;
    memcpy(out->a.bytes, at, OMNI__ID_SIZE);
    memcpy(out->b.bytes, at + OMNI__ID_SIZE, OMNI__ID_SIZE);
    memcpy(out->order, at + 2 * OMNI__ID_SIZE, sizeof(out->order));
    out->time_us = omni__unordered(omni__be64_read(out->order));
    out->kind = omni__read_byte(&reader);
    out->position = omni__read_varint(&reader);
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__statements_read(const omni__view *view, omni__table table,
                      const omni_id *node, omni__arena *arena,
                      omni__statement **out, size_t *count)
{
    const omni__key prefix = omni__key_node(table, node);
    omni__kv_cursor *cursor;
    void *found = NULL;
    size_t capacity = 0;
    *count = 0;
    *out = NULL;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        if (!omni__grow(arena->alloc, &found, &capacity, *count,
                        sizeof(omni__statement))) {
            status = OMNI_ERR_NO_MEMORY;
            break;
        }
        omni__statement *statement = (omni__statement *)found + (*count)++;
        status = decode(cursor, statement);
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    if (status == OMNI_END) {
        *out = omni__arena_get(arena, (*count + 1) * sizeof(**out));
        status = *out != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
        if (status == OMNI_OK && *count != 0) {
            memcpy(*out, found, *count * sizeof(**out));
        }
    }
    omni__free(arena->alloc, found);
    return status;
}

omni_status
omni__statements_aliases(const omni__view *view, const omni_id *node,
                         uint64_t enough, uint64_t *out)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_STATEMENT, node);
    omni__kv_cursor *cursor;
    omni_id counted = *node; /* never its own neighbour */
    omni_status status = omni__view_cursor(view, &cursor);
    *out = 0;
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while (*out < enough &&
           (status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni__statement statement;
        omni__node other;
        status = decode(cursor, &statement);
        if (status == OMNI_OK && statement.kind == OMNI__STATEMENT_ALIAS &&
            !omni__id_equal(&statement.b, &counted)) {
            counted = statement.b;
            status = omni__node_read(view, &statement.b, &other);
            *out += status == OMNI_OK;
        }
        if (status != OMNI_OK && status != OMNI_NOT_FOUND) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__statement_latest(const omni__view *view, const omni_id *a,
                       const omni_id *b, omni__statement *out)
{
    const omni__key prefix = omni__key_pair(OMNI__TABLE_STATEMENT, a, b);
    omni__key beyond = prefix;
    uint8_t most[OMNI__STATEMENT_ORDER_SIZE];
    memset(most, 0xff, sizeof(most));
    omni__key_add(&beyond, most, sizeof(most));
    omni__kv_cursor *cursor;
    omni_status status = omni__view_before(view, &prefix, &beyond, &cursor);
    if (status == OMNI_OK) {
        status = decode(cursor, out);
        omni__kv_cursor_close(cursor);
    }
    return status == OMNI_END ? OMNI_NOT_FOUND : status;
}
