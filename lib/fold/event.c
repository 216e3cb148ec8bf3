/* An event fact: its identifiers become nodes, every two of them a link; then
   the copies of the same event are looked for (F7) and the event is placed at
   the node it is anchored at. */
#include "codec/body.h"
#include "fold/cluster.h"
#include "fold/see.h"
#include "identity/crowd.h"
#include "identity/statements.h"

static omni_status
new_node(omni__fold *fold, const omni__named *named, const omni_id *id,
         omni__work_node **out)
{
    const omni_status status =
        omni__workset_add(&fold->set, id, named->ns, named->value, out);
    if (status != OMNI_OK) {
        return status;
    }
    ++fold->counts.nodes;
    ++fold->counts.profiles;
    (*out)->node.first_us = INT64_MAX;
    (*out)->node.last_us = INT64_MIN;
    if (fold->counts.statements == 0) {
        return OMNI_OK;
    }
    bool any;
    const omni_status read = omni__fold_seed_stated(fold, id, &any);
    if (read == OMNI_OK && any) {
        (*out)->node.flags |= OMNI__NODE_STATED;
        omni__workset_seed(&fold->set, *out);
    }
    return read;
}

/* The node of an identifier, seen at the copy's time and channel. */
static omni_status
see_node(omni__fold *fold, const omni__copy *copy, size_t i,
         omni__work_node **nodes)
{
    omni__work_node **out = &nodes[i];
    omni_status status = OMNI_OK;
    for (size_t k = 0; *out == NULL && k < i; ++k) {
        *out = omni__id_equal(&copy->ids[k], &copy->ids[i]) ? nodes[k] : NULL;
    }
    if (*out == NULL) {
        status = new_node(fold, &copy->body.identifiers[i], &copy->ids[i], out);
    }
    if (status != OMNI_OK) {
        return status;
    }
    omni__node *node = &(*out)->node;
    (*out)->dirty = true;
    if (copy->body.time_us < node->first_us) {
        if (!(*out)->fresh) {
            omni__workset_change(&fold->set, *out,
                                 fold->set.identity | fold->watch.first_seen);
        }
        /* Who was seen first names the profile. */
        if (node->sections[OMNI__SECTION_LINKS].size != 0 ||
            (node->flags & OMNI__NODE_STATED) != 0) {
            omni__workset_seed(&fold->set, *out);
        }
        node->first_us = copy->body.time_us;
    }
    if (copy->body.time_us > node->last_us) {
        omni__workset_change(&fold->set, *out, fold->watch.last_seen);
        node->last_us = copy->body.time_us;
    }
    return copy->body.channel.size == 0
               ? OMNI_OK
               : omni__node_add_channel(node, copy->body.channel,
                                        &fold->set.arena);
}

/* A node that has become generic leaves the graph, and one that is it no more
   comes back: all its neighbours are to be looked at again. */
static omni_status
update_generic(omni__fold *fold, omni__work_node *node)
{
    bool generic;
    omni_status status = omni__links_generic(fold->policy, &node->node,
                                             &fold->set.scratch, &generic);
    const bool was = (node->node.flags & OMNI__NODE_GENERIC) != 0;
    if (status != OMNI_OK || generic == was) {
        return status;
    }
    node->node.flags ^= OMNI__NODE_GENERIC;
    fold->set.shrunk = true;
    omni__workset_seed(&fold->set, node);
    omni__link *links;
    size_t count;
    OMNI_TRY(status, omni__links_read(&fold->set.view, &node->node,
                                      &fold->set.scratch, &links, &count));
    OMNI_TRY(status, omni__links_uncut(&fold->set, node));
    for (size_t i = 0; i < count; ++i) {
        omni__work_node *other;
        OMNI_TRY(status,
                 omni__workset_get(&fold->set, &links[i].other, &other));
        omni__workset_seed(&fold->set, other);
    }
done:
    return status;
}

omni_status
omni__fold_count_link(omni__fold *fold, omni__work_node *a, omni__work_node *b,
                      uint64_t one)
{
    fold->counts.links += one;
    const omni_status status = update_generic(fold, a);
    return status == OMNI_OK ? update_generic(fold, b) : status;
}

static omni_status
see_link(omni__fold *fold, omni__work_node *a, omni__work_node *b,
         int64_t time_us)
{
    omni__link_change change;
    omni_status status = omni__link_observe(&fold->set, a, b, time_us, &change);
    if (status != OMNI_OK || change == OMNI__LINK_SAME) {
        return status;
    }
    omni__workset_seed(&fold->set, a);
    omni__workset_seed(&fold->set, b);
    return change == OMNI__LINK_NEW ? omni__fold_count_link(fold, a, b, 1)
                                    : OMNI_OK;
}

/* I5: which of the copy's identifiers take part in links. */
static bool
may_link(const omni__fold *fold, const omni__copy *copy, size_t i)
{
    return omni__policy_links(fold->policy, copy->body.identifiers[i].ns,
                              copy->body.channel);
}

omni_status
omni__fold_each_link(omni__fold *fold, const omni__copy *copy,
                     omni__work_node *const *nodes, omni__link_fn change)
{
    omni_status status = OMNI_OK;
    const size_t count = copy->body.identifier_count;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (!may_link(fold, copy, i)) {
            continue;
        }
        for (size_t k = i + 1; k < count && status == OMNI_OK; ++k) {
            if (may_link(fold, copy, k)) {
                status = change(fold, nodes[i], nodes[k], copy->body.time_us);
            }
        }
    }
    return status;
}

omni_status
omni__fold_see(omni__fold *fold, const omni__copy *copy)
{
    omni__work_node *nodes[OMNI_LIMIT_IDENTIFIERS];
    omni_status status = omni__workset_get_many(
        &fold->set, copy->ids, copy->body.identifier_count, nodes);
    for (size_t i = 0; status == OMNI_OK && i < copy->body.identifier_count;
         ++i) {
        status = see_node(fold, copy, i, nodes);
    }
    return status == OMNI_OK ? omni__fold_each_link(fold, copy, nodes, see_link)
                             : status;
}

omni_status
omni__fold_event(omni__fold *fold, omni__slice body, uint64_t position,
                 bool retracted)
{
    omni__copy *copy = omni__arena_get(&fold->set.scratch, sizeof(omni__copy));
    if (copy == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni_status status = omni__copy_open(fold->secret, body, position, copy);
    if (status == OMNI_OK) {
        status = omni__fold_see(fold, copy);
    }
    return status == OMNI_OK ? omni__cluster_add(fold, copy, retracted)
                             : status;
}
