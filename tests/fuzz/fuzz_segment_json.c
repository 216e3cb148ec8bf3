/*
   Arbitrary bytes as lines of events. Beyond not crashing: canonical JSON
   reads back as itself, walking over it finds what the tree has, and normal
   forms of identifiers stay as they are.
*/
#include "codec/json.h"
#include "codec/text.h"
#include "codec/time.h"
#include "formats/segment_json.h"
#include "identity/normalize.h"
#include "omni/limits.h"

#include <stdlib.h>

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
check_canonical(omni__slice text, omni__arena *arena)
{
    omni__json_fault fault;
    const omni__json *json = omni__json_parse_within(
        text, (omni__json_rules){.depth = OMNI__JSON_DEPTH_MAX}, arena, &fault);
    require(json != NULL && json->type == OMNI__JSON_OBJECT);
    omni__buffer again;
    omni__buffer_init(&again, arena->alloc);
    omni__json_write(json, &again);
    require(omni__slice_equal(omni__buffer_bytes(&again), text));
    omni__slice key = {NULL, 0};
    omni__slice value = {NULL, 0};
    size_t at = 0;
    size_t count = 0;
    while (omni__json_each(text, &at, &key, &value)) {
        require(count < json->count);
        omni__buffer_clear(&again);
        omni__json_write(&json->items[count], &again);
        require(omni__slice_equal(omni__buffer_bytes(&again), value));
        if (json->items[count].type == OMNI__JSON_STRING) {
            omni__buffer_clear(&again);
            require(omni__json_unescape(value, &again));
            require(omni__slice_equal(omni__buffer_bytes(&again),
                                      json->items[count].text));
        }
        ++count;
    }
    require(count == json->count);
    omni__buffer_free(&again);
}

static void
check_identifier(const omni__record_identifier *identifier,
                 uint32_t calling_code, omni__arena *arena)
{
    omni__policy policy = omni__policy_default;
    policy.calling_code = calling_code;
    const omni__namespace *ns = omni__policy_namespace(&policy, identifier->ns);
    omni__slice once = {NULL, 0};
    omni__slice twice = {NULL, 0};
    bool memory = false;
    if (omni__identifier_normalize(&policy, ns, identifier->value, arena, &once,
                                   &memory) != OMNI_REFUSED_NONE) {
        return;
    }
    require(once.size != 0 && omni__text_valid(once));
    require(omni__identifier_normalize(&policy, ns, once, arena, &twice,
                                       &memory) == OMNI_REFUSED_NONE);
    require(omni__slice_equal(once, twice));
}

static void
check_time(int64_t time_us)
{
    char text[OMNI__TIME_TEXT];
    int64_t back = 0;
    const size_t size = omni__time_format(time_us, text);
    require(omni__time_parse(omni__slice_of(text, size), &back));
    /* A correction may leave the calendar; its text then stays inside. */
    require(back == time_us || time_us < -INT64_C(62135596800000000) ||
            time_us > INT64_C(253402300799999999));
}

static omni_status
on_record(void *user, const omni__record *record, const omni__refusal *refusal,
          omni__slice text)
{
    static const uint32_t codes[] = {0, 1, 7, 39, 41, 49, 54, 55, 375};
    omni__arena *arena = user;
    require(text.size != 0);
    if (refusal->code != OMNI_REFUSED_NONE) {
        const omni__slice reason = omni__slice_text(refusal->reason);
        require(reason.size != 0 && omni__text_valid(reason) &&
                strpbrk(refusal->reason, "\r\n") == NULL);
        return OMNI_OK;
    }
    require(record->name.size != 0 &&
            record->name.size <= OMNI_LIMIT_NAME_BYTES);
    if (record->traits.size != 0) {
        check_canonical(record->traits, arena);
    }
    if (record->properties.size != 0) {
        check_canonical(record->properties, arena);
    }
    for (size_t i = 0; i < record->identifier_count; ++i) {
        for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); ++k) {
            check_identifier(&record->identifiers[i], codes[k], arena);
        }
    }
    check_time(record->time_us);
    check_time(record->instant_us);
    return OMNI_OK;
}

/* The walk and the unescaping meet bytes from disk: any bytes. */
static void
walk_anything(omni__slice bytes)
{
    omni__buffer out;
    omni__buffer_init(&out, &omni__alloc_default);
    omni__slice key = {NULL, 0};
    omni__slice value = {NULL, 0};
    size_t at = 0;
    while (omni__json_each(bytes, &at, &key, &value)) {
        omni__json_unescape(value, &out);
    }
    omni__buffer_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    omni__arena arena;
    omni__arena_init(&arena, &omni__alloc_default);
    const omni__slice line = omni__slice_of(data, size);
    require(omni__segment_read(line, &arena, on_record, &arena) == OMNI_OK);
    walk_anything(line);
    omni__arena_free(&arena);
    return 0;
}
