/* Numbers and code points to text and back, whatever the locale. */
#ifndef OMNI__CEL_NUMBER_H
#define OMNI__CEL_NUMBER_H

#include "platform/buffer.h"

/* A decimal number with or without exponent, "NaN", "Infinity" and "inf" with
   a sign. Beyond the range of a double: infinite. */
bool
omni__cel_double_parse(omni__slice text, double *out);

#define OMNI__CEL_NUMBER_TEXT 352 /* room for any text below */

/* The fewest digits that are read as this number again; without an exponent
   where its value is from 1e-6 to below 1e21. Terminated; returns its size. */
size_t
omni__cel_double_format(double real, char out[OMNI__CEL_NUMBER_TEXT]);

/* As printf's %.*f and %.*e; at most 30 digits behind the point. */
size_t
omni__cel_double_fixed(double real, unsigned precision,
                       char out[OMNI__CEL_NUMBER_TEXT]);

size_t
omni__cel_double_scientific(double real, unsigned precision,
                            char out[OMNI__CEL_NUMBER_TEXT]);

/* A whole number: an optional minus (or plus) and digits. */
bool
omni__cel_int_parse(omni__slice text, int64_t *out);

bool
omni__cel_uint_parse(omni__slice text, uint64_t *out);

/* A code point as UTF-8. */
void
omni__cel_put_code(omni__buffer *out, uint32_t code);

/* How many code points well-formed text has. */
size_t
omni__cel_code_count(omni__slice text);

#endif
