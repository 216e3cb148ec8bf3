/* The write path: what is already known is dropped, the rest goes to the log
   as one group, and from there into the tables. */
#include "codec/tick.h"
#include "events/copy.h"
#include "fold/engine.h"
#include "fold/register.h"
#include "fold/retract.h"
#include "identity/statements.h"

/* A body that is looked for among the copies in the store. */
typedef struct known {
    omni__log *log;
    omni__slice body;
    bool found;
} known;

static omni_status
compare_copy(void *user, const omni__entry *entry)
{
    known *k = user;
    omni__slice bytes;
    omni__slice body;
    omni_status status = omni__log_bytes(k->log, entry->order.position, &bytes);
    if (status == OMNI_OK) {
        status = omni__body_open(bytes, &body);
    }
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    k->found = omni__slice_equal(body, k->body);
    return k->found ? OMNI_END : OMNI_OK;
}

/* Drop an event of which the store holds an equal copy: it would say nothing
   new (F7). Nodes stay in the set: the fold is going to need them. */
static omni_status
drop_known(omni__engine *engine, omni__write *write, bool voided)
{
    omni__workset *set = &engine->fold.set;
    omni__work_node *node;
    known k = {.log = engine->log, .body = write->body};
    const uint32_t hash = omni__order_hash(write->event_hash);
    omni_status status = omni__workset_get(set, &write->node, &node);
    if (status == OMNI_OK) {
        status = omni__entries_copies(&set->view, &node->node, hash,
                                      write->instant_us, &engine->hooks.alloc,
                                      compare_copy, &k);
    }
    write->voided = false;
    if (voided && !k.found && (status == OMNI_OK || status == OMNI_NOT_FOUND)) {
        status = omni__entries_voided(&set->view, &write->node, hash,
                                      write->instant_us, compare_copy, &k);
        write->voided = k.found;
    }
    write->dropped = k.found;
    return status == OMNI_NOT_FOUND || status == OMNI_END ? OMNI_OK : status;
}

static bool
same_pair(const omni__statement_body *a, const omni__statement_body *b)
{
    return memcmp(&a->ends[0].token, &b->ends[0].token,
                  sizeof(a->ends[0].token)) == 0 &&
           memcmp(&a->ends[1].token, &b->ends[1].token,
                  sizeof(a->ends[1].token)) == 0;
}

/* Whether its body is made by the commit. */
static bool
is_dated(const omni__write *write)
{
    return write->statement != NULL || write->named != NULL;
}

/* The same of a retract, which is encoded as soon as it is prepared. */
static bool
is_encoded(const omni__write *write)
{
    return is_dated(write) || write->retraction != NULL;
}

/* F6: after everything that this store holds under the name. */
static omni_status
set_named_time(omni__engine *engine, omni__write *writes, size_t at,
               int64_t now_us)
{
    const omni__view view = {.kv = engine->kv};
    omni__register_body *body = writes[at].named;
    omni__register last;
    const omni_status status = omni__register_read(
        &view, engine->log, writes[at].kind, body->name, &last);
    if (status != OMNI_OK && status != OMNI_NOT_FOUND) {
        return status;
    }
    body->time_us = now_us;
    if (status == OMNI_OK && last.body.time_us >= body->time_us) {
        body->time_us = last.body.time_us + 1;
    }
    for (size_t i = 0; i < at; ++i) {
        const omni__register_body *other = writes[i].named;
        if (other != NULL && writes[i].kind == writes[at].kind &&
            omni__slice_equal(other->name, body->name) &&
            other->time_us >= body->time_us) {
            body->time_us = other->time_us + 1;
        }
    }
    return OMNI_OK;
}

