/*
   Byte locks on Windows, where a lock cannot be converted, excludes its own
   holder too and keeps others from reading what it covers. So a byte stands
   for a range of places far behind the end of any file: who shares the byte
   locks one place, who has it alone locks all of them. The first place is the
   gate: nobody becomes exclusive without it, and sharers leave it free.

   The system lets go of the locks of a handle when it is closed or its process
   ends.
*/
#include "platform/lock.h"

#include "platform/windows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 1024u
#define FIRST_PLACE (UINT64_C(1) << 62)
#define LOOKS 8u /* places that a probe tries */

/* What a descriptor has of a byte. */
typedef struct held {
    struct held *next;
    int fd;
    uint64_t byte;
    bool exclusive;
    uint32_t place; /* own one, from 1 on; 0: none, the whole range */
} held;

static SRWLOCK list_lock = SRWLOCK_INIT;
static held *list;

/* ---- places ---- */

static OVERLAPPED
at(uint64_t byte, uint32_t place)
{
    const uint64_t offset = FIRST_PLACE + byte * PLACES + place;
    OVERLAPPED where;
    memset(&where, 0, sizeof(where));
    where.Offset = (DWORD)offset;
    where.OffsetHigh = (DWORD)(offset >> 32);
    return where;
}

/* Lock places [from, to); EAGAIN if somebody has one of them. */
static int
lock(int fd, uint64_t byte, uint32_t from, uint32_t to, bool wait)
{
    if (from >= to) {
        return 0;
    }
    OVERLAPPED where = at(byte, from);
    const DWORD how =
        LOCKFILE_EXCLUSIVE_LOCK | (wait ? 0u : LOCKFILE_FAIL_IMMEDIATELY);
    return LockFileEx(omni__windows_handle(fd), how, 0, to - from, 0, &where)
               ? 0
               : omni__windows_errno();
}

static void
unlock(int fd, uint64_t byte, uint32_t from, uint32_t to)
{
    if (from < to) {
        OVERLAPPED where = at(byte, from);
        UnlockFileEx(omni__windows_handle(fd), 0, to - from, 0, &where);
    }
}

/* All places but the gate and one's own. */
static int
lock_others(int fd, uint64_t byte, uint32_t own, bool wait)
{
    if (own == 0) {
        return lock(fd, byte, 1, PLACES, wait);
    }
    int failed = lock(fd, byte, 1, own, wait);
    if (failed == 0) {
        failed = lock(fd, byte, own + 1, PLACES, wait);
        if (failed != 0) {
            unlock(fd, byte, 1, own);
        }
    }
    return failed;
}

static void
unlock_others(int fd, uint64_t byte, uint32_t own)
{
    if (own == 0) {
        unlock(fd, byte, 1, PLACES);
    } else {
        unlock(fd, byte, 1, own);
        unlock(fd, byte, own + 1, PLACES);
    }
}

/* A free place; they are looked through from one that depends on who asks. */
static int
lock_any(int fd, uint64_t byte, uint32_t looks, uint32_t *out)
{
    const uint32_t start =
        (uint32_t)GetCurrentProcessId() / 4 * 7 + (uint32_t)fd;
    for (uint32_t i = 0; i < looks; ++i) {
        const uint32_t place = 1 + (start + i) % (PLACES - 1);
        const int failed = lock(fd, byte, place, place + 1, false);
        if (failed != EAGAIN) {
            *out = place;
            return failed;
        }
    }
    return EAGAIN;
}

/* ---- who has what ---- */

static held *
find(int fd, uint64_t byte)
{
    AcquireSRWLockShared(&list_lock);
    held *found = list;
    while (found != NULL && (found->fd != fd || found->byte != byte)) {
        found = found->next;
    }
    ReleaseSRWLockShared(&list_lock);
    return found;
}

static void
add(held *entry)
{
    AcquireSRWLockExclusive(&list_lock);
    entry->next = list;
    list = entry;
    ReleaseSRWLockExclusive(&list_lock);
}

/* Take out of the list, to be freed: this one, or the first of the descriptor
   if it is NULL. */
static held *
take(int fd, const held *entry)
{
    AcquireSRWLockExclusive(&list_lock);
    held **link = &list;
    while (*link != NULL &&
           (entry != NULL ? *link != entry : (*link)->fd != fd)) {
        link = &(*link)->next;
    }
    held *taken = *link;
    if (taken != NULL) {
        *link = taken->next;
    }
    ReleaseSRWLockExclusive(&list_lock);
    return taken;
}

void
omni__windows_unlock_all(int fd)
{
    for (held *entry = take(fd, NULL); entry != NULL; entry = take(fd, NULL)) {
        free(entry);
    }
}

