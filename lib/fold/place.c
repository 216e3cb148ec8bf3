/* Rows of GROUP and FRAME. */
#include "fold/place.h"

#define BLOCK_BITS 16u /* of log, for each of which there is a row */

static omni_status
put_position(omni__kv *kv, const omni__key *key, uint64_t position)
{
    uint8_t value[OMNI__VARINT_MAX];
    return omni__kv_put(
        kv, omni__key_slice(key),
        omni__slice_of(value, omni__varint_write(value, position)));
}

static omni__key
group_key(const uint8_t replica[OMNI__REPLICA_SIZE], uint64_t sequence)
{
    omni__key key = omni__key_of(OMNI__TABLE_GROUP);
    omni__key_add(&key, replica, OMNI__REPLICA_SIZE);
    omni__key_add_u64(&key, sequence);
    return key;
}

static omni__key
frame_key(uint64_t block)
{
    omni__key key = omni__key_of(OMNI__TABLE_FRAME);
    omni__key_add_u64(&key, block);
    return key;
}

omni_status
omni__place_note(omni__kv *kv, const omni__group *group,
                 const omni__log_frame *frame)
{
    omni__key key = group_key(group->replica, group->first_sequence);
    const omni_status status = put_position(kv, &key, frame->position);
    const uint64_t block = frame->next >> BLOCK_BITS;
    if (status != OMNI_OK || block == frame->position >> BLOCK_BITS) {
        return status;
    }
    key = frame_key(block);
    return put_position(kv, &key, frame->next);
}

/* The value of the last row before `key` that shares its first bytes. */
static omni_status
position_before(const omni__view *view, const omni__key *key, size_t shared,
                uint64_t *out)
{
    omni__key prefix = *key;
    prefix.size = shared;
    omni__kv_cursor *cursor;
    omni_status status = omni__view_before(view, &prefix, key, &cursor);
    if (status == OMNI_OK) {
        omni__reader reader = omni__reader_of(omni__kv_cursor_value(cursor));
        *out = omni__read_varint(&reader);
        status = reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
        omni__kv_cursor_close(cursor);
    }
    return status;
}

/* The fact of a frame's group that has a sequence, or whose body stands at a
   position (UINT64_MAX: any). */
static omni_status
find_in(const omni__log_frame *frame, uint64_t sequence, uint64_t position,
        omni__found_fact *out)
{
    omni_status status = omni__group_open(frame->group, &out->group, NULL);
    while (status == OMNI_OK) {
        status = omni__group_next(&out->group, &out->fact);
        out->position = frame->group_position + out->fact.body_offset;
        if (status == OMNI_OK &&
            (out->fact.sequence == sequence || out->position == position)) {
            return OMNI_OK;
        }
    }
    return status == OMNI_END ? OMNI_NOT_FOUND : status;
}

omni_status
omni__place_find(const omni__view *view, omni__log *log,
                 const uint8_t replica[OMNI__REPLICA_SIZE], uint64_t sequence,
                 omni__found_fact *out)
{
    if (sequence == 0 || sequence == UINT64_MAX) {
        return OMNI_NOT_FOUND;
    }
    const omni__key key = group_key(replica, sequence + 1);
    omni__log_frame frame;
    uint64_t at;
    omni_status status =
        position_before(view, &key, key.size - sizeof(sequence), &at);
    if (status != OMNI_OK) {
        return status == OMNI_END ? OMNI_NOT_FOUND : status;
    }
    status = omni__log_read(log, at, &frame, NULL);
    return status == OMNI_OK ? find_in(&frame, sequence, UINT64_MAX, out)
                             : status;
}

/* A frame that begins at or before a position. */
static omni_status
frame_before(const omni__view *view, omni__log *log, uint64_t position,
             uint64_t *out)
{
    uint64_t block = position >> BLOCK_BITS;
    omni_status status = OMNI_OK;
    *out = UINT64_MAX;
    while (status == OMNI_OK && *out > position) {
        const omni__key key = frame_key(block + 1);
        status = position_before(view, &key, 1, out);
        block = status == OMNI_OK ? (*out >> BLOCK_BITS) - 1 : 0;
    }
    if (status == OMNI_END) {
        *out = omni__log_start(log);
        status = OMNI_OK;
    }
    return status;
}

omni_status
omni__place_at(const omni__view *view, omni__log *log, uint64_t position,
               omni__found_fact *out)
{
    omni__log_frame frame = {.next = 0};
    uint64_t at;
    omni_status status = frame_before(view, log, position, &at);
    while (status == OMNI_OK && frame.next <= position) {
        status = omni__log_read(log, at, &frame, NULL);
        at = frame.next;
    }
    if (status == OMNI_OK) {
        status = find_in(&frame, 0, position, out);
    }
    return status == OMNI_END || status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT
                                                          : status;
}

omni_status
omni__place_id(const omni__view *view, omni__log *log, uint64_t position,
               omni_fact_id *out)
{
    omni__found_fact found;
    const omni_status status = omni__place_at(view, log, position, &found);
    if (status == OMNI_OK) {
        *out = omni__fact_id(&found.fact);
    }
    return status;
}
