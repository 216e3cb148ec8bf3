/* Events of a device that come to lie elsewhere: entries one by one, then
   figures once for each name and node, and traits once for each node. */
#include "fold/attribute.h"

#include <stdlib.h>

/* What is between two boundaries lies in one place. */
typedef struct span {
    bool known;
    int64_t after_us;
    int64_t before_us;
    omni__attribution where;
} span;

static bool
is_within(const span *s, int64_t time_us)
{
    return s->known && time_us > s->after_us && time_us < s->before_us;
}

/* Events of the time of a boundary: their order is told by all of F6. */
static omni_status
attribute_tied(const omni__shifts *m, const omni__order *order,
               omni__attribution *out)
{
    omni__fold *fold = m->fold;
    omni__buffer *buffer = omni__workset_buffer(&fold->set);
    omni__event_body body;
    const omni_status status =
        omni__copy_read(fold->log, order->position, &body);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__moment moment = omni__moment_of(fold->secret, &body, buffer);
    return buffer->failed ? OMNI_ERR_NO_MEMORY
                          : omni__attribute(&fold->set.view,
                                            &m->device->node.id, &moment, out);
}

/* Where an event lies by the boundaries as they are. */
static omni_status
attribute(const omni__shifts *m, const omni__order *order, span *s,
          omni__attribution *out)
{
    const omni__view *view = &m->fold->set.view;
    const omni_id *id = &m->device->node.id;
    const omni__moment moment = omni__moment_after(order->time_us);
    omni__boundary near;
    if (!is_within(s, order->time_us)) {
        *s = (span){.after_us = INT64_MIN, .before_us = INT64_MAX};
        omni_status status =
            omni__boundary_last(view, id, &moment, OMNI__BOUNDARY_ANY, &near);
        if (status == OMNI_OK) {
            s->after_us = omni__moment_time(&near.moment);
        }
        if (status == OMNI_OK && s->after_us == order->time_us) {
            return attribute_tied(m, order, out);
        }
        if (status == OMNI_OK || status == OMNI_END) {
            status = omni__boundary_first(view, id, &moment, OMNI__BOUNDARY_ANY,
                                          &near);
        }
        if (status == OMNI_OK) {
            s->before_us = omni__moment_time(&near.moment);
        }
        if (status == OMNI_OK || status == OMNI_END) {
            status = omni__attribute(view, id, &moment, &s->where);
        }
        if (status != OMNI_OK) {
            return status;
        }
        s->known = true;
    }
    *out = s->where;
    return OMNI_OK;
}

/* Keep an entry, with words that outlast the rows they stand in. */
static omni_status
keep(omni__shifts *m, const omni__entry *entry, const omni__attribution *from)
{
    void *list = m->list;
    const bool room = omni__grow(m->words.alloc, &list, &m->capacity, m->count,
                                 sizeof(m->list[0]));
    m->list = list;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__shift *move = &m->list[m->count];
    *move = (omni__shift){.entry = *entry, .from = *from};
    move->entry.flags = (uint16_t)((entry->flags & ~OMNI__ENTRY_ANCHORED) |
                                   OMNI__ENTRY_VISIBLE);
    omni__slice *words[] = {&move->entry.name, &move->entry.channel,
                            &move->entry.currency};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        const size_t size = words[i]->size;
        *words[i] = omni__arena_copy(&m->words, *words[i]);
        if (words[i]->size != size) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    ++m->count;
    return OMNI_OK;
}

static omni_status
collect(omni__shifts *m, const omni__entry *entry, span *s)
{
    omni__attribution from = {.flag = entry->flags & OMNI__ENTRY_ANCHORED,
                              .node = m->device->node.id};
    omni_status status = OMNI_OK;
    if (from.flag == 0) {
        return OMNI_OK; /* anchored elsewhere */
    }
    if (from.flag == OMNI__ENTRY_AWAY) {
        status = attribute(m, &entry->order, s, &from);
    }
    return status == OMNI_OK ? keep(m, entry, &from) : status;
}

