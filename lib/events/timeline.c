/* Each step takes the first of what the nodes' walks stand on. */
#include "events/timeline.h"

#include "events/figures.h"

#include <stdlib.h>

omni_status
omni__timeline_init(omni__timeline *timeline, const omni__view *view,
                    const omni__node *nodes, size_t count, omni__arena *arena)
{
    *timeline = (omni__timeline){.view = view, .count = count};
    omni__arena_init(&timeline->arena, arena->alloc);
    timeline->walks =
        omni__arena_get(arena, count * sizeof(timeline->walks[0]));
    timeline->left = omni__arena_get(arena, count * sizeof(timeline->left[0]));
    timeline->runs = omni__arena_zero(arena, count * sizeof(timeline->runs[0]));
    if (timeline->walks == NULL || timeline->left == NULL ||
        timeline->runs == NULL) {
        timeline->count = 0;
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        /* Most entries of some nodes are of events anchored elsewhere. */
        timeline->left[i] =
            omni__figures_events(nodes[i].sections[OMNI__SECTION_FIGURES]);
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
    const unsigned wanted = filter->with_traits
                                ? OMNI__ENTRY_VISIBLE | OMNI__ENTRY_TRAITS
                                : OMNI__ENTRY_VISIBLE;
    return !early && !late && (entry->flags & wanted) == wanted &&
           (filter->name.size == 0 ||
            omni__slice_equal(filter->name, entry->name)) &&
           (filter->channel.size == 0 ||
            omni__slice_equal(filter->channel, entry->channel));
}

/*
   Bodies lie all over the log, and to wait for memory once for each would be
   most of a walk's time: they are asked for some steps ahead. Fewer where many
   walks share the steps.
*/
static size_t
steps_ahead(const omni__timeline *timeline)
{
    enum { AHEAD = 24, LEAST = 2 };
    const size_t share = AHEAD / timeline->count;
    return share > LEAST ? share : LEAST;
}

/* Ask for the body of the entry that is `steps` ahead in the run. */
static void
prefetch_body(const omni__timeline *timeline, size_t i, size_t steps)
{
    const omni__entry_walk *walk = &timeline->walks[i];
    const bool up = timeline->filter.oldest_first;
    const size_t more = up ? walk->count - walk->at : walk->at + 1;
    if (steps < more) {
        const omni__entry *entry =
            &walk->run[up ? walk->at + steps : walk->at - steps];
        if ((entry->flags & OMNI__ENTRY_VISIBLE) != 0) {
            omni__copy_prefetch(timeline->log, entry->order.position);
        }
    }
}

/* Ask for the first bodies of a run that was entered. */
static void
prefetch_run(omni__timeline *timeline, size_t i)
{
    const size_t ahead = steps_ahead(timeline);
    timeline->runs[i] = timeline->walks[i].run;
    for (size_t k = 0; k < ahead; ++k) {
        prefetch_body(timeline, i, k);
    }
}

/* Let a walk, which a move left with `status`, stand on an entry that is
   wanted; or mark it as ended. */
static omni_status
settle(omni__timeline *timeline, size_t i, omni_status status)
{
    omni__entry_walk *walk = &timeline->walks[i];
    bool beyond = false;
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(walk);
        if (is_wanted(&timeline->filter, entry, &beyond)) {
            if (timeline->runs[i] != walk->run) {
                prefetch_run(timeline, i);
            }
            return OMNI_OK;
        }
        timeline->left[i] -= (entry->flags & OMNI__ENTRY_VISIBLE) != 0;
        if (beyond || timeline->left[i] == 0) {
            break;
        }
        status = timeline->filter.oldest_first ? omni__entry_walk_newer(walk)
                                               : omni__entry_walk_older(walk);
    }
    timeline->left[i] = 0;
    return status == OMNI_END ? OMNI_OK : status;
}

