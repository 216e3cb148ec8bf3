/*
   The feed of profiles over random histories (events, copies, merges, splits,
   retracts) in random groups: each group's changes are those that a naive
   comparison of all identifiers before and after gives; who follows ids by it,
   at any pace, has what the store finds; it is made again as it was; and a
   store that took the same facts one by one ends with the same ids. Which fact
   did it is told by what that store did at that fact.
*/
#include "support/api_world.h"
#include "support/changes_naive.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 40, FACTS = GROUPS * THINGS, CHANGES = 4000 };

static const omni_identifier names[NAMES] = {
    {"anonymous_id", "a1"}, {"anonymous_id", "a2"}, {"anonymous_id", "a3"},
    {"device_id", "d1"},    {"email", "a@x.ch"},    {"email", "b@x.ch"},
    {"email", "c@x.ch"},    {"loyalty_id", "7"},    {"loyalty_id", "8"},
    {"user_id", "u1"},      {"user_id", "u2"},      {"user_id", "u3"}};

static const char *const policies[] = {
    "{}", "{\"namespaces\":{\"email\":{\"generic_above\":1}}}",
    "{\"max_identifiers\":4}",
    "{\"namespaces\":{\"user_id\":{\"max_per_profile\":0}}}"};

static const omni_reason why = {.text = "so"};

typedef enum kind { EVENT, MERGE, SPLIT, RETRACT } kind;

/* Something that is stated. */
typedef struct thing {
    kind kind;
    unsigned mask; /* of an event: its identifiers */
    int event;     /* which one it is a copy of */
    int64_t time_us;
    size_t a, b;   /* of a statement */
    size_t target; /* of a retract: the number of a fact */
} thing;

/* An id that somebody keeps. */
typedef struct kept {
    omni_id id;
    omni_id now;
    bool ask;  /* it has to be looked up once more */
    bool over; /* it ended */
    bool lost; /* its identifier left the store, if only for a while */
} kept;

static uint64_t random_state;
static api_world world; /* in groups */
static api_world one_by_one;
static omni_fact_id facts[2][FACTS]; /* of both stores */
static size_t fact_count;
static omni_fact_id made[THINGS];
static kept keeps[NAMES];
static size_t keep_count;
static omni_feed_position read_up_to; /* by who keeps ids */
static uint64_t told[5];
static uint64_t inside; /* of groups of more than one thing */

static size_t
below(size_t limit)
{
    return (size_t)(api_random(&random_state) >> 33) % limit;
}

/* ---- two stores ---- */

/* No more than one of a group is a retract: what a second one names depends on
   whether the first one is known. */
static thing
draw(bool may_retract)
{
    const size_t kind = below(16);
    thing t = {.kind = EVENT, .a = below(NAMES)};
    t.b = (t.a + 1 + below(NAMES - 1)) % NAMES;
    if (kind == 0) {
        t.kind = MERGE;
    } else if (kind == 1) {
        t.kind = SPLIT;
    } else if (kind < 6 && fact_count != 0 && may_retract) {
        t.kind = RETRACT;
        t.target = below(fact_count);
    }
    t.mask = 1u << t.a | (below(3) != 0 ? 1u << t.b : 0) |
             (below(4) == 0 ? 1u << below(NAMES) : 0);
    t.event = (int)below(30);
    t.time_us = API_T0 + (int64_t)below(50) * API_SECOND;
    return t;
}

static void
add(omni_batch *batch, size_t which, const thing *t)
{
    omni_status status;
    char id[16];
    omni_identifier who[3];
    size_t count = 0;
    switch (t->kind) {
    case MERGE:
        status = omni_batch_add_merge(batch, names[t->a], names[t->b], &why);
        break;
    case SPLIT:
        status = omni_batch_add_split(batch, names[t->a], names[t->b], &why);
        break;
    case RETRACT:
        status = omni_batch_add_retract(batch, &facts[which][t->target], &why);
        break;
    default:
        snprintf(id, sizeof(id), "e%d", t->event);
        for (size_t i = 0; i < NAMES; ++i) {
            if ((t->mask >> i & 1) != 0) {
                who[count++] = names[i];
            }
        }
        const omni_event event = api_viewed(id, t->time_us, who, count);
        status = omni_batch_add(batch, &event);
    }
    ck_assert_msg(status == OMNI_OK, "%s", omni_batch_error(batch)->message);
}

static omni_fact_id
result_of(const omni_batch *batch, size_t i, const thing *t)
{
    omni_event_result event = {.size = sizeof(event)};
    omni_statement_result stated = {.size = sizeof(stated)};
    omni_retract_result retracted = {.size = sizeof(retracted)};
    switch (t->kind) {
    case EVENT:
        ck_assert_int_eq(omni_batch_result(batch, i, &event), OMNI_OK);
        return event.fact;
    case RETRACT:
        ck_assert_int_eq(omni_batch_retract_result(batch, i, &retracted),
                         OMNI_OK);
        return retracted.fact;
    default:
        ck_assert_int_eq(omni_batch_statement_result(batch, i, &stated),
                         OMNI_OK);
        return stated.fact;
    }
}

