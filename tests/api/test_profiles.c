/* Walks over all profiles, and what a timeline tells of one event. */
#include "support/api_world.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE 300

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

/* Events of some people; every third one is known by two names. */
static void
fill(unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; ++i) {
        char user[16];
        char mail[32];
        snprintf(user, sizeof(user), "u%u", i);
        snprintf(mail, sizeof(mail), "u%u@x.org", i);
        const omni_identifier names[] = {{"user_id", user}, {"email", mail}};
        const omni_event event = {.size = sizeof(event),
                                  .name = "Bought",
                                  .id = user,
                                  .time_us = API_T0 + i * API_SECOND,
                                  .identifiers = names,
                                  .identifier_count = i % 3 == 0 ? 2 : 1,
                                  .traits_json = "{\"plan\":\"gold\"}",
                                  .properties_json = "{\"revenue\":1.5}"};
        api_append(world.store, &event);
    }
}

static omni_profiles *
open_profiles(omni_txn *txn, const omni_id *after)
{
    const omni_profiles_options options = {.size = sizeof(options),
                                           .after = after};
    omni_profiles *profiles = NULL;
    ck_assert_int_eq(omni_profiles_open(txn, &options, &profiles), OMNI_OK);
    return profiles;
}

/* One profile of a walk as the dump shows it: JSON with the timeline put in
   between. */
static void
add_line(omni_txn *txn, const omni_profile *profile, api_bytes *out)
{
    static const char mark[] = ",\"traits\":{";
    const omni_id id = omni_profile_id(profile);
    const omni_timeline_options options = {.size = sizeof(options),
                                           .oldest_first = true};
    omni_timeline *timeline = NULL;
    omni_timeline_event event;
    omni_text json;
    ck_assert_int_eq(omni_profile_json(txn, profile, &json), OMNI_OK);
    const char *end = NULL;
    for (size_t i = 0; i + sizeof(mark) < json.size; ++i) {
        if (memcmp(json.bytes + i, mark, sizeof(mark) - 1) == 0) {
            end = json.bytes + i;
        }
    }
    ck_assert_ptr_nonnull(end);
    const size_t half = (size_t)(end - json.bytes);
    api_bytes_add(out, json.bytes, half);
    api_bytes_add(out, ",\"timeline\":[", 13);
    ck_assert_int_eq(omni_timeline_open(txn, &id, &options, &timeline),
                     OMNI_OK);
    for (size_t i = 0; omni_timeline_next(timeline, &event) == OMNI_OK; ++i) {
        omni_text line;
        ck_assert_int_eq(omni_timeline_json(timeline, &line), OMNI_OK);
        api_bytes_add(out, ",", i != 0);
        api_add_event(line, out);
    }
    omni_timeline_close(timeline);
    api_bytes_add(out, "]", 1);
    api_bytes_add(out, json.bytes + half, json.size - half);
    api_bytes_add(out, "\n", 1);
}

START_TEST(a_walk_shows_what_the_dump_shows)
{
    api_bytes dump = {.size = 0};
    api_bytes walked = {.size = 0};
    const omni_profile *profile;
    omni_status status;
    fill(0, PEOPLE);
    omni_store_flush(world.store, NULL);
    fill(PEOPLE, PEOPLE + 20);
    omni_txn *txn = api_begin(world.store);
    omni_profiles *profiles = open_profiles(txn, NULL);
    while ((status = omni_profiles_next(profiles, &profile)) == OMNI_OK) {
        add_line(txn, profile, &walked);
    }
    ck_assert_int_eq(status, OMNI_END);
    ck_assert_int_eq(omni_profiles_next(profiles, &profile), OMNI_END);
    api_dump(world.store, &dump);
    ck_assert_uint_eq(walked.size, dump.size);
    ck_assert_mem_eq(walked.data, dump.data, dump.size);
    omni_txn_end(txn);
    api_bytes_free(&dump);
    api_bytes_free(&walked);
}
END_TEST

