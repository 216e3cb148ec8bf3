/* Instants as people write them: RFC 3339, or how long ago. */
#include "output.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)

#define DAY_US (86400 * SECOND_US)

static bool local;

void
instant_use_local(bool on)
{
    tzset();
    local = on;
}

static omni_text
format(int64_t time_us, bool in_zone, char text[INSTANT_TEXT])
{
    const int64_t part = (time_us % SECOND_US + SECOND_US) % SECOND_US;
    const time_t seconds = (time_t)((time_us - part) / SECOND_US);
    struct tm parts = {0};
    char fraction[8] = "";
    char zone[8] = "Z";
    if (part % 1000 != 0) {
        snprintf(fraction, sizeof(fraction), ".%06d", (int)part);
    } else if (part != 0) {
        snprintf(fraction, sizeof(fraction), ".%03d", (int)(part / 1000));
    }
    if ((in_zone ? localtime_r(&seconds, &parts)
                 : gmtime_r(&seconds, &parts)) == NULL) {
        return text_of("?");
    }
    if (in_zone) {
        const long minutes = parts.tm_gmtoff / 60;
        const int whole = abs((int)minutes) % (24 * 60);
        snprintf(zone, sizeof(zone), "%c%02d:%02d", minutes < 0 ? '-' : '+',
                 whole / 60, whole % 60);
    }
    char clock[16];
    strftime(clock, sizeof(clock), "-%m-%dT%H:%M:%S", &parts);
    snprintf(text, INSTANT_TEXT, "%04d%s%s%s", parts.tm_year + 1900, clock,
             fraction, zone);
    return text_of(text);
}

omni_text
instant_format(int64_t time_us, char text[INSTANT_TEXT])
{
    return format(time_us, false, text);
}

omni_text
instant_show(int64_t time_us, char text[INSTANT_TEXT])
{
    const int64_t part = (time_us % SECOND_US + SECOND_US) % SECOND_US;
    return format(output_is_terminal() ? time_us - part : time_us, local, text);
}

/* Take `digits` digits, then `end` unless that is 0. */
static bool
take_number(const char **at, int digits, char end, int *out)
{
    int number = 0;
    for (int i = 0; i < digits; ++i) {
        if (!isdigit((unsigned char)**at)) {
            return false;
        }
        number = number * 10 + (*(*at)++ - '0');
    }
    *out = number;
    return end == '\0' || *(*at)++ == end;
}

/* Take ".digits"; digits beyond microseconds are cut off. */
static bool
take_fraction(const char **at, int64_t *out)
{
    int64_t unit = SECOND_US;
    *out = 0;
    if (**at != '.') {
        return true;
    }
    ++*at;
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    for (; isdigit((unsigned char)**at); ++*at) {
        unit /= 10;
        *out += (**at - '0') * unit;
    }
    return true;
}

/* Take "Z" or "+hh:mm". */
static bool
take_offset(const char **at, int *seconds)
{
    const char sign = *(*at)++;
    int hours = 0;
    int minutes = 0;
    *seconds = 0;
    if (sign == 'Z' || sign == 'z') {
        return true;
    }
    if ((sign != '+' && sign != '-') || !take_number(at, 2, ':', &hours) ||
        !take_number(at, 2, '\0', &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *seconds = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static int64_t
now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* Seconds of a time of the day that is written without an offset. */
static time_t
seconds_of(struct tm *parts)
{
    parts->tm_isdst = -1;
    return local ? mktime(parts) : timegm(parts);
}

/* Read RFC 3339, or a date alone. */
static bool
parse_date(const char *text, int64_t *out)
{
    const char *at = text;
    struct tm parts = {0};
    int64_t fraction = 0;
    int offset = 0;
    if (!take_number(&at, 4, '-', &parts.tm_year) ||
        !take_number(&at, 2, '-', &parts.tm_mon) ||
        !take_number(&at, 2, '\0', &parts.tm_mday)) {
        return false;
    }
    const bool date_only = *at == '\0';
    if (!date_only && ((strchr("Tt ", *at++) == NULL) ||
                       !take_number(&at, 2, ':', &parts.tm_hour) ||
                       !take_number(&at, 2, ':', &parts.tm_min) ||
                       !take_number(&at, 2, '\0', &parts.tm_sec) ||
                       !take_fraction(&at, &fraction) ||
                       !take_offset(&at, &offset) || *at != '\0')) {
        return false;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const struct tm given = parts;
    if (parts.tm_year < 1 - 1900 || parts.tm_hour > 23 || parts.tm_min > 59 ||
        parts.tm_sec > 60) {
        return false;
    }
    const int64_t seconds = date_only ? seconds_of(&parts) : timegm(&parts);
    if (given.tm_sec < 60 &&
        (parts.tm_mon != given.tm_mon || parts.tm_mday != given.tm_mday)) {
        return false; /* a day that its month does not have */
    }
    *out = (seconds - offset) * SECOND_US + fraction;
    return true;
}

/* Read "now", "today", "yesterday". */
static bool
parse_word(const char *text, int64_t *out)
{
    const time_t now = (time_t)(now_us() / SECOND_US);
    struct tm parts = {0};
    if (strcmp(text, "now") == 0) {
        *out = now_us();
        return true;
    }
    const bool yesterday = strcmp(text, "yesterday") == 0;
    if (!yesterday && strcmp(text, "today") != 0) {
        return false;
    }
    if ((local ? localtime_r(&now, &parts) : gmtime_r(&now, &parts)) == NULL) {
        return false;
    }
    parts.tm_sec = 0;
    parts.tm_min = 0;
    parts.tm_hour = 0;
    parts.tm_mday -= yesterday ? 1 : 0;
    *out = (int64_t)seconds_of(&parts) * SECOND_US;
    return true;
}

static const char units[] = "smhdw";
static const int64_t lengths[] = {
    SECOND_US, 60 * SECOND_US, 3600 * SECOND_US, DAY_US, 7 * DAY_US,
};

bool
duration_parse(const char *text, int64_t *out)
{
    int64_t number = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at) && number < 1000000000; ++at) {
        number = number * 10 + (*at - '0');
    }
    const char *unit = *at != '\0' ? strchr(units, *at) : NULL;
    if (at == text || unit == NULL || at[1] != '\0') {
        return false;
    }
    const int64_t length = lengths[unit - units];
    if (number > 10000 * 366 * DAY_US / length) {
        return false;
    }
    *out = number * length;
    return true;
}

omni_text
duration_format(int64_t duration_us, char text[DURATION_TEXT])
{
    size_t i = 3; /* days, with hours behind them */
    while (i > 0 && duration_us < lengths[i]) {
        --i;
    }
    if (i == 0) {
        snprintf(text, DURATION_TEXT, "%.3g s",
                 (double)duration_us / (double)SECOND_US);
    } else {
        snprintf(text, DURATION_TEXT, "%lld%c %lld%c",
                 (long long)(duration_us / lengths[i]), units[i],
                 (long long)(duration_us % lengths[i] / lengths[i - 1]),
                 units[i - 1]);
    }
    return text_of(text);
}

/* Read how long ago: "30s", "15m", "2h", "7d", "2w". */
static bool
parse_ago(const char *text, int64_t *out)
{
    int64_t duration_us = 0;
    if (!duration_parse(text, &duration_us)) {
        return false;
    }
    *out = now_us() - duration_us;
    return true;
}

bool
instant_parse(const char *text, int64_t *out)
{
    return parse_date(text, out) || parse_word(text, out) ||
           parse_ago(text, out);
}
