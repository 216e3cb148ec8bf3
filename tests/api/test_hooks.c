/*
   The hooks of a store are all that it has: nothing of the library asks the C
   library for memory, the time or random bytes beside them, whatever is called.
   LMDB, xxHash, libsodium and the C library itself take memory of their own,
   which is documented.
*/
#include "support/api_world.h"
#include "support/system_calls.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 2001-09-09T01:46:40Z */
#define LONG_AGO INT64_C(1000000000000000)

#define KNOWN UINT64_C(0x6f6d6e69686f6f6b)

/* In front of each block of the hook. */
typedef union head {
    struct {
        uint64_t known;
        size_t size;
    } block;
    max_align_t align;
} head;

typedef struct host {
    int64_t blocks;
    unsigned long allocations;
    unsigned long times;
    unsigned long randoms;
    unsigned long fail_random; /* that call fails, from 1 */
    bool failed;
    uint64_t state;
} host;

static api_world world;
static host own;
static omni_error error;

static void *
allocate(void *user, void *block, size_t size_bytes)
{
    host *h = user;
    const bool watched = calls.watched;
    calls.watched = false;
    head *old = block != NULL ? (head *)block - 1 : NULL;
    if (old != NULL && old->block.known != KNOWN) {
        abort(); /* no block of this hook */
    }
    void *made = NULL;
    if (size_bytes == 0) {
        if (old != NULL) {
            --h->blocks;
            old->block.known = 0;
            free(old);
        }
    } else {
        head *fresh = realloc(old, sizeof(head) + size_bytes);
        ck_assert_ptr_nonnull(fresh);
        fresh->block.known = KNOWN;
        fresh->block.size = size_bytes;
        h->blocks += old == NULL ? 1 : 0;
        ++h->allocations;
        made = fresh + 1;
    }
    calls.watched = watched;
    return made;
}

static int64_t
tell_time(void *user)
{
    ++((host *)user)->times;
    return LONG_AGO;
}

static int
give_random(void *user, void *bytes, size_t size_bytes)
{
    host *h = user;
    if (++h->randoms == h->fail_random) {
        h->failed = true;
        return 1;
    }
    for (size_t i = 0; i < size_bytes; ++i) {
        ((uint8_t *)bytes)[i] = (uint8_t)api_random(&h->state);
    }
    return 0;
}

static const omni_hooks all = {.size = sizeof(all),
                               .allocate = allocate,
                               .clock = tell_time,
                               .random = give_random,
                               .user = &own};

static void
setup(void)
{
    api_world_make(&world);
    own = (host){0};
    memset(&calls, 0, sizeof(calls));
}

static void
teardown(void)
{
    calls.watched = false;
    api_world_remove(&world);
}

/* ---- everything, once ---- */

static const omni_identifier anna = {"user_id", "anna"};
static const omni_identifier bob = {"email", "bob@example.org"};
static const omni_identifier mail = {"email", "a@example.org"}; /* anna's */
static const omni_reason why = {.text = "said so", .author = "clerk"};

static const char lines[] =
    "{\"type\":\"identify\",\"userId\":\"anna\",\"messageId\":\"j1\","
    "\"traits\":{\"email\":\"a@example.org\",\"name\":\"\\u00c4nna\"}}\n"
    "{\"type\":\"track\",\"event\":\"Viewed\",\"userId\":\"carl\"}\n"
    "{\"type\":\"alias\",\"userId\":\"anna\",\"previousId\":\"a9\"}\n"
    "not json\n";

static const char columns[] =
    "{\"columns\":{\"Who\":\"namespace:user_id\"},\"event\":\"Bought\"}";

static int
ignore_bytes(void *user, const void *bytes, size_t size_bytes)
{
    (void)user;
    (void)bytes;
    (void)size_bytes;
    return 0;
}

/* What was refused was refused when the hook says. */
static int
look_at_refused(void *user, const omni_refused *refused)
{
    ++*(unsigned *)user;
    return refused->time_us != LONG_AGO;
}

static omni_event
timeless(const char *id)
{
    return (omni_event){.size = sizeof(omni_event),
                        .name = "Order Completed",
                        .id = id,
                        .identifiers = &anna,
                        .identifier_count = 1,
                        .traits_json = "{\"plan\":\"gold\"}",
                        .properties_json = "{\"revenue\":59.90}"};
}

#define NEED(call)                                                             \
    do {                                                                       \
        calls.watched = true;                                                  \
        const omni_status need_ = (call);                                      \
        calls.watched = false;                                                 \
        ck_assert_msg(need_ >= 0, #call ": %s: %s", omni_status_name(need_),   \
                      error.message);                                          \
    } while (0)

