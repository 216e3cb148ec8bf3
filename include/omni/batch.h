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

   @param store      Must outlive the import. Any thread.
   @param source     `source` of events that name none, and name in the refused
                     log; NULL for none.
   @param[out] out   Free with omni_import_free(). Untouched on failure.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_LIMIT if the name is too long;
           OMNI_ERR_ARGUMENT if it is not UTF-8; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_import_new(omni_store *store, const char *source, omni_import **out,
                omni_error *error);

/**
   End an import.

   @param import NULL is allowed. One thread at a time.
   @since 0.1
*/
OMNI_API void
omni_import_free(omni_import *import);

/**
   Let what is read for an import be a rehearsal from now on.

   omni_batch_add_json() and omni_batch_add_row() with this import then judge
   each record as they would, tell `callback` what would become of it, and
   keep nothing: neither in the batch nor in the refused log. They return
   OMNI_END where `callback` returned non-zero. Not while another thread uses
   the import; it holds a snapshot of the store until it is freed.

   @param import      Just made; its store may be open for reading only.
   @param callback    Receives each record.
   @param user        Passed to `callback`.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if it rehearses already or `callback` is
           NULL; OMNI_ERR_NO_MEMORY; faults of reading as omni_txn_begin().
   @since 0.1
*/
OMNI_API omni_status
omni_import_rehearse(omni_import *import, omni_parsed_fn callback, void *user,
                     omni_error *error);

/**
   Counts of what a rehearsal would have done so far.

   @param import       An import that rehearses.
   @param[out] summary Set `size` first.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if it does not rehearse, or for a size
           that cannot be.
   @since 0.1
*/
OMNI_API omni_status
omni_import_rehearsed(const omni_import *import, omni_import_summary *summary);

/** How to make a batch. Zero-filled members take the default. */
typedef struct omni_batch_options {
    size_t size;  /**< sizeof(omni_batch_options). */
    bool results; /**< Keep what came of each thing; default: counts alone. */
} omni_batch_options;

/**
   Make an empty batch.

   @param store      Must outlive the batch. Any thread.
   @param options    NULL for the defaults.
   @param[out] out   Free with omni_batch_free(). Untouched on failure.
   @param[out] error Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_new(omni_store *store, const omni_batch_options *options,
               omni_batch **out, omni_error *error);

/**
   Forget a batch, or what remains of it after a commit.

   @param batch NULL is allowed. One thread at a time.
   @since 0.1
*/
OMNI_API void
omni_batch_free(omni_batch *batch);

/**
   Prepare one event.

   @param batch The batch. One thread at a time.
   @param event Copied.
   @return OMNI_OK (a refused event too: it is counted); OMNI_ERR_LIMIT if the
           batch is full and should be committed first; OMNI_ERR_ARGUMENT;
           OMNI_ERR_NO_MEMORY. On a fault nothing was added, and
           omni_batch_error() says what was wrong.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add(omni_batch *batch, const omni_event *event);

/**
   Prepare events given as Segment-spec JSON lines.

   @param batch      The batch. One thread at a time.
   @param import     What the lines belong to; NULL: the batch is an import of
                     its own.
   @param lines      Whole lines.
   @param size_bytes Bytes in `lines`.
   @return As omni_batch_add(). On OMNI_ERR_LIMIT nothing of `lines` was
           added; on OMNI_ERR_NO_MEMORY the lines before the one that
           omni_batch_error() names were. Where `import` rehearses, also
           OMNI_END if its callback ended it, OMNI_ERR_CORRUPT, OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_json(omni_batch *batch, omni_import *import, const char *lines,
                    size_t size_bytes);

/**
   Prepare "these two are the same person".

   @param batch  The batch. One thread at a time.
   @param a,b    Two different identifiers.
   @param reason Who says so and why; text is needed.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if an identifier is blocked, too long or
           both are the same, or there is no reason; OMNI_ERR_LIMIT;
           OMNI_ERR_NO_MEMORY. omni_batch_error() says what was wrong.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_merge(omni_batch *batch, omni_identifier a, omni_identifier b,
                     const omni_reason *reason);

/**
   Prepare "these two are not the same person".

   @param batch  The batch. One thread at a time.
   @param a,b    Two different identifiers.
   @param reason Who says so and why; text is needed.
   @return As omni_batch_add_merge().
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_split(omni_batch *batch, omni_identifier a, omni_identifier b,
                     const omni_reason *reason);

/**
   Prepare "this was never so".

   What is void already when the batch is committed is not retracted again.

   @param batch  The batch. One thread at a time.
   @param fact   As of omni_fact_retract(); a fact of the store, not of the
                 batch.
   @param reason Who says so and why; text is needed.
   @return OMNI_OK; OMNI_NOT_FOUND; OMNI_ERR_ARGUMENT if the fact is an erasure
           or there is no reason; OMNI_ERR_LIMIT; OMNI_ERR_NO_MEMORY; faults of
           reading as omni_txn_begin(). omni_batch_error() says what was wrong.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_retract(omni_batch *batch, const omni_fact_id *fact,
                       const omni_reason *reason);

/**
   Detail of the last omni_batch_add…() of this batch that failed.

   @param batch The batch. One thread at a time.
   @return Borrowed until the next call of this batch.
   @since 0.1
*/
OMNI_API const omni_error *
omni_batch_error(const omni_batch *batch);

