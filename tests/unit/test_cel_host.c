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

#define S INT64_C(1000000)
#define EVER -1
#define FIRST (OMNI__CEL_TIME_MIN * S)
#define SPAN INT64_C(9223372036854775) /* the longest duration */
#define DAY (INT64_C(86400) * S)
/* 2024-03-31T00:30:00.25Z: half an hour before clocks change in Zurich. */
#define SPRING (INT64_C(1711845000) * S + S / 4)

/* A true expression, and for how long before and after now it holds. */
static const struct {
    const char *text;
    int64_t now_us, before, after;
} spans[] = {
    /* Sums and comparisons are exact. */
    {"now > timestamp(0)", 5, 4, EVER},
    {"now >= timestamp(0)", 5, 5, EVER},
    {"now < timestamp(0) + duration('1us')", -5, EVER, 6},
    {"now <= timestamp(0) + duration('1us')", -5, EVER, 7},
    {"now < timestamp('1970-01-01T00:00:00.000000001Z')", -5, EVER, 6},
    {"now == timestamp(0)", 0, 0, 1},
    {"now != timestamp(0)", 5, 4, EVER},
    {"now != timestamp(0)", -5, EVER, 5},
    {"now != timestamp('1970-01-01T00:00:00.000000001Z')", 5, EVER, EVER},
    {"now - timestamp(0) < duration('24h')", S, S + SPAN, DAY - S},
    {"timestamp(0) > now - duration('24h')", S, S - FIRST - DAY, DAY - S},
    {"duration('10s') > (now - timestamp(0)) + (now - timestamp(0))", S,
     S + SPAN / 2, 4 * S},
    {"now - now == duration('0s') && now == now", S, EVER, EVER},
    {"cel.bind(t, now - duration('1s'), t < timestamp(0))", 0, -FIRST - S, S},
    {"cel.block([now, cel.index(0) - timestamp(0)], cel.index(1) >= "
     "duration('0s'))",
     S, S, SPAN + 1 - S},
    {"(true ? now : timestamp(0)) > timestamp(0)", 5, 4, EVER},
    {"now == 3 || now != 'a'", 5, EVER, EVER},
    {"[timestamp(0)].exists(t, t < now)", 5, 4, EVER},
    /* What holds them moves with them. */
    {"[now] == [timestamp(0)]", 0, 0, 1},
    {"[now, now] != [timestamp(0), timestamp(5)]", 0, EVER, 5 * S},
    {"[now].exists(t, t == timestamp(0))", 0, 0, 1},
    {"[0].map(x, now)[0] == timestamp(0)", 0, 0, 1},
    {"([now] + [timestamp(0)])[0] == timestamp(0)", 0, 0, 1},
    {"{'a': now}.a == timestamp(0)", 0, 0, 1},
    {"{'a': [now]} == {'a': [timestamp(0)]}", 0, 0, 1},
    {"{'a': 0}.transformMap(k, v, now).a == timestamp(0)", 0, 0, 1},
    {"optional.of(now).value() == timestamp(0)", 0, 0, 1},
    {"optional.of(0).optMap(x, now).value() == timestamp(0)", 0, 0, 1},
    {"optional.of(now) == optional.of(timestamp(0))", 0, 0, 1},
    {"now in [timestamp(0)]", 0, 0, 1},
    {"timestamp(0) in [timestamp(7), now]", 0, 0, 1},
    {"!(timestamp(0) in [timestamp(7), now])", -5, EVER, 5},
    {"size([now]) == 1", 5, EVER, EVER},
    {"dyn(now - timestamp(0)) == duration('0s')", 0, 0, 1},
    {"dyn(timestamp(0) - now) == duration('1s')", -S, 0, 1},
    /* What decides is what holds. */
    {"!(now > timestamp(0) && now < timestamp(0))", 5, 5, EVER},
    {"now < timestamp(9) || true", 5, EVER, 9 * S - 5},
    {"now < timestamp(9) && false || true", 5, EVER, EVER},
    {"[1, 2].exists(n, n == 2 || int(now) == n)", 0, EVER, EVER},
    /* Whole numbers move in steps. */
    {"int(now) == -1 && string(now) == '1969-12-31T23:59:59Z'", -3 * S / 4,
     S / 4, 3 * S / 4},
    {"int(now) % 86400 < 100", 7 * S, DAY + 6 * S, 93 * S},
    {"int(now) % 86400 >= 100", 100 * S, 0, DAY - 100 * S},
    {"int(now) / 86400 < 3", DAY, DAY, 2 * DAY},
    {"int(now) > 2.5", 4 * S, S, EVER},
    {"int(now) - 3 >= -int(now)", 4 * S, 2 * S, EVER},
    {"int(now) * 9223372036854775807 == 0", S / 2, S / 2, S / 2},
    {"(now - timestamp(0)).getHours() >= 48", 3 * DAY, DAY, SPAN + 1 - 3 * DAY},
    {"(now - timestamp(0)).getHours() / 24 < 3", DAY, DAY, 2 * DAY},
    {"math.greatest(now.getHours(), 7) > 9", DAY / 2, 2 * 3600 * S, DAY / 2},
    {"now.getHours() * 60 + now.getMinutes() >= 90", 5700 * S, 300 * S,
     1500 * S},
    {"now.getHours() in [1, 5]", 3600 * S, 0, 3600 * S},
    {"{4: 1}[now.getDayOfWeek()] == 1", S, S, DAY - S},
    {"double(now.getHours()) < 0.5", S, S, 3599 * S},
    /* Of texts of instants counts how much of them is looked at. */
    {"string(now).startsWith('1970')", S, S, 365 * DAY - S},
    {"string(now).startsWith('1970-01')", S, S, 31 * DAY - S},
    {"string(now) < '1970-01-02'", S, S, DAY - S},
    {"string(now).substring(11, 13) == '00'", S, S, 3599 * S},
    {"string(now) in ['x', '1970-01-01T00:00:00Z']", S / 4, S / 4, 3 * S / 4},
    /* All else sees the whole second. */
    {"string(now).contains('-01T')", S / 4, S / 4, 3 * S / 4},
    {"optional.ofNonZeroValue(now).hasValue()", S / 4, S / 4, 3 * S / 4},
    {"events.count('x', now - timestamp(0)) == 2", S / 4, S / 4 - 1000,
     3 * S / 4},
    /* Fields hold to the end of what they count. */
    {"now.getFullYear() == 1970", S, S, 365 * DAY - S},
    {"now.getHours() == 0", S, S, 3599 * S},
    {"now.getHours('+05:45') == 5", S, 2701 * S, 899 * S},
    {"now.getMinutes() == 0", S, S, 59 * S},
    {"now.getSeconds() == 1", S + 1, 1, S - 1},
    {"now.getMilliseconds() == 0", S / 4, S / 4, 3 * S / 4},
    {"(now + duration('0.5s')).getSeconds() == 1", S, S / 2, S / 2},
    {"now.getDate('Europe/Zurich') == 31", SPRING, 5400 * S + S / 4,
     1800 * S - S / 4},
    {"now.getHours('Europe/Zurich') == 1", SPRING, 1800 * S + S / 4,
     1800 * S - S / 4},
    {"(now - timestamp(0)).getHours() == 0", S, S, 3599 * S},
    {"(timestamp(0) - now).getHours() == 0", S, S, 3599 * S},
    {"(timestamp(0) - now).getMinutes() == -1", 60 * S, 0, 60 * S},
    {"(now + (now - timestamp(0))).getSeconds() == 2", S + 1, 1, S - 1},
};

