/* omni/batch.h: imports, and records that come as JSON lines. */
#include "omni/batch.h"

#include "api/handle.h"
#include "codec/text.h"
#include "formats/segment_json.h"

omni_status
omni__import_init(omni_import *import, omni_store *store, const char *source)
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

void
omni__import_release(omni_import *import)
{
    omni__rehearsal_free(import->rehearsal);
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
    if (!omni__text_valid(omni__slice_text(source))) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "source is not UTF-8 text");
    }
    omni_import *import = omni__malloc(&store->hooks.alloc, sizeof(*import));
    if (import == NULL) {
        return omni__fail_memory(error);
    }
    if (omni__import_init(import, store, source) != OMNI_OK) {
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
        omni__import_release(import);
        omni__free(&store->hooks.alloc, import);
    }
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
    const omni__origin origin = {
        .import = target->import, .line = target->import->line, .text = text};
    return refusal->code == OMNI_REFUSED_NONE
               ? omni__batch_add_record(target->batch, record, &origin)
               : omni__batch_add_refused(target->batch, refusal, &origin);
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
    const omni__slice text = omni__slice_of(lines, size_bytes);
    size_t records = count_bytes(lines, size_bytes, '{');
    if (records <= room || (!omni__slice_contains(text, "\"batch\"") &&
                            !omni__slice_contains(text, "\\u00"))) {
        return OMNI_OK;
    }
    uint64_t line = 0;
    records = 0;
    const omni_status status =
        read_lines(batch, text, &line, count_record, &records);
    if (status != OMNI_OK) {
        return status;
    }
    return records <= room
               ? OMNI_OK
               : omni__fail(&batch->error, OMNI_ERR_LIMIT,
                            "%zu records are too many: the batch holds %zu "
                            "facts of at most %d",
                            records, batch->count, OMNI_LIMIT_BATCH_FACTS);
}

/* Whether the lines would take the batch over its limits. */
static omni_status
check_room(omni_batch *batch, const char *lines, size_t size_bytes)
{
    const size_t held = batch->bodies.size;
    if (held > OMNI_LIMIT_BATCH_BYTES ||
        size_bytes > OMNI_LIMIT_BATCH_BYTES - held) {
        return omni__fail(&batch->error, OMNI_ERR_LIMIT,
                          "%zu bytes of lines are too many: the batch holds "
                          "%zu bytes of at most %d",
                          size_bytes, held, OMNI_LIMIT_BATCH_BYTES);
    }
    const size_t count = count_bytes(lines, size_bytes, '\n');
    if (batch->count + count > OMNI_LIMIT_BATCH_FACTS) {
        return omni__fail(&batch->error, OMNI_ERR_LIMIT,
                          "%zu lines are too many: the batch holds %zu facts "
                          "of at most %d",
                          count, batch->count, OMNI_LIMIT_BATCH_FACTS);
    }
    return check_records(batch, lines, size_bytes);
}

omni_status
omni_batch_add_json(omni_batch *batch, omni_import *import, const char *lines,
                    size_t size_bytes)
{
    omni_status status = check_room(batch, lines, size_bytes);
    if (status != OMNI_OK) {
        return status == OMNI_ERR_NO_MEMORY ? omni__fail_memory(&batch->error)
                                            : status;
    }
    line_target target = {.batch = batch,
                          .import = import != NULL ? import : &batch->own};
    uint64_t *line = &target.import->line;
    status = read_lines(batch, omni__slice_of(lines, size_bytes), line,
                        take_record, &target);
    if (status != OMNI_OK) {
        omni__fail(&batch->error, status, "line %llu: %s",
                   (unsigned long long)*line, omni__hooks_fault(status));
    }
    return status;
}
