/* malloc() over what glibc has below it. */
#include "support/failing_malloc.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

allocations failing_malloc;

bool
allocation_fails(allocations *a)
{
    if (!a->armed || ++a->asked != a->fail) {
        return false;
    }
    a->failed = true;
    return true;
}

#if !defined(SANITIZED) && defined(__GLIBC__)
const bool failing_malloc_is_there = true;

/* What glibc has below its malloc() and the like. */
void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t count, size_t size);
void *
__libc_realloc(void *block, size_t size);
void
__libc_free(void *block);

void *
malloc(size_t size)
{
    if (allocation_fails(&failing_malloc)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = __libc_malloc(size);
    failing_malloc.blocks += block != NULL ? 1 : 0;
    return block;
}

void *
calloc(size_t count, size_t size)
{
    if (allocation_fails(&failing_malloc)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = __libc_calloc(count, size);
    failing_malloc.blocks += block != NULL ? 1 : 0;
    return block;
}

void *
realloc(void *block, size_t size)
{
    if (size != 0 && allocation_fails(&failing_malloc)) {
        errno = ENOMEM;
        return NULL;
    }
    void *made = __libc_realloc(block, size);
    failing_malloc.blocks += (made != NULL ? 1 : 0) - (block != NULL ? 1 : 0);
    return made;
}

void
free(void *block)
{
    failing_malloc.blocks -= block != NULL ? 1 : 0;
    __libc_free(block);
}
#else
const bool failing_malloc_is_there = false;
#endif
