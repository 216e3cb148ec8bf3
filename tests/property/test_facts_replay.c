/* What the feed of facts gives is all that a state is made of. */
#include "support/api_world.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;

static const omni_reason reason = {.text = "same \"card\"", .author = "clerk"};

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

static omni_facts *
open_facts(omni_store *store)
{
    omni_facts *facts = NULL;
    ck_assert_int_eq(omni_facts_open(store, NULL, &facts, NULL), OMNI_OK);
    return facts;
}

/* A text of a fact, terminated, in one of a few places. */
static const char *
terminated(omni_text text)
{
    static char texts[64][2048];
    static unsigned at;
    char *out = texts[at++ % 64];
    ck_assert_uint_lt(text.size, sizeof(texts[0]));
    memcpy(out, text.size != 0 ? text.bytes : "", text.size);
    out[text.size] = '\0';
    return out;
}

/* The same event or statement once more, in another store. */
static void
replay(omni_batch *batch, const omni_fact *fact)
{
    omni_identifier names[OMNI_LIMIT_IDENTIFIERS];
    for (size_t i = 0; i < fact->identifier_count; ++i) {
        names[i].ns = terminated(fact->identifiers[i].ns);
        names[i].value = terminated(fact->identifiers[i].value);
    }
    if (fact->kind != OMNI_FACT_EVENT) {
        const omni_reason said = {.text = terminated(fact->reason),
                                  .author = terminated(fact->author)};
        ck_assert_int_eq(
            fact->kind == OMNI_FACT_LINK
                ? omni_batch_add_merge(batch, names[0], names[1], &said)
                : omni_batch_add_split(batch, names[0], names[1], &said),
            OMNI_OK);
        return;
    }
    const omni_timeline_event *from = &fact->event;
    const omni_event event = {.size = sizeof(event),
                              .type = from->type,
                              .name = terminated(from->name),
                              .id = terminated(from->id),
                              .time_us = from->time_us,
                              .original_time_us = from->original_time_us,
                              .channel = terminated(from->channel),
                              .source = terminated(from->source),
                              .identifiers = names,
                              .identifier_count = fact->identifier_count,
                              .traits_json = terminated(from->traits_json),
                              .properties_json =
                                  terminated(from->properties_json),
                              .group_id = terminated(from->group_id),
                              .previous_id = terminated(from->previous_id)};
    ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
}

/* A record of few people, often a copy of another. Two things are not in it
   that a struct or a fact cannot carry on: equal records without an id, which
   are told apart by how many came before in one import, and traits of a person
   in a group event. */
static int
random_line(uint64_t *state, char *out, size_t size)
{
    static const char *const types[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    static const char *const channels[] = {"web", "store", "app"};
    const unsigned person = (unsigned)(api_random(state) % 6);
    const unsigned number = (unsigned)(api_random(state) % 40);
    char id[40] = "";
    char mail[80] = "";
    static unsigned made;
    unsigned micros = ++made;
    if (number % 4 != 0) {
        micros = 0;
        snprintf(id, sizeof(id), "\"messageId\":\"m%u\",", number);
    }
    if (api_random(state) % 2 == 0) {
        snprintf(mail, sizeof(mail), "\"email\":\"P%u@x.org\",",
                 person / 2 + (unsigned)(api_random(state) % 2));
    }
    return snprintf(
        out, size,
        "{\"type\":\"%s\",\"event\":\"E%u\",%s\"userId\":\"u%u\","
        "\"previousId\":\"a%u\",\"groupId\":\"g\",\"channel\":\"%s\","
        "\"timestamp\":\"2024-01-01T00:00:%02u.%06uZ\","
        "\"originalTimestamp\":\"2024-01-01T00:0%u:%02uZ\","
        "\"%s\":{\"traits\":{%s\"n\":%u}},"
        "\"properties\":{\"revenue\":%u.5}}\n",
        types[number % 6], number % 3, id, person, person + 1,
        channels[api_random(state) % 3], number, micros, number % 2, number,
        number % 6 == OMNI_EVENT_GROUP ? "other" : "context", mail, number % 5,
        number);
}

static void
fill_randomly(uint64_t *state)
{
    for (int i = 0; i < 60; ++i) {
        static char lines[64 * 1024];
        size_t size = 0;
        for (uint64_t k = api_random(state) % 4; k < 5; ++k) {
            size +=
                (size_t)random_line(state, lines + size, sizeof(lines) - size);
        }
        ck_assert_int_ge(
            omni_event_append_json(world.store, lines, size, NULL, NULL), 0);
        if (i % 5 == 0) {
            char a[8];
            char b[8];
            snprintf(a, sizeof(a), "u%u", (unsigned)(api_random(state) % 3));
            snprintf(b, sizeof(b), "u%u",
                     3 + (unsigned)(api_random(state) % 3));
            const omni_identifier one = {"user_id", a};
            const omni_identifier other = {"user_id", b};
            ck_assert_int_eq((api_random(state) % 2 == 0 ? omni_profile_merge
                                                         : omni_profile_split)(
                                 world.store, one, other, &reason, NULL, NULL),
                             OMNI_OK);
        }
    }
}

START_TEST(facts_replayed_into_another_store_give_the_same_state)
{
    uint64_t state = setting_seed() + (uint64_t)_i;
    char path[API_PATH];
    omni_store *copy = NULL;
    omni_batch *batch = NULL;
    omni_fact fact;
    uint64_t count = 0;
    fill_randomly(&state);
    api_world_path(&world, "copy", path);
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = OMNI_DURABILITY_OFF,
                                        .deployment = world.path};
    ck_assert_int_eq(omni_store_open(path, &options, &copy, NULL), OMNI_OK);
    ck_assert_int_eq(omni_batch_new(copy, NULL, &batch, NULL), OMNI_OK);
    omni_facts *facts = open_facts(world.store);
    while (omni_facts_next(facts, &fact) == OMNI_OK) {
        replay(batch, &fact);
        ++count;
        if (fact.group_end) {
            ck_assert_int_ge(
                omni_batch_commit(batch, OMNI_DURABILITY_OFF, NULL), 0);
        }
    }
    ck_assert_uint_eq(count, api_stats(world.store).facts);
    ck_assert_uint_gt(count, 100);
    const omni_digest a = api_digest(world.store);
    const omni_digest b = api_digest(copy);
    ck_assert_msg(memcmp(a.state, b.state, sizeof(a.state)) == 0,
                  "OMNI_SEED=%llu: %llu facts replayed differ",
                  (unsigned long long)(setting_seed() + (uint64_t)_i),
                  (unsigned long long)count);
    omni_facts_close(facts);
    omni_batch_free(batch);
    ck_assert_int_eq(omni_store_close(copy), OMNI_OK);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("facts_replay");
    TCase *tests = tcase_create("facts_replay");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests,
                        facts_replayed_into_another_store_give_the_same_state,
                        0, (int)setting_cases(10));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
