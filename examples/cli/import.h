/* What the parts of the command `import` share. */
#ifndef OMNI_CLI_IMPORT_H
#define OMNI_CLI_IMPORT_H

#include "cli.h"
#include "queue.h"
#include "rows.h"

#include <stdatomic.h>

typedef enum format { FORMAT_AUTO, FORMAT_JSONL, FORMAT_CSV } format;

#define NOTES_MAX 1024

typedef struct job {
    omni_store *store;
    const char *const *files; /* ends with NULL */
    const char *source;
    size_t batch_records;
    omni_durability durability;
    bool json;
    bool dry_run;
    format format;
    rows_form form;
    omni_mapping *mapping; /* NULL: none was given */
    uint64_t left;         /* records that may still be read */
    omni_parsed_fn show;   /* of a rehearsal; else NULL */
    queue queue;
    omni_batch *batch;    /* being filled */
    uint64_t total_bytes; /* 0: not known */
    _Atomic uint64_t read_bytes;
    int stop; /* readable once the reading is to stop */
    bool interrupted;
    const char *file; /* at hand, as messages name it */
    uint64_t line;    /* that was read last */
    char failure[512];
    char notes[NOTES_MAX]; /* lines for stderr */
    omni_import_summary summary;
} job;

/* import_read.c */

/* Read all files into batches; `failure`, `interrupted` and `notes` say what
   happened. */
void
import_read(job *job);

/* Add a line to the notes. */
void
import_note(job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* True if a file's name says that it is a table. */
bool
is_table_name(const char *file);

/* import_print.c */

void
import_add(omni_import_summary *sum, const omni_import_summary *one);

void
import_print(const job *job, int64_t spent_us);

/* The counts of a summary, without time and rate, for people. */
void
import_print_counts(const job *job);

/* Members `refused` and `skipped` of a JSON summary. */
void
import_print_refused(const omni_import_summary *summary);

void
import_print_skipped(const job *job);

/* import_rehearse.c */

/* Read all and say what it would become. */
int
import_rehearse(job *job);

/* import_suggest.c */

/* Print a mapping for a table. */
int
import_suggest(const char *file, const rows_form *form);

#endif
