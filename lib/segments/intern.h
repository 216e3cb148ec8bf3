/* Texts as numbers, while a block is made: of each owner from 0. */
#ifndef OMNI__SEGMENTS_INTERN_H
#define OMNI__SEGMENTS_INTERN_H

#include "platform/arena.h"
#include "platform/error.h"

#define OMNI__INTERN_NONE UINT32_MAX

typedef struct omni__interned {
    omni__slice text; /* in the arena */
    uint32_t owner;
    uint32_t number;
    uint32_t next; /* of the same owner, or OMNI__INTERN_NONE */
} omni__interned;

typedef struct omni__intern_owner {
    uint32_t first; /* of its texts, or OMNI__INTERN_NONE */
    uint32_t last;
    uint32_t count;
} omni__intern_owner;

typedef struct omni__intern {
    omni__arena *arena;
    omni__interned *texts;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* index of a text from 1, or 0 */
    size_t slot_count;
    omni__intern_owner *owners;
    size_t owner_count;
} omni__intern;

/* The number of a text, which comes in if it is new. OMNI_ERR_NO_MEMORY. */
omni_status
omni__intern_put(omni__intern *intern, uint32_t owner, omni__slice text,
                 uint32_t *out);

/* How many texts an owner has. */
uint32_t
omni__intern_count(const omni__intern *intern, uint32_t owner);

/* Its first text, and the next one, by number; NULL: no more. */
const omni__interned *
omni__intern_first(const omni__intern *intern, uint32_t owner);

const omni__interned *
omni__intern_next(const omni__intern *intern, const omni__interned *text);

/* All but what the arena has. */
void
omni__intern_free(omni__intern *intern);

#endif
