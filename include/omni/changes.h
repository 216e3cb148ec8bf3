/**
   @file changes.h  What became of profiles: for whoever has stored their ids.

   A profile's id is that of one of its members (I8), so it can join another
   profile, get another name, or be split. An application that keeps ids need
   not look all of them up again: it reads this feed from where it stood.
*/
#ifndef OMNI_CHANGES_H
#define OMNI_CHANGES_H

#include "omni/identifier.h"
#include "omni/txn.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
   Where a reader stands in a feed. Keep both numbers, and together. Zeroes are
   before the first change.

   Feeds follow from the facts by the policy: where another one comes in force,
   they are written anew, with other changes under other numbers. The epoch
   tells that. It is another one, too, in another store, a copy or a restored
   backup, and by a library whose rules differ.
*/
typedef struct omni_feed_position {
    uint64_t epoch;    /**< Of the feed; 0: whatever it is, nothing is told. */
    uint64_t sequence; /**< Of a change: from 1 on, without a gap. */
} omni_feed_position;

/** The feeds of changes that a store keeps. Permanent. */
typedef enum omni_feed {
    OMNI_FEED_PROFILES = 1, /**< omni_profile_change_next(). */
    OMNI_FEED_SEGMENTS = 2  /**< omni_segment_change_next(). */
} omni_feed;

/**
   Where a feed ends now: for who begins to follow, or has to begin anew.

   Look up what is kept in the same txn, and go on from here.

   @param txn      A txn, and the thread that uses it; not one as of an instant.
   @param feed     Which one.
   @param[out] out Its epoch, never 0, and its last sequence, or 0.
   @return OMNI_OK; OMNI_ERR_ARGUMENT; OMNI_ERR_CORRUPT, OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_feed_end(omni_txn *txn, omni_feed feed, omni_feed_position *out);

/** What became of a profile. Permanent. */
typedef enum omni_profile_change_kind {
    OMNI_PROFILE_JOINED = 1,  /**< It is part of `other` now, which has members
                                 of at least one more profile of before. */
    OMNI_PROFILE_RENAMED = 2, /**< It is called `other` now, which has nobody
                                 of another profile of before. */
    OMNI_PROFILE_SPLIT = 3,   /**< Some of its members are in `other` now: one
                                 such change for each profile that got some.
                                 Stands before what became of the rest. */
    OMNI_PROFILE_ENDED = 4    /**< None of its members is left: all events that
                                 named them are void. */
} omni_profile_change_kind;

/**
   Stable word of a kind, such as "joined". Any thread.

   @param kind Any value.
   @return A static string; "unknown" for values this library lacks.
   @since 0.1
*/
OMNI_API const char *
omni_profile_change_name(omni_profile_change_kind kind);

/** Something became of a profile. */
typedef struct omni_profile_change {
    omni_feed_position position;   /**< Its own: pass it on as `after`. */
    omni_profile_change_kind kind; /**< What. */
    omni_id profile;               /**< The id that named a profile before. */
    omni_id other;     /**< The one that names what it is, or lost; zeroes if
                          it ended. */
    omni_fact_id fact; /**< What did it: of a group of facts, the one. */
    int64_t made_us;   /**< When that was made, as in omni_fact. */
} omni_profile_change;

/**
   The change of a profile that comes after one, in the order of the groups of
   facts, of which each is compared with all that was there before it.

   New profiles, and identifiers that come to a profile, are no changes. To
   follow: of `joined` and `renamed`, whatever is kept under `profile` belongs
   to `other` from here on. Of `split`, look up what is kept under `profile`
   once more, by identifiers or by ids that have become it, once OMNI_END is
   reached and in the same txn; of `ended` nothing is left. An id whose own
   identifier left the store and came back is a new one.

   The feed of a store is the same whatever batches were committed or folded
   at once, and is made again by omni_store_check(). Facts that were committed
   with OMNI_DURABILITY_OFF may be lost in a power cut, and then so is what
   they did.

   @param txn      A txn, and the thread that uses it; not one as of an instant.
   @param after    Position of a change, or of omni_feed_end(); NULL or zeroes
                   for the first.
   @param[out] out Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END if there is none yet; OMNI_ERR_CONFLICT if the
           position is of another epoch, or behind the end: what was read up to
           it does not hold, so look up what is kept and go on from
           omni_feed_end(); OMNI_ERR_ARGUMENT, OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_change_next(omni_txn *txn, const omni_feed_position *after,
                         omni_profile_change *out);

#ifdef __cplusplus
}
#endif

#endif
