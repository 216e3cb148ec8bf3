/* A table as CSV (RFC 4180): columns that are found or chosen, and rows. */
#ifndef OMNI_CLI_SHEET_H
#define OMNI_CLI_SHEET_H

#include "json_scan.h"

#include <stdint.h>

/* More than a spreadsheet has, and a sign that names are data. */
#define SHEET_COLUMNS_MAX 16384

/* A cell of the row under way, in the bytes of the row. */
typedef struct cell {
    size_t start;
    size_t size;
    bool there;
} cell;

typedef struct sheet {
    char **names; /* of columns; owned */
    cell *cells;
    size_t count;
    size_t fixed; /* columns that were there before any was found */
    size_t capacity;
    uint32_t *slots; /* hash table of column numbers from 1 */
    size_t slot_count;
    bytes name; /* worked in */
    bytes row;
    bool finding;  /* put() adds columns and keeps no cells */
    bool guard;    /* texts that a spreadsheet would compute get a ' */
    bool excel;    /* a byte order mark, and CRLF */
    bool terminal; /* people read it: nothing may steer their terminal */
    bool failed;   /* out of memory */
    bool wide;     /* more than SHEET_COLUMNS_MAX */
} sheet;

/* Add a column, unless it is there. */
void
sheet_column(sheet *sheet, omni_text name);

/* What has been added so far keeps its order and stands first. */
void
sheet_fix(sheet *sheet);

/* Sort the columns that were found, by bytes; rows follow. */
void
sheet_found(sheet *sheet);

/* Put a value into the column whose name is made of `parts`. A second value in
   the same cell follows a '|'. Where nobody asked for the column it is left
   out. */
void
sheet_put(sheet *sheet, const omni_text *parts, size_t part_count,
          omni_text value);

/* The same for a column named by a word. */
void
sheet_set(sheet *sheet, const char *column, omni_text value);

/* Write the header to stdout. */
void
sheet_header(const sheet *sheet);

/* Write the row under way to stdout and begin the next. */
void
sheet_row(sheet *sheet);

void
sheet_free(sheet *sheet);

#endif
