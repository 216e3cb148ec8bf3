/*
   The LMDB file from outside: made under another name and renamed when it is
   whole, and its two meta pages read without LMDB, which maps a file that was
   cut short without a word and dies on the missing page.
*/
#include "storage/database.h"

#include "platform/file.h"
#include "platform/lock.h"
#include "platform/path.h"
#include "storage/kv.h"

#include <errno.h>
#include <stdio.h>

#define MAGIC UINT32_C(0xBEEFC0DE)
#define MAGIC_SWAPPED UINT32_C(0xDEC0EFBE)
#define FORMAT 1u
#define META_FLAG 0x08u
#define PAGE_SIZE_MIN 4096u
#define PAGE_SIZE_MAX 32768u
#define CHECK_TRIES 3 /* another process may be writing a meta page */
#define MAKE_TRIES 100

/* LMDB's meta page as it lies in the file, in this machine's own sizes. */
typedef struct meta_tree {
    uint32_t page_size; /* in the first tree */
    uint16_t flags;
    uint16_t depth;
    size_t branch_pages;
    size_t leaf_pages;
    size_t overflow_pages;
    size_t entries;
    size_t root; /* SIZE_MAX: none */
} meta_tree;

typedef struct meta_page {
    size_t number;
    uint16_t pad;
    uint16_t flags;
    uint32_t bounds;
    uint32_t magic;
    uint32_t version;
    void *address;
    size_t map_bytes;
    meta_tree trees[2];
    size_t last_page;
    size_t id; /* of the transaction that wrote it */
} meta_page;

static omni_status
read_meta(int fd, const char *path, uint64_t offset, meta_page *out,
          omni_error *error)
{
    size_t got = 0;
    const int failed = omni__file_read_at(fd, out, sizeof(*out), offset, &got);
    if (failed != 0) {
        return omni__fail_errno(error, failed, "%s: reading", path);
    }
    if (got != sizeof(*out)) {
        return omni__fail_at(error, OMNI_ERR_CORRUPT, (int64_t)offset,
                             "%s: truncated: no meta page at byte %llu", path,
                             (unsigned long long)offset);
    }
    if (out->magic == MAGIC_SWAPPED) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          "%s: made on a machine of the other byte order",
                          path);
    }
    if (out->magic != MAGIC || out->flags != META_FLAG) {
        return omni__fail_at(error, OMNI_ERR_CORRUPT, (int64_t)offset,
                             "%s: not an LMDB file: no meta page at byte %llu",
                             path, (unsigned long long)offset);
    }
    if (out->version != FORMAT) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          "%s: LMDB format %lu, this library reads %u", path,
                          (unsigned long)out->version, FORMAT);
    }
    return OMNI_OK;
}

static bool
page_size_is_sane(uint32_t size)
{
    return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX &&
           (size & (size - 1)) == 0;
}

static bool
root_is_sane(const meta_page *meta, const meta_tree *tree)
{
    return tree->root == SIZE_MAX ||
           (tree->root > 1 && tree->root <= meta->last_page);
}

/* Commits take turns: number n writes page n mod 2, over that of n - 2. */
static bool
ids_are_sane(const meta_page metas[2])
{
    const size_t even = metas[0].id;
    const size_t odd = metas[1].id;
    if (even % 2 != 0 || (odd % 2 != 1 && odd != 0)) {
        return false;
    }
    return even > odd ? even - odd == 1 : odd - even <= 1;
}

static omni_status
check_metas(const meta_page metas[2], uint64_t file_bytes, const char *path,
            omni_error *error)
{
    const uint32_t page_size = metas[0].trees[0].page_size;
    const meta_page *newest = &metas[metas[1].id > metas[0].id];
    if (metas[1].trees[0].page_size != page_size || !ids_are_sane(metas)) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          "%s: its two meta pages contradict each other "
                          "(transactions %llu and %llu)",
                          path, (unsigned long long)metas[0].id,
                          (unsigned long long)metas[1].id);
    }
    if (newest->last_page >= SIZE_MAX / page_size - 1 ||
        !root_is_sane(newest, &newest->trees[0]) ||
        !root_is_sane(newest, &newest->trees[1])) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          "%s: its newest meta page points outside the file",
                          path);
    }
    const uint64_t needed = ((uint64_t)newest->last_page + 1) * page_size;
    if (file_bytes < needed) {
        return omni__fail_at(error, OMNI_ERR_CORRUPT, (int64_t)file_bytes,
                             "%s: truncated: %llu bytes, needs %llu", path,
                             (unsigned long long)file_bytes,
                             (unsigned long long)needed);
    }
    return OMNI_OK;
}

/* Metas before the size: the file only grows, and before they say so. */
static omni_status
check_open(int fd, const char *path, uint32_t *page_size, omni_error *error)
{
    meta_page metas[2];
    omni_status status = read_meta(fd, path, 0, &metas[0], error);
    if (status != OMNI_OK) {
        return status;
    }
    *page_size = metas[0].trees[0].page_size;
    if (!page_size_is_sane(*page_size)) {
        return omni__fail(error, OMNI_ERR_CORRUPT, "%s: page size of %lu bytes",
                          path, (unsigned long)*page_size);
    }
    status = read_meta(fd, path, *page_size, &metas[1], error);
    if (status != OMNI_OK) {
        return status;
    }
    uint64_t file_bytes = 0;
    const int failed = omni__file_size(fd, &file_bytes);
    if (failed != 0) {
        return omni__fail_errno(error, failed, "%s: its size", path);
    }
    return check_metas(metas, file_bytes, path, error);
}

