/*
   A walk over all profiles: their events as steps, the chain that gets
   furthest, and what is counted of it. Only entries are decoded; bodies are
   read for conditions on properties alone.
*/
#include "segments/funnel.h"

#include "events/figures.h"
#include "identity/members.h"
#include "segments/sequence.h"
#include "segments/spread.h"
#include "segments/steps.h"
#include "segments/subject.h"
#include "storage/counts.h"

#include <stdlib.h>

#define KEPT ((size_t)1 << 20) /* durations that are kept at once, in all */
#define PROGRESS 1024u         /* nodes between two reports */

/* What is counted per channel, by its number in `walk`. */
typedef struct channel {
    omni__slice name;
    uint64_t started[OMNI_FUNNEL_STEPS];
    uint64_t at[OMNI_FUNNEL_STEPS];
} channel;

/* Times of a step: since the step before, and since the first. */
typedef struct times {
    omni__spread before;
    omni__spread first;
} times;

typedef struct walk {
    const omni__profile_source *source;
    const omni_funnel_options *options;
    omni_error *error;
    omni__sequence_rule rule;
    omni__steps steps;
    omni__arena arena; /* of one profile */
    void *events;      /* omni__sequence_event, of one profile */
    size_t event_count;
    size_t event_capacity;
    omni__segment *segment;              /* NULL: all profiles */
    bool again;                          /* only times are wanted */
    uint64_t reached[OMNI_FUNNEL_STEPS]; /* and no further */
    times times[OMNI_FUNNEL_STEPS];
    void *channels;
    size_t channel_count;
    size_t channel_capacity;
    uint32_t *sorted; /* numbers of channels by their names */
    uint32_t last;    /* number of the channel that was looked up last */
    uint64_t nodes;   /* looked at */
    uint64_t total;
} walk;

static channel *
channel_at(const walk *w, uint32_t number)
{
    return (channel *)w->channels + number;
}

static bool
add_channel(walk *w, size_t at, omni__slice name)
{
    uint32_t *sorted =
        omni__realloc(w->source->arena->alloc, w->sorted,
                      (w->channel_count + 1) * sizeof(sorted[0]));
    w->sorted = sorted != NULL ? sorted : w->sorted;
    if (sorted == NULL ||
        !omni__grow(w->source->arena->alloc, &w->channels, &w->channel_capacity,
                    w->channel_count, sizeof(channel))) {
        return false;
    }
    memmove(sorted + at + 1, sorted + at,
            (w->channel_count - at) * sizeof(sorted[0]));
    sorted[at] = (uint32_t)w->channel_count;
    *channel_at(w, (uint32_t)w->channel_count++) = (channel){.name = name};
    return true;
}

/* The number of a channel. */
static omni_status
find_channel(walk *w, omni__slice name, uint32_t *out)
{
    if (w->channel_count != 0 &&
        channel_at(w, w->last)->name.data == name.data &&
        channel_at(w, w->last)->name.size == name.size) {
        *out = w->last;
        return OMNI_OK;
    }
    size_t low = 0;
    size_t high = w->channel_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order =
            omni__slice_compare(channel_at(w, w->sorted[middle])->name, name);
        if (order == 0) {
            *out = w->last = w->sorted[middle];
            return OMNI_OK;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    *out = w->last = (uint32_t)w->channel_count;
    return add_channel(w, low, name) ? OMNI_OK : omni__fail_memory(w->error);
}

static omni_status
add_event(walk *w, const omni__entry *entry)
{
    uint32_t steps;
    uint32_t tag = 0;
    omni_status status = omni__steps_fit(&w->steps, entry, &steps);
    const bool counts =
        steps != 0 || (w->rule.modes & OMNI__SEQUENCE_ORDER) != 0;
    if (status == OMNI_OK && steps != 0 && w->options->by_channel) {
        status = find_channel(w, entry->channel, &tag);
    }
    if (status != OMNI_OK || !counts) {
        return status;
    }
    if (!omni__grow(w->source->arena->alloc, &w->events, &w->event_capacity,
                    w->event_count, sizeof(omni__sequence_event))) {
        return omni__fail_memory(w->error);
    }
    ((omni__sequence_event *)w->events)[w->event_count++] =
        (omni__sequence_event){
            .time_us = entry->order.time_us, .steps = steps, .tag = tag};
    return OMNI_OK;
}

/* The events that are anchored at a node. */
static omni_status
add_node(walk *w, const omni__node *node)
{
    const omni_funnel_options *options = w->options;
    const omni__order since = {.time_us = options->since_us};
    uint64_t left = omni__figures_events(node->sections[OMNI__SECTION_FIGURES]);
    if (left == 0) {
        return OMNI_OK;
    }
    omni__entry_walk at;
    omni__entry_walk_init(&at, w->source->view, node, w->source->arena->alloc);
    omni_status status =
        omni__entry_walk_first(&at, options->has_since ? &since : NULL);
    while (status == OMNI_OK && left != 0) {
        const omni__entry *entry = omni__entry_walk_at(&at);
        if (entry->order.time_us >= options->until_us) {
            break;
        }
        if ((entry->flags & OMNI__ENTRY_VISIBLE) != 0) {
            --left;
            status = add_event(w, entry);
        }
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(&at);
        }
    }
    omni__entry_walk_end(&at);
    return status == OMNI_END ? OMNI_OK : status;
}

