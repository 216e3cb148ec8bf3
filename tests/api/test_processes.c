/*
   Processes that share a store: what one of them acknowledged, the others see
   in their next snapshot; nothing is lost or counted twice.
*/
#include "support/api_world.h"

#include <check.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 3
#define ROUNDS 150

static api_world world;
static int pipes[PROCESSES][2]; /* by the process that reads */

/* "Events of person `who` up to number `count` are acknowledged." */
typedef struct note {
    uint32_t who;
    uint32_t count;
} note;

static void
give_up(unsigned self, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Ends a child; Check's asserts are for the parent. */
static void
give_up(unsigned self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "process %u: ", self);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    _exit(1);
}

static void
setup(void)
{
    api_world_make(&world);
    world.options.memory_bytes = 64 * 1024;
    api_world_open(&world);
    api_world_close(&world);
    for (unsigned i = 0; i < PROCESSES; ++i) {
        ck_assert_int_eq(pipe(pipes[i]), 0);
    }
}

static void
teardown(void)
{
    for (unsigned i = 0; i < PROCESSES; ++i) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    api_world_remove(&world);
}

static omni_store *
open_in_child(unsigned self)
{
    omni_store *store = NULL;
    omni_error error;
    if (omni_store_open(world.path, &world.options, &store, &error) !=
        OMNI_OK) {
        give_up(self, "open: %s", error.message);
    }
    return store;
}

/* An event of this process's own person, and one of everybody's. */
static void
append_pair(unsigned self, omni_store *store, unsigned number)
{
    char own[16];
    char ids[2][32];
    omni_error error = {.message = ""};
    omni_batch *batch = NULL;
    snprintf(own, sizeof(own), "p%u", self);
    snprintf(ids[0], sizeof(ids[0]), "own-%u-%u", self, number);
    snprintf(ids[1], sizeof(ids[1]), "all-%u-%u", self, number);
    const omni_identifier who[2] = {{"user_id", own}, {"email", "a@all.org"}};
    bool fine = omni_batch_new(store, NULL, &batch, &error) == OMNI_OK;
    for (unsigned i = 0; i < 2 && fine; ++i) {
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .id = ids[i],
                                  .time_us = API_T0 + number * API_SECOND,
                                  .identifiers = &who[i],
                                  .identifier_count = 1,
                                  .properties_json = "{\"revenue\":2}"};
        fine = omni_batch_add(batch, &event) == OMNI_OK;
    }
    const omni_durability level =
        number % 4 == 0 ? OMNI_DURABILITY_FULL : OMNI_DURABILITY_OFF;
    if (!fine || omni_batch_commit(batch, level, &error) != OMNI_OK) {
        give_up(self, "commit %u: %s", number, error.message);
    }
    omni_batch_free(batch);
}

static void
tell_others(unsigned self, unsigned count)
{
    const note message = {.who = self, .count = count};
    for (unsigned i = 0; i < PROCESSES; ++i) {
        if (i != self && write(pipes[i][1], &message, sizeof(message)) !=
                             (ssize_t)sizeof(message)) {
            give_up(self, "pipe");
        }
    }
}

/* The figure and the timeline of a person, in one snapshot. */
static uint64_t
count_bought(unsigned self, omni_store *store, omni_identifier who)
{
    omni_txn *txn = NULL;
    omni_error error;
    omni_id id;
    const omni_profile *profile;
    omni_figure figure = {.count = 0};
    omni_timeline *timeline;
    omni_timeline_event event;
    uint64_t length = 0;
    if (omni_txn_begin(store, &txn, &error) != OMNI_OK) {
        give_up(self, "txn: %s", error.message);
    }
    if (omni_profile_find(txn, who, &id) != OMNI_OK ||
        omni_profile_get(txn, &id, &profile) != OMNI_OK ||
        omni_timeline_open(txn, &id, NULL, &timeline) != OMNI_OK) {
        give_up(self, "%s: %s", who.value, omni_txn_error(txn)->message);
    }
    omni_profile_figure(profile, "Bought", &figure);
    while (omni_timeline_next(timeline, &event) == OMNI_OK) {
        ++length;
    }
    omni_txn_end(txn);
    if (length != figure.count) {
        give_up(self, "%s: %llu in the timeline, %llu counted", who.value,
                (unsigned long long)length, (unsigned long long)figure.count);
    }
    return figure.count;
}

/* Look for what the others say they did; may wait a moment for a note. */
static void
hear_others(unsigned self, omni_store *store, bool wait)
{
    struct pollfd waiting = {.fd = pipes[self][0], .events = POLLIN};
    int timeout = wait ? 100 : 0;
    while (poll(&waiting, 1, timeout) == 1) {
        note message;
        char value[16];
        if (read(pipes[self][0], &message, sizeof(message)) !=
            (ssize_t)sizeof(message)) {
            give_up(self, "pipe");
        }
        snprintf(value, sizeof(value), "p%u", message.who);
        const uint64_t seen =
            count_bought(self, store, API_NAME("user_id", value));
        if (seen < message.count) {
            give_up(self, "%s: %u acknowledged, %llu seen", value,
                    message.count, (unsigned long long)seen);
        }
        timeout = 0;
    }
}

