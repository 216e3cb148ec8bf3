/* Structs that begin with their size serve callers of older and of newer
   releases: every one that is passed in, and every one that is filled. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 4096

static api_world world;
static omni_batch *batch; /* with the results of an event and a merge */

static const omni_identifier anna = {"user_id", "anna"};
static const omni_reason why = {.text = "said so"};

static omni_event
event_of(const char *id)
{
    return (omni_event){.size = sizeof(omni_event),
                        .name = "Viewed",
                        .id = id,
                        .time_us = API_T0,
                        .identifiers = &anna,
                        .identifier_count = 1};
}

static void
setup(void)
{
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    const omni_event event = event_of("1");
    api_world_make(&world);
    api_world_open(&world);
    ck_assert_int_eq(omni_batch_new(world.store, &options, &batch, NULL),
                     OMNI_OK);
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    ck_assert_int_eq(
        omni_batch_add_merge(batch, anna, API_NAME("email", "a@x.org"), &why),
        OMNI_OK);
    ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, NULL),
                     OMNI_OK);
}

static void
teardown(void)
{
    omni_batch_free(batch);
    api_world_remove(&world);
}

static omni_status
pass_event(void *given)
{
    return omni_event_append(world.store, given, NULL, NULL);
}

static omni_status
pass_batch_options(void *given)
{
    omni_batch *made = NULL;
    const omni_status status = omni_batch_new(world.store, given, &made, NULL);
    omni_batch_free(made);
    return status;
}

static omni_status
pass_facts_options(void *given)
{
    omni_facts *made = NULL;
    const omni_status status = omni_facts_open(world.store, given, &made, NULL);
    omni_facts_close(made);
    return status;
}

static omni_status
pass_funnel_options(void *given)
{
    static const omni_funnel_step step = {"Viewed", NULL};
    omni_funnel_options *options = given;
    const omni_funnel *made;
    options->steps = &step;
    options->step_count = 1;
    omni_txn *txn = api_begin(world.store);
    const omni_status status = omni_funnel_run(txn, given, &made);
    omni_txn_end(txn);
    return status;
}

static omni_status
pass_profiles_options(void *given)
{
    omni_profiles *made;
    omni_txn *txn = api_begin(world.store);
    const omni_status status = omni_profiles_open(txn, given, &made);
    omni_txn_end(txn);
    return status;
}

static omni_status
pass_timeline_options(void *given)
{
    omni_timeline *made;
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, anna.ns, anna.value);
    const omni_status status = omni_timeline_open(txn, &id, given, &made);
    omni_txn_end(txn);
    return status;
}

static omni_status
pass_policy_options(void *given)
{
    return omni_policy_set_json(world.store, "{}", 2, given, NULL, NULL);
}

static omni_status
fill_policy_result(void *out)
{
    return omni_policy_set_json(world.store, "{}", 2, NULL, out, NULL);
}

static omni_status
open_other(const omni_store_options *options)
{
    char path[API_PATH];
    omni_store *made = NULL;
    api_world_path(&world, "other", path);
    const omni_status status = omni_store_open(path, options, &made, NULL);
    omni_store_close(made);
    api_remove(path);
    return status;
}

static omni_status
pass_store_options(void *given)
{
    ((omni_store_options *)given)->flags = OMNI_STORE_CREATE;
    return open_other(given);
}

static omni_status
pass_hooks(void *given)
{
    const omni_store_options options = {
        .size = sizeof(options), .flags = OMNI_STORE_CREATE, .hooks = given};
    return open_other(&options);
}

static omni_status
pass_definition(void *given)
{
    omni_segment_definition *definition = given;
    definition->name = "all";
    definition->expression = "true";
    return omni_segment_set(world.store, definition, NULL, NULL);
}

static omni_status
pass_removal(void *given)
{
    omni_segment_definition definition = {.size = sizeof(definition)};
    omni_segment_removal *removal = given;
    pass_definition(&definition);
    removal->name = "all";
    return omni_segment_delete(world.store, removal, NULL, NULL);
}

