/* What goes in comes out; what cannot go in is said, counted and kept. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;
static omni_hooks hooks;
static int64_t now_us;

static int64_t
our_clock(void *user)
{
    (void)user;
    return now_us;
}

static void
setup(void)
{
    api_world_make(&world);
    now_us = API_T0 + API_HOUR;
    hooks = (omni_hooks){.size = sizeof(hooks), .clock = our_clock};
    world.options.hooks = &hooks;
    api_world_open(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

static const omni_identifier anna[] = {{"user_id", "anna"}};

static omni_event
event_of(const char *name, const char *id)
{
    return (omni_event){.size = sizeof(omni_event),
                        .name = name,
                        .id = id,
                        .time_us = API_T0,
                        .identifiers = anna,
                        .identifier_count = 1};
}

static void
assert_refused(const omni_event *event, omni_refused_code code)
{
    const omni_event_result result = api_put(world.store, event);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_REFUSED);
    ck_assert_int_eq(result.code, code);
    ck_assert_uint_eq(result.fact.sequence, 0);
}

static void
assert_taken(const omni_event *event)
{
    const omni_event_result result = api_put(world.store, event);
    ck_assert_msg(result.outcome == OMNI_OUTCOME_TAKEN, "%s",
                  omni_refused_name(result.code));
}

/* The newest event of a person. */
static omni_timeline_event
newest(omni_txn *txn, const char *ns, const char *value)
{
    omni_timeline *timeline;
    omni_timeline_event event;
    const omni_id id = api_find(txn, ns, value);
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline), OMNI_OK);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    return event;
}

START_TEST(every_member_reaches_the_timeline)
{
    const omni_identifier who[] = {{"email", " Anna@Example.ORG "},
                                   {"device_id", "till-7"}};
    const omni_event event = {.size = sizeof(event),
                              .type = OMNI_EVENT_TRACK,
                              .name = "Order Completed",
                              .id = "receipt-1",
                              .time_us = API_T0 + 1,
                              .original_time_us = API_T0 - 5,
                              .channel = "web",
                              .source = "shop",
                              .identifiers = who,
                              .identifier_count = 2,
                              .traits_json = "{ \"b\" : 1.50, \"a\":\"x\"}",
                              .properties_json =
                                  "{\"revenue\":59.90,\"currency\":\"CHF\"}",
                              .group_id = "family"};
    const omni_event_result result = api_put(world.store, &event);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_TAKEN);
    ck_assert_uint_eq(result.fact.sequence, 1);
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, "email", "anna@example.org");
    api_assert_id(result.profile, id);
    const omni_timeline_event seen = newest(txn, "device_id", "till-7");
    ck_assert_int_eq(seen.type, OMNI_EVENT_TRACK);
    ck_assert_int_eq(seen.time_us, API_T0 + 1);
    api_assert_text(seen.name, "Order Completed");
    api_assert_text(seen.id, "receipt-1");
    api_assert_text(seen.channel, "web");
    api_assert_text(seen.source, "shop");
    api_assert_text(seen.group_id, "family");
    api_assert_text(seen.traits_json, "{\"a\":\"x\",\"b\":1.5}");
    api_assert_text(seen.properties_json,
                    "{\"currency\":\"CHF\",\"revenue\":59.9}");
    api_assert_id(seen.anchor, id);
    omni_txn_end(txn);
}
END_TEST

START_TEST(every_member_reaches_the_profile)
{
    const omni_identifier who[] = {{"email", "a@x.org"}, {"crm", "7"}};
    omni_event event = event_of("Order Completed", "1");
    event.identifiers = who;
    event.identifier_count = 2;
    event.channel = "web";
    event.source = "shop";
    event.traits_json = "{\"plan\":\"gold\"}";
    event.properties_json = "{\"revenue\":2.5,\"currency\":\"CHF\"}";
    assert_taken(&event);
    omni_txn *txn = api_begin(world.store);
    const omni_profile *profile = api_get(txn, "crm", "7");
    omni_trait trait;
    omni_figure figure;
    ck_assert_int_eq(omni_profile_trait(profile, "plan", &trait), OMNI_OK);
    api_assert_text(trait.value_json, "\"gold\"");
    api_assert_text(trait.source, "shop");
    api_assert_text(trait.event_id, "1");
    ck_assert_int_eq(trait.time_us, API_T0);
    ck_assert_int_eq(omni_profile_figure(profile, "Order Completed", &figure),
                     OMNI_OK);
    ck_assert_uint_eq(figure.amount_count, 1);
    api_assert_text(figure.amounts[0].currency, "CHF");
    api_assert_text(figure.amounts[0].sum, "2.5");
    omni_txn_end(txn);
}
END_TEST

