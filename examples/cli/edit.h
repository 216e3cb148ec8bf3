/* Lines typed at a terminal. */
#ifndef OMNI_CLI_EDIT_H
#define OMNI_CLI_EDIT_H

#include <stdbool.h>

typedef struct editor editor;

typedef enum edit_outcome {
    EDIT_LINE,
    EDIT_CANCELLED, /* by an interrupt */
    EDIT_END
} edit_outcome;

/* Begin; `history` is the file that lines are kept in, or NULL. `store` is
   the path of the store that completion looks into. NULL without memory. */
editor *
editor_open(const char *history, const char *store);

/* Read a line, which the caller frees; it has no newline. */
edit_outcome
editor_read(editor *editor, const char *prompt, char **line);

/* Keep a line for later. */
void
editor_remember(editor *editor, const char *line);

void
editor_close(editor *editor);

#endif