static omni_status
pass_query(void *given)
{
    static const char *const all = "all";
    omni_members_query *query = given;
    omni_segment_definition definition = {.size = sizeof(definition)};
    pass_definition(&definition);
    query->segments = &all;
    query->segment_count = 1;
    omni_txn *txn = api_begin(world.store);
    const omni_status status =
        omni_segments_members(txn, query, NULL, NULL, NULL);
    omni_txn_end(txn);
    return status;
}

static omni_status
fill_tick(void *out)
{
    return omni_store_tick(world.store, API_T0, 0, out, NULL);
}

static omni_status
fill_tick_all(void *out)
{
    return omni_store_tick_all(world.store, API_T0, NULL, NULL, out, NULL);
}

static omni_status
fill_event_result(void *out)
{
    const omni_event event = event_of("2");
    return omni_event_append(world.store, &event, out, NULL);
}

static omni_status
fill_batch_result(void *out)
{
    return omni_batch_result(batch, 0, out);
}

static omni_status
fill_batch_statement(void *out)
{
    return omni_batch_statement_result(batch, 1, out);
}

static omni_status
fill_merge(void *out)
{
    return omni_profile_merge(world.store, anna, API_NAME("email", "b@x.org"),
                              &why, out, NULL);
}

static omni_status
fill_split(void *out)
{
    return omni_profile_split(world.store, anna, API_NAME("email", "b@x.org"),
                              &why, out, NULL);
}

static omni_status
fill_retract(void *out)
{
    static unsigned number;
    char id[16];
    snprintf(id, sizeof(id), "r%u", number++);
    const omni_event event = event_of(id);
    const omni_event_result appended = api_put(world.store, &event);
    return omni_fact_retract(world.store, &appended.fact, &why, out, NULL);
}

static omni_status
fill_summary(void *out)
{
    return omni_batch_summary(batch, out);
}

static omni_status
fill_json_summary(void *out)
{
    return omni_event_append_json(world.store, "{}", 2, out, NULL);
}

static omni_status
fill_stats(void *out)
{
    return omni_store_stats(world.store, out, NULL);
}

static omni_status
fill_report(void *out)
{
    return omni_store_check(world.store, 0, NULL, NULL, out, NULL);
}

static omni_status
fill_members_counts(void *given)
{
    static const char *const all = "all";
    const omni_members_query query = {
        .size = sizeof(query), .segments = &all, .segment_count = 1};
    omni_segment_definition definition = {.size = sizeof(definition)};
    pass_definition(&definition);
    omni_txn *txn = api_begin(world.store);
    const omni_status status =
        omni_segments_members(txn, &query, NULL, NULL, given);
    omni_txn_end(txn);
    return status;
}

static omni_status
fill_scan_counts(void *out)
{
    omni_txn *txn = api_begin(world.store);
    omni_segment *segment = NULL;
    ck_assert_int_eq(
        omni_segment_compile(world.store, "true", 4, &segment, NULL), OMNI_OK);
    const omni_status status =
        omni_segment_count(txn, segment, API_T0, NULL, NULL, out);
    omni_segment_free(segment);
    omni_txn_end(txn);
    return status;
}

typedef struct sized {
    size_t size;
    omni_status (*call)(void *);
} sized;

static const sized given[] = {
    {sizeof(omni_batch_options), pass_batch_options},
    {sizeof(omni_event), pass_event},
    {sizeof(omni_facts_options), pass_facts_options},
    {sizeof(omni_funnel_options), pass_funnel_options},
    {sizeof(omni_hooks), pass_hooks},
    {sizeof(omni_policy_options), pass_policy_options},
    {sizeof(omni_members_query), pass_query},
    {sizeof(omni_profiles_options), pass_profiles_options},
    {sizeof(omni_segment_definition), pass_definition},
    {sizeof(omni_segment_removal), pass_removal},
    {sizeof(omni_store_options), pass_store_options},
    {sizeof(omni_timeline_options), pass_timeline_options}};

