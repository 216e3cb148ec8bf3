/*
   Several processes over one file. LMDB forbids opening it twice in a process
   and using it after a fork, so every table here is opened after the fork:
   parent and child take turns through two pipes.
*/
#include "storage/kv_private.h"
#include "support/kv_fixture.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static kv_fixture f;
static int to_child[2];
static int to_parent[2];

static void
setup(void)
{
    kv_fixture_begin(&f);
    ck_assert_int_eq(pipe(to_child), 0);
    ck_assert_int_eq(pipe(to_parent), 0);
}

static void
teardown(void)
{
    kv_fixture_end(&f);
    for (int i = 0; i < 2; ++i) {
        close(to_child[i]);
        close(to_parent[i]);
    }
}

/* ---- in the child: no checks of the framework, which would report twice */

static void
require(bool truth, int line)
{
    if (!truth) {
        fprintf(stderr, "child failed at line %d: %s\n", line, f.error.message);
        _exit(1);
    }
}

#define REQUIRE(truth) require((truth), __LINE__)

static void
child_turn_ends(void)
{
    char turn = 't';
    REQUIRE(write(to_parent[1], &turn, 1) == 1);
}

static void
child_waits(void)
{
    char turn;
    REQUIRE(read(to_child[0], &turn, 1) == 1);
}

static void
child_put(const char *key, const char *value)
{
    REQUIRE(omni__kv_put(f.kv, omni__slice_text(key),
                         omni__slice_text(value)) == OMNI_OK);
}

static bool
child_sees(const char *key, const char *wanted)
{
    omni__slice value = {0};
    const omni_status status =
        omni__kv_get(f.kv, omni__slice_text(key), &value);
    return wanted == NULL
               ? status == OMNI_NOT_FOUND
               : status == OMNI_OK &&
                     omni__slice_equal(value, omni__slice_text(wanted));
}

/* ---- in the parent ---- */

static void
parent_turn_ends(void)
{
    char turn = 't';
    ck_assert_int_eq(write(to_child[1], &turn, 1), 1);
}

static void
parent_waits(void)
{
    char turn;
    ck_assert_int_eq(read(to_parent[0], &turn, 1), 1);
}

static pid_t
start(void (*child)(void))
{
    fflush(NULL);
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(to_child[1]);
        close(to_parent[0]);
        child();
        _exit(0);
    }
    return pid;
}

static void
check_end(pid_t pid)
{
    int ended = 0;
    ck_assert_int_eq(waitpid(pid, &ended, 0), pid);
    ck_assert(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}

static void
check_refresh(uint64_t wanted)
{
    uint64_t position = 0;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, &f.error), OMNI_OK);
    ck_assert_uint_eq(position, wanted);
}

/* ---- another process flushes past ---- */

static void
flush_at_10(void)
{
    REQUIRE(kv_fixture_open(&f) == OMNI_OK);
    child_waits();
    child_put("a", "ten");
    child_put("b", "ten");
    child_put("d", "ten");
    child_put("e", "ten");
    omni__kv_publish(f.kv, 10);
    REQUIRE(omni__kv_flush(f.kv, &f.error) == OMNI_OK);
    child_turn_ends();
    child_waits();
    kv_fixture_close(&f);
}

START_TEST(reader_left_behind_is_busy_until_it_refreshes)
{
    const pid_t pid = start(flush_at_10);
    kv_fixture_must_open(&f);
    kv_put(f.kv, "a", "five");
    omni__kv_publish(f.kv, 5);
    omni__kv_snapshot *old = kv_begin(f.kv);
    parent_turn_ends();
    parent_waits();
    omni__kv_snapshot *young = NULL;
    ck_assert_int_eq(omni__kv_snapshot_begin(f.kv, &young, &f.error),
                     OMNI_ERR_BUSY);
    omni__slice value;
    ck_assert_int_eq(omni__kv_get(f.kv, omni__slice_text("b"), &value),
                     OMNI_ERR_BUSY);
    kv_check_in(old, "a", "five");
    kv_check_in(old, "b", NULL);
    check_refresh(10);
    kv_check_published(f.kv, "a", "ten");
    kv_check_published(f.kv, "b", "ten");
    kv_check_in(old, "a", "five");
    kv_check_in(old, "b", NULL);
    omni__kv_snapshot_end(old);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_UNCHANGED);
    parent_turn_ends();
    check_end(pid);
}
END_TEST

