/* Borrowed bytes. */
#ifndef OMNI__PLATFORM_SLICE_H
#define OMNI__PLATFORM_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct omni__slice {
    const uint8_t *data;
    size_t size;
} omni__slice;

static inline omni__slice
omni__slice_of(const void *data, size_t size)
{
    return (omni__slice){.data = (const uint8_t *)data, .size = size};
}

/* Of a zero-terminated string; NULL is empty. */
static inline omni__slice
omni__slice_text(const char *text)
{
    return omni__slice_of(text, text != NULL ? strlen(text) : 0);
}

static inline bool
omni__slice_equal(omni__slice a, omni__slice b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Order of bytes; a prefix comes first. */
static inline int
omni__slice_compare(omni__slice a, omni__slice b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size != 0 ? memcmp(a.data, b.data, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* The same where texts mostly begin with different bytes, or are one. */
static inline int
omni__slice_compare_words(omni__slice a, omni__slice b)
{
    if (a.size != 0 && b.size != 0) {
        if (a.data[0] != b.data[0]) {
            return a.data[0] < b.data[0] ? -1 : 1;
        }
        if (a.data == b.data) {
            return (a.size > b.size) - (a.size < b.size);
        }
    }
    return omni__slice_compare(a, b);
}

/* Ask for bytes that are going to be read soon; a hint, never a fault. */
static inline void
omni__prefetch(const void *bytes)
{
    __builtin_prefetch(bytes);
}

/* Whether the text is somewhere in it. */
static inline bool
omni__slice_contains(omni__slice slice, const char *text)
{
    const size_t size = strlen(text);
    const uint8_t *at = slice.data;
    for (size_t left = slice.size; left >= size && left != 0;) {
        const uint8_t *found = memchr(at, text[0], left - size + 1);
        if (found == NULL || memcmp(found, text, size) == 0) {
            return found != NULL;
        }
        left -= (size_t)(found + 1 - at);
        at = found + 1;
    }
    return false;
}

#endif
