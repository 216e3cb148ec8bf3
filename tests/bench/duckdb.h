/*
   The other peer: DuckDB on one thread, through node, where both are there.
*/
#ifndef BENCH_DUCKDB_H
#define BENCH_DUCKDB_H

#include <stddef.h>

typedef struct bench_duckdb_time {
    char value[64]; /* first column of the first row */
    double first_us;
    double median_us; /* of the runs after the first */
    double best_us;
} bench_duckdb_time;

/*
   Run a script of lines `do SQL` and `time RUNS SQL` in an empty database in
   memory; each of the latter gives a result, at most `room` of them. Returns
   how many there are: 0, with a line on stderr, where node or its package is
   not there. `directory` is for the script.
*/
size_t
bench_duckdb_run(const char *directory, const char *script,
                 bench_duckdb_time *out, size_t room);

#endif
