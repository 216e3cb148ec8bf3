/*
   Timelines against a sorted list: people whose events are anchored at several
   identifiers, most of which carry others' events too, walked both ways over
   every kind of span. OMNI_SEED and OMNI_CASES choose them.
*/
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 240

static api_world world;
static uint64_t state;

static const omni_identifier people[] = {{"loyalty_id", "card-1"},
                                         {"email", "anna@x.org"},
                                         {"device_id", "d-1"},
                                         {"anonymous_id", "a-1"}};
static const char *const names[] = {"Viewed", "Bought"};

typedef struct known {
    int64_t time_us;
    unsigned name;
    char id[8];
} known;

static known list[EVENTS];

static unsigned
below(unsigned bound)
{
    return (unsigned)((api_random(&state) >> 11) % bound);
}

static void
setup(void)
{
    state = setting_seed();
    api_world_make(&world);
    api_world_open(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

static int
oldest_first(const void *a, const void *b)
{
    const known *x = a;
    const known *y = b;
    return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

/* Events at times of their own, in any order, of one or two identifiers. */
static void
fill(void)
{
    omni_batch *batch;
    int64_t times[EVENTS];
    for (unsigned i = 0; i < EVENTS; ++i) {
        const unsigned at = below(i + 1);
        times[i] = times[at];
        times[at] = API_T0 + (int64_t)i * API_SECOND;
    }
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, &world.error),
                     OMNI_OK);
    for (unsigned i = 0; i < EVENTS; ++i) {
        omni_identifier who[2] = {people[below(4)], people[below(4)]};
        list[i] = (known){.time_us = times[i], .name = below(5) == 0};
        snprintf(list[i].id, sizeof(list[i].id), "e%u", i);
        const omni_event event = {.size = sizeof(event),
                                  .name = names[list[i].name],
                                  .id = list[i].id,
                                  .time_us = times[i],
                                  .identifiers = who,
                                  .identifier_count = 1 + below(2)};
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    }
    /* Whatever they showed: all of them are one person. */
    const omni_event all = {.size = sizeof(all),
                            .name = "Told",
                            .id = "all",
                            .time_us = API_T0 - API_HOUR,
                            .identifiers = people,
                            .identifier_count = 4};
    ck_assert_int_eq(omni_batch_add(batch, &all), OMNI_OK);
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_OFF, &world.error), OMNI_OK);
    omni_batch_free(batch);
    qsort(list, EVENTS, sizeof(list[0]), oldest_first);
}

static bool
chosen(const known *event, const omni_timeline_options *o)
{
    return (!o->has_since || event->time_us >= o->since_us) &&
           (!o->has_until || event->time_us < o->until_us) &&
           strcmp(names[event->name], o->name) == 0;
}

static void
assert_walk(omni_txn *txn, const omni_id *id, const omni_timeline_options *o)
{
    omni_timeline *timeline;
    omni_timeline_event event;
    ck_assert_int_eq(omni_timeline_open(txn, id, o, &timeline), OMNI_OK);
    for (size_t i = 0; i < EVENTS; ++i) {
        const known *next = &list[o->oldest_first ? i : EVENTS - 1 - i];
        if (chosen(next, o)) {
            ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
            ck_assert(api_is(event.id, next->id));
        }
    }
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_END);
    omni_timeline_close(timeline);
}

START_TEST(walks_are_those_of_a_sorted_list)
{
    fill();
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, people[0].ns, people[0].value);
    for (uint64_t i = 0; i < setting_cases(300); ++i) {
        const omni_timeline_options o = {
            .size = sizeof(o),
            .oldest_first = below(2) == 0,
            .has_since = below(2) == 0,
            .has_until = below(2) == 0,
            .since_us = API_T0 + (int64_t)below(EVENTS) * API_SECOND,
            .until_us = API_T0 + (int64_t)below(EVENTS) * API_SECOND,
            .name = names[below(2)]};
        assert_walk(txn, &id, &o);
    }
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tests = tcase_create("timelines");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, walks_are_those_of_a_sorted_list);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
