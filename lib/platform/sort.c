/* Short lists are sorted by insertion: without memory, and quicker. */
#include "platform/sort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 48, ITEM = 128 };

void
omni__sort(void *items, size_t count, size_t size,
           int (*compare)(const void *, const void *))
{
    uint8_t *all = items;
    uint8_t moved[ITEM];
    if (count > SHORT || size > ITEM) {
        qsort(items, count, size, compare);
        return;
    }
    for (size_t i = 1; i < count; ++i) {
        uint8_t *item = all + i * size;
        uint8_t *to = item;
        while (to != all && compare(item, to - size) < 0) {
            to -= size;
        }
        if (to != item) {
            memcpy(moved, item, size);
            memmove(to + size, to, (size_t)(item - to));
            memcpy(to, moved, size);
        }
    }
}
