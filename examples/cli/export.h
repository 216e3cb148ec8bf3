/* The command `export`, in its parts. */
#ifndef OMNI_CLI_EXPORT_H
#define OMNI_CLI_EXPORT_H

#include "cli.h"
#include "progress.h"
#include "sheet.h"

typedef enum export_what {
    EXPORT_PROFILES,
    EXPORT_EVENTS,
    EXPORT_IDENTIFIERS
} export_what;

/* What is exported, and how far it is. */
typedef struct export_job {
    view view;
    export_what what;
    bool jsonl;
    omni_timeline_options filter;
    sheet sheet;
    bytes text; /* of one value */
    progress progress;
    uint64_t profiles; /* in the store */
    uint64_t done;     /* of them, in this pass */
    uint64_t rows;     /* written */
} export_job;

/* export_columns.c: columns that are always there, or chosen. */

/* Give the sheet its first columns: those of `list` (NULL: all that are known
   beforehand). DONE, or WRONG_USAGE with a message. */
int
export_columns(export_job *job, const char *list);

/* export_rows.c: what is exported of one profile, into rows of the sheet or
   lines of JSON. */
omni_status
export_profile(export_job *job, const omni_profile *profile);

/* export_records.c */

/* Write an event as the records that it was made of, as `import` reads
   them. */
omni_status
export_records(omni_timeline *timeline, const char *profile_id);

#endif
