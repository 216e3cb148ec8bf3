/* A list under a lock: the only state that all stores of a process share. */
#include "platform/registry.h"

#include "platform/path.h"
#include "platform/process.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static omni__registry_entry *entries;

static bool
is_entered(const omni__registry_entry *entry)
{
    for (const omni__registry_entry *at = entries; at != NULL; at = at->next) {
        /* What a parent had open before the fork, its child has not. */
        if (at->generation == entry->generation &&
            at->device == entry->device && at->number == entry->number) {
            return true;
        }
    }
    return false;
}

int
omni__registry_enter(omni__registry_entry *entry, const char *path)
{
    omni__path_info info;
    const int failed = omni__path_inspect(path, &info);
    if (failed != 0) {
        return failed;
    }
    entry->device = info.device;
    entry->number = info.number;
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
