/*
   libomni through its public interface.
*/
#include "bench.h"

#include "omni/omni.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ours {
    omni_store *store;
    omni_batch *batch;
    omni_durability durability;
    omni_segment *segments[BENCH_SEGMENTS];
    omni_txn *txn;
    omni_id *ids; /* of the people that are asked about */
} ours;

static void
need(omni_status status, const char *what, const omni_error *error)
{
    if (status < 0) {
        bench_die("libomni: %s: %s (%s)", what, omni_status_name(status),
                  error != NULL ? error->message : "");
    }
}

static void *
ours_open(const char *directory, const bench_open *how)
{
    ours *o = calloc(1, sizeof(*o));
    char path[1024];
    omni_error error = {0};
    snprintf(path, sizeof(path), "%s/store", directory);
    if (o == NULL) {
        bench_die("out of memory");
    }
    o->durability =
        how->work == BENCH_BULK ? OMNI_DURABILITY_OFF : OMNI_DURABILITY_FULL;
    need(omni_store_open(
             path,
             &(omni_store_options){.size = sizeof(omni_store_options),
                                   .flags = OMNI_STORE_CREATE,
                                   .durability = o->durability,
                                   .memory_bytes = how->memory_bytes},
             &o->store, &error),
         "open", &error);
    need(omni_batch_new(o->store, NULL, &o->batch, &error), "batch", &error);
    return o;
}

static void
ours_append(void *handle, const bench_event *events, size_t count)
{
    ours *o = handle;
    omni_error error = {0};
    if (count == 1) {
        need(omni_event_append(o->store, &events->event, NULL, &error),
             "append", &error);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        need(omni_batch_add(o->batch, &events[i].event), "add", NULL);
    }
    need(omni_batch_commit(o->batch, o->durability, &error), "commit", &error);
}

static uint64_t
touch(omni_text text)
{
    return bench_touch(text.bytes, text.size);
}

static uint64_t
touch_profile(const omni_profile *profile)
{
    size_t count, touched = 0;
    const omni_profile_identifier *ids =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; i++) {
        touched += touch(ids[i].ns) + touch(ids[i].value);
        touched += (uint64_t)(ids[i].first_seen_us + ids[i].last_seen_us);
        for (size_t j = 0; j < ids[i].channel_count; j++) {
            touched += touch(ids[i].channels[j]);
        }
    }
    const omni_trait *traits = omni_profile_traits(profile, &count);
    for (size_t i = 0; i < count; i++) {
        touched += touch(traits[i].name) + touch(traits[i].value_json);
        touched += (uint64_t)traits[i].time_us;
    }
    const omni_figure *figures = omni_profile_figures(profile, &count);
    for (size_t i = 0; i < count; i++) {
        touched += touch(figures[i].name) + figures[i].count;
        touched += (uint64_t)(figures[i].first_us + figures[i].last_us);
        for (size_t j = 0; j < figures[i].amount_count; j++) {
            const omni_amount *amount = &figures[i].amounts[j];
            touched += touch(amount->currency) + touch(amount->sum);
            touched += touch(amount->min) + touch(amount->max);
        }
    }
    return touched;
}

static uint64_t
touch_events(omni_txn *txn, const omni_id *id, size_t events)
{
    omni_timeline *timeline = NULL;
    omni_timeline_event e;
    omni_status status;
    uint64_t touched = 0;
    need(omni_timeline_open(txn, id, NULL, &timeline), "timeline",
         omni_txn_error(txn));
    while (events-- > 0 &&
           (status = omni_timeline_next(timeline, &e)) != OMNI_END) {
        need(status, "timeline", omni_txn_error(txn));
        touched += (uint64_t)e.time_us + touch(e.id) + touch(e.properties_json);
        touched += touch(e.name) + touch(e.channel);
    }
    return touched;
}

static omni_txn *
begin(ours *o)
{
    omni_txn *txn = NULL;
    omni_error error = {0};
    need(omni_txn_begin(o->store, &txn, &error), "begin", &error);
    return txn;
}

static bool
find(omni_txn *txn, const bench_who *who, omni_id *id)
{
    omni_identifier name = {bench_namespaces[who->ns], who->value};
    omni_status status = omni_profile_find(txn, name, id);
    need(status, "find", omni_txn_error(txn));
    return status == OMNI_OK;
}

static uint64_t
ours_fetch(void *handle, const bench_who *who, size_t events)
{
    omni_txn *txn = begin(handle);
    const omni_profile *profile = NULL;
    uint64_t touched = 0;
    omni_id id;
    if (find(txn, who, &id)) {
        need(omni_profile_get(txn, &id, &profile), "profile",
             omni_txn_error(txn));
        touched = touch_profile(profile);
        if (events != 0) {
            touched += touch_events(txn, &id, events);
        }
    }
    omni_txn_end(txn);
    return touched;
}

