/* The LMDB environment: opening, its first row, commits and their faults. */
#include "storage/database.h"

#include "codec/varint.h"
#include "platform/file.h"
#include "platform/path.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#define READERS 1024u
#define SMALLEST_MAP (UINT64_C(1) << 26)
#define FULL_BELOW (1024u * 1024u) /* bytes left on a disk that is full */

#define ROW_SIZE 72u
#define ROW_FORMAT 2u

static const uint8_t row_key[1] = {OMNI__DATABASE_ROW};
static const uint8_t row_magic[8] = {'o', 'm', 'n', 'i', 't', 'a', 'b', 0};

/* LMDB reports a short write as EIO. */
static bool
disk_is_full(const omni__database *database)
{
    uint64_t left;
    return omni__path_space_left(database->path, &left) == 0 &&
           left < FULL_BELOW;
}

static omni_status
status_of(const omni__database *database, int code)
{
    switch (code) {
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case EFBIG:
        return OMNI_ERR_FULL;
    case MDB_READERS_FULL:
    case MDB_MAP_RESIZED:
        return OMNI_ERR_BUSY;
    case MDB_VERSION_MISMATCH:
        return OMNI_ERR_VERSION;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_NOTFOUND:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_INCOMPATIBLE:
        return OMNI_ERR_CORRUPT;
    case EIO:
        return disk_is_full(database) ? OMNI_ERR_FULL : OMNI_ERR_IO;
    default:
        return omni__error_status(code);
    }
}

omni_status
omni__database_fail(const omni__database *database, int code, const char *what,
                    omni_error *error)
{
    const omni_status status = status_of(database, code);
    omni__fail(error, status, "%s: %s: %s", database->path, what,
               mdb_strerror(code));
    if (error != NULL && code > 0) {
        error->system = code;
    }
    return status;
}

static uint64_t
map_size(const omni__database *database)
{
    uint64_t size = database->map_bytes;
    if (size == 0) {
        size = omni__file_most_tables();
    }
    return size < SIZE_MAX ? size : SIZE_MAX;
}

static int
open_once(omni__database *database, uint64_t map_bytes)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    flags |= database->read_only ? MDB_RDONLY : 0;
    MDB_env *env = NULL;
    int code = mdb_env_create(&env);
    if (code != 0) {
        return code;
    }
    code = mdb_env_set_maxreaders(env, READERS);
    if (code == 0) {
        code = mdb_env_set_maxdbs(env, OMNI__DATABASE_PLACES);
    }
    if (code == 0) {
        code = mdb_env_set_mapsize(env, (size_t)map_bytes);
    }
    if (code == 0) {
        code = mdb_env_open(env, database->path, flags, 0600);
    }
    if (code != 0) {
        mdb_env_close(env);
        return code;
    }
    database->env = env;
    return 0;
}

/* Where address space is short (a limit, a small machine, a checker of
   memory), a smaller map. It is found before LMDB opens: a failed
   mdb_env_open() leaves the lock file half made to those who open meanwhile.
   Threads that open at once take turns, or one would map what another has
   just found free. */
static int
open_env(omni__database *database)
{
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    uint64_t size = map_size(database);
    int code;
    pthread_mutex_lock(&turn);
    for (;;) {
        while (!omni__file_can_map(size) && size / 4 >= SMALLEST_MAP) {
            size /= 4;
        }
        code = open_once(database, size);
        if (code != ENOMEM || size / 4 < SMALLEST_MAP) {
            break;
        }
        size /= 4;
    }
    pthread_mutex_unlock(&turn);
    if (code == 0 && size < map_size(database)) {
        omni__hooks_log(database->hooks, OMNI_LOG_WARNING,
                        "%s: may grow to %llu MiB and not to %llu: there is "
                        "not as much address space",
                        database->path, (unsigned long long)(size >> 20),
                        (unsigned long long)(map_size(database) >> 20));
    }
    return code;
}

