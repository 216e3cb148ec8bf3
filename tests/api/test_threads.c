/*
   Threads that append at every level while others read, with tables so small
   that they are flushed all the time.
*/
#include "support/api_world.h"
#include "support/threads.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITERS 8
#define READERS 4
#define PEOPLE 13
#define EVENTS 150 /* of a writer */

static api_world world;
static atomic_uint writing;

/* What a thread does. */
typedef struct worker {
    test_thread thread;
    uint64_t appended;
    uint64_t looked; /* profiles seen whole */
    uint64_t counts[PEOPLE];
} worker;

/* An event of the person by an anonymous id, a user id or both. */
static omni_event
make_event(const worker *w, unsigned at, char names[3][32],
           omni_identifier who[2])
{
    const unsigned person = (at * 7 + w->thread.number) % PEOPLE;
    snprintf(names[0], 32, "w%u-%u", w->thread.number, at);
    snprintf(names[1], 32, "u%u", person);
    snprintf(names[2], 32, "a%u-%u", person, at % 4);
    size_t count = 0;
    if (at % 3 != 0) {
        who[count++] = API_NAME("user_id", names[1]);
    }
    if (at % 3 != 1) {
        who[count++] = API_NAME("anonymous_id", names[2]);
    }
    return (omni_event){.size = sizeof(omni_event),
                        .name = at % 5 == 0 ? "Bought" : "Viewed",
                        .id = names[0],
                        .time_us = API_T0 + (int64_t)at * API_SECOND,
                        .channel = at % 2 == 0 ? "web" : "app",
                        .identifiers = who,
                        .identifier_count = count,
                        .properties_json = "{\"revenue\":1.25}"};
}

static bool
append_one(worker *w, unsigned at)
{
    omni_error error = {.message = ""};
    char names[3][32];
    omni_identifier who[2];
    const omni_event event = make_event(w, at, names, who);
    omni_event_result result = {.size = sizeof(result)};
    if (omni_event_append(world.store, &event, &result, &error) != OMNI_OK) {
        return complain(&w->thread, "append", error.message);
    }
    ++w->appended;
    return result.outcome == OMNI_OUTCOME_TAKEN ||
           complain(&w->thread, "append", "was not taken");
}

/* Some events as one commit; returns how many, 0 on failure. */
static unsigned
append_batch(worker *w, unsigned from, omni_durability durability)
{
    omni_error error = {.message = "no memory"};
    omni_batch *batch = NULL;
    omni_import_summary summary = {.size = sizeof(summary)};
    unsigned count = 0;
    bool fine = omni_batch_new(world.store, NULL, &batch, &error) == OMNI_OK;
    for (; fine && count < 4 && from + count < EVENTS; ++count) {
        char names[3][32];
        omni_identifier who[2];
        const omni_event event = make_event(w, from + count, names, who);
        fine = omni_batch_add(batch, &event) == OMNI_OK;
    }
    fine = fine && omni_batch_commit(batch, durability, &error) == OMNI_OK &&
           omni_batch_summary(batch, &summary) == OMNI_OK;
    if (!fine) {
        complain(&w->thread, "batch", error.message);
    } else if (summary.taken != count || summary.duplicates != 0) {
        fine = complain(&w->thread, "batch", "counts of another commit");
    }
    omni_batch_free(batch);
    w->appended += count;
    return fine ? count : 0;
}

static void *
write_events(void *user)
{
    static const omni_durability levels[] = {
        OMNI_DURABILITY_GROUP, OMNI_DURABILITY_OFF, OMNI_DURABILITY_FULL};
    worker *w = user;
    unsigned at = 0;
    while (at < EVENTS && w->thread.why[0] == '\0') {
        if (w->thread.number % 2 == 0) {
            at += append_one(w, at) ? 1 : 0;
        } else {
            at += append_batch(w, at, levels[w->thread.number / 2 % 3]);
        }
        if (at % 50 == 0 && omni_store_flush(world.store, NULL) < 0) {
            complain(&w->thread, "flush", "failed");
        }
    }
    atomic_fetch_sub(&writing, 1);
    return NULL;
}

