/*
   What the environment says of a test's work: OMNI_SEED, OMNI_CASES, and for
   tools under which everything is slow OMNI_SHARE: with 10, a tenth of the
   cases that a test does by itself.
*/
#ifndef TESTS_SETTING_H
#define TESTS_SETTING_H

#include <stdint.h>
#include <stdlib.h>

static inline uint64_t
setting_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

static inline uint64_t
setting_seed(void)
{
    return setting_number("OMNI_SEED", 1);
}

static inline uint64_t
setting_cases(uint64_t otherwise)
{
    const uint64_t share = setting_number("OMNI_SHARE", 1);
    const uint64_t own =
        share > 1 ? (otherwise + share - 1) / share : otherwise;
    return setting_number("OMNI_CASES", own);
}

#endif
