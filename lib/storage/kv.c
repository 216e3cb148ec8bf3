/* The ordered table: opening, catching up, closing; its place in LMDB. */
#include "storage/kv_private.h"

#include "platform/path.h"

#define DEFAULT_MEMORY (UINT64_C(64) << 20)

/* ---- reading LMDB ---- */

static int
renew(const omni__kv *kv, omni__kv_reading *reading)
{
    return reading->txn != NULL ? mdb_txn_renew(reading->txn)
                                : mdb_txn_begin(kv->home->database.env, NULL,
                                                MDB_RDONLY, &reading->txn);
}

/* To be mended: dead readers, a map grown elsewhere. */
int
omni__kv_reading_renew(omni__kv *kv, omni__kv_reading *reading)
{
    int code = renew(kv, reading);
    if (code == MDB_READERS_FULL) {
        int dead = 0;
        omni__kv_drop_idle(kv);
        code = mdb_reader_check(kv->home->database.env, &dead);
        return code == 0 ? renew(kv, reading) : code;
    }
    if (code == MDB_MAP_RESIZED && kv->home->readings == 0 &&
        kv->home->writing == 0) {
        code = omni__database_remap(&kv->home->database);
        return code == 0 ? renew(kv, reading) : code;
    }
    return code;
}

unsigned
omni__kv_place(uint64_t policy, const omni__database_state *state)
{
    unsigned place = 0;
    while (place < OMNI__DATABASE_PLACES &&
           state->places[place].policy != policy) {
        ++place;
    }
    return place;
}

static omni_status
check_fit(const omni__kv *kv, uint64_t position, omni_error *error)
{
    if (position >= kv->table->base && position <= kv->position) {
        return OMNI_OK;
    }
    return omni__fail(error, OMNI_ERR_BUSY,
                      "%s: another process has moved the tables on",
                      kv->home->database.path);
}

omni_status
omni__kv_reading_begin(omni__kv *kv, omni__kv_reading *reading,
                       uint64_t *position, omni_error *error)
{
    if (kv->home->database.path == NULL) {
        return OMNI_OK;
    }
    if (kv->home->database.env == NULL) {
        return omni__fail(error, OMNI_ERR_IO, "%s: no longer open",
                          kv->home->database.path);
    }
    const int code = omni__kv_reading_renew(kv, reading);
    if (code != 0) {
        return omni__database_fail(&kv->home->database, code, "reading", error);
    }
    omni__database_state state = {0};
    omni_status status = omni__database_read_state(&kv->home->database,
                                                   reading->txn, &state, error);
    if (status == OMNI_OK) {
        const unsigned place = omni__kv_place(kv->policy, &state);
        reading->rows = place < OMNI__DATABASE_PLACES;
        reading->place = reading->rows ? kv->home->database.rows[place] : 0;
        const uint64_t stored =
            reading->rows ? state.places[place].position : 0;
        if (position != NULL) {
            *position = stored;
        }
        status = check_fit(kv, stored, error);
    }
    if (status != OMNI_OK) {
        mdb_txn_reset(reading->txn);
        return status;
    }
    reading->active = true;
    ++kv->home->readings;
    return OMNI_OK;
}

void
omni__kv_reading_end(omni__kv *kv, omni__kv_reading *reading)
{
    if (reading->active) {
        mdb_txn_reset(reading->txn);
        reading->active = false;
        reading->rows = false;
        --kv->home->readings;
    }
}

omni_status
omni__kv_reading_get(const omni__kv *kv, const omni__kv_reading *reading,
                     omni__slice key, omni__slice *value)
{
    if (!reading->rows) {
        return OMNI_NOT_FOUND;
    }
    MDB_val name = {.mv_size = key.size, .mv_data = (void *)key.data};
    MDB_val found;
    const int code = mdb_get(reading->txn, reading->place, &name, &found);
    if (code == 0) {
        *value = omni__slice_of(found.mv_data, found.mv_size);
        return OMNI_OK;
    }
    return code == MDB_NOTFOUND ? OMNI_NOT_FOUND
                                : omni__database_fail(&kv->home->database, code,
                                                      "reading", NULL);
}

omni_status
omni__kv_writer_begin(omni__kv *kv)
{
    if (kv->writer.active || kv->home->database.path == NULL) {
        return OMNI_OK;
    }
    pthread_mutex_lock(&kv->home->mutex);
    const omni_status status =
        omni__kv_reading_begin(kv, &kv->writer, NULL, NULL);
    pthread_mutex_unlock(&kv->home->mutex);
    return status;
}

