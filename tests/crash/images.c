/* Building images from the state of a trace, and having them verified. */
#include "crash/images.h"

#include "crash/trace.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECTOR 512u
#define MAPPED_BYTES 4096u
#define PATH_LIMIT 1024

static const char *const mode_names[CRASH_MODES] = {"all", "none", "prefix",
                                                    "subset", "sectors"};

static void
stop(const char *what)
{
    perror(what);
    exit(2);
}

static uint64_t
next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* How the unsynced changes of an image are chosen. */
typedef struct choice {
    crash_mode mode;
    uint64_t salt;       /* the same question has the same answer */
    uint64_t keep_share; /* of 256, for subsets */
    const trace_record *records;
    const trace_record *prefix_end;
} choice;

static bool
keeps(void *user, const file_change *change, uint64_t sector)
{
    const choice *chosen = user;
    if (change->durable) {
        return true;
    }
    uint64_t seed = chosen->salt ^ change->record->header.offset * 31 ^
                    (uint64_t)(change->record - chosen->records) << 32;
    switch (chosen->mode) {
    case CRASH_ALL:
        return true;
    case CRASH_NONE:
    case CRASH_MODES:
        return false;
    case CRASH_PREFIX:
        return change->record < chosen->prefix_end;
    case CRASH_SECTORS:
        seed ^= sector * UINT64_C(0x9e3779b97f4a7c15);
        break;
    case CRASH_SUBSET:
        break;
    }
    return (next_random(&seed) & 255) < chosen->keep_share;
}

static void
write_file(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) {
        stop(path);
    }
    const uint8_t *at = bytes;
    while (size != 0) {
        const ssize_t done = write(fd, at, size);
        if (done <= 0) {
            stop(path);
        }
        at += done;
        size -= (size_t)done;
    }
    close(fd);
}

