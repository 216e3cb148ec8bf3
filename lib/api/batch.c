/* omni/batch.h: facts that wait, and their commit. */
#include "omni/batch.h"

#include "api/handle.h"
#include "codec/text.h"
#include "fold/place.h"
#include "platform/sized.h"

void
omni__batch_init(omni_batch *batch, omni_store *store)
{
    const omni__alloc *alloc = &store->hooks.alloc;
    memset(batch, 0, sizeof(*batch));
    batch->store = store;
    batch->error.offset = -1;
    omni__import_init(&batch->own, store, NULL);
    omni__arena_init(&batch->arena, alloc);
    omni__arena_init(&batch->scratch, alloc);
    omni__buffer_init(&batch->bodies, alloc);
    omni__buffer_init(&batch->refused, alloc);
    omni__results_init(&batch->results, alloc);
}

void
omni__batch_release(omni_batch *batch)
{
    const omni__alloc *alloc = &batch->store->hooks.alloc;
    omni__import_release(&batch->own);
    if (batch->policy != NULL) {
        omni__kv_unshare(&batch->policy->shared);
    }
    omni__arena_free(&batch->arena);
    omni__arena_free(&batch->scratch);
    omni__buffer_free(&batch->bodies);
    omni__buffer_free(&batch->refused);
    omni__results_free(&batch->results);
    omni__free(alloc, batch->writes);
    omni__free(alloc, batch->seen);
}

omni_status
omni__batch_policy(omni_batch *batch)
{
    omni__engine *engine = batch->store->engine;
    omni__policy_box *policy;
    omni_status status = omni__engine_catch_up(engine, &batch->error);
    const uint64_t at = atomic_load(&engine->folded);
    if (status != OMNI_OK ||
        (batch->policy != NULL && batch->policy_at == at)) {
        return status;
    }
    status = omni__engine_policy(engine, &policy, &batch->error);
    if (status == OMNI_OK && batch->policy != NULL) {
        omni__kv_unshare(&batch->policy->shared);
    }
    if (status == OMNI_OK) {
        batch->policy = policy;
        batch->policy_at = at;
    }
    return status;
}

omni_status
omni_batch_new(omni_store *store, const omni_batch_options *options,
               omni_batch **out, omni_error *error)
{
    omni_batch_options wanted = {.size = sizeof(wanted)};
    if (options != NULL) {
        const omni_status status = omni__sized_read(
            options, &wanted, sizeof(wanted), "options", error);
        if (status != OMNI_OK) {
            return status;
        }
    }
    omni_batch *batch = omni__malloc(&store->hooks.alloc, sizeof(*batch));
    if (batch == NULL) {
        return omni__fail_memory(error);
    }
    omni__batch_init(batch, store);
    batch->results.wanted = wanted.results;
    *out = batch;
    return OMNI_OK;
}

void
omni_batch_free(omni_batch *batch)
{
    if (batch != NULL) {
        const omni_store *store = batch->store;
        omni__batch_release(batch);
        omni__free(&store->hooks.alloc, batch);
    }
}

omni__write *
omni__batch_new_write(omni_batch *batch)
{
    void *writes = batch->writes;
    const bool room =
        omni__grow(&batch->store->hooks.alloc, &writes, &batch->capacity,
                   batch->count, sizeof(batch->writes[0]));
    batch->writes = writes;
    if (!room) {
        return NULL;
    }
    omni__write *write = &batch->writes[batch->count];
    memset(write, 0, sizeof(*write));
    return write;
}

omni_status
omni__batch_check_room(omni_batch *batch)
{
    if (batch->count >= OMNI_LIMIT_BATCH_FACTS) {
        return omni__fail(&batch->error, OMNI_ERR_LIMIT,
                          "batch is full: it holds %zu facts; commit it first",
                          batch->count);
    }
    if (batch->bodies.size > OMNI_LIMIT_BATCH_BYTES - OMNI_LIMIT_EVENT_BYTES) {
        return omni__fail(&batch->error, OMNI_ERR_LIMIT,
                          "batch is full: it holds %zu bytes; commit it first",
                          batch->bodies.size);
    }
    return OMNI_OK;
}

omni_status
omni__reason_check(const omni_reason *reason, bool needed, omni_error *error)
{
    const char *const texts[2] = {reason != NULL ? reason->text : NULL,
                                  reason != NULL ? reason->author : NULL};
    if (needed && (texts[0] == NULL || texts[0][0] == '\0')) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "a statement needs a reason");
    }
    for (size_t i = 0; i < 2; ++i) {
        const size_t size = texts[i] != NULL ? strlen(texts[i]) : 0;
        if (size > OMNI_LIMIT_REASON_BYTES) {
            return omni__fail(
                error, OMNI_ERR_ARGUMENT, "%s has %zu bytes, at most %d",
                i == 0 ? "reason" : "author", size, OMNI_LIMIT_REASON_BYTES);
        }
        if (!omni__text_valid(omni__slice_text(texts[i]))) {
            return omni__fail(error, OMNI_ERR_ARGUMENT, "%s is not UTF-8 text",
                              i == 0 ? "reason" : "author");
        }
    }
    return OMNI_OK;
}

