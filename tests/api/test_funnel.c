/* How far people get: what a caller in C can rely on. */
#include "support/api_world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static api_world world;

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
happen(const char *name, const char *user, int64_t hour, const char *channel)
{
    const omni_identifier who = {"user_id", user};
    const omni_event event = {.size = sizeof(event),
                              .name = name,
                              .time_us = API_T0 + hour * API_HOUR,
                              .channel = channel,
                              .identifiers = &who,
                              .identifier_count = 1};
    api_append(world.store, &event);
}

static const omni_funnel_step steps[] = {{"A", NULL}, {"B", NULL}};

static omni_funnel_options
options_of(void)
{
    return (omni_funnel_options){.size = sizeof(omni_funnel_options),
                                 .steps = steps,
                                 .step_count = 2,
                                 .by_channel = true};
}

START_TEST(a_result_stays_until_its_txn_ends)
{
    happen("A", "u1", 0, "web");
    happen("B", "u1", 2, "store");
    happen("A", "u2", 0, "");
    omni_txn *txn = api_begin(world.store);
    omni_funnel_options options = options_of();
    const omni_funnel *found = NULL;
    const omni_funnel *other = NULL;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_OK);
    happen("B", "u2", 3, "web");
    options.within_us = API_HOUR;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &other), OMNI_OK);
    ck_assert_uint_eq(other->steps[1].profiles, 0);
    ck_assert_int_eq(other->steps[1].from_before.median_us, 0);
    ck_assert_uint_eq(found->step_count, 2);
    ck_assert_uint_eq(found->steps[0].profiles, 2);
    ck_assert_uint_eq(found->steps[1].profiles, 1);
    ck_assert_int_eq(found->steps[1].from_first.p90_us, 2 * API_HOUR);
    ck_assert_uint_eq(found->channel_count, 3);
    api_assert_text(found->channels[0].channel, "");
    api_assert_text(found->channels[1].channel, "store");
    ck_assert_uint_eq(found->channels[2].started[1], 1);
    ck_assert_uint_eq(found->channels[1].at[1], 1);
    omni_text json;
    ck_assert_int_eq(omni_funnel_json(txn, other, &json), OMNI_OK);
    ck_assert(json.size > 2 && json.bytes[0] == '{');
    omni_txn_end(txn);
}
END_TEST

START_TEST(what_is_still_to_come_does_not_count)
{
    const omni_identifier who = {"user_id", "u1"};
    omni_event event = {.size = sizeof(event),
                        .name = "A",
                        .time_us = API_T0,
                        .identifiers = &who,
                        .identifier_count = 1};
    api_append(world.store, &event);
    event.name = "B";
    event.time_us = API_T0 + INT64_C(876000) * API_HOUR; /* a hundred years */
    ck_assert_int_eq(api_put(world.store, &event).code, OMNI_FLAGGED_FUTURE);
    omni_txn *txn = api_begin(world.store);
    omni_funnel_options options = options_of();
    const omni_funnel *found = NULL;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_OK);
    ck_assert_uint_eq(found->steps[1].profiles, 0);
    options.has_until = true;
    options.until_us = event.time_us;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_OK);
    ck_assert_uint_eq(found->steps[1].profiles, 0);
    ++options.until_us;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_OK);
    ck_assert_uint_eq(found->steps[1].profiles, 1);
    omni_txn_end(txn);
}
END_TEST

static int
stop(void *user, uint64_t done, uint64_t total)
{
    ++*(unsigned *)user;
    return done <= total;
}

START_TEST(what_cannot_be_leaves_the_result_alone)
{
    const omni_funnel_step bad[] = {{"A", "1 +"}, {"A", "'x'"}};
    const omni_funnel *found = NULL;
    unsigned calls = 0;
    happen("A", "u1", 0, "web");
    omni_txn *txn = api_begin(world.store);
    omni_funnel_options options = options_of();
    options.step_count = OMNI_FUNNEL_STEPS + 1;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_ERR_ARGUMENT);
    options = options_of();
    options.modes = 32;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_ERR_ARGUMENT);
    options.modes = OMNI_FUNNEL_REENTRY;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_ERR_ARGUMENT);
    options = options_of();
    options.within_us = -1;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_ERR_ARGUMENT);
    options = options_of();
    for (size_t i = 0; i < 2; ++i) {
        options.steps = &bad[i];
        options.step_count = 1;
        ck_assert_int_eq(omni_funnel_run(txn, &options, &found),
                         OMNI_ERR_SYNTAX);
        ck_assert_int_eq(omni_txn_error(txn)->status, OMNI_ERR_SYNTAX);
        ck_assert_str_ne(omni_txn_error(txn)->message, "");
    }
    options = options_of();
    options.progress = stop;
    options.user = &calls;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_ERR_BUSY);
    ck_assert_uint_eq(calls, 1);
    ck_assert_ptr_null(found);
    omni_txn_end(txn);
}
END_TEST

/* What is no condition is refused before any event is looked at: the store
   has none. */
START_TEST(a_condition_is_checked_first)
{
    static const struct {
        const char *condition;
        omni_status status;
        const char *message;
    } cases[] = {
        {"channel", OMNI_ERR_SYNTAX, "gives string, not bool, in step 1"},
        {"channel > 3", OMNI_ERR_SYNTAX, "string > int, in step 1"},
        {"time", OMNI_ERR_SYNTAX, "gives google.protobuf.Timestamp"},
        {"[channel, name].all(a, [channel, name].all(b, properties.l.all(c, "
         "properties.l.all(d, properties.l.all(e, c + d + e > 0)))))",
         OMNI_ERR_LIMIT, "steps"},
        {"properties.x", OMNI_OK, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        const omni_funnel_step step = {"A", cases[i].condition};
        const omni_funnel *found = NULL;
        omni_txn *txn = api_begin(world.store);
        omni_funnel_options options = options_of();
        options.steps = &step;
        options.step_count = 1;
        ck_assert_int_eq(omni_funnel_run(txn, &options, &found),
                         cases[i].status);
        if (cases[i].status != OMNI_OK) {
            const char *message = omni_txn_error(txn)->message;
            ck_assert_msg(strstr(message, cases[i].message) != NULL, "%s",
                          message);
        }
        omni_txn_end(txn);
    }
}
END_TEST

START_TEST(a_condition_has_its_bound)
{
    const omni_funnel_step endless = {
        "A", "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, "
             "[1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, "
             "[1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, "
             "[1,2,3,4,5,6,7,8,9].all(g, a + b + c + d + e + f + g > 0)))))))"};
    const omni_funnel *found = NULL;
    happen("A", "u1", 0, "web");
    omni_txn *txn = api_begin(world.store);
    omni_funnel_options options = options_of();
    options.steps = &endless;
    options.step_count = 1;
    ck_assert_int_eq(omni_funnel_run(txn, &options, &found), OMNI_ERR_LIMIT);
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("funnel");
    TCase *funnel = tcase_create("funnel");
    tcase_add_checked_fixture(funnel, setup, teardown);
    tcase_add_test(funnel, a_result_stays_until_its_txn_ends);
    tcase_add_test(funnel, what_is_still_to_come_does_not_count);
    tcase_add_test(funnel, what_cannot_be_leaves_the_result_alone);
    tcase_add_test(funnel, a_condition_is_checked_first);
    tcase_add_test(funnel, a_condition_has_its_bound);
    suite_add_tcase(suite, funnel);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
