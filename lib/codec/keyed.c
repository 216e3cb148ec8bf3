/* One BLAKE2b per purpose, told apart by its personalisation. */
#include "codec/keyed.h"

#include "codec/varint.h"

#include <sodium.h>

typedef crypto_generichash_blake2b_state hash_state;

static void
begin(hash_state *state, const omni__secret *secret, const char *purpose,
      size_t size)
{
    uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    memcpy(personal, purpose, strlen(purpose));
    crypto_generichash_blake2b_init_salt_personal(
        state, secret->bytes, OMNI__SECRET_SIZE, size, NULL, personal);
}

static void
add(hash_state *state, omni__slice bytes)
{
    crypto_generichash_blake2b_update(state, bytes.data, bytes.size);
}

static uint64_t
end64(hash_state *state)
{
    uint8_t bytes[16];
    crypto_generichash_blake2b_final(state, bytes, sizeof(bytes));
    return omni__be64_read(bytes);
}

omni__token
omni__token_of(const omni__secret *secret, omni__slice ns, omni__slice value)
{
    hash_state state;
    begin(&state, secret, "omni.token", OMNI__TOKEN_SIZE);
    add(&state, ns);
    add(&state, omni__slice_of("", 1)); /* a zero byte ends the namespace */
    add(&state, value);
    omni__token token;
    crypto_generichash_blake2b_final(&state, token.bytes, sizeof(token.bytes));
    return token;
}

omni_id
omni__public_id(const omni__secret *secret, const omni__token *token,
                omni__slice erasures)
{
    hash_state state;
    omni_id id;
    begin(&state, secret, "omni.id", sizeof(id.bytes));
    add(&state, omni__slice_of(token->bytes, sizeof(token->bytes)));
    add(&state, erasures);
    crypto_generichash_blake2b_final(&state, id.bytes, sizeof(id.bytes));
    return id;
}

uint64_t
omni__event_id_hash(const omni__secret *secret, omni__slice id)
{
    hash_state state;
    begin(&state, secret, "omni.event", 16);
    add(&state, id);
    return end64(&state);
}

uint64_t
omni__content_hash(const omni__secret *secret, omni__slice content)
{
    hash_state state;
    begin(&state, secret, "omni.content", 16);
    add(&state, content);
    return end64(&state);
}

uint64_t
omni__ordinal_hash(const omni__secret *secret, omni__slice content,
                   uint64_t ordinal)
{
    uint8_t number[8];
    omni__le64_write(number, ordinal);
    hash_state state;
    begin(&state, secret, "omni.ordinal", 16);
    add(&state, omni__slice_of(number, sizeof(number)));
    add(&state, content);
    return end64(&state);
}
