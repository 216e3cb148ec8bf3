/* Segments on one profile: what each function says at its edges, and from when
   until when it says so. */
#include "api/segment_rows.h"

#include <check.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;
static omni_txn *txn;
static omni_id anna;

static void
append(const char *json)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    ck_assert_msg(omni_event_append_json(world.store, json, strlen(json),
                                         &summary, &world.error) == OMNI_OK &&
                      summary.taken == 1,
                  "%s: %s", json, world.error.message);
}

/* An event of user anna, an hour and some microseconds after T. */
static void
track(const char *who, const char *name, double hour, int64_t extra_us,
      const char *channel, const char *properties)
{
    static unsigned number;
    char id[32];
    snprintf(id, sizeof(id), "e%u", number++);
    const char *value = strchr(who, ':') + 1;
    char ns[32];
    snprintf(ns, sizeof(ns), "%.*s", (int)(value - 1 - who), who);
    const omni_identifier identifier = {ns, value};
    const omni_event event = {.size = sizeof(event),
                              .name = name,
                              .id = id,
                              .time_us =
                                  T + (int64_t)(hour * (double)H) + extra_us,
                              .channel = channel,
                              .identifiers = &identifier,
                              .identifier_count = 1,
                              .properties_json = properties};
    api_append(world.store, &event);
}

/*
   Anna buys at the hours 1, 2, 3 (CHF), 4 twice (5 and 7 EUR, one by her other
   identifier), and at 100; looks at hour 2.5; more of her is told at 10 and 20.
*/
static void
setup(void)
{
    api_world_make(&world);
    world.options.durability = OMNI_DURABILITY_OFF;
    api_world_open(&world);
    track("user_id:anna", "Buy", 1, 0, "store",
          "{\"revenue\":10.10,\"currency\":\"CHF\",\"sku\":\"a\"}");
    track("user_id:anna", "Buy", 2, 0, "web",
          "{\"revenue\":20,\"total\":21,\"currency\":\"CHF\",\"sku\":\"b\"}");
    track("user_id:anna", "Buy", 3, 0, "web",
          "{\"revenue\":0.000001,\"currency\":\"CHF\",\"sku\":\"a\"}");
    track("user_id:anna", "Look", 2.5, 7, "app", "{\"score\":1.5}");
    track("user_id:anna", "Pay", 4, 0, "web",
          "{\"total\":5,\"currency\":\"EUR\"}");
    track("phone:+41446681800", "Pay", 4, 0, "call_center",
          "{\"total\":7,\"currency\":\"EUR\"}");
    track("user_id:anna", "Pay", 5, 0, "web",
          "{\"value\":1,\"currency\":\"EUR\"}");
    track("user_id:anna", "Big", 6, 0, "web", "{\"revenue\":1e21,\"n\":1e32}");
    track("user_id:anna", "Big", 6, 0, "web", "{\"revenue\":1e32}");
    track("user_id:anna", "Buy", 100, 0, "kiosk",
          "{\"revenue\":1,\"currency\":\"EUR\",\"sku\":\"c\"}");
    append("{\"type\":\"identify\",\"userId\":\"anna\",\"timestamp\":"
           "\"2024-01-01T10:00:00Z\",\"traits\":{\"tier\":\"gold\",\"age\":42,"
           "\"nothing\":null,\"price\":59.90,\"o\":{\"list\":[1,2.5,\"x\"]}}}");
    append("{\"type\":\"identify\",\"userId\":\"anna\",\"timestamp\":"
           "\"2024-01-01T20:00:00Z\",\"traits\":{\"tier\":\"silver\"}}");
    ck_assert_int_eq(
        omni_profile_merge(world.store, (omni_identifier){"user_id", "anna"},
                           (omni_identifier){"phone", "+41446681800"},
                           &(omni_reason){.text = "same", .author = "clerk"},
                           NULL, &world.error),
        OMNI_OK);
    txn = api_begin(world.store);
    anna = api_find(txn, "user_id", "anna");
}

