/* A temporary file that goes when its last handle does. */
#include "platform/scratch.h"

#include "platform/windows.h"

#include <stdio.h>
#include <stdlib.h>

#define TRIES 100

/* The handle stays open as long as the memory is used. */
typedef struct scratch {
    struct scratch *next;
    void *memory;
    HANDLE file;
} scratch;

static SRWLOCK list_lock = SRWLOCK_INIT;
static scratch *list;
static LONG counter;

static HANDLE
make_file(const char *directory)
{
    char path[OMNI__PATH_BYTES];
    omni__wide_path wide;
    for (int i = 0; i < TRIES; ++i) {
        const int length =
            snprintf(path, sizeof(path), "%s/scratch-%lu-%ld", directory,
                     (unsigned long)GetCurrentProcessId(),
                     (long)InterlockedIncrement(&counter));
        if (length < 0 || (size_t)length >= sizeof(path) ||
            omni__windows_wide(path, wide) != 0) {
            return INVALID_HANDLE_VALUE;
        }
        const HANDLE file = CreateFileW(
            wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_DELETE, NULL,
            CREATE_NEW, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE,
            NULL);
        if (file != INVALID_HANDLE_VALUE ||
            GetLastError() != ERROR_FILE_EXISTS) {
            return file;
        }
    }
    return INVALID_HANDLE_VALUE;
}

/* The mapping makes the file as long as it is. */
static void *
map_file(HANDLE file, size_t size)
{
    const HANDLE section =
        CreateFileMappingW(file, NULL, PAGE_READWRITE,
                           (DWORD)((uint64_t)size >> 32), (DWORD)size, NULL);
    if (section == NULL) {
        return NULL;
    }
    void *memory = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, size);
    CloseHandle(section);
    return memory;
}

void *
omni__scratch_map(const char *directory, size_t size)
{
    scratch *made = malloc(sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    made->file = make_file(directory);
    made->memory =
        made->file != INVALID_HANDLE_VALUE ? map_file(made->file, size) : NULL;
    if (made->memory == NULL) {
        if (made->file != INVALID_HANDLE_VALUE) {
            CloseHandle(made->file);
        }
        free(made);
        return NULL;
    }
    AcquireSRWLockExclusive(&list_lock);
    made->next = list;
    list = made;
    ReleaseSRWLockExclusive(&list_lock);
    return made->memory;
}

void
omni__scratch_unmap(void *memory, size_t size)
{
    (void)size;
    AcquireSRWLockExclusive(&list_lock);
    scratch **link = &list;
    while (*link != NULL && (*link)->memory != memory) {
        link = &(*link)->next;
    }
    scratch *found = *link;
    if (found != NULL) {
        *link = found->next;
    }
    ReleaseSRWLockExclusive(&list_lock);
    UnmapViewOfFile(memory);
    if (found != NULL) {
        CloseHandle(found->file);
        free(found);
    }
}