/* Ids of all profiles in one walk. */
static size_t
collect(omni_txn *txn, omni_id *ids, size_t most)
{
    omni_profiles *profiles = open_profiles(txn, NULL);
    const omni_profile *profile;
    size_t count = 0;
    while (omni_profiles_next(profiles, &profile) == OMNI_OK) {
        ck_assert_uint_lt(count, most);
        ids[count++] = omni_profile_id(profile);
        if (count > 1) {
            ck_assert_int_lt(memcmp(ids[count - 2].bytes, ids[count - 1].bytes,
                                    sizeof(ids[0].bytes)),
                             0);
        }
    }
    omni_profiles_close(profiles);
    return count;
}

START_TEST(pages_put_together_are_the_whole)
{
    static omni_id ids[PEOPLE];
    fill(0, PEOPLE);
    omni_txn *txn = api_begin(world.store);
    const size_t count = collect(txn, ids, PEOPLE);
    ck_assert_uint_eq(count, PEOPLE);
    for (size_t page = 1; page < PEOPLE; page *= 7) {
        const omni_id *after = NULL;
        size_t at = 0;
        size_t given = page;
        while (given == page) {
            omni_profiles *profiles = open_profiles(txn, after);
            const omni_profile *profile;
            given = 0;
            while (given < page &&
                   omni_profiles_next(profiles, &profile) == OMNI_OK) {
                const omni_id id = omni_profile_id(profile);
                api_assert_id(id, ids[at]);
                ++given;
                ++at;
            }
            omni_profiles_close(profiles);
            after = at != 0 ? &ids[at - 1] : NULL;
        }
        ck_assert_uint_eq(at, count);
    }
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_page_may_begin_after_an_id_that_nobody_has)
{
    static omni_id ids[PEOPLE];
    const omni_profile *profile;
    fill(0, PEOPLE);
    omni_txn *txn = api_begin(world.store);
    collect(txn, ids, PEOPLE);
    omni_id between = ids[10];
    between.bytes[15] ^= 1;
    const size_t next = memcmp(between.bytes, ids[10].bytes, 16) < 0 ? 10 : 11;
    omni_profiles *profiles = open_profiles(txn, &between);
    ck_assert_int_eq(omni_profiles_next(profiles, &profile), OMNI_OK);
    const omni_id id = omni_profile_id(profile);
    api_assert_id(id, ids[next]);
    memset(&between, 0xff, sizeof(between));
    profiles = open_profiles(txn, &between);
    ck_assert_int_eq(omni_profiles_next(profiles, &profile), OMNI_END);
    omni_txn_end(txn);
}
END_TEST

