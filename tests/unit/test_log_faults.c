/* A log on a medium, or in a memory, that fails at every possible moment. */
#include "support/file_faults.h"
#include "support/log_world.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMITS 24

static log_world world;

static void
setup(void)
{
    file_faults_clear();
    log_world_make(&world);
}

static void
teardown(void)
{
    file_faults_clear();
    log_world_remove(&world);
}

/* What became of the numbered commits of a script. */
typedef struct outcome {
    bool done[COMMITS];
    uint64_t failures;
    omni_status last;
} outcome;

/* Commits of all sizes that fill some segments; one is larger than any. */
static void
run_script(omni__log *log, outcome *out)
{
    for (uint64_t i = 0; i < COMMITS; ++i) {
        const omni_durability level =
            i % 3 == 0 ? OMNI_DURABILITY_OFF : OMNI_DURABILITY_FULL;
        const size_t size = i == 11 ? 20000 : (size_t)(i * 397 % 1900);
        const omni_status status =
            log_world_commit(log, i, 1, size, level, NULL, &world.error);
        out->done[i] = status == OMNI_OK;
        if (status != OMNI_OK) {
            ++out->failures;
            out->last = status;
        }
    }
}

/* Every commit that was acknowledged is there; `strict`: no other is. */
static void
check_outcome(const outcome *out, bool strict, long moment)
{
    uint8_t seen[COMMITS] = {0};
    log_walk walk = {.seen = seen, .limit = COMMITS};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "call %ld: %s", moment, walk.why);
    ck_assert_uint_eq(walk.repeated, 0);
    for (uint64_t i = 0; i < COMMITS; ++i) {
        const bool there = (seen[i / 8] >> (i % 8) & 1) != 0;
        ck_assert_msg(there || !out->done[i], "call %ld: commit %llu is lost",
                      moment, (unsigned long long)i);
        ck_assert_msg(!there || out->done[i] || !strict,
                      "call %ld: commit %llu failed and is there", moment,
                      (unsigned long long)i);
    }
}

/* The script once with one call failing; false if there is no such call. */
static bool
run_full_disk(long moment, long count)
{
    outcome out = {0};
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    faults.kinds = FAULT_WRITE | FAULT_ALLOCATE;
    faults.system = ENOSPC;
    faults.half = true;
    faults.fail_at = moment;
    faults.fail_count = count;
    run_script(world.log, &out);
    const bool reached = atomic_load(&faults.calls) >= moment;
    file_faults_clear();
    if (out.failures != 0) {
        ck_assert_int_eq(out.last, OMNI_ERR_FULL);
    }
    check_outcome(&out, true, moment);
    /* Space is back: everything that failed succeeds. */
    for (uint64_t i = 0; i < COMMITS; ++i) {
        if (!out.done[i]) {
            ck_assert_msg(log_world_commit(world.log, i, 1, 30,
                                           OMNI_DURABILITY_FULL, NULL,
                                           &world.error) == OMNI_OK,
                          "call %ld: %s", moment, world.error.message);
            out.done[i] = true;
        }
    }
    check_outcome(&out, true, moment);
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    check_outcome(&out, true, moment);
    return reached;
}

START_TEST(full_disk_at_any_call_leaves_nothing_half_written)
{
    long moment = 1;
    for (; run_full_disk(moment, 1); ++moment) {
        teardown();
        setup();
    }
    ck_assert_int_gt(moment, COMMITS);
    for (long count = 2; count < 40; count += 9) {
        teardown();
        setup();
        ck_assert(run_full_disk(5, count));
    }
}
END_TEST

