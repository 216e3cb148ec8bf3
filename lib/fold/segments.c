/* Which profiles are to be evaluated, and of which segments: from what a group
   changed to heads of profiles, in the order of their ids. */
#include "fold/segments.h"

#include "events/figures.h"
#include "fold/register.h"
#include "segments/functions.h"

#include <stdlib.h>

void
omni__watch_forget(omni__fold *fold)
{
    fold->watch.loaded = false;
    fold->watch.stale = false;
    fold->watch.feed.count = 0;
}

void
omni__watch_free(omni__fold *fold)
{
    const omni__alloc *alloc = &fold->hooks->alloc;
    omni__definitions_free(&fold->watch.definitions);
    omni__free(alloc, fold->watch.events);
    omni__free(alloc, fold->watch.nodes);
    omni__buffer_free(&fold->watch.row);
    omni__buffer_free(&fold->watch.feed.bytes);
}

omni_status
omni__watch_load(omni__fold *fold)
{
    omni__watch *watch = &fold->watch;
    if (watch->loaded && watch->position == fold->position) {
        return OMNI_OK;
    }
    omni_status status = OMNI_OK;
    omni__definitions_clear(&watch->definitions);
    if (fold->counts.segments != 0) {
        status = omni__definitions_read(&watch->definitions, &fold->set.view);
    }
    if (status == OMNI_OK) {
        status = omni__watch_index(fold);
    }
    watch->loaded = status == OMNI_OK;
    watch->stale = false;
    watch->position = fold->position;
    return status;
}

/* Tells most words apart. */
static uint32_t
mark_of(omni__slice word)
{
    return word.size == 0 ? 0
                          : (uint32_t)word.size | (uint32_t)word.data[0] << 8 |
                                (uint32_t)word.data[word.size / 2] << 16 |
                                (uint32_t)word.data[word.size - 1] << 24;
}

