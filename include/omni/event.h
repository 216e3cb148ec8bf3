/** @file event.h  Events in: as a C struct or as Segment-spec JSON. */
#ifndef OMNI_EVENT_H
#define OMNI_EVENT_H

#include "omni/identifier.h"
#include "omni/limits.h"
#include "omni/store.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Type words of the Segment spec. */
typedef enum omni_event_type {
    OMNI_EVENT_TRACK = 0,    /**< Something happened; its name says what. */
    OMNI_EVENT_IDENTIFY = 1, /**< Who somebody is, and traits. */
    OMNI_EVENT_PAGE = 2,     /**< A page was viewed. */
    OMNI_EVENT_SCREEN = 3,   /**< A screen of an app was viewed. */
    OMNI_EVENT_GROUP = 4,    /**< Somebody belongs to a group. */
    OMNI_EVENT_ALIAS = 5     /**< Two identifiers are one person. */
} omni_event_type;

/**
   One event to append. Zero-filled members are absent.

   Strings are UTF-8, zero-terminated, and copied before the call returns.
*/
typedef struct omni_event {
    size_t size;          /**< sizeof(omni_event). */
    omni_event_type type; /**< OMNI_EVENT_TRACK if left out. */
    const char *name;     /**< What happened; needed for track, else ignored. */
    const char *id;       /**< Sender's id: the same id again is a retry. */
    int64_t time_us;      /**< When, microseconds since 1970 UTC; 0: now. */
    int64_t original_time_us; /**< Sender's clock before any correction; 0:
                                 time_us. */
    const char *channel;      /**< web, app, store, kiosk, call_center, … */
    const char *source;       /**< System the event comes from. */
    const omni_identifier
        *identifiers;            /**< At least one that is not blocked. */
    size_t identifier_count;     /**< At most OMNI_LIMIT_IDENTIFIERS. */
    const char *traits_json;     /**< JSON object of traits, or NULL. */
    const char *properties_json; /**< JSON object of properties, or NULL. */
    const char *group_id;        /**< Group the event speaks of, or NULL. */
    const char *previous_id;     /**< Of an alias: the id before. */
} omni_event;

/** What became of an appended event. */
typedef enum omni_outcome {
    OMNI_OUTCOME_TAKEN = 0,     /**< A new event. */
    OMNI_OUTCOME_DUPLICATE = 1, /**< A copy of an event that was there. */
    OMNI_OUTCOME_REFUSED = 2,   /**< Not taken; see the refused log. */
    OMNI_OUTCOME_RETRACTED = 3  /**< A copy of an event that is retracted. */
} omni_outcome;

/** Why a record was refused (below 100), or flagged but taken. Permanent. */
typedef enum omni_refused_code {
    OMNI_REFUSED_NONE = 0, /**< Neither refused nor flagged. */
    OMNI_REFUSED_JSON =
        1, /**< Not a JSON object, or a field of a wrong type. */
    OMNI_REFUSED_EVENT = 2, /**< Unknown type, or a track without a name. */
    OMNI_REFUSED_TIME = 3,  /**< A time that is not RFC 3339. */
    OMNI_REFUSED_NO_IDENTIFIER = 4, /**< Nobody is named. */
    OMNI_REFUSED_BLOCKED = 5,       /**< Only blocked values name somebody. */
    OMNI_REFUSED_LIMIT = 6,         /**< Over a limit of limits.h. */
    OMNI_REFUSED_ROW = 7, /**< A table's row that is not as its mapping says. */
    OMNI_FLAGGED_FUTURE = 100, /**< Taken; more than 24 h ahead of the clock. */
    OMNI_FLAGGED_IDENTIFIER =
        101 /**< Taken without an identifier that is blocked. */
} omni_refused_code;

/** One above the largest refusing code. */
#define OMNI_REFUSED_COUNT 8

/**
   Stable word of a code, such as "no_identifier". Any thread.

   @param code Any value.
   @return A static string; "unknown" for values this library lacks.
   @since 0.1
*/
OMNI_API const char *
omni_refused_name(omni_refused_code code);

/** Bytes of the text of an id that was made, with its terminator. */
#define OMNI_MADE_ID_SIZE 17

/** Bytes of the text that says why a record was refused or flagged. */
#define OMNI_REASON_SIZE 160