static void
teardown(void)
{
    omni_txn_end(txn);
    api_world_remove(&world);
}

static omni_segment *
compile(const char *text)
{
    omni_segment *segment = NULL;
    ck_assert_msg(omni_segment_compile(world.store, text, strlen(text),
                                       &segment, &world.error) == OMNI_OK,
                  "%s: %s", text, world.error.message);
    return segment;
}

static omni_answer
evaluate(const char *text, int64_t now_us)
{
    omni_answer answer;
    omni_segment *segment = compile(text);
    ck_assert_int_eq(omni_segment_eval(txn, segment, &anna, now_us, &answer),
                     OMNI_OK);
    omni_segment_free(segment);
    ck_assert(answer.valid_since_us <= now_us);
    ck_assert(answer.valid_until_us > now_us);
    return answer;
}

START_TEST(a_function_holds_from_and_until)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        const row *r = &rows[i];
        const omni_answer answer = evaluate(r->text, r->now_us);
        ck_assert_msg(answer.membership == OMNI_MEMBERSHIP_MEMBER, "%s: %s",
                      r->text, answer.error != NULL ? answer.error : "false");
        ck_assert_msg(answer.valid_since_us == r->since_us,
                      "%s: since %" PRId64 ", not %" PRId64, r->text,
                      answer.valid_since_us - T, r->since_us - T);
        ck_assert_msg(answer.valid_until_us == r->until_us,
                      "%s: until %" PRId64 ", not %" PRId64, r->text,
                      answer.valid_until_us - T, r->until_us - T);
    }
}
END_TEST

typedef struct error_row {
    const char *text;
    const char *error;
    const char *part; /* that it is about */
} error_row;

/* An hour before the end of all that happens; errors of evaluation. */
static const error_row errors[] = {
    {"1 == 1 && traits.none > 5", "no such key: none", "traits.none"},
    {"events.sum('Buy', 'revenue') > 5",
     "\"revenue\" is in more than one currency (CHF, EUR); name the one to "
     "take "
     "after the property",
     "events.sum('Buy', 'revenue')"},
    {"events.min('None', 'x') > 5", "no event \"None\" with a number \"x\"",
     "events.min('None', 'x')"},
    {"events.avg('Buy', 'sku', days(9)) > 5",
     "no event \"Buy\" with a number \"sku\"",
     "events.avg('Buy', 'sku', days(9))"},
    {"events.first('None') < now", "no event \"None\"", "events.first('None')"},
    {"events.last('None') < now", "no event \"None\"", "events.last('None')"},
    {"events.count('Buy', now - now) > 5", "a window is longer than nothing",
     "events.count('Buy', now - now)"},
    {"events.sequence([1], hours(1))",
     "a sequence is of names of events, not int",
     "events.sequence([1], hours(1))"},
    {"segment('vip')", "there is no segment \"vip\"", "segment('vip')"},
    {"days(200000 + size(traits)) > days(1)", "a duration is at most 292 years",
     "days(200000 + size(traits))"},
    {"now > traits.tier",
     "no such overload: google.protobuf.Timestamp > string",
     "now > traits.tier"},
    {"true && [traits.tier][size(traits)] == 'x'",
     "a list of 1 has no such item", "[traits.tier][size(traits)]"},
    {"events.list('Buy').exists(e, e.properties.sku)",
     "a condition is bool, not string", "e.properties.sku"},
    {"traits.tier", "a segment is true or false, and not string",
     "traits.tier"},
};

START_TEST(an_error_says_what_and_where)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); ++i) {
        const error_row *r = &errors[i];
        const omni_answer answer = evaluate(r->text, T + 101 * H);
        ck_assert_msg(answer.membership == OMNI_MEMBERSHIP_ERROR, "%s",
                      r->text);
        ck_assert_str_eq(answer.error, r->error);
        char part[128];
        snprintf(part, sizeof(part), "%.*s",
                 (int)(answer.error_end - answer.error_begin),
                 r->text + answer.error_begin);
        ck_assert_str_eq(part, r->part);
    }
}
END_TEST

