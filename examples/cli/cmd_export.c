/*
   The command `export`: a walk over all profiles that writes rows. For CSV with
   columns that nobody chose there is a walk before it that finds them, in the
   same snapshot. Memory is that of one profile and the names of columns.
*/
#include "export.h"
#include "interrupt.h"
#include "output.h"
#include "replace.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* The word at `words` that was typed, or `count`. */
static size_t
word_index(const char *typed, const char *const *words, size_t count)
{
    size_t at = 0;
    while (at < count && strcmp(words[at], typed) != 0) {
        ++at;
    }
    return at;
}

static int
read_options(const call *call, export_job *job)
{
    static const char *const nouns[] = {"profiles", "events", "identifiers"};
    const char *noun = call->operands[1];
    const char *format = call_value(call, "format");
    const char *formulas = call_value(call, "formulas");
    const size_t what = word_index(noun, nouns, 3);
    if (what == 3) {
        return wrong_usage("there is no export of \"%s\", but of profiles, "
                           "events and identifiers",
                           noun);
    }
    job->what = (export_what)what;
    job->jsonl = format != NULL && strcmp(format, "jsonl") == 0;
    job->sheet.guard = formulas == NULL || strcmp(formulas, "guard") == 0;
    job->sheet.excel = call_flag(call, "bom");
    if (job->jsonl && (job->sheet.excel || formulas != NULL ||
                       call_value(call, "columns") != NULL)) {
        return wrong_usage("--columns, --formulas and --bom are for CSV");
    }
    job->filter = (omni_timeline_options){
        .size = sizeof(job->filter),
        .oldest_first = true,
        .name = call_value(call, "name"),
        .channel = call_value(call, "channel"),
    };
    const int result = call_instant(call, "since", &job->filter.has_since,
                                    &job->filter.since_us);
    return result != DONE ? result
                          : call_instant(call, "until", &job->filter.has_until,
                                         &job->filter.until_us);
}

