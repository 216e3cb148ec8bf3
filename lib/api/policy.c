/* omni/policy.h: what identifiers mean. */
#include "omni/policy.h"

#include "api/handle.h"
#include "fold/place.h"
#include "fold/policy.h"
#include "fold/refold.h"
#include "fold/register.h"
#include "formats/policy_json.h"
#include "formats/policy_plan.h"
#include "platform/sized.h"

#define SAMPLES 10u
#define SAMPLES_MAX 1000u

omni_status
omni_policy_settings(omni_txn *txn, const omni_policy_setting **out,
                     size_t *count)
{
    omni_policy_setting *settings;
    const omni_status status =
        omni__policy_compare(txn->source.policy, &omni__policy_default, false,
                             &txn->arena, &settings, count);
    if (status != OMNI_OK) {
        return omni__fail_memory(&txn->error);
    }
    *out = settings;
    return OMNI_OK;
}

/* A walk that collects what is not valid. */
typedef struct refusals {
    omni_txn *txn;
    omni__policy_box *box; /* that they are tried on */
    omni_policy_invalid *list;
    size_t count;
    size_t capacity;
} refusals;

static omni_text
keep(omni_txn *txn, omni__slice text)
{
    return omni__text_of(omni__arena_copy(&txn->arena, text));
}

static omni_status
take_invalid(void *user, const omni__register *entry)
{
    refusals *r = user;
    omni_txn *txn = r->txn;
    omni_error error = {0};
    omni_fact_id fact;
    void *list = r->list;
    omni_status status = omni__policy_set_register(r->box, entry->body.name,
                                                   entry->body.value, &error);
    if (status != OMNI_ERR_SYNTAX) {
        return status;
    }
    status =
        omni__place_id(&txn->view, txn->source.log, entry->position, &fact);
    if (status != OMNI_OK) {
        return status;
    }
    const bool room = omni__grow(&txn->store->hooks.alloc, &list, &r->capacity,
                                 r->count, sizeof(r->list[0]));
    r->list = list;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    r->list[r->count++] = (omni_policy_invalid){
        .name = keep(txn, entry->body.name),
        .value = keep(txn, entry->body.value),
        .error = keep(txn, omni__slice_text(error.message)),
        .author = keep(txn, entry->body.author),
        .time_us = entry->body.time_us,
        .fact = fact};
    return OMNI_NOT_FOUND; /* what was stated before it */
}

omni_status
omni_policy_invalid_facts(omni_txn *txn, const omni_policy_invalid **out,
                          size_t *count)
{
    const omni__alloc *alloc = &txn->store->hooks.alloc;
    refusals r = {.txn = txn,
                  .box = omni__policy_copy(txn->source.policy, alloc)};
    omni_status status = r.box != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    if (status == OMNI_OK) {
        status = omni__registers_each(&txn->view, txn->source.log,
                                      OMNI__FACT_POLICY, take_invalid, &r);
        omni__kv_unshare(&r.box->shared);
    }
    const omni__slice copy = omni__arena_copy(
        &txn->arena, omni__slice_of(r.list, r.count * sizeof(r.list[0])));
    omni__free(alloc, r.list);
    if (status == OMNI_OK && r.count != 0 && copy.data == NULL) {
        status = OMNI_ERR_NO_MEMORY;
    }
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "policy: %s",
                          omni_status_name(status));
    }
    *out = (const omni_policy_invalid *)(const void *)copy.data;
    *count = r.count;
    return OMNI_OK;
}

omni_status
omni_policy_json(omni_txn *txn, omni_text *out)
{
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    omni__policy_write(txn->source.policy, &txn->arena, &json);
    return omni__txn_hand_out(txn, &json, out);
}

static omni_status
read_options(const omni_policy_options *given, omni_policy_options *out,
             omni_error *error)
{
    *out = (omni_policy_options){.size = sizeof(*out)};
    if (given != NULL) {
        const omni_status status =
            omni__sized_read(given, out, sizeof(*out), "options", error);
        if (status != OMNI_OK) {
            return status;
        }
    }
    if (out->samples > SAMPLES_MAX) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "options.samples is over %u", SAMPLES_MAX);
    }
    out->samples = out->samples != 0 ? out->samples : SAMPLES;
    return omni__reason_check(&out->reason, false, error);
}

/* ---- setting ---- */

/* A policy to be set: what differs from the one in force. */
typedef struct change {
    omni__engine *engine;
    omni__policy_box *before;
    omni__policy_box *after;
    omni__arena arena;
    omni_policy_setting *settings;
    size_t count;
} change;

