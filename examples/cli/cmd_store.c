/* Commands on a store as a whole: init, digest, dump, check, stats. */
#include "cli.h"
#include "hint.h"
#include "output.h"
#include "progress.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static int
run_init(const call *call)
{
    uint64_t calling_code = 0;
    const int status = call_number(call, "calling-code", 1, 999, &calling_code);
    if (status != DONE) {
        return status;
    }
    omni_store *store = NULL;
    omni_error error = {0};
    const omni_store_options options = {
        .size = sizeof(options),
        .flags = OMNI_STORE_CREATE | OMNI_STORE_EXCLUSIVE,
        .calling_code = (uint32_t)calling_code,
        .deployment = call_value(call, "deployment"),
    };
    const char *path = call->operands[0];
    const omni_status opened = omni_store_open(path, &options, &store, &error);
    if (opened != OMNI_OK) {
        fault_of(path, opened, &error);
        if (opened == OMNI_ERR_IO) {
            hint_parent(path);
        }
        return FAULT;
    }
    return store_close(store, DONE);
}

const command init_command = {
    .name = "init",
    .group = GROUP_STORES,
    .operands = "DB",
    .summary = "Create an empty store",
    .help = "Makes the directory DB with an empty store in it. A store that is "
            "there already is an error.",
    .examples = "omni init shop.omni --calling-code 41\n"
                "omni init till-2.omni --deployment shop.omni\n",
    .options = {{"calling-code", "N",
                 "Country calling code of phone numbers that are written "
                 "without one, such as 41; 0, none, if not given."},
                {"deployment", "DB",
                 "A store, or a key file, whose deployment this store joins: "
                 "stores of one deployment know the same people by the same "
                 "ids. Else it begins one of its own."}},
    .outside = true,
    .run = run_init,
};

static void
print_hex(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        printf("%02x", bytes[i]);
    }
}

static void
print_digest(const omni_digest *digest, bool json)
{
    if (json) {
        printf("{\"derive_version\":%" PRIu32 ",\"facts\":\"",
               digest->derive_version);
        print_hex(digest->facts, sizeof(digest->facts));
        fputs("\",\"state\":\"", stdout);
        print_hex(digest->state, sizeof(digest->state));
        puts("\"}");
        return;
    }
    fputs("facts  ", stdout);
    print_hex(digest->facts, sizeof(digest->facts));
    fputs("\nstate  ", stdout);
    print_hex(digest->state, sizeof(digest->state));
    putchar('\n');
}

static int
run_digest(const call *call)
{
    omni_store *store = NULL;
    omni_digest digest;
    omni_error error = {0};
    const char *path = call->operands[0];
    int result = store_open(path, &store);
    if (result != DONE) {
        return result;
    }
    progress_clock clock;
    progress_clock_start(&clock, "digest");
    const omni_status status = omni_store_digest(store, &digest, &error);
    progress_clock_end(&clock);
    if (status == OMNI_OK) {
        print_digest(&digest, call_json(call));
    } else {
        result = fault_of(path, status, &error);
    }
    return store_close(store, result);
}

const command digest_command = {
    .name = "digest",
    .group = GROUP_STORES,
    .operands = "DB",
    .summary = "Print the digests of the facts and of the derived state",
    .help = "Two stores of one deployment that hold the same facts print the "
            "same two lines, whatever the order in which the facts came.",
    .examples = "omni digest shop.omni\n"
                "omni digest shop.omni --json\n",
    .options = {{"json", NULL, "{\"derive_version\", \"facts\", \"state\"}"}},
    .run = run_digest,
};

typedef struct dump {
    progress progress;
    uint64_t lines;
    uint64_t profiles; /* 0: not known */
} dump;

static int
write_stdout(void *user, const void *bytes, size_t size_bytes)
{
    dump *dump = user;
    const char *at = bytes;
    const char *end = at + size_bytes;
    fwrite(bytes, 1, size_bytes, stdout);
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        ++at;
        ++dump->lines;
    }
    progress_show(&dump->progress, dump->lines, dump->profiles, "");
    return output_stopped();
}

