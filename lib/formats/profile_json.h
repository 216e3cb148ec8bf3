/* Profiles and their events out: canonical JSON. */
#ifndef OMNI__FORMATS_PROFILE_JSON_H
#define OMNI__FORMATS_PROFILE_JSON_H

#include "events/timeline.h"
#include "platform/buffer.h"
#include "profile/view.h"

/* Read a whole profile, with its figures. */
omni_status
omni__profile_load(const omni__profile_source *source, const omni__node *node,
                   omni_profile **out);

/* Append a profile as one object, keys sorted. `held` must have been read.
 */
void
omni__profile_write(const omni_profile *profile, omni__buffer *out);

/* Append an event as one object, keys sorted. */
void
omni__event_write(const omni__event_body *event, omni__buffer *out);

/*
   Write every profile as a line, in the order of ids, each with its timeline,
   oldest event first. `alloc` is for what one profile needs.
*/
omni_status
omni__dump(const omni__view *view, omni__log *log, const omni__policy *policy,
           const omni__alloc *alloc, omni_write_fn write, void *user,
           omni_error *error);

#endif
