/* Fields of delimited text (RFC 4180), fed in pieces that end with a line. */
#ifndef OMNI_CLI_SPLITTER_H
#define OMNI_CLI_SPLITTER_H

#include "omni/omni.h"

#include <stdbool.h>

typedef struct splitter splitter;

typedef enum split_outcome {
    SPLIT_MORE,  /* the row goes on */
    SPLIT_ROW,   /* a row is whole */
    SPLIT_BAD,   /* a quote stands where none may */
    SPLIT_FAILED /* out of memory */
} split_outcome;

/* NULL, or the library that this build would need. */
extern const char *const splitter_missing;

splitter *
splitter_open(char delimiter, char quote);

void
splitter_close(splitter *split);

/* Take a piece, of at most one line. After SPLIT_BAD, `*at` is the byte that
   was wrong, and the next piece begins a new row. */
split_outcome
splitter_feed(splitter *split, const char *bytes, size_t size, size_t *at);

/* The end: SPLIT_ROW for a last row without its newline, SPLIT_MORE if there is
   none, SPLIT_BAD if a quote was never closed. */
split_outcome
splitter_end(splitter *split);

/* Fields of the row; borrowed until the next piece. */
const omni_text *
splitter_fields(const splitter *split, size_t *count);

#endif
