/*
   The table that the README quotes, as text or as JSON.
*/
#include "rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a row is judged. */
enum {
    FASTER,  /* SQLite ÷ ours, the more the better */
    SMALLER, /* ours ÷ SQLite, the less the better */
    BELOW    /* ours alone, the less the better */
};

static const struct {
    const char *title;
    const char *unit;
    int kind;
    double must, aim; /* 0: none */
} rows[ROWS] = {
    [ROW_BULK] = {"bulk load without sync", "us/event", FASTER, 1.8, 3},
    [ROW_GROUP_1000] = {"durable, groups of 1,000", "us/event", FASTER, 2.5, 4},
    [ROW_GROUP_100] = {"durable, groups of 100", "us/event", FASTER, 2, 4},
    [ROW_SINGLE] = {"durable, one event per commit", "us/event", FASTER, 1,
                    1.6},
    [ROW_SINGLE_P50] = {"  the commits, p50", "us", FASTER, 0, 0},
    [ROW_SINGLE_P99] = {"  p99", "us", FASTER, 0, 0},
    [ROW_SINGLE_MAX] = {"  max", "us", FASTER, 0, 0},
    [ROW_TILL] = {"till: event, then profile, mean", "us", FASTER, 1.2, 1.8},
    [ROW_TILL_P50] = {"  p50", "us", FASTER, 0, 0},
    [ROW_TILL_P99] = {"  p99", "us", FASTER, 0.7, 1.5},
    [ROW_TILL_MAX] = {"  max", "us", FASTER, 0, 0},
    [ROW_FETCH_P50] = {"fetch with last 20 events, p50", "us", FASTER, 3, 5},
    [ROW_FETCH_P99] = {"  p99", "us", FASTER, 0, 0},
    [ROW_FETCH_MAX] = {"  max", "us", FASTER, 0, 0},
    [ROW_ANYBODY_P50] = {"fetch, people with few events too, p50", "us", FASTER,
                         0, 0},
    [ROW_ANYBODY_P99] = {"  p99", "us", FASTER, 0, 0},
    [ROW_SEGMENT_P50] = {"one segment on one profile, p50", "us", FASTER, 8,
                         20},
    [ROW_SEGMENT_P99] = {"  p99", "us", FASTER, 0, 0},
    [ROW_SEGMENT_MAX] = {"  max", "us", FASTER, 0, 0},
    [ROW_SEGMENT_FIRST_P50] = {"  the first on each profile, p50", "us", FASTER,
                               0, 0},
    [ROW_SEGMENT_FIRST_P99] = {"  p99", "us", FASTER, 0, 0},
    [ROW_BYTES] = {"bytes per event in all files", "bytes", SMALLER, 1.3, 1.1},
    [ROW_BYTES_GROUPS] = {"  after a load in groups of 100", "bytes", SMALLER,
                          0, 0},
    [ROW_MEMORY] = {"anonymous memory of a till", "MB", BELOW, 32, 12},
    [ROW_LIBRARY] = {"stripped libomni.so", "kB", BELOW, 400, 250},
};

static int
compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median of the rounds that were measured; 0 if none was. */
static double
median(const bench_results *results, int row, int side)
{
    double values[ROUNDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < results->rounds; i++) {
        if (results->value[row][side][i] > 0) {
            values[count++] = results->value[row][side][i];
        }
    }
    qsort(values, count, sizeof(values[0]), compare_values);
    return count == 0 ? 0 : values[count / 2];
}

static double
ratio_of(int kind, double ours, double peer)
{
    if (kind == BELOW || ours <= 0 || peer <= 0) {
        return 0;
    }
    return kind == FASTER ? peer / ours : ours / peer;
}

static const char *
verdict(int row, double ours, double ratio)
{
    double value = rows[row].kind == BELOW ? ours : ratio;
    double sign = rows[row].kind == FASTER ? 1 : -1;
    if (rows[row].must <= 0 || value <= 0) {
        return "";
    }
    if (sign * value >= sign * rows[row].aim) {
        return "aim";
    }
    return sign * value >= sign * rows[row].must ? "must" : "MISSED";
}

