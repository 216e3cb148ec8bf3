/*
   Each allocation of the library fails in turn, over a script of everything
   that the public API does: the call says so or does without, nothing leaks,
   and the store goes on.
*/
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An allocator that counts, and fails where it is told to. */
typedef struct allocator {
    uint64_t asked;  /* allocations so far */
    uint64_t fail;   /* the one that fails, from 1; 0: none */
    bool from_there; /* all later ones, too */
    uint64_t failed;
    int64_t blocks; /* not freed yet */
} allocator;

static allocator memory;
static api_world world;
static omni_hooks hooks;

static void *
allocate(void *user, void *block, size_t size_bytes)
{
    allocator *a = user;
    if (size_bytes == 0) {
        a->blocks -= block != NULL ? 1 : 0;
        free(block);
        return NULL;
    }
    ++a->asked;
    if (a->asked == a->fail || (a->from_there && a->asked > a->fail)) {
        ++a->failed;
        return NULL;
    }
    void *made = realloc(block, size_bytes);
    a->blocks += made != NULL && block == NULL ? 1 : 0;
    return made;
}

static int64_t
fixed_clock(void *user)
{
    (void)user;
    return API_T0;
}

static void
setup(void)
{
    api_world_make(&world);
    hooks = (omni_hooks){.size = sizeof(hooks),
                         .allocate = allocate,
                         .clock = fixed_clock,
                         .user = &memory};
    world.options.hooks = &hooks;
    memory = (allocator){.fail = 0};
}

static void
teardown(void)
{
    memory = (allocator){.blocks = memory.blocks};
    api_world_remove(&world);
}

/* True if a call did what it should; asserts that it failed for memory only. */
static bool
did(omni_status status, const char *what)
{
    ck_assert_msg(status >= 0 || status == OMNI_ERR_NO_MEMORY,
                  "allocation %llu: %s: %s", (unsigned long long)memory.fail,
                  what, omni_status_name(status));
    ck_assert_msg(status >= 0 || memory.failed != 0,
                  "%s ran out of memory by itself", what);
    return status >= 0;
}

static const omni_identifier people[] = {
    {"user_id", "u1"}, {"email", "Anna@Example.Org"}, {"device_id", "d1"}};

static omni_event
event_of(const char *id)
{
    return (omni_event){
        .size = sizeof(omni_event),
        .name = "Order Completed",
        .id = id,
        .time_us = API_T0,
        .channel = "web",
        .source = "shop",
        .identifiers = people,
        .identifier_count = 3,
        .traits_json = "{\"plan\":\"gold\",\"n\":[1,{\"a\":2}]}",
        .properties_json = "{\"revenue\":59.90,\"currency\":\"CHF\"}"};
}

static const char lines[] =
    "{\"type\":\"identify\",\"userId\":\"u2\",\"messageId\":\"j1\","
    "\"timestamp\":\"2024-01-01T00:00:00Z\",\"traits\":{\"email\":"
    "\"b@x.org\",\"name\":\"B\\u00e9\"}}\n"
    "{\"type\":\"track\",\"event\":\"Viewed\",\"userId\":\"u2\","
    "\"timestamp\":\"2024-01-01T00:00:01Z\"}\n"
    "{\"type\":\"alias\",\"userId\":\"u2\",\"previousId\":\"a9\","
    "\"timestamp\":\"2024-01-01T00:00:02Z\"}\nnot json\n";

/* Writes; false from the first that failed on. */
static bool
write_script(omni_store *store)
{
    const omni_event event = event_of("e1");
    const omni_reason reason = {.text = "said so", .author = "clerk"};
    omni_event_result result = {.size = sizeof(result)};
    omni_import_summary summary = {.size = sizeof(summary)};
    const omni_identifier other = {"user_id", "u2"};
    bool fine = did(omni_event_append(store, &event, &result, NULL), "append");
    fine &= did(
        omni_event_append_json(store, lines, sizeof(lines) - 1, &summary, NULL),
        "append_json");
    fine &=
        did(omni_profile_merge(store, people[1], other, &reason, NULL, NULL),
            "merge");
    return fine &
           did(omni_profile_split(store, people[1], other, &reason, NULL, NULL),
               "split");
}

