/* Records judged without being kept: what they would become, and whether the
   store has them. */
#include "api/handle.h"
#include "formats/profile_json.h"
#include "platform/sized.h"

struct omni__rehearsal {
    omni_store *store;
    omni_parsed_fn callback;
    void *user;
    omni_txn txn;
    omni__ordinals copies; /* how often an event came before */
    omni__buffer json;
    omni_import_summary summary;
};

omni_status
omni_import_rehearse(omni_import *import, omni_parsed_fn callback, void *user,
                     omni_error *error)
{
    omni_store *store = import->store;
    if (callback == NULL || import->rehearsal != NULL) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          callback == NULL ? "no callback is given"
                                           : "the import rehearses already");
    }
    omni__rehearsal *made = omni__calloc(&store->hooks.alloc, sizeof(*made));
    if (made == NULL) {
        return omni__fail_memory(error);
    }
    made->store = store;
    made->callback = callback;
    made->user = user;
    const omni_status status = omni__txn_init(&made->txn, store, error);
    if (status != OMNI_OK) {
        omni__free(&store->hooks.alloc, made);
        return status;
    }
    omni__ordinals_init(&made->copies, &store->hooks, store->engine->path);
    omni__buffer_init(&made->json, &store->hooks.alloc);
    import->rehearsal = made;
    return OMNI_OK;
}

void
omni__rehearsal_free(omni__rehearsal *rehearsal)
{
    if (rehearsal != NULL) {
        omni__txn_release(&rehearsal->txn);
        omni__ordinals_free(&rehearsal->copies);
        omni__buffer_free(&rehearsal->json);
        omni__free(&rehearsal->store->hooks.alloc, rehearsal);
    }
}

/* A copy that is looked for in the store. */
typedef struct wanted {
    omni__rehearsal *rehearsal;
    const omni__event_body *event;
    uint64_t event_hash;
    bool found;
    bool voided; /* it is a copy that is void */
} wanted;

static omni_status
compare_copy(void *user, const omni__entry *entry)
{
    wanted *w = user;
    omni_store *store = w->rehearsal->store;
    omni__event_body body;
    const omni_status status =
        omni__copy_read(store->engine->log, entry->order.position, &body);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    w->found =
        omni__slice_equal(body.name, w->event->name) &&
        omni__event_hash(&store->engine->file.secret, &body) == w->event_hash;
    return w->found ? OMNI_END : OMNI_OK;
}

/* Whether a node that the event names knows a copy of it (F7). */
static omni_status
find_stored(wanted *w)
{
    const omni__event_body *event = w->event;
    const omni__view *view = &w->rehearsal->txn.view;
    const omni_store *store = w->rehearsal->store;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < event->identifier_count && !w->found; ++i) {
        omni__node node;
        const omni_id id = omni__public_id(&store->engine->file.secret,
                                           &event->identifiers[i].token,
                                           omni__slice_of(NULL, 0));
        status = omni__node_read(view, &id, &node);
        const uint32_t hash = omni__order_hash(w->event_hash);
        if (status == OMNI_OK) {
            status = omni__entries_copies(view, &node, hash, event->instant_us,
                                          &store->hooks.alloc, compare_copy, w);
        }
        if (!w->found && (status == OMNI_OK || status == OMNI_NOT_FOUND)) {
            status = omni__entries_voided(view, &id, hash, event->instant_us,
                                          compare_copy, w);
            w->voided = w->found;
        }
        if (status != OMNI_OK && status != OMNI_END) {
            return status;
        }
    }
    return OMNI_OK;
}

/* Whether the event came before in this input. */
static omni_status
find_before(wanted *w)
{
    uint64_t hash = w->event_hash ^ (uint64_t)w->event->instant_us;
    for (size_t i = 0; i < w->event->name.size; ++i) {
        hash = (hash ^ w->event->name.data[i]) * UINT64_C(0x100000001b3);
    }
    uint64_t before = 0;
    const omni_status status =
        omni__ordinals_next(&w->rehearsal->copies, hash, &before);
    w->found = before != 0;
    return status;
}

