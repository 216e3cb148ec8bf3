/* Finding copies through the nodes they share; taking out the events they
   made up before and placing the one they make up now. */
#include "fold/cluster.h"

#include "events/figures.h"
#include "events/groups.h"
#include "fold/retract.h"
#include "fold/see.h"
#include "identity/statements.h"
#include "omni/event.h"
#include "profile/traits.h"

/* The copies of one event, and the fold that they were found in. */
typedef struct cluster {
    omni__fold *fold;
    omni__copies found;
    size_t fresh; /* 1: the first copy is new; 0: it was there */
} cluster;

static omni_status
node_of(void *user, const omni_id *id, omni__node *out)
{
    omni__work_node *node;
    const omni_status status = omni__workset_get(user, id, &node);
    if (status == OMNI_OK) {
        *out = node->node;
    }
    return status;
}

/* An event as its copies make it up. */
typedef struct event {
    const omni__copy *chosen;
    const omni_id *anchor;
    bool carried; /* the chosen copy carries the anchor */
    bool merged;  /* there are other copies */
} event;

/* The event that the copies of one old cluster make up (UINT32_MAX: all). */
static event
make_event(const cluster *c, uint32_t old_cluster)
{
    event e = {.chosen = NULL};
    const omni__named *strongest = NULL;
    for (size_t i = 0; i < c->found.count; ++i) {
        const omni__copy *copy = c->found.list[i];
        if (old_cluster != UINT32_MAX && copy->old_cluster != old_cluster) {
            continue;
        }
        e.merged = e.chosen != NULL;
        if (e.chosen == NULL || omni__copy_speaks(copy, e.chosen)) {
            e.chosen = copy;
        }
        for (size_t k = 0; k < copy->body.identifier_count; ++k) {
            const omni__named *named = &copy->body.identifiers[k];
            if (strongest == NULL ||
                omni__named_stronger(c->fold->policy, named, strongest)) {
                strongest = named;
                e.anchor = &copy->ids[k];
            }
        }
    }
    for (size_t k = 0; k < e.chosen->body.identifier_count; ++k) {
        e.carried |= omni__id_equal(&e.chosen->ids[k], e.anchor);
    }
    return e;
}

static omni_status
visible_entry(omni__fold *fold, const event *e, omni__entry *out)
{
    const omni__event_body *body = &e->chosen->body;
    omni__entry entry = {.order = omni__copy_order(e->chosen),
                         .instant_us = body->instant_us,
                         .name = body->name,
                         .channel = body->channel};
    entry.flags =
        (uint8_t)(OMNI__ENTRY_VISIBLE | (e->carried ? OMNI__ENTRY_CARRIED : 0) |
                  (body->traits.size != 0 ? OMNI__ENTRY_TRAITS : 0) |
                  (e->merged ? OMNI__ENTRY_MERGED : 0));
    const omni_status status = omni__amount_of(
        omni__policy_list_of(fold->policy, OMNI__POLICY_AMOUNTS, body->name),
        body->properties, &fold->set.scratch, &entry);
    *out = entry;
    return status;
}

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

/* Traits of a node anew, from all events that it anchors. */
static omni_status
rebuild_traits(omni__fold *fold, omni__work_node *node)
{
    omni_status status = omni__workset_section(
        &fold->set, node, OMNI__SECTION_TRAITS, omni__slice_of(NULL, 0));
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &fold->set.view, &node->node,
                          fold->set.arena.alloc);
    status = omni__entry_walk_first(&walk, NULL);
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

/* The links that an alias event states, from its user_id. */
static omni_status
state_aliases(omni__fold *fold, const event *e, bool comes)
{
    const omni__copy *copy = e->chosen;
    const omni__slice user = omni__slice_text("user_id");
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < copy->body.identifier_count; ++i) {
        if (!omni__slice_equal(copy->body.identifiers[i].ns, user)) {
            continue;
        }
        for (size_t k = 0; k < copy->body.stated_count && status == OMNI_OK;
             ++k) {
            if (omni__id_equal(&copy->ids[i], &copy->stated[k])) {
                continue;
            }
            omni__statement statement = {.a = copy->ids[i],
                                         .b = copy->stated[k],
                                         .kind = OMNI__STATEMENT_ALIAS,
                                         .time_us = copy->body.time_us,
                                         .position = copy->position};
            omni__statement_order_alias(
                &statement, copy->event_hash,
                omni__event_content_hash(fold->secret, &copy->body,
                                         omni__workset_buffer(&fold->set)));
            status = fold->set.bytes.failed
                         ? OMNI_ERR_NO_MEMORY
                         : omni__fold_state(fold, &statement, comes);
        }
        break;
    }
    return status;
}

