/* Rows of TOUCHED: one per block, and one for all of them, so that a batch
   that changes most of them puts one row. */
#include "storage/touched.h"

/* From so many blocks on, all are noted at once. */
#define MANY (OMNI__BLOCK_COUNT / 4)

static uint32_t
marked(const omni__touched *touched)
{
    uint32_t count = 0;
    for (size_t i = 0; i < OMNI__BLOCK_COUNT / 64; ++i) {
        count += (uint32_t)__builtin_popcountll(touched->blocks[i]);
    }
    return count;
}

static omni_status
put(omni__kv *kv, const omni__key *key, uint64_t position)
{
    uint8_t value[8];
    omni__le64_write(value, position);
    return omni__kv_put(kv, omni__key_slice(key),
                        omni__slice_of(value, sizeof(value)));
}

omni_status
omni__touched_write(omni__touched *touched, omni__kv *kv, uint64_t position)
{
    omni__key key = omni__key_of(OMNI__TABLE_TOUCHED);
    omni_status status = OMNI_OK;
    if (marked(touched) >= MANY) {
        status = put(kv, &key, position);
        memset(touched, 0, sizeof(*touched));
    }
    for (size_t i = 0; i < OMNI__BLOCK_COUNT / 64; ++i) {
        for (; touched->blocks[i] != 0 && status == OMNI_OK;
             touched->blocks[i] &= touched->blocks[i] - 1) {
            const uint32_t bit = (uint32_t)__builtin_ctzll(touched->blocks[i]);
            key.size = 1;
            omni__key_add_u32(&key, (uint32_t)i * 64 + bit);
            status = put(kv, &key, position);
        }
    }
    return status;
}

omni_status
omni__touched_read(const omni__view *view, uint64_t out[OMNI__BLOCK_COUNT])
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_TOUCHED);
    omni__kv_cursor *cursor;
    uint64_t all = 0;
    memset(out, 0, OMNI__BLOCK_COUNT * sizeof(out[0]));
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        const omni__slice key = omni__kv_cursor_key(cursor);
        const omni__slice value = omni__kv_cursor_value(cursor);
        const uint32_t block =
            key.size == 5 ? omni__be32_read(key.data + 1) : OMNI__BLOCK_COUNT;
        if (value.size != 8 || (key.size != 1 && block >= OMNI__BLOCK_COUNT)) {
            status = OMNI_ERR_CORRUPT;
            break;
        }
        *(key.size == 1 ? &all : &out[block]) = omni__le64_read(value.data);
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    for (uint32_t i = 0; i < OMNI__BLOCK_COUNT; ++i) {
        out[i] = out[i] > all ? out[i] : all;
    }
    return status == OMNI_END ? OMNI_OK : status;
}
