/*
   Policies that are set, rehearsed and retracted, and segments that are kept,
   while other threads append and read: what the profiles are does not depend
   on these policies, so that readers can tell when they see half of one.
*/
#include "support/api_world.h"
#include "support/threads.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITERS 2
#define READERS 2
#define PEOPLE 50
#define FILLED 1300 /* events, in a log that is folded beforehand */
#define POLICIES 3

static api_world world;
static atomic_bool ended;
static char padding[1024];

/* What a thread does. */
typedef struct worker {
    test_thread thread;
    uint64_t done;
    uint64_t seen[PEOPLE]; /* events of each, as last read */
} worker;

static omni_event
make_event(unsigned writer, uint64_t at, char names[2][32],
           omni_identifier *who)
{
    snprintf(names[0], 32, "w%u-%llu", writer, (unsigned long long)at);
    snprintf(names[1], 32, "u%llu", (unsigned long long)(at % PEOPLE));
    *who = API_NAME("user_id", names[1]);
    return (omni_event){.size = sizeof(omni_event),
                        .name = "Viewed",
                        .id = names[0],
                        .time_us = API_T0 + (int64_t)at * API_SECOND,
                        .channel = "web",
                        .identifiers = who,
                        .identifier_count = 1,
                        .properties_json = padding};
}

static void
fill(void)
{
    omni_batch *batch = NULL;
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, &world.error),
                     OMNI_OK);
    for (uint64_t i = 0; i < FILLED; ++i) {
        char names[2][32];
        omni_identifier who;
        const omni_event event = make_event(99, i, names, &who);
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    }
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_FULL, &world.error), OMNI_OK);
    omni_batch_free(batch);
}

static void *
write_events(void *user)
{
    worker *w = user;
    while (!atomic_load(&ended) && w->thread.why[0] == '\0') {
        char names[2][32];
        omni_identifier who;
        omni_error error = {.message = ""};
        const omni_event event =
            make_event(w->thread.number, w->done++, names, &who);
        if (omni_event_append(world.store, &event, NULL, &error) != OMNI_OK) {
            complain(&w->thread, "append", error.message);
        }
    }
    return NULL;
}

/* Events of a person by figures and by the timeline: the same, and never
   fewer than there were. */
static bool
look_at(worker *w, omni_txn *txn, unsigned person)
{
    char value[32];
    size_t figures;
    uint64_t length = 0;
    snprintf(value, sizeof(value), "u%u", person);
    const omni_profile *profile = api_get(txn, "user_id", value);
    const omni_figure *figure = omni_profile_figures(profile, &figures);
    const omni_id id = api_find(txn, "user_id", value);
    omni_timeline *timeline;
    omni_timeline_event event;
    omni_status status = omni_timeline_open(txn, &id, NULL, &timeline);
    while (status == OMNI_OK &&
           (status = omni_timeline_next(timeline, &event)) == OMNI_OK) {
        ++length;
    }
    if (status != OMNI_END) {
        return complain(&w->thread, value, omni_txn_error(txn)->message);
    }
    if (figures != 1 || figure->count != length || length < w->seen[person]) {
        return complain(&w->thread, value, "not all of it is there");
    }
    w->seen[person] = length;
    ++w->done;
    return true;
}

static void *
read_profiles(void *user)
{
    worker *w = user;
    for (unsigned at = w->thread.number;
         !atomic_load(&ended) && w->thread.why[0] == '\0'; at += 7) {
        omni_txn *txn = NULL;
        omni_error error = {.message = ""};
        omni_members_counts counts = {.size = sizeof(counts)};
        const char *name = "active";
        const omni_members_query query = {
            .size = sizeof(query), .segments = &name, .segment_count = 1};
        if (omni_txn_begin(world.store, &txn, &error) != OMNI_OK) {
            complain(&w->thread, "txn", error.message);
            break;
        }
        look_at(w, txn, at % PEOPLE);
        if (omni_segments_members(txn, &query, NULL, NULL, &counts) !=
            OMNI_OK) {
            complain(&w->thread, "members", omni_txn_error(txn)->message);
        } else if (counts.members != PEOPLE) {
            complain(&w->thread, "members", "not all of them");
        }
        omni_txn_end(txn);
    }
    return NULL;
}

