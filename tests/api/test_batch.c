/* Batches and imports: counts, limits, and what a failed commit leaves. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;
static omni_hooks hooks;
static omni_batch *batch;
static bool no_random;

static int
give_random(void *user, void *bytes, size_t size_bytes)
{
    static uint64_t state = 1;
    (void)user;
    for (size_t i = 0; i < size_bytes; ++i) {
        ((uint8_t *)bytes)[i] = (uint8_t)api_random(&state);
    }
    return no_random ? 1 : 0;
}

static void
setup(void)
{
    api_world_make(&world);
    no_random = false;
    hooks = (omni_hooks){.size = sizeof(hooks), .random = give_random};
    world.options.hooks = &hooks;
    api_world_open(&world);
    batch = NULL;
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, NULL), OMNI_OK);
}

static void
teardown(void)
{
    omni_batch_free(batch);
    api_world_remove(&world);
}

static omni_status
add_event(const char *id, int64_t time_us, const char *properties)
{
    const omni_identifier who = API_NAME("user_id", "anna");
    const omni_event event = {.size = sizeof(event),
                              .name = "Viewed",
                              .id = id,
                              .time_us = time_us,
                              .identifiers = &who,
                              .identifier_count = 1,
                              .properties_json = properties};
    return omni_batch_add(batch, &event);
}

static omni_import_summary
commit(void)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    const omni_status status =
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    ck_assert_int_eq(omni_batch_summary(batch, &summary), OMNI_OK);
    ck_assert_uint_eq(summary.taken + summary.duplicates + summary.refused,
                      summary.read);
    return summary;
}

static uint64_t
count_viewed(void)
{
    return api_count(world.store, "user_id", "anna", "Viewed");
}

#define TRACK "{\"type\":\"track\",\"event\":\"Viewed\",\"userId\":\"anna\""
#define TIME ",\"timestamp\":\"2024-01-01T00:00:00Z\"}"

/* One of everything, and an empty line. */
static const char lines[] = TRACK
    ",\"messageId\":\"1\"" TIME "\n" TRACK ",\"messageId\":\"1\"" TIME
    "\r\n" TRACK TIME "\n" TRACK TIME "\nno json\n"
    "{\"type\":\"jump\",\"userId\":\"anna\"}\n"
    "{\"type\":\"track\",\"event\":\"Viewed\"}\n"
    "{\"type\":\"track\",\"event\":\"Viewed\",\"userId\":\"null\"}\n" TRACK
    ",\"timestamp\":\"yesterday\"}\n" TRACK
    ",\"messageId\":\"far\",\"timestamp\":\"9000-01-01T00:00:00Z\"}\n"
    "{\"batch\":[" TRACK ",\"messageId\":\"2\"" TIME "," TRACK
    ",\"messageId\":\"3\"" TIME "]}";

static void
assert_counts(const omni_import_summary *s)
{
    ck_assert_uint_eq(s->read, 12);
    ck_assert_uint_eq(s->taken, 6);
    ck_assert_uint_eq(s->duplicates, 1);
    ck_assert_uint_eq(s->refused, 5);
    ck_assert_uint_eq(s->refused_by_code[OMNI_REFUSED_JSON], 1);
    ck_assert_uint_eq(s->refused_by_code[OMNI_REFUSED_EVENT], 1);
    ck_assert_uint_eq(s->refused_by_code[OMNI_REFUSED_TIME], 1);
    ck_assert_uint_eq(s->refused_by_code[OMNI_REFUSED_NO_IDENTIFIER], 1);
    ck_assert_uint_eq(s->refused_by_code[OMNI_REFUSED_BLOCKED], 1);
    ck_assert_uint_eq(s->flagged, 1);
}

START_TEST(append_json_counts_every_record)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    const omni_status status = omni_event_append_json(
        world.store, lines, sizeof(lines) - 1, &summary, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s", world.error.message);
    assert_counts(&summary);
    ck_assert_uint_eq(count_viewed(), 6);
    ck_assert_uint_eq(api_stats(world.store).refused, 5);
    ck_assert_uint_eq(api_stats(world.store).flagged, 1);
    ck_assert_int_eq(
        omni_event_append_json(world.store, "", 0, &summary, &world.error),
        OMNI_OK);
    ck_assert_uint_eq(summary.read, 0);
}
END_TEST

typedef struct listing {
    uint64_t count;
    uint64_t lines[16];
    int32_t codes[16];
} listing;

static int
list_refused(void *user, const omni_refused *refused)
{
    listing *l = user;
    ck_assert_uint_lt(l->count, 16);
    ck_assert_str_eq(refused->source, "file.jsonl");
    ck_assert_str_ne(refused->reason, "");
    l->lines[l->count] = refused->line;
    l->codes[l->count++] = refused->code;
    return 0;
}

