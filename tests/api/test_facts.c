/* The feed of facts: order, positions, groups, other threads and processes. */
#include "api/handle.h"
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static api_world world;

static const omni_reason reason = {.text = "same \"card\"", .author = "clerk"};

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

static omni_facts *
open_at(omni_store *store, uint64_t position)
{
    const omni_facts_options options = {.size = sizeof(options),
                                        .position = position};
    omni_facts *facts = NULL;
    omni_error error = {.message = ""};
    const omni_status status = omni_facts_open(store, &options, &facts, &error);
    ck_assert_msg(status == OMNI_OK, "%s", error.message);
    return facts;
}

static omni_facts *
open_end(omni_store *store)
{
    const omni_facts_options options = {.size = sizeof(options),
                                        .from_end = true};
    omni_facts *facts = NULL;
    ck_assert_int_eq(omni_facts_open(store, &options, &facts, NULL), OMNI_OK);
    return facts;
}

/* The next fact has to be there. */
static omni_fact
next_fact(omni_facts *facts)
{
    omni_fact fact;
    const omni_status status = omni_facts_next(facts, &fact);
    ck_assert_msg(status == OMNI_OK, "%s: %s", omni_status_name(status),
                  omni_facts_error(facts)->message);
    return fact;
}

static void
assert_end(omni_facts *facts)
{
    omni_fact fact = {.body_bytes = 7};
    ck_assert_int_eq(omni_facts_next(facts, &fact), OMNI_END);
    ck_assert_uint_eq(fact.body_bytes, 7);
}

static void
assert_json(omni_facts *facts, const char *wanted)
{
    omni_text json;
    ck_assert_int_eq(omni_facts_json(facts, &json), OMNI_OK);
    ck_assert_msg(json.size > strlen(wanted) &&
                      memcmp(json.bytes, wanted, strlen(wanted)) == 0,
                  "%.*s", (int)json.size, json.bytes);
}

/* Commit so many events of one person as a group. */
static void
commit_group(omni_store *store, const char *person, unsigned from,
             unsigned count)
{
    omni_batch *batch = NULL;
    omni_error error;
    ck_assert_int_eq(omni_batch_new(store, NULL, &batch, NULL), OMNI_OK);
    for (unsigned i = 0; i < count; ++i) {
        char id[64];
        snprintf(id, sizeof(id), "%s-%u", person, from + i);
        const omni_identifier who = {"user_id", person};
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .id = id,
                                  .time_us = API_T0 + i,
                                  .identifiers = &who,
                                  .identifier_count = 1};
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    }
    ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_OFF, &error),
                     OMNI_OK);
    omni_batch_free(batch);
}

