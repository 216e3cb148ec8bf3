/* Lines of the shell, split as sh does. */
#ifndef OMNI_CLI_SPLIT_H
#define OMNI_CLI_SPLIT_H

#include "words.h"

typedef enum split_outcome {
    SPLIT_DONE,
    SPLIT_MORE, /* a quote is open, or a backslash ends the line */
    SPLIT_WRONG
} split_outcome;

typedef struct split {
    words words;
    const char *command; /* behind `|`; borrowed from the line */
    char *file;          /* behind `>` or `>>`; owned */
    bool append;
    const char *why; /* it is wrong */
} split;

/* Split a line: words, 'quotes', "quotes", backslashes, # comments, and at the
   end one of `| command`, `> file`, `>> file`. */
split_outcome
split_line(const char *line, split *out);

void
split_free(split *split);

/* The words of a line that is still being typed, the last of which may be
   empty; `*begin` is where that one begins. */
void
split_typed(const char *line, words *out, size_t *begin);

/* A word as it has to be typed, without a quote that stays open; the caller
   frees it. NULL without memory. */
char *
quote_word(const char *word);

#endif
