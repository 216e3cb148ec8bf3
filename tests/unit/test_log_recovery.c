/*
   Opening after a crash or after damage: a torn tail is cut, anything that was
   durable and is bad now is reported, and nothing is changed then.
*/
#include "support/log_world.h"

#include "codec/varint.h"
#include "log/frame.h"
#include "log/segment.h"
#include "log/shared.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

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

/* Run `commits` in a child that dies with the log open. */
static void
die_after(void (*commits)(void))
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        if (log_world_open(&world) != OMNI_OK) {
            _exit(1);
        }
        commits();
        _exit(0);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
}

/* The one segment, of `count` durable frames, closed. */
static uint8_t *
make_frames(uint64_t count, omni__log_commit_result *results, size_t *size)
{
    open_log();
    for (uint64_t i = 0; i < count; ++i) {
        results[i] = commit(i, 30, OMNI_DURABILITY_FULL);
    }
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    return log_world_read_file(&world, FIRST, size);
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

START_TEST(last_frame_is_cut_where_any_byte_of_it_is_torn)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    for (size_t i = (size_t)at[2].position; i < size; ++i) {
        bytes[i] ^= 0x41;
        log_world_write_file(&world, FIRST, bytes, size);
        log_world_remove_file(&world, "shared");
        bytes[i] ^= 0x41;
        uint64_t groups;
        ck_assert_msg(reopen(&groups) == OMNI_OK, "byte %zu: %s", i,
                      world.error.message);
        ck_assert_msg(groups == 2, "byte %zu", i);
    }
    free(bytes);
}
END_TEST

START_TEST(last_frame_is_cut_where_the_file_ends_in_it)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    for (size_t end = (size_t)at[2].position; end < size; ++end) {
        log_world_write_file(&world, FIRST, bytes, end);
        log_world_remove_file(&world, "shared");
        uint64_t groups;
        ck_assert_int_eq(reopen(&groups), OMNI_OK);
        ck_assert_uint_eq(groups, 2);
    }
    free(bytes);
}
END_TEST

START_TEST(bad_byte_before_a_durable_frame_is_corruption)
{
    omni__log_commit_result at[4];
    size_t size;
    uint8_t *bytes = make_frames(4, at, &size);
    for (size_t i = (size_t)at[1].position; i < (size_t)at[2].position; ++i) {
        bytes[i] ^= 0x41;
        log_world_write_file(&world, FIRST, bytes, size);
        log_world_remove_file(&world, "shared");
        uint64_t groups;
        ck_assert_msg(reopen(&groups) == OMNI_ERR_CORRUPT, "byte %zu", i);
        ck_assert_int_eq(world.error.offset, (int64_t)at[1].position);
        ck_assert_ptr_nonnull(strstr(world.error.message, FIRST));
        size_t kept;
        uint8_t *after = log_world_read_file(&world, FIRST, &kept);
        ck_assert_uint_eq(kept, size);
        ck_assert_mem_eq(after, bytes, size);
        free(after);
        bytes[i] ^= 0x41;
    }
    log_world_write_file(&world, FIRST, bytes, size);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_OK);
    ck_assert_uint_eq(groups, 4);
    free(bytes);
}
END_TEST

static void
three_unsynced(void)
{
    commit(0, 30, OMNI_DURABILITY_FULL);
    for (uint64_t i = 1; i < 4; ++i) {
        commit(i, 30, OMNI_DURABILITY_OFF);
    }
}

START_TEST(unsynced_frames_are_cut_from_the_first_bad_one)
{
    for (size_t bad = 1; bad < 4; ++bad) {
        die_after(three_unsynced);
        size_t size;
        uint8_t *bytes = log_world_read_file(&world, FIRST, &size);
        log_world_remove_file(&world, "shared");
        const size_t frame =
            64 + bad * ((size_t)omni__frame_claims(bytes + 64));
        bytes[frame + 50] ^= 1;
        log_world_write_file(&world, FIRST, bytes, size);
        free(bytes);
        open_log();
        /* Nothing is left of what was cut: it must not come back when the
           space in front of it is filled again. */
        ck_assert_uint_eq(omni__log_file_bytes(world.log),
                          omni__log_end(world.log));
        log_world_close(&world);
        uint64_t groups;
        ck_assert_msg(reopen(&groups) == OMNI_OK, "%s", world.error.message);
        ck_assert_uint_eq(groups, bad);
        teardown();
        setup();
    }
}
END_TEST

START_TEST(published_frames_of_a_killed_process_are_kept)
{
    die_after(three_unsynced);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_OK);
    ck_assert_uint_eq(groups, 4);
}
END_TEST

START_TEST(log_shorter_than_the_header_knows_is_corruption)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    for (size_t end = 64; end < size; end += 7) {
        log_world_write_file(&world, FIRST, bytes, end);
        uint64_t groups;
        ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(world.error.message, "truncated"));
        ck_assert_int_eq(world.error.offset, (int64_t)end);
    }
    free(bytes);
    log_world_remove_file(&world, FIRST);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(world.error.message, FIRST));
}
END_TEST

