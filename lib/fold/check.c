/* Checking a store: every group of the log is verified and folded from
   nothing, beside the tables, and then both are walked together. */
#include "fold/engine.h"
#include "fold/policy.h"

#include "platform/path.h"

#include <inttypes.h>
#include <stdio.h>

#define CHECK_MEMORY (UINT64_C(64) * 1024 * 1024)
#define CHECK_STEP (UINT64_C(4) * 1024 * 1024) /* log bytes between reports */

typedef struct check {
    omni__engine *engine;
    char *path; /* of the tables that are made anew */
    omni__kv *kv;
    omni__fold fold;
    omni_progress_fn progress;
    void *user;
    omni_check_report *report;
} check;

static omni_status
tell(check *c, uint64_t done, uint64_t total, omni_error *error)
{
    return c->progress != NULL && c->progress(c->user, done, total) != 0
               ? omni__fail(error, OMNI_ERR_BUSY, "check was stopped")
               : OMNI_OK;
}

static void
remove_tables(const check *c)
{
    char lock[OMNI__PATH_BYTES + 16];
    omni__path_remove(c->path);
    snprintf(lock, sizeof(lock), "%s-lock", c->path);
    omni__path_remove(lock);
}

/* Verify the hashes of every body; the chain is verified by the fold. */
static omni_status
verify_log(check *c, uint64_t end, omni_error *error)
{
    omni__log *log = c->engine->log;
    uint64_t at = omni__log_start(log);
    uint64_t told = at;
    omni_status status = OMNI_OK;
    while (at < end && status == OMNI_OK) {
        omni__log_frame frame;
        omni__group group;
        status = omni__log_read(log, at, &frame, error);
        if (status == OMNI_OK && !frame.control) {
            status = omni__group_open(frame.group, &group, error);
            if (status == OMNI_OK) {
                status = omni__group_verify(&group, error);
                ++c->report->groups;
                c->report->facts += group.count;
            }
        }
        at = status == OMNI_OK ? frame.next : at;
        if (status == OMNI_OK && at - told > CHECK_STEP) {
            told = at;
            status = tell(c, at / 2, end, error);
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
refold(check *c, uint64_t end, omni_error *error)
{
    uint64_t at = omni__log_start(c->engine->log);
    omni_status status = OMNI_OK;
    while (at < end && status == OMNI_OK) {
        const uint64_t step = end - at > CHECK_STEP ? at + CHECK_STEP : end;
        uint64_t position;
        status = omni__fold_run(&c->fold, step, &position, error);
        if (status == OMNI_OK && position <= at && step == end) {
            break;
        }
        at = position > at ? position : step;
        if (status == OMNI_OK) {
            status = tell(c, end / 2 + at / 2, end, error);
        }
    }
    return status;
}

/* Note the first row that differs. */
static void
note(check *c, const char *what, omni__slice key)
{
    if (c->report->differences++ != 0) {
        return;
    }
    char hex[2 * 40 + 1] = "";
    for (size_t i = 0; i < key.size && i < 40; ++i) {
        snprintf(hex + 2 * i, 3, "%02x", key.data[i]);
    }
    snprintf(c->report->first, sizeof(c->report->first), "row %s %s", hex,
             what);
}

static omni_status
compare_tables(check *c, omni__kv_cursor *stored, omni__kv_cursor *made)
{
    /* What comes before are caches. */
    const omni__key first = omni__key_of(OMNI__TABLE_COUNT);
    omni_status a = omni__kv_cursor_seek(stored, omni__key_slice(&first));
    omni_status b = omni__kv_cursor_seek(made, omni__key_slice(&first));
    while (a == OMNI_OK || b == OMNI_OK) {
        int order = a == OMNI_OK ? -1 : 1;
        if (a == OMNI_OK && b == OMNI_OK) {
            order = omni__slice_compare(omni__kv_cursor_key(stored),
                                        omni__kv_cursor_key(made));
        }
        ++c->report->rows;
        if (order < 0) {
            note(c, "is stored, but the log does not give it",
                 omni__kv_cursor_key(stored));
        } else if (order > 0) {
            note(c, "is missing", omni__kv_cursor_key(made));
        } else if (!omni__slice_equal(omni__kv_cursor_value(stored),
                                      omni__kv_cursor_value(made))) {
            note(c, "is not what the log gives", omni__kv_cursor_key(made));
        }
        a = order <= 0 ? omni__kv_cursor_next(stored) : a;
        b = order >= 0 ? omni__kv_cursor_next(made) : b;
    }
    return a == OMNI_END && b == OMNI_END ? OMNI_OK : (a != OMNI_END ? a : b);
}

static omni_status
compare(check *c, omni__kv_snapshot *snapshot, omni_error *error)
{
    omni__kv_cursor *stored = NULL;
    omni__kv_cursor *made = NULL;
    omni__kv_snapshot *fresh = NULL;
    omni_status status;
    OMNI_TRY(status, omni__kv_snapshot_begin(c->kv, &fresh, error));
    OMNI_TRY(status, omni__kv_cursor_snapshot(snapshot, &stored));
    OMNI_TRY(status, omni__kv_cursor_snapshot(fresh, &made));
    status = compare_tables(c, stored, made);
    if (status == OMNI_OK && c->report->differences != 0) {
        status = omni__fail(error, OMNI_ERR_CORRUPT,
                            "%" PRIu64 " rows differ; first: %s",
                            c->report->differences, c->report->first);
    }
done:
    if (stored != NULL) {
        omni__kv_cursor_close(stored);
    }
    if (made != NULL) {
        omni__kv_cursor_close(made);
    }
    if (fresh != NULL) {
        omni__kv_snapshot_end(fresh);
    }
    return status;
}

/* The policy that the log is going to give. */
static omni__policy_box *
hint_of(omni__kv_shared *shared)
{
    return omni__policy_box_of(omni__kv_share(shared));
}

/* Fold the log into tables of its own and compare a snapshot with them. */
static omni_status
check_tables(check *c, omni_error *error)
{
    omni__kv_snapshot *snapshot = NULL;
    omni_status status;
    OMNI_TRY(status, omni__engine_snapshot(c->engine, &snapshot, error));
    const uint64_t end = omni__kv_snapshot_position(snapshot);
    OMNI_TRY(status, verify_log(c, end, error));
    omni__fold_force(&c->fold, hint_of(omni__kv_snapshot_shared(snapshot)),
                     end);
    OMNI_TRY(status, refold(c, end, error));
    status = compare(c, snapshot, error);
done:
    if (snapshot != NULL) {
        omni__kv_snapshot_end(snapshot);
    }
    return status;
}

static omni_status
run_check(check *c, omni_error *error)
{
    omni__engine *engine = c->engine;
    omni__kv_options options = {.hooks = &engine->hooks,
                                .memory_bytes = CHECK_MEMORY,
                                .derive_version = OMNI__DERIVE_VERSION};
    memcpy(options.deployment, engine->file.deployment,
           sizeof(options.deployment));
    remove_tables(c);
    omni_status status = omni__kv_open(c->path, &options, &c->kv, error);
    if (status != OMNI_OK) {
        return status;
    }
    c->fold = (omni__fold){.hooks = &engine->hooks,
                           .log = engine->log,
                           .kv = c->kv,
                           .secret = &engine->file.secret,
                           .calling_code = engine->file.calling_code,
                           .flushes = true,
                           .programs = &engine->programs};
    omni__fold_init(&c->fold);
    status = check_tables(c, error);
    omni__fold_free(&c->fold);
    omni__kv_close(c->kv);
    remove_tables(c);
    return status;
}

/* Empty the tables and fold the log into them again. */
static omni_status
rebuild(check *c, omni_error *error)
{
    omni__engine *engine = c->engine;
    if (!omni__log_alone(engine->log)) {
        return omni__fail(error, OMNI_ERR_BUSY,
                          "another process has the store open");
    }
    const uint64_t end = omni__log_end(engine->log);
    omni_status status = verify_log(c, end, error);
    if (status == OMNI_OK) {
        pthread_mutex_lock(&engine->lock);
        omni__workset_clear(&engine->fold.set);
        status = omni__kv_clear(engine->kv, error);
        atomic_store(&engine->folded, 0);
        if (end > omni__log_start(engine->log)) { /* there is a fact */
            omni__fold_force(&engine->fold, hint_of(&engine->fold.box->shared),
                             end);
        }
        pthread_mutex_unlock(&engine->lock);
    }
    if (status == OMNI_OK) {
        status = omni__engine_catch_up(engine, error);
    }
    if (status == OMNI_OK) {
        status = omni__engine_flush(engine, error);
    }
    return status == OMNI_UNCHANGED ? OMNI_OK : status;
}

omni_status
omni__engine_check(omni__engine *engine, uint32_t flags,
                   omni_progress_fn progress, void *user,
                   omni_check_report *report, omni_error *error)
{
    /* A name of its own: checks may run at once, in any process. */
    char path[OMNI__PATH_BYTES];
    uint64_t tag;
    if (!omni__hooks_random(&engine->hooks, &tag, sizeof(tag))) {
        return omni__fail(error, OMNI_ERR_IO, "no random bytes to be had");
    }
    const int length =
        snprintf(path, sizeof(path), "%s/" OMNI__CHECK_PREFIX "%016" PRIx64,
                 engine->path, tag);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "path is too long");
    }
    check c = {.engine = engine,
               .path = path,
               .progress = progress,
               .user = user,
               .report = report};
    omni_status status = omni__engine_usable(engine, error);
    if (status == OMNI_OK && (engine->flags & OMNI_STORE_READ_ONLY) != 0) {
        status = omni__fail(error, OMNI_ERR_READ_ONLY,
                            "a check writes beside the tables");
    }
    if (status == OMNI_OK) {
        status = (flags & OMNI_CHECK_REBUILD) != 0 ? rebuild(&c, error)
                                                   : run_check(&c, error);
    }
    return status;
}
