/* Opening, options, hooks, forks and copies of a store. */
#include "fold/leftovers.h"
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static api_world world;
static const omni_identifier anna = {"user_id", "anna"};

static void
setup(void)
{
    api_world_make(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

/* A store with an event and a refused record in it, closed. */
static void
make_store(void)
{
    static const char bad[] = "no json\n";
    api_world_open(&world);
    api_track(world.store, "Viewed", "1", API_T0, anna);
    ck_assert_int_eq(omni_event_append_json(world.store, bad, sizeof(bad) - 1,
                                            NULL, &world.error),
                     OMNI_OK);
    api_world_close(&world);
}

/* Open with flags and see it fail, in words that name the path. */
static void
assert_open_fails(uint32_t flags, omni_status wanted)
{
    omni_store_options options = world.options;
    omni_store *store = NULL;
    options.flags = flags;
    const omni_status status =
        omni_store_open(world.path, &options, &store, &world.error);
    ck_assert_msg(status == wanted, "%s: %s", omni_status_name(status),
                  status != OMNI_OK ? world.error.message : "");
    ck_assert_int_eq(world.error.status, wanted);
    ck_assert_str_ne(world.error.message, "");
    ck_assert_ptr_null(store);
}

START_TEST(a_store_is_made_only_where_asked)
{
    assert_open_fails(0, OMNI_NOT_FOUND);
    assert_open_fails(OMNI_STORE_READ_ONLY, OMNI_NOT_FOUND);
    make_store();
    assert_open_fails(OMNI_STORE_CREATE | OMNI_STORE_EXCLUSIVE,
                      OMNI_ERR_CONFLICT);
    world.options.flags = 0;
    api_world_open(&world);
    ck_assert_uint_eq(api_stats(world.store).events, 1);
}
END_TEST

START_TEST(only_a_failure_leaves_words_and_they_name_the_path_as_given)
{
    omni_store *store = NULL;
    char inside[API_PATH];
    api_world_path(&world, "not-there/store", inside);
    world.options.flags = OMNI_STORE_CREATE;
    memset(&world.error, 0, sizeof(world.error));
    ck_assert_int_eq(
        omni_store_open(world.path, &world.options, &store, &world.error),
        OMNI_OK);
    ck_assert_str_eq(world.error.message, "");
    ck_assert_int_eq(omni_store_close(store), OMNI_OK);
    ck_assert_int_eq(
        omni_store_open(inside, &world.options, &store, &world.error),
        OMNI_ERR_IO);
    ck_assert_ptr_nonnull(strstr(world.error.message, "not-there/store: "));
}
END_TEST

/* What a creation that was killed leaves: a directory with some files. */
static void
make_leftover(const char *name, char path[API_PATH])
{
    char inside[API_PATH + 16];
    api_world_path(&world, name, path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(inside, sizeof(inside), "%s/log", path);
    ck_assert_int_eq(mkdir(inside, 0700), 0);
    snprintf(inside, sizeof(inside), "%s/log/header", path);
    api_write_file(inside, "text", 4);
}

START_TEST(creation_clears_away_what_a_killed_one_left)
{
    static const char *const others[] = {
        "store.new-", "store.new-00112233445566", "store.new-0011223344556677x",
        "other.new-0011223344556677", "store.new-001122334455667Z"};
    char left[API_PATH];
    char busy[API_PATH];
    char other[API_PATH];
    int fd;
    make_leftover("store.new-0123456789abcdef", left);
    make_leftover("store.new-fedcba9876543210", busy);
    ck_assert_int_eq(omni__making_claim(busy, &fd), 0);
    for (size_t i = 0; i < 5; ++i) {
        make_leftover(others[i], other);
    }
    make_store();
    ck_assert_int_ne(access(left, F_OK), 0);
    ck_assert_int_eq(access(busy, F_OK), 0);
    for (size_t i = 0; i < 5; ++i) {
        api_world_path(&world, others[i], other);
        ck_assert_int_eq(access(other, F_OK), 0);
    }
    close(fd);
    assert_open_fails(OMNI_STORE_CREATE | OMNI_STORE_EXCLUSIVE,
                      OMNI_ERR_CONFLICT);
    api_remove(world.path);
    make_store();
    ck_assert_int_ne(access(busy, F_OK), 0);
}
END_TEST

START_TEST(what_is_no_store_is_left_as_it_is)
{
    char inside[API_PATH];
    api_bytes before = {NULL, 0, 0};
    api_bytes after = {NULL, 0, 0};
    api_write_file(world.path, "text", 4);
    assert_open_fails(0, OMNI_ERR_NOT_STORE);
    unlink(world.path);
    ck_assert_int_eq(mkdir(world.path, 0700), 0);
    assert_open_fails(0, OMNI_ERR_NOT_STORE);
    api_world_path(&world, "store/notes.txt", inside);
    api_write_file(inside, "text", 4);
    api_read_tree(world.directory, &before);
    assert_open_fails(0, OMNI_ERR_NOT_STORE);
    assert_open_fails(OMNI_STORE_CREATE, OMNI_ERR_CONFLICT);
    api_world_path(&world, "store/store", inside);
    api_read_tree(world.directory, &after);
    ck_assert_uint_eq(before.size, after.size);
    ck_assert_mem_eq(before.data, after.data, after.size);
    api_write_file(inside, "a file of somebody else, of that name", 37);
    assert_open_fails(0, OMNI_ERR_NOT_STORE);
    api_bytes_free(&before);
    api_bytes_free(&after);
}
END_TEST

START_TEST(a_store_file_cut_short_or_changed_is_not_taken)
{
    char path[API_PATH];
    api_bytes file = {NULL, 0, 0};
    make_store();
    api_world_path(&world, "store/store", path);
    api_read_file(path, &file);
    for (size_t size = 0; size < file.size; ++size) {
        api_write_file(path, file.data, size);
        omni_store *store = NULL;
        const omni_status status =
            omni_store_open(world.path, &world.options, &store, &world.error);
        ck_assert_msg(status == OMNI_ERR_NOT_STORE ||
                          status == OMNI_ERR_CORRUPT ||
                          status == OMNI_ERR_CONFLICT,
                      "%zu bytes: %s", size, omni_status_name(status));
    }
    for (size_t at = 12; at < file.size; ++at) {
        file.data[at] = (char)(file.data[at] ^ 0x10);
        api_write_file(path, file.data, file.size);
        assert_open_fails(0, OMNI_ERR_CORRUPT);
        file.data[at] = (char)(file.data[at] ^ 0x10);
    }
    file.data[8] = (char)(file.data[8] + 1);
    api_write_file(path, file.data, file.size);
    assert_open_fails(0, OMNI_ERR_VERSION);
    file.data[8] = (char)(file.data[8] - 1);
    api_write_file(path, file.data, file.size);
    api_world_open(&world);
    ck_assert_uint_eq(api_stats(world.store).events, 1);
    api_bytes_free(&file);
}
END_TEST

START_TEST(options_are_checked)
{
    omni_store *store = NULL;
    omni_store_options options = world.options;
    const omni_hooks hooks = {.size = 1};
    options.size = 8;
    ck_assert_int_eq(omni_store_open(world.path, &options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    options = world.options;
    options.flags = 1u << 20;
    ck_assert_int_eq(omni_store_open(world.path, &options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    options.flags = OMNI_STORE_CREATE | OMNI_STORE_READ_ONLY;
    ck_assert_int_eq(omni_store_open(world.path, &options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    options = world.options;
    options.durability = (omni_durability)4;
    ck_assert_int_eq(omni_store_open(world.path, &options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    options = world.options;
    options.calling_code = 1000;
    ck_assert_int_eq(omni_store_open(world.path, &options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    options = world.options;
    options.hooks = &hooks;
    ck_assert_int_eq(omni_store_open(world.path, &options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_store_open("", &world.options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_store_open(NULL, &world.options, &store, NULL),
                     OMNI_ERR_ARGUMENT);
    ck_assert_ptr_null(store);
    assert_open_fails(0, OMNI_NOT_FOUND);
}
END_TEST

START_TEST(a_store_is_open_once_in_a_process)
{
    char other[API_PATH];
    api_world_open(&world);
    assert_open_fails(0, OMNI_ERR_CONFLICT);
    assert_open_fails(OMNI_STORE_READ_ONLY, OMNI_ERR_CONFLICT);
    api_world_path(&world, "./store/", other);
    omni_store *store = NULL;
    ck_assert_int_eq(omni_store_open(other, &world.options, &store, NULL),
                     OMNI_ERR_CONFLICT);
    api_world_path(&world, "link", other);
    ck_assert_int_eq(symlink(world.path, other), 0);
    ck_assert_int_eq(omni_store_open(other, &world.options, &store, NULL),
                     OMNI_ERR_CONFLICT);
    api_track(world.store, "Viewed", "1", API_T0, anna);
    api_world_close(&world);
    api_world_open(&world);
    ck_assert_uint_eq(api_stats(world.store).events, 1);
}
END_TEST

static int
no_bytes(void *user, const void *bytes, size_t size_bytes)
{
    (void)user;
    (void)bytes;
    (void)size_bytes;
    return 0;
}

static int
no_record(void *user, const omni_refused *refused)
{
    (void)user;
    (void)refused;
    return 0;
}

/* How many of a store's calls do anything but give a conflict. */
static int
use_in_child(omni_store *store)
{
    const omni_event event = {.size = sizeof(event),
                              .name = "Viewed",
                              .id = "2",
                              .time_us = API_T0,
                              .identifiers = &anna,
                              .identifier_count = 1};
    const omni_reason reason = {.text = "x"};
    const omni_identifier other = {"user_id", "bob"};
    omni_txn *txn = NULL;
    omni_digest digest;
    omni_stats stats = {.size = sizeof(stats)};
    const omni_status conflict = OMNI_ERR_CONFLICT;
    int wrong = omni_txn_begin(store, &txn, NULL) != conflict;
    wrong += omni_event_append(store, &event, NULL, NULL) != conflict;
    wrong += omni_event_append_json(store, "x\n", 2, NULL, NULL) != conflict;
    wrong +=
        omni_profile_merge(store, anna, other, &reason, NULL, NULL) != conflict;
    wrong += omni_store_flush(store, NULL) != conflict;
    wrong += omni_store_stats(store, &stats, NULL) != conflict;
    wrong += omni_store_refused(store, no_record, NULL, NULL) != conflict;
    wrong += omni_store_digest(store, &digest, NULL) != conflict;
    wrong += omni_store_dump(store, no_bytes, NULL, NULL) != conflict;
    wrong += omni_store_check(store, 0, NULL, NULL, NULL, NULL) != conflict;
    wrong += omni_store_check(store, OMNI_CHECK_REBUILD, NULL, NULL, NULL,
                              NULL) != conflict;
    return wrong;
}

START_TEST(a_forked_child_has_to_open_for_itself)
{
    api_world_open(&world);
    api_track(world.store, "Viewed", "1", API_T0, anna);
    const pid_t child = fork();
    if (child == 0) {
        const int wrong = use_in_child(world.store);
        const int closed = omni_store_close(world.store) != OMNI_ERR_CONFLICT;
        omni_store *own = NULL;
        const int opened =
            omni_store_open(world.path, &world.options, &own, NULL) != OMNI_OK;
        const int own_wrong =
            opened || api_count(own, "user_id", "anna", "Viewed") != 1;
        omni_store_close(own);
        _exit(wrong + 20 * closed + 40 * own_wrong);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    api_track(world.store, "Viewed", "3", API_T0, anna);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 2);
    ck_assert_int_ge(omni_store_flush(world.store, NULL), OMNI_OK);
    api_check(world.store);
}
END_TEST

START_TEST(a_copied_store_becomes_another_replica)
{
    char path[API_PATH];
    make_store();
    api_world_path(&world, "copy", path);
    api_copy(world.path, path);
    api_world_open(&world);
    omni_store *copy = NULL;
    const omni_status status =
        omni_store_open(path, &world.options, &copy, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    omni_store *const both[] = {world.store, copy};
    omni_event_result results[2] = {{.size = sizeof(results[0])},
                                    {.size = sizeof(results[0])}};
    for (int i = 0; i < 2; ++i) {
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .id = i == 0 ? "here" : "there",
                                  .time_us = API_T0 + 1,
                                  .identifiers = &anna,
                                  .identifier_count = 1};
        ck_assert_int_eq(
            omni_event_append(both[i], &event, &results[i], &world.error),
            OMNI_OK);
        ck_assert_uint_eq(api_stats(both[i]).events, 2);
        api_check(both[i]);
    }
    api_assert_id(results[0].profile, results[1].profile);
    ck_assert_uint_eq(results[0].fact.sequence, 2);
    ck_assert_uint_eq(results[1].fact.sequence, 1);
    ck_assert_mem_ne(results[0].fact.replica, results[1].fact.replica, 16);
    ck_assert_int_eq(omni_store_close(copy), OMNI_OK);
}
END_TEST

START_TEST(a_read_only_store_sees_all_and_writes_nothing)
{
    api_bytes before = {NULL, 0, 0};
    api_bytes after = {NULL, 0, 0};
    const omni_event event = {.size = sizeof(event),
                              .name = "Viewed",
                              .id = "2",
                              .time_us = API_T0,
                              .identifiers = &anna,
                              .identifier_count = 1};
    char readers[API_PATH];
    make_store();
    /* LMDB notes its readers in a file of their own. */
    api_world_path(&world, "store/tables.mdb-lock", readers);
    unlink(readers);
    api_read_tree(world.path, &before);
    world.options.flags = OMNI_STORE_READ_ONLY;
    api_world_open(&world);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 1);
    ck_assert_uint_eq(api_stats(world.store).refused, 1);
    api_digest(world.store);
    ck_assert_int_eq(omni_event_append(world.store, &event, NULL, NULL),
                     OMNI_ERR_READ_ONLY);
    ck_assert_int_eq(omni_event_append_json(world.store, "x\n", 2, NULL, NULL),
                     OMNI_ERR_READ_ONLY);
    ck_assert_int_eq(omni_store_flush(world.store, NULL), OMNI_ERR_READ_ONLY);
    ck_assert_int_eq(omni_store_check(world.store, OMNI_CHECK_REBUILD, NULL,
                                      NULL, NULL, NULL),
                     OMNI_ERR_READ_ONLY);
    api_world_close(&world);
    unlink(readers);
    api_read_tree(world.path, &after);
    ck_assert_uint_eq(before.size, after.size);
    ck_assert_mem_eq(before.data, after.data, after.size);
    api_bytes_free(&before);
    api_bytes_free(&after);
}
END_TEST

/* Hooks that remember what was asked of them. */
typedef struct hooked {
    int64_t blocks;
    uint64_t allocated;
    uint64_t random;
    uint64_t lines;
    char line[512];
    int64_t now_us;
} hooked;

static void *
count_blocks(void *user, void *block, size_t size_bytes)
{
    hooked *h = user;
    h->blocks +=
        (block == NULL && size_bytes != 0) - (block != NULL && size_bytes == 0);
    h->allocated += size_bytes != 0;
    if (size_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size_bytes);
}

static int64_t
give_time(void *user)
{
    return ((hooked *)user)->now_us;
}

static int
give_random(void *user, void *bytes, size_t size_bytes)
{
    hooked *h = user;
    uint64_t state = ++h->random;
    for (size_t i = 0; i < size_bytes; ++i) {
        ((uint8_t *)bytes)[i] = (uint8_t)api_random(&state);
    }
    return 0;
}

static void
take_line(void *user, omni_log_level level, const char *message)
{
    hooked *h = user;
    (void)level;
    ++h->lines;
    snprintf(h->line, sizeof(h->line), "%s", message);
}

START_TEST(hooks_take_over)
{
    hooked h = {.now_us = API_T0};
    const omni_hooks hooks = {.size = sizeof(hooks),
                              .allocate = count_blocks,
                              .clock = give_time,
                              .random = give_random,
                              .log = take_line,
                              .user = &h};
    char path[API_PATH];
    world.options.hooks = &hooks;
    make_store();
    ck_assert_uint_gt(h.allocated, 0);
    ck_assert_uint_gt(h.random, 0);
    ck_assert_int_eq(h.blocks, 0);
    const uint64_t lines = h.lines;
    api_world_path(&world, "copy", path);
    api_copy(world.path, path);
    memcpy(world.path, path, sizeof(path));
    api_world_open(&world);
    ck_assert_uint_gt(h.lines, lines);
    ck_assert_ptr_nonnull(strstr(h.line, "replica"));
    ck_assert_ptr_null(strchr(h.line, '\n'));
    h.now_us = API_T0 + 7;
    api_track(world.store, "Now", NULL, 0, anna);
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_profile_last_seen(api_get(txn, "user_id", "anna")),
                     API_T0 + 7);
    omni_txn_end(txn);
    api_world_close(&world);
    ck_assert_int_eq(h.blocks, 0);
}
END_TEST

START_TEST(stores_made_with_the_same_random_are_equal)
{
    api_bytes dumps[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    omni_digest digests[2];
    for (int i = 0; i < 2; ++i) {
        hooked h = {.now_us = API_T0};
        const omni_hooks hooks = {.size = sizeof(hooks),
                                  .clock = give_time,
                                  .random = give_random,
                                  .user = &h};
        world.options.hooks = &hooks;
        api_world_path(&world, i == 0 ? "one" : "two", world.path);
        make_store();
        api_world_open(&world);
        api_track(world.store, "Now", NULL, 0, anna);
        api_dump(world.store, &dumps[i]);
        digests[i] = api_digest(world.store);
        api_world_close(&world);
    }
    ck_assert_uint_eq(dumps[0].size, dumps[1].size);
    ck_assert_mem_eq(dumps[0].data, dumps[1].data, dumps[0].size);
    ck_assert_mem_eq(digests[0].state, digests[1].state, 16);
    api_bytes_free(&dumps[0]);
    api_bytes_free(&dumps[1]);
}
END_TEST

/* Ends a dump or a listing. */
static int
stop_bytes(void *user, const void *bytes, size_t size_bytes)
{
    (void)bytes;
    (void)size_bytes;
    ++*(int *)user;
    return 1;
}

static int
stop_check(void *user, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    ++*(int *)user;
    return 1;
}

START_TEST(callbacks_stop_their_calls)
{
    int calls = 0;
    make_store();
    api_world_open(&world);
    ck_assert_int_eq(
        omni_store_dump(world.store, stop_bytes, &calls, &world.error),
        OMNI_ERR_IO);
    ck_assert_int_eq(calls, 1);
    calls = 0;
    const omni_status status = omni_store_check(world.store, 0, stop_check,
                                                &calls, NULL, &world.error);
    ck_assert(calls == 0 ? status == OMNI_OK : status < 0);
    ck_assert_int_le(calls, 1);
    api_check(world.store);
}
END_TEST

START_TEST(closing_nothing_is_fine)
{
    ck_assert_int_eq(omni_store_close(NULL), OMNI_OK);
    omni_txn_end(NULL);
    omni_batch_free(NULL);
    omni_import_free(NULL);
}
END_TEST

int
main(void)
{
    const TTest *const all[] = {
        a_store_is_made_only_where_asked,
        only_a_failure_leaves_words_and_they_name_the_path_as_given,
        creation_clears_away_what_a_killed_one_left,
        what_is_no_store_is_left_as_it_is,
        a_store_file_cut_short_or_changed_is_not_taken,
        options_are_checked,
        a_store_is_open_once_in_a_process,
        a_forked_child_has_to_open_for_itself,
        a_copied_store_becomes_another_replica,
        a_read_only_store_sees_all_and_writes_nothing,
        hooks_take_over,
        stores_made_with_the_same_random_are_equal,
        callbacks_stop_their_calls,
        closing_nothing_is_fine};
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_add_checked_fixture(tests, setup, teardown);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        tcase_add_test(tests, all[i]);
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
