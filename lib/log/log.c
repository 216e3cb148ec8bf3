/* Making, opening and closing a log; who else has it open. */
#include "log/log.h"

#include "log/internal.h"
#include "platform/file.h"
#include "platform/lock.h"
#include "platform/process.h"

#include <errno.h>

#define SEGMENT_BYTES (UINT64_C(64) << 20)
#define WHOLE_SEGMENT_BYTES (UINT64_C(8) << 20) /* where it takes its room */
#define ALLOCATE_BYTES (UINT64_C(1) << 20)

/* How long to wait while another process recovers. */
#define PATIENCE_US 10000000u
#define REST_US 1000u

static void
release(omni__log *log)
{
    omni__tail_close(log);
    omni__segments_free(log);
    omni__file_unmap(log->shared, OMNI__SHARED_SIZE);
    omni__file_close(log->shared_fd);
    omni__file_close(log->directory);
    omni__buffer_free(&log->buffer);
    pthread_mutex_destroy(&log->table_mutex);
    pthread_mutex_destroy(&log->queue_mutex);
    const omni__alloc alloc = log->hooks.alloc;
    omni__free(&alloc, log);
}

static omni_status
prepare(const char *directory, const omni__log_options *options,
        omni__log **out, omni_error *error)
{
    omni__log *log = omni__calloc(&options->hooks->alloc, sizeof(*log));
    if (log == NULL) {
        return omni__fail_memory(error);
    }
    log->hooks = *options->hooks;
    memcpy(log->deployment, options->deployment, sizeof(log->deployment));
    memcpy(log->replica, options->replica, sizeof(log->replica));
    log->read_only = options->read_only;
    log->segment_bytes = options->segment_bytes;
    if (log->segment_bytes == 0) {
        log->segment_bytes =
            omni__file_maps_ahead() ? SEGMENT_BYTES : WHOLE_SEGMENT_BYTES;
    }
    log->allocate_bytes =
        options->allocate_bytes != 0 ? options->allocate_bytes : ALLOCATE_BYTES;
    if (log->segment_bytes < OMNI__SEGMENT_HEADER) {
        log->segment_bytes = OMNI__SEGMENT_HEADER;
    }
    log->generation = omni__process_generation();
    log->shared_fd = -1;
    log->tail.fd = -1;
    log->directory = -1;
    omni__buffer_init(&log->buffer, &log->hooks.alloc);
    atomic_init(&log->table, NULL);
    pthread_mutex_init(&log->table_mutex, NULL);
    pthread_mutex_init(&log->queue_mutex, NULL);
    const int system = omni__file_open_directory(directory, &log->directory);
    if (system != 0) {
        release(log);
        return system == ENOENT || system == ENOTDIR
                   ? omni__fail(error, OMNI_ERR_NOT_STORE,
                                "there is no log directory")
                   : omni__fail_errno(error, system, "the log's directory");
    }
    *out = log;
    return OMNI_OK;
}

/* Nobody else uses the header: have a file that can be mapped whole. */
static omni_status
extend_shared(omni__log *log, omni_error *error)
{
    static const uint8_t zeros[OMNI__SHARED_SIZE];
    uint64_t size;
    int system = omni__file_size(log->shared_fd, &size);
    if (system == 0 && size < OMNI__SHARED_SIZE) {
        system = omni__file_write_at(log->shared_fd, zeros + size,
                                     (size_t)(OMNI__SHARED_SIZE - size), size);
    }
    return system == 0 ? OMNI_OK
                       : omni__fail_errno(error, system, OMNI__SHARED_NAME);
}

static omni_status
make_shared(omni__log *log, omni_error *error)
{
    const int system =
        omni__file_open(log->directory, OMNI__SHARED_NAME,
                        OMNI__FILE_WRITE | OMNI__FILE_CREATE, &log->shared_fd);
    if (system != 0) {
        return omni__fail_errno(error, system, OMNI__SHARED_NAME);
    }
    return extend_shared(log, error);
}

omni_status
omni__log_create(const char *directory, const omni__log_options *options,
                 omni_error *error)
{
    omni__log *log;
    omni_status status = prepare(directory, options, &log, error);
    if (status != OMNI_OK) {
        return status;
    }
    uint64_t torn;
    status = omni__segments_load(log, UINT64_MAX, &torn, error);
    if (status == OMNI_OK && omni__segments_count(log) != 0) {
        status = omni__fail(error, OMNI_ERR_CONFLICT,
                            "the directory holds a log already");
    }
    if (status == OMNI_OK && torn != OMNI__SEGMENT_NONE) {
        status = omni__log_check_torn(log, torn, error);
    }
    if (status == OMNI_OK) {
        const omni__segment_header header = {.capacity = log->segment_bytes};
        status = omni__tail_make(log, &header, &log->tail.fd, error);
    }
    if (status == OMNI_OK) {
        status = make_shared(log, error);
    }
    if (status == OMNI_OK) {
        const int system = omni__file_sync(log->directory);
        if (system != 0) {
            status =
                omni__fail_errno(error, system, "syncing the log's directory");
        }
    }
    release(log);
    return status;
}