/* A list of two lists that are the same one, and so on: the text is short, and
   what it says has 2^40 parts. */
START_TEST(what_is_shared_is_walked_within_the_budget)
{
    static const char *const firsts[] = {"now", "1"};
    static const char *const lasts[] = {"v40 == v40", "v40 in [v40]",
                                        "v40.join() == ''"};
    char text[4096];
    for (size_t i = 0; i < 2; ++i) {
        for (size_t k = 0; k < 3; ++k) {
            int size =
                snprintf(text, sizeof(text), "cel.bind(v0,[%s],", firsts[i]);
            for (int level = 1; level <= 40; ++level) {
                size += snprintf(text + size, sizeof(text) - (size_t)size,
                                 "cel.bind(v%d,[v%d,v%d],", level, level - 1,
                                 level - 1);
            }
            size += snprintf(text + size, sizeof(text) - (size_t)size, "%s",
                             lasts[k]);
            memset(text + size, ')', 41);
            text[size + 41] = '\0';
            const omni_answer answer = evaluate(text, T + H);
            ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_ERROR);
            if (k < 2 || i == 0) {
                ck_assert_str_eq(answer.error,
                                 "the expression takes more steps than it may");
            }
        }
    }
}
END_TEST

typedef struct refused_row {
    const char *text;
    omni_status status;
    int64_t offset;
    const char *message; /* the beginning */
} refused_row;

static const refused_row refused[] = {
    {"", OMNI_ERR_SYNTAX, 0, "line 1, column 1"},
    {"true &&", OMNI_ERR_SYNTAX, 7, "line 1, column 8"},
    {"true &&\n  visits > 3", OMNI_ERR_SYNTAX, 10,
     "line 2, column 3: undeclared reference to \"visits\""},
    {"total('x') > 3", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: undeclared function \"total\""},
    {"traits.a || segment(traits.b)", OMNI_ERR_SYNTAX, 12,
     "line 1, column 13: segment() takes a name in quotes"},
    {"n(1) || profile.frist_seen < now", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: undeclared function \"n\""},
    {"true && profile.frist_seen < now", OMNI_ERR_SYNTAX, 8,
     "line 1, column 9: profile has no \"frist_seen\", did you mean "
     "\"first_seen\"? it has first_seen, id, identifiers, last_seen"},
    {"profile['email'] == 'a'", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: profile has no \"email\"; it has first_seen, id, "},
    {"has(profile.email)", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: profile has no \"email\"; it has first_seen, id, "},
    {"profile.?email.hasValue()", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: profile has no \"email\"; it has first_seen, id, "},
    {"events.cuont('Buy') > 1", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: undeclared function \"events.cuont\", did you mean "
     "\"events.count\"?"},
    {"now > timestamp('2026-13-01T00:00:00Z')", OMNI_ERR_SYNTAX, 6,
     "line 1, column 7: "},
    {"events.did('Buy', duration('30 days'))", OMNI_ERR_SYNTAX, 18,
     "line 1, column 19: "},
    {"events.did('Buy', days(7) - days(7))", OMNI_ERR_SYNTAX, 18,
     "line 1, column 19: a window is longer than nothing"},
    {"events.count('Buy') + 1", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: a segment is true or false, and not int"},
    {"events.count('Buy') == 'x'", OMNI_ERR_SYNTAX, 0,
     "line 1, column 1: no such overload: int == string"},
    {"true || events.list('Buy').all(a, events.list('Pay').all(b, a == b))",
     OMNI_ERR_LIMIT, 8, "line 1, column 9: "},
};

START_TEST(what_is_no_condition_is_refused)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); ++i) {
        const refused_row *r = &refused[i];
        omni_segment *segment = NULL;
        ck_assert_int_eq(omni_segment_compile(world.store, r->text,
                                              strlen(r->text), &segment,
                                              &world.error),
                         r->status);
        ck_assert_ptr_null(segment);
        ck_assert_int_eq(world.error.offset, r->offset);
        ck_assert_msg(
            strncmp(world.error.message, r->message, strlen(r->message)) == 0,
            "%s", world.error.message);
    }
}
END_TEST

