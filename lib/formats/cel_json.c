/* {"int64Value":"1"}, {"listValue":{"values":[…]}}, …: numbers of 64 bits are
   text, bytes are base64. */
#include "formats/cel_json.h"

#include "cel/network.h"
#include "cel/number.h"
#include "cel/strings.h"
#include "cel/time.h"
#include "codec/decimal.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>

#define TYPE_PREFIX "type.googleapis.com/"
#define TIMESTAMP TYPE_PREFIX "google.protobuf.Timestamp"
#define DURATION TYPE_PREFIX "google.protobuf.Duration"

typedef struct reader {
    omni__arena *arena;
    const char *why;
} reader;

static bool
refuse(reader *r, const char *why)
{
    r->why = why;
    return false;
}

/* 64-bit numbers come as text or as numbers. */
static bool
is_number_text(const omni__json *json)
{
    return json != NULL &&
           (json->type == OMNI__JSON_STRING || json->type == OMNI__JSON_NUMBER);
}

static bool
read_bytes(reader *r, const omni__json *json, omni__cel_value *out)
{
    size_t size = 0;
    uint8_t *bytes = omni__arena_get(r->arena, json->text.size + 1);
    if (bytes == NULL) {
        return refuse(r, NULL);
    }
    if (sodium_base642bin(bytes, json->text.size + 1,
                          (const char *)json->text.data, json->text.size, NULL,
                          &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return refuse(r, "bytesValue is base64");
    }
    *out = omni__cel_bytes(omni__slice_of(bytes, size));
    return true;
}

static bool
read_value(reader *r, const omni__json *json, omni__cel_value *out);

static bool
read_list(reader *r, const omni__json *json, omni__cel_value *out)
{
    const omni__json *values = omni__json_get(json, "values");
    const size_t count = values != NULL ? values->count : 0;
    omni__cel_value *items =
        omni__arena_get(r->arena, (count + 1) * sizeof(items[0]));
    if (items == NULL) {
        return refuse(r, NULL);
    }
    for (size_t i = 0; i < count; ++i) {
        if (!read_value(r, &values->items[i], &items[i])) {
            return false;
        }
    }
    *out = omni__cel_list(items, count);
    return true;
}

static bool
read_map(reader *r, const omni__json *json, omni__cel_value *out)
{
    const omni__json *all = omni__json_get(json, "entries");
    const size_t count = all != NULL ? all->count : 0;
    omni__cel_map *map = omni__arena_get(r->arena, sizeof(*map));
    omni__cel_entry *entries =
        omni__arena_get(r->arena, (count + 1) * sizeof(entries[0]));
    if (map == NULL || entries == NULL) {
        return refuse(r, NULL);
    }
    for (size_t i = 0; i < count; ++i) {
        const omni__json *key = omni__json_get(&all->items[i], "key");
        const omni__json *value = omni__json_get(&all->items[i], "value");
        if (key == NULL || value == NULL) {
            return refuse(r, "an entry has a key and a value");
        }
        if (!read_value(r, key, &entries[i].key) ||
            !read_value(r, value, &entries[i].value)) {
            return false;
        }
    }
    *map = (omni__cel_map){.entries = entries, .count = count};
    *out = (omni__cel_value){.kind = OMNI__CEL_MAP, .as.map = map};
    return true;
}

static bool
read_object(reader *r, const omni__json *json, omni__cel_value *out)
{
    const omni__json *type = omni__json_get(json, "@type");
    const omni__json *whole = omni__json_get(json, "seconds");
    const omni__json *part = omni__json_get(json, "nanos");
    int64_t seconds = 0;
    int64_t nanos = 0;
    if ((whole != NULL && (!is_number_text(whole) ||
                           !omni__cel_int_parse(whole->text, &seconds))) ||
        (part != NULL &&
         (!is_number_text(part) || !omni__cel_int_parse(part->text, &nanos))) ||
        nanos <= -1000000000 || nanos >= 1000000000) {
        return refuse(r, "seconds and nanos are numbers");
    }
    if (type != NULL &&
        omni__slice_equal(type->text, omni__slice_text(TIMESTAMP))) {
        *out = omni__cel_timestamp(seconds, (uint32_t)nanos);
        return (seconds >= OMNI__CEL_TIME_MIN && nanos >= 0 &&
                seconds < OMNI__CEL_TIME_END) ||
               refuse(r, "a timestamp is out of range");
    }
    if (type != NULL &&
        omni__slice_equal(type->text, omni__slice_text(DURATION))) {
        int64_t all;
        if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &all) ||
            __builtin_add_overflow(all, nanos, &all)) {
            return refuse(r, "a duration is out of range");
        }
        *out = omni__cel_duration(all);
        return true;
    }
    return refuse(r, "objectValue is a Timestamp or a Duration");
}