/* What an event says of others than who it is about. */
static omni_status
state(omni__fold *fold, const event *e, bool comes)
{
    const omni__event_body *body = &e->chosen->body;
    if (body->type == OMNI_EVENT_GROUP && body->group_id.size != 0) {
        const omni__order order = omni__copy_order(e->chosen);
        return omni__groups_note(&fold->set, fold->secret, e->anchor, &order,
                                 body->group_id, comes);
    }
    return state_aliases(fold, e, comes);
}

static omni_status
place_event(omni__fold *fold, const event *e)
{
    omni__work_node *node;
    omni__entry entry;
    omni_status status = omni__workset_get(&fold->set, e->anchor, &node);
    if (status == OMNI_OK) {
        status = visible_entry(fold, e, &entry);
    }
    if (status != OMNI_OK) {
        return status;
    }
    ++fold->counts.events;
    omni__fold_changed(fold, node, &entry, true);
    status = omni__entries_put(&fold->set, node, &entry);
    if (status == OMNI_OK) {
        status = omni__figures_add(&fold->set, node, &entry);
    }
    if (status == OMNI_OK && (entry.flags & OMNI__ENTRY_TRAITS) != 0) {
        status = add_traits(fold, node, &entry.order, &e->chosen->body);
    }
    return status == OMNI_OK ? state(fold, e, true) : status;
}

static omni_status
take_out_event(omni__fold *fold, const event *e)
{
    omni__work_node *node;
    omni__entry entry;
    omni_status status = omni__workset_get(&fold->set, e->anchor, &node);
    if (status == OMNI_OK) {
        status = visible_entry(fold, e, &entry);
    }
    if (status != OMNI_OK) {
        return status;
    }
    --fold->counts.events;
    omni__fold_changed(fold, node, &entry, false);
    if (e->carried) {
        const omni__entry left = {.order = entry.order,
                                  .instant_us = entry.instant_us,
                                  .flags = OMNI__ENTRY_CARRIED};
        status = omni__entries_put(&fold->set, node, &left);
    } else {
        status = omni__entries_remove(&fold->set, node, &entry.order);
    }
    if (status == OMNI_OK) {
        status = omni__figures_remove(&fold->set, node, &entry);
    }
    if (status == OMNI_OK &&
        omni__traits_from(&node->node, entry.order.position)) {
        status = rebuild_traits(fold, node);
    }
    return status == OMNI_OK ? state(fold, e, false) : status;
}

/* Note the copy at each of its nodes; where the event is going to be placed
   with it, that does for its anchor. */
static omni_status
carry_copy(omni__fold *fold, const omni__copy *copy, const event *e)
{
    omni_status status = OMNI_OK;
    const omni__entry entry = omni__copy_entry(copy);
    for (size_t i = 0; i < copy->body.identifier_count && status == OMNI_OK;
         ++i) {
        omni__work_node *node;
        status = omni__workset_get(&fold->set, &copy->ids[i], &node);
        const bool placed =
            e->chosen == copy && omni__id_equal(&copy->ids[i], e->anchor);
        if (status == OMNI_OK && !placed) {
            status = omni__entries_put(&fold->set, node, &entry);
        }
        if (status == OMNI_OK && omni__copy_skewed(copy)) {
            status = omni__entries_skew(&fold->set, node, &entry);
        }
    }
    return status;
}

static bool
share_identifier(const omni__copy *a, const omni__copy *b)
{
    for (size_t i = 0; i < a->body.identifier_count; ++i) {
        for (size_t k = 0; k < b->body.identifier_count; ++k) {
            if (omni__id_equal(&a->ids[i], &b->ids[k])) {
                return true;
            }
        }
    }
    return false;
}

/* Number the events that the copies made up without a new one; returns how
   many. */
static uint32_t
number_old_clusters(cluster *c)
{
    uint32_t count = 0;
    for (size_t i = c->fresh; i < c->found.count; ++i) {
        omni__copy *start = c->found.list[i];
        if (start->old_cluster != UINT32_MAX) {
            continue;
        }
        start->old_cluster = count;
        bool grown = true;
        while (grown) {
            grown = false;
            for (size_t k = c->fresh; k < c->found.count; ++k) {
                omni__copy *other = c->found.list[k];
                for (size_t m = c->fresh;
                     other->old_cluster == UINT32_MAX && m < c->found.count;
                     ++m) {
                    if (c->found.list[m]->old_cluster == count &&
                        share_identifier(c->found.list[m], other)) {
                        other->old_cluster = count;
                        grown = true;
                    }
                }
            }
        }
        ++count;
    }
    return count;
}

