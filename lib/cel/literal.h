/* What a literal's token means. */
#ifndef OMNI__CEL_LITERAL_H
#define OMNI__CEL_LITERAL_H

#include "cel/token.h"
#include "cel/value.h"

/* The reason that is no fault of the text. */
extern const char omni__cel_no_memory[];

/* The value of a number or text; NULL, or why there is none. `negative`: a
   minus stands before the number. `at` is the byte of the token at fault. */
const char *
omni__cel_literal(const omni__cel_token *token, bool negative,
                  omni__arena *arena, omni__cel_value *out, size_t *at);

#endif
