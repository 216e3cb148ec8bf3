/*
   Finding the end of the log, and telling a torn tail from corruption.

   What was being written when the power went may be missing in any part, and
   is cut: nobody was told that it is there. A frame that is bad although the
   header, the segment after it or a later frame proves that the log had been
   durable beyond it is corruption, and nothing is changed then.
*/
#include "log/internal.h"

#include "platform/file.h"

#include <errno.h>

#define REWRITE_BYTES 65536u

/* Where a scan stands in the segment that it reads. */
typedef struct place {
    omni__segment *segment;
    uint64_t limit; /* position behind the last byte that may be looked at */
    bool last;      /* no segment follows */
} place;

static void
find_place(const omni__log *log, uint64_t position, place *out)
{
    const size_t index = omni__segments_find(log, position);
    out->segment = omni__segments_at(log, index);
    out->last = index + 1 == omni__segments_count(log);
    if (out->last) {
        omni__segment *segment = out->segment;
        omni__segment_has(log, segment, segment->map_size);
        out->limit = segment->header.base + atomic_load(&segment->present);
    } else {
        out->limit = omni__segments_at(log, index + 1)->header.base;
    }
}

static omni_status
fail_place(const place *at, uint64_t position, omni_status status,
           const char *why, omni_error *error)
{
    const uint64_t offset = position - at->segment->header.base;
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(at->segment->header.base, name);
    return omni__fail_at(error, status, (int64_t)offset,
                         "%s: %s at offset %llu", name, why,
                         (unsigned long long)offset);
}

/* Carry the state over a sound frame; CORRUPT if it does not continue it. */
static omni_status
accept(omni__log_record *record, const omni__frame *frame, uint64_t position)
{
    omni__group group;
    omni__log_point *end = &record->end;
    if ((frame->flags & OMNI__FRAME_CONTROL) != 0) {
        end->position = position + frame->size;
        return OMNI_OK;
    }
    const omni_status status = omni__group_open(frame->payload, &group, NULL);
    if (status != OMNI_OK) {
        return status;
    }
    if (memcmp(group.replica, record->replica, OMNI__REPLICA_SIZE) == 0) {
        if (group.first_sequence != end->next_sequence ||
            memcmp(group.previous, end->last_hash, OMNI__HASH_SIZE) != 0) {
            return OMNI_ERR_CORRUPT;
        }
        end->next_sequence += group.count;
        omni__group_hash(&group, end->last_hash);
    }
    if (group.last_hlc > end->hlc) {
        end->hlc = group.last_hlc;
    }
    end->position = position + frame->size;
    return OMNI_OK;
}

/* A bad frame at `position`: OMNI_END if it may have been torn there. */
static omni_status
judge(const omni__log *log, const place *at, uint64_t position,
      omni_error *error)
{
    if (!at->last) {
        return fail_place(at, position, OMNI_ERR_CORRUPT,
                          "bad frame before the last segment", error);
    }
    const uint64_t from = position + OMNI__FRAME_ALIGN;
    if (from >= at->limit) {
        return OMNI_END;
    }
    const omni__frame_place next = {.deployment = log->deployment,
                                    .segment = at->segment->header.base,
                                    .position = from};
    const omni__slice rest =
        omni__slice_of(at->segment->map + (from - at->segment->header.base),
                       (size_t)(at->limit - from));
    uint64_t found;
    if (omni__frame_search(rest, &next, position, &found)) {
        return fail_place(at, position, OMNI_ERR_CORRUPT,
                          "bad frame before one that says it was durable",
                          error);
    }
    return OMNI_END;
}

/* One frame. OMNI_END where the log ends. */
static omni_status
scan_frame(omni__log *log, const place *at, omni__log_record *record,
           omni_error *error)
{
    const uint64_t base = at->segment->header.base;
    uint64_t position = record->end.position;
    if (position == base) {
        position += OMNI__SEGMENT_HEADER;
    }
    if (position >= at->limit && at->last) {
        return OMNI_END;
    }
    const omni__frame_place here = {
        .deployment = log->deployment, .segment = base, .position = position};
    omni__frame frame;
    omni_status status = OMNI_ERR_CORRUPT;
    if (position < at->limit) {
        status = omni__frame_open(
            omni__slice_of(at->segment->map + (position - base),
                           (size_t)(at->limit - position)),
            &here, &frame);
    }
    if (status == OMNI_OK) {
        status = accept(record, &frame, position);
    }
    if (status == OMNI_ERR_VERSION) {
        return fail_place(at, position, status, "frame of a newer format",
                          error);
    }
    return status == OMNI_ERR_CORRUPT ? judge(log, at, position, error)
                                      : status;
}

