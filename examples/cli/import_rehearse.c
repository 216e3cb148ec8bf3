/* `import --dry-run`: everything is read and judged, nothing is written. */
#include "import.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_SHOWN 3
#define REFUSED_SHOWN 3 /* of each code */

/* A refused record that is shown as an example. */
typedef struct example {
    omni_refused_code code;
    const char *file;
    uint64_t line;
    char *reason;
} example;

typedef struct rehearsal {
    char *events[EVENTS_SHOWN];
    size_t event_count;
    example examples[OMNI_REFUSED_COUNT * REFUSED_SHOWN];
    size_t example_count;
    size_t by_code[OMNI_REFUSED_COUNT];
    bool failed; /* out of memory */
} rehearsal;

/* One at a time: a call of the command is. */
static rehearsal shown;

static char *
copy(rehearsal *r, const char *bytes, size_t size)
{
    char *text = strndup(bytes, size);
    r->failed |= text == NULL;
    return text;
}

static int
show(void *user, const omni_parsed_event *record)
{
    const job *job = user;
    rehearsal *r = &shown;
    if (record->outcome != OMNI_OUTCOME_REFUSED) {
        if (r->event_count < EVENTS_SHOWN) {
            r->events[r->event_count++] =
                copy(r, record->event_json.bytes, record->event_json.size);
        }
        return r->failed;
    }
    if (r->by_code[record->code]++ < REFUSED_SHOWN) {
        r->examples[r->example_count++] = (example){
            .code = record->code,
            .file = job->file,
            .line = record->line,
            .reason = copy(r, record->reason, strlen(record->reason))};
    }
    return r->failed;
}

static void
print_json(const job *job)
{
    const rehearsal *r = &shown;
    const omni_import_summary *summary = &job->summary;
    printf("{\"dry_run\":true,\"duplicates\":%" PRIu64 ",\"events\":[",
           summary->duplicates);
    for (size_t i = 0; i < r->event_count; ++i) {
        printf("%s%s", i == 0 ? "" : ",", r->events[i]);
    }
    printf("],\"examples\":[");
    for (size_t i = 0; i < r->example_count; ++i) {
        const example *one = &r->examples[i];
        printf("%s{\"code\":\"%s\",\"file\":", i == 0 ? "" : ",",
               omni_refused_name(one->code));
        put_json(text_of(one->file));
        printf(",\"line\":%" PRIu64 ",\"reason\":", one->line);
        put_json(text_of(one->reason));
        putchar('}');
    }
    printf("],\"flagged\":%" PRIu64 ",\"read\":%" PRIu64 ",", summary->flagged,
           summary->read);
    import_print_refused(summary);
    putchar(',');
    import_print_skipped(job);
    printf(",\"taken\":%" PRIu64 "}\n", summary->taken);
}

static void
print_text(const job *job)
{
    const rehearsal *r = &shown;
    puts("dry run: nothing was written");
    import_print_counts(job);
    for (size_t i = 0; i < r->example_count; ++i) {
        const example *one = &r->examples[i];
        if (i == 0) {
            puts("\nThe first that would be refused:");
        }
        printf("%s:%" PRIu64 ": %s: ", one->file, one->line,
               omni_refused_name(one->code));
        put_text(text_of(one->reason));
        putchar('\n');
    }
    for (size_t i = 0; i < r->event_count; ++i) {
        puts(i == 0 ? "\nThe first events:" : "");
        put_text(text_of(r->events[i]));
        putchar('\n');
    }
}

static void
forget(void)
{
    for (size_t i = 0; i < shown.event_count; ++i) {
        free(shown.events[i]);
    }
    for (size_t i = 0; i < shown.example_count; ++i) {
        free(shown.examples[i].reason);
    }
    shown = (rehearsal){0};
}

int
import_rehearse(job *job)
{
    omni_error error = {0};
    const omni_status status =
        omni_batch_new(job->store, NULL, &job->batch, &error);
    if (status != OMNI_OK) {
        return fault_of("import", status, &error);
    }
    forget();
    job->show = show;
    import_read(job);
    omni_batch_free(job->batch);
    job->batch = NULL;
    if (!shown.failed) {
        (job->json ? print_json : print_text)(job);
    }
    const int result = shown.failed ? fault("out of memory") : DONE;
    forget();
    return result;
}