START_TEST(flush_of_one_left_behind_changes_nothing)
{
    const pid_t pid = start(flush_at_10);
    kv_fixture_must_open(&f);
    kv_put(f.kv, "a", "five");
    omni__kv_publish(f.kv, 5);
    parent_turn_ends();
    parent_waits();
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_UNCHANGED);
    check_refresh(10);
    kv_check_published(f.kv, "a", "ten");
    ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), 0);
    parent_turn_ends();
    check_end(pid);
}
END_TEST

/* Between base and end: memory is right over the newer file. */
START_TEST(one_ahead_stays_right_over_the_newer_file)
{
    const pid_t pid = start(flush_at_10);
    kv_fixture_must_open(&f);
    static const char *const keys[] = {"a", "b", "d", "e"};
    for (size_t i = 0; i < 4; ++i) {
        kv_put(f.kv, keys[i], "ten");
    }
    omni__kv_publish(f.kv, 10);
    kv_put(f.kv, "a", "two"); /* as long as the row in the file */
    kv_delete(f.kv, "b");
    kv_put(f.kv, "c", "twenty");
    kv_put(f.kv, "d", "te"); /* its beginning */
    omni__kv_publish(f.kv, 20);
    parent_turn_ends();
    parent_waits();
    check_refresh(20);
    kv_check_published(f.kv, "a", "two");
    kv_check_published(f.kv, "b", NULL);
    kv_check_published(f.kv, "c", "twenty");
    kv_check_published(f.kv, "d", "te");
    kv_check_published(f.kv, "e", "ten");
    kv_flush(f.kv);
    parent_turn_ends();
    check_end(pid);
    kv_fixture_reopen(&f);
    check_refresh(20);
    kv_check(f.kv, "a", "two");
    kv_check(f.kv, "b", NULL);
    kv_check(f.kv, "c", "twenty");
    kv_check(f.kv, "d", "te");
    kv_check(f.kv, "e", "ten");
}
END_TEST

START_TEST(one_level_with_the_file_gives_its_memory_back)
{
    const pid_t pid = start(flush_at_10);
    kv_fixture_must_open(&f);
    kv_put(f.kv, "a", "ten");
    kv_put(f.kv, "b", "ten");
    omni__kv_publish(f.kv, 10);
    parent_turn_ends();
    parent_waits();
    check_refresh(10);
    ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), 0);
    kv_check_published(f.kv, "a", "ten");
    parent_turn_ends();
    check_end(pid);
}
END_TEST

/* ---- other rules, clearing ---- */

static void
flush_other_rules(void)
{
    f.options.derive_version = 2;
    REQUIRE(kv_fixture_open(&f) == OMNI_OK);
    child_put("a", "new rules");
    omni__kv_publish(f.kv, 50);
    child_turn_ends();
    child_waits();
    REQUIRE(omni__kv_flush(f.kv, &f.error) == OMNI_OK);
    child_turn_ends();
    child_waits();
    REQUIRE(child_sees("a", "new rules"));
    REQUIRE(child_sees("b", NULL));
    kv_fixture_close(&f);
}

static void
check_other_rules(bool reopen)
{
    const pid_t pid = start(flush_other_rules);
    parent_waits();
    kv_fixture_must_open(&f);
    kv_put(f.kv, "b", "old rules");
    omni__kv_publish(f.kv, 100);
    kv_flush(f.kv);
    if (reopen) {
        kv_fixture_reopen(&f);
    }
    kv_put(f.kv, "b", "older");
    omni__kv_publish(f.kv, 120);
    parent_turn_ends();
    parent_waits();
    omni__kv_snapshot *snapshot = NULL;
    ck_assert_int_eq(omni__kv_snapshot_begin(f.kv, &snapshot, &f.error),
                     OMNI_ERR_BUSY);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_BUSY);
    check_refresh(0);
    kv_check_published(f.kv, "b", NULL);
    kv_check_published(f.kv, "a", NULL);
    parent_turn_ends();
    check_end(pid);
}

START_TEST(flush_of_other_rules_sends_one_that_flushed_to_the_beginning)
{
    check_other_rules(false);
}
END_TEST

