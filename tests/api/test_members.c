/*
   Stored segments: who is in them by facts and by time, what the feed says,
   sets of them, and what is refused.
*/
#include "support/segments_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const people[] = {"a", "b", "c"};

START_TEST(facts_and_time_move_people)
{
    set("recent", "events.count(\"Bought\", hours(1)) >= 2");
    buy("a", API_T0, "5");
    ck_assert_uint_eq(members("recent", API_T0).count, 0);
    now += 60 * API_SECOND;
    buy("a", API_T0 + 60 * API_SECOND, "5");
    ck_assert_uint_eq(members("recent", now).count, 1);
    ck_assert_str_eq(feed(0, people, 3), "+a:recent@60 ");
    /* The first is an hour old, and then not counted. */
    ck_assert_uint_eq(members("recent", API_T0 + API_HOUR - 1).count, 1);
    ck_assert_uint_eq(members("recent", API_T0 + API_HOUR).count, 0);
    omni_tick_result result = tick(API_T0 + API_HOUR - 1, 0);
    ck_assert(result.done);
    ck_assert_int_eq(result.next_us, API_T0 + API_HOUR);
    ck_assert_uint_eq(result.processed, 0);
    result = tick(API_T0 + 3 * API_HOUR, 0);
    ck_assert(result.done);
    ck_assert_uint_eq(result.left, 1);
    ck_assert_uint_eq(result.entered, 0);
    ck_assert_str_eq(feed(1, people, 3), "-a:recent@3600 ");
    ck_assert_uint_eq(members("recent", API_T0 + 3 * API_HOUR).count, 0);
    /* Before the segment clock, too. */
    ck_assert_uint_eq(members("recent", API_T0 + 61 * API_SECOND).count, 1);
    ck_assert_uint_eq(members("recent", API_T0 + 59 * API_SECOND).count, 0);
    api_check(world.store);
}
END_TEST

static omni_status
take_away(const char *name, bool force)
{
    const omni_segment_removal removal = {
        .size = sizeof(removal), .name = name, .force = force};
    return omni_segment_delete(world.store, &removal, NULL, &world.error);
}

/* Of a segment at an instant: members and errors, as they are right. */
static void
assert_counts(const char *name, int64_t at_us, uint64_t in, uint64_t errors)
{
    omni_members_counts counts = {.size = sizeof(counts)};
    const omni_members_query query = {.size = sizeof(query),
                                      .segments = &name,
                                      .segment_count = 1,
                                      .has_at = true,
                                      .at_us = at_us};
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, &counts),
                     OMNI_OK);
    ck_assert_uint_eq(counts.members, in);
    ck_assert_uint_eq(counts.errors, errors);
    omni_txn_end(txn);
}

static uint64_t
stored_errors(void)
{
    const omni_segment_info *infos;
    size_t count;
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_segments_read(txn, &infos, &count), OMNI_OK);
    ck_assert_uint_eq(count, 1);
    const uint64_t errors = infos[0].errors;
    omni_txn_end(txn);
    return errors;
}

START_TEST(who_has_no_answer_is_counted_too)
{
    buy("a", now, "5");
    buy("b", now, "5");
    api_track(world.store, "Seen", "s1", now,
              (omni_identifier){"user_id", "c"});
    /* An error of who never bought, and of who did within the hour. */
    set("late", "now - events.last(\"Bought\") >= hours(1) || "
                "traits.missing == 1");
    assert_counts("late", now, 0, 3);
    ck_assert_uint_eq(stored_errors(), 0);
    tick_all(now);
    ck_assert_uint_eq(stored_errors(), 3);
    assert_counts("late", now, 0, 3);
    const int64_t then = now + API_HOUR;
    assert_counts("late", then - 1, 0, 3);
    assert_counts("late", then, 2, 1);
    tick_all(then);
    ck_assert_uint_eq(stored_errors(), 1);
    assert_counts("late", then, 2, 1);
    assert_counts("late", then - 1, 0, 3); /* before the segment clock */
    now = then + 2;
    buy("c", then, "5"); /* its first, now: still no answer */
    ck_assert_uint_eq(stored_errors(), 1);
    const omni_identifier c = {"user_id", "c"};
    const omni_identifier a = {"user_id", "a"};
    ck_assert_int_eq(omni_profile_merge(world.store, a, c,
                                        &(omni_reason){.text = "one"}, NULL,
                                        NULL),
                     OMNI_OK);
    tick_all(now);
    assert_counts("late", now, 1, 1);
    api_check(world.store);
    ck_assert_int_eq(take_away("late", false), OMNI_OK);
    tick_all(now);
    set("late", "events.last(\"None\") < now");
    tick_all(now);
    ck_assert_uint_eq(stored_errors(), 2);
    api_check(world.store);
}
END_TEST