/* State things in one group; the facts they made, zeroes for none. */
static void
commit(api_world *where, size_t which, const thing *things, size_t count,
       omni_fact_id *out)
{
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    omni_batch *batch;
    omni_error error;
    ck_assert_int_eq(omni_batch_new(where->store, &options, &batch, &error),
                     OMNI_OK);
    for (size_t i = 0; i < count; ++i) {
        add(batch, which, &things[i]);
    }
    const omni_status status =
        omni_batch_commit(batch, OMNI_DURABILITY_OFF, &error);
    ck_assert_msg(status >= 0, "%s", error.message);
    for (size_t i = 0; i < count; ++i) {
        out[i] = result_of(batch, i, &things[i]);
    }
    omni_batch_free(batch);
}

static state
look(const api_world *where)
{
    state out = {.is = {false}};
    omni_txn *txn = api_begin(where->store);
    for (size_t i = 0; i < NAMES; ++i) {
        out.is[i] = omni_profile_find(txn, names[i], &out.head[i]) == OMNI_OK;
        omni_identifier_find(txn, names[i], &naive_ids[i]);
    }
    omni_txn_end(txn);
    return out;
}

/* ---- what is told ---- */

static void
check_fact(const state *before, const state *after, size_t count,
           const omni_profile_change *change, const expected *e)
{
    const size_t at = cause(before, after, count, e);
    ck_assert_uint_lt(at, count);
    ck_assert_msg(memcmp(&made[at], &change->fact, sizeof(made[at])) == 0,
                  "%s by another fact than number %zu of %zu",
                  omni_profile_change_name(e->kind), at, count);
    ck_assert_int_ge(change->made_us, API_T0);
    if (count > 1) {
        ++inside;
    }
}

/* The changes of a group are those expected. */
static void
check_group(const state *before, const state *after, size_t count,
            omni_feed_position *at)
{
    expected list[NAMES * NAMES];
    const size_t wanted = expect(before, after, list);
    omni_txn *txn = api_begin(world.store);
    omni_profile_change change;
    for (size_t i = 0; i < wanted; ++i) {
        const omni_status status = omni_profile_change_next(txn, at, &change);
        ck_assert_msg(status == OMNI_OK, "%zu of %zu changes are told", i,
                      wanted);
        ck_assert_msg(change.kind == list[i].kind &&
                          same(&change.profile, &list[i].profile) &&
                          same(&change.other, &list[i].other),
                      "%s is told, not %s",
                      omni_profile_change_name(change.kind),
                      omni_profile_change_name(list[i].kind));
        ck_assert_uint_eq(change.position.sequence, at->sequence + 1);
        check_fact(before, after, count, &change, &list[i]);
        ++told[change.kind];
        *at = change.position;
    }
    ck_assert_int_eq(omni_profile_change_next(txn, at, &change), OMNI_END);
    omni_txn_end(txn);
}

/* ---- who follows ---- */

static void
follow_one(const omni_profile_change *change)
{
    for (size_t i = 0; i < keep_count; ++i) {
        kept *k = &keeps[i];
        if (!same(&k->now, &change->profile)) {
            continue;
        }
        switch (change->kind) {
        case OMNI_PROFILE_SPLIT:
            k->ask = true;
            break;
        case OMNI_PROFILE_ENDED:
            k->over = true;
            break;
        default:
            k->now = change->other;
        }
    }
}

static void
keep(const omni_id *id)
{
    for (size_t i = 0; i < keep_count; ++i) {
        if (same(&keeps[i].id, id)) {
            return;
        }
    }
    ck_assert_uint_lt(keep_count, NAMES);
    keeps[keep_count++] = (kept){.id = *id, .now = *id};
}

/* Read on to the end, look up what has to be, and compare all with what the
   store finds. An id whose identifier is gone leads on to what it had become,
   if that is there; if it comes back, it is a new one. */
static void
follow(void)
{
    omni_txn *txn = api_begin(world.store);
    omni_profile_change change;
    omni_status status;
    while ((status = omni_profile_change_next(txn, &read_up_to, &change)) ==
           OMNI_OK) {
        follow_one(&change);
        read_up_to = change.position;
    }
    ck_assert_int_eq(status, OMNI_END);
    size_t left = 0;
    for (size_t i = 0; i < keep_count; ++i) {
        kept k = keeps[i];
        omni_id found;
        const bool is = omni_profile_resolve(txn, &k.id, &found) == OMNI_OK;
        if (k.lost) {
            ck_assert(k.ask || k.over ||
                      omni_profile_resolve(txn, &k.now, &found) == OMNI_OK);
            continue;
        }
        ck_assert(is && !k.over);
        ck_assert(k.ask || same(&found, &k.now));
        keeps[left++] = (kept){.id = k.id, .now = found};
    }
    keep_count = left;
    omni_txn_end(txn);
    const state now = look(&world);
    for (size_t i = 0; i < NAMES; ++i) {
        if (now.is[i]) {
            keep(&now.head[i]);
        }
    }
}

