/*
   How many equal records stood before one in the same import (F7), for any
   number of records: beyond a small table in memory the counts live in an
   unlinked temporary file, which the system may page out.
*/
#ifndef OMNI__EVENTS_ORDINALS_H
#define OMNI__EVENTS_ORDINALS_H

#include "platform/hooks.h"

typedef struct omni__ordinals {
    const omni__hooks *hooks;
    const char *directory; /* for the temporary file; borrowed */
    struct omni__ordinal *slots;
    uint64_t capacity; /* a power of two, or 0 */
    uint64_t used;
    bool mapped; /* the slots are a file's */
} omni__ordinals;

void
omni__ordinals_init(omni__ordinals *ordinals, const omni__hooks *hooks,
                    const char *directory);

void
omni__ordinals_free(omni__ordinals *ordinals);

/* Number of calls with this hash before this one. OMNI_ERR_NO_MEMORY, or why
   the file could not be made. */
omni_status
omni__ordinals_next(omni__ordinals *ordinals, uint64_t hash, uint64_t *out);

#endif
