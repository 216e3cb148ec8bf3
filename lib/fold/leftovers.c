/*
   Directories in which stores were being made. Their maker holds a lock on
   the directory; the kernel lets go of it when the maker is killed, and then
   whoever makes the same store next may clear them away.
*/
#include "fold/leftovers.h"

#include "platform/file.h"
#include "platform/lock.h"
#include "platform/process.h"
#include "storage/store_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REST_US 100u

static void
remove_file(void *user, const char *name)
{
    const int *directory = user;
    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
        omni__file_remove(*directory, name);
    }
}

static void
remove_files(const char *directory)
{
    int fd;
    if (omni__file_open_directory(directory, &fd) == 0) {
        omni__file_each(fd, remove_file, &fd);
        omni__file_close(fd);
    }
}

void
omni__making_remove(const char *directory)
{
    char log[OMNI__PATH_BYTES];
    const int made =
        snprintf(log, sizeof(log), "%s/%s", directory, OMNI__STORE_LOG);
    if (made > 0 && (size_t)made < sizeof(log)) {
        remove_files(log);
        omni__path_remove_directory(log);
    }
    remove_files(directory);
    omni__path_remove_directory(directory);
}

int
omni__making_claim(const char *directory, int *fd)
{
    int opened;
    const int failed = omni__file_open_directory(directory, &opened);
    if (failed != 0) {
        return failed;
    }
    /* Where directories cannot be locked, none is taken for a leftover. Else
       somebody may have looked at it before it was claimed, and be about to
       remove it: he holds it meanwhile. */
    omni__lock_held held = OMNI__LOCK_FREE;
    if (omni__lock_try(opened, 0, false) == 0) {
        while (omni__lock_probe(opened, 0, &held) == 0 &&
               held != OMNI__LOCK_FREE) {
            omni__process_pause(REST_US);
        }
    }
    if (!omni__path_names(directory, opened)) {
        omni__file_close(opened);
        return ENOENT;
    }
    *fd = opened;
    return 0;
}

/* True if nobody is at work in the directory, as far as can be told; it is held
   then by `*fd`, so that nobody begins. */
static bool
hold_left(const char *directory, int *fd)
{
    int opened;
    omni__lock_held held = OMNI__LOCK_SHARED;
    if (omni__file_open_directory(directory, &opened) != 0) {
        return false;
    }
    if (omni__lock_try(opened, 0, false) != 0 ||
        omni__lock_probe(opened, 0, &held) != 0 || held != OMNI__LOCK_FREE) {
        omni__file_close(opened); /* it is claimed, or cannot be locked */
        return false;
    }
    *fd = opened;
    return true;
}

typedef struct search {
    const char *parent; /* with its slash, or empty */
    int parent_size;
    const char *name; /* of the store, in its parent */
    size_t name_size;
    unsigned removed;
} search;

static bool
is_making(const search *search, const char *name)
{
    const size_t size = search->name_size + sizeof(OMNI__MAKING) - 1;
    return strlen(name) == size + OMNI__MAKING_DIGITS &&
           memcmp(name, search->name, search->name_size) == 0 &&
           memcmp(name + search->name_size, OMNI__MAKING,
                  sizeof(OMNI__MAKING) - 1) == 0 &&
           strspn(name + size, "0123456789abcdef") == OMNI__MAKING_DIGITS;
}

static void
remove_leftover(void *user, const char *name)
{
    search *search = user;
    char path[OMNI__PATH_BYTES];
    if (!is_making(search, name)) {
        return;
    }
    const int made = snprintf(path, sizeof(path), "%.*s%s", search->parent_size,
                              search->parent, name);
    int fd;
    if (made > 0 && (size_t)made < sizeof(path) && hold_left(path, &fd)) {
        omni__making_remove(path);
        omni__file_close(fd);
        ++search->removed;
    }
}

void
omni__leftovers_remove(const char *path, const omni__hooks *hooks)
{
    char parent[OMNI__PATH_BYTES];
    int fd;
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        --size;
    }
    size_t begin = size;
    while (begin > 0 && path[begin - 1] != '/') {
        --begin;
    }
    search search = {.parent = path,
                     .parent_size = (int)begin,
                     .name = path + begin,
                     .name_size = size - begin};
    const int made =
        snprintf(parent, sizeof(parent), "%.*s.", (int)begin, path);
    if (made > 0 && (size_t)made < sizeof(parent) &&
        omni__file_open_directory(parent, &fd) == 0) {
        omni__file_each(fd, remove_leftover, &search);
        omni__file_close(fd);
    }
    if (search.removed != 0) {
        omni__hooks_log(hooks, OMNI_LOG_INFO,
                        "%s: what %u killed creations of it had left was "
                        "cleared away",
                        path, search.removed);
    }
}
