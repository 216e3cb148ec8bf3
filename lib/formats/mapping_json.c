/* A mapping's document: each member has a reader, and its place a name. */
#include "formats/mapping_json.h"

#include "codec/decimal.h"
#include "codec/time.h"
#include "codec/time_form.h"
#include "omni/limits.h"

#include <stdio.h>

#define CONSTANT_DEPTH (OMNI_LIMIT_JSON_DEPTH - 2) /* it lies in an event */

omni_status
omni__map_text(omni__map_builder *b, const omni__json *value, omni__slice *out)
{
    if (value->type != OMNI__JSON_STRING) {
        return omni__map_wrong(b, "is not a string");
    }
    *out = value->text;
    return OMNI_OK;
}

omni_status
omni__map_object(omni__map_builder *b, const omni__json *value,
                 const char *what)
{
    return value->type == OMNI__JSON_OBJECT
               ? OMNI_OK
               : omni__map_wrong(b, "is not %s", what);
}

/* Each member of an object, in the place that has its name. */
omni_status
omni__map_each(omni__map_builder *b, const omni__json *object,
               omni__map_read_fn read, void *user)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < object->count && status == OMNI_OK; ++i) {
        const size_t mark = omni__map_enter(b, object->items[i].key);
        status = read(b, &object->items[i], user);
        if (status == OMNI_OK) {
            omni__map_leave(b, mark);
        }
    }
    return status;
}

/* Each item of an array, in the place `[index]`. */
omni_status
omni__map_every(omni__map_builder *b, const omni__json *array,
                omni__map_read_fn read, void *user)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < array->count && status == OMNI_OK; ++i) {
        char place[24];
        snprintf(place, sizeof(place), "%zu", i);
        const size_t mark = omni__map_enter(b, omni__slice_text(place));
        status = read(b, &array->items[i], user);
        if (status == OMNI_OK) {
            omni__map_leave(b, mark);
        }
    }
    return status;
}

omni_status
omni__map_canonical(omni__map_builder *b, const omni__json *value,
                    omni__slice *out)
{
    omni__buffer text;
    omni__buffer_init(&text, b->mapping->alloc);
    omni__json_write(value, &text);
    const omni_status status =
        text.failed ? omni__fail_memory(b->error)
                    : omni__map_copy(b, omni__buffer_bytes(&text), out);
    omni__buffer_free(&text);
    return status;
}

/* A single byte that is no letter, digit or quote. */
static omni_status
read_mark(omni__map_builder *b, const omni__json *value, uint8_t *out)
{
    omni__slice text = {NULL, 0};
    const omni_status status = omni__map_text(b, value, &text);
    if (status != OMNI_OK) {
        return status;
    }
    if (text.size != 1 || text.data[0] >= 0x80 || text.data[0] == '\n' ||
        text.data[0] == '\r') {
        return omni__map_wrong(b, "is not one ASCII character");
    }
    *out = text.data[0];
    return OMNI_OK;
}

static omni_status
read_decimal(omni__map_builder *b, const omni__json *value, uint8_t *out)
{
    const omni_status status = read_mark(b, value, out);
    return status == OMNI_OK && *out != '.' && *out != ','
               ? omni__map_wrong(b, "is neither \".\" nor \",\"")
               : status;
}

static omni_status
read_thousands(omni__map_builder *b, const omni__json *value, uint8_t *out)
{
    const omni_status status = read_mark(b, value, out);
    return status == OMNI_OK && strchr(".,' _", *out) == NULL
               ? omni__map_wrong(b, "is none of . , ' _ and space")
               : status;
}

static omni_status
read_zone(omni__map_builder *b, const omni__json *value, int32_t *out)
{
    omni__slice text = {NULL, 0};
    omni_status status = omni__map_text(b, value, &text);
    if (status == OMNI_OK && !omni__time_zone_read(text, out)) {
        status = omni__map_wrong(
            b, "is neither \"UTC\" nor an offset such as \"+01:00\"");
    }
    return status;
}

