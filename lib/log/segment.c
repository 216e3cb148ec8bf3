/*
   Finding, checking and mapping segments. A segment is mapped at its full
   capacity, so that it need not be mapped again while its file grows.
*/
#include "log/segment.h"

#include "codec/varint.h"
#include "log/internal.h"
#include "platform/file.h"

#include <errno.h>
#include <stdio.h>
#include <xxhash.h>

#define SEGMENT_VERSION 1
#define FIRST_TABLE 16u
/* More than any segment can have; keeps arithmetic away from its limits. */
#define CAPACITY_LIMIT (UINT64_C(1) << 48)

static const uint8_t segment_magic[8] = {'o', 'm', 'n', 'i',
                                         'l', 'o', 'g', '\n'};

/* Offsets in the header. */
enum {
    AT_VERSION = 8,
    AT_DEPLOYMENT = 16,
    AT_BASE = 32,
    AT_PREVIOUS = 40,
    AT_CAPACITY = 48,
    AT_CHECKSUM = 56
};

void
omni__segment_name(uint64_t base, char name[OMNI__SEGMENT_NAME_SIZE])
{
    snprintf(name, OMNI__SEGMENT_NAME_SIZE, "%016llx.log",
             (unsigned long long)base);
}

static bool
name_parse(const char *name, uint64_t *base)
{
    uint64_t value = 0;
    for (int i = 0; i < 16; ++i) {
        const char c = name[i];
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        } else {
            return false;
        }
    }
    *base = value;
    return strcmp(name + 16, ".log") == 0;
}

void
omni__segment_header_write(const omni__segment_header *header,
                           const uint8_t *deployment,
                           uint8_t bytes[OMNI__SEGMENT_HEADER])
{
    memset(bytes, 0, OMNI__SEGMENT_HEADER);
    memcpy(bytes, segment_magic, sizeof(segment_magic));
    omni__le32_write(bytes + AT_VERSION, SEGMENT_VERSION);
    memcpy(bytes + AT_DEPLOYMENT, deployment, 16);
    omni__le64_write(bytes + AT_BASE, header->base);
    omni__le64_write(bytes + AT_PREVIOUS, header->previous);
    omni__le64_write(bytes + AT_CAPACITY, header->capacity);
    omni__le64_write(bytes + AT_CHECKSUM, XXH3_64bits(bytes, AT_CHECKSUM));
}

static omni_status
fail(omni_error *error, omni_status status, uint64_t base, const char *why)
{
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(base, name);
    return omni__fail_at(error, status, 0, "%s: %s", name, why);
}

static bool
header_is_sound(const uint8_t bytes[OMNI__SEGMENT_HEADER])
{
    return memcmp(bytes, segment_magic, sizeof(segment_magic)) == 0 &&
           omni__le64_read(bytes + AT_CHECKSUM) ==
               XXH3_64bits(bytes, AT_CHECKSUM);
}

omni_status
omni__segment_header_read(const uint8_t bytes[OMNI__SEGMENT_HEADER],
                          uint64_t base, const uint8_t *deployment,
                          omni__segment_header *header, omni_error *error)
{
    if (!header_is_sound(bytes)) {
        return fail(error, OMNI_ERR_CORRUPT, base,
                    "the segment's header is damaged");
    }
    if (omni__le32_read(bytes + AT_VERSION) != SEGMENT_VERSION) {
        return fail(error, OMNI_ERR_VERSION, base,
                    "the segment is of a newer format");
    }
    if (memcmp(bytes + AT_DEPLOYMENT, deployment, 16) != 0) {
        return fail(error, OMNI_ERR_CORRUPT, base,
                    "the segment is of another deployment");
    }
    const omni__segment_header read = {
        .base = omni__le64_read(bytes + AT_BASE),
        .previous = omni__le64_read(bytes + AT_PREVIOUS),
        .capacity = omni__le64_read(bytes + AT_CAPACITY)};
    if (read.base != base || base % 8 != 0 ||
        read.capacity < OMNI__SEGMENT_HEADER ||
        read.capacity > CAPACITY_LIMIT ||
        base > UINT64_MAX - 2 * CAPACITY_LIMIT) {
        return fail(error, OMNI_ERR_CORRUPT, base,
                    "the segment's name is not what its header says");
    }
    *header = read;
    return OMNI_OK;
}

