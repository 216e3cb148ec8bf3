/*
   Glances at short random histories, at every instant at which something may
   happen, against evaluation. OMNI_SEED and OMNI_CASES choose them.
*/
#include "support/segment_look.h"

#include <stdio.h>
#include <stdlib.h>

static void
append_short(omni_store *store)
{
    char properties[80];
    char id[16];
    static unsigned number;
    snprintf(id, sizeof(id), "s%u", ++number);
    snprintf(properties, sizeof(properties), "{\"%s\":%d%s}",
             below(6) == 0 ? "total" : "revenue",
             (int)below(6) - (below(8) == 0 ? 3 : 0),
             below(4) == 0 ? "" : ",\"currency\":\"CHF\"");
    const omni_event event = {
        .size = sizeof(event),
        .name = below(4) == 0 ? "Read" : "Bought",
        .id = id,
        .time_us = API_T0 + (int64_t)below(12) * API_HOUR,
        .channel = ONE_OF("web", "store", ""),
        .identifiers = (omni_identifier[]){{"user_id", ONE_OF("u", "v")},
                                           {"email", "a@example.org"}},
        .identifier_count = 2,
        .traits_json =
            ONE_OF(NULL, "{\"plan\":\"gold\"}", "{\"plan\":\"free\"}"),
        .properties_json = below(5) == 0 ? NULL : properties};
    ck_assert_int_ge(omni_event_append(store, &event, NULL, &world.error), 0);
}

static void
put_short(char text[TEXT])
{
    const char *window = ONE_OF("", ", hours(2)", ", hours(5)");
    switch (below(8)) {
    case 0:
    case 1:
        put(text, "events.count(\"Bought\"%s) %s %u", window, operator(),
            (unsigned)below(5));
        break;
    case 2:
    case 3:
        put(text, "events.sum(\"Bought\", \"revenue\"%s%s) %s %u",
            ONE_OF("", ", \"CHF\"", ", \"\""), window, operator(),
            (unsigned)below(12));
        break;
    case 4:
        put(text, "events.did(\"Bought\"%s)", window);
        break;
    case 5:
        put(text, "\"%s\" in events.channels(%s)", ONE_OF("web", "store", ""),
            window[0] != '\0' ? window + 2 : window);
        break;
    case 6:
        put_expression(text, 2);
        break;
    default:
        put(text, "%s", ONE_OF("traits.plan == \"gold\"", "has(traits.plan)"));
        break;
    }
}

/* Look at a person at all instants. */
static void
look_at(omni_txn *txn, const char *who, const omni__segment *segment)
{
    omni_id id;
    omni__node head;
    omni__arena arena;
    omni__members members;
    if (omni_profile_find(txn, API_NAME("user_id", who), &id) != OMNI_OK) {
        return;
    }
    omni__arena_init(&arena, &omni__alloc_default);
    ck_assert_int_eq(omni__node_read(&txn->view, &id, &head), OMNI_OK);
    ck_assert_int_eq(omni__members_read(&txn->view, &head, &arena, &members),
                     OMNI_OK);
    omni__subject subject = subject_of(txn, &members, &arena);
    for (int at = 0; at < GRID; ++at) {
        look(segment, &subject, grid_at(at));
    }
    omni__arena_free(&arena);
}

START_TEST(a_glance_is_right_at_every_instant)
{
    const uint64_t cases = setting_cases(6);
    dense = true;
    for (uint64_t i = 0; i < cases; ++i) {
        state = (setting_seed() + i) * UINT64_C(0x9e3779b97f4a7c15) + 7;
        api_world_make(&world);
        world.options.durability = OMNI_DURABILITY_OFF;
        api_world_open(&world);
        printf("glance_model: OMNI_SEED=%llu OMNI_CASES=1\n",
               (unsigned long long)(setting_seed() + i));
        fflush(stdout);
        for (uint64_t k = 1 + below(6); k != 0; --k) {
            append_short(world.store);
        }
        omni_txn *txn = api_begin(world.store);
        for (int k = 0; k < 50; ++k) {
            char text[TEXT] = "";
            put_short(text);
            omni__segment *segment = compile(text);
            if (segment != NULL) {
                look_at(txn, "u", segment);
                look_at(txn, "v", segment);
            }
            omni__segment_free(segment);
        }
        omni_txn_end(txn);
        api_world_remove(&world);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("glance_model");
    TCase *tests = tcase_create("glance_model");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, a_glance_is_right_at_every_instant);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
