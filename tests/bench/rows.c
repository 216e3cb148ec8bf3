/*
   Measuring: both sides in turn, round by round, so that a slow moment of the
   machine does not fall on one of them alone.
*/
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const bench_side *const bench_sides[SIDES] = {&bench_omni, &bench_sqlite};

enum { BULK_GROUP = 5000, LAST_EVENTS = 20 };
enum { TURN_EVENTS = 50 };
enum { MEMORY_BYTES = 64 << 20, TILL_BYTES = 8 << 20 };

typedef struct run {
    const bench_options *options;
    bench_results *results;
    bench_stream main, till;
    int64_t *times; /* of either side */
    size_t times_each;
} run;

static const char *const side_words[SIDES] = {"libomni", "sqlite"};

static bool
wanted(const run *r, const char *row)
{
    return r->options->only == NULL || strstr(r->options->only, row) != NULL;
}

static bool
takes_part(const run *r, int side)
{
    return r->options->side == NULL ||
           strcmp(r->options->side, side_words[side]) == 0;
}

static void
path_of(const run *r, const char *what, int side, char *out, size_t size)
{
    snprintf(out, size, "%s/%s-%s", r->options->directory, what,
             side_words[side]);
}

static void
append_all(const bench_side *s, void *handle, const bench_stream *stream,
           size_t count, size_t group)
{
    for (size_t at = 0; at < count; at += group) {
        size_t n = count - at < group ? count - at : group;
        s->append(handle, stream->events + at, n);
    }
}

/* Load a new store; microseconds an event, closing included. */
static double
load(run *r, int side, const char *path, size_t group, const bench_open *how)
{
    const bench_side *s = bench_sides[side];
    size_t count = r->options->events;
    bench_directory_make(path);
    sync();
    void *handle = s->open(path, how);
    int64_t start = bench_now_ns();
    append_all(s, handle, &r->main, count, group);
    s->close(handle);
    return (double)(bench_now_ns() - start) / 1e3 / (double)count;
}

static void
verify(run *r, const char *what, const bench_stream *stream,
       bench_totals *totals)
{
    void *handles[SIDES];
    if (r->options->side != NULL) {
        return;
    }
    for (int side = 0; side < SIDES; side++) {
        char path[1024];
        path_of(r, what, side, path, sizeof(path));
        handles[side] = bench_sides[side]->open(
            path, &(bench_open){BENCH_TILL, MEMORY_BYTES});
    }
    bench_verify(handles[OMNI], handles[SQLITE], stream, r->options->samples);
    bench_omni.totals(handles[OMNI], totals);
    for (int side = 0; side < SIDES; side++) {
        bench_sides[side]->close(handles[side]);
    }
}

/* Only what a store was loaded with may be asked for. */
static bench_stream
loaded_part(const bench_stream *stream, size_t count)
{
    bench_stream part = *stream;
    part.count = count;
    return part;
}

static void
measure_loads(run *r, size_t round)
{
    static const struct {
        int row;
        const char *word;
        size_t group;
    } kinds[] = {{ROW_BULK, "bulk", BULK_GROUP},
                 {ROW_GROUP_1000, "thousands", 1000},
                 {ROW_GROUP_100, "hundreds", 100}};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        bool bulk = kinds[k].row == ROW_BULK;
        bench_open how = {.work = bulk ? BENCH_BULK : BENCH_GROUPS,
                          .memory_bytes = bulk ? r->options->bulk_memory_bytes
                                               : MEMORY_BYTES};
        for (int i = 0; i < SIDES && wanted(r, kinds[k].word); i++) {
            int side = round % 2 == 0 ? i : SIDES - 1 - i;
            char path[1024];
            path_of(r, kinds[k].word, side, path, sizeof(path));
            if (takes_part(r, side)) {
                r->results->value[kinds[k].row][side][round] =
                    load(r, side, path, kinds[k].group, &how);
            }
        }
        if (wanted(r, kinds[k].word) && (bulk || r->options->quick)) {
            bench_stream part = loaded_part(&r->main, r->options->events);
            verify(r, kinds[k].word, &part, &r->results->totals);
        }
    }
}

static int
compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* p50, p99 and the highest of the times, in microseconds. */
static void
percentiles(run *r, int64_t *times, size_t count, int side, size_t round,
            const int rows[3])
{
    qsort(times, count, sizeof(times[0]), compare_times);
    size_t at[3] = {count / 2, count * 99 / 100, count - 1};
    for (int i = 0; i < 3; i++) {
        if (rows[i] < ROWS) {
            r->results->value[rows[i]][side][round] =
                (double)times[at[i]] / 1e3;
        }
    }
}

