/*
   Crash images: what a directory may hold after the power went at any moment
   of a recorded trace (recorder.h). Synced writes are there; of the others
   all, none, a prefix, some, or some sectors. Names follow the same rule by
   the syncs of their directory, in order.
*/
#ifndef OMNI__TESTS_CRASH_IMAGES_H
#define OMNI__TESTS_CRASH_IMAGES_H

#include "crash/recorder.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct crash_trace crash_trace;

/* Reads a trace; ends the program if it cannot. */
crash_trace *
crash_trace_load(const char *path);

void
crash_trace_free(crash_trace *trace);

size_t
crash_trace_records(const crash_trace *trace);

typedef enum crash_mode {
    CRASH_ALL, /* every unsynced write is there: the process was killed */
    CRASH_NONE,
    CRASH_PREFIX,
    CRASH_SUBSET,
    CRASH_SECTORS, /* 512 bytes each */
    CRASH_MODES
} crash_mode;

/* An image as the verifier gets it. */
typedef struct crash_image {
    const char *directory;
    size_t records; /* so many of the trace had happened */
    crash_mode mode;
    const char *mapped;    /* what the mapped file holds, in words */
    const uint64_t *begun; /* numbers marked so far */
    size_t begun_count;
    const uint64_t *done;
    size_t done_count;
} crash_image;

/* Zero if the image is good. Runs in a child of its own: dying is bad, too. */
typedef int (*crash_verify_fn)(void *user, const crash_image *image);

typedef struct crash_options {
    uint64_t seed;
    uint64_t images;      /* about how many */
    bool ignore_syncs;    /* control: as if no sync did anything */
    bool complain;        /* print bad images */
    const char *mapped;   /* the file that snapshots were taken of, or NULL */
    bool mapped_may_lack; /* also without it */
} crash_options;

typedef struct crash_result {
    uint64_t images;
    uint64_t bad;
} crash_result;

/* Build images and have each verified. */
crash_result
crash_explore(crash_trace *trace, const crash_options *options,
              crash_verify_fn verify, void *user);

/* A directory for images, in memory if there is such a place. Removed by
   crash_directory_remove(). */
void
crash_directory_make(char *path, size_t size);

void
crash_directory_remove(const char *path);

#endif
