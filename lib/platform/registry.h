/* Which stores this process has open: LMDB forbids the same file twice. */
#ifndef OMNI__PLATFORM_REGISTRY_H
#define OMNI__PLATFORM_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct omni__registry_entry {
    uint64_t device;
    uint64_t number;
    uint32_t generation; /* of the process that opened it */
    struct omni__registry_entry *next;
} omni__registry_entry;

/* Enter the directory at `path`; the entry belongs to the caller. Returns 0,
   EBUSY if it is entered, or the errno of what failed. */
int
omni__registry_enter(omni__registry_entry *entry, const char *path);

void
omni__registry_leave(omni__registry_entry *entry);

#endif
