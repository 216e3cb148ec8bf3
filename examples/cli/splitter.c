/* Rows by libcsv. */
#include "splitter.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

const char *const splitter_missing = NULL;

struct splitter {
    struct csv_parser parser;
    unsigned char delimiter;
    unsigned char quote;
    char *bytes; /* of the fields, one after the other */
    size_t size;
    size_t capacity;
    omni_text *fields; /* `bytes` set once the row is whole */
    size_t field_count;
    size_t field_capacity;
    bool whole;
    bool failed;
};

static bool
init_parser(splitter *split)
{
    if (csv_init(&split->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        return false;
    }
    csv_set_delim(&split->parser, split->delimiter);
    csv_set_quote(&split->parser, split->quote);
    return true;
}

splitter *
splitter_open(char delimiter, char quote)
{
    splitter *split = calloc(1, sizeof(*split));
    if (split != NULL) {
        split->delimiter = (unsigned char)delimiter;
        split->quote = (unsigned char)quote;
        if (!init_parser(split)) {
            free(split);
            return NULL;
        }
    }
    return split;
}

void
splitter_close(splitter *split)
{
    if (split != NULL) {
        csv_free(&split->parser);
        free(split->bytes);
        free(split->fields);
        free(split);
    }
}

static bool
make_room(splitter *split, size_t size)
{
    if (split->capacity - split->size < size) {
        const size_t capacity = 2 * (split->capacity + size);
        char *bytes = realloc(split->bytes, capacity);
        if (bytes == NULL) {
            return false;
        }
        split->bytes = bytes;
        split->capacity = capacity;
    }
    if (split->field_count == split->field_capacity) {
        const size_t capacity = 2 * (split->field_capacity + 8);
        omni_text *fields =
            realloc(split->fields, capacity * sizeof(fields[0]));
        if (fields == NULL) {
            return false;
        }
        split->fields = fields;
        split->field_capacity = capacity;
    }
    return true;
}

static void
on_field(void *field, size_t size, void *user)
{
    splitter *split = user;
    if (split->failed || !make_room(split, size)) {
        split->failed = true;
        return;
    }
    if (size != 0) {
        memcpy(split->bytes + split->size, field, size);
    }
    split->size += size;
    split->fields[split->field_count++] = (omni_text){.size = size};
}

static void
on_row(int terminator, void *user)
{
    splitter *split = user;
    const char *at = split->bytes;
    (void)terminator;
    for (size_t i = 0; i < split->field_count; ++i) {
        split->fields[i].bytes = at;
        at += split->fields[i].size;
    }
    split->whole = true;
}

static void
clear_row(splitter *split)
{
    split->whole = false;
    split->size = 0;
    split->field_count = 0;
}

static split_outcome
outcome_of(splitter *split, bool parsed)
{
    if (split->failed || (!parsed && csv_error(&split->parser) != CSV_EPARSE)) {
        return SPLIT_FAILED;
    }
    if (!parsed) {
        csv_free(&split->parser);
        clear_row(split);
        return init_parser(split) ? SPLIT_BAD : SPLIT_FAILED;
    }
    return split->whole ? SPLIT_ROW : SPLIT_MORE;
}

split_outcome
splitter_feed(splitter *split, const char *bytes, size_t size, size_t *at)
{
    if (split->whole) {
        clear_row(split);
    }
    *at = csv_parse(&split->parser, bytes, size, on_field, on_row, split);
    return outcome_of(split, *at == size);
}

split_outcome
splitter_end(splitter *split)
{
    if (split->whole) {
        clear_row(split);
    }
    return outcome_of(split,
                      csv_fini(&split->parser, on_field, on_row, split) == 0);
}

const omni_text *
splitter_fields(const splitter *split, size_t *count)
{
    *count = split->field_count;
    return split->fields;
}
