/*
   The feed of profiles: what it tells and what not, which fact of a group did
   it, and that who reads on is told when the feed was written anew.
*/
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER(value) API_NAME("user_id", value)
#define MAIL(value) API_NAME("email", value)
#define COOKIE(value) API_NAME("anonymous_id", value)

static api_world world;
static const omni_reason why = {.text = "so"};

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

/* ---- groups of facts ---- */

static omni_batch *
begin(void)
{
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    omni_batch *batch;
    ck_assert_int_eq(omni_batch_new(world.store, &options, &batch, NULL),
                     OMNI_OK);
    return batch;
}

static void
end(omni_batch *batch)
{
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error),
        OMNI_OK);
    omni_batch_free(batch);
}

/* Somebody was seen, by one name or by two. */
static void
see(omni_batch *batch, const char *id, int second, omni_identifier a,
    omni_identifier b)
{
    const omni_identifier who[2] = {a, b};
    const omni_event event = api_viewed(id, API_T0 + second * API_SECOND, who,
                                        b.value != NULL ? 2 : 1);
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
}

static const omni_identifier nobody = {.ns = NULL};

static void
see_alone(const char *id, int second, omni_identifier a, omni_identifier b)
{
    omni_batch *batch = begin();
    see(batch, id, second, a, b);
    end(batch);
}

/* ---- the feed as text ---- */

typedef struct called {
    omni_id id;
    const char *name;
} called;

static called names[16];
static size_t name_count;

/* Remember ids of identifiers, to be told by their values. */
static void
learn(omni_identifier identifier)
{
    omni_txn *txn = api_begin(world.store);
    called *at = &names[name_count];
    if (omni_identifier_find(txn, identifier, &at->id) == OMNI_OK) {
        at->name = identifier.value;
        ++name_count;
    }
    omni_txn_end(txn);
}

static const char *
name_of(const omni_id *id)
{
    for (size_t i = name_count; i-- > 0;) {
        if (memcmp(&names[i].id, id, sizeof(*id)) == 0) {
            return names[i].name;
        }
    }
    return "-";
}

/* Number of a fact in its group, from 0, by the feed of facts. */
static int
number_of(const omni_fact_id *wanted)
{
    omni_facts *facts;
    omni_fact fact;
    int number = 0;
    ck_assert_int_eq(omni_facts_open(world.store, NULL, &facts, NULL), OMNI_OK);
    while (omni_facts_next(facts, &fact) == OMNI_OK &&
           memcmp(&fact.id, wanted, sizeof(*wanted)) != 0) {
        number = fact.group_end ? 0 : number + 1;
    }
    ck_assert_mem_eq(&fact.id, wanted, sizeof(*wanted));
    omni_facts_close(facts);
    return number;
}

/* The fact of an event by its id. */
static omni_fact_id
fact_of(const char *id)
{
    omni_facts *facts;
    omni_fact fact;
    ck_assert_int_eq(omni_facts_open(world.store, NULL, &facts, NULL), OMNI_OK);
    do {
        ck_assert_int_eq(omni_facts_next(facts, &fact), OMNI_OK);
    } while (fact.kind != OMNI_FACT_EVENT || !api_is(fact.event.id, id));
    const omni_fact_id found = fact.id;
    omni_facts_close(facts);
    return found;
}

static omni_feed_position last; /* that was told */

/* Changes behind the last, as "a joined b by 2 ". */
static const char *
told(void)
{
    static char text[2000];
    omni_txn *txn = api_begin(world.store);
    omni_profile_change change;
    omni_status status;
    text[0] = '\0';
    while ((status = omni_profile_change_next(txn, &last, &change)) ==
           OMNI_OK) {
        char line[120];
        snprintf(line, sizeof(line), "%s %s %s by %d; ",
                 name_of(&change.profile),
                 omni_profile_change_name(change.kind), name_of(&change.other),
                 number_of(&change.fact));
        ck_assert_uint_lt(strlen(text) + strlen(line), sizeof(text));
        strcat(text, line);
        last = change.position;
    }
    ck_assert_msg(status == OMNI_END, "%s", omni_txn_error(txn)->message);
    omni_txn_end(txn);
    return text;
}

static void
start(void)
{
    last = (omni_feed_position){.epoch = 0};
    name_count = 0;
}

