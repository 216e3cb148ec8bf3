/* Rows of cells, printed when all widths are known. */
#include "output.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2
#define LEAST_WIDTH 8

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

void
table_count(table *table, size_t column, uint64_t count)
{
    char text[COUNT_TEXT];
    table->right |= 1u << column;
    table_text(table, column, count_format(count, text));
}

/* Take from the widest columns what is over the width of the terminal. */
static void
fit(size_t *widths, size_t most)
{
    while (true) {
        size_t whole = 0;
        size_t widest = 0;
        for (size_t i = 0; i < TABLE_COLUMNS; ++i) {
            whole += widths[i] + (whole != 0 && widths[i] != 0 ? GAP : 0);
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (most == 0 || whole <= most || widths[widest] <= LEAST_WIDTH) {
            return;
        }
        --widths[widest];
    }
}

static void
print_row(char *const *cells, const size_t *widths, uint32_t right)
{
    size_t last = TABLE_COLUMNS;
    while (last > 0 &&
           (cells[last - 1] == NULL || cells[last - 1][0] == '\0')) {
        --last;
    }
    for (size_t i = 0; i < last; ++i) {
        const omni_text cell = text_of(cells[i] != NULL ? cells[i] : "");
        const size_t columns = text_columns(cell);
        if (widths[i] == 0) {
            continue;
        }
        size_t left = columns < widths[i] ? widths[i] - columns : 0;
        if ((right & 1u << i) != 0) {
            printf("%*s", (int)left, "");
            left = 0;
        }
        put_cut(cell, widths[i]);
        if (i + 1 < last) {
            printf("%*s", (int)(left + GAP), "");
        }
    }
    putchar('\n');
}

static void
print_rows(const table *table, const char *heading)
{
    size_t widths[TABLE_COLUMNS];
    const size_t indent = heading[0] != '\0' ? GAP : 0;
    const size_t most = terminal_columns();
    for (size_t i = 0; i < TABLE_COLUMNS; ++i) {
        widths[i] = column_width(table, i);
    }
    fit(widths, most > indent ? most - indent : most);
    if (indent != 0) {
        put_style(STYLE_HEADING);
        printf("%s\n", heading);
        put_style(STYLE_PLAIN);
    }
    for (size_t row = 0; row < table->rows && !output_stopped(); ++row) {
        printf("%*s", (int)indent, "");
        print_row(table->cells + row * TABLE_COLUMNS, widths, table->right);
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
