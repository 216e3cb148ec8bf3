/*
   The ordered table that all derived state lives in: a table in memory over
   LMDB, or over nothing (path NULL: the same code on memory alone).

   One writer at a time, guarded by the caller, puts rows and publishes them
   together with the log position they reflect. Any number of snapshots, from
   any thread, read without blocking the writer. A flush moves what was
   published into LMDB in one transaction with its position. Other processes
   have tables of their own over the same LMDB file: because rows are whole
   values and are the same wherever the log is folded to the same position, a
   memory table stays right over any LMDB snapshot whose position lies between
   its own base and its own end.
*/
#ifndef OMNI__STORAGE_KV_H
#define OMNI__STORAGE_KV_H

#include "platform/error.h"
#include "platform/hooks.h"
#include "platform/slice.h"

#include <stdatomic.h>

/* Keys have 1 to this many bytes (LMDB's own bound is 511) and do not begin
   with a zero byte; others are OMNI_ERR_ARGUMENT. */
#define OMNI__KV_KEY_MAX 500

typedef struct omni__kv omni__kv;
typedef struct omni__kv_snapshot omni__kv_snapshot;
typedef struct omni__kv_cursor omni__kv_cursor;

/* What every snapshot borrows together with the rows it sees. Embedded in what
   it really is. */
typedef struct omni__kv_shared omni__kv_shared;

struct omni__kv_shared {
    _Atomic size_t references;
    void (*free)(omni__kv_shared *shared);
};

/* Policy of a table that nobody has set one for. */
#define OMNI__KV_POLICY_NONE UINT64_C(1)

typedef struct omni__kv_options {
    const omni__hooks *hooks;
    uint64_t map_bytes;      /* 0: 1 TiB, 1 GiB where size_t has 32 bits */
    uint64_t memory_bytes;   /* budget that omni__kv_over_budget() holds to */
    bool read_only;          /* LMDB file is only read; flush is an error */
    uint8_t deployment[16];  /* kept in LMDB; another is OMNI_ERR_CONFLICT */
    uint32_t derive_version; /* kept in LMDB; see omni__kv_open() */
} omni__kv_options;

/*
   Open the LMDB file at `path` (made where missing, atomically), after
   checking that it is whole: magic, version, page size, file length. A file
   of another derive_version is opened as if it were empty (its rows are
   dropped at the next flush). NULL path: memory alone; so is read_only where
   there is no file.
   OMNI_ERR_CORRUPT (not LMDB, truncated), _VERSION, _IO, _FULL, _READ_ONLY.
*/
omni_status
omni__kv_open(const char *path, const omni__kv_options *options, omni__kv **out,
              omni_error *error);

/*
   A table beside another, over the same LMDB file, whose rows are made by
   `policy`: what it flushes does not count until the other one has taken to
   that policy too. One thread at a time, any. The other is closed after it.
*/
omni_status
omni__kv_open_shadow(omni__kv *home, uint64_t policy, uint64_t memory_bytes,
                     omni__kv **out, omni_error *error);

/* Every snapshot must have ended. Does not flush. NULL is allowed. */
void
omni__kv_close(omni__kv *kv);

/*
   ---- policies: rows made by one are of no use to another ----

   A policy is known by a number, never 0. LMDB has place for the rows of two:
   those that count, and those that a shadow makes.
*/

/* By which policy the rows are made. By who refreshes. */
uint64_t
omni__kv_policy(const omni__kv *kv);

/*
   Make rows by another policy from now on: those that LMDB has of it already,
   and where it has none, from nothing. They are shown to nobody until they are
   published as whole. `floor`: a position of the log at which the old policy
   has ended. Nothing may wait to be published.
*/
omni_status
omni__kv_switch(omni__kv *kv, uint64_t policy, uint64_t floor,
                omni_error *error);

/* What the rows that count are lent with, or NULL: then there is nothing to be
   seen, and omni__kv_publish_whole() is due. By who refreshes. */
omni__kv_shared *
omni__kv_shared_now(const omni__kv *kv);

/* Publish, and lend `shared` with the rows from now on; the table holds a
   reference of it. */