/* Content decides between copies (F7); a copy alone needs no hash of it. */
static omni_status
hash_contents(cluster *c)
{
    for (size_t i = 0; i < c->found.count; ++i) {
        c->found.list[i]->content_hash =
            omni__event_content_hash(c->fold->secret, &c->found.list[i]->body,
                                     omni__workset_buffer(&c->fold->set));
        if (c->fold->set.bytes.failed) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    return OMNI_OK;
}

/* Whether a copy of the event is retracted, as `first` says of the first. One
   that is found live is not: it would be void. */
static omni_status
is_void(const cluster *c, bool first, bool *out)
{
    const omni__view *view = &c->fold->set.view;
    omni_status status = OMNI_OK;
    *out = first;
    for (size_t i = 1; i < c->found.count && status == OMNI_OK && !*out; ++i) {
        const omni__copy *copy = c->found.list[i];
        omni__found_fact fact;
        if (!copy->voided) {
            continue;
        }
        status = omni__place_at(view, c->fold->log, copy->position, &fact);
        if (status == OMNI_OK) {
            status = omni__retracted(view, &fact.fact, out);
        }
    }
    return status;
}

/* Note a copy as void, or as void no more. */
static omni_status
note_void(omni__fold *fold, const omni__copy *copy, bool is_void)
{
    const omni__entry entry = omni__copy_entry(copy);
    omni__found_fact fact;
    omni_status status =
        omni__place_at(&fold->set.view, fold->log, copy->position, &fact);
    if (status == OMNI_OK) {
        status = omni__fold_void(fold, &fact.fact, is_void);
    }
    for (size_t i = 0; i < copy->body.identifier_count && status == OMNI_OK;
         ++i) {
        status = omni__entries_void(&fold->set, &copy->ids[i], &entry, is_void);
    }
    return status;
}

/* The copies make up an event that is void: nothing is left of them. */
static omni_status
make_void(cluster *c)
{
    omni_status status = OMNI_OK;
    const event nothing = {.chosen = NULL};
    for (size_t i = 0; i < c->found.count && status == OMNI_OK; ++i) {
        const omni__copy *copy = c->found.list[i];
        if (copy->voided) {
            continue;
        }
        if (i < c->fresh) {
            status = carry_copy(c->fold, copy, &nothing);
        }
        if (status == OMNI_OK) {
            status = omni__fold_unsee(c->fold, copy);
        }
        if (status == OMNI_OK) {
            status = note_void(c->fold, copy, true);
        }
    }
    return status;
}

/* The copies make up an event. */
static omni_status
make_live(cluster *c)
{
    omni_status status = OMNI_OK;
    const event now = make_event(c, UINT32_MAX);
    for (size_t i = 0; i < c->found.count && status == OMNI_OK; ++i) {
        const omni__copy *copy = c->found.list[i];
        if (copy->voided) {
            status = note_void(c->fold, copy, false);
            if (status == OMNI_OK) {
                status = omni__fold_see(c->fold, copy);
            }
        }
        if (status == OMNI_OK && (copy->voided || i < c->fresh)) {
            status = carry_copy(c->fold, copy, &now);
        }
    }
    return status == OMNI_OK ? place_event(c->fold, &now) : status;
}

/* Take out what the copies made up before; `*old` is how many events. */
static omni_status
take_out_old(cluster *c, uint32_t *old)
{
    omni_status status = OMNI_OK;
    *old = number_old_clusters(c);
    for (uint32_t i = 0; i < *old && status == OMNI_OK; ++i) {
        const event before = make_event(c, i);
        if (!before.chosen->voided) {
            status = take_out_event(c->fold, &before);
        }
    }
    return status;
}

/* The event of a copy as it is now. */
static omni_status
settle(cluster *c, omni__copy *copy, bool retracted)
{
    omni__fold *fold = c->fold;
    bool now_void;
    uint32_t old;
    omni_status status;
    c->found = (omni__copies){.secret = fold->secret,
                              .log = fold->log,
                              .view = &fold->set.view,
                              .node = node_of,
                              .user = &fold->set,
                              .voided = fold->counts.voided != 0,
                              .arena = &fold->set.scratch};
    OMNI_TRY(status, omni__copies_find(&c->found, copy));
    OMNI_TRY(status, is_void(c, retracted, &now_void));
    if (c->fresh == 0 && copy->voided == now_void) {
        goto done;
    }
    if (c->found.count > 1) {
        OMNI_TRY(status, hash_contents(c));
    }
    OMNI_TRY(status, take_out_old(c, &old));
    OMNI_TRY(status, now_void ? make_void(c) : make_live(c));
    if (c->fresh != 0) {
        status = omni__fold_count(fold, old != 0, now_void);
    }
done:
    omni__copies_end(&c->found);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni__cluster_add(omni__fold *fold, omni__copy *copy, bool retracted)
{
    cluster c = {.fold = fold, .fresh = 1};
    return settle(&c, copy, retracted);
}

omni_status
omni__cluster_refresh(omni__fold *fold, const omni__found_fact *found,
                      bool was_void, bool retracted)
{
    cluster c = {.fold = fold, .fresh = 0};
    omni__copy *copy = omni__arena_get(&fold->set.scratch, sizeof(*copy));
    if (copy == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    const omni_status status =
        omni__copy_open(fold->secret, found->fact.body, found->position, copy);
    copy->voided = was_void;
    return status == OMNI_OK ? settle(&c, copy, retracted) : status;
}
