/* Bytes that grow. Running out of memory sticks: check `failed` at the end. */
#ifndef OMNI__PLATFORM_BUFFER_H
#define OMNI__PLATFORM_BUFFER_H

#include "platform/alloc.h"

typedef struct omni__buffer {
    const omni__alloc *alloc;
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
} omni__buffer;

void
omni__buffer_init(omni__buffer *buffer, const omni__alloc *alloc);

void
omni__buffer_free(omni__buffer *buffer);

/* Slow half of omni__buffer_reserve(). */
bool
omni__buffer_grow(omni__buffer *buffer, size_t more);

/* Room for `more` bytes at `data + size`; false if that failed, now or ever. */
static inline bool
omni__buffer_reserve(omni__buffer *buffer, size_t more)
{
    return buffer->capacity - buffer->size >= more ||
           omni__buffer_grow(buffer, more);
}

static inline void
omni__buffer_put(omni__buffer *buffer, const void *bytes, size_t size)
{
    if (size != 0 && omni__buffer_reserve(buffer, size)) {
        memcpy(buffer->data + buffer->size, bytes, size);
        buffer->size += size;
    }
}

static inline void
omni__buffer_byte(omni__buffer *buffer, uint8_t byte)
{
    if (omni__buffer_reserve(buffer, 1)) {
        buffer->data[buffer->size++] = byte;
    }
}

static inline void
omni__buffer_slice(omni__buffer *buffer, omni__slice bytes)
{
    omni__buffer_put(buffer, bytes.data, bytes.size);
}

/* Zero-terminated text, without its terminator. */
static inline void
omni__buffer_text(omni__buffer *buffer, const char *text)
{
    omni__buffer_put(buffer, text, strlen(text));
}

/* What has been put so far; borrowed until the next put. */
static inline omni__slice
omni__buffer_bytes(const omni__buffer *buffer)
{
    return omni__slice_of(buffer->data, buffer->size);
}

/* Empty again, with its memory, and without its failure. */
static inline void
omni__buffer_clear(omni__buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

#endif
