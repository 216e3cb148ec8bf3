/* Text of an expression to tokens. */
#ifndef OMNI__CEL_TOKEN_H
#define OMNI__CEL_TOKEN_H

#include "platform/slice.h"

typedef enum omni__cel_token_kind {
    OMNI__CEL_TOKEN_END,
    OMNI__CEL_TOKEN_NAME,   /* an identifier, keywords included */
    OMNI__CEL_TOKEN_QUOTED, /* `an identifier in backticks`, without them */
    OMNI__CEL_TOKEN_INT,    /* digits, or 0x and digits */
    OMNI__CEL_TOKEN_UINT,   /* the same, without its u */
    OMNI__CEL_TOKEN_DOUBLE,
    OMNI__CEL_TOKEN_STRING, /* with prefix and quotes */
    OMNI__CEL_TOKEN_BYTES,  /* the same */
    OMNI__CEL_TOKEN_MARK,   /* an operator or bracket */
    OMNI__CEL_TOKEN_BAD
} omni__cel_token_kind;

typedef struct omni__cel_token {
    omni__cel_token_kind kind;
    uint32_t offset;
    omni__slice text;
    const char *why; /* of a BAD one */
} omni__cel_token;

/* The token at or after `*at`, which moves behind it. */
omni__cel_token
omni__cel_token_next(omni__slice source, size_t *at);

/* True for a MARK of this text. */
bool
omni__cel_token_is(const omni__cel_token *token, const char *mark);

#endif
