/*
   Registers: facts that give a name a value. Committed as the write path does;
   read from tables, from the feed and from the dump.
*/
#include "api/handle.h"
#include "fold/register.h"
#include "support/api_world.h"
#include "support/core_world.h"

#include <stdio.h>

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

static omni__register_body
body_of(const char *name, const char *value)
{
    return (omni__register_body){.name = omni__slice_text(name),
                                 .value = omni__slice_text(value),
                                 .author = omni__slice_text("desk"),
                                 .reason = omni__slice_text("asked")};
}

/* Commit registers of one kind as one group. */
static void
set(uint8_t kind, omni__register_body *bodies, size_t count)
{
    omni__write writes[8] = {{.kind = 0}};
    for (size_t i = 0; i < count; ++i) {
        writes[i].kind = kind;
        writes[i].named = &bodies[i];
    }
    omni__commit commit = {.writes = writes, .count = count};
    ck_assert_int_eq(
        omni__engine_commit(world.store->engine, &commit, &world.error),
        OMNI_OK);
    ck_assert_uint_eq(commit.taken, 0);
    ck_assert_uint_eq(commit.duplicates, 0);
}

static void
set_one(uint8_t kind, const char *name, const char *value)
{
    omni__register_body body = body_of(name, value);
    set(kind, &body, 1);
}

/* What is in force: "" if it was taken away, NULL if it never was. */
static const char *
in_force(uint8_t kind, const char *name)
{
    static char text[64];
    omni_txn *txn = api_begin(world.store);
    omni__register entry;
    const omni_status status =
        omni__register_read(&txn->view, world.store->engine->log, kind,
                            omni__slice_text(name), &entry);
    if (status == OMNI_OK) {
        snprintf(text, sizeof(text), "%.*s", (int)entry.body.value.size,
                 (const char *)entry.body.value.data);
    } else {
        ck_assert_int_eq(status, OMNI_NOT_FOUND);
    }
    omni_txn_end(txn);
    return status == OMNI_OK ? text : NULL;
}

static omni_status
list(void *user, const omni__register *entry)
{
    char *text = user;
    const size_t size = strlen(text);
    snprintf(text + size, 200 - size, "%.*s=%.*s ", (int)entry->body.name.size,
             (const char *)entry->body.name.data, (int)entry->body.value.size,
             (const char *)entry->body.value.data);
    return OMNI_OK;
}

static void
assert_listed(uint8_t kind, const char *wanted)
{
    char text[200] = "";
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni__registers_each(&txn->view, world.store->engine->log,
                                          kind, list, text),
                     OMNI_OK);
    omni_txn_end(txn);
    ck_assert_str_eq(text, wanted);
}

START_TEST(the_latest_of_a_name_is_in_force)
{
    ck_assert_ptr_null(in_force(OMNI__FACT_SEGMENT, "a"));
    set_one(OMNI__FACT_SEGMENT, "a", "1");
    set_one(OMNI__FACT_SEGMENT, "ab", "2");
    set_one(OMNI__FACT_POLICY, "a", "3");
    set_one(OMNI__FACT_SEGMENT, "a", "4");
    set_one(OMNI__FACT_SEGMENT, "b", "5");
    set_one(OMNI__FACT_SEGMENT, "b", "");
    ck_assert_str_eq(in_force(OMNI__FACT_SEGMENT, "a"), "4");
    ck_assert_str_eq(in_force(OMNI__FACT_SEGMENT, "b"), "");
    ck_assert_str_eq(in_force(OMNI__FACT_POLICY, "a"), "3");
    assert_listed(OMNI__FACT_SEGMENT, "a=4 ab=2 ");
    assert_listed(OMNI__FACT_POLICY, "a=3 ");
    assert_listed(OMNI__FACT_CONSENT, "");
    ck_assert_uint_eq(api_stats(world.store).unknown, 0);
    api_check(world.store);
    api_world_close(&world);
    api_world_open(&world);
    assert_listed(OMNI__FACT_SEGMENT, "a=4 ab=2 ");
}
END_TEST

/* A clock that goes back. */
static int64_t
falling_clock(void *user)
{
    int64_t *now = user;
    return *now -= API_SECOND;
}