/* A batch with an import; on failure it is tried again with memory. */
static void
batch_script(omni_store *store)
{
    omni_batch *batch = NULL;
    omni_import *import = NULL;
    omni_error error;
    const omni_event event = event_of("e2");
    const omni_reason reason = {.text = "said so"};
    const bool made =
        did(omni_batch_new(store, NULL, &batch, NULL), "batch_new") &&
        did(omni_import_new(store, "file", &import, &error), "import_new") &&
        did(omni_batch_add(batch, &event), "batch_add") &&
        did(omni_batch_add_json(batch, import, lines, sizeof(lines) - 1),
            "batch_add_json") &&
        did(omni_batch_add_merge(batch, people[0], people[2], &reason),
            "batch_add_merge");
    if (made && !did(omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &error),
                     "batch_commit")) {
        const size_t waiting = omni_batch_count(batch);
        const bool from_there = memory.from_there;
        memory.from_there = false;
        ck_assert_uint_eq(waiting, 6);
        const omni_status status =
            omni_batch_commit(batch, OMNI_DURABILITY_DEFAULT, &error);
        ck_assert_msg(status == OMNI_OK, "allocation %llu: again: %s",
                      (unsigned long long)memory.fail, error.message);
        memory.from_there = from_there;
    }
    omni_batch_free(batch);
    omni_import_free(import);
}

static void
walk(omni_txn *txn, const omni_id *id)
{
    const omni_timeline_options options = {
        .size = sizeof(options), .oldest_first = true, .channel = "web"};
    omni_timeline *timeline;
    omni_timeline_event event;
    const omni_identifier_text *names;
    const omni_event_copy *copies;
    size_t count;
    omni_text json;
    omni_status status = omni_timeline_open(txn, id, &options, &timeline);
    while (did(status, "timeline_open") && status == OMNI_OK) {
        status = omni_timeline_next(timeline, &event);
        if (!did(status, "timeline_next") || status != OMNI_OK) {
            return;
        }
        did(omni_timeline_json(timeline, &json), "timeline_json");
        did(omni_timeline_identifiers(timeline, &names, &count),
            "timeline_identifiers");
        did(omni_timeline_copies(timeline, &copies, &count), "timeline_copies");
    }
}

static void
walk_all(omni_txn *txn)
{
    omni_profiles *profiles;
    const omni_profile *profile;
    omni_status status = omni_profiles_open(txn, NULL, &profiles);
    while (did(status, "profiles_open") && status == OMNI_OK) {
        status = omni_profiles_next(profiles, &profile);
        if (!did(status, "profiles_next") || status != OMNI_OK) {
            return;
        }
        const omni_id id = omni_profile_id(profile);
        walk(txn, &id);
    }
}

static void
read_script(omni_store *store)
{
    omni_txn *txn = NULL;
    omni_id id;
    const omni_profile *profile;
    const omni_held_apart *held;
    omni_text json;
    size_t count;
    omni_status status = omni_txn_begin(store, &txn, NULL);
    if (!did(status, "txn_begin")) {
        return;
    }
    status = omni_profile_find(txn, people[1], &id);
    if (did(status, "find") && status == OMNI_OK) {
        did(omni_profile_resolve(txn, &id, &id), "resolve");
        if (did(omni_profile_get(txn, &id, &profile), "get")) {
            did(omni_profile_held_apart(txn, profile, &held, &count), "held");
            did(omni_profile_json(txn, profile, &json), "json");
        }
        walk(txn, &id);
    }
    walk_all(txn);
    omni_txn_end(txn);
}

static int
ignore_refused(void *user, const omni_refused *refused)
{
    (void)user;
    (void)refused;
    return 0;
}

static int
ignore_bytes(void *user, const void *bytes, size_t size_bytes)
{
    (void)user;
    (void)bytes;
    (void)size_bytes;
    return 0;
}

static void
look_script(omni_store *store)
{
    omni_stats stats = {.size = sizeof(stats)};
    omni_digest digest;
    did(omni_store_stats(store, &stats, NULL), "stats");
    did(omni_store_digest(store, &digest, NULL), "digest");
    did(omni_store_dump(store, ignore_bytes, NULL, NULL), "dump");
    did(omni_store_refused(store, ignore_refused, NULL, NULL), "refused");
    omni_facts *facts = NULL;
    omni_fact fact;
    omni_text json;
    omni_status status = omni_facts_open(store, NULL, &facts, NULL);
    while (did(status, "facts_open") && status == OMNI_OK) {
        status = omni_facts_next(facts, &fact);
        if (!did(status, "facts_next") || status != OMNI_OK) {
            break;
        }
        did(omni_facts_json(facts, &json), "facts_json");
    }
    omni_facts_close(facts);
}

