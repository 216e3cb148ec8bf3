/* Opening and closing a store; keeping its tables up with its log. */
#include "fold/engine.h"

#include "fold/leftovers.h"
#include "platform/file.h"
#include "platform/path.h"
#include "platform/process.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

/* A directory being made may be taken for a leftover so often. */
#define MAKING_TRIES 4
#define DEFAULT_MEMORY (UINT64_C(64) * 1024 * 1024)

/* `directory/name` in memory of the allocator, or NULL. */
static char *
join_path(const omni__alloc *alloc, const char *directory, const char *name)
{
    const size_t size = strlen(directory) + strlen(name) + 2;
    char *path = omni__malloc(alloc, size);
    if (path != NULL) {
        snprintf(path, size, "%s/%s", directory, name);
    }
    return path;
}

static omni__log_options
log_options(const omni__hooks *hooks, const omni__store_file *file,
            uint32_t flags)
{
    omni__log_options options = {
        .hooks = hooks, .read_only = (flags & OMNI_STORE_READ_ONLY) != 0};
    memcpy(options.deployment, file->deployment, sizeof(options.deployment));
    memcpy(options.replica, file->replica, sizeof(options.replica));
    return options;
}

/* Fill a fresh directory with what makes it a store. */
static omni_status
fill_directory(const char *directory, omni__store_file *file,
               const omni__hooks *hooks, omni_error *error)
{
    char *log = join_path(&hooks->alloc, directory, OMNI__STORE_LOG);
    if (log == NULL) {
        return omni__fail_memory(error);
    }
    omni_status status = OMNI_OK;
    const int failed = omni__path_make_directory(log);
    if (failed != 0) {
        status = omni__fail_errno(error, failed, "%s", log);
    }
    if (status == OMNI_OK) {
        const omni__log_options options = log_options(hooks, file, 0);
        status = omni__log_create(log, &options, error);
    }
    if (status == OMNI_OK) {
        file->fingerprint = omni__store_fingerprint(directory);
        status = omni__store_file_write(directory, file, error);
    }
    omni__free(&hooks->alloc, log);
    return status;
}

/* Make a directory beside `path` and claim it. */
static omni_status
make_fresh(const char *path, const omni__store_file *file,
           char fresh[OMNI__PATH_BYTES], int *claim, omni_error *error)
{
    const unsigned long long tag = omni__le64_read(file->replica);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        --length;
    }
    const int made =
        snprintf(fresh, OMNI__PATH_BYTES, "%.*s" OMNI__MAKING "%0*llx",
                 (int)length, path, OMNI__MAKING_DIGITS, tag);
    if (made < 0 || (size_t)made >= OMNI__PATH_BYTES) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "path is too long");
    }
    int failed = ENOENT;
    for (int i = 0; i < MAKING_TRIES && failed == ENOENT; ++i) {
        failed = omni__path_make_directory(fresh);
        if (failed != 0) {
            break;
        }
        failed = omni__making_claim(fresh, claim);
    }
    return failed == 0 ? OMNI_OK : omni__fail_errno(error, failed, "%s", path);
}

/* Make the store beside its place and rename it there. */
static omni_status
create_at(const char *path, omni__store_file *file, const omni__hooks *hooks,
          omni_error *error)
{
    char fresh[OMNI__PATH_BYTES];
    int claim;
    omni__leftovers_remove(path, hooks);
    omni_status status = make_fresh(path, file, fresh, &claim, error);
    if (status != OMNI_OK) {
        return status;
    }
    int failed = 0;
    status = fill_directory(fresh, file, hooks, error);
    if (status == OMNI_OK) {
        failed = omni__path_rename(fresh, path);
    }
    if (failed != 0) {
        status = failed == EEXIST || failed == ENOTEMPTY || failed == ENOTDIR
                     ? omni__fail(error, OMNI_ERR_CONFLICT,
                                  "%s: something is there already", path)
                     : omni__fail_errno(error, failed, "%s", path);
    }
    if (status != OMNI_OK) {
        omni__making_remove(fresh);
    } else {
        failed = omni__path_sync_parent(fresh);
        status =
            failed == 0 ? OMNI_OK : omni__fail_errno(error, failed, "%s", path);
    }
    omni__file_close(claim);
    return status;
}

omni_status
omni__engine_create(const char *path, const omni_store_options *options,
                    const omni__hooks *hooks, omni_error *error)
{
    omni__store_file file;
    omni_status status;
    if (sodium_init() < 0) {
        return omni__fail(error, OMNI_ERR_IO, "libsodium does not start");
    }
    OMNI_TRY(status, omni__store_file_new(hooks, &file, error));
    if (options->deployment != NULL) {
        omni__store_file origin;
        OMNI_TRY(status,
                 omni__store_file_join(options->deployment, &origin, error));
        memcpy(file.deployment, origin.deployment, sizeof(file.deployment));
        file.secret = origin.secret;
        file.calling_code = origin.calling_code;
    }
    if (options->calling_code != 0) {
        file.calling_code = options->calling_code;
    }
    status = create_at(path, &file, hooks, error);
done:
    return status;
}