START_TEST(what_was_known_is_overruled_whatever_the_clock_says)
{
    static int64_t now = API_T0;
    api_world_close(&world);
    const omni_hooks hooks = {
        .size = sizeof(hooks), .clock = falling_clock, .user = &now};
    world.options.hooks = &hooks;
    api_world_open(&world);
    set_one(OMNI__FACT_SEGMENT, "a", "1");
    set_one(OMNI__FACT_SEGMENT, "a", "2");
    ck_assert_str_eq(in_force(OMNI__FACT_SEGMENT, "a"), "2");
    omni__register_body group[] = {body_of("a", "3"), body_of("c", "x"),
                                   body_of("a", "4")};
    set(OMNI__FACT_SEGMENT, group, 3);
    ck_assert_str_eq(in_force(OMNI__FACT_SEGMENT, "a"), "4");
    ck_assert_int_eq(group[2].time_us, group[0].time_us + 1);
    ck_assert_int_lt(group[1].time_us, group[0].time_us);
}
END_TEST

START_TEST(names_that_cannot_be_have_no_effect)
{
    char longest[OMNI__REGISTER_NAME_MAX + 2];
    memset(longest, 'n', sizeof(longest));
    omni__register_body bodies[] = {body_of("", "1"), body_of("ab", "2"),
                                    body_of("long", "3"), body_of("most", "4")};
    bodies[1].name = omni__slice_of("a\0b", 3);
    bodies[2].name = omni__slice_of(longest, OMNI__REGISTER_NAME_MAX + 1);
    bodies[3].name = omni__slice_of(longest, OMNI__REGISTER_NAME_MAX);
    set(OMNI__FACT_SEGMENT, bodies, 4);
    ck_assert_uint_eq(api_stats(world.store).unknown, 3);
    longest[OMNI__REGISTER_NAME_MAX] = '\0';
    ck_assert_str_eq(in_force(OMNI__FACT_SEGMENT, longest), "4");
}
END_TEST

START_TEST(feed_and_dump_show_them)
{
    const omni_digest empty = api_digest(world.store);
    set_one(OMNI__FACT_SEGMENT, "vip", "1 < \"2\"");
    set_one(OMNI__FACT_POLICY, "email",
            "{}"); /* no setting: it has no effect */
    set_one(OMNI__FACT_POLICY, "max_identifiers", "77");
    set_one(OMNI__FACT_SEGMENT, "gone", "true");
    set_one(OMNI__FACT_SEGMENT, "gone", "");
    api_bytes dump = {.size = 0};
    api_dump(world.store, &dump);
    api_bytes_add(&dump, "", 1);
    ck_assert_str_eq(
        dump.data,
        "{\"segment\":{\"expression\":\"1 < \\\"2\\\"\",\"name\":\"vip\"}}\n"
        "{\"policy\":{\"name\":\"max_identifiers\",\"value\":\"77\"}}\n");
    api_bytes_free(&dump);
    const omni_digest now = api_digest(world.store);
    ck_assert_mem_ne(empty.state, now.state, sizeof(now.state));
    omni_facts *facts;
    omni_fact fact;
    omni_text json;
    ck_assert_int_eq(omni_facts_open(world.store, NULL, &facts, NULL), OMNI_OK);
    ck_assert_int_eq(omni_facts_next(facts, &fact), OMNI_OK);
    ck_assert_int_eq(fact.kind, OMNI_FACT_SEGMENT);
    api_assert_text(fact.name, "vip");
    api_assert_text(fact.value, "1 < \"2\"");
    api_assert_text(fact.author, "desk");
    api_assert_text(fact.reason, "asked");
    ck_assert_int_eq(omni_facts_json(facts, &json), OMNI_OK);
    char text[400];
    snprintf(text, sizeof(text), "%.*s", (int)json.size, json.bytes);
    ck_assert_ptr_nonnull(strstr(text, "\"kind\":\"segment\",\"made\":"));
    ck_assert_ptr_nonnull(
        strstr(text, "\"segment\":{\"author\":\"desk\",\"name\":\"vip\","
                     "\"reason\":\"asked\",\"time\":\""));
    ck_assert_ptr_nonnull(strstr(text, "\",\"value\":\"1 < \\\"2\\\"\"}}"));
    omni_facts_close(facts);
}
END_TEST

