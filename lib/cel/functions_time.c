/* Fields of timestamps and durations (langdef.md, "Date/Time Functions"). */
#include "cel/linear.h"
#include "cel/time.h"

#define NANO INT64_C(1000000000)

typedef enum field {
    YEAR,
    MONTH,
    DAY_OF_YEAR,
    DAY_OF_MONTH,
    DATE,
    DAY_OF_WEEK,
    HOURS,
    MINUTES,
    SECONDS,
    MILLISECONDS
} field;

#define LONGEST (INT64_MAX / NANO + 1) /* seconds of a duration */
#define DAY 86400

/* Of local time: a field is the same for `unit` seconds, and goes on by one
   with each until `high`; after it, and before `low`, it is otherwise. */
typedef struct run_of {
    int64_t low, high;
    int64_t unit;
} run_of;

static run_of
run_of_field(const omni__cel_calendar *at, int64_t local, field wanted)
{
    static const int32_t units[] = {
        [HOURS] = 3600, [MINUTES] = 60, [SECONDS] = 1};
    static const int32_t within[] = {
        [HOURS] = DAY, [MINUTES] = 3600, [SECONDS] = 60};
    const int64_t day = local - (local % DAY + DAY) % DAY;
    int64_t past = at->yearday;
    int64_t days = at->year_days;
    if (wanted >= HOURS) {
        const int32_t all = within[wanted];
        const int64_t low = local - (local % all + all) % all;
        return (run_of){.low = low, .high = low + all, .unit = units[wanted]};
    }
    if (wanted == DAY_OF_WEEK) {
        past = at->weekday;
        days = 7;
    } else if (wanted != YEAR && wanted != DAY_OF_YEAR) {
        past = (int64_t)at->day - 1;
        days = at->month_days;
    }
    const bool whole = wanted == YEAR || wanted == MONTH;
    return (run_of){.low = day - past * DAY,
                    .high = day + (days - past) * DAY,
                    .unit = whole ? days * DAY : DAY};
}

static int64_t
field_of(const omni__cel_calendar *at, omni__cel_value instant, field wanted)
{
    switch (wanted) {
    case YEAR:
        return at->year;
    case MONTH:
        return (int64_t)at->month - 1;
    case DAY_OF_YEAR:
        return at->yearday;
    case DAY_OF_MONTH:
        return (int64_t)at->day - 1;
    case DATE:
        return at->day;
    case DAY_OF_WEEK:
        return at->weekday;
    case HOURS:
        return at->hour;
    case MINUTES:
        return at->minute;
    case SECONDS:
        return at->second;
    default:
        return instant.size / 1000000;
    }
}

/* A field of what grows with now, while its zone's offset is the same. */
static omni__cel_value
moving_field(omni__cel_run *run, omni__cel_value a, const run_of *of,
             const omni__cel_offset *offset, int64_t number)
{
    const int64_t local = a.as.number + offset->ahead;
    int64_t low = of->low - offset->ahead;
    int64_t high = of->high - offset->ahead;
    const int64_t step = local - (local - of->low) % of->unit - offset->ahead;
    low = low > offset->since ? low : offset->since;
    high = high < offset->until ? high : offset->until;
    omni__cel_linear_stay(run, a, low, high);
    return omni__cel_linear_count(run, a, number, step, of->unit);
}

static omni__cel_value
timestamp_field(omni__cel_run *run, const omni__cel_value *a, size_t count,
                field wanted)
{
    omni__cel_offset offset = {.since = INT64_MIN, .until = INT64_MAX};
    omni__cel_calendar at;
    if (count > 1 && !omni__cel_zone_offset(run, omni__cel_slice(a[1]),
                                            a->as.number, &offset)) {
        return omni__cel_run_error(run, "no such time zone: %.*s",
                                   a[1].size > 64 ? 64 : (int)a[1].size,
                                   (const char *)a[1].as.bytes);
    }
    const int64_t local = a->as.number + offset.ahead;
    omni__cel_calendar_of(local, &at);
    const int64_t number = field_of(&at, *a, wanted);
    if (a->slope == 0) {
        return omni__cel_int(number);
    }
    const run_of of = run_of_field(&at, local, wanted);
    return moving_field(run, *a, &of, &offset, number);
}

