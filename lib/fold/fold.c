/* Groups of the log, one by one: facts go to their kind's fold, and components
   are resolved; rows are written once per batch of groups; then all is
   published. */
#include "fold/fold.h"

#include "fold/moves.h"
#include "fold/policy.h"
#include "fold/register.h"
#include "fold/retract.h"
#include "fold/segments.h"

/* A batch ends after so many facts, or so much memory. */
#define BATCH_FACTS 8192u
#define BATCH_BYTES (32u * 1024u * 1024u)

void
omni__fold_init(omni__fold *fold)
{
    omni__workset_init(&fold->set, fold->kv, &fold->hooks->alloc);
    omni__definitions_init(&fold->watch.definitions, fold->programs);
    omni__buffer_init(&fold->watch.row, &fold->hooks->alloc);
    omni__buffer_init(&fold->watch.feed.bytes, &fold->hooks->alloc);
}

static void
forget_outcomes(omni__fold *fold)
{
    for (size_t i = 0; i < fold->outcome_count; ++i) {
        omni__free(&fold->hooks->alloc, fold->outcomes[i].copies);
    }
    fold->outcome_count = 0;
}

void
omni__fold_free(omni__fold *fold)
{
    omni__workset_free(&fold->set);
    omni__fold_policy_free(fold);
    omni__watch_free(fold);
    forget_outcomes(fold);
    omni__free(&fold->hooks->alloc, fold->group.copies);
    omni__free(&fold->hooks->alloc, fold->outcomes);
}

omni_status
omni__fold_count(omni__fold *fold, bool copy, bool is_void)
{
    omni__fold_outcome *group = &fold->group;
    uint64_t *count = copy ? &group->duplicates : &group->taken;
    ++*(is_void ? &group->retracted : count);
    if (!(copy || is_void) || fold->detailed == 0) {
        return OMNI_OK;
    }
    void *copies = group->copies;
    const bool room =
        omni__grow(&fold->hooks->alloc, &copies, &group->copy_capacity,
                   group->copy_count, sizeof(group->copies[0]));
    group->copies = copies;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    group->copies[group->copy_count++] = fold->fact * 2 + is_void;
    return OMNI_OK;
}

static omni_status
fold_fact(omni__fold *fold, const omni__fact *fact, uint64_t group_position)
{
    omni__arena_reset(&fold->set.scratch);
    fold->set.fact = fold->fact;
    ++fold->counts.facts;
    if (fact->body_state != OMNI__BODY_PLAIN) {
        fold->counts.unknown += fact->body_state == OMNI__BODY_SEALED;
        return OMNI_OK;
    }
    bool retracted = false;
    omni_status status = OMNI_OK;
    if (fold->counts.retracts != 0) {
        status = omni__retracted(&fold->set.view, fact, &retracted);
    }
    if (status != OMNI_OK) {
        return status;
    }
    const uint64_t position = group_position + fact->body_offset;
    switch (fact->kind) {
    case OMNI__FACT_EVENT:
        return omni__fold_event(fold, fact->body, position, retracted);
    case OMNI__FACT_LINK:
    case OMNI__FACT_PART:
        return retracted ? omni__fold_void(fold, fact, true)
                         : omni__fold_statement(fold, fact, position, true);
    case OMNI__FACT_POLICY:
    case OMNI__FACT_SEGMENT:
        return retracted ? omni__fold_void(fold, fact, true)
                         : omni__fold_register(fold, fact, position);
    case OMNI__FACT_RETRACT:
        return omni__fold_retract(fold, fact, retracted);
    default:
        ++fold->counts.unknown;
        return retracted ? omni__fold_void(fold, fact, true) : OMNI_OK;
    }
}

/* Check that a group follows the last one of its replica, and note it. */
static omni_status
chain_group(omni__fold *fold, const omni__group *group)
{
    omni__key key = omni__key_of(OMNI__TABLE_REPLICA);
    omni__key_add(&key, group->replica, sizeof(group->replica));
    omni__slice row;
    const omni_status status = omni__view_get(&fold->set.view, &key, &row);
    uint8_t last[8 + OMNI__HASH_SIZE] = {0};
    if (status == OMNI_OK && row.size == sizeof(last)) {
        memcpy(last, row.data, sizeof(last));
    } else if (status != OMNI_NOT_FOUND) {
        return status == OMNI_OK ? OMNI_ERR_CORRUPT : status;
    }
    if (group->first_sequence != omni__le64_read(last) + 1 ||
        memcmp(group->previous, last + 8, OMNI__HASH_SIZE) != 0) {
        return OMNI_ERR_CORRUPT;
    }
    omni__le64_write(last, group->first_sequence + group->count - 1);
    omni__group_hash(group, last + 8);
    return omni__kv_put(fold->kv, omni__key_slice(&key),
                        omni__slice_of(last, sizeof(last)));
}

