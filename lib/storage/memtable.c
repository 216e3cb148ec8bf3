/*
   The table in memory. Rows are linked bottom up with release stores once
   they are whole, so that a reader meets a row entirely or not at all; it
   never matters to a reader that it misses one, because what it may see was
   published, and so linked, before it began. The hash index serves point
   reads of all threads; an old one is given back as versions are.
*/
#include "storage/memtable_index.h"
#include "storage/schema.h"

#define HEIGHT OMNI__MEMTABLE_HEIGHT
#define FIRST_SLOTS 64u
#define SEED UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
prefix_of(omni__slice key)
{
    if (key.size >= 8) {
        return omni__be64_read(key.data);
    }
    uint8_t bytes[8] = {0};
    if (key.size != 0) {
        memcpy(bytes, key.data, key.size);
    }
    return omni__be64_read(bytes);
}

static omni__memtable_row *
row_new(omni__memtable *table, omni__slice key, unsigned height)
{
    omni__memtable_row *row;
    const size_t links = height * sizeof(row->next[0]);
    row = omni__slab_get(&table->rows, sizeof(*row) + links + key.size);
    if (row == NULL) {
        return NULL;
    }
    memset(row, 0, sizeof(*row) + links);
    for (unsigned level = 0; level < height; ++level) {
        atomic_init(&row->next[level].prefix, UINT64_MAX);
    }
    row->key_size = (uint16_t)key.size;
    row->height = (uint8_t)height;
    if (key.size != 0) {
        memcpy(row->next + height, key.data, key.size);
    }
    return row;
}

