/* Equality, order and arithmetic as langdef.md has them, by hand. */
#include "support/cel_naive_value.h"

#include <math.h>

bool
naive_less(naive a, naive b, bool *can)
{
    *can = true;
    if (number(a) && number(b)) {
        if (a.kind == OMNI__CEL_DOUBLE || b.kind == OMNI__CEL_DOUBLE) {
            return as_real(a) < as_real(b);
        }
        if (a.kind == b.kind) {
            return a.kind == OMNI__CEL_INT ? a.number < b.number
                                           : a.natural < b.natural;
        }
        return a.kind == OMNI__CEL_INT
                   ? a.number < 0 || (uint64_t)a.number < b.natural
                   : b.number >= 0 && a.natural < (uint64_t)b.number;
    }
    if (a.kind == OMNI__CEL_BOOL && b.kind == OMNI__CEL_BOOL) {
        return !a.truth && b.truth;
    }
    *can = a.kind == OMNI__CEL_STRING && b.kind == OMNI__CEL_STRING;
    return *can && omni__slice_compare(a.text, b.text) < 0;
}

bool
naive_equal(naive a, naive b)
{
    bool can;
    if (number(a) && number(b)) {
        return !naive_less(a, b, &can) && !naive_less(b, a, &can) &&
               !isnan(as_real(a)) && !isnan(as_real(b));
    }
    bool same = a.kind == b.kind && a.count == b.count;
    switch (a.kind) {
    case OMNI__CEL_BOOL:
        return same && a.truth == b.truth;
    case OMNI__CEL_STRING:
        return same && omni__slice_equal(a.text, b.text);
    case OMNI__CEL_TYPE:
        return same && a.number == b.number;
    case OMNI__CEL_MAP:
        for (size_t i = 0; same && i < a.count; i += 2) {
            const naive *other = naive_look_up(b, a.items[i]);
            same = other != NULL && naive_equal(a.items[i + 1], *other);
        }
        return same;
    default:
        for (size_t i = 0; same && i < a.count; ++i) {
            same = naive_equal(a.items[i], b.items[i]);
        }
        return same;
    }
}

const naive *
naive_look_up(naive map, naive key)
{
    for (size_t i = 0; i < map.count; i += 2) {
        if (naive_equal(map.items[i], key)) {
            return &map.items[i + 1];
        }
    }
    return NULL;
}

/* Division truncates; what does not fit is an error. */
static naive
integers(omni__cel_op op, int64_t a, int64_t b)
{
    const bool opposite = a == INT64_MIN && b == -1;
    switch (op) {
    case OMNI__CEL_ADD:
        return b > 0 ? (a > INT64_MAX - b ? error : integer(a + b))
                     : (a < INT64_MIN - b ? error : integer(a + b));
    case OMNI__CEL_SUBTRACT:
        return b < 0 ? (a > INT64_MAX + b ? error : integer(a - b))
                     : (a < INT64_MIN + b ? error : integer(a - b));
    case OMNI__CEL_MULTIPLY: {
        const uint64_t product = (uint64_t)a * (uint64_t)b;
        const bool wrong = opposite || (b == INT64_MIN && a == -1) ||
                           (a != 0 && (int64_t)product / a != b);
        return wrong ? error : integer((int64_t)product);
    }
    default:
        return b == 0 || opposite
                   ? error
                   : integer(op == OMNI__CEL_DIVIDE ? a / b : a % b);
    }
}

static naive
naturals(omni__cel_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OMNI__CEL_ADD:
        return a + b < a ? error : natural(a + b);
    case OMNI__CEL_SUBTRACT:
        return b > a ? error : natural(a - b);
    case OMNI__CEL_MULTIPLY:
        return a != 0 && b > UINT64_MAX / a ? error : natural(a * b);
    default:
        return b == 0 ? error : natural(op == OMNI__CEL_DIVIDE ? a / b : a % b);
    }
}

static naive
reals(omni__cel_op op, double a, double b)
{
    switch (op) {
    case OMNI__CEL_ADD:
        return real(a + b);
    case OMNI__CEL_SUBTRACT:
        return real(a - b);
    case OMNI__CEL_MULTIPLY:
        return real(a * b);
    default:
        return op == OMNI__CEL_DIVIDE ? real(a / b) : error;
    }
}

naive
naive_joined(const walker *w, naive a, naive b)
{
    if (a.kind == OMNI__CEL_LIST) {
        naive out = items(w, OMNI__CEL_LIST, a.count + b.count);
        for (size_t i = 0; i < a.count + b.count; ++i) {
            put(&out, i < a.count ? a.items[i] : b.items[i - a.count]);
        }
        return out;
    }
    uint8_t *bytes = omni__arena_zero(w->arena, a.text.size + b.text.size + 1);
    for (size_t i = 0; i < a.text.size + b.text.size; ++i) {
        bytes[i] =
            i < a.text.size ? a.text.data[i] : b.text.data[i - a.text.size];
    }
    return text(omni__slice_of(bytes, a.text.size + b.text.size));
}

