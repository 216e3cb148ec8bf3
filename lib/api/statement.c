/* omni/statement.h: merges, splits and retracts. */
#include "omni/statement.h"

#include "api/handle.h"
#include "platform/sized.h"

/* omni_batch_add_merge(), or that of splits. */
typedef omni_status (*add_fn)(omni_batch *batch, omni_identifier a,
                              omni_identifier b, const omni_reason *reason);

/* A batch of one statement. */
static omni_status
state(omni_store *store, add_fn add, const omni_identifier ends[2],
      const omni_reason *reason, omni_statement_result *result,
      omni_error *error)
{
    omni_batch batch;
    omni_status status = omni__sized_check(result, "result", error);
    if (status != OMNI_OK) {
        return status;
    }
    omni__batch_init(&batch, store);
    batch.results.wanted = result != NULL;
    status = omni__batch_finish(&batch, add(&batch, ends[0], ends[1], reason),
                                error);
    if (status == OMNI_OK && result != NULL) {
        omni_statement_result made;
        omni__results_statement(&batch.results, 0, &made);
        omni__sized_write(result, &made, sizeof(made));
    }
    omni__batch_release(&batch);
    return status;
}

omni_status
omni_profile_merge(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_statement_result *result,
                   omni_error *error)
{
    return state(store, omni_batch_add_merge, (omni_identifier[]){a, b}, reason,
                 result, error);
}

omni_status
omni_profile_split(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_statement_result *result,
                   omni_error *error)
{
    return state(store, omni_batch_add_split, (omni_identifier[]){a, b}, reason,
                 result, error);
}

omni_status
omni_fact_retract(omni_store *store, const omni_fact_id *fact,
                  const omni_reason *reason, omni_retract_result *result,
                  omni_error *error)
{
    omni_retract_result made;
    omni_status status = omni__sized_check(result, "result", error);
    if (status != OMNI_OK) {
        return status;
    }
    omni_batch batch;
    omni__batch_init(&batch, store);
    batch.results.wanted = true;
    status = omni__batch_finish(
        &batch, omni_batch_add_retract(&batch, fact, reason), error);
    if (status == OMNI_OK) {
        omni__results_retract(&batch.results, 0, &made);
        status = made.count != 0 ? OMNI_OK : OMNI_UNCHANGED;
    }
    if (result != NULL && (status == OMNI_OK || status == OMNI_UNCHANGED)) {
        omni__sized_write(result, &made, sizeof(made));
    }
    omni__batch_release(&batch);
    return status;
}
