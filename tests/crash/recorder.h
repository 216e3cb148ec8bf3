/*
   Records what a program does to the files under one directory: linked into
   the program (or preloaded) it stands in front of the C library's calls.
   Stores through mappings are not seen; of one mapped file snapshots are
   taken instead, whenever something else is recorded.
*/
#ifndef OMNI__TESTS_CRASH_RECORDER_H
#define OMNI__TESTS_CRASH_RECORDER_H

#include <stdint.h>

typedef enum record_kind {
    RECORD_WRITE = 1,     /* data at offset */
    RECORD_RESIZE = 2,    /* to offset */
    RECORD_EXTEND = 3,    /* to at least offset, with zeros */
    RECORD_CREATE = 4,    /* a file */
    RECORD_DIRECTORY = 5, /* a directory */
    RECORD_REMOVE = 6,
    RECORD_RENAME = 7,     /* data: the new name */
    RECORD_SYNC_BEGIN = 8, /* id */
    RECORD_SYNC_END = 9,   /* id; done well */
    RECORD_SNAPSHOT = 10,  /* data: the mapped file */
    RECORD_BEGUN = 11,     /* id: number of what the program has begun */
    RECORD_DONE = 12       /* id: number of what was acknowledged */
} record_kind;

#define RECORD_DURABLE 1u /* flag: on the medium at once */

/* Then come the name, relative to the directory ("" is itself), and data. */
typedef struct record_header {
    uint32_t kind;
    uint32_t flags;
    uint32_t name_size;
    uint32_t reserved;
    uint64_t offset;
    uint64_t data_size;
    uint64_t id;
} record_header;

/*
   Begin, with what is in the directory as durable. `mapped` is the mapped
   file's name in it, or NULL. Also by the environment: OMNI_RECORD_DIRECTORY,
   OMNI_RECORD_TRACE, OMNI_RECORD_MAPPED. Zero, or -1.
*/
int
recorder_start(const char *directory, const char *trace, const char *mapped);

/* RECORD_BEGUN or RECORD_DONE. */
void
recorder_mark(record_kind kind, uint64_t number);

#endif