static omni_status
change_begin(change *c, omni__engine *engine, omni__policy_box *before,
             omni__slice json, omni_error *error)
{
    *c = (change){.engine = engine, .before = before};
    omni__arena_init(&c->arena, &engine->hooks.alloc);
    omni_status status = omni__policy_parse(
        &before->policy, json, &engine->hooks.alloc, &c->after, error);
    if (status == OMNI_OK) {
        status = omni__policy_compare(&c->after->policy, &before->policy, true,
                                      &c->arena, &c->settings, &c->count);
        status = status == OMNI_OK ? OMNI_OK : omni__fail_memory(error);
    }
    return status;
}

static void
change_end(change *c)
{
    omni__arena_free(&c->arena);
    omni__kv_unshare(&c->before->shared);
    if (c->after != NULL) {
        omni__kv_unshare(&c->after->shared);
    }
}

static bool
refolds(const change *c)
{
    return c->before->policy.digest != c->after->policy.digest;
}

/* A register for each setting; one that is as by default is taken away. */
static omni_status
write_registers(change *c, const omni_reason *reason, omni__commit *commit)
{
    omni__register_body *bodies =
        omni__arena_zero(&c->arena, c->count * sizeof(bodies[0]));
    omni__write *writes =
        omni__arena_zero(&c->arena, c->count * sizeof(writes[0]));
    omni_policy_setting *base;
    size_t base_count;
    if (bodies == NULL || writes == NULL ||
        omni__policy_compare(&c->after->policy, &omni__policy_default, true,
                             &c->arena, &base, &base_count) != OMNI_OK) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t at = 0;
    for (size_t i = 0; i < c->count; ++i) {
        const omni__slice name = omni__slice_of_text(c->settings[i].name);
        while (at < base_count &&
               omni__slice_compare(omni__slice_of_text(base[at].name), name) <
                   0) {
            ++at;
        }
        const bool stated =
            at < base_count &&
            omni__slice_equal(omni__slice_of_text(base[at].name), name);
        bodies[i].name = name;
        if (stated) {
            bodies[i].value = omni__slice_of_text(c->settings[i].value);
        }
        bodies[i].author = omni__slice_text(reason->author);
        bodies[i].reason = omni__slice_text(reason->text);
        writes[i].kind = OMNI__FACT_POLICY;
        writes[i].named = &bodies[i];
    }
    commit->writes = writes;
    commit->count = c->count;
    return OMNI_OK;
}

static omni_status
apply(change *c, const omni_policy_options *options, omni_policy_result *result,
      omni_error *error)
{
    omni__commit commit = {.durability = OMNI_DURABILITY_DEFAULT};
    omni_status status = refolds(c)
                             ? omni__engine_prepare_policy(c->engine, c->after,
                                                           options->progress,
                                                           options->user, error)
                             : OMNI_OK;
    if (status == OMNI_OK) {
        status = write_registers(c, &options->reason, &commit);
        status = status == OMNI_OK ? OMNI_OK : omni__fail_memory(error);
    }
    if (status == OMNI_OK) {
        status = omni__engine_commit(c->engine, &commit, error);
    }
    if (status == OMNI_OK) {
        status = omni__engine_fact_ids(c->engine, commit.position,
                                       &result->fact, 1, error);
    }
    if (status == OMNI_OK) {
        result->changed = c->count;
        result->refolded = refolds(c);
    }
    for (size_t i = 0;
         status == OMNI_OK && options->changed != NULL && i < c->count; ++i) {
        options->changed(options->user, &c->settings[i]);
    }
    return status;
}