#define SAY(call)                                                              \
    do {                                                                       \
        calls.watched = true;                                                  \
        call;                                                                  \
        calls.watched = false;                                                 \
    } while (0)

static void
write_rows(omni_batch *batch, omni_import *import, const omni_hooks *hooks)
{
    const omni_text name = {"Who", 3};
    const omni_text field = {"dora", 4};
    const omni_row row = {
        .size = sizeof(row), .fields = &field, .field_count = 1};
    omni_mapping *mapping = NULL;
    NEED(omni_mapping_parse(columns, sizeof(columns) - 1, hooks, &mapping,
                            &error));
    NEED(omni_mapping_add(mapping, "=channel:shop", &error));
    NEED(omni_mapping_bind(mapping, &name, 1, &error));
    NEED(omni_batch_add_row(batch, import, mapping, &row));
    SAY(omni_mapping_free(mapping));
}

static void
write_all(omni_store *store, const omni_hooks *hooks)
{
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    const omni_event event = timeless(NULL);
    omni_event_result result = {.size = sizeof(result)};
    omni_import_summary summary = {.size = sizeof(summary)};
    omni_batch *batch = NULL;
    omni_import *import = NULL;
    NEED(omni_event_append(store, &event, &result, &error));
    NEED(omni_event_append_json(store, lines, sizeof(lines) - 1, &summary,
                                &error));
    NEED(omni_profile_merge(store, anna, bob, &why, NULL, &error));
    NEED(omni_profile_split(store, anna, bob, &why, NULL, &error));
    NEED(omni_import_new(store, "file", &import, &error));
    NEED(omni_batch_new(store, &options, &batch, &error));
    NEED(omni_batch_add(batch, &event));
    NEED(omni_batch_add_json(batch, import, lines, sizeof(lines) - 1));
    NEED(omni_batch_add_merge(batch, anna, bob, &why));
    write_rows(batch, import, hooks);
    NEED(omni_batch_commit(batch, OMNI_DURABILITY_GROUP, &error));
    NEED(omni_batch_result(batch, 0, &result));
    NEED(omni_batch_summary(batch, &summary));
    SAY(omni_batch_free(batch));
    SAY(omni_import_free(import));
}

static void
read_person(omni_txn *txn, const omni_id *id)
{
    omni_timeline_event event;
    omni_timeline *timeline = NULL;
    const omni_profile *profile = NULL;
    const omni_held_apart *held = NULL;
    const omni_link *links = NULL;
    const omni_explanation *explanation = NULL;
    const omni_identifier_explanation *named = NULL;
    omni_text text;
    omni_id other;
    size_t count;
    NEED(omni_profile_get(txn, id, &profile));
    ck_assert_int_eq(omni_profile_first_seen(profile), LONG_AGO);
    ck_assert_int_eq(omni_profile_last_seen(profile), LONG_AGO);
    NEED(omni_profile_json(txn, profile, &text));
    NEED(omni_profile_held_apart(txn, profile, &held, &count));
    NEED(omni_identifier_find(txn, mail, &other));
    NEED(omni_profile_links(txn, &other, &links, &count));
    NEED(omni_explain(txn, id, &other, &explanation));
    NEED(omni_explanation_json(txn, explanation, &text));
    NEED(omni_explain_identifier(txn, &other, &named));
    NEED(omni_identifier_explanation_json(txn, named, &text));
    NEED(omni_timeline_open(txn, id, NULL, &timeline));
    NEED(omni_timeline_next(timeline, &event));
    ck_assert_int_eq(event.time_us, LONG_AGO);
    NEED(omni_timeline_json(timeline, &text));
    SAY(omni_timeline_close(timeline));
}

static void
read_txn(omni_store *store)
{
    omni_txn *txn = NULL;
    omni_profiles *walk = NULL;
    const omni_profile *profile = NULL;
    omni_id id;
    NEED(omni_txn_begin(store, &txn, &error));
    NEED(omni_profile_find(txn, anna, &id));
    read_person(txn, &id);
    NEED(omni_profiles_open(txn, NULL, &walk));
    for (omni_status status = OMNI_OK; status == OMNI_OK;) {
        NEED(status = omni_profiles_next(walk, &profile));
    }
    SAY(omni_profiles_close(walk));
    SAY(omni_txn_end(txn));
}

