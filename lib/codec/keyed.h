/*
   Hashes keyed by the deployment's secret (BLAKE2b, RFC 7693): whoever lacks
   the secret can neither guess an identifier from its token nor make two
   values collide.
*/
#ifndef OMNI__CODEC_KEYED_H
#define OMNI__CODEC_KEYED_H

#include "omni/identifier.h"
#include "platform/slice.h"

#define OMNI__SECRET_SIZE 32
#define OMNI__TOKEN_SIZE 16

typedef struct omni__secret {
    uint8_t bytes[OMNI__SECRET_SIZE];
} omni__secret;

typedef struct omni__token {
    uint8_t bytes[OMNI__TOKEN_SIZE];
} omni__token;

/* Token of an identifier in normal form. */
omni__token
omni__token_of(const omni__secret *secret, omni__slice ns, omni__slice value);

/* Public id over a token and the ids of its erasures, sorted (empty: none). */
omni_id
omni__public_id(const omni__secret *secret, const omni__token *token,
                omni__slice erasures);

/* Hash of an event's id as its sender wrote it. */
uint64_t
omni__event_id_hash(const omni__secret *secret, omni__slice id);

/* Hash of an event's canonical content. */
uint64_t
omni__content_hash(const omni__secret *secret, omni__slice content);

/* Event id hash of a record without an id: its content, and how many equal
   records stood before it in the same import. */
uint64_t
omni__ordinal_hash(const omni__secret *secret, omni__slice content,
                   uint64_t ordinal);

#endif
