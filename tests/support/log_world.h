/*
   A fact log in a temporary directory, groups of numbered facts, and a walk
   that checks all that a log promises about itself.
*/
#ifndef OMNI__TESTS_SUPPORT_LOG_WORLD_H
#define OMNI__TESTS_SUPPORT_LOG_WORLD_H

#include "log/log.h"

#define LOG_WORLD_PATH 256

typedef struct log_world {
    char directory[LOG_WORLD_PATH];
    omni__hooks hooks;
    omni__log_options options; /* of a small log: segments of 8 KiB */
    omni__log *log;            /* open, or NULL */
    omni_error error;          /* of the last call below that failed */
} log_world;

/* A new empty log, not open. Ends the program if that fails. */
void
log_world_make(log_world *world);

/* Close and remove everything. */
void
log_world_remove(log_world *world);

omni_status
log_world_open(log_world *world);

omni_status
log_world_close(log_world *world);

/* Commit `count` facts numbered from `first`, with bodies of `size` bytes. */
omni_status
log_world_commit(omni__log *log, uint64_t first, size_t count, size_t size,
                 omni_durability durability, omni__log_commit_result *result,
                 omni_error *error);

/* What a walk from start to end found. */
typedef struct log_walk {
    uint64_t groups;
    uint64_t controls;
    uint64_t facts;
    uint64_t last_position; /* of the last frame */
    bool sound;
    char why[160]; /* if it is not */
    /* A bit for each number below `limit` that was met; NULL: not wanted. */
    uint8_t *seen;
    uint64_t limit;
    uint64_t repeated; /* numbers met twice */
} log_walk;

/*
   Read every frame; check hashes, and of the options' replica that sequences
   are contiguous, clocks rise and each group names the one before.
*/
void
log_world_walk(const log_world *world, omni__log *log, log_walk *walk);

/* Paths and bytes of files in the directory. */
void
log_world_path(const log_world *world, const char *name, char *path);

uint8_t *
log_world_read_file(const log_world *world, const char *name, size_t *size);

void
log_world_write_file(const log_world *world, const char *name,
                     const void *bytes, size_t size);

void
log_world_remove_file(const log_world *world, const char *name);

/* Remove a directory and the plain files in it. */
void
log_world_remove_directory(const char *directory);

/* A step of a small generator. */
uint64_t
log_world_random(uint64_t *state);

#endif
