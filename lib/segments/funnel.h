/* Funnels over all profiles. */
#ifndef OMNI__SEGMENTS_FUNNEL_H
#define OMNI__SEGMENTS_FUNNEL_H

#include "omni/funnel.h"
#include "profile/view.h"

/* Options as they were checked, `until_us` set. The result lives in the
   source's arena. */
omni_status
omni__funnel_run(const omni__profile_source *source,
                 const omni_funnel_options *options, omni_funnel **out,
                 omni_error *error);

#endif
