/* From record to body: what is wrong with it is said once, here. */
#include "events/make.h"

#include "codec/json.h"
#include "codec/text.h"
#include "codec/time.h"
#include "identity/normalize.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FUTURE_US (UINT64_C(24) * 3600 * 1000000)

static void
refuse(omni__refusal *refusal, omni_refused_code code, const char *format, ...)
    OMNI__FORMAT(3, 4);

static void
refuse(omni__refusal *refusal, omni_refused_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    refusal->code = code;
    vsnprintf(refusal->reason, sizeof(refusal->reason), format, arguments);
    va_end(arguments);
}

static bool
within(omni__slice text, size_t limit, const char *what, omni__refusal *refusal)
{
    if (text.size <= limit) {
        return true;
    }
    refuse(refusal, OMNI_REFUSED_LIMIT, "%s has %zu bytes, at most %zu", what,
           text.size, limit);
    return false;
}

/* Limits that both the C struct and JSON have to keep. */
static bool
check_limits(const omni__record *record, omni__refusal *refusal)
{
    if (!within(record->name, OMNI_LIMIT_NAME_BYTES, "name", refusal) ||
        !within(record->channel, OMNI_LIMIT_NAME_BYTES, "channel", refusal) ||
        !within(record->source, OMNI_LIMIT_NAME_BYTES, "source", refusal) ||
        !within(record->id, OMNI_LIMIT_EVENT_ID_BYTES, "event id", refusal) ||
        !within(record->group_id, OMNI_LIMIT_IDENTIFIER_BYTES, "group id",
                refusal)) {
        return false;
    }
    if (record->trait_count > OMNI_LIMIT_TRAITS) {
        refuse(refusal, OMNI_REFUSED_LIMIT, "%zu traits, at most %d",
               record->trait_count, OMNI_LIMIT_TRAITS);
        return false;
    }
    size_t at = 0;
    omni__slice key;
    omni__slice value;
    while (omni__json_each(record->traits, &at, &key, &value)) {
        if (!within(key, OMNI_LIMIT_NAME_BYTES, "name of a trait", refusal)) {
            return false;
        }
    }
    return true;
}

/* Normalise one identifier: an omni_refused_code, where BLOCKED drops the
   identifier and others refuse the event; negative without memory. */
static int
normalize(const omni__maker *maker, omni__slice ns, omni__slice value,
          omni__arena *arena, omni__named *out)
{
    if (!omni__namespace_valid(ns)) {
        return OMNI_REFUSED_BLOCKED;
    }
    bool memory = false;
    out->ns = ns;
    const omni_refused_code code = omni__identifier_normalize(
        maker->policy, omni__policy_namespace(maker->policy, ns), value, arena,
        &out->value, &memory);
    return memory ? -1 : (int)code;
}

/* The same of one that is to be recorded: the policy may block more values. */
static int
normalize_new(const omni__maker *maker, omni__slice ns, omni__slice value,
              omni__arena *arena, omni__named *out)
{
    const int code = normalize(maker, ns, value, arena, out);
    const omni__policy_list *blocked =
        code == OMNI_REFUSED_NONE
            ? omni__policy_list_of(maker->policy, OMNI__POLICY_BLOCKED, ns)
            : NULL;
    return blocked != NULL &&
                   omni__policy_place(blocked, out->value) != blocked->count
               ? OMNI_REFUSED_BLOCKED
               : code;
}

/* Add an identifier to the sorted, unique ones of the event. */
static bool
insert_named(omni__event_body *out, const omni__named *named)
{
    size_t at = 0;
    while (at < out->identifier_count &&
           omni__named_compare(&out->identifiers[at], named) < 0) {
        ++at;
    }
    if (at < out->identifier_count &&
        omni__named_compare(&out->identifiers[at], named) == 0) {
        return true;
    }
    if (out->identifier_count == OMNI_LIMIT_IDENTIFIERS) {
        return false;
    }
    memmove(out->identifiers + at + 1, out->identifiers + at,
            (out->identifier_count - at) * sizeof(*named));
    out->identifiers[at] = *named;
    ++out->identifier_count;
    return true;
}

static const char *
word_of(omni_refused_code code)
{
    return code == OMNI_REFUSED_LIMIT ? "is too long" : "is not UTF-8 text";
}

