/* Canonical JSON as values of expressions. It nests no deeper than what may be
   stored (OMNI_LIMIT_JSON_DEPTH). */
#include "cel/number.h"
#include "codec/decimal.h"
#include "codec/json.h"
#include "omni/limits.h"
#include "segments/functions.h"

static omni__cel_value
value_of(omni__cel_run *run, omni__slice json, unsigned depth);

static omni__cel_value
number_of(omni__cel_run *run, omni__slice json)
{
    int64_t whole;
    double real = 0;
    omni__int128 micro;
    const uint8_t *point = memchr(json.data, '.', json.size);
    if (point == NULL && omni__cel_int_parse(json, &whole)) {
        return omni__cel_int(whole);
    }
    if (memchr(json.data, 'e', json.size) == NULL &&
        (point == NULL || json.data + json.size - point <= 7) &&
        omni__decimal_micro(json, &micro)) {
        return omni__cel_run_decimal(run, micro);
    }
    (void)omni__cel_double_parse(json, &real);
    return omni__cel_double(real);
}

static omni__cel_value
text_of(omni__cel_run *run, omni__slice json)
{
    if (memchr(json.data, '\\', json.size) == NULL) {
        return omni__cel_text(omni__slice_of(json.data + 1, json.size - 2));
    }
    omni__buffer text;
    omni__buffer_init(&text, run->arena->alloc);
    (void)omni__json_unescape(json, &text);
    return omni__cel_run_take(run, &text, OMNI__CEL_STRING);
}

omni__cel_value
omni__evaluation_map(omni__cel_run *run, const omni__cel_entry *entries,
                     size_t count)
{
    omni__cel_map *map = omni__arena_get(run->arena, sizeof(*map));
    if (map == NULL) {
        return omni__cel_run_memory(run);
    }
    *map = (omni__cel_map){.entries = entries, .count = count};
    return (omni__cel_value){.kind = OMNI__CEL_MAP, .as.map = map};
}

/* A list, or a map of the keys and values that stand in turn. */
static omni__cel_value
container_of(omni__cel_run *run, omni__slice json, unsigned depth)
{
    const bool object = json.data[0] == '{';
    size_t count = 0;
    size_t at = 0;
    omni__slice key;
    omni__slice item;
    while (omni__json_each(json, &at, &key, &item)) {
        count += object ? 2 : 1;
    }
    omni__cel_value *values =
        omni__arena_get(run->arena, (count + 1) * sizeof(values[0]));
    if (values == NULL) {
        return omni__cel_run_memory(run);
    }
    at = 0;
    for (size_t i = 0; omni__json_each(json, &at, &key, &item);) {
        if (object) {
            values[i++] =
                text_of(run, omni__slice_of(key.data - 1, key.size + 2));
        }
        values[i++] = value_of(run, item, depth - 1);
        if (omni__cel_is_error(values[i - 1])) {
            return values[i - 1];
        }
    }
    if (!object) {
        return omni__cel_list(values, count);
    }
    omni__cel_entry *entries =
        omni__arena_get(run->arena, (count / 2 + 1) * sizeof(entries[0]));
    if (entries == NULL) {
        return omni__cel_run_memory(run);
    }
    for (size_t i = 0; i < count; i += 2) {
        entries[i / 2] =
            (omni__cel_entry){.key = values[i], .value = values[i + 1]};
    }
    return omni__evaluation_map(run, entries, count / 2);
}

static omni__cel_value
value_of(omni__cel_run *run, omni__slice json, unsigned depth)
{
    if (!omni__cel_run_steps(run, 1) || depth == 0) {
        return omni__cel_run_exhausted(run);
    }
    switch (json.size != 0 ? json.data[0] : 'n') {
    case 'n':
        return omni__cel_null();
    case 't':
    case 'f':
        return omni__cel_bool(json.data[0] == 't');
    case '"':
        return text_of(run, json);
    case '{':
    case '[':
        return container_of(run, json, depth);
    default:
        return number_of(run, json);
    }
}

omni__cel_value
omni__evaluation_json(omni__cel_run *run, omni__slice json)
{
    return value_of(run, json, OMNI_LIMIT_JSON_DEPTH + 2);
}