omni_status
omni__log_scan(omni__log *log, omni__log_record *record, omni_error *error)
{
    place at;
    find_place(log, record->end.position, &at);
    if (record->end.position > at.limit) {
        return fail_place(&at, at.limit, OMNI_ERR_CORRUPT,
                          "truncated: durable data is missing, from here on",
                          error);
    }
    omni_status status = OMNI_OK;
    while (status == OMNI_OK) {
        if (!at.last && record->end.position >= at.limit) {
            find_place(log, record->end.position, &at);
        }
        status = scan_frame(log, &at, record, error);
    }
    record->segment = at.segment->header.base;
    return status == OMNI_END ? OMNI_OK : status;
}

/* Nothing is known but that the log begins. */
static void
start_of_log(const omni__log *log, omni__log_record *record)
{
    *record = (omni__log_record){
        .end = {.position = OMNI__SEGMENT_HEADER, .next_sequence = 1}};
    memcpy(record->replica, log->replica, OMNI__REPLICA_SIZE);
    record->synced = record->end;
}

/* Where to scan from: what the header proves of this replica's history, else
   the start. `*proven`: durable as far as this, whoever wrote it. */
static void
trusted_start(const omni__log *log, omni__log_record *record, uint64_t *proven)
{
    omni__log_record saved;
    *proven = OMNI__SEGMENT_HEADER;
    start_of_log(log, record);
    if (log->shared == NULL ||
        !omni__shared_salvage(log->shared, log->deployment, &saved)) {
        return;
    }
    *proven = saved.synced.position;
    if (memcmp(saved.replica, log->replica, OMNI__REPLICA_SIZE) == 0) {
        record->end = saved.synced;
        record->synced = saved.synced;
    }
}

omni_status
omni__log_check_torn(const omni__log *log, uint64_t base, omni_error *error)
{
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(base, name);
    int fd = -1;
    uint64_t size = 0;
    int system = omni__file_open(log->directory, name, 0, &fd);
    if (system == 0) {
        system = omni__file_size(fd, &size);
    }
    void *map = NULL;
    if (system == 0 && size != 0 && size <= SIZE_MAX / 2) {
        system = omni__file_map(fd, (size_t)size, false, &map);
    }
    omni__file_close(fd);
    if (system != 0) {
        return omni__fail_errno(error, system, "%s", name);
    }
    const omni__frame_place start = {
        .deployment = log->deployment, .segment = base, .position = base};
    uint64_t found = 0;
    const bool used =
        map != NULL && omni__frame_search(omni__slice_of(map, (size_t)size),
                                          &start, 0, &found);
    omni__file_unmap(map, (size_t)size);
    if (used) {
        return omni__fail_at(error, OMNI_ERR_CORRUPT, 0,
                             "%s: the segment's header is damaged", name);
    }
    return OMNI_OK;
}