START_TEST(facts_come_in_the_order_in_which_they_were_taken)
{
    const omni_identifier names[] = {{"loyalty_id", "7"}, {"email", "A@X.org"}};
    const omni_event event = {.size = sizeof(event),
                              .name = "Bought",
                              .id = "r1",
                              .time_us = API_T0,
                              .original_time_us = API_T0 + 1,
                              .channel = "store",
                              .source = "till",
                              .identifiers = names,
                              .identifier_count = 2,
                              .traits_json = "{\"plan\":\"gold\"}",
                              .properties_json = "{\"revenue\":5.0}"};
    omni_event_result result = {.size = sizeof(result)};
    omni_statement_result stated = {.size = sizeof(stated)};
    ck_assert_int_eq(omni_event_append(world.store, &event, &result, NULL),
                     OMNI_OK);
    ck_assert_int_eq(omni_profile_merge(world.store, names[0],
                                        API_NAME("user_id", "u"), &reason,
                                        &stated, NULL),
                     OMNI_OK);
    ck_assert_int_eq(omni_profile_split(world.store, names[0], names[1],
                                        &reason, NULL, NULL),
                     OMNI_OK);
    omni_facts *facts = open_at(world.store, 0);
    omni_fact fact = next_fact(facts);
    ck_assert_mem_eq(&fact.id, &result.fact, sizeof(fact.id));
    ck_assert_int_eq(fact.kind, OMNI_FACT_EVENT);
    ck_assert(fact.has_body && fact.group_end);
    ck_assert_int_eq(fact.time_us, API_T0);
    ck_assert_int_eq(fact.event.original_time_us, API_T0 + 1);
    ck_assert_int_ge(fact.made_us, API_T0);
    ck_assert_uint_eq(fact.identifier_count, 2);
    api_assert_text(fact.identifiers[0].value, "a@x.org");
    api_assert_text(fact.event.id, "r1");
    api_assert_text(fact.event.channel, "store");
    api_assert_text(fact.event.source, "till");
    api_assert_text(fact.event.traits_json, "{\"plan\":\"gold\"}");
    api_assert_text(fact.event.properties_json, "{\"revenue\":5}");
    assert_json(facts, "{\"event\":{\"channel\":\"store\",\"id\":\"r1\","
                       "\"identifiers\":[\"email:a@x.org\",\"loyalty_id:7\"]");
    omni_txn *txn = api_begin(world.store);
    omni_id id;
    ck_assert_int_eq(omni_profile_resolve(txn, &fact.event.anchor, &id),
                     OMNI_OK);
    const omni_id card = api_find(txn, "loyalty_id", "7");
    api_assert_id(id, card);
    omni_txn_end(txn);
    fact = next_fact(facts);
    ck_assert_mem_eq(&fact.id, &stated.fact, sizeof(fact.id));
    ck_assert_int_eq(fact.kind, OMNI_FACT_LINK);
    ck_assert_uint_eq(fact.identifier_count, 2);
    api_assert_text(fact.identifiers[0].ns, "loyalty_id");
    api_assert_text(fact.identifiers[1].ns, "user_id");
    api_assert_text(fact.reason, "same \"card\"");
    api_assert_text(fact.author, "clerk");
    ck_assert_uint_eq(fact.event.name.size, 0);
    assert_json(facts, "{\"fact\":\"");
    fact = next_fact(facts);
    ck_assert_int_eq(fact.kind, OMNI_FACT_PART);
    assert_end(facts);
    omni_facts_close(facts);
}
END_TEST

START_TEST(a_copy_is_a_fact_if_it_says_something_new)
{
    const omni_identifier names[] = {{"loyalty_id", "7"}, {"email", "a@x.org"}};
    omni_event event = {.size = sizeof(event),
                        .name = "Bought",
                        .id = "r1",
                        .time_us = API_T0,
                        .identifiers = names,
                        .identifier_count = 1};
    omni_event_result result = {.size = sizeof(result)};
    api_append(world.store, &event);
    omni_facts *facts = open_end(world.store);
    for (int i = 0; i < 2; ++i) {
        ck_assert_int_eq(omni_event_append(world.store, &event, &result, NULL),
                         OMNI_OK);
        ck_assert_int_eq(result.outcome, OMNI_OUTCOME_DUPLICATE);
        event.identifier_count = 2;
    }
    const omni_fact fact = next_fact(facts);
    ck_assert_uint_eq(fact.identifier_count, 2);
    assert_end(facts);
    omni_facts_close(facts);
}
END_TEST

#define GROUPS 12

/* Groups of 1, 2, 3, … facts; the positions before and behind every fact. */
static size_t
fill_groups(uint64_t *positions, omni_fact_id *ids)
{
    for (unsigned i = 0; i < GROUPS; ++i) {
        commit_group(world.store, "u1", i * 100, i + 1);
    }
    omni_facts *facts = open_at(world.store, 0);
    omni_fact fact;
    size_t count = 0;
    positions[0] = omni_facts_position(facts);
    while (omni_facts_next(facts, &fact) == OMNI_OK) {
        ids[count++] = fact.id;
        positions[count] = omni_facts_position(facts);
        ck_assert_uint_gt(positions[count], positions[count - 1]);
    }
    omni_facts_close(facts);
    ck_assert_uint_eq(count, GROUPS * (GROUPS + 1) / 2);
    return count;
}

START_TEST(a_walk_goes_on_from_any_position)
{
    uint64_t positions[GROUPS * GROUPS];
    omni_fact_id ids[GROUPS * GROUPS];
    const size_t count = fill_groups(positions, ids);
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i <= count; i += round == 0 ? 1 : 7) {
            omni_facts *facts = open_at(world.store, positions[i]);
            ck_assert_uint_eq(omni_facts_position(facts), positions[i]);
            for (size_t k = i; k < count; ++k) {
                const omni_fact fact = next_fact(facts);
                ck_assert_mem_eq(&fact.id, &ids[k], sizeof(ids[k]));
                ck_assert_uint_eq(omni_facts_position(facts), positions[k + 1]);
            }
            assert_end(facts);
            omni_facts_close(facts);
        }
        if (round == 0) {
            omni_store_flush(world.store, NULL);
        } else {
            api_world_close(&world);
            api_world_open(&world);
        }
    }
}
END_TEST

