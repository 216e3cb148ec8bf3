/*
   The refused log: frames as in a segment, each with the records of one
   append, in one file that is locked while somebody appends.
*/
#include "log/refused.h"

#include "codec/varint.h"
#include "log/frame.h"
#include "platform/file.h"
#include "platform/lock.h"
#include "platform/path.h"

#include <errno.h>
#include <pthread.h>
#include <xxhash.h>

#define HEADER_BYTES 64u
#define REFUSED_VERSION 1
#define LOCK_BYTE 0u
#define RECORD_LIMIT 512u

static const uint8_t refused_magic[8] = {'o', 'm', 'n', 'i',
                                         'r', 'e', 'f', '\n'};
/* Frames are seeded by a deployment and a segment; these stand in for them. */
static const uint8_t no_deployment[16];
#define REFUSED_SEGMENT UINT64_MAX

struct omni__refused_log {
    omni__hooks hooks;
    int fd; /* -1: opened for reading, and there is no file */
    bool read_only;
    bool failed;     /* a sync did */
    uint64_t end;    /* sound up to here, as far as this process knows */
    uint64_t synced; /* and durable */
    omni__buffer buffer;
    pthread_mutex_t mutex;
};

static omni_status
fail_system(int system, const char *what, omni_error *error)
{
    return omni__fail_errno(error, system, "refused log: %s", what);
}

static omni_status
read_bytes(omni__refused_log *log, uint64_t at, uint64_t size,
           omni__buffer *buffer, omni_error *error)
{
    omni__buffer_clear(buffer);
    if (size > SIZE_MAX / 2 || !omni__buffer_reserve(buffer, (size_t)size)) {
        return omni__fail_memory(error);
    }
    const int system = omni__file_read_at(log->fd, buffer->data, (size_t)size,
                                          at, &buffer->size);
    return system == 0 ? OMNI_OK : fail_system(system, "reading", error);
}

/* How far the frame at `at` reaches by its own account. */
static uint64_t
claimed_size(omni__refused_log *log, uint64_t at)
{
    uint8_t header[OMNI__FRAME_HEADER];
    size_t got = 0;
    if (omni__file_read_at(log->fd, header, sizeof(header), at, &got) != 0 ||
        got < sizeof(header)) {
        return 0;
    }
    return omni__frame_claims(header);
}

/* A bad frame at `at`: OMNI_END if it may have been torn there. */
static omni_status
judge(omni__refused_log *log, uint64_t at, uint64_t size, omni__buffer *buffer,
      omni_error *error)
{
    const uint64_t from = at + OMNI__FRAME_ALIGN;
    if (from >= size) {
        return OMNI_END;
    }
    const omni_status status =
        read_bytes(log, from, size - from, buffer, error);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__frame_place place = {.deployment = no_deployment,
                                     .segment = REFUSED_SEGMENT,
                                     .position = from};
    uint64_t found;
    if (omni__frame_search(omni__buffer_bytes(buffer), &place, at, &found)) {
        return omni__fail_at(error, OMNI_ERR_CORRUPT, (int64_t)at,
                             "refused log: bad record at offset %llu",
                             (unsigned long long)at);
    }
    return OMNI_END;
}

/* The frame at `at` of a file of `size` bytes; OMNI_END where they end. */
static omni_status
read_frame(omni__refused_log *log, uint64_t at, uint64_t size,
           omni__buffer *buffer, omni__frame *frame, omni_error *error)
{
    if (at >= size) {
        return OMNI_END;
    }
    omni_status status = OMNI_ERR_CORRUPT;
    const uint64_t claimed = claimed_size(log, at);
    if (claimed != 0 && claimed <= size - at) {
        status = read_bytes(log, at, claimed, buffer, error);
        if (status != OMNI_OK) {
            return status;
        }
        const omni__frame_place place = {.deployment = no_deployment,
                                         .segment = REFUSED_SEGMENT,
                                         .position = at};
        status = omni__frame_open(omni__buffer_bytes(buffer), &place, frame);
    }
    if (status == OMNI_ERR_VERSION) {
        return omni__fail_at(error, status, (int64_t)at,
                             "refused log: record of a newer format");
    }
    return status == OMNI_OK ? OMNI_OK : judge(log, at, size, buffer, error);
}