/* A side at work on single events. */
typedef struct worker {
    const bench_side *side;
    void *handle;
    const bench_event *events;
    int64_t *times;
    int64_t total;
    bool reads; /* each person's profile, after the event */
} worker;

static volatile uint64_t fetched; /* so that reads are not optimised away */

static void
work(worker *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        int64_t start = bench_now_ns();
        w->side->append(w->handle, &w->events[i], 1);
        if (w->reads) {
            fetched += w->side->fetch(w->handle, &w->events[i].who[0], 0);
        }
        w->times[i] = bench_now_ns() - start;
        w->total += w->times[i];
    }
}

/* Both sides by turns, a few events each: the disk has moods. */
static void
work_in_turn(run *r, worker *workers, size_t round, size_t count)
{
    sync();
    for (size_t at = 0; at < count; at += TURN_EVENTS) {
        size_t to = count - at < TURN_EVENTS ? count : at + TURN_EVENTS;
        for (int i = 0; i < SIDES; i++) {
            int side = (at / TURN_EVENTS + round) % 2 == 0 ? i : SIDES - 1 - i;
            if (takes_part(r, side)) {
                work(&workers[side], at, to);
            }
        }
    }
}

static void
open_worker(run *r, worker *w, int side, const char *what,
            const bench_event *events)
{
    uint64_t memory = w->reads && side == OMNI ? TILL_BYTES : MEMORY_BYTES;
    char path[1024];
    path_of(r, what, side, path, sizeof(path));
    w->side = bench_sides[side];
    w->events = events;
    w->times = r->times + (size_t)side * r->times_each;
    w->handle = w->side->open(path, &(bench_open){BENCH_TILL, memory});
}

/* Events committed one by one on a loaded store, closing included. */
static void
measure_singles(run *r, size_t round)
{
    static const int rows[] = {ROW_SINGLE_P50, ROW_SINGLE_P99, ROW_SINGLE_MAX};
    size_t count = r->options->singles;
    worker workers[SIDES] = {{.reads = false}};
    for (int side = 0; side < SIDES; side++) {
        if (takes_part(r, side)) {
            open_worker(r, &workers[side], side, "hundreds",
                        r->main.events + r->options->events + round * count);
        }
    }
    work_in_turn(r, workers, round, count);
    for (int side = 0; side < SIDES; side++) {
        worker *w = &workers[side];
        if (takes_part(r, side)) {
            int64_t start = bench_now_ns();
            w->side->close(w->handle);
            w->total += bench_now_ns() - start;
            r->results->value[ROW_SINGLE][side][round] =
                (double)w->total / 1e3 / (double)count;
            percentiles(r, w->times, count, side, round, rows);
        }
    }
}

/* One durable event, then that person's profile, on the till's store. */
static void
measure_till(run *r, size_t round)
{
    static const int rows[] = {ROW_TILL_P50, ROW_TILL_P99, ROW_TILL_MAX};
    size_t count = r->options->tills;
    worker workers[SIDES] = {{.reads = true}, {.reads = true}};
    for (int side = 0; side < SIDES; side++) {
        worker *w = &workers[side];
        if (!takes_part(r, side)) {
            continue;
        }
        open_worker(r, w, side, "till",
                    r->till.events + r->options->events + round * count);
        for (size_t i = 0; i < count; i++) { /* warm */
            const bench_event *e = &r->till.events[i * 7 % r->options->events];
            fetched += w->side->fetch(w->handle, &e->who[0], 0);
        }
    }
    work_in_turn(r, workers, round, count);
    for (int side = 0; side < SIDES; side++) {
        worker *w = &workers[side];
        if (takes_part(r, side)) {
            w->side->close(w->handle);
            r->results->value[ROW_TILL][side][round] =
                (double)w->total / 1e3 / (double)count;
            percentiles(r, w->times, count, side, round, rows);
        }
    }
}

static uint64_t
count_events(const bench_side *s, void *handle, const bench_who *who)
{
    bench_view view;
    s->view(handle, who, &view);
    return view.events;
}

