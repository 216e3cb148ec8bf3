/*
   Every public function, with each allocation in turn failing: the first, the
   second, until it comes to its end without a failure. Once through the hooks,
   and once through the C library's malloc(), so that what LMDB, yajl, the
   hashes and the C library allocate fails too (not under a sanitizer).

   After each failure: the status is OMNI_ERR_NO_MEMORY or an outcome, nothing
   leaks, and the store takes and finds events; after all of a function's, a
   check finds what the log says.

   Each public function has a line in calls.h, in order: its name without
   `omni_`, and a call of it on what prepare() puts in `on`; finish() ends it.
*/
#include "oom/calls.h"
#include "oom/ignore.h"
#include "support/api_world.h"
#include "support/failing_malloc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static allocations hooked;

static void *
allocate(void *user, void *block, size_t size_bytes)
{
    (void)user;
    if (size_bytes == 0) {
        hooked.blocks -= block != NULL ? 1 : 0;
        free(block);
        return NULL;
    }
    if (allocation_fails(&hooked)) {
        return NULL;
    }
    void *made = realloc(block, size_bytes);
    hooked.blocks += made != NULL && block == NULL ? 1 : 0;
    return made;
}

static api_world world;
static const omni_hooks hooks = {.size = sizeof(hooks), .allocate = allocate};
static const omni_hooks *wanted_hooks;

/* What functions are called on. */
static struct {
    omni_store *store;
    omni_batch *batch; /* with results; something waits in it */
    omni_batch *done;  /* with results; committed */
    omni_import *import;
    omni_txn *txn;
    omni_id id;
    omni_id other;
    const omni_profile *profile;
    const omni_group *group;
    omni_timeline *timeline; /* stands on an event */
    omni_profiles *profiles;
    omni_scan *scan;
    omni_facts *facts; /* stands on a fact */
    omni_fact_id fact; /* of an event */
    const omni_explanation *explanation;
    const omni_identifier_explanation *named;
    const omni_funnel *funnel;
    omni_cel *cel;
    omni_segment *segment;
    const omni_policy_plan *plan;
    omni_mapping *mapping; /* bound to `fields` */
    /* Made by the function that is under test. */
    omni_batch *new_batch;
    omni_import *new_import;
    omni_txn *new_txn;
    omni_facts *new_facts;
    omni_cel *new_cel;
    omni_segment *new_segment;
    omni_mapping *new_mapping;
    omni_error error;
} on;

/* What functions answer; nobody looks at it. */
static struct {
    omni_event_result event_result;
    omni_statement_result stated;
    omni_retract_result retracted;
    omni_import_summary summary;
    omni_stats stats;
    omni_digest digest;
    omni_text text;
    omni_id id;
    omni_trait trait;
    const omni_trait_entry *past;
    omni_figure figure;
    const omni_figure *figures;
    const omni_group *group;
    const omni_text *texts;
    omni_fact fact;
    omni_table_form form;
    omni_skipped skipped;
    omni_timeline_event event;
    omni_timeline *timeline;
    omni_profiles *profiles;
    const omni_profile *profile;
    const omni_held_apart *held;
    const omni_link *links;
    const omni_event_copy *copies;
    const omni_fact_id *facts;
    omni_fact_id fact_id;
    const omni_identifier_text *names;
    const omni_segment_info *segments;
    omni_segment_change change;
    omni_profile_change moved;
    omni_tick_result tick;
    const omni_explanation *explanation;
    const omni_identifier_explanation *named;
    omni_answer answer;
    omni_scan *scan;
    omni_scan_counts counts;
    const omni_funnel *funnel;
    omni_policy_result set;
    const omni_policy_plan *plan;
    const omni_policy_setting *settings;
    const omni_policy_invalid *invalid;
    char written[128];
    size_t count;
} out;

static const omni_identifier people[] = {
    {"user_id", "u1"}, {"email", "Anna@Example.Org"}, {"device_id", "d1"}};