/* Move `end` over what others have appended, and cut what one of them left
   half done. The file is locked. */
static omni_status
catch_up(omni__refused_log *log, omni_error *error)
{
    uint64_t size;
    int system = omni__file_size(log->fd, &size);
    if (system != 0) {
        return fail_system(system, "size", error);
    }
    omni_status status = OMNI_OK;
    while (status == OMNI_OK) {
        omni__frame frame;
        status = read_frame(log, log->end, size, &log->buffer, &frame, error);
        if (status == OMNI_OK) {
            log->end += frame.size;
        }
    }
    if (status != OMNI_END) {
        return status;
    }
    if (log->end < size) {
        system = omni__file_resize(log->fd, log->end);
        if (system == 0) {
            omni__hooks_log(&log->hooks, OMNI_LOG_WARNING,
                            "refused log: %llu bytes at offset %llu had not "
                            "become whole and were cut",
                            (unsigned long long)(size - log->end),
                            (unsigned long long)log->end);
        }
    } else if (log->end > size) {
        return omni__fail(error, OMNI_ERR_CORRUPT, "refused log: truncated");
    }
    return system == 0 ? OMNI_OK : fail_system(system, "cutting", error);
}

static void
header_make(uint8_t header[HEADER_BYTES])
{
    memset(header, 0, HEADER_BYTES);
    memcpy(header, refused_magic, sizeof(refused_magic));
    omni__le32_write(header + 8, REFUSED_VERSION);
    omni__le64_write(header + 56, XXH3_64bits(header, 56));
}

static omni_status
header_check(omni__refused_log *log, omni_error *error)
{
    uint8_t header[HEADER_BYTES] = {0};
    size_t got = 0;
    const int system =
        omni__file_read_at(log->fd, header, sizeof(header), 0, &got);
    if (system != 0) {
        return fail_system(system, "reading", error);
    }
    if (memcmp(header, refused_magic, sizeof(refused_magic)) != 0 ||
        omni__le64_read(header + 56) != XXH3_64bits(header, 56)) {
        return omni__fail_at(error, OMNI_ERR_CORRUPT, 0,
                             "refused log: header is damaged");
    }
    if (omni__le32_read(header + 8) != REFUSED_VERSION) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          "refused log: of a newer format");
    }
    return OMNI_OK;
}

/* A file that nothing was ever appended to gets its header. */
static omni_status
make_header(omni__refused_log *log, const char *path, omni_error *error)
{
    uint8_t header[HEADER_BYTES];
    header_make(header);
    int system = omni__file_write_at(log->fd, header, sizeof(header), 0);
    if (system == 0) {
        system = omni__file_sync_data(log->fd);
    }
    if (system == 0) {
        system = omni__path_sync_parent(path);
    }
    return system == 0 ? OMNI_OK : fail_system(system, "making it", error);
}

/* The file is locked. */
static omni_status
settle(omni__refused_log *log, const char *path, omni_error *error)
{
    uint64_t size;
    int system = omni__file_size(log->fd, &size);
    if (system != 0) {
        return fail_system(system, "size", error);
    }
    omni_status status;
    if (size <= HEADER_BYTES && header_check(log, NULL) == OMNI_ERR_CORRUPT) {
        OMNI_TRY(status, make_header(log, path, error));
        if (size != 0) {
            omni__hooks_log(&log->hooks, OMNI_LOG_WARNING,
                            "refused log: its header had not become whole and "
                            "was made again");
        }
    }
    OMNI_TRY(status, header_check(log, error));
    OMNI_TRY(status, catch_up(log, error));
    if (log->end > HEADER_BYTES || size > log->end) {
        system = omni__file_sync_data(log->fd);
        if (system != 0) {
            return fail_system(system, "syncing", error);
        }
    }
    log->synced = log->end;
done:
    return status;
}

