/* What somebody may have meant who named nobody, or no store. */
#ifndef OMNI_CLI_HINT_H
#define OMNI_CLI_HINT_H

#include "cli.h"

/* Say that nobody is WHO in the store at `path`, and what may be wrong. */
void
hint_nobody(omni_txn *txn, const char *path, const char *who);

/* WRONG_USAGE: a word that should be WHO has no namespace. */
int
hint_no_name(const char *who);

/* FAULT: nothing is at `path`. */
int
hint_no_store(const char *path);

/* Say so if the directory that `path` would be in is not there. */
void
hint_parent(const char *path);

#endif
