/* Sorting lists most of which are short. */
#ifndef OMNI__PLATFORM_SORT_H
#define OMNI__PLATFORM_SORT_H

#include <stddef.h>

/* As qsort(); equal items of a short list keep their order. */
void
omni__sort(void *items, size_t count, size_t size,
           int (*compare)(const void *, const void *));

#endif
