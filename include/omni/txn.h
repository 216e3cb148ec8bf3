/** @file txn.h  A read snapshot. */
#ifndef OMNI_TXN_H
#define OMNI_TXN_H

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
