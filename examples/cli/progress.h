/* A line on stderr, on a terminal, for work of over a second. */
#ifndef OMNI_CLI_PROGRESS_H
#define OMNI_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    const char *label;
    int64_t began_us;
    int64_t shown_us;
    bool on;
} progress;

/* Microseconds of a clock that only goes forward. */
int64_t
ticks_us(void);

progress
progress_start(const char *label);

/* Show how far the work is; `total` 0 if that is not known. */
void
progress_show(progress *progress, uint64_t done, uint64_t total,
              const char *detail);

/* Wipe the line. */
void
progress_end(progress *progress);

#endif
