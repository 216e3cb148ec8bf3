/* Profiles and their events out: canonical JSON. */
#ifndef OMNI__FORMATS_PROFILE_JSON_H
#define OMNI__FORMATS_PROFILE_JSON_H

#include "events/timeline.h"
#include "platform/buffer.h"
#include "profile/view.h"

/* Read a whole profile, with its figures, from its nodes. */
omni_status
omni__profile_load(const omni__profile_source *source,
                   const omni__members *members, omni_profile **out);

/* Append a profile as one object, keys sorted. `held` must have been read.
 */
void
omni__profile_write(const omni_profile *profile, omni__buffer *out);

/* Append an event as one object, keys sorted; its identifiers in `arena`. */
omni_status
omni__event_write(const omni__timeline *timeline,
                  const omni__timeline_item *item, omni__arena *arena,
                  omni__buffer *out);

/*
   Write every profile as a line, in the order of ids, each with its timeline,
   oldest event first. Of the source's arena only the allocator is used.
*/
omni_status
omni__dump(const omni__profile_source *source, omni_write_fn write, void *user,
           omni_error *error);

#endif