START_TEST(a_position_that_is_none_is_refused)
{
    uint64_t positions[GROUPS * GROUPS];
    omni_fact_id ids[GROUPS * GROUPS];
    const size_t count = fill_groups(positions, ids);
    uint64_t state = setting_seed();
    const uint64_t last = positions[count];
    omni_facts *facts = NULL;
    for (size_t i = 0; i < 3000; ++i) {
        omni_facts_options options = {.size = sizeof(options)};
        omni_error error = {.message = ""};
        options.position = i % 3 == 0 ? api_random(&state)
                                      : api_random(&state) % (last + last / 8);
        if (i % 3 == 2) {
            options.position &= ~UINT64_C(0x1ffff);
        }
        const omni_status status =
            omni_facts_open(world.store, &options, &facts, &error);
        if (status == OMNI_OK) {
            const uint64_t given = omni_facts_position(facts);
            bool known = false;
            for (size_t k = 0; k <= count; ++k) {
                known |= positions[k] == given;
            }
            ck_assert_msg(known || options.position == 0,
                          "OMNI_SEED=%llu: position %llu was taken",
                          (unsigned long long)setting_seed(),
                          (unsigned long long)options.position);
            omni_facts_close(facts);
        } else {
            ck_assert_int_eq(status, OMNI_ERR_ARGUMENT);
            ck_assert_ptr_nonnull(strstr(error.message, "none of this store"));
        }
    }
    const omni_facts_options wrong[] = {
        {.size = 3},
        {.size = sizeof(wrong[0]), .position = last, .from_end = true},
        {.size = sizeof(wrong[0]), .position = last + (UINT64_C(1) << 17)},
        {.size = sizeof(wrong[0]), .position = last + 1}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); ++i) {
        facts = NULL;
        ck_assert_int_eq(omni_facts_open(world.store, &wrong[i], &facts, NULL),
                         OMNI_ERR_ARGUMENT);
        ck_assert_ptr_null(facts);
    }
}
END_TEST

START_TEST(a_walk_from_the_end_sees_what_comes)
{
    commit_group(world.store, "u1", 0, 3);
    omni_facts *facts = open_end(world.store);
    omni_text json;
    assert_end(facts);
    ck_assert_int_eq(omni_facts_json(facts, &json), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_facts_error(facts)->status, OMNI_ERR_ARGUMENT);
    const uint64_t before = omni_facts_position(facts);
    commit_group(world.store, "u1", 10, 2);
    ck_assert(!next_fact(facts).group_end);
    ck_assert(next_fact(facts).group_end);
    assert_end(facts);
    omni_facts *again = open_at(world.store, before);
    api_assert_text(next_fact(again).event.id, "u1-10");
    omni_facts_close(again);
    omni_facts_close(facts);
    omni_facts_close(NULL);
}
END_TEST

START_TEST(a_walk_goes_over_the_segments_of_the_log)
{
    enum { LARGE = 60000, COUNT = 1300 }; /* more than a segment's 64 MiB */
    static char properties[LARGE];
    memset(properties, 'x', sizeof(properties));
    memcpy(properties, "{\"a\":\"", 6);
    memcpy(properties + LARGE - 3, "\"}", 3);
    const omni_identifier who = {"user_id", "u1"};
    omni_facts *facts = open_at(world.store, 0);
    uint64_t kept[COUNT];
    for (unsigned i = 0; i < COUNT; ++i) {
        omni_batch *batch = NULL;
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .time_us = API_T0 + i,
                                  .identifiers = &who,
                                  .identifier_count = 1,
                                  .properties_json = properties};
        if (i % 100 == 99) {
            assert_end(facts);
        }
        ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, NULL),
                         OMNI_OK);
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
        ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_OFF, NULL),
                         OMNI_OK);
        omni_batch_free(batch);
        kept[i] = omni_facts_position(facts);
        const omni_fact fact = next_fact(facts);
        ck_assert_uint_eq(fact.id.sequence, i + 1);
        ck_assert_uint_eq(fact.event.properties_json.size, LARGE - 1);
    }
    assert_end(facts);
    omni_facts_close(facts);
    ck_assert_uint_gt(api_stats(world.store).log_bytes, 64u << 20);
    for (unsigned i = 0; i < COUNT; ++i) {
        facts = open_at(world.store, kept[i]);
        ck_assert_uint_eq(next_fact(facts).id.sequence, i + 1);
        omni_facts_close(facts);
    }
}
END_TEST

