/**
   @file batch.h  Facts prepared anywhere and committed as one group.

   A batch is made by one thread at a time, parses and normalises as it goes,
   and holds no lock. Nobody ever sees half of it.
*/
#ifndef OMNI_BATCH_H
#define OMNI_BATCH_H

#include "omni/event.h"
#include "omni/statement.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Facts not yet committed. One thread at a time. */
typedef struct omni_batch omni_batch;

/**
   What the records of one input have in common, over any number of batches:
   name, line numbers, and the count of equal records without an id. One
   thread at a time.
*/
typedef struct omni_import omni_import;

/**
   Begin an import: one file, or one stream.

   @param store  Must outlive the import.
   @param source `source` of events that name none, and name in the refused
                 log; NULL for none.
   @param[out] out Free with omni_import_free().
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_LIMIT if the name is too long;
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_import_new(omni_store *store, const char *source, omni_import **out,
                omni_error *error);

/**
   End an import.

   @param import NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_import_free(omni_import *import);

/**
   Make an empty batch.

   @param store    Must outlive the batch.
   @param[out] out Free with omni_batch_free().
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_new(omni_store *store, omni_batch **out);

/**
   Forget a batch, or what remains of it after a commit.

   @param batch NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_batch_free(omni_batch *batch);

/**
   Prepare one event.

   @param batch The batch.
   @param event Copied.
   @return OMNI_OK (a refused event too: it is counted); OMNI_ERR_LIMIT if the
           batch is full and should be committed first; OMNI_ERR_ARGUMENT;
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add(omni_batch *batch, const omni_event *event);

/**
   Prepare events given as Segment-spec JSON lines.

   @param batch      The batch.
   @param import     What the lines belong to; NULL: the batch is an import of
                     its own.
   @param lines      Whole lines.
   @param size_bytes Bytes in `lines`.
   @return As omni_batch_add(). On OMNI_ERR_LIMIT nothing of `lines` was
           added.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_json(omni_batch *batch, omni_import *import, const char *lines,
                    size_t size_bytes);

/**
   Prepare "these two are the same person".

   @param batch  The batch.
   @param a,b    Two different identifiers.
   @param reason Who says so and why; text is needed.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if an identifier is blocked, too long or
           both are the same, or there is no reason; OMNI_ERR_LIMIT.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_merge(omni_batch *batch, omni_identifier a, omni_identifier b,
                     const omni_reason *reason);

/**
   Prepare "these two are not the same person".

   @param batch  The batch.
   @param a,b    Two different identifiers.
   @param reason Who says so and why; text is needed.
   @return As omni_batch_add_merge().
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_split(omni_batch *batch, omni_identifier a, omni_identifier b,
                     const omni_reason *reason);

/**
   Facts and refused records that wait in a batch.

   @param batch The batch.
   @return How many; 0 after a commit.
   @since 0.1
*/
OMNI_API size_t
omni_batch_count(const omni_batch *batch);

/**
   Encoded bytes that wait in a batch.

   @param batch The batch.
   @return How many; at most OMNI_LIMIT_BATCH_BYTES.
   @since 0.1
*/
OMNI_API size_t
omni_batch_bytes(const omni_batch *batch);

/**
   Commit all facts of a batch as one group and fold them.

   The batch is empty afterwards and may be used again; on failure it keeps
   its facts, and none of them is in the store (unless the fault came after
   the log was durable, when the next reader folds them: `error` says so).

   @param batch       The batch.
   @param durability  OMNI_DURABILITY_DEFAULT or another level.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_UNCHANGED if there was nothing to write; a fault.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_commit(omni_batch *batch, omni_durability durability,
                  omni_error *error);

/**
   Counts of what the last commit of this batch did.

   @param batch        The batch.
   @param[out] summary Set `size` first.
   @return OMNI_OK; OMNI_ERR_ARGUMENT.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_summary(const omni_batch *batch, omni_import_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
