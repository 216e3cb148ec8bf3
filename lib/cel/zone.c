/*
   Offsets of time zones: written out, or by name from the system's time zone
   database (TZif, RFC 8536). Beyond its last transition the footer's rule
   (POSIX TZ) holds.
*/
#include "cel/time.h"
#include "cel/zone_rule.h"
#include "platform/file.h"

#include <stdio.h>

#define FILE_MOST (256u * 1024u)
#define HEADER 44u

static bool
two_digits(omni__slice text, size_t at, int32_t *out)
{
    if (at + 2 > text.size || text.data[at] < '0' || text.data[at] > '9' ||
        text.data[at + 1] < '0' || text.data[at + 1] > '9') {
        return false;
    }
    *out = (text.data[at] - '0') * 10 + (text.data[at + 1] - '0');
    return true;
}

/* [+-]hh:mm */
static bool
written_out(omni__slice zone, int32_t *offset)
{
    int32_t hours;
    int32_t minutes;
    const bool sign =
        zone.size != 0 && (zone.data[0] == '-' || zone.data[0] == '+');
    const size_t at = sign ? 1 : 0;
    if (zone.size != at + 5 || !two_digits(zone, at, &hours) ||
        zone.data[at + 2] != ':' || !two_digits(zone, at + 3, &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    *offset = hours * 3600 + minutes * 60;
    if (sign && zone.data[0] == '-') {
        *offset = -*offset;
    }
    return true;
}

/* Words of letters, digits, `_`, `+` and `-`, with slashes between. */
static bool
is_zone_name(omni__slice zone)
{
    bool start = true;
    for (size_t i = 0; i < zone.size; ++i) {
        const uint8_t c = zone.data[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool other =
            (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
        if (!letter && (start || (!other && c != '/'))) {
            return false;
        }
        start = c == '/';
    }
    return zone.size != 0 && zone.size < 64 && !start;
}

static bool
read_zone(omni__cel_run *run, omni__slice name, omni__slice *out)
{
    char path[128];
    if (omni__slice_equal(run->zone, name)) {
        *out = run->zone_file;
        return true;
    }
    int fd;
    uint64_t size = 0;
    size_t got = 0;
    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%.*s", (int)name.size,
             (const char *)name.data);
    if (omni__file_open_path(path, 0, &fd) != 0) {
        return false;
    }
    uint8_t *bytes = NULL;
    if (omni__file_size(fd, &size) == 0 && size >= HEADER &&
        size <= FILE_MOST) {
        bytes = omni__arena_get(run->arena, (size_t)size);
    }
    const bool sound =
        bytes != NULL &&
        omni__file_read_at(fd, bytes, (size_t)size, 0, &got) == 0 &&
        got == size;
    omni__file_close(fd);
    *out = omni__slice_of(bytes, got);
    if (sound) {
        run->zone = omni__arena_copy(run->arena, name);
        run->zone_file = *out;
    }
    return sound;
}

static uint32_t
big32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t
big64(const uint8_t *bytes)
{
    return (int64_t)((uint64_t)big32(bytes) << 32 | big32(bytes + 4));
}

/* A data block: where its parts are. */
typedef struct block {
    const uint8_t *times;
    const uint8_t *indices;
    const uint8_t *types;
    uint32_t time_count;
    uint32_t type_count;
    omni__slice footer;
} block;

static size_t
block_size(const uint8_t *header, size_t width)
{
    const size_t utc = big32(header + 20);
    const size_t standard = big32(header + 24);
    const size_t leaps = big32(header + 28);
    const size_t times = big32(header + 32);
    const size_t types = big32(header + 36);
    const size_t letters = big32(header + 40);
    if (utc > 4096 || standard > 4096 || leaps > 4096 || times > 65536 ||
        types > 4096 || letters > 65536) {
        return SIZE_MAX;
    }
    return times * (width + 1) + types * 6 + letters + leaps * (width + 4) +
           standard + utc;
}

/* The second block, of 64-bit times, which files have had since 2005. */
static bool
find_block(omni__slice file, block *out)
{
    if (memcmp(file.data, "TZif", 4) != 0 || file.data[4] < '2') {
        return false;
    }
    const size_t first = block_size(file.data, 4);
    if (first > file.size || file.size - first < 2 * HEADER) {
        return false;
    }
    const uint8_t *header = file.data + HEADER + first;
    const size_t size = block_size(header, 8);
    const size_t before = 2 * HEADER + first;
    if (size > file.size || file.size - before < size) {
        return false;
    }
    out->time_count = big32(header + 32);
    out->type_count = big32(header + 36);
    out->times = header + HEADER;
    out->indices = out->times + (size_t)out->time_count * 8;
    out->types = out->indices + out->time_count;
    out->footer =
        omni__slice_of(file.data + before + size, file.size - before - size);
    return out->type_count != 0;
}

static bool
offset_in(const block *b, int64_t seconds, omni__cel_offset *out)
{
    uint32_t low = 0;
    uint32_t high = b->time_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (big64(b->times + (size_t)middle * 8) <= seconds) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const bool ruled = low == b->time_count && b->footer.size > 2 &&
                       omni__cel_zone_rule(b->footer, seconds, out);
    if (!ruled) {
        out->since = INT64_MIN;
        out->until = INT64_MAX;
    }
    if (low != 0) {
        const int64_t since = big64(b->times + (size_t)(low - 1) * 8);
        out->since = since > out->since ? since : out->since;
    }
    if (ruled) {
        return true;
    }
    if (low != b->time_count) {
        out->until = big64(b->times + (size_t)low * 8);
    }
    const uint32_t type = low == 0 ? 0 : b->indices[low - 1];
    if (type >= b->type_count) {
        return false;
    }
    out->ahead = (int32_t)big32(b->types + (size_t)type * 6);
    return true;
}

bool
omni__cel_zone_offset(omni__cel_run *run, omni__slice zone, int64_t seconds,
                      omni__cel_offset *out)
{
    omni__slice file;
    block b;
    *out = (omni__cel_offset){.since = INT64_MIN, .until = INT64_MAX};
    if (omni__slice_equal(zone, omni__slice_text("UTC")) ||
        omni__slice_equal(zone, omni__slice_text("Z"))) {
        return true;
    }
    if (written_out(zone, &out->ahead)) {
        return true;
    }
    return is_zone_name(zone) && omni__cel_run_steps(run, 200) &&
           read_zone(run, zone, &file) && find_block(file, &b) &&
           offset_in(&b, seconds, out);
}
