/* Replacements of what the C library has; see system_calls.h. */
#include "support/system_calls.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

system_calls calls;

/* The program's code, from its linker. */
extern const char __executable_start;
extern const char etext;

/* Count a call, given where it returns to. */
static void
count(const void *caller, unsigned long *counter)
{
    const uintptr_t at = (uintptr_t)caller;
    if (calls.watched && at >= (uintptr_t)&__executable_start &&
        at < (uintptr_t)&etext) {
        ++*counter;
    }
}

#define COUNT(kind) count(__builtin_return_address(0), &calls.kind)

#if !defined(SANITIZED) && defined(__GLIBC__)
const bool system_calls_see_memory = true;

/* What glibc has below its malloc() and the like. */
void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t count, size_t size);
void *
__libc_realloc(void *block, size_t size);
void *
__libc_memalign(size_t alignment, size_t size);

void *
malloc(size_t size)
{
    COUNT(memory);
    return __libc_malloc(size);
}

void *
calloc(size_t number, size_t size)
{
    COUNT(memory);
    return __libc_calloc(number, size);
}

void *
realloc(void *block, size_t size)
{
    COUNT(memory);
    return __libc_realloc(block, size);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
    COUNT(memory);
    void *block = __libc_memalign(alignment, size);
    if (block == NULL) {
        return ENOMEM;
    }
    *out = block;
    return 0;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    COUNT(memory);
    return __libc_memalign(alignment, size);
}
#else
const bool system_calls_see_memory = false;
#endif

static int
read_clock(clockid_t clock, struct timespec *out)
{
#if defined(SYS_clock_gettime64)
    if (sizeof(out->tv_sec) > sizeof(long)) {
        return (int)syscall(SYS_clock_gettime64, clock, out);
    }
#endif
    return (int)syscall(SYS_clock_gettime, clock, out);
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
    COUNT(clock);
    return read_clock(clock, out);
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    COUNT(clock);
    const int failed = read_clock(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t
time(time_t *out)
{
    struct timespec now = {0};
    COUNT(clock);
    read_clock(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

ssize_t
getrandom(void *bytes, size_t size, unsigned flags)
{
    COUNT(random);
    return syscall(SYS_getrandom, bytes, size, flags);
}

int
getentropy(void *bytes, size_t size)
{
    COUNT(random);
    return syscall(SYS_getrandom, bytes, size, 0) == (long)size ? 0 : -1;
}
