/* omni/txn.h: read snapshots. */
#include "omni/txn.h"

#include "api/handle.h"

static const omni__policy *
policy_of(const omni__kv_snapshot *snapshot)
{
    return &omni__policy_box_of(omni__kv_snapshot_shared(snapshot))->policy;
}

/* A txn in place, over a snapshot. */
static void
init(omni_txn *txn, omni_store *store, omni__kv_snapshot *snapshot)
{
    memset(txn, 0, sizeof(*txn));
    txn->store = store;
    txn->snapshot = snapshot;
    txn->view.snapshot = snapshot;
    txn->at_us = omni__hooks_now(&store->hooks);
    omni__arena_init(&txn->arena, &store->hooks.alloc);
    omni__arena_init(&txn->evaluated, &store->hooks.alloc);
    omni__summaries_init(&txn->summaries, &store->hooks.alloc);
    txn->source = (omni__profile_source){.view = &txn->view,
                                         .log = store->engine->log,
                                         .secret = &store->engine->file.secret,
                                         .policy = policy_of(txn->snapshot),
                                         .summaries = &txn->summaries,
                                         .arena = &txn->arena};
}

omni_status
omni__txn_init(omni_txn *txn, omni_store *store, omni_error *error)
{
    omni__kv_snapshot *snapshot;
    const omni_status status =
        omni__engine_snapshot(store->engine, &snapshot, error);
    if (status == OMNI_OK) {
        init(txn, store, snapshot);
    }
    return status;
}

void
omni__txn_release(omni_txn *txn)
{
    while (txn->timelines != NULL) {
        omni_timeline_close(txn->timelines);
    }
    while (txn->profiles != NULL) {
        omni_profiles_close(txn->profiles);
    }
    while (txn->scans != NULL) {
        omni_scan_close(txn->scans);
    }
    omni__feed_close(&txn->changes);
    omni__definitions_free(&txn->definitions);
    if (txn->as_of.kv != NULL) {
        omni__as_of_close(&txn->as_of);
    } else {
        omni__kv_snapshot_end(txn->snapshot);
    }
    omni__summaries_free(&txn->summaries);
    omni__arena_free(&txn->arena);
    omni__arena_free(&txn->evaluated);
}

/* A node that the txn can tell all of. */
static omni_status
read_node(const omni_txn *txn, const omni_id *id, omni__node *out)
{
    return txn->as_of.kv == NULL || omni__as_of_knows(&txn->as_of, id)
               ? omni__node_read(&txn->view, id, out)
               : OMNI_NOT_FOUND;
}

omni_status
omni__txn_find(omni_txn *txn, omni_identifier identifier, omni__node *out)
{
    const omni__engine *engine = txn->store->engine;
    omni__named named;
    omni_status status =
        omni__named_make(&engine->file.secret, txn->source.policy, identifier,
                         &txn->arena, &named, &txn->error);
    if (status != OMNI_OK) {
        return status;
    }
    const omni_id id = omni__public_id(&engine->file.secret, &named.token,
                                       omni__slice_of(NULL, 0));
    status = read_node(txn, &id, out);
    /* A token is confirmed against the value (I4). */
    if (status == OMNI_NOT_FOUND ||
        (status == OMNI_OK && (!omni__slice_equal(out->ns, named.ns) ||
                               !omni__slice_equal(out->value, named.value)))) {
        return omni__fail(&txn->error, OMNI_NOT_FOUND,
                          "no event names %s:%.100s", identifier.ns,
                          identifier.value);
    }
    if (status == OMNI_OK) {
        txn->found = *out;
        txn->has_found = true;
    }
    return status;
}

omni_status
omni__txn_node(omni_txn *txn, const omni_id *id, omni__node *out)
{
    if (txn->has_found && omni__id_equal(&txn->found.id, id)) {
        *out = txn->found;
        return OMNI_OK;
    }
    for (size_t i = 0; i < txn->members.count; ++i) {
        if (omni__id_equal(&txn->members.nodes[i].id, id)) {
            *out = txn->members.nodes[i];
            return OMNI_OK;
        }
    }
    const omni_status status = read_node(txn, id, out);
    if (status != OMNI_OK) {
        char text[OMNI_ID_TEXT_SIZE];
        omni_id_format(id, text);
        return omni__fail(&txn->error, status, "profile %s: %s", text,
                          omni_status_name(status));
    }
    txn->found = *out;
    txn->has_found = true;
    return OMNI_OK;
}