START_TEST(header_of_another_replica_proves_what_was_durable)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    bytes[at[2].position + 50] ^= 1;
    log_world_write_file(&world, FIRST, bytes, size);
    free(bytes);
    memset(world.options.replica, 0xb2, OMNI__REPLICA_SIZE);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
    ck_assert_int_eq(world.error.offset, (int64_t)at[2].position);
}
END_TEST

START_TEST(any_header_recovers_the_same_log)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    size_t shared_size;
    uint8_t *shared = log_world_read_file(&world, "shared", &shared_size);
    ck_assert_uint_eq(shared_size, OMNI__SHARED_SIZE);
    for (size_t i = 0; i < shared_size; ++i) {
        const bool used = i < 92 || (i >= 512 && i < 512 + OMNI__SLOT_BYTES) ||
                          (i >= 1024 && i < 1024 + OMNI__SLOT_BYTES);
        if (!used) {
            continue;
        }
        shared[i] ^= 0x10;
        log_world_write_file(&world, "shared", shared, shared_size);
        log_world_write_file(&world, FIRST, bytes, size);
        shared[i] ^= 0x10;
        uint64_t groups;
        ck_assert_msg(reopen(&groups) == OMNI_OK, "byte %zu: %s", i,
                      world.error.message);
        ck_assert_uint_eq(groups, 3);
    }
    for (size_t cut = 0; cut < shared_size; cut += 512) {
        log_world_write_file(&world, "shared", shared, cut);
        log_world_write_file(&world, FIRST, bytes, size);
        uint64_t groups;
        ck_assert_int_eq(reopen(&groups), OMNI_OK);
        ck_assert_uint_eq(groups, 3);
    }
    free(shared);
    free(bytes);
}
END_TEST

START_TEST(an_older_header_loses_nothing)
{
    open_log();
    commit(0, 30, OMNI_DURABILITY_FULL);
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    size_t size;
    uint8_t *shared = log_world_read_file(&world, "shared", &size);
    open_log();
    for (uint64_t i = 1; i < 80; ++i) {
        commit(i, 300, OMNI_DURABILITY_FULL);
    }
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    log_world_write_file(&world, "shared", shared, size);
    free(shared);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_OK);
    ck_assert_uint_eq(groups, 80);
}
END_TEST

START_TEST(newer_formats_are_told_from_damage)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    uint64_t groups;
    bytes[8] = 2;
    omni__le64_write(bytes + 56, XXH3_64bits(bytes, 56));
    log_world_write_file(&world, FIRST, bytes, size);
    ck_assert_int_eq(reopen(&groups), OMNI_ERR_VERSION);
    bytes[8] = 1;
    omni__le64_write(bytes + 56, XXH3_64bits(bytes, 56));

    /* A frame of another version, or with a flag, and a right checksum. */
    uint8_t seed[32];
    memcpy(seed, world.options.deployment, 16);
    omni__le64_write(seed + 16, 0);
    omni__le64_write(seed + 24, at[2].position);
    uint8_t *frame = bytes + at[2].position;
    for (size_t field = 12; field <= 13; ++field) {
        const uint8_t was = frame[field];
        frame[field] = 4;
        omni__le64_write(frame, XXH3_64bits_withSeed(
                                    frame + 8,
                                    (size_t)(at[2].end - at[2].position) - 8,
                                    XXH3_64bits(seed, 32)));
        log_world_write_file(&world, FIRST, bytes, size);
        log_world_remove_file(&world, "shared");
        ck_assert_int_eq(reopen(&groups), OMNI_ERR_VERSION);
        frame[field] = was;
    }
    free(bytes);
}
END_TEST

START_TEST(segment_of_another_deployment_is_refused)
{
    omni__log_commit_result at[1];
    size_t size;
    free(make_frames(1, at, &size));
    memset(world.options.deployment, 0xd7, 16);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(world.error.message, "deployment"));
}
END_TEST

START_TEST(sound_frames_in_another_place_are_not_taken)
{
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    /* Copy the last frame behind itself: right but for its position. */
    const size_t frame = (size_t)(at[2].end - at[2].position);
    uint8_t *longer = calloc(1, size + frame);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, bytes, size);
    memcpy(longer + size, bytes + at[2].position, frame);
    log_world_write_file(&world, FIRST, longer, size + frame);
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_OK);
    ck_assert_uint_eq(groups, 3);
    free(longer);
    free(bytes);
}
END_TEST

START_TEST(stale_frame_behind_a_new_one_does_not_continue_it)
{
    /* What a crash may leave where the same place was written twice: frame B
       of one history behind frame A of another. */
    omni__log_commit_result at[3];
    size_t size;
    uint8_t *bytes = make_frames(3, at, &size);
    log_world_write_file(&world, FIRST, bytes, (size_t)at[1].position);
    log_world_remove_file(&world, "shared");
    open_log();
    commit(77, 30, OMNI_DURABILITY_OFF);
    log_world_close(&world);
    size_t other_size;
    uint8_t *other = log_world_read_file(&world, FIRST, &other_size);
    ck_assert_uint_eq(other_size, at[1].end);
    memcpy(bytes, other, other_size);
    log_world_write_file(&world, FIRST, bytes, size);
    log_world_remove_file(&world, "shared");
    uint64_t groups;
    const omni_status status = reopen(&groups);
    /* The stale frame says that the log was durable before it, no further. */
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    ck_assert_uint_eq(groups, 2);
    free(other);
    free(bytes);
}
END_TEST