/* ---- a case ---- */

static size_t
read_feed(const api_world *where, omni_profile_change *out)
{
    omni_txn *txn = api_begin(where->store);
    omni_feed_position at = {.sequence = 0};
    size_t count = 0;
    while (count < CHANGES &&
           omni_profile_change_next(txn, &at, &out[count]) == OMNI_OK) {
        at = out[count++].position;
    }
    omni_txn_end(txn);
    return count;
}

/* The same feed comes out of the log, however much of it is folded at once. */
static void
check_rebuilt(void)
{
    static omni_profile_change before[CHANGES];
    static omni_profile_change after[CHANGES];
    const size_t count = read_feed(&world, before);
    ck_assert_int_eq(omni_store_check(world.store, OMNI_CHECK_REBUILD, NULL,
                                      NULL, NULL, &world.error),
                     OMNI_OK);
    ck_assert_uint_eq(read_feed(&world, after), count);
    for (size_t i = 0; i < count; ++i) {
        ck_assert(before[i].position.sequence == after[i].position.sequence &&
                  before[i].position.epoch == after[i].position.epoch &&
                  before[i].kind == after[i].kind &&
                  same(&before[i].profile, &after[i].profile) &&
                  same(&before[i].other, &after[i].other) &&
                  memcmp(&before[i].fact, &after[i].fact,
                         sizeof(before[i].fact)) == 0 &&
                  before[i].made_us == after[i].made_us);
    }
}

static void
step(omni_feed_position *at)
{
    thing things[THINGS];
    const size_t count = 1 + below(THINGS);
    bool may_retract = true;
    const state before = look(&world);
    for (size_t i = 0; i < count; ++i) {
        things[i] = draw(may_retract);
        may_retract = may_retract && things[i].kind != RETRACT;
    }
    commit(&world, 0, things, count, made);
    naive_steps[0] = look(&one_by_one);
    for (size_t i = 0; i < count; ++i) {
        omni_fact_id alone;
        const omni_fact_id none = {.sequence = 0};
        commit(&one_by_one, 1, &things[i], 1, &alone);
        naive_steps[i + 1] = look(&one_by_one);
        if (made[i].sequence != none.sequence &&
            alone.sequence != none.sequence) {
            facts[0][fact_count] = made[i];
            facts[1][fact_count++] = alone;
        }
    }
    const state after = look(&world);
    for (size_t i = 0; i < keep_count; ++i) {
        keeps[i].lost = keeps[i].lost || !after.is[number_of(&keeps[i].id)];
    }
    ck_assert(memcmp(&after, &naive_steps[count], sizeof(after)) == 0);
    check_group(&before, &after, count, at);
    if (below(3) == 0) {
        follow();
    }
}

static void
open_both(void)
{
    const char *policy =
        policies[below(sizeof(policies) / sizeof(policies[0]))];
    api_world_make(&world);
    api_world_open(&world);
    api_world_make(&one_by_one);
    one_by_one.options.deployment = world.path;
    api_world_open(&one_by_one);
    for (int i = 0; i < 2; ++i) {
        ck_assert_int_ge(omni_policy_set_json(
                             i == 0 ? world.store : one_by_one.store, policy,
                             strlen(policy), NULL, NULL, &world.error),
                         0);
    }
}

static void
run_case(void)
{
    omni_feed_position at = {.sequence = 0};
    fact_count = keep_count = 0;
    read_up_to = at;
    memset(naive_ids, 0, sizeof(naive_ids));
    open_both();
    for (int i = 0; i < GROUPS; ++i) {
        step(&at);
    }
    follow();
    api_check(world.store);
    check_rebuilt();
    api_check(one_by_one.store);
    api_world_remove(&one_by_one);
    api_world_remove(&world);
}

START_TEST(the_feed_is_the_difference_of_before_and_after)
{
    const uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(12);
    for (uint64_t i = 0; i < cases; ++i) {
        random_state = seed + i;
        printf("OMNI_SEED=%llu OMNI_CASES=1\n", (unsigned long long)(seed + i));
        fflush(stdout);
        run_case();
    }
    printf("joined %llu, renamed %llu, split %llu, ended %llu; %llu in larger "
           "groups\n",
           (unsigned long long)told[OMNI_PROFILE_JOINED],
           (unsigned long long)told[OMNI_PROFILE_RENAMED],
           (unsigned long long)told[OMNI_PROFILE_SPLIT],
           (unsigned long long)told[OMNI_PROFILE_ENDED],
           (unsigned long long)inside);
    for (int i = 1; i < 5 && cases >= 12; ++i) {
        ck_assert_uint_gt(told[i], 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("changes_model");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, the_feed_is_the_difference_of_before_and_after);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
