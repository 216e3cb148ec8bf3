/* From the text of a field to a value of a type, and tests of it. */
#include "formats/mapping_value.h"

#include "codec/decimal.h"
#include "codec/text.h"
#include "codec/time.h"
#include "codec/time_form.h"
#include "omni/limits.h"

#include <stdio.h>

#define NUMBER_BYTES 512 /* more are no number */
#define JSON_DEPTH (OMNI_LIMIT_JSON_DEPTH - 2)

bool
omni__map_refuse(omni__map_row *row, omni_refused_code code,
                 const omni__map_column *column, const char *what)
{
    const omni__json field = {.type = OMNI__JSON_STRING,
                              .text = omni__text_cut(column->field, 48)};
    const char *quoted = omni__segment_quote(&row->reading, &field);
    return omni__segment_refuse(
        &row->reading, code, "column %s: %s%s %s", column->label, quoted,
        field.text.size < column->field.size ? "..." : "", what);
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Where the next mark between thousands may stand: after one to three digits,
   then after three each. */
static bool
is_grouped(omni__slice text, size_t at, size_t since, bool first)
{
    const bool three = at + 3 < text.size && is_digit(text.data[at + 1]) &&
                       is_digit(text.data[at + 2]) &&
                       is_digit(text.data[at + 3]);
    const bool ends = at + 4 >= text.size || !is_digit(text.data[at + 4]);
    return three && ends && (first ? since >= 1 && since <= 3 : since == 3);
}

/* Digits before the point, without marks and superfluous zeroes. */
static bool
put_integer(omni__slice text, size_t *at, uint8_t thousands, uint8_t *out,
            size_t *size)
{
    const size_t start = *size;
    size_t since = 0;
    bool first = true;
    bool any = false;
    for (; *at < text.size; ++*at) {
        const uint8_t c = text.data[*at];
        if (is_digit(c)) {
            if (*size > start && out[start] == '0') {
                --*size;
            }
            out[(*size)++] = c;
            ++since;
            any = true;
        } else if (thousands != 0 && c == thousands &&
                   is_grouped(text, *at, since, first)) {
            since = 0;
            first = false;
        } else {
            break;
        }
    }
    if (!any) {
        out[(*size)++] = '0';
    }
    return any;
}

/* A number as people and programs write it, as JSON has it. */
static size_t
write_number(omni__slice text, uint8_t decimal, uint8_t thousands, uint8_t *out)
{
    size_t at = 0;
    size_t size = 0;
    if (text.size > NUMBER_BYTES) {
        return 0;
    }
    if (text.size != 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        out[size] = '-';
        size += text.data[at++] == '-' ? 1 : 0;
    }
    const bool whole = put_integer(text, &at, thousands, out, &size);
    bool part = false;
    if (at < text.size && text.data[at] == decimal) {
        out[size++] = '.';
        for (++at; at < text.size && is_digit(text.data[at]); ++at) {
            out[size++] = text.data[at];
            part = true;
        }
        size -= part ? 0 : 1;
    }
    if (!whole && !part) {
        return 0;
    }
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        while (at < text.size) {
            out[size++] = text.data[at++];
        }
    }
    return at == text.size ? size : 0;
}

bool
omni__map_number(omni__map_row *row, const omni__map_column *column,
                 omni__slice *out)
{
    const omni_mapping *mapping = row->mapping;
    const uint8_t decimal =
        column->decimal != 0 ? column->decimal : mapping->decimal;
    uint8_t thousands =
        column->thousands != 0 ? column->thousands : mapping->thousands;
    thousands = thousands == decimal ? 0 : thousands;
    uint8_t plain[NUMBER_BYTES + 4];
    uint8_t canonical[NUMBER_BYTES + 4 + OMNI__DECIMAL_ROOM];
    size_t size = write_number(column->field, decimal, thousands, plain);
    if (size != 0) {
        size = omni__decimal_write(omni__slice_of(plain, size), canonical);
    }
    if (size == 0) {
        return false;
    }
    *out =
        omni__arena_copy(row->reading.arena, omni__slice_of(canonical, size));
    return out->data != NULL || omni__segment_no_memory(&row->reading);
}

