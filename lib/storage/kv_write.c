/* The ordered table's writer: puts, publishing, and the flush into LMDB. */
#include "storage/kv_private.h"

#define VALUE_MAX (UINT32_C(1) << 30)
#define PAGE 4096u

omni_status
omni__kv_check_key(omni__slice key)
{
    return key.size != 0 && key.size <= OMNI__KV_KEY_MAX &&
                   key.data[0] != OMNI__DATABASE_ROW
               ? OMNI_OK
               : OMNI_ERR_ARGUMENT;
}

omni_status
omni__kv_get(omni__kv *kv, omni__slice key, omni__slice *value)
{
    omni_status status = omni__kv_check_key(key);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_in_memory(omni__memtable_find(kv->table, key),
                                OMNI__MEMTABLE_NEWEST, value);
    if (status != OMNI_END) {
        return status;
    }
    status = omni__kv_writer_begin(kv);
    return status == OMNI_OK ? omni__kv_reading_get(kv, &kv->writer, key, value)
                             : status;
}

omni_status
omni__kv_get_many(omni__kv *kv, const omni__slice *keys, size_t count,
                  omni__slice *values)
{
    return omni__kv_look(kv, kv->table, OMNI__MEMTABLE_NEWEST, NULL, keys,
                         count, values);
}

omni_status
omni__kv_put(omni__kv *kv, omni__slice key, omni__slice value)
{
    const omni_status status = omni__kv_check_key(key);
    if (status != OMNI_OK) {
        return status;
    }
    if (value.size > VALUE_MAX) {
        return OMNI_ERR_LIMIT;
    }
    ++kv->changes;
    return omni__memtable_put(kv->table, key, value, false);
}

omni_status
omni__kv_delete(omni__kv *kv, omni__slice key)
{
    const omni_status status = omni__kv_check_key(key);
    if (status != OMNI_OK) {
        return status;
    }
    ++kv->changes;
    return omni__memtable_put(kv->table, key, omni__slice_of(NULL, 0), true);
}

static void
publish(omni__kv *kv, uint64_t position, omni__kv_shared *shared)
{
    omni__kv_writer_end(kv);
    const bool changed = kv->table->dirty_count != 0;
    pthread_mutex_lock(&kv->home->mutex);
    if (shared != NULL && shared != kv->shared) {
        omni__kv_unshare(kv->shared);
        kv->shared = omni__kv_share(shared);
    }
    kv->aside = kv->aside && shared == NULL;
    kv->position = position;
    kv->table->stamp += changed ? 1 : 0;
    const uint64_t oldest = omni__memtable_oldest(kv->table);
    pthread_mutex_unlock(&kv->home->mutex);
    if (changed) {
        omni__memtable_published(kv->table);
    }
    omni__memtable_reclaim(kv->table, oldest);
}

void
omni__kv_publish(omni__kv *kv, uint64_t position)
{
    publish(kv, position, NULL);
}

void
omni__kv_publish_whole(omni__kv *kv, uint64_t position, omni__kv_shared *shared)
{
    publish(kv, position, shared);
}

void
omni__kv_discard(omni__kv *kv)
{
    omni__kv_writer_end(kv);
    omni__memtable_discard(kv->table);
    pthread_mutex_lock(&kv->home->mutex);
    const uint64_t oldest = omni__memtable_oldest(kv->table);
    pthread_mutex_unlock(&kv->home->mutex);
    omni__memtable_reclaim(kv->table, oldest);
}

uint64_t
omni__kv_memory_bytes(const omni__kv *kv)
{
    return kv->table->count != 0 ? omni__memtable_used(kv->table) : 0;
}

/*
   A flush copies every page that it changes into memory: at most one per row,
   no more than the file has, and new ones for what the rows themselves fill.
   Where nothing can be flushed, nothing is over budget.
*/
bool
omni__kv_over_budget(const omni__kv *kv)
{
    const omni__memtable *table = kv->table;
    if (kv->home->database.path == NULL || kv->home->database.read_only ||
        table->count == 0) {
        return false;
    }
    const uint64_t changed =
        table->count < kv->file_pages ? table->count : kv->file_pages;
    const uint64_t added = omni__memtable_used(table) / PAGE;
    return omni__memtable_reserved(table) + (changed + added) * PAGE >
           kv->memory_bytes;
}

/* ---- flush ---- */

typedef struct flush {
    omni__kv *kv;
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_dbi place;
    bool compare; /* LMDB moved on since the table began: it has rows of it */
    bool append;  /* every key from here on is beyond LMDB's last */
    uint8_t last[OMNI__KV_KEY_MAX + 12]; /* LMDB's last key */
    size_t last_size;
} flush;