static omni_status
open_writing(omni__refused_log *log, const char *path, omni_error *error)
{
    int system = omni__file_open_path(
        path, OMNI__FILE_WRITE | OMNI__FILE_CREATE, &log->fd);
    if (system != 0) {
        return fail_system(system, "opening", error);
    }
    system = omni__lock_wait(log->fd, LOCK_BYTE, true);
    if (system != 0) {
        return fail_system(system, "locking", error);
    }
    const omni_status status = settle(log, path, error);
    omni__lock_release(log->fd, LOCK_BYTE);
    return status;
}

static omni_status
open_reading(omni__refused_log *log, const char *path, omni_error *error)
{
    const int system = omni__file_open_path(path, 0, &log->fd);
    if (system == ENOENT) {
        return OMNI_OK;
    }
    return system == 0 ? OMNI_OK : fail_system(system, "opening", error);
}

omni_status
omni__refused_open(const char *path, const omni__hooks *hooks, bool read_only,
                   omni__refused_log **out, omni_error *error)
{
    omni__refused_log *log = omni__calloc(&hooks->alloc, sizeof(*log));
    if (log == NULL) {
        return omni__fail_memory(error);
    }
    log->hooks = *hooks;
    log->fd = -1;
    log->read_only = read_only;
    log->end = HEADER_BYTES;
    omni__buffer_init(&log->buffer, &log->hooks.alloc);
    pthread_mutex_init(&log->mutex, NULL);
    const omni_status status = read_only ? open_reading(log, path, error)
                                         : open_writing(log, path, error);
    omni__buffer_free(&log->buffer);
    if (status != OMNI_OK) {
        omni__refused_close(log);
        return status;
    }
    *out = log;
    return OMNI_OK;
}

void
omni__refused_close(omni__refused_log *log)
{
    if (log == NULL) {
        return;
    }
    if (!log->read_only && !log->failed && log->synced != log->end) {
        omni__file_sync_data(log->fd);
    }
    omni__file_close(log->fd);
    omni__buffer_free(&log->buffer);
    pthread_mutex_destroy(&log->mutex);
    const omni__alloc alloc = log->hooks.alloc;
    omni__free(&alloc, log);
}

/* Text with its terminator, so that it can be borrowed as it lies there. */
static void
put_text(omni__buffer *out, const char *text, size_t size)
{
    omni__put_varint(out, size + 1);
    omni__buffer_put(out, text, size);
    omni__buffer_byte(out, 0);
}