naive
naive_operate(const walker *w, omni__cel_op op, naive a, naive b)
{
    bool can;
    const bool before = naive_less(a, b, &can);
    const bool behind = naive_less(b, a, &can);
    const bool nan = (a.kind == OMNI__CEL_DOUBLE && isnan(a.real)) ||
                     (b.kind == OMNI__CEL_DOUBLE && isnan(b.real));
    switch (op) {
    case OMNI__CEL_EQUAL:
        return truth(naive_equal(a, b));
    case OMNI__CEL_UNEQUAL:
        return truth(!naive_equal(a, b));
    case OMNI__CEL_LESS:
        return can || nan ? truth(before) : error;
    case OMNI__CEL_GREATER:
        return can || nan ? truth(behind) : error;
    case OMNI__CEL_LESS_EQUAL:
        return can || nan ? truth(!behind && !nan) : error;
    case OMNI__CEL_GREATER_EQUAL:
        return can || nan ? truth(!before && !nan) : error;
    case OMNI__CEL_IN:
        if (b.kind == OMNI__CEL_MAP) {
            return truth(naive_look_up(b, a) != NULL);
        }
        for (size_t i = 0; b.kind == OMNI__CEL_LIST && i < b.count; ++i) {
            if (naive_equal(a, b.items[i])) {
                return truth(true);
            }
        }
        return b.kind == OMNI__CEL_LIST ? truth(false) : error;
    default:
        break;
    }
    if (a.kind != b.kind) {
        return error;
    }
    switch (a.kind) {
    case OMNI__CEL_INT:
        return integers(op, a.number, b.number);
    case OMNI__CEL_UINT:
        return naturals(op, a.natural, b.natural);
    case OMNI__CEL_DOUBLE:
        return reals(op, a.real, b.real);
    case OMNI__CEL_STRING:
    case OMNI__CEL_LIST:
        return op == OMNI__CEL_ADD ? naive_joined(w, a, b) : error;
    default:
        return error;
    }
}

/* a[key]: an item of a list by a whole number, a value of a map by its key. */
static naive
at(naive a, naive key)
{
    if (a.kind == OMNI__CEL_MAP) {
        const bool may = number(key) || key.kind == OMNI__CEL_BOOL ||
                         key.kind == OMNI__CEL_STRING;
        const naive *value = may ? naive_look_up(a, key) : NULL;
        return value != NULL ? *value : error;
    }
    for (size_t i = 0; a.kind == OMNI__CEL_LIST && i < a.count; ++i) {
        if (number(key) && naive_equal(key, natural(i))) {
            return a.items[i];
        }
    }
    return error;
}

naive
naive_part(const walker *w, naive a, naive key, bool question)
{
    if (a.kind == OMNI__CEL_OPTIONAL) {
        if (a.count == 0) {
            return a;
        }
        a = a.items[0];
        question = true;
    }
    const naive value = at(a, key);
    const bool container = a.kind == OMNI__CEL_MAP || a.kind == OMNI__CEL_LIST;
    if (!question) {
        return value;
    }
    return value.kind == OMNI__CEL_ERROR && container
               ? items(w, OMNI__CEL_OPTIONAL, 0)
               : some(w, value);
}

naive
naive_of(omni__cel_value value, omni__arena *arena)
{
    const walker w = {.arena = arena};
    naive out = {.kind = (omni__cel_kind)value.kind};
    switch (value.kind) {
    case OMNI__CEL_BOOL:
        return truth(value.as.truth);
    case OMNI__CEL_INT:
        return integer(value.as.number);
    case OMNI__CEL_UINT:
        return natural(value.as.natural);
    case OMNI__CEL_DOUBLE:
        return real(value.as.real);
    case OMNI__CEL_STRING:
        return text(omni__cel_slice(value));
    case OMNI__CEL_TYPE:
        out.number = value.size;
        return out;
    case OMNI__CEL_LIST:
    case OMNI__CEL_OPTIONAL: {
        const size_t count =
            value.kind == OMNI__CEL_LIST ? value.size : value.as.items != NULL;
        out = items(&w, (omni__cel_kind)value.kind, count);
        for (size_t i = 0; i < count; ++i) {
            put(&out, naive_of(value.as.items[i], arena));
        }
        return out;
    }
    case OMNI__CEL_MAP:
        out = items(&w, OMNI__CEL_MAP, 2 * value.as.map->count);
        for (size_t i = 0; i < value.as.map->count; ++i) {
            put(&out, naive_of(value.as.map->entries[i].key, arena));
            put(&out, naive_of(value.as.map->entries[i].value, arena));
        }
        return out;
    default:
        return out;
    }
}

/* The same kind, the same bits: 0 is not -0, NaN is NaN. */
static bool
alike(naive a, naive b)
{
    bool same = a.kind == b.kind && a.count == b.count && a.truth == b.truth &&
                a.number == b.number && a.natural == b.natural &&
                omni__slice_equal(a.text, b.text) &&
                (isnan(a.real)
                     ? isnan(b.real)
                     : a.real == b.real && signbit(a.real) == signbit(b.real));
    for (size_t i = 0; same && i < a.count; ++i) {
        same = alike(a.items[i], b.items[i]);
    }
    return same;
}

bool
naive_same(naive a, omni__cel_value b, omni__arena *arena)
{
    return alike(a, naive_of(b, arena));
}