START_TEST(refused_records_are_kept_with_line_and_source)
{
    omni_import *import = NULL;
    listing l = {.count = 0};
    ck_assert_int_eq(
        omni_import_new(world.store, "file.jsonl", &import, &world.error),
        OMNI_OK);
    ck_assert_int_eq(
        omni_batch_add_json(batch, import, lines, sizeof(lines) - 1), OMNI_OK);
    const omni_import_summary first = commit();
    assert_counts(&first);
    ck_assert_int_eq(omni_batch_add_json(batch, import, "x\n", 2), OMNI_OK);
    ck_assert_uint_eq(commit().refused, 1);
    omni_import_free(import);
    ck_assert_int_eq(omni_store_refused(world.store, list_refused, &l, NULL),
                     OMNI_OK);
    const uint64_t wanted[] = {5, 6, 7, 8, 9, 10, 12};
    ck_assert_uint_eq(l.count, 7);
    ck_assert_mem_eq(l.lines, wanted, sizeof(wanted));
    ck_assert_int_eq(l.codes[0], OMNI_REFUSED_JSON);
    ck_assert_int_eq(l.codes[5], OMNI_FLAGGED_FUTURE);
}
END_TEST

START_TEST(equal_records_without_id_count_over_the_batches_of_an_import)
{
    for (int round = 0; round < 2; ++round) {
        omni_import *import = NULL;
        ck_assert_int_eq(omni_import_new(world.store, NULL, &import, NULL),
                         OMNI_OK);
        for (int i = 0; i < 3; ++i) {
            const char *line = TRACK TIME;
            ck_assert_int_eq(
                omni_batch_add_json(batch, import, line, strlen(line)),
                OMNI_OK);
            const omni_import_summary summary = commit();
            ck_assert_uint_eq(summary.taken, round == 0 ? 1 : 0);
        }
        omni_import_free(import);
    }
    ck_assert_uint_eq(count_viewed(), 3);
}
END_TEST

START_TEST(nothing_is_seen_of_a_batch_before_its_commit)
{
    ck_assert_int_eq(add_event("1", API_T0, NULL), OMNI_OK);
    ck_assert_int_eq(add_event("2", API_T0, NULL), OMNI_OK);
    ck_assert_int_eq(add_event(NULL, API_T0, "[]"), OMNI_OK);
    ck_assert_uint_eq(omni_batch_count(batch), 3);
    ck_assert_uint_gt(omni_batch_bytes(batch), 0);
    ck_assert_uint_eq(api_stats(world.store).facts, 0);
    ck_assert_uint_eq(api_stats(world.store).refused, 0);
    ck_assert_uint_eq(commit().taken, 2);
    ck_assert_uint_eq(omni_batch_count(batch), 0);
    ck_assert_uint_eq(omni_batch_bytes(batch), 0);
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error),
        OMNI_UNCHANGED);
    ck_assert_uint_eq(api_stats(world.store).refused, 1);
    ck_assert_int_eq(omni_batch_commit(batch, (omni_durability)4, &world.error),
                     OMNI_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_failed_commit_keeps_the_batch)
{
    const omni_reason reason = {.text = "x"};
    omni_import_summary summary = {.size = sizeof(summary)};
    ck_assert_int_eq(add_event("1", API_T0, NULL), OMNI_OK);
    ck_assert_int_eq(omni_batch_add_merge(batch, API_NAME("user_id", "anna"),
                                          API_NAME("email", "a@x.org"),
                                          &reason),
                     OMNI_OK);
    ck_assert_int_eq(add_event(NULL, API_T0, "[]"), OMNI_OK);
    no_random = true;
    ck_assert_int_eq(
        omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &world.error),
        OMNI_ERR_IO);
    ck_assert_str_ne(world.error.message, "");
    ck_assert_uint_eq(omni_batch_count(batch), 3);
    ck_assert_uint_eq(api_stats(world.store).facts, 0);
    ck_assert_uint_eq(api_stats(world.store).refused, 0);
    ck_assert_int_eq(omni_batch_summary(batch, &summary), OMNI_OK);
    ck_assert_uint_eq(summary.read, 0);
    no_random = false;
    ck_assert_uint_eq(commit().taken, 1);
    ck_assert_uint_eq(api_stats(world.store).facts, 2);
    ck_assert_uint_eq(api_stats(world.store).refused, 1);
}
END_TEST

START_TEST(a_batch_is_full_at_its_count_of_facts)
{
    char id[32];
    for (int i = 0; i < OMNI_LIMIT_BATCH_FACTS; ++i) {
        snprintf(id, sizeof(id), "%d", i);
        ck_assert_int_eq(add_event(id, API_T0 + i, NULL), OMNI_OK);
    }
    const size_t bytes = omni_batch_bytes(batch);
    ck_assert_int_eq(add_event("more", API_T0, NULL), OMNI_ERR_LIMIT);
    ck_assert_int_eq(omni_batch_add_json(batch, NULL, lines, sizeof(lines) - 1),
                     OMNI_ERR_LIMIT);
    ck_assert_uint_eq(omni_batch_count(batch), OMNI_LIMIT_BATCH_FACTS);
    ck_assert_uint_eq(omni_batch_bytes(batch), bytes);
    ck_assert_uint_eq(commit().taken, OMNI_LIMIT_BATCH_FACTS);
    ck_assert_int_eq(add_event("more", API_T0, NULL), OMNI_OK);
    ck_assert_uint_eq(commit().taken, 1);
    ck_assert_uint_eq(count_viewed(), OMNI_LIMIT_BATCH_FACTS + 1);
}
END_TEST

