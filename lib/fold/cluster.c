/* Finding copies through the nodes they share; taking out the events they
   made up before and placing the one they make up now. */
#include "fold/cluster.h"

#include "events/copy.h"
#include "events/figures.h"
#include "identity/statements.h"
#include "profile/traits.h"

/* Copies that are found so far; pointers into the scratch arena. */
typedef struct cluster {
    omni__fold *fold;
    omni__copy **copies;
    size_t count;
    size_t capacity;
} cluster;

omni_status
omni__copy_open(const omni__fold *fold, omni__slice body, uint64_t position,
                omni__copy *out)
{
    const omni__slice none = omni__slice_of(NULL, 0);
    const omni_status status = omni__event_body_decode(body, &out->body);
    if (status != OMNI_OK) {
        return status;
    }
    out->position = position;
    out->old_cluster = UINT32_MAX;
    for (size_t i = 0; i < out->body.identifier_count; ++i) {
        out->ids[i] = omni__public_id(fold->secret,
                                      &out->body.identifiers[i].token, none);
    }
    for (size_t i = 0; i < out->body.stated_count; ++i) {
        out->stated[i] =
            omni__public_id(fold->secret, &out->body.stated[i].token, none);
    }
    return OMNI_OK;
}

static omni__order
order_of(const omni__copy *copy)
{
    return (omni__order){.time_us = copy->body.time_us,
                         .event_hash = copy->body.event_hash,
                         .content_hash = copy->body.content_hash,
                         .position = copy->position};
}

static omni_status
add_copy(cluster *c, omni__copy *copy)
{
    void *copies = c->copies;
    const bool room = omni__grow(&c->fold->hooks->alloc, &copies, &c->capacity,
                                 c->count, sizeof(c->copies[0]));
    c->copies = copies;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    c->copies[c->count++] = copy;
    return OMNI_OK;
}

