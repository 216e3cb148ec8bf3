/* omni/batch.h: what came of each thing that was added to a batch. */
#include "omni/batch.h"

#include "api/handle.h"
#include "platform/sized.h"

#include <inttypes.h>
#include <stdio.h>

struct omni__thing {
    uint64_t line;
    uint64_t made_id;
    const char *reason; /* NULL: nothing was wrong */
    omni_refused_code code;
    omni_outcome outcome;
    uint8_t kind;     /* omni__fact_kind */
    bool has_made_id; /* in place of a sender's */
    uint8_t ref_count;
    size_t first_ref; /* the node it is anchored at; of a statement: a, b */
    size_t write;
    uint32_t fact;  /* its number in the group, from 1; 0: none */
    uint64_t named; /* facts that a retract names */
};

void
omni__results_init(omni__results *results, const omni__alloc *alloc)
{
    *results = (omni__results){.wanted = false};
    omni__changes_init(&results->changes, alloc);
    omni__arena_init(&results->texts, alloc);
}

void
omni__results_free(omni__results *results)
{
    const omni__alloc *alloc = results->changes.alloc;
    omni__changes_free(&results->changes);
    omni__arena_free(&results->texts);
    omni__free(alloc, results->things);
    omni__free(alloc, results->refs);
    omni__free(alloc, results->facts);
}

void
omni__results_clear(omni__results *results)
{
    results->committed = false;
    results->count = 0;
    results->ref_count = 0;
    omni__changes_clear(&results->changes);
    omni__arena_reset(&results->texts);
}

/* Room for a thing and the most nodes that one names; what the last commit
   did is forgotten. NULL without memory. */
static omni__thing *
next_thing(omni__results *results)
{
    const omni__alloc *alloc = results->changes.alloc;
    if (results->committed) {
        omni__results_clear(results);
    }
    void *things = results->things;
    bool room = omni__grow(alloc, &things, &results->capacity, results->count,
                           sizeof(results->things[0]));
    results->things = things;
    void *refs = results->refs;
    while (room && results->ref_capacity - results->ref_count <
                       OMNI_LIMIT_IDENTIFIERS + OMNI__STATED_MAX) {
        room = omni__grow(alloc, &refs, &results->ref_capacity,
                          results->ref_capacity, sizeof(results->refs[0]));
        results->refs = refs;
    }
    if (!room) {
        return NULL;
    }
    omni__thing *thing = &results->things[results->count];
    *thing =
        (omni__thing){.first_ref = results->ref_count, .write = OMNI__NO_WRITE};
    return thing;
}

/* Note a node that the thing names. */
static omni_status
add_ref(omni__results *results, omni__thing *thing, const omni__secret *secret,
        const omni__named *named)
{
    const omni_id id =
        omni__public_id(secret, &named->token, omni__slice_of(NULL, 0));
    uint32_t ref;
    const omni_status status = omni__changes_add(&results->changes, &id, &ref);
    if (status == OMNI_OK) {
        results->refs[thing->first_ref + thing->ref_count++] = ref;
    }
    return status;
}

/* Note all nodes of an event, its anchor first. */
static omni_status
add_event_refs(omni__results *results, omni__thing *thing,
               const omni_batch *batch, const omni__event_body *event)
{
    const omni__secret *secret = &batch->store->engine->file.secret;
    const size_t anchor = omni__event_anchor(&batch->policy->policy, event);
    omni_status status =
        add_ref(results, thing, secret, &event->identifiers[anchor]);
    for (size_t i = 0; i < event->identifier_count && status == OMNI_OK; ++i) {
        if (i != anchor) {
            status = add_ref(results, thing, secret, &event->identifiers[i]);
        }
    }
    for (size_t i = 0; i < event->stated_count && status == OMNI_OK; ++i) {
        status = add_ref(results, thing, secret, &event->stated[i]);
    }
    return status;
}

