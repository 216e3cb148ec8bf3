/*
   The command `import`: one thread reads files and parses them into batches,
   the other commits the batches, so that both cores have work and memory is
   bounded whatever the size of the files.
*/
#include "cli.h"
#include "lines.h"
#include "progress.h"
#include "queue.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_DEFAULT 5000

typedef struct job {
    omni_store *store;
    const char *const *files; /* ends with NULL */
    const char *source;
    size_t batch_records;
    omni_durability durability;
    bool json;
    queue queue;
    omni_batch *batch;    /* being filled */
    uint64_t total_bytes; /* 0: not known */
    _Atomic uint64_t read_bytes;
    bool interrupted;
    char failure[512]; /* of the reading thread */
    omni_import_summary summary;
} job;

static int stop_pipe[2] = {-1, -1};

static void
stop_reading(int signal)
{
    const int system = errno;
    (void)signal;
    if (write(stop_pipe[1], "", 1) < 0) {
        _exit(FAULT);
    }
    errno = system;
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction actions_before[3];

/* The first signal ends the reading, a second one the process. */
static bool
catch_signals(void)
{
    const struct sigaction action = {
        .sa_handler = stop_reading,
        .sa_flags = (int)SA_RESETHAND,
    };
    if (pipe2(stop_pipe, O_CLOEXEC) != 0) {
        return false;
    }
    for (size_t i = 0; i < 3; ++i) {
        sigaction(caught[i], &action, &actions_before[i]);
    }
    return true;
}

static void
release_signals(void)
{
    for (size_t i = 0; i < 3; ++i) {
        sigaction(caught[i], &actions_before[i], NULL);
    }
    close(stop_pipe[0]);
    close(stop_pipe[1]);
}

static void
fail_reading(job *job, const char *what, const char *why)
{
    snprintf(job->failure, sizeof(job->failure), "%s: %s", what, why);
}

/* Give the batch away if anything is in it, and have an empty one. False if
   there is to be no more. */
static bool
hand_over(job *job)
{
    if (job->batch != NULL && omni_batch_count(job->batch) != 0) {
        queue_put_full(&job->queue, job->batch);
        job->batch = NULL;
    }
    if (job->batch == NULL) {
        job->batch = queue_empty(&job->queue);
    }
    return job->batch != NULL;
}

/* Add lines to the batch, or to the next one if it has no room. */
static omni_status
add_lines(job *job, omni_import *import, omni_text lines)
{
    omni_status status =
        omni_batch_add_json(job->batch, import, lines.bytes, lines.size);
    if (status == OMNI_ERR_LIMIT && omni_batch_count(job->batch) != 0) {
        status = hand_over(job) ? omni_batch_add_json(job->batch, import,
                                                      lines.bytes, lines.size)
                                : OMNI_END;
    }
    return status;
}

/* Read one open file to its end. False if there is to be no more reading. */
static bool
read_lines(job *job, const char *file, lines *lines, omni_import *import)
{
    while (true) {
        omni_text some = {0};
        const size_t count = omni_batch_count(job->batch);
        const lines_outcome outcome =
            lines_next(lines, job->batch_records - count, &some);
        if (outcome == LINES_END) {
            return true;
        }
        if (outcome == LINES_STOPPED || outcome == LINES_FAILED) {
            job->interrupted = outcome == LINES_STOPPED;
            if (!job->interrupted) {
                fail_reading(job, file, strerror(errno));
            }
            return false;
        }
        if (outcome == LINES_READ) {
            const omni_status status = add_lines(job, import, some);
            atomic_fetch_add(&job->read_bytes, some.size);
            if (status < 0) {
                fail_reading(job, file, omni_batch_error(job->batch)->message);
            }
            if (status != OMNI_OK) {
                return false;
            }
        }
        if ((outcome == LINES_PAUSE ||
             omni_batch_count(job->batch) >= job->batch_records) &&
            !hand_over(job)) {
            return false;
        }
    }
}

static bool
read_file(job *job, const char *file)
{
    const bool is_stdin = strcmp(file, "-") == 0;
    const char *label = is_stdin ? "standard input" : file;
    omni_import *import = NULL;
    omni_error error = {0};
    lines lines = {.stop = stop_pipe[0]};
    lines.fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (lines.fd < 0) {
        fail_reading(job, label, strerror(errno));
        return false;
    }
    bool more = false;
    if (omni_import_new(job->store, job->source, &import, &error) == OMNI_OK) {
        more = read_lines(job, label, &lines, import);
    } else {
        fail_reading(job, label, error.message);
    }
    omni_import_free(import);
    if (!is_stdin) {
        close(lines.fd);
    }
    lines_free(&lines);
    return more;
}

static void *
read_files(void *user)
{
    job *job = user;
    bool more = hand_over(job);
    for (size_t i = 0; more && job->files[i] != NULL; ++i) {
        more = read_file(job, job->files[i]);
    }
    if (job->batch != NULL) {
        queue_put_full(&job->queue, job->batch);
    }
    queue_end(&job->queue);
    return NULL;
}

static void
add_summary(job *job, const omni_batch *batch)
{
    omni_import_summary *sum = &job->summary;
    omni_import_summary one = {.size = sizeof(one)};
    if (omni_batch_summary(batch, &one) != OMNI_OK) {
        return;
    }
    sum->read += one.read;
    sum->taken += one.taken;
    sum->duplicates += one.duplicates;
    sum->refused += one.refused;
    sum->flagged += one.flagged;
    for (size_t i = 0; i < OMNI_REFUSED_COUNT; ++i) {
        sum->refused_by_code[i] += one.refused_by_code[i];
    }
}

static void
show_progress(job *job, progress *progress)
{
    char detail[40];
    snprintf(detail, sizeof(detail), "%" PRIu64 " records", job->summary.read);
    progress_show(progress, atomic_load(&job->read_bytes), job->total_bytes,
                  detail);
}

/* Commit what the reading thread prepares. */
static int
commit_batches(job *job)
{
    int result = DONE;
    omni_batch *batch = NULL;
    progress progress = progress_start_bytes("import");
    while (result == DONE && (batch = queue_full(&job->queue)) != NULL) {
        omni_error error = {0};
        const omni_status status =
            omni_batch_commit(batch, job->durability, &error);
        if (status == OMNI_OK) {
            add_summary(job, batch);
            show_progress(job, &progress);
        } else if (status < 0) {
            progress_end(&progress);
            result = fault_of("import", status, &error);
        }
        queue_put_empty(&job->queue, batch);
    }
    progress_end(&progress);
    return result;
}

static int
run_threads(job *job)
{
    pthread_t reader;
    omni_error error = {0};
    const omni_status status = queue_open(&job->queue, job->store, &error);
    if (status != OMNI_OK) {
        return fault_of("import", status, &error);
    }
    if (!catch_signals() ||
        pthread_create(&reader, NULL, read_files, job) != 0) {
        queue_close(&job->queue);
        return fault("cannot start to read: %s", strerror(errno));
    }
    int result = commit_batches(job);
    if (result != DONE) {
        queue_stop(&job->queue);
        stop_reading(0);
    }
    pthread_join(reader, NULL);
    release_signals();
    queue_close(&job->queue);
    if (result == DONE && job->failure[0] != '\0') {
        result = fault("%s", job->failure);
    } else if (result == DONE && job->interrupted) {
        result = fault("interrupted; what was read before is in the store");
    }
    return result;
}

static int
by_name(const void *left, const void *right)
{
    const omni_refused_code *a = left;
    const omni_refused_code *b = right;
    return strcmp(omni_refused_name(*a), omni_refused_name(*b));
}

/* Refused counts in order of the codes' names. */
static void
print_refused(const omni_import_summary *summary, const char *first,
              const char *between, const char *format)
{
    omni_refused_code codes[OMNI_REFUSED_COUNT];
    for (int i = 0; i < OMNI_REFUSED_COUNT; ++i) {
        codes[i] = (omni_refused_code)i;
    }
    qsort(codes, OMNI_REFUSED_COUNT, sizeof(codes[0]), by_name);
    for (size_t i = 0; i < OMNI_REFUSED_COUNT; ++i) {
        const uint64_t count = summary->refused_by_code[codes[i]];
        if (count != 0) {
            fputs(first, stdout);
            printf(format, omni_refused_name(codes[i]), count);
            first = between;
        }
    }
}

static void
print_summary(const omni_import_summary *summary, int64_t spent_us, bool json)
{
    const double seconds = (double)spent_us / 1e6;
    const double rate = (double)summary->read / (seconds + 1e-9);
    if (json) {
        printf("{\"duplicates\":%" PRIu64 ",\"events_per_second\":%.0f,"
               "\"flagged\":%" PRIu64 ",\"read\":%" PRIu64 ",\"refused\":{",
               summary->duplicates, rate, summary->flagged, summary->read);
        print_refused(summary, "", ",", "\"%s\":%" PRIu64);
        printf("},\"seconds\":%.6f,\"taken\":%" PRIu64 "}\n", seconds,
               summary->taken);
        return;
    }
    printf("read        %12" PRIu64 "\n", summary->read);
    printf("taken       %12" PRIu64 "\n", summary->taken);
    printf("duplicates  %12" PRIu64 "\n", summary->duplicates);
    printf("refused     %12" PRIu64, summary->refused);
    print_refused(summary, "  ", ", ", "%s %" PRIu64);
    printf("\nflagged     %12" PRIu64 "\n", summary->flagged);
    printf("%.3f s, %.0f events per second\n", seconds, rate);
}

/* See that every file can be read before any is, and add up their sizes. */
static int
look_at_files(job *job)
{
    bool known = true;
    for (size_t i = 0; job->files[i] != NULL; ++i) {
        struct stat info;
        const char *file = job->files[i];
        if (strcmp(file, "-") == 0) {
            known = false;
            continue;
        }
        if (stat(file, &info) != 0 || access(file, R_OK) != 0) {
            return fault("%s: %s", file, strerror(errno));
        }
        if (S_ISDIR(info.st_mode)) {
            return fault("%s: %s", file, strerror(EISDIR));
        }
        known = known && S_ISREG(info.st_mode);
        job->total_bytes += (uint64_t)info.st_size;
    }
    job->total_bytes = known ? job->total_bytes : 0;
    return DONE;
}

static int
take_options(const call *call, job *job)
{
    static const char *const standard_input[] = {"-", NULL};
    const char *sync = call_value(call, "sync");
    uint64_t records = BATCH_DEFAULT;
    *job = (struct job){
        .files = call->operand_count > 1 ? call->operands + 1 : standard_input,
        .source = call_value(call, "source"),
        .durability = OMNI_DURABILITY_FULL,
        .json = call_json(call),
    };
    if (sync != NULL && strcmp(sync, "off") == 0) {
        job->durability = OMNI_DURABILITY_OFF;
    }
    const int result =
        call_number(call, "batch", 1, OMNI_LIMIT_BATCH_FACTS, &records);
    job->batch_records = (size_t)records;
    return result == DONE ? look_at_files(job) : result;
}

static int
run_import(const call *call)
{
    job job;
    int result = take_options(call, &job);
    if (result == DONE) {
        result = store_open(call->operands[0], &job.store);
    }
    if (result != DONE) {
        return result;
    }
    const int64_t began_us = ticks_us();
    result = run_threads(&job);
    if (result == DONE && job.durability == OMNI_DURABILITY_OFF) {
        omni_error error = {0};
        const omni_status flushed = omni_store_flush(job.store, &error);
        result = flushed < 0 ? fault_of("import", flushed, &error) : DONE;
    }
    result = store_close(job.store, result);
    print_summary(&job.summary, ticks_us() - began_us, job.json);
    return result;
}

const command import_command = {
    .name = "import",
    .group = GROUP_INTAKE,
    .operands = "DB [FILE...|-]",
    .summary = "Take in events: Segment-spec JSON lines",
    .help = "Reads the files, or standard input, one JSON record a line. A "
            "record that cannot be taken is counted and kept, see `omni help "
            "refused`; the rest goes on. An event that is there already is a "
            "duplicate.\n\n"
            "Of standard input, what came before a pause of a second is "
            "committed. An interrupt ends the reading; what was read is "
            "committed.",
    .examples = "omni import shop.omni web.jsonl tills.jsonl\n"
                "gunzip -c orders.jsonl.gz | omni import shop.omni --sync "
                "off\n"
                "tail -f web.jsonl | omni import shop.omni - --source web\n",
    .options = {{"source", "NAME", "Source of events that name none."},
                {"batch", "N", "Records of one commit; 5000 if not given."},
                {"sync", "full|off",
                 "full, the default: each batch is durable before the next "
                 "one. off: durable at the end; a crash loses the tail of "
                 "this import and nothing else."},
                {"json", NULL,
                 "{\"duplicates\", \"events_per_second\", \"flagged\", "
                 "\"read\", \"refused\": {CODE: N}, \"seconds\", "
                 "\"taken\"}"}},
    .run = run_import,
};
