/*
   Files that the ordered table must not trust, must not change, or must keep
   as LMDB and the next to open it expect them.
*/
#include "storage/database.h"
#include "support/kv_fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static kv_fixture f;

static void
setup(void)
{
    kv_fixture_begin(&f);
    kv_fixture_must_open(&f);
}

static void
teardown(void)
{
    kv_fixture_end(&f);
}

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
    kv_put_rows(f.kv, 300, 1);
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
    kv_check_rows(f.kv, 300, 1);
    free(bytes);
}
END_TEST

START_TEST(empty_file_is_made_anew)
{
    kv_put_rows(f.kv, 10, 1);
    kv_flush(f.kv);
    kv_fixture_close(&f);
    write_file("", 0);
    kv_fixture_must_open(&f);
    kv_check(f.kv, "row000001", NULL);
    kv_put_rows(f.kv, 10, 1);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 10, 1);
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
    kv_put_rows(f.kv, 300, 1);
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
    kv_put_rows(f.kv, 10, 1);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    kv_check_rows(f.kv, 10, 1);
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
    kv_put_rows(f.kv, 3000, 1);
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
    kv_put_rows(f.kv, 3000, 11);
    kv_flush(f.kv);
    kv_check_rows(f.kv, 3000, 11);
}
END_TEST

/* Bytes of address space that this program uses. */
static rlim_t
address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

START_TEST(little_address_space_gets_a_smaller_map)
{
    kv_fixture_close(&f);
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = address_space() + (rlim_t)(400u << 20);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    kv_fixture_must_open(&f);
    kv_put_rows(f.kv, 3000, 1);
    kv_flush(f.kv);
    kv_check_rows(f.kv, 3000, 1);
}
END_TEST

START_TEST(read_only_reads_and_does_not_flush)
{
    kv_put(f.kv, "d", "d");
    kv_put(f.kv, "f", "f");
    omni__kv_publish(f.kv, 2);
    kv_flush(f.kv);
    kv_fixture_close(&f);
    f.options.read_only = true;
    kv_fixture_must_open(&f);
    kv_check_published(f.kv, "d", "d");
    kv_put(f.kv, "d", "in memory");
    omni__kv_publish(f.kv, 3);
    kv_check_published(f.kv, "d", "in memory");
    ck_assert_int_eq(omni__kv_flush(f.kv, NULL), OMNI_ERR_READ_ONLY);
    ck_assert_int_eq(omni__kv_clear(f.kv, NULL), OMNI_ERR_READ_ONLY);
    kv_check_published(f.kv, "f", "f");
    kv_fixture_reopen(&f);
    kv_check_published(f.kv, "d", "d");
}
END_TEST

START_TEST(read_only_makes_no_file)
{
    kv_fixture_close(&f);
    ck_assert_int_eq(unlink(f.path), 0);
    f.options.read_only = true;
    kv_fixture_must_open(&f);
    kv_put(f.kv, "a", "1");
    omni__kv_publish(f.kv, 1);
    kv_check_published(f.kv, "a", "1");
    ck_assert_int_eq(omni__kv_flush(f.kv, NULL), OMNI_ERR_READ_ONLY);
    ck_assert_int_ne(access(f.path, F_OK), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kv_files");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, truncated_file_is_an_error);
    tcase_add_test(tcase, empty_file_is_made_anew);
    tcase_add_test(tcase, damaged_meta_page_is_an_error);
    tcase_add_test(tcase, file_of_something_else_is_an_error);
    tcase_add_test(tcase, lmdb_file_of_others_is_an_error);
    tcase_add_test(tcase, remains_of_an_interrupted_creation_do_not_matter);
    tcase_add_test(tcase, little_address_space_gets_a_smaller_map);
    tcase_add_test(tcase, descriptors_are_closed_on_exec);
    tcase_add_test(tcase, flush_keeps_the_file_as_long_as_it_says);
    tcase_add_test(tcase, read_only_reads_and_does_not_flush);
    tcase_add_test(tcase, read_only_makes_no_file);
    suite_add_tcase(suite, tcase);
    return kv_run(suite);
}
