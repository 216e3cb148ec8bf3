/*
   A whole store after a power cut at any moment, from before it is created to
   after it is closed: acknowledged events are in its timelines, its tables are
   what its log says, and it takes more.
*/
#include "crash/images.h"
#include "crash/store_world.h"
#include "storage/store_file.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORE "s"
#define LIMIT 100000

static char directory[1024];
static char trace_path[1100];
static char store_path[1100];

static void
setup(void)
{
    crash_directory_make(directory, sizeof(directory));
    snprintf(trace_path, sizeof(trace_path), "%s.trace", directory);
    snprintf(store_path, sizeof(store_path), "%s/" STORE, directory);
}

static void
teardown(void)
{
    unlink(trace_path);
    crash_directory_remove(directory);
}

static omni_store *
open_store(void)
{
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .memory_bytes = 32768};
    omni_error error;
    omni_store *store;
    if (omni_store_open(store_path, &options, &store, &error) != OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
        _exit(3);
    }
    return store;
}

static void
commit(omni_store *store, uint64_t first, uint64_t count,
       omni_durability durability)
{
    omni_error error;
    for (uint64_t i = 0; i < count; ++i) {
        recorder_mark(RECORD_BEGUN, first + i);
    }
    if (store_world_commit(store, first, count, durability, &error) !=
        OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
        _exit(4);
    }
    for (uint64_t i = 0; i < count && durability != OMNI_DURABILITY_OFF; ++i) {
        recorder_mark(RECORD_DONE, first + i);
    }
}

static void
flush(omni_store *store, uint64_t unsynced, uint64_t count)
{
    if (omni_store_flush(store, NULL) < 0) {
        _exit(5);
    }
    for (uint64_t i = 0; i < count; ++i) {
        recorder_mark(RECORD_DONE, unsynced + i);
    }
}

/* Single events, batches, a bulk load, flushes, and opening again. */
static void
work(void)
{
    if (recorder_start(directory, trace_path, STORE "/log/shared") != 0) {
        _exit(2);
    }
    uint64_t next = 0;
    for (int session = 0; session < 3; ++session) {
        omni_store *store = open_store();
        for (int i = 0; i < 6; ++i) {
            commit(store, next++, 1, OMNI_DURABILITY_FULL);
        }
        commit(store, next, 20, OMNI_DURABILITY_GROUP);
        next += 20;
        const uint64_t unsynced = next;
        commit(store, next, 40, OMNI_DURABILITY_OFF);
        commit(store, next + 40, 40, OMNI_DURABILITY_OFF);
        next += 80;
        flush(store, unsynced, 80);
        for (int i = 0; i < 6; ++i) {
            commit(store, next++, 1, OMNI_DURABILITY_FULL);
        }
        if (omni_store_close(store) != OMNI_OK) {
            _exit(6);
        }
    }
}

/* The same events again at level full, after a load without syncs: being told
   that they are known is being told that they are durable. */
static void
work_again(void)
{
    if (recorder_start(directory, trace_path, STORE "/log/shared") != 0) {
        _exit(2);
    }
    omni_store *store = open_store();
    for (uint64_t i = 0; i < 10; ++i) {
        commit(store, i * 3, 3, OMNI_DURABILITY_OFF);
        commit(store, i * 3, 3, OMNI_DURABILITY_FULL);
    }
    _exit(0);
}

static crash_trace *
record(void (*script)(void))
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        script();
        _exit(0);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    return crash_trace_load(trace_path);
}

/* A store that was copied is another replica. An image is no copy but the
   same store after the cut: let half of them be that. */
static void
keep_incarnation(const char *path)
{
    omni__store_file file;
    if (omni__store_file_read(path, &file, NULL) == OMNI_OK) {
        file.fingerprint = omni__store_fingerprint(path);
        omni__store_file_write(path, &file, NULL);
    }
}

static int
verify(void *user, const crash_image *image)
{
    char path[1100];
    snprintf(path, sizeof(path), "%s/" STORE, image->directory);
    if (image->begun_count == 0 && access(path, F_OK) != 0) {
        return 0; /* not created yet */
    }
    if (image->records % 2 == 0) {
        keep_incarnation(path);
    }
    const store_world_claims claims = {.path = path,
                                       .begun = image->begun,
                                       .begun_count = image->begun_count,
                                       .done = image->done,
                                       .done_count = image->done_count,
                                       .limit = LIMIT,
                                       .aloud = *(const bool *)user};
    return store_world_verify(&claims);
}

static crash_result
explore(crash_trace *trace, bool ignore_syncs, uint64_t images)
{
    bool aloud = !ignore_syncs;
    const crash_options options = {.seed = setting_seed(),
                                   .images = images,
                                   .ignore_syncs = ignore_syncs,
                                   .complain = aloud,
                                   .mapped = STORE "/log/shared",
                                   .mapped_may_lack = true};
    return crash_explore(trace, &options, verify, &aloud);
}

static void
check_script(void (*script)(void), uint64_t images)
{
    crash_trace *trace = record(script);
    const crash_result result = explore(trace, false, images);
    ck_assert_uint_gt(result.images, images / 2);
    ck_assert_msg(result.bad == 0, "OMNI_SEED=%llu: %llu of %llu are bad",
                  (unsigned long long)setting_seed(),
                  (unsigned long long)result.bad,
                  (unsigned long long)result.images);
    const crash_result control = explore(trace, true, images / 10 + 50);
    ck_assert_msg(control.bad > control.images / 20,
                  "of %llu images without syncs only %llu are bad",
                  (unsigned long long)control.images,
                  (unsigned long long)control.bad);
    printf("%zu records, %llu images, %llu bad; without syncs %llu, %llu "
           "bad\n",
           crash_trace_records(trace), (unsigned long long)result.images,
           (unsigned long long)result.bad, (unsigned long long)control.images,
           (unsigned long long)control.bad);
    crash_trace_free(trace);
}

START_TEST(power_cut_loses_no_acknowledged_event)
{
    check_script(work, setting_cases(600));
}
END_TEST

START_TEST(duplicate_is_durable_when_it_is_acknowledged)
{
    check_script(work_again, setting_cases(600) / 2);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("store images");
    TCase *tcase = tcase_create("images");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 1200);
    tcase_add_test(tcase, power_cut_loses_no_acknowledged_event);
    tcase_add_test(tcase, duplicate_is_durable_when_it_is_acknowledged);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
