/* Errors: a status goes up by return, its detail into the caller's struct. */
#ifndef OMNI__PLATFORM_ERROR_H
#define OMNI__PLATFORM_ERROR_H

#include "omni/status.h"

/* Checks the format of functions like printf(). */
#ifdef __MINGW32__
#define OMNI__FORMAT(format_at, first_at)                                      \
    __attribute__((format(gnu_printf, format_at, first_at)))
#else
#define OMNI__FORMAT(format_at, first_at)                                      \
    __attribute__((format(printf, format_at, first_at)))
#endif

/*
   Fill `error` (NULL is allowed) and return `status`:
       return omni__fail(error, OMNI_ERR_CORRUPT, "%s: no header", path);
*/
omni_status
omni__fail(omni_error *error, omni_status status, const char *format, ...)
    OMNI__FORMAT(3, 4);

/* The same with a byte offset in the input at fault. */
omni_status
omni__fail_at(omni_error *error, omni_status status, int64_t offset,
              const char *format, ...) OMNI__FORMAT(4, 5);

/* The same for a system call that set errno: FULL for ENOSPC and EDQUOT,
   READ_ONLY for EROFS, NO_MEMORY for ENOMEM, else IO. Adds strerror. */
omni_status
omni__fail_errno(omni_error *error, int system, const char *format, ...)
    OMNI__FORMAT(3, 4);

/* That status of a system error. */
omni_status
omni__error_status(int system);

/* Add to the message of an error that a call has filled. */
void
omni__error_add(omni_error *error, const char *text);

/* "out of memory". */
omni_status
omni__fail_memory(omni_error *error);

/* Stay on the path of success: `OMNI_TRY(st, expr);` leaves by `done:`. */
#define OMNI_TRY(st, expr)                                                     \
    do {                                                                       \
        (st) = (expr);                                                         \
        if ((st) != OMNI_OK) {                                                 \
            goto done;                                                         \
        }                                                                      \
    } while (0)

#endif
