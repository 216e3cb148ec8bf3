/* What a policy would do: tables as they are and as it would make them, walked
   together. */
#ifndef OMNI__FORMATS_POLICY_PLAN_H
#define OMNI__FORMATS_POLICY_PLAN_H

#include "omni/policy.h"
#include "profile/view.h"

/* Count and show what differs; both of the same state of the log. What is
   shown lives in the arena of `before`; that of `after` is worked in. */
omni_status
omni__policy_plan_make(const omni__profile_source *before,
                       const omni__profile_source *after, uint32_t samples,
                       omni_policy_plan *plan);

/* Append a plan as one object, keys sorted. */
void
omni__policy_plan_write(const omni_policy_plan *plan, omni__buffer *out);

#endif
