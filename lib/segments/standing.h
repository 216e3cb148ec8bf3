/*
   How a profile stands with the segments: the answers that are kept in the row
   of its head, and the keys of its rows of MEMBER and DUE.
*/
#ifndef OMNI__SEGMENTS_STANDING_H
#define OMNI__SEGMENTS_STANDING_H

#include "storage/node.h"

/* An answer. One that is "not a member, for ever" is not kept. */
typedef struct omni__stand {
    uint32_t number;    /* of the segment */
    uint8_t membership; /* omni__membership */
    int64_t until_us;   /* INT64_MAX: for ever, without a new fact */
} omni__stand;

/* Append an answer to a section; `last` is the number of the one before, or
   0. */
void
omni__stand_put(const omni__stand *stand, uint32_t last, omni__buffer *out);

/* The answer that follows `stand` in a section, whose number is to be 0 before
   the first. OMNI_END; OMNI_ERR_CORRUPT. */
omni_status
omni__stand_next(omni__reader *reader, omni__stand *stand);

static inline omni__key
omni__key_member(uint32_t number, const omni_id *profile)
{
    omni__key key = omni__key_of(OMNI__TABLE_MEMBER);
    omni__key_add_u32(&key, number);
    omni__key_add(&key, profile->bytes, OMNI__ID_SIZE);
    return key;
}

static inline omni__key
omni__key_due(int64_t instant_us, const omni_id *profile)
{
    omni__key key = omni__key_of(OMNI__TABLE_DUE);
    omni__key_add_u64(&key, omni__ordered(instant_us));
    omni__key_add(&key, profile->bytes, OMNI__ID_SIZE);
    return key;
}

/* Instant and profile of a key of DUE. */
omni_status
omni__due_read(omni__slice key, int64_t *instant_us, omni_id *profile);

#endif