static bool
read_double(reader *r, const omni__json *json, omni__cel_value *out)
{
    double real;
    if (!is_number_text(json) || !omni__cel_double_parse(json->text, &real)) {
        return refuse(r, "doubleValue is a number, \"NaN\" or \"Infinity\"");
    }
    *out = omni__cel_double(real);
    return true;
}

static bool
read_type(reader *r, const omni__json *json, omni__cel_value *out)
{
    for (unsigned kind = OMNI__CEL_NULL; kind < OMNI__CEL_KINDS; ++kind) {
        if (omni__slice_equal(json->text, omni__slice_text(omni__cel_kind_name(
                                              (omni__cel_kind)kind)))) {
            *out = omni__cel_type((omni__cel_kind)kind);
            return true;
        }
    }
    return refuse(r, "no such type");
}

static bool
read_value(reader *r, const omni__json *json, omni__cel_value *out)
{
    int64_t number;
    uint64_t natural;
    if (json->type != OMNI__JSON_OBJECT || json->count != 1) {
        return refuse(r, "a value is an object of one member");
    }
    const omni__json *inner = &json->items[0];
    const omni__slice key = inner->key;
#define IS(name) omni__slice_equal(key, omni__slice_text(name))
    if (IS("nullValue")) {
        *out = omni__cel_null();
        return true;
    }
    if (IS("boolValue")) {
        *out = omni__cel_bool(inner->type == OMNI__JSON_TRUE);
        return true;
    }
    if (IS("int64Value") && is_number_text(inner)) {
        if (!omni__cel_int_parse(inner->text, &number)) {
            return refuse(r, "int64Value is a number of 64 bits");
        }
        *out = omni__cel_int(number);
        return true;
    }
    if (IS("uint64Value") && is_number_text(inner)) {
        if (!omni__cel_uint_parse(inner->text, &natural)) {
            return refuse(r, "uint64Value is a number of 64 bits");
        }
        *out = omni__cel_uint(natural);
        return true;
    }
    if (IS("stringValue") && inner->type == OMNI__JSON_STRING) {
        *out = omni__cel_text(inner->text);
        return true;
    }
    if (IS("bytesValue") && inner->type == OMNI__JSON_STRING) {
        return read_bytes(r, inner, out);
    }
    if (IS("doubleValue")) {
        return read_double(r, inner, out);
    }
    if (IS("decimalValue") && is_number_text(inner)) {
        omni__int128 *micro = omni__arena_get(r->arena, sizeof(*micro));
        if (micro == NULL) {
            return refuse(r, NULL);
        }
        *out = (omni__cel_value){.kind = OMNI__CEL_DECIMAL, .as.micro = micro};
        return omni__decimal_micro(inner->text, micro) ||
               refuse(r, "decimalValue is a number of 128 bits of millionths");
    }
    if (IS("listValue")) {
        return read_list(r, inner, out);
    }
    if (IS("mapValue")) {
        return read_map(r, inner, out);
    }
    if (IS("objectValue")) {
        return read_object(r, inner, out);
    }
    if (IS("typeValue") && inner->type == OMNI__JSON_STRING) {
        return read_type(r, inner, out);
    }
#undef IS
    return refuse(r, "no such kind of value");
}

bool
omni__cel_json_read(const omni__json *json, omni__arena *arena,
                    omni__cel_value *out, const char **why)
{
    reader r = {.arena = arena};
    const bool sound = read_value(&r, json, out);
    *why = r.why;
    return sound;
}

static void
write_member(const char *name, const char *text, bool quoted, omni__buffer *out)
{
    omni__buffer_text(out, "{\"");
    omni__buffer_text(out, name);
    omni__buffer_text(out, quoted ? "\":\"" : "\":");
    omni__buffer_text(out, text);
    omni__buffer_text(out, quoted ? "\"}" : "}");
}

static void
write_bytes(omni__slice bytes, omni__buffer *out)
{
    omni__buffer_text(out, "{\"bytesValue\":\"");
    omni__cel_put_base64(out, bytes);
    omni__buffer_text(out, "\"}");
}

