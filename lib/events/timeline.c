/*
   Each step takes the first of what the nodes' walks may come to. A walk moves
   only when it is its turn, so that of most nodes' entries nothing is read.
*/
#include "events/timeline.h"

#include "events/figures.h"
#include "events/run.h"

#include <stdlib.h>

/* The walk of a node. */
struct omni__timeline_side {
    omni__entry_walk walk;
    omni__order bound; /* what it comes to next does not stand before this */
    uint64_t left;     /* events that it may still come to; 0: it ended */
    unsigned flag;     /* that they have: VISIBLE, or NOBODY */
    enum { BEFORE, BEHIND, AT } stands; /* the first, one taken, its next */
    const omni__entry *run;             /* whose bodies were asked for */
};

typedef struct omni__timeline_side side;

/* Where the newest entry of a node stands at the latest. */
static omni__order
newest_bound(const omni__node *node)
{
    bool has_chunks;
    omni__order bound = {.time_us = INT64_MIN};
    const omni__slice run = omni__head_run(node, &has_chunks, &bound);
    if (run.size != 0) {
        bound = (omni__order){omni__run_last_time(run), UINT32_MAX, UINT64_MAX};
    }
    if (bound.time_us == INT64_MIN) {
        bound.time_us = INT64_MAX; /* not to be read: let it be found out */
    }
    return bound;
}

omni_status
omni__timeline_init(omni__timeline *timeline, const omni__view *view,
                    const omni__node *nodes, size_t count, omni__arena *arena)
{
    *timeline = (omni__timeline){.view = view};
    omni__arena_init(&timeline->arena, arena->alloc);
    timeline->sides =
        omni__arena_zero(arena, count * sizeof(timeline->sides[0]));
    if (timeline->sides == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        /* Most entries of some nodes are of events anchored elsewhere. */
        const uint64_t left =
            omni__figures_events(nodes[i].sections[OMNI__SECTION_FIGURES]);
        if (left != 0) {
            side *added = &timeline->sides[timeline->count++];
            added->left = left;
            added->flag = OMNI__ENTRY_VISIBLE;
            omni__entry_walk_init(&added->walk, view, &nodes[i], arena->alloc);
        }
    }
    return OMNI_OK;
}

