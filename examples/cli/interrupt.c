/* Noting signals, one caller at a time. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

#define SIGNALS 3

static const int caught[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[SIGNALS];
static volatile sig_atomic_t came;

static void
note(int number)
{
    came = 1;
    for (size_t i = 0; i < SIGNALS; ++i) {
        if (caught[i] == number) {
            sigaction(number, &before[i], NULL);
        }
    }
}

void
interrupts_catch(void)
{
    const struct sigaction action = {.sa_handler = note};
    came = 0;
    for (size_t i = 0; i < SIGNALS; ++i) {
        sigaction(caught[i], &action, &before[i]);
    }
}

bool
interrupts_came(void)
{
    return came != 0;
}

void
interrupts_restore(void)
{
    for (size_t i = 0; i < SIGNALS; ++i) {
        sigaction(caught[i], &before[i], NULL);
    }
}
