/* Rows of a table out of an input, in bounded memory. */
#ifndef OMNI_CLI_ROWS_H
#define OMNI_CLI_ROWS_H

#include "decode.h"
#include "splitter.h"

/* How a table is written; zero-filled members are found out. */
typedef struct rows_form {
    char delimiter;
    char quote;
    const char *encoding;
} rows_form;

typedef struct rows {
    input *input;
    decoder decoder;
    splitter *splitter;
    char delimiter; /* given, or found */
    char quote;
    char *bytes;
    size_t begin;
    size_t end;
    bool ended;
    bool opened;
    bool skipping;     /* the rest of a line with a bad quote */
    bool after_cr;     /* a newline next ends no other line */
    bool finished;     /* the last row was handed out */
    size_t pending;    /* bytes of the piece that was fed last */
    uint64_t line;     /* of the next byte, from 1 */
    uint64_t row_line; /* where the row at hand begins */
    size_t row_bytes;
    size_t column; /* of the next byte in its line, from 1 */
    char fault[160];
} rows;

/* Begin. False, with `input->why` set, if that cannot be. */
bool
rows_open(rows *rows, input *input, const rows_form *form);

/* The next row, or one that could not be read (`fault` is set); borrowed until
   the next call. */
input_outcome
rows_next(rows *rows, omni_row *out);

void
rows_close(rows *rows);

/* The delimiter of a table whose beginning this is. */
char
guess_delimiter(const char *text, size_t size, char quote);

#endif
