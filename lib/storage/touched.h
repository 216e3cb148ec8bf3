/*
   Which profiles changed since a position of the log, by blocks: profiles are
   cut into blocks by the first bits of their ids, and TOUCHED says of each
   block at which position one of its profiles changed last, or later. What is
   cached of a block is right while that is not after it was made.
*/
#ifndef OMNI__STORAGE_TOUCHED_H
#define OMNI__STORAGE_TOUCHED_H

#include "storage/view.h"

#define OMNI__BLOCK_BITS 10
#define OMNI__BLOCK_COUNT (1u << OMNI__BLOCK_BITS)

/* Blocks to be noted. */
typedef struct omni__touched {
    uint64_t blocks[OMNI__BLOCK_COUNT / 64];
} omni__touched;

/* The block of a profile's id. */
static inline uint32_t
omni__block_of(const omni_id *id)
{
    return (uint32_t)(id->bytes[0] << 8 | id->bytes[1]) >>
           (16 - OMNI__BLOCK_BITS);
}

/* The id that a block begins with. */
static inline omni_id
omni__block_start(uint32_t block)
{
    const uint32_t bits = block << (16 - OMNI__BLOCK_BITS);
    return (omni_id){{(uint8_t)(bits >> 8), (uint8_t)bits}};
}

static inline void
omni__touched_mark(omni__touched *touched, const omni_id *id)
{
    const uint32_t block = omni__block_of(id);
    touched->blocks[block / 64] |= UINT64_C(1) << (block % 64);
}

/* Put what is marked as changed before `position`, and unmark it. */
omni_status
omni__touched_write(omni__touched *touched, omni__kv *kv, uint64_t position);

/* The position of every block's last change, 0 where there was none. */
omni_status
omni__touched_read(const omni__view *view, uint64_t out[OMNI__BLOCK_COUNT]);

#endif
