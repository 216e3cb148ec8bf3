/* omni/batch.h: imports and batches. */
#include "omni/batch.h"

#include "api/handle.h"
#include "formats/event_struct.h"
#include "formats/segment_json.h"

#include <stdio.h>

#define RECORD_SHOWN 512u /* bytes of a record that the refused log keeps */

static omni_status
init_import(omni_import *import, omni_store *store, const char *source)
{
    const omni__alloc *alloc = &store->hooks.alloc;
    *import = (omni_import){.store = store};
    omni__ordinals_init(&import->ordinals, &store->hooks, store->engine->path);
    if (source != NULL) {
        import->source = omni__strdup(alloc, source);
        return import->source != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    return OMNI_OK;
}

static void
release_import(omni_import *import)
{
    omni__ordinals_free(&import->ordinals);
    omni__free(&import->store->hooks.alloc, import->source);
}

omni_status
omni_import_new(omni_store *store, const char *source, omni_import **out,
                omni_error *error)
{
    if (source != NULL && strlen(source) > OMNI_LIMIT_NAME_BYTES) {
        return omni__fail(error, OMNI_ERR_LIMIT,
                          "source has %zu bytes, at most %d", strlen(source),
                          OMNI_LIMIT_NAME_BYTES);
    }
    omni_import *import = omni__malloc(&store->hooks.alloc, sizeof(*import));
    if (import == NULL) {
        return omni__fail_memory(error);
    }
    if (init_import(import, store, source) != OMNI_OK) {
        omni__free(&store->hooks.alloc, import);
        return omni__fail_memory(error);
    }
    *out = import;
    return OMNI_OK;
}

void
omni_import_free(omni_import *import)
{
    if (import != NULL) {
        const omni_store *store = import->store;
        release_import(import);
        omni__free(&store->hooks.alloc, import);
    }
}

void
omni__batch_init(omni_batch *batch, omni_store *store)
{
    const omni__alloc *alloc = &store->hooks.alloc;
    memset(batch, 0, sizeof(*batch));
    batch->store = store;
    init_import(&batch->own, store, NULL);
    omni__arena_init(&batch->arena, alloc);
    omni__arena_init(&batch->scratch, alloc);
    omni__buffer_init(&batch->bodies, alloc);
    omni__buffer_init(&batch->refused, alloc);
}

void
omni__batch_release(omni_batch *batch)
{
    const omni__alloc *alloc = &batch->store->hooks.alloc;
    release_import(&batch->own);
    omni__arena_free(&batch->arena);
    omni__arena_free(&batch->scratch);
    omni__buffer_free(&batch->bodies);
    omni__buffer_free(&batch->refused);
    omni__free(alloc, batch->writes);
    omni__free(alloc, batch->seen);
}

omni_status
omni_batch_new(omni_store *store, omni_batch **out)
{
    omni_batch *batch = omni__malloc(&store->hooks.alloc, sizeof(*batch));
    if (batch == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__batch_init(batch, store);
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

/* Room for one write more. */
static omni__write *
new_write(omni_batch *batch)
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

/* Keep a record that was refused, or flagged. */
static omni_status
keep_refused(omni_batch *batch, const omni_import *import,
             const omni__refusal *refusal, int64_t now_us, omni__slice text)
{
    const omni_refused refused = {
        .code = (int32_t)refusal->code,
        .time_us = now_us,
        .line = import->line,
        .source = import->source != NULL ? import->source : "",
        .reason = refusal->reason,
        .record = text.size != 0 ? (const char *)text.data : "",
        .record_bytes = text.size < RECORD_SHOWN ? text.size : RECORD_SHOWN};
    const size_t start = batch->refused.size;
    omni__refused_encode(&refused, &batch->refused);
    if (batch->refused.failed) {
        batch->refused.size = start;
        batch->refused.failed = false;
        return OMNI_ERR_NO_MEMORY;
    }
    ++batch->waiting.read;
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
    omni__write *write = new_write(batch);
    const size_t start = batch->bodies.size;
    omni__event_body_encode(event, &batch->bodies);
    omni_status status =
        write == NULL || batch->bodies.failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    if (status == OMNI_OK && (batch->count + 1) * 2 > batch->seen_capacity) {
        status = grow_seen(batch);
    }
    if (status != OMNI_OK) {
        batch->bodies.size = start;
        batch->bodies.failed = false;
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

/* One record, from whatever it came as. */
static omni_status
add_record(omni_batch *batch, omni_import *import, const omni__record *record,
           omni__slice text)
{
    const omni__engine *engine = batch->store->engine;
    const omni__maker maker = {.hooks = &batch->store->hooks,
                               .secret = &engine->file.secret,
                               .policy = &engine->policy,
                               .ordinals = &import->ordinals,
                               .source = omni__slice_text(import->source),
                               .now_us = omni__hooks_now(&batch->store->hooks)};
    omni__event_body event;
    omni__refusal *refusal = &batch->last_refusal;
    omni_status status =
        omni__event_make(&maker, record, &batch->scratch, &event, refusal);
    if (status != OMNI_OK) {
        return status;
    }
    const bool taken = refusal->code == OMNI_REFUSED_NONE ||
                       refusal->code >= OMNI_FLAGGED_FUTURE;
    if (taken) {
        status = keep_event(batch, &event);
    }
    if (status == OMNI_OK && refusal->code != OMNI_REFUSED_NONE) {
        return keep_refused(batch, import, refusal, maker.now_us, text);
    }
    batch->waiting.read += status == OMNI_OK ? 1 : 0;
    return status;
}

omni_status
omni_batch_add(omni_batch *batch, const omni_event *event)
{
    if (!omni__event_struct_valid(event)) {
        return OMNI_ERR_ARGUMENT;
    }
    if (batch->count >= OMNI_LIMIT_BATCH_FACTS ||
        batch->bodies.size > OMNI_LIMIT_BATCH_BYTES - OMNI_LIMIT_EVENT_BYTES) {
        return OMNI_ERR_LIMIT;
    }
    omni__arena_reset(&batch->scratch);
    omni__record record;
    const omni_status status = omni__event_struct_read(
        event, &batch->scratch, &record, &batch->last_refusal);
    if (status != OMNI_OK) {
        return status;
    }
    if (batch->last_refusal.code != OMNI_REFUSED_NONE) {
        return keep_refused(batch, &batch->own, &batch->last_refusal,
                            omni__hooks_now(&batch->store->hooks),
                            omni__slice_text(event->name));
    }
    return add_record(batch, &batch->own, &record, record.name);
}

/* Where the records of a line go. */
typedef struct line_target {
    omni_batch *batch;
    omni_import *import;
} line_target;

static omni_status
take_record(void *user, const omni__record *record,
            const omni__refusal *refusal, omni__slice text)
{
    const line_target *target = user;
    omni_batch *batch = target->batch;
    if (refusal->code == OMNI_REFUSED_NONE) {
        return add_record(batch, target->import, record, text);
    }
    batch->last_refusal = *refusal;
    return keep_refused(batch, target->import, refusal,
                        omni__hooks_now(&batch->store->hooks), text);
}

static size_t
count_bytes(const char *lines, size_t size, char byte)
{
    size_t count = 0;
    const char *at = lines;
    const char *end = lines + size;
    while (at < end && (at = memchr(at, byte, (size_t)(end - at))) != NULL) {
        ++count;
        ++at;
    }
    return count;
}

/* Read lines, and count them in `*line`. */
static omni_status
read_lines(omni_batch *batch, omni__slice lines, uint64_t *line,
           omni__record_fn take, void *user)
{
    omni_status status = OMNI_OK;
    const uint8_t *at = lines.data;
    const uint8_t *end = lines.data + lines.size;
    while (at < end && status == OMNI_OK) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        const uint8_t *line_end = stop != NULL ? stop : end;
        size_t size = (size_t)(line_end - at);
        size -= size != 0 && at[size - 1] == '\r' ? 1 : 0;
        ++*line;
        omni__arena_reset(&batch->scratch);
        status = omni__segment_read(omni__slice_of(at, size), &batch->scratch,
                                    take, user);
        at = stop != NULL ? stop + 1 : end;
    }
    return status;
}

static omni_status
count_record(void *user, const omni__record *record,
             const omni__refusal *refusal, omni__slice text)
{
    (void)record;
    (void)refusal;
    (void)text;
    ++*(size_t *)user;
    return OMNI_OK;
}

/* Whether as many records fit. A line may hold many: they are counted where
   its objects alone do not settle it. */
static omni_status
check_records(omni_batch *batch, const char *lines, size_t size_bytes)
{
    const size_t room = OMNI_LIMIT_BATCH_FACTS - batch->count;
    if (count_bytes(lines, size_bytes, '{') <= room ||
        (!omni__slice_contains(omni__slice_of(lines, size_bytes),
                               "\"batch\"") &&
         !omni__slice_contains(omni__slice_of(lines, size_bytes), "\\u00"))) {
        return OMNI_OK;
    }
    size_t records = 0;
    uint64_t line = 0;
    const omni_status status =
        read_lines(batch, omni__slice_of(lines, size_bytes), &line,
                   count_record, &records);
    return status == OMNI_OK && records > room ? OMNI_ERR_LIMIT : status;
}

/* True if the lines would take the batch over its limits. */
static bool
is_full(const omni_batch *batch, const char *lines, size_t size_bytes)
{
    if (size_bytes > OMNI_LIMIT_BATCH_BYTES - batch->bodies.size ||
        batch->bodies.size > OMNI_LIMIT_BATCH_BYTES) {
        return true;
    }
    return batch->count + count_bytes(lines, size_bytes, '\n') >
           OMNI_LIMIT_BATCH_FACTS;
}

omni_status
omni_batch_add_json(omni_batch *batch, omni_import *import, const char *lines,
                    size_t size_bytes)
{
    if (is_full(batch, lines, size_bytes)) {
        return OMNI_ERR_LIMIT;
    }
    omni_status status = check_records(batch, lines, size_bytes);
    line_target target = {.batch = batch,
                          .import = import != NULL ? import : &batch->own};
    if (status == OMNI_OK) {
        status = read_lines(batch, omni__slice_of(lines, size_bytes),
                            &target.import->line, take_record, &target);
    }
    return status;
}

static omni_status
add_statement(omni_batch *batch, uint8_t kind, omni_identifier a,
              omni_identifier b, const omni_reason *reason)
{
    const omni__engine *engine = batch->store->engine;
    const omni__slice text =
        omni__slice_text(reason != NULL ? reason->text : NULL);
    const omni__slice author =
        omni__slice_text(reason != NULL ? reason->author : NULL);
    if (text.size == 0 || text.size > OMNI_LIMIT_REASON_BYTES ||
        author.size > OMNI_LIMIT_REASON_BYTES) {
        return OMNI_ERR_ARGUMENT;
    }
    if (batch->count >= OMNI_LIMIT_BATCH_FACTS) {
        return OMNI_ERR_LIMIT;
    }
    omni__statement_body *body = omni__arena_zero(&batch->arena, sizeof(*body));
    if (body == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni_status status =
        omni__named_make(&engine->file.secret, &engine->policy, a,
                         &batch->arena, &body->ends[0], NULL);
    if (status == OMNI_OK) {
        status = omni__named_make(&engine->file.secret, &engine->policy, b,
                                  &batch->arena, &body->ends[1], NULL);
    }
    if (status != OMNI_OK) {
        return status;
    }
    const int order = omni__named_compare(&body->ends[0], &body->ends[1]);
    if (order == 0) {
        return OMNI_ERR_ARGUMENT;
    }
    if (order > 0) {
        const omni__named swap = body->ends[0];
        body->ends[0] = body->ends[1];
        body->ends[1] = swap;
    }
    body->reason = omni__arena_copy(&batch->arena, text);
    body->author = omni__arena_copy(&batch->arena, author);
    omni__write *write = new_write(batch);
    if (write == NULL || body->reason.size != text.size ||
        body->author.size != author.size) {
        return OMNI_ERR_NO_MEMORY;
    }
    write->kind = kind;
    write->statement = body;
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

omni_status
omni__batch_commit(omni_batch *batch, omni_durability durability,
                   omni__write_result *result, omni_error *error)
{
    if ((unsigned)durability > OMNI_DURABILITY_OFF) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "no such durability");
    }
    for (size_t i = 0; i < batch->count; ++i) {
        omni__write *write = &batch->writes[i];
        if (write->statement == NULL) {
            write->body = omni__slice_of(batch->bodies.data + write->encoded_at,
                                         write->encoded_size);
        }
    }
    const bool empty = batch->count == 0 && batch->refused_count == 0 &&
                       batch->waiting.read == 0;
    const omni_status status = omni__engine_commit(
        batch->store->engine, batch->writes, batch->count,
        omni__buffer_bytes(&batch->refused), durability, result, error);
    if (status != OMNI_OK) {
        return status;
    }
    batch->committed = batch->waiting;
    batch->committed.taken = result->taken;
    batch->committed.duplicates += result->duplicates;
    clear_batch(batch);
    return empty ? OMNI_UNCHANGED : OMNI_OK;
}

omni_status
omni_batch_commit(omni_batch *batch, omni_durability durability,
                  omni_error *error)
{
    omni__write_result result;
    return omni__batch_commit(batch, durability, &result, error);
}

omni_status
omni_batch_summary(const omni_batch *batch, omni_import_summary *summary)
{
    if (summary->size != sizeof(*summary)) {
        return OMNI_ERR_ARGUMENT;
    }
    *summary = batch->committed;
    summary->size = sizeof(*summary);
    return OMNI_OK;
}