/* Identifiers to fetch by: of people with many events, or of anybody. */
static void
pick_people(run *r, bench_who *out, bool busy)
{
    char path[1024];
    uint64_t random = busy ? 5 : 6;
    int side = takes_part(r, SQLITE) ? SQLITE : OMNI;
    path_of(r, "till", side, path, sizeof(path));
    void *handle =
        bench_sides[side]->open(path, &(bench_open){BENCH_TILL, MEMORY_BYTES});
    for (size_t picked = 0; picked < r->options->fetches;) {
        size_t at = bench_random(&random) % r->options->events;
        const bench_event *e = &r->till.events[at];
        out[picked] = e->who[bench_random(&random) % e->event.identifier_count];
        if (!busy || count_events(bench_sides[side], handle, &out[picked]) >=
                         LAST_EVENTS) {
            picked++;
        }
    }
    bench_sides[side]->close(handle);
}

static void
measure_fetch(run *r, size_t round, int side, const bench_who *people,
              bool busy)
{
    static const int busy_rows[] = {ROW_FETCH_P50, ROW_FETCH_P99,
                                    ROW_FETCH_MAX};
    static const int rows[] = {ROW_ANYBODY_P50, ROW_ANYBODY_P99, ROWS};
    const bench_side *s = bench_sides[side];
    size_t count = r->options->fetches;
    char path[1024];
    path_of(r, "till", side, path, sizeof(path));
    void *handle = s->open(path, &(bench_open){BENCH_TILL, MEMORY_BYTES});
    s->settle(handle);
    for (int pass = 0; pass < 2; pass++) { /* the first warms */
        for (size_t i = 0; i < count; i++) {
            int64_t start = bench_now_ns();
            fetched += s->fetch(handle, &people[i], LAST_EVENTS);
            r->times[i] = bench_now_ns() - start;
        }
    }
    s->close(handle);
    percentiles(r, r->times, count, side, round, busy ? busy_rows : rows);
}

/* Members among people, of whom all segments are asked in turn: a profile is
   read by the first. Both sides find the same ones. */
static size_t
measure_segment(run *r, size_t round, int side, const bench_who *people)
{
    static const int rows[] = {ROW_SEGMENT_P50, ROW_SEGMENT_P99,
                               ROW_SEGMENT_MAX};
    static const int firsts[] = {ROW_SEGMENT_FIRST_P50, ROW_SEGMENT_FIRST_P99,
                                 ROWS};
    const bench_side *s = bench_sides[side];
    const size_t count = r->options->fetches;
    const int64_t first = r->till.events[0].event.time_us;
    const int64_t last = r->till.events[r->options->events - 1].event.time_us;
    const bench_span window = {first + (last - first) / 2, last};
    size_t members = 0;
    int64_t *times = calloc(BENCH_SEGMENTS * count, sizeof(*times));
    char path[1024];
    if (times == NULL) {
        bench_die("out of memory");
    }
    path_of(r, "till", side, path, sizeof(path));
    void *handle = s->open(path, &(bench_open){BENCH_TILL, MEMORY_BYTES});
    s->settle(handle);
    for (int pass = 0; pass < 2; pass++) { /* the first warms */
        s->segment_begin(handle, people, count);
        members = 0;
        for (size_t i = 0; i < BENCH_SEGMENTS * count; i++) {
            size_t segment = i % BENCH_SEGMENTS, person = i / BENCH_SEGMENTS;
            int64_t start = bench_now_ns();
            members += s->segment(handle, person, segment, window);
            int64_t time = bench_now_ns() - start;
            /* Those of the first come behind all others. */
            size_t at = segment != 0 ? i - person - 1
                                     : (BENCH_SEGMENTS - 1) * count + person;
            times[at] = time;
        }
        s->segment_end(handle);
    }
    s->close(handle);
    percentiles(r, times + (BENCH_SEGMENTS - 1) * count, count, side, round,
                firsts);
    percentiles(r, times, BENCH_SEGMENTS * count, side, round, rows);
    free(times);
    return members;
}

static void
measure_segments(run *r)
{
    bench_who *people = calloc(r->options->fetches, sizeof(*people));
    if (people == NULL) {
        bench_die("out of memory");
    }
    pick_people(r, people, true);
    for (size_t round = 0; round < r->options->rounds; round++) {
        size_t members[SIDES] = {0};
        for (int i = 0; i < SIDES; i++) {
            int side = round % 2 == 0 ? i : SIDES - 1 - i;
            if (takes_part(r, side)) {
                members[side] = measure_segment(r, round, side, people);
            }
        }
        if (takes_part(r, OMNI) && takes_part(r, SQLITE) &&
            members[OMNI] != members[SQLITE]) {
            bench_die("segment: libomni finds %zu members, SQLite %zu",
                      members[OMNI], members[SQLITE]);
        }
    }
    free(people);
}

