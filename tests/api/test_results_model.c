/* What writes say they did to profiles is what snapshots before and after
   them say, over random events, merges and splits. */
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;

static const omni_reason why = {.text = "said so"};

static void
setup(void)
{
    api_world_make(&world);
    api_world_open(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

static omni_statement_result
merge(omni_identifier a, omni_identifier b)
{
    omni_statement_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_profile_merge(world.store, a, b, &why, &result, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    ck_assert_uint_ne(result.fact.sequence, 0);
    return result;
}

static omni_statement_result
split(omni_identifier a, omni_identifier b)
{
    omni_statement_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_profile_split(world.store, a, b, &why, &result, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    return result;
}

#define PEOPLE 14

typedef struct where {
    omni_id ids[PEOPLE];
    bool known[PEOPLE];
} where;

static omni_identifier
person(size_t i, char text[24])
{
    static const char *const spaces[] = {"email", "user_id", "phone",
                                         "device_id"};
    snprintf(text, 24, i % 4 == 2 ? "+4144123%04zu" : "p%zu", i);
    return (omni_identifier){spaces[i % 4], text};
}

static where
look(void)
{
    where seen = {.known = {false}};
    omni_txn *txn = api_begin(world.store);
    for (size_t i = 0; i < PEOPLE; ++i) {
        char text[24];
        seen.known[i] =
            omni_profile_find(txn, person(i, text), &seen.ids[i]) == OMNI_OK;
    }
    omni_txn_end(txn);
    return seen;
}

static bool
same(const omni_id *a, const omni_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Where an id leads to now is `profile`. */
static bool
leads_to(const omni_id *id, const omni_id *profile)
{
    omni_id now;
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_profile_resolve(txn, id, &now), OMNI_OK);
    omni_txn_end(txn);
    return same(&now, profile);
}

static bool
is_told(const omni_event_result *result, const omni_id *id)
{
    bool told = false;
    for (size_t i = 0; i < result->joined_count; ++i) {
        told |= same(&result->joined[i], id);
    }
    return told;
}

static void
compare(const where *before, const where *after, uint64_t named,
        const omni_event_result *result)
{
    bool fresh = true;
    for (size_t i = 0; i < PEOPLE; ++i) {
        const omni_id *old = &before->ids[i];
        fresh &= !(before->known[i] && after->known[i] &&
                   same(&after->ids[i], &result->profile));
        const bool gone = (named >> i & 1) != 0 && before->known[i] &&
                          same(&after->ids[i], &result->profile) &&
                          !same(old, &result->profile) &&
                          leads_to(old, &result->profile);
        ck_assert(!gone || is_told(result, old));
    }
    ck_assert_int_eq(result->created, fresh);
    for (size_t i = 0; i < result->joined_count; ++i) {
        const omni_id *id = &result->joined[i];
        bool was = false;
        for (size_t k = 0; k < PEOPLE; ++k) {
            was |= before->known[k] && same(&before->ids[k], id);
        }
        ck_assert(was);
        ck_assert(!same(id, &result->profile));
        ck_assert(leads_to(id, &result->profile));
    }
}

/* An id that named a profile of a statement leads to another one of it. */
static bool
is_gone(const omni_id *id, const omni_statement_result *result)
{
    return (leads_to(id, &result->profile_a) &&
            !same(id, &result->profile_a)) ||
           (leads_to(id, &result->profile_b) && !same(id, &result->profile_b));
}

static bool
is_stated(const omni_statement_result *result, const omni_id *id)
{
    bool told = false;
    for (size_t i = 0; i < result->joined_count; ++i) {
        told |= same(&result->joined[i], id);
    }
    return told;
}

static void
state_something(uint64_t *state)
{
    char texts[2][24];
    const size_t a = api_random(state) % PEOPLE;
    const size_t b = (a + 1 + api_random(state) % (PEOPLE - 1)) % PEOPLE;
    const omni_identifier who[2] = {person(a, texts[0]), person(b, texts[1])};
    const bool is_merge = api_random(state) % 3 != 0;
    const where before = look();
    const omni_statement_result result =
        is_merge ? merge(who[0], who[1]) : split(who[0], who[1]);
    const where after = look();
    const bool known = after.known[a] && after.known[b];
    const bool together = known && same(&after.ids[a], &after.ids[b]);
    ck_assert_int_eq(result.in_effect, known && together == is_merge);
    ck_assert_int_eq(
        result.changed,
        (after.known[a] && !same(&before.ids[a], &after.ids[a])) ||
            (after.known[b] && !same(&before.ids[b], &after.ids[b])));
    ck_assert(!after.known[a] || same(&result.profile_a, &after.ids[a]));
    ck_assert(!after.known[b] || same(&result.profile_b, &after.ids[b]));
    for (size_t i = 0; i < 2; ++i) {
        const size_t number = i == 0 ? a : b;
        const omni_id *old = &before.ids[number];
        const bool gone = before.known[number] && is_gone(old, &result);
        ck_assert_int_eq(gone, before.known[number] && is_stated(&result, old));
    }
    ck_assert(result.joined_count < 2 ||
              !same(&result.joined[0], &result.joined[1]));
}

START_TEST(results_are_what_snapshots_before_and_after_say)
{
    const uint64_t seed = setting_seed() + (uint64_t)_i;
    uint64_t state = seed;
    printf("seed %" PRIu64 "\n", seed);
    for (int step = 0; step < 60; ++step) {
        char id[16];
        char texts[3][24];
        omni_identifier who[3];
        uint64_t named = 0;
        const size_t count = 1 + api_random(&state) % 3;
        for (size_t i = 0; i < count; ++i) {
            const size_t number = api_random(&state) % PEOPLE;
            who[i] = person(number, texts[i]);
            named |= UINT64_C(1) << number;
        }
        if (api_random(&state) % 4 == 0) {
            state_something(&state);
        }
        snprintf(id, sizeof(id), "%d", (int)(api_random(&state) % 50));
        const omni_event event = api_viewed(
            id, API_T0 + (int64_t)(api_random(&state) % 9) * API_SECOND, who,
            count);
        const where before = look();
        const omni_event_result result = api_put(world.store, &event);
        const where after = look();
        compare(&before, &after, named, &result);
    }
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("results_model");
    TCase *tests = tcase_create("results_model");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, results_are_what_snapshots_before_and_after_say,
                        0, (int)setting_cases(10));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
