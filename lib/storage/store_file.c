/* Reading and writing the store file. */
#include "storage/store_file.h"

#include "codec/varint.h"
#include "platform/file.h"
#include "platform/path.h"

#include <stdio.h>
#include <xxhash.h>

#define FILE_SIZE 128u
#define FILE_VERSION 1u
#define CHECK_AT (FILE_SIZE - 8)

static const uint8_t magic[8] = {'O', 'M', 'N', 'I', 'S', 'T', 'O', 'R'};

omni_status
omni__store_file_new(const omni__hooks *hooks, omni__store_file *out,
                     omni_error *error)
{
    memset(out, 0, sizeof(*out));
    if (!omni__hooks_random(hooks, out->deployment, sizeof(out->deployment)) ||
        !omni__hooks_random(hooks, out->secret.bytes, OMNI__SECRET_SIZE) ||
        !omni__hooks_random(hooks, out->replica, sizeof(out->replica))) {
        return omni__fail(error, OMNI_ERR_IO, "no random bytes to be had");
    }
    omni__secret_expand(&out->secret);
    return OMNI_OK;
}

static void
encode(const omni__store_file *file, uint8_t bytes[FILE_SIZE])
{
    memset(bytes, 0, FILE_SIZE);
    memcpy(bytes, magic, sizeof(magic));
    omni__le32_write(bytes + 8, FILE_VERSION);
    omni__le32_write(bytes + 12, file->calling_code);
    memcpy(bytes + 16, file->deployment, 16);
    memcpy(bytes + 32, file->secret.bytes, OMNI__SECRET_SIZE);
    memcpy(bytes + 64, file->replica, 16);
    omni__le64_write(bytes + 80, file->fingerprint);
    omni__le64_write(bytes + CHECK_AT, XXH3_64bits(bytes, CHECK_AT));
}

static omni_status
decode(const uint8_t *bytes, size_t size, const char *path,
       omni__store_file *out, omni_error *error)
{
    if (size < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)) != 0) {
        return omni__fail(error, OMNI_ERR_NOT_STORE, "%s: not a libomni store",
                          path);
    }
    if (size >= 12 && omni__le32_read(bytes + 8) != FILE_VERSION) {
        return omni__fail(error, OMNI_ERR_VERSION,
                          "%s: store of format %u, this library reads %u", path,
                          omni__le32_read(bytes + 8), FILE_VERSION);
    }
    if (size != FILE_SIZE ||
        omni__le64_read(bytes + CHECK_AT) != XXH3_64bits(bytes, CHECK_AT)) {
        return omni__fail(error, OMNI_ERR_CORRUPT,
                          "%s: damaged (%zu bytes, checksum wrong)", path,
                          size);
    }
    out->calling_code = omni__le32_read(bytes + 12);
    memcpy(out->deployment, bytes + 16, 16);
    memcpy(out->secret.bytes, bytes + 32, OMNI__SECRET_SIZE);
    memcpy(out->replica, bytes + 64, 16);
    out->fingerprint = omni__le64_read(bytes + 80);
    omni__secret_expand(&out->secret);
    return OMNI_OK;
}

static omni_status
read_path(const char *path, omni__store_file *out, omni_error *error)
{
    int fd;
    int failed = omni__file_open_path(path, 0, &fd);
    if (omni__path_is_missing(failed)) {
        return omni__fail(error, OMNI_ERR_NOT_STORE,
                          "%s: not there, so this is no libomni store", path);
    }
    uint8_t bytes[FILE_SIZE + 1];
    size_t size = 0;
    if (failed == 0) {
        failed = omni__file_read_at(fd, bytes, sizeof(bytes), 0, &size);
        omni__file_close(fd);
    }
    return failed != 0 ? omni__fail_errno(error, failed, "%s", path)
                       : decode(bytes, size, path, out, error);
}

static omni_status
join_path(const char *directory, const char *name, char path[OMNI__PATH_BYTES],
          omni_error *error)
{
    const int length =
        snprintf(path, OMNI__PATH_BYTES, "%s/%s", directory, name);
    return length > 0 && (size_t)length < OMNI__PATH_BYTES
               ? OMNI_OK
               : omni__fail(error, OMNI_ERR_ARGUMENT, "path is too long");
}

omni_status
omni__store_file_read(const char *directory, omni__store_file *out,
                      omni_error *error)
{
    omni__path_info info;
    char path[OMNI__PATH_BYTES];
    const int failed = omni__path_inspect(directory, &info);
    if (failed != 0) {
        return omni__path_is_missing(failed)
                   ? omni__fail(error, OMNI_NOT_FOUND,
                                "%s: no such store; create it first", directory)
                   : omni__fail_errno(error, failed, "%s", directory);
    }
    if (!info.directory) {
        return omni__fail(error, OMNI_ERR_NOT_STORE,
                          "%s: a file; a store is a directory", directory);
    }
    const omni_status status =
        join_path(directory, OMNI__STORE_FILE, path, error);
    return status == OMNI_OK ? read_path(path, out, error) : status;
}

omni_status
omni__store_file_join(const char *path, omni__store_file *out,
                      omni_error *error)
{
    omni__path_info info;
    if (omni__path_inspect(path, &info) == 0 && info.directory) {
        return omni__store_file_read(path, out, error);
    }
    return read_path(path, out, error);
}

omni_status
omni__store_file_write(const char *directory, const omni__store_file *file,
                       omni_error *error)
{
    char path[OMNI__PATH_BYTES];
    char fresh[OMNI__PATH_BYTES];
    omni_status status = join_path(directory, OMNI__STORE_FILE, path, error);
    if (status == OMNI_OK) {
        status = join_path(directory, OMNI__STORE_FILE ".new", fresh, error);
    }
    if (status != OMNI_OK) {
        return status;
    }
    uint8_t bytes[FILE_SIZE];
    encode(file, bytes);
    int fd = -1;
    int failed = omni__file_open_path(
        fresh, OMNI__FILE_WRITE | OMNI__FILE_CREATE | OMNI__FILE_TRUNCATE, &fd);
    if (failed == 0) {
        failed = omni__file_write_at(fd, bytes, sizeof(bytes), 0);
    }
    if (failed == 0) {
        failed = omni__file_sync(fd);
    }
    omni__file_close(fd);
    if (failed == 0) {
        failed = omni__path_rename(fresh, path);
    }
    if (failed == 0) {
        failed = omni__path_sync_parent(path);
    }
    return failed == 0 ? OMNI_OK : omni__fail_errno(error, failed, "%s", path);
}

uint64_t
omni__store_fingerprint(const char *directory)
{
    omni__path_info info;
    char path[OMNI__PATH_BYTES];
    if (join_path(directory, OMNI__STORE_LOG, path, NULL) != OMNI_OK ||
        omni__path_inspect(path, &info) != 0) {
        return 0;
    }
    return info.number;
}
