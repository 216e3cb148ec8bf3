/*
   Included before everything else in tests that are built for Windows: what
   they use of POSIX and mingw-w64 does not have.
*/
#ifndef OMNI_TESTS_WINDOWS_H
#define OMNI_TESTS_WINDOWS_H

#include <direct.h>
#include <dirent.h>
#include <io.h>
#include <process.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders are for their owner anyway where the tests make them. */
#define mkdir(path, mode) _mkdir(path)

/* A folder that is being read stands for itself; its name ends in "\\*". */
#define dirfd(stream) (stream)

static inline int
unlinkat(const DIR *folder, const char *name, int flags)
{
    char path[4096];
    (void)flags;
    snprintf(path, sizeof(path), "%.*s%s", (int)strlen(folder->dd_name) - 1,
             folder->dd_name, name);
    return _unlink(path);
}

static inline char *
mkdtemp(char *pattern)
{
    static unsigned counter;
    char *end = pattern + strlen(pattern) - 6;
    for (int tries = 0; tries < 1000; ++tries) {
        const unsigned number = (unsigned)_getpid() * 1009 + counter++;
        snprintf(end, 7, "%06x", number & 0xffffffu);
        if (_mkdir(pattern) == 0) {
            return pattern;
        }
    }
    return NULL;
}

static inline int
alphasort(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* All entries, sorted by name. */
static inline int
scandir(const char *path, struct dirent ***out,
        int (*filter)(const struct dirent *),
        int (*order)(const struct dirent **, const struct dirent **))
{
    struct dirent **all = NULL;
    int count = 0;
    DIR *folder = opendir(path);
    (void)filter;
    if (folder == NULL) {
        return -1;
    }
    for (struct dirent *at = readdir(folder); at != NULL;
         at = readdir(folder)) {
        all = realloc(all, ((size_t)count + 1) * sizeof(struct dirent *));
        all[count] = malloc(sizeof(struct dirent));
        *all[count] = *at;
        int place = count++;
        for (; place > 0; --place) {
            const struct dirent *left = all[place - 1];
            const struct dirent *right = all[place];
            if (order(&left, &right) <= 0) {
                break;
            }
            struct dirent *moved = all[place];
            all[place] = all[place - 1];
            all[place - 1] = moved;
        }
    }
    closedir(folder);
    *out = all;
    return count;
}

static inline void *
memmem(const void *bytes, size_t size, const void *what, size_t what_size)
{
    const char *at = bytes;
    for (size_t i = 0; i + what_size <= size; ++i) {
        if (memcmp(at + i, what, what_size) == 0) {
            return (void *)(uintptr_t)(at + i);
        }
    }
    return NULL;
}

#endif
