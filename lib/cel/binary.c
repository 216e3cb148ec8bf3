/* Operators on two values, exact about overflow (langdef.md, "Overflow"), and
   indices. */
#include "cel/decimal.h"
#include "cel/linear.h"

#include <math.h>

const char *
omni__cel_op_mark(omni__cel_op op)
{
    static const char marks[][3] = {
        "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in"};
    return marks[op];
}

static omni__cel_value
no_overload(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
            omni__cel_value b)
{
    return omni__cel_run_error(run, "no such overload: %s %s %s",
                               omni__cel_kind_name((omni__cel_kind)a.kind),
                               omni__cel_op_mark(op),
                               omni__cel_kind_name((omni__cel_kind)b.kind));
}

static omni__cel_value
overflow(omni__cel_run *run)
{
    return omni__cel_run_error(run, "the result is out of range");
}

static omni__cel_value
add_ints(omni__cel_run *run, omni__cel_op op, int64_t a, int64_t b)
{
    int64_t out = 0;
    bool over = false;
    switch (op) {
    case OMNI__CEL_ADD:
        over = __builtin_add_overflow(a, b, &out);
        break;
    case OMNI__CEL_SUBTRACT:
        over = __builtin_sub_overflow(a, b, &out);
        break;
    case OMNI__CEL_MULTIPLY:
        over = __builtin_mul_overflow(a, b, &out);
        break;
    default:
        if (b == 0) {
            return omni__cel_run_error(run, "divided by zero");
        }
        over = a == INT64_MIN && b == -1;
        if (!over) {
            out = op == OMNI__CEL_DIVIDE ? a / b : a % b;
        }
        break;
    }
    return over ? overflow(run) : omni__cel_int(out);
}

static omni__cel_value
add_uints(omni__cel_run *run, omni__cel_op op, uint64_t a, uint64_t b)
{
    uint64_t out = 0;
    bool over = false;
    switch (op) {
    case OMNI__CEL_ADD:
        over = __builtin_add_overflow(a, b, &out);
        break;
    case OMNI__CEL_SUBTRACT:
        over = __builtin_sub_overflow(a, b, &out);
        break;
    case OMNI__CEL_MULTIPLY:
        over = __builtin_mul_overflow(a, b, &out);
        break;
    default:
        if (b == 0) {
            return omni__cel_run_error(run, "divided by zero");
        }
        out = op == OMNI__CEL_DIVIDE ? a / b : a % b;
        break;
    }
    return over ? overflow(run) : omni__cel_uint(out);
}

static omni__cel_value
join_bytes(omni__cel_run *run, omni__cel_value a, omni__cel_value b)
{
    const size_t size = (size_t)a.size + b.size;
    if (!omni__cel_run_steps(run, size / 16) || size > UINT32_MAX) {
        return omni__cel_run_exhausted(run);
    }
    uint8_t *bytes = omni__arena_get(run->arena, size + 1);
    if (bytes == NULL) {
        return omni__cel_run_memory(run);
    }
    if (a.size != 0) {
        memcpy(bytes, a.as.bytes, a.size);
    }
    if (b.size != 0) {
        memcpy(bytes + a.size, b.as.bytes, b.size);
    }
    a.as.bytes = bytes;
    a.size = (uint32_t)size;
    return a;
}

static omni__cel_value
join_lists(omni__cel_run *run, omni__cel_value a, omni__cel_value b)
{
    const size_t count = (size_t)a.size + b.size;
    if (!omni__cel_run_steps(run, count) || count > UINT32_MAX) {
        return omni__cel_run_exhausted(run);
    }
    omni__cel_value *items =
        omni__arena_get(run->arena, (count + 1) * sizeof(items[0]));
    if (items == NULL) {
        return omni__cel_run_memory(run);
    }
    if (a.size != 0) {
        memcpy(items, a.as.items, a.size * sizeof(items[0]));
    }
    if (b.size != 0) {
        memcpy(items + a.size, b.as.items, b.size * sizeof(items[0]));
    }
    a.slope |= b.slope;
    a.size = (uint32_t)count;
    a.as.items = items;
    return a;
}

static omni__cel_value
add_times(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
          omni__cel_value b)
{
    const bool subtract = op == OMNI__CEL_SUBTRACT;
    const unsigned instants = (unsigned)(a.kind == OMNI__CEL_TIMESTAMP) +
                              (unsigned)(b.kind == OMNI__CEL_TIMESTAMP);
    const unsigned spans = (unsigned)(a.kind == OMNI__CEL_DURATION) +
                           (unsigned)(b.kind == OMNI__CEL_DURATION);
    if (instants + spans != 2 || (instants == 2 && !subtract) ||
        (instants == 1 && subtract && b.kind == OMNI__CEL_TIMESTAMP)) {
        return no_overload(run, op, a, b);
    }
    return omni__cel_linear_add(
        run, subtract, instants == 1 ? OMNI__CEL_TIMESTAMP : OMNI__CEL_DURATION,
        a, b);
}