omni_status
omni__txn_members(omni_txn *txn, const omni_id *id, omni__members *out)
{
    omni__node node;
    omni_status status = omni__txn_node(txn, id, &node);
    if (status != OMNI_OK) {
        return status;
    }
    if (txn->members.count == 0 ||
        !omni__id_equal(&txn->members.nodes[0].id, &node.head)) {
        omni__members members;
        status = omni__members_read(&txn->view, &node, &txn->arena, &members);
        if (status != OMNI_OK) {
            return omni__fail(&txn->error, status, "profile: %s",
                              omni_status_name(status));
        }
        txn->members = members;
    }
    *out = txn->members;
    return OMNI_OK;
}

omni_status
omni__txn_knows_all(omni_txn *txn)
{
    return txn->as_of.kv == NULL
               ? OMNI_OK
               : omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                            "a txn as of an instant knows the people that it "
                            "was made for, not all");
}

omni_status
omni__txn_hand_out(omni_txn *txn, omni__buffer *json, omni_text *out)
{
    const omni__slice copy =
        omni__arena_copy(&txn->arena, omni__buffer_bytes(json));
    const bool failed = json->failed || copy.data == NULL;
    omni__buffer_free(json);
    if (failed) {
        return omni__fail_memory(&txn->error);
    }
    *out = omni__text_of(copy);
    return OMNI_OK;
}

omni_status
omni_txn_begin(omni_store *store, omni_txn **out, omni_error *error)
{
    omni_txn *txn = omni__malloc(&store->hooks.alloc, sizeof(*txn));
    if (txn == NULL) {
        return omni__fail_memory(error);
    }
    const omni_status status = omni__txn_init(txn, store, error);
    if (status != OMNI_OK) {
        omni__free(&store->hooks.alloc, txn);
        return status;
    }
    *out = txn;
    return OMNI_OK;
}

omni_status
omni_txn_as_of(omni_txn *txn, const omni_id *people, size_t count,
               int64_t at_us, omni_txn **out)
{
    const omni__alloc *alloc = &txn->store->hooks.alloc;
    const omni__as_of_source source = {.hooks = &txn->store->hooks,
                                       .view = &txn->view,
                                       .log = txn->source.log,
                                       .secret = txn->source.secret,
                                       .policy = txn->source.policy};
    omni__node node;
    omni__as_of as_of;
    for (size_t i = 0; i < count; ++i) {
        const omni_status found = omni__txn_node(txn, &people[i], &node);
        if (found != OMNI_OK) {
            return found;
        }
    }
    omni_txn *made = omni__malloc(alloc, sizeof(*made));
    if (made == NULL) {
        return omni__fail_memory(&txn->error);
    }
    omni_status status =
        omni__as_of_open(&source, people, count, at_us, &as_of, &txn->error);
    if (status != OMNI_OK) {
        omni__as_of_close(&as_of);
        omni__free(alloc, made);
        return status;
    }
    init(made, txn->store, as_of.snapshot);
    made->source.policy = txn->source.policy;
    made->as_of = as_of;
    made->at_us = at_us;
    /* Segments are those of today, too. */
    omni__definitions_init(&made->definitions, &txn->store->engine->programs);
    status = omni__definitions_read(&made->definitions, &txn->view);
    if (status != OMNI_OK) {
        omni_txn_end(made);
        return omni__fail(&txn->error, status, "segments: %s",
                          omni_status_name(status));
    }
    *out = made;
    return OMNI_OK;
}

void
omni_txn_end(omni_txn *txn)
{
    if (txn != NULL) {
        const omni_store *store = txn->store;
        omni__txn_release(txn);
        omni__free(&store->hooks.alloc, txn);
    }
}

const omni_error *
omni_txn_error(const omni_txn *txn)
{
    return &txn->error;
}
