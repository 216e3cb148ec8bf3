/* Compressed bytes, as far as this build can unpack them. */
#ifndef OMNI_CLI_PACKING_H
#define OMNI_CLI_PACKING_H

#include <stdbool.h>
#include <stddef.h>

typedef enum unpack_outcome {
    UNPACK_MORE, /* inside of the data */
    UNPACK_EDGE, /* at the end of a member: there may be another one */
    UNPACK_FAILED
} unpack_outcome;

/* Bytes on their way through. */
typedef struct unpack_step {
    const unsigned char *from;
    size_t from_size;
    unsigned char *to;
    size_t to_size;
    size_t used;     /* of `from` */
    size_t made;     /* in `to` */
    const char *why; /* it failed */
} unpack_step;

/* A way of compressing. */
typedef struct packing {
    const char *name;
    const char *library; /* NULL: this build has it */
    unsigned char magic[4];
    size_t magic_size;
    void *(*open)(void); /* NULL without memory */
    unpack_outcome (*step)(void *state, unpack_step *step);
    void (*close)(void *state);
} packing;

extern const packing gzip_packing;
extern const packing zstd_packing;

/* The packing that data begin with, or NULL. */
const packing *
packing_of(const unsigned char *data, size_t size);

#endif