START_TEST(before_anything_was_seen_there_is_nobody)
{
    omni_answer answer = evaluate("profile.first_seen < now", T);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_ERROR);
    ck_assert_int_eq(answer.valid_until_us, T + H);
    answer = evaluate("profile.last_seen < now", T);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_ERROR);
    ck_assert_int_eq(answer.valid_until_us, T + H);
    answer = evaluate("size(profile.identifiers) == 0", T);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_MEMBER);
}
END_TEST

START_TEST(instants_and_ids_out_of_range_are_told)
{
    omni_answer answer;
    omni_segment *segment = compile("true");
    const omni_id nobody = {{1}};
    ck_assert_int_eq(omni_segment_eval(txn, segment, &anna, INT64_MAX, &answer),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_segment_eval(txn, segment, &nobody, T, &answer),
                     OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_segment_explain(txn, segment, &nobody, T, NULL, NULL),
                     OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_segment_explain(txn, segment, &anna, T, NULL, NULL),
                     OMNI_OK);
    omni_segment_free(segment);
    omni_segment_free(NULL);
}
END_TEST

/* Many events, of three identifiers that are one profile, some at once. */
START_TEST(many_events_over_many_nodes_are_merged)
{
    static const char *const people[] = {"user_id:anna", "phone:+41446681800",
                                         "loyalty_id:c1"};
    char text[128];
    omni_txn_end(txn);
    for (int i = 0; i < 300; ++i) {
        track(people[i % 3], "Tick", 200 + i / 2, 0, "web", NULL);
    }
    ck_assert_int_eq(
        omni_profile_merge(world.store, (omni_identifier){"user_id", "anna"},
                           (omni_identifier){"loyalty_id", "c1"},
                           &(omni_reason){.text = "same", .author = "clerk"},
                           NULL, &world.error),
        OMNI_OK);
    txn = api_begin(world.store);
    for (int hour = 200; hour < 360; hour += 7) {
        for (int length = 1; length < 200; length += 13) {
            const int last = hour < 349 ? hour : 349;
            const int first = hour - length + 1 < 200 ? 200 : hour - length + 1;
            const int count = last < first ? 0 : 2 * (last - first + 1);
            snprintf(text, sizeof(text),
                     "events.count('Tick', hours(%d)) == %d", length, count);
            const omni_answer answer = evaluate(text, T + hour * H);
            ck_assert_msg(answer.membership == OMNI_MEMBERSHIP_MEMBER,
                          "at %d: %s", hour, text);
            const int64_t leaves = T + (first + length) * H;
            const int64_t comes = hour < 349 ? T + (hour + 1) * H : NEVER;
            ck_assert_int_eq(answer.valid_until_us,
                             count != 0 && leaves < comes ? leaves : comes);
        }
    }
}
END_TEST

/* A snapshot answers as it began, whatever is appended meanwhile. */
START_TEST(a_snapshot_does_not_see_later_facts)
{
    omni_answer answer;
    omni_segment *segment = compile("events.count('Buy') == 4");
    track("user_id:anna", "Buy", 50, 0, "web", NULL);
    ck_assert_int_eq(
        omni_segment_eval(txn, segment, &anna, T + 101 * H, &answer), OMNI_OK);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_MEMBER);
    omni_txn *later = api_begin(world.store);
    ck_assert_int_eq(
        omni_segment_eval(later, segment, &anna, T + 101 * H, &answer),
        OMNI_OK);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_NOT_MEMBER);
    omni_txn_end(later);
    omni_segment_free(segment);
}
END_TEST