/* Whole hours, minutes or seconds; milliseconds behind the seconds. */
static omni__cel_value
duration_field(omni__cel_run *run, omni__cel_value span, field wanted)
{
    static const int32_t units[] = {
        [HOURS] = 3600, [MINUTES] = 60, [SECONDS] = 1};
    if (wanted == MILLISECONDS) {
        return omni__cel_int(span.as.number % NANO / 1000000);
    }
    const int64_t unit = units[wanted];
    const int64_t whole = span.as.number / (unit * NANO);
    if (span.slope == 0) {
        return omni__cel_int(whole);
    }
    /* It is rounded to zero, and so goes on regularly on one side of it. */
    const bool negative = span.as.number < 0;
    omni__cel_linear_stay(run, span, negative ? -LONGEST : 0,
                          negative ? 0 : LONGEST);
    return omni__cel_linear_count(run, span, whole, (whole - negative) * unit,
                                  unit);
}

/* Milliseconds change too often to follow, as do seconds of what runs faster
   than now: they are seen as they are at whole seconds of now. */
static omni__cel_value
get(omni__cel_run *run, const omni__cel_value *arguments, size_t count,
    field wanted)
{
    omni__cel_value a[2] = {arguments[0], arguments[count - 1]};
    if (wanted == MILLISECONDS ||
        (wanted == SECONDS && (a->slope > 1 || a->slope < -1))) {
        a[0] = omni__cel_settled(run, a[0]);
    }
    if (omni__cel_is_error(a[0])) {
        return a[0];
    }
    return a->kind == OMNI__CEL_DURATION
               ? duration_field(run, a[0], wanted)
               : timestamp_field(run, a, count, wanted);
}

#define FIELD(function, wanted)                                                \
    static omni__cel_value function(                                           \
        omni__cel_run *run, const omni__cel_value *arguments, size_t count)    \
    {                                                                          \
        return get(run, arguments, count, wanted);                             \
    }

FIELD(get_year, YEAR)
FIELD(get_month, MONTH)
FIELD(get_day_of_year, DAY_OF_YEAR)
FIELD(get_day_of_month, DAY_OF_MONTH)
FIELD(get_date, DATE)
FIELD(get_day_of_week, DAY_OF_WEEK)
FIELD(get_hours, HOURS)
FIELD(get_minutes, MINUTES)
FIELD(get_seconds, SECONDS)
FIELD(get_milliseconds, MILLISECONDS)

#define WITH_ZONE(name, function)                                              \
    {name, ".t", 'i', OMNI__CEL_LIVE | 2, function},                           \
    {                                                                          \
        name, ".ts", 'i', OMNI__CEL_LIVE | 4, function                         \
    }
#define OF_DURATION(name, function)                                            \
    {                                                                          \
        name, ".r", 'i', OMNI__CEL_LIVE | 2, function                          \
    }

const omni__cel_overload omni__cel_time_functions[] = {
    WITH_ZONE("getFullYear", get_year),
    WITH_ZONE("getMonth", get_month),
    WITH_ZONE("getDayOfYear", get_day_of_year),
    WITH_ZONE("getDayOfMonth", get_day_of_month),
    WITH_ZONE("getDate", get_date),
    WITH_ZONE("getDayOfWeek", get_day_of_week),
    WITH_ZONE("getHours", get_hours),
    OF_DURATION("getHours", get_hours),
    WITH_ZONE("getMinutes", get_minutes),
    OF_DURATION("getMinutes", get_minutes),
    WITH_ZONE("getSeconds", get_seconds),
    OF_DURATION("getSeconds", get_seconds),
    WITH_ZONE("getMilliseconds", get_milliseconds),
    OF_DURATION("getMilliseconds", get_milliseconds),
    {"", "", 0, 0, NULL},
};
