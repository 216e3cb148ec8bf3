/* Contested devices (I9): whose the events on them are that name nobody. What
   is there at an hour is one letter: see live(). */
#include "support/segments_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const omni_identifier cookie = {"anonymous_id", "c1"};
static const omni_reason why = {.text = "so", .author = "a test"};

/* An event on the cookie, of a person or of nobody (NULL). */
static omni_event
on_cookie(const char *name, int hour, omni_identifier who[2],
          const char *person)
{
    who[0] = cookie;
    who[1] = API_NAME("user_id", person);
    return (omni_event){.size = sizeof(omni_event),
                        .name = name,
                        .channel = "web",
                        .time_us = API_T0 + hour * API_HOUR,
                        .identifiers = who,
                        .identifier_count = person != NULL ? 2 : 1};
}

static omni_event_result
live(const char *name, int hour, const char *person)
{
    omni_identifier who[2];
    const omni_event event = on_cookie(name, hour, who, person);
    return api_put(world.store, &event);
}

/* Names of the events that a walk shows, the oldest first, in one text; those
   that are nobody's in brackets. */
static const char *
events_of(omni_identifier who, const omni_identifier *device)
{
    static char text[512];
    const omni_timeline_options options = {
        .size = sizeof(options), .oldest_first = true, .device = device};
    omni_txn *txn = api_begin(world.store);
    omni_timeline *timeline;
    omni_timeline_event event;
    omni_id id;
    text[0] = 0;
    ck_assert_int_eq(omni_profile_find(txn, who, &id), OMNI_OK);
    ck_assert_int_eq(omni_timeline_open(txn, &id, &options, &timeline),
                     OMNI_OK);
    while (omni_timeline_next(timeline, &event) == OMNI_OK) {
        const size_t at = strlen(text);
        snprintf(text + at, sizeof(text) - at, event.nobody ? "(%.*s)" : "%.*s",
                 (int)event.name.size, event.name.bytes);
    }
    omni_txn_end(txn);
    return text;
}

static void
assert_events(const char *person, const char *wanted)
{
    ck_assert_str_eq(events_of(API_NAME("user_id", person), NULL), wanted);
}

/* What is nobody's on the cookie, whoever's it is. */
static void
assert_nobody(const char *wanted)
{
    char found[512] = "";
    const char *at = events_of(cookie, &cookie);
    while ((at = strchr(at, '(')) != NULL) {
        const size_t size = strcspn(at, ")") + 1;
        strncat(found, at, size);
        at += size;
    }
    ck_assert_str_eq(found, wanted);
}

static void
assert_contested(uint64_t count)
{
    size_t found = 0;
    omni_txn *txn = api_begin(world.store);
    const omni_profile *profile = api_get(txn, cookie.ns, cookie.value);
    const omni_profile_identifier *names =
        omni_profile_identifiers(profile, &found);
    for (size_t i = 0; i < found; ++i) {
        ck_assert(names[i].contested ==
                  (count != 0 && api_is(names[i].ns, "anonymous_id")));
    }
    omni_txn_end(txn);
    ck_assert_uint_eq(api_stats(world.store).contested, count);
    api_check(world.store);
}

static void
retract(const omni_event_result *event)
{
    ck_assert_int_eq(
        omni_fact_retract(world.store, &event->fact, &why, NULL, &world.error),
        OMNI_OK);
}

/* Anna has the cookie, and then another one; each does something. */
static void
hand_over(const char *another)
{
    live("L", 1, "anna");
    live("a", 2, NULL);
    live("M", 3, another);
    live("b", 4, NULL);
}

START_TEST(a_cookie_that_changes_hands_is_cut_where_the_next_one_logs_in)
{
    live("a", 0, NULL);
    live("L", 1, "anna");
    live("b", 2, NULL);
    assert_contested(0);
    assert_events("anna", "aLb");
    live("M", 7, "bob");
    live("c", 8, NULL);
    live("d", 5, NULL);
    assert_contested(1);
    assert_events("anna", "aLbd");
    assert_events("bob", "Mc");
    /* Only the interval moves. */
    live("N", 4, "carl");
    assert_events("anna", "aLb");
    assert_events("carl", "Nd");
    assert_events("bob", "Mc");
    /* Nor does a login before all others take more than there is. */
    live("K", -1, "dora");
    assert_events("dora", "Ka");
    assert_events("anna", "Lb");
    assert_contested(1);
    assert_nobody("");
}
END_TEST

