/*
   What the two sides of the comparison share: how a side is driven, and what
   a profile must look like on both of them. Everything ends the program on a
   fault: a bench that went wrong has no figures.
*/
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What a store is opened for; each side takes its best settings. */
typedef enum bench_work {
    BENCH_BULK,   /* nothing durable before the end */
    BENCH_GROUPS, /* each group on the medium when it is told */
    BENCH_TILL    /* so too, single events */
} bench_work;

typedef struct bench_open {
    bench_work work;
    uint64_t memory_bytes; /* ours: rows in memory; SQLite: page cache */
} bench_open;

/*
   A profile reduced to what both sides must agree on. The hashes of sets are
   sums, so that the order in which a side lists them does not matter.
*/
typedef struct bench_view {
    bool found;
    uint64_t identifiers;
    uint64_t identifier_hash; /* value, first and last seen, channels */
    uint64_t traits;
    uint64_t trait_hash; /* name, value in force, its time */
    uint64_t figures;
    uint64_t figure_hash; /* name, count, first, last */
    uint64_t amounts;
    uint64_t amount_hash; /* name, currency, sum, min, max */
    int64_t amount_sum;   /* of all currencies, for messages */
    uint64_t events;      /* the whole timeline */
    uint64_t event_hash;  /* of all, newest first: time, id, properties */
} bench_view;

/* Totals of a store. */
typedef struct bench_totals {
    uint64_t events;
    uint64_t identifiers;
    uint64_t profiles;
} bench_totals;

typedef struct bench_span {
    int64_t first_us, last_us;
} bench_span;

/* Segments that differ in their numbers and in the window's length, each half
   as long as the one before. */
enum { BENCH_SEGMENTS = 8 };

typedef struct bench_side {
    const char *name;
    void *(*open)(const char *directory, const bench_open *how);
    /* The events as one group; `count` 1 takes the way of a single event. */
    void (*append)(void *handle, const bench_event *events, size_t count);
    /* Read the profile and its last `events` events; returns what it touched
       so that nothing is optimised away. */
    uint64_t (*fetch)(void *handle, const bench_who *who, size_t events);
    /* Ready to tell of people who is in a segment: a snapshot, the condition
       compiled or prepared, the people found. */
    void (*segment_begin)(void *handle, const bench_who *people, size_t count);
    /* Whether the person of that number is in one of BENCH_SEGMENTS: as of the
       end of the window has viewed so many products within it, bought for more
       than so many francs ever, and is known as gold or silver. */
    bool (*segment)(void *handle, size_t person, size_t segment,
                    bench_span window);
    void (*segment_end)(void *handle);
    void (*view)(void *handle, const bench_who *who, bench_view *out);
    void (*totals)(void *handle, bench_totals *out);
    /* Move what waits in memory or journal into the tables' file. */
    void (*settle)(void *handle);
    void (*close)(void *handle);
} bench_side;

extern const bench_side bench_omni;
extern const bench_side bench_sqlite;

_Noreturn void
bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End it where a call of the library failed. */
void
bench_need(omni_status status, const omni_error *error);

double
bench_clock_ms(clockid_t clock);

int64_t
bench_now_ns(void);

uint64_t
bench_hash(const void *bytes, size_t size_bytes, uint64_t seed);

/* Read every byte. */
uint64_t
bench_touch(const void *bytes, size_t size_bytes);

typedef struct bench_amount {
    int64_t sum, min, max; /* millionths */
} bench_amount;

void
bench_view_identifier(bench_view *view, const bench_who *who, bench_span seen,
                      uint32_t channels);

void
bench_view_trait(bench_view *view, bench_bytes name, bench_bytes value_json,
                 int64_t time_us);

void
bench_view_figure(bench_view *view, bench_bytes name, uint64_t count,
                  bench_span span);

void
bench_view_amount(bench_view *view, bench_bytes name, bench_bytes currency,
                  bench_amount amount);

void
bench_view_event(bench_view *view, int64_t time_us, bench_bytes id,
                 bench_bytes properties_json);

/*
   Compare the two stores: totals, and the profiles of `samples` identifiers.
   Ends the program, naming the difference, if the sides disagree.
*/
void
bench_verify(void *omni, void *sqlite, const bench_stream *stream,
             size_t samples);

#endif
