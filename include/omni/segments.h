/**
   @file segments.h  The segments of a store: definitions by name, who is in
   them at an instant, and who entered and left.

   Membership is stored, and follows facts as they come and time as it is told
   by omni_store_tick(). Answers do not depend on when that was called: what
   has not been told yet is evaluated when it is asked for.
*/
#ifndef OMNI_SEGMENTS_H
#define OMNI_SEGMENTS_H

#include "omni/changes.h"
#include "omni/profile.h"
#include "omni/segment.h"
#include "omni/statement.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a segment is to be. */
typedef struct omni_segment_definition {
    size_t size; /**< Set by the caller: sizeof(omni_segment_definition). */
    const char *name; /**< 1 to 64 letters of ASCII, digits, underscores, dots
                         and hyphens. */
    const char *expression; /**< CEL. */
    const char *author;     /**< Who says so, or NULL. */
    const char *reason;     /**< Why, or NULL. */
} omni_segment_definition;

/**
   Define a segment, or give one that there is another condition.

   A `segment` fact is made; of all on one name the latest is in force. Who is
   in it is known at once, and stored by the next calls of omni_store_tick().

   @param store      Any thread.
   @param definition Set `size` first. Copied.
   @param[out] fact  The fact; may be NULL.
   @param[out] error What is wrong, of an expression with line, column and
                     byte; may be NULL.
   @return OMNI_OK; OMNI_ERR_SYNTAX and OMNI_ERR_LIMIT as
           omni_segment_compile(); OMNI_ERR_ARGUMENT for a name that cannot be,
           or if the segment would ask for itself through segment();
           OMNI_ERR_LIMIT, too, if segments would ask for one another more than
           8 deep; write faults as omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_segment_set(omni_store *store, const omni_segment_definition *definition,
                 omni_fact_id *fact, omni_error *error);

/** Which segment is to go. */
typedef struct omni_segment_removal {
    size_t size;        /**< Set by the caller: sizeof(omni_segment_removal). */
    const char *name;   /**< Its name. */
    const char *author; /**< Who says so, or NULL. */
    const char *reason; /**< Why, or NULL. */
    bool force; /**< Also where others ask for it through segment(): that is
                   an error in them from then on. */
} omni_segment_removal;

/**
   Take a segment away: all leave it, by the next calls of omni_store_tick().

   @param store      Any thread.
   @param removal    Set `size` first. Copied.
   @param[out] fact  The fact; may be NULL.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_NOT_FOUND if there is no such segment;
           OMNI_ERR_CONFLICT, without `force`, if other segments ask for it:
           `error` names them; OMNI_ERR_ARGUMENT; write faults as
           omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_segment_delete(omni_store *store, const omni_segment_removal *removal,
                    omni_fact_id *fact, omni_error *error);

/** A segment of a store. */
typedef struct omni_segment_info {
    omni_text name;       /**< Its name. */
    omni_text expression; /**< Its condition. */
    omni_text author;     /**< Who defined it so; may be empty. */
    omni_text reason;     /**< Why; may be empty. */
    int64_t since_us;     /**< When. */
    uint64_t members;     /**< How many are stored to be in it. */
    uint64_t errors;      /**< For how many its condition has no value, as it
                             is stored. */
    bool filling; /**< Not all profiles were evaluated since it was defined so:
                     omni_store_tick() goes on with that. */
    const char *error; /**< Why the condition has no value for anybody: it does
                          not compile (one that a newer library took), or asks
                          for a segment that there is not; else NULL. */
} omni_segment_info;

/**
   All segments of a store.

   @param txn        A txn, and the thread that uses it.
   @param[out] out   By name. Borrowed until the txn ends.
   @param[out] count Number of segments.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY, OMNI_ERR_CORRUPT, OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_segments_read(omni_txn *txn, const omni_segment_info **out, size_t *count);

/**
   The condition of a stored segment, compiled.

   What it asks of other segments through segment() is answered by those that
   the txn sees when it is evaluated.

   @param txn      A txn, and the thread that uses it.
   @param name     Its name.
   @param[out] out Free with omni_segment_free(). Untouched on failure.
   @return OMNI_OK; OMNI_NOT_FOUND; OMNI_ERR_SYNTAX or OMNI_ERR_LIMIT if it
           does not compile; OMNI_ERR_NO_MEMORY, OMNI_ERR_CORRUPT,
           OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_segment_load(omni_txn *txn, const char *name, omni_segment **out);

/** How the members of several segments are put together. */
typedef enum omni_set_operation {
    OMNI_SET_UNION = 0,        /**< Who is in any of them. */
    OMNI_SET_INTERSECTION = 1, /**< Who is in all of them. */
    OMNI_SET_DIFFERENCE = 2    /**< Who is in the first and in no other. */
} omni_set_operation;

/** Whom to tell of. */
typedef struct omni_members_query {
    size_t size; /**< Set by the caller: sizeof(omni_members_query). */
    const char *const *segments;  /**< Names; each may stand there once. */
    size_t segment_count;         /**< Names; 1 to OMNI_LIMIT_SET_SEGMENTS. */
    omni_set_operation operation; /**< Of one segment all mean the same. */
    bool has_at;                  /**< `at_us` counts; else the txn's. */
    int64_t at_us;                /**< The instant, in the years 1 to 9999. */
} omni_members_query;

/** How many there are. */
typedef struct omni_members_counts {
    size_t size;      /**< Set by the caller: sizeof(omni_members_counts). */
    uint64_t members; /**< Profiles in what the segments make together, or
                         those that were told of. */
    uint64_t errors;  /**< Profiles for which a condition has no value, and
                         that are not in it for that; of several segments
                         their sum. */
} omni_members_counts;