START_TEST(names_of_other_types_are_their_words)
{
    static const char *const words[] = {"",       "identify", "page",
                                        "screen", "group",    "alias"};
    for (int type = OMNI_EVENT_IDENTIFY; type <= OMNI_EVENT_ALIAS; ++type) {
        omni_event event = event_of("ignored", words[type]);
        event.type = (omni_event_type)type;
        event.time_us = API_T0 + type;
        assert_taken(&event);
        omni_txn *txn = api_begin(world.store);
        const omni_timeline_event seen = newest(txn, "user_id", "anna");
        ck_assert_int_eq(seen.type, type);
        api_assert_text(seen.name, words[type]);
        omni_txn_end(txn);
    }
}
END_TEST

START_TEST(an_alias_joins_the_id_before)
{
    const omni_identifier before = {"anonymous_id", "cookie"};
    omni_event event = event_of(NULL, "alias");
    event.type = OMNI_EVENT_ALIAS;
    event.previous_id = "cookie";
    api_track(world.store, "Viewed", "1", API_T0, before);
    assert_taken(&event);
    ck_assert(api_together(world.store, anna[0], before));
}
END_TEST

START_TEST(an_event_without_time_is_now_and_always_new)
{
    omni_event event = event_of("Viewed", NULL);
    event.time_us = 0;
    assert_taken(&event);
    assert_taken(&event);
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(newest(txn, "user_id", "anna").time_us, now_us);
    ck_assert_uint_eq(newest(txn, "user_id", "anna").id.size, 0);
    omni_txn_end(txn);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 2);
}
END_TEST

START_TEST(a_retry_is_a_duplicate)
{
    const omni_event event = event_of("Viewed", "1");
    const omni_event_result first = api_put(world.store, &event);
    const omni_event_result second = api_put(world.store, &event);
    ck_assert_int_eq(first.outcome, OMNI_OUTCOME_TAKEN);
    ck_assert_int_eq(second.outcome, OMNI_OUTCOME_DUPLICATE);
    api_assert_id(first.profile, second.profile);
    ck_assert_uint_eq(second.fact.sequence, 0);
    ck_assert_uint_eq(api_stats(world.store).facts, 1);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 1);
}
END_TEST

START_TEST(an_enriched_retry_is_one_event_that_knows_more)
{
    const omni_identifier both[] = {{"user_id", "anna"}, {"email", "a@x.org"}};
    omni_event event = event_of("Bought", "1");
    event.properties_json = "{\"revenue\":1}";
    assert_taken(&event);
    event.identifiers = both;
    event.identifier_count = 2;
    event.properties_json = "{\"revenue\":3}";
    const omni_event_result second = api_put(world.store, &event);
    ck_assert_int_eq(second.outcome, OMNI_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(second.fact.sequence, 2);
    ck_assert_uint_eq(api_count(world.store, "email", "a@x.org", "Bought"), 1);
    omni_txn *txn = api_begin(world.store);
    api_assert_text(newest(txn, "user_id", "anna").properties_json,
                    "{\"revenue\":3}");
    omni_txn_end(txn);
    ck_assert_uint_eq(api_stats(world.store).events, 1);
}
END_TEST

START_TEST(the_same_id_at_another_instant_is_another_event)
{
    omni_event event = event_of("Viewed", "1");
    assert_taken(&event);
    event.time_us += 1;
    assert_taken(&event);
    event.original_time_us = API_T0; /* the first again, with a better time */
    event.time_us = API_T0 + 2;
    ck_assert_int_eq(api_put(world.store, &event).outcome,
                     OMNI_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 2);
}
END_TEST

START_TEST(equal_records_without_id_are_two_in_one_batch_one_in_two_calls)
{
    const omni_event event = event_of("Viewed", NULL);
    omni_batch *batch = NULL;
    assert_taken(&event);
    ck_assert_int_eq(api_put(world.store, &event).outcome,
                     OMNI_OUTCOME_DUPLICATE);
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, NULL), OMNI_OK);
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error),
        OMNI_OK);
    omni_batch_free(batch);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 2);
}
END_TEST

