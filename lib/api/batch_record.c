/* omni/batch.h: one record after the other becomes a write of the batch, an
   equal copy that is only counted, or an entry for the refused log. */
#include "omni/batch.h"

#include "api/handle.h"
#include "formats/event_struct.h"
#include "platform/sized.h"

#include <stdio.h>

#define RECORD_SHOWN 512u /* bytes of a record that the refused log keeps */

/* How much a batch held, so that a record is added whole or not at all. */
typedef struct mark {
    size_t count;
    size_t bodies;
    size_t refused;
    size_t refused_count;
    omni_import_summary waiting;
} mark;

static mark
mark_of(const omni_batch *batch)
{
    return (mark){.count = batch->count,
                  .bodies = batch->bodies.size,
                  .refused = batch->refused.size,
                  .refused_count = batch->refused_count,
                  .waiting = batch->waiting};
}

/* Where the set of copies has, or would have, an event. */
static size_t
place_seen(const omni_batch *batch, uint64_t event_hash, int64_t instant_us)
{
    return (size_t)(event_hash ^ (uint64_t)instant_us) &
           (batch->seen_capacity - 1);
}

static omni_status
grow_seen(omni_batch *batch)
{
    const omni__alloc *alloc = &batch->store->hooks.alloc;
    const size_t capacity =
        batch->seen_capacity != 0 ? batch->seen_capacity * 2 : 64;
    uint32_t *seen = omni__calloc(alloc, capacity * sizeof(seen[0]));
    if (seen == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__free(alloc, batch->seen);
    batch->seen = seen;
    batch->seen_capacity = capacity;
    for (size_t i = 0; i < batch->count; ++i) {
        const omni__write *write = &batch->writes[i];
        size_t at = place_seen(batch, write->event_hash, write->instant_us);
        while (seen[at] != 0) {
            at = (at + 1) & (capacity - 1);
        }
        seen[at] = (uint32_t)i + 1;
    }
    return OMNI_OK;
}

static omni__slice
encoded_body(const omni_batch *batch, const omni__write *write)
{
    return omni__slice_of(batch->bodies.data + write->encoded_at,
                          write->encoded_size);
}

/* Whether the batch holds an equal copy of a write that stands behind its
   last one; if not, the set has room made for it. */
static bool
is_seen(omni_batch *batch, const omni__write *write)
{
    size_t at = place_seen(batch, write->event_hash, write->instant_us);
    for (; batch->seen[at] != 0; at = (at + 1) & (batch->seen_capacity - 1)) {
        const omni__write *other = &batch->writes[batch->seen[at] - 1];
        if (other->statement == NULL &&
            other->event_hash == write->event_hash &&
            omni__slice_equal(encoded_body(batch, other),
                              encoded_body(batch, write))) {
            return true;
        }
    }
    batch->seen[at] = (uint32_t)batch->count + 1;
    return false;
}

/* Take the last write out of the set: nothing came into it after. */
static void
forget_seen(omni_batch *batch)
{
    const omni__write *write = &batch->writes[batch->count - 1];
    size_t at = place_seen(batch, write->event_hash, write->instant_us);
    while (batch->seen[at] != batch->count) {
        at = (at + 1) & (batch->seen_capacity - 1);
    }
    batch->seen[at] = 0;
}

static void
go_back(omni_batch *batch, const mark *to)
{
    if (batch->count > to->count) {
        forget_seen(batch);
    }
    batch->count = to->count;
    batch->bodies.size = to->bodies;
    batch->bodies.failed = false;
    batch->refused.size = to->refused;
    batch->refused.failed = false;
    batch->refused_count = to->refused_count;
    batch->waiting = to->waiting;
}

/* Keep a record that was refused, or flagged. */
static omni_status
keep_refused(omni_batch *batch, const omni__origin *origin, int64_t now_us)
{
    const omni_import *import = origin->import;
    const omni__slice text = origin->text;
    const omni__refusal *refusal = &batch->last_refusal;
    const omni_refused refused = {
        .code = (int32_t)refusal->code,
        .time_us = now_us,
        .line = origin->line,
        .source = import->source != NULL ? import->source : "",
        .reason = refusal->reason,
        .record = text.size != 0 ? (const char *)text.data : "",
        .record_bytes = text.size < RECORD_SHOWN ? text.size : RECORD_SHOWN};
    omni__refused_encode(&refused, &batch->refused);
    if (batch->refused.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    ++batch->refused_count;
    if (refusal->code >= OMNI_FLAGGED_FUTURE) {
        ++batch->waiting.flagged;
        return OMNI_OK;
    }
    ++batch->waiting.refused;
    ++batch->waiting.refused_by_code[refusal->code];
    return OMNI_OK;
}

/* Encode an event as the next write; an equal copy is only counted, and one
   over the limit refused. */
static omni_status
keep_event(omni_batch *batch, const omni__event_body *event)
{
    const omni__secret *secret = &batch->store->engine->file.secret;
    omni__write *write = omni__batch_new_write(batch);
    const size_t start = batch->bodies.size;
    omni__event_body_encode(event, &batch->bodies);
    omni_status status =
        write == NULL || batch->bodies.failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    if (status == OMNI_OK && (batch->count + 1) * 2 > batch->seen_capacity) {
        status = grow_seen(batch);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (batch->bodies.size - start > OMNI_LIMIT_EVENT_BYTES) {
        omni__refusal *refusal = &batch->last_refusal;
        refusal->code = OMNI_REFUSED_LIMIT;
        snprintf(refusal->reason, sizeof(refusal->reason),
                 "event has %zu bytes, at most %d", batch->bodies.size - start,
                 OMNI_LIMIT_EVENT_BYTES);
        batch->bodies.size = start;
        return OMNI_OK;
    }
    write->kind = OMNI__FACT_EVENT;
    write->encoded_at = start;
    write->encoded_size = batch->bodies.size - start;
    write->event_hash = omni__event_hash(secret, event);
    write->instant_us = event->instant_us;
    if (is_seen(batch, write)) {
        batch->bodies.size = start;
        ++batch->waiting.duplicates;
        return OMNI_OK;
    }
    write->node = omni__public_id(secret, &event->identifiers[0].token,
                                  omni__slice_of(NULL, 0));
    ++batch->count;
    return OMNI_OK;
}

static bool
is_refused(const omni__refusal *refusal)
{
    return refusal->code != OMNI_REFUSED_NONE &&
           refusal->code < OMNI_FLAGGED_FUTURE;
}

/* In a rehearsal: tell what would become of a record, and forget it. */
static omni_status
rehearse(omni_batch *batch, const omni__origin *origin, const mark *before,
         const omni__event_body *event)
{
    go_back(batch, before);
    return omni__rehearsal_show(origin->import->rehearsal, origin,
                                is_refused(&batch->last_refusal) ? NULL : event,
                                &batch->last_refusal);
}

/* Make a record's event and keep what comes of it. `*event` is set unless the
   record is refused. */
static omni_status
keep_record(omni_batch *batch, const omni__record *record,
            const omni__origin *origin, omni__event_body *event)
{
    omni_import *import = origin->import;
    const omni__engine *engine = batch->store->engine;
    omni_status status = omni__batch_policy(batch);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__maker maker = {.hooks = &batch->store->hooks,
                               .secret = &engine->file.secret,
                               .policy = &batch->policy->policy,
                               .ordinals = &import->ordinals,
                               .source = omni__slice_text(import->source),
                               .now_us = omni__hooks_now(&batch->store->hooks)};
    const omni__refusal *refusal = &batch->last_refusal;
    status = omni__event_make(&maker, record, &batch->scratch, event,
                              &batch->last_refusal);
    if (status == OMNI_OK && !is_refused(refusal)) {
        status = keep_event(batch, event);
    }
    if (status == OMNI_OK && refusal->code != OMNI_REFUSED_NONE) {
        status = keep_refused(batch, origin, maker.now_us);
    }
    return status;
}

omni_status
omni__batch_add_record(omni_batch *batch, const omni__record *record,
                       const omni__origin *origin)
{
    omni__event_body event;
    const mark before = mark_of(batch);
    omni_status status = keep_record(batch, record, origin, &event);
    if (status == OMNI_OK && origin->import->rehearsal != NULL) {
        return rehearse(batch, origin, &before, &event);
    }
    if (status == OMNI_OK && batch->results.wanted) {
        status = omni__results_add_event(
            &batch->results, batch, origin->line,
            is_refused(&batch->last_refusal) ? NULL : &event,
            batch->count > before.count ? batch->count - 1 : OMNI__NO_WRITE);
    }
    if (status != OMNI_OK) {
        go_back(batch, &before);
        return status;
    }
    ++batch->waiting.read;
    return OMNI_OK;
}

omni_status
omni__batch_add_refused(omni_batch *batch, const omni__refusal *refusal,
                        const omni__origin *origin)
{
    const mark before = mark_of(batch);
    batch->last_refusal = *refusal;
    omni_status status =
        keep_refused(batch, origin, omni__hooks_now(&batch->store->hooks));
    if (status == OMNI_OK && origin->import->rehearsal != NULL) {
        return rehearse(batch, origin, &before, NULL);
    }
    if (status == OMNI_OK && batch->results.wanted) {
        status = omni__results_add_event(&batch->results, batch, origin->line,
                                         NULL, OMNI__NO_WRITE);
    }
    if (status != OMNI_OK) {
        go_back(batch, &before);
        return status;
    }
    ++batch->waiting.read;
    return OMNI_OK;
}

/* The struct as a record, and from there on as any other. */
static omni_status
add_event(omni_batch *batch, const omni_event *event)
{
    omni__refusal refusal;
    omni__record record;
    omni__arena_reset(&batch->scratch);
    const omni_status status =
        omni__event_struct_read(event, &batch->scratch, &record, &refusal);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__origin origin = {.import = &batch->own,
                                 .text = omni__slice_text(event->name)};
    return refusal.code != OMNI_REFUSED_NONE
               ? omni__batch_add_refused(batch, &refusal, &origin)
               : omni__batch_add_record(batch, &record, &origin);
}

omni_status
omni_batch_add(omni_batch *batch, const omni_event *event)
{
    omni_event given;
    omni_error *error = &batch->error;
    omni_status status =
        omni__sized_read(event, &given, sizeof(given), "event", error);
    if (status == OMNI_OK) {
        status = omni__event_struct_check(&given, error);
    }
    if (status == OMNI_OK) {
        status = omni__batch_check_room(batch);
    }
    if (status != OMNI_OK) {
        return status;
    }
    status = add_event(batch, &given);
    if (status != OMNI_OK) {
        omni__fail(error, status, "event: %s", omni__hooks_fault(status));
    }
    return status;
}
