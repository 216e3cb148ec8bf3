/* Bodies of events as the public structs that applications read. */
#ifndef OMNI__FORMATS_EVENT_READ_H
#define OMNI__FORMATS_EVENT_READ_H

#include "events/copy.h"
#include "omni/timeline.h"

/* Everything but the anchor; borrows from the body. */
omni_timeline_event
omni__event_read(const omni__event_body *body);

/* Identifiers in memory of the arena; their texts are borrowed. */
omni_status
omni__identifiers_read(const omni__named *named, size_t count,
                       omni__arena *arena, const omni_identifier_text **out);

/* A copy of its own, with the identifiers it carries in memory of the
   arena. */
omni_status
omni__copy_view(const omni__secret *secret, const omni__policy *policy,
                const omni__event_body *body, omni__arena *arena,
                omni_event_copy *out);

#endif
