/* Which compression data have, by their first bytes. */
#include "packing.h"

#include <string.h>

const packing *
packing_of(const unsigned char *data, size_t size)
{
    static const packing *const all[] = {&gzip_packing, &zstd_packing};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        if (size >= all[i]->magic_size &&
            memcmp(data, all[i]->magic, all[i]->magic_size) == 0) {
            return all[i];
        }
    }
    return NULL;
}
