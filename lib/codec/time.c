/*
   RFC 3339 instants. Days are counted in 400-year eras that begin in March,
   so that the leap day is the last of its year.
*/
#include "codec/time.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define ERA_DAYS 146097   /* days of 400 years */
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */
#define FIRST_US (INT64_C(-62135596800) * SECOND_US) /* 0001-01-01 */
#define LAST_US (INT64_C(253402300800) * SECOND_US - 1)

/* Text being read; every take is false at its end or at anything else. */
typedef struct scan {
    const uint8_t *at;
    const uint8_t *end;
} scan;

static bool
at_digit(const scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool
take_number(scan *s, int digits, int *out)
{
    int value = 0;
    for (int i = 0; i < digits; ++i) {
        if (!at_digit(s)) {
            return false;
        }
        value = value * 10 + (*s->at++ - '0');
    }
    *out = value;
    return true;
}

static bool
take(scan *s, char wanted)
{
    if (s->at == s->end || *s->at != (uint8_t)wanted) {
        return false;
    }
    ++s->at;
    return true;
}

static int
days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static int64_t
days_from_date(int year, int month, int day)
{
    const int y = month <= 2 ? year - 1 : year; /* from March, never below 0 */
    const int m = (month + 9) % 12;
    const int era = y / 400;
    const int year_of_era = y % 400;
    const int day_of_year = (153 * m + 2) / 5 + day - 1;
    const int day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

bool
omni__time_days(int year, int month, int day, int64_t *days)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month)) {
        return false;
    }
    *days = days_from_date(year, month, day);
    return true;
}

static bool
take_date(scan *s, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_number(s, 4, &year) || !take(s, '-') ||
        !take_number(s, 2, &month) || !take(s, '-') ||
        !take_number(s, 2, &day)) {
        return false;
    }
    return omni__time_days(year, month, day, days);
}

/* Fraction digits after the point, as microseconds, cut off. */
static bool
take_fraction(scan *s, int64_t *us)
{
    int64_t unit = SECOND_US / 10;
    if (!at_digit(s)) {
        return false;
    }
    while (at_digit(s)) {
        *us += (*s->at++ - '0') * unit;
        unit /= 10;
    }
    return true;
}

static bool
take_clock(scan *s, int64_t *us)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int64_t fraction = 0;
    if (!take_number(s, 2, &hour) || !take(s, ':') ||
        !take_number(s, 2, &minute)) {
        return false;
    }
    if (take(s, ':')) {
        if (!take_number(s, 2, &second)) {
            return false;
        }
        if (take(s, '.') && !take_fraction(s, &fraction)) {
            return false;
        }
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *us = (hour * 3600 + minute * 60 + second) * SECOND_US + fraction;
    return true;
}

/* What is left: nothing, Z, or an offset. */
static bool
take_offset(scan *s, int64_t *seconds)
{
    *seconds = 0;
    if (s->at == s->end || take(s, 'Z') || take(s, 'z')) {
        return true;
    }
    const bool west = take(s, '-');
    int hours = 0;
    int minutes = 0;
    if ((!west && !take(s, '+')) || !take_number(s, 2, &hours)) {
        return false;
    }
    if (s->at != s->end) {
        take(s, ':');
        if (!take_number(s, 2, &minutes)) {
            return false;
        }
    }
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}

bool
omni__time_written(int64_t time_us)
{
    return time_us >= FIRST_US && time_us <= LAST_US;
}

bool
omni__time_parse(omni__slice text, int64_t *out)
{
    scan s = {.at = text.data, .end = text.data + text.size};
    int64_t days = 0;
    int64_t clock_us = 0;
    int64_t offset_s = 0;
    if (text.size == 0 || !take_date(&s, &days)) {
        return false;
    }
    if (s.at != s.end) {
        if (!(take(&s, 'T') || take(&s, 't') || take(&s, ' ')) ||
            !take_clock(&s, &clock_us) || !take_offset(&s, &offset_s)) {
            return false;
        }
    }
    const int64_t us = (days * DAY_S - offset_s) * SECOND_US + clock_us;
    if (s.at != s.end || !omni__time_written(us)) {
        return false;
    }
    *out = us;
    return true;
}

static char *
put_number(char *to, int digits, int64_t value)
{
    for (int i = digits; i > 0; --i) {
        to[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + digits;
}

static char *
put_date(char *to, int64_t days)
{
    const int64_t shifted = days + EPOCH_DAYS; /* never negative: year >= 1 */
    const int64_t era = shifted / ERA_DAYS;
    const int64_t doe = shifted % ERA_DAYS; /* day of era */
    const int64_t yoe =
        (doe - doe / 1460 + doe / 36524 - doe / (ERA_DAYS - 1)) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t m = (5 * doy + 2) / 153; /* from March */
    const int64_t day = doy - (153 * m + 2) / 5 + 1;
    const int64_t month = m < 10 ? m + 3 : m - 9;
    to = put_number(to, 4, era * 400 + yoe + (month <= 2 ? 1 : 0));
    *to++ = '-';
    to = put_number(to, 2, month);
    *to++ = '-';
    return put_number(to, 2, day);
}

size_t
omni__time_format(int64_t time_us, char text[OMNI__TIME_TEXT])
{
    const int64_t us = time_us < FIRST_US  ? FIRST_US
                       : time_us > LAST_US ? LAST_US
                                           : time_us;
    const int64_t since = us - FIRST_US; /* not negative */
    const int64_t days = since / (DAY_S * SECOND_US);
    const int64_t second = since / SECOND_US % DAY_S;
    const int64_t fraction = since % SECOND_US;
    char *to = put_date(text, days + FIRST_US / (DAY_S * SECOND_US));
    *to++ = 'T';
    to = put_number(to, 2, second / 3600);
    *to++ = ':';
    to = put_number(to, 2, second / 60 % 60);
    *to++ = ':';
    to = put_number(to, 2, second % 60);
    if (fraction % 1000 != 0) {
        *to++ = '.';
        to = put_number(to, 6, fraction);
    } else if (fraction != 0) {
        *to++ = '.';
        to = put_number(to, 3, fraction / 1000);
    }
    *to++ = 'Z';
    *to = '\0';
    return (size_t)(to - text);
}
