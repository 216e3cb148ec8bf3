/* All derived state as canonical JSON lines (R2). */
#ifndef OMNI__FORMATS_DUMP_H
#define OMNI__FORMATS_DUMP_H

#include "profile/view.h"

/* Notes the segments that a profile is in. */
typedef struct omni__dump_segments {
    omni_status (*note)(void *user, omni_profile *profile);
    void *user;
} omni__dump_segments;

/*
   Write every profile as a line, with what `segments`, unless it is NULL, notes
   in it, in the order of ids, each with its timeline,
   oldest event first; then the segments and the policy in force, by name. Of
   the source's arena only the allocator is used.
*/
omni_status
omni__dump(const omni__profile_source *source,
           const omni__dump_segments *segments, omni_write_fn write, void *user,
           omni_error *error);

#endif
