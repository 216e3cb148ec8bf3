/* One log under many hands: threads, processes, and processes that die. */
#include "support/file_faults.h"
#include "support/log_world.h"

#include "log/shared.h"
#include "log/ticket.h"
#include "platform/file.h"
#include "platform/lock.h"
#include "support/setting.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define PROCESSES 4

static log_world world;

static void
setup(void)
{
    file_faults_clear();
    log_world_make(&world);
}

static void
teardown(void)
{
    log_world_remove(&world);
}

static uint64_t
commits_each(uint64_t otherwise)
{
    return setting_cases(otherwise);
}

/* A thread's share of the work. */
typedef struct worker {
    pthread_t thread;
    uint64_t first;
    uint64_t count;
    omni_durability durability;
    uint64_t failed;
} worker;

static void *
work(void *user)
{
    worker *mine = user;
    for (uint64_t i = 0; i < mine->count; ++i) {
        omni__log_commit_result result = {0};
        const omni_durability level =
            mine->durability != OMNI_DURABILITY_DEFAULT
                ? mine->durability
                : (omni_durability)(1 + i % 3);
        const omni_status status = log_world_commit(
            world.log, mine->first + i, 1, 60, level, &result, NULL);
        const omni__log_state state = omni__log_state_now(world.log);
        const bool durable =
            level == OMNI_DURABILITY_OFF || state.synced >= result.end;
        mine->failed += status != OMNI_OK || state.end < result.end || !durable;
    }
    return NULL;
}

static _Atomic bool stop_reading;

/* Walk whatever is published, again and again. */
static void *
read_all(void *user)
{
    uint64_t *bad = user;
    do {
        const uint64_t end = omni__log_end(world.log);
        uint64_t position = omni__log_start(world.log);
        while (position < end) {
            omni__log_frame frame;
            omni__slice bytes;
            if (omni__log_read(world.log, position, &frame, NULL) != OMNI_OK ||
                omni__log_bytes(world.log, frame.group_position, &bytes) !=
                    OMNI_OK) {
                ++*bad;
                return NULL;
            }
            position = frame.next;
        }
    } while (!atomic_load(&stop_reading));
    return NULL;
}

static void
check_all(uint64_t numbers)
{
    uint8_t *seen = calloc(1, (size_t)numbers / 8 + 1);
    log_walk walk = {.seen = seen, .limit = numbers};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    ck_assert_uint_eq(walk.facts, numbers);
    ck_assert_uint_eq(walk.repeated, 0);
    for (uint64_t i = 0; i < numbers; ++i) {
        ck_assert_msg((seen[i / 8] >> (i % 8) & 1) != 0, "%llu is lost",
                      (unsigned long long)i);
    }
    free(seen);
}

static long
run_threads(omni_durability durability, uint64_t count)
{
    worker workers[THREADS];
    const long before = atomic_load(&faults.syncs);
    for (uint64_t i = 0; i < THREADS; ++i) {
        workers[i] = (worker){
            .first = i * count, .count = count, .durability = durability};
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (uint64_t i = 0; i < THREADS; ++i) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_uint_eq(workers[i].failed, 0);
    }
    return atomic_load(&faults.syncs) - before;
}

/* A header and whether its writer still works. */
typedef struct board {
    omni__shared shared;
    _Atomic bool stop;
} board;

static void *
publish_all(void *user)
{
    board *all = user;
    static const uint8_t deployment[16];
    for (uint64_t i = 1; !atomic_load(&all->stop); ++i) {
        omni__log_record record = {.segment = i};
        record.end =
            (omni__log_point){.position = i, .next_sequence = i, .hlc = i};
        record.synced = record.end;
        memset(record.replica, (int)(i & 255), sizeof(record.replica));
        omni__shared_publish(&all->shared, deployment, &record);
    }
    return NULL;
}

