/*
   Cursors: the table in memory and LMDB merged. Each side stands on its next
   row in the cursor's direction; where both have a key, memory's is the row.
   Turning round seeks both sides anew from the current key.
*/
#include "storage/kv_private.h"

typedef enum direction { NOWHERE, FORWARD, BACKWARD } direction;

struct omni__kv_cursor {
    omni__kv *kv;
    const omni__memtable *table;
    uint64_t stamp;
    bool writer;
    direction direction;
    const omni__memtable_row *row; /* memory's side; NULL at its end */
    uint64_t changes;              /* of the writer when `row` was looked for */
    MDB_cursor *lmdb;              /* NULL: nothing to be seen there */
    bool stored;                   /* LMDB's side stands on a row */
    bool in_memory;                /* the current row is memory's */
    bool in_lmdb; /* the current row is LMDB's, or covered by memory's */
    MDB_val stored_key;
    MDB_val stored_value;
    omni__slice key; /* the current row */
    omni__slice value;
};

static omni_status
cursor_new(omni__kv *kv, const omni__kv_reading *reading, omni__kv_cursor **out)
{
    omni__kv_cursor *cursor = omni__calloc(kv->alloc, sizeof(*cursor));
    if (cursor == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    cursor->kv = kv;
    if (reading->rows) {
        const int code =
            mdb_cursor_open(reading->txn, reading->place, &cursor->lmdb);
        if (code != 0) {
            omni__free(kv->alloc, cursor);
            return omni__database_fail(&kv->home->database, code, "reading",
                                       NULL);
        }
    }
    *out = cursor;
    return OMNI_OK;
}

omni_status
omni__kv_cursor_writer(omni__kv *kv, omni__kv_cursor **out)
{
    omni_status status = omni__kv_writer_begin(kv);
    omni__kv_cursor *cursor = NULL;
    if (status == OMNI_OK) {
        status = cursor_new(kv, &kv->writer, &cursor);
    }
    if (status == OMNI_OK) {
        cursor->table = kv->table;
        cursor->stamp = OMNI__MEMTABLE_NEWEST;
        cursor->writer = true;
        *out = cursor;
    }
    return status;
}

omni_status
omni__kv_cursor_snapshot(omni__kv_snapshot *snapshot, omni__kv_cursor **out)
{
    omni__kv_cursor *cursor = NULL;
    const omni_status status =
        cursor_new(snapshot->kv, &snapshot->reading, &cursor);
    if (status == OMNI_OK) {
        cursor->table = snapshot->table;
        cursor->stamp = snapshot->reader.stamp;
        *out = cursor;
    }
    return status;
}

void
omni__kv_cursor_close(omni__kv_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    if (cursor->lmdb != NULL) {
        mdb_cursor_close(cursor->lmdb);
    }
    omni__free(cursor->kv->alloc, cursor);
}

/* ---- the two sides ---- */

static uint64_t
changes_now(const omni__kv_cursor *cursor)
{
    return cursor->writer ? cursor->kv->changes : 0;
}

static void
step_memory(omni__kv_cursor *cursor)
{
    cursor->row = cursor->direction == FORWARD
                      ? omni__memtable_next(cursor->row)
                      : omni__memtable_prev(cursor->table, cursor->row);
    cursor->changes = changes_now(cursor);
}

/* First row >= `key`, or last one below it; `at`: the key's own, if it is
   there. */
static void
seek_memory(omni__kv_cursor *cursor, omni__slice key, bool at)
{
    cursor->row = at ? omni__memtable_find(cursor->table, key) : NULL;
    if (cursor->row == NULL) {
        cursor->row = cursor->direction == FORWARD
                          ? omni__memtable_seek(cursor->table, key)
                          : omni__memtable_before(cursor->table, key);
    }
    cursor->changes = changes_now(cursor);
}

/* Where LMDB's cursor came to rest after a move that returned `code`. */
static omni_status
arrive(omni__kv_cursor *cursor, int code)
{
    cursor->stored = false;
    if (code == MDB_NOTFOUND) {
        return OMNI_OK;
    }
    if (code != 0) {
        return omni__database_fail(&cursor->kv->home->database, code, "reading",
                                   NULL);
    }
    cursor->stored = true;
    return OMNI_OK;
}

static int
move(omni__kv_cursor *cursor, MDB_cursor_op operation)
{
    return mdb_cursor_get(cursor->lmdb, &cursor->stored_key,
                          &cursor->stored_value, operation);
}

static omni_status
step_lmdb(omni__kv_cursor *cursor)
{
    return arrive(
        cursor,
        move(cursor, cursor->direction == FORWARD ? MDB_NEXT : MDB_PREV));
}

static omni__slice
stored_key(const omni__kv_cursor *cursor)
{
    return omni__slice_of(cursor->stored_key.mv_data,
                          cursor->stored_key.mv_size);
}

/* As seek_memory(). */
static omni_status
seek_lmdb(omni__kv_cursor *cursor, omni__slice key, bool at)
{
    static const uint8_t lowest[1] = {0};
    if (cursor->lmdb == NULL) {
        return OMNI_OK;
    }
    if (omni__kv_check_key(key) != OMNI_OK) {
        key = omni__slice_of(lowest, sizeof(lowest));
    }
    cursor->stored_key.mv_data = (void *)key.data;
    cursor->stored_key.mv_size = key.size;
    int code = move(cursor, MDB_SET_RANGE);
    if (cursor->direction == BACKWARD) {
        if (code == MDB_NOTFOUND) {
            code = move(cursor, MDB_LAST);
        } else if (code == 0 &&
                   !(at && omni__slice_equal(stored_key(cursor), key))) {
            code = move(cursor, MDB_PREV);
        }
    }
    return arrive(cursor, code);
}

/* ---- merging ---- */

/* Decide which side the current row is on; false if neither has one. */
static bool
choose(omni__kv_cursor *cursor)
{
    if (cursor->row == NULL || !cursor->stored) {
        cursor->in_memory = cursor->row != NULL;
        cursor->in_lmdb = cursor->stored;
        return cursor->in_memory || cursor->in_lmdb;
    }
    int order = omni__slice_compare(omni__memtable_key(cursor->row),
                                    stored_key(cursor));
    order = cursor->direction == FORWARD ? order : -order;
    cursor->in_memory = order <= 0;
    cursor->in_lmdb = order >= 0;
    return true;
}

/* Take the row that was chosen; false if there is nothing to be seen in it. */
static bool
show(omni__kv_cursor *cursor)
{
    const omni__memtable_version *version = NULL;
    if (cursor->in_memory) {
        version = omni__memtable_visible(cursor->row, cursor->stamp);
    }
    if (version != NULL) {
        cursor->key = omni__memtable_key(cursor->row);
        cursor->value = omni__memtable_value(version);
        return !version->deleted;
    }
    if (cursor->in_lmdb) {
        cursor->key = stored_key(cursor);
        cursor->value = omni__slice_of(cursor->stored_value.mv_data,
                                       cursor->stored_value.mv_size);
        return true;
    }
    return false;
}

/* Step off the current row. */
static omni_status
leave(omni__kv_cursor *cursor)
{
    if (cursor->in_memory) {
        step_memory(cursor);
    }
    return cursor->in_lmdb ? step_lmdb(cursor) : OMNI_OK;
}

/* From where both sides stand to the first row that can be seen. */
static omni_status
settle(omni__kv_cursor *cursor)
{
    while (choose(cursor)) {
        if (show(cursor)) {
            return OMNI_OK;
        }
        const omni_status status = leave(cursor);
        if (status != OMNI_OK) {
            cursor->direction = NOWHERE;
            return status;
        }
    }
    cursor->direction = NOWHERE;
    return OMNI_END;
}

static omni_status
seek(omni__kv_cursor *cursor, direction direction, omni__slice key, bool at)
{
    if (key.size > OMNI__KV_KEY_MAX) {
        return OMNI_ERR_ARGUMENT;
    }
    cursor->direction = direction;
    seek_memory(cursor, key, at);
    const omni_status status = seek_lmdb(cursor, key, at);
    if (status != OMNI_OK) {
        cursor->direction = NOWHERE;
        return status;
    }
    return settle(cursor);
}

omni_status
omni__kv_cursor_seek(omni__kv_cursor *cursor, omni__slice key)
{
    return seek(cursor, FORWARD, key, false);
}

omni_status
omni__kv_cursor_seek_before(omni__kv_cursor *cursor, omni__slice key)
{
    return seek(cursor, BACKWARD, key, false);
}

omni_status
omni__kv_cursor_seek_last(omni__kv_cursor *cursor, omni__slice key)
{
    return seek(cursor, BACKWARD, key, true);
}

/*
   One row on. Where the writer has put rows since memory's side was looked
   for, it is looked for again: what a cursor shows must not depend on what
   happens to be in memory.
*/
static omni_status
step(omni__kv_cursor *cursor)
{
    const omni__slice key = cursor->key;
    const omni_status status = leave(cursor);
    if (status != OMNI_OK) {
        cursor->direction = NOWHERE;
        return status;
    }
    if (cursor->changes != changes_now(cursor)) {
        seek_memory(cursor, key, false);
        if (cursor->row != NULL &&
            omni__slice_equal(omni__memtable_key(cursor->row), key)) {
            step_memory(cursor);
        }
    }
    return settle(cursor);
}

omni_status
omni__kv_cursor_next(omni__kv_cursor *cursor)
{
    if (cursor->direction == FORWARD) {
        return step(cursor);
    }
    if (cursor->direction == NOWHERE) {
        return OMNI_END;
    }
    const omni__slice key = cursor->key;
    const omni_status status = seek(cursor, FORWARD, key, false);
    /* The writer may have deleted the row under the cursor. */
    return status == OMNI_OK && omni__slice_equal(cursor->key, key)
               ? step(cursor)
               : status;
}

omni_status
omni__kv_cursor_prev(omni__kv_cursor *cursor)
{
    if (cursor->direction == FORWARD) {
        return seek(cursor, BACKWARD, cursor->key, false);
    }
    return cursor->direction == BACKWARD ? step(cursor) : OMNI_END;
}

omni__slice
omni__kv_cursor_key(const omni__kv_cursor *cursor)
{
    return cursor->key;
}

omni__slice
omni__kv_cursor_value(const omni__kv_cursor *cursor)
{
    return cursor->value;
}