static void
run_child(unsigned self)
{
    omni_store *store = open_in_child(self);
    for (unsigned i = 1; i <= ROUNDS; ++i) {
        append_pair(self, store, i);
        tell_others(self, i);
        hear_others(self, store, i % 3 == 0 && i < ROUNDS / 2);
        char own[16];
        snprintf(own, sizeof(own), "p%u", self);
        if (count_bought(self, store, API_NAME("user_id", own)) != i) {
            give_up(self, "does not see its own event %u", i);
        }
        omni_error error;
        if (i % 20 == self && omni_store_flush(store, &error) < 0) {
            give_up(self, "flush: %s", error.message);
        }
        if (i == ROUNDS / 2 &&
            omni_store_check(store, 0, NULL, NULL, NULL, &error) != OMNI_OK) {
            give_up(self, "check: %s", error.message);
        }
    }
    if (omni_store_close(store) != OMNI_OK) {
        give_up(self, "close");
    }
    _exit(0);
}

static void
run_children(void (*child)(unsigned))
{
    pid_t children[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; ++i) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0) {
            child(i);
        }
    }
    int failed = 0;
    for (unsigned i = 0; i < PROCESSES; ++i) {
        int status = 0;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        failed += status != 0 ? 1 : 0;
    }
    ck_assert_int_eq(failed, 0);
}

START_TEST(what_one_process_acknowledged_the_others_see)
{
    run_children(run_child);
    api_world_open(&world);
    const omni_stats stats = api_stats(world.store);
    ck_assert_uint_eq(stats.events, PROCESSES * ROUNDS * 2);
    ck_assert_uint_eq(stats.profiles, PROCESSES + 1);
    ck_assert_uint_eq(api_count(world.store, "email", "a@all.org", "Bought"),
                      PROCESSES * ROUNDS);
    for (unsigned i = 0; i < PROCESSES; ++i) {
        char own[16];
        snprintf(own, sizeof(own), "p%u", i);
        ck_assert_uint_eq(api_count(world.store, "user_id", own, "Bought"),
                          ROUNDS);
    }
    api_check(world.store);
}
END_TEST

/* Each process tries to be the one that makes the store. */
static void
create_together(unsigned self)
{
    omni_store *store = open_in_child(self);
    append_pair(self, store, 1);
    if (omni_store_close(store) != OMNI_OK) {
        give_up(self, "close");
    }
    _exit(0);
}

START_TEST(a_store_made_by_several_at_once_is_one_store)
{
    for (unsigned i = 0; i < 10; ++i) {
        char name[16];
        snprintf(name, sizeof(name), "fresh-%u", i);
        api_world_path(&world, name, world.path);
        run_children(create_together);
        api_world_open(&world);
        ck_assert_uint_eq(api_stats(world.store).events, PROCESSES * 2);
        api_check(world.store);
        api_world_close(&world);
    }
}
END_TEST

/* The same events by all: each is one. */
static void
append_same(unsigned self)
{
    omni_store *store = open_in_child(self);
    for (unsigned i = 1; i <= ROUNDS / 2; ++i) {
        append_pair(7, store, i);
    }
    if (count_bought(self, store, API_NAME("user_id", "p7")) != ROUNDS / 2) {
        give_up(self, "an event is not one");
    }
    if (omni_store_close(store) != OMNI_OK) {
        give_up(self, "close");
    }
    _exit(0);
}

START_TEST(a_retry_by_another_process_is_one_event)
{
    run_children(append_same);
    api_world_open(&world);
    ck_assert_uint_eq(api_stats(world.store).events, ROUNDS);
    ck_assert_uint_eq(api_count(world.store, "user_id", "p7", "Bought"),
                      ROUNDS / 2);
    api_check(world.store);
}
END_TEST

/* A merge that one process states; the others wait for the word. */
static void
state_and_see(unsigned self)
{
    omni_store *store = open_in_child(self);
    note message = {.who = self};
    if (self == 0) {
        omni_error error;
        const omni_reason reason = {.text = "same card"};
        append_pair(0, store, 1);
        if (omni_profile_merge(store, API_NAME("user_id", "p0"),
                               API_NAME("email", "a@all.org"), &reason, NULL,
                               &error) != OMNI_OK) {
            give_up(self, "merge: %s", error.message);
        }
        tell_others(self, 1);
    } else if (read(pipes[self][0], &message, sizeof(message)) !=
               (ssize_t)sizeof(message)) {
        give_up(self, "pipe");
    }
    if (count_bought(self, store, API_NAME("user_id", "p0")) != 2) {
        give_up(self, "does not see the merge");
    }
    if (omni_store_close(store) != OMNI_OK) {
        give_up(self, "close");
    }
    _exit(0);
}

START_TEST(a_merge_is_seen_by_other_processes)
{
    run_children(state_and_see);
}
END_TEST

/* As many as the bound lets hang together. */
enum { MOST = 40 };

