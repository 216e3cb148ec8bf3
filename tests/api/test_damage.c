/* Files that were deleted, cut short or changed, and disks that are full. */
#include "support/api_world.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS 4

static api_world world;
static char kept[API_PATH];   /* a whole store, to copy from */
static char tables[API_PATH]; /* files of the store */
static char segment[API_PATH];
static size_t ends[GROUPS]; /* of the segment after each event */
static omni_digest whole;

static void
append_one(int number)
{
    char id[32];
    snprintf(id, sizeof(id), "event-%d", number);
    api_track(world.store, "Viewed", id, API_T0 + number,
              API_NAME("user_id", number % 2 == 0 ? "anna" : "bob"));
}

static size_t
size_of(const char *path)
{
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    return (size_t)info.st_size;
}

/* The first segment of the log. */
static void
find_segment(void)
{
    char log[API_PATH];
    struct dirent **names = NULL;
    api_world_path(&world, "store/log", log);
    const int count = scandir(log, &names, NULL, alphasort);
    segment[0] = '\0';
    for (int i = 0; i < count; ++i) {
        if (segment[0] == '\0' && strstr(names[i]->d_name, ".log") != NULL) {
            char name[300];
            snprintf(name, sizeof(name), "store/log/%.255s", names[i]->d_name);
            api_world_path(&world, name, segment);
        }
        free(names[i]);
    }
    free(names);
    ck_assert_str_ne(segment, "");
}

static void
setup(void)
{
    api_world_make(&world);
    api_world_path(&world, "kept", kept);
    api_world_path(&world, "store/tables.mdb", tables);
    for (int i = 0; i < GROUPS; ++i) {
        api_world_open(&world);
        append_one(i);
        whole = api_digest(world.store);
        api_world_close(&world);
        find_segment();
        ends[i] = size_of(segment);
    }
    ck_assert_uint_lt(ends[GROUPS - 2], ends[GROUPS - 1]);
    ck_assert_int_eq(rename(world.path, kept), 0);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

/* The whole store again; the copy is a replica of its own from its opening. */
static void
restore(bool with_tables)
{
    api_remove(world.path);
    api_copy(kept, world.path);
    if (!with_tables) {
        unlink(tables);
    }
}

static omni_status
try_open(void)
{
    world.store = NULL;
    world.error = (omni_error){.message = ""};
    return omni_store_open(world.path, &world.options, &world.store,
                           &world.error);
}

static void
assert_whole(void)
{
    const omni_digest digest = api_digest(world.store);
    ck_assert_mem_eq(digest.state, whole.state, sizeof(whole.state));
    ck_assert_mem_eq(digest.facts, whole.facts, sizeof(whole.facts));
    ck_assert_uint_eq(api_stats(world.store).events, GROUPS);
    api_check(world.store);
}

START_TEST(deleted_tables_are_made_again)
{
    restore(false);
    api_world_open(&world);
    assert_whole();
    ck_assert_int_eq(omni_store_check(world.store, OMNI_CHECK_REBUILD, NULL,
                                      NULL, NULL, &world.error),
                     OMNI_OK);
    assert_whole();
}
END_TEST

/* Tables with other bytes: opened all the same, or a fault that says how to
   go on; and that way is right. */
static void
assert_tables_replaceable(const void *bytes, size_t size_bytes,
                          const char *what)
{
    restore(true);
    api_write_file(tables, bytes, size_bytes);
    const omni_status status = try_open();
    if (status != OMNI_OK) {
        ck_assert_msg(status == OMNI_ERR_CORRUPT || status == OMNI_ERR_VERSION,
                      "%s: %s", what, world.error.message);
        ck_assert_msg(strstr(world.error.message, "tables.mdb") != NULL &&
                          strstr(world.error.message, "delete") != NULL,
                      "%s: %s", what, world.error.message);
        ck_assert_ptr_null(world.store);
        unlink(tables);
        api_world_open(&world);
    }
    assert_whole();
    api_world_close(&world);
}

START_TEST(damaged_tables_are_remade_or_named_with_the_remedy)
{
    static const size_t sizes[] = {0, 1, 100, 4095, 4096, 5000, 8192, 9000};
    api_bytes file = {NULL, 0, 0};
    uint64_t state = 1;
    char path[API_PATH];
    api_world_path(&world, "kept/tables.mdb", path);
    api_read_file(path, &file);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); ++i) {
        if (sizes[i] < file.size) {
            assert_tables_replaceable(file.data, sizes[i], "cut short");
        }
    }
    for (size_t i = 0; i < file.size; ++i) {
        file.data[i] = (char)api_random(&state);
    }
    assert_tables_replaceable(file.data, file.size, "junk");
    memset(file.data, 0, file.size);
    assert_tables_replaceable(file.data, file.size, "zeroes");
    assert_tables_replaceable("text", 4, "text");
    api_bytes_free(&file);
}
END_TEST

START_TEST(a_changed_byte_of_the_log_is_found)
{
    api_bytes file = {NULL, 0, 0};
    restore(true);
    api_read_file(segment, &file);
    for (size_t at = 0; at < file.size; ++at) {
        restore(false);
        file.data[at] = (char)(file.data[at] ^ 0x40);
        api_write_file(segment, file.data, file.size);
        file.data[at] = (char)(file.data[at] ^ 0x40);
        const omni_status status = try_open();
        ck_assert_msg(status < 0 || at >= ends[GROUPS - 2],
                      "byte %zu of %zu: nothing was said", at, file.size);
        if (status == OMNI_OK) {
            ck_assert_uint_ge(api_stats(world.store).events, GROUPS - 1);
            api_check(world.store);
            api_world_close(&world);
        } else {
            ck_assert_msg(status == OMNI_ERR_CORRUPT ||
                              status == OMNI_ERR_VERSION,
                          "byte %zu: %s", at, world.error.message);
            ck_assert_str_ne(world.error.message, "");
        }
    }
    api_bytes_free(&file);
}
END_TEST

