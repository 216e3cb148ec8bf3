/* Rows of cells, printed when all widths are known. */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
table_row(table *table)
{
    if (table->rows == table->capacity) {
        const size_t capacity = table->capacity != 0 ? 2 * table->capacity : 16;
        const size_t row_size = TABLE_COLUMNS * sizeof(char *);
        char **cells = realloc(table->cells, capacity * row_size);
        if (cells == NULL) {
            table->failed = true;
            return;
        }
        memset(cells + table->capacity * TABLE_COLUMNS, 0,
               (capacity - table->capacity) * row_size);
        table->cells = cells;
        table->capacity = capacity;
    }
    ++table->rows;
}

static void
set_cell(table *table, size_t column, char *text)
{
    if (table->failed || text == NULL) {
        table->failed = true;
        free(text);
        return;
    }
    char **cell = &table->cells[(table->rows - 1) * TABLE_COLUMNS + column];
    free(*cell);
    *cell = text;
}

void
table_cell(table *table, size_t column, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    set_cell(table, column, text);
}

void
table_text(table *table, size_t column, omni_text text)
{
    set_cell(table, column, strndup(text.bytes, text.size));
}

static size_t
column_width(const table *table, size_t column)
{
    size_t width = 0;
    for (size_t row = 0; row < table->rows; ++row) {
        const char *cell = table->cells[row * TABLE_COLUMNS + column];
        const size_t columns = cell != NULL ? text_columns(text_of(cell)) : 0;
        width = columns > width ? columns : width;
    }
    return width;
}

static void
print_row(char *const *cells, const size_t *ends)
{
    size_t at = 0;
    size_t last = TABLE_COLUMNS;
    while (last > 0 &&
           (cells[last - 1] == NULL || cells[last - 1][0] == '\0')) {
        --last;
    }
    for (size_t i = 0; i < last; ++i) {
        const omni_text cell = text_of(cells[i] != NULL ? cells[i] : "");
        put_text(cell);
        at += text_columns(cell);
        if (i + 1 < last) {
            put_gap(at, ends[i]);
            at = ends[i];
        }
    }
    putchar('\n');
}

static void
print_rows(const table *table, const char *heading)
{
    size_t ends[TABLE_COLUMNS];
    size_t at = heading[0] != '\0' ? 2 : 0;
    const char *indent = heading[0] != '\0' ? "  " : "";
    size_t end = 0;
    for (size_t i = 0; i < TABLE_COLUMNS; ++i) {
        const size_t width = column_width(table, i);
        end += width + (width != 0 ? 2 : 0);
        ends[i] = end;
    }
    if (at != 0) {
        put_style(STYLE_HEADING);
        printf("%s\n", heading);
        put_style(STYLE_PLAIN);
    }
    for (size_t row = 0; row < table->rows; ++row) {
        fputs(indent, stdout);
        print_row(table->cells + row * TABLE_COLUMNS, ends);
    }
}

bool
table_print(table *table, const char *heading)
{
    const bool failed = table->failed;
    if (!failed && table->rows != 0) {
        print_rows(table, heading);
    }
    for (size_t i = 0; i < table->rows * TABLE_COLUMNS; ++i) {
        free(table->cells[i]);
    }
    free(table->cells);
    *table = (struct table){0};
    return !failed;
}
