/* The refused log: what was put in is listed, whatever happened meanwhile. */
#include "log/refused.h"

#include "codec/varint.h"
#include "log/frame.h"
#include "support/file_faults.h"
#include "support/log_world.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static log_world world;
static char path[LOG_WORLD_PATH + 64];
static omni__refused_log *refused;
static omni_error error;

static void
open_refused(bool read_only)
{
    ck_assert_msg(omni__refused_open(path, &world.hooks, read_only, &refused,
                                     &error) == OMNI_OK,
                  "%s", error.message);
}

static void
close_refused(void)
{
    omni__refused_close(refused);
    refused = NULL;
}

static void
setup(void)
{
    file_faults_clear();
    log_world_make(&world);
    log_world_path(&world, "refused", path);
    open_refused(false);
}

static void
teardown(void)
{
    file_faults_clear();
    close_refused();
    log_world_remove(&world);
}

/* Encode a record that is made of its number. */
static void
encode(uint64_t number, omni__buffer *out)
{
    char source[32];
    char reason[64];
    char record[600];
    snprintf(source, sizeof(source), "source %llu", (unsigned long long)number);
    snprintf(reason, sizeof(reason), "reason of %llu",
             (unsigned long long)number);
    memset(record, 'a' + (int)(number % 26), sizeof(record));
    const omni_refused made = {.code = (int32_t)(number % 7) - 3,
                               .time_us = (int64_t)number * 1000 - 5000,
                               .line = number,
                               .source = source,
                               .reason = reason,
                               .record = record,
                               .record_bytes = (size_t)(number % 600)};
    omni__refused_encode(&made, out);
}

static omni_status
append(omni__refused_log *log, uint64_t first, uint64_t count, bool durable)
{
    omni__buffer records;
    omni__buffer_init(&records, &omni__alloc_default);
    for (uint64_t i = 0; i < count; ++i) {
        encode(first + i, &records);
    }
    const omni_status status = omni__refused_append(
        log, omni__buffer_bytes(&records), durable, &error);
    omni__buffer_free(&records);
    return status;
}

/* What a listing met. */
typedef struct listing {
    uint64_t count;
    uint64_t stop_after;
    uint64_t sum;
    uint64_t last;
    bool wrong;
    bool ordered;
} listing;

static int
meet(void *user, const omni_refused *got)
{
    listing *list = user;
    const uint64_t number = got->line;
    char text[64];
    snprintf(text, sizeof(text), "source %llu", (unsigned long long)number);
    list->wrong |= strcmp(got->source, text) != 0;
    snprintf(text, sizeof(text), "reason of %llu", (unsigned long long)number);
    list->wrong |= strcmp(got->reason, text) != 0;
    list->wrong |= got->code != (int32_t)(number % 7) - 3;
    list->wrong |= got->time_us != (int64_t)number * 1000 - 5000;
    const uint64_t size = number % 600 < 512 ? number % 600 : 512;
    list->wrong |= got->record_bytes != size;
    list->wrong |= strlen(got->record) != size;
    list->ordered &= number > list->last || list->count == 0;
    list->last = number;
    list->sum += number;
    ++list->count;
    return list->count == list->stop_after;
}

static listing
list_all(void)
{
    listing list = {.ordered = true};
    ck_assert_msg(omni__refused_each(refused, meet, &list, &error) == OMNI_OK,
                  "%s", error.message);
    ck_assert(!list.wrong);
    return list;
}

START_TEST(records_come_back_oldest_first)
{
    ck_assert_uint_eq(list_all().count, 0);
    ck_assert_int_eq(append(refused, 0, 1, true), OMNI_OK);
    ck_assert_int_eq(append(refused, 1, 700, false), OMNI_OK);
    ck_assert_int_eq(append(refused, 701, 2, true), OMNI_OK);
    ck_assert_int_eq(append(refused, 0, 0, true), OMNI_OK);
    const listing list = list_all();
    ck_assert_uint_eq(list.count, 703);
    ck_assert(list.ordered);
    close_refused();
    open_refused(false);
    ck_assert_uint_eq(list_all().count, 703);
    listing some = {.stop_after = 5};
    ck_assert_int_eq(omni__refused_each(refused, meet, &some, NULL), OMNI_OK);
    ck_assert_uint_eq(some.count, 5);
}
END_TEST

