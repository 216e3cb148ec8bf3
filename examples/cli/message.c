/*
   Messages on stderr, each one line that begins with "omni: ", and the exit
   status that goes with it.
*/
#include "cli.h"
#include "output.h"

#include <stdarg.h>
#include <string.h>

static void
complain(const char *format, va_list arguments)
{
    output_pause();
    fputs("omni: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int
wrong_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(format, arguments);
    va_end(arguments);
    return WRONG_USAGE;
}

int
fault(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(format, arguments);
    va_end(arguments);
    return FAULT;
}

int
fault_of(const char *what, omni_status status, const omni_error *error)
{
    if (error != NULL && error->message[0] != '\0') {
        /* The library names the path itself where that is what matters. */
        const int named = strncmp(error->message, what, strlen(what)) == 0;
        return named ? fault("%s", error->message)
                     : fault("%s: %s", what, error->message);
    }
    return fault("%s: %s", what, omni_status_name(status));
}

void
remark(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(format, arguments);
    va_end(arguments);
}
