/* The actions of `segment` that go over all profiles. */
#ifndef OMNI_CLI_SEGMENT_SCAN_H
#define OMNI_CLI_SEGMENT_SCAN_H

#include "cli.h"

/* How many are in a segment at an instant. */
int
segment_count(const view *view, const call *call, const omni_segment *segment,
              int64_t now_us);

/* Say for how many the condition has no value, if there are any. */
void
segment_tell_errors(uint64_t errors);

/* Who they are. */
int
segment_members(const view *view, const call *call, const omni_segment *segment,
                int64_t now_us);

#endif
