/**
   @file statement.h  Statements of people: same person, not the same person,
   and: this was never so.
*/
#ifndef OMNI_STATEMENT_H
#define OMNI_STATEMENT_H

#include "omni/identifier.h"
#include "omni/store.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who states something, and why. */
typedef struct omni_reason {
    const char *text;   /**< Why; at most OMNI_LIMIT_REASON_BYTES. */
    const char *author; /**< Who, or NULL. */
} omni_reason;

/** What a statement did to the profiles of its two identifiers. */
typedef struct omni_statement_result {
    size_t size;       /**< Set by the caller: sizeof(omni_statement_result). */
    omni_fact_id fact; /**< The fact. */
    omni_id profile_a; /**< Profile of `a` now; zero if no event names `a`. */
    omni_id profile_b; /**< Profile of `b` now; zero if no event names `b`. */
    /** After a merge: both are one profile now; after a split: two. False
        where no event names one of them yet (the statement waits for it), or
        where a merge is held apart (by a split of others in the two profiles,
        or because the profile would have too many identifiers). */
    bool in_effect;
    bool changed;        /**< `a` or `b` is in another profile than before. */
    size_t joined_count; /**< How many of `joined` are set. */
    /** Ids that named their profiles before, and that are part of another one
        now: of `profile_a` or `profile_b`. */
    omni_id joined[2];
} omni_statement_result;

/**
   State that two identifiers are one person (a `link` fact).

   It joins their profiles for as long as it is in force: a later split of the
   same pair overrules it. It has no effect until events know both.

   @param store       Any thread.
   @param a,b         Two different identifiers; normalised.
   @param reason      Text is needed.
   @param[out] result What it did; set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK, whether in effect yet or not; OMNI_ERR_ARGUMENT if an
           identifier is blocked or malformed, both are the same, or there is
           no reason; write faults as omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_merge(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_statement_result *result,
                   omni_error *error);

/**
   State that two identifiers are not one person (a `part` fact).

   The profile they were in falls apart as if the links that would put both
   together had never been accepted. A later merge of the same pair overrules
   it.

   @param store       Any thread.
   @param a,b         Two different identifiers; normalised.
   @param reason      Text is needed.
   @param[out] result What it did; set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return As omni_profile_merge().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_split(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_statement_result *result,
                   omni_error *error);

/** What a retract did. */
typedef struct omni_retract_result {
    size_t size;       /**< Set by the caller: sizeof(omni_retract_result). */
    omni_fact_id fact; /**< The retract; zero if none was written. */
    uint64_t count;    /**< Facts that it names: of an event, every copy that
                          the store holds; 0 if none was written. */
} omni_retract_result;

/**
   Take a fact back (a `retract` fact): all is as if it had never been stated.

   Of an event every copy goes, and copies that come later are void too
   (OMNI_OUTCOME_RETRACTED). A merge, a split, a policy or a segment that is
   retracted gives way to the one before it; retracting a retract brings back
   what it took away. What facts said stays in the log: only an erasure drops
   that, and an erasure cannot be retracted.

   @param store       Any thread.
   @param fact        Of a result, omni_facts_next(), omni_timeline_facts(), an
                      explanation, or omni_fact_id_parse(): a `check` of zeros
                      is not compared.
   @param reason      Text is needed.
   @param[out] result What it did; set `size` first; may be NULL.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_UNCHANGED if the fact is void already, and nothing was
           written; OMNI_NOT_FOUND if the store holds no such fact;
           OMNI_ERR_ARGUMENT if it is an erasure, or there is no reason; write
           faults as omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_fact_retract(omni_store *store, const omni_fact_id *fact,
                  const omni_reason *reason, omni_retract_result *result,
                  omni_error *error);

#ifdef __cplusplus
}
#endif

#endif