static void
print_number(double value, int width)
{
    if (value <= 0) {
        printf("%*s", width, "-");
    } else if (value < 10) {
        printf("%*.2f", width, value);
    } else if (value < 1000) {
        printf("%*.1f", width, value);
    } else {
        printf("%*.0f", width, value);
    }
}

static void
print_text(const bench_options *o, const bench_results *results)
{
    printf("libomni %s, SQLite %s (WAL, mmap, prepared; %s)\n", omni_version(),
           sqlite3_libversion(), "caches as large as ours, at least 64 MB");
    printf("%zu events of %zu bytes over %zu people, seed %llu: %llu profiles, "
           "%llu identifiers; %zu retries, %zu of them with one more "
           "identifier; %zu late\n",
           o->events, results->stream_bytes, o->people,
           (unsigned long long)o->seed,
           (unsigned long long)results->totals.profiles,
           (unsigned long long)results->totals.identifiers, results->retries,
           results->enriched, results->late);
    printf("till: %llu profiles, %llu events; median of %zu rounds in turn\n",
           (unsigned long long)results->till_totals.profiles,
           (unsigned long long)results->till_totals.events, o->rounds);
    printf("this disk: fdatasync of a 256-byte append p50 %.0f us, sequential "
           "write %.0f MB/s\n\n",
           results->raw.sync_p50_us, results->raw.write_mb_s);
    printf("%-40s %10s %10s %-9s %6s %6s %6s\n", "", "SQLite", "libomni", "",
           "ratio", "must", "aim");
    for (int row = 0; row < ROWS; row++) {
        double ours = median(results, row, OMNI);
        double peer = median(results, row, SQLITE);
        double ratio = ratio_of(rows[row].kind, ours, peer);
        printf("%-40s ", rows[row].title);
        print_number(peer, 10);
        putchar(' ');
        print_number(ours, 10);
        printf(" %-9s", rows[row].unit);
        print_number(ratio, 7);
        print_number(rows[row].must, 7);
        print_number(rows[row].aim, 7);
        printf("  %s\n", verdict(row, ours, ratio));
    }
}

static void
print_json(const bench_options *o, const bench_results *results)
{
    printf("{\"libomni\":\"%s\",\"sqlite\":\"%s\",\"events\":%zu,"
           "\"people\":%zu,\"event_bytes\":%zu,\"rounds\":%zu,"
           "\"sync_p50_us\":%.1f,\"write_mb_s\":%.1f,\"rows\":[",
           omni_version(), sqlite3_libversion(), o->events, o->people,
           results->stream_bytes, o->rounds, results->raw.sync_p50_us,
           results->raw.write_mb_s);
    const char *group = "";
    for (int row = 0; row < ROWS; row++) {
        double ours = median(results, row, OMNI);
        double peer = median(results, row, SQLITE);
        const char *title = rows[row].title;
        bool part = title[0] == ' ';
        group = part ? group : title;
        title += part ? 2 : 0;
        printf("%s\n{\"row\":\"%s%s%s\",\"unit\":\"%s\",\"sqlite\":%.3f,"
               "\"libomni\":%.3f,\"ratio\":%.3f,\"must\":%g,\"aim\":%g,"
               "\"verdict\":\"%s\"}",
               row == 0 ? "" : ",", part ? group : "", part ? ": " : "", title,
               rows[row].unit, peer, ours, ratio_of(rows[row].kind, ours, peer),
               rows[row].must, rows[row].aim,
               verdict(row, ours, ratio_of(rows[row].kind, ours, peer)));
    }
    printf("\n]}\n");
}

void
bench_table_print(const bench_options *options, const bench_results *results)
{
    if (options->json) {
        print_json(options, results);
    } else {
        print_text(options, results);
    }
}
