/* The optionals extension, but its macros. */
#include "cel/function.h"

FUNCTION(of)
{
    (void)count;
    return omni__cel_run_some(run, *a);
}

FUNCTION(none)
{
    UNUSED(run, count);
    (void)a;
    return omni__cel_none();
}

static bool
is_zero(omni__cel_value value)
{
    switch (value.kind) {
    case OMNI__CEL_NULL:
        return true;
    case OMNI__CEL_BOOL:
        return !value.as.truth;
    case OMNI__CEL_INT:
    case OMNI__CEL_UINT:
    case OMNI__CEL_DURATION:
        return value.as.natural == 0;
    case OMNI__CEL_DOUBLE:
        return value.as.real == 0;
    case OMNI__CEL_DECIMAL:
        return (value.as.micro->low | value.as.micro->high) == 0;
    case OMNI__CEL_STRING:
    case OMNI__CEL_BYTES:
    case OMNI__CEL_LIST:
        return value.size == 0;
    case OMNI__CEL_MAP:
        return value.as.map->count == 0;
    case OMNI__CEL_OPTIONAL:
        return value.as.items == NULL;
    case OMNI__CEL_TIMESTAMP:
        return value.as.number == OMNI__CEL_TIME_MIN && value.size == 0;
    default:
        return false;
    }
}

FUNCTION(of_non_zero)
{
    (void)count;
    return is_zero(*a) ? omni__cel_none() : omni__cel_run_some(run, *a);
}

FUNCTION(has_value)
{
    UNUSED(run, count);
    return omni__cel_bool(a->as.items != NULL);
}

FUNCTION(value)
{
    (void)count;
    return a->as.items != NULL
               ? *a->as.items
               : omni__cel_run_error(run, "optional.none() has no value");
}

FUNCTION(or_optional)
{
    UNUSED(run, count);
    return a[0].as.items != NULL ? a[0] : a[1];
}

FUNCTION(or_value)
{
    UNUSED(run, count);
    return a[0].as.items != NULL ? *a[0].as.items : a[1];
}

const omni__cel_overload omni__cel_optional_functions[] = {
    {"optional.of", "*", 'O', OMNI__CEL_LIVE_ALL | 1, of},
    {"optional.none", "", 'O', 1, none},
    {"optional.ofNonZeroValue", "*", 'O', 1, of_non_zero},
    {"hasValue", ".O", 'b', OMNI__CEL_LIVE_ALL | 1, has_value},
    {"value", ".O", '*', OMNI__CEL_LIVE_ALL | 1, value},
    {"or", ".OO", 'O', OMNI__CEL_LIVE_ALL | 1, or_optional},
    {"orValue", ".O*", '*', OMNI__CEL_LIVE_ALL | 1, or_value},
    {"", "", 0, 0, NULL},
};
