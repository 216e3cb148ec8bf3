/* From omni_event to record: strings as they are, JSON members canonical. */
#include "formats/event_struct.h"

#include "codec/json.h"
#include "codec/text.h"

#include <stdio.h>

#define IDENTIFIERS_READ 1000u /* far more than may be left of them */

omni_status
omni__event_struct_check(const omni_event *event, omni_error *error)
{
    if ((unsigned)event->type > OMNI_EVENT_ALIAS) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "event.type is %d, which is no omni_event_type",
                          (int)event->type);
    }
    if (event->identifier_count != 0 && event->identifiers == NULL) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "event.identifiers is NULL, but its count is %zu",
                          event->identifier_count);
    }
    if (event->identifier_count > IDENTIFIERS_READ) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "event.identifier_count is %zu, at most %u are read",
                          event->identifier_count, IDENTIFIERS_READ);
    }
    return OMNI_OK;
}

/* Canonical form of a JSON object given as a string; where it is none,
   `refusal` says why. */
static omni_status
canonical_object(const char *json, const char *what, omni__arena *arena,
                 omni__slice *out, omni__refusal *refusal)
{
    *out = omni__slice_of(NULL, 0);
    if (json == NULL || json[0] == '\0') {
        return OMNI_OK;
    }
    omni__json_fault fault;
    const omni__json *value =
        omni__json_parse(omni__slice_text(json), arena, &fault);
    if (value == NULL && fault.memory) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (value == NULL || value->type != OMNI__JSON_OBJECT) {
        refusal->code = value == NULL && fault.limit ? OMNI_REFUSED_LIMIT
                                                     : OMNI_REFUSED_JSON;
        snprintf(refusal->reason, sizeof(refusal->reason), "%s: %s", what,
                 value == NULL ? fault.message : "not a JSON object");
        return OMNI_OK;
    }
    if (value->count == 0) {
        return OMNI_OK; /* an empty object says what none says */
    }
    omni__buffer text;
    omni__buffer_init(&text, arena->alloc);
    omni__json_write(value, &text);
    *out = omni__arena_copy(arena, omni__buffer_bytes(&text));
    const bool fine = !text.failed && out->size == text.size;
    omni__buffer_free(&text);
    return fine ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

static size_t
count_members(omni__slice object)
{
    size_t at = 0;
    size_t count = 0;
    omni__slice key;
    omni__slice value;
    while (omni__json_each(object, &at, &key, &value)) {
        ++count;
    }
    return count;
}

static void
put_member(omni__buffer *out, omni__slice key, omni__slice value)
{
    omni__buffer_byte(out, out->size == 0 ? '{' : ',');
    omni__buffer_byte(out, '"');
    omni__buffer_slice(out, key);
    omni__buffer_text(out, "\":");
    omni__buffer_slice(out, value);
}

omni_status
omni__record_move_group_traits(omni__record *record, omni__arena *arena)
{
    const omni__slice name = omni__slice_text("traits");
    omni__slice key;
    omni__slice value;
    size_t at = 0;
    bool placed = false;
    omni__buffer merged;
    omni__buffer_init(&merged, arena->alloc);
    while (omni__json_each(record->properties, &at, &key, &value)) {
        const int order = omni__slice_compare(key, name);
        if (!placed && order > 0) {
            put_member(&merged, name, record->traits);
        }
        placed |= order >= 0;
        put_member(&merged, key, value);
    }
    if (!placed) {
        put_member(&merged, name, record->traits);
    }
    omni__buffer_byte(&merged, '}');
    record->properties = omni__arena_copy(arena, omni__buffer_bytes(&merged));
    record->traits = omni__slice_of(NULL, 0);
    const bool fine = !merged.failed && record->properties.data != NULL;
    omni__buffer_free(&merged);
    return fine ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

static omni_status
read_objects(const omni_event *event, omni__arena *arena, omni__record *out,
             omni__refusal *refusal)
{
    omni_status status = canonical_object(event->traits_json, "traits", arena,
                                          &out->traits, refusal);
    if (status == OMNI_OK && refusal->code == OMNI_REFUSED_NONE) {
        status = canonical_object(event->properties_json, "properties", arena,
                                  &out->properties, refusal);
    }
    if (status == OMNI_OK && refusal->code == OMNI_REFUSED_NONE &&
        event->type == OMNI_EVENT_GROUP && out->traits.size != 0) {
        status = omni__record_move_group_traits(out, arena);
    }
    out->trait_count = count_members(out->traits);
    return status;
}

static omni__slice
type_word(omni_event_type type)
{
    static const char *const words[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    return omni__slice_text(words[type]);
}

/* JSON is UTF-8 where it was read; strings of a struct may be anything. */
static void
check_texts(const omni__record *record, omni__refusal *refusal)
{
    const struct {
        const char *what;
        omni__slice text;
    } all[] = {
        {"name", record->name},         {"id", record->id},
        {"channel", record->channel},   {"source", record->source},
        {"group_id", record->group_id}, {"previous_id", record->previous_id},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        if (!omni__text_valid(all[i].text)) {
            refusal->code = OMNI_REFUSED_JSON;
            snprintf(refusal->reason, sizeof(refusal->reason),
                     "%s is not UTF-8 text", all[i].what);
            return;
        }
    }
}

omni_status
omni__event_struct_read(const omni_event *event, omni__arena *arena,
                        omni__record *out, omni__refusal *refusal)
{
    const size_t count = event->identifier_count;
    omni__record_identifier *identifiers =
        omni__arena_get(arena, (count + 1) * sizeof(identifiers[0]));
    if (identifiers == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        identifiers[i].ns = omni__slice_text(event->identifiers[i].ns);
        identifiers[i].value = omni__slice_text(event->identifiers[i].value);
    }
    *out = (omni__record){
        .type = (uint8_t)event->type,
        .has_time = event->time_us != 0,
        .time_us = event->time_us,
        .instant_us = event->original_time_us != 0 ? event->original_time_us
                                                   : event->time_us,
        .name = event->type == OMNI_EVENT_TRACK ? omni__slice_text(event->name)
                                                : type_word(event->type),
        .id = omni__slice_text(event->id),
        .channel = omni__slice_text(event->channel),
        .source = omni__slice_text(event->source),
        .group_id = omni__slice_text(event->group_id),
        .previous_id = omni__slice_text(event->previous_id),
        .identifiers = identifiers,
        .identifier_count = count};
    refusal->code = OMNI_REFUSED_NONE;
    if (out->name.size == 0) {
        refusal->code = OMNI_REFUSED_EVENT;
        snprintf(refusal->reason, sizeof(refusal->reason),
                 "track without a name");
        return OMNI_OK;
    }
    check_texts(out, refusal);
    if (refusal->code != OMNI_REFUSED_NONE) {
        return OMNI_OK;
    }
    return read_objects(event, arena, out, refusal);
}
