/* A list under a lock: the only state that all stores of a process share. */
#include "platform/registry.h"

#include "platform/process.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/stat.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static omni__registry_entry *entries;

static bool
is_entered(const omni__registry_entry *entry)
{
    for (const omni__registry_entry *at = entries; at != NULL; at = at->next) {
        /* What a parent had open before the fork, its child has not. */
        if (at->generation == entry->generation &&
            at->device == entry->device && at->inode == entry->inode) {
            return true;
        }
    }
    return false;
}

int
omni__registry_enter(omni__registry_entry *entry, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return errno;
    }
    entry->device = (uint64_t)info.st_dev;
    entry->inode = (uint64_t)info.st_ino;
    entry->generation = omni__process_generation();
    pthread_mutex_lock(&lock);
    const bool busy = is_entered(entry);
    if (!busy) {
        entry->next = entries;
        entries = entry;
    }
    pthread_mutex_unlock(&lock);
    return busy ? EBUSY : 0;
}

void
omni__registry_leave(omni__registry_entry *entry)
{
    pthread_mutex_lock(&lock);
    for (omni__registry_entry **at = &entries; *at != NULL; at = &(*at)->next) {
        if (*at == entry) {
            *at = entry->next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}
