/** @file statement.h  Statements of people: same person, not the same person.
 */
#ifndef OMNI_STATEMENT_H
#define OMNI_STATEMENT_H

#include "omni/identifier.h"
#include "omni/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Who states something, and why. */
typedef struct omni_reason {
    const char *text;   /**< Why; at most OMNI_LIMIT_REASON_BYTES. */
    const char *author; /**< Who, or NULL. */
} omni_reason;

/**
   State that two identifiers are one person (a `link` fact).

   It joins their profiles for as long as it is in force: a later split of the
   same pair overrules it. It has no effect until events know both.

   @param store      Any thread.
   @param a,b        Two different identifiers; normalised.
   @param reason     Text is needed.
   @param[out] fact  Id of the fact; may be NULL.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT; write faults as omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_merge(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_fact_id *fact,
                   omni_error *error);

/**
   State that two identifiers are not one person (a `part` fact).

   The profile they were in falls apart as if the links that would put both
   together had never been accepted. A later merge of the same pair overrules
   it.

   @param store      Any thread.
   @param a,b        Two different identifiers; normalised.
   @param reason     Text is needed.
   @param[out] fact  Id of the fact; may be NULL.
   @param[out] error Detail; may be NULL.
   @return As omni_profile_merge().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_split(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_fact_id *fact,
                   omni_error *error);

#ifdef __cplusplus
}
#endif

#endif
