/*
   What stored segments cost at ingest: the same events taken in without any,
   and with ten, in turns; as Segment-spec JSON lines and as structs, in bulk
   in batches of 1,000 and in durable groups of 100. Ingest is all that it
   takes from the lines or structs to the flushed store. Time of the processor
   and of the clock, medians of all rounds.

       bench-ingest [EVENTS [PEOPLE [ROUNDS]]]      default 40000 5000 5

   Makes its stores in the directory where it runs.
*/
#include "bench.h"
#include "omni/omni.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 99 };

static const struct {
    const char *name;
    const char *text;
} segments[] = {
    {"vip", "events.sum(\"Order Completed\", \"revenue\", \"CHF\", "
            "days(90)) >= 1000"},
    {"lapsed", "events.did(\"Order Completed\") && "
               "!events.did(\"Order Completed\", days(60))"},
    {"new", "profile.first_seen > now - days(30)"},
    {"abandoned_cart", "events.did(\"Product Added\", days(3)) && "
                       "!events.did(\"Order Completed\", days(3))"},
    {"gold", "has(traits.tier) && traits.tier == \"gold\""},
    {"loyal", "events.count(\"Order Completed\") >= 3"},
    {"lately_in_the_app", "events.did(\"App Opened\", days(7))"},
    {"web_and_store",
     "\"web\" in events.channels() && \"store\" in events.channels()"},
    {"known_since_2025",
     "profile.first_seen >= timestamp(\"2025-01-01T00:00:00Z\")"},
    {"keen_silver", "has(traits.tier) && traits.tier == \"silver\" && "
                    "events.count(\"Product Viewed\", days(30)) >= 3"},
};
enum { SEGMENTS = sizeof(segments) / sizeof(segments[0]) };

/* The events, and each as a line; `ends` are those of the lines. */
typedef struct input {
    bench_stream stream;
    char *lines;
    size_t *ends;
} input;

typedef struct way {
    const char *title;
    bool lines;
    size_t group;
    omni_durability durability;
    size_t part; /* of the events only the first of so many parts */
} way;

typedef struct cost {
    double processor_ms;
    double clock_ms;
} cost;

/* Add events `from` to `to` to a batch. */
static void
add(omni_batch *batch, const input *in, const way *w, size_t from, size_t to)
{
    if (w->lines) {
        const size_t begin = from != 0 ? in->ends[from - 1] : 0;
        bench_need(omni_batch_add_json(batch, NULL, in->lines + begin,
                                       in->ends[to - 1] - begin),
                   omni_batch_error(batch));
        return;
    }
    for (size_t i = from; i < to; ++i) {
        bench_need(omni_batch_add(batch, &in->stream.events[i].event),
                   omni_batch_error(batch));
    }
}

static void
append(omni_store *store, const input *in, const way *w)
{
    const size_t count = in->stream.count / w->part;
    omni_batch *batch;
    omni_error error;
    bench_need(omni_batch_new(store, NULL, &batch, &error), &error);
    for (size_t i = 0; i < count; i += w->group) {
        add(batch, in, w, i, i + w->group < count ? i + w->group : count);
        bench_need(omni_batch_commit(batch, w->durability, &error), &error);
    }
    omni_batch_free(batch);
    bench_need(omni_store_flush(store, &error), &error);
}

/* Import into a new store that has the first `count` of the segments. */
static cost
import(const input *in, const way *w, size_t count)
{
    char path[] = "bench-ingest-XXXXXX";
    char command[64];
    omni_store *store;
    omni_error error;
    if (mkdtemp(path) == NULL || rmdir(path) != 0) {
        bench_die("cannot make a folder");
    }
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = w->durability};
    bench_need(omni_store_open(path, &options, &store, &error), &error);
    for (size_t i = 0; i < count; ++i) {
        const omni_segment_definition definition = {.size = sizeof(definition),
                                                    .name = segments[i].name,
                                                    .expression =
                                                        segments[i].text};
        bench_need(omni_segment_set(store, &definition, NULL, &error), &error);
    }
    cost out = {.processor_ms = bench_clock_ms(CLOCK_PROCESS_CPUTIME_ID),
                .clock_ms = bench_clock_ms(CLOCK_MONOTONIC)};
    append(store, in, w);
    out.processor_ms =
        bench_clock_ms(CLOCK_PROCESS_CPUTIME_ID) - out.processor_ms;
    out.clock_ms = bench_clock_ms(CLOCK_MONOTONIC) - out.clock_ms;
    bench_need(omni_store_close(store), &error);
    snprintf(command, sizeof(command), "rm -r %s", path);
    if (system(command) != 0) {
        bench_die("cannot remove %s", path);
    }
    return out;
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), compare);
    return values[count / 2];
}

