/* One hash per purpose, told apart by a byte before the input or by its key. */
#include "codec/keyed.h"

#include "codec/varint.h"

#include <sodium.h>

enum {
    PURPOSE_TOKEN = 1,
    PURPOSE_ID = 2,
    PURPOSE_EVENT_KEY = 3,
    PURPOSE_CONTENT_KEY = 4
};

/* Inputs up to this size are hashed from one buffer: one block of BLAKE2b. */
#define SHORT_INPUT (128u - OMNI__SECRET_SIZE - 1u)

static void
hash_long(const omni__secret *secret, uint8_t purpose, omni__slice a,
          omni__slice b, uint8_t out[16])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 16);
    crypto_generichash_update(&state, secret->bytes, OMNI__SECRET_SIZE);
    crypto_generichash_update(&state, &purpose, 1);
    crypto_generichash_update(&state, a.data, a.size);
    crypto_generichash_update(&state, b.data, b.size);
    crypto_generichash_final(&state, out, 16);
}

/* Over secret, purpose, `a` and `b`. */
static void
hash_parts(const omni__secret *secret, uint8_t purpose, omni__slice a,
           omni__slice b, uint8_t out[16])
{
    if (a.size + b.size > SHORT_INPUT) {
        hash_long(secret, purpose, a, b, out);
        return;
    }
    uint8_t block[128];
    size_t size = OMNI__SECRET_SIZE;
    memcpy(block, secret->bytes, OMNI__SECRET_SIZE);
    block[size++] = purpose;
    memcpy(block + size, a.data, a.size);
    size += a.size;
    if (b.size != 0) {
        memcpy(block + size, b.data, b.size);
        size += b.size;
    }
    crypto_generichash(out, 16, block, size, NULL, 0);
}

void
omni__secret_expand(omni__secret *secret)
{
    const omni__slice none = omni__slice_of(NULL, 0);
    const omni__slice self = omni__slice_of(secret->bytes, 0);
    hash_parts(secret, PURPOSE_EVENT_KEY, self, none, secret->event_key);
    hash_parts(secret, PURPOSE_CONTENT_KEY, self, none, secret->content_key);
}

omni__token
omni__token_of(const omni__secret *secret, omni__slice ns, omni__slice value)
{
    /* A zero byte, which neither can hold, ends the namespace. */
    uint8_t space[64] = {0};
    const size_t size = ns.size < sizeof(space) ? ns.size : sizeof(space) - 1;
    memcpy(space, ns.data, size);
    omni__token token;
    hash_parts(secret, PURPOSE_TOKEN, omni__slice_of(space, size + 1), value,
               token.bytes);
    return token;
}

omni_id
omni__public_id(const omni__secret *secret, const omni__token *token,
                omni__slice erasures)
{
    omni_id id;
    hash_parts(secret, PURPOSE_ID,
               omni__slice_of(token->bytes, sizeof(token->bytes)), erasures,
               id.bytes);
    return id;
}

static uint64_t
siphash(const uint8_t key[OMNI__EVENT_KEY_SIZE], const void *bytes, size_t size)
{
    uint8_t out[crypto_shorthash_siphash24_BYTES];
    crypto_shorthash_siphash24(out, bytes, size, key);
    return omni__le64_read(out);
}

uint64_t
omni__event_id_hash(const omni__secret *secret, omni__slice id)
{
    return siphash(secret->event_key, id.data, id.size);
}

uint64_t
omni__content_hash(const omni__secret *secret, omni__slice content)
{
    return siphash(secret->content_key, content.data, content.size);
}

uint64_t
omni__ordinal_hash(const omni__secret *secret, uint64_t content_hash,
                   uint64_t ordinal)
{
    uint8_t numbers[16];
    omni__le64_write(numbers, content_hash);
    omni__le64_write(numbers + 8, ordinal);
    return siphash(secret->content_key, numbers, sizeof(numbers));
}