/* Read the store file; a copied directory becomes a replica of its own. */
static omni_status
open_file(omni__engine *engine, omni_error *error)
{
    omni_status status =
        omni__store_file_read(engine->path, &engine->file, error);
    if (status != OMNI_OK) {
        return status;
    }
    int fd;
    const int failed = omni__file_open_directory(engine->path, &fd);
    if (failed != 0) {
        return omni__fail_errno(error, failed, "%s", engine->path);
    }
    const bool network = omni__file_is_network(fd);
    omni__file_close(fd);
    if (network && (engine->flags & OMNI_STORE_NETWORK) == 0) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "%s: on a network file system, where locks and "
                          "mappings cannot be trusted",
                          engine->path);
    }
    const uint64_t fingerprint = omni__store_fingerprint(engine->path);
    if (fingerprint == engine->file.fingerprint ||
        (engine->flags & OMNI_STORE_READ_ONLY) != 0) {
        return OMNI_OK;
    }
    omni__hooks_log(&engine->hooks, OMNI_LOG_WARNING,
                    "%s was copied or restored: it becomes a new replica",
                    engine->path);
    engine->file.fingerprint = fingerprint;
    if (!omni__hooks_random(&engine->hooks, engine->file.replica,
                            sizeof(engine->file.replica))) {
        return omni__fail(error, OMNI_ERR_IO, "no random bytes to be had");
    }
    return omni__store_file_write(engine->path, &engine->file, error);
}

static omni_status
open_log(omni__engine *engine, omni_error *error)
{
    const omni__log_options options =
        log_options(&engine->hooks, &engine->file, engine->flags);
    char *path = join_path(&engine->hooks.alloc, engine->path, OMNI__STORE_LOG);
    if (path == NULL) {
        return omni__fail_memory(error);
    }
    const omni_status status =
        omni__log_open(path, &options, &engine->log, error);
    omni__free(&engine->hooks.alloc, path);
    return status;
}

/* Tables that cannot be read are no loss: the log is what counts. */
static void
add_remedy(omni_status status, omni_error *error)
{
    if (status == OMNI_ERR_CORRUPT || status == OMNI_ERR_VERSION) {
        omni__error_add(error,
                        "; delete it, and it is made again from the log");
    }
}

static omni_status
open_tables(omni__engine *engine, const omni_store_options *options,
            bool *missing, omni_error *error)
{
    omni__kv_options kv = {
        .hooks = &engine->hooks,
        .map_bytes = options->map_bytes,
        .memory_bytes =
            options->memory_bytes != 0 ? options->memory_bytes : DEFAULT_MEMORY,
        .read_only = (engine->flags & OMNI_STORE_READ_ONLY) != 0,
        .derive_version = OMNI__DERIVE_VERSION};
    memcpy(kv.deployment, engine->file.deployment, sizeof(kv.deployment));
    char *path =
        join_path(&engine->hooks.alloc, engine->path, OMNI__STORE_TABLES);
    if (path == NULL) {
        return omni__fail_memory(error);
    }
    omni__path_info found;
    *missing = omni__path_inspect(path, &found) != 0;
    const omni_status status = omni__kv_open(path, &kv, &engine->kv, error);
    add_remedy(status, error);
    omni__free(&engine->hooks.alloc, path);
    return status;
}

static omni_status
open_refused(omni__engine *engine, omni_error *error)
{
    char *path =
        join_path(&engine->hooks.alloc, engine->path, OMNI__STORE_REFUSED);
    if (path == NULL) {
        return omni__fail_memory(error);
    }
    const omni_status status = omni__refused_open(
        path, &engine->hooks, (engine->flags & OMNI_STORE_READ_ONLY) != 0,
        &engine->refused, error);
    omni__free(&engine->hooks.alloc, path);
    return status;
}

/* Tables that are ahead of the log belong to another one: the log decides. */
static omni_status
check_position(omni__engine *engine, omni_error *error)
{
    uint64_t position;
    const omni_status status = omni__kv_refresh(engine->kv, &position, error);
    const uint64_t end = omni__log_end(engine->log);
    if (status != OMNI_OK || position <= end) {
        return status;
    }
    if ((engine->flags & OMNI_STORE_READ_ONLY) != 0 ||
        !omni__log_alone(engine->log)) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          "%s: tables reflect the log up to %llu, but it ends "
                          "at %llu",
                          engine->path, (unsigned long long)position,
                          (unsigned long long)end);
    }
    omni__hooks_log(&engine->hooks, OMNI_LOG_WARNING,
                    "%s: tables are ahead of the log and are made again",
                    engine->path);
    return omni__kv_clear(engine->kv, error);
}