/* ---- what is told ---- */

START_TEST(new_identifiers_and_new_profiles_are_no_changes)
{
    start();
    see_alone("1", 1, USER("u"), nobody);
    see_alone("2", 2, USER("u"), MAIL("a@x.ch"));
    see_alone("3", 3, USER("v"), MAIL("b@x.ch"));
    see_alone("4", 4, USER("v"), nobody);
    ck_assert_str_eq(told(), "");
}
END_TEST

START_TEST(who_logs_in_is_renamed_or_joins)
{
    start();
    see_alone("1", 1, COOKIE("c"), nobody);
    see_alone("2", 2, COOKIE("d"), nobody);
    learn(COOKIE("c"));
    learn(COOKIE("d"));
    see_alone("3", 3, COOKIE("c"), USER("u"));
    learn(USER("u"));
    ck_assert_str_eq(told(), "c renamed u by 0; ");
    see_alone("4", 4, COOKIE("d"), USER("u"));
    ck_assert_str_eq(told(), "d joined u by 0; ");
}
END_TEST

START_TEST(a_split_and_an_end_are_told)
{
    omni_event_result result;
    start();
    see_alone("0", 0, USER("u"), nobody);
    see_alone("1", 1, USER("u"), MAIL("a@x.ch"));
    learn(USER("u"));
    learn(MAIL("a@x.ch"));
    ck_assert_int_eq(omni_profile_split(world.store, USER("u"), MAIL("a@x.ch"),
                                        &why, NULL, NULL),
                     OMNI_OK);
    ck_assert_str_eq(told(), "u split a@x.ch by 0; ");
    const omni_identifier who[1] = {USER("w")};
    const omni_event event = api_viewed("2", API_T0, who, 1);
    result = api_put(world.store, &event);
    learn(USER("w"));
    ck_assert_int_eq(
        omni_fact_retract(world.store, &result.fact, &why, NULL, NULL),
        OMNI_OK);
    ck_assert_str_eq(told(), "w ended - by 0; ");
}
END_TEST

START_TEST(a_correction_in_one_group_changes_nothing)
{
    start();
    const omni_identifier who[2] = {USER("u"), MAIL("a@x.ch")};
    const omni_event wrong = api_viewed("1", API_T0, who, 2);
    const omni_event_result result = api_put(world.store, &wrong);
    omni_batch *batch = begin();
    ck_assert_int_eq(omni_batch_add_retract(batch, &result.fact, &why),
                     OMNI_OK);
    see(batch, "2", 0, USER("u"), MAIL("a@x.ch"));
    end(batch);
    ck_assert_str_eq(told(), "");
}
END_TEST

START_TEST(who_comes_to_somebody_corrected_joins_them)
{
    start();
    const omni_identifier who[2] = {USER("u"), MAIL("a@x.ch")};
    const omni_event wrong = api_viewed("1", API_T0, who, 2);
    const omni_event_result result = api_put(world.store, &wrong);
    see_alone("c", 5, COOKIE("c"), nobody);
    learn(MAIL("a@x.ch"));
    learn(COOKIE("c"));
    omni_batch *batch = begin();
    ck_assert_int_eq(omni_batch_add_retract(batch, &result.fact, &why),
                     OMNI_OK);
    see(batch, "2", 0, USER("u"), MAIL("a@x.ch"));
    see(batch, "3", 6, MAIL("a@x.ch"), COOKIE("c"));
    end(batch);
    ck_assert_str_eq(told(), "c joined a@x.ch by 2; ");
}
END_TEST

