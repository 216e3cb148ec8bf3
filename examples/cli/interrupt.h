/* Signals that ask a command to end in its own way. */
#ifndef OMNI_CLI_INTERRUPT_H
#define OMNI_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on a first interrupt, hang-up or termination is only noted; a
   second one does what it did before. */
void
interrupts_catch(void);

/* True if one came since they are caught. */
bool
interrupts_came(void);

/* Have them do again what they did before. */
void
interrupts_restore(void);

#endif
