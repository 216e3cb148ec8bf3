/*
   Locks on single bytes of a file, between processes. They belong to the open
   file: two opens in one process exclude each other too, a forked child
   shares its parent's, and the kernel lets go of them when the last copy of
   the descriptor is closed or its process is killed. The byte need not exist.
*/
#ifndef OMNI__PLATFORM_LOCK_H
#define OMNI__PLATFORM_LOCK_H

#include <stdbool.h>
#include <stdint.h>

/* All return 0 or an errno; EAGAIN: somebody else has it. Asking again for
   another kind converts the lock. Exclusive needs a writable descriptor. */
int
omni__lock_try(int fd, uint64_t byte, bool exclusive);

/* Wait for it as long as it takes. */
int
omni__lock_wait(int fd, uint64_t byte, bool exclusive);

int
omni__lock_release(int fd, uint64_t byte);

typedef enum omni__lock_held {
    OMNI__LOCK_FREE,
    OMNI__LOCK_SHARED,
    OMNI__LOCK_EXCLUSIVE
} omni__lock_held;

/* What others hold on the byte; works on a descriptor that only reads. */
int
omni__lock_probe(int fd, uint64_t byte, omni__lock_held *out);

/* The same of a byte that another library locks in the system's own way. */
int
omni__lock_probe_plain(int fd, uint64_t byte, omni__lock_held *out);

#endif
