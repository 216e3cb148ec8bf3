/**
   @file status.h  Outcomes and errors.

   Zero is done, positive values are ordinary outcomes of a question, negative
   values are faults. The numbers are permanent.
*/
#ifndef OMNI_STATUS_H
#define OMNI_STATUS_H

#include "omni/export.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a call says of itself; docs/errors.md has a word on each. */
typedef enum omni_status {
    OMNI_OK = 0,        /**< Done. */
    OMNI_NOT_FOUND = 1, /**< Nothing by that name. */
    OMNI_END = 2,       /**< A cursor has no more. */
    OMNI_UNCHANGED = 3, /**< The call was right and there was nothing to do. */

    OMNI_ERR_ARGUMENT = -1,   /**< The caller passed something not allowed. */
    OMNI_ERR_NO_MEMORY = -2,  /**< The allocator returned NULL. */
    OMNI_ERR_IO = -3,         /**< The system refused a read or a write. */
    OMNI_ERR_FULL = -4,       /**< Disk or map is full; nothing was lost. */
    OMNI_ERR_BUSY = -5,       /**< Another process is in the way; try again. */
    OMNI_ERR_CORRUPT = -6,    /**< Stored bytes are not what was written. */
    OMNI_ERR_VERSION = -7,    /**< Written by a newer or unknown format. */
    OMNI_ERR_SYNTAX = -8,     /**< Text that does not parse. */
    OMNI_ERR_LIMIT = -9,      /**< Over a limit of limits.h. */
    OMNI_ERR_READ_ONLY = -10, /**< The store was opened for reading. */
    OMNI_ERR_CONFLICT = -11,  /**< Opened twice, used after fork, still asked
                                 for by others, or the like. */
    OMNI_ERR_NOT_STORE = -12  /**< The path holds no libomni store. */
} omni_status;

/**
   What went wrong, in words.

   Filled only when a call fails; a caller may pass NULL where it is asked
   for. `message` is one line, names what and where, and is always terminated.
*/
typedef struct omni_error {
    omni_status status; /**< What the call returned. */
    int32_t system;     /**< errno of the failing system call, else 0. */
    int64_t offset;    /**< Byte offset of the trouble in its input, else -1. */
    char message[256]; /**< For a person; one line. */
} omni_error;

/**
   Stable English name of a status, such as "not found". Any thread.

   @param status Any value.
   @return A static string; "unknown status" for values this library lacks.
   @since 0.1
*/
OMNI_API const char *
omni_status_name(omni_status status);

/**
   Version of the library that is running, "MAJOR.MINOR.PATCH". Any thread.

   @return A static string.
   @since 0.1
*/
OMNI_API const char *
omni_version(void);

#ifdef __cplusplus
}
#endif

#endif
