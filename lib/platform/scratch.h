/* Zeroed memory behind an unlinked temporary file: not anonymous memory. */
#ifndef OMNI__PLATFORM_SCRATCH_H
#define OMNI__PLATFORM_SCRATCH_H

#include <stddef.h>

/* NULL if the file or the mapping cannot be had. */
void *
omni__scratch_map(const char *directory, size_t size);

void
omni__scratch_unmap(void *memory, size_t size);

#endif
