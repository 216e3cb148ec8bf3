/*
   bench-segments: a segment over all profiles by scan, against DuckDB on one
   thread with the same data in memory. Twice: of figures that DuckDB has ready
   in a table of profiles, and of windows, which it has to work out of a table
   of events. Both sides must find as many members.
*/
#include "bench.h"
#include "duckdb.h"
#include "rows.h"

#include <omni/omni.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 5000, RUNS = 31, EVENTS = 3 };

static const int64_t day_us = INT64_C(86400000000);
static const int64_t now_us = INT64_C(1767225600000000); /* 2026 */

static const char *const plans[] = {"free", "free", "silver", "gold", "trial"};

static const struct {
    const char *title;
    const char *expression;
    const char *sql;
} rows[] = {
    {"three figures of a profile",
     "traits.plan == \"gold\" && events.count(\"Order Completed\") >= 2 && "
     "events.last(\"Order Completed\") > now - days(90)",
     "SELECT count(*) FROM profiles WHERE plan = 'gold' AND orders >= 2 AND "
     "last_order > 1767225600000000 - 90 * 86400000000"},
    {"a trait and two windows",
     "traits.plan == \"gold\" && events.did(\"Order Completed\", days(90)) && "
     "events.sum(\"Order Completed\", \"revenue\", days(180)) >= 100",
     "SELECT count(*) FROM profiles JOIN (SELECT id FROM events WHERE "
     "name = 'Order Completed' AND time > 1767225600000000 - 180 * 86400000000 "
     "GROUP BY id HAVING sum(amount) >= 100000000 AND max(time) > "
     "1767225600000000 - 90 * 86400000000) USING (id) WHERE plan = 'gold'"},
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

typedef struct run {
    char directory[1000];
    size_t profiles;
    uint64_t random;
    omni_store *store;
    omni_batch *batch;
    size_t waiting;
    FILE *profiles_csv;
    FILE *events_csv;
} run;

static void
commit(run *r)
{
    omni_error error = {0};
    bench_need(omni_batch_commit(r->batch, OMNI_DURABILITY_OFF, &error),
               &error);
    r->waiting = 0;
}

/* One event of a profile, on both sides. */
static void
add_event(run *r, size_t profile, const char *name, int64_t time_us,
          const char *traits)
{
    char id[32];
    char properties[64];
    const unsigned cents = (unsigned)(bench_random(&r->random) % 20000);
    snprintf(id, sizeof(id), "u%zu", profile);
    snprintf(properties, sizeof(properties),
             "{\"revenue\":%u.%02u,\"currency\":\"EUR\"}", cents / 100,
             cents % 100);
    const omni_event event = {.size = sizeof(event),
                              .name = name,
                              .time_us = time_us,
                              .identifiers = &(omni_identifier){"user_id", id},
                              .identifier_count = 1,
                              .traits_json = traits,
                              .properties_json =
                                  name[0] == 'O' ? properties : NULL};
    bench_need(omni_batch_add(r->batch, &event), omni_batch_error(r->batch));
    fprintf(r->events_csv, "%zu,%s,%lld,%u0000\n", profile, name,
            (long long)time_us, cents);
    if (++r->waiting == GROUP) {
        commit(r);
    }
}

static void
add_profile(run *r, size_t profile)
{
    const uint64_t random = bench_random(&r->random);
    const char *plan = plans[random % 5];
    char traits[64];
    int64_t last_us = 0;
    unsigned orders = 0;
    snprintf(traits, sizeof(traits), "{\"plan\":\"%s\",\"age\":%u}", plan,
             (unsigned)(random >> 8) % 60 + 18);
    for (uint64_t i = 1 + (random >> 20) % EVENTS; i != 0; i--) {
        const uint64_t draw = bench_random(&r->random);
        const int64_t time_us =
            now_us - (int64_t)(draw % 365) * day_us - (int64_t)(draw >> 40);
        const bool order = (draw >> 12) % 10 < 6;
        add_event(r, profile, order ? "Order Completed" : "Product Viewed",
                  time_us, i == 1 ? traits : NULL);
        orders += order;
        last_us = order && time_us > last_us ? time_us : last_us;
    }
    fprintf(r->profiles_csv, "%zu,%s,%u,", profile, plan, orders);
    if (orders != 0) {
        fprintf(r->profiles_csv, "%lld", (long long)last_us);
    }
    fputc('\n', r->profiles_csv);
}

static FILE *
open_csv(const run *r, const char *name, const char *head)
{
    char path[1200];
    snprintf(path, sizeof(path), "%s/%s.csv", r->directory, name);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        bench_die("cannot write %s", path);
    }
    fputs(head, file);
    return file;
}

