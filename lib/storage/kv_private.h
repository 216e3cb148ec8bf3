/* What the parts of the ordered table share among themselves. */
#ifndef OMNI__STORAGE_KV_PRIVATE_H
#define OMNI__STORAGE_KV_PRIVATE_H

#include "storage/database.h"
#include "storage/kv.h"
#include "storage/memtable.h"

#include <pthread.h>

/* A place in LMDB to read from; its transaction is kept for the next use. */
typedef struct omni__kv_reading {
    MDB_txn *txn;
    bool active;
    bool rows; /* false: there are none to be seen */
    MDB_dbi place;
} omni__kv_reading;

struct omni__kv {
    const omni__alloc *alloc;
    omni__kv *home; /* whose LMDB file and mutex serve it; mostly itself */
    omni__database database; /* its path is NULL on memory alone */
    uint64_t policy;         /* by which its rows are made */
    uint64_t floor;          /* LMDB's rows of another count beyond here */
    bool aside;              /* its rows do not count yet */
    uint64_t memory_bytes;
    omni__kv_reading writer; /* active from a fold's first read on */
    uint64_t changes;        /* puts so far, for open cursors */
    uint64_t file_pages;     /* when the table began */
    /* Guarded by the mutex; the writer alone changes the first two. */
    pthread_mutex_t mutex;
    omni__memtable *table;
    uint64_t position; /* published */
    omni__kv_snapshot *idle;
    size_t idle_count;
    omni__kv_shared *shared; /* what snapshots borrow with the rows */
    size_t readings;         /* active ones */
    uint32_t writing;        /* write transactions under way */
    uint32_t shadows;
};

struct omni__kv_snapshot {
    omni__memtable_reader reader;
    omni__kv *kv;
    omni__memtable *table;
    uint64_t position;
    uint64_t policy;
    omni__kv_shared *shared;
    omni__kv_reading reading;
    omni__kv_snapshot *next; /* of the idle ones */
};

/* OMNI_ERR_ARGUMENT for a key that no row may have. */
omni_status
omni__kv_check_key(omni__slice key);

/* A transaction to read in, once more after what can be mended; under the
   mutex. Returns LMDB's code. */
int
omni__kv_reading_renew(omni__kv *kv, omni__kv_reading *reading);

/* Begin a write transaction; waits for other writers. Returns LMDB's code; to
   be ended even after a fault, when the transaction is over. */
int
omni__kv_write_begin(omni__kv *kv, MDB_txn **txn);

void
omni__kv_write_end(omni__kv *kv);

/* What LMDB holds, as a write transaction sees it. */
omni_status
omni__kv_write_state(omni__kv *kv, MDB_txn *txn, omni__database_state *state,
                     omni_error *error);

/*
   Stand on LMDB as it is now, under the mutex. OMNI_ERR_BUSY where the table
   in memory does not fit over it. `position` (may be NULL) is LMDB's, even
   then.
*/
omni_status
omni__kv_reading_begin(omni__kv *kv, omni__kv_reading *reading,
                       uint64_t *position, omni_error *error);

/* Under the mutex. */
void
omni__kv_reading_end(omni__kv *kv, omni__kv_reading *reading);

omni_status
omni__kv_reading_get(const omni__kv *kv, const omni__kv_reading *reading,
                     omni__slice key, omni__slice *value);

/* What memory has of a row (NULL for none): OMNI_END where it is for LMDB to
   say. */
static inline omni_status
omni__kv_in_memory(const omni__memtable_row *row, uint64_t stamp,
                   omni__slice *value)
{
    const omni__memtable_version *version =
        row != NULL ? omni__memtable_visible(row, stamp) : NULL;
    if (version == NULL) {
        return OMNI_END;
    }
    if (version->deleted) {
        return OMNI_NOT_FOUND;
    }
    *value = omni__memtable_value(version);
    return OMNI_OK;
}

/* omni__kv_get_many() from a table in memory, over a reading of LMDB; without
   one, from the writer's. */
omni_status
omni__kv_look(omni__kv *kv, const omni__memtable *table, uint64_t stamp,
              const omni__kv_reading *reading, const omni__slice *keys,
              size_t count, omni__slice *values);

/* The writer's reading, begun where it is not. */
omni_status
omni__kv_writer_begin(omni__kv *kv);

void
omni__kv_writer_end(omni__kv *kv);

/* The place of the rows that a policy made, or OMNI__DATABASE_PLACES. */
unsigned
omni__kv_place(uint64_t policy, const omni__database_state *state);

/* Put an empty table in place of the one in memory, which its last snapshot
   frees. Under the mutex. Returns what can be freed outside it, or NULL. */
omni__memtable *
omni__kv_swap(omni__kv *kv, omni__memtable *fresh);

/* Free the snapshots that wait for use, under the mutex. */
void
omni__kv_drop_idle(omni__kv *kv);

#endif
