/*
   A made-up but lifelike stream of events of a retailer: the same seed gives
   the same events everywhere. Made in memory before any clock is started.
*/
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "omni/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words that events draw from. Events carry their numbers too, so that a side
   that numbers its words need not look them up. */
enum {
    BENCH_USER,
    BENCH_EMAIL,
    BENCH_LOYALTY,
    BENCH_PHONE,
    BENCH_ANONYMOUS,
    BENCH_DEVICE,
    BENCH_NAMESPACES
};
enum { BENCH_NAMES = 15, BENCH_CHANNELS = 6, BENCH_CURRENCIES = 5 };

extern const char *const bench_namespaces[BENCH_NAMESPACES];
extern const char *const bench_names[BENCH_NAMES];
extern const char *const bench_channels[BENCH_CHANNELS];
/* 0: no amount at all; 1: an amount without a currency. */
extern const char *const bench_currencies[BENCH_CURRENCIES];

typedef struct bench_bytes {
    const char *data;
    size_t size;
} bench_bytes;

bench_bytes
bench_text(const char *zero_terminated);

/* An identifier with its namespace's number. */
typedef struct bench_who {
    uint32_t ns;
    const char *value;
} bench_who;

typedef struct bench_trait {
    const char *name;
    const char *value_json;
} bench_trait;

/* An event as both sides get it: the struct, and what a side that does not
   parse JSON would otherwise have to: traits, amount and currency. */
typedef struct bench_event {
    omni_event event;
    omni_identifier identifiers[3];
    bench_who who[3];
    bench_trait traits[3];
    size_t trait_count;
    uint32_t name;
    uint32_t channel;
    uint32_t currency;
    int64_t amount; /* millionths; if currency is not 0 */
} bench_event;

typedef struct bench_stream_options {
    uint64_t seed;
    size_t events; /* records, retries included */
    size_t people;
} bench_stream_options;

typedef struct bench_stream {
    bench_event *events;
    size_t count;
    size_t retries;  /* copies of an earlier event */
    size_t enriched; /* of them, with one more identifier */
    size_t late;
    size_t bytes; /* of text in all events */
    struct bench_chunk *chunks;
} bench_stream;

void
bench_stream_make(bench_stream *stream, const bench_stream_options *options);

void
bench_stream_free(bench_stream *stream);

/*
   Write a purchase in the store of one person, number `i` of its kind, into
   `out` and `text`: for a process that must not hold a stream.
*/
enum { BENCH_PURCHASE_TEXT = 512 };
void
bench_purchase(bench_event *out, char *text, uint32_t who, uint32_t i);

/* splitmix64. */
uint64_t
bench_random(uint64_t *state);

#endif
