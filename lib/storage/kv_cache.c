/*
   A cache in the LMDB file beside the tables: rows that are read past the
   table in memory and written by transactions of their own.
*/
#include "storage/kv_private.h"

struct omni__kv_cache {
    omni__kv *kv;
    uint64_t policy;
    omni__kv_reading reading;
};

/* Stand on LMDB, whatever position its tables are at; without rows where that
   cannot be. */
static void
stand(omni__kv_cache *cache)
{
    omni__kv *kv = cache->kv;
    omni__database_state state = {0};
    if (kv->home->database.env == NULL ||
        omni__kv_reading_renew(kv, &cache->reading) != 0) {
        return;
    }
    if (omni__database_read_state(&kv->home->database, cache->reading.txn,
                                  &state, NULL) != OMNI_OK) {
        mdb_txn_reset(cache->reading.txn);
        return;
    }
    cache->reading.active = true;
    const unsigned place = omni__kv_place(cache->policy, &state);
    cache->reading.rows = place < OMNI__DATABASE_PLACES;
    cache->reading.place =
        cache->reading.rows ? kv->home->database.rows[place] : 0;
    ++kv->home->readings;
}

omni_status
omni__kv_cache_begin(omni__kv *kv, uint64_t policy, omni__kv_cache **out)
{
    omni__kv_cache *cache = omni__calloc(kv->alloc, sizeof(*cache));
    if (cache == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    cache->kv = kv;
    cache->policy = policy;
    pthread_mutex_lock(&kv->home->mutex);
    stand(cache);
    pthread_mutex_unlock(&kv->home->mutex);
    *out = cache;
    return OMNI_OK;
}

void
omni__kv_cache_end(omni__kv_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    omni__kv *kv = cache->kv;
    pthread_mutex_lock(&kv->home->mutex);
    omni__kv_reading_end(kv, &cache->reading);
    if (cache->reading.txn != NULL) {
        mdb_txn_abort(cache->reading.txn);
    }
    pthread_mutex_unlock(&kv->home->mutex);
    omni__free(kv->alloc, cache);
}

bool
omni__kv_cache_has_place(const omni__kv_cache *cache)
{
    return cache->reading.rows;
}

omni_status
omni__kv_cache_get(const omni__kv_cache *cache, omni__slice key,
                   omni__slice *value)
{
    return omni__kv_reading_get(cache->kv, &cache->reading, key, value);
}

static int
write_rows(MDB_dbi place, MDB_txn *txn, const omni__kv_row *rows, size_t count)
{
    int code = 0;
    for (size_t i = 0; i < count && code == 0; ++i) {
        MDB_val key = {.mv_size = rows[i].key.size,
                       .mv_data = (void *)rows[i].key.data};
        MDB_val value = {.mv_size = rows[i].value.size,
                         .mv_data = (void *)rows[i].value.data};
        code = mdb_put(txn, place, &key, &value, 0);
    }
    return code;
}

/* Rows of other rules are dropped by the next flush, and these with them. */
static omni_status
write(omni__kv *kv, uint64_t policy, const omni__kv_row *rows, size_t count)
{
    MDB_txn *txn = NULL;
    omni__database_state state = {0};
    int code = omni__kv_write_begin(kv, &txn);
    if (code != 0) {
        return omni__database_fail(&kv->home->database, code, "caching", NULL);
    }
    omni_status status = omni__kv_write_state(kv, txn, &state, NULL);
    const unsigned place = omni__kv_place(policy, &state);
    if (status == OMNI_OK && place == OMNI__DATABASE_PLACES) {
        status = OMNI_UNCHANGED;
    }
    if (status == OMNI_OK) {
        code = write_rows(kv->home->database.rows[place], txn, rows, count);
        if (code == 0) {
            return omni__database_commit(&kv->home->database, txn, NULL);
        }
        status =
            omni__database_fail(&kv->home->database, code, "caching", NULL);
    }
    mdb_txn_abort(txn);
    return status;
}

omni_status
omni__kv_cache_put(omni__kv *kv, uint64_t policy, const omni__kv_row *rows,
                   size_t count)
{
    if (kv->home->database.path == NULL || kv->home->database.read_only ||
        count == 0) {
        return OMNI_UNCHANGED;
    }
    for (size_t i = 0; i < count; ++i) {
        const omni_status status = omni__kv_check_key(rows[i].key);
        if (status != OMNI_OK) {
            return status;
        }
    }
    const omni_status status = write(kv, policy, rows, count);
    omni__kv_write_end(kv);
    return status;
}