omni_status
omni__results_add_event(omni__results *results, const omni_batch *batch,
                        uint64_t line, const omni__event_body *event,
                        size_t write)
{
    const omni__refusal *refusal = &batch->last_refusal;
    omni__thing *thing = next_thing(results);
    if (thing == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    thing->kind = OMNI__FACT_EVENT;
    thing->line = line;
    thing->code = refusal->code;
    thing->write = write;
    if (refusal->code != OMNI_REFUSED_NONE) {
        const omni__slice text =
            omni__slice_of(refusal->reason, strlen(refusal->reason) + 1);
        thing->reason =
            (const char *)omni__arena_copy(&results->texts, text).data;
        if (thing->reason == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    if (event == NULL) {
        thing->outcome = OMNI_OUTCOME_REFUSED;
        ++results->count;
        return OMNI_OK;
    }
    thing->has_made_id = event->id.size == 0;
    thing->made_id = event->made_id;
    const omni_status status = add_event_refs(results, thing, batch, event);
    if (status == OMNI_OK) {
        results->ref_count += thing->ref_count;
        ++results->count;
    }
    return status;
}

omni_status
omni__results_add_statement(omni__results *results, const omni_batch *batch,
                            const omni__named ends[2], size_t write)
{
    const omni__secret *secret = &batch->store->engine->file.secret;
    omni__thing *thing = next_thing(results);
    if (thing == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    thing->kind = batch->writes[write].kind;
    thing->write = write;
    omni_status status = add_ref(results, thing, secret, &ends[0]);
    if (status == OMNI_OK) {
        status = add_ref(results, thing, secret, &ends[1]);
    }
    if (status == OMNI_OK) {
        results->ref_count += thing->ref_count;
        ++results->count;
    }
    return status;
}

omni_status
omni__results_add_retract(omni__results *results, size_t write)
{
    omni__thing *thing = next_thing(results);
    if (thing == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    thing->kind = OMNI__FACT_RETRACT;
    thing->write = write;
    ++results->count;
    return OMNI_OK;
}

omni_status
omni__results_reserve(omni__results *results, size_t write_count)
{
    if (write_count <= results->fact_capacity) {
        return OMNI_OK;
    }
    omni_fact_id *facts = omni__realloc(results->changes.alloc, results->facts,
                                        write_count * sizeof(facts[0]));
    if (facts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    results->facts = facts;
    results->fact_capacity = write_count;
    return OMNI_OK;
}

omni_status
omni__results_read(omni__results *results, const omni_batch *batch,
                   const omni__commit *commit, omni_error *error)
{
    size_t written = 0;
    for (size_t i = 0; i < results->count; ++i) {
        omni__thing *thing = &results->things[i];
        if (thing->write != OMNI__NO_WRITE) {
            const omni__write *write = &batch->writes[thing->write];
            thing->fact = write->fact;
            thing->outcome =
                write->copy ? OMNI_OUTCOME_DUPLICATE : OMNI_OUTCOME_TAKEN;
            if (write->voided) {
                thing->outcome = OMNI_OUTCOME_RETRACTED;
            }
            if (write->retraction != NULL) {
                thing->named = write->retraction->count;
            }
            written += write->fact != 0 ? 1 : 0;
        } else if (thing->outcome != OMNI_OUTCOME_REFUSED) {
            thing->outcome = OMNI_OUTCOME_DUPLICATE;
        }
    }
    omni__engine *engine = batch->store->engine;
    omni__kv_snapshot *snapshot;
    omni_status status = OMNI_OK;
    if (written != 0) {
        status = omni__engine_fact_ids(engine, commit->position, results->facts,
                                       written, error);
    }
    if (status == OMNI_OK) {
        status = omni__engine_snapshot(engine, &snapshot, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    const omni__view view = {.snapshot = snapshot};
    status = omni__changes_after(&results->changes, &view);
    if (status != OMNI_OK) {
        omni__fail(error, status, "after the commit: %s",
                   omni_status_name(status));
    }
    omni__kv_snapshot_end(snapshot);
    return status;
}

void
omni__results_event(const omni__results *results, size_t index,
                    omni_event_result *out)
{
    const omni__thing *thing = &results->things[index];
    *out = (omni_event_result){.size = sizeof(*out),
                               .outcome = thing->outcome,
                               .code = thing->code,
                               .line = thing->line};
    if (thing->reason != NULL) {
        const size_t size = strlen(thing->reason);
        memcpy(out->reason, thing->reason,
               size < sizeof(out->reason) ? size : sizeof(out->reason) - 1);
    }
    if (thing->has_made_id) {
        snprintf(out->made_id, sizeof(out->made_id), "%016" PRIx64,
                 thing->made_id);
    }
    if (thing->ref_count == 0) {
        return;
    }
    const omni__changes *changes = &results->changes;
    const uint32_t *refs = results->refs + thing->first_ref;
    out->profile = changes->nodes[refs[0]].after;
    const omni__change_node *head = omni__changes_find(changes, &out->profile);
    out->created = head != NULL && head->fresh;
    out->joined_count =
        omni__changes_joined(changes, refs, thing->ref_count, &out->profile,
                             out->joined, OMNI_LIMIT_JOINED);
    if (thing->fact != 0) {
        out->fact = results->facts[thing->fact - 1];
    }
}

/* Whether both nodes are where they were, together or apart. */
static bool
is_unchanged(const omni__change_node *a, const omni__change_node *b)
{
    return a->was == a->is && b->was == b->is &&
           omni__id_equal(&a->before, &a->after) &&
           omni__id_equal(&b->before, &b->after);
}

void
omni__results_statement(const omni__results *results, size_t index,
                        omni_statement_result *out)
{
    const omni__thing *thing = &results->things[index];
    const omni__changes *changes = &results->changes;
    const uint32_t *refs = results->refs + thing->first_ref;
    const omni__change_node *a = &changes->nodes[refs[0]];
    const omni__change_node *b = &changes->nodes[refs[1]];
    const bool together = a->is && omni__id_equal(&a->after, &b->after);
    *out = (omni_statement_result){.size = sizeof(*out)};
    out->fact = results->facts[thing->fact - 1];
    out->profile_a = a->after;
    out->profile_b = b->after;
    out->in_effect =
        a->is && b->is && together == (thing->kind == OMNI__FACT_LINK);
    out->changed = !is_unchanged(a, b);
    for (size_t i = 0; i < 2; ++i) {
        const omni_id *now = i == 0 ? &a->after : &b->after;
        if (i == 0 || !together) {
            out->joined_count += omni__changes_joined(
                changes, refs, 2, now, out->joined + out->joined_count,
                2 - out->joined_count);
        }
    }
}

void
omni__results_retract(const omni__results *results, size_t index,
                      omni_retract_result *out)
{
    const omni__thing *thing = &results->things[index];
    *out = (omni_retract_result){.size = sizeof(*out), .count = thing->named};
    if (thing->fact != 0) {
        out->fact = results->facts[thing->fact - 1];
    }
}

size_t
omni_batch_result_count(const omni_batch *batch)
{
    return batch->results.count;
}

/* What the result of a thing is. */
typedef enum result_kind { EVENT, STATEMENT, RETRACT } result_kind;

static result_kind
kind_of(const omni__thing *thing)
{
    if (thing->kind == OMNI__FACT_EVENT) {
        return EVENT;
    }
    return thing->kind == OMNI__FACT_RETRACT ? RETRACT : STATEMENT;
}

/* Whether a result of a kind can be told. */
static omni_status
find_result(const omni_batch *batch, size_t index, result_kind kind)
{
    const omni__results *results = &batch->results;
    if (!results->wanted) {
        return OMNI_ERR_ARGUMENT;
    }
    if (index >= results->count) {
        return OMNI_NOT_FOUND;
    }
    const omni__thing *thing = &results->things[index];
    if (kind_of(thing) != kind) {
        return OMNI_ERR_ARGUMENT;
    }
    return results->committed || thing->outcome == OMNI_OUTCOME_REFUSED
               ? OMNI_OK
               : OMNI_NOT_FOUND;
}

/* Hand a result of a kind out. */
static omni_status
give_result(const omni_batch *batch, size_t index, result_kind kind,
            void *result)
{
    union {
        omni_event_result event;
        omni_statement_result statement;
        omni_retract_result retract;
    } made;
    size_t size = sizeof(made.event);
    omni_status status = omni__sized_check(result, "result", NULL);
    if (status == OMNI_OK) {
        status = find_result(batch, index, kind);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (kind == EVENT) {
        omni__results_event(&batch->results, index, &made.event);
    } else if (kind == STATEMENT) {
        omni__results_statement(&batch->results, index, &made.statement);
        size = sizeof(made.statement);
    } else {
        omni__results_retract(&batch->results, index, &made.retract);
        size = sizeof(made.retract);
    }
    omni__sized_write(result, &made, size);
    return OMNI_OK;
}

omni_status
omni_batch_result(const omni_batch *batch, size_t index,
                  omni_event_result *result)
{
    return give_result(batch, index, EVENT, result);
}

omni_status
omni_batch_statement_result(const omni_batch *batch, size_t index,
                            omni_statement_result *result)
{
    return give_result(batch, index, STATEMENT, result);
}

omni_status
omni_batch_retract_result(const omni_batch *batch, size_t index,
                          omni_retract_result *result)
{
    return give_result(batch, index, RETRACT, result);
}
