/*
   bench-funnel: three steps within a week over a million events, against
   DuckDB on one thread with the same events in memory, sorted by person and
   time, by windows and by joins; its best is held against ours. Both sides
   must count the same profiles.
*/
#include "bench.h"
#include "duckdb.h"
#include "rows.h"

#include <omni/omni.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 5000, RUNS = 15, EVENTS = 10, QUERIES = 3 };

static const int64_t day_us = INT64_C(86400000000);
static const int64_t now_us = INT64_C(1767225600000000); /* 2026 */
static const int64_t within_us = INT64_C(7) * 86400000000;

static const char *const names[] = {"Product Viewed", "Product Added",
                                    "Order Completed", "Email Opened"};

static const struct {
    const char *title;
    const char *sql;
} queries[QUERIES] = {
    {"windows",
     "WITH a AS (SELECT *, max(time) FILTER (name = 'Product Viewed') "
     "OVER w AS v FROM events WHERE name <> 'Email Opened' WINDOW w AS "
     "(PARTITION BY id ORDER BY time)), b AS (SELECT *, max(v) FILTER "
     "(name = 'Product Added' AND time - v <= 604800000000) OVER "
     "(PARTITION BY id ORDER BY time) AS av FROM a) SELECT "
     "count(DISTINCT id) FILTER (name = 'Product Viewed') || '/' || "
     "count(DISTINCT id) FILTER (name = 'Product Added' AND time - v <= "
     "604800000000) || '/' || count(DISTINCT id) FILTER (name = 'Order "
     "Completed' AND time - av <= 604800000000) FROM b"},
    {"joins",
     "WITH a AS (SELECT v.id, v.time AS first, min(e.time) AS time FROM "
     "viewed v JOIN added e ON e.id = v.id AND e.time >= v.time AND "
     "e.time <= v.time + 604800000000 GROUP BY v.id, v.time), b AS "
     "(SELECT DISTINCT a.id FROM a JOIN ordered e ON e.id = a.id AND "
     "e.time >= a.time AND e.time <= a.first + 604800000000) SELECT "
     "(SELECT count(DISTINCT id) FROM viewed) || '/' || (SELECT "
     "count(DISTINCT id) FROM a) || '/' || (SELECT count(*) FROM b)"},
    {"ASOF joins",
     "WITH a AS (SELECT e.id, e.time, v.time AS first FROM added e ASOF "
     "JOIN viewed v ON e.id = v.id AND e.time >= v.time WHERE e.time - "
     "v.time <= 604800000000), b AS (SELECT e.id FROM ordered e ASOF "
     "JOIN a ON e.id = a.id AND e.time >= a.time WHERE e.time - a.first "
     "<= 604800000000) SELECT (SELECT count(DISTINCT id) FROM viewed) || "
     "'/' || (SELECT count(DISTINCT id) FROM a) || '/' || (SELECT "
     "count(DISTINCT id) FROM b)"}};

typedef struct run {
    char directory[1000];
    size_t profiles;
    uint64_t random;
    omni_store *store;
} run;

static void
commit(omni_batch *batch)
{
    omni_error error = {0};
    bench_need(omni_batch_commit(batch, OMNI_DURABILITY_OFF, &error), &error);
}

static void
load(run *r)
{
    char path[1200];
    omni_error error = {0};
    omni_batch *batch = NULL;
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = OMNI_DURABILITY_OFF,
                                        .memory_bytes = (uint64_t)512 << 20};
    snprintf(path, sizeof(path), "%s/store", r->directory);
    bench_need(omni_store_open(path, &options, &r->store, &error), &error);
    bench_need(omni_batch_new(r->store, NULL, &batch, &error), &error);
    snprintf(path, sizeof(path), "%s/events.csv", r->directory);
    FILE *csv = fopen(path, "w");
    if (csv == NULL) {
        bench_die("cannot write %s", path);
    }
    fputs("id,name,time\n", csv);
    for (size_t i = 0; i < r->profiles * EVENTS; i++) {
        char id[32];
        const uint64_t draw = bench_random(&r->random);
        const char *name = names[draw % 4];
        const int64_t time_us = now_us - (int64_t)((draw >> 8) % 90) * day_us -
                                (int64_t)(draw >> 40);
        snprintf(id, sizeof(id), "u%zu", i % r->profiles);
        const omni_event event = {.size = sizeof(event),
                                  .name = name,
                                  .time_us = time_us,
                                  .channel = draw >> 63 != 0 ? "web" : "store",
                                  .identifiers =
                                      &(omni_identifier){"user_id", id},
                                  .identifier_count = 1};
        bench_need(omni_batch_add(batch, &event), omni_batch_error(batch));
        fprintf(csv, "%zu,%s,%lld\n", i % r->profiles, name,
                (long long)time_us);
        if (i % GROUP == GROUP - 1) {
            commit(batch);
        }
    }
    commit(batch);
    omni_batch_free(batch);
    bench_need(omni_store_flush(r->store, &error), &error);
    if (fclose(csv) != 0) {
        bench_die("cannot write the table for DuckDB");
    }
}