static const omni_identifier bob = {"user_id", "u2"};
static const omni_reason why = {.text = "said so", .author = "clerk"};

static const char fact_text[] = "00112233445566778899aabbccddeeff:1";

static const char lines[] =
    "{\"type\":\"identify\",\"userId\":\"u3\",\"messageId\":\"j1\","
    "\"timestamp\":\"2024-01-01T00:00:00Z\",\"traits\":{\"email\":"
    "\"b@x.org\",\"name\":\"B\\u00e9\"}}\n"
    "{\"type\":\"track\",\"event\":\"Viewed\",\"userId\":\"u3\","
    "\"timestamp\":\"2024-01-01T00:00:01Z\"}\n"
    "{\"type\":\"alias\",\"userId\":\"u3\",\"previousId\":\"a9\","
    "\"timestamp\":\"2024-01-01T00:00:02Z\"}\nnot json\n";

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

static const char *
fresh_id(void)
{
    static char id[32];
    static unsigned number;
    snprintf(id, sizeof(id), "e%u", number++);
    return id;
}

/* ---- one line each ---- */

static const char mapping[] = "{\"columns\":{\"Who\":\"namespace:user_id\"},"
                              "\"type\":\"identify\"}";
static const omni_text fields[] = {{"Who", 3}, {"Name", 4}};
static const omni_row table_row = {
    .size = sizeof(table_row), .fields = fields, .field_count = 2};

static const omni_funnel_step steps[] = {
    {"Order Completed", "properties.revenue > 1.5 && channel == 'web'"},
    {"Order Completed", NULL},
    {NULL, "size(properties) < 9"}};
static const omni_funnel_options funnel = {.size = sizeof(funnel),
                                           .steps = steps,
                                           .step_count = 3,
                                           .by_channel = true};

static const omni_event *
fresh_event(void)
{
    static omni_event event;
    event = event_of(fresh_id());
    return &event;
}

/* A condition that is not in force, so that it goes through all profiles. */
static const omni_segment_definition *
fresh_segment(void)
{
    static char text[200];
    static unsigned number;
    static omni_segment_definition definition;
    snprintf(text, sizeof(text),
             "events.count(\"Order Completed\", days(%u)) >= 1 && "
             "traits.plan == \"gold\" && !segment(\"other\")",
             ++number);
    definition = (omni_segment_definition){
        .size = sizeof(definition), .name = "vip", .expression = text};
    return &definition;
}

static int
ignore_member(void *user, const omni_id *profile)
{
    (void)user;
    (void)profile;
    return 0;
}

static const char *const vip = "vip";
static const omni_members_query vips = {.size = sizeof(vips),
                                        .segments = &vip,
                                        .segment_count = 1,
                                        .has_at = true,
                                        .at_us = API_T0 + API_HOUR};

static const char request[] =
    "{\"expr\":\"[1,2].map(x, x * 2)[1] == 4 && 'a'.matches('a+')\"}";

/* Everything that a condition reads, at an instant after some events. */
#define AT (API_T0 + 2 * API_HOUR)
static const char condition[] =
    "(events.count('Order Completed', days(30)) >= 0 || traits.plan == 'a') && "
    "size(traits) + size(profile) + size(events.channels()) > 0 && "
    "events.sum('Order Completed', 'revenue') >= 0 && "
    "events.list('Order Completed').size() < 1001 && "
    "events.distinct('Order Completed', 'x', hours(1)) == 0 && "
    "!events.sequence(['Order Completed', 'x'], minutes(5)) && "
    "profile.id != '' && profile.last_seen < now + days(90000) && "
    "(segment('other') || !segment('other'))";

static const char policy[] = "{\"namespaces\":{\"email\":{\"rank\":15}},"
                             "\"source_trust\":{\"*\":[\"shop\"]}}";

/* Another one each time. */
static const char *
fresh_policy(void)
{
    static char text[32];
    static unsigned number = 1000;
    snprintf(text, sizeof(text), "{\"max_component\":%04u}", ++number % 9000);
    return text;
}