/* The same, refused where it is no number. */
static bool
take_number(omni__map_row *row, const omni__map_column *column, bool integer,
            omni__slice *out)
{
    if (!omni__map_number(row, column, out)) {
        return !row->reading.memory &&
               omni__map_refuse(row, OMNI_REFUSED_ROW, column,
                                integer ? "is not an integer"
                                        : "is not a number");
    }
    for (size_t i = 0; integer && i < out->size; ++i) {
        if (out->data[i] == '.' || out->data[i] == 'e') {
            return omni__map_refuse(row, OMNI_REFUSED_ROW, column,
                                    "is not an integer");
        }
    }
    return true;
}

static bool
put_boolean(omni__map_row *row, const omni__map_column *column,
            omni__buffer *out)
{
    static const char *const words[] = {"false", "true", "no",  "yes",
                                        "0",     "1",    "n",   "y",
                                        "f",     "t",    "off", "on"};
    const omni__slice field = column->field;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        size_t same = 0;
        while (same < field.size && words[i][same] != '\0' &&
               (field.data[same] | (is_digit(field.data[same]) ? 0 : 0x20)) ==
                   words[i][same]) {
            ++same;
        }
        if (same == field.size && words[i][same] == '\0') {
            omni__buffer_text(out, i % 2 != 0 ? "true" : "false");
            return true;
        }
    }
    return omni__map_refuse(row, OMNI_REFUSED_ROW, column,
                            "is not a boolean (true, false, yes, no, 1, 0)");
}

static bool
put_json(omni__map_row *row, const omni__map_column *column, omni__buffer *out)
{
    omni__json_fault fault;
    const omni__json *value = omni__json_parse_within(
        column->field, (omni__json_rules){.depth = JSON_DEPTH},
        row->reading.arena, &fault);
    if (value != NULL) {
        omni__json_write(value, out);
        return true;
    }
    if (fault.memory) {
        return omni__segment_no_memory(&row->reading);
    }
    char what[160];
    snprintf(what, sizeof(what), "is not JSON: byte %zu: %s", fault.offset,
             fault.message);
    return omni__map_refuse(row, OMNI_REFUSED_ROW, column, what);
}

bool
omni__map_time(omni__map_row *row, const omni__map_column *column,
               const omni__map_reading *reading, int64_t *out)
{
    const int32_t zone =
        reading->has_zone ? reading->zone_s : row->mapping->zone_s;
    if (omni__time_form_read(reading->form, column->field, zone, out)) {
        return true;
    }
    char what[96];
    snprintf(what, sizeof(what), "is not a time of the form %.*s",
             (int)reading->form.size, (const char *)reading->form.data);
    return omni__map_refuse(row, OMNI_REFUSED_TIME, column, what);
}

static bool
put_date(omni__map_row *row, const omni__map_column *column,
         const omni__map_reading *reading, omni__buffer *out)
{
    const bool whole =
        omni__time_form_is_date(reading->form) ||
        (omni__slice_equal(reading->form, omni__slice_text("rfc3339")) &&
         column->field.size == 10);
    omni__map_reading plain = *reading;
    plain.has_zone |= whole; /* a day is the same day everywhere */
    plain.zone_s = whole ? 0 : reading->zone_s;
    int64_t time_us = 0;
    if (!omni__map_time(row, column, &plain, &time_us)) {
        return false;
    }
    char text[OMNI__TIME_TEXT];
    const size_t size = omni__time_format(time_us, text);
    omni__json_write_text(omni__slice_of(text, whole ? 10 : size), out);
    return true;
}