/* Move a walk on from an entry that was wanted. */
static omni_status
step(omni__timeline *timeline, size_t i)
{
    omni__entry_walk *walk = &timeline->walks[i];
    if (--timeline->left[i] == 0) {
        return OMNI_OK;
    }
    return settle(timeline, i,
                  timeline->filter.oldest_first ? omni__entry_walk_newer(walk)
                                                : omni__entry_walk_older(walk));
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
        if (timeline->left[i] == 0) {
            continue;
        }
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
        if (timeline->left[i] == 0) {
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

/* Read the event under a walk and move the walk on. */
static omni_status
take(omni__timeline *timeline, size_t at, omni__timeline_item *out)
{
    omni__entry_walk *walk = &timeline->walks[at];
    const omni__entry *entry = omni__entry_walk_at(walk);
    prefetch_body(timeline, at, steps_ahead(timeline));
    out->node = walk->node;
    out->position = entry->order.position;
    out->merged = (entry->flags & OMNI__ENTRY_MERGED) != 0;
    const omni_status status =
        omni__copy_read(timeline->log, out->position, &out->body);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    return step(timeline, at);
}

static int
compare_items(const void *a, const void *b)
{
    const omni__timeline_item *x = a;
    const omni__timeline_item *y = b;
    return (x->content_hash > y->content_hash) -
           (x->content_hash < y->content_hash);
}

/* True if a walk stands on an event of the same time and hash. */
static bool
is_tied(const omni__timeline *timeline, size_t at, const omni__order *order)
{
    if (at == timeline->count) {
        return false;
    }
    const omni__order *next = &omni__entry_walk_at(&timeline->walks[at])->order;
    return next->time_us == order->time_us &&
           next->event_hash == order->event_hash;
}

/* Collect the events of one time and hash; F6 orders them by content. */
static omni_status
collect_tied(omni__timeline *timeline, const omni__order *order,
             const omni__timeline_item *first)
{
    void *tied = NULL;
    size_t capacity = 0;
    size_t count = 0;
    size_t at = 0;
    const omni__alloc *alloc = timeline->arena.alloc;
    omni__timeline_item item = *first;
    omni__buffer content;
    omni__buffer_init(&content, alloc);
    omni_status status = OMNI_OK;
    do {
        if (count != 0) {
            status = take(timeline, at, &item);
        }
        if (status == OMNI_OK) {
            item.content_hash = omni__event_content_hash(timeline->secret,
                                                         &item.body, &content);
            status = content.failed || !omni__grow(alloc, &tied, &capacity,
                                                   count, sizeof(item))
                         ? OMNI_ERR_NO_MEMORY
                         : OMNI_OK;
        }
        if (status == OMNI_OK) {
            ((omni__timeline_item *)tied)[count++] = item;
            at = first_walk(timeline);
        }
    } while (status == OMNI_OK && is_tied(timeline, at, order));
    if (status == OMNI_OK) {
        qsort(tied, count, sizeof(*first), compare_items);
        omni__arena_reset(&timeline->arena);
        timeline->tied =
            omni__arena_get(&timeline->arena, count * sizeof(*first));
        timeline->tied_count = timeline->tied != NULL ? count : 0;
        timeline->tied_at = 0;
        status = timeline->tied != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK) {
        memcpy(timeline->tied, tied, count * sizeof(*first));
    }
    omni__buffer_free(&content);
    omni__free(alloc, tied);
    return status;
}

/* The next of the collected events. */
static omni_status
pop_tied(omni__timeline *timeline, omni__timeline_item *out)
{
    const size_t at = timeline->tied_at++;
    *out = timeline->tied[timeline->filter.oldest_first
                              ? at
                              : timeline->tied_count - 1 - at];
    return OMNI_OK;
}

omni_status
omni__timeline_next(omni__timeline *timeline, omni__timeline_item *out)
{
    if (timeline->tied_at < timeline->tied_count) {
        return pop_tied(timeline, out);
    }
    omni_status status = timeline->started ? OMNI_OK : start(timeline);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t at = first_walk(timeline);
    if (at == timeline->count) {
        return OMNI_END;
    }
    const omni__order order = omni__entry_walk_at(&timeline->walks[at])->order;
    status = take(timeline, at, out);
    if (status != OMNI_OK) {
        return status;
    }
    if (!is_tied(timeline, first_walk(timeline), &order)) {
        return OMNI_OK;
    }
    status = collect_tied(timeline, &order, out);
    return status == OMNI_OK ? pop_tied(timeline, out) : status;
}

void
omni__timeline_end(omni__timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; ++i) {
        omni__entry_walk_end(&timeline->walks[i]);
    }
    omni__arena_free(&timeline->arena);
    timeline->count = 0;
}
