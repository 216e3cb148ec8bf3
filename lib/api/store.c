/* omni/store.h: stores. */
#include "omni/store.h"

#include "api/handle.h"
#include "codec/retract.h"
#include "fold/retract.h"
#include "formats/dump.h"
#include "platform/sized.h"

#include <xxhash.h>

static omni_status
check_options(const char *path, const omni_store_options *options,
              omni_error *error)
{
    static const uint32_t known = OMNI_STORE_CREATE | OMNI_STORE_EXCLUSIVE |
                                  OMNI_STORE_READ_ONLY | OMNI_STORE_NETWORK;
    if (path == NULL || path[0] == '\0') {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "path is empty");
    }
    if ((options->flags & ~known) != 0 ||
        ((options->flags & OMNI_STORE_READ_ONLY) != 0 &&
         (options->flags & OMNI_STORE_CREATE) != 0)) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "options.flags %#x are not allowed together",
                          (unsigned)options->flags);
    }
    if (options->calling_code > 999 ||
        (unsigned)options->durability > OMNI_DURABILITY_OFF) {
        return omni__fail(
            error, OMNI_ERR_ARGUMENT, "options.%s is out of range",
            options->calling_code > 999 ? "calling_code" : "durability");
    }
    return OMNI_OK;
}

/* Make the store if that was asked for and it is not there. */
static omni_status
make_missing(const char *path, const omni_store_options *options,
             const omni__hooks *hooks, omni_error *error)
{
    omni__store_file file;
    omni_error detail = {0};
    omni_status status = omni__store_file_read(path, &file, &detail);
    const bool create = (options->flags & OMNI_STORE_CREATE) != 0;
    if (status == OMNI_OK) {
        return create && (options->flags & OMNI_STORE_EXCLUSIVE) != 0
                   ? omni__fail(error, OMNI_ERR_CONFLICT,
                                "%s: a store is there already", path)
                   : OMNI_OK;
    }
    const omni_status found = status;
    if (create && (found == OMNI_NOT_FOUND || found == OMNI_ERR_NOT_STORE)) {
        status = omni__engine_create(path, options, hooks, &detail);
        /* Somebody else may have made it in the meantime. */
        if (status == OMNI_ERR_CONFLICT && found == OMNI_NOT_FOUND &&
            (options->flags & OMNI_STORE_EXCLUSIVE) == 0 &&
            omni__store_file_read(path, &file, NULL) == OMNI_OK) {
            status = OMNI_OK;
        }
    }
    if (status != OMNI_OK && error != NULL) {
        *error = detail;
    }
    return status;
}