START_TEST(facts_of_another_process_are_seen)
{
    omni_facts *facts = open_end(world.store);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        omni_fact fact;
        omni_facts *none = NULL;
        omni_store *store = NULL;
        if (omni_facts_next(facts, &fact) != OMNI_ERR_CONFLICT ||
            omni_facts_open(world.store, NULL, &none, NULL) !=
                OMNI_ERR_CONFLICT) {
            _exit(1);
        }
        omni_store_close(world.store); /* the parent's handle, forgotten */
        const omni_store_options options = {.size = sizeof(options)};
        if (omni_store_open(world.path, &options, &store, NULL) != OMNI_OK) {
            _exit(2);
        }
        const omni_identifier who = {"user_id", "child"};
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .id = "c1",
                                  .time_us = API_T0,
                                  .identifiers = &who,
                                  .identifier_count = 1};
        const omni_status status = omni_event_append(store, &event, NULL, NULL);
        _exit(status == OMNI_OK && omni_store_close(store) == OMNI_OK ? 0 : 3);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    const omni_fact fact = next_fact(facts);
    api_assert_text(fact.event.id, "c1");
    omni_txn *txn = api_begin(world.store);
    omni_id id;
    ck_assert_int_eq(omni_profile_resolve(txn, &fact.event.anchor, &id),
                     OMNI_OK);
    omni_txn_end(txn);
    assert_end(facts);
    omni_facts_close(facts);
}
END_TEST

#define WRITERS 2
#define WRITER_GROUPS 150

static void *
write_groups(void *user)
{
    for (unsigned i = 0; i < WRITER_GROUPS; ++i) {
        commit_group(world.store, user, i * 100, 1 + i % 5);
        if (i % 40 == 39) {
            omni_store_flush(world.store, NULL);
        }
    }
    return NULL;
}

START_TEST(a_group_of_another_thread_is_never_seen_half)
{
    char *const people[WRITERS] = {"w0", "w1"};
    pthread_t writers[WRITERS];
    uint64_t groups = 0;
    uint64_t count = 0;
    omni_facts *facts = open_end(world.store);
    for (int i = 0; i < WRITERS; ++i) {
        ck_assert_int_eq(
            pthread_create(&writers[i], NULL, write_groups, people[i]), 0);
    }
    bool inside = false;
    char person = 0;
    while (groups < WRITERS * WRITER_GROUPS) {
        omni_fact fact;
        const omni_status status = omni_facts_next(facts, &fact);
        if (status == OMNI_END) {
            ck_assert(!inside);
            continue;
        }
        ck_assert_int_eq(status, OMNI_OK);
        ck_assert_uint_eq(fact.id.sequence, ++count);
        ck_assert(!inside || fact.event.id.bytes[1] == person);
        person = fact.event.id.bytes[1];
        inside = !fact.group_end;
        groups += fact.group_end;
    }
    for (int i = 0; i < WRITERS; ++i) {
        pthread_join(writers[i], NULL);
    }
    assert_end(facts);
    ck_assert_uint_eq(count, WRITERS * WRITER_GROUPS * 3);
    omni_facts_close(facts);
}
END_TEST

START_TEST(a_damaged_log_is_told_and_nothing_after_it_is_given)
{
    enum { STEP_BITS = 17, STEP = 8 }; /* positions are those of frames */
    commit_group(world.store, "u1", 0, 2);
    commit_group(world.store, "u1", 10, 2);
    omni_facts *facts = open_at(world.store, 0);
    next_fact(facts);
    next_fact(facts);
    const uint64_t position = omni_facts_position(facts);
    omni_facts_close(facts);
    api_world_close(&world);
    char path[API_PATH];
    api_world_path(&world, "store/log/0000000000000000.log", path);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    const long at = (long)((position >> STEP_BITS) * STEP) + 100;
    ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
    const int byte = fgetc(file);
    ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
    ck_assert_int_ne(fputc(byte ^ 1, file), EOF);
    ck_assert_int_eq(fclose(file), 0);
    api_world_open(&world);
    facts = open_at(world.store, 0);
    omni_fact fact;
    next_fact(facts);
    next_fact(facts);
    for (int i = 0; i < 2; ++i) {
        ck_assert_int_eq(omni_facts_next(facts, &fact), OMNI_ERR_CORRUPT);
        ck_assert_int_eq(omni_facts_error(facts)->status, OMNI_ERR_CORRUPT);
        ck_assert_uint_eq(omni_facts_position(facts), position);
    }
    omni_facts_close(facts);
}
END_TEST