/* F6: after everything that this store holds on the pair. */
static omni_status
set_time(omni__engine *engine, omni__write *writes, size_t at, int64_t now_us)
{
    const omni__view view = {.kv = engine->kv};
    const omni__slice none = omni__slice_of(NULL, 0);
    omni__statement_body *body = writes[at].statement;
    const omni_id a =
        omni__public_id(&engine->file.secret, &body->ends[0].token, none);
    const omni_id b =
        omni__public_id(&engine->file.secret, &body->ends[1].token, none);
    omni__statement last;
    const omni_status status = omni__statement_latest(&view, &a, &b, &last);
    if (status != OMNI_OK && status != OMNI_NOT_FOUND) {
        return status;
    }
    body->time_us = now_us;
    if (status == OMNI_OK && last.time_us >= body->time_us) {
        body->time_us = last.time_us + 1;
    }
    for (size_t i = 0; i < at; ++i) {
        if (writes[i].statement != NULL &&
            same_pair(writes[i].statement, body) &&
            writes[i].statement->time_us >= body->time_us) {
            body->time_us = writes[i].statement->time_us + 1;
        }
    }
    return OMNI_OK;
}

/* Bring the nodes of a few events, from one on, into the set together. */
static omni_status
bring_nodes(omni__engine *engine, const omni__commit *commit, size_t from)
{
    omni_id ids[OMNI__NODES_FEW];
    omni__work_node *nodes[OMNI__NODES_FEW];
    size_t count = 0;
    for (size_t i = from; i < commit->count && i - from < OMNI__NODES_FEW;
         ++i) {
        const omni__write *write = &commit->writes[i];
        if (write->retraction == NULL && write->named == NULL &&
            write->statement == NULL) {
            ids[count++] = write->node;
        }
    }
    return omni__workset_get_many(&engine->fold.set, ids, count, nodes);
}

/* What one fact is needs, to be ready. */
static omni_status
prepare_write(omni__engine *engine, omni__commit *commit, size_t at,
              int64_t now_us, const omni__counts *counts)
{
    omni__write *write = &commit->writes[at];
    if (write->retraction != NULL) {
        return omni__retraction_prepare(engine, write, &commit->bodies);
    }
    if (write->named != NULL) {
        return set_named_time(engine, commit->writes, at, now_us);
    }
    return write->statement != NULL
               ? set_time(engine, commit->writes, at, now_us)
               : drop_known(engine, write, counts->voided != 0);
}

/* With the tables up to date: drop what is known, date what is stated, and
   read where people stand. */
static omni_status
prepare_once(omni__engine *engine, omni__commit *commit, int64_t now_us,
             omni_error *error)
{
    omni__counts counts;
    uint64_t position;
    omni_status status = omni__fold_run(
        &engine->fold, omni__log_end(engine->log), &position, error);
    if (status != OMNI_OK) {
        return status;
    }
    atomic_store_explicit(&engine->folded, position, memory_order_release);
    omni__buffer_clear(&commit->bodies);
    status = omni__counts_read(&engine->fold.set.view, &counts);
    for (size_t i = 0; i < commit->count && status == OMNI_OK; ++i) {
        status =
            i % OMNI__NODES_FEW == 0 ? bring_nodes(engine, commit, i) : OMNI_OK;
        if (status == OMNI_OK) {
            status = prepare_write(engine, commit, i, now_us, &counts);
        }
    }
    if (status == OMNI_OK && commit->changes != NULL) {
        status = omni__changes_before(commit->changes, &engine->fold.set,
                                      counts.statements != 0);
    }
    if (status != OMNI_OK) {
        omni__fold_discard(&engine->fold);
        omni__fail(error, status, "before the commit: %s",
                   omni_status_name(status));
    }
    return status;
}

static omni_status
prepare(omni__engine *engine, omni__commit *commit, int64_t now_us,
        omni_error *error)
{
    omni_status status = OMNI_ERR_BUSY;
    for (int attempt = 0; attempt < 1000 && status == OMNI_ERR_BUSY;
         ++attempt) {
        status = prepare_once(engine, commit, now_us, error);
    }
    return status;
}

/* Number what is left after the known was dropped; returns how many. */
static size_t
number_writes(const omni__commit *commit)
{
    uint32_t left = 0;
    for (size_t i = 0; i < commit->count; ++i) {
        omni__write *write = &commit->writes[i];
        write->copy = write->dropped;
        write->fact = write->dropped ? 0 : ++left;
    }
    return left;
}

static void
encode_dated(omni__write *writes, size_t count, omni__buffer *bodies)
{
    for (size_t i = 0; i < count; ++i) {
        if (!is_dated(&writes[i])) {
            continue;
        }
        writes[i].encoded_at = bodies->size;
        if (writes[i].named != NULL) {
            omni__register_body_encode(writes[i].named, bodies);
        } else {
            omni__statement_body_encode(writes[i].statement, bodies);
        }
        writes[i].encoded_size = bodies->size - writes[i].encoded_at;
    }
}