START_TEST(what_cannot_be_taken_is_refused_with_its_code)
{
    const omni_identifier blocked = {"email", "test@test.com"};
    omni_event event = event_of(NULL, "1");
    assert_refused(&event, OMNI_REFUSED_EVENT);
    event.name = "";
    assert_refused(&event, OMNI_REFUSED_EVENT);
    event = event_of("Viewed", "1");
    event.traits_json = "{\"a\":";
    assert_refused(&event, OMNI_REFUSED_JSON);
    event.traits_json = "[1]";
    assert_refused(&event, OMNI_REFUSED_JSON);
    event.traits_json = NULL;
    event.properties_json = "{\"a\":1,\"a\":2}";
    assert_refused(&event, OMNI_REFUSED_JSON);
    event = event_of("Viewed", "1");
    event.identifier_count = 0;
    assert_refused(&event, OMNI_REFUSED_NO_IDENTIFIER);
    event.identifiers = &blocked;
    event.identifier_count = 1;
    assert_refused(&event, OMNI_REFUSED_BLOCKED);
    const omni_stats stats = api_stats(world.store);
    ck_assert_uint_eq(stats.facts, 0);
    ck_assert_uint_eq(stats.refused, 7);
    ck_assert_uint_eq(stats.flagged, 0);
}
END_TEST

START_TEST(text_that_is_not_utf8_is_refused_in_every_member)
{
    static const char bad[] = "caf\xe9";
    const char **members[5];
    omni_event event = event_of("Viewed", "1");
    members[0] = &event.name;
    members[1] = &event.id;
    members[2] = &event.channel;
    members[3] = &event.source;
    members[4] = &event.group_id;
    for (size_t i = 0; i < 5; ++i) {
        event = event_of("Viewed", "1");
        *members[i] = bad;
        assert_refused(&event, OMNI_REFUSED_JSON);
    }
}
END_TEST

START_TEST(a_reason_or_source_that_is_not_utf8_is_an_argument)
{
    omni_import *import = NULL;
    const omni_identifier ann = {"user_id", "ann"};
    const omni_reason reasons[] = {{"caf\xe9", NULL}, {"why", "caf\xe9"}};
    for (size_t i = 0; i < 2; ++i) {
        ck_assert_int_eq(omni_profile_merge(world.store, anna[0], ann,
                                            &reasons[i], NULL, &world.error),
                         OMNI_ERR_ARGUMENT);
    }
    ck_assert_int_eq(
        omni_import_new(world.store, "caf\xe9", &import, &world.error),
        OMNI_ERR_ARGUMENT);
    ck_assert_ptr_null(import);
}
END_TEST

static int
keep_reason(void *user, const omni_refused *refused)
{
    snprintf(user, 256, "%s", refused->reason);
    return 0;
}

START_TEST(a_refusal_names_the_identifier_that_was_not_taken)
{
    char reason[256] = "";
    const omni_identifier loyalty = {"Loyalty Id", "7\xe9"};
    omni_event event = event_of("Viewed", "1");
    event.identifiers = &loyalty;
    assert_refused(&event, OMNI_REFUSED_BLOCKED);
    ck_assert_int_eq(
        omni_store_refused(world.store, keep_reason, reason, &world.error),
        OMNI_OK);
    ck_assert_str_eq(reason, "nobody is named: 1 blocked, the last: Loyalty Id "
                             "\"7\", whose namespace is not "
                             "[a-z][a-z0-9_]{0,31}");
}
END_TEST

