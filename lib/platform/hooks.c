/* Hooks with the system's services behind them. */
#include "platform/hooks.h"

#include "platform/sized.h"

#include "platform/process.h"

#include <stdarg.h>
#include <stdio.h>

omni_status
omni__hooks_init(omni__hooks *hooks, const omni_hooks *given)
{
    *hooks = (omni__hooks){.alloc = omni__alloc_default};
    if (given == NULL) {
        return OMNI_OK;
    }
    const omni_status status = omni__sized_read(
        given, &hooks->given, sizeof(hooks->given), "hooks", NULL);
    if (status == OMNI_OK && hooks->given.allocate != NULL) {
        hooks->alloc = (omni__alloc){.resize = hooks->given.allocate,
                                     .user = hooks->given.user};
    }
    if (status != OMNI_OK) {
        return status;
    }
    return OMNI_OK;
}

int64_t
omni__hooks_now(const omni__hooks *hooks)
{
    if (hooks->given.clock != NULL) {
        return hooks->given.clock(hooks->given.user);
    }
    return omni__process_now_us();
}

bool
omni__hooks_random(const omni__hooks *hooks, void *bytes, size_t size)
{
    if (hooks->given.random != NULL) {
        return hooks->given.random(hooks->given.user, bytes, size) == 0;
    }
    return omni__process_random(bytes, size);
}

const char *
omni__hooks_fault(omni_status status)
{
    return status == OMNI_ERR_IO ? "no random bytes to be had"
                                 : omni_status_name(status);
}

void
omni__hooks_log(const omni__hooks *hooks, omni_log_level level,
                const char *format, ...)
{
    if (hooks->given.log == NULL) {
        return;
    }
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    hooks->given.log(hooks->given.user, level, line);
}