/* Both identifiers in normal form, in the caller's order. */
static omni_status
make_ends(omni_batch *batch, omni_identifier a, omni_identifier b,
          omni__named ends[2])
{
    const omni__engine *engine = batch->store->engine;
    const omni_identifier given[2] = {a, b};
    omni_status status = omni__batch_policy(batch);
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        status =
            omni__named_make(&engine->file.secret, &batch->policy->policy,
                             given[i], &batch->arena, &ends[i], &batch->error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    return omni__named_compare(&ends[0], &ends[1]) != 0
               ? OMNI_OK
               : omni__fail(&batch->error, OMNI_ERR_ARGUMENT,
                            "both are the same identifier, %s:%.100s", a.ns,
                            a.value);
}

/* Texts of a reason, kept until the commit; false without memory. */
static bool
copy_reason(omni_batch *batch, const omni_reason *reason, omni__slice *text,
            omni__slice *author)
{
    const omni__slice given = omni__slice_text(reason->text);
    const omni__slice who = omni__slice_text(reason->author);
    *text = omni__arena_copy(&batch->arena, given);
    *author = omni__arena_copy(&batch->arena, who);
    return text->size == given.size && author->size == who.size;
}

/* A body with its ends in order, or NULL without memory. */
static omni__statement_body *
make_statement(omni_batch *batch, const omni__named ends[2],
               const omni_reason *reason)
{
    omni__statement_body *body = omni__arena_zero(&batch->arena, sizeof(*body));
    if (body == NULL) {
        return NULL;
    }
    const bool ordered = omni__named_compare(&ends[0], &ends[1]) < 0;
    body->ends[0] = ends[ordered ? 0 : 1];
    body->ends[1] = ends[ordered ? 1 : 0];
    return copy_reason(batch, reason, &body->reason, &body->author) ? body
                                                                    : NULL;
}

static omni_status
add_statement(omni_batch *batch, uint8_t kind, omni_identifier a,
              omni_identifier b, const omni_reason *reason)
{
    omni__named ends[2];
    omni_status status = omni__reason_check(reason, true, &batch->error);
    if (status == OMNI_OK) {
        status = omni__batch_check_room(batch);
    }
    if (status == OMNI_OK) {
        status = make_ends(batch, a, b, ends);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__write *write = omni__batch_new_write(batch);
    omni__statement_body *body = make_statement(batch, ends, reason);
    if (write == NULL || body == NULL) {
        return omni__fail_memory(&batch->error);
    }
    write->kind = kind;
    write->statement = body;
    if (batch->results.wanted) {
        status = omni__results_add_statement(&batch->results, batch, ends,
                                             batch->count);
    }
    if (status != OMNI_OK) {
        return omni__fail_memory(&batch->error);
    }
    ++batch->count;
    return OMNI_OK;
}

omni_status
omni_batch_add_merge(omni_batch *batch, omni_identifier a, omni_identifier b,
                     const omni_reason *reason)
{
    return add_statement(batch, OMNI__FACT_LINK, a, b, reason);
}

omni_status
omni_batch_add_split(omni_batch *batch, omni_identifier a, omni_identifier b,
                     const omni_reason *reason)
{
    return add_statement(batch, OMNI__FACT_PART, a, b, reason);
}

/* The fact that is to be void, as the store has it. */
static omni_status
find_fact(omni_batch *batch, const omni_fact_id *asked, omni_fact_id *out)
{
    omni__engine *engine = batch->store->engine;
    const omni_fact_id any = {.sequence = 0};
    omni__found_fact found;
    omni__kv_snapshot *snapshot;
    omni_status status =
        omni__engine_snapshot(engine, &snapshot, &batch->error);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__view view = {.snapshot = snapshot};
    status = omni__place_find(&view, engine->log, asked->replica,
                              asked->sequence, &found);
    omni__kv_snapshot_end(snapshot);
    if (status == OMNI_OK) {
        *out = omni__fact_id(&found.fact);
        const bool same =
            memcmp(out->check, asked->check, sizeof(any.check)) == 0 ||
            memcmp(any.check, asked->check, sizeof(any.check)) == 0;
        status = same ? OMNI_OK : OMNI_NOT_FOUND;
    }
    char text[OMNI_FACT_ID_TEXT_SIZE];
    omni_fact_id_format(asked, text);
    if (status != OMNI_OK) {
        return omni__fail(&batch->error, status, "no fact %s is here", text);
    }
    return found.fact.kind != OMNI__FACT_ERASE
               ? OMNI_OK
               : omni__fail(&batch->error, OMNI_ERR_ARGUMENT,
                            "fact %s is an erasure, which cannot be retracted",
                            text);
}

omni_status
omni_batch_add_retract(omni_batch *batch, const omni_fact_id *fact,
                       const omni_reason *reason)
{
    omni__retraction made = {.count = 0};
    omni_status status = omni__reason_check(reason, true, &batch->error);
    if (status == OMNI_OK) {
        status = omni__batch_check_room(batch);
    }
    if (status == OMNI_OK) {
        status = find_fact(batch, fact, &made.fact);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__write *write = omni__batch_new_write(batch);
    omni__retraction *kept = omni__arena_get(&batch->arena, sizeof(*kept));
    if (write == NULL || kept == NULL ||
        !copy_reason(batch, reason, &made.reason, &made.author)) {
        return omni__fail_memory(&batch->error);
    }
    *kept = made;
    write->kind = OMNI__FACT_RETRACT;
    write->retraction = kept;
    if (batch->results.wanted &&
        omni__results_add_retract(&batch->results, batch->count) != OMNI_OK) {
        return omni__fail_memory(&batch->error);
    }
    ++batch->count;
    return OMNI_OK;
}

const omni_error *
omni_batch_error(const omni_batch *batch)
{
    return &batch->error;
}

size_t
omni_batch_count(const omni_batch *batch)
{
    return batch->count + batch->refused_count;
}

size_t
omni_batch_bytes(const omni_batch *batch)
{
    return batch->bodies.size;
}

/* Empty, and ready for the next facts. */
static void
clear_batch(omni_batch *batch)
{
    batch->count = 0;
    batch->refused_count = 0;
    omni__buffer_clear(&batch->bodies);
    omni__buffer_clear(&batch->refused);
    omni__arena_reset(&batch->arena);
    if (batch->seen != NULL) {
        memset(batch->seen, 0, batch->seen_capacity * sizeof(batch->seen[0]));
    }
    memset(&batch->waiting, 0, sizeof(batch->waiting));
}

static void
set_bodies(omni_batch *batch)
{
    for (size_t i = 0; i < batch->count; ++i) {
        omni__write *write = &batch->writes[i];
        if (write->kind == OMNI__FACT_EVENT) {
            write->body = omni__slice_of(batch->bodies.data + write->encoded_at,
                                         write->encoded_size);
        }
    }
}

/* Memory for results comes first: once the facts are in the log, as little as
   can be may fail. */
static omni_status
commit(omni_batch *batch, omni__commit *what, omni_error *error)
{
    omni__results *results = &batch->results;
    if (results->wanted) {
        what->changes = &results->changes;
        if (omni__results_reserve(results, batch->count) != OMNI_OK) {
            return omni__fail_memory(error);
        }
    }
    omni_status status = omni__engine_commit(batch->store->engine, what, error);
    if (status == OMNI_OK && results->wanted) {
        status = omni__results_read(results, batch, what, error);
        if (status != OMNI_OK && what->position != UINT64_MAX) {
            omni__error_add(error, OMNI__COMMITTED);
        }
    }
    return status;
}

omni_status
omni_batch_commit(omni_batch *batch, omni_durability durability,
                  omni_error *error)
{
    if ((unsigned)durability > OMNI_DURABILITY_OFF) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "no such durability");
    }
    const bool empty = batch->count == 0 && batch->refused_count == 0 &&
                       batch->waiting.read == 0;
    if (empty) {
        omni__results_clear(&batch->results);
    }
    set_bodies(batch);
    omni__commit what = {.writes = batch->writes,
                         .count = batch->count,
                         .refused = omni__buffer_bytes(&batch->refused),
                         .durability = durability};
    const omni_status status = commit(batch, &what, error);
    if (status != OMNI_OK) {
        return status;
    }
    batch->committed = batch->waiting;
    batch->committed.taken = what.taken;
    batch->committed.duplicates += what.duplicates;
    batch->committed.retracted = what.retracted;
    batch->results.committed = true;
    clear_batch(batch);
    return empty ? OMNI_UNCHANGED : OMNI_OK;
}

omni_status
omni__batch_finish(omni_batch *batch, omni_status added, omni_error *error)
{
    if (added == OMNI_OK) {
        return omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, error);
    }
    if (error != NULL) {
        *error = batch->error;
    }
    return added;
}

omni_status
omni_batch_summary(const omni_batch *batch, omni_import_summary *summary)
{
    const omni_status status = omni__sized_check(summary, "summary", NULL);
    if (status == OMNI_OK) {
        omni__sized_write(summary, &batch->committed, sizeof(batch->committed));
    }
    return status;
}
