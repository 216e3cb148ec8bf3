/* A walk over all profiles of a view, in the order of their ids. */
#ifndef OMNI__FORMATS_PROFILES_H
#define OMNI__FORMATS_PROFILES_H

#include "profile/view.h"

typedef struct omni__profiles {
    omni__profile_source source; /* with the arena below */
    omni__arena arena;           /* of the profile that it stands on */
    omni__kv_cursor *cursor;
    omni__key from; /* of the first row to look at, until it was */
    bool moved;     /* it was */
} omni__profiles;

/*
   Begin with the first profile whose id is larger than `after` (NULL: with
   the first). Of the source's arena only the allocator is used. In place: it
   must not be moved.
*/
omni_status
omni__profiles_open(omni__profiles *profiles,
                    const omni__profile_source *source, const omni_id *after);

/* The next profile, with its figures; borrowed until the next call.
   OMNI_END. */
omni_status
omni__profiles_next(omni__profiles *profiles, omni_profile **out);

void
omni__profiles_close(omni__profiles *profiles);

#endif
