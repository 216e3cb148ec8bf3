/* Stored segments as events come: what is asked again, and what figures tell.
 */
#include "support/segments_world.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const people[] = {"a", "b", "c"};

/* What was bought in a window may be more than all that was. */
START_TEST(what_is_given_back_counts_when_it_was)
{
    set("spent", "events.sum(\"Bought\", \"revenue\", hours(1)) > 10");
    set("owed", "events.sum(\"Bought\", \"revenue\", hours(1)) < 0");
    buy("a", API_T0, "-10");
    now = API_T0 + 2 * API_HOUR;
    buy("a", now, "15");
    ck_assert_uint_eq(members("spent", now).count, 1);
    ck_assert_uint_eq(members("owed", now).count, 0);
    now += 60 * API_SECOND;
    buy("a", now, "-20");
    ck_assert_uint_eq(members("spent", now).count, 0);
    ck_assert_uint_eq(members("owed", now).count, 1);
    tick_all(now + 2 * API_HOUR);
    ck_assert_str_eq(feed(0, people, 3),
                     "+a:owed@0 +a:spent@7200 -a:owed@3600 -a:spent@7260 "
                     "+a:owed@7260 -a:owed@10860 ");
    api_check(world.store);
}
END_TEST

/* With an event more, what asks for at most so many ends; of whichever of many
   segments. */
START_TEST(who_has_too_many_leaves)
{
    static const char *const few[] = {
        "events.count(\"Bought\") <= 1",
        "2 > events.count(\"Bought\", days(1))",
        "!(events.count(\"Bought\") >= 2)",
        "events.sum(\"Bought\", \"revenue\", \"\") < 6",
        "6 >= events.sum(\"Bought\", \"revenue\", \"\", days(1))",
        "events.did(\"Bought\") && events.count(\"Bought\") != 2",
    };
    char name[8];
    for (unsigned i = 0; i < 70; ++i) {
        snprintf(name, sizeof(name), "few%u", i);
        set(name, few[i % 6]);
    }
    tick_all(now);
    buy("a", now, "5");
    for (unsigned bought = 1; bought <= 2; ++bought) {
        for (unsigned i = 0; i < 70; ++i) {
            snprintf(name, sizeof(name), "few%u", i);
            /* As it is stored: the segment clock is at the end of a ms. */
            ck_assert_msg(members(name, now + 999).count == (bought == 1), "%s",
                          few[i % 6]);
        }
        now += API_SECOND;
        buy("a", now, "5");
    }
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("members_many");
    TCase *tests = tcase_create("events");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, who_has_too_many_leaves);
    tcase_add_test(tests, what_is_given_back_counts_when_it_was);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
