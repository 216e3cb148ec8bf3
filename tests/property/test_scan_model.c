/*
   Scans over random stores against the naive way, which evaluates every
   profile: merges, splits and retracts, events to come, currencies, missing
   traits; with blocks that are stale, damaged, missing, or made by another
   process. OMNI_SEED and OMNI_CASES choose the stores.
*/
#include "api/handle.h"
#include "segments/scan.h"
#include "support/api_world.h"
#include "support/segment_look.h"
#include "support/segment_random.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPRESSIONS 8

static omni__scan_memory memory;

/* Few instants, so that edges are met. */
static int64_t
instant(void)
{
    return API_T0 + ((int64_t)below(40) - 25) * DAY +
           (int64_t)below(2) * (int64_t)below(3);
}

/* ---- stores ---- */

/* Few people have long histories, of many runs of entries. */
static uint64_t people;

/* Of what is bought and given back in one currency or two, and of all else. */
static const char *
amount(const char *name, char out[200])
{
    char number[32];
    const uint64_t kind = below(8);
    snprintf(number, sizeof(number), "%d.%u", (int)below(45) - 20,
             (unsigned)below(100));
    if ((name[0] == 'B' || name[2] == 't') && kind != 0) {
        snprintf(out, 200, "{\"revenue\":%s,\"currency\":\"%s\"}", number,
                 name[0] == 'B' || below(2) == 0 ? "CHF" : "EUR");
        return out;
    }
    snprintf(out, 200, "{%s%s%s%s%s%s\"note\":1}",
             kind < 4   ? "\"revenue\":"
             : kind < 5 ? "\"total\":"
                        : "\"x\":",
             kind == 7 ? "1e60" : number, below(5) == 0 ? ",\"value\":7," : ",",
             below(9) == 0 ? "\"total\":5," : "",
             below(3) != 0 ? "\"currency\":\"CHF\"," : "",
             below(12) == 0 ? "\"revenue\":3e50," : "");
    return out;
}

/* Facts that may be taken back. */
static omni_fact_id facts[64];
static size_t fact_count;

static void
append_one(omni_store *store)
{
    char a[32];
    char b[32];
    char traits[200];
    char properties[200];
    const bool device = below(4) == 0;
    snprintf(a, sizeof(a), "p%u@example.org", (unsigned)below(people));
    snprintf(b, sizeof(b), device ? "d%u" : "u%u", (unsigned)below(people + 6));
    snprintf(traits, sizeof(traits), "{\"plan\":%s,\"%s\":%s%s}",
             ONE_OF("\"gold\"", "\"free\"", "\"silver\"", "null"),
             ONE_OF("age", "vip", "tags", "city"),
             ONE_OF("17", "30", "\"30\"", "30.5", "true", "false",
                    "[\"x\",\"y\"]", "{\"k\":1}"),
             below(5) == 0 ? ",\"plan\":\"gold\"" : "");
    const bool plan_twice = strstr(traits, ",\"plan\":\"gold\"") != NULL;
    const char *name = ONE_OF("Viewed", "Bought", "Returned", "Read");
    omni_event event = {
        .size = sizeof(event),
        .name = name,
        .time_us = instant(),
        .channel = ONE_OF("web", "store"),
        .identifiers =
            (omni_identifier[]){
                {below(3) == 0 ? "email" : "user_id", below(3) == 0 ? a : b},
                {device ? "device_id" : "email", device ? b : a}},
        .identifier_count = 1 + below(2),
        .traits_json = below(3) == 0 && !plan_twice ? traits : NULL,
        .properties_json = below(2) == 0 ? amount(name, properties) : NULL};
    omni_event_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_event_append(store, &event, &result, &world.error);
    ck_assert_msg(status >= 0, "append: %s (%s %s)", world.error.message,
                  traits, properties);
    if (result.outcome == OMNI_OUTCOME_TAKEN) {
        facts[fact_count++ % 64] = result.fact;
    }
}

static void
retract_one(omni_store *store)
{
    const omni_reason reason = {.author = "test", .text = "it was not so"};
    const omni_status status = omni_fact_retract(
        store, &facts[below(fact_count < 64 ? fact_count : 64)], &reason, NULL,
        &world.error);
    ck_assert_msg(status >= 0, "%s", world.error.message);
}

static void
append_some(omni_store *store)
{
    for (uint64_t i = 5 + below(60); i != 0; --i) {
        append_one(store);
    }
}

/* ---- segments ---- */

/* Some are refused: types that no operator takes, for one. */
static omni__segment *
random_segment(char text[TEXT])
{
    omni__segment *segment = NULL;
    while (segment == NULL) {
        text[0] = '\0';
        put_expression(text, (unsigned)below(4));
        segment = compile(text);
    }
    return segment;
}

/* ---- both ways ---- */

typedef struct found {
    omni_id *members;
    size_t count;
    uint64_t profiles;
    uint64_t errors;
} found;

static void
add_member(found *f, const omni_id *id)
{
    if (f->count % 64 == 0) {
        f->members = realloc(f->members, (f->count + 64) * sizeof(*id));
        ck_assert_ptr_nonnull(f->members);
    }
    f->members[f->count++] = *id;
}