void
omni__kv_publish_whole(omni__kv *kv, uint64_t position,
                       omni__kv_shared *shared);

/* A reference to what is lent now, or NULL; any thread. */
omni__kv_shared *
omni__kv_borrow(omni__kv *kv);

/* One more reference, and one less; NULL is allowed. */
omni__kv_shared *
omni__kv_share(omni__kv_shared *shared);

void
omni__kv_unshare(omni__kv_shared *shared);

/* Whether the rows in LMDB are those of another `derive_version`, and ignored.
   By who refreshes. */
bool
omni__kv_is_stale(const omni__kv *kv);

/* ---- the writer: one thread at a time, the caller's lock held ---- */

/*
   Catch up with LMDB: where another process flushed past this table's end,
   the table is dropped and begins anew. Nothing unpublished may be waiting
   (OMNI_ERR_CONFLICT). `position` is where folding has to go on from.

   LMDB is held as it is only from the writer's first read there to the next
   publish, discard, refresh or flush, so that an idle process does not keep
   old pages in use. OMNI_ERR_BUSY: its map has to grow, and cannot while a
   snapshot is open.
*/
omni_status
omni__kv_refresh(omni__kv *kv, uint64_t *position, omni_error *error);

/*
   Newest value of a key, published or not; OMNI_NOT_FOUND. Borrowed until the
   next publish, discard, refresh or flush; an empty value has non-NULL data.
   OMNI_ERR_BUSY: another process flushed past since the refresh: discard,
   refresh and fold again. So too for cursors.
*/
omni_status
omni__kv_get(omni__kv *kv, omni__slice key, omni__slice *value);

/* Values of several keys, in less time than one by one; of one that is not
   found, the data is NULL. */
omni_status
omni__kv_get_many(omni__kv *kv, const omni__slice *keys, size_t count,
                  omni__slice *values);

/* Put a whole value. OMNI_ERR_NO_MEMORY: the caller discards. */
omni_status
omni__kv_put(omni__kv *kv, omni__slice key, omni__slice value);

omni_status
omni__kv_delete(omni__kv *kv, omni__slice key);

/* A cursor over the writer's view; puts while it is open are allowed and seen
   when it comes to them. Close before publish or discard. */
omni_status
omni__kv_cursor_writer(omni__kv *kv, omni__kv_cursor **out);

/* Make everything put since the last publish visible to snapshots begun from
   now on, as the state of the log at `position`. Cannot fail. */
void
omni__kv_publish(omni__kv *kv, uint64_t position);

/* Forget everything put since the last publish. */
void
omni__kv_discard(omni__kv *kv);

/* True if memory (rows, and the pages a flush would dirty) is over budget and
   a flush would help. */
bool
omni__kv_over_budget(const omni__kv *kv);

/* Bytes of rows in memory. */
uint64_t
omni__kv_memory_bytes(const omni__kv *kv);

/*
   Write every published row and the position into LMDB in one synced
   transaction, and begin an empty memory table. The log must be durable up to
   the published position, and nothing may wait to be published
   (OMNI_ERR_CONFLICT). OMNI_UNCHANGED if there was nothing, or another
   process flushed as much already: refresh gives the memory back. On a fault
   nothing changed. OMNI_ERR_FULL: disk or map is full. OMNI_ERR_IO: so too
   every later flush until the table is opened again. OMNI_ERR_BUSY: another
   process has begun it anew by other rules: refresh.
*/
omni_status
omni__kv_flush(omni__kv *kv, omni_error *error);

/* Take out every row: used to rebuild. OMNI_ERR_BUSY if a snapshot is open or
   another process has the file open; a fault may leave the rows or none, and
   refresh tells. */
omni_status
omni__kv_clear(omni__kv *kv, omni_error *error);

/* ---- readers: any thread ---- */

/*
   A snapshot of the last published state. OMNI_ERR_BUSY if another process
   flushed past it, or rows of another policy are being made: refresh, fold,
   and try again.
*/
omni_status
omni__kv_snapshot_begin(omni__kv *kv, omni__kv_snapshot **out,
                        omni_error *error);

