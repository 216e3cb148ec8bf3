/*
   One pass over the events. Of the chains that have reached a step, only the
   one that began last can matter later, so that there is one per step. Where
   several events of one instant may be taken in any order, which of them are
   which steps is a matching of steps and events.
*/
#include "segments/sequence.h"

#include <stdlib.h>
#include <string.h>

#define STRICT (OMNI__SEQUENCE_ORDER | OMNI__SEQUENCE_DEDUP)

/* Chains by the last step they reached; those of `alive`. */
typedef struct chains {
    uint32_t alive;
    omni__sequence_event events[OMNI__SEQUENCE_STEPS][OMNI__SEQUENCE_STEPS];
} chains;

typedef struct pass {
    const omni__sequence_rule *rule;
    chains now;
    chains next; /* INCREASE: reached at this instant, to be used after it */
    bool started;
    omni__sequence_chain *out;
} pass;

static bool
in_time(const pass *p, const omni__sequence_event *first, int64_t time_us)
{
    return (uint64_t)time_us - (uint64_t)first->time_us <=
           (uint64_t)p->rule->within_us;
}

/* A chain that reached step `k`: the events before its last are given. */
static void
reach(pass *p, size_t k, const omni__sequence_event *before,
      const omni__sequence_event *last)
{
    const bool later = (p->rule->modes & OMNI__SEQUENCE_INCREASE) != 0;
    chains *to = later ? &p->next : &p->now;
    const omni__sequence_event *first = k == 0 ? last : before;
    omni__sequence_event *chain = to->events[k];
    if ((to->alive >> k & 1) != 0 && chain[0].time_us >= first->time_us) {
        return;
    }
    to->alive |= 1u << k;
    if (k > 0) {
        memcpy(chain, before, k * sizeof(chain[0]));
    }
    chain[k] = *last;
    omni__sequence_chain *out = p->out;
    if (k >= out->length ||
        (k + 1 == out->length && out->events[k].time_us == last->time_us &&
         out->events[0].time_us < first->time_us)) {
        out->length = k + 1;
        memcpy(out->events, chain, (k + 1) * sizeof(chain[0]));
    }
    if (k + 1 == p->rule->steps && out->latest_us < first->time_us) {
        out->latest_us = first->time_us;
    }
}

/* INCREASE: time moves on. */
static void
settle(pass *p)
{
    for (size_t k = 0; p->next.alive >> k != 0; ++k) {
        const omni__sequence_event *chain = p->next.events[k];
        if ((p->next.alive >> k & 1) != 0 &&
            ((p->now.alive >> k & 1) == 0 ||
             p->now.events[k][0].time_us < chain[0].time_us)) {
            memcpy(p->now.events[k], chain, (k + 1) * sizeof(chain[0]));
        }
    }
    p->now.alive |= p->next.alive;
    p->next.alive = 0;
}

/* Chains that an event of these steps does not end. */
static uint32_t
survivors(const pass *p, uint32_t steps)
{
    const unsigned modes = p->rule->modes;
    const uint32_t repeats = steps & ~1u;
    /* Bits from the first step that it repeats on. */
    const uint32_t reached = repeats != 0 ? ~((repeats & -repeats) - 1) : 0;
    uint32_t left = UINT32_MAX;
    if ((modes & OMNI__SEQUENCE_ORDER) != 0) {
        const uint32_t again =
            (modes & OMNI__SEQUENCE_REENTRY) != 0 ? UINT32_MAX : 1;
        left = reached | ((steps & 1) != 0 ? again : 0);
    }
    /* A chain that the event is the next step of has gone on with it. */
    return (modes & OMNI__SEQUENCE_DEDUP) != 0
               ? left & ~(reached | reached >> 1)
               : left;
}

/* Take the next event alone. */
static void
take(pass *p, const omni__sequence_event *event)
{
    const uint32_t lasting = (p->rule->modes & STRICT) != 0
                                 ? survivors(p, event->steps)
                                 : UINT32_MAX;
    const uint32_t alive = p->now.alive;
    p->now.alive &= lasting;
    /* The next step is too early for these, not out of order. */
    p->next.alive &= lasting | event->steps >> 1;
    /* Later steps first, so that no chain takes the event twice. */
    for (size_t k = p->rule->steps - 1; k > 0; --k) {
        const omni__sequence_event *before = p->now.events[k - 1];
        if ((event->steps >> k & alive >> (k - 1) & 1) != 0 &&
            in_time(p, before, event->time_us)) {
            reach(p, k, before, event);
        }
    }
    if ((event->steps & 1) != 0 &&
        (!p->started || (p->rule->modes & OMNI__SEQUENCE_FIRST) == 0)) {
        p->started = true;
        reach(p, 0, NULL, event);
    }
}

