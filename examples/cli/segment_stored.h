/* The actions of `segment` on segments that the store keeps by name. */
#ifndef OMNI_CLI_SEGMENT_STORED_H
#define OMNI_CLI_SEGMENT_STORED_H

#include "cli.h"

/* The store that the call names, and the instant: --at, else now. */
int
segment_open(const call *call, view *view, int64_t *at_us);

int
segment_set(const call *call);

int
segment_delete(const call *call);

int
segment_list(const call *call);

int
segment_show(const call *call);

int
segment_changes(const call *call);

#define OVERLAP_MOST 16

int
segment_overlap(const call *call);

/* How many are in the segment that the call names, or who. */
int
segment_stored(const view *view, const call *call, int64_t at_us, bool listed);

/* Let time go on up to an instant (0: now), with a progress bar; what was done
   goes to `result`, if it is not NULL. */
int
segment_tick(omni_store *store, int64_t now_us, omni_tick_result *result);

#endif
