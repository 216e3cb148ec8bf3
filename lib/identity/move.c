/* Encoding of what became of profiles. */
#include "identity/move.h"

void
omni__move_encode(const omni__move *move, omni__buffer *out)
{
    omni__buffer_byte(out, move->kind);
    omni__buffer_put(out, move->profile.bytes, OMNI__ID_SIZE);
    omni__put_varint(out, move->position);
    omni__put_varint(out, move->fact);
    if (move->kind != OMNI__MOVE_ENDED) {
        omni__buffer_put(out, move->other.bytes, OMNI__ID_SIZE);
    }
}

omni_status
omni__move_decode(omni__slice row, omni__move *out)
{
    omni__reader reader = omni__reader_of(row);
    omni__move move = {.kind = omni__read_byte(&reader)};
    const omni__slice profile = omni__read_bytes(&reader, OMNI__ID_SIZE);
    move.position = omni__read_varint(&reader);
    const uint64_t fact = omni__read_varint(&reader);
    const bool ended = move.kind == OMNI__MOVE_ENDED;
    const omni__slice other =
        omni__read_bytes(&reader, ended ? 0 : OMNI__ID_SIZE);
    if (reader.bad || reader.at != reader.end || fact > UINT32_MAX ||
        move.kind < OMNI__MOVE_JOINED || move.kind > OMNI__MOVE_ENDED) {
        return OMNI_ERR_CORRUPT;
    }
    move.fact = (uint32_t)fact;
    memcpy(move.profile.bytes, profile.data, OMNI__ID_SIZE);
    if (!ended) {
        memcpy(move.other.bytes, other.data, OMNI__ID_SIZE);
    }
    *out = move;
    return OMNI_OK;
}
