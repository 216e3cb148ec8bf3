/* Funnels over all profiles. */
#ifndef OMNI__SEGMENTS_FUNNEL_H
#define OMNI__SEGMENTS_FUNNEL_H

#include "omni/funnel.h"
#include "segments/scan.h"

/* What a funnel reads from. */
typedef struct omni__funnel_source {
    omni__scan_source scan;
    const omni__segment *segment; /* NULL: all profiles */
    omni__arena *arena;           /* of the result */
} omni__funnel_source;

/* Options as they were checked, `until_us` set. */
omni_status
omni__funnel_run(const omni__funnel_source *source,
                 const omni_funnel_options *options, omni_funnel **out,
                 omni_error *error);

#endif