static omni_status
read_missing_word(omni__map_builder *b, const omni__json *value, void *user)
{
    omni__map_word **list = user;
    omni__slice text = {NULL, 0};
    omni_status status = omni__map_text(b, value, &text);
    omni__map_word *word =
        status == OMNI_OK ? omni__map_get(b, sizeof(*word)) : NULL;
    if (word == NULL) {
        return status != OMNI_OK ? status : OMNI_ERR_NO_MEMORY;
    }
    status = omni__map_copy(b, text, &word->text);
    word->next = *list;
    *list = word;
    return status;
}

omni_status
omni__map_words(omni__map_builder *b, const omni__json *value,
                omni__map_word **out)
{
    if (value->type != OMNI__JSON_ARRAY) {
        return omni__map_wrong(b, "is not an array of strings");
    }
    return omni__map_every(b, value, read_missing_word, out);
}

/* The members of a role that change how a field is read. */
typedef struct role {
    omni__map_column *column;
    const omni__json *member; /* that says what the column is */
    omni__map_reading reading;
    bool has_type;
    bool has_form;
} role;

static const char *const role_members[] = {
    "namespace",   "trait",         "property",  "time",   "event_id",
    "event",       "type",          "channel",   "source", "group_id",
    "previous_id", "original_time", "decimal",   "form",   "ignore",
    "missing",     "zone",          "thousands",
};

static bool
is_word(omni__slice text, const char *word)
{
    return omni__slice_equal(text, omni__slice_text(word));
}

static omni_status
read_role_member(omni__map_builder *b, const omni__json *value, void *user)
{
    role *r = user;
    omni__map_word *missing = NULL;
    omni__slice text = {NULL, 0};
    omni_status status = OMNI_OK;
    if (is_word(value->key, "decimal")) {
        return read_decimal(b, value, &r->column->decimal);
    }
    if (is_word(value->key, "thousands")) {
        return read_thousands(b, value, &r->column->thousands);
    }
    if (is_word(value->key, "zone")) {
        r->reading.has_zone = true;
        return read_zone(b, value, &r->reading.zone_s);
    }
    if (is_word(value->key, "missing")) {
        status = omni__map_words(b, value, &missing);
        r->column->missing = missing;
        return status;
    }
    if (is_word(value->key, "type") && value->type == OMNI__JSON_STRING) {
        r->has_type = true;
        return omni__map_type_of(b, value->text, &r->reading.type);
    }
    if (is_word(value->key, "form")) {
        r->has_form = true;
        status = omni__map_text(b, value, &text);
        return status == OMNI_OK ? omni__map_form(b, text, &r->reading.form)
                                 : status;
    }
    const size_t count = sizeof(role_members) / sizeof(role_members[0]);
    for (size_t i = 0; i < count; ++i) {
        if (is_word(value->key, role_members[i])) {
            if (r->member != NULL) {
                const omni__slice other = r->member->key;
                return omni__map_wrong(b,
                                       "the column is \"%.*s\" already; give "
                                       "an array for more",
                                       (int)other.size,
                                       (const char *)other.data);
            }
            r->member = value;
            return OMNI_OK;
        }
    }
    return omni__map_unknown(b, "member", value->key, role_members, count);
}

static omni_status
add_member(omni__map_builder *b, role *r, omni__map_member **list)
{
    omni__map_member *member = NULL;
    omni__slice name = {NULL, 0};
    omni_status status = omni__map_text(b, r->member, &name);
    if (status == OMNI_OK && r->reading.form.size == 0) {
        status = omni__map_form(b, omni__slice_of(NULL, 0), &r->reading.form);
    }
    if (status == OMNI_OK) {
        status = omni__map_add_member(b, list, name, &member);
    }
    if (status == OMNI_OK) {
        member->column = r->column;
        member->reading = r->reading;
    }
    return status;
}

