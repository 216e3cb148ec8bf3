/*
   One JSON object of the Segment spec as a record: which field becomes what,
   and what of it cannot be taken. A field that is null counts as absent.
*/
#include "formats/segment_json_record.h"

#include "omni/limits.h"

#include <stdio.h>

/* Fields of a record, in the order of their names as bytes. */
enum {
    ANONYMOUS_ID,
    BATCH,
    CHANNEL,
    CONTEXT,
    EVENT,
    GROUP_ID,
    MESSAGE_ID,
    NAME,
    ORIGINAL_TIMESTAMP,
    PREVIOUS_ID,
    PROPERTIES,
    RECEIVED_AT,
    SENT_AT,
    TIMESTAMP,
    TRAITS,
    TYPE,
    USER_ID,
    FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
    "anonymousId", "batch",      "channel", "context",           "event",
    "groupId",     "messageId",  "name",    "originalTimestamp", "previousId",
    "properties",  "receivedAt", "sentAt",  "timestamp",         "traits",
    "type",        "userId",
};

/* Fields of its context, likewise. */
enum {
    CONTEXT_CHANNEL,
    CONTEXT_DEVICE,
    CONTEXT_EXTERNAL_IDS,
    CONTEXT_SOURCE,
    CONTEXT_TRAITS,
    CONTEXT_COUNT
};

static const char *const context_names[CONTEXT_COUNT] = {
    "channel", "device", "externalIds", "source", "traits",
};

static const char *const type_words[] = {
    [OMNI_EVENT_TRACK] = "track", [OMNI_EVENT_IDENTIFY] = "identify",
    [OMNI_EVENT_PAGE] = "page",   [OMNI_EVENT_SCREEN] = "screen",
    [OMNI_EVENT_GROUP] = "group", [OMNI_EVENT_ALIAS] = "alias",
};

#define TYPE_COUNT (sizeof(type_words) / sizeof(type_words[0]))

typedef struct maker {
    omni__segment_reading *reading;
    omni__record *record;
    omni__record_identifier *identifiers;
    const omni__json *field[FIELD_COUNT];
    const omni__json *context[CONTEXT_COUNT];
} maker;

static bool
take_time(maker *m, int field, bool *has, int64_t *out)
{
    return omni__segment_time(m->reading, m->field[field], field_names[field],
                              has, out);
}

static bool
take_times(maker *m)
{
    bool has_time = false;
    bool has_original = false;
    bool has_sent = false;
    bool has_received = false;
    int64_t time = 0;
    int64_t original = 0;
    int64_t sent = 0;
    int64_t received = 0;
    if (!take_time(m, TIMESTAMP, &has_time, &time) ||
        !take_time(m, ORIGINAL_TIMESTAMP, &has_original, &original) ||
        !take_time(m, SENT_AT, &has_sent, &sent) ||
        !take_time(m, RECEIVED_AT, &has_received, &received)) {
        return false;
    }
    omni__record *record = m->record;
    record->has_time = has_time || has_original;
    record->instant_us = has_original ? original : time;
    record->time_us = time;
    if (!has_time && has_original) {
        const bool correct = has_sent && has_received;
        record->time_us = original + (correct ? received - sent : 0);
    }
    return true;
}

static bool
take_type(maker *m)
{
    const omni__json *type = m->field[TYPE];
    if (type == NULL) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_EVENT,
                                    "type is missing");
    }
    if (type->type != OMNI__JSON_STRING) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_JSON,
                                    "type is not a string");
    }
    for (size_t i = 0; i < TYPE_COUNT; ++i) {
        const omni__slice word = omni__slice_text(type_words[i]);
        if (omni__slice_equal(word, type->text)) {
            m->record->type = (uint8_t)i;
            m->record->name = word;
            return true;
        }
    }
    return omni__segment_refuse(m->reading, OMNI_REFUSED_EVENT,
                                "unknown type: %s",
                                omni__segment_quote(m->reading, type));
}

static bool
take_event_name(maker *m)
{
    omni__record *record = m->record;
    if (record->type != OMNI_EVENT_TRACK) {
        return true;
    }
    omni__slice name = {NULL, 0};
    if (!omni__segment_string(m->reading, m->field[EVENT], "event",
                              OMNI_LIMIT_NAME_BYTES, &name)) {
        return false;
    }
    if (name.size == 0) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_EVENT,
                                    "a track without the name of its event");
    }
    record->name = name;
    return true;
}

