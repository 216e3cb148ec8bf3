/*
   Hashes keyed by the deployment's secret: whoever lacks the secret can
   neither guess an identifier from its token nor make two values collide.
   What names people is BLAKE2b (RFC 7693) over the secret, a byte that says
   the purpose, and the input: BLAKE2 needs no second block for a key to be
   safe. What only tells copies of events apart is SipHash-2-4 (Aumasson and
   Bernstein, 2012) under keys drawn from the secret.
*/
#ifndef OMNI__CODEC_KEYED_H
#define OMNI__CODEC_KEYED_H

#include "omni/identifier.h"
#include "platform/slice.h"

#define OMNI__SECRET_SIZE 32
#define OMNI__TOKEN_SIZE 16
#define OMNI__EVENT_KEY_SIZE 16

typedef struct omni__secret {
    uint8_t bytes[OMNI__SECRET_SIZE];
    uint8_t event_key[OMNI__EVENT_KEY_SIZE];   /* drawn from `bytes` */
    uint8_t content_key[OMNI__EVENT_KEY_SIZE]; /* too */
} omni__secret;

typedef struct omni__token {
    uint8_t bytes[OMNI__TOKEN_SIZE];
} omni__token;

/* Draw the keys from `bytes`; needed before any other call. */
void
omni__secret_expand(omni__secret *secret);

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

/* Event id hash of a record without an id: of its content, and how many equal
   records stood before it in the same import. */
uint64_t
omni__ordinal_hash(const omni__secret *secret, uint64_t content_hash,
                   uint64_t ordinal);

#endif
