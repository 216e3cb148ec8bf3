/*
   docs/file-format.md against the code, for the log: every block there that is
   fenced as `hex NAME` must be, byte by byte, what the code writes.
*/
#include "support/hex_document.h"
#include "support/log_world.h"

#include "codec/tick.h"
#include "log/refused.h"

#include <check.h>
#include <stdlib.h>

static log_world world;

/* The log of the examples: a deployment of 00 to 0f, a replica of a1, salts
   of 5a, and two commits at the same instant. */
static void
setup(void)
{
    document_read();
    log_world_make(&world);
    log_world_remove_file(&world, "0000000000000000.log");
    log_world_remove_file(&world, "shared");
    for (uint8_t i = 0; i < 16; ++i) {
        world.options.deployment[i] = i;
    }
    ck_assert_int_eq(
        omni__log_create(world.directory, &world.options, &world.error),
        OMNI_OK);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    ck_assert_int_eq(
        log_world_commit(world.log, 1, 1, 11, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_OK);
    ck_assert_int_eq(
        log_world_commit(world.log, 2, 2, 8, OMNI_DURABILITY_OFF, NULL, NULL),
        OMNI_OK);
}

static void
teardown(void)
{
    document_free();
    log_world_remove(&world);
}

START_TEST(tick_is_as_documented)
{
    uint8_t bytes[OMNI__TICK_MAX];
    const omni__tick tick = {.instant_us = 1700000000000000, .budget = 10000};
    const size_t size = omni__tick_write(&tick, bytes);
    check_block("tick", bytes, size);
    omni__tick read = {0};
    ck_assert_int_eq(omni__tick_read(omni__slice_of(bytes, size), &read),
                     OMNI_OK);
    ck_assert_int_eq(read.instant_us, tick.instant_us);
    ck_assert_uint_eq(read.budget, tick.budget);
    for (size_t i = 0; i < size; ++i) {
        ck_assert_int_ne(omni__tick_read(omni__slice_of(bytes, i), &read),
                         OMNI_OK);
    }
    bytes[0] = 2;
    ck_assert_int_eq(omni__tick_read(omni__slice_of(bytes, size), &read),
                     OMNI_ERR_VERSION);
}
END_TEST

START_TEST(segment_is_as_documented)
{
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, "0000000000000000.log", &size);
    const size_t end = (size_t)omni__log_end(world.log);
    omni__log_frame first;
    ck_assert_int_eq(omni__log_read(world.log, 64, &first, NULL), OMNI_OK);
    check_block("segment", bytes, 64);
    check_block("frame", bytes + 64, (size_t)first.next - 64);
    check_block("second-frame", bytes + first.next, end - (size_t)first.next);
    free(bytes);
}
END_TEST

START_TEST(group_is_as_documented)
{
    omni__log_frame frame;
    ck_assert_int_eq(omni__log_read(world.log, 64, &frame, NULL), OMNI_OK);
    check_block("group", frame.group.data, frame.group.size);
}
END_TEST

START_TEST(shared_header_is_as_documented)
{
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, "shared", &size);
    ck_assert_uint_eq(size, 4096);
    check_block("shared-identity", bytes, 64);
    /* Recovery published to slot 1, the first commit to 0, the next to 1. */
    ck_assert_uint_eq(omni__le32_read(bytes + 64), 3);
    check_block("shared-slot", bytes + 1024, 144);
    free(bytes);
}
END_TEST

START_TEST(refused_log_is_as_documented)
{
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "refused", path);
    omni__refused_log *log;
    ck_assert_int_eq(omni__refused_open(path, &world.hooks, false, &log, NULL),
                     OMNI_OK);
    const omni_refused refused = {.code = 3,
                                  .time_us = INT64_C(1700000000000000),
                                  .line = 7,
                                  .source = "pos",
                                  .reason = "bad time",
                                  .record = "{}",
                                  .record_bytes = 2};
    omni__buffer bytes;
    omni__buffer_init(&bytes, &omni__alloc_default);
    omni__refused_encode(&refused, &bytes);
    ck_assert_int_eq(
        omni__refused_append(log, omni__buffer_bytes(&bytes), true, NULL),
        OMNI_OK);
    omni__buffer_free(&bytes);
    omni__refused_close(log);
    size_t size;
    uint8_t *file = log_world_read_file(&world, "refused", &size);
    check_block("refused", file, 64);
    check_block("refused-frame", file + 64, size - 64);
    free(file);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("file format");
    TCase *tcase = tcase_create("document");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, segment_is_as_documented);
    tcase_add_test(tcase, group_is_as_documented);
    tcase_add_test(tcase, shared_header_is_as_documented);
    tcase_add_test(tcase, refused_log_is_as_documented);
    tcase_add_test(tcase, tick_is_as_documented);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(int argc, char **argv)
{
    return document_run(make_suite(), argc, argv);
}