static omni_status
open_again(void);

static omni_status
close_it(void);

/* A fault is no answer, and no error of the condition. */
static omni_status
eval(void)
{
    const omni_status status =
        omni_segment_eval(on.txn, on.segment, &on.id, AT, &out.answer);
    return status == OMNI_OK && out.answer.membership != OMNI_MEMBERSHIP_MEMBER
               ? OMNI_ERR_CORRUPT
               : status;
}

#define FUNCTION(name, call)                                                   \
    static omni_status name(void)                                              \
    {                                                                          \
        return call;                                                           \
    }

CALLS(FUNCTION)

#define ROW(name, call) {"omni_" #name, name},

typedef struct row {
    const char *name;
    omni_status (*call)(void);
} row;

static const row rows[] = {CALLS(ROW)};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
need(omni_status status, const char *what)
{
    ck_assert_msg(status >= 0, "%s: %s: %s", what, omni_status_name(status),
                  on.error.message);
}

static void
open_store(void)
{
    omni_store_options options = world.options;
    options.hooks = wanted_hooks;
    need(omni_store_open(world.path, &options, &on.store, &on.error), "open");
}

/* The fact of a new event. */
static omni_fact_id
fresh_fact(void)
{
    omni_event_result result = {.size = sizeof(result)};
    need(omni_event_append(on.store, fresh_event(), &result, &on.error),
         "append");
    return result.fact;
}

static void
prepare_batches(void)
{
    need(share_device(on.store), "device");
    const omni_fact_id old = fresh_fact();
    on.fact = fresh_fact();
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    const omni_event event = event_of(fresh_id());
    omni_event member = event_of(fresh_id());
    member.type = OMNI_EVENT_GROUP;
    member.name = NULL;
    member.group_id = "acme";
    member.traits_json = NULL;
    member.properties_json = "{\"traits\":{\"plan\":\"a\"}}";
    need(omni_batch_new(on.store, &options, &on.batch, &on.error), "batch");
    need(omni_batch_new(on.store, &options, &on.done, &on.error), "batch");
    need(omni_import_new(on.store, "file", &on.import, &on.error), "import");
    need(omni_mapping_parse(mapping, sizeof(mapping) - 1, wanted_hooks,
                            &on.mapping, NULL),
         "mapping");
    need(omni_mapping_bind(on.mapping, fields, 2, &on.error), "bind");
    need(omni_batch_add(on.batch, &event), "add");
    need(omni_batch_add_json(on.batch, on.import, lines, sizeof(lines) - 1),
         "add_json");
    need(omni_batch_add_merge(on.batch, people[0], bob, &why), "add_merge");
    need(omni_batch_add_retract(on.batch, &on.fact, &why), "add_retract");
    need(omni_batch_add(on.done, &event), "add");
    need(omni_batch_add_merge(on.done, people[0], bob, &why), "add_merge");
    need(omni_batch_add_retract(on.done, &old, &why), "add_retract");
    need(omni_batch_add(on.done, &member), "add");
    need(omni_batch_commit(on.done, OMNI_DURABILITY_OFF, &on.error), "commit");
}

static void
prepare_segments(void)
{
    const omni_segment_removal gone = {.size = sizeof(gone), .name = "gone"};
    omni_segment_definition one = {.size = sizeof(one), .name = "other"};
    one.expression = "!has(traits.plan)";
    need(omni_segment_set(on.store, &one, NULL, &on.error), "segment");
    need(omni_segment_set(on.store, fresh_segment(), NULL, &on.error), "vip");
    one.name = gone.name;
    need(omni_segment_set(on.store, &one, NULL, &on.error), "segment");
    need(omni_segment_delete(on.store, &gone, NULL, &on.error), "delete");
}