/**
   What one append did, to the event and to profiles.

   An application that keeps ids of profiles replaces each of `joined` by
   `profile` (the old ids go on to lead there, too). "Before" is before the
   commit, for every event of a batch alike. Commits that go on at the same
   time may each tell of what they did together.
*/
typedef struct omni_event_result {
    size_t size;          /**< Set by the caller: sizeof(omni_event_result). */
    omni_outcome outcome; /**< Taken, there already, or refused. */
    omni_refused_code code; /**< Why refused or flagged; else NONE. */
    uint64_t line;          /**< Line of its input from 1; 0 if it had none. */
    omni_id profile;        /**< Profile that the event is in now. */
    omni_fact_id fact;      /**< The fact; zero if none was written. */
    bool created;           /**< Nothing of `profile` was there before. */
    size_t joined_count;    /**< How many of `joined` are set. */
    /** Ids that named profiles of the event's identifiers before, and that
        are part of `profile` now; at most OMNI_LIMIT_JOINED are told. */
    omni_id joined[OMNI_LIMIT_JOINED];
    /** Id in hex, made for an event that has none of its sender; else "". */
    char made_id[OMNI_MADE_ID_SIZE];
    char reason[OMNI_REASON_SIZE]; /**< Why refused or flagged, in words. */
} omni_event_result;

/** Counts of an import. taken + duplicates + retracted + refused + skipped =
    read. */
typedef struct omni_import_summary {
    size_t size;         /**< Set by the caller: sizeof(omni_import_summary). */
    uint64_t read;       /**< Records. */
    uint64_t taken;      /**< New events. */
    uint64_t duplicates; /**< Copies of events already there. */
    uint64_t refused;    /**< All refused records. */
    uint64_t refused_by_code[OMNI_REFUSED_COUNT]; /**< By omni_refused_code. */
    uint64_t flagged;   /**< Taken, with an entry in the refused log. */
    uint64_t skipped;   /**< Rows that their mapping leaves out. */
    uint64_t retracted; /**< Copies of events that are retracted. */
} omni_import_summary;

/**
   Append one event as a commit of its own.

   Durable as the store's level says when the call returns. A record that
   cannot be taken is kept in the refused log and reported in `result`; that
   is OMNI_OK, for nothing failed.

   @param store       Any thread.
   @param event       The event; copied.
   @param[out] result What became of it; set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if a member of `event` is out of range;
           OMNI_ERR_READ_ONLY; OMNI_ERR_CONFLICT in a forked child;
           OMNI_ERR_IO, OMNI_ERR_FULL, OMNI_ERR_BUSY, OMNI_ERR_CORRUPT,
           OMNI_ERR_VERSION, OMNI_ERR_NO_MEMORY. `error` says so where the
           fault came after the event was durable.
   @since 0.1
*/
OMNI_API omni_status
omni_event_append(omni_store *store, const omni_event *event,
                  omni_event_result *result, omni_error *error);

/**
   Append events given as Segment-spec JSON lines, as one commit.

   @param store        Any thread.
   @param lines        UTF-8 JSON, one record a line; the last newline may be
                       missing. `{"batch": [...]}` counts as its members.
   @param size_bytes   Bytes in `lines`.
   @param[out] summary Counts; set `size` first; may be NULL.
   @param[out] error   Detail; may be NULL.
   @return As omni_event_append(); OMNI_ERR_LIMIT if the lines are more than
           one batch holds (use omni_import_new()).
   @since 0.1
*/
OMNI_API omni_status
omni_event_append_json(omni_store *store, const char *lines, size_t size_bytes,
                       omni_import_summary *summary, omni_error *error);

/** What a record would become. Borrowed by the callback. */
typedef struct omni_parsed_event {
    omni_outcome outcome;   /**< Taken, duplicate or refused. */
    omni_refused_code code; /**< Why refused or flagged; else NONE. */
    uint64_t line;          /**< Of its input, from 1. */
    const char *reason;     /**< Why refused or flagged, in words; else "". */
    omni_text event_json;   /**< The event as omni_timeline_json() would show
                               it, without `fact`; empty if refused. */
    omni_text record;       /**< As it was sent. */
} omni_parsed_event;

/** Receives records in order; non-zero ends the reading. */
typedef int (*omni_parsed_fn)(void *user, const omni_parsed_event *record);

/**
   Read events given as Segment-spec JSON lines, and write nothing.

   Every record is judged as omni_event_append_json() would judge it; nothing
   of it is stored, and nothing refused is kept. A duplicate is a record that
   came before in these lines, or that the store has, as far as that can be
   told without writing. Lines may be of any number and size together.

   @param store        Any thread; may be open for reading only.
   @param lines        As of omni_event_append_json().
   @param size_bytes   Bytes in `lines`.
   @param callback     Receives each record.
   @param user         Passed to `callback`.
   @param[out] summary Counts of what would be done; set `size` first; may be
                       NULL.
   @param[out] error   Detail; may be NULL.
   @return OMNI_OK (also where `callback` ended it); OMNI_ERR_ARGUMENT if
           there is none; OMNI_ERR_LIMIT for a line that is more than one
           batch holds; faults of reading as omni_txn_begin().
   @since 0.1
*/
OMNI_API omni_status
omni_event_parse_json(omni_store *store, const char *lines, size_t size_bytes,
                      omni_parsed_fn callback, void *user,
                      omni_import_summary *summary, omni_error *error);

#ifdef __cplusplus
}
#endif

#endif
