/* Why two identifiers are not one profile: each rule, statements, and nothing.
 */
#include "support/explain_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

START_TEST(a_part_in_force_holds_and_one_overruled_does_not)
{
    explain_see("1", 1, "email:a@x.org loyalty_id:7");
    explain_split("email:a@x.org", "loyalty_id:7", NULL);
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e =
        explain_pair(txn, "email:a@x.org", "loyalty_id:7");
    ck_assert_uint_eq(e->part_count, 1);
    ck_assert_int_eq(e->parts[0].state, OMNI_LINK_PARTED);
    char because[96];
    char date[11];
    const time_t now = (time_t)(e->parts[0].time_us / API_SECOND);
    struct tm parts;
    strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&now, &parts));
    snprintf(because, sizeof(because), "stated apart by Mia on %s: two sisters",
             date);
    omni_txn_end(txn);
    explain_assert_held("email:a@x.org", "loyalty_id:7", "part", because);
    explain_merge("email:a@x.org", "loyalty_id:7", NULL);
    explain_assert_chain("email:a@x.org", "loyalty_id:7",
                         "email:a@x.org loyalty_id:7");
}
END_TEST

START_TEST(a_part_elsewhere_in_two_profiles_is_told_by_its_own_two)
{
    explain_see("1", 1, "email:a@x.org loyalty_id:7");
    explain_see("2", 2, "email:b@x.org loyalty_id:8");
    explain_split("loyalty_id:7", "loyalty_id:8", NULL);
    explain_see("3", 3, "email:a@x.org email:b@x.org");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e =
        explain_pair(txn, "email:a@x.org", "email:b@x.org");
    ck_assert_uint_eq(e->held_count, 1);
    static const char begin[] =
        "loyalty_id:7 and loyalty_id:8 are stated apart";
    ck_assert_uint_gt(e->held[0].because.size, sizeof(begin));
    ck_assert_mem_eq(e->held[0].because.bytes, begin, sizeof(begin) - 1);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_value_of_many_users_is_told_as_generic)
{
    explain_see_many(11, "user_id:u", "email:info@firm.com");
    explain_see("x", 99, "anonymous_id:c email:info@firm.com");
    explain_assert_held(
        "email:info@firm.com", "user_id:u3", "generic",
        "email:info@firm.com is generic: seen with 11 user_id values, "
        "more than 10");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_identifier_explanation *e =
        explain_one(txn, "email: Info@Firm.com");
    explain_assert_name(e->identifier, "email:info@firm.com");
    ck_assert(e->generic);
    ck_assert(!e->contested);
    ck_assert_uint_eq(e->generic_count, 11);
    ck_assert_uint_eq(e->generic_limit, 10);
    api_assert_text(e->generic_ns, "user_id");
    api_assert_text(e->class_name, "person");
    ck_assert_uint_eq(e->rank, 30);
    ck_assert_uint_eq(e->neighbour_total, 12);
    ck_assert_uint_eq(e->neighbour_count, 12);
    explain_assert_name(e->neighbours[0].b, "anonymous_id:c");
    for (size_t i = 0; i < 12; ++i) {
        explain_assert_name(e->neighbours[i].a, "email:info@firm.com");
        ck_assert_int_eq(e->neighbours[i].state, OMNI_LINK_HELD);
        api_assert_text(e->neighbours[i].rule, "generic");
    }
    api_assert_text(e->named_because,
                    "email:info@firm.com is the only identifier, seen since "
                    "2024-01-01T00:00:00Z");
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_second_user_is_one_value_too_many)
{
    explain_see("1", 1, "user_id:u email:a@x.org");
    explain_see("2", 2, "user_id:v email:a@x.org");
    explain_assert_held("user_id:u", "user_id:v", "max_per_profile",
                        "joining would give user_id 2 values, at most 1");
}
END_TEST

START_TEST(a_device_of_two_people_is_contested)
{
    explain_see("1", 1, "loyalty_id:7 device_id:d");
    explain_see("2", 2, "loyalty_id:8 device_id:d");
    explain_assert_held(
        "loyalty_id:7", "loyalty_id:8", "device",
        "device_id:d is a device, and both profiles have loyalty_id "
        "values of their own");
    omni_txn *txn = api_begin(explain_world.store);
    ck_assert(explain_one(txn, "device_id:d")->contested);
    ck_assert(!explain_one(txn, "loyalty_id:8")->contested);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_profile_that_is_full_takes_no_more)
{
    explain_see_many(500, "anonymous_id:c", "user_id:u");
    explain_assert_held(
        "anonymous_id:c499", "user_id:u", "max_identifiers",
        "joining would make a profile of 501 identifiers, at most 500");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_identifier_explanation *e = explain_one(txn, "user_id:u");
    ck_assert_uint_eq(e->profile_size, 500);
    ck_assert_uint_eq(e->neighbour_total, 500);
    ck_assert_int_eq(e->neighbours[0].state, OMNI_LINK_ACCEPTED);
    omni_txn_end(txn);
}
END_TEST

