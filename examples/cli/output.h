/* Where stdout goes: a terminal, a pager, a file, a pipe; and how it ends. */
#ifndef OMNI_CLI_OUTPUT_H
#define OMNI_CLI_OUTPUT_H

#include "cli.h"

/* Decide on colours and width for a call, and start the pager where the
   command lists and stdout is a terminal. */
void
output_begin(const call *call);

/* Write out what stdout still holds and wait for the pager; `status`, or FAULT
   if not all could be written. */
int
output_end(int status);

/* True once nobody reads on, the disk is full, or the user said stop: a
   listing should end, without a message. */
bool
output_stopped(void);

/* True if people read stdout. */
bool
output_is_terminal(void);

/* Columns of the terminal behind stdout; 0 if it is none. */
size_t
terminal_columns(void);

/* Say that the user interrupts; for a handler of signals. */
void
output_interrupt(void);

#endif
