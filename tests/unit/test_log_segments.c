/* Segments that are missing, damaged, or only just begun. */
#include "support/log_world.h"

#include "log/segment.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST "0000000000000000.log"

static log_world world;

static void
setup(void)
{
    log_world_make(&world);
}

static void
teardown(void)
{
    log_world_remove(&world);
}

static void
open_log(void)
{
    ck_assert_msg(log_world_open(&world) == OMNI_OK, "%s", world.error.message);
}

static omni__log_commit_result
commit(uint64_t number, size_t size, omni_durability durability)
{
    omni__log_commit_result result;
    ck_assert_int_eq(log_world_commit(world.log, number, 1, size, durability,
                                      &result, &world.error),
                     OMNI_OK);
    return result;
}

/* How many groups a sound log has. */
static uint64_t
groups_now(void)
{
    log_walk walk = {0};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    return walk.groups;
}

/* Open what is there: the error, or how many groups are left, and whether the
   log can be written. */
static omni_status
reopen(uint64_t *groups)
{
    const omni_status status = log_world_open(&world);
    if (status == OMNI_OK) {
        *groups = groups_now();
        commit(1000, 20, OMNI_DURABILITY_FULL);
        ck_assert_uint_eq(groups_now(), *groups + 1);
        ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    }
    return status;
}

/* Three segments; the names of the second and third. */
static void
make_segments(char second[OMNI__SEGMENT_NAME_SIZE],
              char third[OMNI__SEGMENT_NAME_SIZE])
{
    open_log();
    uint64_t bases[4] = {0};
    size_t count = 0;
    uint64_t end = omni__log_start(world.log);
    for (uint64_t i = 0; count < 2; ++i) {
        const omni__log_commit_result result =
            commit(i, 700, OMNI_DURABILITY_FULL);
        if (result.position != end) {
            bases[count++] = end;
        }
        end = result.end;
    }
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    omni__segment_name(bases[0], second);
    omni__segment_name(bases[1], third);
}

START_TEST(a_missing_segment_is_named)
{
    char second[OMNI__SEGMENT_NAME_SIZE];
    char third[OMNI__SEGMENT_NAME_SIZE];
    make_segments(second, third);
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, second, &size);
    uint64_t groups;
    for (int with_header = 1; with_header >= 0; --with_header) {
        log_world_remove_file(&world, second);
        ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(world.error.message, second));
        log_world_write_file(&world, second, bytes, size);

        uint8_t *first = log_world_read_file(&world, FIRST, &size);
        log_world_remove_file(&world, FIRST);
        ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(world.error.message, FIRST));
        log_world_write_file(&world, FIRST, first, size);
        free(first);
        if (with_header == 1) {
            log_world_remove_file(&world, "shared");
        }
    }
    free(bytes);
}
END_TEST

START_TEST(bad_byte_in_an_earlier_segment_is_corruption)
{
    char second[OMNI__SEGMENT_NAME_SIZE];
    char third[OMNI__SEGMENT_NAME_SIZE];
    make_segments(second, third);
    log_world_remove_file(&world, "shared");
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, second, &size);
    uint64_t groups;
    for (size_t i = 0; i < size; i += 13) {
        bytes[i] ^= 0x80;
        log_world_write_file(&world, second, bytes, size);
        bytes[i] ^= 0x80;
        const omni_status status = reopen(&groups);
        ck_assert_msg(status == OMNI_ERR_CORRUPT, "byte %zu: %d", i, status);
        ck_assert_ptr_nonnull(strstr(world.error.message, second));
    }
    log_world_write_file(&world, second, bytes, size - 8);
    ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(world.error.message, second));
    free(bytes);
}
END_TEST

START_TEST(segment_that_was_just_being_made_is_removed)
{
    char second[OMNI__SEGMENT_NAME_SIZE];
    char third[OMNI__SEGMENT_NAME_SIZE];
    make_segments(second, third);
    open_log();
    const uint64_t end = omni__log_end(world.log);
    const uint64_t before = groups_now();
    log_world_close(&world);
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(end, name);
    static const uint8_t zeros[4096];
    uint64_t groups;
    log_world_write_file(&world, name, zeros, sizeof(zeros));
    world.options.read_only = true;
    open_log();
    ck_assert_uint_eq(groups_now(), before);
    log_world_close(&world);
    world.options.read_only = false;
    ck_assert_int_eq(reopen(&groups), OMNI_OK);
    ck_assert_uint_eq(groups, before);

    /* The same file with frames in it was in use: its header is damaged. */
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, third, &size);
    memset(bytes, 0, 64);
    log_world_write_file(&world, third, bytes, size);
    free(bytes);
    log_world_remove_file(&world, "shared");
    ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(world.error.message, third));
}
END_TEST

START_TEST(finished_segment_without_frames_is_used)
{
    open_log();
    commit(0, 30, OMNI_DURABILITY_FULL);
    const uint64_t end = omni__log_end(world.log);
    log_world_close(&world);
    const omni__segment_header header = {.base = end, .capacity = 8192};
    uint8_t bytes[4096] = {0};
    omni__segment_header_write(&header, world.options.deployment, bytes);
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(end, name);
    log_world_write_file(&world, name, bytes, sizeof(bytes));
    open_log();
    ck_assert_uint_eq(omni__log_end(world.log), end);
    ck_assert_uint_eq(commit(1, 30, OMNI_DURABILITY_FULL).position, end + 64);
    ck_assert_uint_eq(groups_now(), 2);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("log segments");
    TCase *tcase = tcase_create("segments");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_missing_segment_is_named);
    tcase_add_test(tcase, bad_byte_in_an_earlier_segment_is_corruption);
    tcase_add_test(tcase, segment_that_was_just_being_made_is_removed);
    tcase_add_test(tcase, finished_segment_without_frames_is_used);
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
