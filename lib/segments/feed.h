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

/* Rows of MEMBER are written when the feed is so many entries ahead of them. */
#define OMNI__FEED_AHEAD 2048u

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

/* Where a reader stands: at an entry, or before the first of a row. Zeroed, it
   stands nowhere. */
typedef struct omni__feed_walk {
    omni__kv_cursor *cursor;
    omni__reader rest;      /* of the row, behind the entry */
    uint64_t number;        /* of the entry; 0: nowhere */
    omni__feed_entry entry; /* before the first: its position alone */
} omni__feed_walk;

/* To an entry by its number; the walk stood nowhere. What an entry has is
   borrowed from the view. OMNI_NOT_FOUND; OMNI_ERR_CORRUPT. */
omni_status
omni__feed_find(const omni__view *view, uint64_t number, omni__feed_walk *walk);

/* To the next entry. OMNI_END. */
omni_status
omni__feed_next(omni__feed_walk *walk);

/* The same, but not beyond the row. */
omni_status
omni__feed_next_of_row(omni__feed_walk *walk);

/* Before the first entry of the last row, or of the row before. OMNI_END. */
omni_status
omni__feed_last_row(const omni__view *view, omni__feed_walk *walk);

omni_status
omni__feed_row_before(omni__feed_walk *walk);

/* Stand nowhere again; in any case in the end. */
void
omni__feed_close(omni__feed_walk *walk);

#endif