static omni_status
fail_lock(int system, omni_error *error)
{
    return omni__fail_errno(error, system, "locking the log");
}

/*
   Become one of those who write: alone, or beside others of whom none is
   recovering.
*/
static omni_status
enter(omni__log *log, bool *alone, omni_error *error)
{
    for (uint32_t waited = 0; waited < PATIENCE_US; waited += REST_US) {
        int system = omni__lock_try(log->shared_fd, OMNI__LOCK_WRITERS, true);
        *alone = system == 0;
        if (system == EAGAIN) {
            system = omni__lock_try(log->shared_fd, OMNI__LOCK_WRITERS, false);
        }
        if (system == 0) {
            system = omni__lock_wait(log->shared_fd, OMNI__LOCK_OPEN, false);
            return system == 0 ? OMNI_OK : fail_lock(system, error);
        }
        if (system != EAGAIN) {
            return fail_lock(system, error);
        }
        omni__process_pause(REST_US);
    }
    return omni__fail(error, OMNI_ERR_BUSY,
                      "another process is still recovering the log");
}

static omni_status
map_shared(omni__log *log, bool writable, omni_error *error)
{
    void *map;
    const int system =
        omni__file_map(log->shared_fd, OMNI__SHARED_SIZE, writable, &map);
    if (system != 0) {
        return omni__fail_errno(error, system, OMNI__SHARED_NAME ": mapping");
    }
    log->shared = map;
    return OMNI_OK;
}

static omni_status
open_alone(omni__log *log, omni_error *error)
{
    omni_status status;
    OMNI_TRY(status, extend_shared(log, error));
    OMNI_TRY(status, map_shared(log, true, error));
    OMNI_TRY(status, omni__log_recover(log, error));
    const int system =
        omni__lock_try(log->shared_fd, OMNI__LOCK_WRITERS, false);
    if (system != 0) {
        status = fail_lock(system, error);
    }
done:
    return status;
}

/* Whether the header can be shared with those who have it. */
static omni_status
check_company(const omni__log *log, omni_error *error)
{
    const omni_status status =
        omni__shared_check(log->shared, log->deployment, error);
    if (status != OMNI_OK) {
        return status;
    }
    const uint64_t space = omni__process_namespace();
    const uint64_t theirs = omni__shared_namespace(log->shared);
    if (space != 0 && theirs != 0 && space != theirs) {
        return omni__fail(error, OMNI_ERR_CONFLICT,
                          "open in a process of another PID namespace "
                          "(another container)");
    }
    omni__log_record record;
    omni__shared_read(log->shared, &record);
    if (!log->read_only &&
        memcmp(record.replica, log->replica, OMNI__REPLICA_SIZE) != 0) {
        return omni__fail(error, OMNI_ERR_CONFLICT,
                          "open in a process under another replica id");
    }
    return OMNI_OK;
}

/* Map the header that others maintain, and their segments. */
static omni_status
join(omni__log *log, omni_error *error)
{
    uint64_t size = 0;
    const int system = omni__file_size(log->shared_fd, &size);
    if (system != 0 || size < OMNI__SHARED_SIZE) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          OMNI__SHARED_NAME ": header is truncated");
    }
    omni_status status;
    if (log->shared == NULL) {
        OMNI_TRY(status, map_shared(log, !log->read_only, error));
    }
    OMNI_TRY(status, check_company(log, error));
    uint64_t end;
    uint64_t segment;
    omni__shared_view(log->shared, &end, &segment);
    status = omni__segments_load(log, segment, NULL, error);
done:
    return status;
}

static omni_status
open_writing(omni__log *log, omni_error *error)
{
    uint64_t ignored;
    if (omni__file_size_of(log->directory, "0000000000000000.log", &ignored) ==
            ENOENT &&
        omni__file_size_of(log->directory, OMNI__SHARED_NAME, &ignored) ==
            ENOENT) {
        return omni__fail(error, OMNI_ERR_NOT_STORE,
                          "the directory holds no log");
    }
    const int system =
        omni__file_open(log->directory, OMNI__SHARED_NAME,
                        OMNI__FILE_WRITE | OMNI__FILE_CREATE, &log->shared_fd);
    if (system != 0) {
        return omni__fail_errno(error, system, OMNI__SHARED_NAME);
    }
    bool alone;
    omni_status status = enter(log, &alone, error);
    if (status != OMNI_OK) {
        return status;
    }
    status = alone ? open_alone(log, error) : join(log, error);
    if (status == OMNI_OK) {
        log->opened_turn = omni__shared_word(&log->shared->turn);
    }
    return status;
}

