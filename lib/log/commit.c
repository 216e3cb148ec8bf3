/*
   Committing. The threads of a process stand in a queue; the first one takes
   the turn among processes and writes, for itself or, where it and those
   behind it share their sync, for all of these in one write. Sequence, clock
   and previous hash are known only then, so groups are encoded under the lock:
   their bodies are only copied.
*/
#include "log/internal.h"

#include "log/ticket.h"
#include "platform/process.h"

#define SHARED_BYTES (1024u * 1024u) /* one write of several groups */
#define KEPT_BYTES (1024u * 1024u)   /* buffer that stays allocated */

struct omni__log_request {
    /* Neither facts nor a control: only make all durable. */
    const omni__fact_draft *facts;
    omni__slice control;
    size_t count;
    omni_durability durability;
    int64_t now_us;
    omni__log_commit_result result;
    omni_error *error;
    omni_status status;
    bool done;
    pthread_cond_t wake; /* done, or first in the queue */
    omni__log_request *next;
};

/* Whether it has a frame to write. */
static bool
writes(const omni__log_request *request)
{
    return request->facts != NULL || request->control.size != 0;
}

/* What the thread at work writes. */
typedef struct batch {
    omni__log_request *first;
    size_t most;             /* requests that may go together */
    size_t taken;            /* that do */
    omni__log_record record; /* as it will be */
    uint64_t position;       /* of the first frame */
} batch;

/* Append a request's frame to the buffer and move the record over it. */
static omni_status
encode(omni__log *log, batch *work, omni__log_request *request)
{
    omni__log_record *record = &work->record;
    omni__log_point *end = &record->end;
    uint64_t position = end->position;
    if (position == record->segment) {
        position += OMNI__SEGMENT_HEADER;
    }
    omni__group_place place = {.first_sequence = end->next_sequence,
                               .hlc =
                                   omni__hlc_next(end->hlc, request->now_us)};
    memcpy(place.replica, record->replica, OMNI__REPLICA_SIZE);
    memcpy(place.previous, end->last_hash, OMNI__HASH_SIZE);

    const size_t start = log->buffer.size;
    const omni__frame_place here = {.deployment = log->deployment,
                                    .segment = record->segment,
                                    .position = position};
    if (request->facts != NULL) {
        omni__frame_begin(&log->buffer, 0);
        omni__group_encode(&place, request->facts, request->count, &log->buffer,
                           end->last_hash);
        end->next_sequence += request->count;
        end->hlc = place.hlc + request->count - 1;
    } else {
        omni__frame_begin(&log->buffer, OMNI__FRAME_CONTROL);
        omni__buffer_slice(&log->buffer, request->control);
    }
    omni__frame_finish(&log->buffer, start, &here, record->synced.position);
    if (log->buffer.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    end->position = position + (log->buffer.size - start);
    request->result =
        (omni__log_commit_result){.position = position,
                                  .end = end->position,
                                  .first_sequence = place.first_sequence,
                                  .hlc = place.hlc};
    return OMNI_OK;
}

static bool
fits(const omni__log *log, const batch *work)
{
    return work->record.end.position - log->tail.base <= log->tail.capacity;
}

/* Encode the first request, in a new segment if it needs one. */
static omni_status
encode_first(omni__log *log, batch *work, omni_error *error)
{
    const omni__log_record before = work->record;
    omni_status status = encode(log, work, work->first);
    if (status == OMNI_OK && !fits(log, work)) {
        const uint64_t size = log->buffer.size;
        omni__buffer_clear(&log->buffer);
        work->record = before;
        status = omni__tail_roll(log, &work->record, size, error);
        if (status != OMNI_OK) {
            return status;
        }
        status = encode(log, work, work->first);
    }
    if (status != OMNI_OK) {
        return omni__fail_memory(error);
    }
    work->position = work->first->result.position;
    work->taken = 1;
    return OMNI_OK;
}

/* Add those behind the first as long as they fit. */
static void
encode_more(omni__log *log, batch *work)
{
    omni__log_request *request = work->first;
    while (work->taken < work->most && log->buffer.size < SHARED_BYTES) {
        const omni__log_record before = work->record;
        const size_t size = log->buffer.size;
        request = request->next;
        if (encode(log, work, request) != OMNI_OK || !fits(log, work)) {
            work->record = before;
            log->buffer.size = size;
            log->buffer.failed = false;
            return;
        }
        ++work->taken;
    }
}

static omni_status
write_batch(omni__log *log, batch *work, omni_error *error)
{
    omni_status status;
    OMNI_TRY(status, omni__tail_open(log, &work->record, error));
    const bool sync = work->first->durability != OMNI_DURABILITY_OFF;
    if (writes(work->first)) {
        OMNI_TRY(status, encode_first(log, work, error));
        encode_more(log, work);
        OMNI_TRY(status,
                 omni__tail_write(log, work->position,
                                  omni__buffer_bytes(&log->buffer), error));
    }
    if (sync) {
        OMNI_TRY(status, omni__tail_sync(log, error));
        work->record.synced = work->record.end;
    }
    omni__shared_publish(log->shared, log->deployment, &work->record);
done:
    return status;
}

/* What the last holder of the turn left behind. */
static omni_status
take_over(omni__log *log, omni_error *error)
{
    omni_status status = OMNI_OK;
    if (omni__shared_word(&log->shared->failed) == 0 &&
        omni__shared_word(&log->shared->writing) != 0) {
        status = omni__log_repair(log, error);
    }
    if (omni__shared_word(&log->shared->failed) != 0) {
        return omni__fail(error, OMNI_ERR_IO,
                          "the log failed to become durable before; it must "
                          "be closed in every process and opened again");
    }
    return status;
}

/* With the turn. */
static omni_status
work_in_turn(omni__log *log, batch *work, omni_error *error)
{
    omni_status status = take_over(log, error);
    if (status != OMNI_OK) {
        return status;
    }
    omni__shared_read(log->shared, &work->record);
    const bool nothing = !writes(work->first) && work->record.synced.position ==
                                                     work->record.end.position;
    if (nothing) {
        return OMNI_OK;
    }
    omni__buffer_clear(&log->buffer);
    omni__shared_set(&log->shared->writing, 1);
    status = write_batch(log, work, error);
    omni__shared_set(&log->shared->writing, 0);
    if (log->buffer.capacity > KEPT_BYTES) {
        omni__buffer_free(&log->buffer);
    }
    return status;
}

/* Do the first request and maybe more. All that were taken get the status. */
static void
serve(omni__log *log, batch *work)
{
    omni_error error = {.offset = -1};
    uint32_t ticket;
    omni_status status;
    const int system =
        omni__ticket_take(log->shared_fd, &log->shared->next_ticket, &ticket);
    if (system != 0) {
        status = omni__fail_errno(&error, system, "locking the log");
    } else {
        status = work_in_turn(log, work, &error);
        omni__ticket_give(log->shared_fd, ticket);
    }
    if (work->taken == 0) {
        work->taken = 1;
    }
    omni__log_request *request = work->first;
    for (size_t i = 0; i < work->taken; ++i) {
        request->status = status;
        if (status != OMNI_OK && request->error != NULL) {
            *request->error = error;
        }
        request = i + 1 < work->taken ? request->next : NULL;
    }
}

/* How many requests from the first on may share one sync. */
static size_t
count_sharing(const omni__log_request *first)
{
    size_t count = 1;
    if (first->durability == OMNI_DURABILITY_GROUP) {
        const omni__log_request *request = first->next;
        while (request != NULL &&
               request->durability == OMNI_DURABILITY_GROUP) {
            ++count;
            request = request->next;
        }
    }
    return count;
}

/* Take the served requests out of the queue and wake their threads, and that
   of who is first now. The mutex is held. */
static void
dismiss(omni__log *log, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        omni__log_request *request = log->queue_head;
        log->queue_head = request->next;
        request->done = true;
        pthread_cond_signal(&request->wake);
    }
    if (log->queue_head == NULL) {
        log->queue_tail = NULL;
    } else {
        pthread_cond_signal(&log->queue_head->wake);
    }
}