START_TEST(a_record_is_read_whole_while_others_are_published)
{
    board *all = calloc(1, sizeof(*all));
    ck_assert_ptr_nonnull(all);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, publish_all, all), 0);
    uint64_t last = 0;
    for (uint64_t i = 0; i < 300000; ++i) {
        omni__log_record record;
        omni__shared_read(&all->shared, &record);
        const uint64_t n = record.end.position;
        ck_assert(record.end.next_sequence == n && record.end.hlc == n &&
                  record.synced.position == n && record.segment == n &&
                  record.replica[15] == (n & 255) && n >= last);
        uint64_t end;
        uint64_t segment;
        omni__shared_view(&all->shared, &end, &segment);
        ck_assert(end == segment && end >= n);
        last = end;
    }
    atomic_store(&all->stop, true);
    pthread_join(thread, NULL);
    ck_assert_uint_gt(last, 0);
    free(all);
}
END_TEST

START_TEST(threads_commit_at_every_level_while_others_read)
{
    const uint64_t count = commits_each(60);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    pthread_t readers[2];
    uint64_t bad[2] = {0};
    atomic_store(&stop_reading, false);
    for (size_t i = 0; i < 2; ++i) {
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_all, &bad[i]),
                         0);
    }
    run_threads(OMNI_DURABILITY_DEFAULT, count);
    atomic_store(&stop_reading, true);
    for (size_t i = 0; i < 2; ++i) {
        pthread_join(readers[i], NULL);
        ck_assert_uint_eq(bad[i], 0);
    }
    check_all(THREADS * count);
    log_world_close(&world);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    check_all(THREADS * count);
}
END_TEST

START_TEST(threads_at_level_group_share_syncs)
{
    const uint64_t count = commits_each(60);
    world.options.segment_bytes = 1 << 20;
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    faults.sync_us = 500;
    const long syncs = run_threads(OMNI_DURABILITY_GROUP, count);
    ck_assert_msg(syncs < (long)(THREADS * count / 2),
                  "%ld syncs for %llu commits", syncs,
                  (unsigned long long)(THREADS * count));
    check_all(THREADS * count);
}
END_TEST

START_TEST(threads_at_level_full_have_a_sync_each)
{
    const uint64_t count = commits_each(40);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    const long syncs = run_threads(OMNI_DURABILITY_FULL, count);
    ck_assert_int_ge(syncs, (long)(THREADS * count));
    check_all(THREADS * count);
}
END_TEST

START_TEST(groups_that_share_a_write_may_fill_a_segment)
{
    /* Segments hold some fifty of these groups: many runs end in one. */
    const uint64_t count = commits_each(100);
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    faults.sync_us = 200;
    run_threads(OMNI_DURABILITY_GROUP, count);
    check_all(THREADS * count);
}
END_TEST

