/**
   @file scan.h  A condition over all profiles at any instant: how many are in,
   and who.

   A scan works on blocks of profiles that lie in columns: figures of events,
   instants and traits. What is compared with them in the condition is answered
   for a whole block at once, and only profiles of which that leaves the answer
   open are evaluated one by one. The answer is the same as that of
   omni_segment_eval() on each.

   Blocks are made when a scan first wants them and kept in the tables' file;
   those in which a profile has changed since are made anew. So the first scan
   takes longer than the next. A store that is opened for reading only, or is
   on a full disk, keeps none.
*/
#ifndef OMNI_SCAN_H
#define OMNI_SCAN_H

#include "omni/segment.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a scan went through. */
typedef struct omni_scan_counts {
    size_t size;          /**< Set by the caller: sizeof(omni_scan_counts). */
    uint64_t profiles;    /**< Profiles that were looked at. */
    uint64_t members;     /**< Those that are in. */
    uint64_t errors;      /**< Those for which the condition has no value. */
    uint64_t evaluated;   /**< Those that were evaluated one by one. */
    uint64_t blocks_made; /**< Blocks that were not there, or not right. */
} omni_scan_counts;

/**
   Count the profiles that are in a segment at an instant.

   @param txn         A txn, and the thread that uses it.
   @param segment     Compiled; not freed before the call returns.
   @param now_us      The instant, within the years 1 to 9999. Events later
                      than it do not exist for it.
   @param progress    Told after parts of the work; may be NULL.
   @param user        Passed to `progress`.
   @param[out] counts Set `size` first. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_ERR_BUSY if `progress` stopped it; OMNI_ERR_ARGUMENT
           for an instant out of range; OMNI_ERR_CORRUPT; OMNI_ERR_IO;
           OMNI_ERR_NO_MEMORY. Detail in omni_txn_error().
   @since 0.1
*/
OMNI_API omni_status
omni_segment_count(omni_txn *txn, const omni_segment *segment, int64_t now_us,
                   omni_progress_fn progress, void *user,
                   omni_scan_counts *counts);

/**
   A walk over the members of a segment in the order of their ids, borrowed
   from its txn. One thread at a time: that of its txn. It takes the memory of
   one block, however many there are.
*/
typedef struct omni_scan omni_scan;

/**
   Begin to walk the profiles that are in a segment at an instant.

   @param txn      Any transaction.
   @param segment  Compiled; not freed before the walk has ended.
   @param now_us   The instant, within the years 1 to 9999.
   @param after    Only profiles of larger ids, for pages: the last id of the
                   page before. NULL: from the first.
   @param[out] out Ends with the txn, or before by omni_scan_close().
   @return As omni_segment_count().
   @since 0.1
*/
OMNI_API omni_status
omni_scan_open(omni_txn *txn, const omni_segment *segment, int64_t now_us,
               const omni_id *after, omni_scan **out);

/**
   The next member.

   @param scan     A walk.
   @param[out] out Its id. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END; OMNI_ERR_CORRUPT; OMNI_ERR_IO;
           OMNI_ERR_NO_MEMORY. Detail in omni_txn_error().
   @since 0.1
*/
OMNI_API omni_status
omni_scan_next(omni_scan *scan, omni_id *out);

/**
   What a walk has gone through so far.

   @param scan        A walk.
   @param[out] counts Set `size` first.
   @return OMNI_OK; OMNI_ERR_ARGUMENT for a size that is none.
   @since 0.1
*/
OMNI_API omni_status
omni_scan_progress(const omni_scan *scan, omni_scan_counts *counts);

/**
   End a walk before its txn. What it made is kept.

   @param scan NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_scan_close(omni_scan *scan);

#ifdef __cplusplus
}
#endif

#endif