START_TEST(a_new_definition_goes_through_step_by_step)
{
    char who[16];
    for (unsigned i = 0; i < 50; ++i) {
        snprintf(who, sizeof(who), "p%u", i);
        buy(who, API_T0 - i, i % 2 == 0 ? "10" : "1");
    }
    set("big", "events.sum(\"Bought\", \"revenue\") > 5");
    ck_assert_uint_eq(members("big", now).count, 25);
    omni_tick_result result = {.done = false};
    for (unsigned i = 0; !result.done; ++i) {
        ck_assert_uint_lt(i, 20);
        result = tick(now, 7);
        ck_assert_uint_eq(members("big", now).count, 25);
        /* What changes meanwhile is right on both sides of the pointer. */
        snprintf(who, sizeof(who), "p%u", 2 * i + 1);
        if (i < 3) {
            buy(who, now, "1");
        }
    }
    ck_assert_uint_eq(members("big", now).count, 25);
    ck_assert_int_eq(omni_store_tick(world.store, now, 0, NULL, NULL),
                     OMNI_UNCHANGED);
    /* Another condition: only the differences are told. */
    const uint64_t before = 25;
    set("big", "events.sum(\"Bought\", \"revenue\") > 5 && "
               "!events.did(\"Bought\", minutes(10))");
    ck_assert_uint_eq(members("big", now).count, 0);
    now += API_HOUR;
    ck_assert_uint_eq(members("big", now).count, 25);
    tick_all(now);
    ck_assert_uint_eq(members("big", now).count, 25);
    ck_assert_str_eq(feed(before, people, 3), "");
    ck_assert_int_eq(take_away("big", false), OMNI_OK);
    ck_assert_int_eq(take_away("big", false), OMNI_NOT_FOUND);
    result = tick(now, 30);
    ck_assert(!result.done);
    tick_all(now);
    api_check(world.store);
    omni_txn *txn = api_begin(world.store);
    omni_segment_change change = {.position = {.sequence = 49}};
    ck_assert_int_eq(omni_segment_change_next(txn, &change.position, &change),
                     OMNI_OK);
    ck_assert(!change.entered);
    ck_assert_int_eq(omni_segment_change_next(txn, &change.position, &change),
                     OMNI_END);
    omni_txn_end(txn);
}
END_TEST

START_TEST(profiles_that_join_and_split_move)
{
    const omni_reason reason = {.text = "card"};
    set("two", "events.count(\"Bought\") == 2");
    set("nobody_yet", "!events.did(\"Sold\")");
    buy("a", API_T0 - 20 * API_SECOND, "5");
    buy("b", API_T0 - 10 * API_SECOND, "5");
    ck_assert_uint_eq(members("two", now).count, 0);
    ck_assert_uint_eq(members("nobody_yet", now).count, 2);
    const omni_id b = id_of("b");
    ck_assert_int_eq(omni_profile_merge(world.store, API_NAME("user_id", "a"),
                                        API_NAME("user_id", "b"), &reason, NULL,
                                        NULL),
                     OMNI_OK);
    ids two = members("two", now);
    ck_assert_uint_eq(two.count, 1);
    ck_assert(has(&two, "a"));
    ck_assert_uint_eq(members("nobody_yet", now).count, 1);
    api_assert_no_id(id_of("b"), b);
    now += API_HOUR;
    ck_assert_int_eq(omni_profile_split(world.store, API_NAME("user_id", "a"),
                                        API_NAME("user_id", "b"), &reason, NULL,
                                        NULL),
                     OMNI_OK);
    ck_assert_uint_eq(members("two", now).count, 0);
    two = members("nobody_yet", now);
    ck_assert(has(&two, "a") && has(&two, "b"));
    /* As two it was true when b bought; it ended with the split. */
    const char *told = feed(2, people, 2);
    ck_assert_ptr_nonnull(strstr(told, "-b:nobody_yet@0.000999 "));
    ck_assert_ptr_nonnull(strstr(told, "+a:two@-10 "));
    ck_assert_ptr_nonnull(strstr(told, "-a:two@3600 "));
    ck_assert_ptr_nonnull(strstr(told, "+b:nobody_yet@3600 "));
    ck_assert_uint_eq(strlen(told), 65);
    api_check(world.store);
}
END_TEST

