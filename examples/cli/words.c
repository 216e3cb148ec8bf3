/* A list of words that owns them. */
#include "words.h"

#include <stdlib.h>
#include <string.h>

static bool
make_room(words *words)
{
    if (words->count + 1 < words->capacity) {
        return true;
    }
    const size_t capacity = words->capacity != 0 ? 2 * words->capacity : 16;
    char **items = realloc(words->items, capacity * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    words->items = items;
    words->capacity = capacity;
    return true;
}

bool
words_add(words *words, const char *text, size_t size)
{
    char *copy = make_room(words) ? strndup(text, size) : NULL;
    if (copy == NULL) {
        return false;
    }
    words->items[words->count++] = copy;
    words->items[words->count] = NULL;
    return true;
}

bool
words_has(const words *words, const char *text, size_t size)
{
    for (size_t i = 0; i < words->count; ++i) {
        if (strncmp(words->items[i], text, size) == 0 &&
            words->items[i][size] == '\0') {
            return true;
        }
    }
    return false;
}

bool
words_add_once(words *words, const char *text, size_t size)
{
    return words_has(words, text, size) || words_add(words, text, size);
}

static int
by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void
words_sort(words *words)
{
    if (words->count > 1) {
        qsort(words->items, words->count, sizeof(*words->items), by_bytes);
    }
}

void
words_free(words *words)
{
    for (size_t i = 0; i < words->count; ++i) {
        free(words->items[i]);
    }
    free(words->items);
    *words = (struct words){0};
}
