/**
   @file policy.h  What identifiers mean, and what else a store can be told.

   A policy is a set of settings: what each namespace of identifiers is worth,
   how large profiles may grow, which channels share their devices, which
   values name nobody, which sources are trusted, which property is an event's
   amount. Every setting that is stated is a fact of its own, with the latest
   in force; what nobody stated has its default. Of all that was ever recorded
   the profiles are what the policy in force makes of it, as if it had always
   been in force; only the normal form of an identifier, the calling code and
   blocked values concern what is still to be recorded.

   As a document a policy is JSON, described by docs/policy.schema.json.
*/
#ifndef OMNI_POLICY_H
#define OMNI_POLICY_H

#include "omni/statement.h"
#include "omni/txn.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One setting. Borrowed. */
typedef struct omni_policy_setting {
    omni_text name;  /**< `max_identifiers`, or as `namespaces.email`. */
    omni_text value; /**< Canonical JSON; empty: nothing is set. */
    omni_text other; /**< The default; of a change: what was in force before.
                        Empty: nothing. */
    bool is_same;    /**< `value` and `other` are the same. */
} omni_policy_setting;

/** A fact of the policy that has no effect. Borrowed. */
typedef struct omni_policy_invalid {
    omni_text name;    /**< The setting that it is to be of. */
    omni_text value;   /**< What it says, as JSON. */
    omni_text error;   /**< Why that cannot be, led by its path. */
    omni_text author;  /**< Who stated it; may be empty. */
    int64_t time_us;   /**< When. */
    omni_fact_id fact; /**< To retract it. */
} omni_policy_invalid;

/** Receives a setting that changes, borrowed for the time of the call. */
typedef void (*omni_policy_fn)(void *user, const omni_policy_setting *setting);

/** How to set, or to rehearse, a policy. */
typedef struct omni_policy_options {
    size_t size;        /**< Set by the caller: sizeof(omni_policy_options). */
    omni_reason reason; /**< Why, and who; may be empty. Not for a plan. */
    omni_progress_fn progress; /**< Told of long work; may be NULL. */
    omni_policy_fn changed;    /**< Told of each change; may be NULL. */
    void *user;                /**< Passed to both. */
    uint32_t samples; /**< Of a plan: examples of each kind; 0: 10, at most
                         1,000. */
} omni_policy_options;

/** What setting a policy did. */
typedef struct omni_policy_result {
    size_t size;       /**< Set by the caller: sizeof(omni_policy_result). */
    uint64_t changed;  /**< Settings that changed: so many facts, one group. */
    omni_fact_id fact; /**< The first of them; `sequence` 0: there is none. */
    bool refolded;     /**< Profiles, figures or traits were made anew. */
} omni_policy_result;

/** What a policy would do to identifiers. */
typedef enum omni_policy_effect {
    OMNI_POLICY_JOINED = 0,     /**< Two profiles become one. */
    OMNI_POLICY_SPLIT = 1,      /**< One profile becomes two or more. */
    OMNI_POLICY_GENERIC = 2,    /**< An identifier links nobody any more. */
    OMNI_POLICY_NOT_GENERIC = 3 /**< A generic identifier links again. */
} omni_policy_effect;

/** An example of what a policy would do. Borrowed. */
typedef struct omni_policy_sample {
    omni_policy_effect effect; /**< What happens. */
    omni_identifier_text a;    /**< An identifier that it concerns, … */
    omni_identifier_text b;    /**< … and of joined and split ones another. */
    omni_text because;         /**< Why, as a sentence. */
} omni_policy_sample;

/** What a policy would do. Borrowed. */
typedef struct omni_policy_plan {
    uint64_t profiles_before; /**< Profiles that there are. */
    uint64_t profiles_after;  /**< Profiles that there would be. */
    uint64_t joined;  /**< Profiles to be, made of identifiers of two or more
                         that there are. */
    uint64_t split;   /**< Profiles whose identifiers would be in two or
                         more. */
    uint64_t generic; /**< Identifiers that would become generic. */
    uint64_t not_generic; /**< Generic ones that would not be any more. */
    const omni_policy_setting *settings; /**< That would change. */
    size_t setting_count;                /**< How many. */
    const omni_policy_sample *samples;   /**< By effect, then by profile id. */
    size_t sample_count;                 /**< How many. */
} omni_policy_plan;

/**
   List the settings in force, with their defaults.

   @param txn        Any transaction.
   @param[out] out   By name; `other` is the default. Borrowed until the txn
                     ends.
   @param[out] count How many.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_policy_settings(omni_txn *txn, const omni_policy_setting **out,
                     size_t *count);

/**
   List the facts of the policy that have no effect.

   Settings are checked before they are recorded; what another version of the
   library recorded, and this one does not know, has no effect here. In force is
   then what was stated before it.

   @param txn        Any transaction.
   @param[out] out   By name, of one the latest first. Borrowed until the txn
                     ends.
   @param[out] count How many.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY, OMNI_ERR_CORRUPT, OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_policy_invalid_facts(omni_txn *txn, const omni_policy_invalid **out,
                          size_t *count);

/**
   The policy in force as a document that omni_policy_set_json() takes.

   @param txn      Any transaction.
   @param[out] out Canonical JSON. Borrowed until the txn ends.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_policy_json(omni_txn *txn, omni_text *out);

/**
   Set what a document says, and leave the rest as it is.

   A member that is null goes back to its default. Only what differs from what
   is in force becomes facts. Where profiles depend on it they are made anew,
   in bounded memory, while others read and write as before; when the call
   returns, every reader that begins sees the new ones. Stopped or killed
   before, nothing was set; the work done is used when the same is set again.

   @param store      Any thread.
   @param json       The document, UTF-8.
   @param size_bytes Its bytes.
   @param options    Set `size` first; NULL: none.
   @param[out] result Set `size` first; may be NULL.
   @param[out] error Detail; may be NULL. What is wrong in the document is led
                     by its path, as `namespaces.email.rank: …`.
   @return OMNI_OK; OMNI_UNCHANGED if all of that is in force already;
           OMNI_ERR_SYNTAX; OMNI_ERR_BUSY if `progress` stopped it;
           OMNI_ERR_ARGUMENT; write faults as omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_policy_set_json(omni_store *store, const char *json, size_t size_bytes,
                     const omni_policy_options *options,
                     omni_policy_result *result, omni_error *error);

/**
   Tell what a document would do to identifiers, without setting it.

   The identifiers are resolved anew as the policy would have it, beside what
   is there, in bounded memory; where the store is open for reading only, all
   of that is in memory.

   @param txn        A transaction that has just begun.
   @param json       The document, UTF-8.
   @param size_bytes Its bytes.
   @param options    Set `size` first; NULL: none.
   @param[out] out   Borrowed until the txn ends.
   @return OMNI_OK; OMNI_ERR_SYNTAX, with its path; OMNI_ERR_BUSY if `progress`
           stopped it, or others wrote much since the txn began: begin another;
           OMNI_ERR_ARGUMENT; faults of reading and writing as
           omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_policy_rehearse(omni_txn *txn, const char *json, size_t size_bytes,
                     const omni_policy_options *options,
                     const omni_policy_plan **out);

/**
   A plan as JSON.

   @param txn      Its txn.
   @param plan     Of omni_policy_rehearse().
   @param[out] out One object, keys sorted. Borrowed until the txn ends.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_policy_plan_json(omni_txn *txn, const omni_policy_plan *plan,
                      omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