/** Told of each profile; not 0 ends it. */
typedef int (*omni_members_fn)(void *user, const omni_id *profile);

/**
   Who is in a segment, or in what several make together, at an instant.

   Stored membership is walked, and profiles are evaluated only where time has
   gone on since the last omni_store_tick(), or where a definition is new. An
   instant before that is answered as omni_scan_open() does.

   @param txn        A txn, and the thread that uses it.
   @param query      Set `size` first. Copied.
   @param callback   Gets every profile, in the order of ids; NULL: only the
                     number is wanted. It must not use the txn.
   @param user       Passed to it.
   @param[out] counts How many there are; set `size` first; may be NULL.
   @return OMNI_OK; OMNI_END if the callback ended it; OMNI_NOT_FOUND if a name
           is none; OMNI_ERR_ARGUMENT; OMNI_ERR_NO_MEMORY, OMNI_ERR_CORRUPT,
           OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_segments_members(omni_txn *txn, const omni_members_query *query,
                      omni_members_fn callback, void *user,
                      omni_members_counts *counts);

/** Somebody entered or left a segment. */
typedef struct omni_segment_change {
    omni_feed_position position; /**< Its own: pass it on as `after`. */
    omni_text segment;           /**< Name of the segment. */
    omni_id profile;             /**< As it was called then. */
    bool entered;                /**< Otherwise it left. */
    int64_t instant_us; /**< When it became so: not when it was noticed. */
} omni_segment_change;

/**
   The change that comes after one, in the order in which they were noticed.

   A feed: keep the position of the last change that was dealt with.

   @param txn      A txn, and the thread that uses it; not one as of an instant.
   @param after    Position of a change, or of omni_feed_end(); NULL or zeroes
                   for the first.
   @param[out] out Borrowed until the txn ends. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END if there is none yet; OMNI_ERR_CONFLICT if the
           position is of another epoch, or behind the end: what was read up to
           it does not hold, so read the members anew and go on from
           omni_feed_end(); OMNI_ERR_ARGUMENT, OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_segment_change_next(omni_txn *txn, const omni_feed_position *after,
                         omni_segment_change *out);

/**
   Names of the segments that a profile is in at the instant of its txn.

   A stored answer is taken where it is known to hold at that instant; the
   others are evaluated.

   @param txn        The txn that the profile is of.
   @param profile    A profile.
   @param[out] out   Sorted. Borrowed as the profile is.
   @param[out] count Number of names.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY, OMNI_ERR_CORRUPT, OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_segments(omni_txn *txn, const omni_profile *profile,
                      const omni_text **out, size_t *count);

/** What a tick did. */
typedef struct omni_tick_result {
    size_t size;        /**< Set by the caller: sizeof(omni_tick_result). */
    uint64_t ticks;     /**< How many steps it took. */
    uint64_t processed; /**< Profiles that were looked at. */
    uint64_t entered;   /**< Changes: somebody entered, … */
    uint64_t left;      /**< … or left. */
    uint64_t due_left;  /**< Profiles of which an answer is over by then, and
                           that were not reached. */
    bool filling;       /**< A new definition has not been through. */
    bool done;          /**< Nothing is left to do up to the instant. */
    int64_t next_us;    /**< When the next answer is over; INT64_MAX: none
                           ever is without a new fact. */
} omni_tick_result;

/**
   Tell the segments that time has gone on, and let new definitions go through.

   Bounded work: call it again until it is done. Where there is nothing to do
   nothing is written. What a crash takes back is done again by the next call;
   calls of several threads and processes may meet.

   @param store       Any thread.
   @param now_us      Up to when; 0: the store's clock. Segments do not go
                      back: a later instant than the clock's is one that has
                      come, for good. Who is in a segment at a later instant
                      is told without ticking, by omni_segments_members().
   @param budget      How many profiles to look at; 0: 10,000.
   @param[out] result What it did; set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_UNCHANGED if there was nothing to do;
           OMNI_ERR_ARGUMENT; write faults as omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_store_tick(omni_store *store, int64_t now_us, uint64_t budget,
                omni_tick_result *result, omni_error *error);

/**
   Call omni_store_tick() until it is done.

   @param store       Any thread.
   @param now_us      Up to when; 0: the store's clock.
   @param progress    Told of profiles done and of how many there are in all;
                      may be NULL. Not 0 from it ends the work, which the next
                      call goes on with.
   @param user        Passed to it.
   @param[out] result What all of it did; set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_UNCHANGED if there was nothing to do; OMNI_ERR_BUSY
           if the callback ended it; otherwise as omni_store_tick().
   @since 0.1
*/
OMNI_API omni_status
omni_store_tick_all(omni_store *store, int64_t now_us,
                    omni_progress_fn progress, void *user,
                    omni_tick_result *result, omni_error *error);

/**
   As omni_store_dump(), with the segments that each profile is in at an
   instant.

   Stores that hold the same facts write the same bytes.

   @param store      Any thread.
   @param at_us      The instant, within the years 1 to 9999.
   @param write      Gets the bytes, whole lines or pieces of one.
   @param user       Passed to it.
   @param[out] error Detail; may be NULL.
   @return As omni_store_dump(); OMNI_ERR_ARGUMENT for an instant out of
           range.
   @since 0.1
*/
OMNI_API omni_status
omni_store_dump_at(omni_store *store, int64_t at_us, omni_write_fn write,
                   void *user, omni_error *error);

#ifdef __cplusplus
}
#endif

#endif
