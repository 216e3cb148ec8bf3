/* omni/changes.h: where feeds stand, and that of profiles. */
#include "omni/changes.h"

#include "api/handle.h"
#include "identity/move.h"

#include <inttypes.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of the store and the rules; of the policy below. */
#define EPOCH_HALF 32

/* By what a txn's feeds were written. */
static uint64_t
epoch_of(const omni_txn *txn)
{
    uint8_t store[OMNI__REPLICA_SIZE + 4];
    memcpy(store, txn->store->engine->file.replica, OMNI__REPLICA_SIZE);
    omni__le32_write(store + OMNI__REPLICA_SIZE, OMNI__DERIVE_VERSION);
    const uint64_t digest = txn->source.policy->digest;
    const uint64_t epoch =
        XXH3_64bits(store, sizeof(store)) >> EPOCH_HALF << EPOCH_HALF |
        (uint32_t)(digest ^ digest >> EPOCH_HALF);
    return epoch != 0 ? epoch : 1;
}

omni_status
omni_feed_end(omni_txn *txn, omni_feed feed, omni_feed_position *out)
{
    omni__counts counts;
    omni_status status = omni__txn_knows_all(txn);
    if (status == OMNI_OK && feed != OMNI_FEED_PROFILES &&
        feed != OMNI_FEED_SEGMENTS) {
        status = omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                            "%d is no feed of changes", (int)feed);
    }
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__counts_read(&txn->view, &counts);
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "feed: %s",
                          omni_status_name(status));
    }
    *out = (omni_feed_position){
        .epoch = epoch_of(txn),
        .sequence = feed == OMNI_FEED_PROFILES ? counts.moves : counts.changes};
    return OMNI_OK;
}

static omni_status
fail_epoch(omni_txn *txn, uint64_t was, uint64_t is)
{
    return omni__fail(
        &txn->error, OMNI_ERR_CONFLICT,
        "the feed was written anew: %s; its epoch is %016" PRIx64
        " now, not %016" PRIx64 ", and what was read does not hold",
        was >> EPOCH_HALF == is >> EPOCH_HALF
            ? "the policy has changed"
            : "this is another store than it was, or it was restored, or the "
              "library's rules have changed",
        is, was);
}

omni_status
omni__txn_after(omni_txn *txn, omni_feed feed, const omni_feed_position *after,
                omni_feed_position *next)
{
    omni_feed_position end;
    const omni_status status = omni_feed_end(txn, feed, &end);
    if (status != OMNI_OK) {
        return status;
    }
    *next = (omni_feed_position){.epoch = end.epoch, .sequence = 1};
    if (after == NULL) {
        return end.sequence != 0 ? OMNI_OK : OMNI_END;
    }
    if (after->epoch != 0 && after->epoch != end.epoch) {
        return fail_epoch(txn, after->epoch, end.epoch);
    }
    if (after->epoch != 0 && after->sequence > end.sequence) {
        return omni__fail(&txn->error, OMNI_ERR_CONFLICT,
                          "the feed ends with change %" PRIu64 ", and %" PRIu64
                          " was read: the facts behind it were lost, or this "
                          "is an older view of the store",
                          end.sequence, after->sequence);
    }
    next->sequence = after->sequence + 1;
    return after->sequence < end.sequence ? OMNI_OK : OMNI_END;
}

const char *
omni_profile_change_name(omni_profile_change_kind kind)
{
    static const char *const names[] = {"unknown", "joined", "renamed", "split",
                                        "ended"};
    const size_t known = sizeof(names) / sizeof(names[0]);
    return (size_t)kind < known ? names[kind] : names[0];
}

/* The fact that did a move. */
static omni_status
read_fact(omni_txn *txn, const omni__move *move, omni_profile_change *out)
{
    omni__log_frame frame;
    omni__group group;
    omni__fact fact;
    omni_status status =
        omni__log_read(txn->source.log, move->position, &frame, NULL);
    if (status == OMNI_OK) {
        status = omni__group_open(frame.group, &group, NULL);
    }
    for (uint32_t i = 0; i <= move->fact && status == OMNI_OK; ++i) {
        status = omni__group_next(&group, &fact);
    }
    if (status == OMNI_OK) {
        out->fact = omni__fact_id(&fact);
        out->made_us = omni__fact_made_us(&fact);
    }
    return status == OMNI_END ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni_profile_change_next(omni_txn *txn, const omni_feed_position *after,
                         omni_profile_change *out)
{
    omni_profile_change change;
    omni__move move;
    omni__slice row;
    omni_status status =
        omni__txn_after(txn, OMNI_FEED_PROFILES, after, &change.position);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__key key = omni__key_move(change.position.sequence);
    status = omni__view_get(&txn->view, &key, &row);
    if (status == OMNI_OK) {
        status = omni__move_decode(row, &move);
    }
    if (status == OMNI_OK) {
        change.kind = (omni_profile_change_kind)move.kind;
        change.profile = move.profile;
        change.other = move.other;
        status = read_fact(txn, &move, &change);
    }
    if (status != OMNI_OK) {
        status = status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
        return omni__fail(&txn->error, status, "change %" PRIu64 ": %s",
                          change.position.sequence, omni_status_name(status));
    }
    *out = change;
    return OMNI_OK;
}
