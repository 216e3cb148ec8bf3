/* Random expressions, written into a text that grows. */
#ifndef TESTS_CEL_TEXT_H
#define TESTS_CEL_TEXT_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

typedef struct cel_text {
    uint64_t state;         /* of the random numbers */
    const uint8_t *choices; /* or bytes in their place; then zeroes */
    size_t choice_count;
    char text[16384];
    size_t size;
} cel_text;

/* A random number below `bound`. */
static inline uint64_t
cel_text_below(cel_text *t, uint64_t bound)
{
    if (t->choices != NULL) {
        uint64_t chosen = 0;
        for (uint64_t i = bound; i > 1 && t->choice_count != 0; i >>= 8) {
            chosen = chosen << 8 | *t->choices++;
            --t->choice_count;
        }
        return chosen % bound;
    }
    t->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = t->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % bound;
}

/* A random number of any magnitude up to `most`, with a sign. */
static inline int64_t
cel_text_number(cel_text *t, int64_t most)
{
    int64_t bound = most;
    for (uint64_t i = cel_text_below(t, 60); i != 0 && bound > 2; --i) {
        bound /= 2;
    }
    const int64_t number = (int64_t)cel_text_below(t, (uint64_t)bound + 1);
    return cel_text_below(t, 2) != 0 ? number : -number;
}

static inline void
cel_text_put(cel_text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append; what has no room is cut off. */
static inline void
cel_text_put(cel_text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const size_t room = sizeof(t->text) - t->size;
    const int size = vsnprintf(t->text + t->size, room, format, arguments);
    va_end(arguments);
    t->size += (size_t)size < room ? (size_t)size : room - 1;
}

#endif
