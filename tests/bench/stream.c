/*
   The stream: visitors of a web shop who log in later, purchases in stores by
   loyalty card, an app, e-mails and calls; some people do far more than
   others. 3 % of the records are retries, a third of them with one more
   identifier than before; 5 % come late. Devices are never shared and nobody
   has two accounts, so that a store without rules for those gets it right.
*/
#include "stream.h"

#include "bench.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const bench_namespaces[BENCH_NAMESPACES] = {
    "user_id", "email", "loyalty_id", "phone", "anonymous_id", "device_id"};

enum {
    PRODUCT_VIEWED,
    PRODUCT_ADDED,
    CART_VIEWED,
    PAGE,
    IDENTIFY,
    NEWSLETTER,
    ORDER,
    REFUND,
    COUPON,
    SCREEN_VIEWED,
    PUSH_OPENED,
    APP_OPENED,
    EMAIL_OPENED,
    EMAIL_CLICKED,
    CALL
};

const char *const bench_names[BENCH_NAMES] = {
    "Product Viewed",  "Product Added",   "Cart Viewed",     "page",
    "identify",        "List Subscribed", "Order Completed", "Order Refunded",
    "Coupon Redeemed", "Screen Viewed",   "Push Opened",     "App Opened",
    "Email Opened",    "Email Clicked",   "Call Received"};

enum { WEB, STORE, APP, EMAIL, CALL_CENTER, PUSH };

const char *const bench_channels[BENCH_CHANNELS] = {
    "web", "store", "app", "email", "call_center", "push"};

static const char *const sources[BENCH_CHANNELS] = {
    "webshop", "pos", "mobile", "newsletter", "helpdesk", "mobile"};

enum { NO_AMOUNT, NO_CURRENCY, CHF, EUR, USD };

const char *const bench_currencies[BENCH_CURRENCIES] = {"", "", "CHF", "EUR",
                                                        "USD"};

static const char *const cities[] = {"Basel", "Bern",      "Chur",
                                     "Genf",  "Luzern",    "St. Gallen",
                                     "Zug",   "Winterthur"};
static const char *const firsts[] = {"Anna",  "Bruno", "Carla", "David",
                                     "Elena", "Felix", "Greta", "Hugo"};
static const char *const lasts[] = {"Ammann", "Brunner", "Keller", "Frei",
                                    "Gerber", "Huber",   "Meier",  "Weber"};
