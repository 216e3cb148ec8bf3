/*
   Files on Windows, behind descriptors of the C library. A file is opened so
   that others may open, rename and remove it meanwhile.

   Mappings do not reach beyond the end of a file, and what is mapped cannot be
   cut: a file is extended when it is mapped, and cutting fills it with zeros.
*/
#include "platform/file.h"

#include "platform/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <string.h>
#include <winioctl.h>

#define BLOCK_BYTES 65536u
#define MOST_AT_ONCE (UINT32_C(1) << 30)
#define TABLES_MAP_64 (UINT64_C(4) << 30)
#define TABLES_MAP_32 (UINT64_C(256) << 20)

int
omni__windows_errno(void)
{
    static const struct {
        DWORD error;
        int system;
    } known[] = {{ERROR_FILE_NOT_FOUND, ENOENT},
                 {ERROR_PATH_NOT_FOUND, ENOENT},
                 {ERROR_INVALID_NAME, ENOENT},
                 {ERROR_INVALID_DRIVE, ENOENT},
                 {ERROR_BAD_NETPATH, ENOENT},
                 {ERROR_DIRECTORY, ENOTDIR},
                 {ERROR_ACCESS_DENIED, EACCES},
                 {ERROR_SHARING_VIOLATION, EACCES},
                 {ERROR_FILE_EXISTS, EEXIST},
                 {ERROR_ALREADY_EXISTS, EEXIST},
                 {ERROR_DIR_NOT_EMPTY, ENOTEMPTY},
                 {ERROR_LOCK_VIOLATION, EAGAIN},
                 {ERROR_IO_PENDING, EAGAIN},
                 {ERROR_DISK_FULL, ENOSPC},
                 {ERROR_HANDLE_DISK_FULL, ENOSPC},
                 {ERROR_WRITE_PROTECT, EROFS},
                 {ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
                 {ERROR_OUTOFMEMORY, ENOMEM},
                 {ERROR_COMMITMENT_LIMIT, ENOMEM},
                 {ERROR_NO_SYSTEM_RESOURCES, ENOMEM},
                 {ERROR_TOO_MANY_OPEN_FILES, EMFILE},
                 {ERROR_INVALID_HANDLE, EBADF},
                 {ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG},
                 {ERROR_USER_MAPPED_FILE, EBUSY},
                 {ERROR_INVALID_PARAMETER, EINVAL}};
    const DWORD error = GetLastError();
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); ++i) {
        if (known[i].error == error) {
            return known[i].system;
        }
    }
    return EIO;
}

int
omni__windows_wide(const char *path, omni__wide_path out)
{
    const int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path,
                                         -1, out, (int)OMNI__PATH_BYTES);
    if (size > 0) {
        return 0;
    }
    return GetLastError() == ERROR_INSUFFICIENT_BUFFER ? ENAMETOOLONG : EILSEQ;
}

HANDLE
omni__windows_handle(int fd)
{
    return (HANDLE)_get_osfhandle(fd);
}

/* Take over a handle; it is closed where that fails. */
static int
adopt(HANDLE handle, int *out)
{
    if (handle == INVALID_HANDLE_VALUE) {
        return omni__windows_errno();
    }
    const int fd = _open_osfhandle((intptr_t)handle, _O_BINARY | _O_NOINHERIT);
    if (fd < 0) {
        CloseHandle(handle);
        return EMFILE;
    }
    *out = fd;
    return 0;
}

int
omni__file_open_directory(const char *path, int *out)
{
    omni__wide_path wide;
    const int failed = omni__windows_wide(path, wide);
    if (failed != 0) {
        return failed;
    }
    const DWORD attributes = GetFileAttributesW(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        return omni__windows_errno();
    }
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
        return ENOTDIR;
    }
    return adopt(
        CreateFileW(wide, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL),
        out);
}

static DWORD
disposition_of(unsigned flags)
{
    const bool truncate = (flags & OMNI__FILE_TRUNCATE) != 0;
    if ((flags & OMNI__FILE_CREATE) == 0) {
        return truncate ? TRUNCATE_EXISTING : OPEN_EXISTING;
    }
    if ((flags & OMNI__FILE_EXCLUSIVE) != 0) {
        return CREATE_NEW;
    }
    return truncate ? CREATE_ALWAYS : OPEN_ALWAYS;
}

static int
open_wide(const wchar_t *path, unsigned flags, int *out)
{
    DWORD access = GENERIC_READ;
    access |= (flags & OMNI__FILE_WRITE) != 0 ? GENERIC_WRITE : 0;
    const HANDLE handle = CreateFileW(
        path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        NULL, disposition_of(flags), FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle != INVALID_HANDLE_VALUE && (flags & OMNI__FILE_SPARSE) != 0) {
        /* Where the file system does not know how, the file takes its room. */
        DWORD size;
        DeviceIoControl(handle, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &size,
                        NULL);
    }
    return adopt(handle, out);
}

