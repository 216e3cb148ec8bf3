/* A list of words that owns them. */
#ifndef OMNI_CLI_WORDS_H
#define OMNI_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct words {
    char **items; /* ends with NULL once there is one */
    size_t count;
    size_t capacity;
} words;

/* Add a copy; false without memory. */
bool
words_add(words *words, const char *text, size_t size);

/* The same, unless it is there. */
bool
words_add_once(words *words, const char *text, size_t size);

bool
words_has(const words *words, const char *text, size_t size);

void
words_sort(words *words);

void
words_free(words *words);

#endif
