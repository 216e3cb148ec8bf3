/* Replacements of system calls; see file_faults.h. */
#include "support/file_faults.h"

#include "support/raw_calls.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

file_faults faults;

/* Under both names that the C library has for each, whatever its headers make
   of them. */
ssize_t
fault_pwrite(int fd, const void *bytes, size_t size,
             short_offset offset) __asm__("pwrite");
ssize_t
fault_pwrite64(int fd, const void *bytes, size_t size,
               off_t offset) __asm__("pwrite64");
int
fault_fallocate(int fd, int mode, short_offset offset,
                short_offset size) __asm__("fallocate");
int
fault_fallocate64(int fd, int mode, off_t offset,
                  off_t size) __asm__("fallocate64");
int
fault_ftruncate(int fd, short_offset size) __asm__("ftruncate");
int
fault_ftruncate64(int fd, off_t size) __asm__("ftruncate64");
int
fault_fdatasync(int fd) __asm__("fdatasync");
int
fault_fsync(int fd) __asm__("fsync");

void
file_faults_clear(void)
{
    const long syncs = atomic_load(&faults.syncs);
    memset(&faults, 0, sizeof(faults));
    atomic_store(&faults.syncs, syncs);
}

/* Whether this call is to fail; sets errno. */
static bool
fails(unsigned kind)
{
    if ((faults.kinds & kind) == 0) {
        return false;
    }
    const long call = atomic_fetch_add(&faults.calls, 1) + 1;
    if (faults.interrupted && call % 2 == 0) {
        errno = EINTR;
        return true;
    }
    if (faults.fail_at == 0 || call < faults.fail_at ||
        (faults.fail_count != 0 &&
         call >= faults.fail_at + faults.fail_count)) {
        return false;
    }
    errno = faults.system;
    return true;
}

ssize_t
fault_pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    if (fails(FAULT_WRITE)) {
        if (faults.half) {
            const int system = errno;
            raw_pwrite(fd, bytes, size / 2, offset);
            errno = system;
        }
        return -1;
    }
    if (faults.interrupted && size > 100) {
        size /= 3;
    }
    return raw_pwrite(fd, bytes, size, offset);
}

ssize_t
fault_pwrite(int fd, const void *bytes, size_t size, short_offset offset)
{
    return fault_pwrite64(fd, bytes, size, offset);
}

int
fault_fallocate64(int fd, int mode, off_t offset, off_t size)
{
    if (faults.no_allocate) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (fails(FAULT_ALLOCATE)) {
        return -1;
    }
    return raw_fallocate(fd, mode, offset, size);
}

int
fault_fallocate(int fd, int mode, short_offset offset, short_offset size)
{
    return fault_fallocate64(fd, mode, offset, size);
}

int
fault_ftruncate64(int fd, off_t size)
{
    return fails(FAULT_RESIZE) ? -1 : raw_ftruncate(fd, size);
}

int
fault_ftruncate(int fd, short_offset size)
{
    return fault_ftruncate64(fd, size);
}

static int
synced(long number, int fd)
{
    if (fails(FAULT_SYNC)) {
        return -1;
    }
    atomic_fetch_add(&faults.syncs, 1);
    if (faults.sync_us != 0) {
        usleep(faults.sync_us);
    }
    return (int)syscall(number, fd);
}

int
fault_fdatasync(int fd)
{
    return synced(SYS_fdatasync, fd);
}

int
fault_fsync(int fd)
{
    return synced(SYS_fsync, fd);
}
