/* A temporary file that has no name from the moment it is open. */
#include "platform/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *
omni__scratch_map(const char *directory, size_t size)
{
    char path[4096];
    const int length =
        snprintf(path, sizeof(path), "%s/scratch-XXXXXX", directory);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return NULL;
    }
    const int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    unlink(path);
    /* Blocks are taken now, so that a full disk is an error and no signal. */
    void *memory = MAP_FAILED;
    if (posix_fallocate(fd, 0, (off_t)size) == 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    return memory != MAP_FAILED ? memory : NULL;
}

void
omni__scratch_unmap(void *memory, size_t size)
{
    munmap(memory, size);
}
