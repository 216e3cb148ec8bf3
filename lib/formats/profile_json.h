/* Profiles and their events out: canonical JSON. */
#ifndef OMNI__FORMATS_PROFILE_JSON_H
#define OMNI__FORMATS_PROFILE_JSON_H

#include "codec/body.h"
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

/* Appends what there is to tell of a contested device in its object, instead
   of that it is one: members between `namespace` and `value`, each led by a
   comma. */
typedef void (*omni__device_fn)(void *user, const omni__node *device);

/* The same in two parts, the members up to `segments` and the rest, for who
   writes members of its own in between. `device` may be NULL. */
void
omni__profile_write_head(const omni_profile *profile, omni__device_fn device,
                         void *user, omni__buffer *out);

void
omni__profile_write_tail(const omni_profile *profile, omni__buffer *out);

/* Append the member `events`: figures. */
void
omni__figures_write(const omni_figure *figures, size_t count,
                    omni__buffer *out);

/* Append the member `traits`. */
void
omni__traits_write(const omni_trait *traits, size_t count, omni__buffer *out);

/* What is told of an event besides itself. */
typedef struct omni__event_extra {
    const omni_fact_id *fact; /* or NULL */
    bool nobody;
} omni__event_extra;

/* Append an event as one object, keys sorted. */
void
omni__event_write(const omni__event_body *event, const omni__named *identifiers,
                  size_t count, omni__event_extra extra, omni__buffer *out);

#endif
