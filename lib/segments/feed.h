/*
   The feed of who entered and left which segment, in the order in which it
   came out; entries are numbered from 1. A row of FEED has those that follow
   one another of one frame of the log, at most OMNI__FEED_ROW, under the
   number of the first.
*/
#ifndef OMNI__SEGMENTS_FEED_H
#define OMNI__SEGMENTS_FEED_H

#include "storage/view.h"

#define OMNI__FEED_ROW 32u

typedef struct omni__feed_entry {
    omni__slice segment; /* its name */
    omni_id profile;
    bool entered;
    int64_t instant_us; /* when it became so */
    uint64_t position;  /* of the log's frame that told */
} omni__feed_entry;

/* A row that is being made. */
typedef struct omni__feed_row {
    omni__buffer bytes;
    uint64_t first; /* the number of its first */
    unsigned count;
    omni_id last; /* the profile of its last */
} omni__feed_row;

static inline omni__key
omni__key_feed(uint64_t number)
{
    omni__key key = omni__key_of(OMNI__TABLE_FEED);
    omni__key_add_u64(&key, number);
    return key;
}

/* Append an entry; all of a row are of one position, and have the numbers from
   `first` on. Whether there was memory is told by `bytes`. */
void
omni__feed_append(omni__feed_row *row, const omni__feed_entry *entry);

/* An entry by its number. Borrows what the view lends. OMNI_NOT_FOUND;
   OMNI_ERR_CORRUPT. */
omni_status
omni__feed_read(const omni__view *view, uint64_t number, omni__feed_entry *out);

#endif
