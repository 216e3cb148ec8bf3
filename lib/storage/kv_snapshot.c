/*
   Snapshots of the ordered table. Those that ended wait, with their LMDB
   transaction, for the next to begin: a new transaction would have to look
   for a place in LMDB's table of readers.
*/
#include "storage/kv_private.h"

#define IDLE_MAX 32u

static void
snapshot_free(omni__kv *kv, omni__kv_snapshot *snapshot)
{
    if (snapshot->reading.txn != NULL) {
        mdb_txn_abort(snapshot->reading.txn);
    }
    omni__free(kv->alloc, snapshot);
}

void
omni__kv_drop_idle(omni__kv *kv)
{
    while (kv->idle != NULL) {
        omni__kv_snapshot *snapshot = kv->idle;
        kv->idle = snapshot->next;
        snapshot_free(kv, snapshot);
    }
    kv->idle_count = 0;
}

static omni__kv_snapshot *
take(omni__kv *kv)
{
    omni__kv_snapshot *snapshot = kv->idle;
    if (snapshot != NULL) {
        kv->idle = snapshot->next;
        --kv->idle_count;
        return snapshot;
    }
    snapshot = omni__calloc(kv->alloc, sizeof(*snapshot));
    if (snapshot != NULL) {
        snapshot->kv = kv;
    }
    return snapshot;
}

/* Keep it for the next, or return it to be freed. */
static omni__kv_snapshot *
give_back(omni__kv *kv, omni__kv_snapshot *snapshot)
{
    if (kv->idle_count == IDLE_MAX) {
        return snapshot;
    }
    snapshot->next = kv->idle;
    kv->idle = snapshot;
    ++kv->idle_count;
    return NULL;
}

omni_status
omni__kv_snapshot_begin(omni__kv *kv, omni__kv_snapshot **out,
                        omni_error *error)
{
    pthread_mutex_lock(&kv->home->mutex);
    omni__kv_snapshot *snapshot = take(kv);
    omni_status status = OMNI_ERR_NO_MEMORY;
    if (snapshot != NULL && kv->aside) {
        status = omni__fail(error, OMNI_ERR_BUSY, "the policy is changing");
    } else if (snapshot != NULL) {
        status = omni__kv_reading_begin(kv, &snapshot->reading, NULL, error);
    }
    if (status == OMNI_OK) {
        snapshot->table = kv->table;
        snapshot->position = kv->position;
        snapshot->policy = kv->policy;
        snapshot->shared = omni__kv_share(kv->shared);
        omni__memtable_enter(snapshot->table, &snapshot->reader);
        *out = snapshot;
    } else if (snapshot != NULL) {
        snapshot = give_back(kv, snapshot);
        if (snapshot != NULL) {
            snapshot_free(kv, snapshot);
        }
    }
    pthread_mutex_unlock(&kv->home->mutex);
    return status != OMNI_ERR_NO_MEMORY ? status : omni__fail_memory(error);
}

void
omni__kv_snapshot_end(omni__kv_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    omni__kv *kv = snapshot->kv;
    omni__memtable *table = snapshot->table;
    pthread_mutex_lock(&kv->home->mutex);
    omni__kv_reading_end(kv, &snapshot->reading);
    omni__kv_unshare(snapshot->shared);
    omni__memtable_leave(table, &snapshot->reader);
    if (table->references != 0) {
        table = NULL;
    }
    snapshot = give_back(kv, snapshot);
    if (snapshot != NULL) {
        snapshot_free(kv, snapshot);
    }
    pthread_mutex_unlock(&kv->home->mutex);
    omni__memtable_free(table);
}

omni__kv_shared *
omni__kv_snapshot_shared(const omni__kv_snapshot *snapshot)
{
    return snapshot->shared;
}

uint64_t
omni__kv_snapshot_policy(const omni__kv_snapshot *snapshot)
{
    return snapshot->policy;
}

uint64_t
omni__kv_snapshot_position(const omni__kv_snapshot *snapshot)
{
    return snapshot->position;
}

omni_status
omni__kv_snapshot_get(omni__kv_snapshot *snapshot, omni__slice key,
                      omni__slice *value)
{
    omni_status status = omni__kv_check_key(key);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_in_memory(omni__memtable_find(snapshot->table, key),
                                snapshot->reader.stamp, value);
    return status != OMNI_END
               ? status
               : omni__kv_reading_get(snapshot->kv, &snapshot->reading, key,
                                      value);
}

omni_status
omni__kv_snapshot_get_many(omni__kv_snapshot *snapshot, const omni__slice *keys,
                           size_t count, omni__slice *values)
{
    return omni__kv_look(snapshot->kv, snapshot->table, snapshot->reader.stamp,
                         &snapshot->reading, keys, count, values);
}
