/* The word that a wrong one may have been meant for. */
#include "codec/guess.h"

#include <stdio.h>

#define GUESS_BYTES 48 /* longer words are not compared */

/* Insertions, deletions and replacements between two words. */
static size_t
distance(omni__slice a, omni__slice b)
{
    size_t row[GUESS_BYTES + 1];
    for (size_t j = 0; j <= b.size; ++j) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.size; ++i) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; ++j) {
            const bool same = (a.data[i - 1] | 0x20) == (b.data[j - 1] | 0x20);
            const size_t replaced = corner + (same ? 0 : 1);
            const size_t moved =
                (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = replaced < moved ? replaced : moved;
        }
    }
    return row[b.size];
}

void
omni__text_guess(omni__slice word, const char *const *known, size_t count,
                 char *out, size_t size)
{
    const char *nearest = NULL;
    size_t least = word.size < 4 ? 2 : word.size < 8 ? 3 : 4;
    for (size_t i = 0; i < count; ++i) {
        const omni__slice other = omni__slice_text(known[i]);
        if (word.size > GUESS_BYTES || other.size > GUESS_BYTES) {
            continue;
        }
        const size_t steps = distance(word, other);
        if (steps < least) {
            least = steps;
            nearest = known[i];
        }
    }
    out[0] = '\0';
    if (nearest != NULL) {
        snprintf(out, size, ", did you mean \"%s\"?", nearest);
    }
}