/* The path of what is called `name` in an open directory. */
static int
path_in(int directory, const char *name, omni__wide_path out)
{
    const DWORD size = GetFinalPathNameByHandleW(
        omni__windows_handle(directory), out, OMNI__PATH_BYTES, 0);
    if (size == 0) {
        return omni__windows_errno();
    }
    if (size + 2 >= OMNI__PATH_BYTES) {
        return ENAMETOOLONG;
    }
    out[size] = L'\\';
    const int rest = (int)(OMNI__PATH_BYTES - size - 1);
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1,
                               out + size + 1, rest) > 0
               ? 0
               : ENAMETOOLONG;
}

int
omni__file_open(int directory, const char *name, unsigned flags, int *out)
{
    omni__wide_path path;
    const int failed = path_in(directory, name, path);
    return failed == 0 ? open_wide(path, flags, out) : failed;
}

int
omni__file_open_path(const char *path, unsigned flags, int *out)
{
    omni__wide_path wide;
    const int failed = omni__windows_wide(path, wide);
    return failed == 0 ? open_wide(wide, flags, out) : failed;
}

void
omni__file_close(int fd)
{
    if (fd >= 0) {
        omni__windows_unlock_all(fd);
        _close(fd);
    }
}

static OVERLAPPED
place_of(uint64_t offset)
{
    OVERLAPPED place;
    memset(&place, 0, sizeof(place));
    place.Offset = (DWORD)offset;
    place.OffsetHigh = (DWORD)(offset >> 32);
    return place;
}

int
omni__file_write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        OVERLAPPED place = place_of(offset);
        DWORD done = 0;
        const DWORD step = size < MOST_AT_ONCE ? (DWORD)size : MOST_AT_ONCE;
        if (!WriteFile(omni__windows_handle(fd), at, step, &done, &place)) {
            return omni__windows_errno();
        }
        if (done == 0) {
            return ENOSPC;
        }
        at += done;
        size -= done;
        offset += done;
    }
    return 0;
}

int
omni__file_append(int fd, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        /* All ones: at the end, wherever that is by then. */
        OVERLAPPED place = place_of(UINT64_MAX);
        DWORD done = 0;
        const DWORD step = size < MOST_AT_ONCE ? (DWORD)size : MOST_AT_ONCE;
        if (!WriteFile(omni__windows_handle(fd), at, step, &done, &place)) {
            return omni__windows_errno();
        }
        if (done == 0) {
            return ENOSPC;
        }
        at += done;
        size -= done;
    }
    return 0;
}

int
omni__file_read_at(int fd, void *bytes, size_t size, uint64_t offset,
                   size_t *got)
{
    uint8_t *at = bytes;
    size_t total = 0;
    while (total < size) {
        OVERLAPPED place = place_of(offset + total);
        DWORD done = 0;
        const size_t left = size - total;
        const DWORD step = left < MOST_AT_ONCE ? (DWORD)left : MOST_AT_ONCE;
        if (!ReadFile(omni__windows_handle(fd), at + total, step, &done,
                      &place) &&
            GetLastError() != ERROR_HANDLE_EOF) {
            return omni__windows_errno();
        }
        if (done == 0) {
            break;
        }
        total += done;
    }
    *got = total;
    return 0;
}

int
omni__file_size(int fd, uint64_t *size)
{
    LARGE_INTEGER found;
    if (!GetFileSizeEx(omni__windows_handle(fd), &found)) {
        return omni__windows_errno();
    }
    *size = (uint64_t)found.QuadPart;
    return 0;
}

/* By opening it: what a directory says of an open file may be old. */
int
omni__file_size_of(int directory, const char *name, uint64_t *size)
{
    int fd = -1;
    int failed = omni__file_open(directory, name, 0, &fd);
    if (failed == 0) {
        failed = omni__file_size(fd, size);
    }
    omni__file_close(fd);
    return failed;
}

/* Zeros from `from` to `to`, written only where something else is. */
static int
clear(int fd, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[BLOCK_BYTES];
    uint8_t block[BLOCK_BYTES];
    int failed = 0;
    while (from < to && failed == 0) {
        const size_t step =
            to - from < BLOCK_BYTES ? (size_t)(to - from) : BLOCK_BYTES;
        size_t got = 0;
        failed = omni__file_read_at(fd, block, step, from, &got);
        if (failed == 0 && memcmp(block, zeros, got) != 0) {
            failed = omni__file_write_at(fd, zeros, got, from);
        }
        from += step;
    }
    return failed;
}

static int
set_end(int fd, uint64_t size)
{
    FILE_END_OF_FILE_INFO end = {.EndOfFile = {.QuadPart = (LONGLONG)size}};
    return SetFileInformationByHandle(omni__windows_handle(fd),
                                      FileEndOfFileInfo, &end, sizeof(end))
               ? 0
               : omni__windows_errno();
}

