/* Facts that are taken back, through the public interface. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;

static const omni_identifier mail = {"email", "a@x.org"};
static const omni_identifier card = {"loyalty_id", "7"};
static const omni_identifier till = {"crm", "t"};
static const omni_reason why = {.text = "rung up twice", .author = "till 3"};

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

/* An event of one or two identifiers. */
static omni_event_result
see(const char *id, omni_identifier a, const omni_identifier *b)
{
    const omni_identifier who[2] = {a, b != NULL ? *b : a};
    const omni_event event = api_viewed(id, API_T0, who, b != NULL ? 2 : 1);
    return api_put(world.store, &event);
}

static omni_status
retract(const omni_fact_id *fact, omni_retract_result *result)
{
    *result = (omni_retract_result){.size = sizeof(*result)};
    return omni_fact_retract(world.store, fact, &why, result, &world.error);
}

static int
count_voided(void *user, const omni_voided *voided)
{
    omni_voided *last = user;
    ck_assert(voided->retract.sequence == 0 || voided->reason.size != 0);
    *last = *voided;
    return 0;
}

static bool
same(const omni_fact_id *a, const omni_fact_id *b)
{
    return memcmp(a->replica, b->replica, sizeof(a->replica)) == 0 &&
           a->sequence == b->sequence;
}

START_TEST(an_event_goes_with_all_its_copies_and_comes_back)
{
    omni_retract_result first;
    omni_retract_result other;
    omni_voided voided = {.kind = 0};
    api_bytes before = {.size = 0};
    api_bytes after = {.size = 0};
    see("keep", mail, NULL);
    const omni_event_result one = see("e", card, &till);
    ck_assert_int_eq(see("e", card, &mail).outcome, OMNI_OUTCOME_DUPLICATE);
    ck_assert(api_together(world.store, card, mail));
    api_dump(world.store, &before);
    ck_assert_int_eq(retract(&one.fact, &first), OMNI_OK);
    ck_assert_uint_eq(first.count, 2);
    ck_assert_uint_eq(first.fact.sequence, 4);
    ck_assert_uint_eq(api_stats(world.store).events, 1);
    ck_assert_uint_eq(api_stats(world.store).nodes, 1);
    ck_assert_uint_eq(api_stats(world.store).links, 0);
    ck_assert_uint_eq(api_stats(world.store).voided, 2);
    ck_assert_int_eq(
        omni_store_voided(world.store, count_voided, &voided, NULL), OMNI_OK);
    ck_assert(same(&voided.retract, &first.fact));
    ck_assert_int_eq(voided.kind, OMNI_FACT_EVENT);
    ck_assert_int_eq(retract(&one.fact, &other), OMNI_UNCHANGED);
    ck_assert_uint_eq(other.count, 0);
    ck_assert_uint_eq(other.fact.sequence, 0);
    /* An equal copy is not written; one that knows more is, and is void. */
    const omni_event_result again = see("e", card, &mail);
    ck_assert_int_eq(again.outcome, OMNI_OUTCOME_RETRACTED);
    ck_assert_uint_eq(again.fact.sequence, 0);
    const omni_event_result more = see("e", mail, &till);
    ck_assert_int_eq(more.outcome, OMNI_OUTCOME_RETRACTED);
    ck_assert_uint_ne(more.fact.sequence, 0);
    ck_assert_uint_eq(api_stats(world.store).voided, 3);
    api_check(world.store);
    ck_assert_int_eq(retract(&first.fact, &other), OMNI_OK);
    ck_assert_uint_eq(other.count, 1);
    ck_assert_uint_eq(api_stats(world.store).voided, 1);
    ck_assert_uint_eq(api_stats(world.store).events, 2);
    ck_assert_int_eq(see("e", card, &mail).outcome, OMNI_OUTCOME_DUPLICATE);
    api_check(world.store);
    ck_assert_int_eq(retract(&other.fact, &first), OMNI_OK);
    ck_assert_uint_eq(api_stats(world.store).events, 1);
    api_dump(world.store, &after);
    ck_assert_uint_ne(before.size, after.size);
    api_check(world.store);
    api_bytes_free(&before);
    api_bytes_free(&after);
}
END_TEST

START_TEST(statements_give_way_to_those_before_them)
{
    omni_statement_result merged = {.size = sizeof(merged)};
    omni_statement_result split = {.size = sizeof(split)};
    omni_retract_result made;
    see("1", mail, NULL);
    see("2", card, NULL);
    ck_assert_int_eq(
        omni_profile_merge(world.store, mail, card, &why, &merged, NULL),
        OMNI_OK);
    ck_assert_int_eq(
        omni_profile_split(world.store, mail, card, &why, &split, NULL),
        OMNI_OK);
    ck_assert(!api_together(world.store, mail, card));
    ck_assert_int_eq(retract(&split.fact, &made), OMNI_OK);
    ck_assert(api_together(world.store, mail, card));
    ck_assert_int_eq(retract(&merged.fact, &made), OMNI_OK);
    ck_assert(!api_together(world.store, mail, card));
    ck_assert_uint_eq(api_stats(world.store).statements, 0);
    api_check(world.store);
}
END_TEST