static omni_status
fail_foreign(const omni__database *database, omni_error *error)
{
    return omni__fail(error, OMNI_ERR_CORRUPT,
                      "%s: not a libomni file of tables", database->path);
}

int
omni__database_parts(omni__database *database, MDB_txn *txn, bool create)
{
    static const char *const names[OMNI__DATABASE_PLACES] = {"rows0", "rows1"};
    int code = mdb_dbi_open(txn, NULL, 0, &database->main);
    for (size_t i = 0; i < OMNI__DATABASE_PLACES && code == 0; ++i) {
        code = mdb_dbi_open(txn, names[i], create ? MDB_CREATE : 0,
                            &database->rows[i]);
    }
    return code;
}

static int
open_table(omni__database *database)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(database->env, NULL, MDB_RDONLY, &txn);
    if (code != 0) {
        return code;
    }
    code = omni__database_parts(database, txn, false);
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

static int
prepare(omni__database *database)
{
    mdb_filehandle_t handle;
    int dead = 0;
    int code = mdb_env_get_fd(database->env, &handle);
    if (code == 0) {
        code = omni__file_close_on_exec((intptr_t)handle);
    }
    if (code == 0) {
        code = mdb_reader_check(database->env, &dead);
    }
    return code == 0 ? open_table(database) : code;
}

omni_status
omni__database_open(omni__database *database, omni_error *error)
{
    uint32_t page_size = 0;
    const omni_status status =
        omni__database_check(database->path, &page_size, error);
    if (status != OMNI_OK) {
        return status;
    }
    database->env = NULL;
    database->state_known = false;
    database->poisoned = false;
    int code = open_env(database);
    if (code == 0) {
        code = prepare(database);
    }
    if (code != 0) {
        const omni_status failed =
            code == MDB_NOTFOUND
                ? fail_foreign(database, error)
                : omni__database_fail(database, code, "opening", error);
        omni__database_close(database);
        return failed;
    }
    return OMNI_OK;
}

void
omni__database_close(omni__database *database)
{
    if (database->env != NULL) {
        mdb_env_close(database->env);
        database->env = NULL;
    }
}

int
omni__database_remap(omni__database *database)
{
    const int code = mdb_env_set_mapsize(database->env, 0);
    if (code != 0) {
        database->poisoned = true;
        omni__database_close(database);
    }
    return code;
}

/* ---- the first row ---- */

static omni_status
parse_row(const omni__database *database, MDB_val row, uint32_t page_size,
          omni__database_state *out, omni_error *error)
{
    const uint8_t *bytes = row.mv_data;
    if (row.mv_size < ROW_SIZE || memcmp(bytes, row_magic, 8) != 0) {
        return fail_foreign(database, error);
    }
    const uint32_t format = omni__le32_read(bytes + 8);
    if (format != ROW_FORMAT) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          "%s: format %lu, this library reads %u",
                          database->path, (unsigned long)format, ROW_FORMAT);
    }
    if (omni__le32_read(bytes + 16) != page_size) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          "%s: pages of %lu bytes, its first row says %lu",
                          database->path, (unsigned long)page_size,
                          (unsigned long)omni__le32_read(bytes + 16));
    }
    if (memcmp(bytes + 32, database->deployment, 16) != 0) {
        return omni__fail(error, OMNI_ERR_CONFLICT,
                          "%s: tables of another deployment", database->path);
    }
    *out = (omni__database_state){.current = omni__le32_read(bytes + 12) ==
                                             database->derive_version};
    if (out->current) {
        out->chosen = omni__le32_read(bytes + 20) % OMNI__DATABASE_PLACES;
        out->places[0].position = omni__le64_read(bytes + 24);
        out->places[0].policy = omni__le64_read(bytes + 48);
        out->places[1].position = omni__le64_read(bytes + 56);
        out->places[1].policy = omni__le64_read(bytes + 64);
    }
    return OMNI_OK;
}

static uint32_t
page_size_of(const omni__database *database, MDB_txn *txn)
{
    MDB_stat stat;
    return mdb_stat(txn, database->main, &stat) == 0 ? stat.ms_psize : 0;
}

