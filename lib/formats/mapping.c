/* Binding a mapping to a table, which column stands where; and its end. */
#include "formats/mapping.h"

#include "codec/guess.h"
#include "codec/text.h"
#include "formats/mapping_build.h"

#include <stdio.h>

#define COLUMNS_MAX 65536 /* of a table */
#define NAME_BYTES 1024   /* of a column, as far as it is looked at */

/* Names of the table's columns, copied. */
static omni_status
copy_header(omni_mapping *mapping, const omni_text *columns, size_t count,
            omni_error *error)
{
    omni__arena *arena = &mapping->bound;
    omni__arena_reset(arena);
    mapping->column_count = 0;
    mapping->used = omni__arena_zero(arena, count * sizeof(mapping->used[0]));
    mapping->header =
        omni__arena_zero(arena, count * sizeof(mapping->header[0]));
    if (mapping->used == NULL || mapping->header == NULL) {
        return omni__fail_memory(error);
    }
    for (size_t i = 0; i < count; ++i) {
        char number[24];
        omni__slice name = omni__slice_of(
            number, (size_t)snprintf(number, sizeof(number), "%zu", i + 1));
        if (columns != NULL) {
            name = omni__slice_of(columns[i].bytes, columns[i].size);
            if (!omni__text_valid(name)) {
                return omni__fail(error, OMNI_ERR_ARGUMENT,
                                  "the name of column %zu is not UTF-8", i + 1);
            }
            name = omni__text_cut(omni__text_trim(name), NAME_BYTES);
        }
        mapping->header[i] = omni__arena_copy(arena, name);
        if (mapping->header[i].size != name.size) {
            return omni__fail_memory(error);
        }
    }
    return OMNI_OK;
}

/* `, did you mean "…"?`, or the first names of the header. */
static void
guess_column(const omni_mapping *mapping, size_t count, omni__slice name,
             char *out, size_t size)
{
    char nearest[80] = "";
    char text[49];
    const char *const known[] = {text};
    for (size_t i = 0; i < count && nearest[0] == '\0'; ++i) {
        const omni__slice shown = omni__text_cut(mapping->header[i], 48);
        snprintf(text, sizeof(text), "%.*s", (int)shown.size,
                 (const char *)shown.data);
        if (shown.size == mapping->header[i].size) {
            omni__text_guess(name, known, 1, nearest, sizeof(nearest));
        }
    }
    if (nearest[0] != '\0') {
        snprintf(out, size, "%s", nearest);
        return;
    }
    size_t at = (size_t)snprintf(out, size, "; its columns are ");
    for (size_t i = 0; i < count && at + 8 < size; ++i) {
        const omni__slice shown = omni__text_cut(mapping->header[i], 32);
        if (at + shown.size + 8 > size) {
            snprintf(out + at, size - at, " …");
            break;
        }
        at +=
            (size_t)snprintf(out + at, size - at, "%s%.*s", i == 0 ? "" : ", ",
                             (int)shown.size, (const char *)shown.data);
    }
}

static omni_status
missing_column(const omni_mapping *mapping, size_t count,
               const omni__map_column *column, omni_error *error)
{
    char guess[140];
    guess_column(mapping, count, column->name, guess, sizeof(guess));
    return omni__fail(error, OMNI_ERR_ARGUMENT, "the table has no column %s%s",
                      column->label, guess);
}

static omni_status
place_columns(omni_mapping *mapping, size_t count, omni_error *error)
{
    for (omni__map_column *column = mapping->columns; column != NULL;
         column = column->next) {
        size_t found = count;
        for (size_t i = 0; i < count; ++i) {
            if (!omni__slice_equal(mapping->header[i], column->name)) {
                continue;
            }
            if (found != count) {
                return omni__fail(error, OMNI_ERR_ARGUMENT,
                                  "the table has two columns %s (%zu and %zu)",
                                  column->label, found + 1, i + 1);
            }
            found = i;
        }
        if (found == count) {
            return missing_column(mapping, count, column, error);
        }
        column->index = found;
        mapping->used[found] = true;
    }
    return OMNI_OK;
}

/* Whether every type that the mapping gives does without a name. */
static bool
is_ever_track(const omni_mapping *mapping)
{
    const omni__map_source *kind = &mapping->parts[OMNI__MAP_KIND];
    for (const omni__map_rule *rule = kind->rules; rule != NULL;
         rule = rule->next) {
        if (omni__slice_equal(rule->value, omni__slice_text("track"))) {
            return true;
        }
        if (rule->tests == NULL && kind->column == NULL) {
            return false;
        }
    }
    return true;
}

static omni_status
check_whole(const omni_mapping *mapping, omni_error *error)
{
    const omni__map_source *event = &mapping->parts[OMNI__MAP_EVENT];
    if (mapping->names == NULL) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "no column names anybody: the mapping needs one that "
                          "is \"namespace:…\", such as namespace:email");
    }
    if (event->column == NULL && event->rules == NULL &&
        is_ever_track(mapping)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "the mapping does not say what happened: it needs "
                          "\"event\", or a \"type\" other than track");
    }
    return OMNI_OK;
}

omni_status
omni__mapping_bind(omni_mapping *mapping, const omni_text *columns,
                   size_t count, omni_error *error)
{
    mapping->column_count = 0;
    if (count == 0 || count > COLUMNS_MAX) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "a table has 1 to %d columns, this one %zu",
                          COLUMNS_MAX, count);
    }
    omni_status status = copy_header(mapping, columns, count, error);
    if (status == OMNI_OK) {
        status = place_columns(mapping, count, error);
    }
    if (status == OMNI_OK) {
        status = check_whole(mapping, error);
    }
    mapping->column_count = status == OMNI_OK ? count : 0;
    return status;
}

void
omni__mapping_free(omni_mapping *mapping)
{
    if (mapping != NULL) {
        const omni__alloc alloc = mapping->memory;
        omni__arena_free(&mapping->bound);
        omni__arena_free(&mapping->arena);
        omni__free(&alloc, mapping);
    }
}