omni_status
omni_store_open(const char *path, const omni_store_options *options,
                omni_store **out, omni_error *error)
{
    omni_store_options wanted = {.size = sizeof(wanted)};
    omni__hooks hooks;
    omni_status status = OMNI_OK;
    if (options != NULL) {
        status = omni__sized_read(options, &wanted, sizeof(wanted), "options",
                                  error);
    }
    if (status == OMNI_OK) {
        status = check_options(path, &wanted, error);
    }
    if (status == OMNI_OK) {
        status = omni__hooks_init(&hooks, wanted.hooks);
        if (status != OMNI_OK) {
            omni__fail(error, status,
                       "options.hooks->size is no size of omni_hooks, or it "
                       "has a member that this release does not know");
        }
    }
    if (status == OMNI_OK) {
        status = make_missing(path, &wanted, &hooks, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni_store *store = omni__calloc(&hooks.alloc, sizeof(*store));
    if (store == NULL) {
        return omni__fail_memory(error);
    }
    store->hooks = hooks;
    status = omni__engine_open(path, &wanted, &hooks, &store->engine, error);
    if (status != OMNI_OK) {
        omni__free(&hooks.alloc, store);
        return status;
    }
    *out = store;
    return OMNI_OK;
}

omni_status
omni_store_close(omni_store *store)
{
    if (store == NULL) {
        return OMNI_OK;
    }
    const omni__alloc alloc = store->hooks.alloc;
    const omni_status status = omni__engine_close(store->engine);
    omni__free(&alloc, store->scanned);
    omni__free(&alloc, store);
    return status;
}

omni_status
omni_store_flush(omni_store *store, omni_error *error)
{
    return omni__engine_flush(store->engine, error);
}

/* Entries of the refused log, by whether the record was taken. */
static int
count_refused(void *user, const omni_refused *refused)
{
    omni_stats *stats = user;
    if (refused->code < OMNI_FLAGGED_FUTURE) {
        ++stats->refused;
    } else {
        ++stats->flagged;
    }
    return 0;
}

omni_status
omni_store_stats(omni_store *store, omni_stats *stats, omni_error *error)
{
    omni__engine *engine = store->engine;
    omni_txn txn;
    omni_status status = omni__sized_check(stats, "stats", error);
    if (status == OMNI_OK) {
        status = omni__txn_init(&txn, store, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__counts counts;
    omni_stats made = {.size = sizeof(made)};
    status = omni__counts_read(&txn.view, &counts);
    if (status == OMNI_OK) {
        status =
            omni__refused_each(engine->refused, count_refused, &made, error);
    }
    made.policy_invalid =
        omni__policy_box_of(omni__kv_snapshot_shared(txn.snapshot))->invalid;
    omni__txn_release(&txn);
    if (status != OMNI_OK) {
        return status;
    }
    made.facts = counts.facts;
    made.events = counts.events;
    made.nodes = counts.nodes;
    made.profiles = counts.profiles;
    made.links = counts.links;
    made.statements = counts.statements;
    made.unknown = counts.unknown;
    made.voided = counts.voided;
    made.contested = counts.contested;
    made.log_bytes = omni__log_file_bytes(engine->log);
    made.table_bytes = omni__kv_file_bytes(engine->kv);
    made.file_bytes = made.log_bytes + made.table_bytes +
                      omni__refused_file_bytes(engine->refused);
    pthread_mutex_lock(&engine->lock);
    made.memory_bytes = omni__kv_memory_bytes(engine->kv);
    pthread_mutex_unlock(&engine->lock);
    omni__sized_write(stats, &made, sizeof(made));
    return OMNI_OK;
}

static int
hash_bytes(void *user, const void *bytes, size_t size_bytes)
{
    return XXH3_128bits_update(user, bytes, size_bytes) == XXH_OK ? 0 : 1;
}

static void
finish_hash(XXH3_state_t *state, uint8_t out[16])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    memcpy(out, canonical.digest, sizeof(canonical.digest));
}

/* The version vector: every replica with its last sequence and hash. */
static omni_status
hash_facts(const omni__view *view, XXH3_state_t *state)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_REPLICA);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        const omni__slice key = omni__kv_cursor_key(cursor);
        const omni__slice value = omni__kv_cursor_value(cursor);
        hash_bytes(state, key.data, key.size);
        hash_bytes(state, value.data, value.size);
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni_store_digest(omni_store *store, omni_digest *digest, omni_error *error)
{
    omni_txn txn;
    omni_digest made = {.derive_version = OMNI__DERIVE_VERSION};
    XXH3_state_t *state = XXH3_createState();
    if (state == NULL) {
        return omni__fail_memory(error);
    }
    omni_status status = omni__txn_init(&txn, store, error);
    if (status == OMNI_OK) {
        XXH3_128bits_reset(state);
        status = hash_facts(&txn.view, state);
        finish_hash(state, made.facts);
        XXH3_128bits_reset(state);
        uint8_t version[4];
        omni__le32_write(version, made.derive_version);
        hash_bytes(state, version, sizeof(version));
        if (status == OMNI_OK) {
            status = omni__dump(&txn.source, NULL, hash_bytes, state, error);
        }
        finish_hash(state, made.state);
        omni__txn_release(&txn);
    }
    XXH3_freeState(state);
    if (status == OMNI_OK) {
        *digest = made;
    }
    return status;
}

omni_status
omni_store_dump(omni_store *store, omni_write_fn write, void *user,
                omni_error *error)
{
    omni_txn txn;
    omni_status status = omni__txn_init(&txn, store, error);
    if (status == OMNI_OK) {
        status = omni__dump(&txn.source, NULL, write, user, error);
        omni__txn_release(&txn);
    }
    return status;
}

static omni_status
note_segments(void *user, omni_profile *profile)
{
    omni_txn *txn = user;
    return omni__txn_segments(txn, profile, txn->at_us);
}

omni_status
omni_store_dump_at(omni_store *store, int64_t at_us, omni_write_fn write,
                   void *user, omni_error *error)
{
    omni_txn txn;
    omni_status status = omni__txn_init(&txn, store, error);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__dump_segments segments = {note_segments, &txn};
    status = omni_txn_at(&txn, at_us);
    if (status == OMNI_OK) {
        status = omni__dump(&txn.source, &segments, write, user, error);
    } else if (error != NULL) {
        *error = txn.error;
    }
    omni__txn_release(&txn);
    return status;
}

omni_status
omni_store_check(omni_store *store, uint32_t flags, omni_progress_fn progress,
                 void *user, omni_check_report *report, omni_error *error)
{
    omni_check_report made = {.size = sizeof(made)};
    omni_status status = omni__sized_check(report, "report", error);
    if (status != OMNI_OK) {
        return status;
    }
    if ((flags & ~OMNI_CHECK_REBUILD) != 0) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "flags %#x are unknown",
                          (unsigned)flags);
    }
    status =
        omni__engine_check(store->engine, flags, progress, user, &made, error);
    omni__sized_write(report, &made, sizeof(made));
    return status;
}