/* Keep what became of a group; of one that is folded again, what became of it
   now. */
static omni_status
keep_outcome(omni__fold *fold)
{
    if (fold->waiting == 0) {
        forget_outcomes(fold);
        return OMNI_OK;
    }
    if (fold->until != 0) {
        return OMNI_OK; /* a refold of all there is */
    }
    for (size_t i = 0; i < fold->outcome_count; ++i) {
        if (fold->outcomes[i].position == fold->group.position) {
            omni__free(&fold->hooks->alloc, fold->outcomes[i].copies);
            fold->outcomes[i] = fold->group;
            fold->group.copies = NULL;
            return OMNI_OK;
        }
    }
    void *outcomes = fold->outcomes;
    const bool room =
        omni__grow(&fold->hooks->alloc, &outcomes, &fold->outcome_capacity,
                   fold->outcome_count, sizeof(fold->outcomes[0]));
    fold->outcomes = outcomes;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    fold->outcomes[fold->outcome_count++] = fold->group;
    fold->group.copies = NULL;
    return OMNI_OK;
}

/* The segment clock goes on with that of the log (F6). */
static void
set_clock(omni__fold *fold, const omni__group *group)
{
    const int64_t end_us = (int64_t)(group->last_hlc >> 16) * 1000 + 999;
    if (end_us > fold->counts.clock_us) {
        fold->counts.clock_us = end_us;
    }
}

/* After the facts of a group: tell what follows. */
static omni_status
settle(omni__fold *fold)
{
    const omni_status status = omni__fold_moves(fold);
    return status == OMNI_OK &&
                   (fold->counts.segments != 0 || fold->watch.stale)
               ? omni__watch_settle(fold)
               : status;
}

static omni_status
fold_group(omni__fold *fold, const omni__log_frame *frame, omni_error *error)
{
    omni__group group;
    omni__fact fact;
    omni_status status = omni__group_open(frame->group, &group, error);
    if (status != OMNI_OK) {
        return status;
    }
    status = chain_group(fold, &group);
    if (status != OMNI_OK) {
        return omni__fail_at(error, status, (int64_t)frame->position,
                             "log position %llu: group does not follow its "
                             "replica's last one",
                             (unsigned long long)frame->position);
    }
    set_clock(fold, &group);
    omni__workset_round(&fold->set);
    status = omni__place_note(fold->kv, &group, frame);
    while (status == OMNI_OK &&
           (status = omni__group_next(&group, &fact)) == OMNI_OK) {
        status = fold_fact(fold, &fact, frame->group_position);
        if (status != OMNI_OK) {
            break;
        }
        status = omni__fold_resolve(fold, group.next_index == group.count);
        ++fold->fact;
    }
    if (status == OMNI_END) {
        status = settle(fold);
    }
    if (status != OMNI_END && status != OMNI_OK) {
        return omni__fail_at(error, status, (int64_t)frame->position,
                             "log position %llu: fact cannot be folded (%s)",
                             (unsigned long long)frame->position,
                             omni_status_name(status));
    }
    ++fold->groups;
    return OMNI_OK;
}

static omni_status
fold_frame(omni__fold *fold, const omni__log_frame *frame, omni_error *error)
{
    const uint64_t registers = fold->counts.registers;
    omni_status status;
    omni__free(&fold->hooks->alloc, fold->group.copies);
    fold->group =
        (omni__fold_outcome){.position = frame->position, .known = true};
    fold->fact = 0;
    if (!frame->control) {
        status = fold_group(fold, frame, error);
    } else {
        status = omni__watch_tick(fold, frame->group);
        if (status != OMNI_OK) {
            omni__fail_at(error, status, (int64_t)frame->position,
                          "log position %llu: tick cannot be folded (%s)",
                          (unsigned long long)frame->position,
                          omni_status_name(status));
        }
    }
    if (status == OMNI_OK) {
        status = keep_outcome(fold);
    }
    return status == OMNI_OK
               ? omni__fold_policy_follow(fold, registers, frame->next)
               : status;
}

/* Write and publish what was folded up to `position`. */
static omni_status
finish_batch(omni__fold *fold, uint64_t position)
{
    omni_status status =
        omni__fold_policy_follow(fold, fold->counts.registers, position);
    if (status == OMNI_OK) {
        status = omni__workset_write(&fold->set);
    }
    if (status == OMNI_OK) {
        status = omni__definitions_write(&fold->watch.definitions, fold->kv);
    }
    if (status == OMNI_OK) {
        status = omni__counts_write(fold->kv, &fold->counts);
    }
    if (status == OMNI_OK) {
        status = omni__touched_write(&fold->set.touched, fold->kv, position);
    }
    if (status == OMNI_OK) {
        omni__workset_clear(&fold->set);
        if (fold->until == 0) {
            omni__kv_publish_whole(fold->kv, position, &fold->box->shared);
        } else {
            omni__kv_publish(fold->kv, position);
        }
        fold->position = position;
        fold->watch.position = position;
    }
    return status;
}

