/*
   Bulk load on a server: several threads read a file each, prepare batches
   without holding any lock, and commit them so that one sync of the disk does
   for all threads that wait for it.

       cc backend_import.c $(pkg-config --cflags --libs libomni) -pthread \
           -o backend_import
       ./backend_import STORE FILE...

   Files are Segment-spec JSON lines. Running it again after a crash is safe:
   an event that is there already is a duplicate. Threads gain while lines are
   parsed; folding what they committed is done by one at a time.
*/
#include <omni/omni.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define BATCH_RECORDS 2000
#define REPORTS_MAX 10

typedef struct load {
    omni_store *store;
    char **files;
    size_t file_count;
    _Atomic size_t next_file;
    _Atomic size_t done_files;
    _Atomic uint64_t read;
    _Atomic bool failed;
    pthread_mutex_t lock; /* of what follows */
    omni_import_summary sum;
    omni_error error; /* the first fault */
    const char *error_file;
} load;

static void
fail(load *load, const char *file, const omni_error *error)
{
    pthread_mutex_lock(&load->lock);
    if (!atomic_exchange(&load->failed, true)) {
        load->error = *error;
        load->error_file = file;
    }
    pthread_mutex_unlock(&load->lock);
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Commit a batch and count what became of it. */
static omni_status
commit(load *load, omni_batch *batch, omni_error *error)
{
    omni_import_summary one = {.size = sizeof(one)};
    omni_status status = omni_batch_commit(batch, OMNI_DURABILITY_GROUP, error);
    if (status == OMNI_UNCHANGED) {
        status = OMNI_OK; /* nothing but copies of what is there */
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (omni_batch_summary(batch, &one) == OMNI_OK) {
        pthread_mutex_lock(&load->lock);
        load->sum.read += one.read;
        load->sum.taken += one.taken;
        load->sum.duplicates += one.duplicates;
        load->sum.refused += one.refused;
        load->sum.flagged += one.flagged;
        for (size_t i = 0; i < OMNI_REFUSED_COUNT; ++i) {
            load->sum.refused_by_code[i] += one.refused_by_code[i];
        }
        pthread_mutex_unlock(&load->lock);
        atomic_fetch_add(&load->read, one.read);
    }
    return OMNI_OK;
}

/* Add one line; if the batch has no room for it, commit and add it then. */
static omni_status
add_line(load *load, omni_batch *batch, omni_import *import, const char *line,
         size_t size, omni_error *error)
{
    omni_status status = omni_batch_add_json(batch, import, line, size);
    if (status == OMNI_ERR_LIMIT && omni_batch_count(batch) != 0) {
        status = commit(load, batch, error);
        if (status == OMNI_OK) {
            status = omni_batch_add_json(batch, import, line, size);
        }
    }
    if (status == OMNI_OK && omni_batch_count(batch) >= BATCH_RECORDS) {
        status = commit(load, batch, error);
    }
    return status;
}

/* An import counts lines and equal records of one file, over its batches. */
static omni_status
load_lines(load *load, FILE *file, omni_batch *batch, omni_import *import,
           omni_error *error)
{
    char *line = NULL;
    size_t room = 0;
    omni_status status = OMNI_OK;
    while (status == OMNI_OK && !atomic_load(&load->failed)) {
        const ssize_t size = getline(&line, &room, file);
        if (size < 0) {
            break;
        }
        status = add_line(load, batch, import, line, (size_t)size, error);
    }
    if (status == OMNI_OK) {
        status = commit(load, batch, error);
    }
    if (status == OMNI_OK && ferror(file)) {
        status = OMNI_ERR_IO;
        snprintf(error->message, sizeof(error->message), "%s", strerror(errno));
    }
    free(line);
    return status;
}

/* True if the whole file is in the store. */
static bool
load_file(load *load, const char *path)
{
    omni_error error = {0};
    omni_batch *batch = NULL;
    omni_import *import = NULL;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        snprintf(error.message, sizeof(error.message), "%s", strerror(errno));
        fail(load, path, &error);
        return false;
    }
    omni_status status =
        omni_import_new(load->store, base_name(path), &import, &error);
    if (status == OMNI_OK) {
        status = omni_batch_new(load->store, NULL, &batch, &error);
    }
    if (status == OMNI_OK) {
        status = load_lines(load, file, batch, import, &error);
    }
    if (status != OMNI_OK) {
        if (error.message[0] == '\0') {
            snprintf(error.message, sizeof(error.message), "%s",
                     omni_status_name(status));
        }
        fail(load, path, &error);
    }
    omni_batch_free(batch);
    omni_import_free(import);
    fclose(file);
    return status == OMNI_OK;
}

static void *
work(void *user)
{
    load *load = user;
    while (!atomic_load(&load->failed)) {
        const size_t number = atomic_fetch_add(&load->next_file, 1);
        if (number >= load->file_count) {
            break;
        }
        if (load_file(load, load->files[number])) {
            fprintf(stderr, "%" PRIu64 " records, %zu files of %zu\n",
                    atomic_load(&load->read),
                    atomic_fetch_add(&load->done_files, 1) + 1,
                    load->file_count);
        }
    }
    return NULL;
}

typedef struct listing {
    const load *load;
    size_t printed;
} listing;

/* Print what the refused log holds of these files. */
static int
print_refused(void *user, const omni_refused *refused)
{
    listing *listing = user;
    for (size_t i = 0; i < listing->load->file_count; ++i) {
        if (strcmp(base_name(listing->load->files[i]), refused->source) == 0) {
            printf("%s:%" PRIu64 ": %s: %s\n", refused->source, refused->line,
                   omni_refused_name((omni_refused_code)refused->code),
                   refused->reason);
            return ++listing->printed == REPORTS_MAX;
        }
    }
    return 0;
}

static void
run_threads(load *load)
{
    pthread_t threads[THREADS];
    size_t count = 0;
    while (count < THREADS &&
           pthread_create(&threads[count], NULL, work, load) == 0) {
        ++count;
    }
    if (count == 0) {
        work(load); /* no thread to be had: alone */
    }
    for (size_t i = 0; i < count; ++i) {
        pthread_join(threads[i], NULL);
    }
}

static omni_status
report(load *load, omni_error *error)
{
    listing listing = {.load = load};
    const omni_import_summary *sum = &load->sum;
    printf("read %" PRIu64 ", taken %" PRIu64 ", duplicates %" PRIu64
           ", refused %" PRIu64 ", flagged %" PRIu64 "\n",
           sum->read, sum->taken, sum->duplicates, sum->refused, sum->flagged);
    if (sum->refused == 0 && sum->flagged == 0) {
        return OMNI_OK;
    }
    return omni_store_refused(load->store, print_refused, &listing, error);
}

int
main(int argc, char **argv)
{
    load load = {.lock = PTHREAD_MUTEX_INITIALIZER};
    omni_error error = {0};
    const omni_store_options options = {
        .size = sizeof(options),
        .flags = OMNI_STORE_CREATE,
        .memory_bytes = UINT64_C(256) << 20, /* a server has room: flush less */
    };
    if (argc < 3) {
        fputs("usage: backend_import STORE FILE...\n", stderr);
        return 2;
    }
    load.files = argv + 2;
    load.file_count = (size_t)argc - 2;
    omni_status status =
        omni_store_open(argv[1], &options, &load.store, &error);
    if (status != OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 3;
    }
    run_threads(&load);
    status = report(&load, &error);
    if (atomic_load(&load.failed)) {
        fprintf(stderr, "%s: %s\n", load.error_file, load.error.message);
        status = OMNI_ERR_IO;
    } else if (status != OMNI_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    if (omni_store_close(load.store) != OMNI_OK && status == OMNI_OK) {
        fputs("closing failed; what was committed is in the log\n", stderr);
        status = OMNI_ERR_IO;
    }
    return status == OMNI_OK ? 0 : 3;
}
