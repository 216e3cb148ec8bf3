/* Zstandard, in a build without libzstd: known, but not unpacked. */
#include "packing.h"

const packing zstd_packing = {
    .name = "zstd",
    .library = "libzstd",
    .magic = {0x28, 0xb5, 0x2f, 0xfd},
    .magic_size = 4,
};
