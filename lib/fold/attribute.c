/* Attribution of events by the boundaries of their device; boundaries that
   come and go with events. */
#include "fold/attribute.h"

#include "events/figures.h"
#include "fold/lay.h"
#include "omni/event.h"

omni_status
omni__attribute(const omni__view *view, const omni_id *device,
                const omni__moment *moment, omni__attribution *out)
{
    omni__boundary boundary;
    omni_status status = omni__boundary_last(view, device, moment,
                                             OMNI__BOUNDARY_ANY, &boundary);
    if (status == OMNI_END) {
        status = omni__boundary_first(view, device, moment,
                                      OMNI__BOUNDARY_LOGIN, &boundary);
    }
    if (status == OMNI_END) {
        *out =
            (omni__attribution){.flag = OMNI__ENTRY_VISIBLE, .node = *device};
        return OMNI_OK;
    }
    if (status == OMNI_OK) {
        out->flag = boundary.kind == OMNI__BOUNDARY_LOGIN ? OMNI__ENTRY_AWAY
                                                          : OMNI__ENTRY_NOBODY;
        out->node = boundary.anchor;
    }
    return status;
}

/* An entry with other flags to say where the event lies. */
static omni__entry
entry_as(const omni__entry *entry, uint16_t without, uint16_t flag)
{
    omni__entry as = *entry;
    as.flags = (uint16_t)((entry->flags & ~without) | flag);
    return as;
}

omni_status
omni__attribute_put(omni__fold *fold, omni__work_node *anchor,
                    const omni__entry *entry, const omni__attribution *where,
                    const omni__event_body *body)
{
    if (where->flag == OMNI__ENTRY_VISIBLE) {
        return omni__lay(fold, anchor, entry, body);
    }
    const omni__entry here = entry_as(entry, OMNI__ENTRY_ANCHORED, where->flag);
    omni_status status = omni__entries_put(&fold->set, anchor, &here);
    if (status == OMNI_OK && where->flag == OMNI__ENTRY_AWAY) {
        omni__work_node *node;
        const omni__entry there = entry_as(entry, OMNI__ENTRY_CARRIED, 0);
        status = omni__workset_get(&fold->set, &where->node, &node);
        if (status == OMNI_OK) {
            status = omni__lay(fold, node, &there, body);
        }
    }
    return status;
}

omni_status
omni__attribute_take(omni__fold *fold, const omni__entry *entry,
                     const omni__attribution *where,
                     const omni__event_body *body, bool *traits)
{
    omni__work_node *node;
    if (where->flag == OMNI__ENTRY_NOBODY) {
        return OMNI_OK;
    }
    omni_status status = omni__workset_get(&fold->set, &where->node, &node);
    if (status == OMNI_OK && where->flag == OMNI__ENTRY_AWAY) {
        status = omni__entries_remove(&fold->set, node, &entry->order);
    }
    return status == OMNI_OK ? omni__lift(fold, node, entry, body, traits)
                             : status;
}

omni_status
omni__attribute_count(omni__fold *fold, const omni__entry *entry,
                      const omni__attribution *where, bool traits)
{
    omni__work_node *node;
    if (where->flag == OMNI__ENTRY_NOBODY) {
        return OMNI_OK;
    }
    omni_status status = omni__workset_get(&fold->set, &where->node, &node);
    if (status == OMNI_OK) {
        status = omni__figures_remove(&fold->set, node, entry);
    }
    return status == OMNI_OK && traits ? omni__lift_traits(fold, node) : status;
}

/* From when to when events may lie elsewhere with the boundary than without
   it: up to the next one; of the first login, from the beginning. */
static omni_status
find_span(const omni__fold *fold, const omni_id *device,
          const omni__boundary *boundary, int64_t *from_us, int64_t *to_us)
{
    omni__boundary near;
    *from_us = omni__moment_time(&boundary->moment);
    *to_us = INT64_MAX;
    omni_status status = omni__boundary_first(
        &fold->set.view, device, &boundary->moment, OMNI__BOUNDARY_ANY, &near);
    if (status == OMNI_OK) {
        *to_us = omni__moment_time(&near.moment);
    }
    if ((status == OMNI_OK || status == OMNI_END) &&
        boundary->kind == OMNI__BOUNDARY_LOGIN) {
        status = omni__boundary_last(&fold->set.view, device, &boundary->moment,
                                     OMNI__BOUNDARY_LOGIN, &near);
        *from_us = status == OMNI_END ? INT64_MIN : *from_us;
    }
    return status == OMNI_END ? OMNI_OK : status;
}

