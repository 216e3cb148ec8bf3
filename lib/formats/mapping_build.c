/* Parts of a mapping, whoever names them, and words for what is wrong. */
#include "formats/mapping_build.h"

#include "codec/guess.h"
#include "codec/text.h"
#include "codec/time_form.h"
#include "identity/normalize.h"
#include "omni/limits.h"

#include <stdarg.h>
#include <stdio.h>

#define LABEL_BYTES 40

const char *const omni__map_types[OMNI__MAP_TYPES] = {
    "text", "number", "integer", "boolean", "json", "date"};
const char *const omni__map_parts[OMNI__MAP_PARTS] = {
    "channel",  "event",       "source", "type",
    "group_id", "previous_id", "time",   "original_time"};
const char *const omni__map_kinds[6] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};

size_t
omni__map_enter(omni__map_builder *b, omni__slice member)
{
    const size_t mark = b->path_size;
    const omni__slice shown = omni__text_cut(member, LABEL_BYTES);
    const int size = snprintf(b->path + mark, sizeof(b->path) - mark, "%s%.*s",
                              mark != 0 ? "." : "", (int)shown.size,
                              (const char *)shown.data);
    b->path_size = size > 0 && (size_t)size < sizeof(b->path) - mark
                       ? mark + (size_t)size
                       : mark;
    b->path[b->path_size] = '\0';
    return mark;
}

void
omni__map_leave(omni__map_builder *b, size_t mark)
{
    b->path_size = mark;
    b->path[mark] = '\0';
}