static void
measure(const input *in, const way *w, size_t rounds)
{
    /* Without and with; the last are the ratios of each round. */
    double processor[3][ROUNDS_MAX];
    double clock[3][ROUNDS_MAX];
    for (size_t i = 0; i < rounds; ++i) {
        for (size_t k = 0; k < 2; ++k) {
            /* Who is first changes, as the second may find a warm cache. */
            const size_t with = (i + k) % 2;
            const cost c = import(in, w, with != 0 ? SEGMENTS : 0);
            processor[with][i] = c.processor_ms;
            clock[with][i] = c.clock_ms;
        }
        processor[2][i] = processor[1][i] / processor[0][i];
        clock[2][i] = clock[1][i] / clock[0][i];
    }
    const double ratio = median(processor[2], rounds);
    printf("%-34s processor %6.0f ms, %6.0f with %d segments: %+5.1f %% "
           "(limit 20: %s); clock %6.0f ms, %6.0f: %+5.1f %%\n",
           w->title, median(processor[0], rounds), median(processor[1], rounds),
           (int)SEGMENTS, 100 * (ratio - 1), ratio <= 1.2 ? "kept" : "MISSED",
           median(clock[0], rounds), median(clock[1], rounds),
           100 * (median(clock[2], rounds) - 1));
    fflush(stdout);
}

static size_t
number(int count, char **words, int at, size_t otherwise)
{
    return count > at ? (size_t)strtoull(words[at], NULL, 0) : otherwise;
}

/* Let the events spread over the 120 days before now, so that windows have
   some in them, and some that left. */
