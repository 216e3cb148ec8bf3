/* What a process can know about itself. */
#ifndef OMNI__PLATFORM_PROCESS_H
#define OMNI__PLATFORM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
   Another number in a forked child than in its parent: handles made under one
   are of no use under the other. The first call must come before the fork.
*/
uint32_t
omni__process_generation(void);

/* Identity of the PID namespace; 0 where there is none to be seen. */
uint64_t
omni__process_namespace(void);

/* Let others run for about that long; 0: if they are waiting to. */
void
omni__process_pause(uint32_t microseconds);

/* The system's clock: microseconds since 1970 UTC. */
int64_t
omni__process_now_us(void);

/* Unpredictable bytes; false if the system has none. */
bool
omni__process_random(void *bytes, size_t size);

#endif
