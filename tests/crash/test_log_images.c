/*
   The fact log after a power cut at any moment: every acknowledged group is
   there, nothing is there that nobody wrote, and the log goes on.
*/
#include "crash/images.h"
#include "support/log_world.h"
#include "support/setting.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBERS 4096
#define CREATED 0 /* number that stands for the log itself */
#define THREADS 4

static log_world world; /* of the workload; images borrow its options */
static char trace_path[LOG_WORLD_PATH + 64];

static void
setup(void)
{
    log_world_make(&world);
    log_world_remove_file(&world, "0000000000000000.log");
    log_world_remove_file(&world, "shared");
    world.options.segment_bytes = 4096;
    world.options.allocate_bytes = 2048;
    snprintf(trace_path, sizeof(trace_path), "%s.trace", world.directory);
}

static void
teardown(void)
{
    unlink(trace_path);
    log_world_remove(&world);
}

static void
commit(uint64_t number, size_t size, omni_durability durability)
{
    recorder_mark(RECORD_BEGUN, number);
    if (log_world_commit(world.log, number, 1, size, durability, NULL,
                         &world.error) != OMNI_OK) {
        fprintf(stderr, "%s\n", world.error.message);
        _exit(3);
    }
    if (durability != OMNI_DURABILITY_OFF) {
        recorder_mark(RECORD_DONE, number);
    }
}

static void
must(omni_status status)
{
    if (status != OMNI_OK) {
        fprintf(stderr, "%s\n", world.error.message);
        _exit(4);
    }
}

static void
begin_recording(void)
{
    if (recorder_start(world.directory, trace_path, "shared") != 0) {
        _exit(2);
    }
    must(omni__log_create(world.directory, &world.options, &world.error));
    recorder_mark(RECORD_DONE, CREATED);
    must(log_world_open(&world));
}

/* Commits of all levels and sizes, over several segments, with the log closed
   now and then. Unsynced ones are acknowledged by the next sync. */
static void
work_alone(void)
{
    uint64_t number = 1;
    uint64_t unsynced = 1;
    begin_recording();
    for (int i = 0; i < 60; ++i) {
        const bool off = i % 5 == 1 || i % 5 == 2;
        const size_t size = i == 30 ? 6000 : (size_t)(i * 131 % 900);
        commit(number++, size,
               off ? OMNI_DURABILITY_OFF : OMNI_DURABILITY_FULL);
        const bool closes = i % 17 == 16;
        if (i % 4 == 3) {
            must(omni__log_control(world.log, omni__slice_text("tick"), NULL,
                                   &world.error));
        }
        if (closes) {
            must(log_world_close(&world));
            must(log_world_open(&world));
        } else if (i % 13 == 12) {
            must(omni__log_sync(world.log, &world.error));
        }
        if (!off || closes) {
            for (; unsynced < number; ++unsynced) {
                recorder_mark(RECORD_DONE, unsynced);
            }
        }
    }
    must(log_world_close(&world));
}

static void *
commit_share(void *user)
{
    const uint64_t first = *(const uint64_t *)user;
    for (uint64_t i = 0; i < 40; ++i) {
        commit(first + i, (size_t)(i * 37 % 300), OMNI_DURABILITY_GROUP);
    }
    return NULL;
}

/* Threads that share writes and syncs. */
static void
work_together(void)
{
    pthread_t threads[THREADS];
    uint64_t firsts[THREADS];
    begin_recording();
    for (uint64_t i = 0; i < THREADS; ++i) {
        firsts[i] = 1 + i * 100;
        if (pthread_create(&threads[i], NULL, commit_share, &firsts[i]) != 0) {
            _exit(5);
        }
    }
    for (size_t i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
    }
    must(log_world_close(&world));
}

static crash_trace *
record(void (*work)(void))
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        work();
        _exit(0);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    return crash_trace_load(trace_path);
}

static bool
contains(const uint8_t *seen, uint64_t number)
{
    return (seen[number / 8] >> (number % 8) & 1) != 0;
}

static int
complain(bool aloud, const char *what, uint64_t number)
{
    if (aloud) {
        fprintf(stderr, "%s: %llu\n", what, (unsigned long long)number);
    }
    return 1;
}

