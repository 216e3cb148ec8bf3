/*
   What the log hook hears: what was repaired, made again or cleared away, one
   line each, and no word of anybody's data.
*/
#include "support/api_world.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARED_WRITING 72 /* offset of that word in log/shared */

typedef struct heard {
    unsigned lines;
    char text[4096]; /* all lines, each with its level's digit before it */
    bool die;        /* in an allocation, while the log is written */
    int shared;      /* descriptor of log/shared */
} heard;

static api_world world;
static heard ear;

static void
take_line(void *user, omni_log_level level, const char *message)
{
    heard *h = user;
    const size_t used = strlen(h->text);
    ck_assert_ptr_null(strchr(message, '\n'));
    ck_assert_ptr_null(strstr(message, "anna"));
    ck_assert_ptr_null(strstr(message, "secret"));
    snprintf(h->text + used, sizeof(h->text) - used, "%d %s\n", (int)level,
             message);
    ++h->lines;
}

static void *
allocate(void *user, void *block, size_t size_bytes)
{
    const heard *h = user;
    char writing[4] = {0};
    if (h->die && pread(h->shared, writing, 4, SHARED_WRITING) == 4 &&
        memcmp(writing, "\0\0\0\0", 4) != 0) {
        _exit(0);
    }
    if (size_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size_bytes);
}

static const omni_hooks hooks = {.size = sizeof(hooks),
                                 .allocate = allocate,
                                 .log = take_line,
                                 .user = &ear};

static void
setup(void)
{
    api_world_make(&world);
    memset(&ear, 0, sizeof(ear));
    world.options.hooks = &hooks;
}

static void
teardown(void)
{
    api_world_remove(&world);
}

/* The one line that was heard begins so and has that in it. */
static void
assert_heard(omni_log_level level, const char *wanted)
{
    ck_assert_msg(ear.lines == 1 && ear.text[0] == '0' + (int)level &&
                      strstr(ear.text, wanted) != NULL,
                  "%d … %s: heard %u lines\n%s", (int)level, wanted, ear.lines,
                  ear.text);
}

static void
add_events(int count)
{
    static int64_t seconds; /* no two events alike */
    for (int i = 0; i < count; ++i) {
        api_track(world.store, "secret", NULL, API_T0 + ++seconds,
                  API_NAME("user_id", "anna"));
    }
}

/* A store with three groups, closed. */
static void
make_store(void)
{
    api_world_open(&world);
    add_events(3);
    omni_event_append_json(world.store, "secret", 6, NULL, NULL);
    api_world_close(&world);
    ck_assert_msg(ear.lines == 0, "%s", ear.text);
}

/* `name` in the store. */
static void
path_of(const char *name, char path[API_PATH + 64])
{
    snprintf(path, API_PATH + 64, "%s/%s", world.path, name);
}

/* Add bytes to a file that are no frame. */
static void
spoil(const char *name, size_t count)
{
    char path[API_PATH + 64];
    path_of(name, path);
    FILE *file = fopen(path, "ab");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < count; ++i) {
        fputc(0xa5, file);
    }
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_store_in_order_says_nothing)
{
    make_store();
    api_world_open(&world);
    add_events(3);
    api_check(world.store);
    api_world_close(&world);
    ck_assert_msg(ear.lines == 0, "%s", ear.text);
}
END_TEST

START_TEST(a_torn_tail_is_told_with_its_bytes)
{
    make_store();
    spoil("log/0000000000000000.log", 37);
    api_world_open(&world);
    assert_heard(OMNI_LOG_WARNING, "log: 37 bytes at offset ");
    ck_assert_uint_eq(api_stats(world.store).events, 3);
}
END_TEST

START_TEST(a_segment_that_was_never_finished_is_told)
{
    char path[API_PATH + 64];
    make_store();
    path_of("log/0000000000100000.log", path);
    api_write_file(path, "half", 4);
    api_world_open(&world);
    assert_heard(OMNI_LOG_WARNING, "0000000000100000.log: the segment had not");
}
END_TEST

START_TEST(tables_that_were_missing_are_told)
{
    char path[API_PATH + 64];
    make_store();
    path_of("tables.mdb", path);
    ck_assert_int_eq(unlink(path), 0);
    api_world_open(&world);
    assert_heard(OMNI_LOG_INFO, "the tables were missing; 3 groups of the log");
}
END_TEST

/* Give every first row in the tables' pages the rules of another version. */
static void
change_rules(void)
{
    static const char magic[8] = {'o', 'm', 'n', 'i', 't', 'a', 'b', 0};
    char path[API_PATH + 64];
    api_bytes bytes = {NULL, 0, 0};
    unsigned found = 0;
    path_of("tables.mdb", path);
    api_read_file(path, &bytes);
    for (size_t at = 0; at + 48 <= bytes.size; ++at) {
        if (memcmp(bytes.data + at, magic, sizeof(magic)) == 0) {
            bytes.data[at + 12] = (char)0xee;
            ++found;
        }
    }
    ck_assert_uint_gt(found, 0);
    api_write_file(path, bytes.data, bytes.size);
    api_bytes_free(&bytes);
}