static int
expect_empty(void *user, const omni_refused *got)
{
    bool *empty = user;
    *empty = got->code == -9 && got->line == 0 && got->source[0] == 0 &&
             got->reason[0] == 0 && got->record[0] == 0 &&
             got->record_bytes == 0;
    return 0;
}

START_TEST(missing_text_is_empty)
{
    omni__buffer bytes;
    omni__buffer_init(&bytes, &omni__alloc_default);
    const omni_refused made = {.code = -9};
    omni__refused_encode(&made, &bytes);
    ck_assert_int_eq(
        omni__refused_append(refused, omni__buffer_bytes(&bytes), true, &error),
        OMNI_OK);
    omni__buffer_free(&bytes);
    bool empty = false;
    ck_assert_int_eq(omni__refused_each(refused, expect_empty, &empty, NULL),
                     OMNI_OK);
    ck_assert(empty);
}
END_TEST

START_TEST(reader_needs_no_file_and_writes_none)
{
    close_refused();
    ck_assert_int_eq(unlink(path), 0);
    open_refused(true);
    ck_assert_uint_eq(list_all().count, 0);
    ck_assert_uint_eq(omni__refused_file_bytes(refused), 0);
    ck_assert_int_eq(append(refused, 1, 1, true), OMNI_ERR_READ_ONLY);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* Ten appends, all but the first three unsynced; the file, closed. */
static uint8_t *
make_file(size_t *size, size_t ends[10])
{
    for (uint64_t i = 0; i < 10; ++i) {
        ck_assert_int_eq(append(refused, i, 1, i < 3), OMNI_OK);
        ends[i] = (size_t)omni__refused_file_bytes(refused);
    }
    close_refused();
    return log_world_read_file(&world, "refused", size);
}

START_TEST(torn_tail_is_cut)
{
    size_t size;
    size_t ends[10];
    uint8_t *bytes = make_file(&size, ends);
    for (size_t cut = ends[2]; cut <= size; cut += 3) {
        log_world_write_file(&world, "refused", bytes, cut);
        open_refused(false);
        uint64_t whole = 0;
        while (whole < 10 && ends[whole] <= cut) {
            ++whole;
        }
        ck_assert_uint_eq(list_all().count, whole);
        ck_assert_int_eq(append(refused, 50, 1, true), OMNI_OK);
        ck_assert_uint_eq(list_all().count, whole + 1);
        close_refused();
    }
    /* A hole in what was not synced goes with all that is behind it. */
    for (size_t i = ends[4]; i < ends[5]; ++i) {
        bytes[i] ^= 0x22;
        log_world_write_file(&world, "refused", bytes, size);
        bytes[i] ^= 0x22;
        open_refused(true);
        ck_assert_uint_eq(list_all().count, 5);
        close_refused();
        open_refused(false);
        ck_assert_uint_eq(list_all().count, 5);
        close_refused();
    }
    free(bytes);
    open_refused(false);
}
END_TEST

START_TEST(bad_byte_before_a_durable_record_is_corruption)
{
    size_t size;
    size_t ends[10];
    uint8_t *bytes = make_file(&size, ends);
    for (size_t i = 0; i < ends[1]; ++i) {
        bytes[i] ^= 0x22;
        log_world_write_file(&world, "refused", bytes, size);
        bytes[i] ^= 0x22;
        ck_assert_msg(omni__refused_open(path, &world.hooks, false, &refused,
                                         &error) == OMNI_ERR_CORRUPT,
                      "byte %zu", i);
        open_refused(true);
        listing list = {0};
        ck_assert_int_eq(omni__refused_each(refused, meet, &list, &error),
                         OMNI_ERR_CORRUPT);
        close_refused();
    }
    log_world_write_file(&world, "refused", bytes, size);
    free(bytes);
    open_refused(false);
}
END_TEST

START_TEST(unfinished_file_is_made_again)
{
    close_refused();
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, "refused", &size);
    for (size_t cut = 0; cut < size; ++cut) {
        log_world_write_file(&world, "refused", bytes, cut);
        open_refused(true);
        ck_assert_uint_eq(list_all().count, 0);
        close_refused();
        open_refused(false);
        ck_assert_uint_eq(list_all().count, 0);
        close_refused();
    }
    free(bytes);
    open_refused(false);
}
END_TEST