static int
run_dump(const call *call)
{
    omni_store *store = NULL;
    omni_error error = {0};
    omni_stats stats = {.size = sizeof(stats)};
    dump dump = {.progress = progress_start("dump")};
    bool given = false;
    int64_t at_us = 0;
    int result = call_instant(call, "at", &given, &at_us);
    if (result == DONE) {
        result = store_open(call->operands[0], &store);
    }
    if (result != DONE) {
        return result;
    }
    if (output_is_terminal()) {
        dump.progress.on = false; /* the lines show it */
    } else if (dump.progress.on &&
               omni_store_stats(store, &stats, NULL) == OMNI_OK) {
        dump.profiles = stats.profiles;
    }
    const omni_status status =
        given ? omni_store_dump_at(store, at_us, write_stdout, &dump, &error)
              : omni_store_dump(store, write_stdout, &dump, &error);
    progress_end(&dump.progress);
    if (status != OMNI_OK && !output_stopped()) {
        result = fault_of(call->operands[0], status, &error);
    }
    return store_close(store, result);
}

const command dump_command = {
    .name = "dump",
    .group = GROUP_OUTPUT,
    .operands = "DB",
    .summary = "Print all derived state as canonical JSON lines",
    .help = "One line per profile in order of ids, each with what `profile "
            "--json` shows and its timeline, and of its devices what is "
            "nobody's; then segments and the policy. "
            "Stores of one deployment that took the same events print the same "
            "bytes. Who is in which segment depends on the time: it is printed "
            "with --at alone.",
    .examples = "omni dump shop.omni > shop.jsonl\n"
                "cmp <(omni dump till-1.omni) <(omni dump till-2.omni)\n"
                "omni dump shop.omni --at 2026-01-31\n",
    .options = {{"at", "TIME",
                 "With the segments that each profile is in at this time."}},
    .pages = true,
    .run = run_dump,
};

static int
check_progress(void *user, uint64_t done, uint64_t total)
{
    progress_show(user, done, total, "");
    return output_stopped();
}

static void
print_report(const omni_check_report *report, bool equal, bool rebuilt,
             bool json)
{
    if (json) {
        printf("{\"differences\":%" PRIu64 ",\"equal\":%s,\"facts\":%" PRIu64
               ",\"first\":",
               report->differences, equal ? "true" : "false", report->facts);
        if (report->first[0] != '\0') {
            put_json(text_of(report->first));
        } else {
            fputs("null", stdout);
        }
        printf(",\"groups\":%" PRIu64 ",\"rows\":%" PRIu64 "}\n",
               report->groups, report->rows);
        return;
    }
    printf("log     %" PRIu64 " facts in %" PRIu64 " groups\n", report->facts,
           report->groups);
    if (rebuilt && equal) { /* nothing was compared */
        puts("tables  made anew from the log");
        return;
    }
    printf("tables  %" PRIu64 " rows, %s\n", report->rows,
           equal ? "equal to what the log says"
                 : "different from what the log says");
}

static int
run_check(const call *call)
{
    omni_store *store = NULL;
    omni_error error = {0};
    omni_check_report report = {.size = sizeof(report)};
    const char *path = call->operands[0];
    const bool rebuild = call_value(call, "rebuild") != NULL;
    int result = store_open(path, &store);
    if (result != DONE) {
        return result;
    }
    progress progress = progress_start(rebuild ? "rebuild" : "check");
    const omni_status status =
        omni_store_check(store, rebuild ? OMNI_CHECK_REBUILD : 0,
                         check_progress, &progress, &report, &error);
    progress_end(&progress);
    if (status == OMNI_OK || report.differences != 0) {
        print_report(&report, status == OMNI_OK, rebuild, call_json(call));
    }
    if (status != OMNI_OK && output_stopped()) {
        result = FAULT;
    } else if (report.differences != 0 && status != OMNI_OK) {
        result = fault("%s: %" PRIu64 " rows differ; the first: %s; `omni "
                       "check %s --rebuild` makes them anew",
                       path, report.differences, report.first, path);
    } else if (status != OMNI_OK) {
        result = fault_of(path, status, &error);
    }
    return store_close(store, result);
}