START_TEST(what_is_read_of_now_narrows_the_interval)
{
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); ++i) {
        const int64_t now = spans[i].now_us;
        const omni__cel_value value = value_of(spans[i].text, now);
        ck_assert_msg(omni__cel_is(value, true), "%s", spans[i].text);
        const int64_t since = world.run.since_us;
        const int64_t until = world.run.until_us;
        const int64_t before = spans[i].before;
        const int64_t after = spans[i].after;
        ck_assert_msg(since == (before == EVER ? INT64_MIN : now - before),
                      "%s: since %lld", spans[i].text, (long long)since);
        ck_assert_msg(until == (after == EVER ? INT64_MAX : now + after),
                      "%s: until %lld", spans[i].text, (long long)until);
    }
}
END_TEST

START_TEST(no_value_with_a_slope_comes_out)
{
    static const char *const values[] = {
        "now", "now - timestamp(0)", "true ? now : now", "cel.bind(x, now, x)"};
    for (size_t i = 0; i < 4; ++i) {
        const omni__cel_value value = value_of(values[i], S + 7);
        ck_assert_int_eq(value.slope, 0);
        ck_assert_uint_eq(value.size, 0);
        ck_assert_int_eq(world.run.since_us, S);
        ck_assert_int_eq(world.run.until_us, 2 * S);
    }
}
END_TEST

