/* Exact decimals: canonical text, and micro-units for sums. */
#ifndef OMNI__CODEC_DECIMAL_H
#define OMNI__CODEC_DECIMAL_H

#include "codec/int128.h"
#include "platform/buffer.h"

/*
   Append the canonical form of a JSON number: the value's own digits, no
   superfluous zeroes, no exponent while the plain form has at most 40 digits
   (else d.ddde±x), "0" for every zero. 59.90 -> 59.9, 1E2 -> 100, -0.0 -> 0.
   False (nothing appended) if the exponent is beyond ±100,000,000 or the text
   is no JSON number.
*/
bool
omni__decimal_canonical(omni__slice number, omni__buffer *out);

#define OMNI__DECIMAL_ROOM 48 /* a canonical form may be so much longer */

/* The same into `out`, which has room for the number's size and
   OMNI__DECIMAL_ROOM; returns its length, 0 where the above is false. */
size_t
omni__decimal_write(omni__slice number, uint8_t *out);

/* True for a JSON number that is seen at a glance to be canonical as it
   stands; an exponent is never looked into. */
bool
omni__decimal_is_plain(omni__slice number);

/*
   A JSON number in millionths, half to even. False if it does not fit in 128
   bits.
*/
bool
omni__decimal_micro(omni__slice number, omni__int128 *out);

/* The same for a number that is added up with others: false beyond 1e21, so
   that more of them than a store can hold have a sum. */
bool
omni__decimal_amount(omni__slice number, omni__int128 *out);

/* Order of two JSON numbers by value, exactly; 0 also where one is none. */
int
omni__decimal_compare(omni__slice a, omni__slice b);

/* Significant digits that a factor may have. */
#define OMNI__DECIMAL_FACTOR 80

/* Append the exact product of two JSON numbers in canonical form. False if
   one has more digits than OMNI__DECIMAL_FACTOR, is none, or the product is
   out of range. */
bool
omni__decimal_product(omni__slice a, omni__slice b, omni__buffer *out);

#define OMNI__DECIMAL_TEXT 48 /* room for any micro value, terminated */

/* Millionths as canonical decimal text; returns its length. */
size_t
omni__decimal_format(omni__int128 micro, char text[OMNI__DECIMAL_TEXT]);

#endif
