/* Figures, traits and groups follow the visible entries of a node. */
#include "fold/lay.h"

#include "events/copy.h"
#include "events/figures.h"
#include "events/groups.h"
#include "omni/event.h"
#include "profile/traits.h"

static omni_status
add_traits(omni__fold *fold, omni__work_node *node, const omni__order *order,
           const omni__event_body *body)
{
    const omni__trait given = {
        .source = body->source,
        .time_us = order->time_us,
        .event_hash = omni__event_hash(fold->secret, body),
        .content_hash = omni__event_content_hash(
            fold->secret, body, omni__workset_buffer(&fold->set)),
        .position = order->position};
    if (fold->set.bytes.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    return omni__traits_add(&fold->set, node, fold->policy, &given,
                            body->traits);
}

omni_status
omni__lift_traits(omni__fold *fold, omni__work_node *node)
{
    omni_status status = omni__workset_section(
        &fold->set, node, OMNI__SECTION_TRAITS, omni__slice_of(NULL, 0));
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &fold->set.view, &node->node,
                          fold->set.arena.alloc);
    if (status == OMNI_OK) {
        status = omni__entry_walk_first(&walk, NULL);
    }
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(&walk);
        omni__event_body body;
        if ((entry->flags & OMNI__ENTRY_VISIBLE) != 0 &&
            (entry->flags & OMNI__ENTRY_TRAITS) != 0) {
            status = omni__copy_read(fold->log, entry->order.position, &body);
            if (status == OMNI_OK) {
                status = add_traits(fold, node, &entry->order, &body);
            }
        }
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(&walk);
        }
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

/* The group that an event says somebody belongs to, if it does. */
static omni_status
note_group(omni__fold *fold, const omni__work_node *node,
           const omni__entry *entry, const omni__event_body *body, bool comes)
{
    return body->type == OMNI_EVENT_GROUP && body->group_id.size != 0
               ? omni__groups_note(&fold->set, fold->secret, &node->node.id,
                                   &entry->order, body->group_id, comes)
               : OMNI_OK;
}

omni_status
omni__lay(omni__fold *fold, omni__work_node *node, const omni__entry *entry,
          const omni__event_body *body)
{
    omni__fold_changed(fold, node, entry, true);
    omni_status status = omni__entries_put(&fold->set, node, entry);
    if (status == OMNI_OK) {
        status = omni__figures_add(&fold->set, node, entry);
    }
    if (status == OMNI_OK && (entry->flags & OMNI__ENTRY_TRAITS) != 0) {
        status = add_traits(fold, node, &entry->order, body);
    }
    return status == OMNI_OK ? note_group(fold, node, entry, body, true)
                             : status;
}

omni_status
omni__lift(omni__fold *fold, omni__work_node *node, const omni__entry *entry,
           const omni__event_body *body, bool *traits)
{
    omni__fold_changed(fold, node, entry, false);
    *traits |= omni__traits_from(&node->node, entry->order.position);
    return note_group(fold, node, entry, body, false);
}