/* The beginning of a text that may not even be one. */
static omni__slice
shown(omni__slice text, size_t size)
{
    text.size = omni__text_valid_prefix(text);
    return omni__text_cut(text, size);
}

/* Say which identifiers were dropped: all of them, or only some. */
static void
say_dropped(bool all, size_t count, const omni__record_identifier *last,
            omni__refusal *refusal)
{
    const bool named = omni__namespace_valid(last->ns);
    const omni__slice ns = shown(last->ns, 32);
    const omni__slice value = shown(last->value, 64);
    refuse(refusal, all ? OMNI_REFUSED_BLOCKED : OMNI_FLAGGED_IDENTIFIER,
           "%s%zu blocked, the last: %.*s \"%.*s\"%s",
           all ? "nobody is named: " : "", count, (int)ns.size,
           (const char *)ns.data, (int)value.size, (const char *)value.data,
           named ? "" : ", whose namespace is not [a-z][a-z0-9_]{0,31}");
}

/* All identifiers of the record; `*dropped` counts blocked ones. */
static omni_status
make_identifiers(const omni__maker *maker, const omni__record *record,
                 omni__arena *arena, omni__event_body *out,
                 omni__refusal *refusal)
{
    size_t dropped = 0;
    const omni__record_identifier *last = NULL;
    for (size_t i = 0; i < record->identifier_count; ++i) {
        const omni__record_identifier *given = &record->identifiers[i];
        omni__named named;
        const int code =
            normalize_new(maker, given->ns, given->value, arena, &named);
        if (code < 0) {
            return OMNI_ERR_NO_MEMORY;
        }
        if (code == OMNI_REFUSED_BLOCKED) {
            ++dropped;
            last = given;
            continue;
        }
        if (code != OMNI_REFUSED_NONE) {
            refuse(refusal, (omni_refused_code)code, "%.*s %s",
                   (int)given->ns.size, (const char *)given->ns.data,
                   word_of((omni_refused_code)code));
            return OMNI_OK;
        }
        if (!insert_named(out, &named)) {
            refuse(refusal, OMNI_REFUSED_LIMIT, "more than %d identifiers",
                   OMNI_LIMIT_IDENTIFIERS);
            return OMNI_OK;
        }
    }
    if (out->identifier_count == 0 && dropped == 0) {
        refuse(refusal, OMNI_REFUSED_NO_IDENTIFIER, "no identifier (%zu given)",
               record->identifier_count);
    } else if (dropped != 0) {
        say_dropped(out->identifier_count == 0, dropped, last, refusal);
    }
    return OMNI_OK;
}

/* E3: an alias states links from its user_id to the id before, as a user_id
   and as an anonymous_id. */
static omni_status
make_stated(const omni__maker *maker, const omni__record *record,
            omni__arena *arena, omni__event_body *out, omni__refusal *refusal)
{
    const omni__slice spaces[OMNI__STATED_MAX] = {
        omni__slice_text("user_id"), omni__slice_text("anonymous_id")};
    bool has_user = false;
    for (size_t i = 0; i < out->identifier_count; ++i) {
        has_user |= omni__slice_equal(out->identifiers[i].ns, spaces[0]);
    }
    if (record->type != OMNI_EVENT_ALIAS || record->previous_id.size == 0 ||
        !has_user) {
        return OMNI_OK;
    }
    for (size_t i = 0; i < OMNI__STATED_MAX; ++i) {
        omni__named named;
        const int code =
            normalize_new(maker, spaces[i], record->previous_id, arena, &named);
        if (code < 0) {
            return OMNI_ERR_NO_MEMORY;
        }
        if (code == OMNI_REFUSED_NONE) {
            out->stated[out->stated_count++] = named;
        } else if (code != OMNI_REFUSED_BLOCKED) {
            refuse(refusal, (omni_refused_code)code, "previous id %s",
                   word_of((omni_refused_code)code));
        }
    }
    return OMNI_OK;
}

