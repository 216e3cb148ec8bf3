/* Names of kinds, equality and order of values, look-up of keys. */
#include "cel/decimal.h"

#include <math.h>

/* Values nest no deeper than the expressions that make them; those of a host
   are cut off here. */
#define DEPTH_MAX 200u

static const char *const names[OMNI__CEL_KINDS] = {
    [OMNI__CEL_ERROR] = "error",
    [OMNI__CEL_NULL] = "null_type",
    [OMNI__CEL_BOOL] = "bool",
    [OMNI__CEL_INT] = "int",
    [OMNI__CEL_UINT] = "uint",
    [OMNI__CEL_DOUBLE] = "double",
    [OMNI__CEL_STRING] = "string",
    [OMNI__CEL_BYTES] = "bytes",
    [OMNI__CEL_TIMESTAMP] = "google.protobuf.Timestamp",
    [OMNI__CEL_DURATION] = "google.protobuf.Duration",
    [OMNI__CEL_LIST] = "list",
    [OMNI__CEL_MAP] = "map",
    [OMNI__CEL_TYPE] = "type",
    [OMNI__CEL_OPTIONAL] = "optional_type",
    [OMNI__CEL_IP] = "net.IP",
    [OMNI__CEL_CIDR] = "net.CIDR",
    [OMNI__CEL_DECIMAL] = "decimal",
};

const char *
omni__cel_kind_name(omni__cel_kind kind)
{
    return (unsigned)kind < OMNI__CEL_KINDS ? names[kind] : "unknown";
}

static int
order_of(bool less, bool greater)
{
    return (int)greater - (int)less;
}

static uint64_t
magnitude_of(omni__cel_value value)
{
    if (value.kind == OMNI__CEL_UINT) {
        return value.as.natural;
    }
    return value.as.number < 0 ? UINT64_C(0) - (uint64_t)value.as.number
                               : (uint64_t)value.as.number;
}

static bool
is_negative(omni__cel_value value)
{
    return value.kind == OMNI__CEL_INT && value.as.number < 0;
}

/* Integers and decimals exactly; beside a double as doubles, which is how the
   language's own suite has it, but a decimal beside one that is a decimal. */
static bool
compare_numbers(omni__cel_value a, omni__cel_value b, int *order)
{
    omni__int128 x;
    omni__int128 y;
    if ((a.kind == OMNI__CEL_DECIMAL || b.kind == OMNI__CEL_DECIMAL) &&
        omni__cel_micro(a, &x) && omni__cel_micro(b, &y)) {
        *order = omni__int128_compare(x, y);
        return true;
    }
    if (a.kind == OMNI__CEL_DOUBLE || b.kind == OMNI__CEL_DOUBLE) {
        const double left = omni__cel_real(a);
        const double right = omni__cel_real(b);
        *order = order_of(left<right, left> right);
        return !isnan(left) && !isnan(right);
    }
    if (is_negative(a) != is_negative(b)) {
        *order = is_negative(a) ? -1 : 1;
        return true;
    }
    const uint64_t left = magnitude_of(a);
    const uint64_t right = magnitude_of(b);
    const int magnitudes = order_of(left<right, left> right);
    *order = is_negative(a) ? -magnitudes : magnitudes;
    return true;
}

bool
omni__cel_compare(omni__cel_value a, omni__cel_value b, int *order)
{
    if (a.kind == OMNI__CEL_INT && b.kind == OMNI__CEL_INT) {
        *order = order_of(a.as.number<b.as.number, a.as.number> b.as.number);
        return true;
    }
    if (omni__cel_is_number(a) && omni__cel_is_number(b)) {
        return compare_numbers(a, b, order);
    }
    if (a.kind != b.kind) {
        return false;
    }
    switch (a.kind) {
    case OMNI__CEL_BOOL:
        *order = (int)a.as.truth - (int)b.as.truth;
        return true;
    case OMNI__CEL_STRING:
    case OMNI__CEL_BYTES: {
        const int bytes =
            omni__slice_compare(omni__cel_slice(a), omni__cel_slice(b));
        *order = order_of(bytes<0, bytes> 0);
        return true;
    }
    case OMNI__CEL_DURATION:
        *order = order_of(a.as.number<b.as.number, a.as.number> b.as.number);
        return true;
    case OMNI__CEL_TIMESTAMP:
        *order = order_of(a.as.number<b.as.number, a.as.number> b.as.number);
        if (*order == 0) {
            *order = order_of(a.size<b.size, a.size> b.size);
        }
        return true;
    default:
        return false;
    }
}