START_TEST(flush_of_other_rules_sends_one_that_opened_to_the_beginning)
{
    check_other_rules(true);
}
END_TEST

START_TEST(clear_is_refused_while_another_process_reads)
{
    const pid_t pid = start(flush_at_10);
    parent_turn_ends();
    parent_waits();
    kv_fixture_must_open(&f);
    ck_assert_int_eq(omni__kv_clear(f.kv, &f.error), OMNI_ERR_BUSY);
    kv_check_published(f.kv, "a", "ten");
    parent_turn_ends();
    check_end(pid);
    ck_assert_int_eq(omni__kv_clear(f.kv, &f.error), OMNI_OK);
    kv_check_published(f.kv, "a", NULL);
}
END_TEST

/* ---- opening at the same time ---- */

static int gate[2]; /* opens for all when the parent closes it */

static void
wait_at_gate(void)
{
    char nothing;
    close(gate[1]);
    REQUIRE(read(gate[0], &nothing, 1) == 0);
}

static void
open_at_once(void)
{
    wait_at_gate();
    REQUIRE(kv_fixture_open(&f) == OMNI_OK);
    child_turn_ends();
    child_waits();
    int fd = -1;
    struct stat mine;
    struct stat named;
    REQUIRE(mdb_env_get_fd(f.kv->database.env, &fd) == 0);
    REQUIRE(fstat(fd, &mine) == 0 && stat(f.path, &named) == 0);
    REQUIRE(mine.st_ino == named.st_ino);
    kv_fixture_close(&f);
}

START_TEST(processes_that_open_at_once_share_one_file)
{
    for (int round = 0; round < 20; ++round) {
        pid_t pids[6];
        ck_assert_int_eq(pipe(gate), 0);
        for (int i = 0; i < 6; ++i) {
            pids[i] = start(open_at_once);
        }
        close(gate[1]);
        for (int i = 0; i < 6; ++i) {
            parent_waits();
        }
        for (int i = 0; i < 6; ++i) {
            parent_turn_ends();
        }
        for (int i = 0; i < 6; ++i) {
            check_end(pids[i]);
        }
        close(gate[0]);
        ck_assert_int_eq(unlink(f.path), 0);
    }
}
END_TEST

/* ---- killed processes ---- */

static void
hold_a_snapshot(void)
{
    omni__kv_snapshot *snapshot = NULL;
    REQUIRE(kv_fixture_open(&f) == OMNI_OK);
    REQUIRE(omni__kv_snapshot_begin(f.kv, &snapshot, NULL) == OMNI_OK);
    child_turn_ends();
    child_waits();
}

static int
count_line(const char *line, void *user)
{
    (void)line;
    ++*(int *)user;
    return 0;
}

static int
reader_lines(void)
{
    int lines = 0;
    ck_assert_int_ge(mdb_reader_list(f.kv->database.env, count_line, &lines),
                     0);
    return lines;
}

START_TEST(place_of_a_killed_reader_is_taken_back_at_open)
{
    kv_fixture_must_open(&f);
    const int alone = reader_lines();
    kv_fixture_close(&f);
    const pid_t pid = start(hold_a_snapshot);
    const pid_t other = start(hold_a_snapshot); /* keeps the lock file */
    parent_waits();
    parent_waits();
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    kv_fixture_must_open(&f);
    /* The other child's writer and its snapshot. */
    ck_assert_int_eq(reader_lines(), alone + 2);
    kill(other, SIGKILL);
    ck_assert_int_eq(waitpid(other, NULL, 0), other);
}
END_TEST

/* Every row says the position that it was flushed at. */
static void
flush_on(void)
{
    uint64_t position = 0;
    REQUIRE(kv_fixture_open(&f) == OMNI_OK);
    REQUIRE(omni__kv_refresh(f.kv, &position, NULL) == OMNI_OK);
    for (bool first = true;; first = false) {
        char key[32];
        char value[32];
        kv_text(value, "at", (unsigned)++position);
        for (unsigned i = 0; i < 100; ++i) {
            child_put(kv_text(key, "row", i * 37 % 100), value);
        }
        omni__kv_publish(f.kv, position);
        REQUIRE(omni__kv_flush(f.kv, &f.error) == OMNI_OK);
        if (first) {
            child_turn_ends();
        }
    }
}