START_TEST(a_profile_whose_name_is_gone_is_where_most_of_it_is)
{
    start();
    omni_fact_id facts[2];
    const char *const others[2] = {"x@x.ch", "y@x.ch"};
    for (int i = 0; i < 2; ++i) {
        const omni_identifier who[2] = {USER("u"), MAIL(others[i])};
        const omni_event event = api_viewed(others[i], API_T0, who, 2);
        facts[i] = api_put(world.store, &event).fact;
    }
    for (int i = 0; i < 3; ++i) {
        const char *const more[3] = {"1", "2", "3"};
        see_alone(more[i], 10 + i, MAIL("y@x.ch"), COOKIE(more[i]));
    }
    see_alone("0", -1, USER("u"), nobody);
    see_alone("x", 9, MAIL("x@x.ch"), nobody);
    learn(USER("u"));
    learn(MAIL("x@x.ch"));
    learn(MAIL("y@x.ch"));
    ck_assert_str_eq(told(), "x@x.ch renamed u by 0; ");
    omni_batch *batch = begin();
    for (int i = 0; i < 2; ++i) {
        ck_assert_int_eq(omni_batch_add_retract(batch, &facts[i], &why),
                         OMNI_OK);
    }
    const omni_fact_id alone = fact_of("0");
    ck_assert_int_eq(omni_batch_add_retract(batch, &alone, &why), OMNI_OK);
    end(batch);
    ck_assert_str_eq(told(), "u split x@x.ch by 0; u renamed y@x.ch by 1; ");
}
END_TEST

START_TEST(of_a_group_the_fact_that_did_it_is_told)
{
    start();
    see_alone("0", 0, USER("u"), nobody);
    see_alone("1", 1, USER("u"), MAIL("a@x.ch"));
    see_alone("2", 2, COOKIE("c"), nobody);
    see_alone("3", 3, MAIL("b@x.ch"), nobody);
    learn(USER("u"));
    learn(MAIL("a@x.ch"));
    learn(MAIL("b@x.ch"));
    learn(COOKIE("c"));
    omni_batch *batch = begin();
    see(batch, "4", 10, USER("u"), nobody);
    see(batch, "5", 11, USER("u"), COOKIE("new"));
    ck_assert_int_eq(
        omni_batch_add_merge(batch, USER("u"), MAIL("b@x.ch"), &why), OMNI_OK);
    see(batch, "6", 12, USER("u"), COOKIE("c"));
    see(batch, "7", 13, COOKIE("c"), nobody);
    end(batch);
    /* In the order of their ids, which nobody knows. */
    const char *text = told();
    ck_assert_ptr_nonnull(strstr(text, "c joined u by 3; "));
    ck_assert_ptr_nonnull(strstr(text, "b@x.ch joined u by 2; "));
    batch = begin();
    see(batch, "8", 14, USER("u"), MAIL("a@x.ch"));
    ck_assert_int_eq(
        omni_batch_add_split(batch, USER("u"), MAIL("b@x.ch"), &why), OMNI_OK);
    see(batch, "9", 15, MAIL("b@x.ch"), COOKIE("e"));
    end(batch);
    ck_assert_str_eq(told(), "u split b@x.ch by 1; ");
}
END_TEST

/* Facts that touch much again and again are resolved some at a time. */
START_TEST(of_facts_resolved_together_the_last_is_told)
{
    char id[16];
    char value[16];
    start();
    for (int group = 0; group < 2; ++group) {
        omni_batch *batch = begin();
        for (int i = 0; i < 300; ++i) {
            snprintf(id, sizeof(id), "%d.%d", group, i);
            snprintf(value, sizeof(value), "new%d", group * 300 + i);
            const bool first = group == 1 && i == 0;
            const bool later = group == 1 && i == 100;
            see(batch, id, i, USER("u"),
                first   ? COOKIE("c")
                : later ? COOKIE("d")
                        : COOKIE(i < 200 ? value : "new0"));
        }
        end(batch);
        if (group == 0) {
            see_alone("c", 1, COOKIE("c"), nobody);
            see_alone("d", 1, COOKIE("d"), nobody);
            learn(USER("u"));
            learn(COOKIE("c"));
            learn(COOKIE("d"));
        }
    }
    const char *text = told();
    ck_assert_ptr_nonnull(strstr(text, "c joined u by 0; "));
    const char *later = strstr(text, "d joined u by ");
    ck_assert_ptr_nonnull(later);
    const int by = atoi(later + strlen("d joined u by "));
    ck_assert_int_gt(by, 100);
    ck_assert_int_lt(by, 120);
    api_check(world.store);
}
END_TEST

/* ---- epochs ---- */

static void
set_policy(const char *json)
{
    ck_assert_int_eq(omni_policy_set_json(world.store, json, strlen(json), NULL,
                                          NULL, &world.error),
                     OMNI_OK);
}

static omni_feed_position
feed_end(omni_feed feed)
{
    omni_feed_position out;
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_feed_end(txn, feed, &out), OMNI_OK);
    ck_assert_uint_ne(out.epoch, 0);
    omni_txn_end(txn);
    return out;
}

