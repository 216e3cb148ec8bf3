/* Rows of FEED: who entered and left which segment, in the order in which it
   came out. */
#ifndef OMNI__SEGMENTS_FEED_H
#define OMNI__SEGMENTS_FEED_H

#include "storage/view.h"

typedef struct omni__feed_entry {
    omni__slice segment; /* its name */
    omni_id profile;
    bool entered;
    int64_t instant_us; /* when it became so */
    uint64_t position;  /* of the log's frame that told */
} omni__feed_entry;

static inline omni__key
omni__key_feed(uint64_t number)
{
    omni__key key = omni__key_of(OMNI__TABLE_FEED);
    omni__key_add_u64(&key, number);
    return key;
}

void
omni__feed_encode(const omni__feed_entry *entry, omni__buffer *out);

/* Borrows from `row`. OMNI_ERR_CORRUPT if malformed. */
omni_status
omni__feed_decode(omni__slice row, omni__feed_entry *out);

#endif