void
omni__kv_writer_end(omni__kv *kv)
{
    if (kv->writer.active) {
        pthread_mutex_lock(&kv->home->mutex);
        omni__kv_reading_end(kv, &kv->writer);
        pthread_mutex_unlock(&kv->home->mutex);
    }
}

/* As omni__kv_look(), of a few keys. */
static omni_status
look(omni__kv *kv, const omni__memtable *table, uint64_t stamp,
     const omni__kv_reading *reading, const omni__slice *keys, size_t count,
     omni__slice *values)
{
    omni__memtable_row *rows[OMNI__MEMTABLE_MANY];
    omni_status status = OMNI_OK;
    omni__memtable_find_many(table, keys, count, rows);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        values[i] = omni__slice_of(NULL, 0);
        status = omni__kv_in_memory(rows[i], stamp, &values[i]);
        if (status == OMNI_END) {
            status = reading == NULL ? omni__kv_writer_begin(kv) : OMNI_OK;
            if (status == OMNI_OK) {
                status = omni__kv_reading_get(
                    kv, reading != NULL ? reading : &kv->writer, keys[i],
                    &values[i]);
            }
        }
        status = status != OMNI_NOT_FOUND ? status : OMNI_OK;
    }
    return status;
}

omni_status
omni__kv_look(omni__kv *kv, const omni__memtable *table, uint64_t stamp,
              const omni__kv_reading *reading, const omni__slice *keys,
              size_t count, omni__slice *values)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK;) {
        const size_t n =
            count - i < OMNI__MEMTABLE_MANY ? count - i : OMNI__MEMTABLE_MANY;
        for (size_t k = 0; k < n && status == OMNI_OK; ++k) {
            status = omni__kv_check_key(keys[i + k]);
        }
        if (status == OMNI_OK) {
            status = look(kv, table, stamp, reading, keys + i, n, values + i);
        }
        i += n;
    }
    return status;
}

/* ---- opening and closing ---- */

static bool
is_missing(const char *path)
{
    omni__path_info found;
    return omni__path_inspect(path, &found) != 0 || found.size == 0;
}

/* Where there is no file and none may be made, memory alone is right: it will
   hold every change from the log's beginning on. */
static omni_status
open_database(omni__kv *kv, const char *path, omni_error *error)
{
    omni__database *database = &kv->home->database;
    if (path == NULL || (database->read_only && is_missing(path))) {
        return OMNI_OK;
    }
    database->path = omni__strdup(kv->alloc, path);
    if (database->path == NULL) {
        return omni__fail_memory(error);
    }
    omni_status status = OMNI_OK;
    if (is_missing(path)) {
        status = omni__database_create(database, false, error);
    }
    if (status == OMNI_OK) {
        status = omni__database_open(database, error);
    }
    kv->file_pages = omni__database_pages(database);
    return status;
}

static omni_status
begin(omni__kv *kv, const char *path, omni_error *error)
{
    kv->table = omni__memtable_new(kv->alloc, 0);
    if (kv->table == NULL) {
        return omni__fail_memory(error);
    }
    const omni_status status = open_database(kv, path, error);
    if (status != OMNI_OK) {
        return status;
    }
    uint64_t position = 0;
    return omni__kv_refresh(kv, &position, error);
}

static void
prepare(omni__kv *kv, const omni__alloc *alloc, uint64_t memory_bytes)
{
    kv->alloc = alloc;
    kv->memory_bytes = memory_bytes != 0 ? memory_bytes : DEFAULT_MEMORY;
}

omni_status
omni__kv_open(const char *path, const omni__kv_options *options, omni__kv **out,
              omni_error *error)
{
    const omni__alloc *alloc = &options->hooks->alloc;
    omni__kv *kv = omni__calloc(alloc, sizeof(*kv));
    if (kv == NULL) {
        return omni__fail_memory(error);
    }
    prepare(kv, alloc, options->memory_bytes);
    kv->home = kv;
    kv->policy = OMNI__KV_POLICY_NONE;
    kv->database.hooks = options->hooks;
    kv->database.alloc = alloc;
    kv->database.map_bytes = options->map_bytes;
    kv->database.read_only = options->read_only && path != NULL;
    kv->database.derive_version = options->derive_version;
    memcpy(kv->database.deployment, options->deployment,
           sizeof(kv->database.deployment));
    const int failed = pthread_mutex_init(&kv->mutex, NULL);
    if (failed != 0) {
        omni__free(alloc, kv);
        return omni__fail_errno(error, failed, "making a mutex");
    }
    const omni_status status = begin(kv, path, error);
    if (status != OMNI_OK) {
        omni__kv_close(kv);
        return status;
    }
    *out = kv;
    return OMNI_OK;
}