static int
delete_row(const flush *flush, MDB_val *key)
{
    const int code = mdb_cursor_get(flush->cursor, key, NULL, MDB_SET);
    if (code != 0) {
        return code == MDB_NOTFOUND ? 0 : code;
    }
    return mdb_cursor_del(flush->cursor, 0);
}

static bool
is_stored(const flush *flush, MDB_val *key, const MDB_val *value)
{
    MDB_val stored;
    return mdb_cursor_get(flush->cursor, key, &stored, MDB_SET) == 0 &&
           stored.mv_size == value->mv_size &&
           memcmp(stored.mv_data, value->mv_data, value->mv_size) == 0;
}

static int
write_row(flush *flush, const omni__memtable_row *row)
{
    const omni__memtable_version *version =
        omni__memtable_visible(row, OMNI__MEMTABLE_NEWEST);
    if (version == NULL) {
        return 0;
    }
    const omni__slice name = omni__memtable_key(row);
    MDB_val key = {.mv_size = name.size, .mv_data = (void *)name.data};
    MDB_val value = {.mv_size = version->size,
                     .mv_data = (void *)version->data};
    if (!flush->append) {
        flush->append =
            omni__slice_compare(
                name, omni__slice_of(flush->last, flush->last_size)) > 0;
    }
    if (version->deleted) {
        return flush->append ? 0 : delete_row(flush, &key);
    }
    if (flush->append) {
        return mdb_cursor_put(flush->cursor, &key, &value, MDB_APPEND);
    }
    if (flush->compare && is_stored(flush, &key, &value)) {
        return 0;
    }
    return mdb_cursor_put(flush->cursor, &key, &value, 0);
}

static int
find_last(flush *flush)
{
    MDB_val key;
    const int code = mdb_cursor_get(flush->cursor, &key, NULL, MDB_LAST);
    if (code != 0) {
        return code == MDB_NOTFOUND ? 0 : code;
    }
    if (key.mv_size > sizeof(flush->last)) {
        return MDB_CORRUPTED;
    }
    memcpy(flush->last, key.mv_data, key.mv_size);
    flush->last_size = key.mv_size;
    return 0;
}

/*
   Find the place for the rows, empty it of others, and say what it is about to
   hold. Once rows of a policy count, those of the one before are dropped.
*/
static int
take_place(flush *flush, omni__database_state *state)
{
    const omni__kv *kv = flush->kv;
    const omni__database *database = &kv->home->database;
    unsigned at = omni__kv_place(kv->policy, state);
    int code = 0;
    if (at == OMNI__DATABASE_PLACES) {
        at = state->places[state->chosen].policy != 0 ? 1 - state->chosen
                                                      : state->chosen;
        code = mdb_drop(flush->txn, database->rows[at], 0);
    }
    const bool counts = !kv->aside && kv->home == kv;
    if (code == 0 && ((counts && state->chosen != at) || !state->current)) {
        code = mdb_drop(flush->txn, database->rows[1 - at], 0);
        state->places[1 - at] = (struct omni__database_place){0};
    }
    state->chosen = counts ? at : state->chosen;
    state->places[at] = (struct omni__database_place){.position = kv->position,
                                                      .policy = kv->policy};
    flush->place = database->rows[at];
    return code == 0 ? omni__database_write_state(database, flush->txn, state)
                     : code;
}

static int
write_rows(flush *flush, omni__database_state *state)
{
    const omni__kv *kv = flush->kv;
    int code = take_place(flush, state);
    if (code == 0) {
        code = mdb_cursor_open(flush->txn, flush->place, &flush->cursor);
    }
    if (code == 0) {
        code = find_last(flush);
    }
    for (const omni__memtable_row *row = omni__memtable_first(kv->table);
         row != NULL && code == 0; row = omni__memtable_next(row)) {
        code = write_row(flush, row);
    }
    if (flush->cursor != NULL) {
        mdb_cursor_close(flush->cursor);
    }
    return code;
}

int
omni__kv_write_begin(omni__kv *kv, MDB_txn **txn)
{
    omni__kv *home = kv->home;
    pthread_mutex_lock(&home->mutex);
    MDB_env *env = home->database.env;
    ++home->writing;
    pthread_mutex_unlock(&home->mutex);
    int code = env != NULL && !home->database.poisoned
                   ? mdb_txn_begin(env, NULL, 0, txn)
                   : MDB_PANIC;
    if (code != MDB_MAP_RESIZED) {
        return code;
    }
    pthread_mutex_lock(&home->mutex);
    if (home->readings == 0 && home->writing == 1) {
        code = omni__database_remap(&home->database);
    }
    pthread_mutex_unlock(&kv->home->mutex);
    return code == 0 ? mdb_txn_begin(env, NULL, 0, txn) : code;
}