/* Walk all profiles once. */
static omni_status
walk_profiles(export_job *job, const char *label)
{
    omni_profiles *profiles = NULL;
    const omni_profile *profile = NULL;
    omni_status status = omni_profiles_open(job->view.txn, NULL, &profiles);
    job->done = 0;
    job->progress = progress_start(label);
    while (status == OMNI_OK && !output_stopped() && !interrupts_came()) {
        status = omni_profiles_next(profiles, &profile);
        if (status == OMNI_OK) {
            char detail[64];
            status = export_profile(job, profile);
            snprintf(detail, sizeof(detail), "%" PRIu64 " profiles",
                     ++job->done);
            progress_show(&job->progress, job->done, job->profiles, detail);
        }
        if (job->sheet.failed) {
            status = OMNI_ERR_NO_MEMORY;
        }
    }
    progress_end(&job->progress);
    omni_profiles_close(profiles);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Find the columns, unless they were chosen. */
static int
find_columns(export_job *job, const char *list)
{
    int result = export_columns(job, list);
    if (result != DONE || list != NULL || job->what == EXPORT_IDENTIFIERS) {
        return result;
    }
    job->sheet.finding = true;
    const omni_status status = walk_profiles(job, "export: finding columns");
    sheet_found(&job->sheet);
    job->rows = 0;
    if (status != OMNI_OK) {
        return fault_of("export", status, omni_txn_error(job->view.txn));
    }
    return job->sheet.wide
               ? fault("there are more than %d columns; choose some with "
                       "--columns",
                       SHEET_COLUMNS_MAX)
               : DONE;
}

static int
write_rows(export_job *job, const char *columns)
{
    omni_stats stats = {.size = sizeof(stats)};
    int result = DONE;
    if (omni_store_stats(job->view.store, &stats, NULL) == OMNI_OK) {
        job->profiles = stats.profiles;
    }
    if (!job->jsonl) {
        result = find_columns(job, columns);
    }
    if (result != DONE) {
        return result;
    }
    if (!job->jsonl) {
        job->sheet.terminal = isatty(STDOUT_FILENO) != 0;
        sheet_header(&job->sheet);
    }
    const omni_status status = walk_profiles(job, "export");
    return status == OMNI_OK
               ? DONE
               : fault_of("export", status, omni_txn_error(job->view.txn));
}

static int
run_export(const call *call)
{
    export_job job = {.rows = 0};
    replacement file = {.path = call_value(call, "output")};
    int result = read_options(call, &job);
    if (result == DONE) {
        result = view_open(call->operands[0], &job.view);
    }
    if (result != DONE) {
        return result;
    }
    result = replacement_begin(&file);
    if (result == DONE) {
        result = write_rows(&job, call_value(call, "columns"));
        result = replacement_end(&file, result);
    }
    sheet_free(&job.sheet);
    bytes_free(&job.text);
    return view_close(&job.view, result);
}

const command export_command = {
    .name = "export",
    .group = GROUP_OUTPUT,
    .operands = "DB profiles|events|identifiers",
    .summary = "Write profiles, events or identifiers as CSV or JSON lines",
    .help =
        "A row for each of them, in the order of profile ids; events of a "
        "profile oldest first. All rows "
        "are of one instant, whoever writes meanwhile.\n\n"
        "CSV (RFC 4180, UTF-8) begins with a row of column names. Rows of "
        "profiles have, besides what is always there, identifiers.NAMESPACE "
        "(several are joined by |), traits.NAME, and for each event "
        "events.NAME.count, .first, .last, .sum.CURRENCY; rows of events "
        "properties.NAME and traits.NAME. A first walk finds them, unless "
        "--columns says which; .min.CURRENCY and .max.CURRENCY are there only "
        "if they are chosen. Objects and arrays stand as JSON. Numbers keep "
        "all their digits. An empty text is \"\", what is absent is "
        "nothing.\n\n"
        "JSON lines of profiles are what `omni profile --json` prints. Those "
        "of "
        "events are records of the Segment spec, one for each copy of an event "
        "(a retry that knew more), and `omni import` takes them in: into a "
        "store of the same deployment they make the same profiles, but for "
        "merges and splits, which are not exported; for records that came "
        "without a time, whose retries are not known as such any more; and for "
        "an e-mail or phone that an application passed as a trait only, which "
        "becomes an identifier.\n\n"
        "--since, --until, --name and --channel choose events; profiles and "
        "identifiers by when they were seen last, by an event that the person "
        "has, and by a channel they were seen on.",
    .examples =
        "omni export shop.omni profiles --output profiles.csv\n"
        "omni export shop.omni profiles --columns "
        "id,identifiers.email,traits.city\n"
        "omni export shop.omni events --name \"Order Completed\" --since 30d\n"
        "omni export shop.omni events --format jsonl | omni import new.omni -\n"
        "omni export shop.omni profiles --bom --output for-excel.csv\n",
    .options =
        {{"format", "csv|jsonl", "csv if not given."},
         {"columns", "LIST",
          "CSV: these columns alone, in this order, separated by commas; a "
          "name with a comma in double quotes."},
         {"since", "TIME", "From this time on, itself included."},
         {"until", "TIME", "Before this time."},
         {"name", "EVENT", "Only events of this name."},
         {"channel", "CHANNEL", "Only events of this channel."},
         {"formulas", "guard|keep",
          "CSV: texts that a spreadsheet would compute (they begin with = @ + "
          "or -, and are no number) get a ' in front, or stay as they are; "
          "guard if not given."},
         {"bom", NULL,
          "CSV: begin with a byte order mark and end lines with CR LF, for "
          "Excel; others read both, and tools of the shell like LF alone."},
         {"output", "FILE",
          "Write this file rather than standard output: whole, or not at "
          "all."}},
    .run = run_export,
};