START_TEST(an_empty_store_has_no_profiles)
{
    const omni_profile *profile = NULL;
    omni_profiles *profiles = NULL;
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(omni_profiles_open(txn, NULL, &profiles), OMNI_OK);
    ck_assert_int_eq(omni_profiles_next(profiles, &profile), OMNI_END);
    ck_assert_ptr_null(profile);
    omni_profiles_close(NULL);
    omni_timeline_close(NULL);
    const omni_profiles_options wrong = {.size = 1};
    omni_profiles *none = NULL;
    ck_assert_int_eq(omni_profiles_open(txn, &wrong, &none), OMNI_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    omni_txn_end(txn);
}
END_TEST

/* Appends, and flushes now and then, until it is told to stop. */
static void *
keep_writing(void *user)
{
    const _Atomic bool *stop = user;
    for (unsigned i = 0; !atomic_load(stop); ++i) {
        fill(1000 + i, 1001 + i);
        if (i % 20 == 0) {
            omni_store_flush(world.store, NULL);
        }
    }
    return NULL;
}

START_TEST(a_walk_does_not_see_what_is_written_meanwhile)
{
    static omni_id ids[PEOPLE];
    _Atomic bool stop = false;
    pthread_t writer;
    fill(0, PEOPLE);
    omni_txn *txn = api_begin(world.store);
    ck_assert_int_eq(pthread_create(&writer, NULL, keep_writing, &stop), 0);
    for (int round = 0; round < 5; ++round) {
        ck_assert_uint_eq(collect(txn, ids, PEOPLE), PEOPLE);
    }
    atomic_store(&stop, true);
    pthread_join(writer, NULL);
    ck_assert_uint_eq(collect(txn, ids, PEOPLE), PEOPLE);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_timeline_of_a_walk_may_be_read_after_the_walk_moved)
{
    enum { KEPT = 20 };
    const omni_profile *profile;
    omni_timeline *timelines[KEPT];
    omni_id ids[KEPT];
    fill(0, PEOPLE);
    omni_txn *txn = api_begin(world.store);
    omni_profiles *profiles = open_profiles(txn, NULL);
    for (int i = 0; i < KEPT; ++i) {
        ck_assert_int_eq(omni_profiles_next(profiles, &profile), OMNI_OK);
        ids[i] = omni_profile_id(profile);
        ck_assert_int_eq(omni_timeline_open(txn, &ids[i], NULL, &timelines[i]),
                         OMNI_OK);
    }
    omni_profiles_close(profiles);
    for (int i = KEPT - 1; i >= 0; --i) {
        omni_timeline_event event;
        omni_id id;
        ck_assert_int_eq(omni_timeline_next(timelines[i], &event), OMNI_OK);
        ck_assert_int_eq(omni_profile_resolve(txn, &event.anchor, &id),
                         OMNI_OK);
        api_assert_id(id, ids[i]);
        ck_assert_int_eq(omni_timeline_next(timelines[i], &event), OMNI_END);
        if (i % 2 == 0) {
            omni_timeline_close(timelines[i]);
        }
    }
    omni_txn_end(txn);
}
END_TEST

static int64_t bytes_held;

/* Counts what is held; sizes stand before the blocks. */
static void *
allocate(void *user, void *block, size_t size_bytes)
{
    size_t *old = block != NULL ? (size_t *)block - 2 : NULL;
    (void)user;
    bytes_held -= old != NULL ? (int64_t)*old : 0;
    if (size_bytes == 0) {
        free(old);
        return NULL;
    }
    size_t *made = realloc(old, size_bytes + 2 * sizeof(size_t));
    ck_assert_ptr_nonnull(made);
    *made = size_bytes;
    bytes_held += (int64_t)size_bytes;
    return made + 2;
}

START_TEST(a_walk_takes_the_memory_of_one_profile)
{
    const omni_hooks hooks = {.size = sizeof(hooks), .allocate = allocate};
    const omni_profile *profile;
    const omni_held_apart *held;
    size_t count;
    api_bytes line = {.size = 0};
    api_world_close(&world);
    world.options.hooks = &hooks;
    bytes_held = 0;
    api_world_open(&world);
    fill(0, PEOPLE);
    omni_txn *txn = api_begin(world.store);
    omni_profiles *profiles = open_profiles(txn, NULL);
    int64_t most = 0;
    for (size_t i = 0; omni_profiles_next(profiles, &profile) == OMNI_OK; ++i) {
        line.size = 0;
        add_line(txn, profile, &line);
        ck_assert_int_eq(omni_profile_held_apart(txn, profile, &held, &count),
                         OMNI_OK);
        if (i < 20) {
            most = bytes_held > most ? bytes_held : most;
        } else {
            ck_assert_int_le(bytes_held, most);
        }
    }
    omni_txn_end(txn);
    api_world_close(&world);
    ck_assert_int_eq(bytes_held, 0);
    api_bytes_free(&line);
}
END_TEST

/* Two copies of one sale: the till's, and the web's, which knows more. */
static void
append_copies(void)
{
    const omni_identifier names[] = {{"loyalty_id", "card-1"},
                                     {"email", "A@x.org"},
                                     {"phone", "+41791234567"}};
    omni_event event = {.size = sizeof(event),
                        .name = "Bought",
                        .id = "r1",
                        .time_us = API_T0,
                        .channel = "store",
                        .identifiers = names,
                        .identifier_count = 1,
                        .properties_json = "{\"revenue\":5}"};
    omni_event_result result = {.size = sizeof(result)};
    api_append(world.store, &event);
    event.identifier_count = 2;
    event.channel = "web";
    ck_assert_int_eq(omni_event_append(world.store, &event, &result, NULL),
                     OMNI_OK);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_DUPLICATE);
    event.identifiers = names + 1;
    ck_assert_int_eq(omni_event_append(world.store, &event, &result, NULL),
                     OMNI_OK);
}

