/* Allocations that are counted, and of which one fails: through a hook, and
   through the C library's malloc(), which a program that links this has. */
#ifndef OMNI__TESTS_SUPPORT_FAILING_MALLOC_H
#define OMNI__TESTS_SUPPORT_FAILING_MALLOC_H

#include <stdbool.h>
#include <stdint.h>

typedef struct allocations {
    bool armed;
    uint64_t asked;
    uint64_t fail; /* the one that fails, from 1 */
    bool failed;
    int64_t blocks; /* not freed yet */
} allocations;

/* Whether the allocation that is asked for now is to fail. */
bool
allocation_fails(allocations *a);

/* Those of malloc(), calloc() and realloc(), by whomever. */
extern allocations failing_malloc;

/* False under a sanitizer, which has a malloc() of its own, and where the C
   library is not glibc. */
extern const bool failing_malloc_is_there;

#endif
