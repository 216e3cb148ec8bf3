/* Why two identifiers are one profile: chains, and one identifier alone. */
#include "support/explain_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_chain_has_the_first_event_of_each_link)
{
    explain_see("late", 50, "email:a@x.org anonymous_id:c");
    explain_see("early", 20, "email:A@X.org anonymous_id:c");
    explain_see("other", 10, "email:a@x.org loyalty_id:7");
    explain_assert_chain("anonymous_id:c", "loyalty_id:7",
                         "anonymous_id:c email:a@x.org loyalty_id:7");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e =
        explain_pair(txn, "anonymous_id:c", "loyalty_id:7");
    const omni_link *link = &e->chain[0];
    ck_assert_int_eq(link->kind, OMNI_LINK_OBSERVED);
    ck_assert_int_eq(link->time_us, API_T0 + 20 * API_SECOND);
    api_assert_text(link->event_id, "early");
    api_assert_text(link->event_name, "Seen");
    api_assert_text(link->channel, "web");
    api_assert_text(link->source, "shop");
    ck_assert_uint_eq(link->fact.sequence, 0);
    ck_assert_uint_ne(link->event_fact.sequence, 0);
    api_assert_text(e->summary, "one profile: a chain of 2 links joins them");
    api_assert_id(e->a_profile, e->b_profile);
    api_assert_no_id(e->a_id, e->b_id);
    omni_txn_end(txn);
}
END_TEST

START_TEST(of_ways_of_equal_length_the_first_identifiers_are_told)
{
    explain_see("1", 1, "user_id:u email:b@x.org");
    explain_see("2", 2, "user_id:u email:a@x.org");
    explain_see("3", 3, "phone:+41791111111 email:b@x.org");
    explain_see("4", 4, "phone:+41791111111 email:a@x.org");
    explain_assert_chain("user_id:u", "phone:+41791111111",
                         "user_id:u email:a@x.org phone:+41791111111");
    explain_assert_chain("phone:+41791111111", "user_id:u",
                         "phone:+41791111111 email:a@x.org user_id:u");
    explain_see("5", 5, "user_id:u phone:+41791111111");
    explain_assert_chain("user_id:u", "phone:+41791111111",
                         "user_id:u phone:+41791111111");
}
END_TEST

START_TEST(a_link_fact_is_told_with_author_reason_and_id)
{
    explain_see("1", 1, "email:a@x.org");
    explain_see("2", 2, "loyalty_id:7");
    omni_fact_id fact;
    explain_merge("email:a@x.org", "loyalty_id:7", &fact);
    explain_assert_chain("loyalty_id:7", "email:a@x.org",
                         "loyalty_id:7 email:a@x.org");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_link *link =
        &explain_pair(txn, "loyalty_id:7", "email:a@x.org")->chain[0];
    ck_assert_int_eq(link->kind, OMNI_LINK_STATED);
    api_assert_text(link->author, "Mia");
    api_assert_text(link->reason, "two sisters");
    ck_assert_uint_eq(link->event_id.size, 0);
    ck_assert_uint_eq(link->fact.sequence, fact.sequence);
    ck_assert_mem_eq(link->fact.replica, fact.replica, sizeof(fact.replica));
    ck_assert_mem_eq(link->fact.check, fact.check, sizeof(fact.check));
    omni_txn_end(txn);
}
END_TEST

START_TEST(an_alias_is_told_with_its_event)
{
    explain_see("1", 1, "anonymous_id:c");
    explain_alias("al", "u", "c");
    explain_assert_chain("anonymous_id:c", "user_id:u",
                         "anonymous_id:c user_id:u");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_link *link =
        &explain_pair(txn, "anonymous_id:c", "user_id:u")->chain[0];
    ck_assert_int_eq(link->kind, OMNI_LINK_ALIAS);
    api_assert_text(link->event_id, "al");
    api_assert_text(link->event_name, "alias");
    api_assert_text(link->channel, "app");
    /* The other half of the alias waits. */
    const omni_identifier_explanation *e = explain_one(txn, "user_id:u");
    ck_assert_uint_eq(e->neighbour_count, 2);
    ck_assert_int_eq(e->neighbours[1].state, OMNI_LINK_WAITING);
    explain_assert_name(e->neighbours[1].b, "user_id:c");
    api_assert_text(e->neighbours[1].because, "no event names user_id:c yet");
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_link_that_a_rule_held_is_in_no_chain)
{
    explain_see("1", 1, "user_id:u email:a@x.org");
    explain_see("2", 2, "user_id:v phone:+41791111111");
    explain_see("3", 3, "email:a@x.org phone:+41791111111");
    explain_merge("user_id:u", "user_id:v", NULL);
    explain_assert_chain(
        "email:a@x.org", "phone:+41791111111",
        "email:a@x.org user_id:u user_id:v phone:+41791111111");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_identifier_explanation *e = explain_one(txn, "email:a@x.org");
    ck_assert_uint_eq(e->neighbour_count, 2);
    explain_assert_name(e->neighbours[0].b, "phone:+41791111111");
    ck_assert_int_eq(e->neighbours[0].state, OMNI_LINK_PASSED);
    api_assert_text(e->neighbours[0].because,
                    "a rule held it apart when it came to it; the two are one "
                    "profile by other links");
    ck_assert_int_eq(e->neighbours[1].state, OMNI_LINK_ACCEPTED);
    omni_txn_end(txn);
}
END_TEST