/* Fold groups from `position` until a batch is full or `end` is reached. */
static omni_status
fold_batch(omni__fold *fold, uint64_t end, uint64_t *position,
           omni_error *error)
{
    const uint64_t facts = fold->counts.facts;
    uint64_t at = *position;
    omni_status status = OMNI_OK;
    while (at < end && fold->counts.facts - facts < BATCH_FACTS &&
           fold->set.arena.total < BATCH_BYTES) {
        omni__log_frame frame;
        status = omni__log_read(fold->log, at, &frame, error);
        if (status == OMNI_OK) {
            status = fold_frame(fold, &frame, error);
        }
        if (status != OMNI_OK) {
            break;
        }
        at = frame.next;
    }
    status = status == OMNI_END ? OMNI_OK : status;
    if (status == OMNI_OK && at > *position) {
        status = finish_batch(fold, at);
    }
    if (status == OMNI_OK) {
        *position = at;
    }
    return status;
}

/* Everything unpublished is dropped; the next run begins with a refresh. */
void
omni__fold_discard(omni__fold *fold)
{
    omni__workset_clear(&fold->set);
    omni__watch_forget(fold);
    omni__kv_discard(fold->kv);
}

/* Nothing is lost where it fails: rows stay in memory, facts in the log. */
static void
flush_if_due(omni__fold *fold)
{
    omni_error detail;
    if (!fold->flushes || !omni__kv_over_budget(fold->kv)) {
        return;
    }
    omni_status status = omni__log_sync(fold->log, &detail);
    if (status >= 0) {
        status = omni__kv_flush(fold->kv, &detail);
    }
    if (status < 0) {
        omni__hooks_log(fold->hooks, OMNI_LOG_ERROR, "flush: %s",
                        detail.message);
    }
}

/* One attempt. */
static omni_status
run(omni__fold *fold, uint64_t end, uint64_t *position, omni_error *error)
{
    omni_status status = omni__fold_policy_begin(fold, error);
    if (status == OMNI_OK && fold->set.count == 0) {
        const uint64_t before = fold->position;
        status = omni__kv_refresh(fold->kv, &fold->position, error);
        if (fold->position != before) { /* rows that were folded elsewhere */
            omni__raw_forget(&fold->set.known, &fold->hooks->alloc);
        }
        if (status == OMNI_OK) {
            status = omni__fold_policy_check(fold);
        }
    }
    /* Nodes that a commit has read already are of the view as it is. */
    *position = fold->position;
    if (status != OMNI_OK || *position >= end) {
        return status;
    }
    status = omni__counts_read(&fold->set.view, &fold->counts);
    if (status == OMNI_OK) {
        status = omni__watch_load(fold);
    }
    while (status == OMNI_OK && *position < end) {
        const uint64_t before = *position;
        status = fold_batch(fold, end, position, error);
        if (status == OMNI_OK && *position == before) {
            break; /* the log ends before `end`: a segment's last bytes */
        }
        if (status == OMNI_OK) {
            flush_if_due(fold);
        }
    }
    return status;
}

omni_status
omni__fold_run(omni__fold *fold, uint64_t end, uint64_t *position,
               omni_error *error)
{
    omni_status status = OMNI_ERR_BUSY;
    /* Busy: another process flushed past what this one has in memory. */
    for (int attempt = 0; attempt < 1000 && status == OMNI_ERR_BUSY;
         ++attempt) {
        status = run(fold, end, position, error);
        if (status != OMNI_OK) {
            omni__raw_forget(&fold->set.known, &fold->hooks->alloc);
            omni__fold_discard(fold);
        }
    }
    return status == OMNI_ERR_NO_MEMORY ? omni__fail_memory(error) : status;
}

void
omni__fold_expect(omni__fold *fold, bool detailed)
{
    ++fold->waiting;
    fold->detailed += detailed ? 1 : 0;
}

omni__fold_outcome
omni__fold_claim(omni__fold *fold, uint64_t position, bool detailed)
{
    omni__fold_outcome outcome = {.position = position};
    --fold->waiting;
    fold->detailed -= detailed ? 1 : 0;
    for (size_t i = 0; i < fold->outcome_count; ++i) {
        if (fold->outcomes[i].position == position) {
            outcome = fold->outcomes[i];
            fold->outcomes[i] = fold->outcomes[--fold->outcome_count];
            break;
        }
    }
    return outcome;
}