static uint64_t
sum_figures(const omni_profile *profile)
{
    size_t count;
    uint64_t sum = 0;
    const omni_figure *figures = omni_profile_figures(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        sum += figures[i].count;
    }
    return sum;
}

/* Length of a timeline that has to be in order. */
static bool
walk(worker *w, omni_txn *txn, const omni_id *id, bool oldest, uint64_t *length)
{
    const omni_timeline_options options = {.size = sizeof(options),
                                           .oldest_first = oldest};
    omni_timeline *timeline;
    omni_timeline_event event;
    omni_status status = omni_timeline_open(txn, id, &options, &timeline);
    int64_t last = oldest ? INT64_MIN : INT64_MAX;
    *length = 0;
    while (status == OMNI_OK &&
           (status = omni_timeline_next(timeline, &event)) == OMNI_OK) {
        if (oldest ? event.time_us < last : event.time_us > last) {
            return complain(&w->thread, "timeline", "out of order");
        }
        last = event.time_us;
        ++*length;
    }
    return status == OMNI_END ||
           complain(&w->thread, "timeline", omni_txn_error(txn)->message);
}

/* A profile is whole in its snapshot, and is never smaller than it was. */
static bool
look_at(worker *w, omni_txn *txn, unsigned person)
{
    char value[32];
    omni_id id;
    const omni_profile *profile;
    uint64_t length;
    snprintf(value, sizeof(value), "u%u", person);
    omni_status status =
        omni_profile_find(txn, API_NAME("user_id", value), &id);
    if (status == OMNI_NOT_FOUND && w->counts[person] == 0) {
        return true;
    }
    if (status == OMNI_OK) {
        status = omni_profile_get(txn, &id, &profile);
    }
    if (status != OMNI_OK) {
        return complain(&w->thread, "profile", omni_txn_error(txn)->message);
    }
    const uint64_t count = sum_figures(profile);
    if (!walk(w, txn, &id, person % 2 == 0, &length)) {
        return false;
    }
    if (count != length) {
        return complain(&w->thread, value, "figures and timeline disagree");
    }
    if (count < w->counts[person]) {
        return complain(&w->thread, value, "events went away");
    }
    w->counts[person] = count;
    ++w->looked;
    return true;
}

static void *
read_profiles(void *user)
{
    worker *w = user;
    unsigned person = w->thread.number;
    while (atomic_load(&writing) != 0 && w->thread.why[0] == '\0') {
        omni_txn *txn = NULL;
        omni_error error;
        if (omni_txn_begin(world.store, &txn, &error) != OMNI_OK) {
            complain(&w->thread, "txn", error.message);
            break;
        }
        for (unsigned i = 0; i < 3 && w->thread.why[0] == '\0'; ++i) {
            look_at(w, txn, person++ % PEOPLE);
        }
        omni_txn_end(txn);
        omni_stats stats = {.size = sizeof(stats)};
        if (person % 5 == 0 &&
            omni_store_stats(world.store, &stats, &error) != OMNI_OK) {
            complain(&w->thread, "stats", error.message);
        }
    }
    return NULL;
}

static void
run(worker *workers)
{
    atomic_store(&writing, WRITERS);
    for (unsigned i = 0; i < WRITERS + READERS; ++i) {
        workers[i] = (worker){.appended = 0};
        thread_begin(&workers[i].thread, i,
                     i < WRITERS ? write_events : read_profiles, &workers[i]);
    }
    for (unsigned i = 0; i < WRITERS + READERS; ++i) {
        thread_end(&workers[i].thread);
    }
}