static void
read_facts(omni_store *store)
{
    omni_facts *facts = NULL;
    omni_status status = OMNI_OK;
    NEED(omni_facts_open(store, NULL, &facts, &error));
    while (status == OMNI_OK) {
        omni_fact fact;
        omni_text text;
        NEED(status = omni_facts_next(facts, &fact));
        if (status == OMNI_OK) {
            ck_assert_int_eq(fact.made_us, LONG_AGO);
            NEED(omni_facts_json(facts, &text));
        }
    }
    SAY(omni_facts_close(facts));
}

static void
read_store(omni_store *store)
{
    unsigned refused = 0;
    omni_stats stats = {.size = sizeof(stats)};
    omni_digest digest;
    NEED(omni_store_flush(store, &error));
    NEED(omni_store_stats(store, &stats, &error));
    NEED(omni_store_dump(store, ignore_bytes, NULL, &error));
    NEED(omni_store_digest(store, &digest, &error));
    NEED(omni_store_refused(store, look_at_refused, &refused, &error));
    ck_assert_uint_eq(refused, stats.refused + stats.flagged);
    NEED(omni_store_check(store, 0, NULL, NULL, NULL, &error));
    NEED(omni_store_check(store, OMNI_CHECK_REBUILD, NULL, NULL, NULL, &error));
}

static void
evaluate(const omni_hooks *hooks)
{
    static const char request[] =
        "{\"expr\":\"[3,1,2].map(x, x * 2)[1] == 2 && 'a'.matches('a+')\"}";
    omni_cel *cel = NULL;
    omni_text text;
    NEED(omni_cel_new(hooks, &cel, &error));
    NEED(omni_cel_eval_json(cel, request, sizeof(request) - 1, &text));
    SAY(omni_cel_free(cel));
}

static void
open_store(const omni_hooks *hooks, omni_store **out)
{
    world.options.hooks = hooks;
    NEED(omni_store_open(world.path, &world.options, out, &error));
}

static void
use_everything(const omni_hooks *hooks)
{
    omni_store *store = NULL;
    open_store(hooks, &store);
    write_all(store, hooks);
    read_txn(store);
    read_facts(store);
    read_store(store);
    evaluate(hooks);
    NEED(omni_store_close(store));
    open_store(hooks, &store);
    NEED(omni_store_close(store));
}

START_TEST(nothing_but_the_hooks_is_asked)
{
    use_everything(&all);
    ck_assert_uint_gt(own.allocations, 0);
    ck_assert_uint_gt(own.times, 0);
    ck_assert_uint_gt(own.randoms, 0);
    ck_assert_uint_eq(calls.memory, 0);
    ck_assert_uint_eq(calls.clock, 0);
    ck_assert_uint_eq(calls.random, 0);
}
END_TEST

START_TEST(every_block_is_freed_at_the_end)
{
    use_everything(&all);
    ck_assert_int_eq(own.blocks, 0);
}
END_TEST

/* Or the test above would see nothing. */
START_TEST(without_a_hook_the_system_is_asked)
{
    omni_hooks some = all;
    omni_store *store = NULL;
    some.allocate = NULL;
    some.random = NULL;
    use_everything(&some);
    ck_assert_uint_gt(calls.random, 0);
    ck_assert_uint_eq(calls.clock, 0);
    ck_assert(!system_calls_see_memory || calls.memory != 0);
    open_store(NULL, &store);
    const omni_event event = timeless(NULL);
    NEED(omni_event_append(store, &event, NULL, &error));
    NEED(omni_store_close(store));
    ck_assert_uint_gt(calls.clock, 0);
}
END_TEST

/* ---- what the hooks say is what is stored ---- */

START_TEST(no_other_clock_decides_a_time)
{
    char year[32];
    api_bytes dump = {NULL, 0, 0};
    const time_t now = time(NULL);
    omni_store *store = NULL;
    use_everything(&all);
    open_store(&all, &store);
    api_dump(store, &dump);
    api_bytes_add(&dump, "", 1);
    ck_assert_ptr_nonnull(strstr(dump.data, "2001-09-09T01:46:40"));
    strftime(year, sizeof(year), "\"%Y-", gmtime(&now));
    ck_assert_ptr_null(strstr(dump.data, year));
    ck_assert_int_eq(omni_store_close(store), OMNI_OK);
    api_bytes_free(&dump);
}
END_TEST

