/* gzip, in a build without zlib: known, but not unpacked. */
#include "packing.h"

const packing gzip_packing = {
    .name = "gzip",
    .library = "zlib",
    .magic = {0x1f, 0x8b},
    .magic_size = 2,
};