/* Wait until nobody recovers; `*writers`: somebody has it open to write. */
static omni_status
await_writers(omni__log *log, bool *writers, omni_error *error)
{
    for (uint32_t waited = 0; waited < PATIENCE_US; waited += REST_US) {
        omni__lock_held held;
        const int system =
            omni__lock_probe(log->shared_fd, OMNI__LOCK_WRITERS, &held);
        if (system != 0) {
            return fail_lock(system, error);
        }
        if (held != OMNI__LOCK_EXCLUSIVE) {
            *writers = held == OMNI__LOCK_SHARED;
            return OMNI_OK;
        }
        omni__process_pause(REST_US);
    }
    return omni__fail(error, OMNI_ERR_BUSY,
                      "another process is still recovering the log");
}

/* Have the header mapped and the open lock, if there is a header at all. */
static omni_status
reach_shared(omni__log *log, omni_error *error)
{
    int system =
        omni__file_open(log->directory, OMNI__SHARED_NAME, 0, &log->shared_fd);
    if (system == ENOENT) {
        return OMNI_OK;
    }
    uint64_t size = 0;
    if (system == 0) {
        system = omni__lock_wait(log->shared_fd, OMNI__LOCK_OPEN, false);
    }
    if (system == 0) {
        system = omni__file_size(log->shared_fd, &size);
    }
    if (system != 0) {
        return omni__fail_errno(error, system, OMNI__SHARED_NAME);
    }
    return size < OMNI__SHARED_SIZE ? OMNI_OK : map_shared(log, false, error);
}

static omni_status
open_reading(omni__log *log, omni_error *error)
{
    omni_status status = reach_shared(log, error);
    if (status != OMNI_OK) {
        return status;
    }
    bool writers = false;
    if (log->shared_fd >= 0) {
        if (log->shared != NULL) {
            log->scanned_epoch = omni__shared_word(&log->shared->epoch);
        }
        status = await_writers(log, &writers, error);
        if (status != OMNI_OK) {
            return status;
        }
    }
    if (writers) {
        return join(log, error);
    }
    log->scanned = true;
    status = omni__log_recover_reading(log, error);
    if (log->shared != NULL &&
        omni__shared_word(&log->shared->epoch) != log->scanned_epoch) {
        /* A writer came meanwhile and may have moved what was scanned. */
        log->scanned = false;
        return join(log, error);
    }
    return status;
}

omni_status
omni__log_open(const char *directory, const omni__log_options *options,
               omni__log **out, omni_error *error)
{
    omni__log *log;
    omni_status status = prepare(directory, options, &log, error);
    if (status != OMNI_OK) {
        return status;
    }
    status =
        log->read_only ? open_reading(log, error) : open_writing(log, error);
    if (status != OMNI_OK) {
        release(log);
        return status;
    }
    *out = log;
    return OMNI_OK;
}

/* If nobody else writes, leave files that are no longer than their content,
   and a header on the medium that saves the next opener its search. */
static void
trim(omni__log *log)
{
    if (omni__lock_try(log->shared_fd, OMNI__LOCK_WRITERS, true) != 0) {
        return;
    }
    omni__log_record record;
    omni__shared_read(log->shared, &record);
    const uint32_t turn = omni__shared_word(&log->shared->turn);
    if (turn == log->opened_turn ||
        omni__shared_word(&log->shared->failed) != 0 ||
        omni__shared_word(&log->shared->writing) != 0 ||
        omni__tail_open(log, &record, NULL) != OMNI_OK) {
        return;
    }
    if (omni__tail_cut(log, record.end.position, NULL) == OMNI_OK &&
        omni__file_sync_data(log->tail.fd) == 0) {
        omni__file_sync_data(log->shared_fd);
    }
}

omni_status
omni__log_close(omni__log *log)
{
    if (log == NULL) {
        return OMNI_OK;
    }
    omni_status status = OMNI_OK;
    if (!log->read_only && log->generation == omni__process_generation()) {
        const omni__log_state state = omni__log_state_now(log);
        if (state.synced != state.end) {
            status = omni__log_sync(log, NULL);
        }
        trim(log);
    }
    release(log);
    return status;
}

bool
omni__log_alone(omni__log *log)
{
    omni__lock_held held = OMNI__LOCK_FREE;
    return log->shared_fd < 0 ||
           (omni__lock_probe(log->shared_fd, OMNI__LOCK_OPEN, &held) == 0 &&
            held == OMNI__LOCK_FREE);
}

uint64_t
omni__log_file_bytes(omni__log *log)
{
    uint64_t end;
    uint64_t last;
    omni__log_view(log, &end, &last);
    omni__segments_load(log, last, NULL, NULL);
    uint64_t total = 0;
    const size_t count = omni__segments_count(log);
    for (size_t i = 0; i < count; ++i) {
        char name[OMNI__SEGMENT_NAME_SIZE];
        uint64_t size;
        omni__segment_name(omni__segments_at(log, i)->header.base, name);
        if (omni__file_size_of(log->directory, name, &size) == 0) {
            total += size;
        }
    }
    return total;
}