START_TEST(what_follows_a_sign_out_is_nobodys)
{
    live("a", 1, NULL);
    live("Signed Out", 2, NULL);
    live("b", 3, NULL);
    live("Signed Out", 4, NULL);
    /* Nobody ever logged in: what came before is the device's own. */
    assert_contested(1);
    assert_nobody("(b)(Signed Out)");
    ck_assert_uint_eq(api_count(world.store, cookie.ns, "c1", "a"), 1);
    ck_assert_uint_eq(api_count(world.store, cookie.ns, "c1", "b"), 0);
    ck_assert_uint_eq(api_count(world.store, cookie.ns, "c1", "Signed Out"), 1);
    live("L", 6, "anna");
    live("c", 7, NULL);
    live("Signed Out", 8, "anna");
    live("d", 9, NULL);
    assert_events("anna", "aSigned OutLcSigned Out");
    assert_nobody("(b)(Signed Out)(d)");
    assert_contested(1);
    ck_assert_uint_eq(api_stats(world.store).events, 8);
}
END_TEST

START_TEST(only_a_track_event_signs_out)
{
    omni_identifier who[2];
    omni_event event = on_cookie("Signed Out", 3, who, NULL);
    event.type = OMNI_EVENT_SCREEN;
    live("L", 1, "anna");
    api_append(world.store, &event);
    event.type = OMNI_EVENT_TRACK;
    event.name = "signed out";
    event.time_us += API_HOUR;
    api_append(world.store, &event);
    live("b", 5, NULL);
    assert_contested(0);
    assert_nobody("");
}
END_TEST

START_TEST(where_devices_are_shared_nobody_logs_in)
{
    omni_identifier who[2];
    live("L", 1, "anna");
    live("M", 5, "bob");
    omni_event event = on_cookie("K", 6, who, "carl");
    event.channel = "kiosk";
    api_append(world.store, &event);
    live("a", 7, NULL);
    assert_events("bob", "Ma");
    assert_events("carl", "K");
    /* But who signs out there does. */
    event = on_cookie("Signed Out", 8, who, NULL);
    event.channel = "kiosk";
    api_append(world.store, &event);
    live("b", 9, NULL);
    assert_events("bob", "MaSigned Out");
    assert_nobody("(b)");
    assert_contested(1);
}
END_TEST

START_TEST(a_device_that_ceases_to_be_contested_has_its_events_again)
{
    api_bytes before = {.size = 0};
    api_bytes after = {.size = 0};
    live("a", 0, NULL);
    live("L", 1, "anna");
    live("b", 3, NULL);
    api_dump(world.store, &before);
    const omni_event_result bob = live("M", 2, "bob");
    const omni_event_result out = live("Signed Out", 2, NULL);
    assert_contested(1);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "b"), 0);
    retract(&bob);
    assert_contested(1);
    retract(&out);
    assert_contested(0);
    api_dump(world.store, &after);
    ck_assert_uint_eq(before.size, after.size);
    ck_assert_mem_eq(before.data, after.data, after.size);
    api_bytes_free(&before);
    api_bytes_free(&after);
}
END_TEST

START_TEST(people_who_turn_out_to_be_one_do_not_contest)
{
    omni_statement_result result = {.size = sizeof(result)};
    hand_over("ann");
    assert_contested(1);
    ck_assert_int_eq(omni_profile_merge(world.store,
                                        API_NAME("user_id", "anna"),
                                        API_NAME("user_id", "ann"), &why,
                                        &result, &world.error),
                     OMNI_OK);
    assert_contested(0);
    assert_events("ann", "LaMb");
    ck_assert_int_eq(omni_profile_split(world.store,
                                        API_NAME("user_id", "anna"),
                                        API_NAME("user_id", "ann"), &why,
                                        &result, &world.error),
                     OMNI_OK);
    assert_contested(1);
    assert_events("anna", "La");
    assert_events("ann", "Mb");
}
END_TEST