omni_status
omni__kv_open_shadow(omni__kv *home, uint64_t policy, uint64_t memory_bytes,
                     omni__kv **out, omni_error *error)
{
    omni__kv *kv = omni__calloc(home->alloc, sizeof(*kv));
    omni__memtable *table = omni__memtable_new(home->alloc, 0);
    if (kv == NULL || table == NULL) {
        omni__free(home->alloc, kv);
        omni__memtable_free(table);
        return omni__fail_memory(error);
    }
    prepare(kv, home->alloc, memory_bytes);
    kv->home = home;
    kv->table = table;
    kv->policy = policy;
    kv->floor = UINT64_MAX;
    kv->aside = true;
    pthread_mutex_lock(&home->mutex);
    ++home->shadows;
    kv->file_pages = omni__database_pages(&home->database);
    pthread_mutex_unlock(&home->mutex);
    *out = kv;
    return OMNI_OK;
}

static void
end_transactions(omni__kv *kv)
{
    omni__kv_drop_idle(kv);
    omni__kv_reading_end(kv, &kv->writer);
    if (kv->writer.txn != NULL) {
        mdb_txn_abort(kv->writer.txn);
        kv->writer.txn = NULL;
    }
}

void
omni__kv_close(omni__kv *kv)
{
    if (kv == NULL) {
        return;
    }
    pthread_mutex_lock(&kv->home->mutex);
    end_transactions(kv);
    omni__kv_unshare(kv->shared);
    kv->home->shadows -= kv->home != kv;
    pthread_mutex_unlock(&kv->home->mutex);
    if (kv->home == kv) {
        omni__database_close(&kv->database);
        omni__free(kv->alloc, kv->database.path);
        pthread_mutex_destroy(&kv->mutex);
    }
    omni__memtable_free(kv->table);
    omni__free(kv->alloc, kv);
}

bool
omni__kv_is_stale(const omni__kv *kv)
{
    return kv->home->database.state_known && !kv->home->database.state.current;
}

/* ---- what is lent with the rows ---- */

omni__kv_shared *
omni__kv_share(omni__kv_shared *shared)
{
    if (shared != NULL) {
        atomic_fetch_add(&shared->references, 1);
    }
    return shared;
}

void
omni__kv_unshare(omni__kv_shared *shared)
{
    if (shared != NULL && atomic_fetch_sub(&shared->references, 1) == 1) {
        shared->free(shared);
    }
}

omni__kv_shared *
omni__kv_shared_now(const omni__kv *kv)
{
    return kv->shared;
}

omni__kv_shared *
omni__kv_borrow(omni__kv *kv)
{
    pthread_mutex_lock(&kv->home->mutex);
    omni__kv_shared *shared = omni__kv_share(kv->shared);
    pthread_mutex_unlock(&kv->home->mutex);
    return shared;
}

/* What is lent is of rows that do not count any more. Under the mutex. */
static void
set_aside(omni__kv *kv)
{
    kv->aside |= kv->shared != NULL;
    omni__kv_unshare(kv->shared);
    kv->shared = NULL;
}

/* ---- catching up ---- */

omni__memtable *
omni__kv_swap(omni__kv *kv, omni__memtable *fresh)
{
    omni__memtable *old = kv->table;
    kv->table = fresh;
    return --old->references == 0 ? old : NULL;
}

static bool
is_dirty(const omni__kv *kv)
{
    return kv->table->dirty_count != 0;
}

/* Begin anew over LMDB at `position`. An empty table only moves its base:
   snapshots that hold it see nothing in it, now and later. */
static omni_status
restart(omni__kv *kv, uint64_t position, omni_error *error)
{
    omni__memtable *fresh = NULL;
    if (kv->table->count != 0) {
        fresh = omni__memtable_new(kv->alloc, position);
        if (fresh == NULL) {
            return omni__fail_memory(error);
        }
    }
    pthread_mutex_lock(&kv->home->mutex);
    omni__memtable *old = NULL;
    if (fresh != NULL) {
        old = omni__kv_swap(kv, fresh);
    }
    set_aside(kv);
    kv->table->base = position;
    kv->position = position;
    kv->file_pages = omni__database_pages(&kv->home->database);
    pthread_mutex_unlock(&kv->home->mutex);
    omni__memtable_free(old);
    return OMNI_OK;
}