static void
setup(void)
{
    api_world_make(&world);
    world.options.memory_bytes = 64 * 1024;
    world.options.durability = OMNI_DURABILITY_FULL;
    api_world_open(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

/* All events of all people, each counted once. */
static uint64_t
count_everything(void)
{
    uint64_t sum = 0;
    omni_txn *txn = api_begin(world.store);
    for (unsigned i = 0; i < PEOPLE; ++i) {
        char value[32];
        snprintf(value, sizeof(value), "u%u", i);
        sum += sum_figures(api_get(txn, "user_id", value));
    }
    omni_txn_end(txn);
    return sum;
}

START_TEST(writers_and_readers_do_not_disturb_each_other)
{
    worker workers[WRITERS + READERS];
    run(workers);
    for (unsigned i = 0; i < WRITERS; ++i) {
        ck_assert_uint_eq(workers[i].appended, EVENTS);
    }
    for (unsigned i = WRITERS; i < WRITERS + READERS; ++i) {
        ck_assert_uint_gt(workers[i].looked, 0);
    }
    const omni_stats stats = api_stats(world.store);
    ck_assert_uint_eq(stats.events, WRITERS * EVENTS);
    ck_assert_uint_eq(stats.facts, WRITERS * EVENTS);
    ck_assert_uint_eq(stats.profiles, PEOPLE);
    ck_assert_uint_eq(stats.nodes, PEOPLE * 5);
    ck_assert_uint_eq(count_everything(), WRITERS * EVENTS);
    api_check(world.store);
    const omni_digest before = api_digest(world.store);
    api_world_close(&world);
    api_world_open(&world);
    const omni_digest after = api_digest(world.store);
    ck_assert_mem_eq(&before, &after, sizeof(before));
    ck_assert_uint_eq(count_everything(), WRITERS * EVENTS);
}
END_TEST

/* Appends of the same event by all threads at once. */
static void *
append_same(void *user)
{
    worker *w = user;
    for (unsigned i = 0; i < 20; ++i) {
        char id[32];
        snprintf(id, sizeof(id), "same-%u", i);
        const omni_identifier who = API_NAME("user_id", "u0");
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .id = id,
                                  .time_us = API_T0,
                                  .identifiers = &who,
                                  .identifier_count = 1};
        omni_event_result result = {.size = sizeof(result)};
        omni_error error;
        if (omni_event_append(world.store, &event, &result, &error) !=
            OMNI_OK) {
            complain(&w->thread, "append", error.message);
            break;
        }
        w->appended += result.outcome == OMNI_OUTCOME_TAKEN ? 1 : 0;
    }
    return NULL;
}

START_TEST(a_retry_by_many_threads_is_taken_once)
{
    worker workers[WRITERS];
    uint64_t taken = 0;
    for (unsigned i = 0; i < WRITERS; ++i) {
        workers[i] = (worker){.appended = 0};
        thread_begin(&workers[i].thread, i, append_same, &workers[i]);
    }
    for (unsigned i = 0; i < WRITERS; ++i) {
        thread_end(&workers[i].thread);
        taken += workers[i].appended;
    }
    ck_assert_uint_eq(taken, 20);
    ck_assert_uint_eq(api_stats(world.store).events, 20);
    ck_assert_uint_eq(api_count(world.store, "user_id", "u0", "Bought"), 20);
    api_check(world.store);
}
END_TEST

static void *
check_store(void *user)
{
    worker *w = user;
    omni_error error;
    for (unsigned i = 0; i < 3; ++i) {
        if (omni_store_check(world.store, 0, NULL, NULL, NULL, &error) !=
            OMNI_OK) {
            complain(&w->thread, "check", error.message);
        }
        append_one(w, i);
    }
    return NULL;
}

START_TEST(checks_at_once_find_nothing)
{
    worker workers[4];
    for (unsigned i = 0; i < 4; ++i) {
        workers[i] = (worker){.appended = 0};
        thread_begin(&workers[i].thread, i, check_store, &workers[i]);
    }
    for (unsigned i = 0; i < 4; ++i) {
        thread_end(&workers[i].thread);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("threads");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 280);
    tcase_add_test(tests, writers_and_readers_do_not_disturb_each_other);
    tcase_add_test(tests, a_retry_by_many_threads_is_taken_once);
    tcase_add_test(tests, checks_at_once_find_nothing);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
