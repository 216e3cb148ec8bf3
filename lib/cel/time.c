/*
   Instants and durations to text and back. Days from civil dates and back: the
   proleptic Gregorian calendar counted in eras of 400 years.
*/
#include "cel/time.h"

#include <inttypes.h>
#include <stdio.h>

#define NANO INT64_C(1000000000)
#define DAY INT64_C(86400)
#define ERA_DAYS 146097

static int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t of_era = year - era * 400;
    const int64_t of_year =
        (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    const int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * ERA_DAYS + days - 719468;
}

void
omni__cel_calendar_of(int64_t seconds, omni__cel_calendar *out)
{
    int64_t days = seconds / DAY;
    int64_t rest = seconds % DAY;
    if (rest < 0) {
        rest += DAY;
        --days;
    }
    out->hour = (unsigned)(rest / 3600);
    out->minute = (unsigned)(rest / 60 % 60);
    out->second = (unsigned)(rest % 60);
    out->weekday = (unsigned)(((days + 4) % 7 + 7) % 7);
    const int64_t shifted = days + 719468;
    const int64_t era =
        (shifted >= 0 ? shifted : shifted - (ERA_DAYS - 1)) / ERA_DAYS;
    const int64_t of_era = shifted - era * ERA_DAYS;
    const int64_t years =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    out->day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    out->month = (unsigned)(month < 10 ? month + 3 : month - 9);
    out->year = years + era * 400 + (out->month <= 2);
    const int64_t first = days_of(out->year, 1, 1);
    const int64_t month_day = days - (int64_t)out->day + 1;
    out->yearday = (unsigned)(days - first);
    out->year_days = (unsigned)(days_of(out->year + 1, 1, 1) - first);
    out->month_days = (unsigned)(days_of(out->year + out->month / 12,
                                         out->month % 12 + 1, 1) -
                                 month_day);
}

typedef struct cursor {
    omni__slice text;
    size_t at;
    bool bad;
} cursor;

static unsigned
digits(cursor *c, size_t count)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; ++i, ++c->at) {
        const unsigned digit =
            c->at < c->text.size ? (unsigned)c->text.data[c->at] - '0' : 99u;
        if (digit > 9) {
            c->bad = true;
            return 0;
        }
        value = value * 10 + digit;
    }
    return value;
}

static bool
accept(cursor *c, char wanted)
{
    const bool there =
        c->at < c->text.size && c->text.data[c->at] == (uint8_t)wanted;
    c->at += there;
    return there;
}

/* Up to nine digits as nanoseconds; more are an error. */
static uint32_t
fraction(cursor *c)
{
    uint32_t value = 0;
    unsigned count = 0;
    while (c->at < c->text.size && c->text.data[c->at] >= '0' &&
           c->text.data[c->at] <= '9') {
        c->bad = c->bad || ++count > 9;
        value = count > 9 ? value
                          : value * 10 + (uint32_t)(c->text.data[c->at] - '0');
        ++c->at;
    }
    c->bad = c->bad || count == 0;
    for (; count < 9; ++count) {
        value *= 10;
    }
    return value;
}

static int64_t
utc_offset(cursor *c)
{
    if (accept(c, 'Z') || accept(c, 'z')) {
        return 0;
    }
    const bool minus = accept(c, '-');
    c->bad = c->bad || (!minus && !accept(c, '+'));
    const unsigned hours = digits(c, 2);
    c->bad = c->bad || !accept(c, ':');
    const unsigned minutes = digits(c, 2);
    c->bad = c->bad || hours > 23 || minutes > 59;
    const int64_t offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    return minus ? -offset : offset;
}

static unsigned
month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool
omni__cel_timestamp_parse(omni__slice text, omni__cel_value *out)
{
    cursor c = {.text = text};
    uint32_t nanoseconds = 0;
    const unsigned year = digits(&c, 4);
    c.bad = c.bad || !accept(&c, '-');
    const unsigned month = digits(&c, 2);
    c.bad = c.bad || !accept(&c, '-');
    const unsigned day = digits(&c, 2);
    c.bad = c.bad || (!accept(&c, 'T') && !accept(&c, 't'));
    const unsigned hour = digits(&c, 2);
    c.bad = c.bad || !accept(&c, ':');
    const unsigned minute = digits(&c, 2);
    c.bad = c.bad || !accept(&c, ':');
    const unsigned second = digits(&c, 2);
    if (accept(&c, '.')) {
        nanoseconds = fraction(&c);
    }
    const int64_t offset = utc_offset(&c);
    if (c.bad || c.at != text.size || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month) || hour > 23 || minute > 59 ||
        second > 59) {
        return false;
    }
    const int64_t seconds = days_of(year, month, day) * DAY +
                            (int64_t)hour * 3600 + (int64_t)minute * 60 +
                            second - offset;
    *out = omni__cel_timestamp(seconds, nanoseconds);
    return seconds >= OMNI__CEL_TIME_MIN && seconds < OMNI__CEL_TIME_END;
}