/* Events of one instant, and which of them are which steps. */
typedef struct instant {
    const omni__sequence_event *events;
    size_t count;
    const omni__sequence_event *of[OMNI__SEQUENCE_STEPS];
    uint32_t seen; /* steps that the search has come by */
} instant;

/* Find an event for a step, moving others to other events if need be. Calls
   itself once per step at most. */
static bool
match(instant *at, size_t step)
{
    at->seen |= 1u << step;
    for (size_t i = 0; i < at->count; ++i) {
        const omni__sequence_event *event = &at->events[i];
        if ((event->steps >> step & 1) == 0) {
            continue;
        }
        size_t owner = 0;
        while (owner < OMNI__SEQUENCE_STEPS && at->of[owner] != event) {
            ++owner;
        }
        if (owner == OMNI__SEQUENCE_STEPS ||
            ((at->seen >> owner & 1) == 0 && match(at, owner))) {
            at->of[step] = event;
            return true;
        }
    }
    return false;
}

/* Extend a chain that reached the step before `from` by events of one instant;
   all of them, if it is the first. */
static void
extend(pass *p, instant *at, size_t from)
{
    omni__sequence_event chain[OMNI__SEQUENCE_STEPS];
    memset(at->of, 0, sizeof(at->of));
    if (from > 0) {
        memcpy(chain, p->now.events[from - 1], from * sizeof(chain[0]));
    }
    for (size_t k = from; k < p->rule->steps; ++k) {
        at->seen = 0;
        if (!match(at, k)) {
            return;
        }
        for (size_t i = from; i <= k; ++i) {
            chain[i] = *at->of[i];
        }
        reach(p, k, chain, &chain[k]);
    }
}

/* Take events of one instant in whichever order leads furthest. */
static void
take_together(pass *p, const omni__sequence_event *events, size_t count)
{
    instant at = {.events = events, .count = count};
    for (size_t k = p->rule->steps - 1; k > 0; --k) {
        if ((p->now.alive >> (k - 1) & 1) != 0 &&
            in_time(p, p->now.events[k - 1], events[0].time_us)) {
            extend(p, &at, k);
        }
    }
    if (!p->started || (p->rule->modes & OMNI__SEQUENCE_FIRST) == 0) {
        extend(p, &at, 0);
        p->started |= at.of[0] != NULL;
    }
}

static int
compare(const void *a, const void *b)
{
    const omni__sequence_event *x = a;
    const omni__sequence_event *y = b;
    /* By the first step; those that fit none last. */
    const uint32_t first = (x->steps & -x->steps) - 1;
    const uint32_t other = (y->steps & -y->steps) - 1;
    if (first != other) {
        return first < other ? -1 : 1;
    }
    if (x->steps != y->steps) {
        return x->steps < y->steps ? -1 : 1;
    }
    return (x->tag > y->tag) - (x->tag < y->tag);
}

/* Sort events of one instant; no more of a kind are left at the front than
   there are steps, and none that fit no step. */
static size_t
sort_instant(const omni__sequence_rule *rule, omni__sequence_event *events,
             size_t count)
{
    qsort(events, count, sizeof(events[0]), compare);
    if ((rule->modes & (STRICT | OMNI__SEQUENCE_INCREASE)) != 0) {
        return count;
    }
    size_t left = 0;
    for (size_t i = 0; i < count && events[i].steps != 0; ++i) {
        if (left < rule->steps ||
            events[left - rule->steps].steps != events[i].steps) {
            const omni__sequence_event event = events[left];
            events[left++] = events[i];
            events[i] = event;
        }
    }
    return left;
}

void
omni__sequence_find(const omni__sequence_rule *rule,
                    omni__sequence_event *events, size_t count,
                    omni__sequence_chain *out)
{
    const bool apart = (rule->modes & (STRICT | OMNI__SEQUENCE_INCREASE)) != 0;
    pass p;
    p.rule = rule;
    p.now.alive = p.next.alive = 0;
    p.started = false;
    p.out = out;
    out->length = 0;
    out->latest_us = INT64_MIN;
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && events[end].time_us == events[i].time_us) {
            ++end;
        }
        const size_t left =
            end - i > 1 ? sort_instant(rule, events + i, end - i) : 1;
        settle(&p);
        if (left > 1 && !apart) {
            take_together(&p, events + i, left);
        } else {
            for (size_t k = 0; k < left; ++k) {
                take(&p, &events[i + k]);
            }
        }
        i = end;
    }
}
