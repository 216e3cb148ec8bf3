/*
   Reading that waits for bytes or a signal to stop, whichever comes first.
   Compressed data may be several members one after the other; what ends
   within one is an error, after everything before was handed out.
*/
#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAW_CAPACITY ((size_t)1 << 18)
#define PAUSE_MS 1000

static input_outcome
fail(input *input, const char *why)
{
    snprintf(input->why, sizeof(input->why), "%s", why);
    return INPUT_FAILED;
}

/* Read from the file: INPUT_READ also at its end, with `*size` 0. */
static input_outcome
read_file(input *input, void *to, size_t room, size_t *size)
{
    struct pollfd ready[] = {{.fd = input->fd, .events = POLLIN},
                             {.fd = input->stop, .events = POLLIN}};
    while (true) {
        const int count = poll(ready, 2, PAUSE_MS);
        if (count == 0) {
            return INPUT_PAUSE;
        }
        if (count < 0 && errno != EINTR) {
            return fail(input, strerror(errno));
        }
        if (count > 0 && ready[1].revents != 0) {
            return INPUT_STOPPED;
        }
        const ssize_t taken = count < 0 ? -1 : read(input->fd, to, room);
        if (taken >= 0) {
            *size = (size_t)taken;
            input->raw_bytes += (uint64_t)taken;
            input->raw_ended = taken == 0;
            return INPUT_READ;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return fail(input, strerror(errno));
        }
    }
}

/* More raw bytes. */
static input_outcome
fill_raw(input *input)
{
    size_t size = 0;
    if (input->raw == NULL) {
        input->raw = malloc(RAW_CAPACITY);
        if (input->raw == NULL) {
            return fail(input, strerror(ENOMEM));
        }
    }
    if (input->raw_begin == input->raw_end) {
        input->raw_begin = input->raw_end = 0;
    }
    const input_outcome outcome =
        read_file(input, input->raw + input->raw_end,
                  RAW_CAPACITY - input->raw_end, &size);
    input->raw_end += outcome == INPUT_READ ? size : 0;
    return outcome;
}

/* Find out what the data are packed with. */
static input_outcome
look(input *input)
{
    while (input->raw_end < sizeof(gzip_packing.magic) && !input->raw_ended) {
        const input_outcome outcome = fill_raw(input);
        if (outcome != INPUT_READ) {
            return outcome;
        }
    }
    input->looked = true;
    input->packing = packing_of(input->raw, input->raw_end);
    if (input->packing == NULL) {
        return INPUT_READ;
    }
    if (input->packing->library != NULL) {
        snprintf(input->why, sizeof(input->why),
                 "is compressed with %s, which this omni was built without "
                 "(it needs %s)",
                 input->packing->name, input->packing->library);
        return INPUT_FAILED;
    }
    input->unpacking = input->packing->open();
    return input->unpacking != NULL ? INPUT_READ
                                    : fail(input, strerror(ENOMEM));
}

static input_outcome
fail_unpacking(input *input, const char *why)
{
    snprintf(input->why, sizeof(input->why),
             "the %s data are damaged at byte %llu or before: %s",
             input->packing->name,
             (unsigned long long)(input->raw_bytes -
                                  (input->raw_end - input->raw_begin)),
             why);
    return INPUT_FAILED;
}

/* More raw bytes for the unpacking; INPUT_END where that is right. */
static input_outcome
feed(input *input)
{
    if (input->raw_begin < input->raw_end) {
        return INPUT_READ;
    }
    const input_outcome outcome =
        input->raw_ended ? INPUT_READ : fill_raw(input);
    if (outcome != INPUT_READ || input->raw_begin < input->raw_end) {
        return outcome;
    }
    return input->at_edge ? INPUT_END
                          : fail_unpacking(input, "they end too early");
}

/* Behind a member there may be zeroes, that fill a block. */
static void
skip_zeroes(input *input)
{
    while (input->at_edge && input->raw_begin < input->raw_end &&
           input->raw[input->raw_begin] == 0) {
        ++input->raw_begin;
    }
}

static input_outcome
unpack(input *input, void *to, size_t room, size_t *size)
{
    unpack_step step = {.to = to, .to_size = room};
    while (step.made == 0) {
        const input_outcome outcome =
            input->held_back ? INPUT_READ : feed(input);
        if (outcome != INPUT_READ) {
            return outcome;
        }
        skip_zeroes(input);
        if (input->raw_begin == input->raw_end && !input->held_back) {
            continue;
        }
        step.from = input->raw + input->raw_begin;
        step.from_size = input->raw_end - input->raw_begin;
        const unpack_outcome unpacked =
            input->packing->step(input->unpacking, &step);
        input->raw_begin += step.used;
        input->held_back = step.made == room;
        if (unpacked == UNPACK_FAILED && step.made == 0) {
            return fail_unpacking(input, step.why);
        }
        if (step.used != 0 || step.made != 0) {
            input->at_edge = unpacked == UNPACK_EDGE;
        }
    }
    *size = step.made;
    return INPUT_READ;
}

/* The next bytes, past those that were peeked at. */
static input_outcome
read_more(input *input, void *to, size_t room, size_t *size)
{
    const input_outcome outcome = input->looked ? INPUT_READ : look(input);
    if (outcome != INPUT_READ) {
        return outcome;
    }
    if (input->packing != NULL) {
        return unpack(input, to, room, size);
    }
    *size = input->raw_end - input->raw_begin;
    if (*size != 0) {
        *size = *size < room ? *size : room;
        memcpy(to, input->raw + input->raw_begin, *size);
        input->raw_begin += *size;
        return INPUT_READ;
    }
    if (input->raw_ended) {
        return INPUT_END;
    }
    const input_outcome read = read_file(input, to, room, size);
    return read == INPUT_READ && *size == 0 ? INPUT_END : read;
}

input_outcome
input_read(input *input, void *to, size_t room, size_t *size)
{
    const size_t peeked = input->peeked_end - input->peeked_begin;
    if (peeked == 0) {
        return read_more(input, to, room, size);
    }
    *size = peeked < room ? peeked : room;
    memcpy(to, input->peeked + input->peeked_begin, *size);
    input->peeked_begin += *size;
    return INPUT_READ;
}

input_outcome
input_peek(input *input)
{
    size_t size = 0;
    if (input->peeked_end != 0) {
        return INPUT_READ;
    }
    const input_outcome outcome =
        read_more(input, input->peeked, sizeof(input->peeked), &size);
    input->peeked_end = outcome == INPUT_READ ? size : 0;
    return outcome;
}

void
input_free(input *input)
{
    if (input->unpacking != NULL) {
        input->packing->close(input->unpacking);
    }
    free(input->raw);
    input->raw = NULL;
    input->unpacking = NULL;
}
