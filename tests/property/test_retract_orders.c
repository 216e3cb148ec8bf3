/*
   Facts of several replicas, among them retracts of events, statements and
   retracts, as they may come to a store in any order that keeps each replica's
   own: a retract before what it voids, a copy after its event was retracted.
   Whatever the order the state is the same, and that of a store which never
   had what is void (F2, F4, F7).
*/
#include "api/handle.h"
#include "codec/register.h"
#include "codec/retract.h"
#include "log/frame.h"
#include "log/segment.h"
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPLICAS = 3,
    FACTS = 60,
    NAMES = 7,
    DEVICES = 2, /* the first of the names */
    EVENTS = 10,
    TARGETS = 3,
    ORDERS = 4,
    SKEW = 6
};

typedef struct fact {
    uint8_t kind;
    size_t replica;
    uint64_t sequence;
    uint64_t hlc;
    omni__slice body;
    omni_fact_id id;
    size_t targets[TARGETS]; /* of a retract; numbers of facts */
    size_t target_count;
    uint32_t mask; /* of an event: its identifiers */
    int event;     /* which one it is a copy of, so far as it tells */
    bool is_void;
} fact;

static const char *const names[NAMES][2] = {
    {"anonymous_id", "a1"}, {"device_id", "d1"}, {"email", "a@x.ch"},
    {"email", "b@x.ch"},    {"loyalty_id", "7"}, {"user_id", "u1"},
    {"user_id", "u2"}};

static api_world world;
static omni__secret secret;
static uint8_t deployment[16];
static fact facts[FACTS];
static uint64_t random_state;
static omni__buffer bodies[FACTS];

static size_t
below(size_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040;
    return (size_t)(random_state >> 33) % limit;
}

static omni__named
named(size_t i)
{
    const omni__slice ns = omni__slice_text(names[i][0]);
    const omni__slice value = omni__slice_text(names[i][1]);
    return (omni__named){ns, value, omni__token_of(&secret, ns, value)};
}

static void
make_event(fact *f, omni__buffer *out)
{
    static const char *const traits[] = {"", "{\"n\":1}", "{\"n\":2}"};
    static const char ids[EVENTS + 1] = "0123456789";
    static const char *const channels[] = {"", "web", "store"};
    omni__event_body body = {.type = OMNI_EVENT_TRACK};
    f->event = (int)below(EVENTS);
    f->mask = (uint32_t)below((1u << NAMES) - 1) + 1;
    f->mask &= (uint32_t)below((1u << NAMES) - 1) + 1;
    /* Devices that people share, and what they do there unnamed (I9). */
    f->mask &= below(3) == 0 ? (1u << DEVICES) - 1 : UINT32_MAX;
    f->mask = f->mask != 0 ? f->mask : 1;
    for (size_t i = 0; i < NAMES; ++i) {
        if ((f->mask >> i & 1) != 0) {
            body.identifiers[body.identifier_count++] = named(i);
        }
    }
    body.instant_us = API_T0 + f->event * API_SECOND;
    body.time_us = body.instant_us + (int64_t)below(2) * 50 * API_SECOND;
    body.id = omni__slice_of(&ids[f->event], 1);
    body.name =
        omni__slice_text(f->event % 5 == 4 ? "Signed Out" : "Order Completed");
    body.channel = omni__slice_text(channels[below(3)]);
    body.traits = omni__slice_text(traits[below(3)]);
    body.properties =
        omni__slice_text(below(2) != 0 ? "{\"revenue\":1.50}" : "");
    omni__event_body_encode(&body, out);
}

static void
make_statement(fact *f, omni__buffer *out)
{
    const size_t a = below(NAMES - 1);
    const omni__statement_body body = {
        .time_us = API_T0 + (int64_t)f->hlc,
        .ends = {named(a), named(a + 1 + below(NAMES - a - 1))},
        .reason = omni__slice_text("so")};
    omni__statement_body_encode(&body, out);
}

static void
make_segment(fact *f, omni__buffer *out)
{
    static const char *const values[] = {"", "now == now",
                                         "events.count('Order Completed') > 1"};
    const omni__register_body body = {
        .time_us = API_T0 + (int64_t)f->hlc,
        .name = omni__slice_text(below(2) != 0 ? "loyal" : "new"),
        .value = omni__slice_text(values[below(3)])};
    omni__register_body_encode(&body, out);
}

/* Names some of the facts made before it. */
static void
make_retract(fact *f, size_t number, omni__buffer *out)
{
    uint8_t targets[TARGETS * OMNI__TARGET_SIZE];
    for (size_t i = 0; i < 1 + below(TARGETS); ++i) {
        f->targets[f->target_count] = below(number);
        omni__target_write(&facts[f->targets[f->target_count]].id,
                           targets + f->target_count * OMNI__TARGET_SIZE);
        ++f->target_count;
    }
    const omni__retract_body body = {
        .targets = omni__slice_of(targets, f->target_count * OMNI__TARGET_SIZE),
        .reason = omni__slice_text("undone")};
    omni__retract_body_encode(&body, out);
}