void
omni__kv_write_end(omni__kv *kv)
{
    pthread_mutex_lock(&kv->home->mutex);
    --kv->home->writing;
    pthread_mutex_unlock(&kv->home->mutex);
}

omni_status
omni__kv_write_state(omni__kv *kv, MDB_txn *txn, omni__database_state *state,
                     omni_error *error)
{
    pthread_mutex_lock(&kv->home->mutex);
    const omni_status status =
        omni__database_read_state(&kv->home->database, txn, state, error);
    kv->home->database.state_known = false; /* an aborted number comes again */
    pthread_mutex_unlock(&kv->home->mutex);
    return status;
}

/* What LMDB holds: OMNI_UNCHANGED if it has everything already. */
static omni_status
look(omni__kv *kv, MDB_txn *txn, omni__database_state *state,
     uint64_t *position, omni_error *error)
{
    const omni_status status = omni__kv_write_state(kv, txn, state, error);
    if (status != OMNI_OK) {
        return status;
    }
    const unsigned place = omni__kv_place(kv->policy, state);
    const bool held = place < OMNI__DATABASE_PLACES;
    *position = held ? state->places[place].position : 0;
    if (*position < kv->table->base) {
        return omni__fail(error, OMNI_ERR_BUSY,
                          "%s: another process has begun it anew",
                          kv->home->database.path);
    }
    const bool counts = kv->aside || kv->home != kv || state->chosen == place;
    const bool ahead =
        held && *position != kv->table->base &&
        (*position > kv->position || (*position == kv->position && counts));
    return ahead ? OMNI_UNCHANGED : OMNI_OK;
}

/* One try. `*code` is LMDB's, 0 where the fault was another. */
static omni_status
flush_within(omni__kv *kv, int *code, omni_error *error)
{
    flush flush = {.kv = kv};
    omni__database_state state = {0};
    *code = omni__kv_write_begin(kv, &flush.txn);
    if (*code != 0) {
        return omni__database_fail(&kv->home->database, *code, "flushing",
                                   error);
    }
    uint64_t position = 0;
    omni_status status = look(kv, flush.txn, &state, &position, error);
    if (status == OMNI_OK) {
        flush.compare = position != kv->table->base;
        *code = write_rows(&flush, &state);
        if (*code != 0) {
            status = omni__database_fail(&kv->home->database, *code, "flushing",
                                         error);
        }
    }
    if (status != OMNI_OK) {
        mdb_txn_abort(flush.txn);
        return status;
    }
    return omni__database_commit(&kv->home->database, flush.txn, error);
}

static omni_status
flush_once(omni__kv *kv, int *code, omni_error *error)
{
    const omni_status status = flush_within(kv, code, error);
    omni__kv_write_end(kv);
    return status;
}

/* Pages held by readers that died make a map look full. */
static omni_status
flush_rows(omni__kv *kv, omni_error *error)
{
    int code = 0;
    int dead = 0;
    omni_status status = flush_once(kv, &code, error);
    if (code == MDB_MAP_FULL &&
        mdb_reader_check(kv->home->database.env, &dead) == 0 && dead > 0) {
        status = flush_once(kv, &code, error);
    }
    return status;
}

static omni_status
check_flush(const omni__kv *kv, omni_error *error)
{
    const omni__database *database = &kv->home->database;
    if (database->read_only) {
        return omni__fail(error, OMNI_ERR_READ_ONLY,
                          "flush: the tables are opened for reading");
    }
    if (database->path == NULL) {
        return OMNI_UNCHANGED;
    }
    if (kv->table->dirty_count != 0) {
        return omni__fail(error, OMNI_ERR_CONFLICT,
                          "flush: rows wait to be published");
    }
    return kv->table->count == 0 && kv->position == kv->table->base
               ? OMNI_UNCHANGED
               : OMNI_OK;
}

omni_status
omni__kv_flush(omni__kv *kv, omni_error *error)
{
    omni_status status = check_flush(kv, error);
    if (status != OMNI_OK) {
        return status;
    }
    omni__memtable *table = omni__memtable_new(kv->alloc, kv->position);
    if (table == NULL) {
        return omni__fail_memory(error);
    }
    omni__kv_writer_end(kv);
    status = flush_rows(kv, error);
    pthread_mutex_lock(&kv->home->mutex);
    if (status == OMNI_OK) {
        table = omni__kv_swap(kv, table);
        kv->file_pages = omni__database_pages(&kv->home->database);
    }
    pthread_mutex_unlock(&kv->home->mutex);
    omni__memtable_free(table);
    return status;
}
