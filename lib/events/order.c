/* The order of entries, as numbers and as bytes of keys. */
#include "events/run.h"

int
omni__order_compare(const omni__order *a, const omni__order *b)
{
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us ? -1 : 1;
    }
    if (a->event_hash != b->event_hash) {
        return a->event_hash < b->event_hash ? -1 : 1;
    }
    return (a->position > b->position) - (a->position < b->position);
}

void
omni__key_add_order(omni__key *key, const omni__order *order)
{
    omni__key_add_u64(key, omni__ordered(order->time_us));
    omni__key_add_u32(key, order->event_hash);
    omni__key_add_u64(key, order->position);
}

omni__key
omni__chunk_key(const omni_id *node, const omni__order *order)
{
    omni__key key = omni__key_node(OMNI__TABLE_CHUNK, node);
    omni__key_add_order(&key, order);
    return key;
}

omni__order
omni__order_of_key(const uint8_t *bytes)
{
    return (omni__order){.time_us = omni__unordered(omni__be64_read(bytes)),
                         .event_hash = omni__be32_read(bytes + 8),
                         .position = omni__be64_read(bytes + 12)};
}

omni__slice
omni__head_run(const omni__node *node, bool *has_chunks, omni__order *last)
{
    const omni__slice section = node->sections[OMNI__SECTION_ENTRIES];
    *has_chunks = section.size > OMNI__ENTRY_ORDER_SIZE && section.data[0] == 1;
    if (section.size == 0) {
        return section;
    }
    const size_t skip = 1 + (*has_chunks ? OMNI__ENTRY_ORDER_SIZE : 0);
    if (*has_chunks) {
        *last = omni__order_of_key(section.data + 1);
    }
    return omni__slice_of(section.data + skip, section.size - skip);
}

size_t
omni__run_lower_bound(const omni__entry *entries, size_t count,
                      const omni__order *order)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (omni__order_compare(&entries[middle].order, order) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
