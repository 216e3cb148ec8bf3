/*
   Public structs that begin with their size, so that caller and library may
   be of different releases: members beyond an older caller's struct are
   absent, and those of a newer one that this library does not know must be
   zero.
*/
#ifndef OMNI__PLATFORM_SIZED_H
#define OMNI__PLATFORM_SIZED_H

#include "omni/status.h"

#include <stddef.h>

/*
   Copy a struct that a caller filled into `out`, of `known` bytes, with zeros
   where the caller's ends before. `what` names it in the error.
   OMNI_ERR_ARGUMENT if its size cannot be, or what stands beyond `known`
   bytes is not zero.
*/
omni_status
omni__sized_read(const void *given, void *out, size_t known, const char *what,
                 omni_error *error);

/* OMNI_ERR_ARGUMENT if the size of a result struct cannot be; NULL is
   allowed. */
omni_status
omni__sized_check(const void *result, const char *what, omni_error *error);

/* Fill a checked result struct, as far as it goes, from `made`, of `known`
   bytes; its size stays, and what this library does not know is zero. NULL
   is allowed. */
void
omni__sized_write(void *result, const void *made, size_t known);

#endif