static omni_status
judge(omni__rehearsal *rehearsal, const omni__event_body *event,
      omni_outcome *out)
{
    wanted w = {.rehearsal = rehearsal, .event = event};
    w.event_hash =
        omni__event_hash(&rehearsal->store->engine->file.secret, event);
    omni_status status = find_before(&w);
    if (status == OMNI_OK && !w.found) {
        status = find_stored(&w);
    }
    *out = w.found ? OMNI_OUTCOME_DUPLICATE : OMNI_OUTCOME_TAKEN;
    *out = w.voided ? OMNI_OUTCOME_RETRACTED : *out;
    return status;
}

static void
count(omni_import_summary *summary, omni_outcome outcome,
      omni_refused_code code)
{
    ++summary->read;
    if (outcome == OMNI_OUTCOME_REFUSED) {
        ++summary->refused;
        ++summary->refused_by_code[code];
        return;
    }
    summary->taken += outcome == OMNI_OUTCOME_TAKEN ? 1 : 0;
    summary->duplicates += outcome == OMNI_OUTCOME_DUPLICATE ? 1 : 0;
    summary->retracted += outcome == OMNI_OUTCOME_RETRACTED ? 1 : 0;
    summary->flagged += code != OMNI_REFUSED_NONE ? 1 : 0;
}

omni_status
omni__rehearsal_show(omni__rehearsal *rehearsal, const omni__origin *origin,
                     const omni__event_body *event,
                     const omni__refusal *refusal)
{
    omni__buffer *json = &rehearsal->json;
    omni_outcome outcome = OMNI_OUTCOME_REFUSED;
    omni__buffer_clear(json);
    if (event != NULL) {
        const omni_status status = judge(rehearsal, event, &outcome);
        if (status != OMNI_OK) {
            return status;
        }
        omni__event_write(event, event->identifiers, event->identifier_count,
                          (omni__event_extra){.fact = NULL}, json);
        if (json->failed) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    count(&rehearsal->summary, outcome, refusal->code);
    const omni_parsed_event record = {
        .outcome = outcome,
        .code = refusal->code,
        .line = origin->line,
        .reason = refusal->code != OMNI_REFUSED_NONE ? refusal->reason : "",
        .event_json = omni__text_of(omni__buffer_bytes(json)),
        .record = omni__text_of(origin->text)};
    return rehearsal->callback(rehearsal->user, &record) == 0 ? OMNI_OK
                                                              : OMNI_END;
}

void
omni__rehearsal_skip(omni__rehearsal *rehearsal)
{
    ++rehearsal->summary.read;
    ++rehearsal->summary.skipped;
}

omni_status
omni_import_rehearsed(const omni_import *import, omni_import_summary *summary)
{
    const omni_status status = omni__sized_check(summary, "summary", NULL);
    if (status != OMNI_OK || import->rehearsal == NULL) {
        return OMNI_ERR_ARGUMENT;
    }
    omni_import_summary made = import->rehearsal->summary;
    omni__sized_write(summary, &made, sizeof(made));
    return OMNI_OK;
}

/* The lines in pieces that a batch takes: one after the other. */
static omni_status
read_pieces(omni_batch *batch, omni_import *import, omni__slice lines)
{
    omni_status status = OMNI_OK;
    while (lines.size != 0 && status == OMNI_OK) {
        const uint8_t *newline = memchr(lines.data, '\n', lines.size);
        const size_t size =
            newline != NULL ? (size_t)(newline - lines.data) + 1 : lines.size;
        status =
            omni_batch_add_json(batch, import, (const char *)lines.data, size);
        lines = omni__slice_of(lines.data + size, lines.size - size);
    }
    return status;
}

omni_status
omni_event_parse_json(omni_store *store, const char *lines, size_t size_bytes,
                      omni_parsed_fn callback, void *user,
                      omni_import_summary *summary, omni_error *error)
{
    omni_batch batch;
    omni_import *import = NULL;
    omni_status status = omni__sized_check(summary, "summary", error);
    if (status == OMNI_OK) {
        status = omni_import_new(store, NULL, &import, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__batch_init(&batch, store);
    status = omni_import_rehearse(import, callback, user, error);
    if (status == OMNI_OK) {
        status = read_pieces(&batch, import, omni__slice_of(lines, size_bytes));
        if (status < 0) {
            omni__fail(error, status, "%s", batch.error.message);
        }
    }
    if (status >= 0) {
        omni__sized_write(summary, &import->rehearsal->summary,
                          sizeof(*summary));
    }
    omni__batch_release(&batch);
    omni_import_free(import);
    return status > 0 ? OMNI_OK : status;
}