int
omni__file_resize(int fd, uint64_t size)
{
    uint64_t now = 0;
    int failed = omni__file_size(fd, &now);
    if (failed != 0 || now == size) {
        return failed;
    }
    failed = set_end(fd, size);
    if (failed != 0 && size < now) {
        failed = clear(fd, size, now);
    }
    return failed;
}

int
omni__file_allocate(int fd, uint64_t from, uint64_t to)
{
    uint64_t now = 0;
    (void)from;
    const int failed = omni__file_size(fd, &now);
    if (failed != 0 || now >= to) {
        return failed;
    }
    return set_end(fd, to);
}

static bool
is_directory(int fd)
{
    BY_HANDLE_FILE_INFORMATION found;
    return GetFileInformationByHandle(omni__windows_handle(fd), &found) &&
           (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

int
omni__file_sync_data(int fd)
{
    return FlushFileBuffers(omni__windows_handle(fd)) ? 0
                                                      : omni__windows_errno();
}

/* Names are in the file system's own journal; there is no call for them. */
int
omni__file_sync(int fd)
{
    return is_directory(fd) ? 0 : omni__file_sync_data(fd);
}

int
omni__file_remove(int directory, const char *name)
{
    omni__wide_path path;
    const int failed = path_in(directory, name, path);
    if (failed != 0) {
        return failed;
    }
    return DeleteFileW(path) ? 0 : omni__windows_errno();
}

/* Have a file that is at least so long, also where the descriptor only
   reads. */
static int
extend(int fd, uint64_t size)
{
    uint64_t now = 0;
    int failed = omni__file_size(fd, &now);
    if (failed != 0 || now >= size) {
        return failed;
    }
    int writer = -1;
    failed = adopt(
        ReOpenFile(omni__windows_handle(fd), GENERIC_WRITE,
                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, 0),
        &writer);
    if (failed == 0) {
        failed = set_end(writer, size);
    }
    omni__file_close(writer);
    return failed;
}

int
omni__file_map(int fd, size_t size, bool writable, void **out)
{
    const int failed = extend(fd, size);
    if (failed != 0) {
        return failed;
    }
    const HANDLE section =
        CreateFileMappingW(omni__windows_handle(fd), NULL,
                           writable ? PAGE_READWRITE : PAGE_READONLY,
                           (DWORD)((uint64_t)size >> 32), (DWORD)size, NULL);
    if (section == NULL) {
        return omni__windows_errno();
    }
    void *map = MapViewOfFile(
        section, writable ? FILE_MAP_WRITE : FILE_MAP_READ, 0, 0, size);
    const int system = map == NULL ? omni__windows_errno() : 0;
    CloseHandle(section);
    if (map != NULL) {
        *out = map;
    }
    return system;
}

bool
omni__file_maps_ahead(void)
{
    return false;
}

uint64_t
omni__file_most_tables(void)
{
    return sizeof(void *) > 4 ? TABLES_MAP_64 : TABLES_MAP_32;
}

bool
omni__file_can_map(uint64_t size)
{
    if (size > SIZE_MAX) {
        return false;
    }
    void *map = VirtualAlloc(NULL, (size_t)size, MEM_RESERVE, PAGE_READONLY);
    if (map == NULL) {
        return false;
    }
    VirtualFree(map, 0, MEM_RELEASE);
    return true;
}

void
omni__file_unmap(void *map, size_t size)
{
    (void)size;
    if (map != NULL) {
        UnmapViewOfFile(map);
    }
}

/* Handles are not inherited unless somebody says so. */
int
omni__file_close_on_exec(intptr_t handle)
{
    (void)handle;
    return 0;
}

int
omni__file_each(int directory, omni__file_name_fn callback, void *user)
{
    omni__wide_path pattern;
    const int failed = path_in(directory, "*", pattern);
    if (failed != 0) {
        return failed;
    }
    WIN32_FIND_DATAW found;
    const HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) {
        return omni__windows_errno();
    }
    do {
        char name[sizeof(found.cFileName) * 2];
        if (WideCharToMultiByte(CP_UTF8, 0, found.cFileName, -1, name,
                                (int)sizeof(name), NULL, NULL) > 0) {
            callback(user, name);
        }
    } while (FindNextFileW(search, &found));
    const DWORD ended = GetLastError();
    const int system = ended == ERROR_NO_MORE_FILES ? 0 : omni__windows_errno();
    FindClose(search);
    return system;
}

bool
omni__file_is_network(int fd)
{
    omni__wide_path path;
    const DWORD size = GetFinalPathNameByHandleW(omni__windows_handle(fd), path,
                                                 OMNI__PATH_BYTES, 0);
    if (size < 7 || size >= OMNI__PATH_BYTES) {
        return false;
    }
    if (wcsncmp(path, L"\\\\?\\UNC\\", 8) == 0) {
        return true;
    }
    wchar_t drive[] = L"C:\\";
    drive[0] = path[4]; /* behind "\\?\" */
    return GetDriveTypeW(drive) == DRIVE_REMOTE;
}