/* A part of an event: `true`, or of a time its form. */
static omni_status
add_part(omni__map_builder *b, role *r)
{
    const omni__json *member = r->member;
    for (int part = 0; part < OMNI__MAP_PARTS; ++part) {
        if (!is_word(member->key, omni__map_parts[part])) {
            continue;
        }
        const bool time = part >= OMNI__MAP_TIME;
        if (!time && member->type != OMNI__JSON_TRUE) {
            return omni__map_wrong(b, "is not true");
        }
        omni__slice form = {NULL, 0};
        omni_status status = time ? omni__map_text(b, member, &form) : OMNI_OK;
        if (status == OMNI_OK && time) {
            status = omni__map_form(b, form, &r->reading.form);
        }
        return status == OMNI_OK
                   ? omni__map_add_part(b, r->column, (omni__map_part)part,
                                        &r->reading)
                   : status;
    }
    if (member->type != OMNI__JSON_TRUE) {
        return omni__map_wrong(b, "is not true");
    }
    return is_word(member->key, "event_id")
               ? omni__map_add_event_id(b, r->column)
               : OMNI_OK;
}

/* Whether the modifiers make sense together with what the column is. */
static omni_status
check_role(omni__map_builder *b, const role *r)
{
    const omni__slice key = r->member->key;
    const bool member = is_word(key, "trait") || is_word(key, "property");
    const bool time = is_word(key, "time") || is_word(key, "original_time");
    const bool date = member && r->reading.type == OMNI__MAP_DATE;
    if (r->has_type && !member && !is_word(key, "namespace")) {
        return omni__map_wrong(b, "\"type\" goes with \"namespace\", "
                                  "\"trait\" or \"property\"");
    }
    if (r->has_form && !date) {
        return omni__map_wrong(b, "\"form\" goes with \"type\": \"date\"");
    }
    if (r->reading.has_zone && !date && !time) {
        return omni__map_wrong(b, "\"zone\" goes with \"time\" or with "
                                  "\"type\": \"date\"");
    }
    return OMNI_OK;
}

