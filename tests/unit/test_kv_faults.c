/*
   The ordered table when something breaks: files that are not whole, memory
   that runs out, disks that fill up or fail. Writes and syncs of the whole
   program go through this file, LMDB's too, so that it can refuse them.
*/
#include "storage/database.h"
#include "support/kv_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static kv_fixture f;

/* ---- system calls that fail ---- */

typedef enum fault { NO_FAULT, FAIL_WRITE, SHORT_WRITE, FAIL_SYNC } fault;

static fault fault_kind;
static int fault_errno;
static unsigned syncs;

static bool
is_due(fault kind)
{
    if (fault_kind != kind) {
        return false;
    }
    errno = fault_errno;
    return true;
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    if (is_due(FAIL_WRITE)) {
        return -1;
    }
    size = fault_kind == SHORT_WRITE ? size / 2 : size;
    return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
    if (is_due(FAIL_WRITE)) {
        return -1;
    }
    count = fault_kind == SHORT_WRITE ? count - 1 : count;
    return syscall(SYS_writev, fd, parts, count);
}

int
fdatasync(int fd)
{
    ++syncs;
    return is_due(FAIL_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

/* ---- an allocator that fails ---- */

static uint64_t allocations;
static uint64_t failing; /* number of the one that fails; 0: none */

static void *
allocate(void *user, void *block, size_t size)
{
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return ++allocations == failing ? NULL : realloc(block, size);
}

static void
setup(void)
{
    kv_fixture_begin(&f);
    const omni_hooks given = {.size = sizeof(given), .allocate = allocate};
    ck_assert_int_eq(omni__hooks_init(&f.hooks, &given), OMNI_OK);
    kv_fixture_must_open(&f);
}

static void
teardown(void)
{
    fault_kind = NO_FAULT;
    kv_fixture_end(&f);
}

/* `count` rows of some 200 bytes, published. */
static void
put_rows(unsigned count, uint64_t position)
{
    char key[32];
    char value[201];
    memset(value, 'v', 200);
    value[200] = '\0';
    for (unsigned i = 0; i < count; ++i) {
        kv_text(value, "at", (unsigned)position);
        value[8] = 'v';
        kv_put(f.kv, kv_text(key, "row", i), value);
    }
    omni__kv_publish(f.kv, position);
}

static void
check_rows(unsigned count, uint64_t position)
{
    for (unsigned i = 0; i < count; ++i) {
        char key[32];
        char wanted[32];
        omni__slice value = {0};
        ck_assert_int_eq(omni__kv_get(f.kv,
                                      omni__slice_text(kv_text(key, "row", i)),
                                      &value),
                         OMNI_OK);
        kv_text(wanted, "at", (unsigned)position);
        ck_assert_uint_eq(value.size, 200);
        ck_assert_mem_eq(value.data, wanted, 8);
    }
}

/* ---- files ---- */

static size_t
read_file(uint8_t **out)
{
    FILE *file = fopen(f.path, "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    const size_t size = (size_t)ftell(file);
    rewind(file);
    *out = malloc(size + 1);
    ck_assert_ptr_nonnull(*out);
    ck_assert_uint_eq(fread(*out, 1, size, file), size);
    fclose(file);
    return size;
}

static void
write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(f.path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

START_TEST(truncated_file_is_an_error)
{
    put_rows(300, 1);
    kv_flush(f.kv);
    kv_fixture_close(&f);
    uint8_t *bytes = NULL;
    const size_t size = read_file(&bytes);
    ck_assert_uint_gt(size, 40000);
    for (size_t cut = 1; cut < size; cut += cut < 9000 ? 101 : 1777) {
        write_file(bytes, cut);
        ck_assert_msg(kv_fixture_open(&f) == OMNI_ERR_CORRUPT,
                      "opened with %zu of %zu bytes", cut, size);
        ck_assert_ptr_nonnull(strstr(f.error.message, "truncated"));
        ck_assert_ptr_null(f.kv);
    }
    write_file(bytes, size - 1);
    ck_assert_int_eq(kv_fixture_open(&f), OMNI_ERR_CORRUPT);
    char wanted[100];
    snprintf(wanted, sizeof(wanted), "truncated: %zu bytes, needs %zu",
             size - 1, size);
    ck_assert_ptr_nonnull(strstr(f.error.message, wanted));
    write_file(bytes, size);
    kv_fixture_must_open(&f);
    check_rows(300, 1);
    free(bytes);
}
END_TEST

START_TEST(empty_file_is_made_anew)
{
    put_rows(10, 1);
    kv_flush(f.kv);
    kv_fixture_close(&f);
    write_file("", 0);
    kv_fixture_must_open(&f);
    kv_check(f.kv, "row000001", NULL);
    put_rows(10, 1);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    check_rows(10, 1);
}
END_TEST

/* Offsets in a meta page, in this machine's sizes. */
#define WORD sizeof(size_t)
#define AT_FLAGS (WORD + 2)
#define AT_MAGIC (WORD + 8)
#define AT_VERSION (WORD + 12)
#define AT_PAGE_SIZE (AT_VERSION + 4 + 2 * WORD)
#define AT_ROOT (AT_PAGE_SIZE + 8 + 5 * WORD + 8 + 4 * WORD)
#define AT_LAST_PAGE (AT_ROOT + WORD)
#define AT_ID (AT_LAST_PAGE + WORD)

static void
check_damage(const uint8_t *whole, size_t size, size_t at, size_t width,
             omni_status wanted)
{
    uint8_t *damaged = malloc(size);
    ck_assert_ptr_nonnull(damaged);
    memcpy(damaged, whole, size);
    for (size_t i = 0; i < width; ++i) {
        damaged[at + i] ^= 0x55;
    }
    write_file(damaged, size);
    free(damaged);
    const omni_status status = kv_fixture_open(&f);
    ck_assert_msg(status == wanted, "damage at %zu: %d: %s", at, (int)status,
                  f.error.message);
}

START_TEST(damaged_meta_page_is_an_error)
{
    put_rows(300, 1);
    kv_flush(f.kv); /* the second commit: it is in page 0 */
    kv_fixture_close(&f);
    uint8_t *bytes = NULL;
    const size_t size = read_file(&bytes);
    uint32_t page = 0;
    memcpy(&page, bytes + AT_PAGE_SIZE, sizeof(page));
    ck_assert_int_eq(omni__database_check(f.path, NULL, &f.error), OMNI_OK);
    for (size_t base = 0; base <= page; base += page) {
        check_damage(bytes, size, base + AT_FLAGS, 2, OMNI_ERR_CORRUPT);
        check_damage(bytes, size, base + AT_MAGIC, 4, OMNI_ERR_CORRUPT);
        check_damage(bytes, size, base + AT_VERSION, 4, OMNI_ERR_VERSION);
        check_damage(bytes, size, base + AT_PAGE_SIZE, 4, OMNI_ERR_CORRUPT);
        check_damage(bytes, size, base + AT_ID, 1, OMNI_ERR_CORRUPT);
        check_damage(bytes, size, base + AT_ID, WORD, OMNI_ERR_CORRUPT);
    }
    check_damage(bytes, size, AT_ROOT, WORD, OMNI_ERR_CORRUPT);
    check_damage(bytes, size, AT_LAST_PAGE, 4, OMNI_ERR_CORRUPT);
    check_damage(bytes, size, AT_LAST_PAGE, WORD, OMNI_ERR_CORRUPT);
    free(bytes);
}
END_TEST

START_TEST(file_of_something_else_is_an_error)
{
    kv_fixture_close(&f);
    uint8_t bytes[20000];
    memset(bytes, 'x', sizeof(bytes));
    write_file(bytes, sizeof(bytes));
    ck_assert_int_eq(kv_fixture_open(&f), OMNI_ERR_CORRUPT);
    write_file("short", 5);
    ck_assert_int_eq(kv_fixture_open(&f), OMNI_ERR_CORRUPT);
    ck_assert_int_eq(unlink(f.path), 0);
    ck_assert_int_eq(mkdir(f.path, 0700), 0);
    ck_assert_int_lt(kv_fixture_open(&f), 0);
    ck_assert_int_eq(rmdir(f.path), 0);
}
END_TEST

START_TEST(lmdb_file_of_others_is_an_error)
{
    kv_fixture_close(&f);
    ck_assert_int_eq(unlink(f.path), 0);
    MDB_env *env = NULL;
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_open(env, f.path, MDB_NOSUBDIR, 0600), 0);
    mdb_env_close(env);
    ck_assert_int_eq(kv_fixture_open(&f), OMNI_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(f.error.message, "libomni"));
}
END_TEST

START_TEST(remains_of_an_interrupted_creation_do_not_matter)
{
    kv_fixture_close(&f);
    char rest[240];
    snprintf(rest, sizeof(rest), "%s-new", f.path);
    ck_assert_int_eq(rename(f.path, rest), 0);
    ck_assert_int_eq(truncate(rest, 5000), 0);
    kv_fixture_must_open(&f);
    ck_assert_int_ne(access(rest, F_OK), 0);
    put_rows(10, 1);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    check_rows(10, 1);
}
END_TEST

START_TEST(creation_that_fails_leaves_no_file)
{
    for (int kind = FAIL_WRITE; kind <= FAIL_SYNC; ++kind) {
        kv_fixture_close(&f);
        unlink(f.path);
        fault_errno = EIO;
        fault_kind = (fault)kind;
        ck_assert_int_lt(kv_fixture_open(&f), 0);
        ck_assert_int_ne(access(f.path, F_OK), 0);
        fault_kind = NO_FAULT;
        kv_fixture_must_open(&f);
    }
}
END_TEST

START_TEST(descriptors_are_closed_on_exec)
{
    DIR *open_files = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(open_files);
    int found = 0;
    for (const struct dirent *e; (e = readdir(open_files)) != NULL;) {
        char name[300] = {0};
        if (readlinkat(dirfd(open_files), e->d_name, name, sizeof(name) - 1) >
                0 &&
            strncmp(name, f.path, strlen(f.path)) == 0) {
            const int flags = fcntl(atoi(e->d_name), F_GETFD);
            ck_assert_msg((flags & FD_CLOEXEC) != 0, "%s", name);
            ++found;
        }
    }
    closedir(open_files);
    ck_assert_int_ge(found, 2);
}
END_TEST

/* LMDB counts free pages at the end of the file that it may never have
   written: here they are cut off while they are free. */
START_TEST(flush_keeps_the_file_as_long_as_it_says)
{
    put_rows(3000, 1);
    kv_flush(f.kv);
    for (unsigned i = 0; i < 3000; ++i) {
        char key[32];
        kv_delete(f.kv, kv_text(key, "row", i));
    }
    for (uint64_t position = 2; position < 10; ++position) {
        omni__kv_publish(f.kv, position); /* what is in use moves forward */
        kv_flush(f.kv);
    }
    const uint64_t size = omni__kv_file_bytes(f.kv);
    ck_assert_int_eq(truncate(f.path, (off_t)(size / 2)), 0);
    ck_assert_int_eq(omni__database_check(f.path, NULL, &f.error),
                     OMNI_ERR_CORRUPT);
    omni__kv_publish(f.kv, 10);
    kv_flush(f.kv);
    ck_assert_int_eq(omni__database_check(f.path, NULL, &f.error), OMNI_OK);
    kv_fixture_reopen(&f);
    put_rows(3000, 11);
    kv_flush(f.kv);
    check_rows(3000, 11);
}
END_TEST

/* ---- faults while flushing ---- */

START_TEST(failed_sync_poisons_until_reopened)
{
    put_rows(300, 1);
    kv_flush(f.kv);
    put_rows(300, 2);
    fault_errno = EIO;
    fault_kind = FAIL_SYNC;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    fault_kind = NO_FAULT;
    const unsigned before = syncs;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    ck_assert_uint_eq(syncs, before);
    check_rows(300, 2);
    kv_check_published(f.kv, "row000300", NULL);
    kv_fixture_reopen(&f);
    check_rows(300, 1);
    put_rows(300, 2);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    check_rows(300, 2);
}
END_TEST

START_TEST(full_disk_is_told_and_nothing_is_lost)
{
    put_rows(300, 1);
    kv_flush(f.kv);
    put_rows(300, 2);
    fault_errno = ENOSPC;
    fault_kind = FAIL_WRITE;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    fault_kind = NO_FAULT;
    check_rows(300, 2);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    check_rows(300, 2);
}
END_TEST

START_TEST(short_write_on_a_disk_with_room_is_a_fault)
{
    put_rows(300, 1);
    kv_flush(f.kv);
    put_rows(300, 2);
    fault_kind = SHORT_WRITE;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    fault_kind = NO_FAULT;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    kv_fixture_reopen(&f);
    check_rows(300, 1);
}
END_TEST

START_TEST(full_map_is_told_and_nothing_is_lost)
{
    put_rows(100, 1);
    kv_flush(f.kv);
    kv_fixture_close(&f);
    f.options.map_bytes = 200000;
    kv_fixture_must_open(&f);
    put_rows(2000, 2);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    check_rows(2000, 2);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    f.options.map_bytes = 0;
    kv_fixture_reopen(&f);
    check_rows(100, 1);
    put_rows(2000, 2);
    kv_flush(f.kv);
}
END_TEST

/* A file system of one megabyte, where this program may mount one. */
START_TEST(disk_that_is_full_in_earnest_is_told)
{
    kv_fixture_close(&f);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", f.directory, "tmpfs", 0, "size=1m") != 0) {
        printf("skipped: no right to mount a small file system\n");
        return;
    }
    kv_fixture_must_open(&f);
    put_rows(500, 1);
    kv_flush(f.kv);
    put_rows(8000, 2);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    check_rows(8000, 2);
    ck_assert_int_eq(
        mount("none", f.directory, "tmpfs", MS_REMOUNT, "size=64m"), 0);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    check_rows(8000, 2);
    kv_fixture_close(&f);
    ck_assert_int_eq(umount2(f.directory, MNT_DETACH), 0);
}
END_TEST

/* ---- memory that runs out ---- */

static omni_status
put_number(unsigned i, const char *value)
{
    char key[32];
    return omni__kv_put(f.kv, omni__slice_text(kv_text(key, "row", i)),
                        omni__slice_text(value));
}

/* New rows, old rows, published; `done` counts what was. */
static omni_status
write_all(uint64_t *done)
{
    for (uint64_t round = 1; round <= 3; ++round) {
        char value[32];
        kv_text(value, "at", (unsigned)round);
        for (unsigned i = 0; i < 150; ++i) {
            const omni_status status = put_number(i, value);
            if (status != OMNI_OK) {
                return status;
            }
        }
        omni__kv_publish(f.kv, round);
        *done = round;
    }
    return OMNI_OK;
}

static omni_status
read_all(uint64_t published)
{
    omni__kv_snapshot *snapshot = NULL;
    omni__kv_cursor *cursor = NULL;
    omni_status status = omni__kv_snapshot_begin(f.kv, &snapshot, &f.error);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_snapshot(snapshot, &cursor);
    if (status == OMNI_OK) {
        unsigned count = 0;
        char wanted[32];
        kv_text(wanted, "at", (unsigned)published);
        status = omni__kv_cursor_seek(cursor, omni__slice_of(NULL, 0));
        for (; status == OMNI_OK; status = omni__kv_cursor_next(cursor)) {
            kv_check_value(OMNI_OK, omni__kv_cursor_value(cursor), wanted);
            ++count;
        }
        ck_assert_int_eq(status, OMNI_END);
        ck_assert_uint_eq(count, published != 0 ? 150 : 0);
        status = OMNI_OK;
    }
    omni__kv_cursor_close(cursor);
    omni__kv_snapshot_end(snapshot);
    return status;
}

static omni_status
use_all(uint64_t *done)
{
    omni_status status = kv_fixture_open(&f);
    if (status == OMNI_OK) {
        status = write_all(done);
    }
    if (status == OMNI_OK) {
        status = read_all(*done);
    }
    if (status == OMNI_OK) {
        status = omni__kv_flush(f.kv, &f.error);
    }
    if (status == OMNI_OK) {
        status = omni__kv_clear(f.kv, &f.error);
        *done = status == OMNI_OK ? 0 : *done;
    }
    return status;
}

START_TEST(every_allocation_may_fail)
{
    omni_status status = OMNI_ERR_NO_MEMORY;
    uint64_t point = 1;
    for (; status != OMNI_OK; ++point) {
        kv_fixture_close(&f);
        unlink(f.path);
        uint64_t done = 0;
        allocations = 0;
        failing = point;
        status = use_all(&done);
        failing = 0;
        ck_assert_msg(status == OMNI_OK || status == OMNI_ERR_NO_MEMORY,
                      "point %llu: %d", (unsigned long long)point, (int)status);
        if (f.kv == NULL) {
            continue;
        }
        omni__kv_discard(f.kv);
        ck_assert_int_eq(read_all(done), OMNI_OK);
        ck_assert_int_eq(write_all(&done), OMNI_OK);
        kv_flush(f.kv);
        kv_fixture_reopen(&f);
        ck_assert_int_eq(read_all(3), OMNI_OK);
    }
    ck_assert_uint_gt(point, 15);
}
END_TEST

static void
add_files(Suite *suite)
{
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, truncated_file_is_an_error);
    tcase_add_test(tcase, empty_file_is_made_anew);
    tcase_add_test(tcase, damaged_meta_page_is_an_error);
    tcase_add_test(tcase, file_of_something_else_is_an_error);
    tcase_add_test(tcase, lmdb_file_of_others_is_an_error);
    tcase_add_test(tcase, remains_of_an_interrupted_creation_do_not_matter);
    tcase_add_test(tcase, creation_that_fails_leaves_no_file);
    tcase_add_test(tcase, descriptors_are_closed_on_exec);
    tcase_add_test(tcase, flush_keeps_the_file_as_long_as_it_says);
    suite_add_tcase(suite, tcase);
}

int
main(void)
{
    Suite *suite = suite_create("kv_faults");
    add_files(suite);
    TCase *tcase = tcase_create("faults");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, failed_sync_poisons_until_reopened);
    tcase_add_test(tcase, full_disk_is_told_and_nothing_is_lost);
    tcase_add_test(tcase, short_write_on_a_disk_with_room_is_a_fault);
    tcase_add_test(tcase, full_map_is_told_and_nothing_is_lost);
    tcase_add_test(tcase, disk_that_is_full_in_earnest_is_told);
    tcase_add_test(tcase, every_allocation_may_fail);
    suite_add_tcase(suite, tcase);
    return kv_run(suite);
}