/* A hash in place of the id that the record lacks (F7). */
static omni_status
make_id(const omni__maker *maker, const omni__record *record,
        omni__event_body *out)
{
    out->made_id = 0;
    if (record->id.size != 0) {
        return OMNI_OK;
    }
    if (!record->has_time) {
        return omni__hooks_random(maker->hooks, &out->made_id,
                                  sizeof(out->made_id))
                   ? OMNI_OK
                   : OMNI_ERR_IO;
    }
    omni__buffer content;
    omni__buffer_init(&content, &maker->hooks->alloc);
    const uint64_t hash =
        omni__event_content_hash(maker->secret, out, &content);
    omni_status status = content.failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    uint64_t ordinal;
    if (status == OMNI_OK) {
        status = omni__ordinals_next(maker->ordinals, hash, &ordinal);
    }
    if (status == OMNI_OK) {
        out->made_id = omni__ordinal_hash(maker->secret, hash, ordinal);
    }
    omni__buffer_free(&content);
    return status;
}

static void
make_tokens(const omni__maker *maker, omni__event_body *out)
{
    for (size_t i = 0; i < out->identifier_count; ++i) {
        omni__named *named = &out->identifiers[i];
        named->token = omni__token_of(maker->secret, named->ns, named->value);
    }
    for (size_t i = 0; i < out->stated_count; ++i) {
        omni__named *named = &out->stated[i];
        named->token = omni__token_of(maker->secret, named->ns, named->value);
    }
}

omni_status
omni__event_make(const omni__maker *maker, const omni__record *record,
                 omni__arena *arena, omni__event_body *out,
                 omni__refusal *refusal)
{
    refusal->code = OMNI_REFUSED_NONE;
    if (!check_limits(record, refusal)) {
        return OMNI_OK;
    }
    out->type = record->type;
    out->time_us = record->has_time ? record->time_us : maker->now_us;
    out->instant_us = record->instant_us;
    out->identifier_count = 0;
    out->stated_count = 0;
    out->name = record->name;
    out->channel = record->channel;
    out->source = record->source.size != 0 ? record->source : maker->source;
    out->id = record->id;
    out->group_id = record->group_id;
    out->traits = record->traits;
    out->properties = record->properties;
    omni_status status = make_identifiers(maker, record, arena, out, refusal);
    if (status == OMNI_OK && out->identifier_count != 0) {
        status = make_stated(maker, record, arena, out, refusal);
    }
    const bool refused = refusal->code != OMNI_REFUSED_NONE &&
                         refusal->code < OMNI_FLAGGED_FUTURE;
    if (status != OMNI_OK || refused) {
        return status;
    }
    make_tokens(maker, out);
    status = make_id(maker, record, out);
    if (status == OMNI_OK && out->time_us > maker->now_us &&
        (uint64_t)out->time_us - (uint64_t)maker->now_us > FUTURE_US) {
        char time[OMNI__TIME_TEXT];
        omni__time_format(out->time_us, time);
        refuse(refusal, OMNI_FLAGGED_FUTURE,
               "time %s is more than 24 hours ahead of the clock", time);
    }
    return status;
}

omni_status
omni__named_make(const omni__secret *secret, const omni__policy *policy,
                 omni_identifier identifier, omni__arena *arena,
                 omni__named *out, omni_error *error)
{
    const omni__slice ns = omni__slice_text(identifier.ns);
    const omni__slice value = omni__slice_text(identifier.value);
    if (!omni__namespace_valid(ns)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "namespace \"%.40s\" is not [a-z][a-z0-9_]{0,31}",
                          identifier.ns != NULL ? identifier.ns : "");
    }
    const omni__maker maker = {.policy = policy};
    const int code = normalize(&maker, ns, value, arena, out);
    if (code < 0) {
        return omni__fail_memory(error);
    }
    if (code == OMNI_REFUSED_BLOCKED) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "%s \"%.80s\" names nobody: it is a blocked value",
                          identifier.ns,
                          identifier.value != NULL ? identifier.value : "");
    }
    if (code != OMNI_REFUSED_NONE) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "value of %s %s",
                          identifier.ns, word_of((omni_refused_code)code));
    }
    out->ns = omni__arena_copy(arena, ns);
    out->value = omni__arena_copy(arena, out->value);
    if (out->ns.size == 0 || out->value.size == 0) {
        return omni__fail_memory(error);
    }
    out->token = omni__token_of(secret, out->ns, out->value);
    return OMNI_OK;
}