static omni__cel_value
arithmetic(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
           omni__cel_value b)
{
    if (a.kind == b.kind) {
        switch (a.kind) {
        case OMNI__CEL_INT:
            return add_ints(run, op, a.as.number, b.as.number);
        case OMNI__CEL_UINT:
            return add_uints(run, op, a.as.natural, b.as.natural);
        case OMNI__CEL_DOUBLE:
            return op == OMNI__CEL_MODULO
                       ? no_overload(run, op, a, b)
                       : omni__cel_double_binary(op, a.as.real, b.as.real);
        case OMNI__CEL_STRING:
        case OMNI__CEL_BYTES:
            return op == OMNI__CEL_ADD ? join_bytes(run, a, b)
                                       : no_overload(run, op, a, b);
        case OMNI__CEL_LIST:
            return op == OMNI__CEL_ADD ? join_lists(run, a, b)
                                       : no_overload(run, op, a, b);
        default:
            break;
        }
    }
    if ((a.kind == OMNI__CEL_DECIMAL || b.kind == OMNI__CEL_DECIMAL) &&
        omni__cel_is_number(a) && omni__cel_is_number(b) &&
        op != OMNI__CEL_MODULO) {
        return omni__cel_decimal_binary(run, op, a, b);
    }
    return op == OMNI__CEL_ADD || op == OMNI__CEL_SUBTRACT
               ? add_times(run, op, a, b)
               : no_overload(run, op, a, b);
}

static omni__cel_value
relation(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
         omni__cel_value b)
{
    int order = 0;
    if (!omni__cel_compare(a, b, &order)) {
        const bool numbers = (a.kind == OMNI__CEL_DOUBLE && isnan(a.as.real)) ||
                             (b.kind == OMNI__CEL_DOUBLE && isnan(b.as.real));
        return numbers ? omni__cel_bool(false) : no_overload(run, op, a, b);
    }
    switch (op) {
    case OMNI__CEL_LESS:
        return omni__cel_bool(order < 0);
    case OMNI__CEL_LESS_EQUAL:
        return omni__cel_bool(order <= 0);
    case OMNI__CEL_GREATER:
        return omni__cel_bool(order > 0);
    default:
        return omni__cel_bool(order >= 0);
    }
}

static omni__cel_value
is_in(omni__cel_run *run, omni__cel_value a, omni__cel_value b)
{
    const omni__cel_held before = omni__cel_run_held(run);
    omni__cel_held all = before;
    if (b.kind == OMNI__CEL_MAP) {
        a = omni__cel_settled(run, a);
        if (omni__cel_is_error(a)) {
            return a;
        }
        return omni__cel_run_steps(run, b.as.map->count / 4)
                   ? omni__cel_bool(omni__cel_find(b.as.map, a) != NULL)
                   : omni__cel_run_exhausted(run);
    }
    if (b.kind != OMNI__CEL_LIST) {
        return no_overload(run, OMNI__CEL_IN, a, b);
    }
    if (!omni__cel_run_steps(run, b.size / 4)) {
        return omni__cel_run_exhausted(run);
    }
    for (uint32_t i = 0; i < b.size; ++i) {
        if (omni__cel_moving_equal(run, a, b.as.items[i])) {
            return omni__cel_bool(true);
        }
        omni__cel_run_back(run, &before, &all);
    }
    omni__cel_run_set(run, &all);
    return run->steps != 0 ? omni__cel_bool(false)
                           : omni__cel_run_exhausted(run);
}

static bool
is_time(omni__cel_value value)
{
    return value.kind == OMNI__CEL_TIMESTAMP ||
           value.kind == OMNI__CEL_DURATION;
}

/* What moves: arithmetic knows how of times, lists and, here, ints. */
static omni__cel_value
moving_arithmetic(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                  omni__cel_value b)
{
    if (a.kind == OMNI__CEL_INT && b.kind == OMNI__CEL_INT) {
        return omni__cel_moving_arithmetic(
            run, op, a, b, add_ints(run, op, a.as.number, b.as.number));
    }
    if (!(is_time(a) && is_time(b)) &&
        !(a.kind == OMNI__CEL_LIST && b.kind == OMNI__CEL_LIST)) {
        a = omni__cel_settled(run, a);
        b = omni__cel_settled(run, b);
    }
    return omni__cel_is_error(a)   ? a
           : omni__cel_is_error(b) ? b
                                   : arithmetic(run, op, a, b);
}

