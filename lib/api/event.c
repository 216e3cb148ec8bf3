/* omni/event.h: appending events. */
#include "omni/event.h"

#include "api/handle.h"
#include "platform/sized.h"

const char *
omni_refused_name(omni_refused_code code)
{
    switch (code) {
    case OMNI_REFUSED_NONE:
        return "none";
    case OMNI_REFUSED_JSON:
        return "bad_json";
    case OMNI_REFUSED_EVENT:
        return "bad_event";
    case OMNI_REFUSED_TIME:
        return "bad_time";
    case OMNI_REFUSED_NO_IDENTIFIER:
        return "no_identifier";
    case OMNI_REFUSED_BLOCKED:
        return "blocked";
    case OMNI_REFUSED_LIMIT:
        return "over_limit";
    case OMNI_REFUSED_ROW:
        return "bad_row";
    case OMNI_FLAGGED_FUTURE:
        return "future_time";
    case OMNI_FLAGGED_IDENTIFIER:
        return "dropped_identifier";
    default:
        return "unknown";
    }
}

omni_status
omni_event_append(omni_store *store, const omni_event *event,
                  omni_event_result *result, omni_error *error)
{
    omni_status status = omni__sized_check(result, "result", error);
    if (status != OMNI_OK) {
        return status;
    }
    omni_batch batch;
    omni__batch_init(&batch, store);
    batch.results.wanted = result != NULL;
    status = omni__batch_finish(&batch, omni_batch_add(&batch, event), error);
    if (status == OMNI_OK && result != NULL) {
        omni_event_result made;
        omni__results_event(&batch.results, 0, &made);
        omni__sized_write(result, &made, sizeof(made));
    }
    omni__batch_release(&batch);
    return status;
}

omni_status
omni_event_append_json(omni_store *store, const char *lines, size_t size_bytes,
                       omni_import_summary *summary, omni_error *error)
{
    omni_status status = omni__sized_check(summary, "summary", error);
    if (status != OMNI_OK) {
        return status;
    }
    omni_batch batch;
    omni__batch_init(&batch, store);
    status = omni__batch_finish(
        &batch, omni_batch_add_json(&batch, NULL, lines, size_bytes), error);
    if (status == OMNI_ERR_LIMIT) {
        omni__error_add(error, "; use omni_import_new() and batches");
    }
    if (status >= 0) {
        omni__sized_write(summary, &batch.committed, sizeof(batch.committed));
    }
    omni__batch_release(&batch);
    return status > 0 ? OMNI_OK : status;
}
