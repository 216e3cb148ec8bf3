/*
   What a change of the policy costs: time, peak memory, and the longest that a
   reader and a writer had to wait meanwhile.

       policy_change [EVENTS]        default 100000

   Makes a store in the directory where it runs, sets a policy by which profiles
   are made anew, while a thread reads profiles and another appends events.
*/
#include "bench.h"
#include "omni/omni.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1000

static struct {
    omni_store *store;
    omni_error error;
} world;
static atomic_bool over;

static void
need(omni_status status)
{
    bench_need(status, &world.error);
}

static uint64_t
profiles_now(void)
{
    omni_stats stats = {.size = sizeof(stats)};
    need(omni_store_stats(world.store, &stats, &world.error));
    return stats.profiles;
}

/* Bytes of a field of /proc/self/status, in MB. */
static double
memory_mb(const char *field)
{
    char line[256];
    double found = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            found = strtod(line + strlen(field), NULL) / 1024;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static void
add_event(omni_batch *batch, uint64_t number)
{
    char texts[3][32];
    const uint64_t person = number * 7919 % 200003;
    snprintf(texts[0], sizeof(texts[0]), "u%llu",
             (unsigned long long)(person / 2));
    snprintf(texts[1], sizeof(texts[1]), "p%llu@x.example",
             (unsigned long long)person);
    snprintf(texts[2], sizeof(texts[2]), "e%llu", (unsigned long long)number);
    const omni_identifier who[2] = {{"user_id", texts[0]}, {"email", texts[1]}};
    const omni_event event = {
        .size = sizeof(event),
        .name = "Viewed",
        .id = texts[2],
        .time_us = INT64_C(1704067200000000) + (int64_t)number * 1000,
        .identifiers = who,
        .identifier_count = 2,
        .properties_json = "{\"currency\":\"CHF\",\"revenue\":59.90}"};
    need(omni_batch_add(batch, &event));
}

static void
load(uint64_t first, uint64_t count)
{
    omni_batch *batch;
    need(omni_batch_new(world.store, NULL, &batch, &world.error));
    for (uint64_t i = 0; i < count; ++i) {
        add_event(batch, first + i);
        if ((i + 1) % BATCH == 0 || i + 1 == count) {
            need(omni_batch_commit(batch, OMNI_DURABILITY_OFF, &world.error));
        }
    }
    omni_batch_free(batch);
}

static void *
read_on(void *longest)
{
    uint64_t state = 1;
    while (!over) {
        char text[32];
        omni_txn *txn;
        omni_id id;
        const double began = bench_clock_ms(CLOCK_MONOTONIC);
        snprintf(
            text, sizeof(text), "u%llu",
            (unsigned long long)((state = state * 48271 % 2147483647) % 1000));
        need(omni_txn_begin(world.store, &txn, &world.error));
        (void)omni_profile_find(txn, (omni_identifier){"user_id", text}, &id);
        omni_txn_end(txn);
        const double took = bench_clock_ms(CLOCK_MONOTONIC) - began;
        *(double *)longest =
            took > *(double *)longest ? took : *(double *)longest;
    }
    return NULL;
}

static void *
write_on(void *longest)
{
    uint64_t number = UINT64_C(1) << 40;
    while (!over) {
        const struct timespec pause = {.tv_nsec = 2000000};
        const double began = bench_clock_ms(CLOCK_MONOTONIC);
        load(number++, 1);
        const double took = bench_clock_ms(CLOCK_MONOTONIC) - began;
        *(double *)longest =
            took > *(double *)longest ? took : *(double *)longest;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

int
main(int count, char **words)
{
    static const char json[] =
        "{\"namespaces\":{\"user_id\":{\"max_per_profile\":3},"
        "\"email\":{\"max_per_profile\":1}}}";
    const uint64_t events =
        count > 1 ? strtoull(words[1], NULL, 0) : UINT64_C(100000);
    double reader_ms = 0;
    double writer_ms = 0;
    pthread_t threads[2];
    char path[] = "policy-bench-XXXXXX";
    char command[64];
    if (mkdtemp(path) == NULL || rmdir(path) != 0) {
        perror(path);
        return 1;
    }
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = OMNI_DURABILITY_OFF};
    need(omni_store_open(path, &options, &world.store, &world.error));
    load(0, events);
    need(omni_store_flush(world.store, &world.error));
    const double before_mb = memory_mb("RssAnon:");
    const uint64_t profiles = profiles_now();
    pthread_create(&threads[0], NULL, read_on, &reader_ms);
    pthread_create(&threads[1], NULL, write_on, &writer_ms);
    const double worked = bench_clock_ms(CLOCK_THREAD_CPUTIME_ID);
    const double began = bench_clock_ms(CLOCK_MONOTONIC);
    need(omni_policy_set_json(world.store, json, strlen(json), NULL, NULL,
                              &world.error));
    const double took = bench_clock_ms(CLOCK_MONOTONIC) - began;
    const double work = bench_clock_ms(CLOCK_THREAD_CPUTIME_ID) - worked;
    const double after_mb = memory_mb("RssAnon:");
    over = true;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("Policy change on %llu events: %.2f s (%.2f s of a processor), "
           "anonymous memory %.0f MB "
           "(%.0f before), longest pause of a reader %.1f ms, of a writer "
           "%.1f ms; %llu profiles became %llu\n",
           (unsigned long long)events, took / 1e3, work / 1e3, after_mb,
           before_mb, reader_ms, writer_ms, (unsigned long long)profiles,
           (unsigned long long)profiles_now());
    need(omni_store_close(world.store));
    snprintf(command, sizeof(command), "rm -r %s", path);
    return system(command) == 0 ? 0 : 1;
}