static void
write_double(double real, omni__buffer *out)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    const size_t size = omni__cel_double_format(real, text);
    if (isfinite(real) && strpbrk(text, ".e") == NULL) {
        memcpy(text + size, ".0", 3);
    }
    write_member("doubleValue", text, !isfinite(real), out);
}

static void
write_time(omni__cel_value value, omni__buffer *out)
{
    const bool instant = value.kind == OMNI__CEL_TIMESTAMP;
    char text[160];
    const int64_t seconds =
        instant ? value.as.number : value.as.number / 1000000000;
    const int64_t nanos =
        instant ? (int64_t)value.size : value.as.number % 1000000000;
    snprintf(text, sizeof(text),
             "{\"@type\":\"%s\",\"nanos\":%lld,\"seconds\":\"%lld\"}",
             instant ? TIMESTAMP : DURATION, (long long)nanos,
             (long long)seconds);
    write_member("objectValue", text, false, out);
}

static void
write_items(omni__cel_value list, omni__buffer *out)
{
    omni__buffer_text(out, "{\"listValue\":{\"values\":[");
    for (uint32_t i = 0; i < list.size; ++i) {
        if (i != 0) {
            omni__buffer_byte(out, ',');
        }
        omni__cel_json_write(list.as.items[i], out);
    }
    omni__buffer_text(out, "]}}");
}

static void
write_entries(const omni__cel_map *map, omni__buffer *out)
{
    omni__buffer_text(out, "{\"mapValue\":{\"entries\":[");
    for (size_t i = 0; i < map->count; ++i) {
        omni__buffer_text(out, i == 0 ? "{\"key\":" : ",{\"key\":");
        omni__cel_json_write(map->entries[i].key, out);
        omni__buffer_text(out, ",\"value\":");
        omni__cel_json_write(map->entries[i].value, out);
        omni__buffer_byte(out, '}');
    }
    omni__buffer_text(out, "]}}");
}

/* What has no form of its own: its text, under its type's name. */
static void
write_other(omni__cel_value value, omni__buffer *out)
{
    omni__buffer_text(out, "{\"objectValue\":{\"@type\":\"" TYPE_PREFIX);
    omni__buffer_text(out, omni__cel_kind_name((omni__cel_kind)value.kind));
    omni__buffer_text(out, "\",\"value\":");
    if (value.kind == OMNI__CEL_OPTIONAL) {
        if (value.as.items == NULL) {
            omni__buffer_text(out, "null");
        } else {
            omni__cel_json_write(*value.as.items, out);
        }
    } else {
        omni__buffer_byte(out, '"');
        omni__cel_put_value(out, value);
        omni__buffer_byte(out, '"');
    }
    omni__buffer_text(out, "}}");
}

void
omni__cel_json_write(omni__cel_value value, omni__buffer *out)
{
    char text[OMNI__DECIMAL_TEXT];
    switch (value.kind) {
    case OMNI__CEL_NULL:
        write_member("nullValue", "null", false, out);
        break;
    case OMNI__CEL_BOOL:
        write_member("boolValue", value.as.truth ? "true" : "false", false,
                     out);
        break;
    case OMNI__CEL_INT:
        snprintf(text, sizeof(text), "%lld", (long long)value.as.number);
        write_member("int64Value", text, true, out);
        break;
    case OMNI__CEL_UINT:
        snprintf(text, sizeof(text), "%llu",
                 (unsigned long long)value.as.natural);
        write_member("uint64Value", text, true, out);
        break;
    case OMNI__CEL_DECIMAL:
        omni__decimal_format(*value.as.micro, text);
        write_member("decimalValue", text, true, out);
        break;
    case OMNI__CEL_DOUBLE:
        write_double(value.as.real, out);
        break;
    case OMNI__CEL_STRING:
        omni__buffer_text(out, "{\"stringValue\":");
        omni__json_write_text(omni__cel_slice(value), out);
        omni__buffer_byte(out, '}');
        break;
    case OMNI__CEL_BYTES:
        write_bytes(omni__cel_slice(value), out);
        break;
    case OMNI__CEL_TYPE:
        write_member("typeValue",
                     omni__cel_kind_name((omni__cel_kind)value.size), true,
                     out);
        break;
    case OMNI__CEL_TIMESTAMP:
    case OMNI__CEL_DURATION:
        write_time(value, out);
        break;
    case OMNI__CEL_LIST:
        write_items(value, out);
        break;
    case OMNI__CEL_MAP:
        write_entries(value.as.map, out);
        break;
    default:
        write_other(value, out);
        break;
    }
}
