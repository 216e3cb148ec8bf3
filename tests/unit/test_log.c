/* Appending to a log and reading it back. */
#include "support/log_world.h"

#include "codec/varint.h"
#include "log/frame.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW_US INT64_C(1700000000000000)

static log_world world;

static void
setup(void)
{
    log_world_make(&world);
    ck_assert_msg(log_world_open(&world) == OMNI_OK, "%s", world.error.message);
}

static void
teardown(void)
{
    log_world_remove(&world);
}

static omni__log_commit_result
commit(uint64_t first, size_t count, size_t size, omni_durability durability)
{
    omni__log_commit_result result;
    const omni_status status = log_world_commit(
        world.log, first, count, size, durability, &result, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    return result;
}

static log_walk
walk_soundly(void)
{
    log_walk walk = {0};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    return walk;
}

static void
reopen(void)
{
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    ck_assert_msg(log_world_open(&world) == OMNI_OK, "%s", world.error.message);
}

START_TEST(empty_log_ends_where_it_starts)
{
    const omni__log_state state = omni__log_state_now(world.log);
    ck_assert_uint_eq(omni__log_start(world.log), 64);
    ck_assert_uint_eq(state.end, 64);
    ck_assert_uint_eq(omni__log_end(world.log), 64);
    ck_assert_uint_eq(state.synced, 64);
    ck_assert_uint_eq(state.next_sequence, 1);
    omni__log_frame frame;
    ck_assert_int_eq(omni__log_read(world.log, 64, &frame, NULL), OMNI_END);
}
END_TEST

START_TEST(log_is_created_only_once)
{
    ck_assert_int_eq(
        omni__log_create(world.directory, &world.options, &world.error),
        OMNI_ERR_CONFLICT);
}
END_TEST

START_TEST(directory_without_segments_is_no_store)
{
    log_world_close(&world);
    log_world_remove_file(&world, "0000000000000000.log");
    log_world_remove_file(&world, "shared");
    ck_assert_int_eq(log_world_open(&world), OMNI_ERR_NOT_STORE);
    world.options.read_only = true;
    ck_assert_int_eq(log_world_open(&world), OMNI_ERR_NOT_STORE);
    ck_assert_int_eq(omni__log_open("/nonexistent/log", &world.options,
                                    &world.log, &world.error),
                     OMNI_ERR_NOT_STORE);
}
END_TEST

START_TEST(bodies_are_found_by_their_position)
{
    commit(100, 3, 50, OMNI_DURABILITY_FULL);
    const omni__log_commit_result second =
        commit(200, 5, 70, OMNI_DURABILITY_FULL);
    omni__log_frame frame;
    ck_assert_int_eq(
        omni__log_read(world.log, second.position, &frame, &world.error),
        OMNI_OK);
    ck_assert_uint_eq(frame.position, second.position);
    ck_assert_uint_eq(frame.next, second.end);
    omni__group group;
    ck_assert_int_eq(omni__group_open(frame.group, &group, NULL), OMNI_OK);
    ck_assert_uint_eq(group.first_sequence, second.first_sequence);
    ck_assert_uint_eq(group.hlc, second.hlc);
    omni__fact fact;
    for (uint64_t i = 0; i < 5; ++i) {
        ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_OK);
        omni__slice bytes;
        omni__slice body;
        ck_assert_int_eq(
            omni__log_bytes(world.log, frame.group_position + fact.body_offset,
                            &bytes),
            OMNI_OK);
        ck_assert_int_eq(omni__body_open(bytes, &body), OMNI_OK);
        ck_assert_uint_eq(body.size, 70);
        ck_assert_uint_eq(omni__le64_read(body.data), 200 + i);
    }
    ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_END);
}
END_TEST

