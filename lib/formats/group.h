/* A group as a whole: who is in it, and what was said of it. */
#ifndef OMNI__FORMATS_GROUP_H
#define OMNI__FORMATS_GROUP_H

#include "omni/group.h"
#include "profile/view.h"

/* Read a group by its id; memory from the source's arena. OMNI_NOT_FOUND. */
omni_status
omni__group_read(const omni__profile_source *source, omni__slice id,
                 omni_group **out);

/* Figures of all its members together. */
omni_status
omni__group_figures(const omni__profile_source *source, const omni_group *group,
                    omni_figure **out, size_t *count);

/* Ids of the groups that the events of a profile speak of, sorted. */
omni_status
omni__profile_groups(const omni__profile_source *source,
                     const omni_profile *profile, omni_text **out,
                     size_t *count);

/* Append a group as one object, keys sorted; the second with its figures. */
void
omni__group_write(const omni_group *group, omni__buffer *out);

void
omni__group_write_whole(const omni_group *group, const omni_figure *figures,
                        size_t count, omni__buffer *out);

#endif
