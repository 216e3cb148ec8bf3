/* A process on Windows: no forks, no namespaces. */
#include "platform/process.h"

#include "platform/windows.h"

#include <bcrypt.h>

/* From 1601 to 1970, and the ticks that Windows counts in. */
#define EPOCH_TICKS INT64_C(116444736000000000)
#define TICKS_A_MICROSECOND 10

uint32_t
omni__process_generation(void)
{
    return 1;
}

uint64_t
omni__process_namespace(void)
{
    return 0;
}

void
omni__process_pause(uint32_t microseconds)
{
    if (microseconds == 0) {
        SwitchToThread();
    } else {
        Sleep((microseconds + 999) / 1000);
    }
}

int64_t
omni__process_now_us(void)
{
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    const uint64_t ticks =
        (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return ((int64_t)ticks - EPOCH_TICKS) / TICKS_A_MICROSECOND;
}

bool
omni__process_random(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size != 0) {
        const ULONG step = size < 65536 ? (ULONG)size : 65536;
        if (BCryptGenRandom(NULL, at, step, BCRYPT_USE_SYSTEM_PREFERRED_RNG) <
            0) {
            return false;
        }
        at += step;
        size -= step;
    }
    return true;
}