const command check_command = {
    .name = "check",
    .group = GROUP_STORES,
    .operands = "DB",
    .summary = "Refold the log from nothing and compare with the tables",
    .help = "Verifies every group of the fact log, derives all tables from it "
            "anew and compares them with the stored ones. Needs free disk "
            "space of about the size of the tables.",
    .examples = "omni check shop.omni\n"
                "omni check shop.omni --rebuild\n",
    .exits = "3 if the tables differ from what the log says, or the log is "
             "damaged.",
    .options = {{"rebuild", NULL,
                 "Replace the stored tables by the new ones. No other process "
                 "may have the store open."},
                {"json", NULL,
                 "{\"differences\", \"equal\", \"facts\", \"first\", "
                 "\"groups\", \"rows\"}"}},
    .run = run_check,
};

typedef struct count {
    const char *name;
    uint64_t value;
    const char *meaning;
} count;

static void
print_stats(const omni_stats *stats, bool json)
{
    const count counts[] = {
        {"contested", stats->contested, "devices that several people use"},
        {"events", stats->events, "each once, however often it came"},
        {"facts", stats->facts, "in the log, of every kind"},
        {"file_bytes", stats->file_bytes, "all files"},
        {"flagged", stats->flagged, "records taken with a remark"},
        {"links", stats->links, "pairs of identifiers seen together"},
        {"log_bytes", stats->log_bytes, "fact log on disk"},
        {"memory_bytes", stats->memory_bytes, "rows waiting in memory"},
        {"nodes", stats->nodes, "identifiers"},
        {"policy_invalid", stats->policy_invalid, "settings without effect"},
        {"profiles", stats->profiles, "people, as far as is known"},
        {"refused", stats->refused, "records not taken"},
        {"statements", stats->statements, "merges and splits"},
        {"table_bytes", stats->table_bytes, "derived tables on disk"},
        {"unknown", stats->unknown, "facts of kinds not known here"},
        {"voided", stats->voided, "facts that were retracted"},
    };
    const size_t size = sizeof(counts) / sizeof(counts[0]);
    if (!json) {
        char text[COUNT_TEXT];
        const size_t columns = terminal_columns();
        for (size_t i = 0; i < size; ++i) {
            printf("%-14s %14s  ", counts[i].name,
                   count_format(counts[i].value, text).bytes);
            put_style(STYLE_DIM);
            put_cut(text_of(counts[i].meaning),
                    columns > 35 ? columns - 31 : 0);
            put_style(STYLE_PLAIN);
            putchar('\n');
        }
        return;
    }
    for (size_t i = 0; i < size; ++i) {
        printf("%s\"%s\":%" PRIu64, i == 0 ? "{" : ",", counts[i].name,
               counts[i].value);
    }
    puts("}");
}

static int
run_stats(const call *call)
{
    omni_store *store = NULL;
    omni_error error = {0};
    omni_stats stats = {.size = sizeof(stats)};
    int result = store_open(call->operands[0], &store);
    if (result != DONE) {
        return result;
    }
    const omni_status status = omni_store_stats(store, &stats, &error);
    if (status == OMNI_OK) {
        print_stats(&stats, call_json(call));
    } else {
        result = fault_of(call->operands[0], status, &error);
    }
    return store_close(store, result);
}

const command stats_command = {
    .name = "stats",
    .group = GROUP_STORES,
    .operands = "DB",
    .summary = "Count what a store holds",
    .examples = "omni stats shop.omni\n"
                "omni stats shop.omni --json\n",
    .options = {{"json", NULL, "One object with the same names."}},
    .run = run_stats,
};