static bool
take_words(maker *m)
{
    omni__record *record = m->record;
    omni__slice outer = {NULL, 0};
    omni__slice inner = {NULL, 0};
    if (!omni__segment_id(m->reading, m->field[MESSAGE_ID], "messageId",
                          OMNI_LIMIT_EVENT_ID_BYTES, &record->id) ||
        !omni__segment_id(m->reading, m->field[GROUP_ID], "groupId",
                          OMNI_LIMIT_IDENTIFIER_BYTES, &record->group_id) ||
        !omni__segment_string(m->reading, m->field[CHANNEL], "channel",
                              OMNI_LIMIT_NAME_BYTES, &outer) ||
        !omni__segment_string(m->reading, m->context[CONTEXT_CHANNEL],
                              "context.channel", OMNI_LIMIT_NAME_BYTES,
                              &inner) ||
        !omni__segment_string(m->reading, m->context[CONTEXT_SOURCE],
                              "context.source", OMNI_LIMIT_NAME_BYTES,
                              &record->source)) {
        return false;
    }
    record->channel = outer.size != 0 ? outer : inner;
    return record->type != OMNI_EVENT_ALIAS ||
           omni__segment_id(m->reading, m->field[PREVIOUS_ID], "previousId",
                            OMNI_LIMIT_IDENTIFIER_BYTES, &record->previous_id);
}

static void
add_identifier(maker *m, omni__slice ns, omni__slice value)
{
    omni__record *record = m->record;
    for (size_t i = 0; i < record->identifier_count; ++i) {
        if (omni__slice_equal(m->identifiers[i].ns, ns) &&
            omni__slice_equal(m->identifiers[i].value, value)) {
            return;
        }
    }
    m->identifiers[record->identifier_count++] =
        (omni__record_identifier){.ns = ns, .value = value};
}

/* One field that names somebody; an empty one too, for it is blocked later. */
static bool
take_identifier(maker *m, const omni__json *value, const char *what,
                const char *ns)
{
    omni__slice text = {NULL, 0};
    if (value == NULL) {
        return true;
    }
    if (!omni__segment_id(m->reading, value, what, OMNI_LIMIT_IDENTIFIER_BYTES,
                          &text)) {
        return false;
    }
    add_identifier(m, omni__slice_text(ns), text);
    return true;
}

/* E-mail and phone among a person's traits; other types are just traits. */
static bool
take_trait_identifiers(maker *m, const omni__json *traits)
{
    const omni__json *email = omni__segment_member(traits, "email");
    const omni__json *phone = omni__segment_member(traits, "phone");
    if (email != NULL && email->type != OMNI__JSON_STRING) {
        email = NULL;
    }
    if (phone != NULL && phone->type != OMNI__JSON_STRING &&
        phone->type != OMNI__JSON_NUMBER) {
        phone = NULL;
    }
    return take_identifier(m, email, "the trait email", "email") &&
           take_identifier(m, phone, "the trait phone", "phone");
}

static bool
take_external_id(maker *m, const omni__json *item, size_t index)
{
    char what[64];
    snprintf(what, sizeof(what), "context.externalIds[%zu]", index);
    if (!omni__segment_object(m->reading, item, what)) {
        return false;
    }
    static const char *const names[] = {"id", "type"};
    const omni__json *found[2] = {NULL, NULL};
    omni__segment_collect(item, names, 2, found);
    if (found[0] == NULL) {
        return true;
    }
    if (found[1] == NULL || found[1]->type != OMNI__JSON_STRING) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_JSON,
                                    "%s has no type that is a string", what);
    }
    omni__slice id = {NULL, 0};
    snprintf(what, sizeof(what), "context.externalIds[%zu].id", index);
    if (!omni__segment_id(m->reading, found[0], what,
                          OMNI_LIMIT_IDENTIFIER_BYTES, &id)) {
        return false;
    }
    add_identifier(m, found[1]->text, id);
    return true;
}

