/** @file txn.h  A read snapshot. */
#ifndef OMNI_TXN_H
#define OMNI_TXN_H

#include "omni/identifier.h"
#include "omni/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
   A snapshot: every fact acknowledged before it began, and none after.

   One thread at a time. What it hands out is borrowed until it ends. Keep it
   short: while it lasts, space that updates free is not used again.
*/
typedef struct omni_txn omni_txn;

/**
   Begin a snapshot, folding first what other processes appended.

   @param store      Any thread.
   @param[out] out   End with omni_txn_end(). Untouched on failure.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_CORRUPT, OMNI_ERR_VERSION, OMNI_ERR_IO,
           OMNI_ERR_FULL, OMNI_ERR_BUSY, OMNI_ERR_NO_MEMORY;
           OMNI_ERR_CONFLICT in a forked child.
   @since 0.1
*/
OMNI_API omni_status
omni_txn_begin(omni_store *store, omni_txn **out, omni_error *error);

/**
   Begin a snapshot of some people as they were at an instant: of what they and
   everybody they were joined with did up to it, and of what was stated up to
   it. Profiles, timelines, identifiers and explanations read from it are those
   that a store would have which held nothing later: two people that were
   joined afterwards are still two, and a profile may have had another id.

   What decides is the time of an event, and of a statement, not when the store
   learned of it. What has been retracted since never was; the rules are those
   of today. Work and memory go with the events of the people concerned.

   The new txn knows these people alone: whoever else is asked for is not
   found, and walks over all profiles are refused.

   @param txn      Where the people are found. May end before the new one.
   @param people   Ids of profiles or of identifiers. A profile is known by
                   the identifier that names it today; ask for an identifier
                   by its own id, of omni_identifier_find(), for it may have
                   been in another profile then.
   @param count    How many.
   @param at_us    Microseconds since 1970 UTC; what happened at that very
                   instant has happened.
   @param[out] out End with omni_txn_end(). Untouched on failure.
   @return OMNI_OK, also where nothing was known of them then;
           OMNI_NOT_FOUND if `txn` does not know one of them;
           OMNI_ERR_CORRUPT, OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_txn_as_of(omni_txn *txn, const omni_id *people, size_t count,
               int64_t at_us, omni_txn **out);

/**
   Choose the instant at which segments are asked for by what takes none: who is
   in them, those of a profile, its JSON. Without this it is the store's clock
   when the txn began.

   @param txn   A txn, and the thread that uses it.
   @param at_us The instant, within the years 1 to 9999.
   @return OMNI_OK; OMNI_ERR_ARGUMENT for an instant out of range.
   @since 0.1
*/
OMNI_API omni_status
omni_txn_at(omni_txn *txn, int64_t at_us);

/**
   End a snapshot and everything borrowed from it.

   @param txn NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_txn_end(omni_txn *txn);

/**
   Detail of the last call of this txn that failed.

   @param txn A txn.
   @return Borrowed until the next call of this txn.
   @since 0.1
*/
OMNI_API const omni_error *
omni_txn_error(const omni_txn *txn);

#ifdef __cplusplus
}
#endif

#endif
