/* What a trace says of the medium: files with their writes, and names. */
#ifndef OMNI__TESTS_CRASH_TRACE_H
#define OMNI__TESTS_CRASH_TRACE_H

#include "crash/images.h"

#define CRASH_FILES 256
#define CRASH_NAME 128

typedef struct trace_record {
    record_header header;
    char name[CRASH_NAME];
    const uint8_t *data;
} trace_record;

/* A write, resize or extension that is not folded into the base yet. */
typedef struct file_change {
    const trace_record *record;
    bool durable;
} file_change;

typedef struct crash_file {
    uint8_t *base; /* durable content */
    size_t size;
    file_change *changes;
    size_t count;
    size_t capacity;
} crash_file;

/* A change of names that its directory was not synced after. */
typedef struct name_change {
    record_kind kind;
    char name[CRASH_NAME];
    char to[CRASH_NAME];
    int file; /* -1: a directory */
} name_change;

typedef struct crash_name {
    char name[CRASH_NAME];
    int file; /* -1: a directory */
} crash_name;

typedef struct crash_names {
    crash_name items[CRASH_FILES];
    size_t count;
} crash_names;

struct crash_trace {
    uint8_t *bytes;
    trace_record *records;
    size_t count;

    /* State of the medium after some records. */
    crash_file files[CRASH_FILES];
    int file_count;
    crash_names live; /* as the program sees them */
    crash_names durable;
    name_change *renames; /* pending, in order */
    size_t rename_count;
    size_t rename_capacity;
    uint64_t *begun;
    size_t begun_count;
    uint64_t *done;
    size_t done_count;
    const trace_record **snapshots;
    size_t snapshot_count;
};

/* Back to before the first record. */
void
crash_trace_rewind(crash_trace *trace);

/* Let one more record happen. */
void
crash_trace_step(crash_trace *trace, size_t index, bool ignore_syncs);

/* Change names by one pending change. */
void
crash_names_apply(crash_names *names, const name_change *change);

/* Content of a file; which changes count is up to `keeps`, which may also ask
   for single sectors. Free the result. */
typedef bool (*crash_keeps_fn)(void *user, const file_change *change,
                               uint64_t sector);

uint8_t *
crash_file_content(const crash_file *file, crash_keeps_fn keeps, void *user,
                   size_t *size);

#endif