/* Glances of conditions on their own, at several instants. */
#define GLANCES 3

static void
evaluate(omni_txn *txn, const omni__segment *segment, int64_t now_us,
         const omni__node *head, found *out)
{
    omni__arena arena;
    omni__members members;
    omni__arena_init(&arena, &omni__alloc_default);
    ck_assert_int_eq(omni__members_read(&txn->view, head, &arena, &members),
                     OMNI_OK);
    omni__subject subject = subject_of(txn, &members, &arena);
    const uint8_t answer = answer_at(segment, &subject, now_us);
    ++out->profiles;
    out->errors += answer == OMNI__ANSWER_ERROR;
    if (answer == OMNI__ANSWER_TRUE) {
        add_member(out, &head->id);
    }
    look(segment, &subject, now_us);
    for (int i = 0; i < GLANCES; ++i) {
        char text[TEXT] = "";
        put_atom(text);
        omni__segment *atom = compile(text);
        if (atom != NULL) {
            look(atom, &subject, instant());
        }
        omni__segment_free(atom);
    }
    omni__arena_free(&arena);
}

static void
evaluate_all(omni_txn *txn, const omni__segment *segment, int64_t now_us,
             found *out)
{
    omni__kv_cursor *cursor;
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    ck_assert_int_eq(omni__view_cursor(&txn->view, &cursor), OMNI_OK);
    omni_status status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while (omni__view_within(status, cursor, &prefix) == OMNI_OK) {
        omni_id id;
        omni__node node;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + 1, 16);
        ck_assert_int_eq(
            omni__node_decode(&id, omni__kv_cursor_value(cursor), &node),
            OMNI_OK);
        if (omni__node_is_head(&node)) {
            evaluate(txn, segment, now_us, &node, out);
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
}

static omni__scan *
open_scan(omni_txn *txn, const omni__segment *segment, int64_t now_us,
          const omni_id *after)
{
    omni__scan *scan = NULL;
    const omni__scan_source source = {
        .view = txn->view,
        .position = omni__kv_snapshot_position(txn->snapshot),
        .kv = txn->store->engine->kv,
        .log = txn->store->engine->log,
        .secret = &txn->store->engine->file.secret,
        .policy = txn->source.policy,
        .memory = &memory,
        .alloc = &omni__alloc_default,
        .lookup = look_up};
    ck_assert_int_eq(omni__scan_open(&source, segment, now_us, after, &scan),
                     OMNI_OK);
    return scan;
}

static void
scan_members(omni_txn *txn, const omni__segment *segment, int64_t now_us,
             const omni_id *after, found *out)
{
    omni_id id;
    omni_status status;
    omni__scan *scan = open_scan(txn, segment, now_us, after);
    while ((status = omni__scan_next(scan, &id)) == OMNI_OK) {
        add_member(out, &id);
    }
    ck_assert_int_eq(status, OMNI_END);
    out->errors = omni__scan_tally_of(scan)->errors;
    out->profiles = omni__scan_tally_of(scan)->profiles;
    omni__scan_close(scan);
}

static void
scan_count(omni_txn *txn, const omni__segment *segment, int64_t now_us,
           omni__scan_tally *out)
{
    uint32_t block = 0;
    omni_status status;
    omni__scan *scan = open_scan(txn, segment, now_us, NULL);
    while ((status = omni__scan_count(scan, &block)) == OMNI_OK) {
    }
    ck_assert_int_eq(status, OMNI_END);
    *out = *omni__scan_tally_of(scan);
    omni__scan_close(scan);
}

static void
compare(omni_store *store, const omni__segment *segment, const char *text)
{
    omni_txn *txn = api_begin(store);
    const int64_t now_us = instant();
    found wanted = {0};
    found got = {0};
    found rest = {0};
    omni__scan_tally tally;
    evaluate_all(txn, segment, now_us, &wanted);
    scan_members(txn, segment, now_us, NULL, &got);
    scan_count(txn, segment, now_us, &tally);
    ck_assert_msg(got.count == wanted.count && got.errors == wanted.errors &&
                      got.profiles == wanted.profiles,
                  "seed %llu: %s at %lld: %zu members and %llu errors, not "
                  "%zu and %llu",
                  (unsigned long long)setting_seed(), text, (long long)now_us,
                  got.count, (unsigned long long)got.errors, wanted.count,
                  (unsigned long long)wanted.errors);
    ck_assert_msg(got.count == 0 || memcmp(got.members, wanted.members,
                                           got.count * sizeof(omni_id)) == 0,
                  "%s: other members", text);
    ck_assert_uint_eq(tally.members, wanted.count);
    ck_assert_uint_eq(tally.errors, wanted.errors);
    ck_assert_uint_eq(tally.profiles, wanted.profiles);
    if (wanted.count != 0) { /* resumed behind any of them */
        const size_t at = below(wanted.count);
        scan_members(txn, segment, now_us, &wanted.members[at], &rest);
        ck_assert_uint_eq(rest.count, wanted.count - at - 1);
        ck_assert_msg(rest.count == 0 ||
                          memcmp(rest.members, wanted.members + at + 1,
                                 rest.count * sizeof(omni_id)) == 0,
                      "%s: other members behind the first", text);
    }
    free(wanted.members);
    free(got.members);
    free(rest.members);
    omni_txn_end(txn);
}

static void
compare_some(omni_store *store)
{
    char text[TEXT];
    for (int i = 0; i < 2; ++i) {
        named[i] = random_segment(text);
    }
    for (int i = 0; i < EXPRESSIONS; ++i) {
        omni__segment *segment = random_segment(text);
        compare(store, segment, text);
        omni__segment_free(segment);
    }
    for (int i = 0; i < 2; ++i) {
        omni__segment_free(named[i]);
        named[i] = NULL;
    }
}

/* ---- what happens to the cache ---- */

/* Turn a byte of some rows, or cut them short. */
static void
damage(omni_store *store)
{
    omni__kv *kv = store->engine->kv;
    memset(&memory, 0, sizeof(memory)); /* as a process that begins */
    for (uint32_t block = 0; block < OMNI__BLOCK_COUNT; ++block) {
        omni__kv_cache *cache = NULL;
        omni__slice row;
        omni__key key = omni__key_of(OMNI__TABLE_COLUMNS);
        omni__key_add_u32(&key, block);
        ck_assert_int_eq(omni__kv_cache_begin(kv, omni__kv_policy(kv), &cache),
                         OMNI_OK);
        if (below(2) == 0 &&
            omni__kv_cache_get(cache, omni__key_slice(&key), &row) == OMNI_OK) {
            uint8_t *copy = malloc(row.size + 1);
            ck_assert_ptr_nonnull(copy);
            memcpy(copy, row.data, row.size);
            copy[below(row.size)] ^= (uint8_t)(1u << below(8));
            const size_t size = below(3) == 0 ? below(row.size) : row.size;
            const omni__kv_row put = {omni__key_slice(&key),
                                      omni__slice_of(copy, size)};
            omni__kv_cache_end(cache);
            cache = NULL;
            ck_assert_int_eq(
                omni__kv_cache_put(kv, omni__kv_policy(kv), &put, 1), OMNI_OK);
            free(copy);
        }
        omni__kv_cache_end(cache);
        block += (uint32_t)below(40);
    }
}

static void
in_another_process(void)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        omni_store *store = NULL;
        world.store = NULL;
        memset(&memory, 0, sizeof(memory));
        ck_assert_int_eq(
            omni_store_open(world.path, NULL, &store, &world.error), OMNI_OK);
        append_some(store);
        compare_some(store);
        retract_one(store);
        append_some(store);
        if (below(2) == 0) {
            ck_assert_int_eq(omni_store_flush(store, NULL), OMNI_OK);
        }
        omni_store_close(store);
        _exit(0);
    }
    int how = 0;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_int_eq(how, 0);
}

