/* Encoding and reading bodies of retracts. */
#include "codec/retract.h"

#define BODY_FORMAT 1

static void
read_tokens(omni__reader *reader, omni__buffer *out)
{
    uint64_t count = omni__read_varint(reader);
    for (; count != 0 && !reader->bad; --count) {
        const omni__slice token = omni__read_bytes(reader, OMNI__TOKEN_SIZE);
        uint64_t erasures = omni__read_varint(reader);
        for (; erasures != 0 && !reader->bad; --erasures) {
            omni__read_block(reader);
        }
        if (out != NULL && !reader->bad) {
            omni__buffer_slice(out, token);
        }
    }
}

omni_status
omni__body_tokens(omni__slice body, omni__buffer *out)
{
    omni__reader reader = omni__reader_of(body);
    read_tokens(&reader, out);
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

void
omni__target_write(const omni_fact_id *fact, uint8_t out[OMNI__TARGET_SIZE])
{
    memcpy(out, fact->replica, sizeof(fact->replica));
    omni__be64_write(out + 16, fact->sequence);
    memcpy(out + 24, fact->check, sizeof(fact->check));
}

omni_fact_id
omni__target_read(const uint8_t target[OMNI__TARGET_SIZE])
{
    omni_fact_id fact = {.sequence = omni__be64_read(target + 16)};
    memcpy(fact.replica, target, sizeof(fact.replica));
    memcpy(fact.check, target + 24, sizeof(fact.check));
    return fact;
}

void
omni__retract_body_encode(const omni__retract_body *retract, omni__buffer *out)
{
    const size_t tokens = retract->tokens.size / OMNI__TOKEN_SIZE;
    omni__put_varint(out, tokens);
    for (size_t i = 0; i < tokens; ++i) {
        omni__buffer_put(out, retract->tokens.data + i * OMNI__TOKEN_SIZE,
                         OMNI__TOKEN_SIZE);
        omni__put_varint(out, 0); /* erasures of it that the maker knew */
    }
    omni__buffer_byte(out, BODY_FORMAT);
    omni__put_block(out, retract->targets);
    omni__put_block(out, retract->author);
    omni__put_block(out, retract->reason);
}

omni_status
omni__retract_body_decode(omni__slice body, omni__retract_body *retract)
{
    omni__reader reader = omni__reader_of(body);
    read_tokens(&reader, NULL);
    const uint8_t format = omni__read_byte(&reader);
    *retract = (omni__retract_body){.targets = omni__read_block(&reader)};
    retract->author = omni__read_block(&reader);
    retract->reason = omni__read_block(&reader);
    return reader.bad || reader.at != reader.end || format != BODY_FORMAT ||
                   retract->targets.size % OMNI__TARGET_SIZE != 0
               ? OMNI_ERR_CORRUPT
               : OMNI_OK;
}
