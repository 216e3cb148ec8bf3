/* Instants as people write them: RFC 3339. */
#include "text.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)

omni_text
instant_format(int64_t time_us, char text[INSTANT_TEXT])
{
    const int64_t part = (time_us % SECOND_US + SECOND_US) % SECOND_US;
    const time_t seconds = (time_t)((time_us - part) / SECOND_US);
    struct tm parts = {0};
    char fraction[8] = "";
    if (part % 1000 != 0) {
        snprintf(fraction, sizeof(fraction), ".%06d", (int)part);
    } else if (part != 0) {
        snprintf(fraction, sizeof(fraction), ".%03d", (int)(part / 1000));
    }
    if (gmtime_r(&seconds, &parts) == NULL) {
        return text_of("?");
    }
    char clock[16];
    strftime(clock, sizeof(clock), "-%m-%dT%H:%M:%S", &parts);
    snprintf(text, INSTANT_TEXT, "%04d%s%sZ", parts.tm_year + 1900, clock,
             fraction);
    return text_of(text);
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

bool
instant_parse(const char *text, int64_t *out)
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
    if (*at != '\0' && ((strchr("Tt ", *at++) == NULL) ||
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
    const int64_t seconds = timegm(&parts);
    if (given.tm_sec < 60 &&
        (parts.tm_mon != given.tm_mon || parts.tm_mday != given.tm_mday)) {
        return false; /* a day that its month does not have */
    }
    *out = (seconds - offset) * SECOND_US + fraction;
    return true;
}