static const sized filled[] = {
    {sizeof(omni_check_report), fill_report},
    {sizeof(omni_event_result), fill_batch_result},
    {sizeof(omni_event_result), fill_event_result},
    {sizeof(omni_import_summary), fill_json_summary},
    {sizeof(omni_import_summary), fill_summary},
    {sizeof(omni_members_counts), fill_members_counts},
    {sizeof(omni_policy_result), fill_policy_result},
    {sizeof(omni_retract_result), fill_retract},
    {sizeof(omni_scan_counts), fill_scan_counts},
    {sizeof(omni_statement_result), fill_batch_statement},
    {sizeof(omni_statement_result), fill_merge},
    {sizeof(omni_statement_result), fill_split},
    {sizeof(omni_stats), fill_stats},
    {sizeof(omni_tick_result), fill_tick},
    {sizeof(omni_tick_result), fill_tick_all}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Room for a struct of any release, aligned as it wants. */
typedef union room {
    size_t size;
    uint64_t aligned;
    uint8_t bytes[MOST + 64];
} room;

static void
assert_wrong_sizes(const sized *s)
{
    const size_t wrong[] = {0, 1, sizeof(void *), MOST + 1, SIZE_MAX};
    static room r;
    memset(&r, 0, sizeof(r));
    for (size_t i = 0; i < COUNT(wrong); ++i) {
        r.size = wrong[i];
        ck_assert_int_eq(s->call(&r), OMNI_ERR_ARGUMENT);
    }
}

START_TEST(what_is_passed_in_may_be_older_or_newer)
{
    const sized *s = &given[_i];
    static room r;
    assert_wrong_sizes(s);
    memset(&r, 0, sizeof(r));
    r.size = 2 * sizeof(size_t); /* nothing but the first member */
    memset(r.bytes + r.size, 0xff, sizeof(r) - r.size);
    if (s->call == pass_store_options || s->call == pass_funnel_options) {
        r.size += 8; /* what the call sets itself comes first */
        memset(r.bytes + 8, 0, 16);
    }
    if (s->call == pass_definition || s->call == pass_query) {
        r.size = 3 * sizeof(size_t); /* and what is needed */
    }
    ck_assert_int_ge(s->call(&r), OMNI_OK);
    memset(&r, 0, sizeof(r));
    r.size = s->size + 32;
    ck_assert_int_ge(s->call(&r), OMNI_OK);
    r.bytes[s->size + 31] = 1;
    ck_assert_int_eq(s->call(&r), OMNI_ERR_ARGUMENT);
    r.size = s->size + 31; /* it stands beyond the struct now */
    ck_assert_int_ge(s->call(&r), OMNI_OK);
}
END_TEST

START_TEST(what_is_filled_may_be_older_or_newer)
{
    const sized *s = &filled[_i];
    static room r;
    assert_wrong_sizes(s);
    memset(&r, 0xee, sizeof(r));
    r.size = s->size - 8;
    ck_assert_int_ge(s->call(&r), OMNI_OK);
    ck_assert_uint_eq(r.size, s->size - 8);
    for (size_t i = r.size; i < sizeof(r); ++i) {
        ck_assert_uint_eq(r.bytes[i], 0xee);
    }
    memset(&r, 0xee, sizeof(r));
    r.size = s->size + 32;
    ck_assert_int_ge(s->call(&r), OMNI_OK);
    ck_assert_uint_eq(r.size, s->size + 32);
    for (size_t i = s->size; i < sizeof(r); ++i) {
        ck_assert_uint_eq(r.bytes[i], i < r.size ? 0 : 0xee);
    }
}
END_TEST

START_TEST(flags_that_nobody_knows_are_no_argument)
{
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE | 1u << 30};
    ck_assert_int_eq(open_other(&options), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(
        omni_store_check(world.store, 1u << 30, NULL, NULL, NULL, NULL),
        OMNI_ERR_ARGUMENT);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sized");
    TCase *tests = tcase_create("sized");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, what_is_passed_in_may_be_older_or_newer, 0,
                        (int)COUNT(given));
    tcase_add_loop_test(tests, what_is_filled_may_be_older_or_newer, 0,
                        (int)COUNT(filled));
    tcase_add_test(tests, flags_that_nobody_knows_are_no_argument);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
