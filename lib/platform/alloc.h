/* The one way to memory: an allocator that the application may replace. */
#ifndef OMNI__PLATFORM_ALLOC_H
#define OMNI__PLATFORM_ALLOC_H

#include "platform/slice.h"

/* As realloc(); size 0 frees and returns NULL. */
typedef struct omni__alloc {
    void *(*resize)(void *user, void *block, size_t size);
    void *user;
} omni__alloc;

/* The C library's. */
extern const omni__alloc omni__alloc_default;

void *
omni__malloc(const omni__alloc *alloc, size_t size);

void *
omni__calloc(const omni__alloc *alloc, size_t size);

void *
omni__realloc(const omni__alloc *alloc, void *block, size_t size);

/* NULL is allowed. */
void
omni__free(const omni__alloc *alloc, void *block);

/* A zero-terminated copy, or NULL. */
char *
omni__strdup(const omni__alloc *alloc, const char *text);

/*
   Make room for one more element: doubles `*capacity` when `count` reaches
   it. The array may move. False without memory; the array is then unchanged.
*/
bool
omni__grow(const omni__alloc *alloc, void **array, size_t *capacity,
           size_t count, size_t element_size);

#endif
