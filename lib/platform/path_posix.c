/* System calls on paths. */
#include "platform/path.h"

#include "platform/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void
translate(const struct stat *found, omni__path_info *out)
{
    *out = (omni__path_info){.device = (uint64_t)found->st_dev,
                             .number = (uint64_t)found->st_ino,
                             .size = (uint64_t)found->st_size,
                             .directory = S_ISDIR(found->st_mode)};
}

int
omni__path_inspect(const char *path, omni__path_info *out)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        return errno;
    }
    translate(&found, out);
    return 0;
}

bool
omni__path_names(const char *path, int fd)
{
    struct stat open;
    struct stat named;
    return fstat(fd, &open) == 0 && stat(path, &named) == 0 &&
           open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

bool
omni__path_is_missing(int system)
{
    return system == ENOENT || system == ENOTDIR;
}

int
omni__path_make_directory(const char *path)
{
    return mkdir(path, 0700) != 0 ? errno : 0;
}

int
omni__path_rename(const char *from, const char *to)
{
    return rename(from, to) != 0 ? errno : 0;
}

int
omni__path_remove(const char *path)
{
    return unlink(path) != 0 ? errno : 0;
}

int
omni__path_remove_directory(const char *path)
{
    return rmdir(path) != 0 ? errno : 0;
}

int
omni__path_sync_parent(const char *path)
{
    char parent[OMNI__PATH_BYTES];
    const size_t size = strlen(path) + 1;
    if (size > sizeof(parent)) {
        return ENAMETOOLONG;
    }
    memcpy(parent, path, size);
    char *slash = strrchr(parent, '/');
    if (slash == NULL) {
        memcpy(parent, ".", 2);
    } else {
        slash[slash == parent ? 1 : 0] = '\0';
    }
    int fd = -1;
    int system = omni__file_open_directory(parent, &fd);
    if (system == 0) {
        system = omni__file_sync(fd);
    }
    omni__file_close(fd);
    return system;
}

int
omni__path_space_left(const char *path, uint64_t *out)
{
    struct statvfs disk;
    if (statvfs(path, &disk) != 0) {
        return errno;
    }
    *out = (uint64_t)disk.f_bavail * disk.f_frsize;
    return 0;
}
