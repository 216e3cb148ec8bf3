/* What may stand at the end of a line: for the shells, and for our own. */
#ifndef OMNI_CLI_COMPLETE_H
#define OMNI_CLI_COMPLETE_H

#include "words.h"

typedef struct completion {
    words items;      /* each a word, or a word, a tab and what it means */
    bool files;       /* names of files too */
    bool directories; /* names of directories too */
} completion;

/* Complete the last one of the words behind `omni`. With `store` the words
   leave out DB and are of the shell that has this store open. */
void
complete_words(const char *const *words, size_t count, const char *store,
               completion *out);

void
completion_free(completion *completion);

#endif
