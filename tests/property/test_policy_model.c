/*
   Random policies, set at random moments between random facts, by several
   processes' worth of opening and closing: a store has what one has that was
   given all of them before the first fact, whatever happened in between; and
   a plan tells what then happens.
*/
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS 60
#define NOTES 24

static uint64_t seed;
static api_world late;  /* policies come between the facts */
static api_world early; /* the last of each comes first */

static uint64_t
below(uint64_t bound)
{
    return api_random(&seed) % bound;
}

static const char *const spaces[] = {"email",   "phone",     "loyalty_id",
                                     "user_id", "device_id", "crm_id"};
static const char *const classes[] = {"person", "device", "shared"};
static const char *const traits[] = {"city", "plan"};
static const char *const sources[] = {"crm", "web", "till"};
static const char *const channels[] = {"web", "store", "app"};
static const char *const numbers[] = {"revenue", "total", "points"};

/* One setting as a document; each has a slot, of which the last counts. */
static size_t
random_setting(char *out, size_t size)
{
    const size_t slot = below(12);
    if (slot < 6) {
        if (below(6) == 0) {
            snprintf(out, size, "{\"namespaces\":{\"%s\":null}}", spaces[slot]);
        } else {
            snprintf(out, size,
                     "{\"namespaces\":{\"%s\":{\"class\":\"%s\",\"rank\":%d,"
                     "\"max_per_profile\":%d,\"generic_above\":%d,"
                     "\"normalizer\":\"none\"}}}",
                     spaces[slot], classes[below(5) < 3 ? 0 : below(3)],
                     (int)(10 * below(6)), (int)below(4), (int)below(5));
        }
    } else if (slot < 8) {
        snprintf(out, size, "{\"source_trust\":{\"%s\":[\"%s\",\"%s\"]}}",
                 traits[slot - 6], sources[below(3)], sources[below(3)]);
    } else if (slot == 8) {
        snprintf(out, size, "{\"amounts\":{\"Viewed\":[\"%s\",\"%s\"]}}",
                 numbers[below(3)], numbers[below(3)]);
    } else if (slot == 9) {
        snprintf(out, size, "{\"device_free_channels\":[\"%s\"]}",
                 channels[below(3)]);
    } else {
        snprintf(out, size, "{\"%s\":%d}",
                 slot == 10 ? "max_identifiers" : "max_component",
                 (int)(2 + below(20)));
    }
    return slot;
}

static void
set(api_world *world, const char *json)
{
    const omni_status status = omni_policy_set_json(
        world->store, json, strlen(json), NULL, NULL, &world->error);
    ck_assert_msg(status >= 0, "%s: %s", json, world->error.message);
}

/* What a plan says of a policy. */
static omni_policy_plan
plan(api_world *world, const char *json)
{
    const omni_policy_plan *made;
    omni_txn *txn = api_begin(world->store);
    ck_assert_msg(omni_policy_rehearse(txn, json, strlen(json), NULL, &made) ==
                      OMNI_OK,
                  "%s: %s", json, omni_txn_error(txn)->message);
    const omni_policy_plan copy = *made;
    omni_txn_end(txn);
    return copy;
}

typedef struct fact {
    char id[16];
    char values[3][16];
    char traits[64];
    char properties[96];
    omni_identifier who[3];
    omni_event event;
} fact;

static void
random_fact(fact *f, int number)
{
    const size_t count = 1 + below(3);
    snprintf(f->id, sizeof(f->id), "e%d", number);
    for (size_t i = 0; i < count; ++i) {
        const size_t ns = below(6);
        snprintf(f->values[i], sizeof(f->values[i]),
                 ns == 1 ? "+4179111220%d" : "v%d", (int)(1 + below(6)));
        f->who[i] = (omni_identifier){spaces[ns], f->values[i]};
    }
    snprintf(f->traits, sizeof(f->traits), "{\"%s\":\"%d\"}", traits[below(2)],
             number);
    snprintf(f->properties, sizeof(f->properties),
             "{\"%s\":%d,\"%s_\":1,\"total\":%d}", "revenue", (int)below(50),
             "x", (int)below(50));
    if (below(2) == 0) {
        snprintf(f->properties, sizeof(f->properties), "{\"points\":%d}",
                 (int)below(50));
    }
    f->event = api_viewed(f->id, API_T0 + (int64_t)below(50) * API_SECOND,
                          f->who, count);
    f->event.channel = channels[below(3)];
    f->event.source = sources[below(3)];
    f->event.traits_json = f->traits;
    f->event.properties_json = f->properties;
}