START_TEST(a_policy_decides_who_shares_a_device)
{
    hand_over("bob");
    assert_contested(1);
    const char *policy =
        "{\"namespaces\":{\"anonymous_id\":{\"class\":\"shared\"}}}";
    ck_assert_int_eq(omni_policy_set_json(world.store, policy, strlen(policy),
                                          NULL, NULL, &world.error),
                     OMNI_OK);
    assert_contested(0);
    assert_events("bob", "M");
    ck_assert_str_eq(events_of(cookie, &cookie), "ab");
}
END_TEST

START_TEST(a_copy_that_knows_who_it_was_cuts_too)
{
    omni_identifier who[2];
    live("L", 1, "anna");
    live("M", 5, "bob");
    live("a", 2, NULL);
    omni_event event = on_cookie("x", 3, who, NULL);
    event.id = "x1";
    api_append(world.store, &event);
    live("b", 4, NULL);
    assert_events("anna", "Laxb");
    event = on_cookie("x", 3, who, "carl");
    event.id = "x1";
    ck_assert_int_eq(api_put(world.store, &event).outcome,
                     OMNI_OUTCOME_DUPLICATE);
    assert_events("anna", "La");
    assert_events("carl", "xb");
    assert_contested(1);
}
END_TEST

START_TEST(figures_and_traits_follow)
{
    omni_identifier who[2];
    omni_event event = on_cookie("Order Completed", 3, who, NULL);
    event.properties_json = "{\"revenue\":5,\"currency\":\"CHF\"}";
    event.traits_json = "{\"city\":\"Bern\"}";
    live("L", 1, "anna");
    live("M", 4, "bob");
    api_append(world.store, &event);
    const char *const owners[] = {"anna", "carl"};
    for (int i = 0; i < 2; ++i) {
        if (i == 1) {
            live("N", 2, "carl");
        }
        omni_txn *txn = api_begin(world.store);
        for (int k = 0; k < 2; ++k) {
            omni_figure figure;
            omni_trait trait;
            omni_id id;
            if (omni_profile_find(txn, API_NAME("user_id", owners[k]), &id) !=
                OMNI_OK) {
                continue;
            }
            const omni_profile *profile = api_get(txn, "user_id", owners[k]);
            const omni_status wanted = k == i ? OMNI_OK : OMNI_NOT_FOUND;
            ck_assert_int_eq(
                omni_profile_figure(profile, "Order Completed", &figure),
                wanted);
            ck_assert_int_eq(omni_profile_trait(profile, "city", &trait),
                             wanted);
            if (k == i) {
                api_assert_text(figure.amounts[0].sum, "5");
                api_assert_text(trait.value_json, "\"Bern\"");
            }
        }
        omni_txn_end(txn);
    }
    assert_contested(1);
}
END_TEST

START_TEST(groups_follow)
{
    omni_identifier who[2];
    omni_event event = on_cookie(NULL, 3, who, NULL);
    event.type = OMNI_EVENT_GROUP;
    event.group_id = "home";
    live("L", 1, "anna");
    live("M", 4, "bob");
    api_append(world.store, &event);
    const char *const owners[] = {"anna", "carl"};
    for (int i = 0; i < 2; ++i) {
        if (i == 1) {
            live("N", 2, "carl");
        }
        omni_txn *txn = api_begin(world.store);
        const omni_group *group;
        ck_assert_int_eq(omni_group_get(txn, "home", &group), OMNI_OK);
        ck_assert_uint_eq(group->member_count, 1);
        api_assert_id(group->members[0], api_find(txn, "user_id", owners[i]));
        omni_txn_end(txn);
    }
    live("Signed Out", 2, NULL);
    assert_contested(1);
}
END_TEST

