/* What a creation that was killed leaves beside the place of its store. */
#ifndef OMNI__FOLD_LEFTOVERS_H
#define OMNI__FOLD_LEFTOVERS_H

#include "omni/store.h"
#include "platform/hooks.h"
#include "platform/path.h"

/* A store is made in `PATH.new-` and 16 hex digits and moved to PATH. */
#define OMNI__MAKING ".new-"
#define OMNI__MAKING_DIGITS 16

/* Remove a directory that a store was being made in, as far as that got. */
void
omni__making_remove(const char *directory);

/* Show that a process is at work in the directory, until `fd` is closed.
   Returns 0 or an errno; ENOENT: somebody took the directory for a leftover. */
int
omni__making_claim(const char *directory, int *fd);

/* Remove what killed creations of `path` left, and nothing that a process is
   at work on; the log hook is told. That this fails is no fault. */
void
omni__leftovers_remove(const char *path, const omni__hooks *hooks);

#endif
