/* Fields of timestamps and durations (langdef.md, "Date/Time Functions"). */
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

static omni__cel_value
timestamp_field(omni__cel_run *run, const omni__cel_value *arguments,
                size_t count, field wanted)
{
    int32_t offset = 0;
    omni__cel_calendar at;
    if (count == 2 && !omni__cel_zone_offset(run, omni__cel_slice(arguments[1]),
                                             arguments[0].as.number, &offset)) {
        return omni__cel_run_error(
            run, "no such time zone: %.*s",
            arguments[1].size > 64 ? 64 : (int)arguments[1].size,
            (const char *)arguments[1].as.bytes);
    }
    omni__cel_calendar_of(arguments[0].as.number + offset, &at);
    switch (wanted) {
    case YEAR:
        return omni__cel_int(at.year);
    case MONTH:
        return omni__cel_int((int64_t)at.month - 1);
    case DAY_OF_YEAR:
        return omni__cel_int(at.yearday);
    case DAY_OF_MONTH:
        return omni__cel_int((int64_t)at.day - 1);
    case DATE:
        return omni__cel_int(at.day);
    case DAY_OF_WEEK:
        return omni__cel_int(at.weekday);
    case HOURS:
        return omni__cel_int(at.hour);
    case MINUTES:
        return omni__cel_int(at.minute);
    case SECONDS:
        return omni__cel_int(at.second);
    default:
        return omni__cel_int(arguments[0].size / 1000000);
    }
}

#define FIELD(function, wanted)                                                \
    static omni__cel_value function(                                           \
        omni__cel_run *run, const omni__cel_value *arguments, size_t count)    \
    {                                                                          \
        return timestamp_field(run, arguments, count, wanted);                 \
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

static omni__cel_value
whole_hours(omni__cel_run *run, const omni__cel_value *arguments, size_t count)
{
    (void)run;
    (void)count;
    return omni__cel_int(arguments[0].as.number / (3600 * NANO));
}

static omni__cel_value
whole_minutes(omni__cel_run *run, const omni__cel_value *arguments,
              size_t count)
{
    (void)run;
    (void)count;
    return omni__cel_int(arguments[0].as.number / (60 * NANO));
}

static omni__cel_value
whole_seconds(omni__cel_run *run, const omni__cel_value *arguments,
              size_t count)
{
    (void)run;
    (void)count;
    return omni__cel_int(arguments[0].as.number / NANO);
}

/* Of the part behind the seconds. */
static omni__cel_value
milliseconds(omni__cel_run *run, const omni__cel_value *arguments, size_t count)
{
    (void)run;
    (void)count;
    return omni__cel_int(arguments[0].as.number % NANO / 1000000);
}

#define WITH_ZONE(name, function)                                              \
    {name, ".t", 'i', 2, function},                                            \
    {                                                                          \
        name, ".ts", 'i', 4, function                                          \
    }

const omni__cel_overload omni__cel_time_functions[] = {
    WITH_ZONE("getFullYear", get_year),
    WITH_ZONE("getMonth", get_month),
    WITH_ZONE("getDayOfYear", get_day_of_year),
    WITH_ZONE("getDayOfMonth", get_day_of_month),
    WITH_ZONE("getDate", get_date),
    WITH_ZONE("getDayOfWeek", get_day_of_week),
    WITH_ZONE("getHours", get_hours),
    {"getHours", ".r", 'i', 2, whole_hours},
    WITH_ZONE("getMinutes", get_minutes),
    {"getMinutes", ".r", 'i', 2, whole_minutes},
    WITH_ZONE("getSeconds", get_seconds),
    {"getSeconds", ".r", 'i', 2, whole_seconds},
    WITH_ZONE("getMilliseconds", get_milliseconds),
    {"getMilliseconds", ".r", 'i', 2, milliseconds},
    {"", "", 0, 0, NULL},
};
