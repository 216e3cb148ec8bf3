/**
   @file facts.h  What a store took in, fact by fact, in the order it came.

   A feed for whoever follows a store: a screen, an index, another system. It
   can be continued for ever, over restarts too, by its position. To replicate
   a store is another thing: positions are those of one store's directory.
*/
#ifndef OMNI_FACTS_H
#define OMNI_FACTS_H

#include "omni/timeline.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A walk over the facts of a store. One thread at a time. */
typedef struct omni_facts omni_facts;

/** Where to begin. Zero-filled members choose all facts. */
typedef struct omni_facts_options {
    size_t size;       /**< sizeof(omni_facts_options). */
    uint64_t position; /**< Of omni_facts_position(); 0: the first fact. */
    bool from_end;     /**< Only facts that come from now on; `position` is 0
                          then. */
} omni_facts_options;

/** What a fact says. Permanent. */
typedef enum omni_fact_kind {
    OMNI_FACT_EVENT = 1,   /**< Somebody did something. */
    OMNI_FACT_LINK = 2,    /**< Two identifiers are one person. */
    OMNI_FACT_PART = 3,    /**< Two identifiers are not one person. */
    OMNI_FACT_RETRACT = 4, /**< Facts are void. */
    OMNI_FACT_CONSENT = 5, /**< Somebody allows or forbids something. */
    OMNI_FACT_ERASE = 6,   /**< Somebody is to be forgotten. */
    OMNI_FACT_POLICY = 7,  /**< How identity is resolved. */
    OMNI_FACT_SEGMENT = 8  /**< Whom a segment holds. */
} omni_fact_kind;

/**
   Stable word of a kind, such as "event". Any thread.

   @param kind Any value.
   @return A static string; "unknown" for values this library lacks.
   @since 0.1
*/
OMNI_API const char *
omni_fact_kind_name(omni_fact_kind kind);

/**
   A fact; what it points at is borrowed until the next call of its walk.

   A member that names kinds is filled in for those, and zero for others; of a
   kind that a newer library made, all that names none.
*/
typedef struct omni_fact {
    omni_fact_id id;     /**< Its name in every store that holds it. */
    omni_fact_kind kind; /**< Maybe one that this library lacks. */
    bool has_body;       /**< False: what it said is gone, by an erasure. */
    bool group_end;      /**< The last of the facts that were committed
                            together. */
    int64_t made_us;     /**< When it was made, by its maker's clock that never
                            goes back; whole milliseconds. */
    size_t body_bytes;   /**< Encoded size of what it says. */
    int64_t time_us;     /**< event: when it happened; link, part: its place
                            among the statements on the same pair; policy,
                            segment: among those of the same name. */
    omni_timeline_event event; /**< event: one copy, as its sender wrote it. */
    const omni_identifier_text *identifiers; /**< event: all of the copy,
                                                sorted; link, part: the two. */
    size_t identifier_count;                 /**< Identifiers. */
    omni_text reason; /**< all but event: why; may be empty. */
    omni_text author; /**< all but event: who says so; may be empty. */
    omni_text name;   /**< policy, segment: of what is set. */
    omni_text value;  /**< policy, segment: what it is from now on, of a
                         segment its expression; empty: it is taken away. */
    const omni_fact_id *targets; /**< retract: the facts that it names. */
    size_t target_count;         /**< Targets. */
} omni_fact;

/**
   Begin to walk the facts of a store.

   @param store      Any thread. Must outlive the walk.
   @param options    NULL for all, from the first.
   @param[out] out   omni_facts_close() it. Untouched on failure.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if the position is none of this store's;
           OMNI_ERR_CONFLICT in a forked child; OMNI_ERR_IO,
           OMNI_ERR_CORRUPT, OMNI_ERR_NO_MEMORY; OMNI_ERR_VERSION or
           OMNI_ERR_LIMIT as omni_facts_next().
   @since 0.1
*/
OMNI_API omni_status
omni_facts_open(omni_store *store, const omni_facts_options *options,
                omni_facts **out, omni_error *error);

/**
   The next fact, in the order in which this store took them.

   Facts of all threads and processes are seen as soon as they are
   acknowledged. What was committed together is there together: once the walk
   gives the first fact of a group it gives the rest of it. A copy of an event
   that says something new (a retry that knows more) is a fact of its own; one
   that says nothing new was never written. Facts committed with
   OMNI_DURABILITY_OFF are shown at once, and a power cut may take them back.

   @param facts    A walk.
   @param[out] out The fact. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END if there is none now: ask again later, it costs a
           load and a compare; OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY, OMNI_ERR_CONFLICT in a forked child;
           OMNI_ERR_VERSION or OMNI_ERR_LIMIT for what only a newer library
           writes. After a fault the walk stands where it stood.
   @since 0.1
*/
OMNI_API omni_status
omni_facts_next(omni_facts *facts, omni_fact *out);

/**
   Where a walk is to go on after the fact it gave last.

   Keep it and pass it to omni_facts_open(), now or after a restart: nothing is
   given twice or left out. It means something in this store's directory alone,
   not in a copy that went its own way, a replica or a restored backup. Larger
   is later.

   @param facts A walk.
   @return Never 0.
   @since 0.1
*/
OMNI_API uint64_t
omni_facts_position(const omni_facts *facts);

/**
   The fact that omni_facts_next() gave last, as a canonical JSON object.

   `{"fact": ID, "kind": WORD, "made": TIME}` and, by kind: "event", as in
   omni_timeline_json(); "link" or "part", `{"a","author","b","reason",
   "time"}`; "policy" or "segment", `{"author","name","reason","time","value"}`;
   "retract", `{"author","facts":[ID],"reason"}`; else "bytes". "dropped": true
   where what it said is gone.

   @param facts    A walk that stands on a fact.
   @param[out] out Borrowed until the next call of the walk.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if it stands on none;
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_facts_json(omni_facts *facts, omni_text *out);

/**
   Detail of the last call of this walk that failed.

   @param facts A walk.
   @return Borrowed until the next call of this walk.
   @since 0.1
*/
OMNI_API const omni_error *
omni_facts_error(const omni_facts *facts);

/**
   End a walk.

   @param facts NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_facts_close(omni_facts *facts);

#ifdef __cplusplus
}
#endif

#endif
