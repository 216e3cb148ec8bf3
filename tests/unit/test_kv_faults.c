/*
   The ordered table when something breaks: memory that runs out, disks that
   fill up or fail. Writes and syncs of the whole
   program go through this file, LMDB's too, so that it can refuse them.
*/
#include "support/kv_fixture.h"
#include "support/raw_calls.h"

#include <errno.h>
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
static unsigned file_syncs;
static unsigned directory_syncs; /* after one of a file */

static bool
is_due(fault kind)
{
    if (fault_kind != kind) {
        return false;
    }
    errno = fault_errno;
    return true;
}

/* Which name is called depends on how the caller was compiled. */
ssize_t
faulty_pwrite(int fd, const void *bytes, size_t size,
              short_offset offset) __asm__("pwrite");
ssize_t
faulty_pwrite64(int fd, const void *bytes, size_t size,
                off_t offset) __asm__("pwrite64");

ssize_t
faulty_pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    if (is_due(FAIL_WRITE)) {
        return -1;
    }
    size = fault_kind == SHORT_WRITE ? size / 2 : size;
    return raw_pwrite(fd, bytes, size, offset);
}

ssize_t
faulty_pwrite(int fd, const void *bytes, size_t size, short_offset offset)
{
    return faulty_pwrite64(fd, bytes, size, offset);
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
fsync(int fd)
{
    struct stat status;
    const bool directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    file_syncs += directory ? 0 : 1;
    directory_syncs += directory && file_syncs != 0 ? 1 : 0;
    return (int)syscall(SYS_fsync, fd);
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

/* ---- faults while making the file ---- */

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

START_TEST(creation_syncs_the_file_and_then_its_directory)
{
    kv_fixture_close(&f);
    ck_assert_int_eq(unlink(f.path), 0);
    file_syncs = 0;
    directory_syncs = 0;
    kv_fixture_must_open(&f);
    ck_assert_uint_ge(file_syncs, 1);
    ck_assert_uint_eq(directory_syncs, 1);
}
END_TEST

/* ---- faults while flushing ---- */

START_TEST(failed_sync_poisons_until_reopened)
{
    kv_put_rows(f.kv, 300, 1);
    kv_flush(f.kv);
    kv_put_rows(f.kv, 300, 2);
    fault_errno = EIO;
    fault_kind = FAIL_SYNC;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    fault_kind = NO_FAULT;
    const unsigned before = syncs;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    ck_assert_uint_eq(syncs, before);
    kv_check_rows(f.kv, 300, 2);
    kv_check_published(f.kv, "row000300", NULL);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 300, 1);
    kv_put_rows(f.kv, 300, 2);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 300, 2);
}
END_TEST

START_TEST(full_disk_is_told_and_nothing_is_lost)
{
    kv_put_rows(f.kv, 300, 1);
    kv_flush(f.kv);
    kv_put_rows(f.kv, 300, 2);
    fault_errno = ENOSPC;
    fault_kind = FAIL_WRITE;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    fault_kind = NO_FAULT;
    kv_check_rows(f.kv, 300, 2);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 300, 2);
}
END_TEST

START_TEST(short_write_on_a_disk_with_room_is_a_fault)
{
    kv_put_rows(f.kv, 300, 1);
    kv_flush(f.kv);
    kv_put_rows(f.kv, 300, 2);
    fault_kind = SHORT_WRITE;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    fault_kind = NO_FAULT;
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_IO);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 300, 1);
}
END_TEST

START_TEST(full_map_is_told_and_nothing_is_lost)
{
    kv_put_rows(f.kv, 100, 1);
    kv_flush(f.kv);
    kv_fixture_close(&f);
    f.options.map_bytes = 200000;
    kv_fixture_must_open(&f);
    kv_put_rows(f.kv, 2000, 2);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    kv_check_rows(f.kv, 2000, 2);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    f.options.map_bytes = 0;
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 100, 1);
    kv_put_rows(f.kv, 2000, 2);
    kv_flush(f.kv);
}
END_TEST

/* A file system of one megabyte, where this program may mount one. */
START_TEST(disk_that_is_full_in_earnest_is_told)
{
    kv_fixture_close(&f);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", f.directory, "tmpfs", 0, "size=1m") != 0) {
        printf("skipped: no right to mount a small file system\n");
        return;
    }
    kv_fixture_must_open(&f);
    kv_put_rows(f.kv, 500, 1);
    kv_flush(f.kv);
    kv_put_rows(f.kv, 8000, 2);
    ck_assert_int_eq(omni__kv_flush(f.kv, &f.error), OMNI_ERR_FULL);
    kv_check_rows(f.kv, 8000, 2);
    ck_assert_int_eq(
        mount("none", f.directory, "tmpfs", MS_REMOUNT, "size=64m"), 0);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 8000, 2);
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

int
main(void)
{
    Suite *suite = suite_create("kv_faults");
    TCase *tcase = tcase_create("faults");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, creation_that_fails_leaves_no_file);
    tcase_add_test(tcase, creation_syncs_the_file_and_then_its_directory);
    tcase_add_test(tcase, failed_sync_poisons_until_reopened);
    tcase_add_test(tcase, full_disk_is_told_and_nothing_is_lost);
    tcase_add_test(tcase, short_write_on_a_disk_with_room_is_a_fault);
    tcase_add_test(tcase, full_map_is_told_and_nothing_is_lost);
    tcase_add_test(tcase, disk_that_is_full_in_earnest_is_told);
    tcase_add_test(tcase, every_allocation_may_fail);
    suite_add_tcase(suite, tcase);
    return kv_run(suite);
}
