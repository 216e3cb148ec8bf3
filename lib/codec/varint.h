/*
   Integers as bytes: LEB128 varints, zigzag, little-endian fixed, big-endian
   ordered; and a reader over untrusted bytes whose failure sticks.
*/
#ifndef OMNI__CODEC_VARINT_H
#define OMNI__CODEC_VARINT_H

#include "platform/buffer.h"

#define OMNI__VARINT_MAX 10 /* bytes of the largest varint */

/* Write at most OMNI__VARINT_MAX bytes; returns how many. */
static inline size_t
omni__varint_write(uint8_t *to, uint64_t value)
{
    size_t n = 0;
    while (value >= 0x80) {
        to[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    to[n++] = (uint8_t)value;
    return n;
}

static inline uint64_t
omni__zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t
omni__unzigzag(uint64_t value)
{
    return (int64_t)((value >> 1) ^ (UINT64_MAX * (value & 1)));
}

/* Compilers make one load or store of each of these. */
static inline void
omni__le32_write(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
    to[2] = (uint8_t)(value >> 16);
    to[3] = (uint8_t)(value >> 24);
}

static inline uint32_t
omni__le32_read(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 |
           (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static inline void
omni__le64_write(uint8_t *to, uint64_t value)
{
    omni__le32_write(to, (uint32_t)value);
    omni__le32_write(to + 4, (uint32_t)(value >> 32));
}

static inline uint64_t
omni__le64_read(const uint8_t *from)
{
    return omni__le32_read(from) | (uint64_t)omni__le32_read(from + 4) << 32;
}

/* Big-endian: memcmp order is the order of the numbers. */
static inline void
omni__be32_write(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

static inline uint32_t
omni__be32_read(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
           (uint32_t)from[2] << 8 | (uint32_t)from[3];
}

static inline void
omni__be64_write(uint8_t *to, uint64_t value)
{
    omni__be32_write(to, (uint32_t)(value >> 32));
    omni__be32_write(to + 4, (uint32_t)value);
}

static inline uint64_t
omni__be64_read(const uint8_t *from)
{
    return (uint64_t)omni__be32_read(from) << 32 | omni__be32_read(from + 4);
}

/* A signed number as one whose unsigned order is the same. */
static inline uint64_t
omni__ordered(int64_t value)
{
    return (uint64_t)value ^ (UINT64_C(1) << 63);
}

static inline int64_t
omni__unordered(uint64_t value)
{
    return (int64_t)(value ^ (UINT64_C(1) << 63));
}

static inline void
omni__put_varint(omni__buffer *buffer, uint64_t value)
{
    if (omni__buffer_reserve(buffer, OMNI__VARINT_MAX)) {
        buffer->size += omni__varint_write(buffer->data + buffer->size, value);
    }
}

static inline void
omni__put_zigzag(omni__buffer *buffer, int64_t value)
{
    omni__put_varint(buffer, omni__zigzag(value));
}

static inline void
omni__put_le64(omni__buffer *buffer, uint64_t value)
{
    uint8_t bytes[8];
    omni__le64_write(bytes, value);
    omni__buffer_put(buffer, bytes, sizeof(bytes));
}

/* A varint length, then the bytes. */
static inline void
omni__put_block(omni__buffer *buffer, omni__slice bytes)
{
    omni__put_varint(buffer, bytes.size);
    omni__buffer_slice(buffer, bytes);
}

/* Reads past the end return zeros and set `bad`; whoever is bad is at its
   end. */
typedef struct omni__reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
} omni__reader;

static inline omni__reader
omni__reader_of(omni__slice bytes)
{
    /* Nothing may be added to a null pointer, not even nothing. */
    const uint8_t *end = bytes.size != 0 ? bytes.data + bytes.size : bytes.data;
    return (omni__reader){.at = bytes.data, .end = end};
}

static inline size_t
omni__reader_left(const omni__reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* Let every further read fail. */
static inline void
omni__reader_spoil(omni__reader *reader)
{
    reader->bad = true;
    reader->at = reader->end;
}

/* Borrow the next `size` bytes; NULL data if there are not so many. */
static inline omni__slice
omni__read_bytes(omni__reader *reader, size_t size)
{
    if (omni__reader_left(reader) < size) {
        omni__reader_spoil(reader);
        return omni__slice_of(NULL, 0);
    }
    const omni__slice bytes = omni__slice_of(reader->at, size);
    reader->at += size;
    return bytes;
}

static inline uint8_t
omni__read_byte(omni__reader *reader)
{
    if (reader->at == reader->end) {
        reader->bad = true;
        return 0;
    }
    return *reader->at++;
}

/* Read a varint where there are 8 bytes to be read, as one word. False if it
   is longer than that: then nothing is read. */
static inline bool
omni__varint_word(const uint8_t **at, uint64_t *value)
{
    const uint64_t last_bits = UINT64_C(0x8080808080808080);
    uint64_t word = omni__le64_read(*at);
    const uint64_t ends = ~word & last_bits; /* bytes that end one */
    if (ends == 0) {
        return false;
    }
    *at += __builtin_ctzll(ends) / 8 + 1;
    word &= (ends ^ (ends - 1)) & ~last_bits;
    /* Groups of 7 bits become one of 14, 28, 56. */
    word = (word & UINT64_C(0x007f007f007f007f)) |
           (word & UINT64_C(0x7f007f007f007f00)) >> 1;
    word = (word & UINT64_C(0x00003fff00003fff)) |
           (word & UINT64_C(0x3fff00003fff0000)) >> 2;
    *value = (word & UINT64_C(0x000000000fffffff)) |
             (word & UINT64_C(0x0fffffff00000000)) >> 4;
    return true;
}

/* The same as omni__read_varint(), for any length. */
uint64_t
omni__read_varint_long(omni__reader *reader);

static inline uint64_t
omni__read_varint(omni__reader *reader)
{
    if (reader->at != reader->end && *reader->at < 0x80) {
        return *reader->at++;
    }
    return omni__read_varint_long(reader);
}

static inline int64_t
omni__read_zigzag(omni__reader *reader)
{
    return omni__unzigzag(omni__read_varint(reader));
}

static inline uint64_t
omni__read_le64(omni__reader *reader)
{
    const omni__slice bytes = omni__read_bytes(reader, 8);
    return bytes.data != NULL ? omni__le64_read(bytes.data) : 0;
}

static inline omni__slice
omni__read_block(omni__reader *reader)
{
    const uint64_t size = omni__read_varint(reader);
    if (size > omni__reader_left(reader)) {
        omni__reader_spoil(reader);
        return omni__slice_of(NULL, 0);
    }
    return omni__read_bytes(reader, (size_t)size);
}

#endif
