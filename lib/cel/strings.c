/* Searching, quoting and writing out values. */
#include "cel/strings.h"

#include "cel/network.h"
#include "cel/number.h"
#include "cel/time.h"
#include "codec/decimal.h"
#include "codec/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

bool
omni__cel_search(omni__slice text, omni__slice needle, size_t from, size_t *at)
{
    if (needle.size > text.size) {
        return false;
    }
    for (size_t i = from; i <= text.size - needle.size; ++i) {
        if (needle.size == 0 ||
            memcmp(text.data + i, needle.data, needle.size) == 0) {
            *at = i;
            return true;
        }
    }
    return false;
}

void
omni__cel_clean(char *message)
{
    const omni__slice text = omni__slice_text(message);
    size_t at = 0;
    while (at < text.size) {
        at += omni__text_valid_prefix(
            omni__slice_of(text.data + at, text.size - at));
        if (at < text.size) {
            message[at++] = '?';
        }
    }
}

void
omni__cel_put_value(omni__buffer *out, omni__cel_value value)
{
    char text[OMNI__CEL_NUMBER_TEXT];
    switch (value.kind) {
    case OMNI__CEL_NULL:
        omni__buffer_text(out, "null");
        break;
    case OMNI__CEL_BOOL:
        omni__buffer_text(out, value.as.truth ? "true" : "false");
        break;
    case OMNI__CEL_INT:
        snprintf(text, sizeof(text), "%" PRId64, value.as.number);
        omni__buffer_text(out, text);
        break;
    case OMNI__CEL_UINT:
        snprintf(text, sizeof(text), "%" PRIu64, value.as.natural);
        omni__buffer_text(out, text);
        break;
    case OMNI__CEL_DOUBLE:
        omni__cel_double_format(value.as.real, text);
        omni__buffer_text(out, text);
        break;
    case OMNI__CEL_TIMESTAMP:
        omni__cel_timestamp_format(value, text);
        omni__buffer_text(out, text);
        break;
    case OMNI__CEL_DURATION:
        omni__cel_duration_format(value, text);
        omni__buffer_text(out, text);
        break;
    case OMNI__CEL_DECIMAL:
        omni__decimal_format(*value.as.micro, text);
        omni__buffer_text(out, text);
        break;
    case OMNI__CEL_TYPE:
        omni__buffer_text(out, omni__cel_kind_name((omni__cel_kind)value.size));
        break;
    case OMNI__CEL_IP:
    case OMNI__CEL_CIDR:
        omni__cel_put_net(out, value.as.net, value.kind == OMNI__CEL_CIDR);
        break;
    default:
        omni__buffer_slice(out, omni__cel_slice(value));
        break;
    }
}

void
omni__cel_put_quoted(omni__buffer *out, omni__slice text)
{
    static const char from[] = "\a\b\f\n\r\t\v\\\"";
    static const char to[] = "abfnrtv\\\"";
    omni__buffer_byte(out, '"');
    for (size_t i = 0; i < text.size; ++i) {
        const uint8_t c = text.data[i];
        const char *special = c != 0 ? strchr(from, c) : NULL;
        if (special != NULL) {
            omni__buffer_byte(out, '\\');
            omni__buffer_byte(out, (uint8_t)to[special - from]);
        } else {
            omni__buffer_byte(out, c);
        }
    }
    omni__buffer_byte(out, '"');
}

void
omni__cel_put_base64(omni__buffer *out, omni__slice bytes)
{
    const size_t room =
        sodium_base64_encoded_len(bytes.size, sodium_base64_VARIANT_ORIGINAL);
    if (omni__buffer_reserve(out, room)) {
        sodium_bin2base64((char *)out->data + out->size, room, bytes.data,
                          bytes.size, sodium_base64_VARIANT_ORIGINAL);
        out->size += room - 1; /* without its terminator */
    }
}
