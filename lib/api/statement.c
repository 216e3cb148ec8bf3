/* omni/statement.h: merges and splits. */
#include "omni/statement.h"

#include "api/handle.h"

/* Say what is wrong with a statement that a batch would not take. */
static omni_status
explain_refusal(const omni__engine *engine, omni_identifier a,
                omni_identifier b, const omni_reason *reason, omni_error *error)
{
    const omni_identifier both[2] = {a, b};
    omni__arena arena;
    omni__named named[2];
    omni__arena_init(&arena, &engine->hooks.alloc);
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        status = omni__named_make(&engine->file.secret, &engine->policy,
                                  both[i], &arena, &named[i], error);
    }
    if (status == OMNI_OK && omni__named_compare(&named[0], &named[1]) == 0) {
        status = omni__fail(error, OMNI_ERR_ARGUMENT,
                            "both are the same identifier");
    }
    if (status == OMNI_OK) {
        const bool empty =
            reason == NULL || reason->text == NULL || reason->text[0] == '\0';
        status = omni__fail(error, OMNI_ERR_ARGUMENT,
                            empty ? "a reason is needed"
                                  : "reason or author has more than %d bytes",
                            OMNI_LIMIT_REASON_BYTES);
    }
    omni__arena_free(&arena);
    return status;
}

static omni_status
state(omni_store *store, uint8_t kind, omni_identifier a, omni_identifier b,
      const omni_reason *reason, omni_fact_id *fact, omni_error *error)
{
    omni_batch batch;
    omni__write_result written;
    omni__batch_init(&batch, store);
    omni_status status = kind == OMNI__FACT_LINK
                             ? omni_batch_add_merge(&batch, a, b, reason)
                             : omni_batch_add_split(&batch, a, b, reason);
    if (status == OMNI_ERR_ARGUMENT) {
        status = explain_refusal(store->engine, a, b, reason, error);
    } else if (status != OMNI_OK) {
        omni__fail(error, status, "%s", omni_status_name(status));
    }
    if (status == OMNI_OK) {
        status = omni__batch_commit(&batch, OMNI_DURABILITY_DEFAULT, &written,
                                    error);
    }
    if (status == OMNI_OK && fact != NULL) {
        status =
            omni__engine_fact_id(store->engine, written.position, fact, error);
    }
    omni__batch_release(&batch);
    return status;
}

omni_status
omni_profile_merge(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_fact_id *fact,
                   omni_error *error)
{
    return state(store, OMNI__FACT_LINK, a, b, reason, fact, error);
}

omni_status
omni_profile_split(omni_store *store, omni_identifier a, omni_identifier b,
                   const omni_reason *reason, omni_fact_id *fact,
                   omni_error *error)
{
    return state(store, OMNI__FACT_PART, a, b, reason, fact, error);
}
