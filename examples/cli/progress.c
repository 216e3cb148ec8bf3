/* The progress line: percent and bar where the size of the work is known. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define QUIET_US 1000000
#define EVERY_US 100000
#define BAR 24

int64_t
ticks_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

progress
progress_start(const char *label)
{
    return (progress){
        .label = label,
        .began_us = ticks_us(),
        .on = isatty(STDERR_FILENO) == 1,
    };
}

void
progress_show(progress *progress, uint64_t done, uint64_t total,
              const char *detail)
{
    const int64_t now = progress->on ? ticks_us() : 0;
    if (!progress->on || now - progress->began_us < QUIET_US ||
        now - progress->shown_us < EVERY_US) {
        return;
    }
    progress->shown_us = now;
    fprintf(stderr, "\r\033[K%s", progress->label);
    if (total != 0) {
        const double part = done < total ? (double)done / (double)total : 1.0;
        const int full = (int)(part * BAR);
        fprintf(stderr, " %3d %% [%.*s%*s]", (int)(part * 100), full,
                "########################", BAR - full, "");
    }
    fprintf(stderr, " %s", detail);
    fflush(stderr);
}

void
progress_end(progress *progress)
{
    if (progress->shown_us != 0) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown_us = 0;
    }
}
