/* Rows of MOVE: what became of profiles, in the order in which it came out. */
#ifndef OMNI__IDENTITY_MOVE_H
#define OMNI__IDENTITY_MOVE_H

#include "storage/view.h"

/* Permanent: as omni_profile_change_kind. */
typedef enum omni__move_kind {
    OMNI__MOVE_JOINED = 1,
    OMNI__MOVE_RENAMED = 2,
    OMNI__MOVE_SPLIT = 3,
    OMNI__MOVE_ENDED = 4
} omni__move_kind;

typedef struct omni__move {
    uint8_t kind;      /* omni__move_kind */
    omni_id profile;   /* that was there */
    omni_id other;     /* that its members are in; zeroes: it ended */
    uint64_t position; /* of the log's frame that did it */
    uint32_t fact;     /* the one in that group, from 0 */
} omni__move;

static inline omni__key
omni__key_move(uint64_t number)
{
    omni__key key = omni__key_of(OMNI__TABLE_MOVE);
    omni__key_add_u64(&key, number);
    return key;
}

void
omni__move_encode(const omni__move *move, omni__buffer *out);

/* OMNI_ERR_CORRUPT if malformed. */
omni_status
omni__move_decode(omni__slice row, omni__move *out);

#endif
