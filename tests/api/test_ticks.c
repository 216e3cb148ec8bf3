/*
   Ticks over long gaps: what is known of now in advance is in the feed to the
   instant, however long nobody ticked; what is not is looked for in few steps.
   Every turn is held against evaluations at all instants of a grid.
*/
#include "support/segments_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * API_SECOND)
#define TURNS 20000u

static const char *const people[] = {"a", "b", "c"};
#define PEOPLE 3u

typedef struct turn {
    int64_t at_us;
    unsigned who;
    bool entered;
} turn;

typedef struct turns {
    turn list[TURNS];
    size_t count;
} turns;

static turns want;
static turns got;

static void
add(turns *to, int64_t at_us, unsigned who, bool entered)
{
    ck_assert_uint_lt(to->count, TURNS);
    to->list[to->count++] =
        (turn){.at_us = at_us, .who = who, .entered = entered};
}

static bool
is_member(omni_txn *txn, const omni_segment *segment, const omni_id *who,
          int64_t at_us)
{
    omni_answer answer;
    ck_assert_int_eq(omni_segment_eval(txn, segment, who, at_us, &answer),
                     OMNI_OK);
    return answer.membership == OMNI_MEMBERSHIP_MEMBER;
}

/* All turns in (from, to], if there are none but at multiples of `grid_us`. */
static void
turns_by_grid(const char *expression, int64_t from_us, int64_t to_us,
              int64_t grid_us)
{
    omni_segment *segment;
    omni_txn *txn = api_begin(world.store);
    want.count = 0;
    ck_assert_msg(omni_segment_compile(world.store, expression,
                                       strlen(expression), &segment,
                                       &world.error) == OMNI_OK,
                  "%s", world.error.message);
    bool in[PEOPLE];
    omni_id ids[PEOPLE];
    for (unsigned i = 0; i < PEOPLE; ++i) {
        ids[i] = api_find(txn, "user_id", people[i]);
        in[i] = is_member(txn, segment, &ids[i], from_us);
    }
    for (int64_t at = from_us / grid_us * grid_us + grid_us; at <= to_us;
         at += grid_us) {
        for (unsigned i = 0; i < PEOPLE; ++i) {
            const bool now_in = is_member(txn, segment, &ids[i], at);
            if (now_in != in[i]) {
                add(&want, at, i, now_in);
                in[i] = now_in;
            }
        }
    }
    omni_segment_free(segment);
    omni_txn_end(txn);
}

/* The feed of one segment from `after_us` on. */
static void
read_feed(const char *name, int64_t after_us)
{
    omni_segment_change change = {.position = {.sequence = 0}};
    omni_txn *txn = api_begin(world.store);
    omni_id ids[PEOPLE];
    got.count = 0;
    for (unsigned i = 0; i < PEOPLE; ++i) {
        ids[i] = api_find(txn, "user_id", people[i]);
    }
    while (omni_segment_change_next(txn, &change.position, &change) ==
           OMNI_OK) {
        if (change.instant_us <= after_us ||
            change.segment.size != strlen(name) ||
            memcmp(change.segment.bytes, name, change.segment.size) != 0) {
            continue;
        }
        unsigned who = 0;
        while (who < PEOPLE &&
               memcmp(&change.profile, &ids[who], sizeof(ids[who])) != 0) {
            ++who;
        }
        ck_assert_uint_lt(who, PEOPLE);
        add(&got, change.instant_us, who, change.entered);
    }
    omni_txn_end(txn);
}

