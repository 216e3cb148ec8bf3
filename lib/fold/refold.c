/* Rows of another policy beside the tables. */
#include "fold/refold.h"

#include "fold/policy.h"

#define REFOLD_MEMORY (UINT64_C(64) * 1024 * 1024)
#define REFOLD_STEP                                                            \
    (UINT64_C(2) * 1024 * 1024) /* log bytes between reports                   \
                                 */
#define SMALL_LOG (UINT64_C(1) * 1024 * 1024)
#define SMALL_REST (UINT64_C(64) * 1024)
#define ROUNDS 8

omni_status
omni__refold_begin(omni__refold *refold, omni__engine *engine,
                   omni__policy_box *policy, omni_error *error)
{
    *refold = (omni__refold){.engine = engine};
    const omni_status status = omni__kv_open_shadow(
        engine->kv, policy->policy.digest, REFOLD_MEMORY, &refold->kv, error);
    if (status != OMNI_OK) {
        return status;
    }
    refold->fold = (omni__fold){.hooks = &engine->hooks,
                                .log = engine->log,
                                .kv = refold->kv,
                                .secret = &engine->file.secret,
                                .calling_code = engine->file.calling_code,
                                .flushes = true,
                                .programs = &engine->programs};
    omni__fold_init(&refold->fold);
    omni__kv_share(&policy->shared);
    omni__fold_force(&refold->fold, policy, UINT64_MAX);
    return OMNI_OK;
}

omni_status
omni__refold_run(omni__refold *refold, uint64_t end, uint64_t *position,
                 omni_error *error)
{
    uint64_t at = omni__log_start(refold->engine->log);
    omni_status status =
        omni__fold_run(&refold->fold, at, &at, error); /* what is there */
    while (status == OMNI_OK && at < end) {
        const uint64_t before = at;
        const uint64_t step = end - at > REFOLD_STEP ? at + REFOLD_STEP : end;
        if (refold->progress != NULL &&
            refold->progress(refold->user, at, end) != 0) {
            return omni__fail(error, OMNI_ERR_BUSY, "the policy was stopped");
        }
        status = omni__fold_run(&refold->fold, step, &at, error);
        if (at <= before) {
            at = step; /* a segment's last bytes */
        }
    }
    *position = at;
    return status;
}

void
omni__refold_end(omni__refold *refold)
{
    if (refold->kv != NULL) {
        omni__fold_free(&refold->fold);
        omni__kv_close(refold->kv);
        refold->kv = NULL;
    }
}

/* Groups come while the rows are made: once more, until few are left. */
static omni_status
catch_up(omni__refold *refold, omni_error *error)
{
    omni__log *log = refold->engine->log;
    uint64_t at = 0;
    omni_status status = OMNI_OK;
    for (int round = 0; round < ROUNDS && status >= 0; ++round) {
        const uint64_t end = omni__log_end(log);
        if (at + SMALL_REST >= end) {
            break;
        }
        status = omni__refold_run(refold, end, &at, error);
        if (status == OMNI_OK) {
            status = omni__log_sync(log, error);
        }
        if (status >= 0) {
            status = omni__kv_flush(refold->kv, error);
        }
    }
    return status == OMNI_UNCHANGED ? OMNI_OK : status;
}

omni_status
omni__engine_prepare_policy(omni__engine *engine, omni__policy_box *policy,
                            omni_progress_fn progress, void *user,
                            omni_error *error)
{
    if (omni__log_end(engine->log) - omni__log_start(engine->log) < SMALL_LOG) {
        return OMNI_OK;
    }
    omni__refold refold;
    omni_status status = omni__refold_begin(&refold, engine, policy, error);
    if (status == OMNI_OK) {
        refold.progress = progress;
        refold.user = user;
        status = catch_up(&refold, error);
        omni__refold_end(&refold);
    }
    return status;
}
