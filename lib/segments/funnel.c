/*
   A walk over all profiles: their events as steps, the chain that gets
   furthest, and what is counted of it. Only entries are decoded; bodies are
   read for conditions on properties alone.
*/
#include "events/figures.h"
#include "identity/members.h"
#include "profile/view.h"
#include "segments/funnel_private.h"
#include "storage/counts.h"

#include <stdlib.h>

#define KEPT ((size_t)1 << 20) /* durations that are kept at once, in all */
#define PROGRESS 1024u         /* nodes between two reports */

/* What is counted per channel. */
typedef struct channel {
    omni__slice name;
    uint64_t started[OMNI_FUNNEL_STEPS];
    uint64_t at[OMNI_FUNNEL_STEPS];
} channel;

static channel *
channel_at(const omni__funnel *f, uint32_t number)
{
    return (channel *)f->channels + number;
}

static bool
add_channel(omni__funnel *f, size_t at, omni__slice name)
{
    uint32_t *sorted =
        omni__realloc(f->source->scan.alloc, f->sorted,
                      (f->channel_count + 1) * sizeof(sorted[0]));
    f->sorted = sorted != NULL ? sorted : f->sorted;
    if (sorted == NULL ||
        !omni__grow(f->source->scan.alloc, &f->channels, &f->channel_capacity,
                    f->channel_count, sizeof(channel))) {
        return false;
    }
    memmove(sorted + at + 1, sorted + at,
            (f->channel_count - at) * sizeof(sorted[0]));
    sorted[at] = (uint32_t)f->channel_count;
    *channel_at(f, (uint32_t)f->channel_count++) = (channel){.name = name};
    return true;
}

