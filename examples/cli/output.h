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

/* Let what was printed come before a message: a pager ends first. */
void
output_pause(void);

/* Have stdout go to a file, or to a command of sh, until output_restore().
   False if that cannot be; errno says why. */
bool
output_to_file(const char *file, bool append);

bool
output_to_command(const char *line);

/* Have stdout go where it went at first; `status`, or FAULT if that of the
   command was not 0. */
int
output_restore(int status);

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

/* True if terminals of this user show more than ASCII. */
bool
terminal_is_utf8(void);

/* Say that the user interrupts; for a handler of signals. */
void
output_interrupt(void);

#endif
