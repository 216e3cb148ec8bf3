/* Which of some words another word may have been meant for. */
#include "cli.h"

#include <string.h>

#define WORD_MAX 32

/* Insertions, deletions, replacements and swaps of neighbours between two
   short words. */
static size_t
word_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    const size_t a_size = strlen(a);
    const size_t b_size = strlen(b);
    if (a_size > WORD_MAX || b_size > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t j = 0; j <= b_size; ++j) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_size; ++i) {
        const size_t *above = rows[(i + 2) % 3];
        const size_t *twice = rows[(i + 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_size; ++j) {
            size_t least = above[j - 1] + (a[i - 1] != b[j - 1]);
            least = above[j] + 1 < least ? above[j] + 1 : least;
            least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && twice[j - 2] + 1 < least) {
                least = twice[j - 2] + 1;
            }
            row[j] = least;
        }
    }
    return rows[a_size % 3][b_size];
}

const char *
nearest_word(const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t least = strlen(word) < 4 ? 2 : 3;
    for (size_t i = 0; i < count; ++i) {
        const size_t distance = word_distance(word, candidates[i]);
        if (distance < least) {
            least = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