/* A child's commits; `progress` tells the parent how many were told done. */
static int
commit_as_process(uint64_t first, uint64_t count, _Atomic uint64_t *progress)
{
    omni__log *log;
    omni_error error = {0};
    if (omni__log_open(world.directory, &world.options, &log, &error) !=
        OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    for (uint64_t i = 0; i < count; ++i) {
        const omni_durability level = (omni_durability)(1 + i % 3);
        if (log_world_commit(log, first + i, 1, 90, level, NULL, &error) !=
            OMNI_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 3;
        }
        atomic_store(progress, i + 1);
    }
    return omni__log_close(log) == OMNI_OK ? 0 : 4;
}

static _Atomic uint64_t *
shared_counters(void)
{
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(map, MAP_FAILED);
    return map;
}

START_TEST(processes_append_one_unbroken_history)
{
    const uint64_t count = commits_each(150);
    _Atomic uint64_t *progress = shared_counters();
    pid_t children[PROCESSES];
    fflush(NULL);
    for (uint64_t i = 0; i < PROCESSES; ++i) {
        children[i] = fork();
        if (children[i] == 0) {
            _exit(commit_as_process(i * count, count, &progress[i]));
        }
    }
    for (size_t i = 0; i < PROCESSES; ++i) {
        int how = 0;
        ck_assert_int_eq(waitpid(children[i], &how, 0), children[i]);
        ck_assert_int_eq(how, 0);
    }
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    check_all(PROCESSES * count);
    munmap((void *)progress, 4096);
}
END_TEST

/* Everything acknowledged by anybody is there, once. */
static void
check_progress(const _Atomic uint64_t *progress, uint64_t stride,
               uint64_t processes)
{
    uint8_t *seen = calloc(1, (size_t)(stride * processes) / 8 + 1);
    log_walk walk = {.seen = seen, .limit = stride * processes};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    ck_assert_uint_eq(walk.repeated, 0);
    for (uint64_t p = 0; p < processes; ++p) {
        const uint64_t told = atomic_load(&progress[p]);
        for (uint64_t i = 0; i < told; ++i) {
            const uint64_t number = p * stride + i;
            ck_assert_msg((seen[number / 8] >> (number % 8) & 1) != 0,
                          "process %llu: %llu of %llu is lost",
                          (unsigned long long)p, (unsigned long long)i,
                          (unsigned long long)told);
        }
    }
    free(seen);
}

START_TEST(killed_processes_do_not_stop_the_others)
{
    const uint64_t rounds = setting_cases(25);
    uint64_t seed = setting_seed();
    const uint64_t stride = 1000000;
    for (uint64_t round = 0; round < rounds; ++round) {
        _Atomic uint64_t *progress = shared_counters();
        pid_t children[PROCESSES];
        fflush(NULL);
        for (uint64_t i = 0; i < PROCESSES; ++i) {
            children[i] = fork();
            if (children[i] == 0) {
                _exit(commit_as_process(i * stride, stride, &progress[i]));
            }
        }
        /* One after the other, in the midst of the others' work. */
        for (size_t i = 0; i < PROCESSES; ++i) {
            usleep((useconds_t)(2000 + log_world_random(&seed) % 15000));
            ck_assert_int_eq(kill(children[i], SIGKILL), 0);
            ck_assert_int_eq(waitpid(children[i], NULL, 0), children[i]);
            if (i + 1 < PROCESSES) {
                const uint64_t before = atomic_load(&progress[PROCESSES - 1]);
                usleep(20000);
                for (int k = 0; k < 500; ++k) {
                    if (atomic_load(&progress[PROCESSES - 1]) > before) {
                        break;
                    }
                    usleep(10000);
                }
                ck_assert_msg(atomic_load(&progress[PROCESSES - 1]) > before,
                              "round %llu: the rest stands still",
                              (unsigned long long)round);
            }
        }
        ck_assert_msg(log_world_open(&world) == OMNI_OK, "%s",
                      world.error.message);
        check_progress(progress, stride, PROCESSES);
        munmap((void *)progress, 4096);
        teardown();
        setup();
    }
}
END_TEST

START_TEST(dead_writer_is_taken_over_by_who_is_there)
{
    /* What a writer leaves who dies between its write and its publishing: a
       sound frame, a half one behind it, and the mark. */
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    ck_assert_int_eq(
        log_world_commit(world.log, 0, 1, 40, OMNI_DURABILITY_FULL, NULL, NULL),
        OMNI_OK);
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "shared", path);
    int fd = -1;
    ck_assert_int_eq(omni__file_open_path(path, OMNI__FILE_WRITE, &fd), 0);
    void *map;
    ck_assert_int_eq(omni__file_map(fd, OMNI__SHARED_SIZE, true, &map), 0);
    omni__shared *shared = map;
    uint8_t kept[OMNI__SHARED_SIZE];
    memcpy(kept, shared, sizeof(kept));
    for (uint64_t i = 1; i < 3; ++i) {
        ck_assert_int_eq(log_world_commit(world.log, i, 1, 40,
                                          OMNI_DURABILITY_OFF, NULL, NULL),
                         OMNI_OK);
    }
    const uint64_t end = omni__log_end(world.log);
    memcpy(shared, kept, sizeof(kept));
    omni__shared_set(&shared->writing, 1);
    char segment[LOG_WORLD_PATH + 64];
    log_world_path(&world, "0000000000000000.log", segment);
    int log_fd = -1;
    ck_assert_int_eq(omni__file_open_path(segment, OMNI__FILE_WRITE, &log_fd),
                     0);
    ck_assert_int_eq(omni__file_write_at(log_fd, "xxxxxxxx", 8, end - 16), 0);
    omni__file_close(log_fd);

    omni__log_commit_result result;
    ck_assert_msg(log_world_commit(world.log, 5, 1, 40, OMNI_DURABILITY_FULL,
                                   &result, &world.error) == OMNI_OK,
                  "%s", world.error.message);
    ck_assert_uint_eq(result.first_sequence, 3);
    uint8_t seen = 0;
    log_walk walk = {.seen = &seen, .limit = 8};
    log_world_walk(&world, world.log, &walk);
    ck_assert_msg(walk.sound, "%s", walk.why);
    ck_assert_uint_eq(seen, 1u | 2u | 32u);
    ck_assert_uint_eq(omni__shared_word(&shared->writing), 0);
    omni__file_unmap(map, OMNI__SHARED_SIZE);
    omni__file_close(fd);
}
END_TEST

