/* All derived state as canonical JSON lines (R2). */
#ifndef OMNI__FORMATS_DUMP_H
#define OMNI__FORMATS_DUMP_H

#include "profile/view.h"

/*
   Write every profile as a line, in the order of ids, each with its timeline,
   oldest event first; then the segments and the policy in force, by name. Of
   the source's arena only the allocator is used.
*/
omni_status
omni__dump(const omni__profile_source *source, omni_write_fn write, void *user,
           omni_error *error);

#endif
