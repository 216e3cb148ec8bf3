/* A walk over the entries of one instant; of two nodes, those in both. */
#include "events/evidence.h"

/* An entry that is so many steps away is quicker searched for. */
#define NEAR 16

typedef struct finder {
    const omni__evidence *evidence;
    const omni__node *a;
    const omni__node *b; /* or NULL */
    bool any_time;       /* the instant is that of what is found first */
    bool found;
    omni__event_body best;
    uint64_t hash;     /* of the best one's id */
    uint64_t position; /* of its body */
} finder;

/* True if content puts a copy before the best of the same id. */
static omni_status
compare_contents(const finder *f, const omni__event_body *body, bool *before)
{
    const omni__secret *secret = f->evidence->secret;
    omni__buffer content;
    omni__buffer_init(&content, f->evidence->alloc);
    const uint64_t one = omni__event_content_hash(secret, body, &content);
    bool failed = content.failed;
    omni__buffer_clear(&content);
    const uint64_t other = omni__event_content_hash(secret, &f->best, &content);
    failed = failed || content.failed;
    omni__buffer_free(&content);
    *before = one < other;
    return failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
}

/* A copy of the instant that carries what it should. */
static omni_status
consider(finder *f, uint64_t position)
{
    const omni__evidence *evidence = f->evidence;
    omni__event_body body;
    omni_status status = omni__copy_read(evidence->log, position, &body);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    if (f->b != NULL &&
        !(omni__policy_links(evidence->policy, f->a->ns, body.channel) &&
          omni__policy_links(evidence->policy, f->b->ns, body.channel))) {
        return OMNI_OK;
    }
    const uint64_t hash = omni__event_hash(evidence->secret, &body);
    bool better = !f->found || hash < f->hash;
    if (f->found && hash == f->hash) {
        status = compare_contents(f, &body, &better);
    }
    if (status == OMNI_OK && better) {
        f->best = body;
        f->hash = hash;
        f->position = position;
        f->found = true;
    }
    return status;
}

/* To the first entry at or after an order. */
static omni_status
advance(omni__entry_walk *walk, const omni__order *order)
{
    omni_status status = OMNI_OK;
    for (int steps = 0;
         status == OMNI_OK &&
         omni__order_compare(&omni__entry_walk_at(walk)->order, order) < 0;
         ++steps) {
        status = steps < NEAR ? omni__entry_walk_newer(walk)
                              : omni__entry_walk_first(walk, order);
    }
    return status;
}

/* True for an entry of the instant that may come before the best one. */
static bool
is_in_question(const finder *f, const omni__entry *entry, int64_t time_us)
{
    if (f->any_time) {
        time_us = f->found ? f->best.time_us : entry->order.time_us;
    }
    return entry->order.time_us == time_us &&
           (!f->found || entry->order.event_hash <= omni__order_hash(f->hash));
}

static omni_status
walk_one(finder *f, omni__entry_walk *x, const omni__order *from)
{
    omni_status status = omni__entry_walk_first(x, from);
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(x);
        if (!is_in_question(f, entry, from->time_us)) {
            break;
        }
        if ((entry->flags & OMNI__ENTRY_CARRIED) != 0) {
            status = consider(f, entry->order.position);
        }
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(x);
        }
    }
    return status;
}

/* Entries of one order are of one copy. */
static omni_status
walk_both(finder *f, omni__entry_walk *x, omni__entry_walk *y,
          const omni__order *from)
{
    omni_status status = omni__entry_walk_first(x, from);
    if (status == OMNI_OK) {
        status = omni__entry_walk_first(y, from);
    }
    while (status == OMNI_OK) {
        const omni__entry *one = omni__entry_walk_at(x);
        const omni__entry *other = omni__entry_walk_at(y);
        if (!is_in_question(f, one, from->time_us) ||
            !is_in_question(f, other, from->time_us)) {
            break;
        }
        const int order = omni__order_compare(&one->order, &other->order);
        if (order != 0) {
            status =
                order < 0 ? advance(x, &other->order) : advance(y, &one->order);
            continue;
        }
        if ((one->flags & other->flags & OMNI__ENTRY_CARRIED) != 0) {
            status = consider(f, one->order.position);
        }
        if (status == OMNI_OK) {
            status = omni__entry_walk_newer(x);
        }
    }
    return status;
}

/* Walk from an instant on. */
static omni_status
find(finder *f, int64_t time_us, omni__event_body *out)
{
    const omni__evidence *evidence = f->evidence;
    const omni__order from = {.time_us = time_us};
    omni__entry_walk x;
    omni__entry_walk_init(&x, evidence->view, f->a, evidence->alloc);
    omni_status status;
    if (f->b == NULL) {
        status = walk_one(f, &x, &from);
    } else {
        omni__entry_walk y;
        omni__entry_walk_init(&y, evidence->view, f->b, evidence->alloc);
        status = walk_both(f, &x, &y, &from);
        omni__entry_walk_end(&y);
    }
    omni__entry_walk_end(&x);
    if (status == OMNI_OK || status == OMNI_END) {
        status = f->found ? OMNI_OK : OMNI_NOT_FOUND;
    }
    if (status == OMNI_OK) {
        *out = f->best;
    }
    return status;
}

omni_status
omni__evidence_find(const omni__evidence *evidence, const omni__node *a,
                    const omni__node *b, int64_t time_us, omni__event_body *out,
                    uint64_t *position)
{
    finder f = {.evidence = evidence, .a = a, .b = b};
    const omni_status status = find(&f, time_us, out);
    *position = f.position;
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni__evidence_first(const omni__evidence *evidence, const omni__node *a,
                     const omni__node *b, omni__event_body *out)
{
    finder f = {.evidence = evidence, .a = a, .b = b, .any_time = true};
    return find(&f, INT64_MIN, out);
}
