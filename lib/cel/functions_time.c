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

#define DAY 86400
#define SPANS 5u

/* Spans of local time at whose ends fields change, and for each field the
   first that its own changes fall together with. */
static const int32_t spans[SPANS] = {DAY, 3600, 900, 60, 1};
static const uint8_t first_span[] = {
    [HOURS] = 1, [MINUTES] = 3, [SECONDS] = 4, [MILLISECONDS] = 4};

static bool
offset_at(omni__cel_run *run, const omni__cel_value *a, size_t count,
          int64_t seconds, int32_t *offset)
{
    *offset = 0;
    return count == 1 ||
           omni__cel_zone_offset(run, omni__cel_slice(a[1]), seconds, offset);
}

/* A field of what grows with now is the same in the widest of the spans that
   has one offset from end to end. */
static void
stay(omni__cel_run *run, const omni__cel_value *a, size_t count, field wanted,
     int32_t offset)
{
    const int64_t local = a->as.number + offset;
    for (unsigned i = first_span[wanted]; i < SPANS; ++i) {
        int32_t start;
        int32_t end;
        const int64_t past = (local % spans[i] + spans[i]) % spans[i];
        const int64_t low = a->as.number - past;
        const int64_t high = low + spans[i];
        if (spans[i] == 1 || (offset_at(run, a, count, low, &start) &&
                              offset_at(run, a, count, high - 1, &end) &&
                              start == offset && end == offset)) {
            omni__cel_linear_stay(run, *a, low, high);
            return;
        }
    }
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

static omni__cel_value
timestamp_field(omni__cel_run *run, const omni__cel_value *a, size_t count,
                field wanted)
{
    int32_t offset;
    omni__cel_calendar at;
    if (!offset_at(run, a, count, a->as.number, &offset)) {
        return omni__cel_run_error(run, "no such time zone: %.*s",
                                   a[1].size > 64 ? 64 : (int)a[1].size,
                                   (const char *)a[1].as.bytes);
    }
    if (a->slope != 0) {
        stay(run, a, count, wanted, offset);
    }
    omni__cel_calendar_of(a->as.number + offset, &at);
    return omni__cel_int(field_of(&at, *a, wanted));
}

/* Whole hours, minutes or seconds; milliseconds behind the seconds. */
static omni__cel_value
duration_field(omni__cel_run *run, omni__cel_value span, field wanted)
{
    const int64_t unit = spans[first_span[wanted]];
    const int64_t whole = span.as.number / (unit * NANO);
    if (wanted == MILLISECONDS) {
        return omni__cel_int(span.as.number % NANO / 1000000);
    }
    if (span.slope != 0) {
        const bool negative = span.as.number < 0;
        omni__cel_linear_stay(run, span, (whole - negative) * unit,
                              (whole + !negative) * unit);
    }
    return omni__cel_int(whole);
}

/* Milliseconds change too often to follow, as do seconds of what runs faster
   than now. */
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