static void
disturb(void)
{
    switch (below(6)) {
    case 0:
        damage(world.store);
        break;
    case 1:
        api_world_close(&world);
        memset(&memory, 0, sizeof(memory));
        api_world_open(&world);
        break;
    case 2:
        in_another_process();
        break;
    case 3:
        ck_assert_int_ge(omni_store_flush(world.store, NULL), 0);
        break;
    default:
        break;
    }
}

static void
merge_or_split(omni_store *store)
{
    char a[32];
    char b[32];
    snprintf(a, sizeof(a), "u%u", (unsigned)below(30));
    snprintf(b, sizeof(b), "u%u", (unsigned)below(30));
    if (strcmp(a, b) == 0) {
        return;
    }
    const omni_reason reason = {.author = "test", .text = "as it comes"};
    const omni_identifier x = {"user_id", a};
    const omni_identifier y = {"user_id", b};
    const omni_status status =
        below(2) == 0
            ? omni_profile_merge(store, x, y, &reason, NULL, &world.error)
            : omni_profile_split(store, x, y, &reason, NULL, &world.error);
    ck_assert_msg(status >= 0, "%s", world.error.message);
}

START_TEST(a_scan_finds_whom_evaluation_finds)
{
    const uint64_t cases = setting_cases(20);
    for (uint64_t i = 0; i < cases; ++i) {
        state = (setting_seed() + i) * UINT64_C(0x9e3779b97f4a7c15) + 1;
        api_world_make(&world);
        world.options.durability = OMNI_DURABILITY_OFF;
        memset(&memory, 0, sizeof(memory));
        fact_count = 0;
        people = below(3) == 0 ? 2 : 24;
        api_world_open(&world);
        printf("scan_model: OMNI_SEED=%llu OMNI_CASES=1\n",
               (unsigned long long)(setting_seed() + i));
        fflush(stdout);
        for (int round = 0; round < 5; ++round) {
            append_some(world.store);
            merge_or_split(world.store);
            retract_one(world.store);
            compare_some(world.store);
            disturb();
            compare_some(world.store);
        }
        api_check(world.store);
        api_world_remove(&world);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scan_model");
    TCase *tests = tcase_create("scan_model");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, a_scan_finds_whom_evaluation_finds);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