/* What is in the log against what was marked. */
static int
compare(const crash_image *image, const uint8_t *seen, uint64_t repeated,
        bool aloud)
{
    uint8_t begun[NUMBERS / 8] = {0};
    for (size_t i = 0; i < image->begun_count; ++i) {
        begun[image->begun[i] / 8] |= (uint8_t)(1u << (image->begun[i] % 8));
    }
    for (uint64_t i = 0; i < NUMBERS; ++i) {
        if (contains(seen, i) && !contains(begun, i)) {
            return complain(aloud, "invented", i);
        }
    }
    for (size_t i = 0; i < image->done_count; ++i) {
        const uint64_t number = image->done[i];
        if (number != CREATED && !contains(seen, number)) {
            return complain(aloud, "lost", number);
        }
    }
    return repeated == 0 ? 0 : complain(aloud, "repeated", repeated);
}

static int
open_image(log_world *from, const crash_image *image, bool aloud)
{
    const omni_status status = log_world_open(from);
    if (status == OMNI_ERR_NOT_STORE && image->done_count == 0) {
        return -1;
    }
    return status == OMNI_OK
               ? 0
               : complain(aloud, from->error.message, image->records);
}

static int
verify(void *user, const crash_image *image)
{
    const bool aloud = *(const bool *)user;
    log_world from = world;
    from.log = NULL;
    snprintf(from.directory, sizeof(from.directory), "%s", image->directory);
    from.options.read_only = image->records % 7 == 0;
    if (from.options.read_only) {
        /* A reader finds what a writer will find. */
        const int bad = open_image(&from, image, aloud);
        if (bad != 0) {
            return bad < 0 ? 0 : bad;
        }
        log_world_close(&from);
        from.options.read_only = false;
    }
    int bad = open_image(&from, image, aloud);
    if (bad != 0) {
        return bad < 0 ? 0 : bad;
    }
    for (int round = 0; round < 2 && bad == 0; ++round) {
        uint8_t seen[NUMBERS / 8] = {0};
        log_walk walk = {.seen = seen, .limit = NUMBERS};
        log_world_walk(&from, from.log, &walk);
        if (!walk.sound) {
            return complain(aloud, walk.why, image->records);
        }
        bad = compare(image, seen, walk.repeated, aloud);
        /* It takes more, and keeps that. */
        if (round == 0 &&
            log_world_commit(from.log, NUMBERS, 1, 700, OMNI_DURABILITY_FULL,
                             NULL, NULL) != OMNI_OK) {
            return complain(aloud, "takes no more", image->records);
        }
        log_world_close(&from);
        if (round == 0 && log_world_open(&from) != OMNI_OK) {
            return complain(aloud, from.error.message, image->records);
        }
    }
    return bad;
}

static crash_result
explore(crash_trace *trace, bool ignore_syncs, uint64_t images)
{
    bool aloud = !ignore_syncs;
    const crash_options options = {.seed = setting_seed(),
                                   .images = images,
                                   .ignore_syncs = ignore_syncs,
                                   .complain = aloud,
                                   .mapped = "shared",
                                   .mapped_may_lack = true};
    return crash_explore(trace, &options, verify, &aloud);
}

/* Images of a workload are all good; as if no sync had worked, some are not. */
static void
check_workload(void (*work)(void))
{
    const uint64_t images = setting_cases(3000);
    crash_trace *trace = record(work);
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
    printf("%llu images, %llu bad; without syncs %llu, %llu bad\n",
           (unsigned long long)result.images, (unsigned long long)result.bad,
           (unsigned long long)control.images, (unsigned long long)control.bad);
    crash_trace_free(trace);
}

START_TEST(power_cut_loses_nothing_acknowledged)
{
    check_workload(work_alone);
}
END_TEST

START_TEST(power_cut_loses_nothing_of_shared_syncs)
{
    check_workload(work_together);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("log images");
    TCase *tcase = tcase_create("images");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, power_cut_loses_nothing_acknowledged);
    tcase_add_test(tcase, power_cut_loses_nothing_of_shared_syncs);
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
