/*
   Processes that write to one store and are killed at random moments: what
   they were told is there is there, and the store is sound.
*/
#include "crash/store_world.h"
#include "support/setting.h"

#include <check.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_WRITERS 3
#define STRIDE 100000 /* numbers of one writer in one loop */

/* What writers tell, in memory that outlives them. */
typedef struct told {
    _Atomic uint64_t begun[MOST_WRITERS];
    _Atomic uint64_t done[MOST_WRITERS];
} told;

static char directory[1024];
static char store_path[1100];
static told *shared;

static uint64_t
next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void
remove_tree(const char *path)
{
    char command[1200];
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    ck_assert_int_eq(system(command), 0);
}

static void
setup(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(directory, sizeof(directory), "%s/omni-kill-XXXXXX",
             base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(store_path, sizeof(store_path), "%s/s", directory);
    void *map = mmap(NULL, sizeof(told), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(map, MAP_FAILED);
    shared = map;
}

static void
teardown(void)
{
    munmap(shared, sizeof(told));
    remove_tree(directory);
}

/* Write until killed. `early`: a control that tells before it commits. */
static void
write_for_ever(size_t writer, bool early)
{
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .memory_bytes = 65536};
    omni_error error;
    omni_store *store;
    if (omni_store_open(store_path, &options, &store, &error) != OMNI_OK) {
        fprintf(stderr, "writer %zu: %s\n", writer, error.message);
        _exit(3);
    }
    for (uint64_t n = 0; n < STRIDE;) {
        uint64_t count = n % 7 == 6 ? 12 : 1;
        count = n + count > STRIDE ? STRIDE - n : count;
        const omni_durability level =
            n % 2 == 0 ? OMNI_DURABILITY_FULL : OMNI_DURABILITY_OFF;
        atomic_store(&shared->begun[writer], n + count);
        if (early) {
            /* The commit's own way to the log is short; stretch it. */
            atomic_store(&shared->done[writer], n + count);
            usleep(300);
        }
        if (store_world_commit(store, writer * STRIDE + n, count, level,
                               &error) != OMNI_OK) {
            fprintf(stderr, "writer %zu: %s\n", writer, error.message);
            _exit(4);
        }
        n += count;
        atomic_store(&shared->done[writer], n);
        if (n % 150 == 0 && omni_store_flush(store, &error) < 0) {
            fprintf(stderr, "writer %zu: %s\n", writer, error.message);
            _exit(5);
        }
    }
    _exit(0);
}

static pid_t
start_writer(size_t writer, bool early)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        write_for_ever(writer, early);
    }
    ck_assert_int_gt(child, 0);
    return child;
}

/* Kill; true if the process was still writing, as it should have been. */
static bool
kill_writer(pid_t child)
{
    int how = 0;
    kill(child, SIGKILL);
    waitpid(child, &how, 0);
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
}

/* Numbers that the writers told of. */
static size_t
list_numbers(const _Atomic uint64_t *counts, size_t writers, uint64_t *out)
{
    size_t size = 0;
    for (size_t w = 0; w < writers; ++w) {
        const uint64_t count = atomic_load(&counts[w]);
        for (uint64_t i = 0; i < count; ++i) {
            out[size++] = w * STRIDE + i;
        }
    }
    return size;
}

static int
verify(size_t writers, bool aloud)
{
    uint64_t *numbers = calloc(2 * MOST_WRITERS * STRIDE, sizeof(uint64_t));
    ck_assert_ptr_nonnull(numbers);
    uint64_t *done = numbers + MOST_WRITERS * STRIDE;
    const store_world_claims claims = {
        .path = store_path,
        .begun = numbers,
        .begun_count = list_numbers(shared->begun, writers, numbers),
        .done = done,
        .done_count = list_numbers(shared->done, writers, done),
        .limit = MOST_WRITERS * STRIDE,
        .aloud = aloud};
    const int bad = claims.begun_count == 0 && access(store_path, F_OK) != 0
                        ? 0
                        : store_world_verify(&claims);
    free(numbers);
    return bad;
}

/* One loop; 1 if it found something bad. */
static int
run_loop(size_t writers, bool early, uint64_t *seed)
{
    pid_t children[MOST_WRITERS];
    memset(shared, 0, sizeof(*shared));
    for (size_t i = 0; i < writers; ++i) {
        children[i] = start_writer(i, early);
    }
    usleep((useconds_t)(20000 + next_random(seed) % 100000));
    bool alive = true;
    for (size_t i = 0; i < writers; ++i) {
        alive &= kill_writer(children[i]);
        /* The others go on beside a dead one. */
        usleep((useconds_t)(next_random(seed) % 10000));
    }
    ck_assert_msg(alive, "a writer ended by itself");
    const int bad = verify(writers, !early);
    /* With what unfinished creations may have left beside it. */
    remove_tree(directory);
    ck_assert_int_eq(mkdir(directory, 0700), 0);
    return bad;
}

static void
run_loops(size_t writers, uint64_t loops)
{
    uint64_t seed = setting_seed();
    for (uint64_t i = 0; i < loops; ++i) {
        const uint64_t replay = seed;
        ck_assert_msg(run_loop(writers, false, &seed) == 0,
                      "loop %llu, OMNI_SEED=%llu", (unsigned long long)i,
                      (unsigned long long)replay);
    }
    uint64_t bad = 0;
    for (uint64_t i = 0; i < loops && bad == 0; ++i) {
        bad += (uint64_t)run_loop(writers, true, &seed);
    }
    ck_assert_msg(bad != 0, "no loop noticed that writers tell too early");
}

START_TEST(killed_writer_loses_nothing_it_was_told)
{
    run_loops(1, setting_cases(25));
}
END_TEST

START_TEST(killed_writers_leave_one_history)
{
    run_loops(3, setting_cases(15));
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("store kill");
    TCase *tcase = tcase_create("kill");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, killed_writer_loses_nothing_it_was_told);
    tcase_add_test(tcase, killed_writers_leave_one_history);
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
