/* The word list, and look-up in it by length and first byte. */
#include "codec/word.h"

#define WORD_MAX 64 /* numbers below it are words of the list */
#define WORD(text)                                                             \
    {                                                                          \
        .data = (const uint8_t *)(text), .size = sizeof(text) - 1              \
    }

static const omni__slice words[] = {
    WORD(""),
    WORD("user_id"),
    WORD("loyalty_id"),
    WORD("email"),
    WORD("phone"),
    WORD("device_id"),
    WORD("anonymous_id"),
    WORD("web"),
    WORD("app"),
    WORD("store"),
    WORD("kiosk"),
    WORD("call_center"),
    WORD("sms"),
    WORD("chat"),
    WORD("social"),
    WORD("push"),
    WORD("mail"),
    WORD("partner"),
    WORD("identify"),
    WORD("page"),
    WORD("screen"),
    WORD("group"),
    WORD("alias"),
    WORD("Order Completed"),
    WORD("Order Refunded"),
    WORD("Product Viewed"),
    WORD("Product Added"),
    WORD("Checkout Started"),
    WORD("Signed In"),
    WORD("Signed Out"),
    WORD("CHF"),
    WORD("EUR"),
    WORD("GBP"),
    WORD("USD"),
};
_Static_assert(sizeof(words) / sizeof(words[0]) <= WORD_MAX, "list is full");

void
omni__put_word(omni__buffer *buffer, omni__slice word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (omni__slice_equal(words[i], word)) {
            omni__buffer_byte(buffer, (uint8_t)i);
            return;
        }
    }
    omni__put_varint(buffer, WORD_MAX + word.size);
    omni__buffer_slice(buffer, word);
}

omni__slice
omni__read_word(omni__reader *reader)
{
    const uint64_t number = omni__read_varint(reader);
    if (number >= WORD_MAX) {
        const uint64_t size = number - WORD_MAX;
        if (size > omni__reader_left(reader)) {
            omni__reader_spoil(reader);
            return omni__slice_of(NULL, 0);
        }
        return omni__read_bytes(reader, (size_t)size);
    }
    if (number >= sizeof(words) / sizeof(words[0])) {
        omni__reader_spoil(reader);
        return omni__slice_of(NULL, 0);
    }
    return words[number];
}