omni__memtable *
omni__memtable_new(const omni__alloc *alloc, uint64_t base)
{
    omni__memtable *table = omni__calloc(alloc, sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    omni__slab_init(&table->rows, alloc);
    omni__slab_init(&table->versions, alloc);
    omni__memtable_index *index = omni__memtable_index_new(alloc, FIRST_SLOTS);
    atomic_init(&table->index, index);
    table->head = row_new(table, omni__slice_of(NULL, 0), HEIGHT);
    table->random = SEED;
    table->references = 1;
    table->base = base;
    if (index == NULL || table->head == NULL) {
        omni__memtable_free(table);
        return NULL;
    }
    return table;
}

void
omni__memtable_free(omni__memtable *table)
{
    if (table == NULL) {
        return;
    }
    const omni__alloc *alloc = table->rows.alloc;
    while (table->old_indexes != NULL) {
        omni__memtable_index *index = table->old_indexes;
        table->old_indexes = index->next;
        omni__free(alloc, index);
    }
    omni__free(alloc,
               atomic_load_explicit(&table->index, memory_order_relaxed));
    omni__free(alloc, table->dirty);
    omni__slab_free(&table->rows);
    omni__slab_free(&table->versions);
    omni__free(alloc, table);
}

static bool
is_less(const omni__memtable_row *row, omni__slice key)
{
    return omni__slice_compare(omni__memtable_key(row), key) < 0;
}

/* The next row of a level if it is below `key`, or NULL. The number is read
   first, and written last: so it never is of a row before the one met. */
static inline omni__memtable_row *
next_below(const omni__memtable_step *step, omni__slice key, uint64_t prefix)
{
    const uint64_t bound =
        atomic_load_explicit(&step->prefix, memory_order_acquire);
    if (bound > prefix) {
        return NULL;
    }
    omni__memtable_row *next =
        atomic_load_explicit(&step->row, memory_order_acquire);
    return bound < prefix || (next != NULL && is_less(next, key)) ? next : NULL;
}

/* The last row below `key`, or the head, searched from one that is on the
   level under `level`; `path` (may be NULL) takes the last one on each. */
static omni__memtable_row *
search_from(omni__memtable_row *at, unsigned level, omni__slice key,
            omni__memtable_row **path)
{
    const uint64_t prefix = prefix_of(key);
    while (level-- != 0) {
        omni__memtable_row *next;
        while ((next = next_below(&at->next[level], key, prefix)) != NULL) {
            at = next;
        }
        if (path != NULL) {
            path[level] = at;
        }
    }
    return at;
}

static omni__memtable_row *
search(const omni__memtable *table, omni__slice key)
{
    return search_from(table->head, HEIGHT, key, NULL);
}

omni__memtable_row *
omni__memtable_seek(const omni__memtable *table, omni__slice key)
{
    omni__memtable_row *row = omni__memtable_next(search(table, key));
    /* One may have come in since that is none of the reader's. */
    while (row != NULL && is_less(row, key)) {
        row = omni__memtable_next(row);
    }
    return row;
}

omni__memtable_row *
omni__memtable_before(const omni__memtable *table, omni__slice key)
{
    omni__memtable_row *row = search(table, key);
    return row != table->head ? row : NULL;
}

static bool
is_indexed(omni__slice key)
{
    return key.size == 0 || key.data[0] < OMNI__TABLES_WALKED ||
           key.data[0] > OMNI__TABLES_WALKED_LAST;
}

static omni__memtable_row *
find_hashed(const omni__memtable *table, omni__slice key, uint32_t hash)
{
    return omni__memtable_index_find(
        atomic_load_explicit(&table->index, memory_order_acquire), key, hash);
}

/* A row, if it has a key. */
static omni__memtable_row *
if_named(omni__memtable_row *row, omni__slice key)
{
    return row != NULL && omni__slice_equal(omni__memtable_key(row), key)
               ? row
               : NULL;
}

omni__memtable_row *
omni__memtable_find(const omni__memtable *table, omni__slice key)
{
    return is_indexed(key) ? find_hashed(table, key, omni__memtable_hash(key))
                           : if_named(omni__memtable_seek(table, key), key);
}

void
omni__memtable_find_many(const omni__memtable *table, const omni__slice *keys,
                         size_t count, omni__memtable_row **rows)
{
    omni__memtable_index_many(
        atomic_load_explicit(&table->index, memory_order_acquire), keys, count,
        rows);
    for (size_t i = 0; i < count; ++i) {
        if (!is_indexed(keys[i])) {
            rows[i] = omni__memtable_find(table, keys[i]);
        }
    }
}

/* Rows of a table come in the order of their keys, mostly. */
static omni__memtable_finger *
finger_of(omni__memtable *table, omni__slice key)
{
    return &table->fingers[(key.size != 0 ? key.data[0] : 0) %
                           OMNI__MEMTABLE_FINGERS];
}

/* Whether a key is behind all rows, as the finger tells. */
static bool
is_last(const omni__memtable_finger *finger, omni__slice key)
{
    const omni__memtable_row *row = finger->path[0];
    return row != NULL && omni__memtable_next(row) == NULL && is_less(row, key);
}

/* The last row below `key`; into the finger's path, those on the levels below
   `height` at least. Rows on the path are below what was put last, and so may
   be a start; others may have come between them since. */
static omni__memtable_row *
search_near(const omni__memtable *table, omni__slice key, unsigned height,
            omni__memtable_finger *finger)
{
    const uint64_t prefix = prefix_of(key);
    omni__memtable_row **path = finger->path;
    if (path[0] == NULL || !is_less(path[0], key)) {
        return search_from(table->head, HEIGHT, key, path);
    }
    /* Rows that come in order are as far from one another, mostly. */
    unsigned level = finger->level != 0 ? finger->level - 1 : 0;
    level = level < height - 1 ? height - 1 : level;
    while (level + 1 < HEIGHT &&
           next_below(&path[level]->next[level], key, prefix) != NULL) {
        ++level;
    }
    finger->level = level;
    return search_from(path[level], level + 1, key, path);
}

static unsigned
random_height(omni__memtable *table)
{
    uint64_t x = table->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    table->random = x;
    unsigned height = 1;
    while (height < HEIGHT && (x & 1) == 0) {
        x >>= 1;
        ++height;
    }
    return height;
}

/* Room for one more row with a third of the slots empty. */
static bool
index_reserve(omni__memtable *table)
{
    omni__memtable_index *old =
        atomic_load_explicit(&table->index, memory_order_relaxed);
    if (table->indexed + 1 <= (old->mask + 1) / 3 * 2) {
        return true;
    }
    omni__memtable_index *index =
        omni__memtable_index_new(table->rows.alloc, (old->mask + 1) * 2);
    if (index == NULL) {
        return false;
    }
    omni__memtable_index_copy(index, old);
    atomic_store_explicit(&table->index, index, memory_order_release);
    old->retired = table->stamp + 1;
    old->next = table->old_indexes;
    table->old_indexes = old;
    return true;
}

/* Link a row in behind those of the path. */
static void
link_in(omni__memtable_row *row, omni__memtable_row **path)
{
    const uint64_t prefix = prefix_of(omni__memtable_key(row));
    atomic_store_explicit(&row->previous, path[0], memory_order_relaxed);
    for (unsigned level = 0; level < row->height; ++level) {
        omni__memtable_step *before = &path[level]->next[level];
        omni__memtable_step *own = &row->next[level];
        atomic_store_explicit(
            &own->row, atomic_load_explicit(&before->row, memory_order_relaxed),
            memory_order_relaxed);
        atomic_store_explicit(
            &own->prefix,
            atomic_load_explicit(&before->prefix, memory_order_relaxed),
            memory_order_relaxed);
        atomic_store_explicit(&before->row, row, memory_order_release);
        atomic_store_explicit(&before->prefix, prefix, memory_order_release);
        path[level] = row;
    }
    omni__memtable_row *next = omni__memtable_next(row);
    if (next != NULL) {
        atomic_store_explicit(&next->previous, row, memory_order_release);
    }
}

/* The row of a key; a new one without versions if there is none. NULL without
   memory. */
static omni__memtable_row *
row_of(omni__memtable *table, omni__slice key)
{
    const bool indexed = is_indexed(key);
    const uint32_t hash = indexed ? omni__memtable_hash(key) : 0;
    omni__memtable_index *index =
        atomic_load_explicit(&table->index, memory_order_relaxed);
    omni__memtable_finger *finger = finger_of(table, key);
    omni__prefetch(&index->slots[hash & index->mask]);
    omni__memtable_row *row = NULL;
    if (indexed && !is_last(finger, key)) {
        row = find_hashed(table, key, hash);
    }
    if (row != NULL || (indexed && !index_reserve(table))) {
        return row;
    }
    const unsigned height = random_height(table);
    omni__memtable_row *before = search_near(table, key, height, finger);
    if (!indexed) {
        row = if_named(omni__memtable_next(before), key);
    }
    if (row != NULL || (row = row_new(table, key, height)) == NULL) {
        return row;
    }
    link_in(row, finger->path);
    if (indexed) {
        omni__memtable_index_add(
            atomic_load_explicit(&table->index, memory_order_relaxed), row,
            hash);
        ++table->indexed;
    }
    ++table->count;
    return row;
}

static size_t
version_bytes(size_t size)
{
    return sizeof(omni__memtable_version) + size;
}

static omni__memtable_version *
version_new(omni__memtable *table, omni__slice value, bool deleted)
{
    omni__memtable_version *version =
        omni__slab_get(&table->versions, version_bytes(value.size));
    if (version == NULL) {
        return NULL;
    }
    version->older = NULL;
    version->stamp = table->stamp + 1;
    version->retired = 0;
    version->next = NULL;
    version->size = (uint32_t)value.size;
    version->deleted = deleted;
    if (value.size != 0) {
        memcpy(version->data, value.data, value.size);
    }
    return version;
}

/* Note that a row has a version that is not published, on top of `top`. */
static void
add_dirty(omni__memtable *table, omni__memtable_row *row,
          const omni__memtable_version *top)
{
    size_t at = table->dirty_count++;
    row->touched = (uint32_t)(table->stamp + 1);
    if (top != NULL) {
        table->dirty[at] = table->dirty[table->covering];
        at = table->covering++;
    }
    table->dirty[at] = row;
}

omni_status
omni__memtable_put(omni__memtable *table, omni__slice key, omni__slice value,
                   bool deleted)
{
    if (!omni__grow(table->rows.alloc, (void **)&table->dirty,
                    &table->dirty_capacity, table->dirty_count,
                    sizeof(table->dirty[0]))) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__memtable_version *version = version_new(table, value, deleted);
    if (version == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__memtable_row *row = row_of(table, key);
    if (row == NULL) {
        omni__slab_put(&table->versions, version, version_bytes(value.size));
        return OMNI_ERR_NO_MEMORY;
    }
    omni__memtable_version *top =
        atomic_load_explicit(&row->newest, memory_order_relaxed);
    /* Half of a stamp may be that of a publish long ago. */
    if (row->touched == (uint32_t)version->stamp && top != NULL &&
        top->stamp == version->stamp) {
        version->older = top->older;
        top->next = table->replaced;
        table->replaced = top;
    } else {
        version->older = top;
        add_dirty(table, row, top);
    }
    atomic_store_explicit(&row->newest, version, memory_order_release);
    return OMNI_OK;
}

static void
retire(omni__memtable *table, omni__memtable_version *version, uint64_t stamp)
{
    version->retired = stamp;
    version->next = NULL;
    if (table->retired != NULL) {
        table->retired_last->next = version;
    } else {
        table->retired = version;
    }
    table->retired_last = version;
}

static void
retire_replaced(omni__memtable *table, uint64_t stamp)
{
    while (table->replaced != NULL) {
        omni__memtable_version *version = table->replaced;
        table->replaced = version->next;
        retire(table, version, stamp);
    }
}

void
omni__memtable_published(omni__memtable *table)
{
    for (size_t i = 0; i < table->covering; ++i) {
        const omni__memtable_version *version = atomic_load_explicit(
            &table->dirty[i]->newest, memory_order_relaxed);
        retire(table, version->older, table->stamp);
    }
    table->dirty_count = table->covering = 0;
    retire_replaced(table, table->stamp);
}

/* Readers of today may stand on what is taken off; those of the next stamp
   cannot. */
void
omni__memtable_discard(omni__memtable *table)
{
    for (size_t i = 0; i < table->dirty_count; ++i) {
        omni__memtable_row *row = table->dirty[i];
        omni__memtable_version *version =
            atomic_load_explicit(&row->newest, memory_order_relaxed);
        atomic_store_explicit(&row->newest, version->older,
                              memory_order_release);
        retire(table, version, table->stamp + 1);
    }
    table->dirty_count = table->covering = 0;
    retire_replaced(table, table->stamp + 1);
}

void
omni__memtable_reclaim(omni__memtable *table, uint64_t oldest)
{
    while (table->retired != NULL && table->retired->retired <= oldest) {
        omni__memtable_version *version = table->retired;
        table->retired = version->next;
        omni__slab_put(&table->versions, version, version_bytes(version->size));
    }
    while (table->old_indexes != NULL &&
           table->old_indexes->retired <= oldest) {
        omni__memtable_index *index = table->old_indexes;
        table->old_indexes = index->next;
        omni__free(table->rows.alloc, index);
    }
}

static uint64_t
other_bytes(const omni__memtable *table)
{
    const omni__memtable_index *index =
        atomic_load_explicit(&table->index, memory_order_relaxed);
    uint64_t bytes = omni__memtable_index_bytes(index) +
                     table->dirty_capacity * sizeof(table->dirty[0]);
    for (index = table->old_indexes; index != NULL; index = index->next) {
        bytes += omni__memtable_index_bytes(index);
    }
    return bytes;
}

uint64_t
omni__memtable_used(const omni__memtable *table)
{
    return table->rows.used + table->versions.used + other_bytes(table);
}

uint64_t
omni__memtable_reserved(const omni__memtable *table)
{
    return table->rows.reserved + table->versions.reserved + other_bytes(table);
}

void
omni__memtable_enter(omni__memtable *table, omni__memtable_reader *reader)
{
    reader->stamp = table->stamp;
    reader->newer = NULL;
    reader->older = table->youngest;
    if (reader->older != NULL) {
        reader->older->newer = reader;
    } else {
        table->oldest = reader;
    }
    table->youngest = reader;
    ++table->references;
}

void
omni__memtable_leave(omni__memtable *table, omni__memtable_reader *reader)
{
    if (reader->older != NULL) {
        reader->older->newer = reader->newer;
    } else {
        table->oldest = reader->newer;
    }
    if (reader->newer != NULL) {
        reader->newer->older = reader->older;
    } else {
        table->youngest = reader->older;
    }
    --table->references;
}
