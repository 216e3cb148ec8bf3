/*
   The writers' turn, between processes: fair, and given up by the kernel when
   its holder, or one who waits, is killed.
*/
#ifndef OMNI__LOG_TICKET_H
#define OMNI__LOG_TICKET_H

#include "log/shared.h"

/* Wait for the turn. One thread of a process at a time. 0 or an errno. */
int
omni__ticket_take(int fd, _Atomic uint32_t *next, uint32_t *ticket);

void
omni__ticket_give(int fd, uint32_t ticket);

#endif
