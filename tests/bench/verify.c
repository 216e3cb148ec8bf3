/*
   The proof that both sides did the same job: views of profiles, compared.
*/
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t
bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t
bench_hash(const void *bytes, size_t size_bytes, uint64_t seed)
{
    const unsigned char *at = bytes;
    uint64_t hash = seed ^ size_bytes;
    for (; size_bytes >= 8; size_bytes -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash ^= word;
        hash = bench_random(&hash);
    }
    uint64_t word = 0;
    if (size_bytes != 0) {
        memcpy(&word, at, size_bytes);
    }
    hash ^= word;
    return bench_random(&hash);
}

uint64_t
bench_touch(const void *bytes, size_t size_bytes)
{
    const unsigned char *at = bytes;
    uint64_t sum = 0;
    for (size_t i = 0; i < size_bytes; i++) {
        sum += at[i];
    }
    return sum;
}

static uint64_t
hash_text(bench_bytes text, uint64_t seed)
{
    return bench_hash(text.data, text.size, seed);
}

static uint64_t
hash_number(int64_t number, uint64_t seed)
{
    return bench_hash(&number, sizeof(number), seed);
}

void
bench_view_identifier(bench_view *view, const bench_who *who, bench_span seen,
                      uint32_t channels)
{
    uint64_t hash = hash_text(bench_text(who->value), who->ns);
    hash = hash_number(seen.first_us, hash);
    hash = hash_number(seen.last_us, hash);
    view->identifier_hash += hash_number(channels, hash);
    view->identifiers++;
}

void
bench_view_trait(bench_view *view, bench_bytes name, bench_bytes value_json,
                 int64_t time_us)
{
    uint64_t hash = hash_text(value_json, hash_text(name, 1));
    view->trait_hash += hash_number(time_us, hash);
    view->traits++;
}

void
bench_view_figure(bench_view *view, bench_bytes name, uint64_t count,
                  bench_span span)
{
    uint64_t hash = hash_number((int64_t)count, hash_text(name, 2));
    hash = hash_number(span.first_us, hash);
    view->figure_hash += hash_number(span.last_us, hash);
    view->figures++;
}

void
bench_view_amount(bench_view *view, bench_bytes name, bench_bytes currency,
                  bench_amount amount)
{
    uint64_t hash = hash_text(currency, hash_text(name, 3));
    hash = hash_number(amount.sum, hash);
    hash = hash_number(amount.min, hash);
    view->amount_hash += hash_number(amount.max, hash);
    view->amount_sum += amount.sum;
    view->amounts++;
}

void
bench_view_event(bench_view *view, int64_t time_us, bench_bytes id,
                 bench_bytes properties_json)
{
    uint64_t hash = hash_number(time_us, view->event_hash);
    hash = hash_text(id, hash);
    view->event_hash = hash_text(properties_json, hash);
    view->events++;
}

static const char *
difference(const bench_view *a, const bench_view *b)
{
    if (a->found != b->found) {
        return "only one side finds it";
    }
    if (a->identifiers != b->identifiers) {
        return "number of identifiers";
    }
    if (a->identifier_hash != b->identifier_hash) {
        return "identifiers, or when and where they were seen";
    }
    if (a->events != b->events) {
        return "number of events";
    }
    if (a->event_hash != b->event_hash) {
        return "order or content of events";
    }
    if (a->amounts != b->amounts || a->amount_sum != b->amount_sum ||
        a->amount_hash != b->amount_hash) {
        return "amounts";
    }
    if (a->figures != b->figures || a->figure_hash != b->figure_hash) {
        return "figures by event name";
    }
    if (a->traits != b->traits || a->trait_hash != b->trait_hash) {
        return "traits";
    }
    return NULL;
}

static void
compare(void *omni, void *sqlite, const bench_who *who)
{
    bench_view ours, peers;
    bench_omni.view(omni, who, &ours);
    bench_sqlite.view(sqlite, who, &peers);
    const char *what = difference(&ours, &peers);
    if (what == NULL && !ours.found) {
        what = "neither side finds it";
    }
    if (what != NULL) {
        bench_die("the sides differ on %s:%s: %s (libomni %" PRIu64
                  " identifiers, %" PRIu64 " events, sum %" PRId64
                  "; SQLite %" PRIu64 ", %" PRIu64 ", %" PRId64 ")",
                  bench_namespaces[who->ns], who->value, what, ours.identifiers,
                  ours.events, ours.amount_sum, peers.identifiers, peers.events,
                  peers.amount_sum);
    }
}

void
bench_verify(void *omni, void *sqlite, const bench_stream *stream,
             size_t samples)
{
    bench_totals ours, peers;
    uint64_t random = 1;
    bench_omni.totals(omni, &ours);
    bench_sqlite.totals(sqlite, &peers);
    if (memcmp(&ours, &peers, sizeof(ours)) != 0) {
        bench_die("the sides differ: libomni has %" PRIu64 " events, %" PRIu64
                  " identifiers, %" PRIu64 " profiles; SQLite %" PRIu64
                  ", %" PRIu64 ", %" PRIu64,
                  ours.events, ours.identifiers, ours.profiles, peers.events,
                  peers.identifiers, peers.profiles);
    }
    for (size_t i = 0; i < samples; i++) {
        size_t at = bench_random(&random) % stream->count;
        const bench_event *e = &stream->events[at];
        size_t which = bench_random(&random) % e->event.identifier_count;
        compare(omni, sqlite, &e->who[which]);
    }
}
