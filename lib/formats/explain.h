/* Explanations put together: of two identifiers, and of one (I11). */
#ifndef OMNI__FORMATS_EXPLAIN_H
#define OMNI__FORMATS_EXPLAIN_H

#include "profile/view.h"

/* Why two nodes are one profile, or why not; in the source's arena. */
omni_status
omni__explain_pair(const omni__profile_source *source, const omni__node *a,
                   const omni__node *b, omni_explanation **out);

/* What is known of one node, and why. */
omni_status
omni__explain_node(const omni__profile_source *source, const omni__node *node,
                   omni_identifier_explanation **out);

/* Every link and statement of a profile. */
omni_status
omni__explain_members(const omni__profile_source *source,
                      const omni__members *members, const omni_link **out,
                      size_t *count);

#endif