static void *
tick(void *user)
{
    worker *w = user;
    omni_error error = {.message = ""};
    while (!atomic_load(&ended) && w->thread.why[0] == '\0') {
        if (omni_store_tick(world.store, API_T0 + API_HOUR, 10, NULL, &error) <
            0) {
            complain(&w->thread, "tick", error.message);
        }
        ++w->done;
    }
    return NULL;
}

static void
rehearse(worker *w, const char *json)
{
    omni_txn *txn = NULL;
    const omni_policy_plan *plan = NULL;
    omni_error error = {.message = ""};
    omni_status status = omni_txn_begin(world.store, &txn, &error);
    if (status == OMNI_OK) {
        status = omni_policy_rehearse(txn, json, strlen(json), NULL, &plan);
        if (status == OMNI_OK && (plan->joined != 0 || plan->split != 0)) {
            complain(&w->thread, "rehearsal", "somebody is joined or split");
        } else if (status != OMNI_OK && status != OMNI_ERR_BUSY) {
            complain(&w->thread, "rehearsal", omni_txn_error(txn)->message);
        }
        omni_txn_end(txn);
    }
}

static void *
govern(void *user)
{
    worker *w = user;
    omni_policy_result result = {.size = sizeof(result)};
    const omni_reason why = {.text = "a mistake"};
    omni_error error = {.message = ""};
    for (; w->done < POLICIES && w->thread.why[0] == '\0'; ++w->done) {
        char json[64];
        snprintf(json, sizeof(json), "{\"max_identifiers\":%u}",
                 400 + (unsigned)w->done);
        rehearse(w, json);
        if (omni_policy_set_json(world.store, json, strlen(json), NULL, &result,
                                 &error) != OMNI_OK) {
            complain(&w->thread, "policy", error.message);
        }
    }
    if (w->thread.why[0] == '\0' &&
        omni_fact_retract(world.store, &result.fact, &why, NULL, &error) < 0) {
        complain(&w->thread, "retract", error.message);
    }
    atomic_store(&ended, true);
    return NULL;
}

START_TEST(a_policy_changes_while_others_read_and_write)
{
    static worker workers[WRITERS + READERS + 2];
    const omni_segment_definition active = {.size = sizeof(active),
                                            .name = "active",
                                            .expression =
                                                "events.did('Viewed')"};
    snprintf(padding, sizeof(padding), "{\"text\":\"%0900d\"}", 7);
    fill();
    ck_assert_int_eq(omni_segment_set(world.store, &active, NULL, &world.error),
                     OMNI_OK);
    for (unsigned i = 0; i < WRITERS + READERS + 2; ++i) {
        workers[i] = (worker){.done = 0};
        thread_begin(&workers[i].thread, i,
                     i < WRITERS              ? write_events
                     : i < WRITERS + READERS  ? read_profiles
                     : i == WRITERS + READERS ? tick
                                              : govern,
                     &workers[i]);
    }
    uint64_t events = FILLED;
    for (unsigned i = 0; i < WRITERS + READERS + 2; ++i) {
        thread_end(&workers[i].thread);
        ck_assert_uint_gt(workers[i].done, 0);
        events += i < WRITERS ? workers[i].done : 0;
    }
    ck_assert_uint_eq(api_stats(world.store).events, events);
    ck_assert_uint_eq(api_stats(world.store).profiles, PEOPLE);
    api_check(world.store);
}
END_TEST

static void
setup(void)
{
    api_world_make(&world);
    world.options.memory_bytes = 256 * 1024;
    api_world_open(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

int
main(void)
{
    Suite *suite = suite_create("policy_threads");
    TCase *tests = tcase_create("policy_threads");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 280);
    tcase_add_test(tests, a_policy_changes_while_others_read_and_write);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