START_TEST(stored_segments_follow)
{
    set("buyers", "events.did(\"b\")");
    set("now", "events.did(\"b\", hours(4))");
    live("L", 1, "anna");
    live("b", 3, NULL);
    live("M", 4, "bob");
    now = API_T0 + 6 * API_HOUR;
    tick_all(now);
    omni_txn *txn = api_begin(world.store);
    const omni_id anna = api_find(txn, "user_id", "anna");
    const omni_id bob = api_find(txn, "user_id", "bob");
    omni_txn_end(txn);
    for (int i = 0; i < 2; ++i) {
        const char *const names[] = {"buyers", "now"};
        for (int k = 0; k < 2; ++k) {
            const ids found = members(names[k], now);
            ck_assert_uint_eq(found.count, 1);
            api_assert_id(found.list[0], i == 0 ? anna : bob);
        }
        if (i == 0) {
            live("K", 2, "bob");
        }
    }
    live("Signed Out", 5, "bob");
    ck_assert_uint_eq(members("buyers", now).count, 1);
    tick_all(now + 2 * API_HOUR);
    ck_assert_uint_eq(members("now", now + 2 * API_HOUR).count, 0);
    assert_contested(1);
}
END_TEST

START_TEST(a_past_instant_knows_nothing_of_later_logins)
{
    hand_over("bob");
    live("Signed Out", 5, NULL);
    live("c", 6, NULL);
    omni_txn *txn = api_begin(world.store);
    omni_txn *past;
    const omni_id ids[] = {api_find(txn, "user_id", "anna"),
                           api_find(txn, "user_id", "bob")};
    const int wanted[][2] = {{2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 3}};
    for (int hour = 2; hour < 7; ++hour) {
        ck_assert_int_eq(
            omni_txn_as_of(txn, ids, 2, API_T0 + hour * API_HOUR, &past),
            OMNI_OK);
        for (int i = 0; i < 2; ++i) {
            const omni_profile *profile;
            uint64_t count = 0;
            size_t figure_count = 0;
            const omni_figure *figures = NULL;
            if (omni_profile_get(past, &ids[i], &profile) == OMNI_OK) {
                figures = omni_profile_figures(profile, &figure_count);
            }
            for (size_t k = 0; k < figure_count; ++k) {
                count += figures[k].count;
            }
            ck_assert_int_eq((int)count, wanted[hour - 2][i]);
        }
        omni_txn_end(past);
    }
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_common_device_keeps_its_events)
{
    char name[2] = "a";
    for (int i = 0; i < 11; ++i) {
        name[0] = (char)('a' + i);
        live("L", 2 * i, name);
        if (i == 1) {
            live("x", 3, NULL);
            assert_contested(1);
            ck_assert_str_eq(events_of(cookie, NULL), "L");
        }
    }
    live("Signed Out", 30, NULL);
    assert_contested(0);
    ck_assert_str_eq(events_of(cookie, &cookie), "xSigned Out");
}
END_TEST

START_TEST(who_is_known_to_many_had_a_device_then)
{
    char name[] = "user-a";
    omni_identifier who[2] = {cookie, {"email", "desk@x.org"}};
    omni_event event = on_cookie("L", 1, who, NULL);
    who[1] = API_NAME("email", "desk@x.org");
    event.identifier_count = 2;
    api_append(world.store, &event);
    live("a", 2, NULL);
    live("M", 3, "bob");
    live("N", 4, "carl");
    for (int i = 0; i < 11; ++i) {
        name[5] = (char)('a' + i);
        who[0] = API_NAME("user_id", name);
        event.time_us = API_T0 - (i + 1) * API_HOUR;
        api_append(world.store, &event);
    }
    for (int merged = 0; merged < 2; ++merged) {
        omni_statement_result result = {.size = sizeof(result)};
        if (merged != 0) {
            ck_assert_int_eq(omni_profile_merge(world.store,
                                                API_NAME("user_id", "bob"),
                                                API_NAME("user_id", "carl"),
                                                &why, &result, &world.error),
                             OMNI_OK);
        }
        omni_txn *past;
        omni_txn *txn = api_begin(world.store);
        const omni_id desk = api_find(txn, "email", "desk@x.org");
        ck_assert_int_eq(
            omni_txn_as_of(txn, &desk, 1, API_T0 + 1000 * DAY, &past), OMNI_OK);
        omni_txn *const both[] = {txn, past};
        for (int i = 0; i < 2; ++i) {
            const omni_profile *profile;
            omni_figure figure;
            ck_assert_int_eq(omni_profile_get(both[i], &desk, &profile),
                             OMNI_OK);
            ck_assert_int_eq(omni_profile_figure(profile, "a", &figure),
                             merged != 0 ? OMNI_NOT_FOUND : OMNI_OK);
        }
        omni_txn_end(past);
        omni_txn_end(txn);
        assert_contested(merged == 0);
    }
}
END_TEST

