/*
   The recorder. Names are asked from /proc at each call, so nothing has to be
   kept about descriptors. One append to the trace per record keeps records of
   several processes whole.
*/
#include "crash/recorder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SNAPSHOT_BYTES 4096

static char root[PATH_MAX];
static size_t root_size;
static int trace_fd = -1;
static char mapped_path[2 * PATH_MAX];
static const char *mapped_name;
static uint8_t snapshot[SNAPSHOT_BYTES];
static bool has_snapshot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_sync;

static void
emit_raw(const record_header *header, const char *name, const void *data)
{
    struct iovec parts[3] = {
        {.iov_base = (void *)(uintptr_t)header, .iov_len = sizeof(*header)},
        {.iov_base = (void *)(uintptr_t)name, .iov_len = header->name_size},
        {.iov_base = (void *)(uintptr_t)data,
         .iov_len = (size_t)header->data_size}};
    size_t total = 0;
    for (size_t i = 0; i < 3; ++i) {
        total += parts[i].iov_len;
    }
    if (syscall(SYS_writev, trace_fd, parts, 3) != (long)total) {
        _exit(120);
    }
}

/* A snapshot of the mapped file, if it is another than the last. */
static void
take_snapshot(void)
{
    uint8_t now[SNAPSHOT_BYTES];
    if (mapped_name == NULL) {
        return;
    }
    const long fd =
        syscall(SYS_openat, AT_FDCWD, mapped_path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    const long got = syscall(SYS_pread64, fd, now, sizeof(now), 0);
    syscall(SYS_close, fd);
    if (got != (long)sizeof(now) ||
        (has_snapshot && memcmp(now, snapshot, sizeof(now)) == 0)) {
        return;
    }
    memcpy(snapshot, now, sizeof(now));
    has_snapshot = true;
    const record_header header = {.kind = RECORD_SNAPSHOT,
                                  .name_size = (uint32_t)strlen(mapped_name),
                                  .data_size = sizeof(now)};
    emit_raw(&header, mapped_name, now);
}

/* The mutex is held. */
static void
emit(const record_header *header, const char *name, const void *data)
{
    const int system = errno;
    record_header whole = *header;
    whole.name_size = (uint32_t)strlen(name);
    emit_raw(&whole, name, data);
    take_snapshot();
    errno = system;
}

/* Name of an absolute path in the directory, or NULL. */
static const char *
inside(const char *path)
{
    if (strncmp(path, root, root_size) != 0) {
        return NULL;
    }
    if (path[root_size] == '\0') {
        return path + root_size;
    }
    return path[root_size] == '/' ? path + root_size + 1 : NULL;
}

/* Name of an open file, or NULL if it is not ours. */
static const char *
name_of(int fd, char *path)
{
    char link[64];
    if (trace_fd < 0 || fd == trace_fd) {
        return NULL;
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size < 0) {
        return NULL;
    }
    path[size] = '\0';
    return inside(path);
}

/* The same of a path that may be relative to an open directory. */
static const char *
name_at(int directory, const char *file, char *path)
{
    if (trace_fd < 0) {
        return NULL;
    }
    char base[PATH_MAX] = "";
    if (file[0] == '/') {
        snprintf(path, 2 * PATH_MAX, "%s", file);
    } else if (directory == AT_FDCWD) {
        if (getcwd(base, sizeof(base)) == NULL) {
            return NULL;
        }
        snprintf(path, 2 * PATH_MAX, "%s/%s", base, file);
    } else {
        char link[64];
        snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
        const ssize_t size = readlink(link, base, sizeof(base) - 1);
        if (size < 0) {
            return NULL;
        }
        base[size] = '\0';
        snprintf(path, 2 * PATH_MAX, "%s/%s", base, file);
    }
    return inside(path);
}

/* What is there when recording begins. */
static void
record_tree(const char *directory, int depth)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    while (stream != NULL && depth < 4 && (entry = readdir(stream)) != NULL) {
        char path[2 * PATH_MAX];
        struct stat st;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] == '.' || stat(path, &st) != 0) {
            continue;
        }
        record_header header = {.flags = RECORD_DURABLE};
        header.kind = S_ISDIR(st.st_mode) ? RECORD_DIRECTORY : RECORD_CREATE;
        emit(&header, inside(path), NULL);
        if (S_ISDIR(st.st_mode)) {
            record_tree(path, depth + 1);
            continue;
        }
        uint8_t *bytes = malloc((size_t)st.st_size + 1);
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (bytes == NULL || fd < 0 ||
            read(fd, bytes, (size_t)st.st_size) != st.st_size) {
            _exit(121);
        }
        close(fd);
        header.kind = RECORD_WRITE;
        header.data_size = (uint64_t)st.st_size;
        emit(&header, inside(path), bytes);
        free(bytes);
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