/* At the ends of time, sums that are out of range are errors, and for how long
   is known, too. */
START_TEST(the_ends_of_time_are_exact)
{
    const int64_t first = OMNI__CEL_TIME_MIN * S;
    const int64_t end = OMNI__CEL_TIME_END * S;
    ck_assert_int_eq(value_of("now - duration('1s') < now", first).kind,
                     OMNI__CEL_ERROR);
    ck_assert_int_eq(world.run.since_us, INT64_MIN);
    ck_assert_int_eq(world.run.until_us, first + S);
    ck_assert(
        omni__cel_is(value_of("now - duration('1s') < now", first + S), true));
    ck_assert_int_eq(world.run.since_us, first + S);
    ck_assert_int_eq(world.run.until_us, INT64_MAX);
    ck_assert_int_eq(value_of("now + duration('1s') > now", end - 1).kind,
                     OMNI__CEL_ERROR);
    ck_assert_int_eq(world.run.since_us, end - S);
    ck_assert_int_eq(world.run.until_us, INT64_MAX);
    ck_assert(omni__cel_is(
        value_of("now >= timestamp('9999-12-31T23:59:59.999999Z')", end - 1),
        true));
    ck_assert_int_eq(world.run.since_us, end - 1);
    /* A duration is 64 bits of nanoseconds: 292 years. */
    ck_assert(
        omni__cel_is(value_of("now - timestamp(0) > duration('0s')", 1), true));
    ck_assert_int_eq(world.run.since_us, 1);
    ck_assert_int_eq(world.run.until_us, INT64_C(9223372036854776));
    ck_assert_int_eq(
        value_of("now - timestamp(0) > duration('0s')", end - 1).kind,
        OMNI__CEL_ERROR);
    ck_assert_int_eq(world.run.since_us, INT64_C(9223372036854776));
    ck_assert_int_eq(
        value_of("timestamp(0) - now > duration('0s')", first).kind,
        OMNI__CEL_ERROR);
    ck_assert_int_eq(world.run.until_us, INT64_C(-9223372036854775));
}
END_TEST

START_TEST(now_is_in_a_sum_127_times_at_most)
{
    static char text[8192] = "now";
    for (int i = 0; i < 126; ++i) {
        strcat(text, " + (now - timestamp(0))");
    }
    ck_assert_int_eq(value_of(text, S).kind, OMNI__CEL_TIMESTAMP);
    strcat(text, " + (now - timestamp(0))");
    ck_assert_int_eq(value_of(text, S).kind, OMNI__CEL_ERROR);
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
    tcase_add_test(tcase, what_is_read_of_now_narrows_the_interval);
    tcase_add_test(tcase, no_value_with_a_slope_comes_out);
    tcase_add_test(tcase, the_ends_of_time_are_exact);
    tcase_add_test(tcase, now_is_in_a_sum_127_times_at_most);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
