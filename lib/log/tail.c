/*
   Writing the last segment: room first, then bytes, then the sync. What goes
   wrong before the sync is undone; a failed sync cannot be (the system may
   have thrown the pages away), so it stops all writing until a recovery.
*/
#include "log/internal.h"

#include "platform/file.h"

/* Nobody writes any more, in any process, until all have closed. */
static void
refuse_writes(omni__log *log)
{
    if (log->shared != NULL) {
        omni__shared_set(&log->shared->failed, 1);
    }
    omni__hooks_log(&log->hooks, OMNI_LOG_ERROR,
                    "the log could not be made durable; it takes no further "
                    "writes until it is closed and opened again");
}

static omni_status
fail_tail(omni__log *log, int system, const char *what, omni_error *error)
{
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(log->tail.base, name);
    return omni__fail_errno(error, system, "%s: %s", name, what);
}

void
omni__tail_close(omni__log *log)
{
    omni__file_close(log->tail.fd);
    log->tail = (omni__log_tail){.fd = -1};
}

omni_status
omni__tail_open(omni__log *log, const omni__log_record *record,
                omni_error *error)
{
    omni__log_tail *tail = &log->tail;
    if (tail->fd < 0 || tail->base != record->segment) {
        omni__tail_close(log);
        const omni_status status =
            omni__segments_load(log, record->segment, NULL, error);
        if (status != OMNI_OK) {
            return status;
        }
        const omni__segment *segment =
            omni__segments_at(log, omni__segments_find(log, record->segment));
        char name[OMNI__SEGMENT_NAME_SIZE];
        omni__segment_name(record->segment, name);
        int fd = -1;
        const int system =
            omni__file_open(log->directory, name, OMNI__FILE_WRITE, &fd);
        if (system != 0) {
            return omni__fail_errno(error, system, "%s", name);
        }
        *tail = (omni__log_tail){.fd = fd,
                                 .base = record->segment,
                                 .capacity = segment->header.capacity};
    }
    const int system = omni__file_size(tail->fd, &tail->size);
    if (system != 0) {
        return fail_tail(log, system, "size", error);
    }
    if (tail->size < record->end.position - tail->base) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          "%016llx.log: truncated while open",
                          (unsigned long long)tail->base);
    }
    return OMNI_OK;
}

omni_status
omni__tail_cut(omni__log *log, uint64_t end, omni_error *error)
{
    omni__log_tail *tail = &log->tail;
    uint64_t size = end - tail->base;
    if (size < OMNI__SEGMENT_HEADER) {
        size = OMNI__SEGMENT_HEADER;
    }
    const int system = omni__file_resize(tail->fd, size);
    if (system != 0) {
        return fail_tail(log, system, "cutting", error);
    }
    tail->size = size;
    return OMNI_OK;
}

omni_status
omni__tail_sync(omni__log *log, omni_error *error)
{
    const int system = omni__file_sync_data(log->tail.fd);
    if (system != 0) {
        refuse_writes(log);
        return fail_tail(log, system, "syncing", error);
    }
    return OMNI_OK;
}

/* Room for `size` bytes of file: in steps, or if the medium is nearly full
   as much as is needed. */
static int
make_room(omni__log *log, uint64_t size)
{
    omni__log_tail *tail = &log->tail;
    if (size <= tail->size) {
        return 0;
    }
    uint64_t wanted = size + log->allocate_bytes - 1;
    wanted -= wanted % log->allocate_bytes;
    if (wanted > tail->capacity) {
        wanted = tail->capacity;
    }
    int system = omni__file_allocate(tail->fd, tail->size, wanted);
    if (system != 0 && wanted > size) {
        wanted = size;
        system = omni__file_allocate(tail->fd, tail->size, wanted);
    }
    if (system == 0) {
        tail->size = wanted;
    }
    return system;
}

omni_status
omni__tail_write(omni__log *log, uint64_t position, omni__slice bytes,
                 omni_error *error)
{
    omni__log_tail *tail = &log->tail;
    const uint64_t offset = position - tail->base;
    int system = make_room(log, offset + bytes.size);
    if (system != 0) {
        return fail_tail(log, system, "making room", error);
    }
    system = omni__file_write_at(tail->fd, bytes.data, bytes.size, offset);
    if (system == 0) {
        return OMNI_OK;
    }
    const omni_status status = fail_tail(log, system, "writing", error);
    if (omni__tail_cut(log, position, NULL) != OMNI_OK) {
        refuse_writes(log);
    }
    return status;
}

omni_status
omni__tail_make(omni__log *log, const omni__segment_header *header, int *out,
                omni_error *error)
{
    char name[OMNI__SEGMENT_NAME_SIZE];
    omni__segment_name(header->base, name);
    int fd = -1;
    int system = omni__file_open(
        log->directory, name,
        OMNI__FILE_WRITE | OMNI__FILE_CREATE | OMNI__FILE_TRUNCATE, &fd);
    if (system != 0) {
        return omni__fail_errno(error, system, "%s", name);
    }
    uint64_t room = log->allocate_bytes;
    if (room > header->capacity) {
        room = header->capacity;
    }
    if (room < OMNI__SEGMENT_HEADER) {
        room = OMNI__SEGMENT_HEADER;
    }
    uint8_t bytes[OMNI__SEGMENT_HEADER];
    omni__segment_header_write(header, log->deployment, bytes);
    system = omni__file_allocate(fd, 0, room);
    if (system == 0) {
        system = omni__file_write_at(fd, bytes, sizeof(bytes), 0);
    }
    if (system == 0) {
        system = omni__file_sync_data(fd);
        if (system != 0) {
            /* Its header may come back from the medium after a crash. */
            refuse_writes(log);
        }
    }
    if (system == 0) {
        *out = fd;
        return OMNI_OK;
    }
    omni__file_close(fd);
    omni__file_remove(log->directory, name);
    return omni__fail_errno(error, system, "%s: making the segment", name);
}

omni_status
omni__tail_roll(omni__log *log, omni__log_record *record, uint64_t size,
                omni_error *error)
{
    /* Behind a segment that is not the last everything is durable. */
    omni_status status = omni__tail_cut(log, record->end.position, error);
    if (status == OMNI_OK) {
        status = omni__tail_sync(log, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__segment_header header = {.base = record->end.position,
                                   .previous = record->segment,
                                   .capacity = log->segment_bytes};
    if (header.capacity < OMNI__SEGMENT_HEADER + size) {
        header.capacity = OMNI__SEGMENT_HEADER + size;
    }
    int fd = -1;
    status = omni__tail_make(log, &header, &fd, error);
    if (status != OMNI_OK) {
        return status;
    }
    const int system = omni__file_sync(log->directory);
    if (system != 0) {
        omni__file_close(fd);
        refuse_writes(log);
        return omni__fail_errno(error, system, "syncing the log's directory");
    }
    omni__tail_close(log);
    log->tail = (omni__log_tail){
        .fd = fd, .base = header.base, .capacity = header.capacity};
    omni__file_size(fd, &log->tail.size);
    record->segment = header.base;
    record->synced = record->end;
    omni__shared_publish(log->shared, log->deployment, record);
    return OMNI_OK;
}