START_TEST(the_event_is_one_that_links_and_the_copy_of_its_time)
{
    /* At a counter a device is not linked. */
    explain_see_on("store", "till", 5, "email:a@x.org device_id:d");
    explain_see("web", 9, "email:a@x.org device_id:d");
    /* Copies of one event: another time, channel and more identifiers. */
    const omni_identifier both[] = {{"email", "a@x.org"},
                                    {"phone", "+41791111111"}};
    omni_event event = {.size = sizeof(event),
                        .name = "Paid",
                        .id = "copy",
                        .time_us = API_T0 + 30 * API_SECOND,
                        .original_time_us = API_T0,
                        .channel = "app",
                        .identifiers = both,
                        .identifier_count = 2};
    api_append(explain_world.store, &event);
    const omni_identifier three[] = {
        {"email", "a@x.org"}, {"loyalty_id", "7"}, {"phone", "+41791111111"}};
    event.time_us += API_SECOND;
    event.channel = "chat";
    event.identifiers = three;
    event.identifier_count = 3;
    omni_event_result result = {.size = sizeof(result)};
    ck_assert_int_eq(omni_event_append(explain_world.store, &event, &result,
                                       &explain_world.error),
                     OMNI_OK);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_DUPLICATE);
    omni_txn *txn = api_begin(explain_world.store);
    const omni_link *link =
        explain_pair(txn, "email:a@x.org", "device_id:d")->chain;
    api_assert_text(link->event_id, "web");
    link = explain_pair(txn, "email:a@x.org", "phone:+41791111111")->chain;
    ck_assert_int_eq(link->time_us, API_T0 + 30 * API_SECOND);
    api_assert_text(link->channel, "app");
    link = explain_pair(txn, "email:a@x.org", "loyalty_id:7")->chain;
    ck_assert_int_eq(link->time_us, API_T0 + 31 * API_SECOND);
    api_assert_text(link->channel, "chat");
    api_assert_text(link->event_id, "copy");
    omni_txn_end(txn);
}
END_TEST

START_TEST(ids_of_identifiers_and_profiles_both_lead_there)
{
    explain_see("1", 1, "email:a@x.org anonymous_id:c");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_id cookie = explain_id(txn, "anonymous_id:c");
    const omni_id profile = api_find(txn, "anonymous_id", "c");
    api_assert_no_id(cookie, profile);
    const omni_explanation *e = NULL;
    ck_assert_int_eq(omni_explain(txn, &cookie, &profile, &e), OMNI_OK);
    explain_assert_name(e->b, "email:a@x.org");
    ck_assert_uint_eq(e->chain_count, 1);
    ck_assert_int_eq(omni_explain(txn, &cookie, &cookie, &e), OMNI_OK);
    ck_assert(e->same);
    ck_assert_uint_eq(e->chain_count, 0);
    api_assert_text(e->summary, "both are one and the same identifier");
    const omni_identifier_explanation *one = explain_one(txn, "anonymous_id:c");
    api_assert_id(one->id, cookie);
    api_assert_id(one->profile, profile);
    explain_assert_name(one->named_by, "email:a@x.org");
    api_assert_text(one->named_event_id, "1");
    api_assert_text(one->named_because,
                    "email:a@x.org is the only one that names a person, seen "
                    "since 2024-01-01T00:00:01Z");
    omni_txn_end(txn);
}
END_TEST