static size_t
text_size(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

void
omni__refused_encode(const omni_refused *refused, omni__buffer *out)
{
    const size_t record = refused->record_bytes < RECORD_LIMIT
                              ? refused->record_bytes
                              : RECORD_LIMIT;
    omni__put_zigzag(out, refused->code);
    omni__put_zigzag(out, refused->time_us);
    omni__put_varint(out, refused->line);
    put_text(out, refused->source, text_size(refused->source));
    put_text(out, refused->reason, text_size(refused->reason));
    put_text(out, refused->record, record);
}

static omni__slice
read_text(omni__reader *reader)
{
    omni__slice text = omni__read_block(reader);
    if (text.size == 0 || text.data[text.size - 1] != 0) {
        omni__reader_spoil(reader);
        return omni__slice_of("", 0);
    }
    --text.size;
    return text;
}

static bool
decode(omni__reader *reader, omni_refused *out)
{
    out->code = (int32_t)omni__read_zigzag(reader);
    out->time_us = omni__read_zigzag(reader);
    out->line = omni__read_varint(reader);
    out->source = (const char *)read_text(reader).data;
    out->reason = (const char *)read_text(reader).data;
    const omni__slice record = read_text(reader);
    out->record = (const char *)record.data;
    out->record_bytes = record.size;
    return !reader->bad;
}

/* The file and the mutex are locked; `log->end` is the end of the file. */
static omni_status
append(omni__refused_log *log, omni__slice records, bool durable,
       omni_error *error)
{
    omni__buffer *buffer = &log->buffer;
    const omni__frame_place place = {.deployment = no_deployment,
                                     .segment = REFUSED_SEGMENT,
                                     .position = log->end};
    omni__buffer_clear(buffer);
    omni__frame_begin(buffer, 0);
    omni__buffer_slice(buffer, records);
    omni__frame_finish(buffer, 0, &place, log->synced);
    if (buffer->failed) {
        return omni__fail_memory(error);
    }
    int system =
        omni__file_write_at(log->fd, buffer->data, buffer->size, log->end);
    if (system != 0) {
        const omni_status status = fail_system(system, "writing", error);
        log->failed = omni__file_resize(log->fd, log->end) != 0;
        return status;
    }
    log->end += buffer->size;
    if (durable) {
        system = omni__file_sync_data(log->fd);
        log->failed = system != 0;
        log->synced = system == 0 ? log->end : log->synced;
    }
    return system == 0 ? OMNI_OK : fail_system(system, "syncing", error);
}

omni_status
omni__refused_append(omni__refused_log *log, omni__slice records, bool durable,
                     omni_error *error)
{
    if (log->read_only) {
        return omni__fail(error, OMNI_ERR_READ_ONLY,
                          "the store was opened for reading");
    }
    if (records.size == 0) {
        return OMNI_OK;
    }
    pthread_mutex_lock(&log->mutex);
    omni_status status;
    const int system = omni__lock_wait(log->fd, LOCK_BYTE, true);
    if (system != 0) {
        status = fail_system(system, "locking", error);
    } else if (log->failed) {
        status = omni__fail(error, OMNI_ERR_IO,
                            "refused log: it failed before; open it again");
    } else {
        status = catch_up(log, error);
        if (status == OMNI_OK) {
            status = append(log, records, durable, error);
        }
        omni__buffer_free(&log->buffer);
    }
    omni__lock_release(log->fd, LOCK_BYTE);
    pthread_mutex_unlock(&log->mutex);
    return status;
}

/* Hand out the records of one frame. OMNI_END if the callback wants no more. */
static omni_status
each_of_frame(const omni__frame *frame, uint64_t at, omni_refused_fn callback,
              void *user, omni_error *error)
{
    omni__reader reader = omni__reader_of(frame->payload);
    while (omni__reader_left(&reader) != 0) {
        omni_refused refused;
        if (!decode(&reader, &refused)) {
            return omni__fail_at(error, OMNI_ERR_CORRUPT, (int64_t)at,
                                 "refused log: malformed record");
        }
        if (callback(user, &refused) != 0) {
            return OMNI_END;
        }
    }
    return OMNI_OK;
}

omni_status
omni__refused_each(omni__refused_log *log, omni_refused_fn callback, void *user,
                   omni_error *error)
{
    uint64_t size = 0;
    if (log->fd >= 0) {
        const int system = omni__file_size(log->fd, &size);
        if (system != 0) {
            return fail_system(system, "size", error);
        }
    }
    if (size < HEADER_BYTES) {
        return OMNI_OK;
    }
    omni_status status = header_check(log, error);
    omni__buffer buffer;
    omni__buffer_init(&buffer, &log->hooks.alloc);
    uint64_t at = HEADER_BYTES;
    while (status == OMNI_OK) {
        omni__frame frame;
        status = read_frame(log, at, size, &buffer, &frame, error);
        if (status == OMNI_OK) {
            status = each_of_frame(&frame, at, callback, user, error);
            at += frame.size;
        }
    }
    omni__buffer_free(&buffer);
    return status == OMNI_END ? OMNI_OK : status;
}

uint64_t
omni__refused_file_bytes(omni__refused_log *log)
{
    uint64_t size = 0;
    if (log->fd >= 0) {
        omni__file_size(log->fd, &size);
    }
    return size;
}
