/* Open file description locks. */
#include "platform/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
ask(int fd, int command, uint64_t byte, short type)
{
    int failed;
    do {
        struct flock lock = {.l_type = type,
                             .l_whence = SEEK_SET,
                             .l_start = (off_t)byte,
                             .l_len = 1};
        failed = fcntl(fd, command, &lock);
    } while (failed != 0 && errno == EINTR);
    if (failed == 0) {
        return 0;
    }
    return errno == EACCES ? EAGAIN : errno;
}

int
omni__lock_try(int fd, uint64_t byte, bool exclusive)
{
    return ask(fd, F_OFD_SETLK, byte, exclusive ? F_WRLCK : F_RDLCK);
}

int
omni__lock_wait(int fd, uint64_t byte, bool exclusive)
{
    return ask(fd, F_OFD_SETLKW, byte, exclusive ? F_WRLCK : F_RDLCK);
}

int
omni__lock_release(int fd, uint64_t byte)
{
    return ask(fd, F_OFD_SETLK, byte, F_UNLCK);
}

int
omni__lock_probe(int fd, uint64_t byte, omni__lock_held *out)
{
    struct flock lock = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = (off_t)byte,
                         .l_len = 1};
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0) {
        return errno;
    }
    if (lock.l_type == F_UNLCK) {
        *out = OMNI__LOCK_FREE;
    } else {
        *out =
            lock.l_type == F_RDLCK ? OMNI__LOCK_SHARED : OMNI__LOCK_EXCLUSIVE;
    }
    return 0;
}

int
omni__lock_probe_plain(int fd, uint64_t byte, omni__lock_held *out)
{
    return omni__lock_probe(fd, byte, out);
}