omni_status
omni__database_check(const char *path, uint32_t *page_size, omni_error *error)
{
    int fd = -1;
    const int failed = omni__file_open_path(path, 0, &fd);
    if (failed != 0) {
        return omni__fail_errno(error, failed, "%s: opening", path);
    }
    uint32_t found = 0;
    omni_status status = OMNI_ERR_CORRUPT;
    for (int i = 0; i < CHECK_TRIES && status == OMNI_ERR_CORRUPT; ++i) {
        status = check_open(fd, path, &found, error);
    }
    omni__file_close(fd);
    if (status == OMNI_OK && page_size != NULL) {
        *page_size = found;
    }
    return status;
}

/* The file's path with a suffix, to be freed; NULL without memory. */
static char *
with_suffix(const omni__database *database, const char *suffix)
{
    const size_t size = strlen(database->path) + strlen(suffix) + 1;
    char *path = omni__malloc(database->alloc, size);
    if (path != NULL) {
        snprintf(path, size, "%s%s", database->path, suffix);
    }
    return path;
}

/* ---- making ---- */

/* Put the first row into an empty file; nobody else looks at it yet. */
static int
fill(const omni__database *database, const char *path)
{
    const omni__database_state empty = {
        .places = {{.policy = OMNI__KV_POLICY_NONE}}};
    omni__database made = *database;
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    int code = mdb_env_create(&env);
    if (code != 0) {
        return code;
    }
    code = mdb_env_set_maxdbs(env, OMNI__DATABASE_PLACES);
    if (code == 0) {
        code = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS,
                            0600);
    }
    if (code == 0) {
        code = mdb_txn_begin(env, NULL, 0, &txn);
    }
    if (code == 0) {
        code = omni__database_parts(&made, txn, true);
    }
    if (code == 0) {
        code = omni__database_write_state(&made, txn, &empty);
    }
    if (code == 0) {
        code = mdb_txn_commit(txn);
        txn = NULL;
    }
    if (txn != NULL) {
        mdb_txn_abort(txn);
    }
    mdb_env_close(env);
    return code;
}

/* The new file, empty, and locked against others who want to make it. */
static int
open_new(const char *path, int *out)
{
    for (int i = 0; i < MAKE_TRIES; ++i) {
        int fd = -1;
        int failed = omni__file_open_path(
            path, OMNI__FILE_WRITE | OMNI__FILE_CREATE | OMNI__FILE_SPARSE,
            &fd);
        if (failed == 0) {
            failed = omni__lock_wait(fd, 0, true);
        }
        if (failed == 0 && omni__path_names(path, fd)) {
            *out = fd;
            return 0;
        }
        omni__file_close(fd);
        if (failed != 0) {
            return failed;
        }
    }
    return EAGAIN;
}

static bool
has_content(const char *path)
{
    omni__path_info found;
    return omni__path_inspect(path, &found) == 0 && found.size != 0;
}

/* The file, then its name, then the directory. */
static int
move_in(const char *new_path, const char *path, int fd)
{
    int failed = omni__file_sync(fd);
    if (failed == 0) {
        failed = omni__path_rename(new_path, path);
    }
    return failed == 0 ? omni__path_sync_parent(path) : failed;
}

static omni_status
make(const omni__database *database, const char *new_path, int fd,
     omni_error *error)
{
    int failed = omni__file_resize(fd, 0);
    if (failed != 0) {
        return omni__fail_errno(error, failed, "%s: creating", new_path);
    }
    const int code = fill(database, new_path);
    if (code != 0) {
        return omni__database_fail(database, code, "creating", error);
    }
    failed = move_in(new_path, database->path, fd);
    return failed == 0 ? OMNI_OK
                       : omni__fail_errno(error, failed, "%s: creating",
                                          database->path);
}

omni_status
omni__database_create(const omni__database *database, bool replace,
                      omni_error *error)
{
    char *new_path = with_suffix(database, "-new");
    if (new_path == NULL) {
        return omni__fail_memory(error);
    }
    omni_status status = OMNI_OK;
    int fd = -1;
    const int failed = open_new(new_path, &fd);
    if (failed != 0) {
        status = omni__fail_errno(error, failed, "%s: creating", new_path);
    } else if (replace || !has_content(database->path)) {
        status = make(database, new_path, fd, error);
    }
    if (fd >= 0 && omni__path_names(new_path, fd)) {
        omni__path_remove(new_path);
    }
    omni__file_close(fd);
    omni__free(database->alloc, new_path);
    return status;
}

omni_status
omni__database_alone(const omni__database *database, omni_error *error)
{
    char *lock_path = with_suffix(database, "-lock");
    if (lock_path == NULL) {
        return omni__fail_memory(error);
    }
    int fd = -1;
    omni__lock_held held = OMNI__LOCK_FREE;
    int failed = omni__file_open_path(lock_path, 0, &fd);
    if (failed == 0) {
        failed = omni__lock_probe_plain(fd, 0, &held);
    }
    omni__file_close(fd);
    omni__free(database->alloc, lock_path);
    if (failed != 0 && failed != ENOENT) {
        return omni__fail_errno(error, failed, "%s: its lock file",
                                database->path);
    }
    return held == OMNI__LOCK_FREE
               ? OMNI_OK
               : omni__fail(error, OMNI_ERR_BUSY,
                            "%s: another process has it open", database->path);
}