/* An entry with the event's hash and instant: a copy if its name is too. */
static omni_status
found_copy(void *user, const omni__entry *entry)
{
    cluster *c = user;
    for (size_t i = 0; i < c->count; ++i) {
        if (c->copies[i]->position == entry->order.position) {
            return OMNI_OK;
        }
    }
    omni__slice bytes;
    omni__slice body;
    omni_status status =
        omni__log_bytes(c->fold->log, entry->order.position, &bytes);
    if (status == OMNI_OK) {
        status = omni__body_open(bytes, &body);
    }
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    omni__copy *copy =
        omni__arena_get(&c->fold->set.scratch, sizeof(omni__copy));
    if (copy == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    status = omni__copy_open(c->fold, body, entry->order.position, copy);
    if (status != OMNI_OK ||
        !omni__slice_equal(copy->body.name, c->copies[0]->body.name)) {
        return status;
    }
    return add_copy(c, copy);
}

/* From the first copy to all that share an identifier, through one another. */
static omni_status
find_copies(cluster *c)
{
    omni_status status = OMNI_OK;
    for (size_t at = 0; at < c->count && status == OMNI_OK; ++at) {
        const omni__copy *copy = c->copies[at];
        for (size_t i = 0; i < copy->body.identifier_count && status == OMNI_OK;
             ++i) {
            omni__work_node *node;
            status = omni__workset_get(&c->fold->set, &copy->ids[i], &node);
            if (status == OMNI_OK) {
                status = omni__entries_copies(
                    &c->fold->set.view, &node->node, copy->body.event_hash,
                    copy->body.instant_us, &c->fold->hooks->alloc, found_copy,
                    c);
            }
        }
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

/* F7: most identifiers, then smallest content hash; equal content is equal. */
static bool
is_chosen(const omni__copy *a, const omni__copy *b)
{
    if (a->body.identifier_count != b->body.identifier_count) {
        return a->body.identifier_count > b->body.identifier_count;
    }
    if (a->body.content_hash != b->body.content_hash) {
        return a->body.content_hash < b->body.content_hash;
    }
    return a->position < b->position;
}

/* E1: smallest rank, then namespace and value. */
static bool
is_stronger(const omni__policy *policy, const omni__named *a,
            const omni__named *b)
{
    const uint32_t x =
        omni__namespace_rank(omni__policy_namespace(policy, a->ns));
    const uint32_t y =
        omni__namespace_rank(omni__policy_namespace(policy, b->ns));
    if (x != y) {
        return x < y;
    }
    return omni__named_compare(a, b) < 0;
}

/* An event as its copies make it up. */
typedef struct event {
    const omni__copy *chosen;
    const omni_id *anchor;
    bool carried; /* the chosen copy carries the anchor */
} event;

/* The event that the copies of one old cluster make up (UINT32_MAX: all). */
static event
make_event(const cluster *c, uint32_t old_cluster)
{
    event e = {.chosen = NULL};
    const omni__named *strongest = NULL;
    for (size_t i = 0; i < c->count; ++i) {
        const omni__copy *copy = c->copies[i];
        if (old_cluster != UINT32_MAX && copy->old_cluster != old_cluster) {
            continue;
        }
        if (e.chosen == NULL || is_chosen(copy, e.chosen)) {
            e.chosen = copy;
        }
        for (size_t k = 0; k < copy->body.identifier_count; ++k) {
            const omni__named *named = &copy->body.identifiers[k];
            if (strongest == NULL ||
                is_stronger(c->fold->policy, named, strongest)) {
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

static omni__entry
visible_entry(const event *e)
{
    const omni__event_body *body = &e->chosen->body;
    omni__entry entry = {.order = order_of(e->chosen),
                         .instant_us = body->instant_us,
                         .name = body->name,
                         .channel = body->channel};
    entry.flags =
        (uint8_t)(OMNI__ENTRY_VISIBLE | (e->carried ? OMNI__ENTRY_CARRIED : 0) |
                  (body->traits.size != 0 ? OMNI__ENTRY_TRAITS : 0));
    if (omni__amount_of(body->properties, &entry.amount, &entry.currency)) {
        entry.flags |= OMNI__ENTRY_AMOUNT;
    }
    return entry;
}

static omni_status
add_traits(omni__fold *fold, omni__work_node *node, const omni__order *order,
           const omni__event_body *body)
{
    const omni__trait given = {.source = body->source,
                               .time_us = order->time_us,
                               .event_hash = order->event_hash,
                               .content_hash = order->content_hash,
                               .position = order->position};
    return omni__traits_add(&fold->set, node, &given, body->traits);
}

/* Traits of a node anew, from all events that it anchors. */
static omni_status
rebuild_traits(omni__fold *fold, omni__work_node *node)
{
    node->node.sections[OMNI__SECTION_TRAITS] = omni__slice_of(NULL, 0);
    node->dirty = true;
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &fold->set.view, &node->node,
                          fold->set.arena.alloc);
    omni_status status = omni__entry_walk_first(&walk, NULL);
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
            omni__statement_order_alias(&statement, copy->body.event_hash,
                                        copy->body.content_hash);
            status = omni__fold_state(fold, &statement, comes);
        }
        break;
    }
    return status;
}

static omni_status
place_event(omni__fold *fold, const event *e)
{
    omni__work_node *node;
    omni_status status = omni__workset_get(&fold->set, e->anchor, &node);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__entry entry = visible_entry(e);
    ++fold->counts.events;
    status = omni__entries_put(&fold->set, node, &entry);
    if (status == OMNI_OK) {
        status = omni__figures_add(&fold->set, node, &entry);
    }
    if (status == OMNI_OK && (entry.flags & OMNI__ENTRY_TRAITS) != 0) {
        status = add_traits(fold, node, &entry.order, &e->chosen->body);
    }
    return status == OMNI_OK ? state_aliases(fold, e, true) : status;
}

static omni_status
take_out_event(omni__fold *fold, const event *e)
{
    omni__work_node *node;
    omni_status status = omni__workset_get(&fold->set, e->anchor, &node);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__entry entry = visible_entry(e);
    --fold->counts.events;
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
        omni__traits_from(&node->node, entry.order.event_hash,
                          entry.order.position)) {
        status = rebuild_traits(fold, node);
    }
    return status == OMNI_OK ? state_aliases(fold, e, false) : status;
}

/* Note the copy at each of its nodes; where the event is going to be placed
   with it, that does for its anchor. */
static omni_status
carry_copy(omni__fold *fold, const omni__copy *copy, const event *e)
{
    omni_status status = OMNI_OK;
    const omni__entry entry = {.order = order_of(copy),
                               .instant_us = copy->body.instant_us,
                               .flags = OMNI__ENTRY_CARRIED};
    for (size_t i = 0; i < copy->body.identifier_count && status == OMNI_OK;
         ++i) {
        omni__work_node *node;
        status = omni__workset_get(&fold->set, &copy->ids[i], &node);
        const bool placed =
            e->chosen == copy && omni__id_equal(&copy->ids[i], e->anchor);
        if (status == OMNI_OK && !placed) {
            status = omni__entries_put(&fold->set, node, &entry);
        }
        if (status == OMNI_OK && entry.instant_us != entry.order.time_us) {
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

/* Number the events that the copies after the first made up without it;
   returns how many. */
static uint32_t
number_old_clusters(cluster *c)
{
    uint32_t count = 0;
    for (size_t i = 1; i < c->count; ++i) {
        omni__copy *start = c->copies[i];
        if (start->old_cluster != UINT32_MAX) {
            continue;
        }
        start->old_cluster = count;
        bool grown = true;
        while (grown) {
            grown = false;
            for (size_t k = 1; k < c->count; ++k) {
                omni__copy *other = c->copies[k];
                for (size_t m = 1;
                     other->old_cluster == UINT32_MAX && m < c->count; ++m) {
                    if (c->copies[m]->old_cluster == count &&
                        share_identifier(c->copies[m], other)) {
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

omni_status
omni__cluster_add(omni__fold *fold, omni__copy *copy)
{
    cluster c = {.fold = fold};
    omni_status status;
    OMNI_TRY(status, add_copy(&c, copy));
    OMNI_TRY(status, find_copies(&c));
    const uint32_t old = number_old_clusters(&c);
    for (uint32_t i = 0; i < old; ++i) {
        const event before = make_event(&c, i);
        OMNI_TRY(status, take_out_event(fold, &before));
    }
    const event now = make_event(&c, UINT32_MAX);
    OMNI_TRY(status, carry_copy(fold, copy, &now));
    OMNI_TRY(status, place_event(fold, &now));
    fold->group.taken += old == 0;
    fold->group.duplicates += old != 0;
done:
    omni__free(&fold->hooks->alloc, c.copies);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