static omni_status
enter(omni__engine *engine, omni_error *error)
{
    const int failed = omni__registry_enter(&engine->entry, engine->path);
    if (failed == EBUSY) {
        return omni__fail(error, OMNI_ERR_CONFLICT,
                          "%s: this process has it open already", engine->path);
    }
    engine->entered = failed == 0;
    return failed == 0 ? OMNI_OK
                       : omni__fail_errno(error, failed, "%s", engine->path);
}

/* A directory, and how many files were removed from it. */
typedef struct sweep {
    int directory;
    unsigned removed;
} sweep;

/* What a check left behind whose process was killed. */
static void
remove_leftover(void *user, const char *name)
{
    sweep *at = user;
    if (strncmp(name, OMNI__CHECK_PREFIX, strlen(OMNI__CHECK_PREFIX)) == 0 &&
        omni__file_remove(at->directory, name) == 0) {
        ++at->removed;
    }
}

static void
remove_leftovers(const omni__engine *engine)
{
    sweep at = {.directory = -1};
    if ((engine->flags & OMNI_STORE_READ_ONLY) == 0 &&
        omni__log_alone(engine->log) &&
        omni__file_open_directory(engine->path, &at.directory) == 0) {
        omni__file_each(at.directory, remove_leftover, &at);
        omni__file_close(at.directory);
    }
    if (at.removed != 0) {
        omni__hooks_log(&engine->hooks, OMNI_LOG_INFO,
                        "%s: %u files that a killed check had left were "
                        "removed",
                        engine->path, at.removed);
    }
}

/* Fold what the tables lack, and tell why that was much or little. */
static omni_status
first_fold(omni__engine *engine, bool missing, omni_error *error)
{
    const char *why = "were behind the log";
    if (missing) {
        why = "were missing";
    } else if (omni__kv_is_stale(engine->kv)) {
        why = "were made by the rules of another version";
    }
    const omni_status status = omni__engine_catch_up(engine, error);
    if (status == OMNI_OK && engine->fold.groups != 0) {
        omni__hooks_log(&engine->hooks, OMNI_LOG_INFO,
                        "%s: the tables %s; %llu groups of the log were "
                        "folded",
                        engine->path, why,
                        (unsigned long long)engine->fold.groups);
    }
    return status;
}

static omni_status
open_parts(omni__engine *engine, const omni_store_options *options,
           omni_error *error)
{
    bool missing = false;
    omni_status status;
    OMNI_TRY(status, open_file(engine, error));
    OMNI_TRY(status, enter(engine, error));
    OMNI_TRY(status, open_log(engine, error));
    remove_leftovers(engine);
    OMNI_TRY(status, open_tables(engine, options, &missing, error));
    OMNI_TRY(status, open_refused(engine, error));
    OMNI_TRY(status, omni__programs_init(&engine->programs,
                                         &engine->hooks.alloc, engine->log));
    engine->fold.hooks = &engine->hooks;
    engine->fold.log = engine->log;
    engine->fold.kv = engine->kv;
    engine->fold.secret = &engine->file.secret;
    engine->fold.calling_code = engine->file.calling_code;
    engine->fold.flushes = (engine->flags & OMNI_STORE_READ_ONLY) == 0;
    engine->fold.programs = &engine->programs;
    omni__fold_init(&engine->fold);
    OMNI_TRY(status, check_position(engine, error));
    status = first_fold(engine, missing, error);
done:
    return status;
}

/* Free all that is there, without a flush. */
static void
release(omni__engine *engine)
{
    if (engine->fold.kv != NULL) {
        omni__fold_free(&engine->fold);
    }
    omni__programs_free(&engine->programs);
    omni__refused_close(engine->refused);
    /* In a forked child LMDB's part is the parent's: to close it would free
       the parent's places in the table of readers. */
    if (omni__engine_usable(engine, NULL) == OMNI_OK) {
        omni__kv_close(engine->kv);
    }
    omni__log_close(engine->log);
    if (engine->entered) {
        omni__registry_leave(&engine->entry);
    }
    if (engine->locked_made) {
        pthread_mutex_destroy(&engine->lock);
    }
    const omni__alloc alloc = engine->hooks.alloc;
    omni__free(&alloc, engine->path);
    omni__free(&alloc, engine);
}