omni_status
omni__shifts_begin(omni__shifts *shifts, omni__fold *fold,
                   omni__work_node *device, int64_t from_us, int64_t to_us)
{
    const omni__order first = {.time_us = from_us};
    span s = {.known = false};
    omni__entry_walk walk;
    *shifts = (omni__shifts){.fold = fold, .device = device};
    omni__arena_init(&shifts->words, fold->set.arena.alloc);
    omni__entry_walk_init(&walk, &fold->set.view, &device->node,
                          fold->set.arena.alloc);
    omni_status status = omni__entry_walk_first(&walk, &first);
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(&walk);
        if (entry->order.time_us > to_us) {
            break;
        }
        status = collect(shifts, entry, &s);
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(&walk);
        }
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

static bool
lie_together(const omni__attribution *a, const omni__attribution *b)
{
    return a->flag == b->flag && (a->flag == OMNI__ENTRY_NOBODY ||
                                  omni__id_equal(&a->node, &b->node));
}

static omni_status
carry_out(const omni__shifts *m, omni__shift *move)
{
    omni__event_body body;
    omni_status status =
        omni__copy_read(m->fold->log, move->entry.order.position, &body);
    if (status == OMNI_OK) {
        status = omni__attribute_take(m->fold, &move->entry, &move->from, &body,
                                      &move->traits);
    }
    return status == OMNI_OK
               ? omni__attribute_put(m->fold, m->device, &move->entry,
                                     &move->to, &body)
               : status;
}

/* By where they lay, then by name. */
static int
compare_shifts(const void *a, const void *b)
{
    const omni__shift *x = a;
    const omni__shift *y = b;
    int order = (int)x->from.flag - (int)y->from.flag;
    if (order == 0) {
        order = omni__id_compare(&x->from.node, &y->from.node);
    }
    return order != 0 ? order
                      : omni__slice_compare(x->entry.name, y->entry.name);
}

/* Figures and traits without what left. */
static omni_status
count(const omni__shifts *m)
{
    omni_status status = OMNI_OK;
    bool traits = false;
    if (m->count > 1) {
        qsort(m->list, m->count, sizeof(m->list[0]), compare_shifts);
    }
    for (size_t i = 0; i < m->count && status == OMNI_OK; ++i) {
        const omni__shift *move = &m->list[i];
        const bool same_node =
            i + 1 < m->count && lie_together(&move->from, &move[1].from);
        traits |= move->traits;
        if (same_node &&
            omni__slice_equal(move->entry.name, move[1].entry.name)) {
            continue;
        }
        omni__arena_reset(&m->fold->set.scratch);
        status = omni__attribute_count(m->fold, &move->entry, &move->from,
                                       traits && !same_node);
        traits = traits && same_node;
    }
    return status;
}

/* Leave only those that move, in the order they stood in. */
static omni_status
direct(omni__shifts *m)
{
    const bool contested = (m->device->node.flags & OMNI__NODE_CONTESTED) != 0;
    span s = {.known = false};
    size_t used = 0;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < m->count && status == OMNI_OK; ++i) {
        omni__shift move = m->list[i];
        move.to = (omni__attribution){.flag = OMNI__ENTRY_VISIBLE,
                                      .node = m->device->node.id};
        if (contested) {
            status = attribute(m, &move.entry.order, &s, &move.to);
        }
        if (!lie_together(&move.from, &move.to)) {
            m->list[used++] = move;
        }
    }
    m->count = used;
    return status;
}

omni_status
omni__shifts_run(omni__shifts *shifts)
{
    omni_status status = direct(shifts);
    if (status != OMNI_OK || shifts->count == 0) {
        return status;
    }
    /* What the caller works with is in the scratch memory. */
    omni__workset *set = &shifts->fold->set;
    const omni__arena kept = set->scratch;
    omni__arena_init(&set->scratch, set->arena.alloc);
    for (size_t i = 0; i < shifts->count && status == OMNI_OK; ++i) {
        omni__arena_reset(&set->scratch);
        status = carry_out(shifts, &shifts->list[i]);
    }
    if (status == OMNI_OK) {
        status = count(shifts);
    }
    omni__arena_free(&set->scratch);
    set->scratch = kept;
    return status;
}

void
omni__shifts_end(omni__shifts *shifts)
{
    omni__free(shifts->words.alloc, shifts->list);
    omni__arena_free(&shifts->words);
    shifts->list = NULL;
    shifts->count = shifts->capacity = 0;
}