/* The number of a channel. */
static omni_status
find_channel(omni__funnel *f, omni__slice name, uint32_t *out)
{
    if (f->channel_count != 0 &&
        channel_at(f, f->last)->name.data == name.data &&
        channel_at(f, f->last)->name.size == name.size) {
        *out = f->last;
        return OMNI_OK;
    }
    size_t low = 0;
    size_t high = f->channel_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order =
            omni__slice_compare(channel_at(f, f->sorted[middle])->name, name);
        if (order == 0) {
            *out = f->last = f->sorted[middle];
            return OMNI_OK;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    *out = f->last = (uint32_t)f->channel_count;
    return add_channel(f, low, name) ? OMNI_OK : omni__fail_memory(f->error);
}

omni_status
omni__funnel_event(omni__funnel *f, int64_t time_us, uint32_t steps,
                   uint32_t tag)
{
    if (!omni__grow(f->source->scan.alloc, &f->events, &f->event_capacity,
                    f->event_count, sizeof(omni__sequence_event))) {
        return omni__fail_memory(f->error);
    }
    omni__sequence_event *events = f->events;
    events[f->event_count++] =
        (omni__sequence_event){.time_us = time_us, .steps = steps, .tag = tag};
    return OMNI_OK;
}

static omni_status
add_event(omni__funnel *f, const omni__entry *entry)
{
    uint32_t steps;
    uint32_t tag = 0;
    omni_status status = omni__steps_fit(&f->steps, entry, &steps);
    const bool counts =
        steps != 0 || (f->rule.modes & OMNI__SEQUENCE_ORDER) != 0;
    if (status == OMNI_OK && steps != 0 && f->options->by_channel) {
        status = find_channel(f, entry->channel, &tag);
    }
    if (status != OMNI_OK || !counts) {
        return status;
    }
    return omni__funnel_event(f, entry->order.time_us, steps, tag);
}

/* The events that are anchored at a node. */
static omni_status
add_node(omni__funnel *f, const omni__node *node)
{
    const omni_funnel_options *options = f->options;
    const omni__order since = {.time_us = options->since_us};
    uint64_t left = omni__figures_events(node->sections[OMNI__SECTION_FIGURES]);
    if (left == 0) {
        return OMNI_OK;
    }
    omni__entry_walk at;
    omni__entry_walk_init(&at, &f->source->scan.view, node,
                          f->source->scan.alloc);
    omni_status status =
        omni__entry_walk_first(&at, options->has_since ? &since : NULL);
    while (status == OMNI_OK && left != 0) {
        const omni__entry *entry = omni__entry_walk_at(&at);
        if (entry->order.time_us >= options->until_us) {
            break;
        }
        if ((entry->flags & OMNI__ENTRY_VISIBLE) != 0) {
            --left;
            status = add_event(f, entry);
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
add_times(omni__funnel *f, const omni__sequence_chain *chain)
{
    bool fine = true;
    for (size_t k = 1; k < chain->length && fine; ++k) {
        const omni__sequence_event *at = &chain->events[k];
        const uint64_t time_us = (uint64_t)at->time_us;
        fine = omni__spread_add(&f->times[k].before,
                                time_us - (uint64_t)at[-1].time_us) &&
               omni__spread_add(&f->times[k].first,
                                time_us - (uint64_t)chain->events[0].time_us);
    }
    return fine ? OMNI_OK : omni__fail_memory(f->error);
}

static void
add_channels(omni__funnel *f, const omni__sequence_chain *chain)
{
    channel *first = channel_at(f, chain->events[0].tag);
    for (size_t k = 0; k < chain->length; ++k) {
        ++first->started[k];
        ++channel_at(f, chain->events[k].tag)->at[k];
    }
}

void
omni__funnel_find(omni__funnel *f, bool sort, omni__sequence_chain *chain)
{
    if (sort) {
        qsort(f->events, f->event_count, sizeof(omni__sequence_event),
              compare_times);
    }
    omni__sequence_find(&f->rule, f->events, f->event_count, chain);
}

omni_status
omni__funnel_count(omni__funnel *f, const omni__sequence_chain *chain)
{
    if (!f->again) {
        ++f->reached[chain->length - 1];
        if (f->options->by_channel) {
            add_channels(f, chain);
        }
    }
    return add_times(f, chain);
}

/* Whether a profile is asked for: OMNI_OK, or OMNI_NOT_FOUND. */
static omni_status
is_wanted(omni__funnel *f, const omni__members *members)
{
    const omni__funnel_source *source = f->source;
    if (source->segment == NULL) {
        return OMNI_OK;
    }
    omni__segment_answer answer;
    omni__subject subject = {.view = &source->scan.view,
                             .log = source->scan.log,
                             .secret = source->scan.secret,
                             .policy = source->scan.policy,
                             .nodes = members->nodes,
                             .count = members->count,
                             .arena = &f->arena,
                             .lookup = source->scan.lookup,
                             .user = source->scan.user};
    const omni_status status = omni__segment_evaluate(
        source->segment, &subject, f->options->until_us - 1, &answer);
    return status == OMNI_OK && answer.membership != OMNI__MEMBER
               ? OMNI_NOT_FOUND
               : status;
}

/* Count a profile, whose head stands in `node`. */
static omni_status
add_profile(omni__funnel *f, const omni__node *node)
{
    omni__members members;
    omni__sequence_chain chain;
    f->event_count = 0;
    omni__arena_reset(&f->arena);
    omni_status status =
        omni__members_read(&f->source->scan.view, node, &f->arena, &members);
    for (size_t i = 0; status == OMNI_OK && i < members.count; ++i) {
        status = add_node(f, &members.nodes[i]);
    }
    if (status != OMNI_OK || f->event_count == 0) {
        return status;
    }
    omni__funnel_find(f, members.count > 1, &chain);
    if (chain.length == 0) {
        return OMNI_OK;
    }
    status = is_wanted(f, &members);
    return status == OMNI_OK          ? omni__funnel_count(f, &chain)
           : status == OMNI_NOT_FOUND ? OMNI_OK
                                      : status;
}

static omni_status
report(omni__funnel *f)
{
    const omni_funnel_options *options = f->options;
    return options->progress != NULL &&
                   options->progress(options->user,
                                     f->again ? f->total : f->done,
                                     f->total) != 0
               ? omni__fail(f->error, OMNI_ERR_BUSY, "the funnel was stopped")
               : OMNI_OK;
}

/* The profiles of nodes in the order of keys, from `from` on: of one block
   or, where that is OMNI__BLOCK_COUNT, of all. */
static omni_status
add_nodes(omni__funnel *f, const omni_id *from, uint32_t block)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    const omni__key key = omni__key_node(OMNI__TABLE_NODE, from);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(&f->source->scan.view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&key));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni_id id;
        omni__node node;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + prefix.size,
               sizeof(id.bytes));
        if (block != OMNI__BLOCK_COUNT && omni__block_of(&id) != block) {
            break;
        }
        if (block == OMNI__BLOCK_COUNT && f->done++ % PROGRESS == 0) {
            status = report(f);
        }
        if (status == OMNI_OK) {
            status =
                omni__node_decode(&id, omni__kv_cursor_value(cursor), &node);
        }
        if (status == OMNI_OK && omni__node_is_head(&node)) {
            status = add_profile(f, &node);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

/* The same by columns, block by block. */
static omni_status
add_blocks(omni__funnel *f)
{
    uint32_t block;
    omni__scan *scan;
    const omni__columns *columns;
    omni_status status = omni__scan_open(&f->source->scan, f->source->segment,
                                         f->options->until_us - 1, NULL, &scan);
    if (status != OMNI_OK) {
        return status;
    }
    while (status == OMNI_OK &&
           (status = omni__scan_block(scan, &columns, &block)) == OMNI_OK) {
        const omni_id start = omni__block_start(block);
        f->done = block;
        status = block % 16 == 0 ? report(f) : OMNI_OK;
        if (status == OMNI_OK) {
            status = columns != NULL ? omni__funnel_columns(f, scan, columns)
                                     : add_nodes(f, &start, block);
        }
    }
    omni__scan_close(scan);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Once over all profiles. */
static omni_status
pass(omni__funnel *f)
{
    static const omni_id first = {{0}};
    f->done = 0;
    return omni__funnel_has_columns(f)
               ? add_blocks(f)
               : add_nodes(f, &first, OMNI__BLOCK_COUNT);
}

/* Have all times; `*more` if that takes another pass. */
static omni_status
narrow_times(omni__funnel *f, bool *more)
{
    *more = false;
    for (size_t k = 1; k < f->rule.steps; ++k) {
        bool one;
        bool other;
        if (!omni__spread_again(&f->times[k].before, &one) ||
            !omni__spread_again(&f->times[k].first, &other)) {
            return omni__fail_memory(f->error);
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
tell_channels(const omni__funnel *f, omni_funnel *out)
{
    const size_t size = f->rule.steps * sizeof(uint64_t);
    omni__arena *arena = f->source->arena;
    omni_funnel_channel *made =
        omni__arena_zero(arena, f->channel_count * sizeof(made[0]) + 1);
    uint64_t *counts = omni__arena_get(arena, 2 * f->channel_count * size + 1);
    if (made == NULL || counts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    out->channels = made;
    for (size_t i = 0; i < f->channel_count; ++i) {
        const channel *from = channel_at(f, f->sorted[i]);
        uint64_t used = 0;
        for (size_t k = 0; k < f->rule.steps; ++k) {
            used |= from->at[k];
        }
        if (used != 0) {
            memcpy(counts, from->started, size);
            memcpy(counts + f->rule.steps, from->at, size);
            made[out->channel_count++] =
                (omni_funnel_channel){.channel = omni__text_of(from->name),
                                      .started = counts,
                                      .at = counts + f->rule.steps};
            counts += 2 * f->rule.steps;
        }
    }
    return OMNI_OK;
}

static omni_status
tell(const omni__funnel *f, omni_funnel **out)
{
    const size_t count = f->rule.steps;
    omni__arena *arena = f->source->arena;
    omni_funnel *made = omni__arena_zero(arena, sizeof(*made));
    omni_funnel_count *steps =
        omni__arena_zero(arena, count * sizeof(steps[0]));
    if (made == NULL || steps == NULL || tell_channels(f, made) != OMNI_OK) {
        return omni__fail_memory(f->error);
    }
    uint64_t profiles = 0;
    for (size_t k = count; k-- > 0;) {
        profiles += f->reached[k];
        steps[k].profiles = profiles;
        steps[k].from_before = tell_times(&f->times[k].before);
        steps[k].from_first = tell_times(&f->times[k].first);
    }
    made->steps = steps;
    made->step_count = count;
    made->until_us = f->options->until_us;
    *out = made;
    return OMNI_OK;
}

static omni_status
run(omni__funnel *f, omni_funnel **out)
{
    omni__counts counts;
    bool more = true;
    omni_status status = omni__steps_compile(&f->steps, f->options);
    if (status == OMNI_OK) {
        status = omni__counts_read(&f->source->scan.view, &counts);
        f->total =
            omni__funnel_has_columns(f) ? OMNI__BLOCK_COUNT : counts.nodes;
    }
    while (status == OMNI_OK && more) {
        status = pass(f);
        f->again = true;
        if (status == OMNI_OK) {
            status = narrow_times(f, &more);
        }
    }
    return status == OMNI_OK ? tell(f, out) : status;
}

omni_status
omni__funnel_run(const omni__funnel_source *source,
                 const omni_funnel_options *options, omni_funnel **out,
                 omni_error *error)
{
    const omni__alloc *alloc = source->scan.alloc;
    omni__funnel *f = omni__arena_zero(source->arena, sizeof(*f));
    if (f == NULL) {
        return omni__fail_memory(error);
    }
    f->source = source;
    f->options = options;
    f->error = error;
    f->rule = (omni__sequence_rule){
        .steps = options->step_count,
        .modes = options->modes,
        .within_us = options->within_us != 0 ? options->within_us : INT64_MAX};
    f->steps = (omni__steps){
        .log = source->scan.log, .arena = source->arena, .error = error};
    omni__arena_init(&f->arena, alloc);
    for (size_t k = 0; k < options->step_count; ++k) {
        const omni__spread empty = {.alloc = alloc,
                                    .room = KEPT / (2 * options->step_count)};
        f->times[k] =
            (omni__funnel_step_times){.before = empty, .first = empty};
    }
    const omni_status status = run(f, out);
    for (size_t k = 0; k < options->step_count; ++k) {
        omni__spread_free(&f->times[k].before);
        omni__spread_free(&f->times[k].first);
    }
    omni__free(alloc, f->starts);
    omni__free(alloc, f->sorted);
    omni__free(alloc, f->channels);
    omni__free(alloc, f->events);
    omni__arena_free(&f->arena);
    omni__steps_end(&f->steps);
    return status;
}