omni_status
omni__engine_open(const char *path, const omni_store_options *options,
                  const omni__hooks *hooks, omni__engine **out,
                  omni_error *error)
{
    if (sodium_init() < 0) {
        return omni__fail(error, OMNI_ERR_IO, "libsodium does not start");
    }
    omni__engine *engine = omni__calloc(&hooks->alloc, sizeof(*engine));
    if (engine == NULL) {
        return omni__fail_memory(error);
    }
    engine->hooks = *hooks;
    engine->flags = options->flags;
    engine->durability = options->durability != OMNI_DURABILITY_DEFAULT
                             ? options->durability
                             : OMNI_DURABILITY_FULL;
    engine->path = omni__strdup(&hooks->alloc, path);
    engine->locked_made = pthread_mutex_init(&engine->lock, NULL) == 0;
    omni_status status = engine->path != NULL && engine->locked_made
                             ? open_parts(engine, options, error)
                             : omni__fail_memory(error);
    if (status != OMNI_OK) {
        release(engine);
        return status;
    }
    *out = engine;
    return OMNI_OK;
}

omni_status
omni__engine_close(omni__engine *engine)
{
    if (engine == NULL) {
        return OMNI_OK;
    }
    omni_status status = omni__engine_usable(engine, NULL);
    if (status == OMNI_OK && (engine->flags & OMNI_STORE_READ_ONLY) == 0) {
        status = omni__engine_flush(engine, NULL);
    }
    release(engine);
    return status == OMNI_UNCHANGED ? OMNI_OK : status;
}

omni_status
omni__engine_usable(const omni__engine *engine, omni_error *error)
{
    return engine->entry.generation == omni__process_generation()
               ? OMNI_OK
               : omni__fail(error, OMNI_ERR_CONFLICT,
                            "store was opened before a fork; open it again "
                            "in this process");
}

/* Flush with the lock held. */
static omni_status
flush(omni__engine *engine, omni_error *error)
{
    const omni_status status = omni__log_sync(engine->log, error);
    omni__workset_clear(&engine->fold.set); /* its rows are about to move */
    return status < 0 ? status : omni__kv_flush(engine->kv, error);
}

/* Fold up to `end` with the lock held. */
static omni_status
fold_to(omni__engine *engine, uint64_t end, omni_error *error)
{
    uint64_t position;
    omni_status status = omni__fold_run(&engine->fold, end, &position, error);
    if (status != OMNI_OK) {
        return status;
    }
    atomic_store_explicit(&engine->folded, position, memory_order_release);
    return OMNI_OK;
}

omni_status
omni__engine_catch_up(omni__engine *engine, omni_error *error)
{
    const uint64_t end = omni__log_end(engine->log);
    if (atomic_load_explicit(&engine->folded, memory_order_acquire) >= end) {
        return OMNI_OK;
    }
    pthread_mutex_lock(&engine->lock);
    const omni_status status = fold_to(engine, end, error);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

omni_status
omni__engine_snapshot(omni__engine *engine, omni__kv_snapshot **out,
                      omni_error *error)
{
    omni_status status = omni__engine_usable(engine, error);
    if (status == OMNI_OK) {
        status = omni__engine_catch_up(engine, error);
    }
    /* Another process may flush past what this one has folded. */
    for (int attempt = 0; status == OMNI_OK; ++attempt) {
        status = omni__kv_snapshot_begin(engine->kv, out, error);
        if (status != OMNI_ERR_BUSY || attempt == 1000) {
            break;
        }
        pthread_mutex_lock(&engine->lock);
        status = fold_to(engine, omni__log_end(engine->log), error);
        pthread_mutex_unlock(&engine->lock);
    }
    return status;
}

omni_status
omni__engine_policy(omni__engine *engine, omni__policy_box **out,
                    omni_error *error)
{
    omni_status status = omni__engine_catch_up(engine, error);
    omni__kv_shared *shared = NULL;
    while (status == OMNI_OK &&
           (shared = omni__kv_borrow(engine->kv)) == NULL) {
        pthread_mutex_lock(&engine->lock);
        status = fold_to(engine, omni__log_end(engine->log), error);
        pthread_mutex_unlock(&engine->lock);
    }
    if (status == OMNI_OK) {
        *out = omni__policy_box_of(shared);
    }
    return status;
}

omni_status
omni__engine_flush(omni__engine *engine, omni_error *error)
{
    omni_status status = omni__engine_usable(engine, error);
    if (status == OMNI_OK && (engine->flags & OMNI_STORE_READ_ONLY) != 0) {
        status = omni__fail(error, OMNI_ERR_READ_ONLY,
                            "store is open for reading only");
    }
    if (status != OMNI_OK) {
        return status;
    }
    pthread_mutex_lock(&engine->lock);
    status = fold_to(engine, omni__log_end(engine->log), error);
    if (status == OMNI_OK) {
        status = flush(engine, error);
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}