START_TEST(the_same_hooks_make_the_same_store)
{
    api_bytes dumps[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    api_bytes logs[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    omni_digest digests[2];
    for (int i = 0; i < 2; ++i) {
        char log[API_PATH + 32];
        omni_store *store = NULL;
        own = (host){0};
        api_world_path(&world, i == 0 ? "one" : "two", world.path);
        use_everything(&all);
        open_store(&all, &store);
        api_dump(store, &dumps[i]);
        digests[i] = api_digest(store);
        ck_assert_int_eq(omni_store_close(store), OMNI_OK);
        snprintf(log, sizeof(log), "%s/log/%016x.log", world.path, 0);
        api_read_file(log, &logs[i]);
    }
    ck_assert_uint_eq(dumps[0].size, dumps[1].size);
    ck_assert_mem_eq(dumps[0].data, dumps[1].data, dumps[0].size);
    ck_assert_mem_eq(&digests[0], &digests[1], sizeof(digests[0]));
    ck_assert_uint_eq(logs[0].size, logs[1].size);
    ck_assert_mem_eq(logs[0].data, logs[1].data, logs[0].size);
    for (int i = 0; i < 2; ++i) {
        api_bytes_free(&dumps[i]);
        api_bytes_free(&logs[i]);
    }
}
END_TEST

/* ---- random bytes that do not come ---- */

/* Call; where the hook failed, it says so, and calling again succeeds. */
#define TRY_TWICE(call)                                                        \
    do {                                                                       \
        own.failed = false;                                                    \
        error = (omni_error){0};                                               \
        const omni_status try_ = (call);                                       \
        if (own.failed) {                                                      \
            ck_assert_msg(try_ == OMNI_ERR_IO, #call ": %s",                   \
                          omni_status_name(try_));                             \
            ck_assert_msg(strstr(error.message, "random") != NULL,             \
                          #call ": %s", error.message);                        \
            ++*failures;                                                       \
            ck_assert_int_eq((call), OMNI_OK);                                 \
        } else {                                                               \
            ck_assert_msg(try_ == OMNI_OK, #call ": %s", error.message);       \
        }                                                                      \
    } while (0)

static void
ask_for_random(unsigned *failures)
{
    const omni_event event = timeless(NULL);
    const omni_event named = timeless("one");
    omni_store *store = NULL;
    omni_batch *batch = NULL;
    char copy[API_PATH];
    TRY_TWICE(omni_store_open(world.path, &world.options, &store, &error));
    TRY_TWICE(omni_event_append(store, &event, NULL, &error));
    TRY_TWICE(omni_event_append(store, &named, NULL, &error));
    TRY_TWICE(
        omni_event_append_json(store, lines, sizeof(lines) - 1, NULL, &error));
    TRY_TWICE(omni_profile_merge(store, anna, bob, &why, NULL, &error));
    TRY_TWICE(omni_profile_split(store, anna, bob, &why, NULL, &error));
    TRY_TWICE(omni_store_check(store, 0, NULL, NULL, NULL, &error));
    ck_assert_int_eq(omni_batch_new(store, NULL, &batch, &error), OMNI_OK);
    ck_assert_int_eq(omni_batch_add(batch, &named), OMNI_OK);
    ck_assert_int_eq(omni_batch_add_merge(batch, anna, bob, &why), OMNI_OK);
    TRY_TWICE(omni_batch_commit(batch, OMNI_DURABILITY_OFF, &error));
    omni_batch_free(batch);
    ck_assert_uint_eq(api_stats(store).events, 5);
    ck_assert_int_eq(omni_store_close(store), OMNI_OK);
    api_world_path(&world, "copy", copy);
    api_copy(world.path, copy); /* and it becomes a new replica */
    TRY_TWICE(omni_store_open(copy, &world.options, &store, &error));
    ck_assert_int_eq(omni_store_close(store), OMNI_OK);
    ck_assert_int_eq(own.blocks, 0);
    api_remove(copy);
    api_remove(world.path);
}

START_TEST(where_random_bytes_fail_the_call_says_so)
{
    unsigned failures = 0;
    unsigned places = 0;
    world.options.hooks = &all;
    do {
        const unsigned before = failures;
        own = (host){.fail_random = places + 1};
        ask_for_random(&failures);
        ck_assert_uint_eq(failures, before + (own.randoms > places ? 1 : 0));
        ++places;
    } while (own.randoms >= places);
    ck_assert_uint_gt(failures, 8);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("hooks");
    TCase *tests = tcase_create("hooks");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, nothing_but_the_hooks_is_asked);
    tcase_add_test(tests, every_block_is_freed_at_the_end);
    tcase_add_test(tests, without_a_hook_the_system_is_asked);
    tcase_add_test(tests, no_other_clock_decides_a_time);
    tcase_add_test(tests, the_same_hooks_make_the_same_store);
    tcase_add_test(tests, where_random_bytes_fail_the_call_says_so);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
