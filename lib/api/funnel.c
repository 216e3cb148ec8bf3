/* omni/funnel.h: how far people get. */
#include "segments/funnel.h"

#include "api/handle.h"
#include "formats/funnel_json.h"
#include "platform/sized.h"
#include "segments/sequence.h"

static omni_status
check(const omni_funnel_options *options, omni_error *error)
{
    if (options->step_count == 0 || options->step_count > OMNI_FUNNEL_STEPS) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "a funnel has 1 to %d steps, not %zu",
                          OMNI_FUNNEL_STEPS, options->step_count);
    }
    if (options->within_us < 0) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "within_us is negative");
    }
    if (options->modes > OMNI__SEQUENCE_MODES ||
        ((options->modes & OMNI_FUNNEL_REENTRY) != 0 &&
         (options->modes & OMNI_FUNNEL_ORDER) == 0)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          options->modes > OMNI__SEQUENCE_MODES
                              ? "unknown modes"
                              : "REENTRY goes with ORDER");
    }
    return OMNI_OK;
}

omni_status
omni_funnel_run(omni_txn *txn, const omni_funnel_options *options,
                const omni_funnel **out)
{
    omni_funnel_options wanted;
    omni_funnel *funnel;
    omni__funnel_source source = {.arena = &txn->arena};
    omni_status status = omni__sized_read(options, &wanted, sizeof(wanted),
                                          "options", &txn->error);
    if (status == OMNI_OK) {
        status = check(&wanted, &txn->error);
    }
    if (status == OMNI_OK) {
        source.segment =
            wanted.segment != NULL ? wanted.segment->program : NULL;
        status = omni__txn_scan(txn, source.segment, &source.scan);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (!wanted.has_until) {
        wanted.until_us = omni__hooks_now(&txn->store->hooks) + 1;
    }
    txn->error = (omni_error){0};
    status = omni__funnel_run(&source, &wanted, &funnel, &txn->error);
    if (status == OMNI_OK) {
        *out = funnel;
    } else if (txn->error.status != status) {
        omni__fail(&txn->error, status, "funnel: %s", omni_status_name(status));
    }
    return status;
}

omni_status
omni_funnel_json(omni_txn *txn, const omni_funnel *funnel, omni_text *out)
{
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    omni__funnel_write(funnel, &json);
    return omni__txn_hand_out(txn, &json, out);
}
