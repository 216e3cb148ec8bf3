/*
   A segment over all profiles at an instant: block by block, by columns where
   they can tell and profile by profile where they cannot. The answer is the
   one that evaluating each profile gives.
*/
#ifndef OMNI__SEGMENTS_SCAN_H
#define OMNI__SEGMENTS_SCAN_H

#include "segments/plan.h"

#include <stdatomic.h>

/* Blocks of the cache that this process has looked over: by block, of which
   position and policy the row is. Shared by threads; zero to begin with. */
typedef struct omni__scan_memory {
    _Atomic uint64_t checked[OMNI__BLOCK_COUNT];
} omni__scan_memory;

/* What a scan reads from. Blocks that are made anew are kept in `kv`. */
typedef struct omni__scan_source {
    omni__view view; /* of a snapshot */
    uint64_t position;
    omni__kv *kv;
    omni__log *log;
    const omni__secret *secret;
    const omni__policy *policy; /* by which the view's rows are made */
    omni__scan_memory *memory;
    const omni__alloc *alloc;
    omni__segment_lookup lookup;
    void *user;
} omni__scan_source;

typedef struct omni__scan_tally {
    uint64_t profiles;
    uint64_t members;
    uint64_t errors;    /* profiles whose answer is an error */
    uint64_t evaluated; /* profiles that columns could not tell */
    uint64_t built;     /* blocks that had to be made */
} omni__scan_tally;

typedef struct omni__scan omni__scan;

/* Begin behind the profile `after` (NULL: with the first). The segment must
   outlive the scan; NULL: all are members, and only omni__scan_block() may be
   called. */
omni_status
omni__scan_open(const omni__scan_source *source, const omni__segment *segment,
                int64_t now_us, const omni_id *after, omni__scan **out);

/* The next member, in the order of ids; OMNI_END. */
omni_status
omni__scan_next(omni__scan *scan, omni_id *out);

/* Go through the next block, if no member was asked for, and count; OMNI_END.
   `*block` is how many are done of OMNI__BLOCK_COUNT. */
omni_status
omni__scan_count(omni__scan *scan, uint32_t *block);

/* To the next block, where who scans looks at columns itself: `*out`, or NULL
   where its nodes have to be walked; OMNI_END. Not together with the two
   above. */
omni_status
omni__scan_block(omni__scan *scan, const omni__columns **out, uint32_t *block);

/* OMNI_OK if the profile of that number in the block's columns is a member,
   else OMNI_NOT_FOUND. */
omni_status
omni__scan_member(omni__scan *scan, uint32_t number);

/* What was found so far. */
const omni__scan_tally *
omni__scan_tally_of(const omni__scan *scan);

/* Keeps what was made; NULL is allowed. */
void
omni__scan_close(omni__scan *scan);

#endif
