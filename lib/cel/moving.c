/* Values that move in steps: where a comparison of them turns, and what
   arithmetic makes of them. */
#include "cel/moving.h"

#include "cel/linear.h"
#include "cel/number.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define FIRST (OMNI__CEL_TIME_MIN * SECOND)
#define LAST (OMNI__CEL_TIME_END * SECOND - 1)

/* Divisors beyond are longer than there are seconds. */
#define DIVISOR_MAX (UINT64_C(1) << 40)

static int64_t
floor_of(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

omni__cel_value
omni__cel_moving(omni__cel_run *run, int64_t number, omni__cel_gait gait)
{
    omni__cel_value out = omni__cel_int(number);
    if (gait.by == 0) {
        return out;
    }
    if (run->gait_count == run->gait_room) {
        const uint32_t room = 2 * run->gait_room + 8;
        omni__cel_gait *more =
            omni__arena_get(run->arena, room * sizeof(more[0]));
        if (more == NULL) {
            return omni__cel_run_memory(run);
        }
        if (run->gait_count != 0) {
            memcpy(more, run->gaits, run->gait_count * sizeof(more[0]));
        }
        run->gaits = more;
        run->gait_room = room;
    }
    out.slope = 1;
    out.size = run->gait_count;
    run->gaits[run->gait_count++] = gait;
    return out;
}

/* Of one that does not move `by` is 0. */
static omni__cel_gait
gait_of(const omni__cel_run *run, omni__cel_value value)
{
    return value.slope != 0 && value.kind == OMNI__CEL_INT
               ? run->gaits[value.size]
               : (omni__cel_gait){.by = 0};
}

/* When step `n` from the one of now begins, within all years. */
static int64_t
begin_of(const omni__cel_gait *gait, int64_t n)
{
    int64_t at;
    if (__builtin_mul_overflow(n, gait->unit_us, &at) ||
        __builtin_add_overflow(at, gait->begin_us, &at)) {
        return n < 0 ? INT64_MIN : INT64_MAX;
    }
    return at;
}

/* Narrow to the steps from `first`, which is 0 or before, to `last`. */
static void
keep_steps(omni__cel_run *run, const omni__cel_gait *gait, int64_t first,
           int64_t last)
{
    omni__cel_run_hold(run, begin_of(gait, first), begin_of(gait, last + 1));
}

/* Narrow to this step. */
static void
stand(omni__cel_run *run, const omni__cel_gait *gait)
{
    if (gait->by == 0) {
        return;
    }
    (gait->unit_us < HOUR ? omni__cel_run_look : omni__cel_run_hold)(
        run, gait->begin_us, begin_of(gait, 1));
}

/* ---- where something turns ---- */

/* What is looked for: it only ever rises, or falls, with `n` steps from now. */
typedef struct trend {
    int64_t (*at)(const struct trend *trend, int64_t n);
    omni__cel_value a, b;
    int64_t by_a, by_b;
    omni__cel_op op;
} trend;

/* A value after so many steps; what is beyond 64 bits is never reached. */
static omni__cel_value
after(omni__cel_value value, int64_t by, int64_t n)
{
    int64_t number;
    if (by == 0) {
        return value;
    }
    const bool up = (by > 0) == (n > 0);
    if (__builtin_mul_overflow(by, n, &number) ||
        __builtin_add_overflow(number, value.as.number, &number)) {
        number = up ? INT64_MAX : INT64_MIN;
    }
    return omni__cel_int(number);
}

static int64_t
order_at(const trend *t, int64_t n)
{
    int order = 0;
    if (!omni__cel_compare(after(t->a, t->by_a, n), after(t->b, t->by_b, n),
                           &order)) {
        return 2;
    }
    switch (t->op) {
    case OMNI__CEL_LESS:
    case OMNI__CEL_GREATER_EQUAL:
        return order < 0;
    case OMNI__CEL_LESS_EQUAL:
    case OMNI__CEL_GREATER:
        return order <= 0;
    default:
        return order;
    }
}

static int64_t
quotient_at(const trend *t, int64_t n)
{
    const int64_t number = after(t->a, t->by_a, n).as.number;
    return t->b.as.number == -1 ? -(number != INT64_MIN ? number : -INT64_MAX)
                                : number / t->b.as.number;
}

/* How many steps forwards (1) or backwards (-1) it is the same, up to `most`.
 */
static int64_t
same_for(const trend *t, int64_t way, int64_t most)
{
    const int64_t here = t->at(t, 0);
    int64_t same = 0;
    int64_t other = most;
    if (most <= 0 || t->at(t, way * most) == here) {
        return most;
    }
    while (other - same > 1) {
        const int64_t middle = same + (other - same) / 2;
        if (t->at(t, way * middle) == here) {
            same = middle;
        } else {
            other = middle;
        }
    }
    return same;
}

/* Narrow to where it is the same. */
static void
keep_same(omni__cel_run *run, const omni__cel_gait *gait, const trend *t)
{
    const int64_t since = run->since_us > FIRST ? run->since_us : FIRST;
    const int64_t last = run->until_us <= LAST ? run->until_us - 1 : LAST;
    const int64_t back = -floor_of(since - gait->begin_us, gait->unit_us);
    const int64_t on = floor_of(last - gait->begin_us, gait->unit_us);
    keep_steps(run, gait, -same_for(t, -1, back), same_for(t, 1, on));
}

/* ---- two of them ---- */

static bool
in_step(const omni__cel_gait *a, const omni__cel_gait *b)
{
    return a->unit_us == b->unit_us && a->begin_us == b->begin_us;
}

/* The gait that two values have in common: where their steps differ the slower
   one stands still. */
static omni__cel_gait
common(omni__cel_run *run, omni__cel_gait *a, omni__cel_gait *b)
{
    if (a->by != 0 && b->by != 0 && !in_step(a, b)) {
        omni__cel_gait *slower = a->unit_us > b->unit_us ? a : b;
        stand(run, slower);
        slower->by = 0;
    }
    return a->by != 0 ? *a : *b;
}

static void
compare_steps(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
              omni__cel_value b)
{
    omni__cel_gait gait_a = gait_of(run, a);
    omni__cel_gait gait_b = gait_of(run, b);
    const omni__cel_gait gait = common(run, &gait_a, &gait_b);
    const trend t = {.at = order_at,
                     .a = a,
                     .b = b,
                     .by_a = gait_a.by,
                     .by_b = gait_b.by,
                     .op = op};
    if (gait.by != 0) {
        keep_same(run, &gait, &t);
    }
}

void
omni__cel_moving_compare(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                         omni__cel_value b)
{
    if (a.kind == OMNI__CEL_INT || b.kind == OMNI__CEL_INT) {
        compare_steps(run, op, a, b);
    } else if (a.kind != b.kind) {
        return;
    } else if (a.kind == OMNI__CEL_STRING) {
        const omni__cel_value text = a.slope != 0 ? a : b;
        const size_t least = a.size < b.size ? a.size : b.size;
        size_t same = 0;
        while (same < least && a.as.bytes[same] == b.as.bytes[same]) {
            ++same;
        }
        omni__cel_moving_look(run, text,
                              a.slope == b.slope ? SIZE_MAX
                              : same < least     ? same + 1
                                                 : least);
    } else if (a.slope != b.slope) {
        omni__cel_linear_compare(run, op, a, b);
    }
}

/* ---- arithmetic ---- */

static uint64_t
magnitude(int64_t number)
{
    return number < 0 ? UINT64_C(0) - (uint64_t)number : (uint64_t)number;
}

static int64_t
clipped(uint64_t number)
{
    return number > (uint64_t)INT64_MAX - 1 ? INT64_MAX - 1 : (int64_t)number;
}

/* A result that moves, where it is in range. */
static omni__cel_value
in_range(omni__cel_run *run, omni__cel_gait gait, omni__cel_value value,
         int64_t by)
{
    if (by == 0) {
        return value;
    }
    const uint64_t above = (uint64_t)INT64_MAX - (uint64_t)value.as.number;
    const uint64_t below = (uint64_t)value.as.number - (uint64_t)INT64_MIN;
    const int64_t up = clipped(above / magnitude(by));
    const int64_t down = clipped(below / magnitude(by));
    keep_steps(run, &gait, by > 0 ? -down : -up, by > 0 ? up : down);
    gait.by = by;
    return omni__cel_moving(run, value.as.number, gait);
}

/* What steps by one, divided: it takes the divisor's steps at once, on its side
   of zero. False where that cannot be told. */
static bool
longer_steps(omni__cel_run *run, omni__cel_gait *gait, int64_t number,
             int64_t divisor)
{
    const uint64_t by = magnitude(divisor);
    const uint64_t size = magnitude(number);
    int64_t unit_us;
    if (magnitude(gait->by) != 1 || by > DIVISOR_MAX ||
        __builtin_mul_overflow((int64_t)by, gait->unit_us, &unit_us) ||
        unit_us > LAST) {
        return false;
    }
    const bool grows = (number >= 0) == (gait->by > 0);
    const int64_t past = (int64_t)(size % by);
    keep_steps(run, gait, grows ? -clipped(size) : -(INT64_MAX - 1),
               grows ? INT64_MAX - 1 : clipped(size));
    gait->begin_us = begin_of(gait, grows ? -past : past + 1 - (int64_t)by);
    gait->unit_us = unit_us;
    gait->by = divisor < 0 ? -gait->by : gait->by;
    return true;
}

static omni__cel_value
divide(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
       omni__cel_value b, omni__cel_value now)
{
    omni__cel_gait gait = gait_of(run, a);
    const omni__cel_gait divisor = gait_of(run, b);
    stand(run, &divisor);
    if (gait.by == 0) {
        return now;
    }
    if (op == OMNI__CEL_DIVIDE &&
        longer_steps(run, &gait, a.as.number, b.as.number)) {
        return omni__cel_moving(run, now.as.number, gait);
    }
    const trend t = {.at = quotient_at, .a = a, .b = b, .by_a = gait.by};
    keep_same(run, &gait, &t);
    return op == OMNI__CEL_DIVIDE ? now
                                  : omni__cel_moving(run, now.as.number, gait);
}

omni__cel_value
omni__cel_moving_arithmetic(omni__cel_run *run, omni__cel_op op,
                            omni__cel_value a, omni__cel_value b,
                            omni__cel_value now)
{
    omni__cel_gait gait_a = gait_of(run, a);
    omni__cel_gait gait_b = gait_of(run, b);
    int64_t by = 0;
    bool told = !omni__cel_is_error(now);
    if (told && (op == OMNI__CEL_DIVIDE || op == OMNI__CEL_MODULO)) {
        return divide(run, op, a, b, now);
    }
    if (op == OMNI__CEL_MULTIPLY) {
        told = told && (gait_a.by == 0 || gait_b.by == 0) &&
               !__builtin_mul_overflow(
                   gait_a.by != 0 ? gait_a.by : gait_b.by,
                   gait_a.by != 0 ? b.as.number : a.as.number, &by);
    }
    if (!told) {
        stand(run, &gait_a);
        stand(run, &gait_b);
        return now;
    }
    const omni__cel_gait gait = common(run, &gait_a, &gait_b);
    if ((op == OMNI__CEL_ADD &&
         __builtin_add_overflow(gait_a.by, gait_b.by, &by)) ||
        (op == OMNI__CEL_SUBTRACT &&
         __builtin_sub_overflow(gait_a.by, gait_b.by, &by))) {
        stand(run, &gait);
        return now;
    }
    return in_range(run, gait, now, by);
}

/* ---- what it is now ---- */

static omni__cel_value
settle_list(omni__cel_run *run, omni__cel_value list)
{
    omni__cel_value *items =
        omni__arena_get(run->arena, (list.size + 1) * sizeof(items[0]));
    if (items == NULL) {
        return omni__cel_run_memory(run);
    }
    for (uint32_t i = 0; i < list.size; ++i) {
        items[i] = omni__cel_settled(run, list.as.items[i]);
        if (omni__cel_is_error(items[i])) {
            return items[i];
        }
    }
    list.as.items = items;
    return list;
}

static omni__cel_value
settle_map(omni__cel_run *run, omni__cel_value value)
{
    const size_t count = value.as.map->count;
    omni__cel_map *map = omni__arena_get(run->arena, sizeof(*map));
    omni__cel_entry *entries =
        omni__arena_get(run->arena, (count + 1) * sizeof(entries[0]));
    if (map == NULL || entries == NULL) {
        return omni__cel_run_memory(run);
    }
    for (size_t i = 0; i < count; ++i) {
        entries[i].key = value.as.map->entries[i].key;
        entries[i].value =
            omni__cel_settled(run, value.as.map->entries[i].value);
        if (omni__cel_is_error(entries[i].value)) {
            return entries[i].value;
        }
    }
    *map = (omni__cel_map){.entries = entries, .count = count};
    value.as.map = map;
    return value;
}

static omni__cel_value
settle(omni__cel_run *run, omni__cel_value value)
{
    const omni__cel_gait gait = gait_of(run, value);
    const int64_t second_us = floor_of(run->now_us, SECOND) * SECOND;
    switch (value.kind) {
    case OMNI__CEL_INT:
        stand(run, &gait);
        break;
    case OMNI__CEL_LIST:
        value = settle_list(run, value);
        break;
    case OMNI__CEL_MAP:
        value = settle_map(run, value);
        break;
    case OMNI__CEL_OPTIONAL: {
        const omni__cel_value inner = omni__cel_settled(run, *value.as.items);
        value =
            omni__cel_is_error(inner) ? inner : omni__cel_run_some(run, inner);
        break;
    }
    default:
        omni__cel_run_look(run, second_us, second_us + SECOND);
        if (value.kind != OMNI__CEL_STRING) {
            return omni__cel_linear_second(run, value);
        }
        break;
    }
    value.slope = 0;
    return value;
}

omni__cel_value
omni__cel_moving_settle(omni__cel_run *run, omni__cel_value value)
{
    const bool holds =
        value.kind == OMNI__CEL_LIST || value.kind == OMNI__CEL_MAP;
    const size_t size = !holds                        ? 0
                        : value.kind == OMNI__CEL_MAP ? value.as.map->count
                                                      : value.size;
    if (run->nested == OMNI__CEL_DEPTH ||
        !omni__cel_run_steps(run, 1 + size / 4)) {
        return omni__cel_run_exhausted(run);
    }
    ++run->nested;
    value = settle(run, value);
    --run->nested;
    return value;
}