static void
upkeep_script(omni_store *store)
{
    did(omni_store_flush(store, NULL), "flush");
    did(omni_store_check(store, 0, NULL, NULL, NULL, NULL), "check");
    did(omni_store_check(store, OMNI_CHECK_REBUILD, NULL, NULL, NULL, NULL),
        "rebuild");
}

typedef struct script {
    const char *name;
    bool empty; /* begins without a store */
    void (*run)(omni_store *store);
} script;

static void
write_all(omni_store *store)
{
    write_script(store);
}

/* Opening and closing alone. */
static void
nothing(omni_store *store)
{
    (void)store;
}

static const script scripts[] = {
    {"create", true, nothing},        {"open", false, nothing},
    {"write first", true, write_all}, {"write again", false, write_all},
    {"batch", false, batch_script},   {"read", false, read_script},
    {"look", false, look_script},     {"upkeep", false, upkeep_script}};

/* A store with something in it, left unflushed in part. */
static void
prepare(const script *s)
{
    memory = (allocator){.fail = 0};
    api_remove(world.path);
    if (!s->empty) {
        const omni_event event = event_of("e0");
        api_world_open(&world);
        ck_assert(write_script(world.store));
        api_world_close(&world);
        api_world_open(&world);
        api_append(world.store, &event);
        api_world_close(&world);
        ck_assert_int_eq(memory.blocks, 0);
    }
}

/* Nothing leaked, and the store does all that it did. */
static void
recover(const script *s)
{
    const uint64_t fail = memory.fail;
    ck_assert_msg(memory.blocks == 0, "%s, allocation %llu: %lld blocks leak",
                  s->name, (unsigned long long)fail, (long long)memory.blocks);
    memory = (allocator){.fail = 0};
    api_world_open(&world);
    const omni_status status =
        omni_store_check(world.store, 0, NULL, NULL, NULL, &world.error);
    ck_assert_msg(status == OMNI_OK, "%s, allocation %llu: %s", s->name,
                  (unsigned long long)fail, world.error.message);
    ck_assert_msg(write_script(world.store), "%s, allocation %llu", s->name,
                  (unsigned long long)fail);
    ck_assert_uint_ge(
        api_count(world.store, "user_id", "u1", "Order Completed"), 1);
    api_check(world.store);
    api_world_close(&world);
    ck_assert_int_eq(memory.blocks, 0);
}

/* Fail allocation `fail` of a script; false if it never came to that. */
static bool
run_once(const script *s, uint64_t fail, bool from_there)
{
    memory = (allocator){.fail = fail, .from_there = from_there};
    omni_store *store = NULL;
    omni_error error;
    const omni_status status =
        omni_store_open(world.path, &world.options, &store, &error);
    if (did(status, "open")) {
        s->run(store);
        did(omni_store_close(store), "close");
    } else {
        ck_assert_ptr_null(store);
        ck_assert_int_eq(error.status, OMNI_ERR_NO_MEMORY);
    }
    return memory.failed != 0;
}

static void
fail_all(const script *s, bool from_there)
{
    char kept[API_PATH];
    api_world_path(&world, "kept", kept);
    const uint64_t step = api_setting("OMNI_STEP", 1);
    bool came_to_it = true;
    prepare(s);
    if (!s->empty) {
        api_copy(world.path, kept);
    }
    for (uint64_t fail = 1; came_to_it; fail += step) {
        api_remove(world.path);
        if (!s->empty) {
            api_copy(kept, world.path);
        }
        came_to_it = run_once(s, fail, from_there);
        recover(s);
        ck_assert_uint_lt(fail, 100000);
    }
    api_remove(kept);
}

START_TEST(a_failed_allocation_harms_nothing)
{
    fail_all(&scripts[_i], false);
}
END_TEST

START_TEST(no_more_memory_from_some_point_on_harms_nothing)
{
    fail_all(&scripts[_i], true);
}
END_TEST

int
main(void)
{
    const int count = (int)(sizeof(scripts) / sizeof(scripts[0]));
    Suite *suite = suite_create("oom");
    TCase *tests = tcase_create("oom");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_failed_allocation_harms_nothing, 0, count);
    tcase_add_loop_test(tests, no_more_memory_from_some_point_on_harms_nothing,
                        0, count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