START_TEST(full_disk_is_told_and_the_log_stays_readable)
{
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    ck_assert_int_eq(
        log_world_commit(world.log, 0, 1, 10, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_OK);
    const omni__log_state before = omni__log_state_now(world.log);
    faults.kinds = FAULT_WRITE | FAULT_ALLOCATE;
    faults.system = ENOSPC;
    faults.fail_at = 1;
    for (int i = 0; i < 5; ++i) {
        ck_assert_int_eq(log_world_commit(world.log, 1, 1, 9000,
                                          OMNI_DURABILITY_FULL, NULL,
                                          &world.error),
                         OMNI_ERR_FULL);
        ck_assert_int_eq(world.error.system, ENOSPC);
    }
    const omni__log_state after = omni__log_state_now(world.log);
    ck_assert_uint_eq(after.end, before.end);
    ck_assert_uint_eq(after.next_sequence, before.next_sequence);
    log_walk walk = {0};
    log_world_walk(&world, world.log, &walk);
    ck_assert(walk.sound);
    ck_assert_uint_eq(walk.groups, 1);
}
END_TEST

START_TEST(write_that_cannot_be_undone_stops_all_writing)
{
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    ck_assert_int_eq(
        log_world_commit(world.log, 0, 1, 10, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_OK);
    faults.kinds = FAULT_WRITE | FAULT_RESIZE;
    faults.system = EIO;
    faults.half = true;
    faults.fail_at = 1;
    ck_assert_int_eq(
        log_world_commit(world.log, 1, 1, 10, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_ERR_IO);
    file_faults_clear();
    ck_assert_int_eq(
        log_world_commit(world.log, 1, 1, 10, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_ERR_IO);
    log_world_close(&world);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    ck_assert_int_eq(
        log_world_commit(world.log, 1, 1, 10, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_OK);
    const outcome out = {.done = {true, true}};
    check_outcome(&out, true, 0);
}
END_TEST

/* The script with a sync failing; false if there is no such call. */
static bool
run_failed_sync(long moment)
{
    outcome out = {0};
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    omni__log *other;
    ck_assert_int_eq(
        omni__log_open(world.directory, &world.options, &other, NULL), OMNI_OK);
    faults.kinds = FAULT_SYNC;
    faults.system = EIO;
    faults.fail_at = moment;
    faults.fail_count = 1;
    run_script(world.log, &out);
    const bool reached = atomic_load(&faults.calls) >= moment;
    file_faults_clear();
    if (reached) {
        ck_assert_int_eq(out.last, OMNI_ERR_IO);
        /* From the one that failed on nobody gets through, not even where
           the system now says that all is well. */
        ck_assert(!out.done[COMMITS - 1]);
        ck_assert_int_eq(
            log_world_commit(other, 0, 1, 10, OMNI_DURABILITY_OFF, NULL, NULL),
            OMNI_ERR_IO);
        ck_assert_int_eq(omni__log_sync(other, NULL), OMNI_ERR_IO);
        check_outcome(&out, true, moment);
    }
    log_world_close(&world);
    omni__log_close(other);
    ck_assert_msg(log_world_open(&world) == OMNI_OK, "%s", world.error.message);
    check_outcome(&out, false, moment);
    ck_assert_int_eq(log_world_commit(world.log, 99, 1, 10,
                                      OMNI_DURABILITY_FULL, NULL, NULL),
                     OMNI_OK);
    return reached;
}

START_TEST(failed_sync_stops_every_writer_until_all_have_closed)
{
    long moment = 1;
    for (; run_failed_sync(moment); ++moment) {
        teardown();
        setup();
    }
    ck_assert_int_gt(moment, COMMITS / 2);
}
END_TEST

START_TEST(recovery_with_failing_calls_can_be_repeated)
{
    for (long moment = 1;; ++moment) {
        outcome out = {0};
        ck_assert_int_eq(log_world_open(&world), OMNI_OK);
        faults.kinds = FAULT_SYNC;
        faults.system = EIO;
        faults.fail_at = 9;
        run_script(world.log, &out);
        log_world_close(&world);
        file_faults_clear();
        faults.kinds = FAULT_SYNC | FAULT_WRITE | FAULT_RESIZE;
        faults.system = EIO;
        faults.fail_at = moment;
        faults.fail_count = 1;
        const omni_status status = log_world_open(&world);
        const bool reached = atomic_load(&faults.calls) >= moment;
        file_faults_clear();
        if (status == OMNI_OK) {
            log_world_close(&world);
        } else {
            ck_assert_int_eq(status, OMNI_ERR_IO);
        }
        ck_assert_int_eq(log_world_open(&world), OMNI_OK);
        check_outcome(&out, false, moment);
        if (!reached) {
            break;
        }
        teardown();
        setup();
    }
}
END_TEST

START_TEST(interrupted_and_short_calls_are_carried_on)
{
    faults.kinds = FAULT_WRITE | FAULT_ALLOCATE | FAULT_RESIZE | FAULT_SYNC;
    faults.interrupted = true;
    outcome out = {0};
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    run_script(world.log, &out);
    ck_assert_uint_eq(out.failures, 0);
    check_outcome(&out, true, 0);
    log_world_close(&world);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    check_outcome(&out, true, 0);
}
END_TEST

START_TEST(files_grow_without_fallocate)
{
    faults.no_allocate = true;
    outcome out = {0};
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    run_script(world.log, &out);
    ck_assert_uint_eq(out.failures, 0);
    log_world_close(&world);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    check_outcome(&out, true, 0);
}
END_TEST

static long allocations;
static long allocation_that_fails;

static void *
counting_resize(void *user, void *block, size_t size)
{
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (++allocations == allocation_that_fails) {
        return NULL;
    }
    return realloc(block, size);
}

START_TEST(any_allocation_may_fail)
{
    world.hooks.alloc = (omni__alloc){.resize = counting_resize};
    for (long moment = 1;; ++moment) {
        outcome out = {0};
        allocations = 0;
        allocation_that_fails = moment;
        omni_status status = log_world_open(&world);
        if (status == OMNI_OK) {
            run_script(world.log, &out);
            status = out.failures != 0 ? out.last : OMNI_OK;
        }
        const bool reached = allocations >= moment;
        allocation_that_fails = 0;
        ck_assert_int_eq(status, reached ? OMNI_ERR_NO_MEMORY : OMNI_OK);
        log_world_close(&world);
        ck_assert_int_eq(log_world_open(&world), OMNI_OK);
        check_outcome(&out, true, moment);
        if (!reached) {
            break;
        }
        teardown();
        setup();
        world.hooks.alloc = (omni__alloc){.resize = counting_resize};
    }
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("log faults");
    TCase *tcase = tcase_create("faults");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, full_disk_at_any_call_leaves_nothing_half_written);
    tcase_add_test(tcase, full_disk_is_told_and_the_log_stays_readable);
    tcase_add_test(tcase, write_that_cannot_be_undone_stops_all_writing);
    tcase_add_test(tcase, failed_sync_stops_every_writer_until_all_have_closed);
    tcase_add_test(tcase, recovery_with_failing_calls_can_be_repeated);
    tcase_add_test(tcase, interrupted_and_short_calls_are_carried_on);
    tcase_add_test(tcase, files_grow_without_fallocate);
    tcase_add_test(tcase, any_allocation_may_fail);
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
