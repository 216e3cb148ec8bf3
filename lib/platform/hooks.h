/* What an application may take over: allocator, clock, random, logger. */
#ifndef OMNI__PLATFORM_HOOKS_H
#define OMNI__PLATFORM_HOOKS_H

#include "omni/store.h"
#include "platform/alloc.h"
#include "platform/error.h"

typedef struct omni__hooks {
    omni__alloc alloc;
    omni_hooks given; /* as the application passed them, zero-filled else */
} omni__hooks;

/* Take over `given` (NULL: nothing). OMNI_ERR_ARGUMENT for a bad size. */
omni_status
omni__hooks_init(omni__hooks *hooks, const omni_hooks *given);

/* Microseconds since 1970 UTC. */
int64_t
omni__hooks_now(const omni__hooks *hooks);

/* Unpredictable bytes; false if the source failed. */
bool
omni__hooks_random(const omni__hooks *hooks, void *bytes, size_t size);

/* Why a call failed that touches no file: what may fail to come in there are
   random bytes alone. */
const char *
omni__hooks_fault(omni_status status);

/* A line for the application's log; nothing where there is no hook. */
void
omni__hooks_log(const omni__hooks *hooks, omni_log_level level,
                const char *format, ...) OMNI__FORMAT(3, 4);

#endif