size_t
omni__segments_count(const omni__log *log)
{
    const omni__segment_table *table =
        atomic_load_explicit(&log->table, memory_order_acquire);
    return table != NULL
               ? atomic_load_explicit(&table->count, memory_order_acquire)
               : 0;
}

omni__segment *
omni__segments_at(const omni__log *log, size_t index)
{
    const omni__segment_table *table =
        atomic_load_explicit(&log->table, memory_order_acquire);
    return table->items[index];
}

size_t
omni__segments_find(const omni__log *log, uint64_t position)
{
    size_t low = 0;
    size_t high = omni__segments_count(log);
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (omni__segments_at(log, middle)->header.base <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool
omni__segment_has(const omni__log *log, omni__segment *segment, size_t size)
{
    if (size > segment->map_size) {
        return false;
    }
    if (atomic_load_explicit(&segment->present, memory_order_relaxed) >= size) {
        return true;
    }
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(segment->header.base, name);
    uint64_t present;
    if (omni__file_size_of(log->directory, name, &present) != 0) {
        return false;
    }
    const size_t seen =
        present < segment->map_size ? (size_t)present : segment->map_size;
    atomic_store_explicit(&segment->present, seen, memory_order_relaxed);
    return seen >= size;
}

/* Append to the table, growing it if need be. The mutex is held. */
static bool
table_add(omni__log *log, omni__segment *segment)
{
    omni__segment_table *table = atomic_load(&log->table);
    const size_t count = omni__segments_count(log);
    if (table == NULL || count == table->capacity) {
        const size_t capacity = table != NULL ? count * 2 : FIRST_TABLE;
        omni__segment_table *larger =
            omni__malloc(&log->hooks.alloc,
                         sizeof(*larger) + capacity * sizeof(larger->items[0]));
        if (larger == NULL) {
            return false;
        }
        larger->older = table;
        larger->capacity = capacity;
        atomic_init(&larger->count, count);
        if (table != NULL) {
            memcpy(larger->items, table->items,
                   count * sizeof(table->items[0]));
        }
        atomic_store_explicit(&log->table, larger, memory_order_release);
        table = larger;
    }
    table->items[count] = segment;
    atomic_store_explicit(&table->count, count + 1, memory_order_release);
    return true;
}

void
omni__segments_free(omni__log *log)
{
    const size_t count = omni__segments_count(log);
    for (size_t i = 0; i < count; ++i) {
        omni__segment *segment = omni__segments_at(log, i);
        omni__file_unmap((void *)(uintptr_t)segment->map, segment->map_size);
        omni__free(&log->hooks.alloc, segment);
    }
    omni__segment_table *table = atomic_load(&log->table);
    while (table != NULL) {
        omni__segment_table *older = table->older;
        omni__free(&log->hooks.alloc, table);
        table = older;
    }
    atomic_store(&log->table, NULL);
}

/* Bases of the files that the table lacks. */
typedef struct listing {
    const omni__alloc *alloc;
    uint64_t *bases;
    size_t count;
    size_t capacity;
    uint64_t above; /* the table's last base */
    bool any;       /* is there a table to be above */
    uint64_t limit;
    bool failed;
} listing;

static void
list_name(void *user, const char *name)
{
    listing *list = user;
    uint64_t base;
    if (!name_parse(name, &base) || base > list->limit ||
        (list->any && base <= list->above)) {
        return;
    }
    void *bases = list->bases;
    if (!omni__grow(list->alloc, &bases, &list->capacity, list->count,
                    sizeof(base))) {
        list->failed = true;
        return;
    }
    list->bases = bases;
    size_t at = list->count++;
    while (at > 0 && list->bases[at - 1] > base) {
        list->bases[at] = list->bases[at - 1];
        --at;
    }
    list->bases[at] = base;
}

/* Map one whose header is sound. */
static omni_status
map_segment(omni__log *log, int fd, const omni__segment_header *header,
            omni_error *error)
{
    const uint64_t bytes = header->capacity;
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(header->base, name);
    uint64_t present;
    int system = omni__file_size(fd, &present);
    if (system != 0) {
        return omni__fail_errno(error, system, "%s", name);
    }
    if (bytes > SIZE_MAX / 2) {
        return omni__fail(error, OMNI_ERR_NO_MEMORY,
                          "%s: too large to be mapped here", name);
    }
    omni__segment *segment = omni__calloc(&log->hooks.alloc, sizeof(*segment));
    if (segment == NULL) {
        return omni__fail_memory(error);
    }
    segment->header = *header;
    segment->map_size = (size_t)bytes;
    atomic_init(&segment->present,
                present < bytes ? (size_t)present : (size_t)bytes);
    atomic_init(&segment->readable, 0);
    void *map;
    system = omni__file_map(fd, segment->map_size, false, &map);
    if (system != 0) {
        omni__free(&log->hooks.alloc, segment);
        return omni__fail_errno(error, system, "%s: mapping", name);
    }
    segment->map = map;
    if (!table_add(log, segment)) {
        omni__file_unmap(map, segment->map_size);
        omni__free(&log->hooks.alloc, segment);
        return omni__fail_memory(error);
    }
    return OMNI_OK;
}

/* Whether a segment continues the table's last one. */
static omni_status
follows(omni__log *log, const omni__segment_header *header, omni_error *error)
{
    const size_t count = omni__segments_count(log);
    if (count == 0) {
        return header->base == 0
                   ? OMNI_OK
                   : fail(error, OMNI_ERR_CORRUPT, 0, "the segment is missing");
    }
    omni__segment *last = omni__segments_at(log, count - 1);
    if (header->previous != last->header.base) {
        return fail(error, OMNI_ERR_CORRUPT, header->previous,
                    "the segment is missing");
    }
    const uint64_t reach = header->base - last->header.base;
    if (reach < OMNI__SEGMENT_HEADER || reach > last->map_size ||
        !omni__segment_has(log, last, (size_t)reach)) {
        return fail(error, OMNI_ERR_CORRUPT, last->header.base,
                    "the segment is truncated: the next one begins behind "
                    "its end");
    }
    return OMNI_OK;
}

/* Read the header from a file; `*torn` if it was perhaps never finished. */
static omni_status
read_header(omni__log *log, int fd, uint64_t base, omni__segment_header *header,
            bool *torn, omni_error *error)
{
    uint8_t bytes[OMNI__SEGMENT_HEADER] = {0};
    size_t got = 0;
    const int system = omni__file_read_at(fd, bytes, sizeof(bytes), 0, &got);
    if (system != 0) {
        char name[OMNI__SEGMENT_NAME_SIZE];
        omni__segment_name(base, name);
        return omni__fail_errno(error, system, "%s", name);
    }
    *torn = !header_is_sound(bytes);
    return omni__segment_header_read(bytes, base, log->deployment, header,
                                     error);
}

/* Load one file. */
static omni_status
load_one(omni__log *log, uint64_t base, bool *torn, omni_error *error)
{
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(base, name);
    int fd = -1;
    const int system = omni__file_open(log->directory, name, 0, &fd);
    if (system != 0) {
        return omni__fail_errno(error, system, "%s", name);
    }
    omni__segment_header header;
    omni_status status = read_header(log, fd, base, &header, torn, error);
    if (status == OMNI_OK) {
        status = follows(log, &header, error);
    }
    if (status == OMNI_OK) {
        status = map_segment(log, fd, &header, error);
    }
    omni__file_close(fd);
    return status;
}

static omni_status
load_listed(omni__log *log, const listing *list, uint64_t *torn,
            omni_error *error)
{
    for (size_t i = 0; i < list->count; ++i) {
        const bool last = i + 1 == list->count;
        bool unfinished = false;
        const omni_status status =
            load_one(log, list->bases[i], &unfinished, error);
        if (unfinished && last && torn != NULL) {
            *torn = list->bases[i];
            return OMNI_OK;
        }
        if (status != OMNI_OK) {
            return status;
        }
    }
    return OMNI_OK;
}

omni_status
omni__segments_load(omni__log *log, uint64_t limit, uint64_t *torn,
                    omni_error *error)
{
    pthread_mutex_lock(&log->table_mutex);
    listing list = {.alloc = &log->hooks.alloc, .limit = limit};
    const size_t count = omni__segments_count(log);
    if (count != 0) {
        list.any = true;
        list.above = omni__segments_at(log, count - 1)->header.base;
    }
    if (torn != NULL) {
        *torn = OMNI__SEGMENT_NONE;
    }
    omni_status status;
    const int system = omni__file_each(log->directory, list_name, &list);
    if (system != 0) {
        status = omni__fail_errno(error, system, "listing the log");
    } else if (list.failed) {
        status = omni__fail_memory(error);
    } else {
        status = load_listed(log, &list, torn, error);
    }
    omni__free(&log->hooks.alloc, list.bases);
    pthread_mutex_unlock(&log->table_mutex);
    return status;
}
