/** @file timeline.h  What a person did, over all channels. */
#ifndef OMNI_TIMELINE_H
#define OMNI_TIMELINE_H

#include "omni/event.h"
#include "omni/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A walk over a profile's events; one thread, borrowed from its txn. */
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
} omni_timeline_options;

/** An event of a timeline; borrowed until its txn ends. */
typedef struct omni_timeline_event {
    omni_event_type type;      /**< Type word of the sender. */
    int64_t time_us;           /**< When it happened. */
    omni_text id;              /**< Sender's id; empty if it gave none. */
    omni_text name;            /**< Event name. */
    omni_text channel;         /**< May be empty. */
    omni_text source;          /**< May be empty. */
    omni_text group_id;        /**< May be empty. */
    omni_text traits_json;     /**< Canonical JSON object, or empty. */
    omni_text properties_json; /**< Canonical JSON object, or empty. */
    omni_id anchor;            /**< Id of the identifier it is anchored at. */
} omni_timeline_event;

/**
   Begin to walk the events of a profile.

   @param txn      Any transaction.
   @param id       As omni_profile_resolve().
   @param options  NULL for all, newest first. Strings are copied.
   @param[out] out Ends with the txn.
   @return OMNI_OK; OMNI_NOT_FOUND; OMNI_ERR_ARGUMENT; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_open(omni_txn *txn, const omni_id *id,
                   const omni_timeline_options *options, omni_timeline **out);

/**
   The next event.

   @param timeline A walk.
   @param[out] out The event. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END; OMNI_ERR_CORRUPT; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_next(omni_timeline *timeline, omni_timeline_event *out);

/**
   The event that omni_timeline_next() gave last, as a canonical JSON object.

   @param timeline A walk that stands on an event.
   @param[out] out Borrowed until the next event or the end of the txn.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if it stands on none; OMNI_ERR_CORRUPT,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_timeline_json(omni_timeline *timeline, omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
