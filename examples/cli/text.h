/* Text on stdout: JSON strings, terminal-safe text, columns, colour. */
#ifndef OMNI_CLI_TEXT_H
#define OMNI_CLI_TEXT_H

#include "omni/omni.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Zero-terminated text as a slice. */
omni_text
text_of(const char *text);

/* A JSON string with its quotes; what is not UTF-8 becomes U+FFFD. */
void
put_json(omni_text text);

/* Text for a person: control characters are shown as \xNN, what is not UTF-8
   as U+FFFD, so that no value can steer the terminal. */
void
put_text(omni_text text);

/* The same, at most `columns` wide (0: no limit), with an ellipsis. Returns
   the columns it took. */
size_t
put_cut(omni_text text, size_t columns);

/* Spaces from column `at` to column `to`; always two at least. */
void
put_gap(size_t at, size_t to);

/* Columns that put_text() takes. */
size_t
text_columns(omni_text text);

typedef enum style { STYLE_PLAIN, STYLE_HEADING, STYLE_DIM, STYLE_WARN } style;

/* Whether put_style() does anything. */
void
text_use_colour(bool on);

/* Switch the style of stdout. */
void
put_style(style style);

#define COUNT_TEXT 32

/* Digits; in groups of three where people read them. */
omni_text
count_format(uint64_t count, char text[COUNT_TEXT]);

#define INSTANT_TEXT 40
#define INSTANT_DAY 10 /* bytes of it that are the day */

/* RFC 3339 in UTC, with .mmm or .mmmuuu where they are not zero. */
omni_text
instant_format(int64_t time_us, char text[INSTANT_TEXT]);

/* The same for people: in the local zone if that is asked for, and on a
   terminal to the second. */
omni_text
instant_show(int64_t time_us, char text[INSTANT_TEXT]);

/* Show and read times in the local zone. */
void
instant_use_local(bool on);

/* Read RFC 3339; a date alone, for its midnight; now, today, yesterday; or how
   long ago: 30s, 15m, 2h, 7d, 2w. */
bool
instant_parse(const char *text, int64_t *out);

/* Read a length of time: 30s, 15m, 2h, 7d, 2w. */
bool
duration_parse(const char *text, int64_t *out);

#define DURATION_TEXT 40

/* "3d 4h", "2m 10s", "0.5 s". */
omni_text
duration_format(int64_t duration_us, char text[DURATION_TEXT]);

/* Rows of cells in aligned columns. */
#define TABLE_COLUMNS 6

typedef struct table {
    char **cells; /* owned, TABLE_COLUMNS a row, NULL for none */
    size_t rows;
    size_t capacity;
    const char *titles[TABLE_COLUMNS]; /* NULL: none */
    uint32_t times;                    /* columns of instants, a bit each */
    uint32_t right; /* columns that are aligned right, a bit each */
    bool failed;    /* out of memory */
} table;

/* Start a row; cells follow by table_cell(). */
void
table_row(table *table);

void
table_cell(table *table, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void
table_text(table *table, size_t column, omni_text text);

/* An instant; of which the day is left where a table is too wide. */
void
table_time(table *table, size_t column, int64_t time_us);

/* A number, aligned right. */
void
table_count(table *table, size_t column, uint64_t count);

/* Print under a heading and free; false without memory. Nothing is printed
   for a table without rows. */
bool
table_print(table *table, const char *heading);

#endif