START_TEST(what_cannot_be_retracted_says_why)
{
    omni_retract_result made;
    omni_fact_id fact = see("1", mail, NULL).fact;
    const omni_reason none = {.text = ""};
    fact.check[0] ^= 1;
    ck_assert_int_eq(retract(&fact, &made), OMNI_NOT_FOUND);
    memset(fact.check, 0, sizeof(fact.check));
    fact.sequence = 9;
    ck_assert_int_eq(retract(&fact, &made), OMNI_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(world.error.message, ":9:"));
    fact.sequence = 1;
    ck_assert_int_eq(
        omni_fact_retract(world.store, &fact, &none, NULL, &world.error),
        OMNI_ERR_ARGUMENT);
    ck_assert_uint_eq(api_stats(world.store).facts, 1);
    ck_assert_int_eq(retract(&fact, &made), OMNI_OK);
    ck_assert_uint_eq(api_stats(world.store).nodes, 0);
}
END_TEST

START_TEST(a_batch_tells_what_its_retracts_did)
{
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    omni_retract_result made = {.size = sizeof(made)};
    omni_event_result event = {.size = sizeof(event)};
    omni_statement_result stated = {.size = sizeof(stated)};
    omni_batch *batch;
    const omni_fact_id fact = see("1", mail, &card).fact;
    ck_assert_int_eq(omni_batch_new(world.store, &options, &batch, NULL),
                     OMNI_OK);
    ck_assert_int_eq(omni_batch_add_retract(batch, &fact, &why), OMNI_OK);
    ck_assert_int_eq(omni_batch_add_merge(batch, mail, till, &why), OMNI_OK);
    ck_assert_int_eq(omni_batch_retract_result(batch, 0, &made),
                     OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, NULL),
                     OMNI_OK);
    ck_assert_int_eq(omni_batch_retract_result(batch, 0, &made), OMNI_OK);
    ck_assert_uint_eq(made.count, 1);
    ck_assert_uint_eq(made.fact.sequence, 2);
    ck_assert_int_eq(omni_batch_retract_result(batch, 1, &made),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_batch_result(batch, 0, &event), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_batch_statement_result(batch, 0, &stated),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_batch_statement_result(batch, 1, &stated), OMNI_OK);
    ck_assert(!stated.in_effect);
    omni_batch_free(batch);
}
END_TEST

