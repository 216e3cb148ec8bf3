/* Instants and durations as CEL writes them, and calendar fields. */
#ifndef OMNI__CEL_TIME_H
#define OMNI__CEL_TIME_H

#include "cel/run.h"

/* RFC 3339 with up to nine digits behind the seconds; years 1 to 9999. */
bool
omni__cel_timestamp_parse(omni__slice text, omni__cel_value *out);

/* "1h30m", "-1.5s", "100ms", "5us", "7ns", "0"; within 64 bits of
   nanoseconds. */
bool
omni__cel_duration_parse(omni__slice text, omni__cel_value *out);

#define OMNI__CEL_TIME_TEXT 48

/* "2009-02-13T23:31:30Z" with as many digits as it has; "1.5s". Terminated;
   return the size. */
size_t
omni__cel_timestamp_format(omni__cel_value value,
                           char text[OMNI__CEL_TIME_TEXT]);

size_t
omni__cel_duration_format(omni__cel_value value,
                          char text[OMNI__CEL_TIME_TEXT]);

typedef struct omni__cel_calendar {
    int64_t year;
    unsigned month;   /* 1 to 12 */
    unsigned day;     /* 1 to 31 */
    unsigned weekday; /* 0: Sunday */
    unsigned yearday; /* 0 to 365 */
    unsigned hour, minute, second;
    unsigned month_days, year_days; /* how many it has */
} omni__cel_calendar;

/* Fields of an instant, in seconds since 1970 of local time. */
void
omni__cel_calendar_of(int64_t seconds, omni__cel_calendar *out);

/* Seconds that local time is ahead of UTC at an instant, and, in seconds since
   1970, the instants [since, until) around it in which it is so. */
typedef struct omni__cel_offset {
    int32_t ahead;
    int64_t since, until;
} omni__cel_offset;

/*
   The offset of "+hh:mm", "-hh:mm", "hh:mm", or of a name of the time zone
   database (RFC 8536 files of the system). False if there is no such zone.
*/
bool
omni__cel_zone_offset(omni__cel_run *run, omni__slice zone, int64_t seconds,
                      omni__cel_offset *out);

#endif