START_TEST(a_store_open_for_reading_has_the_feed)
{
    commit_group(world.store, "u1", 0, 3);
    api_world_close(&world);
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_READ_ONLY};
    omni_store *store = NULL;
    ck_assert_int_eq(
        omni_store_open(world.path, &options, &store, &world.error), OMNI_OK);
    omni_facts *facts = open_at(store, 0);
    for (int i = 0; i < 3; ++i) {
        next_fact(facts);
    }
    assert_end(facts);
    omni_facts_close(facts);
    ck_assert_int_eq(omni_store_close(store), OMNI_OK);
}
END_TEST

/* Ticks of the segments stand in the log, and are passed over from wherever
   the walk stands. */
START_TEST(controls_of_the_log_are_no_facts)
{
    omni__log *log = world.store->engine->log;
    const omni__slice tick = omni__slice_text("\1\2\1");
    uint64_t positions[4];
    omni_facts *facts = open_at(world.store, 0);
    for (unsigned i = 0; i < 3; ++i) {
        ck_assert_int_eq(omni__log_control(log, tick, NULL, NULL), OMNI_OK);
        positions[i] = omni_facts_position(facts);
        assert_end(facts);
        ck_assert_int_eq(omni__log_control(log, tick, NULL, NULL), OMNI_OK);
        commit_group(world.store, "u", i, 2);
        ck_assert(!next_fact(facts).group_end);
        ck_assert(next_fact(facts).group_end);
    }
    ck_assert_int_eq(omni__log_control(log, tick, NULL, NULL), OMNI_OK);
    positions[3] = omni_facts_position(facts);
    assert_end(facts);
    omni_facts_close(facts);
    for (unsigned i = 0; i < 4; ++i) {
        facts = open_at(world.store, positions[i]);
        for (unsigned k = 2 * i; k < 6; ++k) {
            next_fact(facts);
        }
        assert_end(facts);
        omni_facts_close(facts);
    }
    /* No fact of a control can be stood on. */
    const omni_facts_options inside = {.size = sizeof(inside),
                                       .position = positions[0] + 1};
    ck_assert_int_eq(omni_facts_open(world.store, &inside, &facts, NULL),
                     OMNI_ERR_ARGUMENT);
    api_check(world.store);
}
END_TEST

START_TEST(kinds_have_words)
{
    ck_assert_str_eq(omni_fact_kind_name(OMNI_FACT_EVENT), "event");
    ck_assert_str_eq(omni_fact_kind_name(OMNI_FACT_SEGMENT), "segment");
    ck_assert_str_eq(omni_fact_kind_name((omni_fact_kind)0), "unknown");
    ck_assert_str_eq(omni_fact_kind_name((omni_fact_kind)200), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("facts");
    TCase *tests = tcase_create("facts");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, facts_come_in_the_order_in_which_they_were_taken);
    tcase_add_test(tests, a_copy_is_a_fact_if_it_says_something_new);
    tcase_add_test(tests, a_walk_goes_on_from_any_position);
    tcase_add_test(tests, a_position_that_is_none_is_refused);
    tcase_add_test(tests, a_walk_from_the_end_sees_what_comes);
    tcase_add_test(tests, a_walk_goes_over_the_segments_of_the_log);
    tcase_add_test(tests, facts_of_another_process_are_seen);
    tcase_add_test(tests, a_group_of_another_thread_is_never_seen_half);
    tcase_add_test(tests, a_damaged_log_is_told_and_nothing_after_it_is_given);
    tcase_add_test(tests, a_store_open_for_reading_has_the_feed);
    tcase_add_test(tests, controls_of_the_log_are_no_facts);
    tcase_add_test(tests, kinds_have_words);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
