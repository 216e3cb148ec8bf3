/* Bytes of a file, a pipe or a terminal, unpacked where they are compressed. */
#ifndef OMNI_CLI_INPUT_H
#define OMNI_CLI_INPUT_H

#include "packing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum input_outcome {
    INPUT_READ,    /* here are some */
    INPUT_PAUSE,   /* nothing came for a second */
    INPUT_END,     /* there are no more */
    INPUT_STOPPED, /* `stop` became readable */
    INPUT_FAILED   /* `why` says why */
} input_outcome;

#define INPUT_PEEK 512

typedef struct input {
    int fd;
    int stop;           /* stops the reading once it is readable */
    uint64_t raw_bytes; /* read from the file so far */
    unsigned char *raw; /* read, but not yet unpacked */
    size_t raw_begin;
    size_t raw_end;
    bool raw_ended;
    bool looked; /* at what it is packed with */
    const packing *packing;
    void *unpacking;
    bool at_edge;   /* of the compressed data's members */
    bool held_back; /* more may come out without more going in */
    unsigned char peeked[INPUT_PEEK];
    size_t peeked_begin;
    size_t peeked_end;
    char why[200];
} input;

/* The next bytes: INPUT_READ with `*size` over 0, or another outcome. */
input_outcome
input_read(input *input, void *to, size_t room, size_t *size);

/* See that the first bytes are in `peeked`, as many as come at once. */
input_outcome
input_peek(input *input);

/* Frees; the file stays open. */
void
input_free(input *input);

#endif
