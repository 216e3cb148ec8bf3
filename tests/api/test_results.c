/* What a write says it did: to the event, and to the profiles around it. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;
static omni_batch *batch;

static const omni_identifier anna = {"user_id", "anna"};
static const omni_identifier mail = {"email", "a@x.org"};
static const omni_identifier card = {"loyalty_id", "7"};
static const omni_identifier cookie = {"anonymous_id", "c1"};
static const omni_reason why = {.text = "said so"};

static void
setup(void)
{
    api_world_make(&world);
    api_world_open(&world);
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    ck_assert_int_eq(
        omni_batch_new(world.store, &options, &batch, &world.error), OMNI_OK);
}

static void
teardown(void)
{
    omni_batch_free(batch);
    api_world_remove(&world);
}

/* An event of one or two identifiers, `second` after API_T0. */
static omni_event_result
see(int second, omni_identifier a, const omni_identifier *b)
{
    char id[16];
    const omni_identifier who[2] = {a, b != NULL ? *b : a};
    snprintf(id, sizeof(id), "%d", second);
    const omni_event event =
        api_viewed(id, API_T0 + second * API_SECOND, who, b != NULL ? 2 : 1);
    return api_put(world.store, &event);
}

static omni_id
find(omni_identifier who)
{
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, who.ns, who.value);
    omni_txn_end(txn);
    return id;
}

static void
assert_joined(const omni_event_result *result, omni_id wanted)
{
    ck_assert_uint_eq(result->joined_count, 1);
    api_assert_id(result->joined[0], wanted);
}

START_TEST(the_first_event_of_somebody_creates_a_profile)
{
    const omni_event_result first = see(1, anna, &mail);
    ck_assert(first.created);
    ck_assert_uint_eq(first.joined_count, 0);
    ck_assert_str_eq(first.made_id, "");
    ck_assert_str_eq(first.reason, "");
    ck_assert_uint_eq(first.line, 0);
    const omni_event_result second = see(2, mail, NULL);
    ck_assert(!second.created);
    ck_assert_uint_eq(second.joined_count, 0);
    api_assert_id(second.profile, first.profile);
    ck_assert(!see(2, mail, NULL).created); /* a retry */
    ck_assert(see(3, card, NULL).created);
}
END_TEST

START_TEST(an_event_that_joins_tells_the_ids_that_are_no_more)
{
    see(1, anna, NULL);
    const omni_id lost = see(2, mail, NULL).profile;
    const omni_event_result joined = see(3, anna, &mail);
    ck_assert(!joined.created);
    assert_joined(&joined, lost);
    api_assert_id(joined.profile, find(anna));
    ck_assert_uint_eq(see(4, anna, &mail).joined_count, 0);
}
END_TEST

START_TEST(a_device_that_gets_a_person_tells_its_old_id)
{
    const omni_id device = see(1, cookie, NULL).profile;
    const omni_event_result login = see(2, cookie, &anna);
    ck_assert(!login.created);
    assert_joined(&login, device);
}
END_TEST

START_TEST(an_alias_tells_what_it_joins)
{
    see(1, anna, NULL);
    const omni_id lost = see(2, cookie, NULL).profile;
    omni_event alias = api_viewed("3", API_T0 + 3 * API_SECOND, &anna, 1);
    alias.type = OMNI_EVENT_ALIAS;
    alias.previous_id = cookie.value;
    const omni_event_result result = api_put(world.store, &alias);
    ck_assert(!result.created);
    assert_joined(&result, lost);
}
END_TEST

START_TEST(as_many_profiles_as_an_event_can_name_are_told)
{
    char values[OMNI_LIMIT_IDENTIFIERS][16];
    omni_identifier who[OMNI_LIMIT_IDENTIFIERS];
    for (int i = 0; i < OMNI_LIMIT_IDENTIFIERS; ++i) {
        static const char *const spaces[] = {"user_id", "email", "phone",
                                             "loyalty_id"};
        snprintf(values[i], sizeof(values[i]),
                 i % 4 == 2 ? "+4144123450%d" : "v%d", i);
        who[i] = (omni_identifier){i < 4    ? spaces[i]
                                   : i < 10 ? "device_id"
                                            : "anonymous_id",
                                   values[i]};
        see(1 + i, who[i], NULL);
    }
    const omni_event all = api_viewed("all", API_T0 + 99 * API_SECOND, who,
                                      OMNI_LIMIT_IDENTIFIERS);
    const omni_event_result result = api_put(world.store, &all);
    ck_assert(!result.created);
    ck_assert_uint_eq(result.joined_count, OMNI_LIMIT_IDENTIFIERS - 1);
}
END_TEST

