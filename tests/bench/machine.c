/*
   The machine and the files: raw speed of the disk, sizes, memory.
*/
#include "rows.h"

#include "omni/status.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYNCS = 1000, APPEND_BYTES = 256, WRITES = 64, WRITE_BYTES = 1 << 20 };
enum { TILL_EVENTS = 2000, TILL_MEMORY_BYTES = 8 << 20 };

static int
compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double
sync_p50(int file)
{
    static int64_t times[SYNCS];
    char bytes[APPEND_BYTES];
    memset(bytes, 'x', sizeof(bytes));
    for (int i = 0; i < SYNCS; i++) {
        int64_t start = bench_now_ns();
        if (pwrite(file, bytes, sizeof(bytes), (off_t)i * APPEND_BYTES) < 0 ||
            fdatasync(file) != 0) {
            bench_die("cannot write the reference file");
        }
        times[i] = bench_now_ns() - start;
    }
    qsort(times, SYNCS, sizeof(times[0]), compare_times);
    return (double)times[SYNCS / 2] / 1e3;
}

static double
write_speed(int file)
{
    char *bytes = calloc(1, WRITE_BYTES);
    if (bytes == NULL) {
        bench_die("out of memory");
    }
    int64_t start = bench_now_ns();
    for (int i = 0; i < WRITES; i++) {
        if (pwrite(file, bytes, WRITE_BYTES, (off_t)i * WRITE_BYTES) < 0) {
            bench_die("cannot write the reference file");
        }
    }
    if (fdatasync(file) != 0) {
        bench_die("cannot sync the reference file");
    }
    double seconds = (double)(bench_now_ns() - start) / 1e9;
    free(bytes);
    return (double)WRITES * WRITE_BYTES / 1e6 / seconds;
}

void
bench_raw_measure(const char *directory, bench_raw *out)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/raw", directory);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || posix_fallocate(file, 0, SYNCS * APPEND_BYTES) != 0 ||
        fsync(file) != 0) {
        bench_die("cannot make %s", path);
    }
    out->sync_p50_us = sync_p50(file);
    out->write_mb_s = write_speed(file);
    close(file);
    unlink(path);
}

static double walked_bytes; /* nftw passes no pointer on */

static int
add_size(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)path;
    (void)at;
    if (type == FTW_F) {
        walked_bytes += (double)info->st_size;
    }
    return 0;
}

double
bench_directory_bytes(const char *directory)
{
    walked_bytes = 0;
    nftw(directory, add_size, 16, FTW_PHYS);
    return walked_bytes;
}

static int
remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

void
bench_directory_remove(const char *directory)
{
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
bench_directory_make(const char *directory)
{
    bench_directory_remove(directory);
    if (mkdir(directory, 0700) != 0) {
        bench_die("cannot make %s", directory);
    }
}

/* Start a program and return what it prints, at most one line. */
static bool
run_program(char *const arguments[], char *line, size_t size)
{
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    close(ends[1]);
    size_t got = 0;
    ssize_t n;
    while (got + 1 < size &&
           (n = read(ends[0], line + got, size - 1 - got)) > 0) {
        got += (size_t)n;
    }
    line[got] = '\0';
    close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child &&
           WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

double
bench_library_kb(const bench_options *options)
{
    Dl_info info;
    union {
        const char *(*function)(void);
        void *address;
    } any = {omni_version};
    const char *library = options->library;
    if (library == NULL && dladdr(any.address, &info) != 0 &&
        strstr(info.dli_fname, "libomni") != NULL) {
        library = info.dli_fname;
    }
    if (library == NULL) {
        return 0;
    }
    char stripped[1024], line[8];
    struct stat stat_of;
    snprintf(stripped, sizeof(stripped), "%s/stripped", options->directory);
    char *arguments[] = {"strip", "-o", stripped, (char *)(uintptr_t)library,
                         NULL};
    if (!run_program(arguments, line, sizeof(line)) ||
        stat(stripped, &stat_of) != 0) {
        return 0;
    }
    unlink(stripped);
    return (double)stat_of.st_size / 1e3;
}

double
bench_till_memory(const bench_options *options, int side, const char *directory)
{
    char line[64], number[2][24];
    snprintf(number[0], sizeof(number[0]), "%d", side);
    snprintf(number[1], sizeof(number[1]), "%zu", options->till_people);
    char *arguments[] = {
        (char *)(uintptr_t)options->program, "--till-child", number[0],
        (char *)(uintptr_t)directory,        number[1],      NULL};
    if (!run_program(arguments, line, sizeof(line))) {
        bench_die("the till's process failed");
    }
    return strtod(line, NULL);
}

/* ---- the till's process ---- */

static atomic_bool till_done;
static atomic_long till_peak_kb;

static long
anonymous_kb(void)
{
    char line[128];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &kb) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kb;
}

/* Memory is highest in the midst of a call, so somebody else has to look. */
static void *
watch_memory(void *unused)
{
    while (!atomic_load(&till_done)) {
        long kb = anonymous_kb();
        if (kb > atomic_load(&till_peak_kb)) {
            atomic_store(&till_peak_kb, kb);
        }
        usleep(500);
    }
    return unused;
}

int
bench_till_child(int side, const char *directory, uint32_t people)
{
    static char text[BENCH_PURCHASE_TEXT];
    const bench_side *s = bench_sides[side];
    bench_event e;
    pthread_t watcher;
    uint64_t random = 77;
    if (pthread_create(&watcher, NULL, watch_memory, NULL) != 0) {
        return 3;
    }
    void *handle =
        s->open(directory, &(bench_open){BENCH_TILL, TILL_MEMORY_BYTES});
    for (uint32_t i = 0; i < TILL_EVENTS; i++) {
        bench_purchase(&e, text, (uint32_t)(bench_random(&random) % people), i);
        s->append(handle, &e, 1);
    }
    for (uint32_t i = 0; i < TILL_EVENTS; i++) {
        bench_purchase(&e, text, (uint32_t)(bench_random(&random) % people), i);
        s->fetch(handle, &e.who[0], 20);
    }
    atomic_store(&till_done, true);
    pthread_join(watcher, NULL);
    s->close(handle);
    printf("%.3f\n", (double)atomic_load(&till_peak_kb) / 1e3);
    return 0;
}

void
bench_arguments(int argc, char **argv, const char *name, size_t *profiles,
                char *directory, size_t size)
{
    static const struct option options[] = {
        {"dir", required_argument, NULL, 'd'},
        {"profiles", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0}};
    const char *place = ".";
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd') {
            place = optarg;
        } else if (option == 'p' && strtoull(optarg, NULL, 10) != 0) {
            *profiles = strtoull(optarg, NULL, 10);
        } else {
            fprintf(stderr, "usage: %s [--dir PATH] [--profiles N]\n", name);
            exit(2);
        }
    }
    snprintf(directory, size, "%s/bench-XXXXXX", place);
    if (mkdtemp(directory) == NULL) {
        bench_die("cannot make a folder in %s", place);
    }
}