/* An event `Signed Out` comes or goes: of that alone a device is contested. */
static omni_status
note_signed_out(omni__fold *fold, omni__work_node *device, bool comes)
{
    const bool was = (device->node.flags & OMNI__NODE_SIGNED_OUT) != 0;
    const omni__moment first = omni__moment_before(INT64_MIN);
    omni__boundary other;
    omni_status status = OMNI_OK;
    if (!comes) {
        status = omni__boundary_first(&fold->set.view, &device->node.id, &first,
                                      OMNI__BOUNDARY_SIGNED_OUT, &other);
        comes = status == OMNI_OK;
    }
    if (comes != was && (status == OMNI_OK || status == OMNI_END)) {
        device->node.flags ^= OMNI__NODE_SIGNED_OUT;
        device->dirty = true;
        omni__workset_seed(&fold->set, device);
    }
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
cut(omni__fold *fold, omni__work_node *device, const omni__boundary *boundary,
    bool comes)
{
    const bool contested = (device->node.flags & OMNI__NODE_CONTESTED) != 0;
    const omni_id *id = &device->node.id;
    omni__shifts shifts = {.count = 0};
    int64_t from_us;
    int64_t to_us;
    omni_status status = OMNI_OK;
    if (contested) {
        status = find_span(fold, id, boundary, &from_us, &to_us);
        if (status == OMNI_OK) {
            status = omni__shifts_begin(&shifts, fold, device, from_us, to_us);
        }
    }
    if (status == OMNI_OK &&
        (contested || boundary->kind == OMNI__BOUNDARY_SIGNED_OUT)) {
        status = omni__boundary_note(fold->kv, id, boundary, comes);
    }
    if (status == OMNI_OK && contested) {
        status = omni__shifts_run(&shifts);
    }
    if (contested) {
        omni__shifts_end(&shifts);
    }
    return status == OMNI_OK && boundary->kind == OMNI__BOUNDARY_SIGNED_OUT
               ? note_signed_out(fold, device, comes)
               : status;
}

/* An event that comes or goes. */
typedef struct cutting {
    omni__fold *fold;
    const omni__joined *event;
    bool comes;
    bool timed; /* the moment is set */
    omni__boundary boundary;
} cutting;

uint8_t
omni__attribute_kind(const omni__fold *fold, const omni__joined *event)
{
    const omni__event_body *body = &event->chosen->body;
    if (body->type == OMNI_EVENT_TRACK &&
        omni__slice_equal(body->name, omni__slice_text("Signed Out"))) {
        return OMNI__BOUNDARY_SIGNED_OUT;
    }
    return fold->counts.contested != 0 &&
                   omni__policy_namespace(fold->policy, event->strongest->ns)
                           ->class_ == OMNI__CLASS_PERSON
               ? OMNI__BOUNDARY_LOGIN
               : 0;
}

/* Whether the event is a boundary of a node that carries it. */
static bool
is_cut(const cutting *c, const omni__node *node)
{
    const omni__policy *policy = c->fold->policy;
    return c->boundary.kind == OMNI__BOUNDARY_LOGIN
               ? (node->flags & OMNI__NODE_CONTESTED) != 0 &&
                     omni__policy_links(policy, node->ns,
                                        c->event->chosen->body.channel)
               : omni__policy_namespace(policy, node->ns)->class_ ==
                     OMNI__CLASS_DEVICE;
}

static omni_status
cut_at(cutting *c, const omni_id *id)
{
    omni__work_node *node;
    omni__buffer *buffer;
    const omni_status status = omni__workset_get(&c->fold->set, id, &node);
    if (status != OMNI_OK || !is_cut(c, &node->node)) {
        return status;
    }
    if (!c->timed) {
        buffer = omni__workset_buffer(&c->fold->set);
        c->boundary.moment =
            omni__moment_of(c->fold->secret, &c->event->chosen->body, buffer);
        c->timed = true;
        if (buffer->failed) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    return cut(c->fold, node, &c->boundary, c->comes);
}

omni_status
omni__attribute_cut(omni__fold *fold, const omni__copies *copies,
                    uint32_t old_cluster, const omni__joined *event, bool comes)
{
    cutting c = {.fold = fold,
                 .event = event,
                 .comes = comes,
                 .boundary = {.kind = omni__attribute_kind(fold, event),
                              .anchor = *event->anchor}};
    omni_status status = OMNI_OK;
    for (size_t i = 0; c.boundary.kind != 0 && i < copies->count; ++i) {
        const omni__copy *copy = copies->list[i];
        if (old_cluster != UINT32_MAX && copy->old_cluster != old_cluster) {
            continue;
        }
        for (size_t k = 0; k < copy->body.identifier_count && status == OMNI_OK;
             ++k) {
            status = cut_at(&c, &copy->ids[k]);
        }
    }
    return status;
}
