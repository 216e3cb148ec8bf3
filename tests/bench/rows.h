/*
   The rows of the table: what is measured, and what was found.
*/
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench.h"

enum {
    ROW_BULK,
    ROW_GROUP_1000,
    ROW_GROUP_100,
    ROW_SINGLE,
    ROW_SINGLE_P50,
    ROW_SINGLE_P99,
    ROW_SINGLE_MAX,
    ROW_TILL,
    ROW_TILL_P50,
    ROW_TILL_P99,
    ROW_TILL_MAX,
    ROW_FETCH_P50,
    ROW_FETCH_P99,
    ROW_FETCH_MAX,
    ROW_ANYBODY_P50,
    ROW_ANYBODY_P99,
    ROW_SEGMENT_P50,
    ROW_SEGMENT_P99,
    ROW_SEGMENT_MAX,
    ROW_SEGMENT_FIRST_P50,
    ROW_SEGMENT_FIRST_P99,
    ROW_BYTES,
    ROW_BYTES_GROUPS,
    ROW_MEMORY,
    ROW_LIBRARY,
    ROWS
};

enum { OMNI, SQLITE, SIDES };
enum { ROUNDS_MAX = 15 };

typedef struct bench_options {
    const char *directory; /* where stores are made; a real disk */
    const char *library;   /* libomni.so to measure; NULL: the one in use */
    const char *program;   /* this program, to start it again */
    const char *only;      /* rows wanted, comma-separated; NULL: all */
    const char *side;      /* "libomni" or "sqlite" alone; NULL: both */
    uint64_t seed;
    size_t events;
    size_t people;
    size_t till_people;
    size_t singles; /* events of a round committed one by one */
    size_t tills;   /* and with a read after each */
    size_t fetches;
    size_t rounds;
    size_t samples; /* profiles compared between the sides */
    uint64_t bulk_memory_bytes;
    bool quick;
    bool json;
} bench_options;

/* Of the machine, with neither side. */
typedef struct bench_raw {
    double sync_p50_us;
    double write_mb_s;
} bench_raw;

typedef struct bench_results {
    double value[ROWS][SIDES][ROUNDS_MAX]; /* 0: not measured */
    size_t rounds;
    bench_raw raw;
    bench_totals totals; /* of the loaded store */
    bench_totals till_totals;
    size_t stream_bytes;
    size_t retries, enriched, late;
} bench_results;

void
bench_rows_run(const bench_options *options, bench_results *results);

void
bench_table_print(const bench_options *options, const bench_results *results);

/* ---- machine.c ---- */

void
bench_raw_measure(const char *directory, bench_raw *out);

/* Bytes of all files below a directory. */
double
bench_directory_bytes(const char *directory);

void
bench_directory_remove(const char *directory);

/* Options of a bench over made-up profiles: how many, and a folder that is
   made for it. Wrong ones end the program. */
void
bench_arguments(int argc, char **argv, const char *name, size_t *profiles,
                char *directory, size_t size);

void
bench_directory_make(const char *directory);

/* Kilobytes of the library after strip; 0 if it cannot be told. */
double
bench_library_kb(const bench_options *options);

/* Megabytes of anonymous memory of a process of its own that works as a till
   on the store of `side`. */
double
bench_till_memory(const bench_options *options, int side,
                  const char *directory);

/* What that process runs. */
int
bench_till_child(int side, const char *directory, uint32_t people);

extern const bench_side *const bench_sides[SIDES];

#endif