START_TEST(an_id_that_was_made_is_told_and_is_the_traits)
{
    omni_event event = api_viewed(NULL, API_T0, &anna, 1);
    event.traits_json = "{\"plan\":\"gold\"}";
    const omni_event_result result = api_put(world.store, &event);
    ck_assert_uint_eq(strlen(result.made_id), OMNI_MADE_ID_SIZE - 1);
    omni_txn *txn = api_begin(world.store);
    omni_trait trait;
    ck_assert_int_eq(
        omni_profile_trait(api_get(txn, anna.ns, anna.value), "plan", &trait),
        OMNI_OK);
    api_assert_text(trait.event_id, result.made_id);
    omni_txn_end(txn);
    ck_assert_str_eq(api_put(world.store, &event).made_id, result.made_id);
}
END_TEST

START_TEST(a_refusal_is_told_in_words)
{
    const omni_identifier nobody = {"email", "null"};
    const omni_event event = api_viewed("1", API_T0, &nobody, 1);
    const omni_event_result result = api_put(world.store, &event);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_REFUSED);
    ck_assert_str_ne(result.reason, "");
    ck_assert(!result.created);
}
END_TEST

static omni_statement_result
merge(omni_identifier a, omni_identifier b)
{
    omni_statement_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_profile_merge(world.store, a, b, &why, &result, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    ck_assert_uint_ne(result.fact.sequence, 0);
    return result;
}

static omni_statement_result
split(omni_identifier a, omni_identifier b)
{
    omni_statement_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_profile_split(world.store, a, b, &why, &result, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    return result;
}

START_TEST(a_merge_and_a_split_tell_both_profiles)
{
    const omni_id first = see(1, card, NULL).profile;
    const omni_id second = see(2, mail, NULL).profile;
    const omni_statement_result merged = merge(mail, card);
    ck_assert(merged.in_effect);
    ck_assert(merged.changed);
    api_assert_id(merged.profile_a, first);
    api_assert_id(merged.profile_b, first);
    ck_assert_uint_eq(merged.joined_count, 1);
    api_assert_id(merged.joined[0], second);
    const omni_statement_result again = merge(mail, card);
    ck_assert(again.in_effect);
    ck_assert(!again.changed);
    ck_assert_uint_eq(again.joined_count, 0);
    const omni_statement_result apart = split(mail, card);
    ck_assert(apart.in_effect);
    ck_assert(apart.changed);
    ck_assert_uint_eq(apart.joined_count, 0);
    api_assert_id(apart.profile_a, second);
    api_assert_id(apart.profile_b, first);
    ck_assert(!split(mail, card).changed);
}
END_TEST

START_TEST(a_merge_that_waits_for_events_says_so)
{
    const omni_id nobody = {.bytes = {0}};
    const omni_id known = see(5, card, NULL).profile;
    const omni_statement_result waits = merge(card, mail);
    ck_assert(!waits.in_effect);
    ck_assert(!waits.changed);
    api_assert_id(waits.profile_a, known);
    api_assert_id(waits.profile_b, nobody);
    ck_assert(!split(anna, cookie).in_effect);
    /* The event that brings it into effect is older: it names the profile. */
    const omni_event_result late = see(1, mail, NULL);
    ck_assert(!late.created);
    assert_joined(&late, known);
    ck_assert(merge(card, mail).in_effect);
}
END_TEST

START_TEST(a_merge_that_is_held_apart_says_so)
{
    see(1, anna, NULL);
    see(2, mail, NULL);
    see(3, card, NULL);
    merge(anna, mail);
    split(mail, card);
    const omni_statement_result held = merge(anna, card);
    ck_assert(!held.in_effect);
    ck_assert(!held.changed);
    api_assert_id(held.profile_b, find(card));
    ck_assert_uint_eq(held.joined_count, 0);
}
END_TEST

static void
add(const omni_event *event)
{
    ck_assert_int_eq(omni_batch_add(batch, event), OMNI_OK);
}

static void
commit(void)
{
    const omni_status status =
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
}

static omni_event_result
result_of(size_t index)
{
    omni_event_result result = {.size = sizeof(result)};
    ck_assert_int_eq(omni_batch_result(batch, index, &result), OMNI_OK);
    return result;
}

START_TEST(each_thing_of_a_batch_has_its_result)
{
    const omni_identifier both[] = {anna, mail};
    omni_event event = api_viewed("0", API_T0, &anna, 1);
    const omni_id first = api_put(world.store, &event).profile;
    add(&event); /* 0: the store has an equal one */
    event.identifiers = both;
    event.identifier_count = 2;
    add(&event); /* 1: a copy that knows more */
    event = api_viewed("2", API_T0, &card, 1);
    add(&event); /* 2: somebody new */
    add(&event); /* 3: the batch has an equal one */
    event.properties_json = "no";
    add(&event); /* 4: refused */
    ck_assert_int_eq(omni_batch_add_merge(batch, card, mail, &why), OMNI_OK);
    event = api_viewed(NULL, API_T0, &cookie, 1);
    add(&event); /* 6: without an id */
    ck_assert_uint_eq(omni_batch_result_count(batch), 7);
    commit();
    ck_assert_uint_eq(omni_batch_result_count(batch), 7);
    const omni_outcome wanted[] = {
        OMNI_OUTCOME_DUPLICATE, OMNI_OUTCOME_DUPLICATE, OMNI_OUTCOME_TAKEN,
        OMNI_OUTCOME_DUPLICATE, OMNI_OUTCOME_REFUSED,   OMNI_OUTCOME_REFUSED,
        OMNI_OUTCOME_TAKEN};
    const uint64_t facts[] = {0, 2, 3, 0, 0, 4, 5};
    for (size_t i = 0; i < 7; ++i) {
        if (i == 5) {
            continue;
        }
        const omni_event_result result = result_of(i);
        ck_assert_int_eq(result.outcome, wanted[i]);
        ck_assert_uint_eq(result.fact.sequence, facts[i]);
        ck_assert_int_eq(result.created, i == 6);
        ck_assert_int_eq(result.code,
                         i == 4 ? OMNI_REFUSED_JSON : OMNI_REFUSED_NONE);
        if (i < 4) { /* the e-mail address, of the same time, names it */
            api_assert_id(result.profile, find(mail));
            ck_assert_uint_eq(result.joined_count, i < 2 ? 1 : 0);
        }
        ck_assert_uint_eq(strlen(result.made_id), i == 6 ? 16 : 0);
    }
    omni_statement_result merged = {.size = sizeof(merged)};
    ck_assert_int_eq(omni_batch_statement_result(batch, 5, &merged), OMNI_OK);
    ck_assert(merged.in_effect);
    ck_assert_uint_eq(merged.fact.sequence, 4);
    api_assert_id(merged.profile_a, find(mail));
    api_assert_id(result_of(0).joined[0], first);
}
END_TEST

START_TEST(results_are_there_from_the_commit_to_the_next_thing)
{
    omni_event_result result = {.size = sizeof(result)};
    omni_statement_result stated = {.size = sizeof(stated)};
    omni_event event = api_viewed("1", API_T0, &anna, 1);
    add(&event);
    event = api_viewed("2", API_T0, NULL, 0);
    add(&event);
    ck_assert_int_eq(omni_batch_result(batch, 0, &result), OMNI_NOT_FOUND);
    ck_assert_int_eq(result_of(1).outcome, OMNI_OUTCOME_REFUSED);
    commit();
    ck_assert_int_eq(result_of(0).outcome, OMNI_OUTCOME_TAKEN);
    ck_assert_int_eq(omni_batch_result(batch, 2, &result), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_batch_statement_result(batch, 0, &stated),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_batch_add_merge(batch, anna, mail, &why), OMNI_OK);
    ck_assert_uint_eq(omni_batch_result_count(batch), 1);
    ck_assert_int_eq(omni_batch_statement_result(batch, 0, &stated),
                     OMNI_NOT_FOUND);
    commit();
    ck_assert_int_eq(omni_batch_statement_result(batch, 0, &stated), OMNI_OK);
    ck_assert_int_eq(omni_batch_result(batch, 0, &result), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error),
        OMNI_UNCHANGED);
    ck_assert_uint_eq(omni_batch_result_count(batch), 0);
}
END_TEST

START_TEST(results_of_lines_name_the_line)
{
    const char lines[] =
        "\n{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"}\nno\n"
        "{\"batch\":[{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u\"},"
        "{\"type\":\"track\",\"event\":\"A\"}]}\n";
    const uint64_t wanted[] = {2, 3, 4, 4};
    ck_assert_int_eq(omni_batch_add_json(batch, NULL, lines, strlen(lines)),
                     OMNI_OK);
    commit();
    ck_assert_uint_eq(omni_batch_result_count(batch), 4);
    for (size_t i = 0; i < 4; ++i) {
        const omni_event_result result = result_of(i);
        ck_assert_uint_eq(result.line, wanted[i]);
        ck_assert_int_eq(result.outcome == OMNI_OUTCOME_REFUSED, i % 2 == 1);
        ck_assert_int_eq(result.reason[0] != '\0', i % 2 == 1);
    }
}
END_TEST

