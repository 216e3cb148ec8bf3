/*
   Who asks the C library for memory, the time or random bytes. A program that
   links system_calls.c has these functions itself: they count calls by code of
   the program, which is the test and the library that it links, and do what
   they are for. Other libraries' calls do not count.
*/
#ifndef OMNI__TESTS_SUPPORT_SYSTEM_CALLS_H
#define OMNI__TESTS_SUPPORT_SYSTEM_CALLS_H

#include <stdbool.h>

typedef struct system_calls {
    bool watched; /* the test is inside of the library, and not in a hook */
    unsigned long memory;
    unsigned long clock;
    unsigned long random;
} system_calls;

extern system_calls calls;

/* False under a sanitizer, which has a malloc() of its own, and where the C
   library is not glibc: calls for memory are not counted then. */
extern const bool system_calls_see_memory;

#endif