static void
shift(bench_stream *stream)
{
    const double days_us = 120 * 86400e6;
    struct timespec now;
    int64_t first_us = INT64_MAX;
    int64_t last_us = INT64_MIN;
    for (size_t i = 0; i < stream->count; ++i) {
        const int64_t time_us = stream->events[i].event.time_us;
        first_us = time_us < first_us ? time_us : first_us;
        last_us = time_us > last_us ? time_us : last_us;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    for (size_t i = 0; i < stream->count; ++i) {
        int64_t *time_us = &stream->events[i].event.time_us;
        const double before = (double)(last_us - *time_us);
        const double span = (double)(last_us - first_us) + 1;
        *time_us = (int64_t)now.tv_sec * 1000000 -
                   (int64_t)(days_us * (before / span));
    }
}

/* The identifiers that traits, or the list of others, tell. */
static void
print_identifiers(FILE *out, const bench_event *e, bool others)
{
    const char *comma = "";
    for (size_t i = 0; i < e->event.identifier_count; ++i) {
        const uint32_t ns = e->who[i].ns;
        const char *value = e->who[i].value;
        if (others && ns == BENCH_LOYALTY) {
            fprintf(out, "{\"id\":\"%s\",\"type\":\"%s\"}", value,
                    bench_namespaces[ns]);
        } else if (!others && (ns == BENCH_EMAIL || ns == BENCH_PHONE)) {
            fprintf(out, "%s\"%s\":\"%s\"", comma, bench_namespaces[ns], value);
            comma = ",";
        }
    }
}

static void
print_context(FILE *out, const bench_event *e)
{
    fprintf(out, "\"context\":{\"source\":\"%s\",\"externalIds\":[",
            e->event.source);
    print_identifiers(out, e, true);
    fputc(']', out);
    for (size_t i = 0; i < e->event.identifier_count; ++i) {
        if (e->who[i].ns == BENCH_DEVICE) {
            fprintf(out, ",\"device\":{\"id\":\"%s\"}", e->who[i].value);
        }
    }
    fputs(",\"traits\":{", out);
    print_identifiers(out, e, false);
    fputs("}},", out);
}

/* An event as its sender would write it. */
static void
print_line(FILE *out, const bench_event *e)
{
    static const char *const types[] = {[OMNI_EVENT_TRACK] = "track",
                                        [OMNI_EVENT_IDENTIFY] = "identify",
                                        [OMNI_EVENT_PAGE] = "page"};
    const time_t seconds = (time_t)(e->event.time_us / 1000000);
    struct tm time;
    char text[32];
    gmtime_r(&seconds, &time);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &time);
    fprintf(out,
            "{\"type\":\"%s\",\"messageId\":\"%s\","
            "\"timestamp\":\"%s.%03dZ\",\"channel\":\"%s\",",
            types[e->event.type], e->event.id, text,
            (int)(e->event.time_us / 1000 % 1000), e->event.channel);
    if (e->event.name != NULL) {
        fprintf(out, "\"event\":\"%s\",", e->event.name);
    }
    for (size_t i = 0; i < e->event.identifier_count; ++i) {
        const uint32_t ns = e->who[i].ns;
        if (ns == BENCH_USER || ns == BENCH_ANONYMOUS) {
            fprintf(out, "\"%s\":\"%s\",",
                    ns == BENCH_USER ? "userId" : "anonymousId",
                    e->who[i].value);
        }
    }
    print_context(out, e);
    if (e->event.traits_json != NULL) {
        fprintf(out, "\"traits\":%s,", e->event.traits_json);
    }
    fprintf(out, "\"properties\":%s}\n",
            e->event.properties_json != NULL ? e->event.properties_json : "{}");
}

static void
print_lines(input *in)
{
    size_t size = 0;
    FILE *out = open_memstream(&in->lines, &size);
    in->ends = malloc(in->stream.count * sizeof(in->ends[0]));
    if (out == NULL || in->ends == NULL) {
        bench_die("out of memory");
    }
    for (size_t i = 0; i < in->stream.count; ++i) {
        print_line(out, &in->stream.events[i]);
        in->ends[i] = (size_t)ftell(out);
    }
    if (fclose(out) != 0) {
        bench_die("out of memory");
    }
}

int
main(int count, char **words)
{
    static const way ways[] = {
        {"JSON lines, bulk, 1000 at a time", true, 1000, OMNI_DURABILITY_OFF,
         1},
        {"JSON lines, durable groups of 100", true, 100, OMNI_DURABILITY_FULL,
         1},
        {"structs, bulk, 1000 at a time", false, 1000, OMNI_DURABILITY_OFF, 1},
        {"structs, durable groups of 100", false, 100, OMNI_DURABILITY_FULL, 1},
        {"structs, durable, one at a time", false, 1, OMNI_DURABILITY_FULL, 10},
    };
    const bench_stream_options options = {
        .seed = 5,
        .events = number(count, words, 1, 40000),
        .people = number(count, words, 2, 5000)};
    const size_t rounds = number(count, words, 3, 5);
    input in = {.lines = NULL};
    if (options.events == 0 || options.people == 0 || rounds == 0 ||
        rounds > ROUNDS_MAX) {
        fputs("usage: bench-ingest [EVENTS [PEOPLE [ROUNDS]]]\n", stderr);
        return 2;
    }
    bench_stream_make(&in.stream, &options);
    shift(&in.stream);
    print_lines(&in);
    printf("%zu events of %zu people, lines of %zu bytes, %zu rounds\n",
           in.stream.count, options.people,
           in.ends[in.stream.count - 1] / in.stream.count, rounds);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); ++i) {
        measure(&in, &ways[i], rounds);
    }
    bench_stream_free(&in.stream);
    free(in.lines);
    free(in.ends);
    return 0;
}
