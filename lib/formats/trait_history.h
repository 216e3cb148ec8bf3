/* Every value that a trait of a profile was ever given (P1). */
#ifndef OMNI__FORMATS_TRAIT_HISTORY_H
#define OMNI__FORMATS_TRAIT_HISTORY_H

#include "profile/view.h"

/* Those of one name, or of all (NULL bytes): by name, the one in force first,
   then the latest first. Memory from the source's arena. */
omni_status
omni__trait_history(const omni__profile_source *source,
                    const omni_profile *profile, omni__slice name,
                    omni_trait_entry **out, size_t *count);

#endif
