/* Growth of a buffer. */
#include "platform/buffer.h"

void
omni__buffer_init(omni__buffer *buffer, const omni__alloc *alloc)
{
    *buffer = (omni__buffer){.alloc = alloc};
}

void
omni__buffer_free(omni__buffer *buffer)
{
    omni__free(buffer->alloc, buffer->data);
    omni__buffer_init(buffer, buffer->alloc);
}

bool
omni__buffer_grow(omni__buffer *buffer, size_t more)
{
    if (buffer->failed || more > SIZE_MAX / 2 - buffer->size) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity != 0 ? buffer->capacity : 64;
    while (capacity - buffer->size < more) {
        capacity *= 2;
    }
    uint8_t *data = omni__realloc(buffer->alloc, buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}
