/*
   Files and directories by path, from the current directory. Every function
   that can fail returns 0 or the errno of what failed.
*/
#ifndef OMNI__PLATFORM_PATH_H
#define OMNI__PLATFORM_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OMNI__PATH_BYTES 4096u /* longest path, with its terminator */

/* Which file it is: equal numbers on equal devices are one file. */
typedef struct omni__path_info {
    uint64_t device;
    uint64_t number;
    uint64_t size;
    bool directory;
} omni__path_info;

int
omni__path_inspect(const char *path, omni__path_info *out);

/* True if an open file is still the one of that name. */
bool
omni__path_names(const char *path, int fd);

/* ENOENT, or ENOTDIR on the way: nothing is there. */
bool
omni__path_is_missing(int system);

/* For its owner alone. */
int
omni__path_make_directory(const char *path);

/* Put a file in the place of another one, in one step, or move a directory to
   a name that is free. */
int
omni__path_rename(const char *from, const char *to);

/* A file. */
int
omni__path_remove(const char *path);

/* An empty directory. */
int
omni__path_remove_directory(const char *path);

/* Have the name of `path` on the medium: sync the directory that it is in. */
int
omni__path_sync_parent(const char *path);

/* Bytes that are left on the medium for files beside `path`. */
int
omni__path_space_left(const char *path, uint64_t *out);

#endif
