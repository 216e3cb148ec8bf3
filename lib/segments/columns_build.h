/* What is gathered of a block before it is written as columns. */
#ifndef OMNI__SEGMENTS_COLUMNS_BUILD_H
#define OMNI__SEGMENTS_COLUMNS_BUILD_H

#include "segments/columns_private.h"
#include "segments/intern.h"

/* Owners of interned texts. */
#define OMNI__OWNER_EVENTS 0u
#define OMNI__OWNER_TRAITS 1u

static inline uint32_t
omni__owner_of_kinds(uint32_t event)
{
    return 2 + 2 * event;
}

static inline uint32_t
omni__owner_of_codes(uint32_t trait)
{
    return 3 + 2 * trait;
}

/* An event, or a trait with its value's code for a kind. */
typedef struct omni__gathered {
    int64_t time_us;
    int64_t amount;
    uint32_t name;
    uint16_t who;
    uint16_t kind;
} omni__gathered;

typedef struct omni__gathered_list {
    omni__gathered *items;
    size_t count;
    size_t capacity;
} omni__gathered_list;

typedef struct omni__gatherer {
    const omni__alloc *alloc;
    omni__arena texts;
    omni__arena scratch; /* of the profile under way */
    omni__intern intern;
    omni__buffer ids;
    omni__buffer first;
    omni__buffer last;
    uint32_t profiles;
    omni__gathered_list events; /* by profile, then time */
    omni__gathered_list traits; /* by profile */
} omni__gatherer;

/* Write what was gathered as a row. */
omni_status
omni__columns_write(const omni__gatherer *gatherer, uint64_t position,
                    omni__buffer *out);

#endif
