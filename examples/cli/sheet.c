/* Columns by name, and the quoting of cells. */
#include "sheet.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
hash_of(omni_text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; ++i) {
        hash = (hash ^ (unsigned char)text.bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 32;
}

/* The slot that has a name, or the free one where it belongs. */
static uint32_t *
find_slot(const sheet *sheet, omni_text name)
{
    size_t at = (size_t)hash_of(name) & (sheet->slot_count - 1);
    while (sheet->slots[at] != 0) {
        const char *there = sheet->names[sheet->slots[at] - 1];
        if (strlen(there) == name.size &&
            memcmp(there, name.bytes, name.size) == 0) {
            break;
        }
        at = (at + 1) & (sheet->slot_count - 1);
    }
    return &sheet->slots[at];
}

/* Enter all columns into an empty hash table. */
static void
index_columns(sheet *sheet)
{
    memset(sheet->slots, 0, sheet->slot_count * sizeof(sheet->slots[0]));
    for (size_t i = 0; i < sheet->count; ++i) {
        *find_slot(sheet, text_of(sheet->names[i])) = (uint32_t)i + 1;
    }
}

/* Room for one more column. */
static bool
make_room(sheet *sheet)
{
    if (sheet->count < sheet->capacity) {
        return true;
    }
    const size_t capacity = sheet->capacity != 0 ? 2 * sheet->capacity : 64;
    char **names = realloc(sheet->names, capacity * sizeof(names[0]));
    sheet->names = names != NULL ? names : sheet->names;
    cell *cells = realloc(sheet->cells, capacity * sizeof(cells[0]));
    sheet->cells = cells != NULL ? cells : sheet->cells;
    uint32_t *slots = realloc(sheet->slots, 4 * capacity * sizeof(slots[0]));
    sheet->slots = slots != NULL ? slots : sheet->slots;
    if (names == NULL || cells == NULL || slots == NULL) {
        sheet->failed = true;
        return false;
    }
    sheet->capacity = capacity;
    sheet->slot_count = 4 * capacity;
    index_columns(sheet);
    return true;
}

void
sheet_column(sheet *sheet, omni_text name)
{
    if (!make_room(sheet)) {
        return;
    }
    uint32_t *slot = find_slot(sheet, name);
    if (*slot != 0) {
        return;
    }
    if (sheet->count == SHEET_COLUMNS_MAX) {
        sheet->wide = true;
        return;
    }
    char *copy = strndup(name.bytes, name.size);
    if (copy == NULL) {
        sheet->failed = true;
        return;
    }
    sheet->cells[sheet->count] = (cell){.there = false};
    sheet->names[sheet->count++] = copy;
    *slot = (uint32_t)sheet->count;
}

void
sheet_fix(sheet *sheet)
{
    sheet->fixed = sheet->count;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
sheet_found(sheet *sheet)
{
    if (sheet->count != 0) {
        qsort(sheet->names + sheet->fixed, sheet->count - sheet->fixed,
              sizeof(sheet->names[0]), compare_names);
        index_columns(sheet);
    }
    sheet->finding = false;
}

/* Put a value into a cell of the row under way. */
static void
fill_cell(sheet *sheet, cell *cell, omni_text value)
{
    bytes *row = &sheet->row;
    if (!cell->there) {
        *cell = (struct cell){.start = row->size, .there = true};
    } else {
        /* Where something else came after it, it moves to the end. */
        if (cell->start + cell->size != row->size) {
            const size_t start = row->size;
            bytes copy = {.size = 0};
            bytes_add(&copy, (omni_text){.bytes = row->data + cell->start,
                                         .size = cell->size});
            bytes_add(row, (omni_text){.bytes = copy.data, .size = copy.size});
            sheet->failed |= copy.failed;
            bytes_free(&copy);
            cell->start = start;
        }
        bytes_add(row, text_of("|"));
    }
    bytes_add(row, value);
    cell->size = row->size - cell->start;
}

void
sheet_put(sheet *sheet, const omni_text *parts, size_t part_count,
          omni_text value)
{
    sheet->name.size = 0;
    for (size_t i = 0; i < part_count; ++i) {
        bytes_add(&sheet->name, parts[i]);
    }
    const omni_text name = {.bytes = sheet->name.data,
                            .size = sheet->name.size};
    if (sheet->name.failed) {
        sheet->failed = true;
    } else if (sheet->finding) {
        sheet_column(sheet, name);
    } else if (sheet->count != 0) {
        const uint32_t slot = *find_slot(sheet, name);
        if (slot != 0) {
            fill_cell(sheet, &sheet->cells[slot - 1], value);
        }
    }
}

void
sheet_set(sheet *sheet, const char *column, omni_text value)
{
    const omni_text name = text_of(column);
    sheet_put(sheet, &name, 1, value);
}

/* True for what a spreadsheet would compute rather than show. A number or a
   phone number begins with a sign and is none of it. */
static bool
is_formula(omni_text text)
{
    const char first = text.size != 0 ? text.bytes[0] : '\0';
    if (first == '=' || first == '@' || first == '\t' || first == '\r') {
        return true;
    }
    if (first != '+' && first != '-') {
        return false;
    }
    for (size_t i = 1; i < text.size; ++i) {
        if (strchr("0123456789. ()/-", text.bytes[i]) == NULL ||
            text.bytes[i] == '\0') {
            return true;
        }
    }
    return text.size == 1;
}

static bool
needs_quotes(omni_text text)
{
    if (text.size == 0 || text.bytes[0] == ' ' ||
        text.bytes[text.size - 1] == ' ') {
        return true;
    }
    for (size_t i = 0; i < text.size; ++i) {
        const char c = text.bytes[i];
        if (c == ',' || c == '"' || c == '\n' || c == '\r') {
            return true;
        }
    }
    return false;
}

/* Bytes of a cell: on a terminal with nothing that steers it. */
static void
write_bytes(const sheet *sheet, const char *at, size_t size)
{
    if (sheet->terminal) {
        put_text((omni_text){.bytes = at, .size = size});
    } else {
        fwrite(at, 1, size, stdout);
    }
}

static void
write_cell(const sheet *sheet, omni_text text)
{
    const bool formula = sheet->guard && is_formula(text);
    const bool quoted = needs_quotes(text);
    fputs(quoted ? "\"" : "", stdout);
    fputs(formula ? "'" : "", stdout);
    while (text.size != 0) {
        const char *quote = memchr(text.bytes, '"', text.size);
        const size_t size =
            quote != NULL ? (size_t)(quote - text.bytes) + 1 : text.size;
        write_bytes(sheet, text.bytes, size);
        fputs(quote != NULL ? "\"" : "", stdout);
        text.bytes += size;
        text.size -= size;
    }
    fputs(quoted ? "\"" : "", stdout);
}

void
sheet_header(const sheet *sheet)
{
    fputs(sheet->excel ? "\xef\xbb\xbf" : "", stdout);
    for (size_t i = 0; i < sheet->count; ++i) {
        fputs(i != 0 ? "," : "", stdout);
        write_cell(sheet, text_of(sheet->names[i]));
    }
    fputs(sheet->excel ? "\r\n" : "\n", stdout);
}

void
sheet_row(sheet *sheet)
{
    sheet->failed |= sheet->row.failed;
    for (size_t i = 0; i < sheet->count && !sheet->finding; ++i) {
        const cell *at = &sheet->cells[i];
        fputs(i != 0 ? "," : "", stdout);
        /* An empty text is written "", and what is not there as nothing; but
           an empty line would be no row. */
        if (at->there || sheet->count == 1) {
            const char *bytes = at->there ? sheet->row.data + at->start : "";
            write_cell(sheet, (omni_text){.bytes = bytes,
                                          .size = at->there ? at->size : 0});
        }
        sheet->cells[i].there = false;
    }
    if (!sheet->finding) {
        fputs(sheet->excel ? "\r\n" : "\n", stdout);
    }
    sheet->row.size = 0;
}

void
sheet_free(sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; ++i) {
        free(sheet->names[i]);
    }
    free(sheet->names);
    free(sheet->cells);
    free(sheet->slots);
    bytes_free(&sheet->name);
    bytes_free(&sheet->row);
    *sheet = (struct sheet){0};
}
