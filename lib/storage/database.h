/*
   The LMDB file under the tables: made whole or not at all, looked over
   before it is mapped. It has two places for the rows, each a database of its
   own in it, so that they can be made anew by another policy beside those that
   are read; and a first row, which says of each place by which policy its rows
   were made, what state of the log they reflect, and which of them counts.
*/
#ifndef OMNI__STORAGE_DATABASE_H
#define OMNI__STORAGE_DATABASE_H

#include "platform/hooks.h"

#include <lmdb.h>
#include <stdatomic.h>

#define OMNI__DATABASE_ROW 0x00 /* the first row's key */
#define OMNI__DATABASE_PLACES 2

/* What the first row says. */
typedef struct omni__database_state {
    unsigned chosen; /* the place that counts */
    struct omni__database_place {
        uint64_t position; /* of the log that the rows reflect */
        uint64_t policy;   /* by which they were made; 0: there are none */
    } places[OMNI__DATABASE_PLACES];
    bool current; /* false: all are of other rules, and to be ignored */
} omni__database_state;

typedef struct omni__database {
    const omni__hooks *hooks; /* of these, the logger */
    const omni__alloc *alloc;
    char *path;
    uint64_t map_bytes;
    bool read_only;
    uint8_t deployment[16];
    uint32_t derive_version;
    MDB_env *env; /* NULL: not open, or lost when its map had to grow */
    MDB_dbi main; /* of the first row */
    MDB_dbi rows[OMNI__DATABASE_PLACES];
    _Atomic bool poisoned; /* a commit failed in an unknown state */
    bool state_known;
    size_t state_id; /* LMDB's number of the transaction of `state` */
    omni__database_state state;
} omni__database;

/*
   Make an empty file at `path`, durably, unless one with something in it is
   there; `replace`: even then.
*/
omni_status
omni__database_create(const omni__database *database, bool replace,
                      omni_error *error);

/* Look at the file without mapping it: OMNI_ERR_CORRUPT (not LMDB, cut
   short), _VERSION, _IO. `page_size` may be NULL. */
omni_status
omni__database_check(const char *path, uint32_t *page_size, omni_error *error);

/* Open what create() made, checking it. */
omni_status
omni__database_open(omni__database *database, omni_error *error);

/* Transactions must have ended. What was not open is allowed. */
void
omni__database_close(omni__database *database);

/* OMNI_ERR_BUSY if another process has the file open. Only while it is closed
   here: looking drops this process's own mark. */
omni_status
omni__database_alone(const omni__database *database, omni_error *error);

/* State that a transaction sees. One thread at a time. */
omni_status
omni__database_read_state(omni__database *database, MDB_txn *txn,
                          omni__database_state *out, omni_error *error);

/* Returns LMDB's code. */
int
omni__database_write_state(const omni__database *database, MDB_txn *txn,
                           const omni__database_state *state);

/* Open the file's parts, made where `create`. Returns LMDB's code. */
int
omni__database_parts(omni__database *database, MDB_txn *txn, bool create);

/* Commit, keep the file as long as it says it is, and poison the database
   after a fault that leaves it unknown what is on the medium. */
omni_status
omni__database_commit(omni__database *database, MDB_txn *txn,
                      omni_error *error);

/* One page map more than this process has: give the map the size that the
   file asks for. No transaction may be active. Returns LMDB's code. */
int
omni__database_remap(omni__database *database);

/* Status of an LMDB code, with `what` failed in `error`. */
omni_status
omni__database_fail(const omni__database *database, int code, const char *what,
                    omni_error *error);

/* Pages of the file, and the bytes that they take; 0 if it is not open. */
uint64_t
omni__database_pages(const omni__database *database);

uint64_t
omni__database_bytes(const omni__database *database);

#endif
