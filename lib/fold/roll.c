/*
   MEMBER follows FEED in steps: what thousands of changes come to is written
   in the order of its keys. When that is depends on the entries alone, and so
   rows are the same wherever the log is folded to the same position.
*/
#include "fold/segments.h"
#include "segments/feed.h"
#include "segments/standing.h"

#include <stdlib.h>

/* A change as it concerns MEMBER. */
typedef struct turn {
    omni_id profile;
    uint32_t segment; /* its number */
    int32_t way;      /* 1 in, -1 out */
} turn;

static int
compare_turns(const void *a, const void *b)
{
    const turn *x = a;
    const turn *y = b;
    return x->segment != y->segment
               ? (x->segment > y->segment) - (x->segment < y->segment)
               : omni__id_compare(&x->profile, &y->profile);
}

/* The changes that MEMBER does not have. */
static omni_status
read_turns(omni__fold *fold, turn *turns, size_t count)
{
    const omni__definitions *definitions = &fold->watch.definitions;
    const uint64_t rolled = fold->counts.rolled;
    omni__feed_walk walk = {.number = 0};
    omni_status status = omni__feed_find(&fold->set.view, rolled + 1, &walk);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__feed_entry *entry = &walk.entry;
        const omni__definition *found =
            omni__definitions_find(definitions, entry->segment);
        if (found == NULL || walk.number != rolled + 1 + i) {
            status = OMNI_ERR_CORRUPT;
            break;
        }
        turns[i] = (turn){.profile = entry->profile,
                          .segment = found->number,
                          .way = entry->entered ? 1 : -1};
        if (i + 1 < count) {
            status = omni__feed_next(&walk);
        }
    }
    omni__feed_close(&walk);
    return status == OMNI_END || status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT
                                                          : status;
}

/* In turns somebody enters and leaves: who did both as often has the row that
   it had. */
static omni_status
write_turns(omni__fold *fold, const turn *turns, size_t count)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK;) {
        const omni__key key =
            omni__key_member(turns[i].segment, &turns[i].profile);
        const size_t first = i;
        int32_t times = 0;
        do {
            times += turns[i].way;
            ++i;
        } while (i < count && compare_turns(&turns[first], &turns[i]) == 0);
        if (times > 0) {
            status = omni__kv_put(fold->kv, omni__key_slice(&key),
                                  omni__slice_of("", 0));
        } else if (times < 0) {
            status = omni__kv_delete(fold->kv, omni__key_slice(&key));
        }
    }
    return status;
}

omni_status
omni__watch_roll(omni__fold *fold)
{
    const omni__alloc *alloc = &fold->hooks->alloc;
    const uint64_t behind = fold->counts.changes - fold->counts.rolled;
    if (behind == 0) {
        return OMNI_OK;
    }
    if (behind > OMNI__FEED_AHEAD + OMNI__FEED_ROW) {
        return OMNI_ERR_CORRUPT;
    }
    const size_t count = (size_t)behind;
    turn *turns = omni__malloc(alloc, count * sizeof(turns[0]));
    if (turns == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni_status status = read_turns(fold, turns, count);
    if (status == OMNI_OK) {
        qsort(turns, count, sizeof(turns[0]), compare_turns);
        status = write_turns(fold, turns, count);
    }
    omni__free(alloc, turns);
    fold->counts.rolled = fold->counts.changes;
    return status;
}

omni_status
omni__watch_feed(omni__fold *fold)
{
    omni__feed_row *row = &fold->watch.feed;
    const omni__key key = omni__key_feed(row->first);
    if (row->count == 0) {
        return OMNI_OK;
    }
    row->count = 0;
    const omni_status status =
        row->bytes.failed ? OMNI_ERR_NO_MEMORY
                          : omni__kv_put(fold->kv, omni__key_slice(&key),
                                         omni__buffer_bytes(&row->bytes));
    return status == OMNI_OK && fold->counts.changes - fold->counts.rolled >=
                                    OMNI__FEED_AHEAD
               ? omni__watch_roll(fold)
               : status;
}