START_TEST(opening_waits_for_who_recovers_and_says_so)
{
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "shared", path);
    int fd = -1;
    ck_assert_int_eq(omni__file_open_path(path, OMNI__FILE_WRITE, &fd), 0);
    ck_assert_int_eq(omni__lock_try(fd, OMNI__LOCK_WRITERS, true), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        /* The lock is its parent's own; the child only lets time pass. */
        usleep(200000);
        omni__lock_release(fd, OMNI__LOCK_WRITERS);
        _exit(0);
    }
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    waitpid(child, NULL, 0);
    omni__file_close(fd);
}
END_TEST

START_TEST(opener_of_another_pid_namespace_is_told)
{
    ck_assert_int_eq(log_world_open(&world), OMNI_OK);
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "shared", path);
    int fd = -1;
    ck_assert_int_eq(omni__file_open_path(path, OMNI__FILE_WRITE, &fd), 0);
    void *map;
    ck_assert_int_eq(omni__file_map(fd, OMNI__SHARED_SIZE, true, &map), 0);
    omni__shared *shared = map;
    omni__shared_set(&shared->space_low,
                     omni__shared_word(&shared->space_low) + 1);
    omni__log *other;
    ck_assert_int_eq(
        omni__log_open(world.directory, &world.options, &other, &world.error),
        OMNI_ERR_CONFLICT);
    ck_assert_ptr_nonnull(strstr(world.error.message, "namespace"));
    omni__file_unmap(map, OMNI__SHARED_SIZE);
    omni__file_close(fd);
}
END_TEST

/* Tickets alone, by processes that count under them without an atomic. */
static void
count_in_turns(const char *path, _Atomic uint32_t *next,
               volatile uint64_t *counter, uint64_t rounds)
{
    int fd = -1;
    if (omni__file_open_path(path, OMNI__FILE_WRITE, &fd) != 0) {
        _exit(1);
    }
    for (uint64_t i = 0; i < rounds; ++i) {
        uint32_t ticket;
        if (omni__ticket_take(fd, next, &ticket) != 0) {
            _exit(2);
        }
        *counter = *counter + 1;
        omni__ticket_give(fd, ticket);
    }
    _exit(0);
}

