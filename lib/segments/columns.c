/* Rows of COLUMNS as they are read: nothing in them is trusted once. */
#include "segments/columns_private.h"

#include <xxhash.h>

uint64_t
omni__columns_checksum(omni__slice row)
{
    return XXH3_64bits(row.data + sizeof(uint64_t),
                       row.size - sizeof(uint64_t));
}

bool
omni__columns_is_head(omni__slice row)
{
    const omni__columns *head = (const omni__columns *)(const void *)row.data;
    return row.size >= sizeof(*head) && head->format == OMNI__COLUMNS_FORMAT &&
           head->size == row.size;
}

/* ---- checking ---- */

static bool
fits(const omni__columns *head, omni__column_part part, size_t item)
{
    return part.at % 8 == 0 && part.at <= head->size &&
           part.count <= (head->size - part.at) / item;
}

/* Every item is larger than the one before, and the last is `end`. */
static bool
ascends(const omni__columns *head, omni__column_part part, uint32_t end)
{
    const uint32_t *items = omni__columns_at(head, part);
    for (uint32_t i = 0; i + 1 < part.count; ++i) {
        if (items[i] >= items[i + 1]) {
            return false;
        }
    }
    return part.count != 0 && items[part.count - 1] == end;
}

static bool
names_profiles(const omni__columns *head, const omni__column *column)
{
    const uint16_t *who = omni__columns_at(head, column->who);
    if (column->who.count == 0) {
        return column->count == head->ids.count;
    }
    for (uint32_t i = 0; i < column->count; ++i) {
        if (who[i] >= head->ids.count || (i != 0 && who[i] <= who[i - 1])) {
            return false;
        }
    }
    return column->who.count == column->count;
}

static bool
places_fit(const omni__columns *head, const omni__column *c)
{
    return fits(head, c->name, 1) && fits(head, c->who, 2) &&
           fits(head, c->times, 8) && fits(head, c->offsets, 4) &&
           fits(head, c->amounts, 8) && fits(head, c->kinds, 1) &&
           fits(head, c->codes, 2) && fits(head, c->words.starts, 4) &&
           fits(head, c->words.bytes, 1);
}

/* Every code has its word; there is one start more than words. */
static bool
codes_fit(const omni__columns *head, const omni__column *c, bool events)
{
    const uint8_t *kinds = omni__columns_at(head, c->kinds);
    const uint16_t *codes = omni__columns_at(head, c->codes);
    const uint32_t words = c->words.starts.count - 1;
    bool fine =
        !events || c->uniform == OMNI__KIND_OTHER || c->uniform <= words;
    for (uint32_t i = 0; i < c->kinds.count; ++i) {
        fine = fine && (kinds[i] == OMNI__KIND_OTHER || kinds[i] <= words);
    }
    for (uint32_t i = 0; i < c->codes.count; ++i) {
        fine = fine && (codes[i] == OMNI__CODE_LONG || codes[i] < words);
    }
    return fine;
}

static bool
column_is_whole(const omni__columns *head, const omni__column *c, bool events)
{
    if (!places_fit(head, c) || !names_profiles(head, c) ||
        !ascends(head, c->words.starts, c->words.bytes.count) ||
        !codes_fit(head, c, events)) {
        return false;
    }
    const uint32_t n = c->times.count;
    return events ? c->offsets.count == c->count + 1 &&
                        ascends(head, c->offsets, n) &&
                        (c->kinds.count == 0 || c->kinds.count == n) &&
                        (c->amounts.count == n ||
                         (c->kinds.count == 0 && c->uniform == 0))
                  : c->codes.count == c->count && n == c->count;
}

static bool
list_is_whole(const omni__columns *head, omni__column_part list, bool events)
{
    const omni__column *columns = omni__columns_at(head, list);
    for (uint32_t i = 0; i < list.count; ++i) {
        if (!column_is_whole(head, &columns[i], events)) {
            return false;
        }
    }
    return true;
}

bool
omni__columns_check(omni__slice row)
{
    const omni__columns *head = (const omni__columns *)(const void *)row.data;
    if (!omni__columns_is_head(row) ||
        head->checksum != omni__columns_checksum(row)) {
        return false;
    }
    const uint32_t n = head->ids.count;
    return fits(head, head->ids, sizeof(omni_id)) &&
           fits(head, head->first, 8) && fits(head, head->last, 8) &&
           head->first.count == n && head->last.count == n &&
           n <= OMNI__COLUMNS_PROFILES &&
           fits(head, head->events, sizeof(omni__column)) &&
           fits(head, head->traits, sizeof(omni__column)) &&
           list_is_whole(head, head->events, true) &&
           list_is_whole(head, head->traits, false);
}

/* ---- finding ---- */

const omni__column *
omni__columns_find(const omni__columns *columns, omni__column_part list,
                   omni__slice name, uint32_t *hint)
{
    const omni__column *all = omni__columns_at(columns, list);
    uint32_t low = 0;
    uint32_t high = list.count;
    uint32_t middle = *hint < high ? *hint : high / 2;
    while (low < high) {
        const int order = omni__slice_compare(
            omni__columns_bytes(columns, all[middle].name), name);
        if (order == 0) {
            *hint = middle;
            return &all[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
        middle = low + (high - low) / 2;
    }
    return NULL;
}