omni_status
omni__database_read_state(omni__database *database, MDB_txn *txn,
                          omni__database_state *out, omni_error *error)
{
    const size_t id = mdb_txn_id(txn);
    if (database->state_known && database->state_id == id) {
        *out = database->state;
        return OMNI_OK;
    }
    MDB_val key = {.mv_size = sizeof(row_key), .mv_data = (void *)row_key};
    MDB_val row = {0};
    const int code = mdb_get(txn, database->main, &key, &row);
    if (code != 0 && code != MDB_NOTFOUND) {
        return omni__database_fail(database, code, "reading", error);
    }
    omni__database_state state = {0};
    const omni_status status =
        parse_row(database, row, page_size_of(database, txn), &state, error);
    if (status == OMNI_OK) {
        database->state_known = true;
        database->state_id = id;
        database->state = state;
        *out = state;
    }
    return status;
}

int
omni__database_write_state(const omni__database *database, MDB_txn *txn,
                           const omni__database_state *state)
{
    MDB_stat stat;
    const int code = mdb_stat(txn, database->main, &stat);
    if (code != 0) {
        return code;
    }
    uint8_t bytes[ROW_SIZE] = {0};
    memcpy(bytes, row_magic, sizeof(row_magic));
    omni__le32_write(bytes + 8, ROW_FORMAT);
    omni__le32_write(bytes + 12, database->derive_version);
    omni__le32_write(bytes + 16, stat.ms_psize);
    omni__le32_write(bytes + 20, state->chosen);
    omni__le64_write(bytes + 24, state->places[0].position);
    memcpy(bytes + 32, database->deployment, sizeof(database->deployment));
    omni__le64_write(bytes + 48, state->places[0].policy);
    omni__le64_write(bytes + 56, state->places[1].position);
    omni__le64_write(bytes + 64, state->places[1].policy);
    MDB_val key = {.mv_size = sizeof(row_key), .mv_data = (void *)row_key};
    MDB_val row = {.mv_size = sizeof(bytes), .mv_data = bytes};
    return mdb_put(txn, database->main, &key, &row, 0);
}

/* ---- commits ---- */

uint64_t
omni__database_pages(const omni__database *database)
{
    MDB_envinfo info;
    if (database->env == NULL || mdb_env_info(database->env, &info) != 0) {
        return 0;
    }
    return (uint64_t)info.me_last_pgno + 1;
}

uint64_t
omni__database_bytes(const omni__database *database)
{
    MDB_stat stat;
    return database->env != NULL && mdb_env_stat(database->env, &stat) == 0
               ? omni__database_pages(database) * stat.ms_psize
               : 0;
}

static bool
is_short(const omni__database *database)
{
    omni__path_info file;
    return omni__path_inspect(database->path, &file) == 0 &&
           file.size < omni__database_bytes(database);
}

/*
   Pages that a transaction took at the end of the file and gave up again are
   counted but never written: without this the file would look cut short. The
   write transaction keeps other processes from growing it meanwhile.
*/
static void
keep_length(const omni__database *database)
{
    MDB_txn *txn = NULL;
    int fd = -1;
    if (!is_short(database) ||
        mdb_txn_begin(database->env, NULL, 0, &txn) != 0) {
        return;
    }
    if (is_short(database) &&
        omni__file_open_path(database->path, OMNI__FILE_WRITE, &fd) == 0 &&
        omni__file_resize(fd, omni__database_bytes(database)) == 0) {
        omni__file_sync(fd);
    }
    omni__file_close(fd);
    mdb_txn_abort(txn);
}

omni_status
omni__database_commit(omni__database *database, MDB_txn *txn, omni_error *error)
{
    const int code = mdb_txn_commit(txn);
    if (code != 0) {
        const omni_status status =
            omni__database_fail(database, code, "committing", error);
        database->poisoned =
            status != OMNI_ERR_FULL && status != OMNI_ERR_NO_MEMORY;
        return status;
    }
    keep_length(database);
    return OMNI_OK;
}
