/* omni/event.h: appending events. */
#include "omni/event.h"

#include "api/handle.h"

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
    case OMNI_FLAGGED_FUTURE:
        return "future_time";
    case OMNI_FLAGGED_IDENTIFIER:
        return "dropped_identifier";
    default:
        return "unknown";
    }
}

/* The strongest identifier of an event in a batch: where it is anchored. */
static omni_id
anchor_of(const omni_batch *batch, const omni__event_body *event)
{
    const omni__engine *engine = batch->store->engine;
    const size_t at = omni__event_anchor(&engine->policy, event);
    return omni__public_id(&engine->file.secret, &event->identifiers[at].token,
                           omni__slice_of(NULL, 0));
}

/* The profile that an identifier's node is in. */
static omni_status
read_profile(omni_store *store, const omni_id *node, omni_id *out,
             omni_error *error)
{
    omni_txn txn;
    omni__node found;
    omni_status status = omni__txn_init(&txn, store, error);
    if (status == OMNI_OK) {
        status = omni__node_read(&txn.view, node, &found);
        if (status == OMNI_OK) {
            *out = found.head;
        }
        omni__txn_release(&txn);
    }
    return status;
}

static omni_status
fill_result(omni_batch *batch, const omni__write_result *written,
            const omni_id *anchor, omni_event_result *result, omni_error *error)
{
    omni_event_result made = {.size = sizeof(made)};
    omni_status status = OMNI_OK;
    made.code = batch->last_refusal.code;
    if (batch->committed.refused != 0) {
        made.outcome = OMNI_OUTCOME_REFUSED;
    } else {
        made.outcome = batch->committed.duplicates != 0 ? OMNI_OUTCOME_DUPLICATE
                                                        : OMNI_OUTCOME_TAKEN;
        status = read_profile(batch->store, anchor, &made.profile, error);
    }
    if (status == OMNI_OK && written->position != UINT64_MAX) {
        status = omni__engine_fact_id(batch->store->engine, written->position,
                                      &made.fact, error);
    }
    *result = made;
    return status;
}

omni_status
omni_event_append(omni_store *store, const omni_event *event,
                  omni_event_result *result, omni_error *error)
{
    if (result != NULL && result->size != sizeof(*result)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "result.size is not set");
    }
    omni_batch batch;
    omni__write_result written;
    omni__event_body body;
    omni_id anchor = {.bytes = {0}};
    omni__batch_init(&batch, store);
    omni_status status = omni_batch_add(&batch, event);
    if (status != OMNI_OK) {
        omni__fail(error, status, "event: %s",
                   status == OMNI_ERR_ARGUMENT
                       ? "size is not set, or type or identifiers are not "
                         "what they can be"
                       : omni_status_name(status));
    }
    if (status == OMNI_OK && batch.count == 1) {
        status =
            omni__event_body_decode(omni__buffer_bytes(&batch.bodies), &body);
        anchor = anchor_of(&batch, &body);
    }
    if (status == OMNI_OK) {
        status = omni__batch_commit(&batch, OMNI_DURABILITY_DEFAULT, &written,
                                    error);
    }
    if (status == OMNI_OK && result != NULL) {
        status = fill_result(&batch, &written, &anchor, result, error);
    }
    omni__batch_release(&batch);
    return status;
}

omni_status
omni_event_append_json(omni_store *store, const char *lines, size_t size_bytes,
                       omni_import_summary *summary, omni_error *error)
{
    if (summary != NULL && summary->size != sizeof(*summary)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "summary.size is not set");
    }
    omni_batch batch;
    omni__batch_init(&batch, store);
    omni_status status = omni_batch_add_json(&batch, NULL, lines, size_bytes);
    if (status == OMNI_ERR_LIMIT) {
        omni__fail(error, status,
                   "more than one batch holds; use omni_import_new()");
    } else if (status != OMNI_OK) {
        omni__fail(error, status, "%s", omni_status_name(status));
    } else {
        status = omni_batch_commit(&batch, OMNI_DURABILITY_DEFAULT, error);
    }
    if (status >= 0 && summary != NULL) {
        status = omni_batch_summary(&batch, summary);
    }
    omni__batch_release(&batch);
    return status > 0 ? OMNI_OK : status;
}