static bool
take_external_ids(maker *m)
{
    const omni__json *list = m->context[CONTEXT_EXTERNAL_IDS];
    if (list == NULL) {
        return true;
    }
    if (list->type != OMNI__JSON_ARRAY) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_JSON,
                                    "context.externalIds is not an array");
    }
    for (size_t i = 0; i < list->count; ++i) {
        if (list->items[i].type != OMNI__JSON_NULL &&
            !take_external_id(m, &list->items[i], i)) {
            return false;
        }
    }
    return true;
}

static bool
take_identifiers(maker *m)
{
    const omni__json *device = m->context[CONTEXT_DEVICE];
    const omni__json *list = m->context[CONTEXT_EXTERNAL_IDS];
    const size_t room = 7 + (list != NULL ? list->count : 0);
    m->identifiers =
        omni__arena_get(m->reading->arena, room * sizeof(*m->identifiers));
    if (m->identifiers == NULL) {
        return omni__segment_no_memory(m->reading);
    }
    m->record->identifiers = m->identifiers;
    if (!omni__segment_object(m->reading, device, "context.device")) {
        return false;
    }
    const omni__json *device_id = omni__segment_member(device, "id");
    const bool group = m->record->type == OMNI_EVENT_GROUP;
    return take_identifier(m, m->field[USER_ID], "userId", "user_id") &&
           take_identifier(m, m->field[ANONYMOUS_ID], "anonymousId",
                           "anonymous_id") &&
           take_identifier(m, device_id, "context.device.id", "device_id") &&
           take_trait_identifiers(m, m->context[CONTEXT_TRAITS]) &&
           take_trait_identifiers(m, group ? NULL : m->field[TRAITS]) &&
           take_external_ids(m);
}

static void
write_member(const omni__json *item, size_t count, omni__buffer *out)
{
    omni__buffer_byte(out, count == 0 ? '{' : ',');
    omni__json_write_text(item->key, out);
    omni__buffer_byte(out, ':');
    omni__json_write(item, out);
}

/* The members of two objects as one; those of `above` win. */
static bool
merge(maker *m, const omni__json *below, const omni__json *above,
      omni__slice *out, size_t *count)
{
    omni__buffer *scratch = &m->reading->scratch;
    const size_t below_count = below != NULL ? below->count : 0;
    const size_t above_count = above != NULL ? above->count : 0;
    size_t b = 0;
    size_t a = 0;
    omni__buffer_clear(scratch);
    for (*count = 0; b < below_count || a < above_count; ++*count) {
        int order = a == above_count ? -1 : 1; /* below's key to above's */
        if (b < below_count && a < above_count) {
            order =
                omni__slice_compare(below->items[b].key, above->items[a].key);
        }
        write_member(order < 0 ? &below->items[b] : &above->items[a], *count,
                     scratch);
        b += order <= 0 ? 1 : 0;
        a += order >= 0 ? 1 : 0;
    }
    if (*count == 0) {
        return true;
    }
    omni__buffer_byte(scratch, '}');
    if (!scratch->failed) {
        *out = omni__arena_copy(m->reading->arena, omni__buffer_bytes(scratch));
    }
    return out->data != NULL || omni__segment_no_memory(m->reading);
}

static bool
check_trait_names(maker *m, const omni__json *traits)
{
    for (size_t i = 0; traits != NULL && i < traits->count; ++i) {
        if (!omni__segment_bounded(m->reading, traits->items[i].key.size,
                                   "the name of a trait",
                                   OMNI_LIMIT_NAME_BYTES)) {
            return false;
        }
    }
    return true;
}

static bool
take_traits(maker *m)
{
    omni__record *record = m->record;
    const omni__json *below = m->context[CONTEXT_TRAITS];
    const omni__json *above =
        record->type == OMNI_EVENT_GROUP ? NULL : m->field[TRAITS];
    if (!check_trait_names(m, below) || !check_trait_names(m, above) ||
        !merge(m, below, above, &record->traits, &record->trait_count)) {
        return false;
    }
    if (record->trait_count > OMNI_LIMIT_TRAITS) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_LIMIT,
                                    "%zu traits, more than %d",
                                    record->trait_count, OMNI_LIMIT_TRAITS);
    }
    return true;
}