/* Amounts that the policy names have a currency, too. */
START_TEST(the_policy_may_name_the_amount)
{
    static const char policy[] = "{\"amounts\":{\"*\":[\"price\"]}}";
    omni_policy_result result = {.size = sizeof(result)};
    track("user_id:anna", "Rent", 30, 0, "web",
          "{\"price\":5.5,\"revenue\":7,\"currency\":\"CHF\"}");
    track("user_id:anna", "Rent", 31, 0, "web",
          "{\"price\":6,\"revenue\":8,\"currency\":\"EUR\"}");
    ck_assert_msg(omni_policy_set_json(world.store, policy, strlen(policy),
                                       NULL, &result, &world.error) == OMNI_OK,
                  "%s", world.error.message);
    omni_txn_end(txn);
    txn = api_begin(world.store);
    omni_answer answer =
        evaluate("events.sum('Rent', 'price', 'CHF') == 5.5 && "
                 "events.sum('Rent', 'price', 'EUR', days(9)) == 6 && "
                 "events.sum('Rent', 'revenue') == 15 && "
                 "events.max('Rent', 'revenue', 'EUR') == 8",
                 T + 99 * H);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_MEMBER);
    answer = evaluate("events.sum('Rent', 'price') > 1", T + 99 * H);
    ck_assert_int_eq(answer.membership, OMNI_MEMBERSHIP_ERROR);
    ck_assert_ptr_nonnull(strstr(answer.error, "(CHF, EUR)"));
}
END_TEST

/* Looks at anna, again and again, until there are enough events of hers. */
static void *
read_on(void *given)
{
    const omni_segment *const *segments = given;
    omni_answer answer;
    size_t *wrong = calloc(1, sizeof(*wrong));
    for (bool ended = false; wrong != NULL && !ended;) {
        omni_txn *own = api_begin(world.store);
        for (int i = 0; i < 20; ++i) {
            /* The number of events and the length of the list are one. */
            *wrong += omni_segment_eval(own, segments[0], &anna, T + 999 * H,
                                        &answer) != OMNI_OK ||
                      answer.membership != OMNI_MEMBERSHIP_MEMBER;
        }
        *wrong += omni_segment_eval(own, segments[1], &anna, T + 999 * H,
                                    &answer) != OMNI_OK;
        ended = answer.membership == OMNI_MEMBERSHIP_MEMBER;
        omni_txn_end(own);
    }
    return wrong;
}

START_TEST(threads_share_a_segment_while_events_come)
{
    pthread_t threads[3];
    omni_segment *segments[] = {
        compile("events.count('New') == size(events.list('New')) && "
                "events.count('New', days(99)) == events.count('New')"),
        compile("events.count('New') == 60")};
    for (size_t i = 0; i < 3; ++i) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_on, segments),
                         0);
    }
    for (int i = 0; i < 60; ++i) {
        track("user_id:anna", "New", 300 - i, i, "web", NULL);
    }
    for (size_t i = 0; i < 3; ++i) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        ck_assert_ptr_nonnull(wrong);
        ck_assert_uint_eq(*(size_t *)wrong, 0);
        free(wrong);
    }
    omni_segment_free(segments[0]);
    omni_segment_free(segments[1]);
}
END_TEST

typedef struct why_row {
    const char *text;
    const char *why;  /* of the JSON, from there on */
    const char *told; /* the text */
} why_row;

