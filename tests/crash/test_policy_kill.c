/*
   A process that sets policies is killed at any moment, while another reads
   and writes: whoever opens the store next finds what the log says, and either
   the old policy or the new one as a whole.
*/
#include "omni/omni.h"
#include "support/setting.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 6000u /* more than what is folded again without preparation */
#define T0 INT64_C(1704067200000000)

static char directory[] = "/tmp/omni-policy-kill-XXXXXX";
static char path[64];

#define NEED(condition)                                                        \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);            \
            _exit(1);                                                          \
        }                                                                      \
    } while (0)

static omni_store *
open_store(void)
{
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = OMNI_DURABILITY_OFF};
    omni_store *store;
    omni_error error;
    if (omni_store_open(path, &options, &store, &error) != OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
        _exit(1);
    }
    return store;
}

static void
add(omni_batch *batch, unsigned number)
{
    char texts[3][40];
    snprintf(texts[0], sizeof(texts[0]), "u%u", number % 700);
    snprintf(texts[1], sizeof(texts[1]), "p%u@x.example", number % 1501);
    snprintf(texts[2], sizeof(texts[2]), "a-rather-long-event-id-%u", number);
    const omni_identifier who[2] = {{"user_id", texts[0]}, {"email", texts[1]}};
    const omni_event event = {
        .size = sizeof(event),
        .name = "Order Completed",
        .id = texts[2],
        .time_us = T0 + number,
        .identifiers = who,
        .identifier_count = 2,
        .traits_json = "{\"city\":\"Bern\",\"plan\":\"gold\"}",
        .properties_json = "{\"currency\":\"CHF\",\"revenue\":59.90}"};
    NEED(omni_batch_add(batch, &event) == OMNI_OK);
}

static void
fill(omni_store *store, unsigned first, unsigned count)
{
    omni_batch *batch;
    NEED(omni_batch_new(store, NULL, &batch, NULL) == OMNI_OK);
    for (unsigned i = 0; i < count; ++i) {
        add(batch, first + i);
    }
    NEED(omni_batch_commit(batch, OMNI_DURABILITY_OFF, NULL) == OMNI_OK);
    omni_batch_free(batch);
}

/* Run something in a process of its own. */
static pid_t
start(void (*run)(unsigned), unsigned argument)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        run(argument);
        _exit(0);
    }
    return child;
}

static void
assert_ended(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                  "a process ended with %x", (unsigned)status);
}

static void
make(unsigned none)
{
    (void)none;
    omni_store *store = open_store();
    fill(store, 0, EVENTS);
    NEED(omni_store_close(store) == OMNI_OK);
}

static void
set(unsigned number)
{
    char json[128];
    omni_error error;
    omni_store *store = open_store();
    snprintf(json, sizeof(json),
             "{\"namespaces\":{\"user_id\":{\"max_per_profile\":%u},\"email\":"
             "{\"max_per_profile\":%u}}}",
             1 + number % 3, 1 + number % 5);
    NEED(omni_policy_set_json(store, json, strlen(json), NULL, NULL, &error) >=
         0);
    NEED(omni_store_close(store) == OMNI_OK);
}

/* Read and write beside; everything that is there can be found at any time. */
static void
use(unsigned number)
{
    omni_store *store = open_store();
    for (unsigned i = 0; i < 20; ++i) {
        omni_txn *txn;
        omni_id id;
        char text[16];
        snprintf(text, sizeof(text), "u%u", (number + i) % 700);
        NEED(omni_txn_begin(store, &txn, NULL) == OMNI_OK);
        NEED(omni_profile_find(txn, (omni_identifier){"user_id", text}, &id) ==
             OMNI_OK);
        omni_txn_end(txn);
        fill(store, EVENTS + 20 * number + i, 1);
    }
    NEED(omni_store_close(store) == OMNI_OK);
}

static void
look(unsigned none)
{
    (void)none;
    omni_error error;
    omni_store *store = open_store();
    const omni_status status =
        omni_store_check(store, 0, NULL, NULL, NULL, &error);
    if (status != OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    NEED(status == OMNI_OK);
    NEED(omni_store_close(store) == OMNI_OK);
}

static int64_t
now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

START_TEST(a_policy_is_set_or_not_whenever_its_setter_dies)
{
    const unsigned rounds = (unsigned)setting_cases(4);
    uint64_t state = setting_seed();
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/store", directory);
    assert_ended(start(make, 0));
    const int64_t began = now_us();
    assert_ended(start(set, 1));
    const uint64_t took = (uint64_t)(now_us() - began);
    for (unsigned i = 0; i < rounds; ++i) {
        const pid_t user = start(use, i);
        const pid_t setter = start(set, 2 + i);
        state = state * 6364136223846793005u + 1442695040888963407u;
        usleep((useconds_t)((state >> 33) % (took + took / 4)));
        kill(setter, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(setter, &status, 0), setter);
        assert_ended(user);
        assert_ended(start(look, 0));
    }
    char command[96];
    snprintf(command, sizeof(command), "rm -r %s", directory);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("policy kill");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, a_policy_is_set_or_not_whenever_its_setter_dies);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
