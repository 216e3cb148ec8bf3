/* POSIX TZ: std offset [dst [offset] [,start[/time],end[/time]]], with the
   hours of RFC 8536 (-167 to 167). */
#include "cel/zone_rule.h"

#include "cel/time.h"

typedef struct cursor {
    omni__slice text;
    size_t at;
    bool bad;
} cursor;

static int
peek(const cursor *c)
{
    return c->at < c->text.size ? c->text.data[c->at] : -1;
}

static bool
accept(cursor *c, int wanted)
{
    const bool there = peek(c) == wanted;
    c->at += there;
    return there;
}

static int32_t
number(cursor *c, int32_t most)
{
    int32_t value = 0;
    size_t count = 0;
    while (peek(c) >= '0' && peek(c) <= '9' && count < 4) {
        value = value * 10 + (peek(c) - '0');
        ++c->at;
        ++count;
    }
    c->bad = c->bad || count == 0 || value > most;
    return value;
}

static void
name(cursor *c)
{
    const bool quoted = accept(c, '<');
    size_t count = 0;
    for (; c->at < c->text.size; ++c->at, ++count) {
        const int letter = peek(c) | 0x20;
        if (quoted ? peek(c) == '>' : letter < 'a' || letter > 'z') {
            break;
        }
    }
    c->bad = c->bad || count < 3 || (quoted && !accept(c, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t
clock_time(cursor *c)
{
    const bool minus = accept(c, '-');
    if (!minus) {
        accept(c, '+');
    }
    int32_t value = number(c, 167) * 3600;
    if (accept(c, ':')) {
        value += number(c, 59) * 60;
    }
    if (accept(c, ':')) {
        value += number(c, 59);
    }
    return minus ? -value : value;
}

static bool
is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Day of the year (from 0) of the `week`th `weekday` of a month; 5: last. */
static int32_t
nth_weekday(int64_t year, int32_t month, int32_t week, int32_t weekday,
            int32_t first_weekday)
{
    static const int16_t before[] = {0,   31,  59,  90,  120, 151, 181,
                                     212, 243, 273, 304, 334, 365};
    const int32_t leap = is_leap(year) ? 1 : 0;
    const int32_t start = before[month - 1] + (month > 2 ? leap : 0);
    const int32_t end = before[month] + (month >= 2 ? leap : 0);
    const int32_t falls = (first_weekday + start) % 7;
    int32_t day = start + (weekday - falls + 7) % 7 + (week - 1) * 7;
    while (day >= end) {
        day -= 7;
    }
    return day;
}

/* Seconds from the start of the year to a change, in local time. */
static int64_t
change(cursor *c, int64_t year, int32_t first_weekday)
{
    int32_t day;
    if (accept(c, 'M')) {
        const int32_t month = number(c, 12);
        c->bad = c->bad || !accept(c, '.');
        const int32_t week = number(c, 5);
        c->bad = c->bad || !accept(c, '.');
        const int32_t weekday = number(c, 6);
        c->bad = c->bad || month == 0 || week == 0;
        day =
            c->bad ? 0 : nth_weekday(year, month, week, weekday, first_weekday);
    } else if (accept(c, 'J')) {
        day = number(c, 365) - 1;
        day += is_leap(year) && day >= 59 ? 1 : 0;
    } else {
        day = number(c, 365);
    }
    const int32_t time = accept(c, '/') ? clock_time(c) : 2 * 3600;
    return (int64_t)day * 86400 + time;
}

/* Narrow to the seconds of the year between edges. */
static void
narrow(omni__cel_offset *out, int64_t seconds, int64_t local,
       const int64_t *edges, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        const int64_t at = seconds - local + edges[i];
        if (at > seconds) {
            out->until = at < out->until ? at : out->until;
        } else {
            out->since = at > out->since ? at : out->since;
        }
    }
}

bool
omni__cel_zone_rule(omni__slice rule, int64_t seconds, omni__cel_offset *out)
{
    cursor c = {.text = rule};
    omni__cel_calendar at;
    accept(&c, '\n');
    name(&c);
    const int32_t standard = -clock_time(&c);
    *out = (omni__cel_offset){
        .ahead = standard, .since = INT64_MIN, .until = INT64_MAX};
    if (c.bad || peek(&c) == '\n' || peek(&c) < 0) {
        return !c.bad;
    }
    int32_t summer = standard + 3600;
    name(&c);
    if (peek(&c) != ',') {
        summer = -clock_time(&c);
    }
    c.bad = c.bad || !accept(&c, ',');
    omni__cel_calendar_of(seconds + standard, &at);
    const int64_t local = (int64_t)at.yearday * 86400 +
                          (int64_t)at.hour * 3600 + (int64_t)at.minute * 60 +
                          at.second;
    const int32_t first_weekday =
        (int32_t)((at.weekday + 371 - at.yearday) % 7);
    const int64_t start = change(&c, at.year, first_weekday);
    c.bad = c.bad || !accept(&c, ',');
    const int64_t end =
        change(&c, at.year, first_weekday) - (summer - standard);
    const bool saving = start < end ? local >= start && local < end
                                    : local >= start || local < end;
    const int64_t edges[] = {0, start, end, (int64_t)at.year_days * 86400};
    out->ahead = saving ? summer : standard;
    narrow(out, seconds, local, edges, sizeof(edges) / sizeof(edges[0]));
    return !c.bad;
}