START_TEST(failing_medium_leaves_whole_records)
{
    for (long moment = 1;; ++moment) {
        faults.kinds = FAULT_WRITE;
        faults.system = ENOSPC;
        faults.half = true;
        faults.fail_at = moment;
        faults.fail_count = 1;
        uint64_t taken = 0;
        for (uint64_t i = 0; i < 6; ++i) {
            const omni_status status = append(refused, i, 3, i % 2 == 0);
            ck_assert(status == OMNI_OK || status == OMNI_ERR_FULL);
            taken += status == OMNI_OK ? 3 : 0;
        }
        const bool reached = atomic_load(&faults.calls) >= moment;
        file_faults_clear();
        ck_assert_uint_eq(taken, reached ? 15 : 18);
        ck_assert_uint_eq(list_all().count, taken);
        teardown();
        setup();
        if (!reached) {
            break;
        }
    }
}
END_TEST

static void *
append_many(void *user)
{
    const uint64_t first = *(const uint64_t *)user;
    for (uint64_t i = 0; i < 60; ++i) {
        if (append(refused, first + i, 1, i % 4 == 0) != OMNI_OK) {
            return user;
        }
    }
    return NULL;
}

START_TEST(threads_and_processes_append_to_one_file)
{
    fflush(NULL);
    pid_t children[2];
    for (uint64_t i = 0; i < 2; ++i) {
        children[i] = fork();
        if (children[i] == 0) {
            omni__refused_log *own;
            if (omni__refused_open(path, &world.hooks, false, &own, NULL) !=
                OMNI_OK) {
                _exit(1);
            }
            omni_status status = OMNI_OK;
            for (uint64_t k = 0; k < 60 && status == OMNI_OK; ++k) {
                status = append(own, 1000 * (i + 1) + k, 1, k % 3 == 0);
            }
            omni__refused_close(own);
            _exit(status == OMNI_OK ? 0 : 2);
        }
    }
    pthread_t threads[3];
    uint64_t firsts[3] = {0, 100, 200};
    for (size_t i = 0; i < 3; ++i) {
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, append_many, &firsts[i]), 0);
    }
    for (size_t i = 0; i < 3; ++i) {
        void *bad;
        pthread_join(threads[i], &bad);
        ck_assert_ptr_null(bad);
    }
    for (size_t i = 0; i < 2; ++i) {
        int how = 0;
        waitpid(children[i], &how, 0);
        ck_assert_int_eq(how, 0);
    }
    const listing list = list_all();
    ck_assert_uint_eq(list.count, 5 * 60);
    ck_assert_uint_eq(list.sum, 5 * (59 * 60 / 2) + 60 * (300 + 3000));
}
END_TEST

START_TEST(append_cuts_what_a_killed_one_left)
{
    ck_assert_int_eq(append(refused, 0, 1, true), OMNI_OK);
    size_t size;
    uint8_t *bytes = log_world_read_file(&world, "refused", &size);
    uint8_t *longer = malloc(size + 33);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, bytes, size);
    memcpy(longer + size, bytes + 64, 33);
    /* In place: the handle stays open. */
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(longer, 1, size + 33, file), size + 33);
    fclose(file);
    free(longer);
    free(bytes);
    ck_assert_uint_eq(list_all().count, 1);
    ck_assert_int_eq(append(refused, 1, 1, true), OMNI_OK);
    ck_assert_uint_eq(list_all().count, 2);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("refused");
    TCase *tcase = tcase_create("refused log");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, records_come_back_oldest_first);
    tcase_add_test(tcase, missing_text_is_empty);
    tcase_add_test(tcase, reader_needs_no_file_and_writes_none);
    tcase_add_test(tcase, torn_tail_is_cut);
    tcase_add_test(tcase, bad_byte_before_a_durable_record_is_corruption);
    tcase_add_test(tcase, unfinished_file_is_made_again);
    tcase_add_test(tcase, failing_medium_leaves_whole_records);
    tcase_add_test(tcase, threads_and_processes_append_to_one_file);
    tcase_add_test(tcase, append_cuts_what_a_killed_one_left);
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
