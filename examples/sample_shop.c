/*
   Prints the event stream of a made-up Swiss outdoor shop as Segment-spec JSON
   lines: web, app, tills, a call centre and e-mail, with what happens in such
   streams: visitors who become known, a tablet that many use, an e-mail that
   a family shares, retries, late events. The same options print the same
   bytes on every machine.

       sample_shop [--seed N] [--people N] [--days N] [--dirt]
*/
#include "sample_shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
live(shop *shop, person *person)
{
    static const visit_fn visits[] = {
        visit_web,   visit_web,   visit_web,  visit_app,   visit_app,
        visit_store, visit_store, newsletter, call_centre, visit_kiosk,
    };
    const bool everywhere = person->number < CAST;
    const uint64_t count = everywhere ? LENGTH(visits) : 3 + below(person, 7);
    const uint64_t stretch = shop->days * DAY / count;
    for (uint64_t i = 0; i < count; ++i) {
        const int64_t day = (int64_t)(i * stretch + below(person, stretch));
        const int64_t time = OPENING + day / DAY * DAY + 7 * HOUR +
                             (int64_t)below(person, 13 * HOUR);
        visits[everywhere ? i : below(person, LENGTH(visits))](shop, person,
                                                               time);
    }
    odd_things(shop, person);
}

/* Lines that cannot be taken, or only with a remark. */
static void
add_dirt(shop *shop)
{
    static const char *const lines[] = {
        "{\"type\":\"track\",\"event\":\"Torn",
        "{\"type\":\"track\",\"event\":\"Nobody Named\"}",
        "{\"type\":\"track\",\"event\":\"Guest\",\"userId\":\"guest\"}",
        "{\"type\":\"track\",\"userId\":\"u00001\"}",
        "{\"type\":\"shout\",\"userId\":\"u00001\"}",
        "{\"type\":\"track\",\"event\":\"Bad Time\",\"userId\":\"u00001\","
        "\"timestamp\":\"yesterday\"}",
        "{\"type\":\"track\",\"event\":\"Half Named\",\"userId\":\"u00001\","
        "\"anonymousId\":\"undefined\",\"messageId\":\"dirt-7\","
        "\"timestamp\":\"2026-01-06T08:00:00Z\"}",
        "{\"type\":\"track\",\"event\":\"From Afar\",\"userId\":\"u00001\","
        "\"messageId\":\"dirt-8\",\"timestamp\":\"2099-01-01T00:00:00Z\"}",
        "not JSON at all",
    };
    for (size_t i = 0; i < LENGTH(lines); ++i) {
        const int64_t at = OPENING + (int64_t)i * DAY;
        keep_line(shop, at, write_text("%s", lines[i]));
    }
}

static bool
read_options(shop *shop, int count, char **words)
{
    const struct {
        const char *name;
        uint64_t *value;
        uint64_t most;
    } numbers[] = {{"--seed", &shop->seed, UINT64_MAX},
                   {"--people", &shop->people, 1000000},
                   {"--days", &shop->days, 10000}};
    for (int i = 1; i < count; ++i) {
        bool known = strcmp(words[i], "--dirt") == 0;
        shop->dirt = shop->dirt || known;
        for (size_t j = 0; !known && j < LENGTH(numbers); ++j) {
            if (strcmp(words[i], numbers[j].name) == 0 && i + 1 < count) {
                char *end = NULL;
                *numbers[j].value = strtoull(words[++i], &end, 10);
                known = *end == '\0' && end != words[i] &&
                        *numbers[j].value <= numbers[j].most;
                break;
            }
        }
        if (!known) {
            return false;
        }
    }
    return shop->days != 0;
}

int
main(int argc, char **argv)
{
    shop shop = {.seed = 1, .people = 200, .days = 90};
    if (!read_options(&shop, argc, argv)) {
        fputs("usage: sample_shop [--seed N] [--people N] [--days N] "
              "[--dirt]\n",
              stderr);
        return 2;
    }
    for (uint64_t i = 0; i < shop.people; ++i) {
        person person;
        invent(&shop, i, &person);
        live(&shop, &person);
    }
    if (shop.dirt) {
        add_dirt(&shop);
    }
    print_lines(&shop);
    return fflush(stdout) == 0 ? 0 : 3;
}