static void
ours_segment_begin(void *handle, const bench_who *people, size_t count)
{
    ours *o = handle;
    o->txn = begin(handle);
    o->ids = calloc(count, sizeof(*o->ids));
    if (o->ids == NULL) {
        bench_die("out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        find(o->txn, &people[i], &o->ids[i]);
    }
}

/* The length of the window is part of the condition: compiled once for all. */
static void
compile(ours *o, size_t segment, bench_span window)
{
    char text[320];
    omni_error error = {0};
    snprintf(text, sizeof(text),
             "events.count(\"Product Viewed\", duration(\"%lldus\")) >= %zu"
             " && events.sum(\"Order Completed\", \"revenue\", \"CHF\") > %zu"
             " && traits.tier in [\"gold\", \"silver\"]",
             (long long)(window.last_us - window.first_us) >> segment,
             1 + segment, 10 * segment);
    need(omni_segment_compile(o->store, text, strlen(text),
                              &o->segments[segment], &error),
         "compile", &error);
}

static bool
ours_segment(void *handle, size_t person, size_t segment, bench_span window)
{
    ours *o = handle;
    omni_answer answer;
    if (o->segments[segment] == NULL) {
        compile(o, segment, window);
    }
    need(omni_segment_eval(o->txn, o->segments[segment], &o->ids[person],
                           window.last_us, &answer),
         "segment", omni_txn_error(o->txn));
    return answer.membership == OMNI_MEMBERSHIP_MEMBER;
}

static void
ours_segment_end(void *handle)
{
    ours *o = handle;
    for (size_t i = 0; i < BENCH_SEGMENTS; i++) {
        omni_segment_free(o->segments[i]);
        o->segments[i] = NULL;
    }
    omni_txn_end(o->txn);
    free(o->ids);
}

static bench_bytes
bytes_of(omni_text text)
{
    return (bench_bytes){text.bytes, text.size};
}

static uint32_t
number_of(omni_text word, const char *const *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strlen(words[i]) == word.size &&
            memcmp(words[i], word.bytes, word.size) == 0) {
            return i;
        }
    }
    bench_die("libomni: unknown word %.*s", (int)word.size, word.bytes);
}

/* Decimal text as millionths. */
static int64_t
micros(omni_text text)
{
    int64_t value = 0;
    int fraction = -1;
    size_t start = text.size > 0 && text.bytes[0] == '-';
    for (size_t i = start; i < text.size; i++) {
        if (text.bytes[i] == '.') {
            fraction = 0;
            continue;
        }
        value = value * 10 + (text.bytes[i] - '0');
        fraction += fraction >= 0;
    }
    for (fraction = fraction < 0 ? 0 : fraction; fraction < 6; fraction++) {
        value *= 10;
    }
    return start ? -value : value;
}

static void
view_identifiers(const omni_profile *profile, bench_view *out)
{
    size_t count;
    const omni_profile_identifier *ids =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; i++) {
        char value[1100];
        uint32_t channels = 0;
        for (size_t j = 0; j < ids[i].channel_count; j++) {
            channels |= 1u << number_of(ids[i].channels[j], bench_channels,
                                        BENCH_CHANNELS);
        }
        snprintf(value, sizeof(value), "%.*s", (int)ids[i].value.size,
                 ids[i].value.bytes);
        bench_who who = {
            number_of(ids[i].ns, bench_namespaces, BENCH_NAMESPACES), value};
        bench_span seen = {ids[i].first_seen_us, ids[i].last_seen_us};
        bench_view_identifier(out, &who, seen, channels);
    }
}

static void
view_figures(const omni_profile *profile, bench_view *out)
{
    size_t count;
    const omni_figure *figures = omni_profile_figures(profile, &count);
    for (size_t i = 0; i < count; i++) {
        bench_bytes name = bytes_of(figures[i].name);
        bench_span span = {figures[i].first_us, figures[i].last_us};
        bench_view_figure(out, name, figures[i].count, span);
        for (size_t j = 0; j < figures[i].amount_count; j++) {
            const omni_amount *it = &figures[i].amounts[j];
            bench_amount amount = {micros(it->sum), micros(it->min),
                                   micros(it->max)};
            bench_view_amount(out, name, bytes_of(it->currency), amount);
        }
    }
}

static void
ours_view(void *handle, const bench_who *who, bench_view *out)
{
    omni_txn *txn = begin(handle);
    const omni_profile *profile = NULL;
    omni_timeline *timeline = NULL;
    omni_timeline_event e;
    omni_id id;
    size_t count;
    memset(out, 0, sizeof(*out));
    out->found = find(txn, who, &id);
    if (out->found) {
        need(omni_profile_get(txn, &id, &profile), "profile",
             omni_txn_error(txn));
        view_identifiers(profile, out);
        view_figures(profile, out);
        const omni_trait *traits = omni_profile_traits(profile, &count);
        for (size_t i = 0; i < count; i++) {
            bench_view_trait(out, bytes_of(traits[i].name),
                             bytes_of(traits[i].value_json), traits[i].time_us);
        }
        need(omni_timeline_open(txn, &id, NULL, &timeline), "timeline",
             omni_txn_error(txn));
        while (omni_timeline_next(timeline, &e) == OMNI_OK) {
            bench_view_event(out, e.time_us, bytes_of(e.id),
                             bytes_of(e.properties_json));
        }
    }
    omni_txn_end(txn);
}

static void
ours_totals(void *handle, bench_totals *out)
{
    ours *o = handle;
    omni_error error = {0};
    omni_stats stats = {.size = sizeof(stats)};
    need(omni_store_stats(o->store, &stats, &error), "stats", &error);
    out->events = stats.events;
    out->identifiers = stats.nodes;
    out->profiles = stats.profiles;
    if (stats.refused != 0 || stats.flagged != 0) {
        bench_die("libomni refused or flagged records of the stream");
    }
}

static void
ours_settle(void *handle)
{
    ours *o = handle;
    omni_error error = {0};
    need(omni_store_flush(o->store, &error), "flush", &error);
}

static void
ours_close(void *handle)
{
    ours *o = handle;
    omni_batch_free(o->batch);
    need(omni_store_close(o->store), "close", NULL);
    free(o);
}

const bench_side bench_omni = {
    .name = "libomni",
    .open = ours_open,
    .append = ours_append,
    .fetch = ours_fetch,
    .segment_begin = ours_segment_begin,
    .segment = ours_segment,
    .segment_end = ours_segment_end,
    .view = ours_view,
    .totals = ours_totals,
    .settle = ours_settle,
    .close = ours_close,
};
