/* Each step takes the first of what the nodes' walks stand on. */
#include "events/timeline.h"

omni_status
omni__timeline_init(omni__timeline *timeline, const omni__view *view,
                    const omni__node *nodes, size_t count, omni__log *log,
                    omni__arena *arena)
{
    *timeline = (omni__timeline){.log = log, .count = count};
    timeline->walks =
        omni__arena_get(arena, count * sizeof(timeline->walks[0]));
    timeline->ended =
        omni__arena_zero(arena, count * sizeof(timeline->ended[0]));
    if (timeline->walks == NULL || timeline->ended == NULL) {
        timeline->count = 0;
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        omni__entry_walk_init(&timeline->walks[i], view, &nodes[i],
                              arena->alloc);
    }
    return OMNI_OK;
}

/* Whether an entry is one of those asked for; `*beyond` if none after it can
   be. */
static bool
is_wanted(const omni__timeline_filter *filter, const omni__entry *entry,
          bool *beyond)
{
    const int64_t time_us = entry->order.time_us;
    const bool early = filter->has_since && time_us < filter->since_us;
    const bool late = filter->has_until && time_us >= filter->until_us;
    *beyond = filter->oldest_first ? late : early;
    return !early && !late && (entry->flags & OMNI__ENTRY_VISIBLE) != 0 &&
           (filter->name.size == 0 ||
            omni__slice_equal(filter->name, entry->name)) &&
           (filter->channel.size == 0 ||
            omni__slice_equal(filter->channel, entry->channel));
}

/* Let a walk, which a move left with `status`, stand on an entry that is
   wanted; or mark it as ended. */
static omni_status
settle(omni__timeline *timeline, size_t i, omni_status status)
{
    omni__entry_walk *walk = &timeline->walks[i];
    bool beyond = false;
    while (status == OMNI_OK &&
           !is_wanted(&timeline->filter, omni__entry_walk_at(walk), &beyond)) {
        if (beyond) {
            status = OMNI_END;
        } else {
            status = timeline->filter.oldest_first
                         ? omni__entry_walk_newer(walk)
                         : omni__entry_walk_older(walk);
        }
    }
    timeline->ended[i] = status != OMNI_OK;
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
start(omni__timeline *timeline)
{
    const omni__timeline_filter *filter = &timeline->filter;
    const omni__order since = {.time_us = filter->since_us};
    const omni__order until = {.time_us = filter->until_us};
    omni_status status = OMNI_OK;
    timeline->started = true;
    for (size_t i = 0; i < timeline->count && status == OMNI_OK; ++i) {
        omni__entry_walk *walk = &timeline->walks[i];
        const omni_status moved =
            filter->oldest_first
                ? omni__entry_walk_first(walk,
                                         filter->has_since ? &since : NULL)
                : omni__entry_walk_last(walk,
                                        filter->has_until ? &until : NULL);
        status = settle(timeline, i, moved);
    }
    return status;
}

/* The walk whose entry comes first, or `count`. */
static size_t
first_walk(const omni__timeline *timeline)
{
    size_t first = timeline->count;
    for (size_t i = 0; i < timeline->count; ++i) {
        if (timeline->ended[i]) {
            continue;
        }
        if (first == timeline->count) {
            first = i;
            continue;
        }
        const int order = omni__order_compare(
            &omni__entry_walk_at(&timeline->walks[i])->order,
            &omni__entry_walk_at(&timeline->walks[first])->order);
        if (timeline->filter.oldest_first ? order < 0 : order > 0) {
            first = i;
        }
    }
    return first;
}

omni_status
omni__timeline_next(omni__timeline *timeline, const omni__node **node,
                    omni__event_body *out)
{
    omni_status status = timeline->started ? OMNI_OK : start(timeline);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t at = first_walk(timeline);
    if (at == timeline->count) {
        return OMNI_END;
    }
    omni__entry_walk *walk = &timeline->walks[at];
    status = omni__copy_read(timeline->log,
                             omni__entry_walk_at(walk)->order.position, out);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    *node = walk->node;
    return settle(timeline, at,
                  timeline->filter.oldest_first ? omni__entry_walk_newer(walk)
                                                : omni__entry_walk_older(walk));
}

void
omni__timeline_end(omni__timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; ++i) {
        omni__entry_walk_end(&timeline->walks[i]);
    }
    timeline->count = 0;
}
