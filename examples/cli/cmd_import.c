/*
   The command `import`: one thread reads files and parses them into batches,
   the other commits the batches, so that both cores have work and memory is
   bounded whatever the size of the files.
*/
#include "import.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_DEFAULT 5000
#define MAPPING_MAX ((size_t)1 << 24)

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

static void *
read_files(void *user)
{
    job *job = user;
    import_read(job);
    if (job->batch != NULL) {
        queue_put_full(&job->queue, job->batch);
        job->batch = NULL;
    }
    queue_end(&job->queue);
    return NULL;
}

static void
add_summary(job *job, const omni_batch *batch)
{
    omni_import_summary one = {.size = sizeof(one)};
    if (omni_batch_summary(batch, &one) == OMNI_OK) {
        import_add(&job->summary, &one);
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

/* One thread reads, this one commits. */
static int
run_threads(job *job)
{
    pthread_t reader;
    omni_error error = {0};
    const omni_status status = queue_open(&job->queue, job->store, &error);
    if (status != OMNI_OK) {
        return fault_of("import", status, &error);
    }
    if (pthread_create(&reader, NULL, read_files, job) != 0) {
        queue_close(&job->queue);
        return fault("cannot start to read: %s", strerror(errno));
    }
    const int result = commit_batches(job);
    if (result != DONE) {
        queue_stop(&job->queue);
        stop_reading(0);
    }
    pthread_join(reader, NULL);
    queue_close(&job->queue);
    return result;
}

/* Print notes, and what ended the reading early. */
static int
tell(job *job, int result)
{
    char *at = NULL;
    for (char *line = strtok_r(job->notes, "\n", &at); line != NULL;
         line = strtok_r(NULL, "\n", &at)) {
        remark("%s", line);
    }
    if (result == DONE && job->failure[0] != '\0') {
        return fault("%s", job->failure);
    }
    if (result == DONE && job->interrupted) {
        return fault(
            "interrupted at line %" PRIu64 " of %s; %s", job->line, job->file,
            job->dry_run ? "nothing was written"
                         : "what was read before is in the store, and counts "
                           "as duplicates when the same is imported again");
    }
    return result;
}

static int
run_job(job *job)
{
    if (!catch_signals()) {
        return fault("cannot start to read: %s", strerror(errno));
    }
    job->stop = stop_pipe[0];
    const int result = job->dry_run ? import_rehearse(job) : run_threads(job);
    release_signals();
    return tell(job, result);
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

/* The whole of a small file; NULL with a message. */
static char *
read_whole(const char *file, size_t *size)
{
    FILE *from = fopen(file, "rb");
    char *bytes = from != NULL ? malloc(MAPPING_MAX + 1) : NULL;
    if (bytes == NULL) {
        fault("%s: %s", file, strerror(errno));
    } else {
        *size = fread(bytes, 1, MAPPING_MAX + 1, from);
        if (ferror(from) != 0) {
            fault("%s: %s", file, strerror(errno));
            free(bytes);
            bytes = NULL;
        }
    }
    if (from != NULL) {
        fclose(from);
    }
    return bytes;
}

/* The mapping of --mapping, with what every --map adds. */
static int
take_mapping(const call *call, job *job)
{
    const char *file = call_value(call, "mapping");
    const char *added = call_value(call, "map");
    omni_error error = {0};
    size_t size = 2;
    if (file == NULL && added == NULL) {
        return DONE;
    }
    char *json = file != NULL ? read_whole(file, &size) : strdup("{}");
    if (json == NULL) {
        return FAULT;
    }
    omni_status status =
        omni_mapping_parse(json, size, NULL, &job->mapping, &error);
    free(json);
    if (status != OMNI_OK) {
        return fault_of(file, status, &error);
    }
    for (size_t i = 0; (added = call_repeated(call, "map", i)) != NULL; ++i) {
        status = omni_mapping_add(job->mapping, added, &error);
        if (status != OMNI_OK) {
            return wrong_usage("--map %s", error.message);
        }
    }
    return DONE;
}

/* How a table is written, by the options. */
static int
take_form(const call *call, rows_form *form)
{
    const char *delimiter = call_value(call, "delimiter");
    form->encoding = call_value(call, "encoding");
    if (delimiter == NULL) {
        return DONE;
    }
    const bool tab =
        strcmp(delimiter, "tab") == 0 || strcmp(delimiter, "\\t") == 0;
    if (!tab && (strlen(delimiter) != 1 || (delimiter[0] & 0x80) != 0)) {
        return wrong_usage("--delimiter is one character, or \"tab\", not "
                           "\"%s\"",
                           delimiter);
    }
    form->delimiter = tab ? '\t' : delimiter[0];
    return DONE;
}

static format
format_of(const char *word)
{
    return word == NULL || strcmp(word, "auto") == 0 ? FORMAT_AUTO
           : strcmp(word, "csv") == 0                ? FORMAT_CSV
                                                     : FORMAT_JSONL;
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
        .format = format_of(call_value(call, "format")),
        .left = UINT64_MAX,
        .dry_run = call_flag(call, "dry-run"),
        .json = call_json(call),
    };
    if (sync != NULL && strcmp(sync, "off") == 0) {
        job->durability = OMNI_DURABILITY_OFF;
    }
    int result =
        call_number(call, "batch", 1, OMNI_LIMIT_BATCH_FACTS, &records);
    job->batch_records = (size_t)records;
    if (result == DONE) {
        result = call_number(call, "limit", 0, UINT64_MAX, &job->left);
    }
    if (result == DONE) {
        result = take_form(call, &job->form);
    }
    if (result == DONE) {
        result = look_at_files(job);
    }
    return result == DONE ? take_mapping(call, job) : result;
}

static int
open_store(const call *call, job *job)
{
    return job->dry_run ? store_open_to_read(call->operands[0], &job->store)
                        : store_open(call->operands[0], &job->store);
}

static int
run_import(const call *call)
{
    job job;
    int result = DONE;
    const char *suggest = call_value(call, "suggest-mapping");
    if (suggest != NULL) {
        rows_form form = {0};
        result = take_form(call, &form);
        return result == DONE ? import_suggest(suggest, &form) : result;
    }
    result = take_options(call, &job);
    if (result == DONE) {
        result = open_store(call, &job);
    }
    if (result == DONE) {
        const int64_t began_us = ticks_us();
        result = store_close(job.store, run_job(&job));
        if (!job.dry_run) {
            import_print(&job, ticks_us() - began_us);
        }
    }
    omni_mapping_free(job.mapping);
    return result;
}

const command import_command = {
    .name = "import",
    .group = GROUP_INTAKE,
    .operands = "DB [FILE...|-]",
    .summary = "Take in events: Segment-spec JSON lines, or tables",
    .help =
        "Reads the files, or standard input: JSON lines, a record each, or "
        "tables (CSV, TSV) whose columns a mapping explains; both may be "
        "compressed by gzip or zstd. A record that cannot be taken is counted "
        "and kept, see `omni help refused`; the rest goes on. An event that is "
        "there already is a duplicate.\n\n"
        "A mapping is a JSON file; --suggest-mapping proposes one, and "
        "docs/guide/import.md describes it. --map says the same in short: "
        "COLUMN=namespace:NAMESPACE, trait:NAME, property:NAME[:TYPE], "
        "time[:FORM], event, event_id, type, channel, source or ignore; "
        "=event:NAME, =channel:NAME, =source:NAME or =type:TYPE is for all "
        "rows. TYPE is text, number, integer, boolean, json or date; FORM is "
        "rfc3339, unix, unix_ms, unix_us or like %d.%m.%Y.\n\n"
        "Of standard input, what came before a pause of a second is "
        "committed. An interrupt ends the reading; what was read is "
        "committed.",
    .examples =
        "omni import shop.omni web.jsonl tills.jsonl.gz\n"
        "omni import --suggest-mapping orders.csv > orders.json\n"
        "omni import shop.omni orders.csv --mapping orders.json --dry-run\n"
        "omni import shop.omni people.csv --map Email=namespace:email --map "
        "Name=trait:name --map =type:identify\n"
        "tail -f web.jsonl | omni import shop.omni - --source web\n",
    .alone = "suggest-mapping",
    .options =
        {{"source", "NAME", "Source of events that name none."},
         {"format", "auto|jsonl|csv",
          "What the files are. auto, the default, goes by the name, and by "
          "the first character where a mapping is given."},
         {"mapping", "FILE", "What the columns of tables are."},
         {"map", "TEXT...",
          "One column, as COLUMN=ROLE; also beside --mapping."},
         {"delimiter", "TEXT",
          "Between fields: one character, or tab. Found out if not given: "
          "comma, semicolon, tab or |."},
         {"encoding", "NAME",
          "Of tables, such as windows-1252. Found out if not given: by a byte "
          "order mark, else UTF-8, or windows-1252 if it is not."},
         {"dry-run", NULL,
          "Read and judge everything and show what it would become; write "
          "nothing."},
         {"limit", "N", "Read at most so many records."},
         {"suggest-mapping", "FILE",
          "Print a mapping for a table, to be edited; needs no DB."},
         {"batch", "N", "Records of one commit; 5000 if not given."},
         {"sync", "full|off",
          "full, the default: each batch is durable before the next one. off: "
          "durable at the end; a crash loses the tail of this import and "
          "nothing else."},
         {"json", NULL,
          "{\"duplicates\", \"events_per_second\", \"flagged\", \"read\", "
          "\"refused\": {CODE: N}, \"retracted\", \"seconds\", \"skipped\": "
          "{REASON: N}, "
          "\"taken\"}; of a dry run: also \"events\" and \"examples\""}},
    .run = run_import,
};
