/* What an import did, for people and as JSON. */
#include "import.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
import_add(omni_import_summary *sum, const omni_import_summary *one)
{
    sum->read += one->read;
    sum->taken += one->taken;
    sum->duplicates += one->duplicates;
    sum->refused += one->refused;
    sum->flagged += one->flagged;
    sum->skipped += one->skipped;
    sum->retracted += one->retracted;
    for (size_t i = 0; i < OMNI_REFUSED_COUNT; ++i) {
        sum->refused_by_code[i] += one->refused_by_code[i];
    }
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

void
import_print_refused(const omni_import_summary *summary)
{
    fputs("\"refused\":{", stdout);
    print_refused(summary, "", ",", "\"%s\":%" PRIu64);
    putchar('}');
}

static bool
rule_of(const job *job, size_t rule, omni_skipped *out)
{
    return job->mapping != NULL &&
           omni_mapping_skipped(job->mapping, rule, out) == OMNI_OK;
}

static int
compare_texts(omni_text a, omni_text b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = memcmp(a.bytes, b.bytes, size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* The first reason behind one (NULL: of all), with the rows of all its rules.
   False after the last. */
static bool
next_skipped(const job *job, const omni_text *behind, omni_skipped *out)
{
    omni_skipped one;
    bool found = false;
    for (size_t rule = 0; rule_of(job, rule, &one); ++rule) {
        if (one.count == 0 ||
            (behind != NULL && compare_texts(one.reason, *behind) <= 0)) {
            continue;
        }
        const int order = found ? compare_texts(one.reason, out->reason) : -1;
        if (order == 0) {
            out->count += one.count;
        } else if (order < 0) {
            *out = one;
            found = true;
        }
    }
    return found;
}

void
import_print_skipped(const job *job)
{
    omni_skipped at = {0};
    const omni_text *behind = NULL;
    omni_text last;
    fputs("\"skipped\":{", stdout);
    while (next_skipped(job, behind, &at)) {
        fputs(behind != NULL ? "," : "", stdout);
        put_json(at.reason);
        printf(":%" PRIu64, at.count);
        last = at.reason;
        behind = &last;
    }
    putchar('}');
}

void
import_print_counts(const job *job)
{
    const omni_import_summary *summary = &job->summary;
    omni_skipped at = {0};
    const omni_text *behind = NULL;
    omni_text last;
    printf("read        %12" PRIu64 "\n", summary->read);
    printf("taken       %12" PRIu64 "\n", summary->taken);
    printf("duplicates  %12" PRIu64 "\n", summary->duplicates);
    printf("refused     %12" PRIu64, summary->refused);
    print_refused(summary, "  ", ", ", "%s %" PRIu64);
    printf("\nflagged     %12" PRIu64 "\n", summary->flagged);
    if (summary->retracted != 0) {
        printf("retracted   %12" PRIu64 "\n", summary->retracted);
    }
    if (summary->skipped == 0) {
        return;
    }
    printf("skipped     %12" PRIu64, summary->skipped);
    while (next_skipped(job, behind, &at)) {
        fputs(behind != NULL ? ", " : "  ", stdout);
        put_text(at.reason);
        printf(" %" PRIu64, at.count);
        last = at.reason;
        behind = &last;
    }
    putchar('\n');
}

void
import_print(const job *job, int64_t spent_us)
{
    const omni_import_summary *summary = &job->summary;
    const double seconds = (double)spent_us / 1e6;
    const double rate = (double)summary->read / (seconds + 1e-9);
    if (job->json) {
        printf("{\"duplicates\":%" PRIu64 ",\"events_per_second\":%.0f,"
               "\"flagged\":%" PRIu64 ",\"read\":%" PRIu64 ",",
               summary->duplicates, rate, summary->flagged, summary->read);
        import_print_refused(summary);
        printf(",\"retracted\":%" PRIu64 ",\"seconds\":%.6f,",
               summary->retracted, seconds);
        import_print_skipped(job);
        printf(",\"taken\":%" PRIu64 "}\n", summary->taken);
        return;
    }
    import_print_counts(job);
    printf("%.3f s, %.0f events per second\n", seconds, rate);
}
