/* Addresses: text to bytes and back. */
#include "cel/network.h"

#include <stdio.h>

static bool
parse_v4(omni__slice text, uint8_t out[4])
{
    size_t at = 0;
    for (unsigned part = 0; part < 4; ++part) {
        unsigned value = 0;
        size_t count = 0;
        if (part != 0 && (at >= text.size || text.data[at++] != '.')) {
            return false;
        }
        while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
            value = value * 10 + (unsigned)(text.data[at] - '0');
            if (++count > 3 || value > 255 ||
                (count > 1 && text.data[at - count + 1] == '0')) {
                return false;
            }
            ++at;
        }
        if (count == 0) {
            return false;
        }
        out[part] = (uint8_t)value;
    }
    return at == text.size;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const int letter = c | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Up to four digits at `*at`. */
static bool
parse_part(omni__slice text, size_t *at, unsigned *out)
{
    unsigned value = 0;
    size_t count = 0;
    while (*at < text.size && hex_digit(text.data[*at]) >= 0 && count < 5) {
        value = value * 16 + (unsigned)hex_digit(text.data[*at]);
        ++*at;
        ++count;
    }
    *out = value;
    return count >= 1 && count <= 4;
}

static bool
two_colons(omni__slice text, size_t at)
{
    return at + 1 < text.size && text.data[at] == ':' &&
           text.data[at + 1] == ':';
}

/* Parts before `::` from the left, those behind it up to the right end. */
static bool
parse_v6(omni__slice text, uint8_t out[16])
{
    unsigned parts[8];
    unsigned count = 0;
    unsigned gap = 9;
    size_t at = 0;
    while (at < text.size) {
        if (two_colons(text, at)) {
            if (gap <= 8) {
                return false;
            }
            gap = count;
            at += 2;
            if (at == text.size) {
                break;
            }
        } else if (count != 0) {
            if (text.data[at] != ':') {
                return false;
            }
            ++at;
        }
        if (count == 8 || !parse_part(text, &at, &parts[count++])) {
            return false;
        }
    }
    if (gap <= 8 ? count >= 8 : count != 8) {
        return false;
    }
    memset(out, 0, 16);
    for (unsigned i = 0; i < count; ++i) {
        /* As the compiler cannot see: without a gap, eight of them. */
        const unsigned to = (i < gap ? i : 8 - count + i) % 8;
        out[2 * to] = (uint8_t)(parts[i] >> 8);
        out[2 * to + 1] = (uint8_t)parts[i];
    }
    return true;
}

bool
omni__cel_net_parse(omni__slice text, omni__cel_net *out)
{
    *out = (omni__cel_net){.size = 4};
    if (parse_v4(text, out->bytes)) {
        return true;
    }
    out->size = 16;
    return parse_v6(text, out->bytes);
}

/* The longest run of two or more zero parts. */
static void
find_gap(const unsigned parts[8], unsigned *from, unsigned *size)
{
    *from = 8;
    *size = 1;
    for (unsigned i = 0; i < 8; ++i) {
        unsigned run = 0;
        while (i + run < 8 && parts[i + run] == 0) {
            ++run;
        }
        if (run > *size) {
            *from = i;
            *size = run;
        }
        i += run;
    }
}

static void
put_v6(omni__buffer *out, const uint8_t bytes[16])
{
    unsigned parts[8];
    unsigned gap;
    unsigned size;
    for (unsigned i = 0; i < 8; ++i) {
        parts[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    }
    find_gap(parts, &gap, &size);
    for (unsigned i = 0; i < 8; ++i) {
        char text[8];
        if (i == gap) {
            omni__buffer_text(out, "::");
            i += size - 1;
            continue;
        }
        if (i != 0 && i != gap + size) {
            omni__buffer_byte(out, ':');
        }
        snprintf(text, sizeof(text), "%x", parts[i]);
        omni__buffer_text(out, text);
    }
}

void
omni__cel_put_net(omni__buffer *out, const omni__cel_net *net, bool block)
{
    char text[24];
    if (net->size == 4) {
        snprintf(text, sizeof(text), "%u.%u.%u.%u", net->bytes[0],
                 net->bytes[1], net->bytes[2], net->bytes[3]);
        omni__buffer_text(out, text);
    } else {
        put_v6(out, net->bytes);
    }
    if (block) {
        snprintf(text, sizeof(text), "/%u", net->prefix);
        omni__buffer_text(out, text);
    }
}
