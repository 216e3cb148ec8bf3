/* Groups: members, traits, figures. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void
take(const char *line)
{
    omni_import_summary summary = {.size = sizeof(summary)};
    ck_assert_int_eq(omni_event_append_json(world.store, line, strlen(line),
                                            &summary, &world.error),
                     OMNI_OK);
    ck_assert_uint_eq(summary.taken, 1);
}

/* Somebody belongs to a group. */
static void
join(const char *user, const char *group, int hour, const char *traits)
{
    char line[512];
    snprintf(line, sizeof(line),
             "{\"type\":\"group\",\"userId\":\"%s\",\"groupId\":\"%s\","
             "\"messageId\":\"%s-%s-%d\",\"traits\":%s,"
             "\"timestamp\":\"2024-01-01T%02d:00:00Z\"}",
             user, group, user, group, hour, traits, hour);
    take(line);
}

START_TEST(a_group_has_members_and_traits_of_its_own)
{
    join("anna", "home", 2, "{\"city\":\"Bern\",\"size\":2}");
    join("ben", "home", 3, "{\"city\":\"Basel\"}");
    join("ben", "home", 1, "{\"city\":\"Genf\",\"email\":\"a@x.org\"}");
    join("ben", "club", 1, "{}");
    omni_txn *txn = api_begin(world.store);
    const omni_group *group;
    ck_assert_int_eq(omni_group_get(txn, "home", &group), OMNI_OK);
    api_assert_text(group->id, "home");
    ck_assert_uint_eq(group->member_count, 2);
    ck_assert_int_eq(group->last_us - group->first_us, 2 * 3600 * API_SECOND);
    ck_assert_uint_eq(group->trait_count, 3);
    api_assert_text(group->traits[0].value_json, "\"Basel\"");
    api_assert_text(group->traits[0].event_id, "ben-home-3");
    api_assert_text(group->traits[2].name, "size");
    const omni_figure *figures;
    size_t count;
    ck_assert_int_eq(omni_group_figures(txn, group, &figures, &count), OMNI_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(figures[0].count, 4);
    const omni_text *groups;
    const omni_profile *ben = api_get(txn, "user_id", "ben");
    ck_assert_int_eq(omni_profile_groups(txn, ben, &groups, &count), OMNI_OK);
    ck_assert_uint_eq(count, 2);
    api_assert_text(groups[0], "club");
    api_assert_text(groups[1], "home");
    size_t traits;
    omni_profile_traits(ben, &traits);
    ck_assert_uint_eq(traits, 0);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_group_joins_nobody_and_follows_merges)
{
    join("anna", "home", 1, "{\"email\":\"home@x.org\"}");
    join("ben", "home", 2, "{\"email\":\"home@x.org\"}");
    const omni_identifier anna = {"user_id", "anna"};
    const omni_identifier ben = {"user_id", "ben"};
    const omni_reason reason = {.text = "one person"};
    ck_assert(!api_together(world.store, anna, ben));
    ck_assert_int_eq(
        omni_profile_merge(world.store, anna, ben, &reason, NULL, &world.error),
        OMNI_OK);
    omni_txn *txn = api_begin(world.store);
    const omni_group *group;
    ck_assert_int_eq(omni_group_get(txn, "home", &group), OMNI_OK);
    ck_assert_uint_eq(group->member_count, 1);
    api_assert_id(group->members[0],
                  omni_profile_id(api_get(txn, "user_id", "ben")));
    omni_txn_end(txn);
    api_check(world.store);
}
END_TEST

START_TEST(groups_are_listed_each_once)
{
    for (int i = 0; i < 20; ++i) {
        char name[16];
        snprintf(name, sizeof(name), "g%d", i % 7);
        join("anna", name, i, "{}");
    }
    omni_txn *txn = api_begin(world.store);
    omni_text id = {0};
    const char *after = NULL;
    unsigned seen = 0;
    omni_status status;
    while ((status = omni_group_next(txn, after, &id)) == OMNI_OK) {
        const unsigned bit = 1u << (id.bytes[1] - '0');
        ck_assert_uint_eq(seen & bit, 0);
        seen |= bit;
        after = id.bytes;
    }
    ck_assert_int_eq(status, OMNI_END);
    ck_assert_uint_eq(seen, 0x7f);
    omni_txn_end(txn);
}
END_TEST

START_TEST(what_is_no_group_is_not_found)
{
    join("anna", "home", 1, "{}");
    omni_txn *txn = api_begin(world.store);
    omni_txn *then = NULL;
    omni_id id;
    omni_text text;
    const omni_group *group = NULL;
    ck_assert_int_eq(omni_group_get(txn, "hom", &group), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_group_get(txn, "", &group), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_group_get(txn, NULL, &group), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_profile_find(txn, API_NAME("user_id", "anna"), &id),
                     OMNI_OK);
    ck_assert_int_eq(omni_txn_as_of(txn, &id, 1, INT64_MAX, &then), OMNI_OK);
    ck_assert_int_eq(omni_group_get(then, "home", &group), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_group_next(then, NULL, &text), OMNI_ERR_ARGUMENT);
    ck_assert_ptr_null(group);
    omni_txn_end(then);
    omni_txn_end(txn);
}
END_TEST

int
main(void)
{
    const TTest *const all[] = {a_group_has_members_and_traits_of_its_own,
                                a_group_joins_nobody_and_follows_merges,
                                groups_are_listed_each_once,
                                what_is_no_group_is_not_found};
    Suite *suite = suite_create("group");
    TCase *tests = tcase_create("group");
    tcase_add_checked_fixture(tests, setup, teardown);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        tcase_add_test(tests, all[i]);
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