/* One statement of a name, of some replica at some time. */
static void
fold_one(omni__fold *fold, unsigned number)
{
    omni__group group = {.replica = {(uint8_t)(number % 3)}};
    omni__buffer bytes;
    omni__buffer_init(&bytes, &omni__alloc_default);
    omni__register_body body = body_of(number % 2 != 0 ? "a" : "b", "v");
    body.time_us = (int64_t)(number / 2 % 3) - 1;
    omni__register_body_encode(&body, &bytes);
    const omni__fact fact = {.group = &group,
                             .kind = OMNI__FACT_SEGMENT,
                             .hlc = number * 7 % 5,
                             .sequence = number,
                             .body = omni__buffer_bytes(&bytes)};
    ck_assert_int_eq(omni__fold_register(fold, &fact, 1000 + number), OMNI_OK);
    omni__buffer_free(&bytes);
}

#define ORDERS 20
#define FACTS 16

START_TEST(rows_do_not_depend_on_the_order_of_arrival)
{
    omni__buffer first;
    omni__buffer rows;
    uint64_t state = 7;
    omni__buffer_init(&first, &omni__alloc_default);
    omni__buffer_init(&rows, &omni__alloc_default);
    for (unsigned order = 0; order < ORDERS; ++order) {
        core_world core;
        unsigned facts[FACTS];
        core_world_begin(&core);
        omni__fold fold = {.hooks = &core.hooks, .kv = core.kv};
        for (unsigned i = 0; i < FACTS; ++i) {
            const unsigned at = (unsigned)(api_random(&state) % (i + 1));
            facts[i] = facts[at];
            facts[at] = i;
        }
        for (unsigned i = 0; i < FACTS; ++i) {
            fold_one(&fold, facts[i]);
        }
        ck_assert_uint_eq(fold.counts.registers, FACTS);
        omni__buffer_clear(&rows);
        core_world_rows(&core, order == 0 ? &first : &rows);
        core_world_end(&core);
        ck_assert(order == 0 || omni__slice_equal(omni__buffer_bytes(&first),
                                                  omni__buffer_bytes(&rows)));
    }
    ck_assert_uint_ne(first.size, 0);
    omni__buffer_free(&first);
    omni__buffer_free(&rows);
}
END_TEST

START_TEST(settings_without_effect_are_told)
{
    const omni_policy_invalid *invalid;
    size_t count;
    set_one(OMNI__FACT_POLICY, "max_identifiers", "77");
    set_one(OMNI__FACT_POLICY, "max_identifiers", "\"many\"");
    set_one(OMNI__FACT_POLICY, "max_identifiers", "-1");
    set_one(OMNI__FACT_POLICY, "namespaces.email", "{\"rank\":\"high\"}");
    set_one(OMNI__FACT_POLICY, "moods", "3");
    set_one(OMNI__FACT_POLICY, "moods", "");
    ck_assert_uint_eq(api_stats(world.store).policy_invalid, 3);
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_policy_invalid_facts(txn, &invalid, &count), OMNI_OK);
    ck_assert_uint_eq(count, 3);
    api_assert_text(invalid[0].name, "max_identifiers");
    api_assert_text(invalid[0].value, "-1");
    api_assert_text(invalid[0].author, "desk");
    api_assert_text(invalid[1].value, "\"many\"");
    api_assert_text(invalid[2].name, "namespaces.email");
    ck_assert_ptr_nonnull(
        memmem(invalid[2].error.bytes, invalid[2].error.size, "rank", 4));
    const omni_fact_id last = invalid[2].fact;
    omni_txn_end(txn);
    const omni_reason why = {.text = "no such rank"};
    ck_assert_int_eq(omni_fact_retract(world.store, &last, &why, NULL, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(api_stats(world.store).policy_invalid, 2);
    api_check(world.store);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("register");
    TCase *tests = tcase_create("register");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_latest_of_a_name_is_in_force);
    tcase_add_test(tests, what_was_known_is_overruled_whatever_the_clock_says);
    tcase_add_test(tests, names_that_cannot_be_have_no_effect);
    tcase_add_test(tests, feed_and_dump_show_them);
    tcase_add_test(tests, rows_do_not_depend_on_the_order_of_arrival);
    tcase_add_test(tests, settings_without_effect_are_told);
    suite_add_tcase(suite, tests);
    return core_run(suite);
}