/* ---- asking ---- */

static int
become_exclusive(held *entry, bool wait)
{
    int failed = lock(entry->fd, entry->byte, 0, 1, wait);
    if (failed == 0) {
        failed = lock_others(entry->fd, entry->byte, entry->place, wait);
        if (failed != 0) {
            unlock(entry->fd, entry->byte, 0, 1);
        }
    }
    entry->exclusive = failed == 0;
    return failed;
}

/* From exclusive without a moment in which somebody else could be. */
static int
become_shared(held *entry)
{
    unlock_others(entry->fd, entry->byte, entry->place);
    int failed = 0;
    if (entry->place == 0) {
        failed = lock_any(entry->fd, entry->byte, PLACES - 1, &entry->place);
    }
    unlock(entry->fd, entry->byte, 0, 1);
    entry->exclusive = false;
    return failed;
}

static int
share(held *entry, bool wait)
{
    int failed = lock_any(entry->fd, entry->byte, PLACES - 1, &entry->place);
    while (failed == EAGAIN && wait) {
        Sleep(1);
        failed = lock_any(entry->fd, entry->byte, PLACES - 1, &entry->place);
    }
    return failed;
}

static int
ask(int fd, uint64_t byte, bool exclusive, bool wait)
{
    held *entry = find(fd, byte);
    if (entry != NULL && entry->exclusive == exclusive) {
        return 0;
    }
    if (entry != NULL) {
        return exclusive ? become_exclusive(entry, wait) : become_shared(entry);
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return ENOMEM;
    }
    entry->fd = fd;
    entry->byte = byte;
    const int failed =
        exclusive ? become_exclusive(entry, wait) : share(entry, wait);
    if (failed != 0) {
        free(entry);
        return failed;
    }
    add(entry);
    return 0;
}

int
omni__lock_try(int fd, uint64_t byte, bool exclusive)
{
    return ask(fd, byte, exclusive, false);
}

int
omni__lock_wait(int fd, uint64_t byte, bool exclusive)
{
    return ask(fd, byte, exclusive, true);
}

int
omni__lock_release(int fd, uint64_t byte)
{
    held *entry = find(fd, byte);
    if (entry == NULL) {
        return 0;
    }
    if (entry->exclusive) {
        unlock_others(fd, byte, entry->place);
        unlock(fd, byte, 0, 1);
    }
    if (entry->place != 0) {
        unlock(fd, byte, entry->place, entry->place + 1);
    }
    free(take(fd, entry));
    return 0;
}

int
omni__lock_probe(int fd, uint64_t byte, omni__lock_held *out)
{
    const held *entry = find(fd, byte);
    if (entry != NULL && entry->exclusive) {
        *out = OMNI__LOCK_FREE;
        return 0;
    }
    held trial = {
        .fd = fd, .byte = byte, .place = entry != NULL ? entry->place : 0};
    int failed = become_exclusive(&trial, false);
    if (failed == 0) {
        unlock_others(fd, byte, trial.place);
        unlock(fd, byte, 0, 1);
        *out = OMNI__LOCK_FREE;
        return 0;
    }
    if (failed != EAGAIN) {
        return failed;
    }
    uint32_t place;
    failed = lock_any(fd, byte, LOOKS, &place);
    if (failed != 0 && failed != EAGAIN) {
        return failed;
    }
    if (failed == 0) {
        unlock(fd, byte, place, place + 1);
    }
    /* Who has a place of its own while another one looks is not alone. */
    *out = failed == 0 || trial.place != 0 ? OMNI__LOCK_SHARED
                                           : OMNI__LOCK_EXCLUSIVE;
    return 0;
}

int
omni__lock_probe_plain(int fd, uint64_t byte, omni__lock_held *out)
{
    OVERLAPPED where;
    memset(&where, 0, sizeof(where));
    where.Offset = (DWORD)byte;
    where.OffsetHigh = (DWORD)(byte >> 32);
    const HANDLE handle = omni__windows_handle(fd);
    const DWORD how = LOCKFILE_FAIL_IMMEDIATELY;
    if (LockFileEx(handle, how | LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where)) {
        UnlockFileEx(handle, 0, 1, 0, &where);
        *out = OMNI__LOCK_FREE;
        return 0;
    }
    int failed = omni__windows_errno();
    if (failed != EAGAIN) {
        return failed;
    }
    *out = OMNI__LOCK_EXCLUSIVE;
    if (LockFileEx(handle, how, 0, 1, 0, &where)) {
        UnlockFileEx(handle, 0, 1, 0, &where);
        *out = OMNI__LOCK_SHARED;
    }
    return 0;
}
