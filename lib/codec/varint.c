/* Varints of more than a byte: those of up to eight are read as one word. */
#include "codec/varint.h"

#define LAST_BITS UINT64_C(0x8080808080808080)

/* The groups of 7 bits in the bytes of a word, put together. */
static uint64_t
compact(uint64_t word)
{
    word &= ~LAST_BITS;
    word = (word & UINT64_C(0x007f007f007f007f)) |
           (word & UINT64_C(0x7f007f007f007f00)) >> 1;
    word = (word & UINT64_C(0x00003fff00003fff)) |
           (word & UINT64_C(0x3fff00003fff0000)) >> 2;
    return (word & UINT64_C(0x000000000fffffff)) |
           (word & UINT64_C(0x0fffffff00000000)) >> 4;
}

uint64_t
omni__read_varint_long(omni__reader *reader)
{
    if (!reader->bad && omni__reader_left(reader) >= 8) {
        const uint64_t word = omni__le64_read(reader->at);
        const uint64_t ends = ~word & LAST_BITS; /* bytes that end one */
        if (ends != 0) {
            reader->at += __builtin_ctzll(ends) / 8 + 1;
            return compact(word & (ends ^ (ends - 1)));
        }
    }
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = omni__read_byte(reader);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    reader->bad = true;
    return 0;
}
