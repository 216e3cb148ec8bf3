/*
   Stored segments: which events let a profile be looked at. Those that cannot
   have changed an answer do not; here are the ones that can.
*/
#include "support/segments_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const people[] = {"a", "b", "c"};

static omni_fact_id
happen(const char *who, int64_t time_us, const char *channel,
       const char *properties)
{
    static unsigned number;
    char id[32];
    snprintf(id, sizeof(id), "e%u", ++number);
    const omni_identifier name = {"user_id", who};
    const omni_event event = {.size = sizeof(event),
                              .name = "Bought",
                              .id = id,
                              .time_us = time_us,
                              .channel = channel,
                              .identifiers = &name,
                              .identifier_count = 1,
                              .properties_json = properties};
    omni_event_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_event_append(world.store, &event, &result, &world.error);
    ck_assert_msg(status >= 0, "%s", world.error.message);
    return result.fact;
}

static void
assert_feed(const char *wanted)
{
    static uint64_t seen;
    if (wanted == NULL) {
        seen = 0;
        return;
    }
    const char *found = feed(seen, people, 3);
    ck_assert_str_eq(found, wanted);
    for (; *found != '\0'; ++found) {
        seen += *found == '@';
    }
}

/* Who is in by a sum is not asked with every event: an amount below nothing
   makes it less all the same, and another currency makes it none. */
START_TEST(a_sum_that_falls_is_seen_at_once)
{
    assert_feed(NULL);
    set("big", "events.sum(\"Bought\", \"revenue\", \"\") >= 10");
    set("day", "10 <= events.sum(\"Bought\", \"revenue\", \"\", days(1))");
    set("mix", "events.sum(\"Bought\", \"revenue\", days(1)) >= 10");
    tick_all(now);
    happen("a", now, "web", "{\"revenue\":12}");
    happen("a", now, "web", "{\"revenue\":5}");
    happen("a", now, "web", "{\"revenue\":1e60}"); /* is no amount */
    happen("a", now, "web", "{\"revenue\":\"-9\",\"value\":-9}");
    assert_feed("+a:big@0 +a:day@0 +a:mix@0 ");
    now += API_SECOND;
    happen("a", now, "web", "{\"revenue\":1,\"currency\":\"CHF\"}");
    assert_feed("-a:mix@1 ");
    now += API_SECOND;
    happen("a", now, "web", "{\"revenue\":-8}");
    assert_feed("-a:big@2 -a:day@2 ");
    ck_assert_uint_eq(members("big", now).count, 0);
    now += API_SECOND;
    happen("a", now, "web", "{\"revenue\":1}");
    assert_feed("+a:big@3 +a:day@3 ");
    /* What came first leaves the window. */
    tick_all(now + DAY - 2 * API_SECOND);
    assert_feed("-a:day@86400 ");
    api_check(world.store);
}
END_TEST

#define BOTH "\"web\" in events.channels() && \"store\" in events.channels()"

START_TEST(a_channel_more_is_seen_at_once)
{
    assert_feed(NULL);
    set("both", BOTH);
    tick_all(now);
    for (int i = 0; i < 40; ++i) {
        happen("a", now + i, i % 2 == 0 ? "web" : "mail", NULL);
        happen("b", now + i, "store", NULL);
    }
    now += API_SECOND;
    assert_feed("");
    const omni_fact_id fact = happen("a", now, "store", NULL);
    happen("b", now, NULL, NULL);
    assert_feed("+a:both@1 ");
    now += API_SECOND;
    happen("b", now, "web", NULL);
    assert_feed("+b:both@2 ");
    const omni_reason reason = {.author = "desk", .text = "it was not so"};
    ck_assert_int_ge(omni_fact_retract(world.store, &fact, &reason, NULL, NULL),
                     0);
    assert_feed("-a:both@2.001 "); /* the segment clock: it never was */
    now += API_SECOND;
    happen("a", now - 2 * API_SECOND, "store", NULL);
    assert_feed("+a:both@1 ");
    api_check(world.store);
}
END_TEST

/* What is to come is not there yet. */
START_TEST(a_channel_that_comes_before_one_to_come_is_seen)
{
    assert_feed(NULL);
    set("both", BOTH);
    tick_all(now);
    happen("a", now + API_HOUR, "web", NULL);
    happen("a", now, "store", NULL);
    happen("b", now, "store", NULL);
    happen("b", now + API_HOUR, "web", NULL);
    assert_feed("");
    now += API_SECOND;
    happen("a", now, "web", NULL);
    assert_feed("+a:both@1 ");
    tick_all(now + API_HOUR);
    assert_feed("+b:both@3600 ");
    api_check(world.store);
}
END_TEST

/* What is in no window of a name is passed over: the longest counts, of each
   segment its own, and all events where one is without. */
START_TEST(an_event_of_long_ago_is_seen_where_it_counts)
{
    assert_feed(NULL);
    set("hour", "events.did(\"Bought\", hours(1))");
    set("longest", "events.did(\"Bought\", minutes(1)) || "
                   "events.count(\"Bought\", days(2)) >= 2 || "
                   "events.did(\"Bought\", minutes(2))");
    set("other", "events.count(\"Bought\", days(3)) == 1");
    set("row", "events.sequence([\"Bought\"], days(4))");
    set("ever", "events.count(\"Bought\") >= 3 && "
                "!events.did(\"Bought\", hours(1))");
    tick_all(now);
    const int64_t clock_us = now + 999;
    happen("a", clock_us - API_HOUR + 1, "web", NULL);
    assert_feed("+a:hour@-3600 +a:other@-3600 "
                "+a:row@-3600 ");
    happen("b", clock_us - API_HOUR, "web", NULL);
    assert_feed("+b:other@-3600 +b:row@-3600 ");
    happen("b", clock_us - DAY, "web", NULL);
    assert_feed("+b:longest@-3600 -b:other@-3600 ");
    happen("b", clock_us - 9 * DAY, "web", NULL);
    assert_feed("+b:ever@0.000999 ");
    happen("c", clock_us - 3 * DAY - API_HOUR, "web", NULL);
    assert_feed("+c:row@-262800 ");
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("segments and events");
    TCase *tests = tcase_create("segments and events");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_sum_that_falls_is_seen_at_once);
    tcase_add_test(tests, a_channel_more_is_seen_at_once);
    tcase_add_test(tests, a_channel_that_comes_before_one_to_come_is_seen);
    tcase_add_test(tests, an_event_of_long_ago_is_seen_where_it_counts);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
