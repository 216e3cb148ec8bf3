/*
   Arbitrary bytes as a mapping, a header and rows: a document up to the first
   line that is empty, then lines of fields with tabs between them. What comes
   of a row is a record of canonical JSON, a reason in one line, or a rule.
*/
#include "codec/json.h"
#include "codec/text.h"
#include "formats/mapping.h"
#include "omni/limits.h"

#include <stdlib.h>

#define FIELDS_MAX 32

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_line(const char *text)
{
    require(text[0] != '\0' && omni__text_valid(omni__slice_text(text)) &&
            strpbrk(text, "\r\n") == NULL);
}

static void
check_canonical(omni__slice text, omni__arena *arena)
{
    if (text.size == 0) {
        return;
    }
    omni__json_fault fault;
    const omni__json *json = omni__json_parse(text, arena, &fault);
    omni__buffer again;
    omni__buffer_init(&again, arena->alloc);
    require(json != NULL && json->type == OMNI__JSON_OBJECT);
    omni__json_write(json, &again);
    require(omni__slice_equal(omni__buffer_bytes(&again), text));
    omni__buffer_free(&again);
}

/* The next line, without its newline. */
static omni__slice
take_line(omni__slice *rest)
{
    const uint8_t *end =
        rest->size != 0 ? memchr(rest->data, '\n', rest->size) : NULL;
    const size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
    const omni__slice line = omni__slice_of(rest->data, size);
    const size_t taken = size + (end != NULL ? 1 : 0);
    *rest = omni__slice_of(rest->data + taken, rest->size - taken);
    return line;
}

static size_t
split(omni__slice line, omni_text fields[FIELDS_MAX])
{
    size_t count = 0;
    while (count < FIELDS_MAX) {
        const uint8_t *tab =
            line.size != 0 ? memchr(line.data, '\t', line.size) : NULL;
        const size_t size = tab != NULL ? (size_t)(tab - line.data) : line.size;
        fields[count++] =
            (omni_text){.bytes = (const char *)line.data, .size = size};
        if (tab == NULL) {
            break;
        }
        line = omni__slice_of(tab + 1, line.size - size - 1);
    }
    return count;
}

static void
check_row(omni_mapping *mapping, omni__slice line, omni__arena *arena)
{
    omni_text fields[FIELDS_MAX];
    omni__record record;
    omni__refusal refusal;
    omni__map_rule *skip = NULL;
    omni_row row = {.size = sizeof(row), .fields = fields};
    row.field_count = split(line, fields);
    require(omni__mapping_read(mapping, &row, arena, &record, &refusal,
                               &skip) == OMNI_OK);
    require(omni__text_valid(omni__mapping_show(mapping, &row, arena)));
    if (skip != NULL) {
        require(skip->value.size != 0);
    } else if (refusal.code != OMNI_REFUSED_NONE) {
        check_line(refusal.reason);
    } else {
        require(record.name.size != 0 && record.identifier_count != 0);
        check_canonical(record.traits, arena);
        check_canonical(record.properties, arena);
    }
    omni__arena_reset(arena);
}

/* The document, up to an empty line. */
static omni__slice
take_document(omni__slice *rest)
{
    const uint8_t *start = rest->data;
    while (rest->size != 0 && take_line(rest).size != 0) {
    }
    return omni__slice_of(start, (size_t)(rest->data - start));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    omni__arena arena;
    omni_error error = {0};
    omni_mapping *mapping = NULL;
    omni_text columns[FIELDS_MAX];
    omni__slice rest = omni__slice_of(data, size);
    const omni__slice document = take_document(&rest);
    omni__arena_init(&arena, &omni__alloc_default);
    if (omni__mapping_parse(&omni__alloc_default, document, &mapping, &error) !=
        OMNI_OK) {
        require(error.status < 0 && error.message[0] != '\0');
        omni__arena_free(&arena);
        return 0;
    }
    const size_t count = split(take_line(&rest), columns);
    if (omni__mapping_bind(mapping, columns, count, &error) == OMNI_OK) {
        while (rest.size != 0) {
            check_row(mapping, take_line(&rest), &arena);
        }
    }
    omni__mapping_free(mapping);
    omni__arena_free(&arena);
    return 0;
}
