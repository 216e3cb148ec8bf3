/* A line on stderr, on a terminal, for work of over a second. */
#ifndef OMNI_CLI_PROGRESS_H
#define OMNI_CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct progress {
    const char *label;
    bool bytes; /* amounts are bytes; else a count */
    int64_t began_us;
    int64_t shown_us;
    bool on;
} progress;

/* Microseconds of a clock that only goes forward. */
int64_t
ticks_us(void);

/* Progress by a count of things. */
progress
progress_start(const char *label);

/* Progress by bytes. */
progress
progress_start_bytes(const char *label);

/* Show how far the work is; `total` 0 if that is not known. `detail` comes
   last, where there is room for it. */
void
progress_show(progress *progress, uint64_t done, uint64_t total,
              const char *detail);

/* Wipe the line. */
void
progress_end(progress *progress);

/* For work that does not tell how far it is: shows for how long it runs. */
typedef struct progress_clock {
    progress progress;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool running;
    bool ended;
} progress_clock;

void
progress_clock_start(progress_clock *clock, const char *label);

void
progress_clock_end(progress_clock *clock);

#endif
