/*
   Who is in a stored segment at an instant, by a snapshot: what is stored, put
   right where time has gone on beyond it or a definition is new; for instants
   before the segment clock, by a scan.
*/
#ifndef OMNI__SEGMENTS_AUDIENCE_H
#define OMNI__SEGMENTS_AUDIENCE_H

#include "segments/definitions.h"
#include "segments/scan.h"
#include "storage/counts.h"

/* What it is read from. */
typedef struct omni__audience_source {
    const omni__view *view;
    omni__log *log;
    const omni__secret *secret;
    const omni__policy *policy;
    omni__definitions *definitions;
    const omni__alloc *alloc;
} omni__audience_source;

/* Of a profile, what is not as its row of MEMBER has it. */
typedef struct omni__correction {
    omni_id profile;
    uint32_t order; /* of several, the least counts */
    bool is;
    int8_t members; /* what it adds to how many are in it, … */
    int8_t errors;  /* … and to of how many its answer is an error */
} omni__correction;

/* One segment at an instant, walked in the order of ids. */
typedef struct omni__audience {
    const omni__definition *definition;
    bool fresh; /* nothing stored counts */
    uint64_t count;
    uint64_t errors;
    omni__correction *list; /* by id */
    size_t list_count;
    size_t list_capacity;
    size_t at;               /* next of the list */
    omni__kv_cursor *cursor; /* over rows of MEMBER */
    omni_id row;             /* under it, while `has_row` */
    bool has_row;
    omni_id profile; /* that the walk stands at */
} omni__audience;

/* Find out for several segments at once who is in them, at an instant that is
   not before the segment clock; `definition` of each is set, the rest zero.
   Free them in any case. */
omni_status
omni__audiences_read(const omni__audience_source *source,
                     omni__audience *audiences, size_t count, int64_t at_us);

/* The same for one segment and an instant before the segment clock. */
omni_status
omni__audience_scan(const omni__scan_source *scanned, omni__audience *audience,
                    int64_t at_us);

void
omni__audiences_free(const omni__audience_source *source,
                     omni__audience *audiences, size_t count);

/* Before walks over them, which were all read in the same way: take in the
   changes that MEMBER does not have yet. */
omni_status
omni__audiences_complete(const omni__audience_source *source,
                         omni__audience *audiences, size_t count);

/* To the first profile, or on to the next. OMNI_END. */
omni_status
omni__audience_first(const omni__audience_source *source,
                     omni__audience *audience);

omni_status
omni__audience_next(omni__audience *audience);

#endif
