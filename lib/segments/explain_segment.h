/* Why a profile is in a segment, or is not: which parts of the condition
   decided, and what they read. */
#ifndef OMNI__SEGMENTS_EXPLAIN_SEGMENT_H
#define OMNI__SEGMENTS_EXPLAIN_SEGMENT_H

#include "segments/subject.h"

/* Append to `json`, and to `text` lines for a person. */
omni_status
omni__segment_explain(const omni__segment *segment, omni__subject *subject,
                      int64_t now_us, omni__buffer *json, omni__buffer *text);

#endif