omni_status
omni__timeline_nobody(omni__timeline *timeline, const omni__node *nodes,
                      size_t count, omni__arena *arena)
{
    side *sides = omni__arena_zero(arena, (timeline->count + count) *
                                              sizeof(timeline->sides[0]));
    if (sides == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (timeline->count != 0) {
        memcpy(sides, timeline->sides, timeline->count * sizeof(sides[0]));
    }
    timeline->sides = sides;
    for (size_t i = 0; i < count; ++i) {
        if ((nodes[i].flags & OMNI__NODE_CONTESTED) != 0) {
            side *added = &sides[timeline->count++];
            added->left = UINT64_MAX; /* figures do not count them */
            added->flag = OMNI__ENTRY_NOBODY;
            omni__entry_walk_init(&added->walk, timeline->view, &nodes[i],
                                  arena->alloc);
        }
    }
    return OMNI_OK;
}

/* Whether an entry is one of those asked for; `*beyond` if none after it can
   be. */
static bool
is_wanted(const omni__timeline_filter *filter, const omni__entry *entry,
          unsigned flag, bool *beyond)
{
    const int64_t time_us = entry->order.time_us;
    const bool early = filter->has_since && time_us < filter->since_us;
    const bool late = filter->has_until && time_us >= filter->until_us;
    *beyond = filter->oldest_first ? late : early;
    const unsigned wanted =
        filter->with_traits ? flag | OMNI__ENTRY_TRAITS : flag;
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
prefetch_body(const omni__timeline *timeline, const side *of, size_t steps)
{
    const omni__entry_walk *walk = &of->walk;
    const bool up = timeline->filter.oldest_first;
    const size_t more = up ? walk->count - walk->at : walk->at + 1;
    if (steps < more) {
        const omni__entry *entry =
            &walk->run[up ? walk->at + steps : walk->at - steps];
        if ((entry->flags & of->flag) != 0) {
            omni__copy_prefetch(timeline->log, entry->order.position);
        }
    }
}

/* Ask for the first bodies of a run that was entered. */
static void
prefetch_run(const omni__timeline *timeline, side *of)
{
    const size_t ahead = steps_ahead(timeline);
    of->run = of->walk.run;
    for (size_t k = 0; k < ahead; ++k) {
        prefetch_body(timeline, of, k);
    }
}

static omni_status
step(const omni__timeline *timeline, side *of)
{
    return timeline->filter.oldest_first ? omni__entry_walk_newer(&of->walk)
                                         : omni__entry_walk_older(&of->walk);
}

static omni_status
move(const omni__timeline *timeline, side *of)
{
    const omni__timeline_filter *filter = &timeline->filter;
    const omni__order since = {.time_us = filter->since_us};
    const omni__order until = {.time_us = filter->until_us};
    if (of->stands == BEHIND) {
        return step(timeline, of);
    }
    return filter->oldest_first
               ? omni__entry_walk_first(&of->walk,
                                        filter->has_since ? &since : NULL)
               : omni__entry_walk_last(&of->walk,
                                       filter->has_until ? &until : NULL);
}

/* Let a walk stand at the next entry that is wanted, or end. */
static omni_status
settle(const omni__timeline *timeline, side *of)
{
    bool beyond = false;
    omni_status status = move(timeline, of);
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(&of->walk);
        if (is_wanted(&timeline->filter, entry, of->flag, &beyond)) {
            if (of->run != of->walk.run) {
                prefetch_run(timeline, of);
            }
            of->bound = entry->order;
            of->stands = AT;
            return OMNI_OK;
        }
        of->left -= (entry->flags & of->flag) != 0;
        if (beyond || of->left == 0) {
            break;
        }
        status = step(timeline, of);
    }
    of->left = 0;
    return status == OMNI_END ? OMNI_OK : status;
}

/* Find the walk that comes first by its bound, or NULL. */
static void
find_first(omni__timeline *timeline)
{
    const bool up = timeline->filter.oldest_first;
    side *first = NULL;
    for (size_t i = 0; i < timeline->count; ++i) {
        side *of = &timeline->sides[i];
        if (of->left == 0) {
            continue;
        }
        if (first != NULL) {
            const side *least = up ? of : first;
            const side *most = up ? first : of;
            if (least->bound.time_us > most->bound.time_us ||
                (least->bound.time_us == most->bound.time_us &&
                 omni__order_compare(&least->bound, &most->bound) >= 0)) {
                continue;
            }
        }
        first = of;
    }
    timeline->first = first;
}

/* Let the first walk stand at the first event of all; with `tied`, only while
   that may be one of that time. */
static omni_status
settle_first(omni__timeline *timeline, const omni__order *tied)
{
    omni_status status = OMNI_OK;
    while (timeline->first != NULL && timeline->first->stands != AT &&
           (tied == NULL || timeline->first->bound.time_us == tied->time_us)) {
        side *first = timeline->first;
        const omni__order bound = first->bound;
        status = settle(timeline, first);
        if (status != OMNI_OK) {
            break;
        }
        if (first->left == 0 ||
            omni__order_compare(&bound, &first->bound) != 0) {
            find_first(timeline);
        }
    }
    return status;
}

static void
start(omni__timeline *timeline)
{
    const omni__timeline_filter *filter = &timeline->filter;
    timeline->started = true;
    for (size_t i = 0; i < timeline->count; ++i) {
        side *of = &timeline->sides[i];
        of->bound = filter->oldest_first ? (omni__order){.time_us = INT64_MIN}
                                         : newest_bound(of->walk.node);
    }
    find_first(timeline);
}

/* What may come after the entry that a walk stands at. */
static omni__order
next_bound(const omni__timeline *timeline, const omni__entry_walk *walk)
{
    bool has_chunks = false;
    omni__order last = walk->run[walk->at].order;
    if (timeline->filter.oldest_first) {
        return last;
    }
    if (walk->at != 0) {
        return walk->run[walk->at - 1].order;
    }
    if (walk->in_head) {
        omni__head_run(walk->node, &has_chunks, &last);
    }
    return last;
}

/* Read the event that the first walk stands at, and leave it. */
static omni_status
take(omni__timeline *timeline, omni__timeline_item *out)
{
    side *from = timeline->first;
    const omni__entry_walk *walk = &from->walk;
    const omni__entry *entry = omni__entry_walk_at(walk);
    prefetch_body(timeline, from, steps_ahead(timeline));
    out->node = walk->node;
    out->position = entry->order.position;
    out->merged = (entry->flags & OMNI__ENTRY_MERGED) != 0;
    out->nobody = from->flag == OMNI__ENTRY_NOBODY;
    from->bound = next_bound(timeline, walk);
    from->stands = BEHIND;
    --from->left;
    find_first(timeline);
    const omni_status status =
        omni__copy_read(timeline->log, out->position, &out->body);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

/* Two events that say the same are told apart by their senders' instants. */
static int
compare_items(const void *a, const void *b)
{
    const omni__timeline_item *x = a;
    const omni__timeline_item *y = b;
    const int64_t one = x->body.instant_us;
    const int64_t other = y->body.instant_us;
    return x->content_hash != y->content_hash
               ? (x->content_hash > y->content_hash) -
                     (x->content_hash < y->content_hash)
               : (one > other) - (one < other);
}

/* Whether there is one more event of this time and hash: the first walk then
   stands at it. */
static omni_status
find_tied(omni__timeline *timeline, const omni__order *order, bool *out)
{
    const omni_status status = settle_first(timeline, order);
    const side *first = timeline->first;
    *out = status == OMNI_OK && first != NULL && first->stands == AT &&
           first->bound.time_us == order->time_us &&
           first->bound.event_hash == order->event_hash;
    return status;
}

/* Collect the events of one time and hash, of which there are more than the
   first; F6 orders them by content. */
static omni_status
collect_tied(omni__timeline *timeline, const omni__order *order,
             const omni__timeline_item *first)
{
    bool more = true;
    void *tied = NULL;
    size_t capacity = 0;
    size_t count = 0;
    const omni__alloc *alloc = timeline->arena.alloc;
    omni__timeline_item item = *first;
    omni__buffer content;
    omni__buffer_init(&content, alloc);
    omni_status status = OMNI_OK;
    do {
        if (count != 0) {
            status = take(timeline, &item);
        }
        if (status == OMNI_OK && count != 0) {
            status = find_tied(timeline, order, &more);
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
        }
    } while (status == OMNI_OK && more);
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
    if (!timeline->started) {
        start(timeline);
    }
    omni_status status = settle_first(timeline, NULL);
    if (status != OMNI_OK || timeline->first == NULL) {
        return status != OMNI_OK ? status : OMNI_END;
    }
    const omni__order order = timeline->first->bound;
    bool tied = false;
    status = take(timeline, out);
    if (status == OMNI_OK) {
        status = find_tied(timeline, &order, &tied);
    }
    if (status != OMNI_OK || !tied) {
        return status;
    }
    status = collect_tied(timeline, &order, out);
    return status == OMNI_OK ? pop_tied(timeline, out) : status;
}

void
omni__timeline_end(omni__timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; ++i) {
        omni__entry_walk_end(&timeline->sides[i].walk);
    }
    omni__arena_free(&timeline->arena);
    timeline->count = 0;
}