/* A draft of each fact that was not dropped. */
static omni_status
make_drafts(omni__engine *engine, const omni__write *writes, size_t count,
            const omni__buffer *bodies, omni__fact_draft *drafts)
{
    omni__buffer salts;
    omni__buffer_init(&salts, &engine->hooks.alloc);
    omni_status status = OMNI_OK;
    if (!omni__buffer_reserve(&salts, count * OMNI__SALT_SIZE)) {
        status = OMNI_ERR_NO_MEMORY;
    } else if (!omni__hooks_random(&engine->hooks, salts.data,
                                   count * OMNI__SALT_SIZE)) {
        status = OMNI_ERR_IO;
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (writes[i].dropped) {
            continue;
        }
        omni__fact_draft *draft = drafts++;
        draft->kind = writes[i].kind;
        draft->body = !is_encoded(&writes[i])
                          ? writes[i].body
                          : omni__slice_of(bodies->data + writes[i].encoded_at,
                                           writes[i].encoded_size);
        memcpy(draft->salt, salts.data + i * OMNI__SALT_SIZE, OMNI__SALT_SIZE);
        omni__body_hash(draft->salt, draft->body, draft->body_hash);
    }
    omni__buffer_free(&salts);
    return status;
}

/* From drafts to the log. */
static omni_status
append(omni__engine *engine, omni__commit *commit, size_t draft_count,
       omni_error *error)
{
    omni__write *writes = commit->writes;
    const size_t count = commit->count;
    omni__log_commit_result written;
    omni__buffer *bodies = &commit->bodies;
    omni__fact_draft *drafts =
        omni__malloc(&engine->hooks.alloc, draft_count * sizeof(drafts[0]));
    encode_dated(writes, count, bodies);
    omni_status status =
        drafts == NULL || bodies->failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    if (status == OMNI_OK) {
        status = make_drafts(engine, writes, count, bodies, drafts);
    }
    if (status != OMNI_OK) {
        omni__fail(error, status, "before the commit: %s",
                   omni__hooks_fault(status));
    } else {
        status = omni__log_commit(
            engine->log, drafts, draft_count, commit->durability,
            omni__hooks_now(&engine->hooks), &written, error);
        commit->position = status == OMNI_OK ? written.position : UINT64_MAX;
    }
    omni__free(&engine->hooks.alloc, drafts);
    return status;
}

/* What the fold found each fact to be. */
static void
take_outcome(omni__commit *commit, const omni__fold_outcome *outcome)
{
    const bool known = outcome->known || commit->position == UINT64_MAX;
    size_t next = 0;
    commit->taken = outcome->taken;
    commit->duplicates = outcome->duplicates;
    commit->retracted = outcome->retracted;
    for (size_t i = 0; i < commit->count; ++i) {
        omni__write *write = &commit->writes[i];
        if (write->fact != 0 && next < outcome->copy_count &&
            outcome->copies[next] / 2 == write->fact - 1) {
            write->voided = outcome->copies[next] % 2 != 0;
            write->copy = true;
            ++next;
        }
        if (write->kind == OMNI__FACT_EVENT && write->dropped) {
            ++*(write->voided ? &commit->retracted : &commit->duplicates);
        } else if (write->kind == OMNI__FACT_EVENT && !known) {
            /* Another process folded them: all that was new is taken. */
            ++commit->taken;
        }
    }
}

/* The facts are in the log: a fault from here on is the tables', and the next
   reader folds what is there. */
static omni_status
finish(omni__engine *engine, const omni__commit *commit, size_t left,
       omni_error *error)
{
    omni_status status =
        left != 0 ? omni__engine_catch_up(engine, error) : OMNI_OK;
    if (status == OMNI_OK && left != commit->count &&
        commit->durability != OMNI_DURABILITY_OFF) {
        /* The copies that made events known may not be durable yet. */
        status = omni__log_sync(engine->log, error);
    }
    if (status != OMNI_OK && left != 0) {
        omni__error_add(error, OMNI__COMMITTED);
    }
    return status;
}

