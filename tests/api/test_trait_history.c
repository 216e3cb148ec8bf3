/* Every value that a trait was given. */
#include "support/api_world.h"

#include <check.h>
#include <stdlib.h>

static api_world world;

static const omni_identifier card = {"loyalty_id", "card-1"};
static const omni_identifier mail = {"email", "anna@x.org"};

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

static void
give(omni_identifier who, const char *id, int64_t time_us, const char *traits)
{
    const omni_event event = {.size = sizeof(event),
                              .type = OMNI_EVENT_IDENTIFY,
                              .id = id,
                              .time_us = time_us,
                              .identifiers = &who,
                              .identifier_count = 1,
                              .traits_json = traits};
    api_append(world.store, &event);
}

START_TEST(a_trait_has_a_history_with_the_value_in_force_first)
{
    give(card, "1", API_T0, "{\"city\":\"Bern\",\"size\":\"M\"}");
    give(mail, "2", API_T0 + API_SECOND, "{\"city\":\"Basel\"}");
    give(card, "3", API_T0 + 2 * API_SECOND, "{\"city\":\"Bern\"}");
    const omni_reason reason = {.text = "same person"};
    ck_assert_int_eq(omni_profile_merge(world.store, card, mail, &reason, NULL,
                                        &world.error),
                     OMNI_OK);
    omni_txn *txn = api_begin(world.store);
    const omni_profile *profile = api_get(txn, mail.ns, mail.value);
    const omni_trait_entry *past;
    size_t count;
    ck_assert_int_eq(
        omni_profile_trait_history(txn, profile, "city", &past, &count),
        OMNI_OK);
    ck_assert_uint_eq(count, 3);
    for (size_t i = 0; i < count; ++i) {
        static const char *const events[] = {"3", "2", "1"};
        api_assert_text(past[i].name, "city");
        api_assert_text(past[i].event_id, events[i]);
        ck_assert(past[i].in_force == (i == 0));
    }
    api_assert_text(past[1].value_json, "\"Basel\"");
    ck_assert_int_eq(
        omni_profile_trait_history(txn, profile, NULL, &past, &count), OMNI_OK);
    ck_assert_uint_eq(count, 4);
    api_assert_text(past[3].name, "size");
    ck_assert(past[3].in_force);
    ck_assert_int_eq(
        omni_profile_trait_history(txn, profile, "none", &past, &count),
        OMNI_OK);
    ck_assert_uint_eq(count, 0);
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("trait_history");
    TCase *tests = tcase_create("trait_history");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_trait_has_a_history_with_the_value_in_force_first);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