START_TEST(kill_while_flushing_leaves_the_last_flush)
{
    uint64_t before = 0;
    for (unsigned round = 0; round < 25; ++round) {
        const pid_t pid = start(flush_on);
        parent_waits();
        usleep(round * 7919 % 15000);
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        kv_fixture_must_open(&f);
        uint64_t position = 0;
        ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
        ck_assert_uint_gt(position, before);
        before = position;
        char key[32];
        char wanted[32];
        kv_text(wanted, "at", (unsigned)position);
        for (unsigned i = 0; i < 100; ++i) {
            kv_check(f.kv, kv_text(key, "row", i), wanted);
        }
        kv_fixture_close(&f);
    }
}
END_TEST

/* ---- a map that another process outgrew ---- */

static void
grow(void)
{
    f.options.map_bytes = UINT64_C(1) << 26;
    REQUIRE(kv_fixture_open(&f) == OMNI_OK);
    child_waits();
    char key[32];
    char value[2001];
    memset(value, 'v', 2000);
    value[2000] = '\0';
    for (unsigned i = 0; i < 3000; ++i) {
        child_put(kv_text(key, "row", i), value);
    }
    omni__kv_publish(f.kv, 10);
    REQUIRE(omni__kv_flush(f.kv, &f.error) == OMNI_OK);
    child_turn_ends();
    child_waits();
    kv_fixture_close(&f);
}

START_TEST(map_grows_after_another_process_outgrew_it)
{
    f.options.map_bytes = UINT64_C(1) << 20;
    const pid_t pid = start(grow);
    kv_fixture_must_open(&f);
    omni__kv_snapshot *old = kv_begin(f.kv);
    parent_turn_ends();
    parent_waits();
    uint64_t position = 0;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, &f.error),
                     OMNI_ERR_BUSY); /* the old map is being read */
    kv_check_in(old, "row000007", NULL);
    omni__kv_snapshot_end(old);
    check_refresh(10);
    omni__slice value = {0};
    ck_assert_int_eq(omni__kv_get(f.kv, omni__slice_text("row002999"), &value),
                     OMNI_OK);
    ck_assert_uint_eq(value.size, 2000);
    kv_put(f.kv, "row000007", "short");
    omni__kv_publish(f.kv, 11);
    kv_flush(f.kv);
    kv_check_published(f.kv, "row000007", "short");
    parent_turn_ends();
    check_end(pid);
}
END_TEST

START_TEST(flush_goes_on_after_another_process_outgrew_the_map)
{
    f.options.map_bytes = UINT64_C(1) << 20;
    const pid_t pid = start(grow);
    kv_fixture_must_open(&f);
    kv_put(f.kv, "row000007", "short");
    omni__kv_publish(f.kv, 11);
    parent_turn_ends();
    parent_waits();
    kv_flush(f.kv);
    kv_check_published(f.kv, "row000007", "short");
    parent_turn_ends();
    check_end(pid);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kv_processes");
    TCase *tcase = tcase_create("processes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, reader_left_behind_is_busy_until_it_refreshes);
    tcase_add_test(tcase, flush_of_one_left_behind_changes_nothing);
    tcase_add_test(tcase, one_ahead_stays_right_over_the_newer_file);
    tcase_add_test(tcase, one_level_with_the_file_gives_its_memory_back);
    tcase_add_test(
        tcase, flush_of_other_rules_sends_one_that_flushed_to_the_beginning);
    tcase_add_test(tcase,
                   flush_of_other_rules_sends_one_that_opened_to_the_beginning);
    tcase_add_test(tcase, clear_is_refused_while_another_process_reads);
    tcase_add_test(tcase, processes_that_open_at_once_share_one_file);
    tcase_add_test(tcase, place_of_a_killed_reader_is_taken_back_at_open);
    tcase_add_test(tcase, kill_while_flushing_leaves_the_last_flush);
    tcase_add_test(tcase, map_grows_after_another_process_outgrew_it);
    tcase_add_test(tcase, flush_goes_on_after_another_process_outgrew_the_map);
    suite_add_tcase(suite, tcase);
    return kv_run(suite);
}