/* Count once; the result as DuckDB writes it. */
static double
count_once(run *r, bool by_channel, char text[64])
{
    const omni_funnel_step steps[] = {
        {names[0], NULL}, {names[1], NULL}, {names[2], NULL}};
    const omni_funnel_options options = {.size = sizeof(options),
                                         .steps = steps,
                                         .step_count = 3,
                                         .within_us = within_us,
                                         .by_channel = by_channel,
                                         .has_until = true,
                                         .until_us = now_us + 1};
    omni_error error = {0};
    omni_txn *txn = NULL;
    const omni_funnel *funnel = NULL;
    const int64_t start = bench_now_ns();
    bench_need(omni_txn_begin(r->store, &txn, &error), &error);
    bench_need(omni_funnel_run(txn, &options, &funnel), omni_txn_error(txn));
    snprintf(text, 64, "%llu/%llu/%llu",
             (unsigned long long)funnel->steps[0].profiles,
             (unsigned long long)funnel->steps[1].profiles,
             (unsigned long long)funnel->steps[2].profiles);
    omni_txn_end(txn);
    return (double)(bench_now_ns() - start) / 1e3;
}

static int
compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double
measure(run *r, bool by_channel, char text[64])
{
    double times[RUNS];
    const double first = count_once(r, by_channel, text);
    for (size_t i = 0; i < RUNS; i++) {
        times[i] = count_once(r, by_channel, text);
    }
    qsort(times, RUNS, sizeof(times[0]), compare_times);
    printf("%-20s %s, ours %8.0f us (first %.0f, best %.0f)\n",
           by_channel ? "and by channel" : "three steps", text, times[RUNS / 2],
           first, times[0]);
    return times[0];
}

static size_t
ask_duckdb(const run *r, bench_duckdb_time *out)
{
    char script[8192];
    int used = snprintf(
        script, sizeof(script),
        "do CREATE TYPE word AS ENUM ('%s', '%s', '%s', '%s')\n"
        "do CREATE TABLE events AS SELECT id, CAST(name AS word) AS name, time "
        "FROM read_csv('%s/events.csv') ORDER BY id, time\n",
        names[0], names[1], names[2], names[3], r->directory);
    for (size_t i = 0; i < 3; i++) {
        static const char *const views[] = {"viewed", "added", "ordered"};
        used += snprintf(script + used, sizeof(script) - (size_t)used,
                         "do CREATE VIEW %s AS SELECT id, time FROM events "
                         "WHERE name = '%s'\n",
                         views[i], names[i]);
    }
    for (size_t i = 0; i < QUERIES; i++) {
        used += snprintf(script + used, sizeof(script) - (size_t)used,
                         "time %d %s\n", RUNS, queries[i].sql);
    }
    return bench_duckdb_run(r->directory, script, out, QUERIES);
}

static run r = {.profiles = 100000, .random = 7};

static void
clean_up(void)
{
    bench_directory_remove(r.directory);
}

int
main(int argc, char **argv)
{
    bench_duckdb_time peers[QUERIES];
    char text[64];
    bench_arguments(argc, argv, "bench-funnel", &r.profiles, r.directory,
                    sizeof(r.directory));
    atexit(clean_up);
    load(&r);
    const size_t known = ask_duckdb(&r, peers);
    printf("%zu events of %zu profiles, one thread each\n", r.profiles * EVENTS,
           r.profiles);
    measure(&r, true, text);
    const double ours = measure(&r, false, text);
    double best = 0;
    for (size_t i = 0; i < known; i++) {
        if (strcmp(peers[i].value, text) != 0) {
            bench_die("DuckDB counts %s", peers[i].value);
        }
        printf("DuckDB, by %-10s %8.0f us (first %.0f, best %.0f)\n",
               queries[i].title, peers[i].median_us, peers[i].first_us,
               peers[i].best_us);
        best = i == 0 || peers[i].best_us < best ? peers[i].best_us : best;
    }
    if (known != 0) {
        const double ratio = best / ours;
        printf("DuckDB's best / ours: %.1f, must 1, aim 8: %s\n", ratio,
               ratio >= 8   ? "aim"
               : ratio >= 1 ? "must"
                            : "MISSED");
    }
    omni_store_close(r.store);
    return 0;
}