static int
by_person(const void *a, const void *b)
{
    const turn *x = a;
    const turn *y = b;
    const int order = (x->who > y->who) - (x->who < y->who);
    return order != 0 ? order : (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

/* Order between people is that of ids, and looked at elsewhere. */
static void
assert_same(const char *expression)
{
    for (size_t i = 1; i < got.count; ++i) {
        ck_assert_msg(got.list[i - 1].at_us <= got.list[i].at_us, "%s",
                      expression);
    }
    qsort(want.list, want.count, sizeof(turn), by_person);
    qsort(got.list, got.count, sizeof(turn), by_person);
    for (size_t i = 0; i < want.count && i < got.count; ++i) {
        ck_assert_msg(by_person(&want.list[i], &got.list[i]) == 0 &&
                          want.list[i].entered == got.list[i].entered,
                      "%s: turn %zu of %s is at %lld, and not at %lld",
                      expression, i, people[want.list[i].who],
                      (long long)want.list[i].at_us,
                      (long long)got.list[i].at_us);
    }
    ck_assert_msg(want.count == got.count, "%s: %zu turns, and not %zu",
                  expression, got.count, want.count);
}

/* Three who bought, and are in some of the segments for it. */
static void
begin(const char *name, const char *expression)
{
    buy("a", API_T0 - 40 * DAY, "5");
    buy("b", API_T0 - DAY - 90 * MINUTE, "50");
    buy("c", API_T0 - 30 * MINUTE, "500");
    now = API_T0 + 77;
    set(name, expression);
    now += API_SECOND;
    tick_all(now);
}

/* Ticks until nothing is due; how many profiles were evaluated. */
static uint64_t
tick_to(int64_t at_us, uint64_t budget)
{
    uint64_t processed = 0;
    omni_tick_result result;
    do {
        result = tick(at_us, budget);
        processed += result.processed;
    } while (!result.done);
    return processed;
}

/* Everything known in advance, and how many looks a day of each profile are
   enough for it. */
static const struct {
    const char *expression;
    unsigned a_day;
} known[] = {
    {"now.getHours(\"Europe/Zurich\") >= 18", 2},
    {"now.getHours() in [11, 12, 17]", 6},
    {"now.getDayOfWeek(\"+05:30\") in [0, 6]", 1},
    {"now.getDayOfWeek() == 0 && now.getHours(\"-03:00\") < 12", 2},
    {"now.getMonth() == 1", 0},
    {"now.getDate(\"America/New_York\") % 7 == 3", 1},
    {"now.getHours() * 60 + now.getMinutes() >= 17 * 60 + 30", 25},
    {"int(now) % 86400 < 3600", 2},
    {"(now - profile.first_seen).getHours() >= 48", 0},
    {"(now - events.last(\"Bought\")).getHours() / 24 % 2 == 1", 1},
    {"string(now).startsWith(\"2024-01-1\")", 1},
    {"string(now) >= \"2024-01-20\" && string(now) < \"2024-02-03\"", 1},
    {"profile.first_seen in [timestamp(\"2024-01-01T00:00:00Z\"), now]", 0},
    {"math.greatest(now.getHours(), 9) < 12", 3},
    {"events.did(\"Bought\", now - timestamp(\"2023-12-30T00:00:00Z\"))", 0},
    {"events.did(\"Bought\", days(3)) && now.getHours() < 6", 2},
    {"[now.getHours(), now.getDayOfWeek()] == [7, 1]", 2},
};

START_TEST(what_is_known_is_told_to_the_instant)
{
    const char *expression = known[_i].expression;
    const int64_t end = API_T0 + 35 * DAY + 11 * MINUTE;
    begin("s", expression);
    turns_by_grid(expression, now, end, 30 * MINUTE);
    const uint64_t looks = tick_to(end, 100);
    read_feed("s", now);
    assert_same(expression);
    ck_assert_msg(looks <= PEOPLE * (35 * known[_i].a_day + 5),
                  "%s: %llu looks", expression, (unsigned long long)looks);
    api_check(world.store);
}
END_TEST

/* What is seen each second or so. The last parts are known, and never missed.
 */
static const char *const careful[] = {
    "double(now.getMinutes()) >= 30.0",
    "string(now).contains(\"T12\")",
    "string(now).endsWith(\"00Z\") && events.did(\"Bought\", days(3))",
    "now.getMilliseconds() == 0",
    "string(now - profile.first_seen).startsWith(\"9\")",
};

static const char *const mixed[] = {
    "string(now).contains(\"T25\") || now.getHours() == 5",
    "now.getHours() < 3 && !string(now).contains(\"x\")",
    "!string(now).contains(\"x\") && now.getHours() % 7 == 2",
};

/* All that the feed tells is true, and the last of it who is in. */
static void
assert_true_turns(const char *expression, int64_t end_us)
{
    omni_segment *segment;
    const ids in = members("s", end_us);
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_segment_compile(world.store, expression,
                                          strlen(expression), &segment,
                                          &world.error),
                     OMNI_OK);
    for (size_t i = 0; i < got.count; ++i) {
        const omni_id id = api_find(txn, "user_id", people[got.list[i].who]);
        const int64_t at = got.list[i].at_us;
        ck_assert_msg(is_member(txn, segment, &id, at) == got.list[i].entered &&
                          is_member(txn, segment, &id, at - 1) !=
                              got.list[i].entered,
                      "%s: %lld", expression, (long long)at);
    }
    for (unsigned i = 0; i < PEOPLE; ++i) {
        const omni_id id = api_find(txn, "user_id", people[i]);
        ck_assert(is_member(txn, segment, &id, end_us) == has(&in, people[i]));
    }
    omni_segment_free(segment);
    omni_txn_end(txn);
}

START_TEST(what_is_not_known_ends_soon_and_right)
{
    static turns at_once;
    const char *expression = careful[_i];
    const int64_t end = API_T0 + 35 * DAY + 11 * MINUTE + 12 * API_HOUR;
    begin("s", expression);
    const uint64_t looks = tick_to(end, 1000);
    /* Each is a turn that was found; it takes a few evaluations more. */
    ck_assert_uint_lt(looks, 6000);
    read_feed("s", now);
    assert_true_turns(expression, end);
    api_check(world.store);
    qsort(got.list, got.count, sizeof(turn), by_person);
    at_once = got;
    /* In pieces it is the same. */
    teardown();
    setup();
    begin("s", expression);
    tick_to(end, 50);
    read_feed("s", now);
    qsort(got.list, got.count, sizeof(turn), by_person);
    ck_assert_uint_eq(got.count, at_once.count);
    ck_assert_mem_eq(got.list, at_once.list, got.count * sizeof(turn));
    tick_to(end + 7 * API_SECOND, 1000);
    read_feed("s", now);
    assert_true_turns(expression, end + 7 * API_SECOND);
    api_check(world.store);
}
END_TEST

START_TEST(nothing_is_missed_that_is_ticked_often)
{
    const char *expression = careful[0];
    const int64_t end = API_T0 + 3 * DAY;
    begin("s", expression);
    turns_by_grid(expression, now, end, 30 * MINUTE);
    for (int64_t at = now + 50 * MINUTE; at < end; at += 50 * MINUTE) {
        tick_to(at, 1000);
    }
    tick_to(end, 1000);
    read_feed("s", now);
    assert_same(expression);
}
END_TEST

START_TEST(what_is_known_is_not_missed_beside_what_is_not)
{
    const char *expression = mixed[_i];
    const int64_t end = API_T0 + 35 * DAY + 11 * MINUTE;
    begin("s", expression);
    turns_by_grid(expression, now, end, MINUTE);
    tick_to(end, 1000);
    read_feed("s", now);
    assert_same(expression);
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ticks");
    TCase *tests = tcase_create("ticks");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, what_is_known_is_told_to_the_instant, 0,
                        sizeof(known) / sizeof(known[0]));
    tcase_add_loop_test(tests, what_is_not_known_ends_soon_and_right, 0,
                        sizeof(careful) / sizeof(careful[0]));
    tcase_add_test(tests, nothing_is_missed_that_is_ticked_often);
    tcase_add_loop_test(tests, what_is_known_is_not_missed_beside_what_is_not,
                        0, sizeof(mixed) / sizeof(mixed[0]));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
