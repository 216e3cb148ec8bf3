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

void
table_time(table *table, size_t column, int64_t time_us)
{
    char text[INSTANT_TEXT];
    table->times |= 1u << column;
    table_text(table, column, instant_show(time_us, text));
}

static size_t
whole_width(const size_t *widths)
{
    size_t whole = 0;
    for (size_t i = 0; i < TABLE_COLUMNS; ++i) {
        whole += widths[i] + (whole != 0 && widths[i] != 0 ? GAP : 0);
    }
    return whole;
}

/* Leave of instants the day, then cut the widest columns, until the table is
   no wider than the terminal; false if that cannot be. */
static bool
narrow(size_t *widths, uint32_t times, size_t most)
{
    for (size_t i = TABLE_COLUMNS; i-- > 0;) {
        if (whole_width(widths) > most && widths[i] != 0 &&
            (times & 1u << i) != 0) {
            widths[i] = INSTANT_DAY;
        }
    }
    while (whole_width(widths) > most) {
        size_t widest = TABLE_COLUMNS;
        for (size_t i = 0; i < TABLE_COLUMNS; ++i) {
            if ((times & 1u << i) == 0 && widths[i] > LEAST_WIDTH &&
                (widest == TABLE_COLUMNS || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == TABLE_COLUMNS) {
            return false;
        }
        --widths[widest];
    }
    return true;
}

/* Make the table fit; where it is far too wide, the last columns are left
   out. */
static void
fit(size_t *widths, uint32_t times, size_t most)
{
    for (size_t last = TABLE_COLUMNS; most != 0 && last > 1; --last) {
        size_t some[TABLE_COLUMNS];
        memcpy(some, widths, sizeof(some));
        memset(some + last, 0, (TABLE_COLUMNS - last) * sizeof(*some));
        if (narrow(some, times, most)) {
            memcpy(widths, some, sizeof(some));
            return;
        }
    }
}

static void
print_row(const table *table, const char *const *cells, const size_t *widths)
{
    size_t last = TABLE_COLUMNS;
    while (last > 0 && (cells[last - 1] == NULL || widths[last - 1] == 0 ||
                        cells[last - 1][0] == '\0')) {
        --last;
    }
    for (size_t i = 0; i < last; ++i) {
        omni_text cell = text_of(cells[i] != NULL ? cells[i] : "");
        if (widths[i] == 0) {
            continue;
        }
        if ((table->times & 1u << i) != 0 && cell.size > widths[i]) {
            cell.size = INSTANT_DAY;
        }
        const size_t columns = text_columns(cell);
        size_t left = columns < widths[i] ? widths[i] - columns : 0;
        if ((table->right & 1u << i) != 0) {
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

/* A blank line where the heading begins with one, then the heading. */
static void
print_heading(const char *heading)
{
    if (heading[0] == '\n') {
        putchar('\n');
        ++heading;
    }
    put_style(STYLE_HEADING);
    fputs(heading, stdout);
    put_style(STYLE_PLAIN);
    putchar('\n');
}

static void
print_rows(const table *table, const char *heading)
{
    size_t widths[TABLE_COLUMNS];
    const size_t indent = heading[0] != '\0' ? GAP : 0;
    const size_t most = terminal_columns();
    const bool titled = table->titles[0] != NULL;
    for (size_t i = 0; i < TABLE_COLUMNS; ++i) {
        const size_t title =
            table->titles[i] != NULL ? strlen(table->titles[i]) : 0;
        widths[i] = column_width(table, i);
        widths[i] = widths[i] != 0 && title > widths[i] ? title : widths[i];
    }
    fit(widths, table->times, most > indent ? most - indent : most);
    if (indent != 0) {
        print_heading(heading);
    }
    if (titled) {
        put_style(STYLE_DIM);
        printf("%*s", (int)indent, "");
        print_row(table, table->titles, widths);
        put_style(STYLE_PLAIN);
    }
    for (size_t row = 0; row < table->rows && !output_stopped(); ++row) {
        const size_t first = row * TABLE_COLUMNS;
        printf("%*s", (int)indent, "");
        print_row(table, (const char *const *)table->cells + first, widths);
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
