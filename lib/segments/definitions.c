/* Rows of SEGMENT: position, members, errors, flags, where the backfill is,
 * name. */
#include "segments/definitions.h"

enum { ROW_DELETED = 1, ROW_OPEN = 2, ROW_BEGUN = 4 };

void
omni__definitions_init(omni__definitions *definitions, omni__programs *programs)
{
    *definitions = (omni__definitions){.programs = programs};
}

static void
release(omni__definitions *definitions, omni__definition *definition)
{
    omni__plan_free(definition->glance);
    omni__programs_give(definitions->programs, definition->program);
    omni__free(definitions->programs->alloc, (void *)definition->name.data);
}

void
omni__definitions_clear(omni__definitions *definitions)
{
    for (size_t i = 0; i < definitions->count; ++i) {
        release(definitions, &definitions->list[i]);
    }
    definitions->count = 0;
}

void
omni__definitions_free(omni__definitions *definitions)
{
    if (definitions->programs != NULL) {
        omni__definitions_clear(definitions);
        omni__free(definitions->programs->alloc, definitions->list);
        *definitions = (omni__definitions){.programs = NULL};
    }
}

omni_status
omni__definition_set(omni__definitions *definitions,
                     omni__definition *definition, uint64_t position)
{
    const omni__program *program;
    const omni_status status =
        omni__programs_take(definitions->programs, position, &program);
    if (status == OMNI_OK) {
        omni__plan_free(definition->glance);
        definition->glance = NULL;
        omni__programs_give(definitions->programs, definition->program);
        definition->program = program;
        definition->position = position;
        definition->dirty = true;
    }
    return status;
}

/* Room for one more, zeroed but for its name and number. */
static omni_status
append(omni__definitions *definitions, omni__slice name, uint32_t number,
       omni__definition **out)
{
    const omni__alloc *alloc = definitions->programs->alloc;
    void *list = definitions->list;
    const bool room = omni__grow(alloc, &list, &definitions->capacity,
                                 definitions->count, sizeof(**out));
    definitions->list = list;
    uint8_t *copy = room ? omni__malloc(alloc, name.size + 1) : NULL;
    if (copy == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    *out = &definitions->list[definitions->count++];
    **out = (omni__definition){.number = number,
                               .name = omni__slice_of(copy, name.size)};
    return OMNI_OK;
}

omni_status
omni__definitions_add(omni__definitions *definitions, omni__slice name,
                      uint32_t number, uint64_t position)
{
    omni__definition *made;
    omni_status status = append(definitions, name, number, &made);
    if (status == OMNI_OK) {
        status = omni__definition_set(definitions, made, position);
    }
    return status;
}

static omni__key
key_of(uint32_t number)
{
    omni__key key = omni__key_of(OMNI__TABLE_SEGMENT);
    omni__key_add_u32(&key, number);
    return key;
}

omni_status
omni__definitions_remove(omni__definitions *definitions, omni__kv *kv,
                         size_t at)
{
    const omni__key key = key_of(definitions->list[at].number);
    release(definitions, &definitions->list[at]);
    --definitions->count;
    memmove(&definitions->list[at], &definitions->list[at + 1],
            (definitions->count - at) * sizeof(definitions->list[0]));
    return omni__kv_delete(kv, omni__key_slice(&key));
}

static omni_status
decode(omni__definitions *definitions, omni__slice key, omni__slice row)
{
    omni__reader reader = omni__reader_of(row);
    const uint64_t position = omni__read_varint(&reader);
    const uint64_t members = omni__read_varint(&reader);
    const uint64_t errors = omni__read_varint(&reader);
    const uint8_t flags = omni__read_byte(&reader);
    const omni__slice passed =
        omni__read_bytes(&reader, (flags & ROW_BEGUN) != 0 ? OMNI__ID_SIZE : 0);
    const omni__slice name = omni__read_block(&reader);
    omni__definition *made;
    if (reader.bad || key.size != 5) {
        return OMNI_ERR_CORRUPT;
    }
    omni_status status =
        append(definitions, name, omni__be32_read(key.data + 1), &made);
    if (status != OMNI_OK) {
        return status;
    }
    made->members = members;
    made->errors = errors;
    made->position = position;
    made->deleted = (flags & ROW_DELETED) != 0;
    made->open = (flags & ROW_OPEN) != 0;
    made->begun = (flags & ROW_BEGUN) != 0;
    if (made->begun) {
        memcpy(made->passed.bytes, passed.data, OMNI__ID_SIZE);
    }
    if (!made->deleted) {
        status = omni__definition_set(definitions, made, position);
        made->dirty = false;
    }
    return status;
}

omni_status
omni__definitions_read(omni__definitions *definitions, const omni__view *view)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_SEGMENT);
    omni__kv_cursor *cursor;
    omni__definitions_clear(definitions);
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        status = decode(definitions, omni__kv_cursor_key(cursor),
                        omni__kv_cursor_value(cursor));
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    if (status != OMNI_END) {
        omni__definitions_clear(definitions);
        return status;
    }
    omni__definitions_connect(definitions);
    return OMNI_OK;
}