/* Stand in the queue until the request is done, by whatever thread. */
static void
enqueue(omni__log *log, omni__log_request *request)
{
    pthread_mutex_lock(&log->queue_mutex);
    if (log->queue_tail != NULL) {
        log->queue_tail->next = request;
    } else {
        log->queue_head = request;
    }
    log->queue_tail = request;
    while (!request->done) {
        if (log->queue_head != request || log->queue_busy) {
            pthread_cond_wait(&request->wake, &log->queue_mutex);
            continue;
        }
        batch work = {.first = request, .most = count_sharing(request)};
        log->queue_busy = true;
        pthread_mutex_unlock(&log->queue_mutex);
        serve(log, &work);
        pthread_mutex_lock(&log->queue_mutex);
        log->queue_busy = false;
        dismiss(log, work.taken);
    }
    pthread_mutex_unlock(&log->queue_mutex);
}

static omni_status
run(omni__log *log, omni__log_request *request)
{
    if (log->read_only) {
        return omni__fail(request->error, OMNI_ERR_READ_ONLY,
                          "the log was opened for reading");
    }
    if (log->generation != omni__process_generation()) {
        return omni__fail(request->error, OMNI_ERR_CONFLICT,
                          "the log was opened before a fork");
    }
    if (pthread_cond_init(&request->wake, NULL) != 0) {
        return omni__fail_memory(request->error);
    }
    enqueue(log, request);
    pthread_cond_destroy(&request->wake);
    return request->status;
}

omni_status
omni__log_commit(omni__log *log, const omni__fact_draft *facts, size_t count,
                 omni_durability durability, int64_t now_us,
                 omni__log_commit_result *out, omni_error *error)
{
    if (count == 0) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "a group needs a fact");
    }
    omni__log_request request = {.facts = facts,
                                 .count = count,
                                 .durability = durability,
                                 .now_us = now_us,
                                 .error = error};
    const omni_status status = run(log, &request);
    if (status == OMNI_OK && out != NULL) {
        *out = request.result;
    }
    return status;
}

omni_status
omni__log_control(omni__log *log, omni__slice control,
                  omni__log_commit_result *out, omni_error *error)
{
    omni__log_request request = {
        .control = control, .durability = OMNI_DURABILITY_OFF, .error = error};
    const omni_status status = run(log, &request);
    if (status == OMNI_OK && out != NULL) {
        *out = request.result;
    }
    return status;
}

omni_status
omni__log_sync(omni__log *log, omni_error *error)
{
    omni__log_request request = {.durability = OMNI_DURABILITY_FULL,
                                 .error = error};
    return run(log, &request);
}
