/* Phone numbers as people write them, and their one form: E.164. */
#ifndef OMNI__IDENTITY_PHONE_H
#define OMNI__IDENTITY_PHONE_H

#include "platform/arena.h"

/* What is known of the numbers behind one calling code. */
typedef struct omni__phone_plan {
    uint16_t code;
    uint8_t shortest; /* digits of a number without calling code and trunk */
    uint8_t longest;
    char trunk[13];  /* prefixes at home, with spaces between; tried in order */
    char abroad[25]; /* prefixes for abroad, likewise */
} omni__phone_plan;

/* NULL if there is no such calling code. */
const omni__phone_plan *
omni__phone_plan_of(uint32_t code);

/*
   Turn a phone number into "+" and digits. A number without "+" or a prefix
   for abroad gets `calling_code`; where that is 0 (unknown) it keeps its
   digits as they are, without "+". Letters are read from the keypad where that
   makes a number of the right length. An extension is cut off.

   `text` is well-formed and not empty. `*out` is empty if there are fewer than
   three digits, or the number is one digit repeated. False without memory.
*/
bool
omni__phone_normalize(omni__slice text, uint32_t calling_code,
                      omni__arena *arena, omni__slice *out);

#endif
