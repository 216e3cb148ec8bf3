/* The row of counts: varints in the order of the struct. */
#include "storage/counts.h"

omni_status
omni__counts_read(const omni__view *view, omni__counts *out)
{
    memset(out, 0, sizeof(*out));
    const omni__key key = omni__key_of(OMNI__TABLE_COUNT);
    omni__slice row;
    const omni_status status = omni__view_get(view, &key, &row);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    omni__reader reader = omni__reader_of(row);
    out->facts = omni__read_varint(&reader);
    out->events = omni__read_varint(&reader);
    out->nodes = omni__read_varint(&reader);
    out->profiles = omni__read_varint(&reader);
    out->links = omni__read_varint(&reader);
    out->statements = omni__read_varint(&reader);
    out->unknown = omni__read_varint(&reader);
    out->registers = omni__read_varint(&reader);
    out->retracts = omni__read_varint(&reader);
    out->voided = omni__read_varint(&reader);
    out->segments = omni__read_varint(&reader);
    out->numbers = omni__read_varint(&reader);
    out->changes = omni__read_varint(&reader);
    out->clock_us = (int64_t)omni__read_varint(&reader);
    out->moves = omni__read_varint(&reader);
    out->contested = omni__read_varint(&reader);
    out->rolled = omni__read_varint(&reader);
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__counts_write(omni__kv *kv, const omni__counts *counts)
{
    const uint64_t values[] = {counts->facts,    counts->events,
                               counts->nodes,    counts->profiles,
                               counts->links,    counts->statements,
                               counts->unknown,  counts->registers,
                               counts->retracts, counts->voided,
                               counts->segments, counts->numbers,
                               counts->changes,  (uint64_t)counts->clock_us,
                               counts->moves,    counts->contested,
                               counts->rolled};
    uint8_t row[sizeof(values) / sizeof(values[0]) * OMNI__VARINT_MAX];
    size_t size = 0;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); ++i) {
        size += omni__varint_write(row + size, values[i]);
    }
    const omni__key key = omni__key_of(OMNI__TABLE_COUNT);
    return omni__kv_put(kv, omni__key_slice(&key), omni__slice_of(row, size));
}
