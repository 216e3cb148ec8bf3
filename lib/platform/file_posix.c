/* System calls on files, each brought to its end, with errno as the result. */
#include "platform/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TABLES_MAP_64 (UINT64_C(1) << 40)
#define TABLES_MAP_32 (UINT64_C(1) << 30)

int
omni__file_open_directory(const char *path, int *out)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    *out = fd;
    return 0;
}

int
omni__file_open(int directory, const char *name, unsigned flags, int *out)
{
    int how = O_CLOEXEC;
    how |= (flags & OMNI__FILE_WRITE) != 0 ? O_RDWR : O_RDONLY;
    how |= (flags & OMNI__FILE_CREATE) != 0 ? O_CREAT : 0;
    how |= (flags & OMNI__FILE_EXCLUSIVE) != 0 ? O_EXCL : 0;
    how |= (flags & OMNI__FILE_TRUNCATE) != 0 ? O_TRUNC : 0;
    how |= (flags & OMNI__FILE_APPEND) != 0 ? O_APPEND : 0;
    int fd;
    do {
        fd = openat(directory, name, how, 0600);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return errno;
    }
    *out = fd;
    return 0;
}

int
omni__file_open_path(const char *path, unsigned flags, int *out)
{
    return omni__file_open(AT_FDCWD, path, flags, out);
}

void
omni__file_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

int
omni__file_write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        const ssize_t done = pwrite(fd, at, size, (off_t)offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? errno : ENOSPC;
        }
        at += done;
        size -= (size_t)done;
        offset += (uint64_t)done;
    }
    return 0;
}

int
omni__file_append(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        const ssize_t done = write(fd, at, size);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? errno : ENOSPC;
        }
        at += done;
        size -= (size_t)done;
    }
    return 0;
}

int
omni__file_read_at(int fd, void *bytes, size_t size, uint64_t offset,
                   size_t *got)
{
    uint8_t *at = bytes;
    size_t total = 0;
    while (total < size) {
        const ssize_t done =
            pread(fd, at + total, size - total, (off_t)(offset + total));
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return errno;
        }
        if (done == 0) {
            break;
        }
        total += (size_t)done;
    }
    *got = total;
    return 0;
}

int
omni__file_size(int fd, uint64_t *size)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return errno;
    }
    *size = (uint64_t)st.st_size;
    return 0;
}

int
omni__file_size_of(int directory, const char *name, uint64_t *size)
{
    struct stat st;
    if (fstatat(directory, name, &st, 0) != 0) {
        return errno;
    }
    *size = (uint64_t)st.st_size;
    return 0;
}

int
omni__file_resize(int fd, uint64_t size)
{
    int failed;
    do {
        failed = ftruncate(fd, (off_t)size);
    } while (failed != 0 && errno == EINTR);
    return failed != 0 ? errno : 0;
}

int
omni__file_allocate(int fd, uint64_t from, uint64_t to)
{
    int failed;
    do {
        failed = fallocate(fd, 0, (off_t)from, (off_t)(to - from));
    } while (failed != 0 && errno == EINTR);
    if (failed == 0) {
        return 0;
    }
    const int system = errno;
    if (system == EOPNOTSUPP || system == ENOSYS) {
        return omni__file_resize(fd, to);
    }
    /* Part of it may have been given and the size moved. */
    omni__file_resize(fd, from);
    return system;
}

int
omni__file_sync_data(int fd)
{
    int failed;
    do {
        failed = fdatasync(fd);
    } while (failed != 0 && errno == EINTR);
    return failed != 0 ? errno : 0;
}

int
omni__file_sync(int fd)
{
    int failed;
    do {
        failed = fsync(fd);
    } while (failed != 0 && errno == EINTR);
    return failed != 0 ? errno : 0;
}

int
omni__file_remove(int directory, const char *name)
{
    return unlinkat(directory, name, 0) != 0 ? errno : 0;
}

int
omni__file_map(int fd, size_t size, bool writable, void **out)
{
    const int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *map = mmap(NULL, size, access, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return errno;
    }
    *out = map;
    return 0;
}

bool
omni__file_maps_ahead(void)
{
    return true;
}

uint64_t
omni__file_most_tables(void)
{
    return sizeof(void *) > 4 ? TABLES_MAP_64 : TABLES_MAP_32;
}

bool
omni__file_can_map(uint64_t size)
{
    if (size > SIZE_MAX) {
        return false;
    }
    void *map = mmap(NULL, (size_t)size, PROT_READ,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        return false;
    }
    munmap(map, (size_t)size);
    return true;
}

void
omni__file_unmap(void *map, size_t size)
{
    if (map != NULL) {
        munmap(map, size);
    }
}

int
omni__file_close_on_exec(intptr_t handle)
{
    return fcntl((int)handle, F_SETFD, FD_CLOEXEC) != 0 ? errno : 0;
}

int
omni__file_each(int directory, omni__file_name_fn callback, void *user)
{
    /* A descriptor of its own: reading moves the offset of the open file. */
    const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        const int system = errno;
        close(fd);
        return system;
    }
    int system;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        system = errno;
        if (entry == NULL) {
            break;
        }
        callback(user, entry->d_name);
    }
    closedir(stream);
    return system;
}

bool
omni__file_is_network(int fd)
{
    static const uint32_t networks[] = {
        0x6969u,     /* NFS */
        0x517bu,     /* SMB */
        0xff534d42u, /* CIFS */
        0xfe534d42u, /* SMB 2 */
        0x01021997u, /* 9p */
        0x65735546u, /* FUSE: it cannot be told from sshfs and the like */
        0x5346414fu, /* AFS */
        0x73757245u, /* Coda */
        0x564cu,     /* NCP */
        0x00c36400u, /* Ceph */
        0x0bd00bd0u, /* Lustre */
        0x47504653u, /* GPFS */
        0x7461636fu, /* OCFS2 */
    };
    struct statfs fs;
    int failed;
    do {
        failed = fstatfs(fd, &fs);
    } while (failed != 0 && errno == EINTR);
    if (failed != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); ++i) {
        if ((uint32_t)fs.f_type == networks[i]) {
            return true;
        }
    }
    return false;
}