/* At the fourth hour. */
static const why_row whys[] = {
    {"events.count('Buy', hours(3)) >= 2 && traits.tier == 'gold'",
     "{\"error\":{\"begin\":38,\"end\":49,\"message\":\"no such key: tier\"},"
     "\"membership\":\"error\",\"valid_since\":\"2024-01-01T04:00:00Z\","
     "\"valid_until\":\"2024-01-01T05:00:00Z\",\"why\":[{\"clause\":"
     "\"traits.tier == 'gold'\",\"error\":\"no such key: tier\",\"reads\":[{"
     "\"clause\":\"traits.tier\",\"error\":\"no such key: tier\","
     "\"valid_since\":null,\"valid_until\":\"2024-01-01T10:00:00Z\"}],"
     "\"valid_since\":null,\"valid_until\":\"2024-01-01T10:00:00Z\"}]}",
     "error until 2024-01-01T05:00:00Z\n"
     "  traits.tier == 'gold': error: no such key: tier until "
     "2024-01-01T10:00:00Z\n"
     "    traits.tier: error: no such key: tier until "
     "2024-01-01T10:00:00Z\n"},
    {"events.did('Buy') && (false || events.sum('Pay', 'total') > 3.5)",
     "{\"membership\":\"member\",\"valid_since\":\"2024-01-01T04:00:00Z\","
     "\"valid_until\":null,\"why\":[{\"clause\":"
     "\"events.did('Buy')\",\"reads\":[],\"valid_since\":"
     "\"2024-01-01T01:00:00Z\",\"valid_until\":null,\"value\":true},{"
     "\"clause\":\"events.sum('Pay', 'total') > 3.5\",\"reads\":[{"
     "\"clause\":\"events.sum('Pay', 'total')\",\"valid_since\":"
     "\"2024-01-01T04:00:00Z\",\"valid_until\":null,"
     "\"value\":12}],\"valid_since\":\"2024-01-01T04:00:00Z\","
     "\"valid_until\":null,\"value\":true}]}",
     "member, for ever\n"
     "  events.did('Buy') is true\n"
     "  events.sum('Pay', 'total') > 3.5 is true\n"
     "    events.sum('Pay', 'total') is 12\n"},
    {"!has(traits.none) ? 1.5 in [2.5] : false",
     "{\"membership\":\"not member\",\"valid_since\":null,\"valid_until\":null,"
     "\"why\":[{\"clause\":\"has(traits.none)\",\"reads\":[],\"valid_since\":"
     "null,\"valid_until\":null,\"value\":false},{\"clause\":"
     "\"1.5 in [2.5]\",\"reads\":[],\"valid_since\":null,\"valid_until\":null,"
     "\"value\":false}]}",
     "not member, for ever\n"
     "  has(traits.none) is false\n"
     "  1.5 in [2.5] is false\n"},
};

START_TEST(an_explanation_names_what_decided)
{
    omni_text json;
    omni_text text;
    const why_row *r = &whys[_i];
    omni_segment *segment = compile(r->text);
    ck_assert_int_eq(
        omni_segment_explain(txn, segment, &anna, T + 4 * H, &json, &text),
        OMNI_OK);
    ck_assert_msg(api_is(json, r->why), "%.*s", (int)json.size, json.bytes);
    ck_assert_msg(api_is(text, r->told), "%.*s", (int)text.size, text.bytes);
    omni_segment_free(segment);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("segment");
    TCase *tcase = tcase_create("segment");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_function_holds_from_and_until);
    tcase_add_test(tcase, an_error_says_what_and_where);
    tcase_add_test(tcase, what_is_shared_is_walked_within_the_budget);
    tcase_add_test(tcase, what_is_no_condition_is_refused);
    tcase_add_test(tcase, before_anything_was_seen_there_is_nobody);
    tcase_add_test(tcase, instants_and_ids_out_of_range_are_told);
    tcase_add_test(tcase, many_events_over_many_nodes_are_merged);
    tcase_add_test(tcase, a_snapshot_does_not_see_later_facts);
    tcase_add_test(tcase, the_policy_may_name_the_amount);
    tcase_add_test(tcase, threads_share_a_segment_while_events_come);
    tcase_add_loop_test(tcase, an_explanation_names_what_decided, 0,
                        (int)(sizeof(whys) / sizeof(whys[0])));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