omni_status
omni_store_refused(omni_store *store, omni_refused_fn callback, void *user,
                   omni_error *error)
{
    const omni_status status = omni__engine_usable(store->engine, error);
    return status == OMNI_OK ? omni__refused_each(store->engine->refused,
                                                  callback, user, error)
                             : status;
}

/* A walk over what is void. */
typedef struct void_walk {
    omni_store *store;
    const omni__view *view;
    omni_voided fact;
} void_walk;

/* The retract of an order is why the fact is void. */
static omni_status
say_why(void *user, const uint8_t order[32])
{
    void_walk *w = user;
    omni__found_fact retract;
    omni__retract_body body;
    omni_status status =
        omni__place_find(w->view, w->store->engine->log, order + 8,
                         omni__be64_read(order + 24), &retract);
    if (status == OMNI_OK) {
        status = omni__retract_body_decode(retract.fact.body, &body);
    }
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    w->fact.retract = omni__fact_id(&retract.fact);
    w->fact.retracted_us = omni__fact_made_us(&retract.fact);
    w->fact.author = omni__text_of(body.author);
    w->fact.reason = omni__text_of(body.reason);
    return OMNI_END;
}

/* The fact that a row of VOID names, and why it is void. */
static omni_status
read_voided(void_walk *w, omni__slice key)
{
    omni__found_fact found;
    const uint8_t *name = key.data + 1;
    omni_status status =
        key.size != 25 ? OMNI_ERR_CORRUPT
                       : omni__place_find(w->view, w->store->engine->log, name,
                                          omni__be64_read(name + 16), &found);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    w->fact = (omni_voided){.fact = omni__fact_id(&found.fact),
                            .kind = found.fact.kind,
                            .made_us = omni__fact_made_us(&found.fact)};
    return omni__retracts_each(w->view, &found.fact, say_why, w);
}

static omni_status
each_voided(void_walk *w, omni__kv_cursor *cursor, omni_voided_fn callback,
            void *user)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_VOID);
    omni_status status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        status = read_voided(w, omni__kv_cursor_key(cursor));
        if (status != OMNI_OK || callback(user, &w->fact) != 0) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni_store_voided(omni_store *store, omni_voided_fn callback, void *user,
                  omni_error *error)
{
    omni_txn txn;
    omni__kv_cursor *cursor;
    omni_status status = omni__txn_init(&txn, store, error);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__view_cursor(&txn.view, &cursor);
    if (status == OMNI_OK) {
        void_walk w = {.store = store, .view = &txn.view};
        status = each_voided(&w, cursor, callback, user);
        omni__kv_cursor_close(cursor);
    }
    omni__txn_release(&txn);
    return status == OMNI_OK ? OMNI_OK
                             : omni__fail(error, status, "what is void: %s",
                                          omni_status_name(status));
}
