/* Varints of more than a byte. */
#include "codec/varint.h"

uint64_t
omni__read_varint_long(omni__reader *reader)
{
    uint64_t value = 0;
    if (omni__reader_left(reader) >= 8 &&
        omni__varint_word(&reader->at, &value)) {
        return value;
    }
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = omni__read_byte(reader);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    omni__reader_spoil(reader);
    return 0;
}