static void
load_till(run *r)
{
    for (int side = 0; side < SIDES; side++) {
        const bench_side *s = bench_sides[side];
        char path[1024];
        if (!takes_part(r, side)) {
            continue;
        }
        path_of(r, "till", side, path, sizeof(path));
        bench_directory_make(path);
        void *handle = s->open(
            path, &(bench_open){BENCH_GROUPS, r->options->bulk_memory_bytes});
        append_all(s, handle, &r->till, r->options->events, BULK_GROUP);
        s->close(handle);
    }
    bench_stream part = loaded_part(&r->till, r->options->events);
    verify(r, "till", &part, &r->results->till_totals);
}

static void
measure_fetches(run *r, bool busy)
{
    bench_who *people = calloc(r->options->fetches, sizeof(*people));
    if (people == NULL) {
        bench_die("out of memory");
    }
    pick_people(r, people, busy);
    for (size_t round = 0; round < r->options->rounds; round++) {
        for (int i = 0; i < SIDES; i++) {
            int side = round % 2 == 0 ? i : SIDES - 1 - i;
            if (takes_part(r, side)) {
                measure_fetch(r, round, side, people, busy);
            }
        }
    }
    free(people);
}

static void
measure_sizes(run *r, const char *what, int row)
{
    for (int side = 0; side < SIDES && wanted(r, what); side++) {
        char path[1024];
        if (takes_part(r, side)) {
            path_of(r, what, side, path, sizeof(path));
            r->results->value[row][side][0] =
                bench_directory_bytes(path) / (double)r->options->events;
        }
    }
}

static void
measure_loaded(run *r)
{
    for (size_t round = 0; round < r->options->rounds; round++) {
        measure_loads(r, round);
    }
    measure_sizes(r, "bulk", ROW_BYTES);
    measure_sizes(r, "hundreds", ROW_BYTES_GROUPS);
    if (wanted(r, "single") && wanted(r, "hundreds")) {
        for (size_t round = 0; round < r->options->rounds; round++) {
            measure_singles(r, round);
        }
        verify(r, "hundreds", &r->main, &r->results->totals);
    }
}

static void
measure_tills(run *r)
{
    if (!wanted(r, "till") && !wanted(r, "fetch") && !wanted(r, "memory") &&
        !wanted(r, "segment")) {
        return;
    }
    load_till(r);
    if (wanted(r, "segment")) {
        measure_segments(r);
    }
    if (wanted(r, "fetch")) {
        measure_fetches(r, true);
        measure_fetches(r, false);
    }
    if (wanted(r, "till")) {
        for (size_t round = 0; round < r->options->rounds; round++) {
            measure_till(r, round);
        }
        bench_totals unused;
        verify(r, "till", &r->till, &unused);
    }
    for (int side = 0; side < SIDES && wanted(r, "memory"); side++) {
        char path[1024];
        path_of(r, "till", side, path, sizeof(path));
        if (takes_part(r, side)) {
            r->results->value[ROW_MEMORY][side][0] =
                bench_till_memory(r->options, side, path);
        }
    }
}

void
bench_rows_run(const bench_options *options, bench_results *results)
{
    run r = {.options = options, .results = results};
    r.times_each = options->singles + options->tills + options->fetches;
    r.times = calloc(r.times_each, SIDES * sizeof(*r.times));
    if (r.times == NULL) {
        bench_die("out of memory");
    }
    memset(results, 0, sizeof(*results));
    results->rounds = options->rounds;
    bench_raw_measure(options->directory, &results->raw);
    bench_stream_make(&r.main,
                      &(bench_stream_options){
                          options->seed,
                          options->events + options->rounds * options->singles,
                          options->people});
    results->stream_bytes = r.main.bytes / r.main.count;
    results->retries = r.main.retries;
    results->enriched = r.main.enriched;
    results->late = r.main.late;
    measure_loaded(&r);
    bench_stream_free(&r.main);
    bench_stream_make(&r.till,
                      &(bench_stream_options){
                          options->seed + 1,
                          options->events + options->rounds * options->tills,
                          options->till_people});
    measure_tills(&r);
    bench_stream_free(&r.till);
    results->value[ROW_LIBRARY][OMNI][0] = bench_library_kb(options);
    free(r.times);
}