omni_status
omni__definitions_write(omni__definitions *definitions, omni__kv *kv)
{
    omni_status status = OMNI_OK;
    omni__buffer row;
    omni__buffer_init(&row, definitions->programs->alloc);
    for (size_t i = 0; i < definitions->count && status == OMNI_OK; ++i) {
        omni__definition *definition = &definitions->list[i];
        if (!definition->dirty) {
            continue;
        }
        const omni__key key = key_of(definition->number);
        omni__buffer_clear(&row);
        omni__put_varint(&row, definition->position);
        omni__put_varint(&row, definition->members);
        omni__put_varint(&row, definition->errors);
        omni__buffer_byte(&row,
                          (uint8_t)((definition->deleted ? ROW_DELETED : 0) |
                                    (definition->open ? ROW_OPEN : 0) |
                                    (definition->begun ? ROW_BEGUN : 0)));
        omni__buffer_put(&row, definition->passed.bytes,
                         definition->begun ? OMNI__ID_SIZE : 0);
        omni__put_block(&row, definition->name);
        status = row.failed ? OMNI_ERR_NO_MEMORY
                            : omni__kv_put(kv, omni__key_slice(&key),
                                           omni__buffer_bytes(&row));
        definition->dirty = false;
    }
    omni__buffer_free(&row);
    return status;
}

omni_status
omni__definitions_plan(omni__definitions *definitions)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < definitions->count && status == OMNI_OK; ++i) {
        omni__definition *definition = &definitions->list[i];
        const omni__program *program = definition->program;
        if (definition->glance == NULL && program != NULL &&
            program->segment != NULL) {
            status = omni__plan_make_glance(program->segment,
                                            definitions->programs->alloc,
                                            &definition->glance);
        }
    }
    return status;
}

/* What the definition reads, or NULL. */
static const omni__segment_reads *
reads_of(const omni__definition *definition)
{
    return definition->program != NULL && definition->program->segment != NULL
               ? omni__segment_reads_of(definition->program->segment)
               : NULL;
}

void
omni__definitions_connect(omni__definitions *definitions)
{
    bool grown = true;
    for (size_t i = 0; i < definitions->count; ++i) {
        definitions->list[i].bits = omni__definition_bit(&definitions->list[i]);
    }
    while (grown) {
        grown = false;
        for (size_t i = 0; i < definitions->count; ++i) {
            const omni__definition *user = &definitions->list[i];
            const omni__segment_reads *reads = reads_of(user);
            for (size_t k = 0; reads != NULL && k < reads->segment_count; ++k) {
                omni__definition *used =
                    omni__definitions_find(definitions, reads->segments[k]);
                if (used != NULL && (used->bits | user->bits) != used->bits) {
                    used->bits |= user->bits;
                    grown = true;
                }
            }
        }
    }
}

omni__definition *
omni__definitions_find(const omni__definitions *definitions, omni__slice name)
{
    for (size_t i = 0; i < definitions->count; ++i) {
        if (omni__slice_equal(definitions->list[i].name, name)) {
            return &definitions->list[i];
        }
    }
    return NULL;
}

const omni__segment *
omni__definitions_lookup(void *definitions, omni__slice name)
{
    const omni__definition *found = omni__definitions_find(definitions, name);
    return found != NULL && found->program != NULL ? found->program->segment
                                                   : NULL;
}

omni_status
omni__definition_evaluate(const omni__definition *definition,
                          omni__subject *subject, int64_t now_us,
                          omni__segment_answer *out)
{
    *out = (omni__segment_answer){.since_us = INT64_MIN,
                                  .until_us = INT64_MAX,
                                  .exact_until_us = INT64_MAX};
    if (definition->program == NULL) {
        return OMNI_OK; /* deleted: nobody is in it */
    }
    if (definition->program->segment == NULL) {
        out->membership = OMNI__MEMBERSHIP_ERROR;
        out->message = definition->program->error.message;
        return OMNI_OK;
    }
    return omni__segment_evaluate(definition->program->segment, subject, now_us,
                                  out);
}