static void
prepare_reading(void)
{
    omni_timeline_event event;
    omni_fact fact;
    need(omni_txn_begin(on.store, &on.txn, &on.error), "txn");
    need(omni_profile_find(on.txn, people[0], &on.id), "find");
    need(omni_identifier_find(on.txn, people[2], &on.other), "identifier");
    need(omni_profile_get(on.txn, &on.id, &on.profile), "get");
    need(omni_group_get(on.txn, "acme", &on.group), "group");
    need(omni_timeline_open(on.txn, &on.id, NULL, &on.timeline), "timeline");
    need(omni_timeline_next(on.timeline, &event), "next");
    need(omni_profiles_open(on.txn, NULL, &on.profiles), "profiles");
    need(omni_explain(on.txn, &on.id, &on.other, &on.explanation), "explain");
    need(omni_explain_identifier(on.txn, &on.id, &on.named), "explain");
    need(omni_funnel_run(on.txn, &funnel, &on.funnel), "funnel");
    need(omni_facts_open(on.store, NULL, &on.facts, &on.error), "facts");
    need(omni_facts_next(on.facts, &fact), "fact");
    need(omni_cel_new(wanted_hooks, &on.cel, &on.error), "cel");
    need(omni_segment_compile(on.store, condition, sizeof(condition) - 1,
                              &on.segment, &on.error),
         "segment");
    need(omni_scan_open(on.txn, on.segment, AT, NULL, &on.scan), "scan");
    need(omni_policy_rehearse(on.txn, policy, sizeof(policy) - 1, NULL,
                              &on.plan),
         "plan");
}

static omni_status
open_again(void)
{
    omni_store_options options = world.options;
    options.hooks = wanted_hooks;
    return omni_store_open(world.path, &options, &on.store, &on.error);
}

static omni_status
close_it(void)
{
    const omni_status status = omni_store_close(on.store);
    on.store = NULL;
    return status;
}

/* All that functions are called on; but a store is opened that is closed, and
   closed with nothing borrowed from it. */
static void
prepare(const row *row)
{
    memset(&on, 0, sizeof(on));
    memset(&out, 0, sizeof(out));
    out.event_result.size = sizeof(out.event_result);
    out.stated.size = sizeof(out.stated);
    out.retracted.size = sizeof(out.retracted);
    out.summary.size = sizeof(out.summary);
    out.stats.size = sizeof(out.stats);
    out.tick.size = sizeof(out.tick);
    out.form.size = sizeof(out.form);
    out.counts.size = sizeof(out.counts);
    out.set.size = sizeof(out.set);
    if (row->call != store_open) {
        open_store();
    }
    if (row->call == store_close) {
        need(omni_event_append(on.store, fresh_event(), NULL, &on.error),
             "append");
    } else if (row->call != store_open) {
        prepare_segments();
        prepare_batches();
        prepare_reading();
    }
}

static void
finish(void)
{
    omni_cel_free(on.cel);
    omni_cel_free(on.new_cel);
    omni_facts_close(on.facts);
    omni_facts_close(on.new_facts);
    omni_txn_end(on.txn);
    omni_txn_end(on.new_txn);
    omni_segment_free(on.segment);
    omni_segment_free(on.new_segment);
    omni_batch_free(on.batch);
    omni_batch_free(on.done);
    omni_batch_free(on.new_batch);
    omni_import_free(on.import);
    omni_import_free(on.new_import);
    omni_mapping_free(on.mapping);
    omni_mapping_free(on.new_mapping);
    on.txn = NULL;
}

/* The store takes an event and finds it. */
static void
use_store(const char *name)
{
    if (on.store == NULL) {
        open_store();
    }
    omni_event_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_event_append(on.store, fresh_event(), &result, &on.error);
    ck_assert_msg(status == OMNI_OK, "after %s: %s", name, on.error.message);
    ck_assert_int_eq(result.outcome, OMNI_OUTCOME_TAKEN);
    omni_txn *txn = api_begin(on.store);
    const omni_id id = api_find(txn, "email", "anna@example.org");
    api_assert_id(id, result.profile);
    omni_txn_end(txn);
}