int
recorder_start(const char *directory, const char *trace, const char *mapped)
{
    if (realpath(directory, root) == NULL) {
        return -1;
    }
    root_size = strlen(root);
    const int fd = open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -1;
    }
    if (mapped != NULL) {
        snprintf(mapped_path, sizeof(mapped_path), "%s/%s", root, mapped);
        mapped_name = mapped_path + root_size + 1;
    }
    trace_fd = fd;
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_size == 0) {
        record_tree(root, 0);
    }
    return 0;
}

__attribute__((constructor)) static void
start_by_environment(void)
{
    const char *directory = getenv("OMNI_RECORD_DIRECTORY");
    const char *trace = getenv("OMNI_RECORD_TRACE");
    if (directory != NULL && trace != NULL) {
        recorder_start(directory, trace, getenv("OMNI_RECORD_MAPPED"));
    }
}

void
recorder_mark(record_kind kind, uint64_t number)
{
    if (trace_fd < 0) {
        return;
    }
    const record_header header = {.kind = (uint32_t)kind, .id = number};
    pthread_mutex_lock(&mutex);
    emit(&header, "", NULL);
    pthread_mutex_unlock(&mutex);
}

/* What follows replaces calls, under both names that the C library has for
   each, whatever its headers make of them. */
#define REPLACES(name) __asm__(#name)

static uint32_t
write_flags(int fd)
{
    const int how = fcntl(fd, F_GETFL);
    return how >= 0 && (how & O_DSYNC) != 0 ? RECORD_DURABLE : 0;
}

static void
record_parts(int fd, const char *name, const struct iovec *parts, int count,
             uint64_t offset, size_t left)
{
    const uint32_t flags = write_flags(fd);
    for (int i = 0; i < count && left != 0; ++i) {
        const size_t size = parts[i].iov_len < left ? parts[i].iov_len : left;
        const record_header header = {.kind = RECORD_WRITE,
                                      .flags = flags,
                                      .offset = offset,
                                      .data_size = size};
        emit(&header, name, parts[i].iov_base);
        offset += size;
        left -= size;
    }
}