/* The group of one fact that follows `previous`. */
static void
encode_group(const fact *f, uint64_t sequence,
             uint8_t previous[OMNI__HASH_SIZE], omni__buffer *out)
{
    omni__group_place place = {.first_sequence = sequence, .hlc = f->hlc};
    omni__fact_draft draft = {.kind = f->kind, .body = f->body};
    memset(place.replica, (int)f->replica + 1, sizeof(place.replica));
    memcpy(place.previous, previous, OMNI__HASH_SIZE);
    omni__body_hash(draft.salt, draft.body, draft.body_hash);
    omni__group_encode(&place, &draft, 1, out, previous);
}

static void
make_facts(void)
{
    static const uint8_t kinds[] = {OMNI__FACT_EVENT,   OMNI__FACT_EVENT,
                                    OMNI__FACT_EVENT,   OMNI__FACT_LINK,
                                    OMNI__FACT_PART,    OMNI__FACT_SEGMENT,
                                    OMNI__FACT_RETRACT, OMNI__FACT_RETRACT};
    uint64_t last[REPLICAS] = {0};
    uint8_t previous[REPLICAS][OMNI__HASH_SIZE] = {{0}};
    for (size_t i = 0; i < FACTS; ++i) {
        fact *f = &facts[i];
        *f = (fact){.kind = kinds[below(i < 5 ? 6 : 8)],
                    .replica = below(REPLICAS)};
        /* Clocks disagree: what was made after a fact may stand before it. */
        f->hlc = 1000 + i + f->replica * SKEW;
        f->sequence = ++last[f->replica];
        omni__buffer_clear(&bodies[i]);
        if (f->kind == OMNI__FACT_EVENT) {
            make_event(f, &bodies[i]);
        } else if (f->kind == OMNI__FACT_RETRACT) {
            make_retract(f, i, &bodies[i]);
        } else if (f->kind == OMNI__FACT_SEGMENT) {
            make_segment(f, &bodies[i]);
        } else {
            make_statement(f, &bodies[i]);
        }
        f->body = omni__buffer_bytes(&bodies[i]);
        omni__buffer bytes;
        omni__group group;
        omni__fact read;
        omni__buffer_init(&bytes, &omni__alloc_default);
        encode_group(f, f->sequence, previous[f->replica], &bytes);
        ck_assert_int_eq(
            omni__group_open(omni__buffer_bytes(&bytes), &group, NULL),
            OMNI_OK);
        ck_assert_int_eq(omni__group_next(&group, &read), OMNI_OK);
        f->id = omni__fact_id(&read);
        omni__buffer_free(&bytes);
    }
}

/* A copy of the same event, directly or through others. */
static void
void_event(size_t number)
{
    facts[number].is_void = true;
    for (size_t i = 0; i < FACTS; ++i) {
        const fact *f = &facts[number];
        if (facts[i].kind == OMNI__FACT_EVENT && !facts[i].is_void &&
            facts[i].event == f->event && (facts[i].mask & f->mask) != 0) {
            void_event(i);
        }
    }
}

/* F2: by clock, and by replica where two are the same. */
static int
compare_facts(const void *a, const void *b)
{
    const fact *x = &facts[*(const size_t *)a];
    const fact *y = &facts[*(const size_t *)b];
    if (x->hlc != y->hlc) {
        return x->hlc < y->hlc ? -1 : 1;
    }
    return (x->replica > y->replica) - (x->replica < y->replica);
}

/* From the last fact to the first: what comes later decides. */
static size_t
judge_facts(void)
{
    size_t count = 0;
    size_t order[FACTS];
    for (size_t i = 0; i < FACTS; ++i) {
        order[i] = i;
    }
    qsort(order, FACTS, sizeof(order[0]), compare_facts);
    for (size_t i = FACTS; i-- > 0;) {
        const fact *f = &facts[order[i]];
        for (size_t k = 0; k < f->target_count && !f->is_void; ++k) {
            fact *target = &facts[f->targets[k]];
            if (compare_facts(&f->targets[k], &order[i]) > 0) {
                continue; /* which it does not know of */
            }
            if (target->kind == OMNI__FACT_EVENT) {
                void_event(f->targets[k]);
            } else {
                target->is_void = true;
            }
        }
    }
    for (size_t i = 0; i < FACTS; ++i) {
        count += facts[i].is_void;
    }
    return count;
}

/* An order of all facts, or of those that are not void, that keeps that of
   each replica. */