START_TEST(a_batch_of_batches_keeps_the_count_of_facts)
{
    const char one[] = TRACK "},";
    const size_t members = OMNI_LIMIT_BATCH_FACTS + 10;
    const size_t size = 10 + members * (sizeof(one) - 1) + 2;
    char *line = malloc(size + 1);
    ck_assert_ptr_nonnull(line);
    char *at = line + sprintf(line, "{\"batch\":[");
    for (size_t i = 0; i < members; ++i) {
        memcpy(at, one, sizeof(one));
        at += sizeof(one) - 1;
    }
    strcpy(at - 1, "]}"); /* over the last comma */
    const omni_status status =
        omni_batch_add_json(batch, NULL, line, strlen(line));
    free(line);
    ck_assert_int_eq(status, OMNI_ERR_LIMIT);
    ck_assert_uint_eq(omni_batch_count(batch), 0);
}
END_TEST

START_TEST(a_batch_is_full_at_its_count_of_bytes)
{
    const size_t size = 60000;
    char *json = malloc(size + 16);
    ck_assert_ptr_nonnull(json);
    strcpy(json, "{\"a\":\"");
    memset(json + 6, 'x', size);
    strcpy(json + 6 + size, "\"}");
    omni_status status = OMNI_OK;
    int64_t taken = 0;
    while (taken < 2000 && status == OMNI_OK) {
        status = add_event(NULL, API_T0 + taken, json);
        taken += status == OMNI_OK ? 1 : 0;
    }
    free(json);
    ck_assert_int_eq(status, OMNI_ERR_LIMIT);
    ck_assert_uint_le(omni_batch_bytes(batch), OMNI_LIMIT_BATCH_BYTES);
    ck_assert_uint_gt(omni_batch_bytes(batch),
                      OMNI_LIMIT_BATCH_BYTES - 2 * OMNI_LIMIT_EVENT_BYTES);
    ck_assert_uint_eq(commit().taken, (uint64_t)taken);
    ck_assert_uint_eq(count_viewed(), (uint64_t)taken);
    ck_assert_int_eq(add_event("next", API_T0, NULL), OMNI_OK);
    ck_assert_uint_eq(commit().taken, 1);
    omni_batch_free(batch);
    batch = NULL;
    api_world_close(&world);
    api_world_open(&world);
    ck_assert_uint_eq(count_viewed(), (uint64_t)taken + 1);
    api_check(world.store);
}
END_TEST

START_TEST(statements_of_one_batch_overrule_in_their_order)
{
    const omni_reason reason = {.text = "x"};
    const omni_identifier a = API_NAME("user_id", "anna");
    const omni_identifier b = API_NAME("email", "a@x.org");
    api_track(world.store, "Viewed", "1", API_T0, a);
    api_track(world.store, "Viewed", "2", API_T0, b);
    for (int i = 0; i < 2; ++i) {
        ck_assert_int_eq(omni_batch_add_split(batch, a, b, &reason), OMNI_OK);
        ck_assert_int_eq(omni_batch_add_merge(batch, b, a, &reason), OMNI_OK);
    }
    commit();
    ck_assert(api_together(world.store, a, b));
    ck_assert_int_eq(omni_batch_add_merge(batch, a, b, &reason), OMNI_OK);
    ck_assert_int_eq(omni_batch_add_split(batch, a, b, &reason), OMNI_OK);
    commit();
    ck_assert(!api_together(world.store, a, b));
    ck_assert_int_eq(omni_batch_add_merge(batch, a, a, &reason),
                     OMNI_ERR_ARGUMENT);
    ck_assert_uint_eq(omni_batch_count(batch), 0);
    api_check(world.store);
}
END_TEST

int
main(void)
{
    const TTest *const all[] = {
        append_json_counts_every_record,
        refused_records_are_kept_with_line_and_source,
        equal_records_without_id_count_over_the_batches_of_an_import,
        nothing_is_seen_of_a_batch_before_its_commit,
        a_failed_commit_keeps_the_batch,
        a_batch_is_full_at_its_count_of_facts,
        a_batch_of_batches_keeps_the_count_of_facts,
        a_batch_is_full_at_its_count_of_bytes,
        statements_of_one_batch_overrule_in_their_order};
    Suite *suite = suite_create("batch");
    TCase *tests = tcase_create("batch");
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
