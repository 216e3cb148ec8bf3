/*
   Stored membership does not depend on who folds the log, when, or how often:
   rebuilt, after crashes, with threads.
*/
#include "support/segments_world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A store with some history: definitions, people, ticks, a merge. */
static void
make_history(unsigned seed)
{
    uint64_t state = seed * 77 + 5;
    const omni_reason reason = {.text = "same"};
    char who[16];
    char other[16];
    set("s1", "events.count(\"Bought\", hours(5)) >= 2");
    set("s2", "events.sum(\"Bought\", \"revenue\", hours(9)) > 20");
    for (unsigned i = 0; i < 120; ++i) {
        now += (int64_t)(api_random(&state) % 1800) * API_SECOND;
        snprintf(who, sizeof(who), "p%u", (unsigned)(api_random(&state) % 12));
        snprintf(other, sizeof(other), "p%u",
                 (unsigned)(api_random(&state) % 12));
        buy(who, now - (int64_t)(api_random(&state) % 7200) * API_SECOND, "7");
        if (i == 40) {
            set("s3", "segment(\"s1\") || now - profile.last_seen > hours(3)");
        }
        if (i == 70) {
            set("s1", "events.count(\"Bought\", hours(3)) >= 2");
        }
        if (i % 7 == 3) {
            tick(now, 1 + api_random(&state) % 9);
        }
        if (i % 31 == 30 && strcmp(who, other) != 0) {
            omni_profile_merge(world.store, API_NAME("user_id", who),
                               API_NAME("user_id", other), &reason, NULL, NULL);
        }
    }
}

/* Everything that is stored: rows by way of a check, members and feed. */
static void
assert_reads_agree(void)
{
    static const char *const names[] = {"s1", "s2", "s3"};
    for (size_t i = 0; i < 3; ++i) {
        const ids stored = members(names[i], now);
        ids evaluated = {.count = 0};
        omni_txn *txn = api_begin(world.store);
        ck_assert_int_eq(omni_txn_at(txn, now), OMNI_OK);
        omni_profiles *walk;
        const omni_profile *profile;
        ck_assert_int_eq(omni_profiles_open(txn, NULL, &walk), OMNI_OK);
        while (omni_profiles_next(walk, &profile) == OMNI_OK) {
            const omni_text *in;
            size_t count;
            ck_assert_int_eq(omni_profile_segments(txn, profile, &in, &count),
                             OMNI_OK);
            for (size_t k = 0; k < count; ++k) {
                if (api_is(in[k], names[i])) {
                    const omni_id id = omni_profile_id(profile);
                    take_id(&evaluated, &id);
                }
            }
        }
        omni_profiles_close(walk);
        omni_txn_end(txn);
        ck_assert_uint_eq(stored.count, evaluated.count);
        ck_assert(stored.count == 0 ||
                  memcmp(stored.list, evaluated.list,
                         stored.count * sizeof(omni_id)) == 0);
    }
}

START_TEST(a_rebuild_gives_the_same_rows_and_feed)
{
    make_history((unsigned)_i);
    assert_reads_agree();
    api_check(world.store);
    char *before = strdup(feed(0, NULL, 0));
    ck_assert_uint_gt(strlen(before), 100);
    api_world_close(&world);
    api_world_open(&world);
    ck_assert_str_eq(feed(0, NULL, 0), before);
    omni_check_report report = {.size = sizeof(report)};
    ck_assert_int_eq(omni_store_check(world.store, OMNI_CHECK_REBUILD, NULL,
                                      NULL, &report, &world.error),
                     OMNI_OK);
    ck_assert_str_eq(feed(0, NULL, 0), before);
    assert_reads_agree();
    now += 2 * DAY;
    assert_reads_agree();
    tick_all(now);
    assert_reads_agree();
    api_check(world.store);
    free(before);
}
END_TEST

/* Another process has the store open, and dies without closing it. */
static void
in_child(void (*work)(void))
{
    api_world_close(&world);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        api_world_open(&world);
        work();
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    api_world_open(&world);
}

static void
work_and_die(void)
{
    make_history(3);
    tick(now + API_HOUR, 3);
}

START_TEST(a_process_that_died_left_its_ticks)
{
    in_child(work_and_die);
    now += 200 * API_HOUR;
    assert_reads_agree();
    api_check(world.store);
    tick_all(now);
    assert_reads_agree();
    api_check(world.store);
}
END_TEST

static void *
tick_on(void *user)
{
    omni_store *store = user;
    for (int i = 0; i < 20; ++i) {
        omni_tick_result result = {.size = sizeof(result)};
        const omni_status status =
            omni_store_tick(store, API_T0 + i * API_HOUR, 5, &result, NULL);
        ck_assert_int_ge(status, 0);
        omni_txn *txn = NULL;
        ck_assert_int_eq(omni_txn_begin(store, &txn, NULL), OMNI_OK);
        const char *name = "s1";
        const omni_members_query query = {
            .size = sizeof(query), .segments = &name, .segment_count = 1};
        ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, NULL),
                         OMNI_OK);
        omni_txn_end(txn);
    }
    return NULL;
}

START_TEST(threads_tick_and_read_at_once)
{
    pthread_t threads[3];
    char who[16];
    set("s1", "events.count(\"Bought\", hours(5)) >= 1");
    for (int i = 0; i < 3; ++i) {
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, tick_on, world.store), 0);
    }
    for (unsigned i = 0; i < 60; ++i) {
        snprintf(who, sizeof(who), "p%u", i % 20);
        buy(who, API_T0 + i * 300 * API_SECOND, "7");
        if (i == 30) {
            set("s1", "events.count(\"Bought\", hours(4)) >= 1");
        }
    }
    for (int i = 0; i < 3; ++i) {
        pthread_join(threads[i], NULL);
    }
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("segments over the log");
    TCase *tests = tcase_create("segments over the log");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_rebuild_gives_the_same_rows_and_feed, 0, 4);
    tcase_add_test(tests, a_process_that_died_left_its_ticks);
    tcase_add_test(tests, threads_tick_and_read_at_once);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