omni_status
omni_policy_set_json(omni_store *store, const char *json, size_t size_bytes,
                     const omni_policy_options *options,
                     omni_policy_result *result, omni_error *error)
{
    omni__engine *engine = store->engine;
    omni_policy_options wanted;
    omni_policy_result made = {.size = sizeof(made)};
    omni__policy_box *before;
    change c;
    omni_status status = omni__sized_check(result, "result", error);
    if (status == OMNI_OK) {
        status = read_options(options, &wanted, error);
    }
    if (status == OMNI_OK && (engine->flags & OMNI_STORE_READ_ONLY) != 0) {
        status = omni__fail(error, OMNI_ERR_READ_ONLY,
                            "store is open for reading only");
    }
    if (status == OMNI_OK) {
        status = omni__engine_usable(engine, error);
    }
    if (status == OMNI_OK) {
        status = omni__engine_policy(engine, &before, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    status = change_begin(&c, engine, before, omni__slice_of(json, size_bytes),
                          error);
    if (status == OMNI_OK) {
        status =
            c.count != 0 ? apply(&c, &wanted, &made, error) : OMNI_UNCHANGED;
    }
    change_end(&c);
    if (status >= 0) {
        omni__sized_write(result, &made, sizeof(made));
    }
    return status;
}

/* ---- rehearsing ---- */

/* Make the rows as of the txn, and compare. */
static omni_status
compare(omni_txn *txn, const change *c, const omni_policy_options *options,
        omni__refold *refold, omni_policy_plan *plan)
{
    const uint64_t end = omni__kv_snapshot_position(txn->snapshot);
    uint64_t position;
    omni__kv_snapshot *snapshot;
    omni__arena arena;
    omni__summaries summaries;
    omni_status status = omni__refold_run(refold, end, &position, &txn->error);
    if (status == OMNI_OK && position != end) {
        status = omni__fail(&txn->error, OMNI_ERR_BUSY,
                            "others have gone on since the txn began");
    }
    if (status == OMNI_OK) {
        omni__kv_publish_whole(refold->kv, position, &c->after->shared);
        status = omni__kv_snapshot_begin(refold->kv, &snapshot, &txn->error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__arena_init(&arena, &txn->store->hooks.alloc);
    omni__summaries_init(&summaries, &txn->store->hooks.alloc);
    const omni__view view = {.snapshot = snapshot};
    omni__profile_source after = txn->source;
    after.view = &view;
    after.policy = &c->after->policy;
    after.summaries = &summaries;
    after.arena = &arena;
    status =
        omni__policy_plan_make(&txn->source, &after, options->samples, plan);
    if (status != OMNI_OK) {
        omni__fail(&txn->error, status, "plan: %s", omni_status_name(status));
    }
    omni__summaries_free(&summaries);
    omni__arena_free(&arena);
    omni__kv_snapshot_end(snapshot);
    return status;
}

static omni_status
rehearse(omni_txn *txn, change *c, const omni_policy_options *options,
         omni_policy_plan *plan)
{
    omni__refold refold;
    omni__counts counts;
    omni_policy_setting *settings;
    omni_status status =
        omni__policy_compare(&c->after->policy, &c->before->policy, true,
                             &txn->arena, &settings, &plan->setting_count);
    if (status != OMNI_OK) {
        return omni__fail_memory(&txn->error);
    }
    plan->settings = settings;
    if (!refolds(c)) {
        status = omni__counts_read(&txn->view, &counts);
        plan->profiles_before = counts.profiles;
        plan->profiles_after = counts.profiles;
        return status;
    }
    status = omni__refold_begin(&refold, c->engine, c->after, &txn->error);
    if (status == OMNI_OK) {
        refold.progress = options->progress;
        refold.user = options->user;
        status = compare(txn, c, options, &refold, plan);
        omni__refold_end(&refold);
    }
    return status;
}

omni_status
omni_policy_rehearse(omni_txn *txn, const char *json, size_t size_bytes,
                     const omni_policy_options *options,
                     const omni_policy_plan **out)
{
    omni_policy_options wanted;
    change c;
    omni_policy_plan *plan = omni__arena_zero(&txn->arena, sizeof(*plan));
    omni_status status = read_options(options, &wanted, &txn->error);
    if (status == OMNI_OK) {
        status = omni__txn_knows_all(txn);
    }
    if (status == OMNI_OK && plan == NULL) {
        status = omni__fail_memory(&txn->error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__kv_shared *shared =
        omni__kv_share(omni__kv_snapshot_shared(txn->snapshot));
    status = change_begin(&c, txn->store->engine, omni__policy_box_of(shared),
                          omni__slice_of(json, size_bytes), &txn->error);
    if (status == OMNI_OK) {
        status = rehearse(txn, &c, &wanted, plan);
    }
    for (size_t i = 0;
         status == OMNI_OK && wanted.changed != NULL && i < plan->setting_count;
         ++i) {
        wanted.changed(wanted.user, &plan->settings[i]);
    }
    change_end(&c);
    if (status == OMNI_OK) {
        *out = plan;
    }
    return status;
}

omni_status
omni_policy_plan_json(omni_txn *txn, const omni_policy_plan *plan,
                      omni_text *out)
{
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    omni__policy_plan_write(plan, &json);
    return omni__txn_hand_out(txn, &json, out);
}
