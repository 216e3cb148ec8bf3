/* Texts of instants that move, and lists and maps of what moves. */
#include "cel/linear.h"
#include "cel/time.h"

#define SECOND INT64_C(1000000)
#define DAY 86400

/* The whole second of now. */
static int64_t
second_of(const omni__cel_run *run)
{
    return run->now_us / SECOND - (run->now_us % SECOND < 0);
}

omni__cel_value
omni__cel_moving_text(omni__cel_run *run, omni__cel_value instant)
{
    char text[OMNI__CEL_TIME_TEXT];
    if (instant.slope != 1) {
        instant = omni__cel_settled(run, instant);
    }
    const bool moves = instant.slope != 0;
    const omni__cel_value seen =
        moves ? omni__cel_linear_second(run, instant) : instant;
    if (omni__cel_is_error(seen)) {
        return omni__cel_settled(run, instant);
    }
    const omni__slice copy = omni__arena_copy(
        run->arena,
        omni__slice_of(text, omni__cel_timestamp_format(seen, text)));
    if (copy.data == NULL) {
        return omni__cel_run_memory(run);
    }
    omni__cel_value out = omni__cel_text(copy);
    out.slope = moves;
    if (moves) { /* its second may begin before the first year does */
        const int64_t first = seen.as.number - OMNI__CEL_TIME_MIN;
        omni__cel_run_hold(run, (second_of(run) - first) * SECOND, INT64_MAX);
    }
    return out;
}

void
omni__cel_moving_look(omni__cel_run *run, omni__cel_value text, size_t bytes)
{
    /* "2026-11-22T13:30:50Z": where what a part tells ends. */
    static const struct {
        uint8_t end;
        int32_t seconds;
    } parts[] = {{13, 3600}, {16, 60}};
    omni__cel_value at;
    omni__cel_calendar day;
    omni__cel_timestamp_parse(omni__cel_slice(text), &at);
    omni__cel_calendar_of(at.as.number, &day);
    const int64_t past = (at.as.number % DAY + DAY) % DAY;
    int64_t low = at.as.number - past;
    int64_t length = DAY;
    if (bytes <= 7) {
        const bool year = bytes <= 4;
        low -= (int64_t)(year ? day.yearday : day.day - 1) * DAY;
        length = (int64_t)(year ? day.year_days : day.month_days) * DAY;
    } else if (bytes > 10) {
        length = 1;
        for (size_t i = sizeof(parts) / sizeof(parts[0]); i-- > 0;) {
            length = bytes <= parts[i].end ? parts[i].seconds : length;
        }
        low += past - past % length;
    }
    const int64_t since_us = (second_of(run) + low - at.as.number) * SECOND;
    (length < 3600 ? omni__cel_run_look : omni__cel_run_hold)(
        run, since_us, since_us + length * SECOND);
}

omni__cel_value
omni__cel_moving_list(const omni__cel_value *items, size_t count)
{
    omni__cel_value out = omni__cel_list(items, count);
    for (size_t i = 0; i < count && out.slope == 0; ++i) {
        out.slope = items[i].slope != 0;
    }
    return out;
}

static bool
equal_items(omni__cel_run *run, const omni__cel_value *a,
            const omni__cel_value *b, size_t count)
{
    const omni__cel_held before = omni__cel_run_held(run);
    omni__cel_held all = before;
    for (size_t i = 0; i < count; ++i) {
        if (!omni__cel_moving_equal(run, a[i], b[i])) {
            return false;
        }
        omni__cel_run_back(run, &before, &all);
    }
    omni__cel_run_set(run, &all);
    return true;
}

static bool
equal_maps(omni__cel_run *run, const omni__cel_map *a, const omni__cel_map *b)
{
    const omni__cel_held before = omni__cel_run_held(run);
    omni__cel_held all = before;
    for (size_t i = 0; i < a->count; ++i) {
        const omni__cel_value *other = omni__cel_find(b, a->entries[i].key);
        if (other == NULL ||
            !omni__cel_moving_equal(run, a->entries[i].value, *other)) {
            return false;
        }
        omni__cel_run_back(run, &before, &all);
    }
    omni__cel_run_set(run, &all);
    return true;
}

/* Of two lists, maps or optionals. */
static bool
equal_parts(omni__cel_run *run, omni__cel_value a, omni__cel_value b)
{
    switch (a.kind) {
    case OMNI__CEL_LIST:
        return a.size == b.size &&
               equal_items(run, a.as.items, b.as.items, a.size);
    case OMNI__CEL_MAP:
        return a.as.map->count == b.as.map->count &&
               equal_maps(run, a.as.map, b.as.map);
    default:
        return a.as.items != NULL && b.as.items != NULL
                   ? omni__cel_moving_equal(run, *a.as.items, *b.as.items)
                   : a.as.items == b.as.items;
    }
}

bool
omni__cel_moving_equal(omni__cel_run *run, omni__cel_value a, omni__cel_value b)
{
    if (a.kind == b.kind &&
        (a.kind == OMNI__CEL_LIST || a.kind == OMNI__CEL_MAP ||
         a.kind == OMNI__CEL_OPTIONAL)) {
        if (run->nested == OMNI__CEL_DEPTH || !omni__cel_run_steps(run, 1)) {
            run->steps = 0;
            return false;
        }
        ++run->nested;
        const bool equal = equal_parts(run, a, b);
        --run->nested;
        return equal;
    }
    if ((a.slope | b.slope) != 0) {
        omni__cel_moving_compare(run, OMNI__CEL_EQUAL, a, b);
    }
    return omni__cel_equal(a, b);
}