/* Who goes with the event names a profile first: the head of theirs is gone
   when the other one is looked at. Found by histories, seed long:44571. */
START_TEST(who_is_no_more_contests_no_device)
{
    const omni_identifier set[2] = {{"crm", "c3"}, {"tv", "t1"}};
    const omni_identifier other = {"device_id", "d0"};
    const omni_event seen = api_viewed("seen", API_T0 - API_HOUR, set, 2);
    const omni_event alone = api_viewed("alone", API_T0, &other, 1);
    const omni_event_result gone = api_put(world.store, &seen);
    api_append(world.store, &alone);
    live("Viewed", 1, NULL);
    ck_assert_int_eq(omni_profile_merge(world.store, other, set[1], &why, NULL,
                                        &world.error),
                     OMNI_OK);
    ck_assert_int_eq(omni_profile_merge(world.store, set[1], cookie, &why, NULL,
                                        &world.error),
                     OMNI_OK);
    ck_assert_int_eq(omni_profile_split(world.store, other, cookie, &why, NULL,
                                        &world.error),
                     OMNI_OK);
    ck_assert_uint_eq(api_stats(world.store).contested, 1);
    retract(&gone);
    ck_assert_uint_eq(api_stats(world.store).contested, 0);
}
END_TEST

/* Many events move at once, in chunks that are cut and joined. */
START_TEST(long_histories_move_as_a_whole)
{
    enum { MANY = 300 };
    omni_identifier who[2];
    for (int i = 0; i < MANY; ++i) {
        omni_event event = on_cookie("x", 0, who, NULL);
        event.time_us += (1 + i) * API_SECOND;
        event.traits_json = i % 7 == 0 ? "{\"n\":1}" : NULL;
        api_append(world.store, &event);
    }
    omni_event event = on_cookie("L", 0, who, "anna");
    api_append(world.store, &event);
    event = on_cookie("M", 0, who, "bob");
    event.time_us += MANY / 2 * API_SECOND;
    const omni_event_result bob = api_put(world.store, &event);
    const uint64_t annas = api_count(world.store, "user_id", "anna", "x");
    ck_assert(annas == MANY / 2 || annas == MANY / 2 - 1);
    ck_assert_uint_eq(annas + api_count(world.store, "user_id", "bob", "x"),
                      MANY);
    assert_contested(1);
    live("Signed Out", 0, NULL);
    ck_assert_uint_eq(api_count(world.store, "user_id", "bob", "x"),
                      MANY - annas);
    retract(&bob);
    assert_contested(1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("devices");
    TCase *tcase = tcase_create("devices");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(
        tcase, a_cookie_that_changes_hands_is_cut_where_the_next_one_logs_in);
    tcase_add_test(tcase, what_follows_a_sign_out_is_nobodys);
    tcase_add_test(tcase, only_a_track_event_signs_out);
    tcase_add_test(tcase, where_devices_are_shared_nobody_logs_in);
    tcase_add_test(tcase,
                   a_device_that_ceases_to_be_contested_has_its_events_again);
    tcase_add_test(tcase, people_who_turn_out_to_be_one_do_not_contest);
    tcase_add_test(tcase, a_policy_decides_who_shares_a_device);
    tcase_add_test(tcase, a_copy_that_knows_who_it_was_cuts_too);
    tcase_add_test(tcase, figures_and_traits_follow);
    tcase_add_test(tcase, groups_follow);
    tcase_add_test(tcase, stored_segments_follow);
    tcase_add_test(tcase, a_past_instant_knows_nothing_of_later_logins);
    tcase_add_test(tcase, a_common_device_keeps_its_events);
    tcase_add_test(tcase, who_is_known_to_many_had_a_device_then);
    tcase_add_test(tcase, who_is_no_more_contests_no_device);
    tcase_add_test(tcase, long_histories_move_as_a_whole);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
