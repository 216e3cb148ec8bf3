/* omni/status.h: names of outcomes, and the version. */
#include "omni/status.h"

const char *
omni_status_name(omni_status status)
{
    switch (status) {
    case OMNI_OK:
        return "done";
    case OMNI_NOT_FOUND:
        return "not found";
    case OMNI_END:
        return "no more";
    case OMNI_UNCHANGED:
        return "unchanged";
    case OMNI_ERR_ARGUMENT:
        return "argument not allowed";
    case OMNI_ERR_NO_MEMORY:
        return "out of memory";
    case OMNI_ERR_IO:
        return "input or output failed";
    case OMNI_ERR_FULL:
        return "no space left";
    case OMNI_ERR_BUSY:
        return "busy";
    case OMNI_ERR_CORRUPT:
        return "stored data is damaged";
    case OMNI_ERR_VERSION:
        return "unknown format version";
    case OMNI_ERR_SYNTAX:
        return "syntax error";
    case OMNI_ERR_LIMIT:
        return "over a limit";
    case OMNI_ERR_READ_ONLY:
        return "open for reading only";
    case OMNI_ERR_CONFLICT:
        return "in conflict with another use";
    case OMNI_ERR_NOT_STORE:
        return "not a libomni store";
    default:
        return "unknown status";
    }
}

const char *
omni_version(void)
{
    return "0.1.0";
}