/* All files of the directory as one run of bytes. */
static uint64_t
digest_files(void)
{
    XXH3_state_t *state = XXH3_createState();
    XXH3_64bits_reset(state);
    const char *names[] = {FIRST, "shared"};
    for (size_t i = 0; i < 2; ++i) {
        size_t size;
        uint8_t *bytes = log_world_read_file(&world, names[i], &size);
        XXH3_64bits_update(state, bytes, size);
        free(bytes);
    }
    const uint64_t digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return digest;
}

START_TEST(reading_changes_nothing)
{
    die_after(three_unsynced);
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, FIRST, &size);
    bytes[64 + 2 * (size_t)omni__frame_claims(bytes + 64) + 50] ^= 1;
    log_world_write_file(&world, FIRST, bytes, size);
    free(bytes);
    const uint64_t before = digest_files();
    world.options.read_only = true;
    open_log();
    ck_assert_uint_eq(groups_now(), 2);
    ck_assert_int_eq(log_world_close(&world), OMNI_OK);
    ck_assert_uint_eq(digest_files(), before);
    world.options.read_only = false;
    uint64_t groups;
    ck_assert_int_eq(reopen(&groups), OMNI_OK);
    ck_assert_uint_eq(groups, 2);
}
END_TEST

/* What must come of damage, from what is still as it was: the number of the
   first bad frame, or UINT64_MAX if it must be reported. */
static uint64_t
expected_groups(const uint8_t *was, const uint8_t *is,
                const omni__log_commit_result *at, uint64_t count)
{
    if (memcmp(was, is, 64) != 0) {
        return UINT64_MAX;
    }
    uint64_t first_bad = count;
    for (uint64_t i = 0; i < count; ++i) {
        const size_t size = (size_t)(at[i].end - at[i].position);
        if (memcmp(was + at[i].position, is + at[i].position, size) != 0) {
            first_bad = i < first_bad ? i : first_bad;
        } else if (first_bad < i) {
            return UINT64_MAX;
        }
    }
    return first_bad;
}

START_TEST(random_damage_is_reported_or_loses_only_the_tail)
{
    uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(300);
    omni__log_commit_result at[6];
    size_t size;
    uint8_t *bytes = make_frames(6, at, &size);
    uint8_t *copy = malloc(size);
    ck_assert_ptr_nonnull(copy);
    for (uint64_t i = 0; i < cases; ++i) {
        const uint64_t replay = seed;
        memcpy(copy, bytes, size);
        const uint64_t edits = 1 + log_world_random(&seed) % 3;
        for (uint64_t k = 0; k < edits; ++k) {
            const size_t where = (size_t)(log_world_random(&seed) % size);
            copy[where] = (uint8_t)log_world_random(&seed);
        }
        const uint64_t expected = expected_groups(bytes, copy, at, 6);
        log_world_write_file(&world, FIRST, copy, size);
        log_world_remove_file(&world, "shared");
        uint64_t groups = UINT64_MAX;
        const omni_status status = reopen(&groups);
        ck_assert_msg(status == OMNI_OK || status == OMNI_ERR_CORRUPT,
                      "OMNI_SEED=%llu: status %d", (unsigned long long)replay,
                      status);
        ck_assert_msg(groups == expected, "OMNI_SEED=%llu: %llu, not %llu",
                      (unsigned long long)replay, (unsigned long long)groups,
                      (unsigned long long)expected);
    }
    free(copy);
    free(bytes);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("log recovery");
    TCase *tcase = tcase_create("recovery");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, last_frame_is_cut_where_any_byte_of_it_is_torn);
    tcase_add_test(tcase, last_frame_is_cut_where_the_file_ends_in_it);
    tcase_add_test(tcase, bad_byte_before_a_durable_frame_is_corruption);
    tcase_add_test(tcase, unsynced_frames_are_cut_from_the_first_bad_one);
    tcase_add_test(tcase, published_frames_of_a_killed_process_are_kept);
    tcase_add_test(tcase, log_shorter_than_the_header_knows_is_corruption);
    tcase_add_test(tcase, header_of_another_replica_proves_what_was_durable);
    tcase_add_test(tcase, any_header_recovers_the_same_log);
    tcase_add_test(tcase, an_older_header_loses_nothing);
    tcase_add_test(tcase, newer_formats_are_told_from_damage);
    tcase_add_test(tcase, segment_of_another_deployment_is_refused);
    tcase_add_test(tcase, sound_frames_in_another_place_are_not_taken);
    tcase_add_test(tcase, stale_frame_behind_a_new_one_does_not_continue_it);
    tcase_add_test(tcase, reading_changes_nothing);
    tcase_add_test(tcase, random_damage_is_reported_or_loses_only_the_tail);
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
