/* omni/identifier.h: text forms of ids. */
#include "omni/identifier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
write_hex(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; ++i) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

static int
digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void
omni_id_format(const omni_id *id, char *text)
{
    write_hex(id->bytes, sizeof(id->bytes), text);
}

omni_status
omni_id_parse(const char *text, omni_id *out)
{
    omni_id id;
    if (text == NULL || strlen(text) != 2 * sizeof(id.bytes)) {
        return OMNI_ERR_SYNTAX;
    }
    for (size_t i = 0; i < sizeof(id.bytes); ++i) {
        const int high = digit_of(text[2 * i]);
        const int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return OMNI_ERR_SYNTAX;
        }
        id.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *out = id;
    return OMNI_OK;
}

void
omni_fact_id_format(const omni_fact_id *id, char *text)
{
    write_hex(id->replica, sizeof(id->replica), text);
    const int size = snprintf(text + 32, OMNI_FACT_ID_TEXT_SIZE - 32,
                              ":%" PRIu64 ":", id->sequence);
    write_hex(id->check, sizeof(id->check), text + 32 + size);
}
