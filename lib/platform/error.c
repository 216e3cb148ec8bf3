/* Filling omni_error. */
#include "platform/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
fill(omni_error *error, omni_status status, int64_t offset, int system,
     const char *format, va_list arguments)
{
    error->status = status;
    error->system = system;
    error->offset = offset;
    vsnprintf(error->message, sizeof(error->message), format, arguments);
}

omni_status
omni__fail(omni_error *error, omni_status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, status, -1, 0, format, arguments);
        va_end(arguments);
    }
    return status;
}

omni_status
omni__fail_at(omni_error *error, omni_status status, int64_t offset,
              const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, status, offset, 0, format, arguments);
        va_end(arguments);
    }
    return status;
}

omni_status
omni__error_status(int system)
{
    switch (system) {
    case ENOSPC:
#ifdef EDQUOT
    case EDQUOT:
#endif
#ifdef _WIN32
    case 39:  /* ERROR_HANDLE_DISK_FULL and */
    case 112: /* ERROR_DISK_FULL, as LMDB hands them on */
#endif
        return OMNI_ERR_FULL;
    case EROFS:
        return OMNI_ERR_READ_ONLY;
    case ENOMEM:
        return OMNI_ERR_NO_MEMORY;
    default:
        return OMNI_ERR_IO;
    }
}

omni_status
omni__fail_errno(omni_error *error, int system, const char *format, ...)
{
    const omni_status status = omni__error_status(system);
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, status, -1, system, format, arguments);
        va_end(arguments);
        omni__error_add(error, ": ");
        omni__error_add(error, strerror(system));
    }
    return status;
}

void
omni__error_add(omni_error *error, const char *text)
{
    if (error != NULL) {
        const size_t used = strlen(error->message);
        snprintf(error->message + used, sizeof(error->message) - used, "%s",
                 text);
    }
}

omni_status
omni__fail_memory(omni_error *error)
{
    return omni__fail(error, OMNI_ERR_NO_MEMORY, "out of memory");
}
