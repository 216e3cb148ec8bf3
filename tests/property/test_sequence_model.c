/*
   Chains of steps against a model that tries every event for every step.
   OMNI_SEED and OMNI_CASES choose the events.
*/
#include "segments/sequence.h"
#include "support/setting.h"

#include <check.h>
#include <stdlib.h>

#define EVENTS 9
#define STEPS 4

typedef struct model {
    omni__sequence_rule rule;
    omni__sequence_event events[EVENTS];
    size_t count;
    size_t chosen[STEPS];
    size_t length; /* of the best chain */
    int64_t end_us, start_us;
    int64_t latest_us; /* start of a whole chain */
} model;

static bool
has(const model *m, unsigned mode)
{
    return (m->rule.modes & mode) != 0;
}

static bool
is_strict(const model *m)
{
    return has(m, OMNI__SEQUENCE_ORDER | OMNI__SEQUENCE_DEDUP);
}

/* Whether a chain of `length` steps may pass an event by. */
static bool
may_pass(const model *m, size_t length, const omni__sequence_event *event)
{
    const uint32_t reached = ((1u << length) - 1) & ~1u;
    const bool repeats = (event->steps & reached) != 0;
    const bool next = (event->steps >> length & 1) != 0;
    const bool again = (event->steps & 1) != 0 &&
                       (length == 1 || has(m, OMNI__SEQUENCE_REENTRY));
    if (has(m, OMNI__SEQUENCE_INCREASE) && next &&
        event->time_us == m->events[m->chosen[length - 1]].time_us) {
        return true;
    }
    return (!has(m, OMNI__SEQUENCE_DEDUP) || !(repeats || next)) &&
           (!has(m, OMNI__SEQUENCE_ORDER) || repeats || again);
}

/* Whether event `i` may come next in a chain of `length` steps. */
static bool
may_follow(const model *m, size_t length, size_t i)
{
    const omni__sequence_event *event = &m->events[i];
    if ((event->steps >> length & 1) == 0) {
        return false;
    }
    if (length == 0) {
        bool first = true;
        for (size_t k = 0; k < i; ++k) {
            first &= (m->events[k].steps & 1) == 0 ||
                     (!is_strict(m) && m->events[k].time_us == event->time_us);
        }
        return first || !has(m, OMNI__SEQUENCE_FIRST);
    }
    const int64_t last_us = m->events[m->chosen[length - 1]].time_us;
    if (event->time_us < last_us ||
        (has(m, OMNI__SEQUENCE_INCREASE) && event->time_us == last_us) ||
        event->time_us - m->events[m->chosen[0]].time_us > m->rule.within_us) {
        return false;
    }
    for (size_t k = 0; k < length; ++k) {
        if (m->chosen[k] == i) {
            return false;
        }
    }
    bool passes = !is_strict(m) || i > m->chosen[length - 1];
    for (size_t k = m->chosen[length - 1] + 1; k < i && is_strict(m); ++k) {
        passes &= may_pass(m, length, &m->events[k]);
    }
    return passes;
}

static void
note(model *m, size_t length)
{
    const int64_t start_us = m->events[m->chosen[0]].time_us;
    const int64_t end_us = m->events[m->chosen[length - 1]].time_us;
    if (length > m->length ||
        (length == m->length &&
         (end_us < m->end_us ||
          (end_us == m->end_us && start_us > m->start_us)))) {
        m->length = length;
        m->end_us = end_us;
        m->start_us = start_us;
    }
    if (length == m->rule.steps && start_us > m->latest_us) {
        m->latest_us = start_us;
    }
}

static void
try_all(model *m, size_t length)
{
    for (size_t i = 0; i < m->count && length < m->rule.steps; ++i) {
        if (may_follow(m, length, i)) {
            m->chosen[length] = i;
            note(m, length + 1);
            try_all(m, length + 1);
        }
    }
}

static uint64_t state;

static uint64_t
draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % below;
}

