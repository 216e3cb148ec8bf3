/*
   Segment files: their headers, and the table of those that are mapped.
   Layout: docs/file-format.md, "Segments".
*/
#ifndef OMNI__LOG_SEGMENT_H
#define OMNI__LOG_SEGMENT_H

#include "platform/alloc.h"
#include "platform/error.h"

#include <stdatomic.h>

#define OMNI__SEGMENT_HEADER 64u
#define OMNI__SEGMENT_NAME_SIZE 21 /* 16 hex digits, ".log", terminator */
#define OMNI__SEGMENT_NONE UINT64_MAX

/* What a segment's header says. */
typedef struct omni__segment_header {
    uint64_t base;     /* position of the file's first byte */
    uint64_t previous; /* base of the segment before; its own in the first */
    uint64_t capacity; /* most bytes that the file may grow to */
} omni__segment_header;

/* A mapped segment. It never moves and is unmapped at close. */
typedef struct omni__segment {
    omni__segment_header header;
    const uint8_t *map;
    size_t map_size;
    _Atomic size_t present;  /* bytes that the file was last seen to have */
    _Atomic size_t readable; /* bytes known to be published */
} omni__segment;

/* Grows by copies, which are published whole; readers take no lock. */
typedef struct omni__segment_table {
    struct omni__segment_table *older; /* kept until close for its readers */
    size_t capacity;
    _Atomic size_t count;
    omni__segment *items[]; /* by ascending base */
} omni__segment_table;

void
omni__segment_name(uint64_t base, char name[OMNI__SEGMENT_NAME_SIZE]);

void
omni__segment_header_write(const omni__segment_header *header,
                           const uint8_t *deployment,
                           uint8_t bytes[OMNI__SEGMENT_HEADER]);

/*
   Read a header from the file of segment `base`. OMNI_ERR_CORRUPT (torn, or
   of another deployment or place), OMNI_ERR_VERSION.
*/
omni_status
omni__segment_header_read(const uint8_t bytes[OMNI__SEGMENT_HEADER],
                          uint64_t base, const uint8_t *deployment,
                          omni__segment_header *header, omni_error *error);

typedef struct omni__log omni__log;

/*
   Map every segment up to base `limit` that is not yet. With `torn`, a bad
   header of the very last file is no error but its base stored there (else
   OMNI__SEGMENT_NONE). Takes the table's mutex.
*/
omni_status
omni__segments_load(omni__log *log, uint64_t limit, uint64_t *torn,
                    omni_error *error);

/* Unmap and free all; nobody reads any more. */
void
omni__segments_free(omni__log *log);

/* How many there are, and the i-th. */
size_t
omni__segments_count(const omni__log *log);

omni__segment *
omni__segments_at(const omni__log *log, size_t index);

/* Index of the segment that holds `position`, or of the last before it;
   there must be one. */
size_t
omni__segments_find(const omni__log *log, uint64_t position);

/* True if the file has at least `size` bytes; asks the system when it was
   shorter the last time. */
bool
omni__segment_has(const omni__log *log, omni__segment *segment, size_t size);

#endif
