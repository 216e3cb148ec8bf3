/* Paths on Windows: UTF-8, with either slash. */
#include "platform/windows.h"

#include <errno.h>

/* Whatever it is, also while others have it open. */
static HANDLE
open_any(const wchar_t *path)
{
    return CreateFileW(path, FILE_READ_ATTRIBUTES,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

static int
inspect(HANDLE handle, omni__path_info *out)
{
    BY_HANDLE_FILE_INFORMATION found;
    if (!GetFileInformationByHandle(handle, &found)) {
        return omni__windows_errno();
    }
    *out = (omni__path_info){
        .device = found.dwVolumeSerialNumber,
        .number = (uint64_t)found.nFileIndexHigh << 32 | found.nFileIndexLow,
        .size = (uint64_t)found.nFileSizeHigh << 32 | found.nFileSizeLow,
        .directory = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0};
    return 0;
}

int
omni__path_inspect(const char *path, omni__path_info *out)
{
    omni__wide_path wide;
    int failed = omni__windows_wide(path, wide);
    if (failed != 0) {
        return failed;
    }
    const HANDLE handle = open_any(wide);
    if (handle == INVALID_HANDLE_VALUE) {
        return omni__windows_errno();
    }
    failed = inspect(handle, out);
    CloseHandle(handle);
    return failed;
}

bool
omni__path_names(const char *path, int fd)
{
    omni__path_info open;
    omni__path_info named;
    return inspect(omni__windows_handle(fd), &open) == 0 &&
           omni__path_inspect(path, &named) == 0 &&
           open.number == named.number && open.device == named.device;
}

bool
omni__path_is_missing(int system)
{
    return system == ENOENT || system == ENOTDIR;
}

int
omni__path_make_directory(const char *path)
{
    omni__wide_path wide;
    const int failed = omni__windows_wide(path, wide);
    if (failed != 0) {
        return failed;
    }
    return CreateDirectoryW(wide, NULL) ? 0 : omni__windows_errno();
}

int
omni__path_rename(const char *from, const char *to)
{
    omni__wide_path wide_from;
    omni__wide_path wide_to;
    int failed = omni__windows_wide(from, wide_from);
    if (failed == 0) {
        failed = omni__windows_wide(to, wide_to);
    }
    if (failed != 0) {
        return failed;
    }
    DWORD how = MOVEFILE_WRITE_THROUGH;
    const DWORD attributes = GetFileAttributesW(wide_from);
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
        how |= MOVEFILE_REPLACE_EXISTING;
    } else {
        /* An empty directory may be in the way, and nothing else. */
        RemoveDirectoryW(wide_to);
    }
    return MoveFileExW(wide_from, wide_to, how) ? 0 : omni__windows_errno();
}

int
omni__path_remove(const char *path)
{
    omni__wide_path wide;
    const int failed = omni__windows_wide(path, wide);
    if (failed != 0) {
        return failed;
    }
    return DeleteFileW(wide) ? 0 : omni__windows_errno();
}

int
omni__path_remove_directory(const char *path)
{
    omni__wide_path wide;
    const int failed = omni__windows_wide(path, wide);
    if (failed != 0) {
        return failed;
    }
    return RemoveDirectoryW(wide) ? 0 : omni__windows_errno();
}

/* Names are in the file system's own journal, and are moved through to it. */
int
omni__path_sync_parent(const char *path)
{
    (void)path;
    return 0;
}

int
omni__path_space_left(const char *path, uint64_t *out)
{
    omni__wide_path wide;
    const int failed = omni__windows_wide(path, wide);
    if (failed != 0) {
        return failed;
    }
    size_t end = wcslen(wide);
    while (end > 0 && wide[end - 1] != L'/' && wide[end - 1] != L'\\') {
        --end;
    }
    wide[end] = L'\0';
    ULARGE_INTEGER left;
    if (!GetDiskFreeSpaceExW(end != 0 ? wide : NULL, &left, NULL, NULL)) {
        return omni__windows_errno();
    }
    *out = left.QuadPart;
    return 0;
}