bool
omni__map_value(omni__map_row *row, const omni__map_column *column,
                const omni__map_reading *reading, omni__buffer *out)
{
    omni__slice number = {NULL, 0};
    switch (reading->type) {
    case OMNI__MAP_NUMBER:
    case OMNI__MAP_INTEGER:
        if (!take_number(row, column, reading->type == OMNI__MAP_INTEGER,
                         &number)) {
            return false;
        }
        omni__buffer_slice(out, number);
        return true;
    case OMNI__MAP_BOOLEAN:
        return put_boolean(row, column, out);
    case OMNI__MAP_JSON:
        return put_json(row, column, out);
    case OMNI__MAP_DATE:
        return put_date(row, column, reading, out);
    default:
        omni__json_write_text(column->field, out);
        return true;
    }
}

bool
omni__map_name_text(omni__map_row *row, const omni__map_column *column,
                    const omni__map_reading *reading, omni__slice *out)
{
    if (reading->type == OMNI__MAP_INTEGER) {
        return take_number(row, column, true, out);
    }
    *out = column->field;
    return true;
}

static bool
multiply(omni__map_row *row, omni__slice *product, omni__slice factor)
{
    omni__buffer text;
    omni__buffer_init(&text, row->reading.arena->alloc);
    const bool fine = omni__decimal_product(*product, factor, &text);
    bool kept = false;
    if (fine) {
        *product =
            omni__arena_copy(row->reading.arena, omni__buffer_bytes(&text));
        kept = product->data != NULL;
    }
    row->reading.memory |= text.failed || (fine && !kept);
    omni__buffer_free(&text);
    return kept;
}

bool
omni__map_product(omni__map_row *row, const omni__map_factor *factors,
                  omni__buffer *out, bool *absent)
{
    omni__slice product = omni__slice_text("1");
    *absent = false;
    for (const omni__map_factor *at = factors; at != NULL; at = at->next) {
        omni__slice factor = at->number;
        if (at->column != NULL && at->column->field.size == 0) {
            *absent = true;
            return true;
        }
        if (at->column != NULL &&
            !take_number(row, at->column, false, &factor)) {
            return false;
        }
        if (!multiply(row, &product, factor)) {
            return row->reading.memory
                       ? false
                       : omni__segment_refuse(&row->reading, OMNI_REFUSED_LIMIT,
                                              "a product of too many digits");
        }
    }
    omni__buffer_slice(out, product);
    return true;
}

static bool
is_one_of(omni__slice field, const omni__map_word *words)
{
    while (words != NULL && !omni__slice_equal(words->text, field)) {
        words = words->next;
    }
    return words != NULL;
}

static bool
holds_once(omni__map_row *row, const omni__map_test *test)
{
    const omni__slice field = test->column->field;
    omni__slice number = {NULL, 0};
    switch (test->kind) {
    case OMNI__MAP_EQUALS:
    case OMNI__MAP_ONE_OF:
        return is_one_of(field, test->words);
    case OMNI__MAP_PREFIX:
        return field.size >= test->words->text.size &&
               omni__slice_equal(
                   omni__slice_of(field.data, test->words->text.size),
                   test->words->text);
    case OMNI__MAP_EMPTY:
        return field.size == 0;
    case OMNI__MAP_FILLED:
        return field.size != 0;
    default:
        break;
    }
    if (field.size == 0 || !omni__map_number(row, test->column, &number)) {
        return false; /* neither above nor below */
    }
    const int order = omni__decimal_compare(number, test->number);
    switch (test->kind) {
    case OMNI__MAP_ABOVE:
        return order > 0;
    case OMNI__MAP_AT_LEAST:
        return order >= 0;
    case OMNI__MAP_BELOW:
        return order < 0;
    default:
        return order <= 0;
    }
}

bool
omni__map_holds(omni__map_row *row, const omni__map_test *test)
{
    for (; test != NULL; test = test->next) {
        const bool holds = test->kind == OMNI__MAP_NOT
                               ? !omni__map_holds(row, test->inner)
                               : holds_once(row, test);
        if (!holds) {
            return false;
        }
    }
    return true;
}
