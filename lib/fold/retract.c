/* Rows of RETRACT and VOID, and facts that come and go by them. */
#include "fold/retract.h"

#include "codec/retract.h"
#include "fold/cluster.h"
#include "fold/register.h"
#include "identity/statements.h"

#define ORDER_SIZE 32u /* HLC, replica, sequence */

/* A fact's replica and sequence, as keys of VOID and targets begin. */
static void
add_name(omni__key *key, const uint8_t replica[OMNI__REPLICA_SIZE],
         uint64_t sequence)
{
    omni__key_add(key, replica, OMNI__REPLICA_SIZE);
    omni__key_add_u64(key, sequence);
}

omni_status
omni__voided(const omni__view *view, const uint8_t replica[OMNI__REPLICA_SIZE],
             uint64_t sequence, bool *out)
{
    omni__key key = omni__key_of(OMNI__TABLE_VOID);
    omni__slice none;
    add_name(&key, replica, sequence);
    const omni_status status = omni__view_get(view, &key, &none);
    *out = status == OMNI_OK;
    return status == OMNI_NOT_FOUND ? OMNI_OK : status;
}

omni_status
omni__fold_void(omni__fold *fold, const omni__fact *fact, bool is_void)
{
    omni__key key = omni__key_of(OMNI__TABLE_VOID);
    add_name(&key, fact->group->replica, fact->sequence);
    fold->counts.voided += is_void ? 1 : UINT64_MAX;
    return is_void ? omni__kv_put(fold->kv, omni__key_slice(&key),
                                  omni__slice_of("", 0))
                   : omni__kv_delete(fold->kv, omni__key_slice(&key));
}

omni_status
omni__retracts_each(const omni__view *view, const omni__fact *fact,
                    omni__retract_fn callback, void *user)
{
    uint8_t target[OMNI__TARGET_SIZE];
    const omni_fact_id id = omni__fact_id(fact);
    omni__target_write(&id, target);
    omni__key prefix = omni__key_of(OMNI__TABLE_RETRACT);
    omni__key_add(&prefix, target, sizeof(target));
    /* Only what is later than the fact itself. */
    omni__key key = prefix;
    omni__key_add_u64(&key, fact->hlc);
    add_name(&key, fact->group->replica, fact->sequence);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&key));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        uint8_t order[ORDER_SIZE];
        bool is_void;
        memcpy(order, omni__kv_cursor_key(cursor).data + prefix.size,
               sizeof(order));
        status = omni__voided(view, order + 8, omni__be64_read(order + 24),
                              &is_void);
        if (status == OMNI_OK && !is_void) {
            status = callback(user, order);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
found_one(void *user, const uint8_t order[ORDER_SIZE])
{
    (void)order;
    *(bool *)user = true;
    return OMNI_END;
}

omni_status
omni__retracted(const omni__view *view, const omni__fact *fact, bool *out)
{
    *out = false;
    return fact->kind == OMNI__FACT_ERASE
               ? OMNI_OK
               : omni__retracts_each(view, fact, found_one, out);
}

static omni_status
remove_register(omni__fold *fold, const omni__fact *fact)
{
    omni__register entry = {.kind = fact->kind};
    const omni_status status =
        omni__register_body_decode(fact->body, &entry.body);
    if (status != OMNI_OK || !omni__register_named(entry.body.name)) {
        return status;
    }
    omni__statement place = {.time_us = entry.body.time_us};
    omni__statement_order_fact(&place, fact->hlc, fact->group->replica,
                               fact->sequence);
    memcpy(entry.order, place.order, sizeof(entry.order));
    return omni__fold_register_remove(fold, &entry);
}

/* What the fact says is to be said no more, or again. */
static omni_status
apply(omni__fold *fold, const omni__found_fact *found, bool is_void,
      omni__buffer *pending)
{
    omni__retract_body body;
    omni_status status = omni__fold_void(fold, &found->fact, is_void);
    if (status != OMNI_OK) {
        return status;
    }
    switch (found->fact.kind) {
    case OMNI__FACT_LINK:
    case OMNI__FACT_PART:
        return omni__fold_statement(fold, &found->fact, found->position,
                                    !is_void);
    case OMNI__FACT_POLICY:
    case OMNI__FACT_SEGMENT:
        return is_void
                   ? remove_register(fold, &found->fact)
                   : omni__fold_register(fold, &found->fact, found->position);
    case OMNI__FACT_RETRACT:
        /* What it names is to be looked at again. */
        status = omni__retract_body_decode(found->fact.body, &body);
        omni__buffer_slice(pending, body.targets);
        return status;
    default:
        return OMNI_OK;
    }
}

/* Have a fact void, or not, as the retracts that name it say now. */
static omni_status
refresh(omni__fold *fold, const uint8_t target[OMNI__TARGET_SIZE],
        omni__buffer *pending)
{
    omni__found_fact found;
    bool was = false;
    bool is = false;
    omni_status status = omni__place_find(&fold->set.view, fold->log, target,
                                          omni__be64_read(target + 16), &found);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    const omni_fact_id id = omni__fact_id(&found.fact);
    if (memcmp(id.check, target + 24, sizeof(id.check)) != 0 ||
        found.fact.body_state != OMNI__BODY_PLAIN) {
        return OMNI_OK;
    }
    status = omni__retracted(&fold->set.view, &found.fact, &is);
    if (status == OMNI_OK) {
        status = omni__voided(&fold->set.view, id.replica, id.sequence, &was);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (found.fact.kind == OMNI__FACT_EVENT) {
        return omni__cluster_refresh(fold, &found, was, is);
    }
    return is == was ? OMNI_OK : apply(fold, &found, is, pending);
}

/* The facts that are named, and those that they name if they are retracts, and
   so on: each stands before the one that names it, so this ends. */
static omni_status
refresh_all(omni__fold *fold, omni__slice targets)
{
    omni__buffer pending;
    omni__buffer_init(&pending, &fold->hooks->alloc);
    omni__buffer_slice(&pending, targets);
    omni_status status = OMNI_OK;
    for (size_t at = 0; status == OMNI_OK && at < pending.size;
         at += OMNI__TARGET_SIZE) {
        uint8_t target[OMNI__TARGET_SIZE];
        memcpy(target, pending.data + at, sizeof(target));
        omni__arena_reset(&fold->set.scratch);
        status = refresh(fold, target, &pending);
    }
    status = pending.failed ? OMNI_ERR_NO_MEMORY : status;
    omni__buffer_free(&pending);
    return status;
}

omni_status
omni__fold_retract(omni__fold *fold, const omni__fact *fact, bool is_void)
{
    omni__retract_body body;
    omni_status status = omni__retract_body_decode(fact->body, &body);
    if (status == OMNI_OK && is_void) {
        status = omni__fold_void(fold, fact, true);
    }
    for (size_t at = 0; status == OMNI_OK && at < body.targets.size;
         at += OMNI__TARGET_SIZE) {
        omni__key key = omni__key_of(OMNI__TABLE_RETRACT);
        omni__key_add(&key, body.targets.data + at, OMNI__TARGET_SIZE);
        omni__key_add_u64(&key, fact->hlc);
        add_name(&key, fact->group->replica, fact->sequence);
        ++fold->counts.retracts;
        status = omni__kv_put(fold->kv, omni__key_slice(&key),
                              omni__slice_of("", 0));
    }
    return status == OMNI_OK && !is_void ? refresh_all(fold, body.targets)
                                         : status;
}