uint64_t
omni__kv_policy(const omni__kv *kv)
{
    return kv->policy;
}

omni_status
omni__kv_switch(omni__kv *kv, uint64_t policy, uint64_t floor,
                omni_error *error)
{
    omni__kv_writer_end(kv);
    const omni_status status = restart(kv, 0, error);
    if (status == OMNI_OK) {
        pthread_mutex_lock(&kv->home->mutex);
        kv->policy = policy;
        kv->floor = floor;
        kv->aside = true;
        pthread_mutex_unlock(&kv->home->mutex);
    }
    return status;
}

/* Where there is nothing more of the table's policy in LMDB, another process
   has gone on to the one whose rows count there, if they are newer. */
static bool
follow(omni__kv *kv, uint64_t *stored)
{
    const omni__database_state *state = &kv->home->database.state;
    const struct omni__database_place *place = &state->places[state->chosen];
    const bool moved =
        kv->home->database.state_known && place->policy != 0 &&
        place->position > kv->position && place->position > kv->floor &&
        omni__kv_place(kv->policy, state) == OMNI__DATABASE_PLACES;
    if (moved) {
        kv->policy = place->policy;
        *stored = place->position;
    }
    return moved;
}

omni_status
omni__kv_refresh(omni__kv *kv, uint64_t *position, omni_error *error)
{
    if (is_dirty(kv)) {
        return omni__fail(error, OMNI_ERR_CONFLICT,
                          "refresh: rows wait to be published");
    }
    omni__kv_writer_end(kv);
    uint64_t stored = kv->table->base;
    omni_error detail = {0};
    pthread_mutex_lock(&kv->home->mutex);
    omni_status status =
        omni__kv_reading_begin(kv, &kv->writer, &stored, &detail);
    omni__kv_reading_end(kv, &kv->writer);
    const bool fine = status == OMNI_OK || status == OMNI_ERR_BUSY;
    const bool moved = fine && follow(kv, &stored);
    pthread_mutex_unlock(&kv->home->mutex);
    /* It moved past the table, back before it, or has every row of it. */
    if (moved || (fine && stored != kv->table->base &&
                  (stored < kv->table->base || stored >= kv->position))) {
        status = restart(kv, stored, &detail);
    }
    if (status == OMNI_OK) {
        *position = kv->position;
    } else if (error != NULL) {
        *error = detail;
    }
    return status;
}

/* ---- taking out every row ---- */

static omni_status
clear_database(omni__kv *kv, omni_error *error)
{
    omni__database *database = &kv->home->database;
    if (database->path == NULL) {
        return OMNI_OK;
    }
    if (database->read_only) {
        return omni__fail(error, OMNI_ERR_READ_ONLY, "%s: opened for reading",
                          database->path);
    }
    omni_error first = {0};
    omni__database_close(database);
    omni_status status = omni__database_alone(database, &first);
    if (status == OMNI_OK) {
        status = omni__database_create(database, true, &first);
    }
    const omni_status opened = omni__database_open(database, error);
    if (status != OMNI_OK && error != NULL) {
        *error = first;
    }
    return status != OMNI_OK ? status : opened;
}

omni_status
omni__kv_clear(omni__kv *kv, omni_error *error)
{
    omni__memtable *fresh = omni__memtable_new(kv->alloc, 0);
    if (fresh == NULL) {
        return omni__fail_memory(error);
    }
    omni__kv_writer_end(kv);
    pthread_mutex_lock(&kv->home->mutex);
    omni_status status;
    if (kv->table->oldest != NULL || kv->readings != 0 || kv->shadows != 0) {
        status = omni__fail(error, OMNI_ERR_BUSY, "clear: a snapshot is open");
    } else {
        end_transactions(kv);
        status = clear_database(kv, error);
    }
    if (status == OMNI_OK) {
        fresh = omni__kv_swap(kv, fresh);
        set_aside(kv);
        kv->position = 0;
    }
    kv->file_pages = omni__database_pages(&kv->home->database);
    pthread_mutex_unlock(&kv->home->mutex);
    omni__memtable_free(fresh);
    return status;
}

uint64_t
omni__kv_file_bytes(omni__kv *kv)
{
    pthread_mutex_lock(&kv->home->mutex);
    const uint64_t bytes = omni__database_bytes(&kv->home->database);
    pthread_mutex_unlock(&kv->home->mutex);
    return bytes;
}