START_TEST(segments_that_ask_for_others_follow_them)
{
    set("vip", "segment(\"rich\") && !segment(\"bad\")");
    set("rich", "events.sum(\"Bought\", \"revenue\") >= 100");
    buy("a", now, "100");
    buy("b", now, "1");
    tick_all(now);
    /* Nobody has defined "bad": an error is no member. */
    ck_assert_uint_eq(members("rich", now).count, 1);
    ck_assert_uint_eq(members("vip", now).count, 0);
    set("bad", "events.did(\"Refunded\")");
    ck_assert_uint_eq(members("vip", now).count, 1);
    tick_all(now);
    ck_assert_uint_eq(members("vip", now).count, 1);
    buy("b", now, "99");
    ck_assert_uint_eq(members("vip", now).count, 2);
    set("rich", "events.sum(\"Bought\", \"revenue\") > 100");
    ck_assert_uint_eq(members("vip", now).count, 0);
    tick_all(now);
    ck_assert_uint_eq(members("vip", now).count, 0);
    ck_assert_int_eq(try_set("rich", "segment(\"rich\")"), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(try_set("rich", "segment(\"vip\")"), OMNI_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(world.error.message, "vip asks for it"));
    set("via", "segment(\"vip\")");
    ck_assert_int_eq(try_set("bad", "true || segment(\"via\")"),
                     OMNI_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(
        strstr(world.error.message, "vip asks for it, via for that"));
    api_check(world.store);
}
END_TEST

START_TEST(sets_are_put_together)
{
    const char *const names[] = {"even", "third", "none"};
    char who[16];
    set("even", "traits.n % 2 == 0");
    set("third", "traits.n % 3 == 0");
    set("none", "false");
    for (int i = 0; i < 30; ++i) {
        char traits[32];
        snprintf(who, sizeof(who), "p%d", i);
        snprintf(traits, sizeof(traits), "{\"n\":%d}", i);
        const omni_identifier name = {"user_id", who};
        const omni_event event = {.size = sizeof(event),
                                  .type = OMNI_EVENT_IDENTIFY,
                                  .id = who,
                                  .time_us = now,
                                  .identifiers = &name,
                                  .identifier_count = 1,
                                  .traits_json = traits};
        api_append(world.store, &event);
    }
    ck_assert_uint_eq(combine(names, 2, OMNI_SET_UNION, now).count, 20);
    ck_assert_uint_eq(combine(names, 2, OMNI_SET_INTERSECTION, now).count, 5);
    ck_assert_uint_eq(combine(names, 2, OMNI_SET_DIFFERENCE, now).count, 10);
    ck_assert_uint_eq(combine(names, 3, OMNI_SET_UNION, now).count, 20);
    ck_assert_uint_eq(combine(names, 3, OMNI_SET_INTERSECTION, now).count, 0);
    ck_assert_uint_eq(combine(names, 3, OMNI_SET_DIFFERENCE, now).count, 10);
    ck_assert_uint_eq(combine(names + 2, 1, OMNI_SET_DIFFERENCE, now).count, 0);
    /* And all evaluated, before the clock. */
    tick(now + DAY, 0);
    set("any", "now > timestamp(\"2000-01-01T00:00:00Z\")");
    ck_assert_uint_eq(combine(names, 2, OMNI_SET_INTERSECTION, now).count, 5);
}
END_TEST

START_TEST(what_is_no_segment_is_refused)
{
    char longest[OMNI_LIMIT_SEGMENT_NAME_BYTES + 2];
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    static const char *const names[] = {"", "a b", "\xc3\xa9", "a/b"};
    for (size_t i = 0; i < 4; ++i) {
        ck_assert_int_eq(try_set(names[i], "true"), OMNI_ERR_ARGUMENT);
    }
    ck_assert_int_eq(try_set(longest, "true"), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(try_set(NULL, "true"), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(try_set("a", ""), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(try_set("a", NULL), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(try_set("a", "1 +"), OMNI_ERR_SYNTAX);
    longest[OMNI_LIMIT_SEGMENT_NAME_BYTES] = '\0';
    set(longest, "true");
    set("A-z_0.9", "false");
    const omni_segment_info *infos;
    size_t count;
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_segments_read(txn, &infos, &count), OMNI_OK);
    ck_assert_uint_eq(count, 2);
    api_assert_text(infos[0].name, "A-z_0.9");
    api_assert_text(infos[1].name, longest);
    api_assert_text(infos[0].expression, "false");
    api_assert_text(infos[0].author, "desk");
    api_assert_text(infos[0].reason, "asked");
    ck_assert_int_eq(infos[0].since_us, now);
    ck_assert(!infos[0].filling);
    ck_assert_ptr_null(infos[0].error);
    const char *none = "none";
    omni_members_query query = {
        .size = sizeof(query), .segments = &none, .segment_count = 1};
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, NULL),
                     OMNI_NOT_FOUND);
    query.segment_count = 0;
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    query.segment_count = 1;
    query.has_at = true;
    query.at_us = INT64_MAX;
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_txn_at(txn, INT64_MAX), OMNI_ERR_ARGUMENT);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_chain_of_segments_has_its_length)
{
    char name[8];
    char expression[64];
    set("c0", "events.did(\"Bought\")");
    for (unsigned i = 1; i <= 8; ++i) {
        snprintf(name, sizeof(name), "c%u", i);
        snprintf(expression, sizeof(expression),
                 "segment(\"c%u\") && segment(\"c%u\")", i - 1,
                 i > 3 ? i - 3 : 0);
        set(name, expression);
    }
    buy("a", API_T0, "1");
    tick_all(API_T0 + API_HOUR);
    ck_assert_uint_eq(members("c8", API_T0 + API_HOUR).count, 1);
    /* One longer at either end, or in between. */
    ck_assert_int_eq(try_set("c9", "segment(\"c8\")"), OMNI_ERR_LIMIT);
    set("c0", "segment(\"new\")");
    ck_assert_int_eq(try_set("new", "!events.did(\"Left\")"), OMNI_ERR_LIMIT);
    set("c0", "events.did(\"Bought\")");
    set("new", "!events.did(\"Left\")");
    ck_assert_int_eq(try_set("c0", "segment(\"new\")"), OMNI_ERR_LIMIT);
    set("b", "segment(\"new\")");
    ck_assert_int_eq(try_set("c4", "segment(\"c3\") || segment(\"b\")"),
                     OMNI_OK);
    ck_assert_int_eq(try_set("b", "segment(\"c2\") && segment(\"c3\")"),
                     OMNI_ERR_LIMIT);
    set("c4", "segment(\"b\")");
    set("c9", "segment(\"c8\")");
}
END_TEST

START_TEST(a_profile_names_its_segments)
{
    set("z", "events.did(\"Bought\", hours(1))");
    set("b", "events.did(\"Bought\")");
    set("c", "!events.did(\"Bought\")");
    buy("a", API_T0, "1");
    omni_txn *txn = api_begin(world.store);
    const omni_profile *profile = api_get(txn, "user_id", "a");
    const omni_text *names;
    size_t count;
    omni_text json;
    ck_assert_int_eq(omni_profile_segments(txn, profile, &names, &count),
                     OMNI_OK);
    ck_assert_uint_eq(count, 2);
    api_assert_text(names[0], "b");
    api_assert_text(names[1], "z");
    ck_assert_int_eq(omni_txn_at(txn, API_T0 + API_HOUR), OMNI_OK);
    ck_assert_int_eq(omni_profile_json(txn, profile, &json), OMNI_OK);
    char text[2000];
    snprintf(text, sizeof(text), "%.*s", (int)json.size, json.bytes);
    ck_assert_ptr_nonnull(strstr(text, "\"segments\":[\"b\"]"));
    omni_txn_end(txn);
}
END_TEST

static int
collect(void *user, const void *bytes, size_t size_bytes)
{
    api_bytes_add(user, bytes, size_bytes);
    return 0;
}

START_TEST(a_dump_at_an_instant_lists_them)
{
    set("late", "!events.did(\"Bought\", hours(1))");
    buy("a", API_T0, "1");
    api_bytes plain = {.size = 0};
    api_bytes dump = {.size = 0};
    api_dump(world.store, &plain);
    api_bytes_add(&plain, "", 1);
    ck_assert_ptr_nonnull(strstr(plain.data, "\"segments\":[]"));
    ck_assert_int_eq(omni_store_dump_at(world.store, API_T0 + API_HOUR, collect,
                                        &dump, &world.error),
                     OMNI_OK);
    api_bytes_add(&dump, "", 1);
    ck_assert_ptr_nonnull(strstr(dump.data, "\"segments\":[\"late\"]"));
    ck_assert_int_eq(omni_store_dump_at(world.store, INT64_MAX, collect, &dump,
                                        &world.error),
                     OMNI_ERR_ARGUMENT);
    api_bytes_free(&plain);
    api_bytes_free(&dump);
}
END_TEST

static int
stop_at_once(void *user, uint64_t done, uint64_t total)
{
    uint64_t *seen = user;
    ck_assert_uint_le(done, total);
    seen[0] += 1;
    seen[1] = total;
    return seen[0] == 2 ? 1 : 0;
}

START_TEST(ticking_tells_how_far_it_is_and_can_be_stopped)
{
    uint64_t seen[2] = {0};
    omni_tick_result result = {.size = sizeof(result)};
    char who[16];
    for (unsigned i = 0; i < 12; ++i) {
        snprintf(who, sizeof(who), "p%u", i);
        buy(who, API_T0, "1");
    }
    set("s", "events.did(\"Bought\", days(1))");
    ck_assert_int_eq(omni_store_tick_all(world.store, now, stop_at_once, seen,
                                         &result, &world.error),
                     OMNI_ERR_BUSY);
    ck_assert_uint_eq(seen[1], 12);
    ck_assert_int_eq(omni_store_tick(world.store, now, UINT64_MAX, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    tick_all(now);
    ck_assert_uint_eq(members("s", now).count, 12);
}
END_TEST

static const char *
error_of(const char *name)
{
    static char text[200];
    const omni_segment_info *infos;
    size_t count;
    omni_txn *txn = api_begin(world.store);
    text[0] = '\0';
    ck_assert_int_eq(omni_segments_read(txn, &infos, &count), OMNI_OK);
    for (size_t i = 0; i < count; ++i) {
        if (strcmp(infos[i].name.bytes, name) == 0 && infos[i].error != NULL) {
            snprintf(text, sizeof(text), "%s", infos[i].error);
        }
    }
    omni_txn_end(txn);
    return text;
}

START_TEST(what_others_ask_for_is_not_deleted_by_mistake)
{
    set("base", "true");
    set("b", "segment('base') && true");
    set("c", "!segment('b') && segment('base')");
    ck_assert_int_eq(take_away("base", false), OMNI_ERR_CONFLICT);
    ck_assert_str_eq(world.error.message, "segment base is asked for by b, c");
    ck_assert_int_eq(take_away("b", false), OMNI_ERR_CONFLICT);
    ck_assert_str_eq(error_of("b"), "");
    ck_assert_int_eq(take_away("base", true), OMNI_OK);
    ck_assert_str_eq(error_of("b"),
                     "it asks for segment base, which there is not");
    ck_assert_int_eq(take_away("base", true), OMNI_NOT_FOUND);
    set("base", "true");
    ck_assert_str_eq(error_of("b"), "");
    ck_assert_int_eq(take_away("c", false), OMNI_OK);
    ck_assert_int_eq(take_away("b", false), OMNI_OK);
    ck_assert_int_eq(take_away("base", false), OMNI_OK);
    api_check(world.store);
}
END_TEST

static int
count_one(void *user, const omni_id *id)
{
    (void)id;
    ++*(unsigned *)user;
    return 0;
}

/* How many are listed of all of so many segments. */
static unsigned
listed(const char *const *names, size_t count)
{
    unsigned seen = 0;
    omni_txn *txn = api_begin(world.store);
    const omni_members_query query = {.size = sizeof(query),
                                      .segments = names,
                                      .segment_count = count,
                                      .operation = OMNI_SET_INTERSECTION,
                                      .has_at = true,
                                      .at_us = now + API_SECOND};
    ck_assert_int_eq(omni_segments_members(txn, &query, count_one, &seen, NULL),
                     OMNI_OK);
    omni_txn_end(txn);
    return seen;
}

START_TEST(thousands_move_by_one_tick)
{
    enum { PEOPLE = 1500, SETS = 5 };
    static const char *const names[] = {"s0", "s1", "s2", "s3", "s4"};
    omni_batch *batch;
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, &world.error),
                     OMNI_OK);
    for (unsigned i = 0; i < PEOPLE; ++i) {
        char who[16];
        snprintf(who, sizeof(who), "p%u", i);
        const omni_identifier name = {"user_id", who};
        const omni_event event = api_viewed(who, now, &name, 1);
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    }
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_OFF, &world.error), OMNI_OK);
    omni_batch_free(batch);
    for (size_t i = 0; i < SETS; ++i) {
        set(names[i], "events.did(\"Viewed\")");
    }
    ck_assert_uint_eq(tick(now, 0).entered, SETS * PEOPLE);
    ck_assert_uint_eq(listed(names, SETS), PEOPLE);
    api_check(world.store);
    for (size_t i = 0; i + 1 < SETS; ++i) {
        ck_assert_int_eq(take_away(names[i], false), OMNI_OK);
    }
    set(names[SETS - 1], "!events.did(\"Viewed\")");
    ck_assert_uint_eq(tick(now, 0).left, SETS * PEOPLE);
    ck_assert_uint_eq(listed(names + SETS - 1, 1), 0);
    set(names[0], "events.did(\"Viewed\")");
    ck_assert_uint_eq(listed(names, 1), PEOPLE);
    ck_assert_uint_eq(tick(now, 0).entered, PEOPLE);
    ck_assert_uint_eq(listed(names, 1), PEOPLE);
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("segments");
    TCase *tests = tcase_create("segments");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_chain_of_segments_has_its_length);
    tcase_add_test(tests, facts_and_time_move_people);
    tcase_add_test(tests, a_new_definition_goes_through_step_by_step);
    tcase_add_test(tests, profiles_that_join_and_split_move);
    tcase_add_test(tests, segments_that_ask_for_others_follow_them);
    tcase_add_test(tests, sets_are_put_together);
    tcase_add_test(tests, what_is_no_segment_is_refused);
    tcase_add_test(tests, a_profile_names_its_segments);
    tcase_add_test(tests, a_dump_at_an_instant_lists_them);
    tcase_add_test(tests, ticking_tells_how_far_it_is_and_can_be_stopped);
    tcase_add_test(tests, who_has_no_answer_is_counted_too);
    tcase_add_test(tests, thousands_move_by_one_tick);
    tcase_add_test(tests, what_others_ask_for_is_not_deleted_by_mistake);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
