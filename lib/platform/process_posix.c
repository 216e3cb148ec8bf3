/* Fork counting, PID namespaces, pauses. */
#include "platform/process.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

/* The child of a fork must find out without asking the kernel each time. */
static _Atomic uint32_t generation = 1;
static pthread_once_t registered = PTHREAD_ONCE_INIT;

static void
count_fork(void)
{
    atomic_fetch_add(&generation, 1);
}

static void
register_count(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

uint32_t
omni__process_generation(void)
{
    pthread_once(&registered, register_count);
    return atomic_load_explicit(&generation, memory_order_relaxed);
}

uint64_t
omni__process_namespace(void)
{
    struct stat st;
    if (stat("/proc/self/ns/pid", &st) != 0) {
        return 0;
    }
    return (uint64_t)st.st_ino;
}

void
omni__process_pause(uint32_t microseconds)
{
    if (microseconds == 0) {
        sched_yield();
        return;
    }
    const struct timespec wait = {.tv_sec = microseconds / 1000000,
                                  .tv_nsec =
                                      (long)(microseconds % 1000000 * 1000)};
    nanosleep(&wait, NULL);
}

int64_t
omni__process_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool
omni__process_random(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size != 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got <= 0) {
            return false;
        }
        at += got;
        size -= (size_t)got;
    }
    return true;
}