START_TEST(a_batch_without_results_keeps_none)
{
    omni_batch *plain = NULL;
    omni_event_result result = {.size = sizeof(result)};
    const omni_event event = api_viewed("1", API_T0, &anna, 1);
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &plain, NULL), OMNI_OK);
    ck_assert_int_eq(omni_batch_add(plain, &event), OMNI_OK);
    ck_assert_int_eq(omni_batch_commit(plain, OMNI_DURABILITY_DEFAULT, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(omni_batch_result_count(plain), 0);
    ck_assert_int_eq(omni_batch_result(plain, 0, &result), OMNI_ERR_ARGUMENT);
    omni_batch_free(plain);
}
END_TEST

static void
assert_said(const char *what)
{
    const omni_error *error = omni_batch_error(batch);
    ck_assert_msg(strstr(error->message, what) != NULL, "\"%s\" has no \"%s\"",
                  error->message, what);
}

START_TEST(a_batch_says_what_was_wrong_and_where)
{
    omni_event event = api_viewed("1", API_T0, NULL, 2);
    ck_assert_str_eq(omni_batch_error(batch)->message, "");
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_ERR_ARGUMENT);
    assert_said("identifiers");
    event = api_viewed("1", API_T0, &anna, 1);
    event.type = (omni_event_type)77;
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_ERR_ARGUMENT);
    assert_said("77");
    ck_assert_int_eq(omni_batch_add_merge(batch, anna, mail, NULL),
                     OMNI_ERR_ARGUMENT);
    assert_said("reason");
    ck_assert_int_eq(
        omni_batch_add_split(batch, anna, API_NAME("Email", "x"), &why),
        OMNI_ERR_ARGUMENT);
    assert_said("Email");
    ck_assert_int_eq(omni_batch_add_merge(batch, anna, anna, &why),
                     OMNI_ERR_ARGUMENT);
    assert_said("same identifier");
    ck_assert_int_eq(omni_batch_error(batch)->status, OMNI_ERR_ARGUMENT);
    ck_assert_uint_eq(omni_batch_count(batch), 0);
    ck_assert_uint_eq(omni_batch_result_count(batch), 0);
}
END_TEST

int
main(void)
{
    const TTest *const all[] = {
        the_first_event_of_somebody_creates_a_profile,
        an_event_that_joins_tells_the_ids_that_are_no_more,
        a_device_that_gets_a_person_tells_its_old_id,
        an_alias_tells_what_it_joins,
        as_many_profiles_as_an_event_can_name_are_told,
        an_id_that_was_made_is_told_and_is_the_traits,
        a_refusal_is_told_in_words,
        a_merge_and_a_split_tell_both_profiles,
        a_merge_that_waits_for_events_says_so,
        a_merge_that_is_held_apart_says_so,
        each_thing_of_a_batch_has_its_result,
        results_are_there_from_the_commit_to_the_next_thing,
        results_of_lines_name_the_line,
        a_batch_without_results_keeps_none,
        a_batch_says_what_was_wrong_and_where};
    Suite *suite = suite_create("results");
    TCase *tests = tcase_create("results");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        tcase_add_test(tests, all[i]);
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
