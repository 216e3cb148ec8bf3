/*
   Reading by position, from the mapped segments, without a lock unless
   another process has added a segment that is not mapped here yet.
*/
#include "log/internal.h"

/* Whether the epoch that this reader scanned is over. */
static bool
superseded(const omni__log *log)
{
    return log->shared != NULL &&
           omni__shared_word(&log->shared->epoch) != log->scanned_epoch;
}

static bool
uses_scan(const omni__log *log)
{
    return log->scanned && !superseded(log);
}

void
omni__log_view(const omni__log *log, uint64_t *end, uint64_t *segment)
{
    if (uses_scan(log)) {
        *end = log->scan.end.position;
        *segment = log->scan.segment;
    } else {
        omni__shared_view(log->shared, end, segment);
    }
}

uint64_t
omni__log_end(const omni__log *log)
{
    uint64_t end;
    uint64_t segment;
    omni__log_view(log, &end, &segment);
    return end;
}

omni__log_state
omni__log_state_now(const omni__log *log)
{
    omni__log_record record;
    if (uses_scan(log)) {
        record = log->scan;
    } else {
        omni__shared_read(log->shared, &record);
    }
    omni__log_state state = {.end = record.end.position,
                             .synced = record.synced.position,
                             .next_sequence = record.end.next_sequence,
                             .hlc = record.end.hlc};
    memcpy(state.last_hash, record.end.last_hash, OMNI__HASH_SIZE);
    return state;
}

uint64_t
omni__log_start(const omni__log *log)
{
    return omni__segments_at(log, 0)->header.base + OMNI__SEGMENT_HEADER;
}

static omni_status
fail_position(uint64_t position, omni_status status, const char *why,
              omni_error *error)
{
    return omni__fail_at(error, status, (int64_t)position,
                         "log position %llu: %s", (unsigned long long)position,
                         why);
}

/* The bytes from `position` on, if its segment was known to be readable beyond
   it: what is published once stays. */
static omni__segment *
borrow_known(const omni__log *log, uint64_t position, omni__slice *out)
{
    omni__segment *segment =
        omni__segments_at(log, omni__segments_find(log, position));
    const size_t readable =
        atomic_load_explicit(&segment->readable, memory_order_acquire);
    const uint64_t offset = position - segment->header.base;
    if (offset >= readable) {
        return NULL;
    }
    *out = omni__slice_of(segment->map + offset, readable - (size_t)offset);
    return segment;
}

/*
   The bytes from `position` to the end of what is readable in its segment, as
   far as that is known. OMNI_END at or past the published end.
*/
static omni_status
borrow(omni__log *log, uint64_t position, omni__slice *out, omni__segment **in,
       omni_error *error)
{
    uint64_t end;
    uint64_t last;
    *in = borrow_known(log, position, out);
    if (*in != NULL) {
        return OMNI_OK;
    }
    omni__log_view(log, &end, &last);
    if (position >= end) {
        return OMNI_END;
    }
    size_t count = omni__segments_count(log);
    if (omni__segments_at(log, count - 1)->header.base < last) {
        const omni_status status = omni__segments_load(log, last, NULL, error);
        if (status != OMNI_OK) {
            return status;
        }
        count = omni__segments_count(log);
    }
    const size_t index = omni__segments_find(log, position);
    omni__segment *segment = omni__segments_at(log, index);
    uint64_t limit = end;
    if (index + 1 < count) {
        const uint64_t next = omni__segments_at(log, index + 1)->header.base;
        limit = next < end ? next : end;
    }
    const uint64_t base = segment->header.base;
    if (limit - base > SIZE_MAX ||
        !omni__segment_has(log, segment, (size_t)(limit - base))) {
        return fail_position(position, OMNI_ERR_CORRUPT,
                             "the segment is truncated", error);
    }
    *out = omni__slice_of(segment->map + (position - base),
                          (size_t)(limit - position));
    *in = segment;
    atomic_store_explicit(&segment->readable, (size_t)(limit - base),
                          memory_order_release);
    return OMNI_OK;
}

omni_status
omni__log_read(omni__log *log, uint64_t position, omni__log_frame *out,
               omni_error *error)
{
    omni__slice bytes;
    omni__segment *segment = NULL;
    omni_status status = borrow(log, position, &bytes, &segment, error);
    /* A segment is empty where its first group did not fit into it. */
    while (status == OMNI_OK && position == segment->header.base &&
           bytes.size <= OMNI__SEGMENT_HEADER) {
        position += bytes.size;
        status = borrow(log, position, &bytes, &segment, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (position == segment->header.base) {
        position += OMNI__SEGMENT_HEADER;
        bytes.data += OMNI__SEGMENT_HEADER;
        bytes.size -= OMNI__SEGMENT_HEADER;
    }
    const omni__frame_place place = {.deployment = log->deployment,
                                     .segment = segment->header.base,
                                     .position = position};
    omni__frame frame;
    status = omni__frame_open(bytes, &place, &frame);
    if (status != OMNI_OK) {
        return fail_position(position, status,
                             status == OMNI_ERR_VERSION
                                 ? "frame of a newer format"
                                 : "no sound frame is here",
                             error);
    }
    *out =
        (omni__log_frame){.group = frame.payload,
                          .control = (frame.flags & OMNI__FRAME_CONTROL) != 0,
                          .position = position,
                          .group_position = position + OMNI__FRAME_HEADER,
                          .next = position + frame.size};
    return OMNI_OK;
}

omni_status
omni__log_bytes(omni__log *log, uint64_t position, omni__slice *out)
{
    omni__segment *segment;
    const omni_status status = borrow(log, position, out, &segment, NULL);
    return status == OMNI_END ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni__log_body(omni__log *log, uint64_t position, omni__slice *out)
{
    omni__slice bytes;
    const omni_status status = omni__log_bytes(log, position, &bytes);
    return status == OMNI_OK ? omni__body_open(bytes, out) : status;
}