omni_status
omni__map_wrong(omni__map_builder *b, const char *format, ...)
{
    char text[sizeof(b->error->message)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    text[omni__text_valid_prefix(omni__slice_text(text))] = '\0';
    return omni__fail(b->error, OMNI_ERR_SYNTAX, "%s%s%s", b->path,
                      b->path_size != 0 ? ": " : "", text);
}

omni_status
omni__map_unknown(omni__map_builder *b, const char *what, omni__slice word,
                  const char *const *known, size_t count)
{
    char guess[80];
    char all[120];
    size_t size = 0;
    omni__text_guess(word, known, count, guess, sizeof(guess));
    all[0] = '\0';
    for (size_t i = 0; guess[0] == '\0' && i < count; ++i) {
        size += (size_t)snprintf(all + size, sizeof(all) - size, "%s%s",
                                 i == 0 ? "; there are " : ", ", known[i]);
        if (size >= sizeof(all)) {
            all[0] = '\0';
            break;
        }
    }
    const omni__slice shown = omni__text_cut(word, LABEL_BYTES);
    return omni__map_wrong(b, "there is no %s \"%.*s\"%s%s", what,
                           (int)shown.size, (const char *)shown.data, guess,
                           all);
}

void *
omni__map_get(omni__map_builder *b, size_t size)
{
    void *memory = omni__arena_zero(&b->mapping->arena, size);
    if (memory == NULL) {
        omni__fail_memory(b->error);
    }
    return memory;
}

omni_status
omni__map_copy(omni__map_builder *b, omni__slice text, omni__slice *out)
{
    *out = omni__arena_copy(&b->mapping->arena, text);
    return out->size == text.size && (text.size == 0 || out->data != NULL)
               ? OMNI_OK
               : omni__fail_memory(b->error);
}

/* A column's name for messages: a JSON string of bounded length. */
static omni_status
make_label(omni__map_builder *b, omni__map_column *column)
{
    omni__buffer text;
    omni__buffer_init(&text, b->mapping->alloc);
    omni__json_write_text(omni__text_cut(column->name, LABEL_BYTES), &text);
    omni__buffer_byte(&text, 0);
    omni__slice kept = {NULL, 0};
    omni_status status =
        text.failed ? omni__fail_memory(b->error)
                    : omni__map_copy(b, omni__buffer_bytes(&text), &kept);
    omni__buffer_free(&text);
    column->label = (const char *)kept.data;
    return status;
}

omni_status
omni__map_column_of(omni__map_builder *b, omni__slice name,
                    omni__map_column **out)
{
    name = omni__text_trim(name);
    omni__map_column **at = &b->mapping->columns;
    while (*at != NULL && omni__slice_compare((*at)->name, name) < 0) {
        at = &(*at)->next;
    }
    if (*at != NULL && omni__slice_equal((*at)->name, name)) {
        *out = *at;
        return OMNI_OK;
    }
    if (name.size == 0 || name.size > OMNI_LIMIT_IDENTIFIER_BYTES) {
        return omni__map_wrong(b, "a column has a name of 1 to %d bytes",
                               OMNI_LIMIT_IDENTIFIER_BYTES);
    }
    omni__map_column *column = omni__map_get(b, sizeof(*column));
    if (column == NULL || omni__map_copy(b, name, &column->name) != OMNI_OK) {
        return OMNI_ERR_NO_MEMORY;
    }
    const omni_status status = make_label(b, column);
    if (status == OMNI_OK) {
        column->next = *at;
        *at = column;
        *out = column;
    }
    return status;
}

omni_status
omni__map_add_name(omni__map_builder *b, omni__map_column *column,
                   omni__slice ns, const omni__map_reading *reading)
{
    if (!omni__namespace_valid(ns)) {
        const omni__slice shown = omni__text_cut(ns, LABEL_BYTES);
        return omni__map_wrong(b,
                               "namespace \"%.*s\" is not a small letter with "
                               "up to 31 of a-z, 0-9 and _ behind it",
                               (int)shown.size, (const char *)shown.data);
    }
    if (reading->type != OMNI__MAP_TEXT && reading->type != OMNI__MAP_INTEGER) {
        return omni__map_wrong(b, "an identifier is text or integer");
    }
    omni__map_name *name = omni__map_get(b, sizeof(*name));
    if (name == NULL || omni__map_copy(b, ns, &name->ns) != OMNI_OK) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__map_name **last = &b->mapping->names;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = name;
    name->column = column;
    name->reading = *reading;
    return OMNI_OK;
}

omni_status
omni__map_add_part(omni__map_builder *b, omni__map_column *column,
                   omni__map_part part, const omni__map_reading *reading)
{
    omni__map_source *source = &b->mapping->parts[part];
    if (source->column != NULL && source->column != column) {
        return omni__map_wrong(b, "column %s is the %s already",
                               source->column->label, omni__map_parts[part]);
    }
    source->column = column;
    source->reading = *reading;
    return OMNI_OK;
}

omni_status
omni__map_add_event_id(omni__map_builder *b, omni__map_column *column)
{
    omni__map_factor **last = &b->mapping->event_id;
    for (; *last != NULL; last = &(*last)->next) {
        if ((*last)->column == column) {
            return OMNI_OK;
        }
    }
    *last = omni__map_get(b, sizeof(**last));
    if (*last == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    (*last)->column = column;
    return OMNI_OK;
}

omni_status
omni__map_add_member(omni__map_builder *b, omni__map_member **list,
                     omni__slice key, omni__map_member **out)
{
    const bool trait = list == &b->mapping->traits;
    if (key.size == 0 || key.size > OMNI_LIMIT_NAME_BYTES) {
        return omni__map_wrong(b, "a %s has a name of 1 to %d bytes",
                               trait ? "trait" : "property",
                               OMNI_LIMIT_NAME_BYTES);
    }
    while (*list != NULL && omni__slice_compare((*list)->key, key) < 0) {
        list = &(*list)->next;
    }
    if (*list != NULL && omni__slice_equal((*list)->key, key)) {
        const omni__slice shown = omni__text_cut(key, LABEL_BYTES);
        return omni__map_wrong(b, "the %s \"%.*s\" is given twice",
                               trait ? "trait" : "property", (int)shown.size,
                               (const char *)shown.data);
    }
    omni__map_member *member = omni__map_get(b, sizeof(*member));
    if (member == NULL || omni__map_copy(b, key, &member->key) != OMNI_OK) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__buffer text;
    omni__buffer_init(&text, b->mapping->alloc);
    omni__json_write_text(key, &text);
    omni__buffer_byte(&text, ':');
    omni_status status =
        text.failed
            ? omni__fail_memory(b->error)
            : omni__map_copy(b, omni__buffer_bytes(&text), &member->key_json);
    omni__buffer_free(&text);
    if (status == OMNI_OK) {
        member->next = *list;
        *list = member;
        *out = member;
    }
    return status;
}

omni_status
omni__map_check_part(omni__map_builder *b, omni__map_part part,
                     omni__slice value)
{
    if (part == OMNI__MAP_KIND) {
        for (size_t i = 0; i < 6; ++i) {
            if (omni__slice_equal(value,
                                  omni__slice_text(omni__map_kinds[i]))) {
                return OMNI_OK;
            }
        }
        return omni__map_unknown(b, "type", value, omni__map_kinds, 6);
    }
    if (value.size == 0 || value.size > OMNI_LIMIT_NAME_BYTES) {
        return omni__map_wrong(b, "needs 1 to %d bytes, and has %zu",
                               OMNI_LIMIT_NAME_BYTES, value.size);
    }
    return OMNI_OK;
}

omni_status
omni__map_add_constant(omni__map_builder *b, omni__map_part part,
                       omni__slice value)
{
    omni_status status = omni__map_check_part(b, part, value);
    if (status != OMNI_OK) {
        return status;
    }
    omni__map_rule **last = &b->mapping->parts[part].rules;
    for (; *last != NULL; last = &(*last)->next) {
        if ((*last)->tests == NULL) {
            return omni__map_wrong(b, "the %s is given twice",
                                   omni__map_parts[part]);
        }
    }
    omni__map_rule *rule = omni__map_get(b, sizeof(*rule));
    if (rule == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    status = omni__map_copy(b, value, &rule->value);
    *last = status == OMNI_OK ? rule : NULL;
    return status;
}

omni_status
omni__map_form(omni__map_builder *b, omni__slice form, omni__slice *out)
{
    if (form.size == 0) {
        form = omni__slice_text("rfc3339");
    }
    const char *fault = omni__time_form_fault(form);
    if (fault != NULL) {
        const omni__slice shown = omni__text_cut(form, LABEL_BYTES);
        return omni__map_wrong(b, "\"%.*s\" %s", (int)shown.size,
                               (const char *)shown.data, fault);
    }
    return omni__map_copy(b, form, out);
}

omni_status
omni__map_type_of(omni__map_builder *b, omni__slice word, omni__map_type *out)
{
    for (int i = 0; i < OMNI__MAP_TYPES; ++i) {
        if (omni__slice_equal(word, omni__slice_text(omni__map_types[i]))) {
            *out = (omni__map_type)i;
            return OMNI_OK;
        }
    }
    return omni__map_unknown(b, "type", word, omni__map_types, OMNI__MAP_TYPES);
}