/* Events of one instant as the modes count them: by the first step that they
   fit, then by all of them. */
static int
compare(const void *a, const void *b)
{
    const omni__sequence_event *x = a;
    const omni__sequence_event *y = b;
    if (x->time_us != y->time_us) {
        return x->time_us < y->time_us ? -1 : 1;
    }
    for (unsigned k = 0; k < STEPS; ++k) {
        const int order = (int)(y->steps >> k & 1) - (int)(x->steps >> k & 1);
        if (order != 0 || (x->steps >> k & 1) != 0) {
            return order != 0 ? order
                              : (x->steps > y->steps) - (x->steps < y->steps);
        }
    }
    return 0;
}

static void
make(model *m)
{
    const bool single = draw(2) == 0; /* an event fits one step */
    const uint64_t instants = 1 + draw(14);
    *m = (model){.latest_us = INT64_MIN};
    m->rule.steps = 1 + draw(STEPS);
    m->rule.modes = draw(3) == 0 ? 0 : (unsigned)draw(32);
    m->rule.within_us = draw(3) == 0 ? INT64_MAX : (int64_t)draw(instants);
    m->count = draw(EVENTS + 1);
    for (size_t i = 0; i < m->count; ++i) {
        const uint32_t all = (1u << m->rule.steps) - 1;
        m->events[i].time_us = (int64_t)draw(instants) - 5;
        m->events[i].steps = single ? 1u << draw(m->rule.steps + 1) & all
                                    : (uint32_t)draw(all + 1);
        m->events[i].tag = (uint32_t)draw(3);
    }
    qsort(m->events, m->count, sizeof(m->events[0]), compare);
}

/* Another order of the events of each instant. */
static void
shuffle(omni__sequence_event *events, size_t count)
{
    for (size_t i = 1; i < count; ++i) {
        const size_t other = draw(i + 1);
        if (events[other].time_us == events[i].time_us) {
            const omni__sequence_event event = events[i];
            events[i] = events[other];
            events[other] = event;
        }
    }
}

static bool
is_best(const model *m, const omni__sequence_chain *chain)
{
    const omni__sequence_event *events = chain->events;
    bool fine = chain->length == m->length && chain->latest_us == m->latest_us;
    if (fine && m->length != 0) {
        fine = events[0].time_us == m->start_us &&
               events[m->length - 1].time_us == m->end_us;
    }
    for (size_t k = 0; fine && k < m->length; ++k) {
        fine = (events[k].steps >> k & 1) != 0 &&
               (k == 0 || events[k - 1].time_us <= events[k].time_us);
    }
    return fine;
}

static bool
is_same(const omni__sequence_chain *a, const omni__sequence_chain *b)
{
    return a->length == b->length &&
           memcmp(a->events, b->events, a->length * sizeof(a->events[0])) == 0;
}

START_TEST(chains_are_the_best_of_all)
{
    const uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(30000);
    for (uint64_t i = 0; i < cases; ++i) {
        model m;
        omni__sequence_event events[EVENTS];
        omni__sequence_chain chain;
        omni__sequence_chain again;
        state = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
        draw(2);
        make(&m);
        try_all(&m, 0);
        memcpy(events, m.events, sizeof(events));
        shuffle(events, m.count);
        omni__sequence_find(&m.rule, events, m.count, &chain);
        shuffle(events, m.count);
        omni__sequence_find(&m.rule, events, m.count, &again);
        ck_assert_msg(is_best(&m, &chain) && is_same(&chain, &again),
                      "OMNI_SEED=%llu OMNI_CASES=1: %zu steps, modes %u: %zu, "
                      "not %zu",
                      (unsigned long long)(seed + i), m.rule.steps,
                      m.rule.modes, chain.length, m.length);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sequence_model");
    TCase *chains = tcase_create("chains");
    tcase_set_timeout(chains, 300);
    tcase_add_test(chains, chains_are_the_best_of_all);
    suite_add_tcase(suite, chains);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