static int
compare_times(const void *a, const void *b)
{
    const omni__sequence_event *x = a;
    const omni__sequence_event *y = b;
    return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

static omni_status
add_times(walk *w, const omni__sequence_chain *chain)
{
    bool fine = true;
    for (size_t k = 1; k < chain->length && fine; ++k) {
        const omni__sequence_event *at = &chain->events[k];
        const uint64_t time_us = (uint64_t)at->time_us;
        fine = omni__spread_add(&w->times[k].before,
                                time_us - (uint64_t)at[-1].time_us) &&
               omni__spread_add(&w->times[k].first,
                                time_us - (uint64_t)chain->events[0].time_us);
    }
    return fine ? OMNI_OK : omni__fail_memory(w->error);
}

static void
add_channels(walk *w, const omni__sequence_chain *chain)
{
    channel *first = channel_at(w, chain->events[0].tag);
    for (size_t k = 0; k < chain->length; ++k) {
        ++first->started[k];
        ++channel_at(w, chain->events[k].tag)->at[k];
    }
}

/* Whether a profile is asked for. */
static omni_status
is_wanted(walk *w, const omni__members *members, bool *out)
{
    *out = w->segment == NULL;
    if (*out) {
        return OMNI_OK;
    }
    omni__segment_answer answer;
    omni__subject subject = {.view = w->source->view,
                             .log = w->source->log,
                             .secret = w->source->secret,
                             .nodes = members->nodes,
                             .count = members->count,
                             .arena = &w->arena};
    const omni_status status = omni__segment_evaluate(
        w->segment, &subject, w->options->until_us - 1, &answer);
    *out = status == OMNI_OK && answer.membership == OMNI__MEMBER;
    return status;
}

/* Count a profile, whose head stands in `node`. */
static omni_status
add_profile(walk *w, const omni__node *node)
{
    omni__members members;
    omni__sequence_chain chain;
    w->event_count = 0;
    omni__arena_reset(&w->arena);
    omni_status status =
        omni__members_read(w->source->view, node, &w->arena, &members);
    for (size_t i = 0; i < members.count && status == OMNI_OK; ++i) {
        status = add_node(w, &members.nodes[i]);
    }
    if (status != OMNI_OK || w->event_count == 0) {
        return status;
    }
    if (members.count > 1) {
        qsort(w->events, w->event_count, sizeof(omni__sequence_event),
              compare_times);
    }
    omni__sequence_find(&w->rule, w->events, w->event_count, &chain);
    bool wanted = false;
    if (chain.length != 0) {
        status = is_wanted(w, &members, &wanted);
    }
    if (status != OMNI_OK || !wanted) {
        return status;
    }
    if (!w->again) {
        ++w->reached[chain.length - 1];
        if (w->options->by_channel) {
            add_channels(w, &chain);
        }
    }
    return add_times(w, &chain);
}

static omni_status
report(walk *w)
{
    const omni_funnel_options *options = w->options;
    return w->nodes % PROGRESS == 0 && options->progress != NULL &&
                   options->progress(options->user,
                                     w->again ? w->total : w->nodes,
                                     w->total) != 0
               ? omni__fail(w->error, OMNI_ERR_BUSY, "the funnel was stopped")
               : OMNI_OK;
}

/* Once over all profiles. */
static omni_status
pass(walk *w)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(w->source->view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    w->nodes = 0;
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni_id id;
        omni__node node;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + prefix.size,
               sizeof(id.bytes));
        status = report(w);
        if (status == OMNI_OK) {
            status =
                omni__node_decode(&id, omni__kv_cursor_value(cursor), &node);
        }
        if (status == OMNI_OK && omni__node_is_head(&node)) {
            status = add_profile(w, &node);
        }
        ++w->nodes;
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Have all times; `*more` if that takes another pass. */
static omni_status
narrow_times(walk *w, bool *more)
{
    *more = false;
    for (size_t k = 1; k < w->rule.steps; ++k) {
        bool one;
        bool other;
        if (!omni__spread_again(&w->times[k].before, &one) ||
            !omni__spread_again(&w->times[k].first, &other)) {
            return omni__fail_memory(w->error);
        }
        *more |= one || other;
    }
    return OMNI_OK;
}

static omni_funnel_times
tell_times(const omni__spread *spread)
{
    uint64_t ranks[OMNI__SPREAD_RANKS];
    uint64_t mean;
    omni__spread_tell(spread, ranks, &mean);
    return (omni_funnel_times){.median_us = (int64_t)ranks[0],
                               .p90_us = (int64_t)ranks[1],
                               .mean_us = (int64_t)mean};
}

/* Channels with their counts, in the arena. */
static omni_status
tell_channels(const walk *w, omni_funnel *out)
{
    const size_t size = w->rule.steps * sizeof(uint64_t);
    omni__arena *arena = w->source->arena;
    omni_funnel_channel *made =
        omni__arena_zero(arena, w->channel_count * sizeof(made[0]) + 1);
    uint64_t *counts = omni__arena_get(arena, 2 * w->channel_count * size + 1);
    if (made == NULL || counts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    out->channels = made;
    for (size_t i = 0; i < w->channel_count; ++i) {
        const channel *from = channel_at(w, w->sorted[i]);
        uint64_t used = 0;
        for (size_t k = 0; k < w->rule.steps; ++k) {
            used |= from->at[k];
        }
        if (used != 0) {
            memcpy(counts, from->started, size);
            memcpy(counts + w->rule.steps, from->at, size);
            made[out->channel_count++] =
                (omni_funnel_channel){.channel = omni__text_of(from->name),
                                      .started = counts,
                                      .at = counts + w->rule.steps};
            counts += 2 * w->rule.steps;
        }
    }
    return OMNI_OK;
}

static omni_status
tell(const walk *w, omni_funnel **out)
{
    const size_t count = w->rule.steps;
    omni__arena *arena = w->source->arena;
    omni_funnel *made = omni__arena_zero(arena, sizeof(*made));
    omni_funnel_count *steps =
        omni__arena_zero(arena, count * sizeof(steps[0]));
    if (made == NULL || steps == NULL || tell_channels(w, made) != OMNI_OK) {
        return omni__fail_memory(w->error);
    }
    uint64_t profiles = 0;
    for (size_t k = count; k-- > 0;) {
        profiles += w->reached[k];
        steps[k].profiles = profiles;
        steps[k].from_before = tell_times(&w->times[k].before);
        steps[k].from_first = tell_times(&w->times[k].first);
    }
    made->steps = steps;
    made->step_count = count;
    made->until_us = w->options->until_us;
    *out = made;
    return OMNI_OK;
}

static omni_status
run(walk *w, omni_funnel **out)
{
    omni__counts counts;
    bool more = true;
    const char *expression = w->options->expression;
    omni_status status = omni__steps_compile(&w->steps, w->options);
    if (status == OMNI_OK && expression != NULL) {
        status = omni__segment_compile(w->source->arena->alloc,
                                       omni__slice_text(expression),
                                       &w->segment, w->error);
    }
    if (status == OMNI_OK) {
        status = omni__counts_read(w->source->view, &counts);
        w->total = counts.nodes;
    }
    while (status == OMNI_OK && more) {
        status = pass(w);
        w->again = true;
        if (status == OMNI_OK) {
            status = narrow_times(w, &more);
        }
    }
    return status == OMNI_OK ? tell(w, out) : status;
}

omni_status
omni__funnel_run(const omni__profile_source *source,
                 const omni_funnel_options *options, omni_funnel **out,
                 omni_error *error)
{
    const omni__alloc *alloc = source->arena->alloc;
    walk *w = omni__arena_zero(source->arena, sizeof(*w));
    if (w == NULL) {
        return omni__fail_memory(error);
    }
    w->source = source;
    w->options = options;
    w->error = error;
    w->rule = (omni__sequence_rule){
        .steps = options->step_count,
        .modes = options->modes,
        .within_us = options->within_us != 0 ? options->within_us : INT64_MAX};
    w->steps = (omni__steps){
        .log = source->log, .arena = source->arena, .error = error};
    omni__arena_init(&w->arena, alloc);
    for (size_t k = 0; k < options->step_count; ++k) {
        const omni__spread empty = {.alloc = alloc,
                                    .room = KEPT / (2 * options->step_count)};
        w->times[k] = (times){.before = empty, .first = empty};
    }
    const omni_status status = run(w, out);
    for (size_t k = 0; k < options->step_count; ++k) {
        omni__spread_free(&w->times[k].before);
        omni__spread_free(&w->times[k].first);
    }
    omni__free(alloc, w->sorted);
    omni__free(alloc, w->channels);
    omni__free(alloc, w->events);
    omni__arena_free(&w->arena);
    omni__steps_end(&w->steps);
    omni__segment_free(w->segment);
    return status;
}
