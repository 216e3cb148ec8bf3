/* Finding copies through the nodes they share; taking out the events they
   made up before and placing the one they make up now. */
#include "fold/cluster.h"

#include "events/figures.h"
#include "fold/attribute.h"
#include "fold/retract.h"
#include "fold/see.h"
#include "identity/statements.h"

/* The copies of one event, and the fold that they were found in. */
typedef struct cluster {
    omni__fold *fold;
    omni__copies found;
    size_t fresh; /* 1: the first copy is new; 0: it was there */
} cluster;

static omni_status
visible_entry(omni__fold *fold, const omni__joined *e, omni__entry *out)
{
    const omni__event_body *body = &e->chosen->body;
    omni__entry entry = {.order = omni__copy_order(e->chosen),
                         .instant_us = body->instant_us,
                         .name = body->name,
                         .channel = body->channel};
    entry.flags = (uint16_t)(OMNI__ENTRY_VISIBLE |
                             (e->carried ? OMNI__ENTRY_CARRIED : 0) |
                             (body->traits.size != 0 ? OMNI__ENTRY_TRAITS : 0) |
                             (e->merged ? OMNI__ENTRY_MERGED : 0));
    const omni_status status = omni__amount_of(
        omni__policy_list_of(fold->policy, OMNI__POLICY_AMOUNTS, body->name),
        body->properties, &fold->set.scratch, &entry);
    *out = entry;
    return status;
}

/* The links that a copy of an alias event states, from its user_id; unsaid,
   if another copy speaks for the event. */
static omni_status
state_copy(omni__fold *fold, const omni__copy *copy, size_t user, bool speaks,
           bool comes)
{
    omni_status status = OMNI_OK;
    for (size_t k = 0; k < copy->body.stated_count && status == OMNI_OK; ++k) {
        if (omni__id_equal(&copy->ids[user], &copy->stated[k])) {
            continue;
        }
        omni__statement statement = {.a = copy->ids[user],
                                     .b = copy->stated[k],
                                     .kind = speaks ? OMNI__STATEMENT_ALIAS
                                                    : OMNI__STATEMENT_UNSAID,
                                     .time_us = copy->body.time_us,
                                     .position = copy->position};
        omni__statement_order_alias(
            &statement, copy->event_hash,
            omni__event_content_hash(fold->secret, &copy->body,
                                     omni__workset_buffer(&fold->set)),
            copy->body.instant_us);
        if (fold->set.bytes.failed) {
            return OMNI_ERR_NO_MEMORY;
        }
        status = speaks  ? omni__fold_state(fold, &statement, comes)
                 : comes ? omni__statement_put(&fold->set, &statement)
                         : omni__statement_remove(&fold->set, &statement);
    }
    return status;
}

static omni_status
state_aliases(const cluster *c, uint32_t old_cluster, const omni__joined *e,
              bool comes)
{
    const omni__slice user = omni__slice_text("user_id");
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < c->found.count && status == OMNI_OK; ++i) {
        const omni__copy *copy = c->found.list[i];
        size_t k = 0;
        if (copy->body.stated_count == 0 ||
            (old_cluster != UINT32_MAX && copy->old_cluster != old_cluster)) {
            continue;
        }
        while (k < copy->body.identifier_count &&
               !omni__slice_equal(copy->body.identifiers[k].ns, user)) {
            ++k;
        }
        if (k < copy->body.identifier_count) {
            status = state_copy(c->fold, copy, k, copy == e->chosen, comes);
        }
    }
    return status;
}

/* Where the event lies, which is at its anchor for all but those on contested
   devices. */
static omni_status
attribute(omni__fold *fold, const omni__joined *e, const omni__work_node *node,
          omni__attribution *out)
{
    *out =
        (omni__attribution){.flag = OMNI__ENTRY_VISIBLE, .node = node->node.id};
    if ((node->node.flags & OMNI__NODE_CONTESTED) == 0) {
        return OMNI_OK;
    }
    const omni__moment moment = omni__moment_of(
        fold->secret, &e->chosen->body, omni__workset_buffer(&fold->set));
    return fold->set.bytes.failed
               ? OMNI_ERR_NO_MEMORY
               : omni__attribute(&fold->set.view, &node->node.id, &moment, out);
}

/* The event that some of the copies make up comes into being. */
static omni_status
place_event(const cluster *c, const omni__joined *e)
{
    omni__fold *fold = c->fold;
    omni__work_node *node;
    omni__entry entry;
    omni__attribution where;
    omni_status status;
    OMNI_TRY(status, omni__workset_get(&fold->set, e->anchor, &node));
    OMNI_TRY(status, visible_entry(fold, e, &entry));
    OMNI_TRY(status, omni__attribute_cut(fold, &c->found, UINT32_MAX, e, true));
    OMNI_TRY(status, attribute(fold, e, node, &where));
    ++fold->counts.events;
    OMNI_TRY(status,
             omni__attribute_put(fold, node, &entry, &where, &e->chosen->body));
    status = state_aliases(c, UINT32_MAX, e, true);
done:
    return status;
}

static omni_status
take_out_event(const cluster *c, uint32_t old_cluster, const omni__joined *e)
{
    omni__fold *fold = c->fold;
    omni__work_node *node;
    omni__entry entry;
    omni__attribution where;
    bool traits = false;
    omni_status status;
    OMNI_TRY(status, omni__workset_get(&fold->set, e->anchor, &node));
    OMNI_TRY(status, visible_entry(fold, e, &entry));
    OMNI_TRY(status, attribute(fold, e, node, &where));
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
        status = omni__attribute_take(fold, &entry, &where, &e->chosen->body,
                                      &traits);
    }
    if (status == OMNI_OK) {
        status = omni__attribute_count(fold, &entry, &where, traits);
    }
    if (status == OMNI_OK) {
        status = omni__attribute_cut(fold, &c->found, old_cluster, e, false);
    }
    if (status == OMNI_OK) {
        status = state_aliases(c, old_cluster, e, false);
    }
done:
    return status;
}

/* Note the copy at each of its nodes; where the event is going to be placed
   with it, that does for its anchor. */
static omni_status
carry_copy(omni__fold *fold, const omni__copy *copy, const omni__joined *e)
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
    const omni__joined nothing = {.chosen = NULL};
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
    const omni__joined now =
        omni__copies_join(&c->found, c->fold->policy, UINT32_MAX);
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
    return status == OMNI_OK ? place_event(c, &now) : status;
}

/* Take out what the copies made up before; `*old` is how many events. */
static omni_status
take_out_old(cluster *c, uint32_t *old)
{
    omni_status status = OMNI_OK;
    *old = number_old_clusters(c);
    for (uint32_t i = 0; i < *old && status == OMNI_OK; ++i) {
        const omni__joined before =
            omni__copies_join(&c->found, c->fold->policy, i);
        if (!before.chosen->voided) {
            status = take_out_event(c, i, &before);
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
                              .node = omni__workset_node,
                              .user = &fold->set,
                              .voided = fold->counts.voided != 0,
                              .arena = &fold->set.scratch};
    OMNI_TRY(status, omni__copies_find(&c->found, copy));
    OMNI_TRY(status, is_void(c, retracted, &now_void));
    if (c->fresh == 0 && copy->voided == now_void) {
        goto done;
    }
    if (c->found.count > 1) {
        OMNI_TRY(status, omni__copies_hash(&c->found,
                                           omni__workset_buffer(&fold->set)));
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
