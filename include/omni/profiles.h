/** @file profiles.h  A walk over all profiles of a store. */
#ifndef OMNI_PROFILES_H
#define OMNI_PROFILES_H

#include "omni/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
   A walk over profiles in the order of their ids, borrowed from its txn. One
   thread at a time: that of its txn. It takes the memory of one profile,
   however many there are.
*/
typedef struct omni_profiles omni_profiles;

/** Where to begin. Zero-filled members choose all. */
typedef struct omni_profiles_options {
    size_t size;          /**< sizeof(omni_profiles_options). */
    const omni_id *after; /**< Only profiles of larger ids, for pages: the last
                             id of the page before. NULL: from the first. */
} omni_profiles_options;

/**
   Begin to walk the profiles that a txn sees.

   @param txn      Any transaction.
   @param options  NULL for all; copied.
   @param[out] out Ends with the txn, or before by omni_profiles_close().
   @return OMNI_OK; OMNI_ERR_ARGUMENT; OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_profiles_open(omni_txn *txn, const omni_profiles_options *options,
                   omni_profiles **out);

/**
   The next profile.

   Everything of profile.h can be asked of it, and a timeline opened by its id;
   such a timeline may be read on after the walk has moved.

   @param profiles A walk.
   @param[out] out Borrowed until the next call or the end of the walk.
                   Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END; OMNI_ERR_CORRUPT; OMNI_ERR_NO_MEMORY;
           OMNI_ERR_IO. Detail in omni_txn_error().
   @since 0.1
*/
OMNI_API omni_status
omni_profiles_next(omni_profiles *profiles, const omni_profile **out);

/**
   End a walk before its txn.

   @param profiles NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_profiles_close(omni_profiles *profiles);

#ifdef __cplusplus
}
#endif

#endif