static void
link_two(unsigned self, omni_store *store, unsigned a, unsigned b)
{
    char values[2][16];
    omni_error error;
    snprintf(values[0], sizeof(values[0]), "c%u", a);
    snprintf(values[1], sizeof(values[1]), "c%u", b);
    const omni_identifier who[2] = {{"crm", values[0]}, {"crm", values[1]}};
    const omni_event event =
        api_viewed(values[1], API_T0 + b * API_SECOND, who, 2);
    if (omni_event_append(store, &event, NULL, &error) != OMNI_OK) {
        give_up(self, "%s: %s", values[1], error.message);
    }
}

/* The first one knows of a large component, which the second one fills, and
   goes on with rows that it has not folded itself. */
static void
fill_in_turns(unsigned self)
{
    note message = {.who = self};
    if (self == 2) {
        _exit(0);
    }
    if (self == 1 && read(pipes[1][0], &message, sizeof(message)) !=
                         (ssize_t)sizeof(message)) {
        give_up(self, "pipe");
    }
    omni_store *store = open_in_child(self);
    for (unsigned i = self == 0 ? 1 : MOST - 4; i < MOST - (self ? 0 : 4);
         ++i) {
        link_two(self, store, i, i + 1);
    }
    if (self == 0) {
        tell_others(self, 1);
        if (read(pipes[0][0], &message, sizeof(message)) !=
            (ssize_t)sizeof(message)) {
            give_up(self, "pipe");
        }
        link_two(self, store, 1, MOST + 1);
    }
    if (omni_store_close(store) != OMNI_OK) {
        give_up(self, "close");
    }
    if (self == 1) {
        tell_others(self, 1);
    }
    _exit(0);
}

START_TEST(a_component_that_another_process_filled_is_cut)
{
    static const char policy[] = "{\"max_component\":40}";
    api_world_open(&world);
    ck_assert_int_eq(omni_policy_set_json(world.store, policy,
                                          sizeof(policy) - 1, NULL, NULL, NULL),
                     OMNI_OK);
    api_world_close(&world);
    run_children(fill_in_turns);
    api_world_open(&world);
    ck_assert_uint_eq(api_stats(world.store).profiles, MOST + 1);
    api_check(world.store);
}
END_TEST

/* All write, and all tell the segments that time has gone on. */
static void
write_and_tick(unsigned self)
{
    omni_store *store = open_in_child(self);
    omni_error error;
    for (unsigned i = 1; i <= ROUNDS / 3; ++i) {
        append_pair(self, store, i);
        if (omni_store_tick(store, API_T0 + i * API_SECOND, 1 + i % 2, NULL,
                            &error) < 0) {
            give_up(self, "tick %u: %s", i, error.message);
        }
    }
    if (omni_store_close(store) != OMNI_OK) {
        give_up(self, "close");
    }
    _exit(0);
}

static void
define(const char *name, const char *expression)
{
    const omni_segment_definition definition = {
        .size = sizeof(definition), .name = name, .expression = expression};
    ck_assert_int_eq(omni_segment_set(world.store, &definition, NULL, NULL),
                     OMNI_OK);
}

/* How many are in a segment, by what is stored and by the changes. */
static void
assert_members(const char *name, uint64_t expected)
{
    omni_txn *txn = api_begin(world.store);
    const omni_members_query query = {
        .size = sizeof(query), .segments = &name, .segment_count = 1};
    omni_segment_change change = {.position = {.sequence = 0}};
    omni_members_counts counts = {.size = sizeof(counts)};
    uint64_t told = 0;
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, &counts),
                     OMNI_OK);
    ck_assert_uint_eq(counts.members, expected);
    while (omni_segment_change_next(txn, &change.position, &change) ==
           OMNI_OK) {
        if (change.segment.size == strlen(name) &&
            memcmp(change.segment.bytes, name, strlen(name)) == 0) {
            told += change.entered ? 1 : UINT64_MAX;
        }
    }
    ck_assert_uint_eq(told, expected);
    omni_txn_end(txn);
}

START_TEST(several_processes_tick_while_all_write)
{
    api_world_open(&world);
    define("recent", "events.did(\"Bought\", duration(\"7s\"))");
    define("often", "events.count(\"Bought\") > 20 && segment(\"recent\")");
    define("buyer", "events.did(\"Bought\")");
    api_world_close(&world);
    run_children(write_and_tick);
    api_world_open(&world);
    ck_assert_int_ge(omni_store_tick_all(world.store, API_T0 + API_HOUR, NULL,
                                         NULL, NULL, NULL),
                     0);
    assert_members("recent", 0);
    assert_members("often", 0);
    assert_members("buyer", PROCESSES + 1);
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("processes");
    TCase *tests = tcase_create("processes");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, what_one_process_acknowledged_the_others_see);
    tcase_add_test(tests, a_store_made_by_several_at_once_is_one_store);
    tcase_add_test(tests, a_retry_by_another_process_is_one_event);
    tcase_add_test(tests, a_merge_is_seen_by_other_processes);
    tcase_add_test(tests, a_component_that_another_process_filled_is_cut);
    tcase_add_test(tests, several_processes_tick_while_all_write);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