START_TEST(turns_exclude_each_other_also_where_tickets_wrap)
{
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "shared", path);
    _Atomic uint64_t *page = shared_counters();
    _Atomic uint32_t *next = (_Atomic uint32_t *)(void *)&page[8];
    volatile uint64_t *counter = (volatile uint64_t *)(void *)&page[16];
    atomic_store(next, UINT32_MAX - 500);
    pid_t children[PROCESSES];
    fflush(NULL);
    for (size_t i = 0; i < PROCESSES; ++i) {
        children[i] = fork();
        if (children[i] == 0) {
            count_in_turns(path, next, counter, 1000);
        }
    }
    for (size_t i = 0; i < PROCESSES; ++i) {
        int how = 0;
        waitpid(children[i], &how, 0);
        ck_assert_int_eq(how, 0);
    }
    ck_assert_uint_eq(*counter, PROCESSES * 1000);
    munmap((void *)page, 4096);
}
END_TEST

START_TEST(killed_waiters_do_not_let_two_have_the_turn)
{
    uint64_t seed = setting_seed();
    char path[LOG_WORLD_PATH + 64];
    log_world_path(&world, "shared", path);
    _Atomic uint64_t *page = shared_counters();
    _Atomic uint32_t *next = (_Atomic uint32_t *)(void *)&page[8];
    _Atomic uint64_t *inside = &page[24];
    _Atomic uint64_t *clashes = &page[32];
    pid_t children[12] = {0};
    fflush(NULL);
    for (int round = 0; round < 300; ++round) {
        const size_t which = (size_t)(log_world_random(&seed) % 12);
        if (children[which] != 0) {
            kill(children[which], SIGKILL);
            waitpid(children[which], NULL, 0);
        }
        children[which] = fork();
        if (children[which] == 0) {
            int fd = -1;
            if (omni__file_open_path(path, OMNI__FILE_WRITE, &fd) != 0) {
                _exit(1);
            }
            for (;;) {
                uint32_t ticket;
                if (omni__ticket_take(fd, next, &ticket) != 0) {
                    _exit(2);
                }
                const uint64_t me = (uint64_t)getpid();
                atomic_store(inside, me);
                usleep(200);
                if (atomic_load(inside) != me) {
                    atomic_fetch_add(clashes, 1);
                }
                omni__ticket_give(fd, ticket);
            }
        }
        usleep((useconds_t)(log_world_random(&seed) % 2000));
    }
    for (size_t i = 0; i < 12; ++i) {
        if (children[i] != 0) {
            kill(children[i], SIGKILL);
            waitpid(children[i], NULL, 0);
        }
    }
    ck_assert_uint_eq(atomic_load(clashes), 0);
    munmap((void *)page, 4096);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("log sharing");
    TCase *threads = tcase_create("threads");
    tcase_add_checked_fixture(threads, setup, teardown);
    tcase_set_timeout(threads, 120);
    tcase_add_test(threads, a_record_is_read_whole_while_others_are_published);
    tcase_add_test(threads, threads_commit_at_every_level_while_others_read);
    tcase_add_test(threads, threads_at_level_group_share_syncs);
    tcase_add_test(threads, threads_at_level_full_have_a_sync_each);
    tcase_add_test(threads, groups_that_share_a_write_may_fill_a_segment);
    suite_add_tcase(suite, threads);
    TCase *processes = tcase_create("processes");
    tcase_add_checked_fixture(processes, setup, teardown);
    tcase_set_timeout(processes, 120);
    tcase_add_test(processes, processes_append_one_unbroken_history);
    tcase_add_test(processes, killed_processes_do_not_stop_the_others);
    tcase_add_test(processes, dead_writer_is_taken_over_by_who_is_there);
    tcase_add_test(processes, opening_waits_for_who_recovers_and_says_so);
    tcase_add_test(processes, opener_of_another_pid_namespace_is_told);
    tcase_add_test(processes, turns_exclude_each_other_also_where_tickets_wrap);
    tcase_add_test(processes, killed_waiters_do_not_let_two_have_the_turn);
    suite_add_tcase(suite, processes);
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
