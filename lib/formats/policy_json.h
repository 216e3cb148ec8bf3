/* Policies as JSON documents: docs/policy.schema.json. */
#ifndef OMNI__FORMATS_POLICY_JSON_H
#define OMNI__FORMATS_POLICY_JSON_H

#include "identity/policy.h"
#include "omni/policy.h"

/* `base` with what the document sets; one reference. OMNI_ERR_SYNTAX with the
   path of what is wrong in the message, or the byte that is no JSON. */
omni_status
omni__policy_parse(const omni__policy *base, omni__slice json,
                   const omni__alloc *alloc, omni__policy_box **out,
                   omni_error *error);

/* Append the policy as a document. */
omni_status
omni__policy_write(const omni__policy *policy, omni__arena *arena,
                   omni__buffer *out);

/* Settings of `policy` beside those of `before`, by name, in the arena;
   `changed`: only those that differ. */
omni_status
omni__policy_compare(const omni__policy *policy, const omni__policy *before,
                     bool changed, omni__arena *arena,
                     omni_policy_setting **out, size_t *count);

#endif