/* What reading on from positions of both feeds ends with; says `words`. */
static void
assert_stale(const omni_feed_position *profiles,
             const omni_feed_position *segments, const char *words)
{
    omni_txn *txn = api_begin(world.store);
    omni_profile_change change;
    omni_segment_change moved;
    ck_assert_int_eq(omni_profile_change_next(txn, profiles, &change),
                     OMNI_ERR_CONFLICT);
    ck_assert_msg(strstr(omni_txn_error(txn)->message, words) != NULL, "%s",
                  omni_txn_error(txn)->message);
    ck_assert_int_eq(omni_segment_change_next(txn, segments, &moved),
                     OMNI_ERR_CONFLICT);
    omni_txn_end(txn);
}

static void
fill(void)
{
    const omni_segment_definition all = {
        .size = sizeof(all), .name = "all", .expression = "true"};
    ck_assert_int_eq(omni_segment_set(world.store, &all, NULL, NULL), OMNI_OK);
    see_alone("1", 1, COOKIE("c"), nobody);
    see_alone("2", 2, COOKIE("c"), USER("u"));
    see_alone("3", 3, MAIL("a@x.ch"), nobody);
    see_alone("4", 4, MAIL("a@x.ch"), USER("u"));
    learn(COOKIE("c"));
    learn(MAIL("a@x.ch"));
    learn(USER("u"));
}

START_TEST(a_change_of_the_policy_is_told_to_who_reads_on)
{
    start();
    fill();
    ck_assert_str_eq(told(), "c renamed u by 0; a@x.ch joined u by 0; ");
    const omni_feed_position profiles = feed_end(OMNI_FEED_PROFILES);
    const omni_feed_position segments = feed_end(OMNI_FEED_SEGMENTS);
    ck_assert_mem_eq(&profiles, &last, sizeof(last));
    ck_assert_uint_eq(segments.epoch, profiles.epoch);
    ck_assert_uint_ne(segments.sequence, 0);
    /* By another policy somebody else names the profile. */
    set_policy("{\"namespaces\":{\"anonymous_id\":{\"class\":\"person\"}}}");
    assert_stale(&profiles, &segments, "the policy has changed");
    last = (omni_feed_position){.epoch = 0};
    ck_assert_str_eq(told(), "a@x.ch joined c by 0; ");
    ck_assert_uint_ne(last.epoch, profiles.epoch);
    /* By the old one all is as it was, and goes on. */
    set_policy("{\"namespaces\":{\"anonymous_id\":null}}");
    assert_stale(&last, &last, "the policy has changed");
    last = profiles;
    ck_assert_str_eq(told(), "");
    see_alone("5", 5, COOKIE("d"), nobody);
    learn(COOKIE("d"));
    see_alone("6", 6, COOKIE("d"), USER("u"));
    ck_assert_str_eq(told(), "d joined u by 0; ");
    ck_assert_uint_eq(last.sequence, profiles.sequence + 1);
    api_check(world.store);
}
END_TEST

START_TEST(a_setting_that_moves_nobody_keeps_the_epoch)
{
    start();
    fill();
    const omni_feed_position before = feed_end(OMNI_FEED_PROFILES);
    ck_assert_int_eq(omni_policy_set_json(world.store,
                                          "{\"max_identifiers\":500}", 23, NULL,
                                          NULL, &world.error),
                     OMNI_UNCHANGED);
    const omni_feed_position after = feed_end(OMNI_FEED_PROFILES);
    ck_assert_mem_eq(&before, &after, sizeof(before));
}
END_TEST

START_TEST(a_copy_of_the_store_has_another_epoch)
{
    char copy[API_PATH];
    start();
    fill();
    const omni_feed_position profiles = feed_end(OMNI_FEED_PROFILES);
    const omni_feed_position segments = feed_end(OMNI_FEED_SEGMENTS);
    api_world_close(&world);
    api_world_path(&world, "copy", copy);
    api_copy(world.path, copy);
    strcpy(world.path, copy);
    api_world_open(&world);
    assert_stale(&profiles, &segments, "another store");
}
END_TEST

