/* What the files of this room share on Windows. */
#ifndef OMNI__PLATFORM_WINDOWS_H
#define OMNI__PLATFORM_WINDOWS_H

#ifdef _WIN32

#include "platform/path.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* A path with its terminator, as Windows has it. */
typedef wchar_t omni__wide_path[OMNI__PATH_BYTES];

/* The errno that comes nearest to what GetLastError() says. */
int
omni__windows_errno(void);

/* UTF-8 to UTF-16: 0 or an errno. */
int
omni__windows_wide(const char *path, omni__wide_path out);

/* What is behind a descriptor. */
HANDLE
omni__windows_handle(int fd);

/* Forget which locks a descriptor has: it is being closed. */
void
omni__windows_unlock_all(int fd);

#endif

#endif