omni__cel_value
omni__cel_binary(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                 omni__cel_value b)
{
    const bool moves = (a.slope | b.slope) != 0;
    bool equal;
    switch (op) {
    case OMNI__CEL_EQUAL:
    case OMNI__CEL_UNEQUAL:
        equal = omni__cel_moving_equal(run, a, b);
        return run->steps != 0
                   ? omni__cel_bool(equal == (op == OMNI__CEL_EQUAL))
                   : omni__cel_run_exhausted(run);
    case OMNI__CEL_LESS:
    case OMNI__CEL_LESS_EQUAL:
    case OMNI__CEL_GREATER:
    case OMNI__CEL_GREATER_EQUAL:
        if (moves) {
            omni__cel_moving_compare(run, op, a, b);
        }
        return relation(run, op, a, b);
    case OMNI__CEL_IN:
        return is_in(run, a, b);
    default:
        return moves ? moving_arithmetic(run, op, a, b)
                     : arithmetic(run, op, a, b);
    }
}

omni__cel_value
omni__cel_negate(omni__cel_run *run, omni__cel_value a)
{
    if (a.kind == OMNI__CEL_DOUBLE) {
        return omni__cel_double(-a.as.real);
    }
    if (a.kind == OMNI__CEL_DECIMAL) {
        return omni__cel_decimal_binary(run, OMNI__CEL_SUBTRACT,
                                        omni__cel_int(0), a);
    }
    if (a.kind != OMNI__CEL_INT) {
        return omni__cel_run_error(run, "no such overload: -%s",
                                   omni__cel_kind_name((omni__cel_kind)a.kind));
    }
    return omni__cel_binary(run, OMNI__CEL_SUBTRACT, omni__cel_int(0), a);
}

static omni__cel_value
item(omni__cel_run *run, omni__cel_value list, omni__cel_value key, bool *found)
{
    int order;
    *found = false;
    if (key.kind != OMNI__CEL_INT && key.kind != OMNI__CEL_UINT &&
        key.kind != OMNI__CEL_DOUBLE) {
        return omni__cel_run_error(
            run, "an index of a list is a number, not %s",
            omni__cel_kind_name((omni__cel_kind)key.kind));
    }
    if (key.kind == OMNI__CEL_DOUBLE &&
        (!(fabs(key.as.real) < 1e15) || key.as.real != trunc(key.as.real))) {
        return omni__cel_run_error(run, "an index of a list is a whole number");
    }
    if (key.kind == OMNI__CEL_DOUBLE) {
        key = omni__cel_int((int64_t)key.as.real);
    }
    if (omni__cel_compare(key, omni__cel_int(0), &order) && order >= 0 &&
        omni__cel_compare(key, omni__cel_int(list.size), &order) && order < 0) {
        *found = true;
        return list.as.items[key.as.natural];
    }
    return omni__cel_run_error(run, "a list of %lu has no such item",
                               (unsigned long)list.size);
}

static omni__cel_value
entry(omni__cel_run *run, const omni__cel_map *map, omni__cel_value key,
      bool *found)
{
    *found = false;
    if (key.kind != OMNI__CEL_BOOL && key.kind != OMNI__CEL_INT &&
        key.kind != OMNI__CEL_UINT && key.kind != OMNI__CEL_STRING &&
        key.kind != OMNI__CEL_DOUBLE) {
        return omni__cel_run_error(
            run, "no key of a map is of type %s",
            omni__cel_kind_name((omni__cel_kind)key.kind));
    }
    if (!omni__cel_run_steps(run, map->count / 8)) {
        return omni__cel_run_exhausted(run);
    }
    const omni__cel_value *value = omni__cel_find(map, key);
    if (value != NULL) {
        *found = true;
        return *value;
    }
    if (key.kind == OMNI__CEL_STRING) {
        return omni__cel_run_error(run, "no such key: %.*s",
                                   key.size > 64 ? 64 : (int)key.size,
                                   (const char *)key.as.bytes);
    }
    return omni__cel_run_error(run, "no such key");
}

omni__cel_value
omni__cel_at(omni__cel_run *run, omni__cel_value a, omni__cel_value key,
             bool *found)
{
    if (a.kind == OMNI__CEL_MAP) {
        return entry(run, a.as.map, key, found);
    }
    if (a.kind == OMNI__CEL_LIST) {
        return item(run, a, key, found);
    }
    *found = false;
    return omni__cel_run_error(run, "no such overload: %s[%s]",
                               omni__cel_kind_name((omni__cel_kind)a.kind),
                               omni__cel_kind_name((omni__cel_kind)key.kind));
}
