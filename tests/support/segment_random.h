/*
   Random conditions on profiles: every kind that columns can answer, others
   that they cannot, and ones without a value. Events are "Viewed", "Bought",
   "Returned" and "Read", traits `plan`, `age`, `vip`, `tags` and `city`.
*/
#ifndef OMNI__SUPPORT_SEGMENT_RANDOM_H
#define OMNI__SUPPORT_SEGMENT_RANDOM_H

#include "support/api_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT 2000

/* Of the generator; set it first. */
static uint64_t state;

static uint64_t
below(uint64_t bound)
{
    return (api_random(&state) >> 11) % bound;
}

static const char *
one_of(const char *const *list, size_t count)
{
    return list[below(count)];
}

#define ONE_OF(...)                                                            \
    one_of((const char *const[]){__VA_ARGS__},                                 \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void
put(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
put(char *out, const char *format, ...)
{
    va_list list;
    const size_t used = strlen(out);
    va_start(list, format);
    vsnprintf(out + used, TEXT - used, format, list);
    va_end(list);
}

static const char *
operator(void)
{
    return ONE_OF("<", "<=", ">", ">=", "==", "!=");
}

static const char *
event_name(void)
{
    return ONE_OF("Viewed", "Bought", "Returned", "Read", "Never");
}

static const char *
window(void)
{
    return ONE_OF("", ", days(3)", ", days(10)", ", hours(30)",
                  ", duration(\"1us\")");
}

static const char *
number(void)
{
    return ONE_OF("0", "1", "2", "3", "1.5", "2u", "0.25", "-1", "-0.5", "20",
                  "4.75");
}

static const char *
time_value(void)
{
    return ONE_OF("now", "now - days(5)", "now + hours(1)",
                  "timestamp(\"2024-01-01T00:00:00Z\")",
                  "timestamp(\"2023-12-20T00:00:00.000001Z\")",
                  "timestamp(\"2023-12-28T00:00:00.0000015Z\")");
}

/* What columns cannot tell. */
static void
put_other(char *out)
{
    put(out, "%s",
        ONE_OF("size(events.channels()) > 1",
               "events.avg(\"Bought\", \"revenue\") > 10.0",
               "events.count(\"Viewed\") + events.count(\"Bought\") > 3",
               "size(profile.identifiers) > 1",
               "events.distinct(\"Bought\", \"note\") > 0",
               "events.last(\"Viewed\") > events.last(\"Bought\")",
               "now - profile.first_seen > days(12)"));
}

static void
put_atom(char *out)
{
    switch (below(18)) {
    case 0:
    case 1:
        put(out, "events.count(\"%s\"%s) %s %s", event_name(),
            window(), operator(), number());
        break;
    case 2:
        put(out, "%s %s events.count(\"%s\"%s)", number(), operator(),
            event_name(), window());
        break;
    case 3:
        put(out, "events.did(\"%s\"%s)", event_name(), window());
        break;
    case 4: /* given back now and then, so that a part is more than all */
        put(out, "events.sum(\"%s\", \"revenue\"%s%s) %s %s",
            ONE_OF("Bought", "Bought", "Returned"), ONE_OF("", "", ", \"CHF\""),
            window(), operator(), number());
        break;
    case 5:
        put(out, "events.sum(\"%s\", \"%s\"%s%s) %s %s", event_name(),
            ONE_OF("revenue", "total", "value", "x"),
            ONE_OF("", "", ", \"CHF\"", ", \"\""), window(), operator(),
            number());
        break;
    case 6:
        put(out, "events.%s(\"%s\") %s %s", ONE_OF("first", "last"),
            event_name(), operator(), time_value());
        break;
    case 7:
        put(out, "%s %s events.last(\"%s\")", time_value(), operator(),
            event_name());
        break;
    case 8:
    case 9:
        put(out, "traits.plan %s %s", ONE_OF("==", "!=", "<"),
            ONE_OF("\"gold\"", "\"free\"", "\"\""));
        break;
    case 10:
        put(out, "traits.%s %s %s", ONE_OF("age", "vip", "city"), operator(),
            ONE_OF("30", "30.5", "true", "\"30\""));
        break;
    case 11:
        put(out, "%s",
            ONE_OF("traits.vip", "has(traits.city)", "!has(traits.age)",
                   "traits.plan in [\"gold\", \"silver\"]",
                   "traits.tags.exists(t, t == \"x\")",
                   "traits[\"plan\"].startsWith(\"g\")",
                   "has(traits.plan) && traits.plan != null"));
        break;
    case 12:
        put(out, "profile.%s %s %s",
            ONE_OF("first_seen", "last_seen"), operator(), time_value());
        break;
    case 13:
        put(out, "%s",
            ONE_OF("segment(\"one\")", "segment(\"two\")", "segment(\"none\")",
                   "now > timestamp(\"2024-01-03T00:00:00Z\")", "true",
                   "1 / 0 == 1", "traits.plan == traits.city"));
        break;
    case 14: /* what columns cannot tell, but glances */
        put(out, "\"%s\" in events.channels(%s)",
            ONE_OF("web", "store", "mail", "Bought"),
            ONE_OF("", "days(3)", "days(10)"));
        break;
    default:
        put_other(out);
        break;
    }
}

static void
put_expression(char *out, unsigned depth)
{
    const uint64_t kind = depth == 0 ? 0 : below(6);
    if (kind < 2) {
        put_atom(out);
        return;
    }
    put(out, kind == 2 ? "!(" : "(");
    put_expression(out, depth - 1);
    for (uint64_t i = kind == 2 ? 0 : 1 + below(2); i != 0; --i) {
        put(out, kind < 5 ? " && " : " || ");
        put_expression(out, depth - 1);
    }
    put(out, ")");
}

#endif