/* Find the end, changing nothing. `*torn`: file to be removed, or NONE. */
static omni_status
find_end(omni__log *log, omni__log_record *record, uint64_t *torn,
         omni_error *error)
{
    omni_status status = omni__segments_load(log, UINT64_MAX, torn, error);
    if (status == OMNI_OK && *torn != OMNI__SEGMENT_NONE) {
        status = omni__log_check_torn(log, *torn, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    uint64_t proven;
    trusted_start(log, record, &proven);
    if (omni__segments_count(log) == 0) {
        return proven > OMNI__SEGMENT_HEADER
                   ? omni__fail(error, OMNI_ERR_CORRUPT,
                                "%016llx.log: the segment is missing", 0ULL)
                   : omni__fail(error, OMNI_ERR_NOT_STORE,
                                "the directory holds no log");
    }
    status = omni__log_scan(log, record, error);
    if (status == OMNI_OK && record->end.position < proven) {
        place at;
        find_place(log, record->end.position, &at);
        status = fail_place(&at, record->end.position, OMNI_ERR_CORRUPT,
                            "bad frame where the log was durable", error);
    }
    return status;
}

/* Give bytes to the file once more: after a failed sync the system may hold
   them as clean though they never reached the medium. */
static omni_status
rewrite(omni__log *log, uint64_t from, uint64_t to, omni_error *error)
{
    omni__buffer *buffer = &log->buffer;
    omni__buffer_clear(buffer);
    if (!omni__buffer_reserve(buffer, REWRITE_BYTES)) {
        return omni__fail_memory(error);
    }
    const uint64_t base = log->tail.base;
    int system = 0;
    for (uint64_t at = from > base ? from : base; system == 0 && at < to;) {
        size_t step =
            to - at < REWRITE_BYTES ? (size_t)(to - at) : (size_t)REWRITE_BYTES;
        system = omni__file_read_at(log->tail.fd, buffer->data, step, at - base,
                                    &step);
        if (system == 0) {
            system = step == 0 ? EIO
                               : omni__file_write_at(log->tail.fd, buffer->data,
                                                     step, at - base);
        }
        at += step;
    }
    return system == 0 ? OMNI_OK
                       : omni__fail_errno(error, system,
                                          "writing the log's tail again");
}

/* Tell how much stands behind the end: what never became whole. Room that was
   taken ahead is zero, and nothing to tell. */
static void
tell_torn(const omni__log *log, uint64_t end)
{
    place at;
    find_place(log, end, &at);
    const uint64_t base = at.segment->header.base;
    uint64_t last = at.limit;
    uint64_t first = end;
    if (first < base + OMNI__SEGMENT_HEADER) {
        first = base + OMNI__SEGMENT_HEADER;
    }
    while (last > first && at.segment->map[last - base - 1] == 0) {
        --last;
    }
    if (last > first) {
        char name[OMNI__SEGMENT_NAME_SIZE];
        omni__segment_name(base, name);
        omni__hooks_log(&log->hooks, OMNI_LOG_WARNING,
                        "%s: %llu bytes at offset %llu had not become whole "
                        "and were cut",
                        name, (unsigned long long)(last - first),
                        (unsigned long long)(first - base));
    }
}

/* Make the end found the end of the file, durably. */
static omni_status
settle(omni__log *log, omni__log_record *record, bool doubtful,
       omni_error *error)
{
    omni_status status = omni__tail_open(log, record, error);
    if (status != OMNI_OK) {
        return status;
    }
    bool changed = record->end.position != record->synced.position;
    if (doubtful) {
        changed = true;
        status =
            rewrite(log, record->synced.position, record->end.position, error);
    }
    const uint64_t used = record->end.position - log->tail.base;
    if (status == OMNI_OK && log->tail.size > OMNI__SEGMENT_HEADER &&
        log->tail.size != used) {
        changed = true;
        tell_torn(log, record->end.position);
        status = omni__tail_cut(log, record->end.position, error);
    }
    if (status == OMNI_OK && changed) {
        status = omni__tail_sync(log, error);
    }
    record->synced = record->end;
    return status;
}

static omni_status
remove_torn(omni__log *log, uint64_t base, omni_error *error)
{
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(base, name);
    const int system = omni__file_remove(log->directory, name);
    if (system != 0) {
        return omni__fail_errno(error, system, "%s: removing it", name);
    }
    omni__hooks_log(&log->hooks, OMNI_LOG_WARNING,
                    "%s: the segment had not become whole and was removed",
                    name);
    return OMNI_OK;
}

/* After a failed sync, or a removal, the names are in doubt as well. */
static omni_status
sync_names(omni__log *log, omni_error *error)
{
    const int system = omni__file_sync(log->directory);
    return system == 0
               ? OMNI_OK
               : omni__fail_errno(error, system, "syncing the log's directory");
}

omni_status
omni__log_recover(omni__log *log, omni_error *error)
{
    omni__log_record record;
    uint64_t torn;
    const bool doubtful = omni__shared_word(&log->shared->failed) != 0;
    omni_status status;
    OMNI_TRY(status, find_end(log, &record, &torn, error));
    if (torn != OMNI__SEGMENT_NONE) {
        OMNI_TRY(status, remove_torn(log, torn, error));
    }
    if (torn != OMNI__SEGMENT_NONE || doubtful) {
        OMNI_TRY(status, sync_names(log, error));
    }
    OMNI_TRY(status, settle(log, &record, doubtful, error));
    omni__shared_reset(log->shared, log->deployment, &record);
done:
    return status;
}

omni_status
omni__log_recover_reading(omni__log *log, omni_error *error)
{
    uint64_t torn;
    return find_end(log, &log->scan, &torn, error);
}

omni_status
omni__log_repair(omni__log *log, omni_error *error)
{
    omni__log_record record;
    omni__shared_read(log->shared, &record);
    uint64_t torn;
    omni_status status;
    OMNI_TRY(status, omni__segments_load(log, UINT64_MAX, &torn, error));
    if (torn != OMNI__SEGMENT_NONE) {
        OMNI_TRY(status, omni__log_check_torn(log, torn, error));
        OMNI_TRY(status, remove_torn(log, torn, error));
        OMNI_TRY(status, sync_names(log, error));
    }
    OMNI_TRY(status, omni__log_scan(log, &record, error));
    OMNI_TRY(status, settle(log, &record, false, error));
    omni__shared_publish(log->shared, log->deployment, &record);
    omni__shared_set(&log->shared->writing, 0);
    omni__hooks_log(&log->hooks, OMNI_LOG_WARNING,
                    "a process died while it wrote to the log; its turn was "
                    "taken over");
done:
    return status;
}