START_TEST(sequences_run_on_and_clocks_never_go_back)
{
    const omni__log_commit_result a = commit(0, 3, 10, OMNI_DURABILITY_FULL);
    const omni__log_commit_result b = commit(3, 2, 10, OMNI_DURABILITY_OFF);
    ck_assert_uint_eq(a.first_sequence, 1);
    ck_assert_uint_eq(b.first_sequence, 4);
    ck_assert_uint_ge(b.hlc, a.hlc + 3);
    uint8_t byte = 1;
    omni__fact_draft draft = {.kind = OMNI__FACT_EVENT,
                              .body = omni__slice_of(&byte, 1)};
    omni__log_commit_result c;
    ck_assert_int_eq(omni__log_commit(world.log, &draft, 1,
                                      OMNI_DURABILITY_FULL, 1000, &c, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(c.hlc, b.hlc + 2);
    ck_assert_int_eq(omni__log_commit(world.log, &draft, 1,
                                      OMNI_DURABILITY_FULL, NOW_US + 5000000,
                                      &c, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(c.hlc, (uint64_t)(NOW_US + 5000000) / 1000 << 16);
}
END_TEST

START_TEST(an_empty_group_is_refused)
{
    ck_assert_int_eq(omni__log_commit(world.log, NULL, 0, OMNI_DURABILITY_FULL,
                                      NOW_US, NULL, &world.error),
                     OMNI_ERR_ARGUMENT);
}
END_TEST

START_TEST(state_is_the_same_after_closing)
{
    for (uint64_t i = 0; i < 40; ++i) {
        commit(i * 3, 3, 100, OMNI_DURABILITY_OFF);
    }
    const omni__log_state before = omni__log_state_now(world.log);
    reopen();
    const omni__log_state after = omni__log_state_now(world.log);
    ck_assert_uint_eq(after.end, before.end);
    ck_assert_uint_eq(after.synced, before.end);
    ck_assert_uint_eq(after.next_sequence, before.next_sequence);
    ck_assert_uint_eq(after.hlc, before.hlc);
    ck_assert_mem_eq(after.last_hash, before.last_hash, OMNI__HASH_SIZE);
    ck_assert_uint_eq(walk_soundly().facts, 120);
}
END_TEST

START_TEST(only_durability_off_leaves_something_unsynced)
{
    commit(0, 1, 10, OMNI_DURABILITY_FULL);
    omni__log_state state = omni__log_state_now(world.log);
    ck_assert_uint_eq(state.synced, state.end);
    commit(1, 1, 10, OMNI_DURABILITY_OFF);
    state = omni__log_state_now(world.log);
    ck_assert_uint_lt(state.synced, state.end);
    ck_assert_int_eq(omni__log_sync(world.log, &world.error), OMNI_OK);
    state = omni__log_state_now(world.log);
    ck_assert_uint_eq(state.synced, state.end);
    commit(2, 1, 10, OMNI_DURABILITY_OFF);
    commit(3, 1, 10, OMNI_DURABILITY_GROUP);
    state = omni__log_state_now(world.log);
    ck_assert_uint_eq(state.synced, state.end);
}
END_TEST

START_TEST(positions_run_on_over_segments)
{
    uint64_t expected = omni__log_start(world.log);
    uint64_t rolled = 0;
    for (unsigned i = 0; i < 100; ++i) {
        const omni__log_commit_result result =
            commit(i, 1, 300 + i, OMNI_DURABILITY_OFF);
        if (result.position != expected) {
            ck_assert_uint_eq(result.position, expected + 64);
            ++rolled;
        }
        expected = result.end;
    }
    ck_assert_uint_ge(rolled, 4);
    ck_assert_uint_eq(walk_soundly().groups, 100);
    reopen();
    ck_assert_uint_eq(walk_soundly().groups, 100);
}
END_TEST

START_TEST(group_larger_than_a_segment_gets_one_of_its_own)
{
    commit(0, 1, 10, OMNI_DURABILITY_FULL);
    const omni__log_commit_result large =
        commit(1, 4, 30000, OMNI_DURABILITY_FULL);
    ck_assert_uint_gt(large.end - large.position, 120000);
    const omni__log_commit_result small = commit(5, 1, 10, OMNI_DURABILITY_OFF);
    ck_assert_uint_eq(small.position, large.end + 64);
    ck_assert_uint_eq(walk_soundly().facts, 6);
    reopen();
    ck_assert_uint_eq(walk_soundly().facts, 6);
}
END_TEST

START_TEST(only_frames_are_read_and_only_before_the_end)
{
    const omni__log_commit_result a = commit(0, 1, 100, OMNI_DURABILITY_FULL);
    const omni__log_commit_result b = commit(1, 1, 100, OMNI_DURABILITY_FULL);
    omni__log_frame frame;
    omni__slice bytes;
    ck_assert_int_eq(omni__log_read(world.log, b.end, &frame, NULL), OMNI_END);
    ck_assert_int_eq(omni__log_read(world.log, UINT64_MAX, &frame, NULL),
                     OMNI_END);
    for (uint64_t at = 1; at < b.end; ++at) {
        if (at == a.position || at == b.position) {
            continue;
        }
        ck_assert_int_eq(omni__log_read(world.log, at, &frame, &world.error),
                         OMNI_ERR_CORRUPT);
    }
    ck_assert_int_eq(omni__log_bytes(world.log, b.end, &bytes),
                     OMNI_ERR_CORRUPT);
    ck_assert_int_eq(omni__log_bytes(world.log, b.end - 1, &bytes), OMNI_OK);
    ck_assert_uint_eq(bytes.size, 1);
}
END_TEST

/* Controls stand between groups, over segments and openings, and move nothing
   but the end. */
START_TEST(controls_are_kept_and_are_no_group)
{
    uint64_t position = omni__log_start(world.log);
    for (uint64_t i = 0; i < 40; ++i) {
        const omni__log_state before = omni__log_state_now(world.log);
        ck_assert_int_eq(omni__log_control(world.log, omni__slice_text("now"),
                                           NULL, &world.error),
                         OMNI_OK);
        const omni__log_state after = omni__log_state_now(world.log);
        ck_assert_uint_eq(after.next_sequence, before.next_sequence);
        ck_assert_uint_eq(after.hlc, before.hlc);
        ck_assert_uint_eq(after.synced, before.synced);
        commit(i, 1, 700, OMNI_DURABILITY_FULL);
        if (i % 10 == 9) {
            ck_assert_int_eq(log_world_close(&world), OMNI_OK);
            ck_assert_int_eq(log_world_open(&world), OMNI_OK);
        }
    }
    for (uint64_t i = 0; i < 80; ++i) {
        omni__log_frame frame;
        ck_assert_int_eq(
            omni__log_read(world.log, position, &frame, &world.error), OMNI_OK);
        ck_assert(frame.control == (i % 2 == 0));
        ck_assert(!frame.control ||
                  omni__slice_equal(frame.group, omni__slice_text("now")));
        position = frame.next;
    }
    log_walk walk = {.limit = 0};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    ck_assert_uint_eq(walk.groups, 40);
    ck_assert_uint_eq(walk.controls, 40);
}
END_TEST

START_TEST(files_are_trimmed_at_close)
{
    commit(0, 1, 100, OMNI_DURABILITY_FULL);
    const uint64_t end = omni__log_end(world.log);
    ck_assert_uint_eq(omni__log_file_bytes(world.log), 4096);
    log_world_close(&world);
    size_t size;
    free(log_world_read_file(&world, "0000000000000000.log", &size));
    ck_assert_uint_eq(size, end);
}
END_TEST

START_TEST(truncation_while_open_is_an_error)
{
    const omni__log_commit_result a = commit(0, 1, 100, OMNI_DURABILITY_FULL);
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "0000000000000000.log", path);
    /* The size that was seen is asked for again only when the log has grown
       beyond it: make it grow in a way that this handle has not seen. */
    omni__log *other;
    ck_assert_int_eq(
        omni__log_open(world.directory, &world.options, &other, &world.error),
        OMNI_OK);
    for (uint64_t i = 1; i < 12; ++i) {
        ck_assert_int_eq(log_world_commit(other, i, 1, 400,
                                          OMNI_DURABILITY_FULL, NULL, NULL),
                         OMNI_OK);
    }
    ck_assert_int_eq(truncate(path, (off_t)a.end), 0);
    omni__log_frame frame;
    ck_assert_int_eq(omni__log_read(world.log, a.end, &frame, &world.error),
                     OMNI_ERR_CORRUPT);
    ck_assert_int_eq(log_world_commit(other, 99, 1, 10, OMNI_DURABILITY_FULL,
                                      NULL, &world.error),
                     OMNI_ERR_CORRUPT);
    omni__log_close(other);
}
END_TEST

START_TEST(another_replica_starts_its_own_history)
{
    commit(0, 3, 10, OMNI_DURABILITY_FULL);
    const omni__log_state first = omni__log_state_now(world.log);
    log_world_close(&world);

    memset(world.options.replica, 0xb2, OMNI__REPLICA_SIZE);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    omni__log_state state = omni__log_state_now(world.log);
    static const uint8_t none[OMNI__HASH_SIZE];
    ck_assert_uint_eq(state.next_sequence, 1);
    ck_assert_mem_eq(state.last_hash, none, OMNI__HASH_SIZE);
    ck_assert_uint_eq(state.hlc, first.hlc);
    ck_assert_uint_eq(state.end, first.end);
    const omni__log_commit_result own = commit(3, 2, 10, OMNI_DURABILITY_FULL);
    ck_assert_uint_eq(own.first_sequence, 1);
    ck_assert_uint_gt(own.hlc, first.hlc);
    ck_assert_uint_eq(walk_soundly().facts, 5);
    reopen();
    ck_assert_uint_eq(omni__log_state_now(world.log).next_sequence, 3);
    log_world_close(&world);

    memset(world.options.replica, 0xa1, OMNI__REPLICA_SIZE);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    state = omni__log_state_now(world.log);
    ck_assert_uint_eq(state.next_sequence, first.next_sequence);
    ck_assert_mem_eq(state.last_hash, first.last_hash, OMNI__HASH_SIZE);
    commit(5, 1, 10, OMNI_DURABILITY_FULL);
    ck_assert_uint_eq(walk_soundly().facts, 6);
}
END_TEST

START_TEST(two_replicas_are_not_open_at_once)
{
    omni__log_options options = world.options;
    memset(options.replica, 0xb2, OMNI__REPLICA_SIZE);
    omni__log *other = NULL;
    ck_assert_int_eq(
        omni__log_open(world.directory, &options, &other, &world.error),
        OMNI_ERR_CONFLICT);
    memset(options.deployment, 0xd1, 16);
    ck_assert_int_eq(
        omni__log_open(world.directory, &options, &other, &world.error),
        OMNI_ERR_CORRUPT);
    ck_assert_ptr_null(other);
}
END_TEST

START_TEST(several_openers_take_turns)
{
    omni__log *other;
    ck_assert(omni__log_alone(world.log));
    ck_assert_int_eq(
        omni__log_open(world.directory, &world.options, &other, &world.error),
        OMNI_OK);
    ck_assert(!omni__log_alone(world.log));
    ck_assert(!omni__log_alone(other));
    for (uint64_t i = 0; i < 60; ++i) {
        omni__log_commit_result result;
        ck_assert_int_eq(log_world_commit(i % 2 == 0 ? world.log : other, i, 1,
                                          300, OMNI_DURABILITY_OFF, &result,
                                          &world.error),
                         OMNI_OK);
        ck_assert_uint_eq(result.first_sequence, i + 1);
        ck_assert_uint_eq(omni__log_end(other), omni__log_end(world.log));
    }
    log_walk walk = {0};
    log_world_walk(&world, other, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    ck_assert_uint_eq(walk.groups, 60);
    ck_assert_int_eq(omni__log_close(other), OMNI_OK);
    ck_assert(omni__log_alone(world.log));
    ck_assert_uint_eq(walk_soundly().groups, 60);
}
END_TEST

START_TEST(reader_sees_what_a_writer_commits_later)
{
    commit(0, 1, 100, OMNI_DURABILITY_FULL);
    omni__log_options options = world.options;
    options.read_only = true;
    omni__log *beside;
    ck_assert_int_eq(
        omni__log_open(world.directory, &options, &beside, &world.error),
        OMNI_OK);
    commit(1, 1, 100, OMNI_DURABILITY_FULL);
    ck_assert_uint_eq(omni__log_end(beside), omni__log_end(world.log));
    omni__log_close(beside);

    log_world_close(&world);
    omni__log *before;
    ck_assert_int_eq(
        omni__log_open(world.directory, &options, &before, &world.error),
        OMNI_OK);
    log_walk walk = {0};
    log_world_walk(&world, before, &walk);
    ck_assert(walk.sound);
    ck_assert_uint_eq(walk.groups, 2);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    for (uint64_t i = 2; i < 50; ++i) {
        commit(i, 1, 500, OMNI_DURABILITY_OFF);
    }
    walk = (log_walk){0};
    log_world_walk(&world, before, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    ck_assert_uint_eq(walk.groups, 50);
    omni__log_close(before);
}
END_TEST

START_TEST(reader_takes_no_writes)
{
    log_world_close(&world);
    world.options.read_only = true;
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    ck_assert_int_eq(log_world_commit(world.log, 0, 1, 10, OMNI_DURABILITY_FULL,
                                      NULL, &world.error),
                     OMNI_ERR_READ_ONLY);
    ck_assert_int_eq(omni__log_sync(world.log, NULL), OMNI_ERR_READ_ONLY);
}
END_TEST

START_TEST(forked_child_cannot_commit_and_does_no_harm_by_closing)
{
    commit(0, 1, 10, OMNI_DURABILITY_OFF);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const omni_status status = log_world_commit(
            world.log, 1, 1, 10, OMNI_DURABILITY_FULL, NULL, NULL);
        const omni_status closed = omni__log_close(world.log);
        _exit(status == OMNI_ERR_CONFLICT && closed == OMNI_OK ? 0 : 1);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    commit(1, 1, 10, OMNI_DURABILITY_FULL);
    omni__log *other;
    ck_assert_int_eq(
        omni__log_open(world.directory, &world.options, &other, &world.error),
        OMNI_OK);
    ck_assert(!omni__log_alone(other));
    omni__log_close(other);
    ck_assert_uint_eq(walk_soundly().facts, 2);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *tcase = tcase_create("append and read");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, empty_log_ends_where_it_starts);
    tcase_add_test(tcase, log_is_created_only_once);
    tcase_add_test(tcase, directory_without_segments_is_no_store);
    tcase_add_test(tcase, bodies_are_found_by_their_position);
    tcase_add_test(tcase, sequences_run_on_and_clocks_never_go_back);
    tcase_add_test(tcase, an_empty_group_is_refused);
    tcase_add_test(tcase, state_is_the_same_after_closing);
    tcase_add_test(tcase, only_durability_off_leaves_something_unsynced);
    tcase_add_test(tcase, positions_run_on_over_segments);
    tcase_add_test(tcase, group_larger_than_a_segment_gets_one_of_its_own);
    tcase_add_test(tcase, only_frames_are_read_and_only_before_the_end);
    tcase_add_test(tcase, files_are_trimmed_at_close);
    tcase_add_test(tcase, truncation_while_open_is_an_error);
    tcase_add_test(tcase, another_replica_starts_its_own_history);
    tcase_add_test(tcase, two_replicas_are_not_open_at_once);
    tcase_add_test(tcase, several_openers_take_turns);
    tcase_add_test(tcase, reader_sees_what_a_writer_commits_later);
    tcase_add_test(tcase, reader_takes_no_writes);
    tcase_add_test(tcase, controls_are_kept_and_are_no_group);
    tcase_add_test(tcase,
                   forked_child_cannot_commit_and_does_no_harm_by_closing);
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