/* Call with one allocation failing; false if it did not come to that. */
static bool
call_once(const row *row, allocations *a, uint64_t fail)
{
    const int64_t blocks = a->blocks;
    prepare(row);
    a->asked = 0;
    a->failed = false;
    a->fail = fail;
    a->armed = true;
    const omni_status status = row->call();
    a->armed = false;
    ck_assert_msg(status >= 0 || status == OMNI_ERR_NO_MEMORY,
                  "%s, allocation %llu: %s: %s", row->name,
                  (unsigned long long)fail, omni_status_name(status),
                  on.error.message);
    ck_assert_msg(status >= 0 || a->failed, "%s fails by itself", row->name);
    finish();
    use_store(row->name);
    need(omni_store_close(on.store), "close");
    ck_assert_msg(a->blocks == blocks, "%s, allocation %llu: %lld blocks leak",
                  row->name, (unsigned long long)fail,
                  (long long)(a->blocks - blocks));
    return a->failed;
}

static void
fail_each(const row *row, allocations *a)
{
    uint64_t fail = 1;
    char kept[API_PATH];
    api_world_path(&world, "kept", kept);
    call_once(row, a, 0); /* what is allocated once and for ever is, now */
    api_copy(world.path, kept);
    while (call_once(row, a, fail)) {
        ck_assert_uint_lt(++fail, 5000);
        if (fail % 16 == 0) { /* it does not grow without end */
            api_remove(world.path);
            api_copy(kept, world.path);
        }
    }
    memset(&on, 0, sizeof(on));
    open_store();
    const omni_status status =
        omni_store_check(on.store, 0, NULL, NULL, NULL, &on.error);
    ck_assert_msg(status == OMNI_OK, "after %s: %s", row->name,
                  on.error.message);
    need(omni_store_close(on.store), "close");
}

static void
setup(void)
{
    api_world_make(&world);
    wanted_hooks = NULL;
    memset(&on, 0, sizeof(on));
    world.options.durability = OMNI_DURABILITY_OFF;
    open_store();
    const omni_event event = event_of("first");
    need(omni_event_append(on.store, &event, NULL, &on.error), "append");
    need(omni_event_append_json(on.store, lines, sizeof(lines) - 1, NULL,
                                &on.error),
         "append_json");
    need(omni_store_close(on.store), "close");
}

static void
teardown(void)
{
    api_world_remove(&world);
}

START_TEST(a_failing_hook_harms_nothing)
{
    wanted_hooks = &hooks;
    fail_each(&rows[_i], &hooked);
}
END_TEST

START_TEST(a_failing_malloc_harms_nothing)
{
    if (failing_malloc_is_there) {
        fail_each(&rows[_i], &failing_malloc);
    }
}
END_TEST

START_TEST(the_table_has_every_public_function)
{
    char path[API_PATH];
    char name[128];
    size_t count = 0;
    const char *root = getenv("OMNI_SOURCE_ROOT");
    if (root == NULL) {
        return;
    }
    snprintf(path, sizeof(path), "%s/lib/libomni.map", root);
    FILE *map = fopen(path, "r");
    ck_assert_ptr_nonnull(map);
    while (fscanf(map, " %127[^;\n]%*[;\n]", name) == 1) {
        if (strncmp(name, "omni_", 5) != 0) {
            continue;
        }
        ck_assert_msg(count < ROWS && strcmp(rows[count].name, name) == 0,
                      "%s has no row, or not in its place", name);
        ++count;
    }
    fclose(map);
    ck_assert_uint_eq(count, ROWS);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("calls");
    TCase *tests = tcase_create("calls");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, the_table_has_every_public_function);
    tcase_add_loop_test(tests, a_failing_hook_harms_nothing, 0, (int)ROWS);
    tcase_add_loop_test(tests, a_failing_malloc_harms_nothing, 0, (int)ROWS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
