/* Whole lines out of an input, in bounded memory. */
#ifndef OMNI_CLI_LINES_H
#define OMNI_CLI_LINES_H

#include "input.h"
#include "omni/omni.h"

#include <stdbool.h>

typedef struct lines {
    input *input;
    char *bytes;
    size_t capacity;
    size_t begin; /* of what was not handed out yet */
    size_t end;
    bool begun;    /* past a byte order mark */
    bool ended;    /* at the end of the file */
    bool skipping; /* the rest of a line that was cut */
} lines;

/* The next lines, at most `most` of them; borrowed until the next call. The
   last one of a file may lack its newline; one that is over
   OMNI_LIMIT_LINE_BYTES is cut, but not so short that it would be taken. */
input_outcome
lines_next(lines *lines, size_t most, omni_text *out);

void
lines_free(lines *lines);

#endif