/* IPv4 as IPv6 maps it, so that both forms of one address are equal. */
static void
widen(const omni__cel_net *net, uint8_t out[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (net->size == 16) {
        memcpy(out, net->bytes, 16);
    } else {
        memcpy(out, mapped, sizeof(mapped));
        memcpy(out + 12, net->bytes, 4);
    }
}

static bool
equal_nets(omni__cel_value a, omni__cel_value b)
{
    uint8_t left[16];
    uint8_t right[16];
    widen(a.as.net, left);
    widen(b.as.net, right);
    return memcmp(left, right, sizeof(left)) == 0 &&
           (a.kind == OMNI__CEL_IP || (a.as.net->prefix == b.as.net->prefix &&
                                       a.as.net->size == b.as.net->size));
}

static bool
equal_within(omni__cel_value a, omni__cel_value b, unsigned depth);

static bool
equal_maps(const omni__cel_map *a, const omni__cel_map *b, unsigned depth)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; ++i) {
        const omni__cel_value *other = omni__cel_find(b, a->entries[i].key);
        if (other == NULL ||
            !equal_within(a->entries[i].value, *other, depth)) {
            return false;
        }
    }
    return true;
}

static bool
equal_lists(omni__cel_value a, omni__cel_value b, unsigned depth)
{
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; ++i) {
        if (!equal_within(a.as.items[i], b.as.items[i], depth)) {
            return false;
        }
    }
    return true;
}

static bool
equal_within(omni__cel_value a, omni__cel_value b, unsigned depth)
{
    int order = 0;
    if (depth == 0) {
        return false;
    }
    if (omni__cel_is_number(a) && omni__cel_is_number(b)) {
        return compare_numbers(a, b, &order) && order == 0;
    }
    if (a.kind != b.kind) {
        return false;
    }
    switch (a.kind) {
    case OMNI__CEL_NULL:
        return true;
    case OMNI__CEL_TYPE:
        return a.size == b.size;
    case OMNI__CEL_LIST:
        return equal_lists(a, b, depth - 1);
    case OMNI__CEL_MAP:
        return equal_maps(a.as.map, b.as.map, depth - 1);
    case OMNI__CEL_OPTIONAL:
        if (a.as.items == NULL || b.as.items == NULL) {
            return a.as.items == b.as.items;
        }
        return equal_within(*a.as.items, *b.as.items, depth - 1);
    case OMNI__CEL_IP:
    case OMNI__CEL_CIDR:
        return equal_nets(a, b);
    default:
        return omni__cel_compare(a, b, &order) && order == 0;
    }
}

bool
omni__cel_equal(omni__cel_value a, omni__cel_value b)
{
    if (a.kind == OMNI__CEL_STRING && b.kind == OMNI__CEL_STRING) {
        return omni__slice_equal(omni__cel_slice(a), omni__cel_slice(b));
    }
    return equal_within(a, b, DEPTH_MAX);
}

const omni__cel_value *
omni__cel_find(const omni__cel_map *map, omni__cel_value key)
{
    for (size_t i = 0; i < map->count; ++i) {
        const omni__cel_value *own = &map->entries[i].key;
        if (key.kind == OMNI__CEL_STRING
                ? own->kind == OMNI__CEL_STRING &&
                      omni__slice_equal(omni__cel_slice(*own),
                                        omni__cel_slice(key))
                : omni__cel_equal(*own, key)) {
            return &map->entries[i].value;
        }
    }
    return NULL;
}