/**
   How much waits in a batch.

   @param batch The batch. One thread at a time.
   @return Facts and refused records.
   @since 0.1
*/
OMNI_API size_t
omni_batch_count(const omni_batch *batch);

/**
   How many bytes wait in a batch.

   @param batch The batch. One thread at a time.
   @return Encoded bytes.
   @since 0.1
*/
OMNI_API size_t
omni_batch_bytes(const omni_batch *batch);

/**
   Commit all facts of a batch as one group and fold them.

   The batch is empty afterwards and may be used again; on failure it keeps
   its facts, and none of them is in the store (unless the fault came after
   the log was durable, when the next reader folds them: `error` says so, and
   to commit again writes no event twice).

   @param batch       The batch. One thread at a time.
   @param durability  OMNI_DURABILITY_DEFAULT or another level.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_UNCHANGED if there was nothing to write;
           OMNI_ERR_ARGUMENT if there is no such durability; faults as
           omni_event_append().
   @since 0.1
*/
OMNI_API omni_status
omni_batch_commit(omni_batch *batch, omni_durability durability,
                  omni_error *error);

/**
   Counts of what the last commit of this batch did.

   @param batch        The batch. One thread at a time.
   @param[out] summary Set `size` first.
   @return OMNI_OK; OMNI_ERR_ARGUMENT for a size that cannot be.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_summary(const omni_batch *batch, omni_import_summary *summary);

/**
   How many things have a result, in a batch made with `results`.

   Each record (taken, equal to another, or refused), each statement and each
   retract is one thing, numbered from 0 in the order in which they were added.
   Results stay after the commit, until something is added again.

   @param batch The batch. One thread at a time.
   @return Things; 0 in a batch that was made without `results`.
   @since 0.1
*/
OMNI_API size_t
omni_batch_result_count(const omni_batch *batch);

/**
   What came of one event.

   A refused record is told of at once, all others after the commit.

   @param batch       A batch made with `results`. One thread at a time.
   @param index       Number of the thing, below omni_batch_result_count().
   @param[out] result Set `size` first. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND beyond the last, or before the commit;
           OMNI_ERR_ARGUMENT if the thing is no event, or the batch was made
           without `results`.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_result(const omni_batch *batch, size_t index,
                  omni_event_result *result);

/**
   What came of one merge or split.

   @param batch       A batch made with `results`. One thread at a time.
   @param index       Number of the thing, below omni_batch_result_count().
   @param[out] result Set `size` first. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND beyond the last, or before the commit;
           OMNI_ERR_ARGUMENT if the thing is neither, or the batch was made
           without `results`.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_statement_result(const omni_batch *batch, size_t index,
                            omni_statement_result *result);

/**
   What came of one retract.

   @param batch       A batch made with `results`. One thread at a time.
   @param index       Number of the thing, below omni_batch_result_count().
   @param[out] result Set `size` first. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND beyond the last, or before the commit;
           OMNI_ERR_ARGUMENT if the thing is no retract, or the batch was made
           without `results`.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_retract_result(const omni_batch *batch, size_t index,
                          omni_retract_result *result);

#ifdef __cplusplus
}
#endif

#endif
