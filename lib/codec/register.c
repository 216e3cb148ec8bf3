/* Encoding and reading bodies of registers. */
#include "codec/register.h"

#define BODY_FORMAT 1

void
omni__register_body_encode(const omni__register_body *body, omni__buffer *out)
{
    omni__put_varint(out, 0); /* tokens */
    omni__buffer_byte(out, BODY_FORMAT);
    omni__put_zigzag(out, body->time_us);
    omni__put_block(out, body->name);
    omni__put_block(out, body->value);
    omni__put_block(out, body->author);
    omni__put_block(out, body->reason);
}

omni_status
omni__register_body_decode(omni__slice bytes, omni__register_body *body)
{
    omni__reader reader = omni__reader_of(bytes);
    const uint64_t tokens = omni__read_varint(&reader);
    const uint8_t format = omni__read_byte(&reader);
    body->time_us = omni__read_zigzag(&reader);
    body->name = omni__read_block(&reader);
    body->value = omni__read_block(&reader);
    body->author = omni__read_block(&reader);
    body->reason = omni__read_block(&reader);
    return reader.bad || reader.at != reader.end || tokens != 0 ||
                   format != BODY_FORMAT
               ? OMNI_ERR_CORRUPT
               : OMNI_OK;
}

bool
omni__register_named(omni__slice name)
{
    return name.size != 0 && name.size <= OMNI__REGISTER_NAME_MAX &&
           memchr(name.data, 0, name.size) == NULL;
}
