/* omni/identifier.h: text forms of ids. */
#include "omni/identifier.h"

#include <inttypes.h>
#include <stdbool.h>
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

/* Exactly `size` bytes in hex; false if there are fewer digits. */
static bool
read_hex(const char *text, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        const int high = digit_of(text[2 * i]);
        const int low = high < 0 ? -1 : digit_of(text[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

omni_status
omni_id_parse(const char *text, omni_id *out)
{
    omni_id id;
    if (text == NULL || !read_hex(text, id.bytes, sizeof(id.bytes)) ||
        text[2 * sizeof(id.bytes)] != '\0') {
        return OMNI_ERR_SYNTAX;
    }
    *out = id;
    return OMNI_OK;
}

omni_status
omni_fact_id_parse(const char *text, omni_fact_id *out)
{
    omni_fact_id id = {.sequence = 0};
    const size_t replica = 2 * sizeof(id.replica);
    if (text == NULL || !read_hex(text, id.replica, sizeof(id.replica)) ||
        text[replica] != ':') {
        return OMNI_ERR_SYNTAX;
    }
    const char *at = text + replica + 1;
    for (; *at >= '0' && *at <= '9'; ++at) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (id.sequence > (UINT64_MAX - digit) / 10) {
            return OMNI_ERR_SYNTAX;
        }
        id.sequence = id.sequence * 10 + digit;
    }
    if (*at == ':' && read_hex(at + 1, id.check, sizeof(id.check))) {
        at += 1 + 2 * sizeof(id.check);
    }
    if (*at != '\0' || id.sequence == 0) {
        return OMNI_ERR_SYNTAX;
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