static size_t
choose_order(size_t order[FACTS], bool live)
{
    size_t next[REPLICAS] = {0};
    size_t count = 0;
    for (size_t left = FACTS; left != 0;) {
        const size_t replica = below(REPLICAS);
        size_t *at = &next[replica];
        while (*at < FACTS && facts[*at].replica != replica) {
            ++*at;
        }
        if (*at == FACTS) {
            continue;
        }
        const fact *f = &facts[*at];
        if (!live || (!f->is_void && f->kind != OMNI__FACT_RETRACT)) {
            order[count++] = *at;
        }
        ++*at;
        --left;
    }
    return count;
}

/* A log that the facts came to in this order, in place of the store's. */
static void
write_log(const size_t *order, size_t count)
{
    char path[API_PATH + 64];
    uint64_t last[REPLICAS] = {0};
    uint8_t previous[REPLICAS][OMNI__HASH_SIZE] = {{0}};
    api_bytes old = {.size = 0};
    omni__buffer log;
    omni__buffer_init(&log, &omni__alloc_default);
    snprintf(path, sizeof(path), "%s/log/0000000000000000.log", world.path);
    api_read_file(path, &old);
    omni__buffer_put(&log, old.data, OMNI__SEGMENT_HEADER);
    for (size_t i = 0; i < count; ++i) {
        const fact *f = &facts[order[i]];
        const size_t start = log.size;
        const omni__frame_place place = {
            .deployment = deployment, .segment = 0, .position = start};
        omni__frame_begin(&log, 0);
        encode_group(f, ++last[f->replica], previous[f->replica], &log);
        omni__frame_finish(&log, start, &place, start);
    }
    ck_assert(!log.failed);
    api_write_file(path, log.data, log.size);
    omni__buffer_free(&log);
    api_bytes_free(&old);
}

/* The state of a store that took the facts in this order. */
static omni_stats
state_of(const size_t *order, size_t count, api_bytes *dump)
{
    omni_check_report report = {.size = sizeof(report)};
    char path[API_PATH + 64];
    api_world_open(&world);
    secret = world.store->engine->file.secret;
    memcpy(deployment, world.store->engine->file.deployment, 16);
    api_world_close(&world);
    write_log(order, count);
    snprintf(path, sizeof(path), "%s/tables.mdb", world.path);
    remove(path);
    snprintf(path, sizeof(path), "%s/log/shared", world.path);
    remove(path);
    api_world_open(&world);
    api_dump(world.store, dump);
    const omni_stats stats = api_stats(world.store);
    ck_assert_int_eq(
        omni_store_check(world.store, 0, NULL, NULL, &report, NULL), OMNI_OK);
    api_world_close(&world);
    return stats;
}

static void
compare(const api_bytes *want, const api_bytes *got, uint64_t seed)
{
    ck_assert_msg(want->size == got->size &&
                      memcmp(want->data, got->data, got->size) == 0,
                  "seed %llu:\n%.*s\nis not\n%.*s", (unsigned long long)seed,
                  (int)got->size, got->data, (int)want->size, want->data);
}

static void
try_case(uint64_t seed)
{
    size_t order[FACTS];
    api_bytes want = {.size = 0};
    random_state = seed * 7919 + 1;
    make_facts();
    const size_t voided = judge_facts();
    const omni_stats live = state_of(order, choose_order(order, true), &want);
    ck_assert_uint_eq(live.voided, 0);
    for (int i = 0; i < ORDERS; ++i) {
        api_bytes got = {.size = 0};
        const omni_stats stats =
            state_of(order, choose_order(order, false), &got);
        compare(&want, &got, seed);
        ck_assert_uint_eq(stats.voided, voided);
        ck_assert_uint_eq(stats.facts, FACTS);
        ck_assert_uint_eq(stats.events, live.events);
        ck_assert_uint_eq(stats.nodes, live.nodes);
        ck_assert_uint_eq(stats.profiles, live.profiles);
        ck_assert_uint_eq(stats.links, live.links);
        ck_assert_uint_eq(stats.statements, live.statements);
        ck_assert_uint_eq(stats.contested, live.contested);
        api_bytes_free(&got);
    }
    api_bytes_free(&want);
}

START_TEST(the_order_of_arrival_does_not_matter_to_retracts)
{
    const uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(8);
    api_world_make(&world);
    api_world_open(&world);
    secret = world.store->engine->file.secret;
    api_world_close(&world);
    for (size_t i = 0; i < FACTS; ++i) {
        omni__buffer_init(&bodies[i], &omni__alloc_default);
    }
    for (uint64_t i = 0; i < cases; ++i) {
        try_case(seed * 1000 + i);
    }
    for (size_t i = 0; i < FACTS; ++i) {
        omni__buffer_free(&bodies[i]);
    }
    api_world_remove(&world);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("retract_orders");
    TCase *tcase = tcase_create("orders");
    tcase_add_test(tcase, the_order_of_arrival_does_not_matter_to_retracts);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
