/* Structs that begin with their size: nothing is read or written beyond it. */
#include "platform/sized.h"

#include "platform/error.h"

#include <stdint.h>
#include <string.h>

/* More than a pointer has, which is what a forgotten `*` gives; and less than
   what stands in memory that nobody filled. */
#define LEAST (2 * sizeof(size_t))
#define MOST 4096u

static size_t
size_of(const void *sized)
{
    size_t size;
    memcpy(&size, sized, sizeof(size));
    return size;
}

static omni_status
check_size(size_t size, const char *what, omni_error *error)
{
    return size >= LEAST && size <= MOST
               ? OMNI_OK
               : omni__fail(error, OMNI_ERR_ARGUMENT,
                            "%s.size is %zu, which no %s has: set it to its "
                            "sizeof",
                            what, size, what);
}

omni_status
omni__sized_read(const void *given, void *out, size_t known, const char *what,
                 omni_error *error)
{
    const size_t size = size_of(given);
    const omni_status status = check_size(size, what, error);
    if (status != OMNI_OK) {
        return status;
    }
    const uint8_t *bytes = given;
    for (size_t i = known; i < size; ++i) {
        if (bytes[i] != 0) {
            return omni__fail(error, OMNI_ERR_ARGUMENT,
                              "%s has a member at byte %zu that this release "
                              "(of %zu bytes) does not know",
                              what, i, known);
        }
    }
    memset(out, 0, known);
    memcpy(out, given, size < known ? size : known);
    memcpy(out, &known, sizeof(known));
    return OMNI_OK;
}

omni_status
omni__sized_check(const void *result, const char *what, omni_error *error)
{
    return result != NULL ? check_size(size_of(result), what, error) : OMNI_OK;
}

void
omni__sized_write(void *result, const void *made, size_t known)
{
    if (result == NULL) {
        return;
    }
    const size_t size = size_of(result);
    uint8_t *to = result;
    const size_t from = sizeof(size);
    const size_t end = size < known ? size : known;
    memset(to + from, 0, size - from);
    memcpy(to + from, (const uint8_t *)made + from, end - from);
}
