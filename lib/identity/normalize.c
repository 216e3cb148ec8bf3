/* Normal forms of identifier values, and the values that name nobody. */
#include "identity/normalize.h"

#include "codec/text.h"
#include "identity/phone.h"
#include "omni/limits.h"

/* What senders write where they know nobody; in lower case. */
static const char *const junk[] = {
    "null",    "none", "undefined",     "nan", "anonymous",       "guest",
    "unknown", "n/a",  "test@test.com", "-1",  "[object object]",
};

static bool
equal_any_case(omni__slice text, const char *lower)
{
    if (text.size != strlen(lower)) {
        return false;
    }
    for (size_t i = 0; i < text.size; ++i) {
        const uint8_t c = text.data[i];
        const uint8_t folded = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
        if (folded != (uint8_t)lower[i]) {
            return false;
        }
    }
    return true;
}

static bool
zeroes_and_dashes(omni__slice text)
{
    for (size_t i = 0; i < text.size; ++i) {
        if (text.data[i] != '0' && text.data[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool
names_nobody(omni__slice text)
{
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); ++i) {
        if (equal_any_case(text, junk[i])) {
            return true;
        }
    }
    return zeroes_and_dashes(text); /* the empty text too */
}

omni__slice
omni__identifier_form(const omni__policy *policy, const omni__namespace *ns,
                      omni__slice text, omni__arena *arena)
{
    omni__slice out = {NULL, 0};
    switch ((omni__normalizer)ns->normalizer) {
    case OMNI__NORMALIZER_LOWER:
    case OMNI__NORMALIZER_EMAIL:
        return omni__text_lower(text, arena);
    case OMNI__NORMALIZER_PHONE:
        if (!omni__phone_normalize(text, policy->calling_code, arena, &out)) {
            out.data = NULL;
        }
        return out;
    case OMNI__NORMALIZER_NONE:
        break;
    }
    return omni__text_nfc(text, arena);
}

omni_refused_code
omni__identifier_normalize(const omni__policy *policy,
                           const omni__namespace *ns, omni__slice value,
                           omni__arena *arena, omni__slice *out, bool *memory)
{
    *memory = false;
    if (value.size > OMNI_LIMIT_IDENTIFIER_BYTES) {
        return OMNI_REFUSED_LIMIT;
    }
    if (value.size == 0) {
        return OMNI_REFUSED_BLOCKED;
    }
    if (memchr(value.data, 0, value.size) != NULL || !omni__text_valid(value)) {
        return OMNI_REFUSED_JSON;
    }
    const omni__slice text = omni__text_trim(value);
    if (names_nobody(text)) {
        return OMNI_REFUSED_BLOCKED;
    }
    const omni__slice made = omni__identifier_form(policy, ns, text, arena);
    if (made.data == NULL) {
        *memory = true;
        return OMNI_REFUSED_NONE;
    }
    if (made.size > OMNI_LIMIT_IDENTIFIER_BYTES) {
        return OMNI_REFUSED_LIMIT;
    }
    if (names_nobody(made)) {
        return OMNI_REFUSED_BLOCKED;
    }
    *out = made;
    return OMNI_REFUSED_NONE;
}
