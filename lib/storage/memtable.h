/*
   The ordered table in memory: a skip list that only grows, with a hash index
   beside it of all rows but those of tables that are walked. One writer; any
   number of readers that take no lock.

   A row has a chain of versions, newest first. What is put goes on top with
   the stamp of the publish to come; a reader holds the stamp of the last
   publish before it began and takes the first version that is not younger.
   Versions that a newer one covers are given back once no reader is left that
   began before it: newer readers stop above them.

   The list of readers is the caller's to guard by a mutex; it also makes what
   was published before a reader began visible to it.
*/
#ifndef OMNI__STORAGE_MEMTABLE_H
#define OMNI__STORAGE_MEMTABLE_H

#include "omni/status.h"
#include "platform/slice.h"
#include "storage/slab.h"

#include <stdatomic.h>

/* Stamp of the writer: it sees what is not published yet. */
#define OMNI__MEMTABLE_NEWEST UINT64_MAX

typedef struct omni__memtable_version omni__memtable_version;
typedef struct omni__memtable_row omni__memtable_row;
typedef struct omni__memtable_index omni__memtable_index;

struct omni__memtable_version {
    omni__memtable_version *older;
    uint64_t stamp;   /* of the publish that shows it */
    uint64_t retired; /* readers from this stamp on do not come here */
    omni__memtable_version *next; /* of those retired */
    uint32_t size;
    bool deleted;
    _Alignas(8) uint8_t data[];
};

typedef _Atomic(omni__memtable_row *) omni__memtable_link;

/* The next row on a level, and what tells without a look at it whether to go
   there: its key's first 8 bytes as a number. For a moment after a row came in
   these are still of the row that is behind it then. */
typedef struct omni__memtable_step {
    omni__memtable_link row; /* NULL: there is none */
    _Atomic uint64_t prefix; /* UINT64_MAX then */
} omni__memtable_step;

struct omni__memtable_row {
    _Atomic(omni__memtable_version *) newest; /* NULL: its put was discarded */
    omni__memtable_link previous;
    uint16_t key_size;
    uint8_t height;
    uint32_t touched;           /* low half of the stamp of the last put */
    omni__memtable_step next[]; /* one per level; then the key */
};

/* A snapshot, as the table sees it. */
typedef struct omni__memtable_reader omni__memtable_reader;
struct omni__memtable_reader {
    uint64_t stamp;
    omni__memtable_reader *newer;
    omni__memtable_reader *older;
};

/* With half of the rows on each next level: a million. */
#define OMNI__MEMTABLE_HEIGHT 20u

/* Keys that are searched for at once. */
#define OMNI__MEMTABLE_MANY 16u

/* How many tables have a place of their own where a row was put last. */
#define OMNI__MEMTABLE_FINGERS 12u

/* On each level, the last row up to one that was put; NULL: none was. */
typedef struct omni__memtable_finger {
    omni__memtable_row *path[OMNI__MEMTABLE_HEIGHT];
    unsigned level; /* from which the search before went down */
} omni__memtable_finger;

typedef struct omni__memtable {
    omni__slab rows; /* apart, so that searching stays among them */
    omni__slab versions;
    omni__memtable_row *head;
    _Atomic(omni__memtable_index *) index;
    omni__memtable_index *old_indexes;
    uint64_t stamp;             /* of the last publish; guarded by the mutex */
    omni__memtable_row **dirty; /* whose newest is not published: first those */
    size_t covering;            /* that cover one that is, so many of them */
    size_t dirty_count;
    size_t dirty_capacity;
    omni__memtable_version *replaced; /* before they were ever published */
    omni__memtable_version *retired;  /* oldest first */
    omni__memtable_version *retired_last;
    size_t count;   /* of rows */
    size_t indexed; /* so many of them are in the index */
    uint64_t random;
    omni__memtable_finger fingers[OMNI__MEMTABLE_FINGERS];
    /* The rest is guarded by the mutex. */
    omni__memtable_reader *oldest;
    omni__memtable_reader *youngest;
    size_t references;
    uint64_t base; /* log position from which the table holds every change */
} omni__memtable;

/* An empty table with one reference; NULL without memory. */
omni__memtable *
omni__memtable_new(const omni__alloc *alloc, uint64_t base);

/* NULL is allowed. */
void
omni__memtable_free(omni__memtable *table);

/* ---- any thread ---- */

static inline omni__slice
omni__memtable_key(const omni__memtable_row *row)
{
    return omni__slice_of(row->next + row->height, row->key_size);
}

static inline omni__slice
omni__memtable_value(const omni__memtable_version *version)
{
    return omni__slice_of(version->data, version->size);
}

/* Row of a key, or NULL. */
omni__memtable_row *
omni__memtable_find(const omni__memtable *table, omni__slice key);

/* The same of several keys at once, at most OMNI__MEMTABLE_MANY: what a search
   for one waits for in memory comes while the others are searched for. */
void
omni__memtable_find_many(const omni__memtable *table, const omni__slice *keys,
                         size_t count, omni__memtable_row **rows);

/* What a reader of this stamp sees of a row; NULL for nothing. */
static inline const omni__memtable_version *
omni__memtable_visible(const omni__memtable_row *row, uint64_t stamp)
{
    const omni__memtable_version *version =
        atomic_load_explicit(&row->newest, memory_order_acquire);
    while (version != NULL && version->stamp > stamp) {
        version = version->older;
    }
    return version;
}

/* First row whose key is >= `key`, or NULL. */
omni__memtable_row *
omni__memtable_seek(const omni__memtable *table, omni__slice key);

/* Last row whose key is < `key`, or NULL. */
omni__memtable_row *
omni__memtable_before(const omni__memtable *table, omni__slice key);

/* Neighbours in order of keys, or NULL. */
static inline omni__memtable_row *
omni__memtable_next(const omni__memtable_row *row)
{
    return atomic_load_explicit(&row->next[0].row, memory_order_acquire);
}

static inline omni__memtable_row *
omni__memtable_prev(const omni__memtable *table, const omni__memtable_row *row)
{
    omni__memtable_row *previous =
        atomic_load_explicit(&row->previous, memory_order_acquire);
    return previous != table->head ? previous : NULL;
}

static inline omni__memtable_row *
omni__memtable_first(const omni__memtable *table)
{
    return omni__memtable_next(table->head);
}

/* ---- the writer ---- */

/* OMNI_ERR_NO_MEMORY leaves the row as it was. */
omni_status
omni__memtable_put(omni__memtable *table, omni__slice key, omni__slice value,
                   bool deleted);

/* After `stamp` went up by one: what was put covers what it replaced. */
void
omni__memtable_published(omni__memtable *table);

/* Forget what was put since. */
void
omni__memtable_discard(omni__memtable *table);

/* Give back what only readers older than `oldest` may still need. */
void
omni__memtable_reclaim(omni__memtable *table, uint64_t oldest);

/* Bytes of rows, keys, versions and index. */
uint64_t
omni__memtable_used(const omni__memtable *table);

/* The same with what lies idle: what the allocator was asked for. */
uint64_t
omni__memtable_reserved(const omni__memtable *table);

/* ---- under the caller's mutex ---- */

void
omni__memtable_enter(omni__memtable *table, omni__memtable_reader *reader);

void
omni__memtable_leave(omni__memtable *table, omni__memtable_reader *reader);

/* Stamp of the oldest reader; OMNI__MEMTABLE_NEWEST without one. */
static inline uint64_t
omni__memtable_oldest(const omni__memtable *table)
{
    return table->oldest != NULL ? table->oldest->stamp : OMNI__MEMTABLE_NEWEST;
}

#endif