static ssize_t
write_parts(int fd, const struct iovec *parts, int count, int64_t offset)
{
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    pthread_mutex_lock(&mutex);
    ssize_t done;
    if (offset >= 0) {
        done = syscall(SYS_pwritev, fd, parts, count, (long)offset,
                       (long)(offset >> 32));
    } else {
        done = syscall(SYS_writev, fd, parts, count);
        if (done > 0 && name != NULL) {
            offset = lseek(fd, 0, SEEK_CUR) - done;
        }
    }
    if (done > 0 && name != NULL) {
        record_parts(fd, name, parts, count, (uint64_t)offset, (size_t)done);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

ssize_t
recorded_pwrite(int fd, const void *bytes, size_t size, int64_t offset)
    REPLACES(pwrite);
ssize_t
recorded_pwrite(int fd, const void *bytes, size_t size, int64_t offset)
{
    const struct iovec part = {.iov_base = (void *)(uintptr_t)bytes,
                               .iov_len = size};
    return write_parts(fd, &part, 1, offset);
}

ssize_t
recorded_pwrite64(int fd, const void *bytes, size_t size, int64_t offset)
    REPLACES(pwrite64);
ssize_t
recorded_pwrite64(int fd, const void *bytes, size_t size, int64_t offset)
{
    return recorded_pwrite(fd, bytes, size, offset);
}

ssize_t
recorded_pwritev(int fd, const struct iovec *parts, int count, int64_t offset)
    REPLACES(pwritev);
ssize_t
recorded_pwritev(int fd, const struct iovec *parts, int count, int64_t offset)
{
    return write_parts(fd, parts, count, offset);
}

ssize_t
recorded_pwritev64(int fd, const struct iovec *parts, int count, int64_t offset)
    REPLACES(pwritev64);
ssize_t
recorded_pwritev64(int fd, const struct iovec *parts, int count, int64_t offset)
{
    return write_parts(fd, parts, count, offset);
}

ssize_t
recorded_write(int fd, const void *bytes, size_t size) REPLACES(write);
ssize_t
recorded_write(int fd, const void *bytes, size_t size)
{
    const struct iovec part = {.iov_base = (void *)(uintptr_t)bytes,
                               .iov_len = size};
    return write_parts(fd, &part, 1, -1);
}

ssize_t
recorded_writev(int fd, const struct iovec *parts, int count) REPLACES(writev);
ssize_t
recorded_writev(int fd, const struct iovec *parts, int count)
{
    return write_parts(fd, parts, count, -1);
}

/* Record a call that has succeeded. */
static int
noted(int done, record_kind kind, const char *name, uint64_t offset)
{
    if (done == 0 && name != NULL) {
        const record_header header = {.kind = (uint32_t)kind, .offset = offset};
        emit(&header, name, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int
recorded_ftruncate(int fd, int64_t size) REPLACES(ftruncate);
int
recorded_ftruncate(int fd, int64_t size)
{
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    pthread_mutex_lock(&mutex);
    return noted((int)syscall(SYS_ftruncate, fd, size), RECORD_RESIZE, name,
                 (uint64_t)size);
}

int
recorded_ftruncate64(int fd, int64_t size) REPLACES(ftruncate64);
int
recorded_ftruncate64(int fd, int64_t size)
{
    return recorded_ftruncate(fd, size);
}

int
recorded_fallocate(int fd, int mode, int64_t offset, int64_t size)
    REPLACES(fallocate);
int
recorded_fallocate(int fd, int mode, int64_t offset, int64_t size)
{
    char path[PATH_MAX];
    const char *name = mode == 0 ? name_of(fd, path) : NULL;
    pthread_mutex_lock(&mutex);
    return noted((int)syscall(SYS_fallocate, fd, mode, offset, size),
                 RECORD_EXTEND, name, (uint64_t)(offset + size));
}

int
recorded_fallocate64(int fd, int mode, int64_t offset, int64_t size)
    REPLACES(fallocate64);
int
recorded_fallocate64(int fd, int mode, int64_t offset, int64_t size)
{
    return recorded_fallocate(fd, mode, offset, size);
}

/* What was written before the sync began is durable when it ends. */
static int
synced(long number, int fd)
{
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    record_header header = {.kind = RECORD_SYNC_BEGIN};
    pthread_mutex_lock(&mutex);
    header.id = (uint64_t)getpid() << 32 | ++last_sync;
    if (name != NULL) {
        emit(&header, name, NULL);
    }
    pthread_mutex_unlock(&mutex);
    const int done = (int)syscall(number, fd);
    pthread_mutex_lock(&mutex);
    header.kind = RECORD_SYNC_END;
    if (name != NULL && done == 0) {
        emit(&header, name, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int
recorded_fdatasync(int fd) REPLACES(fdatasync);
int
recorded_fdatasync(int fd)
{
    return synced(SYS_fdatasync, fd);
}

int
recorded_fsync(int fd) REPLACES(fsync);
int
recorded_fsync(int fd)
{
    return synced(SYS_fsync, fd);
}

static int
open_recorded(int directory, const char *file, int how, unsigned mode)
{
    char path[2 * PATH_MAX];
    const char *name = name_at(directory, file, path);
    pthread_mutex_lock(&mutex);
    const bool was = name != NULL && (how & O_CREAT) != 0 &&
                     syscall(SYS_faccessat, directory, file, F_OK) == 0;
    const int fd = (int)syscall(SYS_openat, directory, file, how, mode);
    record_header header = {.kind = RECORD_CREATE};
    if (fd >= 0 && name != NULL && (how & O_CREAT) != 0 && !was) {
        emit(&header, name, NULL);
    } else if (fd >= 0 && name != NULL && (how & O_TRUNC) != 0) {
        header.kind = RECORD_RESIZE;
        emit(&header, name, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return fd;
}

static unsigned
mode_of(int how, va_list arguments)
{
    return (how & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, unsigned) : 0;
}

int
recorded_open(const char *file, int how, ...) REPLACES(open);
int
recorded_open(const char *file, int how, ...)
{
    va_list arguments;
    va_start(arguments, how);
    const unsigned mode = mode_of(how, arguments);
    va_end(arguments);
    return open_recorded(AT_FDCWD, file, how, mode);
}

int
recorded_open64(const char *file, int how, ...) REPLACES(open64);
int
recorded_open64(const char *file, int how, ...)
{
    va_list arguments;
    va_start(arguments, how);
    const unsigned mode = mode_of(how, arguments);
    va_end(arguments);
    return open_recorded(AT_FDCWD, file, how, mode);
}

int
recorded_openat(int directory, const char *file, int how, ...) REPLACES(openat);
int
recorded_openat(int directory, const char *file, int how, ...)
{
    va_list arguments;
    va_start(arguments, how);
    const unsigned mode = mode_of(how, arguments);
    va_end(arguments);
    return open_recorded(directory, file, how, mode);
}

int
recorded_openat64(int directory, const char *file, int how, ...)
    REPLACES(openat64);
int
recorded_openat64(int directory, const char *file, int how, ...)
{
    va_list arguments;
    va_start(arguments, how);
    const unsigned mode = mode_of(how, arguments);
    va_end(arguments);
    return open_recorded(directory, file, how, mode);
}

int
recorded_unlinkat(int directory, const char *file, int how) REPLACES(unlinkat);
int
recorded_unlinkat(int directory, const char *file, int how)
{
    char path[2 * PATH_MAX];
    const char *name = name_at(directory, file, path);
    pthread_mutex_lock(&mutex);
    return noted((int)syscall(SYS_unlinkat, directory, file, how),
                 RECORD_REMOVE, name, 0);
}

int
recorded_unlink(const char *file) REPLACES(unlink);
int
recorded_unlink(const char *file)
{
    return recorded_unlinkat(AT_FDCWD, file, 0);
}

int
recorded_rmdir(const char *file) REPLACES(rmdir);
int
recorded_rmdir(const char *file)
{
    return recorded_unlinkat(AT_FDCWD, file, AT_REMOVEDIR);
}

int
recorded_mkdirat(int directory, const char *file, mode_t mode)
    REPLACES(mkdirat);
int
recorded_mkdirat(int directory, const char *file, mode_t mode)
{
    char path[2 * PATH_MAX];
    const char *name = name_at(directory, file, path);
    pthread_mutex_lock(&mutex);
    return noted((int)syscall(SYS_mkdirat, directory, file, mode),
                 RECORD_DIRECTORY, name, 0);
}

int
recorded_mkdir(const char *file, mode_t mode) REPLACES(mkdir);
int
recorded_mkdir(const char *file, mode_t mode)
{
    return recorded_mkdirat(AT_FDCWD, file, mode);
}

int
recorded_renameat(int from_directory, const char *from, int to_directory,
                  const char *to) REPLACES(renameat);
int
recorded_renameat(int from_directory, const char *from, int to_directory,
                  const char *to)
{
    char path[2 * PATH_MAX];
    char to_path[2 * PATH_MAX];
    const char *name = name_at(from_directory, from, path);
    const char *to_name = name_at(to_directory, to, to_path);
    pthread_mutex_lock(&mutex);
    const int done =
        (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, 0);
    if (done == 0 && name != NULL && to_name != NULL) {
        const record_header header = {.kind = RECORD_RENAME,
                                      .data_size = strlen(to_name)};
        emit(&header, name, to_name);
    }
    pthread_mutex_unlock(&mutex);
    return done;
}

int
recorded_rename(const char *from, const char *to) REPLACES(rename);
int
recorded_rename(const char *from, const char *to)
{
    return recorded_renameat(AT_FDCWD, from, AT_FDCWD, to);
}
