/* One walk over form and text together, into the parts of a date. */
#include "codec/time_form.h"

#include "codec/decimal.h"
#include "codec/time.h"

#include <stdio.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define FORM_MAX 64  /* bytes of a form */
#define COUNT_MAX 40 /* of a count since 1970 */

/* What was found so far. */
typedef struct parts {
    int year, month, day;
    int hour, minute, second;
    int half; /* 1 AM, 2 PM, 0: hours of 24 */
    int64_t fraction_us;
    bool has_offset;
    int32_t offset_s;
} parts;

typedef struct scan {
    const uint8_t *at;
    const uint8_t *end;
} scan;

static bool
is_digit(const scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
skip_space(scan *s)
{
    while (s->at < s->end && is_space(*s->at)) {
        ++s->at;
    }
}

static bool
take(scan *s, uint8_t wanted)
{
    if (s->at == s->end || *s->at != wanted) {
        return false;
    }
    ++s->at;
    return true;
}

static bool
take_number(scan *s, int least, int most, int *out)
{
    int value = 0;
    int count = 0;
    for (; count < most && is_digit(s); ++count) {
        value = value * 10 + (*s->at++ - '0');
    }
    *out = value;
    return count >= least;
}

/* A name of a list, whole or its first three letters; from 1, or 0. */
static int
take_name(scan *s, const char *const *names, int count)
{
    for (int i = 0; i < count; ++i) {
        size_t size = 0;
        while (names[i][size] != '\0' && s->at + size < s->end &&
               (s->at[size] | 0x20) == (names[i][size] | 0x20)) {
            ++size;
        }
        if (size >= 3) {
            s->at += names[i][size] == '\0' ? size : 3;
            return i + 1;
        }
    }
    return 0;
}

static bool
take_fraction(scan *s, int64_t *out)
{
    int64_t unit = SECOND_US / 10;
    int count = 0;
    for (*out = 0; is_digit(s) && count < 9; ++count, unit /= 10) {
        *out += (*s->at++ - '0') * unit;
    }
    return count != 0;
}

static bool
take_half(scan *s, int *half)
{
    if (s->end - s->at < 2 || (s->at[1] | 0x20) != 'm') {
        return false;
    }
    const uint8_t first = s->at[0] | 0x20;
    *half = first == 'a' ? 1 : first == 'p' ? 2 : 0;
    s->at += 2;
    return *half != 0;
}

static bool
take_offset(scan *s, int32_t *offset_s)
{
    *offset_s = 0;
    if (take(s, 'Z') || take(s, 'z')) {
        return true;
    }
    const bool west = take(s, '-');
    int hours = 0;
    int minutes = 0;
    if ((!west && !take(s, '+')) || !take_number(s, 2, 2, &hours)) {
        return false;
    }
    if (take(s, ':') || is_digit(s)) {
        if (!take_number(s, 2, 2, &minutes)) {
            return false;
        }
    }
    *offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}

static const char *const months[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Monday",   "Tuesday", "Wednesday",
                                       "Thursday", "Friday",  "Saturday",
                                       "Sunday"};

static bool
take_directive(scan *s, uint8_t directive, parts *p)
{
    switch (directive) {
    case 'Y':
        return take_number(s, 4, 4, &p->year);
    case 'y':
        if (!take_number(s, 2, 2, &p->year)) {
            return false;
        }
        p->year += p->year < 69 ? 2000 : 1900;
        return true;
    case 'm':
        return take_number(s, 1, 2, &p->month);
    case 'b':
    case 'B':
        p->month = take_name(s, months, 12);
        return p->month != 0;
    case 'd':
    case 'e':
        skip_space(s);
        return take_number(s, 1, 2, &p->day);
    case 'a':
    case 'A':
        return take_name(s, weekdays, 7) != 0;
    case 'H':
    case 'I':
        return take_number(s, 1, 2, &p->hour);
    case 'M':
        return take_number(s, 1, 2, &p->minute);
    case 'S':
        return take_number(s, 1, 2, &p->second);
    case 'f':
        return take_fraction(s, &p->fraction_us);
    case 'p':
        return take_half(s, &p->half);
    case 'z':
        p->has_offset = true;
        return take_offset(s, &p->offset_s);
    default:
        return take(s, directive); /* a percent sign */
    }
}

/* Directives that stand for several, or NULL. */
static const char *
expansion(uint8_t directive)
{
    switch (directive) {
    case 'F':
        return "%Y-%m-%d";
    case 'T':
        return "%H:%M:%S";
    case 'R':
        return "%H:%M";
    case 'D':
        return "%m/%d/%y";
    default:
        return NULL;
    }
}

/* A form without such; its size. `out` has room for 8 times as much. */
static size_t
expand(omni__slice form, uint8_t *out)
{
    size_t size = 0;
    for (size_t i = 0; i < form.size; ++i) {
        const bool marked = form.data[i] == '%' && i + 1 < form.size;
        const char *more = marked ? expansion(form.data[i + 1]) : NULL;
        if (more != NULL) {
            memcpy(out + size, more, strlen(more));
            size += strlen(more);
            ++i;
        } else {
            out[size++] = form.data[i];
            if (marked) {
                out[size++] = form.data[++i];
            }
        }
    }
    return size;
}

static bool
take_form(scan *form, scan *text, parts *p)
{
    while (form->at < form->end) {
        const uint8_t c = *form->at++;
        if (is_space(c)) {
            skip_space(text);
        } else if (c != '%') {
            if (!take(text, c)) {
                return false;
            }
        } else if (form->at == form->end ||
                   !take_directive(text, *form->at++, p)) {
            return false;
        }
    }
    return text->at == text->end;
}

static bool
join_parts(const parts *p, int32_t offset_s, int64_t *out)
{
    int64_t days = 0;
    int hour = p->hour;
    if (p->half != 0) {
        if (hour < 1 || hour > 12) {
            return false;
        }
        hour = hour % 12 + (p->half == 2 ? 12 : 0);
    }
    if (!omni__time_days(p->year, p->month, p->day, &days) || hour > 23 ||
        p->minute > 59 || p->second > 60) {
        return false;
    }
    const int64_t clock = hour * 3600 + p->minute * 60 + p->second;
    const int32_t offset = p->has_offset ? p->offset_s : offset_s;
    *out = (days * DAY_S + clock - offset) * SECOND_US + p->fraction_us;
    return omni__time_written(*out);
}

static bool
is_word(omni__slice form, const char *word)
{
    return omni__slice_equal(form, omni__slice_text(word));
}

/* Whether an RFC 3339 text says how far it is from UTC. */
static bool
has_offset(omni__slice text)
{
    for (size_t i = 10; i < text.size; ++i) {
        const uint8_t c = text.data[i];
        if (c == 'Z' || c == 'z' || c == '+' || c == '-') {
            return true;
        }
    }
    return false;
}

/* A count since 1970, of 10^places to the second. */
static bool
read_count(omni__slice text, int places, int64_t *out)
{
    char seconds[COUNT_MAX + 4];
    omni__int128 micro;
    if (text.size == 0 || text.size > COUNT_MAX ||
        memchr(text.data, 'e', text.size) != NULL ||
        memchr(text.data, 'E', text.size) != NULL) {
        return false;
    }
    const int size = snprintf(seconds, sizeof(seconds), "%.*se-%d",
                              (int)text.size, (const char *)text.data, places);
    if (!omni__decimal_micro(omni__slice_of(seconds, (size_t)size), &micro)) {
        return false;
    }
    *out = (int64_t)micro.low;
    return micro.high == (*out < 0 ? UINT64_MAX : 0) &&
           omni__time_written(*out);
}

bool
omni__time_form_read(omni__slice form, omni__slice text, int32_t offset_s,
                     int64_t *out)
{
    int64_t time_us = 0;
    bool fine;
    if (is_word(form, "rfc3339")) {
        fine = omni__time_parse(text, &time_us);
        time_us -= has_offset(text) ? 0 : offset_s * SECOND_US;
        fine = fine && omni__time_written(time_us);
    } else if (is_word(form, "unix")) {
        fine = read_count(text, 0, &time_us);
    } else if (is_word(form, "unix_ms")) {
        fine = read_count(text, 3, &time_us);
    } else if (is_word(form, "unix_us")) {
        fine = read_count(text, 6, &time_us);
    } else {
        uint8_t whole[8 * FORM_MAX];
        parts p = {.year = 0};
        scan pattern = {.at = whole};
        scan s = {.at = text.data, .end = text.data + text.size};
        pattern.end = whole + expand(form, whole);
        fine = text.size != 0 && take_form(&pattern, &s, &p) &&
               join_parts(&p, offset_s, &time_us);
    }
    if (fine) {
        *out = time_us;
    }
    return fine;
}

/* Whether an expanded form has one of some directives. */
static bool
has_any(omni__slice form, const char *directives)
{
    for (size_t i = 0; i + 1 < form.size; ++i) {
        if (form.data[i] == '%' && strchr(directives, form.data[++i]) != NULL) {
            return true;
        }
    }
    return false;
}

const char *
omni__time_form_fault(omni__slice form)
{
    if (is_word(form, "rfc3339") || is_word(form, "unix") ||
        is_word(form, "unix_ms") || is_word(form, "unix_us")) {
        return NULL;
    }
    if (form.size > FORM_MAX) {
        return "is longer than 64 bytes";
    }
    uint8_t bytes[8 * FORM_MAX];
    const omni__slice whole = omni__slice_of(bytes, expand(form, bytes));
    for (size_t i = 0; i < whole.size; ++i) {
        if (whole.data[i] != '%') {
            continue;
        }
        if (++i == whole.size || whole.data[i] == '\0' ||
            strchr("YymbBdeaAHIpMSfz%", whole.data[i]) == NULL) {
            return "has a directive other than %Y %y %m %b %B %d %e %a %A %H "
                   "%I %p %M %S %f %z %F %T %R %D %%";
        }
    }
    if (!has_any(whole, "Yy") || !has_any(whole, "mbB") ||
        !has_any(whole, "de")) {
        return "is neither rfc3339, unix, unix_ms nor unix_us, nor does it "
               "have year, month and day, such as %Y-%m-%d";
    }
    if (has_any(whole, "I") != has_any(whole, "p")) {
        return "has one of %I and %p, which go together";
    }
    return NULL;
}

bool
omni__time_form_is_date(omni__slice form)
{
    uint8_t bytes[8 * FORM_MAX];
    if (form.size > FORM_MAX || form.size == 0 ||
        memchr(form.data, '%', form.size) == NULL) {
        return false;
    }
    const size_t size = expand(form, bytes);
    return !has_any(omni__slice_of(bytes, size), "HI");
}

bool
omni__time_zone_read(omni__slice text, int32_t *offset_s)
{
    scan s = {.at = text.data, .end = text.data + text.size};
    int32_t seconds = 0;
    const bool utc = is_word(text, "UTC") || is_word(text, "utc");
    if (!utc &&
        (text.size == 0 || !take_offset(&s, &seconds) || s.at != s.end)) {
        return false;
    }
    *offset_s = seconds;
    return true;
}
