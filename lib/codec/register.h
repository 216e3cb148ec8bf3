/*
   Bodies of registers: facts that give something with a name its value, of
   which the latest is in force (F6). Of kinds `policy` and `segment`. Layout:
   docs/file-format.md, "Policy and segment".
*/
#ifndef OMNI__CODEC_REGISTER_H
#define OMNI__CODEC_REGISTER_H

#include "codec/varint.h"
#include "platform/error.h"

/* The longest name that takes part; a fact with another has no effect. */
#define OMNI__REGISTER_NAME_MAX 160u

typedef struct omni__register_body {
    int64_t time_us; /* places it among others of its name (F6) */
    omni__slice name;
    omni__slice value; /* empty: there is nothing by that name any more */
    omni__slice author;
    omni__slice reason;
} omni__register_body;

void
omni__register_body_encode(const omni__register_body *body, omni__buffer *out);

/* Borrows from `bytes`. OMNI_ERR_CORRUPT if malformed. */
omni_status
omni__register_body_decode(omni__slice bytes, omni__register_body *body);

/* Whether the name can be that of a register: 1 to OMNI__REGISTER_NAME_MAX
   bytes, none of them zero. */
bool
omni__register_named(omni__slice name);

#endif