static void
empty_directory(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        char child[PATH_LIMIT];
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
        if (unlink(child) != 0) {
            empty_directory(child);
            rmdir(child);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

void
crash_directory_make(char *path, size_t size)
{
    const char *base = getenv("TMPDIR");
    if (base == NULL) {
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    snprintf(path, size, "%s/omni-crash-XXXXXX", base);
    if (mkdtemp(path) == NULL) {
        stop(path);
    }
}

void
crash_directory_remove(const char *path)
{
    empty_directory(path);
    rmdir(path);
}

/* Names that the image has, parents first. */
static void
choose_names(const crash_trace *trace, const choice *chosen, uint64_t *seed,
             crash_names *names)
{
    size_t count = trace->rename_count;
    if (chosen->mode == CRASH_NONE) {
        count = 0;
    } else if (chosen->mode != CRASH_ALL) {
        count = (size_t)(next_random(seed) % (count + 1));
    }
    *names = trace->durable;
    for (size_t i = 0; i < count; ++i) {
        crash_names_apply(names, &trace->renames[i]);
    }
}

/* What the mapped file may hold: any state of it up to now, or a mixture of
   two, or nothing. In words. */
static const char *
build_mapped(const crash_trace *trace, const crash_options *options,
             const char *path, uint64_t *seed)
{
    uint8_t bytes[MAPPED_BYTES] = {0};
    const uint64_t count = trace->snapshot_count;
    const char *what = "zeros";
    const uint64_t dice = next_random(seed) % 8;
    if (dice == 0 && options->mapped_may_lack) {
        unlink(path);
        return "absent";
    }
    if (count != 0 && dice > 1) {
        const uint64_t age = dice < 5 ? 1 : 1 + next_random(seed) % count;
        const trace_record *first = trace->snapshots[count - age];
        memcpy(bytes, first->data, MAPPED_BYTES);
        what = age == 1 ? "current" : "older";
        if (dice == 7) {
            const trace_record *second =
                trace->snapshots[next_random(seed) % count];
            for (size_t at = 0; at < MAPPED_BYTES; at += SECTOR) {
                if (next_random(seed) % 2 == 0) {
                    memcpy(bytes + at, second->data + at, SECTOR);
                }
            }
            what = "sectors of two";
        }
    }
    write_file(path, bytes, sizeof(bytes));
    return what;
}

/* Names in a directory whose own name was lost are lost with it. */
static bool
has_parent(const char *path)
{
    char parent[PATH_LIMIT];
    snprintf(parent, sizeof(parent), "%s", path);
    *strrchr(parent, '/') = '\0';
    return access(parent, F_OK) == 0;
}

static void
build_files(const crash_trace *trace, const crash_options *options,
            const choice *chosen, const crash_names *names, crash_image *image,
            uint64_t *seed)
{
    for (size_t i = 0; i < names->count; ++i) {
        const crash_name *name = &names->items[i];
        char path[PATH_LIMIT];
        snprintf(path, sizeof(path), "%s/%s", image->directory, name->name);
        if (name->file < 0 || !has_parent(path)) {
            continue;
        }
        if (options->mapped != NULL &&
            strcmp(name->name, options->mapped) == 0) {
            image->mapped = build_mapped(trace, options, path, seed);
            continue;
        }
        size_t size;
        uint8_t *bytes = crash_file_content(&trace->files[name->file], keeps,
                                            (void *)(uintptr_t)chosen, &size);
        write_file(path, bytes, size);
        free(bytes);
    }
}

static void
build(const crash_trace *trace, const crash_options *options,
      crash_image *image, uint64_t *seed)
{
    choice chosen = {.mode = image->mode,
                     .salt = next_random(seed),
                     .records = trace->records};
    chosen.keep_share = 16 + next_random(seed) % 224;
    chosen.prefix_end =
        trace->records + next_random(seed) % (image->records + 1);
    /* Most of what is unsynced is young: let the prefix end there. */
    if (next_random(seed) % 2 == 0) {
        const size_t young = image->records < 8 ? image->records : 8;
        chosen.prefix_end =
            trace->records + image->records - next_random(seed) % (young + 1);
    }
    crash_names names;
    choose_names(trace, &chosen, seed, &names);
    empty_directory(image->directory);
    /* A directory is made before what is in it: shorter names first. */
    for (size_t length = 0; length < CRASH_NAME; ++length) {
        for (size_t i = 0; i < names.count; ++i) {
            if (names.items[i].file < 0 &&
                strlen(names.items[i].name) == length) {
                char path[PATH_LIMIT];
                snprintf(path, sizeof(path), "%s/%s", image->directory,
                         names.items[i].name);
                mkdir(path, 0700);
            }
        }
    }
    image->mapped = "absent";
    build_files(trace, options, &chosen, &names, image, seed);
}

/* Verify in a child: an image may kill who opens it. */
static bool
is_good(crash_verify_fn verify, void *user, const crash_image *image)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        const int bad = verify(user, image);
        fflush(NULL);
        _exit(bad == 0 ? 0 : 1);
    }
    int how = 0;
    if (child < 0 || waitpid(child, &how, 0) != child) {
        stop("fork");
    }
    return how == 0;
}

static void
describe(const crash_image *image, uint64_t seed)
{
    fprintf(stderr,
            "bad image: %zu records, unsynced: %s, mapped: %s, "
            "acknowledged: %zu (image seed %llu)\n",
            image->records, mode_names[image->mode], image->mapped,
            image->done_count, (unsigned long long)seed);
}

/* Build and judge one image. */
static bool
try_image(crash_trace *trace, const crash_options *options, crash_image *image,
          uint64_t *seed, crash_verify_fn verify, void *user)
{
    const uint64_t replay = *seed;
    image->begun = trace->begun;
    image->begun_count = trace->begun_count;
    image->done = trace->done;
    image->done_count = trace->done_count;
    build(trace, options, image, seed);
    if (is_good(verify, user, image)) {
        return true;
    }
    if (options->complain) {
        describe(image, replay);
    }
    return false;
}

crash_result
crash_explore(crash_trace *trace, const crash_options *options,
              crash_verify_fn verify, void *user)
{
    char directory[PATH_LIMIT];
    crash_directory_make(directory, sizeof(directory));
    crash_result result = {0};
    uint64_t seed = options->seed;
    const uint64_t share = trace->count * CRASH_MODES;
    crash_trace_rewind(trace);
    for (size_t i = 0; i < trace->count; ++i) {
        crash_trace_step(trace, i, options->ignore_syncs);
        for (int mode = 0; mode < CRASH_MODES; ++mode) {
            uint64_t wanted = options->images / share;
            wanted += next_random(&seed) % share < options->images % share;
            for (; wanted != 0; --wanted) {
                crash_image image = {.directory = directory,
                                     .records = i + 1,
                                     .mode = (crash_mode)mode};
                ++result.images;
                result.bad +=
                    !try_image(trace, options, &image, &seed, verify, user);
            }
        }
    }
    crash_directory_remove(directory);
    return result;
}
