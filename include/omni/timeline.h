/** @file timeline.h  What a person did, over all channels. */
#ifndef OMNI_TIMELINE_H
#define OMNI_TIMELINE_H

#include "omni/event.h"
#include "omni/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
   A walk over a profile's events, borrowed from its txn. One thread at a time:
   that of its txn.
*/
typedef struct omni_timeline omni_timeline;

/** Which events. Zero-filled members choose all. */
typedef struct omni_timeline_options {
    size_t size;         /**< sizeof(omni_timeline_options). */
    bool oldest_first;   /**< Default: newest first. */
    bool has_since;      /**< `since_us` is set. */
    bool has_until;      /**< `until_us` is set. */
    int64_t since_us;    /**< From this instant on, itself included. */
    int64_t until_us;    /**< Before this instant. */
    const char *name;    /**< Only events of this name. */
    const char *channel; /**< Only events of this channel. */
    bool nobody;         /**< Also what is nobody's on the contested devices of
                            the profile, each event marked so. */
    const omni_identifier *device; /**< The same of this device alone; unused
                                      where `nobody` is set. NULL: none. */
} omni_timeline_options;

/** An event that was read; texts are borrowed until the next event, or the
    end of the walk or of its txn. */
typedef struct omni_timeline_event {
    omni_event_type type;      /**< Type word of the sender. */
    int64_t time_us;           /**< When it happened. */
    int64_t original_time_us;  /**< By its sender's clock, before any
                                  correction; 0: the record had no time. */
    omni_text id;              /**< Sender's id; empty if it gave none. */
    uint64_t made_id;          /**< Where `id` is empty: what stands for it; the
                                  JSON forms show it as 16 hex digits. */
    omni_text name;            /**< Event name. */
    omni_text channel;         /**< May be empty. */
    omni_text source;          /**< May be empty. */
    omni_text group_id;        /**< May be empty. */
    omni_text previous_id;     /**< Of an alias: the id before. */
    omni_text traits_json;     /**< Canonical JSON object, or empty. */
    omni_text properties_json; /**< Canonical JSON object, or empty. */
    omni_id anchor;            /**< Id of the identifier by which it is in its
                                  profile: its strongest one, or of an event
                                  without a person on a contested device, that
                                  of a login there. */
    bool nobody;               /**< It is nobody's: after `Signed Out` on a
                                  contested device, before the next login. */
} omni_timeline_event;

/**
   One copy of an event, as its sender wrote it.

   A retry is a copy, and may know more than the first one: another identifier,
   say. All copies are one event.
*/
typedef struct omni_event_copy {
    omni_timeline_event event;               /**< Anchored by itself. */
    const omni_identifier_text *identifiers; /**< Sorted. */
    size_t identifier_count;                 /**< At least 1. */
} omni_event_copy;

/**
   Begin to walk the events of a profile.

   @param txn      Any transaction.
   @param id       As omni_profile_resolve().
   @param options  NULL for all, newest first. Strings are copied.
   @param[out] out Ends with the txn, or before by omni_timeline_close().
   @return OMNI_OK; OMNI_NOT_FOUND; OMNI_ERR_ARGUMENT; OMNI_ERR_CORRUPT,
           OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_open(omni_txn *txn, const omni_id *id,
                   const omni_timeline_options *options, omni_timeline **out);

/**
   End a walk before its txn, so that a txn can look at any number of people
   in the memory of one.

   @param timeline NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_timeline_close(omni_timeline *timeline);

/**
   The next event.

   @param timeline A walk.
   @param[out] out The event. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END; OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY. Detail in omni_txn_error().
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_next(omni_timeline *timeline, omni_timeline_event *out);

/**
   Identifiers of the event that omni_timeline_next() gave last: those of all
   its copies.

   @param timeline   A walk that stands on an event.
   @param[out] out   Sorted by namespace and value; borrowed until the next
                     event.
   @param[out] count How many; at least 1.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if it stands on none; OMNI_ERR_CORRUPT,
           OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_identifiers(omni_timeline *timeline,
                          const omni_identifier_text **out, size_t *count);

/**
   The copies that make up the event that omni_timeline_next() gave last.

   @param timeline   A walk that stands on an event.
   @param[out] out   First the one that gives the event its time, traits and
                     properties, then by what they know; borrowed until the
                     next event.
   @param[out] count How many; at least 1.
   @return As omni_timeline_identifiers().
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_copies(omni_timeline *timeline, const omni_event_copy **out,
                     size_t *count);

/**
   Facts that make up the event that omni_timeline_next() gave last: one of
   each copy, in the order of omni_timeline_copies(). By any of them
   omni_fact_retract() takes the event back.

   @param timeline   A walk that stands on an event.
   @param[out] out   Borrowed until the next event.
   @param[out] count How many; at least 1.
   @return As omni_timeline_identifiers().
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_facts(omni_timeline *timeline, const omni_fact_id **out,
                    size_t *count);

/**
   The event that omni_timeline_next() gave last, as a canonical JSON object;
   its member `fact` is the first of omni_timeline_facts().

   @param timeline A walk that stands on an event.
   @param[out] out Borrowed until the next event.
   @return As omni_timeline_identifiers().
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_json(omni_timeline *timeline, omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