static void
state(api_world *world, const fact *f, bool apart)
{
    const omni_reason why = {.text = "model"};
    const omni_status status =
        (apart ? omni_profile_split : omni_profile_merge)(
            world->store, f->who[0], f->who[1], &why, NULL, &world->error);
    ck_assert_msg(status >= 0 || status == OMNI_ERR_ARGUMENT, "%s",
                  world->error.message);
}

static void
disturb(api_world *world)
{
    switch (below(12)) {
    case 0:
        api_world_close(world);
        api_world_open(world);
        break;
    case 1:
        ck_assert_int_ge(omni_store_flush(world->store, &world->error),
                         OMNI_OK);
        break;
    case 2:
        api_check(world->store);
        break;
    default:
        break;
    }
}

static void
assert_same(uint64_t began)
{
    api_bytes a = {0};
    api_bytes b = {0};
    api_dump(late.store, &a);
    api_dump(early.store, &b);
    ck_assert_msg(a.size == b.size && memcmp(a.data, b.data, a.size) == 0,
                  "seed %llu: dumps differ\n%.*s\n---\n%.*s",
                  (unsigned long long)began, (int)a.size, a.data, (int)b.size,
                  b.data);
    api_bytes_free(&a);
    api_bytes_free(&b);
}

typedef struct script {
    fact facts[FACTS];
    int stated[FACTS]; /* 1 merge, 2 split of the first two */
    char notes[NOTES][256];
    int at[NOTES]; /* before which fact */
    size_t slots[NOTES];
    size_t note_count;
} script;

static script s;

static void
make_script(void)
{
    memset(&s, 0, sizeof(s));
    for (int i = 0; i < FACTS; ++i) {
        random_fact(&s.facts[i], i);
        s.stated[i] = s.facts[i].event.identifier_count > 1 && below(8) == 0
                          ? 1 + (int)below(2)
                          : 0;
    }
    s.note_count = 1 + below(NOTES);
    for (size_t i = 0; i < s.note_count; ++i) {
        s.at[i] = (int)(i * FACTS / s.note_count);
        s.slots[i] = random_setting(s.notes[i], sizeof(s.notes[i]));
    }
}

/* Only the last of each slot; those that are overruled have no effect. */
static void
set_all(void)
{
    for (size_t i = 0; i < s.note_count; ++i) {
        bool last = true;
        for (size_t k = i + 1; k < s.note_count; ++k) {
            last = last && s.slots[k] != s.slots[i];
        }
        if (last) {
            set(&early, s.notes[i]);
        }
    }
}

static void
play(void)
{
    size_t note = 0;
    for (int i = 0; i < FACTS; ++i) {
        while (note < s.note_count && s.at[note] <= i) {
            const bool planned = below(3) == 0;
            omni_policy_plan told = {0};
            if (planned) {
                told = plan(&late, s.notes[note]);
            }
            set(&late, s.notes[note]);
            if (planned) {
                ck_assert_uint_eq(told.profiles_after,
                                  api_stats(late.store).profiles);
            }
            ++note;
        }
        api_put(late.store, &s.facts[i].event);
        api_put(early.store, &s.facts[i].event);
        if (s.stated[i] != 0) {
            state(&late, &s.facts[i], s.stated[i] == 2);
            state(&early, &s.facts[i], s.stated[i] == 2);
        }
        disturb(&late);
    }
}

START_TEST(when_a_policy_came_does_not_show)
{
    const uint64_t cases = setting_cases(6);
    const uint64_t first = setting_seed();
    for (uint64_t i = 0; i < cases; ++i) {
        const uint64_t began = first + i;
        seed = began * 0x9e3779b97f4a7c15u + 1;
        api_world_make(&late);
        late.options.durability = OMNI_DURABILITY_OFF;
        api_world_open(&late);
        api_world_make(&early);
        early.options.durability = OMNI_DURABILITY_OFF;
        early.options.deployment = late.path;
        api_world_open(&early);
        make_script();
        set_all();
        play();
        assert_same(began);
        api_check(late.store);
        api_check(early.store);
        ck_assert_int_eq(omni_store_check(late.store, OMNI_CHECK_REBUILD, NULL,
                                          NULL, NULL, &late.error),
                         OMNI_OK);
        assert_same(began);
        api_world_remove(&early);
        api_world_remove(&late);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("policy model");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, when_a_policy_came_does_not_show);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
