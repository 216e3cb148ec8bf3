/* Fields of a record: their types, their limits, and words for a refusal. */
#include "formats/segment_json_field.h"

#include "codec/text.h"
#include "codec/time.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTE_BYTES 64

bool
omni__segment_refuse(omni__segment_reading *reading, omni_refused_code code,
                     const char *format, ...)
{
    omni__refusal *refusal = reading->refusal;
    va_list arguments;
    va_start(arguments, format);
    refusal->code = code;
    vsnprintf(refusal->reason, sizeof(refusal->reason), format, arguments);
    va_end(arguments);
    const omni__slice all = omni__slice_text(refusal->reason);
    const size_t whole = omni__text_valid_prefix(all);
    refusal->reason[whole] = '\0'; /* where the size cut a letter in two */
    return false;
}

bool
omni__segment_no_memory(omni__segment_reading *reading)
{
    reading->memory = true;
    return false;
}

const char *
omni__segment_quote(omni__segment_reading *reading, const omni__json *value)
{
    omni__buffer *scratch = &reading->scratch;
    omni__buffer_clear(scratch);
    if (value->type == OMNI__JSON_STRING && value->text.size > QUOTE_BYTES) {
        omni__json_write_text(omni__text_cut(value->text, QUOTE_BYTES),
                              scratch);
        omni__buffer_text(scratch, "...");
    } else {
        omni__json_write(value, scratch);
    }
    omni__buffer_byte(scratch, 0);
    if (scratch->failed) {
        reading->memory = true;
        return "";
    }
    return (const char *)scratch->data;
}

void
omni__segment_collect(const omni__json *object, const char *const *names,
                      size_t count, const omni__json **out)
{
    size_t name = 0;
    for (size_t i = 0; i < object->count && name < count; ++i) {
        const omni__json *item = &object->items[i];
        int order = -1; /* of names[name] to the item's key */
        while (name < count) {
            order =
                omni__slice_compare(omni__slice_text(names[name]), item->key);
            if (order >= 0) {
                break;
            }
            ++name;
        }
        if (order == 0 && item->type != OMNI__JSON_NULL && out[name] == NULL) {
            out[name] = item;
        }
    }
}

const omni__json *
omni__segment_member(const omni__json *object, const char *name)
{
    const omni__json *value = omni__json_get(object, name);
    return value != NULL && value->type != OMNI__JSON_NULL ? value : NULL;
}

bool
omni__segment_object(omni__segment_reading *reading, const omni__json *value,
                     const char *what)
{
    if (value != NULL && value->type != OMNI__JSON_OBJECT) {
        return omni__segment_refuse(reading, OMNI_REFUSED_JSON,
                                    "%s is not an object", what);
    }
    return true;
}

bool
omni__segment_bounded(omni__segment_reading *reading, size_t size,
                      const char *what, size_t limit)
{
    if (size > limit) {
        return omni__segment_refuse(reading, OMNI_REFUSED_LIMIT,
                                    "%s is %zu bytes long, more than %zu", what,
                                    size, limit);
    }
    return true;
}

bool
omni__segment_string(omni__segment_reading *reading, const omni__json *value,
                     const char *what, size_t limit, omni__slice *out)
{
    if (value == NULL) {
        return true;
    }
    if (value->type != OMNI__JSON_STRING) {
        return omni__segment_refuse(reading, OMNI_REFUSED_JSON,
                                    "%s is not a string", what);
    }
    *out = value->text;
    return omni__segment_bounded(reading, out->size, what, limit);
}

bool
omni__segment_id(omni__segment_reading *reading, const omni__json *value,
                 const char *what, size_t limit, omni__slice *out)
{
    if (value == NULL) {
        return true;
    }
    if (value->type != OMNI__JSON_STRING && value->type != OMNI__JSON_NUMBER) {
        return omni__segment_refuse(reading, OMNI_REFUSED_JSON,
                                    "%s is neither a string nor a number",
                                    what);
    }
    *out = value->text;
    return omni__segment_bounded(reading, out->size, what, limit);
}

bool
omni__segment_time(omni__segment_reading *reading, const omni__json *value,
                   const char *what, bool *has, int64_t *out)
{
    *has = value != NULL;
    if (value == NULL) {
        return true;
    }
    if (value->type != OMNI__JSON_STRING ||
        !omni__time_parse(value->text, out)) {
        return omni__segment_refuse(reading, OMNI_REFUSED_TIME,
                                    "%s is not an RFC 3339 time: %s", what,
                                    omni__segment_quote(reading, value));
    }
    return true;
}