static omni_status
read_role(omni__map_builder *b, const omni__json *value, void *user)
{
    role r = {.column = user};
    omni__slice text = {NULL, 0};
    if (value->type == OMNI__JSON_STRING) {
        return omni__map_add_short(b, r.column, value->text);
    }
    omni_status status = omni__map_object(
        b, value, "a role such as \"namespace:email\", or an object");
    r.column->said = true;
    if (status == OMNI_OK) {
        status = omni__map_each(b, value, read_role_member, &r);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (r.member == NULL) {
        return omni__map_wrong(b, "does not say what the column is, such as "
                                  "\"property\": \"size\"");
    }
    status = check_role(b, &r);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t mark = omni__map_enter(b, r.member->key);
    if (is_word(r.member->key, "namespace")) {
        status = omni__map_text(b, r.member, &text);
        if (status == OMNI_OK) {
            status = omni__map_add_name(b, r.column, text, &r.reading);
        }
    } else if (is_word(r.member->key, "trait")) {
        status = add_member(b, &r, &b->mapping->traits);
    } else if (is_word(r.member->key, "property")) {
        status = add_member(b, &r, &b->mapping->properties);
    } else {
        status = add_part(b, &r);
    }
    if (status == OMNI_OK) {
        omni__map_leave(b, mark);
    }
    return status;
}

static omni_status
read_column(omni__map_builder *b, const omni__json *value, void *user)
{
    omni__map_column *column = NULL;
    (void)user;
    const omni_status status = omni__map_column_of(b, value->key, &column);
    if (status != OMNI_OK) {
        return status;
    }
    return value->type == OMNI__JSON_ARRAY
               ? omni__map_every(b, value, read_role, column)
               : read_role(b, value, column);
}

/* A column that is named outside of `columns`. */
omni_status
omni__map_named_column(omni__map_builder *b, const omni__json *value,
                       omni__map_column **out)
{
    omni__slice name = {NULL, 0};
    const omni_status status = omni__map_text(b, value, &name);
    return status == OMNI_OK ? omni__map_column_of(b, name, out) : status;
}

static omni_status
read_event_id(omni__map_builder *b, const omni__json *value, void *user)
{
    omni__map_column *column = NULL;
    (void)user;
    const omni_status status = omni__map_named_column(b, value, &column);
    return status == OMNI_OK ? omni__map_add_event_id(b, column) : status;
}

static omni_status
read_factor(omni__map_builder *b, const omni__json *value, void *user)
{
    omni__map_factor ***end = user;
    omni__map_factor *factor = omni__map_get(b, sizeof(*factor));
    if (factor == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    **end = factor;
    *end = &factor->next;
    if (value->type == OMNI__JSON_NUMBER) {
        return omni__map_copy(b, value->text, &factor->number);
    }
    return omni__map_named_column(b, value, &factor->column);
}

static omni_status
read_product(omni__map_builder *b, const omni__json *value,
             omni__map_member *member)
{
    omni__map_factor *list = NULL;
    omni__map_factor **end = &list;
    if (value->type != OMNI__JSON_ARRAY || value->count == 0) {
        return omni__map_wrong(b, "is not an array of columns and numbers");
    }
    const omni_status status = omni__map_every(b, value, read_factor, &end);
    member->factors = list;
    return status;
}

/* A trait or property beside the columns: a value, or a product. */
static omni_status
read_member(omni__map_builder *b, const omni__json *value, void *user)
{
    omni__map_member *member = NULL;
    omni_status status = omni__map_add_member(b, user, value->key, &member);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__json *product = omni__json_get(value, "product");
    if (product != NULL && value->count == 1) {
        const size_t mark = omni__map_enter(b, omni__slice_text("product"));
        status = read_product(b, product, member);
        omni__map_leave(b, status == OMNI_OK ? mark : b->path_size);
        return status;
    }
    if (value->height > CONSTANT_DEPTH) {
        return omni__map_wrong(b, "has more than %d levels", CONSTANT_DEPTH);
    }
    return omni__map_canonical(b, value, &member->constant);
}

static omni_status
read_members(omni__map_builder *b, const omni__json *value,
             omni__map_member **list)
{
    const omni_status status = omni__map_object(b, value, "an object");
    return status == OMNI_OK ? omni__map_each(b, value, read_member, list)
                             : status;
}

static const char *const form_members[] = {"delimiter", "encoding", "header",
                                           "quote"};

static omni_status
read_form_member(omni__map_builder *b, const omni__json *value, void *user)
{
    omni_table_form *form = &b->mapping->form;
    omni__slice text = {NULL, 0};
    uint8_t mark = 0;
    omni_status status = OMNI_OK;
    (void)user;
    if (is_word(value->key, "delimiter") || is_word(value->key, "quote")) {
        const bool quote = is_word(value->key, "quote");
        status = read_mark(b, value, &mark);
        *(quote ? &form->quote : &form->delimiter) = (char)mark;
        return status;
    }
    if (is_word(value->key, "header")) {
        form->no_header = value->type == OMNI__JSON_FALSE;
        return value->type == OMNI__JSON_TRUE || form->no_header
                   ? OMNI_OK
                   : omni__map_wrong(b, "is neither true nor false");
    }
    if (is_word(value->key, "encoding")) {
        status = omni__map_text(b, value, &text);
        if (status == OMNI_OK) {
            status = omni__map_copy(b, text, &text);
        }
        form->encoding =
            (omni_text){.bytes = (const char *)text.data, .size = text.size};
        return status;
    }
    return omni__map_unknown(b, "member", value->key, form_members, 4);
}

static omni_status
read_time(omni__map_builder *b, const omni__json *value)
{
    omni__slice text = {NULL, 0};
    omni_status status = omni__map_text(b, value, &text);
    if (status == OMNI_OK && !omni__time_parse(text, &b->mapping->time_us)) {
        status = omni__map_wrong(b, "is not an RFC 3339 time");
    }
    b->mapping->has_time = true;
    return status;
}

static const char *const top_members[] = {
    "channel", "columns",   "comment", "csv",    "decimal",    "event",
    "missing", "event_id",  "skip",    "source", "properties", "time",
    "traits",  "thousands", "type",    "zone",   "$schema",
};

static omni_status
read_top_member(omni__map_builder *b, const omni__json *value, void *user)
{
    omni_mapping *mapping = b->mapping;
    const omni__slice key = value->key;
    (void)user;
    for (int part = 0; part < OMNI__MAP_RULED; ++part) {
        if (is_word(key, omni__map_parts[part])) {
            return omni__map_read_part(b, value, (omni__map_part)part);
        }
    }
    if (is_word(key, "columns") || is_word(key, "csv")) {
        const bool columns = is_word(key, "columns");
        const omni_status status = omni__map_object(b, value, "an object");
        return status == OMNI_OK
                   ? omni__map_each(b, value,
                                    columns ? read_column : read_form_member,
                                    NULL)
                   : status;
    }
    if (is_word(key, "traits") || is_word(key, "properties")) {
        return read_members(b, value,
                            is_word(key, "traits") ? &mapping->traits
                                                   : &mapping->properties);
    }
    if (is_word(key, "skip")) {
        return omni__map_read_skips(b, value);
    }
    if (is_word(key, "event_id")) {
        return value->type == OMNI__JSON_ARRAY
                   ? omni__map_every(b, value, read_event_id, NULL)
                   : read_event_id(b, value, NULL);
    }
    if (is_word(key, "missing")) {
        return omni__map_words(b, value, &mapping->missing);
    }
    if (is_word(key, "decimal")) {
        return read_decimal(b, value, &mapping->decimal);
    }
    if (is_word(key, "thousands")) {
        return read_thousands(b, value, &mapping->thousands);
    }
    if (is_word(key, "zone")) {
        return read_zone(b, value, &mapping->zone_s);
    }
    if (is_word(key, "time")) {
        return read_time(b, value);
    }
    return is_word(key, "comment") || is_word(key, "$schema")
               ? OMNI_OK
               : omni__map_unknown(b, "member", key, top_members,
                                   sizeof(top_members) /
                                       sizeof(top_members[0]));
}

static omni_status
read_document(omni_mapping *mapping, omni__slice json, omni_error *error)
{
    omni__arena arena;
    omni__json_fault fault;
    omni__map_builder b = {.mapping = mapping, .error = error};
    omni_status status = OMNI_OK;
    omni__arena_init(&arena, mapping->alloc);
    const omni__json *root = omni__json_parse(json, &arena, &fault);
    if (root != NULL) {
        status = omni__map_object(&b, root, "a JSON object");
    } else if (fault.memory) {
        status = omni__fail_memory(error);
    } else {
        status = omni__fail_at(error, OMNI_ERR_SYNTAX, (int64_t)fault.offset,
                               "byte %zu: %s", fault.offset, fault.message);
    }
    if (status == OMNI_OK) {
        status = omni__map_each(&b, root, read_top_member, NULL);
    }
    omni__arena_free(&arena);
    return status;
}

omni_status
omni__mapping_parse(const omni__alloc *alloc, omni__slice json,
                    omni_mapping **out, omni_error *error)
{
    if (json.size > OMNI_LIMIT_LINE_BYTES) {
        return omni__fail(error, OMNI_ERR_LIMIT,
                          "the mapping has %zu bytes, at most %d", json.size,
                          OMNI_LIMIT_LINE_BYTES);
    }
    omni_mapping *mapping = omni__calloc(alloc, sizeof(*mapping));
    if (mapping == NULL) {
        return omni__fail_memory(error);
    }
    mapping->memory = *alloc;
    mapping->alloc = &mapping->memory;
    mapping->decimal = '.';
    mapping->form.size = sizeof(mapping->form);
    omni__arena_init(&mapping->arena, mapping->alloc);
    omni__arena_init(&mapping->bound, mapping->alloc);
    const omni_status status = read_document(mapping, json, error);
    if (status != OMNI_OK) {
        omni__mapping_free(mapping);
        return status;
    }
    *out = mapping;
    return OMNI_OK;
}