static void
load(run *r)
{
    char path[1200];
    omni_error error = {0};
    snprintf(path, sizeof(path), "%s/store", r->directory);
    bench_need(omni_store_open(
                   path,
                   &(omni_store_options){.size = sizeof(omni_store_options),
                                         .flags = OMNI_STORE_CREATE,
                                         .durability = OMNI_DURABILITY_OFF,
                                         .memory_bytes = (uint64_t)512 << 20},
                   &r->store, &error),
               &error);
    bench_need(omni_batch_new(r->store, NULL, &r->batch, &error), &error);
    r->profiles_csv = open_csv(r, "profiles", "id,plan,orders,last_order\n");
    r->events_csv = open_csv(r, "events", "id,name,time,amount\n");
    for (size_t i = 0; i < r->profiles; i++) {
        add_profile(r, i);
    }
    commit(r);
    bench_need(omni_store_flush(r->store, &error), &error);
    if (fclose(r->profiles_csv) != 0 || fclose(r->events_csv) != 0) {
        bench_die("cannot write the tables for DuckDB");
    }
}

/* ---- measuring ---- */

static double
count_once(run *r, const omni_segment *segment, omni_scan_counts *counts)
{
    omni_error error = {0};
    omni_txn *txn = NULL;
    const int64_t start = bench_now_ns();
    bench_need(omni_txn_begin(r->store, &txn, &error), &error);
    counts->size = sizeof(*counts);
    bench_need(omni_segment_count(txn, segment, now_us, NULL, NULL, counts),
               omni_txn_error(txn));
    omni_txn_end(txn);
    return (double)(bench_now_ns() - start) / 1e3;
}

static int
compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void
measure(run *r, size_t row, const bench_duckdb_time *peer)
{
    double times[RUNS];
    omni_scan_counts counts = {0};
    omni_segment *segment = NULL;
    omni_error error = {0};
    bench_need(omni_segment_compile(r->store, rows[row].expression,
                                    strlen(rows[row].expression), &segment,
                                    &error),
               &error);
    const double first = count_once(r, segment, &counts);
    for (size_t i = 0; i < RUNS; i++) {
        times[i] = count_once(r, segment, &counts);
    }
    omni_segment_free(segment);
    qsort(times, RUNS, sizeof(times[0]), compare_times);
    if (counts.evaluated != 0 || counts.profiles != r->profiles) {
        bench_die("%llu of %llu profiles were evaluated one by one",
                  (unsigned long long)counts.evaluated,
                  (unsigned long long)counts.profiles);
    }
    printf("%-28s %8llu members, ours %7.0f us (median %.0f, first %.0f)",
           rows[row].title, (unsigned long long)counts.members, times[0],
           times[RUNS / 2], first);
    if (peer != NULL) {
        if (strtoull(peer->value, NULL, 10) != counts.members) {
            bench_die("DuckDB finds %s members", peer->value);
        }
        const double ratio = peer->best_us / times[0];
        printf(", DuckDB %7.0f us (%.0f, %.0f): %.1f, must 1, aim 4: %s",
               peer->best_us, peer->median_us, peer->first_us, ratio,
               ratio >= 4   ? "aim"
               : ratio >= 1 ? "must"
                            : "MISSED");
    }
    putchar('\n');
}

static size_t
ask_duckdb(const run *r, bench_duckdb_time *out)
{
    char script[8192];
    int used = snprintf(
        script, sizeof(script),
        "do CREATE TABLE profiles AS SELECT * FROM "
        "read_csv('%s/profiles.csv')\n"
        "do CREATE TABLE events AS SELECT * FROM read_csv('%s/events.csv')\n",
        r->directory, r->directory);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        used += snprintf(script + used, sizeof(script) - (size_t)used,
                         "time %d %s\n", RUNS, rows[i].sql);
    }
    return bench_duckdb_run(r->directory, script, out, ROW_COUNT);
}

static run r = {.profiles = 200000, .random = 7};

static void
clean_up(void)
{
    bench_directory_remove(r.directory);
}

int
main(int argc, char **argv)
{
    bench_duckdb_time peers[ROW_COUNT];
    bench_arguments(argc, argv, "bench-segments", &r.profiles, r.directory,
                    sizeof(r.directory));
    atexit(clean_up);
    load(&r);
    const size_t known = ask_duckdb(&r, peers);
    printf("%zu profiles, one thread each; best of %d runs\n", r.profiles,
           (int)RUNS);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        measure(&r, i, i < known ? &peers[i] : NULL);
    }
    omni_batch_free(r.batch);
    omni_store_close(r.store);
    return 0;
}