START_TEST(an_event_has_the_identifiers_of_all_its_copies)
{
    omni_timeline *timeline;
    omni_timeline_event event;
    const omni_identifier_text *names;
    const omni_event_copy *copies;
    size_t count = 0;
    append_copies();
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, "phone", "+41791234567");
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline), OMNI_OK);
    ck_assert_int_eq(omni_timeline_identifiers(timeline, &names, &count),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_timeline_copies(timeline, &copies, &count),
                     OMNI_ERR_ARGUMENT);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    ck_assert_int_eq(omni_timeline_identifiers(timeline, &names, &count),
                     OMNI_OK);
    ck_assert_uint_eq(count, 3);
    api_assert_text(names[0].ns, "email");
    api_assert_text(names[0].value, "a@x.org");
    api_assert_text(names[1].ns, "loyalty_id");
    api_assert_text(names[2].value, "+41791234567");
    ck_assert_int_eq(omni_timeline_copies(timeline, &copies, &count), OMNI_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(copies[0].identifier_count, 2);
    ck_assert_uint_eq(copies[1].identifier_count, 2);
    ck_assert_uint_eq(copies[2].identifier_count, 1);
    api_assert_text(copies[2].identifiers[0].value, "card-1");
    api_assert_text(copies[2].event.channel, "store");
    api_assert_text(copies[0].event.channel, "web");
    for (size_t i = 0; i < count; ++i) {
        omni_id found;
        ck_assert_int_eq(
            omni_profile_resolve(txn, &copies[i].event.anchor, &found),
            OMNI_OK);
        api_assert_id(found, id);
    }
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_END);
    omni_txn_end(txn);
}
END_TEST

START_TEST(an_event_tells_what_its_sender_wrote)
{
    static const char lines[] =
        "{\"type\":\"track\",\"event\":\"A\",\"userId\":\"u1\",\"timestamp\":"
        "\"2024-01-01T00:00:05Z\",\"originalTimestamp\":"
        "\"2024-01-01T00:00:01Z\"}\n"
        "{\"type\":\"alias\",\"userId\":\"u1\",\"previousId\":\"u0\","
        "\"messageId\":\"m\",\"timestamp\":\"2024-01-01T00:00:04Z\"}\n"
        "{\"type\":\"track\",\"event\":\"B\",\"userId\":\"u1\"}\n";
    omni_import_summary summary = {.size = sizeof(summary)};
    omni_timeline *timeline;
    omni_timeline_event event;
    const omni_event_copy *copies;
    size_t count;
    ck_assert_int_eq(omni_event_append_json(world.store, lines,
                                            sizeof(lines) - 1, &summary, NULL),
                     OMNI_OK);
    ck_assert_uint_eq(summary.taken, 3);
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, "user_id", "u1");
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline), OMNI_OK);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    api_assert_text(event.name, "B");
    ck_assert_int_eq(event.original_time_us, 0);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    api_assert_text(event.name, "A");
    ck_assert_int_eq(event.original_time_us, API_T0 + API_SECOND);
    ck_assert_int_eq(event.time_us, API_T0 + 5 * API_SECOND);
    ck_assert_uint_eq(event.id.size, 0);
    ck_assert_uint_ne(event.made_id, 0);
    ck_assert_int_eq(omni_timeline_copies(timeline, &copies, &count), OMNI_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(copies[0].event.made_id, event.made_id);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    api_assert_text(event.name, "alias");
    api_assert_text(event.previous_id, "u0");
    ck_assert_uint_eq(event.made_id, 0);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_END);
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("profiles");
    TCase *tests = tcase_create("profiles");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_walk_shows_what_the_dump_shows);
    tcase_add_test(tests, pages_put_together_are_the_whole);
    tcase_add_test(tests, a_page_may_begin_after_an_id_that_nobody_has);
    tcase_add_test(tests, an_empty_store_has_no_profiles);
    tcase_add_test(tests, a_walk_does_not_see_what_is_written_meanwhile);
    tcase_add_test(tests,
                   a_timeline_of_a_walk_may_be_read_after_the_walk_moved);
    tcase_add_test(tests, a_walk_takes_the_memory_of_one_profile);
    tcase_add_test(tests, an_event_has_the_identifiers_of_all_its_copies);
    tcase_add_test(tests, an_event_tells_what_its_sender_wrote);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
