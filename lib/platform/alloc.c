/* The default allocator, and small shapes over any allocator. */
#include "platform/alloc.h"

#include <stdlib.h>

static void *
default_resize(void *user, void *block, size_t size)
{
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

const omni__alloc omni__alloc_default = {.resize = default_resize};

void *
omni__malloc(const omni__alloc *alloc, size_t size)
{
    return alloc->resize(alloc->user, NULL, size != 0 ? size : 1);
}

void *
omni__calloc(const omni__alloc *alloc, size_t size)
{
    void *block = omni__malloc(alloc, size);
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

void *
omni__realloc(const omni__alloc *alloc, void *block, size_t size)
{
    return alloc->resize(alloc->user, block, size != 0 ? size : 1);
}

void
omni__free(const omni__alloc *alloc, void *block)
{
    if (block != NULL) {
        alloc->resize(alloc->user, block, 0);
    }
}

char *
omni__strdup(const omni__alloc *alloc, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = omni__malloc(alloc, size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

bool
omni__grow(const omni__alloc *alloc, void **array, size_t *capacity,
           size_t count, size_t element_size)
{
    if (count < *capacity) {
        return true;
    }
    const size_t wanted = *capacity != 0 ? *capacity * 2 : 8;
    void *moved = omni__realloc(alloc, *array, wanted * element_size);
    if (moved == NULL) {
        return false;
    }
    *array = moved;
    *capacity = wanted;
    return true;
}