START_TEST(links_of_a_profile_are_each_told_once)
{
    explain_see("1", 1, "user_id:u email:a@x.org anonymous_id:c");
    explain_see("2", 2, "user_id:v anonymous_id:c");
    explain_merge("email:a@x.org", "crm:9", NULL);
    omni_txn *txn = api_begin(explain_world.store);
    const omni_id id = explain_id(txn, "anonymous_id:c");
    const omni_link *links;
    size_t count;
    ck_assert_int_eq(omni_profile_links(txn, &id, &links, &count), OMNI_OK);
    static const char *const wanted[][3] = {
        {"anonymous_id:c", "email:a@x.org", "accepted"},
        {"anonymous_id:c", "user_id:u", "accepted"},
        {"anonymous_id:c", "user_id:v", "held"},
        {"email:a@x.org", "crm:9", "waiting"},
        {"email:a@x.org", "user_id:u", "accepted"}};
    static const char *const states[] = {"accepted", "held", "passed", "parted",
                                         "waiting"};
    ck_assert_uint_eq(count, 5);
    for (size_t i = 0; i < count; ++i) {
        explain_assert_name(links[i].a, wanted[i][0]);
        explain_assert_name(links[i].b, wanted[i][1]);
        ck_assert_str_eq(states[links[i].state], wanted[i][2]);
    }
    api_assert_text(links[0].a_class, "device");
    api_assert_text(links[0].b_class, "person");
    const omni_id nobody = {.bytes = {7}};
    ck_assert_int_eq(omni_profile_links(txn, &nobody, &links, &count),
                     OMNI_NOT_FOUND);
    ck_assert_uint_eq(count, 5);
    omni_txn_end(txn);
}
END_TEST

START_TEST(nobody_is_explained_whom_no_event_names)
{
    explain_see("1", 1, "email:a@x.org");
    omni_txn *txn = api_begin(explain_world.store);
    const omni_id known = explain_id(txn, "email:a@x.org");
    const omni_id nobody = {.bytes = {7}};
    omni_id id = nobody;
    const omni_explanation *e = NULL;
    const omni_identifier_explanation *one = NULL;
    ck_assert_int_eq(
        omni_identifier_find(txn, explain_name("email:b@x.org"), &id),
        OMNI_NOT_FOUND);
    api_assert_id(id, nobody);
    ck_assert_int_eq(omni_identifier_find(txn, API_NAME("E", "x"), &id),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_explain(txn, &known, &nobody, &e), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_explain(txn, &nobody, &known, &e), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_explain_identifier(txn, &nobody, &one),
                     OMNI_NOT_FOUND);
    ck_assert_ptr_null(e);
    ck_assert_ptr_null(one);
    ck_assert_int_eq(omni_txn_error(txn)->status, OMNI_NOT_FOUND);
    omni_txn_end(txn);
}
END_TEST

START_TEST(json_has_sorted_keys_and_all_that_is_told)
{
    explain_see("1", 1, "user_id:u email:a@x.org");
    explain_see("2", 2, "user_id:v email:a@x.org");
    omni_txn *txn = api_begin(explain_world.store);
    omni_text json;
    ck_assert_int_eq(
        omni_explanation_json(
            txn, explain_pair(txn, "email:a@x.org", "user_id:v"), &json),
        OMNI_OK);
    static const char held[] =
        "\"held_apart\":[{\"a\":\"email:a@x.org\",\"b\":\"user_id:v\","
        "\"because\":\"joining would give user_id 2 values, at most 1\","
        "\"channel\":\"web\",\"event\":\"2\",\"kind\":\"observed\",\"name\":"
        "\"Seen\",\"rule\":\"max_per_profile\",\"source\":\"shop\",\"state\":"
        "\"held\",\"time\":\"2024-01-01T00:00:02Z\"}],\"parts\":[],\"same\":"
        "false,";
    char text[4096];
    snprintf(text, sizeof(text), "%.*s", (int)json.size, json.bytes);
    ck_assert_msg(strstr(text, held) != NULL, "%s", text);
    ck_assert_int_eq(omni_identifier_explanation_json(
                         txn, explain_one(txn, "email:a@x.org"), &json),
                     OMNI_OK);
    snprintf(text, sizeof(text), "%.*s", (int)json.size, json.bytes);
    ck_assert_msg(strstr(text, "\"neighbour_total\":2,\"neighbours\":[{") !=
                      NULL,
                  "%s", text);
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("explain");
    TCase *tcase = tcase_create("explain");
    tcase_add_checked_fixture(tcase, explain_setup, explain_teardown);
    tcase_add_test(tcase, a_chain_has_the_first_event_of_each_link);
    tcase_add_test(tcase,
                   of_ways_of_equal_length_the_first_identifiers_are_told);
    tcase_add_test(tcase, a_link_fact_is_told_with_author_reason_and_id);
    tcase_add_test(tcase, an_alias_is_told_with_its_event);
    tcase_add_test(tcase, a_link_that_a_rule_held_is_in_no_chain);
    tcase_add_test(tcase, the_event_is_one_that_links_and_the_copy_of_its_time);
    tcase_add_test(tcase, ids_of_identifiers_and_profiles_both_lead_there);
    tcase_add_test(tcase, links_of_a_profile_are_each_told_once);
    tcase_add_test(tcase, nobody_is_explained_whom_no_event_names);
    tcase_add_test(tcase, json_has_sorted_keys_and_all_that_is_told);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
