/*
   The progress line: label, bar, percent, amount, rate and time left, as far
   as they are known and fit beside one another.
*/
#include "progress.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define QUIET_US 1000000
#define EVERY_US 100000
#define BAR_LEAST 8
#define BAR_MOST 30
#define PART 48

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

progress
progress_start_bytes(const char *label)
{
    progress progress = progress_start(label);
    progress.bytes = true;
    return progress;
}

static size_t
line_columns(void)
{
    struct winsize size = {0};
    const bool known =
        ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
    return known ? size.ws_col : 80;
}

/* "12.3 MB", "4.1 k" */
static void
format_amount(double amount, bool bytes, char text[PART])
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P"};
    size_t unit = 0;
    while (amount >= 1000 && unit < 5) {
        amount /= 1000;
        ++unit;
    }
    const bool space = unit != 0 || bytes;
    snprintf(text, PART, "%.*f%s%s%s", unit != 0 && amount < 100 ? 1 : 0,
             amount, space ? " " : "", units[unit], bytes ? "B" : "");
}

/* "8 s", "3 min 05 s", "2 h 10 min" */
static void
format_time(double seconds, char text[PART])
{
    const int64_t whole = seconds < 1e9 ? (int64_t)(seconds + 0.5) : 1000000000;
    if (whole < 60) {
        snprintf(text, PART, "%" PRId64 " s", whole);
    } else if (whole < 3600) {
        snprintf(text, PART, "%" PRId64 " min %02" PRId64 " s", whole / 60,
                 whole % 60);
    } else {
        snprintf(text, PART, "%" PRId64 " h %02" PRId64 " min", whole / 3600,
                 whole / 60 % 60);
    }
}

static void
put_bar(double part, size_t columns)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍",
                                          "▌", "▋", "▊", "▉"};
    const bool utf8 = terminal_is_utf8();
    const size_t all = (size_t)(part * (double)columns * 8);
    fputs(utf8 ? " ▕" : " [", stderr);
    for (size_t i = 0; i < columns; ++i) {
        if (i < all / 8) {
            fputs(utf8 ? "█" : "#", stderr);
        } else {
            fputs(utf8 && i == all / 8 ? eighths[all % 8] : " ", stderr);
        }
    }
    fputs(utf8 ? "▏" : "]", stderr);
}

/* The line: its parts from the most to the least telling, until one does not
   fit; the bar takes what is left. */
static void
put_line(const progress *progress, uint64_t done, uint64_t total,
         const char *detail)
{
    char parts[5][PART] = {{0}};
    char some[PART];
    const double spent = (double)(ticks_us() - progress->began_us) / 1e6;
    const double rate = (double)done / spent;
    const size_t columns = line_columns();
    const bool bounded = total != 0 && done <= total;
    const double part = bounded ? (double)done / (double)total : 0;
    if (bounded) {
        snprintf(parts[0], PART, "%3d %%", (int)(part * 100));
    }
    format_amount((double)done, progress->bytes, parts[1]);
    if (bounded && rate > 0) {
        format_time((double)(total - done) / rate, some);
        snprintf(parts[2], PART, "%.38s left", some);
    } else {
        format_time(spent, parts[2]);
    }
    format_amount(rate, progress->bytes, some);
    snprintf(parts[3], PART, "%.40s/s", some);
    snprintf(parts[4], PART, "%s", detail);
    const size_t bar = bounded ? BAR_LEAST + 4 : 0;
    size_t used = strlen(progress->label) + bar;
    size_t shown = 0;
    while (shown < 5 && used + strlen(parts[shown]) + 2 < columns) {
        used += parts[shown][0] != '\0' ? strlen(parts[shown]) + 2 : 0;
        ++shown;
    }
    fprintf(stderr, "\r\033[K%.*s", (int)columns - 1, progress->label);
    if (bounded && used < columns) {
        const size_t wide = BAR_LEAST + columns - used - 1;
        put_bar(part, wide < BAR_MOST ? wide : BAR_MOST);
    }
    for (size_t i = 0; i < shown; ++i) {
        if (parts[i][0] != '\0') {
            fprintf(stderr, "  %s", parts[i]);
        }
    }
    fflush(stderr);
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
    put_line(progress, done, total, detail);
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

static void
show_clock(progress *progress)
{
    char text[PART];
    progress->shown_us = ticks_us();
    format_time((double)(progress->shown_us - progress->began_us) / 1e6, text);
    fprintf(stderr, "\r\033[K%s  %s", progress->label, text);
    fflush(stderr);
}

static void *
run_clock(void *user)
{
    progress_clock *clock = user;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    pthread_mutex_lock(&clock->lock);
    while (!clock->ended) {
        ++until.tv_sec;
        while (!clock->ended &&
               pthread_cond_timedwait(&clock->changed, &clock->lock, &until) ==
                   0) {
        }
        if (!clock->ended) {
            show_clock(&clock->progress);
        }
    }
    pthread_mutex_unlock(&clock->lock);
    return NULL;
}

void
progress_clock_start(progress_clock *clock, const char *label)
{
    *clock = (progress_clock){.progress = progress_start(label)};
    pthread_mutex_init(&clock->lock, NULL);
    pthread_cond_init(&clock->changed, NULL);
    clock->running =
        clock->progress.on &&
        pthread_create(&clock->thread, NULL, run_clock, clock) == 0;
}

void
progress_clock_end(progress_clock *clock)
{
    if (clock->running) {
        pthread_mutex_lock(&clock->lock);
        clock->ended = true;
        pthread_cond_signal(&clock->changed);
        pthread_mutex_unlock(&clock->lock);
        pthread_join(clock->thread, NULL);
    }
    pthread_cond_destroy(&clock->changed);
    pthread_mutex_destroy(&clock->lock);
    progress_end(&clock->progress);
}
