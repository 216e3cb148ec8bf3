/* What the copies of a void event alone showed goes: entries, links, nodes.
   What others show too is told by those that are left (E1: every node finds all
   the copies that carry it). */
#include "events/evidence.h"
#include "fold/see.h"
#include "fold/segments.h"
#include "identity/component.h"
#include "identity/statements.h"

/* A copy of `time_us` shows the link no more: the earliest of those that still
   do gives its time. */
static omni_status
unsee_link(omni__fold *fold, omni__work_node *a, omni__work_node *b,
           int64_t time_us)
{
    const omni__evidence evidence = {.view = &fold->set.view,
                                     .log = fold->log,
                                     .secret = fold->secret,
                                     .policy = fold->policy,
                                     .alloc = &fold->hooks->alloc};
    omni__event_body first;
    omni_status status =
        omni__evidence_first(&evidence, &a->node, &b->node, &first);
    if (status != OMNI_NOT_FOUND &&
        (status != OMNI_OK || first.time_us <= time_us)) {
        return status;
    }
    omni__workset_seed(&fold->set, a);
    omni__workset_seed(&fold->set, b);
    if (status == OMNI_OK) {
        return omni__link_date(&fold->set, a, b, first.time_us);
    }
    status = omni__link_remove(&fold->set, a, b);
    return status == OMNI_OK ? omni__fold_count_link(fold, a, b, UINT64_MAX)
                             : status;
}

/* Whoever stands with a node that is about to go is to be looked at again: its
   profile, and all that statements name together with it. */
static omni_status
seed_company(omni__fold *fold, const omni__work_node *node)
{
    omni__work_node *other;
    omni_id *members;
    size_t count = 0;
    omni_status status;
    OMNI_TRY(status, omni__fold_node(fold, &node->node.head, &other));
    if (other != NULL) {
        omni__workset_seed(&fold->set, other);
        OMNI_TRY(status, omni__members_decode(
                             other->node.sections[OMNI__SECTION_MEMBERS],
                             &fold->set.scratch, &members, &count));
    }
    for (size_t i = 0; i < count; ++i) {
        OMNI_TRY(status, omni__fold_node(fold, &members[i], &other));
        if (other != NULL) {
            omni__workset_seed(&fold->set, other);
        }
    }
    if ((node->node.flags & OMNI__NODE_STATED) != 0) {
        bool any;
        status = omni__fold_seed_stated(fold, &node->node.id, &any);
    }
done:
    return status;
}

/* Move a walk over entries on to one of a copy that carries the node. */
static omni_status
carried(omni__entry_walk *walk, omni_status status,
        omni_status (*next)(omni__entry_walk *walk))
{
    while (status == OMNI_OK &&
           (omni__entry_walk_at(walk)->flags & OMNI__ENTRY_CARRIED) == 0) {
        status = next(walk);
    }
    return status;
}

/* OMNI_END if no copy that carries the node came through the channel. */
static omni_status
find_channel(omni__fold *fold, omni__entry_walk *walk, omni__slice channel)
{
    omni_status status = omni__entry_walk_first(walk, NULL);
    while ((status = carried(walk, status, omni__entry_walk_newer)) ==
           OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(walk);
        omni__event_body body = {.channel = entry->channel};
        if ((entry->flags & OMNI__ENTRY_VISIBLE) == 0) {
            status = omni__copy_read(fold->log, entry->order.position, &body);
        }
        if (status != OMNI_OK || omni__slice_equal(body.channel, channel)) {
            break;
        }
        status = omni__entry_walk_newer(walk);
    }
    return status;
}

/* When and where a node was seen, without a copy whose entries are gone
   already. OMNI_END if nothing is left of it. */
static omni_status
unsee_node(omni__fold *fold, const omni__copy *copy, omni__work_node *work)
{
    omni__node *node = &work->node;
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &fold->set.view, node, &fold->hooks->alloc);
    omni_status status;
    OMNI_TRY(status, carried(&walk, omni__entry_walk_first(&walk, NULL),
                             omni__entry_walk_newer));
    const int64_t first_us = omni__entry_walk_at(&walk)->order.time_us;
    if (first_us != node->first_us) {
        if (node->sections[OMNI__SECTION_LINKS].size != 0 ||
            (node->flags & OMNI__NODE_STATED) != 0) {
            omni__workset_seed(&fold->set, work);
        }
        omni__workset_change(&fold->set, work,
                             fold->set.identity | fold->watch.first_seen);
        node->first_us = first_us;
    }
    OMNI_TRY(status, carried(&walk, omni__entry_walk_last(&walk, NULL),
                             omni__entry_walk_older));
    const int64_t last_us = omni__entry_walk_at(&walk)->order.time_us;
    if (last_us != node->last_us) {
        omni__workset_change(&fold->set, work, fold->watch.last_seen);
        node->last_us = last_us;
    }
    work->dirty = true;
    if (copy->body.channel.size != 0) {
        status = find_channel(fold, &walk, copy->body.channel);
    }
    if (status == OMNI_END) {
        status = omni__node_remove_channel(node, copy->body.channel,
                                           &fold->set.arena);
    }
done:
    omni__entry_walk_end(&walk);
    return status;
}

static omni_status
drop_node(omni__fold *fold, omni__work_node *node)
{
    omni_status status = seed_company(fold, node);
    if (status == OMNI_OK) {
        status = omni__watch_leave(fold, node);
    }
    --fold->counts.nodes;
    fold->counts.contested -= (node->node.flags & OMNI__NODE_CONTESTED) != 0;
    fold->counts.profiles -= omni__node_is_head(&node->node) ? 1 : 0;
    omni__workset_drop(&fold->set, node);
    return status;
}

omni_status
omni__fold_unsee(omni__fold *fold, const omni__copy *copy)
{
    const omni__entry entry = omni__copy_entry(copy);
    const size_t count = copy->body.identifier_count;
    omni__work_node *nodes[OMNI_LIMIT_IDENTIFIERS];
    omni_status status = OMNI_OK;
    fold->set.mixed = true;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = omni__workset_get(&fold->set, &copy->ids[i], &nodes[i]);
        if (status == OMNI_OK) {
            status = omni__entries_remove(&fold->set, nodes[i], &entry.order);
        }
        if (status == OMNI_OK && omni__copy_skewed(copy)) {
            status = omni__entries_unskew(&fold->set, nodes[i], &entry);
        }
    }
    if (status == OMNI_OK) {
        status = omni__fold_each_link(fold, copy, nodes, unsee_link);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = unsee_node(fold, copy, nodes[i]);
        if (status == OMNI_END) {
            status = drop_node(fold, nodes[i]);
        }
    }
    return status;
}