static bool
take_properties(maker *m)
{
    omni__record *record = m->record;
    const omni__json *own = m->field[PROPERTIES];
    const omni__json *member = NULL; /* that joins the properties */
    bool wins = false;
    if (record->type == OMNI_EVENT_GROUP) {
        member = m->field[TRAITS];
        wins = true;
    } else if (record->type == OMNI_EVENT_PAGE ||
               record->type == OMNI_EVENT_SCREEN) {
        const omni__json *name = omni__segment_member(own, "name");
        member = m->field[NAME];
        wins = name == NULL;
    }
    const omni__json extra = {.type = OMNI__JSON_OBJECT,
                              .items = member,
                              .count = member != NULL ? 1 : 0};
    size_t count = 0;
    return merge(m, wins ? own : &extra, wins ? &extra : own,
                 &record->properties, &count);
}

static bool
check_name(maker *m)
{
    omni__slice name = {NULL, 0};
    const bool named = m->record->type == OMNI_EVENT_PAGE ||
                       m->record->type == OMNI_EVENT_SCREEN;
    return !named || omni__segment_string(m->reading, m->field[NAME], "name",
                                          SIZE_MAX, &name);
}

static bool
check_size(maker *m, const omni__json *object)
{
    if (object->height > OMNI_LIMIT_JSON_DEPTH) {
        return omni__segment_refuse(
            m->reading, OMNI_REFUSED_LIMIT, "%u levels of JSON, more than %d",
            (unsigned)object->height, OMNI_LIMIT_JSON_DEPTH);
    }
    return omni__segment_bounded(m->reading, object->text.size, "the record",
                                 OMNI_LIMIT_EVENT_BYTES);
}

/* A context member that the record lacks comes from the batch. */
static bool
open_context(maker *m)
{
    const omni__json *outer = m->reading->envelope.context;
    if (!omni__segment_object(m->reading, m->field[CONTEXT], "context") ||
        !omni__segment_object(m->reading, outer, "the batch's context")) {
        return false;
    }
    if (m->field[CONTEXT] != NULL) {
        omni__segment_collect(m->field[CONTEXT], context_names, CONTEXT_COUNT,
                              m->context);
    }
    if (outer != NULL) {
        omni__segment_collect(outer, context_names, CONTEXT_COUNT, m->context);
    }
    return true;
}

static bool
open_object(maker *m, const omni__json *object)
{
    const omni__segment_envelope *envelope = &m->reading->envelope;
    omni__segment_collect(object, field_names, FIELD_COUNT, m->field);
    if (m->reading->in_batch && m->field[BATCH] != NULL &&
        m->field[TYPE] == NULL) {
        return omni__segment_refuse(m->reading, OMNI_REFUSED_JSON,
                                    "a batch in a batch");
    }
    if (m->field[SENT_AT] == NULL) {
        m->field[SENT_AT] = envelope->sent_at;
    }
    if (m->field[RECEIVED_AT] == NULL) {
        m->field[RECEIVED_AT] = envelope->received_at;
    }
    return open_context(m) &&
           omni__segment_object(m->reading, m->field[TRAITS], "traits") &&
           omni__segment_object(m->reading, m->field[PROPERTIES],
                                "properties") &&
           omni__segment_object(m->reading, m->context[CONTEXT_TRAITS],
                                "context.traits");
}

/* Canonical numbers may be longer than they were sent. */
static bool
check_canonical(maker *m)
{
    const size_t size = m->record->traits.size + m->record->properties.size;
    return omni__segment_bounded(m->reading, size,
                                 "the record in canonical form",
                                 OMNI_LIMIT_EVENT_BYTES);
}

bool
omni__segment_record(omni__segment_reading *reading, const omni__json *object,
                     omni__record *record)
{
    maker m = {.reading = reading, .record = record};
    *record = (omni__record){.type = OMNI_EVENT_TRACK};
    return omni__segment_object(reading, object, "a member of the batch") &&
           check_size(&m, object) && open_object(&m, object) && take_type(&m) &&
           take_event_name(&m) && check_name(&m) && take_words(&m) &&
           take_times(&m) && take_identifiers(&m) && take_traits(&m) &&
           take_properties(&m) && check_canonical(&m);
}
