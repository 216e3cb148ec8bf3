/*
   Bodies of retracts: facts that void others. Layout: docs/file-format.md,
   "Retract".
*/
#ifndef OMNI__CODEC_RETRACT_H
#define OMNI__CODEC_RETRACT_H

#include "codec/keyed.h"
#include "codec/varint.h"
#include "platform/error.h"

/* Append the tokens that a body of any kind carries. OMNI_ERR_CORRUPT. */
omni_status
omni__body_tokens(omni__slice body, omni__buffer *out);

/* How a retract names a fact: replica, sequence, check; numbers big-endian, so
   that it is the beginning of a key too. */
#define OMNI__TARGET_SIZE 32u

/* Body of a `retract` fact. */
typedef struct omni__retract_body {
    omni__slice tokens;  /* that what it names carries; whole ones, to encode */
    omni__slice targets; /* of OMNI__TARGET_SIZE each */
    omni__slice author;
    omni__slice reason;
} omni__retract_body;

void
omni__target_write(const omni_fact_id *fact, uint8_t out[OMNI__TARGET_SIZE]);

omni_fact_id
omni__target_read(const uint8_t target[OMNI__TARGET_SIZE]);

void
omni__retract_body_encode(const omni__retract_body *retract, omni__buffer *out);

/* Borrows from `body`; leaves the tokens out. */
omni_status
omni__retract_body_decode(omni__slice body, omni__retract_body *retract);

#endif
