/*
   A queue of byte locks: ticket t is a lock on byte t, and its owner waits
   for byte t-1. The byte is locked before the ticket is taken, or the owner
   of t+1 could find it free. Where one dies while waiting, who stands behind
   moves up beside whoever has the turn; the turn's own byte keeps them apart.

   Any value of the counter will do to begin with: after a restart of the
   machine no byte is locked.
*/
#include "log/ticket.h"

#include "platform/lock.h"
#include "platform/process.h"

#include <errno.h>

#define PATIENCE 64 /* tries before it looks less often */
#define REST_US 50

static uint64_t
byte_of(uint32_t ticket)
{
    return OMNI__LOCK_TICKETS + ticket;
}

/* Draw a ticket; its byte is then locked. */
static int
draw(int fd, _Atomic uint32_t *next, uint32_t *ticket)
{
    for (uint32_t tries = 0;; ++tries) {
        const uint32_t number =
            atomic_load_explicit(next, memory_order_acquire);
        const int system = omni__lock_try(fd, byte_of(number), true);
        if (system == 0) {
            uint32_t expected = number;
            if (atomic_compare_exchange_strong(next, &expected, number + 1)) {
                *ticket = number;
                return 0;
            }
            /* Drawn, used and given back by another since the load. */
            omni__lock_release(fd, byte_of(number));
        } else if (system != EAGAIN) {
            return system;
        }
        omni__process_pause(tries < PATIENCE ? 0 : REST_US);
    }
}

int
omni__ticket_take(int fd, _Atomic uint32_t *next, uint32_t *ticket)
{
    uint32_t mine;
    int system = draw(fd, next, &mine);
    if (system != 0) {
        return system;
    }
    system = omni__lock_wait(fd, byte_of(mine - 1), true);
    if (system == 0) {
        omni__lock_release(fd, byte_of(mine - 1));
        system = omni__lock_wait(fd, OMNI__LOCK_TURN, true);
    }
    if (system != 0) {
        omni__lock_release(fd, byte_of(mine));
        return system;
    }
    *ticket = mine;
    return 0;
}

void
omni__ticket_give(int fd, uint32_t ticket)
{
    omni__lock_release(fd, OMNI__LOCK_TURN);
    omni__lock_release(fd, byte_of(ticket));
}