/* Append what is left after the known was dropped, and fold it. */
static omni_status
commit_facts(omni__engine *engine, omni__commit *commit, omni_error *error)
{
    const bool detailed = commit->changes != NULL;
    omni__buffer_init(&commit->bodies, &engine->hooks.alloc);
    pthread_mutex_lock(&engine->lock);
    omni_status status =
        prepare(engine, commit, omni__hooks_now(&engine->hooks), error);
    omni__fold_expect(&engine->fold, detailed);
    pthread_mutex_unlock(&engine->lock);
    const size_t left = number_writes(commit);
    if (status == OMNI_OK && left != 0) {
        status = append(engine, commit, left, error);
    }
    if (status == OMNI_OK) {
        status = finish(engine, commit, left, error);
    }
    pthread_mutex_lock(&engine->lock);
    const omni__fold_outcome outcome =
        omni__fold_claim(&engine->fold, commit->position, detailed);
    if (engine->fold.set.count != 0) {
        /* What was read ahead of a fold that did not come. */
        omni__fold_discard(&engine->fold);
    }
    pthread_mutex_unlock(&engine->lock);
    take_outcome(commit, &outcome);
    omni__buffer_free(&commit->bodies);
    omni__free(&engine->hooks.alloc, outcome.copies);
    return status;
}

omni_status
omni__engine_commit(omni__engine *engine, omni__commit *commit,
                    omni_error *error)
{
    commit->position = UINT64_MAX;
    commit->taken = 0;
    commit->duplicates = 0;
    commit->retracted = 0;
    omni_status status = omni__engine_usable(engine, error);
    if (status == OMNI_OK && (engine->flags & OMNI_STORE_READ_ONLY) != 0) {
        status = omni__fail(error, OMNI_ERR_READ_ONLY,
                            "store is open for reading only");
    }
    if (commit->durability == OMNI_DURABILITY_DEFAULT) {
        commit->durability = engine->durability;
    }
    if (status == OMNI_OK && commit->count != 0) {
        status = commit_facts(engine, commit, error);
    }
    if (status == OMNI_OK && commit->refused.size != 0) {
        status = omni__refused_append(engine->refused, commit->refused,
                                      commit->durability != OMNI_DURABILITY_OFF,
                                      error);
        if (status != OMNI_OK && commit->position != UINT64_MAX) {
            omni__error_add(error, OMNI__COMMITTED);
        }
    }
    return status;
}

omni_status
omni__engine_fact_ids(const omni__engine *engine, uint64_t position,
                      omni_fact_id *out, size_t count, omni_error *error)
{
    omni__log_frame frame;
    omni__group group;
    omni_status status = omni__log_read(engine->log, position, &frame, error);
    if (status == OMNI_OK) {
        status = omni__group_open(frame.group, &group, error);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__fact fact;
        status = omni__group_next(&group, &fact);
        if (status == OMNI_OK) {
            out[i] = omni__fact_id(&fact);
        }
    }
    return status;
}

omni_status
omni__engine_tick(omni__engine *engine, int64_t instant_us, uint64_t budget,
                  omni__tick_outcome *out, omni_error *error)
{
    const omni__tick tick = {.instant_us = instant_us, .budget = budget};
    uint8_t bytes[OMNI__TICK_MAX];
    const size_t size = omni__tick_write(&tick, bytes);
    omni__log_commit_result written = {.position = UINT64_MAX};
    omni_status status = omni__engine_usable(engine, error);
    if (status != OMNI_OK) {
        return status;
    }
    pthread_mutex_lock(&engine->lock);
    omni__fold_expect(&engine->fold, false);
    pthread_mutex_unlock(&engine->lock);
    status = omni__log_control(engine->log, omni__slice_of(bytes, size),
                               &written, error);
    if (status == OMNI_OK) {
        status = omni__engine_catch_up(engine, error);
    }
    pthread_mutex_lock(&engine->lock);
    const omni__fold_outcome outcome =
        omni__fold_claim(&engine->fold, written.position, false);
    pthread_mutex_unlock(&engine->lock);
    omni__free(&engine->hooks.alloc, outcome.copies);
    *out = (omni__tick_outcome){.position = written.position,
                                .processed = outcome.taken};
    return status;
}