START_TEST(positions_are_checked)
{
    start();
    fill();
    omni_feed_position at = feed_end(OMNI_FEED_PROFILES);
    omni_txn *txn = api_begin(world.store);
    omni_profile_change change = {.made_us = 7};
    ck_assert_int_eq(omni_profile_change_next(txn, &at, &change), OMNI_END);
    ++at.sequence;
    ck_assert_int_eq(omni_profile_change_next(txn, &at, &change),
                     OMNI_ERR_CONFLICT);
    at.epoch = 0; /* not checked */
    ck_assert_int_eq(omni_profile_change_next(txn, &at, &change), OMNI_END);
    at.sequence = UINT64_MAX;
    ck_assert_int_eq(omni_profile_change_next(txn, &at, &change), OMNI_END);
    ck_assert_int_eq(change.made_us, 7);
    ck_assert_int_eq(omni_profile_change_next(txn, NULL, &change), OMNI_OK);
    ck_assert_uint_eq(change.position.sequence, 1);
    ck_assert_int_eq(omni_feed_end(txn, (omni_feed)0, &at), OMNI_ERR_ARGUMENT);
    ck_assert_str_eq(omni_profile_change_name((omni_profile_change_kind)99),
                     "unknown");
    /* As of an instant there is no feed. */
    const omni_id id = api_find(txn, "user_id", "u");
    omni_txn *then;
    ck_assert_int_eq(omni_txn_as_of(txn, &id, 1, API_T0 + API_HOUR, &then),
                     OMNI_OK);
    ck_assert_int_eq(omni_profile_change_next(then, NULL, &change),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_feed_end(then, OMNI_FEED_SEGMENTS, &at),
                     OMNI_ERR_ARGUMENT);
    omni_txn_end(then);
    omni_txn_end(txn);
}
END_TEST

/* ---- whoever folds it ---- */

/* What another process commits is told here, and as it is folded from nothing;
   a plan and a look back leave nothing behind. */
START_TEST(it_is_the_same_whoever_folds_it)
{
    start();
    fill();
    const pid_t child = fork();
    if (child == 0) {
        omni_store *store;
        omni_store_options options = world.options;
        if (omni_store_open(world.path, &options, &store, NULL) != OMNI_OK) {
            _exit(1);
        }
        const omni_status status = omni_profile_split(
            store, MAIL("a@x.ch"), USER("u"), &why, NULL, NULL);
        omni_store_close(store);
        _exit(status == OMNI_OK ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    const char json[] = "{\"max_identifiers\":2}";
    const omni_policy_plan *plan;
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_policy_rehearse(txn, json, strlen(json), NULL, &plan),
                     OMNI_OK);
    ck_assert_uint_eq(plan->split, 0);
    omni_txn_end(txn);
    static const char expected[] = "c renamed u by 0; a@x.ch joined u by 0; "
                                   "u split a@x.ch by 0; ";
    ck_assert_str_eq(told(), expected);
    api_check(world.store);
    api_world_close(&world);
    char tables[API_PATH + 16];
    snprintf(tables, sizeof(tables), "%s/tables.mdb", world.path);
    ck_assert_int_eq(unlink(tables), 0);
    api_world_open(&world);
    last = (omni_feed_position){.epoch = last.epoch};
    ck_assert_str_eq(told(), expected);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("changes");
    TCase *tests = tcase_create("changes");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, new_identifiers_and_new_profiles_are_no_changes);
    tcase_add_test(tests, who_logs_in_is_renamed_or_joins);
    tcase_add_test(tests, a_split_and_an_end_are_told);
    tcase_add_test(tests, a_correction_in_one_group_changes_nothing);
    tcase_add_test(tests, who_comes_to_somebody_corrected_joins_them);
    tcase_add_test(tests, a_profile_whose_name_is_gone_is_where_most_of_it_is);
    tcase_add_test(tests, of_a_group_the_fact_that_did_it_is_told);
    tcase_add_test(tests, of_facts_resolved_together_the_last_is_told);
    tcase_add_test(tests, a_change_of_the_policy_is_told_to_who_reads_on);
    tcase_add_test(tests, a_setting_that_moves_nobody_keeps_the_epoch);
    tcase_add_test(tests, a_copy_of_the_store_has_another_epoch);
    tcase_add_test(tests, positions_are_checked);
    tcase_add_test(tests, it_is_the_same_whoever_folds_it);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