START_TEST(facts_and_timelines_name_facts)
{
    char text[OMNI_FACT_ID_TEXT_SIZE];
    omni_retract_result made;
    omni_fact_id parsed;
    omni_fact found;
    omni_facts *walk;
    omni_timeline *timeline;
    omni_timeline_event event;
    const omni_fact_id *facts;
    size_t count;
    see("1", card, NULL);
    const omni_event_result one = see("2", mail, NULL);
    see("2", mail, &card);
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, "email", "a@x.org");
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline), OMNI_OK);
    ck_assert_int_eq(omni_timeline_facts(timeline, &facts, &count),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    if (!api_is(event.id, "2")) {
        ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    }
    ck_assert_int_eq(omni_timeline_facts(timeline, &facts, &count), OMNI_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert(same(&facts[1], &one.fact));
    omni_fact_id_format(&facts[1], text);
    ck_assert_int_eq(omni_fact_id_parse(text, &parsed), OMNI_OK);
    ck_assert_mem_eq(parsed.check, one.fact.check, sizeof(parsed.check));
    ck_assert_int_eq(omni_fact_id_parse("1:2", &parsed), OMNI_ERR_SYNTAX);
    strrchr(text, ':')[1] = '\0';
    ck_assert_int_eq(omni_fact_id_parse(text, &parsed), OMNI_ERR_SYNTAX);
    omni_txn_end(txn);
    ck_assert_int_eq(retract(&one.fact, &made), OMNI_OK);
    ck_assert_int_eq(omni_facts_open(world.store, NULL, &walk, NULL), OMNI_OK);
    for (int i = 0; i < 4; ++i) {
        ck_assert_int_eq(omni_facts_next(walk, &found), OMNI_OK);
    }
    ck_assert_int_eq(found.kind, OMNI_FACT_RETRACT);
    ck_assert_uint_eq(found.target_count, 2);
    ck_assert(same(&found.targets[0], &one.fact));
    ck_assert(api_is(found.reason, "rung up twice"));
    omni_facts_close(walk);
}
END_TEST

/* Of two who were joined by a statement alone, one goes: be it who names the
   profile, or the other. */
START_TEST(who_goes_leaves_the_others_together)
{
    const omni_identifier first[] = {mail, card};
    for (int i = 0; i < 2; ++i) {
        omni_retract_result made;
        omni_statement_result merged = {.size = sizeof(merged)};
        api_bytes before = {.size = 0};
        api_bytes after = {.size = 0};
        char id[8];
        snprintf(id, sizeof(id), "k%d", i);
        see(id, first[i], i == 1 ? &till : NULL);
        ck_assert_int_eq(omni_profile_merge(world.store, first[i],
                                            API_NAME("user_id", "x"), &why,
                                            &merged, NULL),
                         OMNI_OK);
        api_dump(world.store, &before);
        const omni_identifier gone = {"user_id", "x"};
        omni_event event =
            api_viewed("x", API_T0 - (1 - i) * API_HOUR + 1, &gone, 1);
        const omni_event_result result = api_put(world.store, &event);
        ck_assert(api_together(world.store, first[i], gone));
        ck_assert_int_eq(retract(&result.fact, &made), OMNI_OK);
        api_dump(world.store, &after);
        ck_assert_uint_eq(before.size, after.size);
        ck_assert_mem_eq(before.data, after.data, after.size);
        api_check(world.store);
        api_bytes_free(&before);
        api_bytes_free(&after);
    }
}
END_TEST

/* More neighbours than a row holds, and than make a value generic, and back. */
START_TEST(a_shared_value_is_one_persons_again)
{
    omni_fact_id facts[24];
    omni_retract_result made;
    for (int i = 0; i < 24; ++i) {
        char id[16];
        char user[16];
        snprintf(id, sizeof(id), "e%d", i);
        snprintf(user, sizeof(user), "u%d", i);
        const omni_identifier who = {"user_id", user};
        facts[i] = see(id, who, &mail).fact;
    }
    ck_assert_uint_eq(api_stats(world.store).profiles, 25);
    for (int i = 23; i > 0; --i) {
        ck_assert_int_eq(retract(&facts[i], &made), OMNI_OK);
        if (i % 4 == 0) {
            api_check(world.store);
        }
    }
    ck_assert_uint_eq(api_stats(world.store).profiles, 1);
    ck_assert_uint_eq(api_stats(world.store).links, 1);
    api_check(world.store);
}
END_TEST

START_TEST(a_policy_gives_way_to_the_one_before)
{
    static const char json[] =
        "{\"namespaces\":{\"email\":{\"max_per_profile\":1}}}";
    const omni_identifier other = {"email", "b@x.org"};
    omni_policy_result set = {.size = sizeof(set)};
    omni_retract_result made;
    omni_retract_result undone;
    see("1", mail, &card);
    see("2", other, &card);
    ck_assert(api_together(world.store, mail, other));
    ck_assert_int_eq(omni_policy_set_json(world.store, json, sizeof(json) - 1,
                                          NULL, &set, &world.error),
                     OMNI_OK);
    ck_assert(!api_together(world.store, mail, other));
    ck_assert_int_eq(retract(&set.fact, &made), OMNI_OK);
    ck_assert(api_together(world.store, mail, other));
    api_check(world.store);
    ck_assert_int_eq(retract(&made.fact, &undone), OMNI_OK);
    ck_assert(!api_together(world.store, mail, other));
    api_check(world.store);
}
END_TEST

/* Found by the histories of tests/property: seed five:2704 of them. */
START_TEST(an_alias_goes_and_one_that_says_the_same_stays)
{
    const omni_identifier user = API_NAME("user_id", "u");
    const omni_reason why = {.text = "undone"};
    omni_event event = {.size = sizeof(event),
                        .type = OMNI_EVENT_ALIAS,
                        .id = "m",
                        .previous_id = "a",
                        .time_us = API_T0,
                        .identifiers = &user,
                        .identifier_count = 1};
    api_track(world.store, "Viewed", "1", API_T0,
              API_NAME("anonymous_id", "a"));
    api_append(world.store, &event);
    event.original_time_us = API_T0 - API_SECOND;
    const omni_event_result twin = api_put(world.store, &event);
    ck_assert_int_eq(
        omni_fact_retract(world.store, &twin.fact, &why, NULL, &world.error),
        OMNI_OK);
    ck_assert(api_together(world.store, user, API_NAME("anonymous_id", "a")));
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("retract");
    TCase *tcase = tcase_create("retract");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_event_goes_with_all_its_copies_and_comes_back);
    tcase_add_test(tcase, an_alias_goes_and_one_that_says_the_same_stays);
    tcase_add_test(tcase, statements_give_way_to_those_before_them);
    tcase_add_test(tcase, what_cannot_be_retracted_says_why);
    tcase_add_test(tcase, a_batch_tells_what_its_retracts_did);
    tcase_add_test(tcase, facts_and_timelines_name_facts);
    tcase_add_test(tcase, who_goes_leaves_the_others_together);
    tcase_add_test(tcase, a_shared_value_is_one_persons_again);
    tcase_add_test(tcase, a_policy_gives_way_to_the_one_before);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
