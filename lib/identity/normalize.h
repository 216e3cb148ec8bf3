/* Normal forms of identifier values, and the values that name nobody. */
#ifndef OMNI__IDENTITY_NORMALIZE_H
#define OMNI__IDENTITY_NORMALIZE_H

#include "identity/policy.h"
#include "omni/event.h"
#include "platform/arena.h"

/*
   Normalise a value: trim white space, NFC, and what the namespace's register
   asks for (email and lower: lower case; phone: E.164 with the policy's
   calling code for numbers without one).

   Returns OMNI_REFUSED_NONE with `*out` borrowed from `value` or the arena;
   OMNI_REFUSED_BLOCKED for a value that names nobody (design.md, I2: the junk
   list in any case, zeroes and dashes, a phone number without digits or of
   one repeated digit); OMNI_REFUSED_LIMIT for more than
   OMNI_LIMIT_IDENTIFIER_BYTES before or after; OMNI_REFUSED_JSON for bytes
   that are not UTF-8 or hold a NUL. `*memory` is set where memory ran out.
*/
omni_refused_code
omni__identifier_normalize(const omni__policy *policy,
                           const omni__namespace *ns, omni__slice value,
                           omni__arena *arena, omni__slice *out, bool *memory);

/* Text in the form that the register asks for; NULL data without memory. */
omni__slice
omni__identifier_form(const omni__policy *policy, const omni__namespace *ns,
                      omni__slice text, omni__arena *arena);

#endif