typedef struct unit {
    const char *name;
    int64_t nanoseconds;
} unit;

/* Longer names first. */
static const unit units[] = {
    {"ns", 1},       {"us", 1000}, {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
    {"ms", 1000000}, {"s", NANO},  {"m", 60 * NANO},    {"h", 3600 * NANO}};

static int64_t
take_unit(cursor *c)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); ++i) {
        const size_t size = strlen(units[i].name);
        if (c->text.size - c->at >= size &&
            memcmp(c->text.data + c->at, units[i].name, size) == 0) {
            c->at += size;
            return units[i].nanoseconds;
        }
    }
    c->bad = true;
    return 1;
}

static size_t
skip_digits(cursor *c)
{
    const size_t from = c->at;
    while (c->at < c->text.size && c->text.data[c->at] >= '0' &&
           c->text.data[c->at] <= '9') {
        ++c->at;
    }
    return c->at - from;
}

/* One "1.5h". Negative sums reach one further, so that terms are taken away
   where the sign is minus. */
static void
add_term(cursor *c, bool minus, int64_t *total)
{
    int64_t whole = 0;
    int64_t behind = 0;
    const size_t first = c->at;
    const size_t digits_before = skip_digits(c);
    const size_t point = c->at;
    const size_t digits_behind = accept(c, '.') ? skip_digits(c) : 0;
    c->bad = c->bad || digits_before + digits_behind == 0;
    const int64_t each = take_unit(c);
    for (size_t i = first; i < first + digits_before; ++i) {
        c->bad = c->bad || __builtin_mul_overflow(whole, 10, &whole) ||
                 __builtin_add_overflow(whole, c->text.data[i] - '0', &whole);
    }
    /* From the last digit on: what is cut off here is less than one. */
    for (size_t i = point + digits_behind; i > point; --i) {
        behind = ((c->text.data[i] - '0') * each + behind) / 10;
    }
    c->bad = c->bad || __builtin_mul_overflow(whole, each, &whole) ||
             (minus ? __builtin_sub_overflow(*total, whole, total) ||
                          __builtin_sub_overflow(*total, behind, total)
                    : __builtin_add_overflow(*total, whole, total) ||
                          __builtin_add_overflow(*total, behind, total));
}

bool
omni__cel_duration_parse(omni__slice text, omni__cel_value *out)
{
    cursor c = {.text = text};
    int64_t total = 0;
    const bool minus = accept(&c, '-');
    if (!minus) {
        accept(&c, '+');
    }
    if (c.at + 1 == text.size && text.data[c.at] == '0') {
        *out = omni__cel_duration(0);
        return true;
    }
    if (c.at == text.size) {
        return false;
    }
    while (!c.bad && c.at < text.size) {
        add_term(&c, minus, &total);
    }
    *out = omni__cel_duration(total);
    return !c.bad;
}

/* ".5" of nanoseconds, or nothing; returns its size. */
static size_t
put_fraction(uint32_t nanoseconds, char *text, size_t room)
{
    if (nanoseconds == 0) {
        text[0] = '\0';
        return 0;
    }
    int size = snprintf(text, room, ".%09" PRIu32, nanoseconds);
    while (text[size - 1] == '0') {
        text[--size] = '\0';
    }
    return (size_t)size;
}

size_t
omni__cel_timestamp_format(omni__cel_value value,
                           char text[OMNI__CEL_TIME_TEXT])
{
    omni__cel_calendar at;
    omni__cel_calendar_of(value.as.number, &at);
    size_t size = (size_t)snprintf(
        text, OMNI__CEL_TIME_TEXT, "%04d-%02u-%02uT%02u:%02u:%02u",
        (int)at.year, at.month, at.day, at.hour, at.minute, at.second);
    size += put_fraction(value.size, text + size, OMNI__CEL_TIME_TEXT - size);
    text[size++] = 'Z';
    text[size] = '\0';
    return size;
}

size_t
omni__cel_duration_format(omni__cel_value value, char text[OMNI__CEL_TIME_TEXT])
{
    const bool minus = value.as.number < 0;
    const uint64_t all = minus ? UINT64_C(0) - (uint64_t)value.as.number
                               : (uint64_t)value.as.number;
    size_t size = (size_t)snprintf(text, OMNI__CEL_TIME_TEXT, "%s%" PRIu64,
                                   minus ? "-" : "", all / (uint64_t)NANO);
    size += put_fraction((uint32_t)(all % (uint64_t)NANO), text + size,
                         OMNI__CEL_TIME_TEXT - size);
    text[size++] = 's';
    text[size] = '\0';
    return size;
}