START_TEST(tables_by_other_rules_are_told)
{
    make_store();
    change_rules();
    api_world_open(&world);
    assert_heard(OMNI_LOG_INFO, "made by the rules of another version; 3 ");
}
END_TEST

/* In a process of its own: add events and go without closing. */
static void
add_and_go(int count)
{
    const pid_t child = fork();
    if (child == 0) {
        api_world_open(&world);
        add_events(count);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

START_TEST(tables_that_were_behind_are_told)
{
    make_store();
    add_and_go(2);
    api_world_open(&world);
    assert_heard(OMNI_LOG_INFO, "were behind the log; 2 groups of the log");
}
END_TEST

START_TEST(a_map_that_is_smaller_than_asked_for_is_told)
{
    world.options.map_bytes = UINT64_C(1) << 62;
    api_world_open(&world);
    assert_heard(OMNI_LOG_WARNING, "tables.mdb: may grow to ");
    add_events(1);
}
END_TEST

START_TEST(the_turn_of_a_process_that_died_writing_is_told)
{
    int ready[2];
    int go[2];
    char byte = 0;
    make_store();
    ck_assert_int_eq(pipe(ready), 0);
    ck_assert_int_eq(pipe(go), 0);
    const pid_t child = fork();
    if (child == 0) {
        char path[API_PATH + 64];
        api_world_open(&world);
        path_of("log/shared", path);
        ear.shared = open(path, O_RDONLY);
        ck_assert_int_eq(write(ready[1], &byte, 1), 1);
        ck_assert_int_eq(read(go[0], &byte, 1), 1);
        ear.die = true;
        add_events(1);
        _exit(1); /* it should not have come to this */
    }
    int how = -1;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    api_world_open(&world);
    ck_assert_int_eq(write(go[1], &byte, 1), 1);
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
    ck_assert_msg(ear.lines == 0, "%s", ear.text);
    add_events(1);
    assert_heard(OMNI_LOG_WARNING, "a process died while it wrote to the log");
    ck_assert_uint_eq(api_stats(world.store).events, 4);
}
END_TEST

START_TEST(a_refused_log_that_was_cut_is_told)
{
    make_store();
    spoil("refused.log", 21);
    api_world_open(&world);
    assert_heard(OMNI_LOG_WARNING, "refused log: 21 bytes at offset ");
    ck_assert_uint_eq(api_stats(world.store).refused, 1);
}
END_TEST

START_TEST(a_refused_log_without_its_header_is_told)
{
    char path[API_PATH + 64];
    make_store();
    path_of("refused.log", path);
    ck_assert_int_eq(truncate(path, 10), 0);
    api_world_open(&world);
    assert_heard(OMNI_LOG_WARNING, "refused log: its header");
}
END_TEST

START_TEST(what_a_killed_creation_left_is_told)
{
    char path[API_PATH + 64];
    snprintf(path, sizeof(path), "%s.new-0123456789abcdef", world.path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s.new-0123456789abcdef/store", world.path);
    api_write_file(path, "half", 4);
    api_world_open(&world);
    assert_heard(OMNI_LOG_INFO, "1 killed creations of it had left");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(what_a_killed_check_left_is_told)
{
    char path[API_PATH + 64];
    make_store();
    path_of("check-0123456789abcdef", path);
    api_write_file(path, "half", 4);
    api_world_open(&world);
    assert_heard(OMNI_LOG_INFO, "1 files that a killed check had left");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_copy_that_becomes_a_replica_is_told)
{
    char copy[API_PATH];
    make_store();
    api_world_path(&world, "copy", copy);
    api_copy(world.path, copy);
    memcpy(world.path, copy, sizeof(copy));
    api_world_open(&world);
    assert_heard(OMNI_LOG_WARNING, "it becomes a new replica");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("messages");
    TCase *tests = tcase_create("messages");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_store_in_order_says_nothing);
    tcase_add_test(tests, a_torn_tail_is_told_with_its_bytes);
    tcase_add_test(tests, a_segment_that_was_never_finished_is_told);
    tcase_add_test(tests, tables_that_were_missing_are_told);
    tcase_add_test(tests, tables_by_other_rules_are_told);
    tcase_add_test(tests, tables_that_were_behind_are_told);
    tcase_add_test(tests, a_map_that_is_smaller_than_asked_for_is_told);
    tcase_add_test(tests, the_turn_of_a_process_that_died_writing_is_told);
    tcase_add_test(tests, a_refused_log_that_was_cut_is_told);
    tcase_add_test(tests, a_refused_log_without_its_header_is_told);
    tcase_add_test(tests, what_a_killed_creation_left_is_told);
    tcase_add_test(tests, what_a_killed_check_left_is_told);
    tcase_add_test(tests, a_copy_that_becomes_a_replica_is_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