/* Its cursors must be closed. NULL is allowed. */
void
omni__kv_snapshot_end(omni__kv_snapshot *snapshot);

/* What was lent with the rows; NULL where nothing ever was. */
omni__kv_shared *
omni__kv_snapshot_shared(const omni__kv_snapshot *snapshot);

/* By which its rows were made. */
uint64_t
omni__kv_snapshot_policy(const omni__kv_snapshot *snapshot);

/* Log position that the snapshot reflects. */
uint64_t
omni__kv_snapshot_position(const omni__kv_snapshot *snapshot);

/* As omni__kv_get(); borrowed until the snapshot ends. */
omni_status
omni__kv_snapshot_get(omni__kv_snapshot *snapshot, omni__slice key,
                      omni__slice *value);

/* As omni__kv_get_many(). */
omni_status
omni__kv_snapshot_get_many(omni__kv_snapshot *snapshot, const omni__slice *keys,
                           size_t count, omni__slice *values);

omni_status
omni__kv_cursor_snapshot(omni__kv_snapshot *snapshot, omni__kv_cursor **out);

/*
   ---- cursors: ordered by bytes of the key ----

   A new cursor, and one that has returned OMNI_END, stands nowhere: next and
   prev return OMNI_END until it is sought again. A seek takes an empty key.
*/

/* First row whose key is >= `key`; OMNI_END. */
omni_status
omni__kv_cursor_seek(omni__kv_cursor *cursor, omni__slice key);

/* Last row whose key is < `key`; OMNI_END. */
omni_status
omni__kv_cursor_seek_before(omni__kv_cursor *cursor, omni__slice key);

/* Last row whose key is <= `key`; OMNI_END. Finds the key's own as quickly as
   omni__kv_get(). */
omni_status
omni__kv_cursor_seek_last(omni__kv_cursor *cursor, omni__slice key);

omni_status
omni__kv_cursor_next(omni__kv_cursor *cursor);

omni_status
omni__kv_cursor_prev(omni__kv_cursor *cursor);

/* Row under the cursor; borrowed as get()'s values are. */
omni__slice
omni__kv_cursor_key(const omni__kv_cursor *cursor);

omni__slice
omni__kv_cursor_value(const omni__kv_cursor *cursor);

/* NULL is allowed. */
void
omni__kv_cursor_close(omni__kv_cursor *cursor);

/*
   ---- a cache beside the tables: any thread ----

   Rows that can be made again at any time, in the LMDB file alone, with keys
   that no table has. They are no part of a state: a snapshot does not pin
   them, publishing does not touch them, and whoever reads them has to see
   whether they are still right. They go where the tables go: when these are
   cleared, or dropped as those of another derive_version or policy. On memory
   alone nothing is kept. `policy`: by which the tables were made that they are
   of, omni__kv_snapshot_policy().
*/
typedef struct omni__kv_cache omni__kv_cache;

typedef struct omni__kv_row {
    omni__slice key;
    omni__slice value;
} omni__kv_row;

/* Rows as they are in LMDB now, however old a snapshot is; none where LMDB
   cannot be read. */
omni_status
omni__kv_cache_begin(omni__kv *kv, uint64_t policy, omni__kv_cache **out);

/* Whether rows of the policy were flushed: before, none can be kept. */
bool
omni__kv_cache_has_place(const omni__kv_cache *cache);

/* OMNI_NOT_FOUND. Borrowed until the end; not aligned. */
omni_status
omni__kv_cache_get(const omni__kv_cache *cache, omni__slice key,
                   omni__slice *value);

/* NULL is allowed. */
void
omni__kv_cache_end(omni__kv_cache *cache);

/* Put rows in one synced transaction. OMNI_UNCHANGED where nothing can be
   kept; after a fault nothing was. */
omni_status
omni__kv_cache_put(omni__kv *kv, uint64_t policy, const omni__kv_row *rows,
                   size_t count);

/* Bytes of the LMDB file; 0 on memory alone. */
uint64_t
omni__kv_file_bytes(omni__kv *kv);

#endif