/* Note that segments read events of a name, or of a channel. */
static omni_status
add_name(omni__fold *fold, const omni__watched_name *one)
{
    omni__watch *watch = &fold->watch;
    for (size_t i = 0; i < watch->event_count; ++i) {
        omni__watched_name *known = &watch->events[i];
        if (known->channel == one->channel &&
            known->length_us == one->length_us &&
            omni__slice_equal(known->name, one->name)) {
            known->bits |= one->bits;
            known->once |= one->once;
            return OMNI_OK;
        }
    }
    void *events = watch->events;
    const bool room =
        omni__grow(&fold->hooks->alloc, &events, &watch->event_capacity,
                   watch->event_count, sizeof(watch->events[0]));
    watch->events = events;
    if (room) {
        watch->events[watch->event_count] = *one;
        watch->events[watch->event_count++].mark = mark_of(one->name);
    }
    return room ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

/* Whether a profile of which nothing is known that a segment reads is no
   member of it, now and for ever. */
static omni_status
is_for_some(omni__fold *fold, const omni__definition *definition, bool *out)
{
    const omni__node nobody = {.flags = 0};
    omni__subject subject = {.view = &fold->set.view,
                             .log = fold->log,
                             .secret = fold->secret,
                             .policy = fold->policy,
                             .nodes = &nobody,
                             .count = 1,
                             .arena = &fold->set.scratch};
    omni__segment_answer answer;
    const omni_status status = omni__definition_evaluate(
        definition, &subject, fold->counts.clock_us, &answer);
    *out = status == OMNI_OK && answer.membership == OMNI__NOT_MEMBER &&
           answer.until_us == INT64_MAX;
    return status;
}

/* Note who is to look at all new profiles. */
static omni_status
note_always(omni__fold *fold, const omni__definition *definition)
{
    const omni__segment_reads *reads =
        definition->program != NULL && definition->program->segment != NULL
            ? omni__segment_reads_of(definition->program->segment)
            : NULL;
    bool some = false;
    omni_status status = OMNI_OK;
    if (reads != NULL && !reads->identity && !reads->first_seen &&
        !reads->last_seen && reads->segment_count == 0) {
        status = is_for_some(fold, definition, &some);
    }
    fold->watch.always |= some ? 0 : definition->bits;
    return status;
}

omni_status
omni__watch_index(omni__fold *fold)
{
    omni__watch *watch = &fold->watch;
    omni__definitions *definitions = &watch->definitions;
    watch->event_count = 0;
    watch->always = 0;
    fold->set.identity = watch->first_seen = watch->last_seen =
        watch->any_event = watch->traits = 0;
    fold->set.watched = definitions->count != 0;
    omni_status status = omni__definitions_plan(definitions);
    for (size_t i = 0; i < definitions->count && status == OMNI_OK; ++i) {
        const omni__definition *definition = &definitions->list[i];
        status = note_always(fold, definition);
        if (status != OMNI_OK || definition->program == NULL ||
            definition->program->segment == NULL) {
            continue;
        }
        const omni__segment_reads *reads =
            omni__segment_reads_of(definition->program->segment);
        const uint64_t bits = definition->bits;
        fold->set.identity |= reads->identity ? bits : 0;
        watch->first_seen |= reads->first_seen ? bits : 0;
        watch->last_seen |= reads->last_seen ? bits : 0;
        watch->any_event |= reads->any_event ? bits : 0;
        watch->traits |= reads->any_trait || reads->trait_count != 0 ? bits : 0;
        for (size_t k = 0; k < reads->event_count && status == OMNI_OK; ++k) {
            status = add_name(
                fold, &(omni__watched_name){.name = reads->events[k],
                                            .length_us = reads->lengths_us[k],
                                            .bits = bits});
        }
        for (size_t k = 0; k < reads->channel_count && status == OMNI_OK; ++k) {
            status = add_name(
                fold, &(omni__watched_name){.name = reads->channels[k],
                                            .channel = true,
                                            .length_us = INT64_MAX,
                                            .bits = reads->windows ? bits : 0,
                                            .once = reads->windows ? 0 : bits});
        }
    }
    return status;
}

/* Whether a node has an event in the channel of another that comes. Of a
   contested device's some are of others. */
static bool
had_channel(const omni__fold *fold, const omni__node *node, omni__slice channel)
{
    omni__channel_seen seen = {.first_us = INT64_MAX, .surely_us = INT64_MAX};
    omni__figures_channel(node->sections[OMNI__SECTION_FIGURES], channel,
                          &seen);
    return (node->flags & OMNI__NODE_CONTESTED) == 0 &&
           seen.surely_us <= fold->counts.clock_us;
}

/* Whether an event may make a sum less. */
static bool
lowers(const omni__entry *entry)
{
    return (entry->flags & OMNI__ENTRY_SOURCE) == OMNI__ENTRY_SOURCE ||
           ((entry->flags & OMNI__ENTRY_AMOUNT) != 0 &&
            entry->amount.high >> 63 != 0);
}

/* Whether segments ask for an event of a name, or of a channel. One that is
   older than their windows is in none, now and later. */
static bool
is_watched(const omni__watched_name *watched, const omni__entry *entry,
           uint32_t mark, int64_t clock_us)
{
    return watched->mark == mark &&
           omni__slice_equal(watched->name,
                             watched->channel ? entry->channel : entry->name) &&
           omni__evaluation_after(entry->order.time_us, watched->length_us) >
               clock_us;
}

void
omni__fold_changed(omni__fold *fold, omni__work_node *node,
                   const omni__entry *entry, bool comes)
{
    const omni__watch *watch = &fold->watch;
    if (!fold->set.watched) {
        return;
    }
    uint64_t bits = watch->any_event;
    uint64_t once = 0;
    const uint32_t name = mark_of(entry->name);
    const uint32_t channel = mark_of(entry->channel);
    for (size_t i = 0; i < watch->event_count; ++i) {
        const omni__watched_name *watched = &watch->events[i];
        if (is_watched(watched, entry, watched->channel ? channel : name,
                       fold->counts.clock_us)) {
            bits |= watched->bits;
            once |= watched->once;
        }
    }
    if ((once & ~bits) != 0 &&
        !(comes && had_channel(fold, &node->node, entry->channel))) {
        bits |= once;
    }
    if ((entry->flags & OMNI__ENTRY_TRAITS) != 0) {
        omni__workset_change(&fold->set, node, watch->traits);
    }
    if (comes && entry->order.time_us <= fold->counts.clock_us &&
        !lowers(entry)) {
        omni__workset_grow(&fold->set, node, bits);
    } else {
        omni__workset_change(&fold->set, node, bits);
    }
}

static int
compare_nodes(const void *a, const void *b)
{
    const omni__work_node *const *x = a;
    const omni__work_node *const *y = b;
    return omni__id_compare(&(*x)->node.id, &(*y)->node.id);
}

/* Add a node to those that are to be looked at. */
static omni_status
push(omni__fold *fold, omni__work_node *node, size_t *count)
{
    omni__watch *watch = &fold->watch;
    void *nodes = watch->nodes;
    const bool room =
        omni__grow(&fold->hooks->alloc, &nodes, &watch->node_capacity, *count,
                   sizeof(watch->nodes[0]));
    watch->nodes = nodes;
    if (room) {
        watch->nodes[(*count)++] = node;
    }
    return room ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

/* What the profile's head is told of a member: one that is new brings its
   events, of which is known already who reads them, and itself. */
static uint64_t
passed_on(const omni__fold *fold, const omni__work_node *node,
          const omni__work_node *head)
{
    uint64_t bits = node->changed;
    if (node->fresh) {
        bits |= fold->set.identity;
        bits |= node->node.first_us < head->node.first_us
                    ? fold->watch.first_seen
                    : 0;
    }
    return bits;
}

static void
done_with(omni__work_node *node)
{
    node->changed = node->grown = 0;
    node->listed = node->fresh = false;
}

/* Tell the head of a node's profile what changed of the node. */
static omni_status
pass_on(omni__fold *fold, const omni__work_node *node, size_t *count)
{
    omni__work_node *head;
    omni_status status = omni__workset_get(&fold->set, &node->node.head, &head);
    if (status == OMNI_OK) {
        const uint64_t bits = passed_on(fold, node, head);
        if (!head->listed && (bits | node->grown) != 0) {
            head->listed = true;
            status = push(fold, head, count);
        }
        head->changed |= bits;
        head->grown |= node->grown;
    }
    return status;
}

/* Bring the heads of the profiles of nodes into the set. */
static omni_status
bring_heads(omni__fold *fold, omni__work_node *const *nodes, size_t count)
{
    omni_id ids[OMNI__NODES_FEW];
    omni__work_node *heads[OMNI__NODES_FEW];
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; i += OMNI__NODES_FEW) {
        const size_t n =
            count - i < OMNI__NODES_FEW ? count - i : OMNI__NODES_FEW;
        for (size_t k = 0; k < n; ++k) {
            ids[k] = nodes[i + k]->node.head;
        }
        status = omni__workset_get_many(&fold->set, ids, n, heads);
    }
    return status;
}

/* The heads of profiles that changed, and what is no head any more, by id. */
static omni_status
gather(omni__fold *fold, size_t *count)
{
    omni_status status = OMNI_OK;
    *count = 0;
    omni__work_node *at = fold->set.changed;
    fold->set.changed = NULL;
    for (; at != NULL && status == OMNI_OK; at = at->next_changed) {
        status = push(fold, at, count);
    }
    const size_t changed = *count;
    size_t kept = 0;
    if (status == OMNI_OK) {
        status = bring_heads(fold, fold->watch.nodes, changed);
    }
    for (size_t i = 0; i < changed && status == OMNI_OK; ++i) {
        omni__work_node *node = fold->watch.nodes[i];
        const bool is_head = omni__node_is_head(&node->node);
        if (!is_head) {
            status = pass_on(fold, node, count);
        }
        if (is_head || node->node.sections[OMNI__SECTION_SEGMENTS].size != 0) {
            fold->watch.nodes[kept++] = node;
        } else {
            done_with(node);
        }
    }
    if (kept != changed) {
        memmove(fold->watch.nodes + kept, fold->watch.nodes + changed,
                (*count - changed) * sizeof(at));
        *count -= changed - kept;
    }
    if (*count > 1) {
        qsort(fold->watch.nodes, *count, sizeof(at), compare_nodes);
    }
    return status;
}

omni_status
omni__watch_settle(omni__fold *fold)
{
    size_t count = 0;
    omni_status status = fold->watch.stale ? omni__watch_define(fold) : OMNI_OK;
    if (status == OMNI_OK) {
        status = gather(fold, &count);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__work_node *node = fold->watch.nodes[i];
        const omni__asked asked = {
            .cause = OMNI__CAUSE_FACTS,
            .changed = node->changed | (node->fresh ? fold->watch.always : 0),
            .grown = node->grown};
        done_with(node);
        if (node->gone) {
            continue;
        }
        status =
            omni__node_is_head(&node->node)
                ? omni__watch_evaluate(fold, node, asked, fold->counts.clock_us)
                : omni__watch_leave(fold, node);
    }
    if (status == OMNI_OK) {
        status = omni__watch_feed(fold);
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