static const char *const tiers[] = {"basic", "silver", "gold"};
static const char *const categories[] = {"shoes", "garden", "books", "toys",
                                         "kitchen"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define START_US INT64_C(1735689600000000) /* 2025-01-01 */
#define STEP_US INT64_C(45000000)          /* between two events */

enum { CHUNK_BYTES = 1 << 20, COOKIES = 6, PENDING = 4096 };

struct bench_chunk {
    struct bench_chunk *next;
    size_t used;
    char bytes[CHUNK_BYTES];
};

typedef struct person {
    uint8_t cookie; /* which of the person's browsers is in use */
    bool known;     /* that browser has logged in */
} person;

typedef struct maker {
    bench_stream *stream;
    uint64_t random;
    size_t people_count;
    person *people;
    uint32_t *persons;   /* of each event made */
    size_t due[PENDING]; /* event to repeat at this place, plus one */
} maker;

bench_bytes
bench_text(const char *zero_terminated)
{
    bench_bytes text = {zero_terminated, 0};
    text.size = zero_terminated != NULL ? strlen(zero_terminated) : 0;
    return text;
}

uint64_t
bench_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static size_t
below(maker *m, size_t bound)
{
    return (size_t)(bench_random(&m->random) % bound);
}

/* Keep a text for the life of the stream. */
static const char *
keep(bench_stream *stream, const char *text)
{
    size_t size = strlen(text) + 1;
    struct bench_chunk *chunk = stream->chunks;
    if (chunk == NULL || chunk->used + size > CHUNK_BYTES) {
        chunk = malloc(sizeof(*chunk));
        if (chunk == NULL) {
            bench_die("out of memory");
        }
        chunk->next = stream->chunks;
        chunk->used = 0;
        stream->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, size);
    chunk->used += size;
    return copy;
}

/* The identifiers of a person never change: they are computed. */
static void
format_identifier(char *out, size_t size, uint32_t ns, uint32_t who,
                  uint32_t which)
{
    uint64_t seed = ((uint64_t)who << 8 | which) * 6 + ns;
    uint64_t a = bench_random(&seed);
    switch (ns) {
    case BENCH_USER:
        snprintf(out, size, "u%08" PRIu32, who);
        break;
    case BENCH_EMAIL:
        snprintf(out, size, "%s.%s%" PRIu32 "@example.com",
                 (const char *[]){"anna", "bruno", "carla", "david"}[a & 3],
                 (const char *[]){"meier", "huber", "frei"}[a % 3], who);
        break;
    case BENCH_LOYALTY:
        snprintf(out, size, "L%09" PRIu32, who + 100000000);
        break;
    case BENCH_PHONE:
        snprintf(out, size, "+4179%07" PRIu32, who + 1234567);
        break;
    default:
        snprintf(out, size, "%08x-%04x-4%03x-%012" PRIx64, (unsigned)(a >> 32),
                 (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
                 bench_random(&seed) >> 16);
    }
}

static void
add_identifier(maker *m, bench_event *e, uint32_t ns, uint32_t who)
{
    char value[64];
    uint32_t which = 0;
    if (ns == BENCH_ANONYMOUS) {
        which = m->people[who].cookie;
    } else if (ns == BENCH_DEVICE) {
        which = below(m, 8) == 0;
    }
    format_identifier(value, sizeof(value), ns, who, which);
    size_t i = e->event.identifier_count++;
    e->who[i].ns = ns;
    e->who[i].value = keep(m->stream, value);
    e->identifiers[i].ns = bench_namespaces[ns];
    e->identifiers[i].value = e->who[i].value;
}

static void
set_words(bench_event *e, uint32_t name, uint32_t channel)
{
    e->name = name;
    e->channel = channel;
    e->event.size = sizeof(e->event);
    e->event.type = name == PAGE       ? OMNI_EVENT_PAGE
                    : name == IDENTIFY ? OMNI_EVENT_IDENTIFY
                                       : OMNI_EVENT_TRACK;
    e->event.name = name == PAGE || name == IDENTIFY ? NULL : bench_names[name];
    e->event.channel = bench_channels[channel];
    e->event.source = sources[channel];
}

/* Bytes of an event's text, each member counted once. */
static size_t
bytes_of(const bench_event *e)
{
    const char *const texts[] = {
        e->event.id,     bench_names[e->name], e->event.channel,
        e->event.source, e->event.traits_json, e->event.properties_json};
    size_t bytes = sizeof(e->event.time_us);
    for (size_t i = 0; i < COUNT(texts); i++) {
        bytes += bench_text(texts[i]).size;
    }
    for (size_t i = 0; i < e->event.identifier_count; i++) {
        bytes += strlen(e->identifiers[i].ns) + strlen(e->who[i].value);
    }
    return bytes;
}

/* A sum of money in canonical decimal form: no zeros at the end. */
static void
format_cents(char *out, size_t size, int64_t cents)
{
    const char *sign = cents < 0 ? "-" : "";
    int64_t c = cents < 0 ? -cents : cents;
    if (c % 100 == 0) {
        snprintf(out, size, "%s%" PRId64, sign, c / 100);
    } else if (c % 10 == 0) {
        snprintf(out, size, "%s%" PRId64 ".%" PRId64, sign, c / 100,
                 c % 100 / 10);
    } else {
        snprintf(out, size, "%s%" PRId64 ".%02" PRId64, sign, c / 100, c % 100);
    }
}

static uint32_t
pick_currency(maker *m, uint32_t who)
{
    if (below(m, 20) == 0) {
        return USD;
    }
    return who % 4 == 0 ? EUR : CHF;
}

/* Properties as canonical JSON: sorted keys, no spaces. */
static void
set_properties(maker *m, bench_event *e, uint32_t who)
{
    char text[320], money[32];
    const char *category = categories[below(m, COUNT(categories))];
    unsigned product = (unsigned)below(m, 20000);
    int64_t cents = (int64_t)(100 + below(m, 20000) + below(m, 300) * 5);
    uint32_t currency = pick_currency(m, who);
    switch (e->name) {
    case ORDER:
    case REFUND:
        cents = e->name == REFUND ? -cents : cents;
        format_cents(money, sizeof(money), cents);
        snprintf(text, sizeof(text),
                 "{\"coupon\":\"NONE\",\"currency\":\"%s\",\"items\":%u,"
                 "\"order_id\":\"O-%08x\",\"payment\":\"card\",\"revenue\":%s,"
                 "\"shop\":\"S%03u\",\"till\":%u}",
                 bench_currencies[currency], 1 + product % 7,
                 (unsigned)bench_random(&m->random), money, who % 180,
                 product % 9);
        break;
    case PRODUCT_ADDED:
        format_cents(money, sizeof(money), cents);
        snprintf(text, sizeof(text),
                 "{\"category\":\"%s\",\"currency\":\"%s\",\"list\":\"search\","
                 "\"product_id\":\"P-%05u\",\"quantity\":%u,\"size\":\"M\","
                 "\"value\":%s}",
                 category, bench_currencies[currency], product, 1 + product % 3,
                 money);
        break;
    case COUPON:
        currency = NO_CURRENCY;
        format_cents(money, sizeof(money), cents);
        snprintf(text, sizeof(text),
                 "{\"campaign\":\"spring-%u\",\"code\":\"C-%05u\","
                 "\"terminal\":\"T-%03u\",\"value\":%s}",
                 product % 12, product, who % 180, money);
        break;
    default:
        currency = NO_AMOUNT;
        snprintf(text, sizeof(text),
                 "{\"campaign\":\"c-%u\",\"category\":\"%s\",\"language\":"
                 "\"de\",\"path\":\"/shop/%s/"
                 "%05u\",\"position\":%u,\"product_id\":\"P-%05u\","
                 "\"title\":\"%s %05u\"}",
                 product % 40, category, category, product, product % 30,
                 product, category, product);
    }
    e->currency = currency;
    e->amount = currency == NO_AMOUNT ? 0 : cents * 10000;
    e->event.properties_json = keep(m->stream, text);
}

static void
set_traits(maker *m, bench_event *e, uint32_t who)
{
    static const char *const names[] = {"city", "name", "tier"};
    char values[3][48], text[200];
    snprintf(values[0], sizeof(values[0]), "\"%s\"",
             cities[below(m, COUNT(cities))]);
    snprintf(values[1], sizeof(values[1]), "\"%s %s\"",
             firsts[who % COUNT(firsts)], lasts[who / 8 % COUNT(lasts)]);
    snprintf(values[2], sizeof(values[2]), "\"%s\"",
             tiers[below(m, COUNT(tiers))]);
    snprintf(text, sizeof(text), "{\"city\":%s,\"name\":%s,\"tier\":%s}",
             values[0], values[1], values[2]);
    e->trait_count = 3;
    for (size_t i = 0; i < 3; i++) {
        e->traits[i].name = names[i];
        e->traits[i].value_json = keep(m->stream, values[i]);
    }
    e->event.traits_json = keep(m->stream, text);
}

static void
make_web(maker *m, bench_event *e, uint32_t who)
{
    static const uint8_t kinds[] = {PRODUCT_VIEWED, PRODUCT_VIEWED, PAGE, PAGE,
                                    PRODUCT_ADDED,  CART_VIEWED};
    person *p = &m->people[who];
    set_words(e, kinds[below(m, COUNT(kinds))], WEB);
    add_identifier(m, e, BENCH_ANONYMOUS, who);
    if (p->known && below(m, 3) == 0) {
        add_identifier(m, e, BENCH_USER, who);
    }
    set_properties(m, e, who);
    if (below(m, 16) == 0 && p->cookie + 1 < COOKIES) {
        p->cookie++;
        p->known = false;
    }
}

static void
make_login(maker *m, bench_event *e, uint32_t who)
{
    set_words(e, IDENTIFY, WEB);
    add_identifier(m, e, BENCH_ANONYMOUS, who);
    add_identifier(m, e, BENCH_USER, who);
    add_identifier(m, e, BENCH_EMAIL, who);
    set_traits(m, e, who);
    m->people[who].known = true;
}

static void
make_purchase(maker *m, bench_event *e, uint32_t who)
{
    size_t kind = below(m, 24);
    set_words(e, kind == 0 ? REFUND : kind < 3 ? COUPON : ORDER, STORE);
    add_identifier(m, e, BENCH_LOYALTY, who);
    if (below(m, 10) == 0) {
        add_identifier(m, e, BENCH_EMAIL, who);
    }
    set_properties(m, e, who);
}

static void
make_order(maker *m, bench_event *e, uint32_t who)
{
    set_words(e, ORDER, WEB);
    add_identifier(m, e, BENCH_ANONYMOUS, who);
    add_identifier(m, e, m->people[who].known ? BENCH_USER : BENCH_EMAIL, who);
    set_properties(m, e, who);
}

static void
make_app(maker *m, bench_event *e, uint32_t who)
{
    static const uint8_t kinds[] = {SCREEN_VIEWED, SCREEN_VIEWED, APP_OPENED,
                                    PUSH_OPENED};
    uint32_t name = kinds[below(m, COUNT(kinds))];
    set_words(e, name, name == PUSH_OPENED ? PUSH : APP);
    add_identifier(m, e, BENCH_DEVICE, who);
    if (below(m, 4) == 0) {
        add_identifier(m, e, BENCH_USER, who);
    }
    set_properties(m, e, who);
}

static void
make_contact(maker *m, bench_event *e, uint32_t who, size_t kind)
{
    if (kind < 2) {
        set_words(e, CALL, CALL_CENTER);
        add_identifier(m, e, BENCH_LOYALTY, who);
        add_identifier(m, e, BENCH_PHONE, who);
    } else if (kind < 5) {
        set_words(e, NEWSLETTER, WEB);
        add_identifier(m, e, BENCH_ANONYMOUS, who);
        add_identifier(m, e, BENCH_EMAIL, who);
    } else {
        set_words(e, below(m, 3) == 0 ? EMAIL_CLICKED : EMAIL_OPENED, EMAIL);
        add_identifier(m, e, BENCH_EMAIL, who);
    }
    set_properties(m, e, who);
}

static void
make_new(maker *m, bench_event *e, size_t at)
{
    double u = (double)(bench_random(&m->random) >> 11) * 0x1p-53;
    uint64_t rank = (uint64_t)(u * u * (double)m->people_count);
    uint32_t who = (uint32_t)(rank * 7919 % m->people_count);
    m->persons[at] = who;
    size_t kind = below(m, 100);
    if (kind < 40) {
        make_web(m, e, who);
    } else if (kind < 48) {
        make_login(m, e, who);
    } else if (kind < 68) {
        make_purchase(m, e, who);
    } else if (kind < 72) {
        make_order(m, e, who);
    } else if (kind < 86) {
        make_app(m, e, who);
    } else {
        make_contact(m, e, who, kind - 86);
    }
    char id[40];
    uint64_t a = bench_random(&m->random), b = bench_random(&m->random);
    snprintf(id, sizeof(id), "%08x-%04x-4%03x-a%03x-%012" PRIx64,
             (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
             (unsigned)(a & 0xfff), (unsigned)(b >> 52), b & 0xffffffffffff);
    e->event.id = keep(m->stream, id);
    e->event.time_us = START_US + (int64_t)at * STEP_US;
    if (at > 4096 && below(m, 20) == 0) {
        /* No two events of the stream have the same time. */
        e->event.time_us -= (int64_t)below(m, 4000) * STEP_US;
        e->event.time_us += (int64_t)at + 1;
        m->stream->late++;
    }
}

/* The same event again; every third time the sender knew one more name. */
static void
make_retry(maker *m, bench_event *e, size_t at, size_t first)
{
    static const uint8_t more[] = {BENCH_LOYALTY, BENCH_EMAIL, BENCH_USER};
    *e = m->stream->events[first];
    m->persons[at] = m->persons[first];
    m->stream->retries++;
    if (below(m, 3) != 0 || e->event.identifier_count == 3) {
        return;
    }
    uint32_t ns = more[below(m, COUNT(more))];
    for (size_t i = 0; i < e->event.identifier_count; i++) {
        if (e->who[i].ns == ns) {
            return;
        }
    }
    add_identifier(m, e, ns, m->persons[first]);
    m->stream->enriched++;
}

void
bench_stream_make(bench_stream *stream, const bench_stream_options *options)
{
    maker m = {.stream = stream, .random = options->seed};
    memset(stream, 0, sizeof(*stream));
    stream->count = options->events;
    stream->events = calloc(options->events, sizeof(*stream->events));
    m.people_count = options->people;
    m.people = calloc(options->people, sizeof(*m.people));
    m.persons = calloc(options->events, sizeof(*m.persons));
    if (stream->events == NULL || m.people == NULL || m.persons == NULL) {
        bench_die("out of memory");
    }
    for (size_t at = 0; at < options->events; at++) {
        bench_event *e = &stream->events[at];
        size_t *due = &m.due[at % PENDING];
        if (*due != 0) {
            make_retry(&m, e, at, *due - 1);
            *due = 0;
        } else {
            make_new(&m, e, at);
        }
        if (below(&m, 32) == 0) {
            m.due[(at + 1 + below(&m, PENDING - 1)) % PENDING] = at + 1;
        }
    }
    for (size_t at = 0; at < options->events; at++) {
        stream->events[at].event.identifiers = stream->events[at].identifiers;
        stream->bytes += bytes_of(&stream->events[at]);
    }
    free(m.persons);
    free(m.people);
}

void
bench_stream_free(bench_stream *stream)
{
    while (stream->chunks != NULL) {
        struct bench_chunk *next = stream->chunks->next;
        free(stream->chunks);
        stream->chunks = next;
    }
    free(stream->events);
    memset(stream, 0, sizeof(*stream));
}

void
bench_purchase(bench_event *out, char *text, uint32_t who, uint32_t i)
{
    char *id = text + 64, *properties = text + 128;
    format_identifier(text, 64, BENCH_LOYALTY, who, 0);
    snprintf(id, 64, "till-%08" PRIx32 "-%08" PRIx32, who, i);
    snprintf(properties, BENCH_PURCHASE_TEXT - 128,
             "{\"coupon\":\"NONE\",\"currency\":\"CHF\",\"items\":3,"
             "\"order_id\":\"O-%08" PRIx32 "\",\"payment\":\"card\","
             "\"revenue\":%" PRIu32 ".95,\"shop\":\"S042\",\"till\":4}",
             i, 1 + i % 300);
    memset(out, 0, sizeof(*out));
    set_words(out, ORDER, STORE);
    out->who[0] = (bench_who){BENCH_LOYALTY, text};
    out->identifiers[0] =
        (omni_identifier){bench_namespaces[BENCH_LOYALTY], text};
    out->event.identifiers = out->identifiers;
    out->event.identifier_count = 1;
    out->event.id = id;
    out->event.properties_json = properties;
    out->event.time_us = START_US + INT64_C(40000000000000) + i;
    out->currency = CHF;
    out->amount = (int64_t)(1 + i % 300) * 1000000 + 950000;
}
