/* Lines as the terminal itself edits them, where libedit was not there when
   this was built. */
#include "edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct editor {
    int unused;
};

editor *
editor_open(const char *history, const char *store)
{
    (void)history;
    (void)store;
    return calloc(1, sizeof(editor));
}

edit_outcome
editor_read(editor *editor, const char *prompt, char **line)
{
    char *text = NULL;
    size_t capacity = 0;
    (void)editor;
    fputs(prompt, stdout);
    fflush(stdout);
    errno = 0;
    const ssize_t size = getline(&text, &capacity, stdin);
    if (size <= 0) {
        const bool cancelled = errno == EINTR;
        clearerr(stdin);
        free(text);
        putchar('\n');
        return cancelled ? EDIT_CANCELLED : EDIT_END;
    }
    text[size - (text[size - 1] == '\n')] = '\0';
    *line = text;
    return EDIT_LINE;
}

void
editor_remember(editor *editor, const char *line)
{
    (void)editor;
    (void)line;
}

void
editor_close(editor *editor)
{
    free(editor);
}
