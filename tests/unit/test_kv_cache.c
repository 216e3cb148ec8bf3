/* A cache beside the tables: what is kept, what is not, and what it must not
   disturb. */
#include "storage/database.h"
#include "storage/touched.h"
#include "support/kv_fixture.h"

static kv_fixture f;

static void
setup(void)
{
    kv_fixture_begin(&f);
    kv_fixture_must_open(&f);
}

static void
teardown(void)
{
    kv_fixture_end(&f);
}

static omni_status
keep(const char *key, const char *value)
{
    const omni__kv_row row = {omni__slice_text(key), omni__slice_text(value)};
    return omni__kv_cache_put(f.kv, OMNI__KV_POLICY_NONE, &row, 1);
}

static void
check_kept(const char *key, const char *wanted)
{
    omni__kv_cache *cache = NULL;
    omni__slice value = {0};
    ck_assert_int_eq(omni__kv_cache_begin(f.kv, OMNI__KV_POLICY_NONE, &cache),
                     OMNI_OK);
    const omni_status status =
        omni__kv_cache_get(cache, omni__slice_text(key), &value);
    kv_check_value(status, value, wanted);
    omni__kv_cache_end(cache);
}

START_TEST(kept_rows_are_there_at_once_and_move_no_position)
{
    kv_put(f.kv, "row", "one");
    omni__kv_publish(f.kv, 7);
    omni__kv_snapshot *old = kv_begin(f.kv);
    ck_assert_int_eq(keep("\1a", "first"), OMNI_OK);
    check_kept("\1a", "first");
    ck_assert_int_eq(keep("\1a", "second"), OMNI_OK);
    check_kept("\1a", "second");
    check_kept("\1b", NULL);
    ck_assert_uint_eq(omni__kv_snapshot_position(old), 7);
    omni__kv_snapshot_end(old);
    uint64_t position = 0;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
    ck_assert_uint_eq(position, 7);
    kv_check(f.kv, "row", "one");
    kv_flush(f.kv);
    check_kept("\1a", "second");
    kv_fixture_reopen(&f);
    check_kept("\1a", "second");
    kv_check(f.kv, "row", "one");
}
END_TEST

START_TEST(a_long_row_is_kept_whole)
{
    static char text[300001];
    memset(text, 'x', sizeof(text) - 1);
    ck_assert_int_eq(keep("\1long", text), OMNI_OK);
    check_kept("\1long", text);
}
END_TEST

START_TEST(memory_alone_keeps_nothing)
{
    kv_fixture_close(&f);
    ck_assert_int_eq(omni__kv_open(NULL, &f.options, &f.kv, NULL), OMNI_OK);
    ck_assert_int_eq(keep("\1a", "first"), OMNI_UNCHANGED);
    check_kept("\1a", NULL);
}
END_TEST

START_TEST(who_only_reads_keeps_nothing_and_sees_what_is_kept)
{
    ck_assert_int_eq(keep("\1a", "first"), OMNI_OK);
    kv_fixture_close(&f);
    f.options.read_only = true;
    kv_fixture_must_open(&f);
    ck_assert_int_eq(keep("\1a", "second"), OMNI_UNCHANGED);
    check_kept("\1a", "first");
}
END_TEST

START_TEST(a_cleared_table_has_no_cache)
{
    ck_assert_int_eq(keep("\1a", "first"), OMNI_OK);
    ck_assert_int_eq(omni__kv_clear(f.kv, NULL), OMNI_OK);
    check_kept("\1a", NULL);
}
END_TEST

START_TEST(rows_of_other_rules_are_neither_seen_nor_kept)
{
    ck_assert_int_eq(keep("\1a", "first"), OMNI_OK);
    kv_fixture_close(&f);
    f.options.derive_version = 2;
    kv_fixture_must_open(&f);
    check_kept("\1a", NULL);
    ck_assert_int_eq(keep("\1a", "second"), OMNI_UNCHANGED);
    kv_put(f.kv, "row", "one");
    omni__kv_publish(f.kv, 7);
    kv_flush(f.kv);
    check_kept("\1a", NULL);
    ck_assert_int_eq(keep("\1a", "second"), OMNI_OK);
    check_kept("\1a", "second");
}
END_TEST

START_TEST(keys_that_no_row_may_have_are_refused)
{
    ck_assert_int_eq(keep("", "first"), OMNI_ERR_ARGUMENT);
    const omni__kv_row first = {omni__slice_of("\0", 1), omni__slice_text("")};
    ck_assert_int_eq(omni__kv_cache_put(f.kv, OMNI__KV_POLICY_NONE, &first, 1),
                     OMNI_ERR_ARGUMENT);
}
END_TEST

/* ---- blocks ---- */

static void
check_touched(uint32_t block, uint64_t wanted)
{
    static uint64_t positions[OMNI__BLOCK_COUNT];
    const omni__view view = {.kv = f.kv};
    ck_assert_int_eq(omni__touched_read(&view, positions), OMNI_OK);
    ck_assert_uint_eq(positions[block], wanted);
}

static void
touch(omni__touched *touched, uint32_t from, uint32_t count, uint64_t position)
{
    for (uint32_t i = from; i < from + count; ++i) {
        const omni_id id = omni__block_start(i);
        ck_assert_uint_eq(omni__block_of(&id), i);
        omni__touched_mark(touched, &id);
    }
    ck_assert_int_eq(omni__touched_write(touched, f.kv, position), OMNI_OK);
    omni__kv_publish(f.kv, position);
}

START_TEST(a_block_tells_when_it_changed_last)
{
    omni__touched touched = {0};
    check_touched(0, 0);
    touch(&touched, 3, 1, 10);
    check_touched(2, 0);
    check_touched(3, 10);
    touch(&touched, 0, OMNI__BLOCK_COUNT, 20);
    check_touched(2, 20);
    check_touched(OMNI__BLOCK_COUNT - 1, 20);
    touch(&touched, OMNI__BLOCK_COUNT - 1, 1, 30);
    check_touched(2, 20);
    check_touched(OMNI__BLOCK_COUNT - 1, 30);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kv_cache");
    TCase *tests = tcase_create("cache");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, kept_rows_are_there_at_once_and_move_no_position);
    tcase_add_test(tests, a_long_row_is_kept_whole);
    tcase_add_test(tests, memory_alone_keeps_nothing);
    tcase_add_test(tests, who_only_reads_keeps_nothing_and_sees_what_is_kept);
    tcase_add_test(tests, a_cleared_table_has_no_cache);
    tcase_add_test(tests, rows_of_other_rules_are_neither_seen_nor_kept);
    tcase_add_test(tests, keys_that_no_row_may_have_are_refused);
    tcase_add_test(tests, a_block_tells_when_it_changed_last);
    suite_add_tcase(suite, tests);
    return kv_run(suite);
}