START_TEST(members_out_of_range_are_arguments)
{
    omni_event event = event_of("Viewed", "1");
    event.size = 1;
    ck_assert_int_eq(omni_event_append(world.store, &event, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    event = event_of("Viewed", "1");
    event.type = (omni_event_type)6;
    ck_assert_int_eq(omni_event_append(world.store, &event, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    event = event_of("Viewed", "1");
    event.identifiers = NULL;
    ck_assert_int_eq(omni_event_append(world.store, &event, NULL, NULL),
                     OMNI_ERR_ARGUMENT);
    event = event_of("Viewed", "1");
    omni_event_result result = {.size = 3};
    ck_assert_int_eq(
        omni_event_append(world.store, &event, &result, &world.error),
        OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(world.error.status, OMNI_ERR_ARGUMENT);
    ck_assert_uint_eq(api_stats(world.store).facts, 0);
}
END_TEST

START_TEST(a_blocked_identifier_is_dropped_and_flagged)
{
    const omni_identifier who[] = {{"user_id", "anna"}, {"email", "null"}};
    omni_event event = event_of("Viewed", "1");
    event.identifiers = who;
    event.identifier_count = 2;
    const omni_event_result result = api_put(world.store, &event);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_TAKEN);
    ck_assert_int_eq(result.code, OMNI_FLAGGED_IDENTIFIER);
    const omni_stats stats = api_stats(world.store);
    ck_assert_uint_eq(stats.nodes, 1);
    ck_assert_uint_eq(stats.flagged, 1);
    ck_assert_uint_eq(stats.refused, 0);
}
END_TEST

START_TEST(a_time_far_ahead_is_taken_and_flagged)
{
    omni_event event = event_of("Viewed", "1");
    event.time_us = now_us + 24 * API_HOUR;
    ck_assert_int_eq(api_put(world.store, &event).code, OMNI_REFUSED_NONE);
    event.id = "2";
    event.time_us += 1;
    const omni_event_result result = api_put(world.store, &event);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_TAKEN);
    ck_assert_int_eq(result.code, OMNI_FLAGGED_FUTURE);
    ck_assert_uint_eq(api_stats(world.store).flagged, 1);
    ck_assert_uint_eq(api_count(world.store, "user_id", "anna", "Viewed"), 2);
}
END_TEST

/* A text of so many letters; one at a time. */
static const char *
letters(size_t size)
{
    static char text[OMNI_LIMIT_EVENT_BYTES * 2];
    memset(text, 'x', size);
    text[size] = '\0';
    return text;
}

START_TEST(texts_are_taken_at_their_limit_and_refused_over_it)
{
    const struct {
        size_t at;
        size_t limit;
    } texts[] = {{offsetof(omni_event, name), OMNI_LIMIT_NAME_BYTES},
                 {offsetof(omni_event, channel), OMNI_LIMIT_NAME_BYTES},
                 {offsetof(omni_event, source), OMNI_LIMIT_NAME_BYTES},
                 {offsetof(omni_event, id), OMNI_LIMIT_EVENT_ID_BYTES},
                 {offsetof(omni_event, group_id), OMNI_LIMIT_IDENTIFIER_BYTES}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        omni_event event = event_of("Viewed", NULL);
        event.time_us = API_T0 + (int64_t)i;
        const char *text = letters(texts[i].limit);
        memcpy((char *)&event + texts[i].at, &text, sizeof(text));
        assert_taken(&event);
        letters(texts[i].limit + 1);
        assert_refused(&event, OMNI_REFUSED_LIMIT);
    }
}
END_TEST

START_TEST(identifiers_are_taken_at_their_limits_and_refused_over_them)
{
    char values[OMNI_LIMIT_IDENTIFIERS + 1][16];
    omni_identifier who[OMNI_LIMIT_IDENTIFIERS + 1];
    omni_event event = event_of("Viewed", "1");
    for (size_t i = 0; i <= OMNI_LIMIT_IDENTIFIERS; ++i) {
        snprintf(values[i], sizeof(values[i]), "v%zu", i);
        who[i] = API_NAME("device_id", values[i]);
    }
    event.identifiers = who;
    event.identifier_count = OMNI_LIMIT_IDENTIFIERS;
    assert_taken(&event);
    event.identifier_count = OMNI_LIMIT_IDENTIFIERS + 1;
    assert_refused(&event, OMNI_REFUSED_LIMIT);
    who[OMNI_LIMIT_IDENTIFIERS] = who[0]; /* the same again counts once */
    event.id = "2";
    assert_taken(&event);
    event.identifier_count = 1;
    who[0].value = letters(OMNI_LIMIT_IDENTIFIER_BYTES);
    event.id = "3";
    assert_taken(&event);
    letters(OMNI_LIMIT_IDENTIFIER_BYTES + 1);
    assert_refused(&event, OMNI_REFUSED_LIMIT);
    who[0] = API_NAME("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "v");
    event.id = "4";
    assert_taken(&event);
    who[0] = API_NAME("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "v");
    assert_refused(&event, OMNI_REFUSED_BLOCKED);
}
END_TEST

/* An object of so many traits, each a number. */
static char *
object_of(unsigned members)
{
    char *json = malloc(16 * (size_t)members + 16);
    size_t size = 0;
    ck_assert_ptr_nonnull(json);
    json[size++] = '{';
    for (unsigned i = 0; i < members; ++i) {
        size += (size_t)sprintf(json + size, "%s\"t%u\":%u", i != 0 ? "," : "",
                                i, i);
    }
    strcpy(json + size, "}");
    return json;
}

START_TEST(traits_are_taken_at_their_limits_and_refused_over_them)
{
    char *at = object_of(OMNI_LIMIT_TRAITS);
    char *over = object_of(OMNI_LIMIT_TRAITS + 1);
    char name[OMNI_LIMIT_NAME_BYTES + 16];
    omni_event event = event_of("Viewed", "1");
    event.traits_json = at;
    assert_taken(&event);
    event.traits_json = over;
    assert_refused(&event, OMNI_REFUSED_LIMIT);
    event.traits_json = name;
    snprintf(name, sizeof(name), "{\"%.*s\":1}", OMNI_LIMIT_NAME_BYTES,
             letters(OMNI_LIMIT_NAME_BYTES));
    event.id = "2";
    assert_taken(&event);
    snprintf(name, sizeof(name), "{\"%.*s\":1}", OMNI_LIMIT_NAME_BYTES + 1,
             letters(OMNI_LIMIT_NAME_BYTES + 1));
    assert_refused(&event, OMNI_REFUSED_LIMIT);
    free(at);
    free(over);
}
END_TEST

START_TEST(nesting_is_taken_at_its_limit_and_refused_over_it)
{
    char json[4 * OMNI_LIMIT_JSON_DEPTH + 32];
    for (int depth = OMNI_LIMIT_JSON_DEPTH; depth <= OMNI_LIMIT_JSON_DEPTH + 1;
         ++depth) {
        char id[16];
        size_t size = (size_t)sprintf(json, "{\"a\":");
        for (int i = 1; i < depth; ++i) {
            json[size++] = '[';
        }
        for (int i = 1; i < depth; ++i) {
            json[size++] = ']';
        }
        strcpy(json + size, "}");
        snprintf(id, sizeof(id), "%d", depth);
        omni_event event = event_of("Viewed", id);
        event.properties_json = json;
        if (depth == OMNI_LIMIT_JSON_DEPTH) {
            assert_taken(&event);
        } else {
            assert_refused(&event, OMNI_REFUSED_LIMIT);
        }
    }
}
END_TEST

START_TEST(an_event_over_64_kib_is_refused)
{
    char *json = malloc(OMNI_LIMIT_EVENT_BYTES * 3);
    ck_assert_ptr_nonnull(json);
    omni_event event = event_of("Viewed", "1");
    event.properties_json = json;
    sprintf(json, "{\"a\":\"%s\"}", letters(OMNI_LIMIT_EVENT_BYTES - 1024));
    assert_taken(&event);
    event.id = "2";
    sprintf(json, "{\"a\":\"%s\"}", letters(OMNI_LIMIT_EVENT_BYTES + 1));
    assert_refused(&event, OMNI_REFUSED_LIMIT);
    free(json);
}
END_TEST

int
main(void)
{
    const TTest *const all[] = {
        every_member_reaches_the_timeline,
        every_member_reaches_the_profile,
        names_of_other_types_are_their_words,
        an_alias_joins_the_id_before,
        an_event_without_time_is_now_and_always_new,
        a_retry_is_a_duplicate,
        an_enriched_retry_is_one_event_that_knows_more,
        the_same_id_at_another_instant_is_another_event,
        equal_records_without_id_are_two_in_one_batch_one_in_two_calls,
        what_cannot_be_taken_is_refused_with_its_code,
        text_that_is_not_utf8_is_refused_in_every_member,
        a_reason_or_source_that_is_not_utf8_is_an_argument,
        a_refusal_names_the_identifier_that_was_not_taken,
        members_out_of_range_are_arguments,
        a_blocked_identifier_is_dropped_and_flagged,
        a_time_far_ahead_is_taken_and_flagged,
        texts_are_taken_at_their_limit_and_refused_over_it,
        identifiers_are_taken_at_their_limits_and_refused_over_them,
        traits_are_taken_at_their_limits_and_refused_over_them,
        nesting_is_taken_at_its_limit_and_refused_over_it,
        an_event_over_64_kib_is_refused};
    Suite *suite = suite_create("event");
    TCase *tests = tcase_create("event");
    tcase_add_checked_fixture(tests, setup, teardown);
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
