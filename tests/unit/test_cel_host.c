/* What a host adds to the language: qualified functions, variables, intervals
   in which what it told holds. */
#include "support/cel_world.h"

static cel_world world;

static void
setup(void)
{
    cel_world_init(&world);
}

static void
teardown(void)
{
    cel_world_free(&world);
}

/* A count that is one less from the instant 1,000 on. */
static omni__cel_value
count_events(omni__cel_run *run, const omni__cel_value *a, size_t count)
{
    (void)a;
    const bool early = run->now_us < 1000;
    omni__cel_run_hold(run, early ? INT64_MIN : 1000, early ? 1000 : INT64_MAX);
    return omni__cel_int((int64_t)count + (early ? 1 : 0));
}

static omni__cel_value
many(omni__cel_run *run, const omni__cel_value *a, size_t count)
{
    (void)run;
    (void)a;
    return omni__cel_int((int64_t)count);
}

static const omni__cel_overload functions[] = {
    {"events.count", "s", 'i', 5, count_events},
    {"events.count", "sr", 'i', 5, count_events},
    {"events.five", "sssrr", 'i', 5, many},
    {"five", ".ssssr", 'i', 5, many},
    {"price", "", 'm', 5, many},
    {"", "", 0, 0, NULL},
};

static const omni__cel_variable variables[] = {{"now", 't'}, {"traits", 'M'}};

static const omni__cel_environment environment = {
    .variables = variables, .variable_count = 2, .functions = functions};

static omni__cel_value
variable(omni__cel_run *run, uint32_t number)
{
    return number == 0 ? omni__cel_run_now(run) : omni__cel_null();
}

static omni__cel_value
value_of(const char *text, int64_t now_us)
{
    ck_assert_int_eq(cel_world_compile(&world, text, &environment), OMNI_OK);
    return cel_world_run(&world, variable, NULL, now_us);
}

START_TEST(qualified_functions_of_a_host_are_called)
{
    static const char *const holding[] = {
        "events.count('x') == 2",
        "events.count('x', duration('1s')) == 3",
        "events.five('a', 'b', 'c', duration('1s'), duration('2s')) == 5",
        "'a'.five('b', 'c', 'd', duration('1s')) == 5",
        ".events.count('x') == 2",
        "['x'].exists(n, events.count(n) == 2)",
    };
    for (size_t i = 0; i < sizeof(holding) / sizeof(holding[0]); ++i) {
        ck_assert_msg(omni__cel_is(value_of(holding[i], 0), true), "%s",
                      holding[i]);
    }
}
END_TEST

START_TEST(a_local_variable_hides_a_qualified_function)
{
    const omni__cel_value value =
        value_of("[{'a': 1}].exists(events, events.count('x') == 2)", 0);
    ck_assert_int_eq(value.kind, OMNI__CEL_ERROR);
}
END_TEST

START_TEST(what_a_host_says_of_time_narrows_the_interval)
{
    value_of("events.count('x') == 2", 999);
    ck_assert_int_eq(world.run.since_us, INT64_MIN);
    ck_assert_int_eq(world.run.until_us, 1000);
    value_of("events.count('x') == 2", 1000);
    ck_assert_int_eq(world.run.since_us, 1000);
    ck_assert_int_eq(world.run.until_us, INT64_MAX);
    value_of("true || events.count('x') == 2", 1000);
    ck_assert_int_eq(world.run.since_us, INT64_MIN);
    omni__cel_run_hold(&world.run, 10, 20);
    omni__cel_run_hold(&world.run, 5, 15);
    omni__cel_run_hold(&world.run, 7, 17);
    ck_assert_int_eq(world.run.since_us, 10);
    ck_assert_int_eq(world.run.until_us, 15);
}
END_TEST

START_TEST(now_is_a_timestamp_of_its_microsecond)
{
    static const struct {
        int64_t now_us, seconds;
        uint32_t nanoseconds;
    } cases[] = {
        {0, 0, 0},
        {1, 0, 1000},
        {-1, -1, 999999000},
        {-1000000, -1, 0},
        {1714979289123456, 1714979289, 123456000},
        {OMNI__CEL_TIME_MIN * 1000000, OMNI__CEL_TIME_MIN, 0},
        {OMNI__CEL_TIME_END * 1000000 - 1, OMNI__CEL_TIME_END - 1, 999999000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        world.run =
            (omni__cel_run){.arena = &world.arena, .now_us = cases[i].now_us};
        const omni__cel_value now = omni__cel_run_now(&world.run);
        ck_assert_int_eq(now.kind, OMNI__CEL_TIMESTAMP);
        ck_assert_int_eq(now.slope, 1);
        ck_assert_int_eq(now.as.number, cases[i].seconds);
        ck_assert_uint_eq(now.size, cases[i].nanoseconds);
    }
    static const int64_t beyond[] = {INT64_MIN, INT64_MAX,
                                     OMNI__CEL_TIME_MIN * 1000000 - 1,
                                     OMNI__CEL_TIME_END * 1000000};
    for (size_t i = 0; i < 4; ++i) {
        ck_assert_int_eq(value_of("now", beyond[i]).kind, OMNI__CEL_ERROR);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cel_host");
    TCase *tcase = tcase_create("host");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, qualified_functions_of_a_host_are_called);
    tcase_add_test(tcase, a_local_variable_hides_a_qualified_function);
    tcase_add_test(tcase, what_a_host_says_of_time_narrows_the_interval);
    tcase_add_test(tcase, now_is_a_timestamp_of_its_microsecond);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