START_TEST(an_alias_of_many_is_held_as_generic)
{
    char id[16];
    char before[16];
    explain_see("0", 0, "user_id:hub");
    for (int i = 0; i < 11; ++i) {
        snprintf(id, sizeof(id), "al%d", i);
        snprintf(before, sizeof(before), "p%d", i);
        explain_alias(id, "hub", before);
        char names[32];
        snprintf(names, sizeof(names), "anonymous_id:p%d", i);
        explain_see(before, i, names);
    }
    explain_assert_held(
        "anonymous_id:p4", "user_id:hub", "generic",
        "user_id:hub has alias links to 11 identifiers, more than 10");
}
END_TEST

START_TEST(links_of_too_many_that_hang_together_are_cut)
{
    enum { COUNT = 2001 };
    static char lines[COUNT * 200];
    size_t size = 0;
    for (int i = 0; i < COUNT; ++i) {
        size += (size_t)snprintf(
            lines + size, sizeof(lines) - size,
            "{\"type\":\"track\",\"event\":\"x\",\"messageId\":\"%d\","
            "\"timestamp\":\"2024-01-01T00:00:00Z\",\"context\":{"
            "\"externalIds\":[{\"type\":\"crm\",\"id\":\"n%d\"},"
            "{\"type\":\"crm\",\"id\":\"n%d\"}]}}\n",
            i, i, i + 1);
    }
    ck_assert_int_eq(omni_event_append_json(explain_world.store, lines, size,
                                            NULL, &explain_world.error),
                     OMNI_OK);
    explain_assert_held("crm:n7", "crm:n8", "component",
                        "it is one of the links by which more than 2000 "
                        "identifiers hang together");
}
END_TEST

START_TEST(no_evidence_is_said_plainly)
{
    explain_see("1", 1, "user_id:u");
    explain_see("2", 2, "user_id:v");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e = explain_pair(txn, "user_id:u", "user_id:v");
    ck_assert(!e->same);
    ck_assert_uint_eq(
        e->held_count + e->part_count + e->waiting_count + e->chain_count, 0);
    api_assert_text(e->summary, "two profiles: no evidence that they are one");
    omni_txn_end(txn);
    explain_split("user_id:u", "user_id:v", NULL);
    txn = api_begin(explain_world.store);
    e = explain_pair(txn, "user_id:u", "user_id:v");
    ck_assert_uint_eq(e->held_count, 0);
    ck_assert_uint_eq(e->part_count, 1);
    api_assert_text(e->summary,
                    "two profiles: stated apart, and no evidence against it");
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_statement_on_somebody_unknown_waits)
{
    explain_see("1", 1, "email:a@x.org");
    explain_see("2", 2, "loyalty_id:7");
    explain_merge("email:a@x.org", "user_id:u", NULL);
    explain_merge("loyalty_id:7", "user_id:u", NULL);
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e =
        explain_pair(txn, "loyalty_id:7", "email:a@x.org");
    ck_assert_uint_eq(e->held_count, 0);
    ck_assert_uint_eq(e->waiting_count, 2);
    explain_assert_name(e->waiting[0].a, "email:a@x.org");
    explain_assert_name(e->waiting[1].a, "loyalty_id:7");
    explain_assert_name(e->waiting[1].b, "user_id:u");
    ck_assert_int_eq(e->waiting[1].state, OMNI_LINK_WAITING);
    api_assert_text(e->waiting[1].reason, "two sisters");
    omni_txn_end(txn);
    explain_see("3", 3, "user_id:u");
    explain_assert_chain("loyalty_id:7", "email:a@x.org",
                         "loyalty_id:7 user_id:u email:a@x.org");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("explain_held");
    TCase *tcase = tcase_create("explain_held");
    tcase_add_checked_fixture(tcase, explain_setup, explain_teardown);
    tcase_add_test(tcase, a_part_in_force_holds_and_one_overruled_does_not);
    tcase_add_test(tcase,
                   a_part_elsewhere_in_two_profiles_is_told_by_its_own_two);
    tcase_add_test(tcase, a_value_of_many_users_is_told_as_generic);
    tcase_add_test(tcase, a_second_user_is_one_value_too_many);
    tcase_add_test(tcase, a_device_of_two_people_is_contested);
    tcase_add_test(tcase, a_profile_that_is_full_takes_no_more);
    tcase_add_test(tcase, an_alias_of_many_is_held_as_generic);
    tcase_add_test(tcase, links_of_too_many_that_hang_together_are_cut);
    tcase_add_test(tcase, no_evidence_is_said_plainly);
    tcase_add_test(tcase, a_statement_on_somebody_unknown_waits);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