START_TEST(a_changed_byte_of_the_log_is_found_by_a_check)
{
    api_bytes file = {NULL, 0, 0};
    restore(true);
    api_read_file(segment, &file);
    const size_t at = (ends[0] + ends[1]) / 2;
    file.data[at] = (char)(file.data[at] ^ 1);
    api_write_file(segment, file.data, file.size);
    if (try_open() == OMNI_OK) {
        ck_assert_int_eq(
            omni_store_check(world.store, 0, NULL, NULL, NULL, &world.error),
            OMNI_ERR_CORRUPT);
        ck_assert_int_eq(omni_store_check(world.store, OMNI_CHECK_REBUILD, NULL,
                                          NULL, NULL, &world.error),
                         OMNI_ERR_CORRUPT);
    } else {
        ck_assert_int_eq(world.error.status, OMNI_ERR_CORRUPT);
    }
    api_bytes_free(&file);
}
END_TEST

/* Cut the log at every length, with and without tables. */
START_TEST(a_log_cut_short_loses_no_more_than_was_cut)
{
    api_bytes file = {NULL, 0, 0};
    restore(true);
    api_read_file(segment, &file);
    for (size_t size = 0; size < file.size; size += 1 + size % 3) {
        restore(_i != 0);
        api_write_file(segment, file.data, size);
        const omni_status status = try_open();
        if (status != OMNI_OK) {
            ck_assert_msg(status == OMNI_ERR_CORRUPT, "%zu bytes: %s", size,
                          world.error.message);
            continue;
        }
        uint64_t left = 0;
        while (left < GROUPS && ends[left] <= size) {
            ++left;
        }
        ck_assert_uint_eq(api_stats(world.store).events, left);
        append_one(GROUPS);
        ck_assert_uint_eq(api_stats(world.store).events, left + 1);
        api_check(world.store);
        api_world_close(&world);
    }
    api_bytes_free(&file);
}
END_TEST

/* ---- a full disk ---- */

static char disk[API_PATH];
static char ballast[API_PATH];

/* Events until the disk is full; how many were acknowledged. */
static uint64_t
append_until_full(omni_status *status)
{
    uint64_t taken = 0;
    char properties[4096];
    memset(properties, 'x', sizeof(properties));
    memcpy(properties, "{\"a\":\"", 6);
    memcpy(properties + sizeof(properties) - 3, "\"}", 3);
    const omni_identifier who = API_NAME("user_id", "anna");
    for (*status = OMNI_OK; *status == OMNI_OK && taken < 100000;) {
        char id[32];
        snprintf(id, sizeof(id), "full-%llu", (unsigned long long)taken);
        const omni_event event = {.size = sizeof(event),
                                  .name = "Viewed",
                                  .id = id,
                                  .time_us = API_T0,
                                  .identifiers = &who,
                                  .identifier_count = 1,
                                  .properties_json = properties};
        *status = omni_event_append(world.store, &event, NULL, &world.error);
        taken += *status == OMNI_OK ? 1 : 0;
    }
    return taken;
}

static void
use_full_disk(void)
{
    omni_status status;
    char filling[1 << 16] = {1};
    api_bytes bytes = {NULL, 0, 0};
    for (int i = 0; i < 48; ++i) {
        api_bytes_add(&bytes, filling, sizeof(filling));
    }
    api_write_file(ballast, bytes.data, bytes.size);
    api_bytes_free(&bytes);
    snprintf(world.path, sizeof(world.path), "%.300s/store", disk);
    world.options.durability = OMNI_DURABILITY_FULL;
    world.options.memory_bytes = 256 * 1024;
    api_world_open(&world);
    const uint64_t taken = append_until_full(&status);
    ck_assert_msg(status == OMNI_ERR_FULL, "%s", world.error.message);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"),
                      taken);
    ck_assert_int_eq(unlink(ballast), 0);
    append_one(2);
    append_one(4);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"),
                      taken + 2);
    api_world_close(&world);
    api_world_open(&world);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"),
                      taken + 2);
    api_world_close(&world);
}

START_TEST(a_full_disk_loses_nothing)
{
    api_world_path(&world, "disk", disk);
    api_world_path(&world, "disk/ballast", ballast);
    ck_assert_int_eq(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=12m") != 0) {
        printf("skipped: a_full_disk_loses_nothing (mount: %s)\n",
               strerror(errno));
        return;
    }
    use_full_disk();
    ck_assert_int_eq(umount2(disk, MNT_DETACH), 0);
}
END_TEST

static void
release_disk(void)
{
    if (disk[0] != '\0') {
        umount2(disk, MNT_DETACH);
    }
    teardown();
}

int
main(void)
{
    Suite *suite = suite_create("damage");
    TCase *tests = tcase_create("damage");
    tcase_add_checked_fixture(tests, setup, release_disk);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, deleted_tables_are_made_again);
    tcase_add_test(tests, damaged_tables_are_remade_or_named_with_the_remedy);
    tcase_add_test(tests, a_changed_byte_of_the_log_is_found);
    tcase_add_test(tests, a_changed_byte_of_the_log_is_found_by_a_check);
    tcase_add_loop_test(tests, a_log_cut_short_loses_no_more_than_was_cut, 0,
                        2);
    tcase_add_test(tests, a_full_disk_loses_nothing);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
