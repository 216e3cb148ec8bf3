/* The ordered table as its header promises it, on LMDB and on memory alone. */
#include "support/kv_fixture.h"

static kv_fixture f;

static void
on_file(void)
{
    kv_fixture_begin(&f);
    kv_fixture_must_open(&f);
}

static void
on_memory(void)
{
    kv_fixture_begin(&f);
    ck_assert_int_eq(omni__kv_open(NULL, &f.options, &f.kv, &f.error), OMNI_OK);
}

static void
teardown(void)
{
    kv_fixture_end(&f);
}

START_TEST(put_is_seen_by_the_writer_at_once)
{
    kv_put(f.kv, "a", "1");
    kv_check(f.kv, "a", "1");
    kv_put(f.kv, "a", "2");
    kv_check(f.kv, "a", "2");
    kv_delete(f.kv, "a");
    kv_check(f.kv, "a", NULL);
}
END_TEST

START_TEST(put_is_seen_by_snapshots_after_publish)
{
    kv_put(f.kv, "a", "1");
    kv_check_published(f.kv, "a", NULL);
    omni__kv_publish(f.kv, 1);
    kv_check_published(f.kv, "a", "1");
    kv_delete(f.kv, "a");
    kv_check_published(f.kv, "a", "1");
    omni__kv_publish(f.kv, 2);
    kv_check_published(f.kv, "a", NULL);
}
END_TEST

START_TEST(snapshot_keeps_its_state)
{
    kv_put(f.kv, "a", "1");
    kv_put(f.kv, "b", "1");
    omni__kv_publish(f.kv, 7);
    omni__kv_snapshot *old = kv_begin(f.kv);
    for (unsigned i = 0; i < 100; ++i) {
        char text[32];
        kv_put(f.kv, "a", kv_text(text, "later", i));
        kv_delete(f.kv, "b");
        kv_put(f.kv, text, "new");
        omni__kv_publish(f.kv, 8 + i);
        if (i == 50 && omni__kv_file_bytes(f.kv) != 0) {
            kv_flush(f.kv);
        }
    }
    ck_assert_uint_eq(omni__kv_snapshot_position(old), 7);
    kv_check_in(old, "a", "1");
    kv_check_in(old, "b", "1");
    kv_check_in(old, "later000003", NULL);
    kv_check_published(f.kv, "a", "later000099");
    kv_check_published(f.kv, "b", NULL);
    omni__kv_snapshot_end(old);
}
END_TEST

START_TEST(discard_forgets_what_was_not_published)
{
    kv_put(f.kv, "a", "1");
    omni__kv_publish(f.kv, 1);
    kv_put(f.kv, "a", "2");
    kv_put(f.kv, "a", "3");
    kv_put(f.kv, "new", "4");
    omni__kv_discard(f.kv);
    kv_check(f.kv, "a", "1");
    kv_check(f.kv, "new", NULL);
    kv_put(f.kv, "new", "5");
    omni__kv_publish(f.kv, 2);
    kv_check_published(f.kv, "a", "1");
    kv_check_published(f.kv, "new", "5");
}
END_TEST

START_TEST(value_stays_while_its_row_is_put_again)
{
    kv_put(f.kv, "a", "first");
    omni__slice first = {0};
    const omni__slice key = omni__slice_text("a");
    ck_assert_int_eq(omni__kv_get(f.kv, key, &first), OMNI_OK);
    for (int i = 0; i < 50; ++i) {
        kv_put(f.kv, "a", "other");
    }
    kv_check_value(OMNI_OK, first, "first");
    ck_assert_int_eq(omni__kv_put(f.kv, key, first), OMNI_OK);
    kv_check(f.kv, "a", "first");
}
END_TEST

START_TEST(empty_value_is_a_value)
{
    kv_put(f.kv, "a", "");
    kv_check(f.kv, "a", "");
    omni__kv_publish(f.kv, 1);
    kv_check_published(f.kv, "a", "");
    if (omni__kv_file_bytes(f.kv) != 0) {
        kv_flush(f.kv);
        kv_check(f.kv, "a", "");
        kv_check_published(f.kv, "a", "");
    }
}
END_TEST

START_TEST(large_values_are_kept_and_given_back)
{
    const size_t size = 300000;
    uint8_t *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 'x', size);
    uint64_t after_first = 0;
    for (unsigned i = 0; i < 20; ++i) {
        bytes[0] = (uint8_t)i;
        ck_assert_int_eq(omni__kv_put(f.kv, omni__slice_text("a"),
                                      omni__slice_of(bytes, size)),
                         OMNI_OK);
        omni__kv_publish(f.kv, i + 1);
        after_first = i == 0 ? omni__kv_memory_bytes(f.kv) : after_first;
    }
    ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), after_first);
    omni__slice found = {0};
    ck_assert_int_eq(omni__kv_get(f.kv, omni__slice_text("a"), &found),
                     OMNI_OK);
    ck_assert(omni__slice_equal(found, omni__slice_of(bytes, size)));
    free(bytes);
}
END_TEST

START_TEST(keys_out_of_bounds_are_refused)
{
    uint8_t bytes[OMNI__KV_KEY_MAX + 1];
    memset(bytes, 'k', sizeof(bytes));
    const omni__slice value = omni__slice_text("v");
    const omni__slice longest = omni__slice_of(bytes, OMNI__KV_KEY_MAX);
    const omni__slice bad[] = {omni__slice_of(bytes, OMNI__KV_KEY_MAX + 1),
                               omni__slice_of(bytes, 0),
                               omni__slice_of("\0a", 2)};
    omni__slice found = {0};
    for (size_t i = 0; i < 3; ++i) {
        ck_assert_int_eq(omni__kv_put(f.kv, bad[i], value), OMNI_ERR_ARGUMENT);
        ck_assert_int_eq(omni__kv_delete(f.kv, bad[i]), OMNI_ERR_ARGUMENT);
        ck_assert_int_eq(omni__kv_get(f.kv, bad[i], &found), OMNI_ERR_ARGUMENT);
    }
    ck_assert_int_eq(omni__kv_put(f.kv, longest, value), OMNI_OK);
    omni__kv_publish(f.kv, 1);
    omni__kv_flush(f.kv, NULL);
    ck_assert_int_eq(omni__kv_get(f.kv, longest, &found), OMNI_OK);
}
END_TEST

START_TEST(memory_holds_one_version_per_key)
{
    char key[32];
    char value[400];
    memset(value, 'v', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    uint64_t first = 0;
    for (unsigned round = 0; round < 50; ++round) {
        for (unsigned i = 0; i < 200; ++i) {
            kv_put(f.kv, kv_text(key, "key", i), value);
        }
        omni__kv_publish(f.kv, round + 1);
        first = round == 0 ? omni__kv_memory_bytes(f.kv) : first;
        ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), first);
    }
    for (unsigned i = 0; i < 200; ++i) {
        kv_put(f.kv, kv_text(key, "key", i), value);
    }
    omni__kv_discard(f.kv);
    ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), first);
}
END_TEST

START_TEST(versions_go_when_the_snapshot_that_needs_them_ends)
{
    kv_put(f.kv, "a", "1");
    omni__kv_publish(f.kv, 1);
    const uint64_t least = omni__kv_memory_bytes(f.kv);
    omni__kv_snapshot *old = kv_begin(f.kv);
    for (unsigned i = 0; i < 100; ++i) {
        kv_put(f.kv, "a", "2");
        omni__kv_publish(f.kv, 2 + i);
    }
    omni__kv_snapshot *young = kv_begin(f.kv);
    const uint64_t held = omni__kv_memory_bytes(f.kv);
    ck_assert_uint_gt(held, least + 99 * 40);
    kv_check_in(old, "a", "1");
    omni__kv_snapshot_end(old);
    kv_put(f.kv, "a", "3");
    omni__kv_publish(f.kv, 200);
    ck_assert_uint_lt(omni__kv_memory_bytes(f.kv), least + 2 * 64);
    kv_check_in(young, "a", "2");
    omni__kv_snapshot_end(young);
    omni__kv_publish(f.kv, 201);
    ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), least);
}
END_TEST

/* ---- cursors ---- */

static void
check_at(omni_status status, const omni__kv_cursor *cursor, const char *key)
{
    if (key == NULL) {
        ck_assert_int_eq(status, OMNI_END);
        return;
    }
    ck_assert_int_eq(status, OMNI_OK);
    ck_assert(
        omni__slice_equal(omni__kv_cursor_key(cursor), omni__slice_text(key)));
}

static omni_status
seek(omni__kv_cursor *cursor, const char *key)
{
    return omni__kv_cursor_seek(cursor, omni__slice_text(key));
}

static omni_status
seek_before(omni__kv_cursor *cursor, const char *key)
{
    return omni__kv_cursor_seek_before(cursor, omni__slice_text(key));
}

/* Rows b d f h: b and f flushed where that can be, h deleted from there. */
static void
put_letters(void)
{
    kv_put(f.kv, "b", "old");
    kv_put(f.kv, "f", "f");
    kv_put(f.kv, "h", "h");
    omni__kv_publish(f.kv, 1);
    omni__kv_flush(f.kv, NULL);
    kv_put(f.kv, "b", "b");
    kv_put(f.kv, "d", "d");
    kv_delete(f.kv, "h");
    omni__kv_publish(f.kv, 2);
}

/* Looked up together, keys have the values that they have one by one. */
static void
check_together(omni__kv_snapshot *snapshot)
{
    enum { COUNT = 90 };
    char texts[COUNT][32];
    omni__slice keys[COUNT];
    omni__slice values[COUNT];
    for (unsigned i = 0; i < COUNT; ++i) {
        /* Those of every third are of a table that is only walked. */
        kv_text(texts[i], i % 3 == 0 ? "2" : "k", i * 7 % COUNT);
        keys[i] = omni__slice_text(texts[i]);
    }
    ck_assert_int_eq(
        snapshot == NULL
            ? omni__kv_get_many(f.kv, keys, COUNT, values)
            : omni__kv_snapshot_get_many(snapshot, keys, COUNT, values),
        OMNI_OK);
    for (unsigned i = 0; i < COUNT; ++i) {
        omni__slice one = {0};
        const omni_status status =
            snapshot == NULL ? omni__kv_get(f.kv, keys[i], &one)
                             : omni__kv_snapshot_get(snapshot, keys[i], &one);
        ck_assert_int_eq(values[i].data != NULL, status == OMNI_OK);
        ck_assert(values[i].data == one.data && values[i].size == one.size);
    }
    keys[50] = omni__slice_of("", 0);
    ck_assert_int_eq(
        snapshot == NULL
            ? omni__kv_get_many(f.kv, keys, COUNT, values)
            : omni__kv_snapshot_get_many(snapshot, keys, COUNT, values),
        OMNI_ERR_ARGUMENT);
}

START_TEST(keys_are_looked_up_together)
{
    check_together(NULL);
    for (unsigned i = 0; i < 80; ++i) {
        char text[32];
        kv_put(f.kv, kv_text(text, i % 3 == 0 ? "2" : "k", i), "old");
    }
    omni__kv_publish(f.kv, 7);
    if (omni__kv_file_bytes(f.kv) != 0) {
        kv_flush(f.kv);
    }
    omni__kv_snapshot *old = kv_begin(f.kv);
    for (unsigned i = 0; i < 60; ++i) {
        char text[32];
        kv_text(text, i % 3 == 0 ? "2" : "k", i);
        if (i % 5 == 0) {
            kv_delete(f.kv, text);
        } else if (i % 5 == 1) {
            kv_put(f.kv, text, i % 2 == 0 ? "" : "new");
        }
    }
    check_together(NULL);
    check_together(old);
    omni__kv_publish(f.kv, 8);
    check_together(old);
    omni__kv_snapshot_end(old);
    /* A row of which nothing was published has no value. */
    char text[32];
    kv_put(f.kv, kv_text(text, "k", 85), "lost");
    omni__kv_discard(f.kv);
    check_together(NULL);
}
END_TEST

START_TEST(cursor_walks_both_ways_and_turns)
{
    put_letters();
    omni__kv_snapshot *snapshot = kv_begin(f.kv);
    omni__kv_cursor *c = NULL;
    ck_assert_int_eq(omni__kv_cursor_snapshot(snapshot, &c), OMNI_OK);
    check_at(seek(c, ""), c, "b");
    kv_check_value(OMNI_OK, omni__kv_cursor_value(c), "b");
    check_at(omni__kv_cursor_next(c), c, "d");
    check_at(omni__kv_cursor_next(c), c, "f");
    check_at(omni__kv_cursor_prev(c), c, "d");
    check_at(omni__kv_cursor_next(c), c, "f");
    check_at(omni__kv_cursor_next(c), c, NULL);
    check_at(omni__kv_cursor_prev(c), c, NULL);
    check_at(seek_before(c, "zz"), c, "f");
    check_at(omni__kv_cursor_prev(c), c, "d");
    check_at(omni__kv_cursor_prev(c), c, "b");
    check_at(omni__kv_cursor_next(c), c, "d");
    check_at(omni__kv_cursor_prev(c), c, "b");
    check_at(omni__kv_cursor_prev(c), c, NULL);
    omni__kv_cursor_close(c);
    omni__kv_snapshot_end(snapshot);
}
END_TEST

START_TEST(seek_finds_the_bound)
{
    put_letters();
    omni__kv_cursor *c = NULL;
    ck_assert_int_eq(omni__kv_cursor_writer(f.kv, &c), OMNI_OK);
    check_at(omni__kv_cursor_next(c), c, NULL);
    check_at(omni__kv_cursor_prev(c), c, NULL);
    check_at(seek(c, "d"), c, "d");
    check_at(seek(c, "c"), c, "d");
    check_at(seek(c, "g"), c, NULL);
    check_at(seek_before(c, "d"), c, "b");
    check_at(seek_before(c, "e"), c, "d");
    check_at(seek_before(c, "b"), c, NULL);
    check_at(seek_before(c, ""), c, NULL);
    check_at(omni__kv_cursor_seek_last(c, omni__slice_text("d")), c, "d");
    check_at(omni__kv_cursor_prev(c), c, "b");
    check_at(omni__kv_cursor_seek_last(c, omni__slice_text("h")), c, "f");
    check_at(omni__kv_cursor_next(c), c, NULL);
    check_at(omni__kv_cursor_seek_last(c, omni__slice_text("a")), c, NULL);
    ck_assert_int_eq(omni__kv_cursor_seek(c, omni__slice_of("\0x", 2)),
                     OMNI_OK);
    check_at(OMNI_OK, c, "b");
    omni__kv_cursor_close(c);
}
END_TEST

START_TEST(writer_cursor_sees_puts_made_on_its_way)
{
    put_letters();
    omni__kv_cursor *c = NULL;
    ck_assert_int_eq(omni__kv_cursor_writer(f.kv, &c), OMNI_OK);
    check_at(seek(c, "a"), c, "b");
    kv_put(f.kv, "c", "new");
    kv_delete(f.kv, "d");
    check_at(omni__kv_cursor_next(c), c, "c");
    check_at(omni__kv_cursor_next(c), c, "f");
    kv_put(f.kv, "e", "new");
    kv_delete(f.kv, "f");
    check_at(omni__kv_cursor_prev(c), c, "e");
    check_at(omni__kv_cursor_next(c), c, NULL);
    check_at(seek_before(c, "f"), c, "e");
    kv_delete(f.kv, "e");
    check_at(omni__kv_cursor_next(c), c, NULL);
    check_at(seek_before(c, "f"), c, "c");
    omni__kv_cursor_close(c);
}
END_TEST

/* ---- flush ---- */

START_TEST(flushed_rows_are_there_after_reopening)
{
    char key[32];
    for (unsigned i = 0; i < 500; ++i) {
        kv_put(f.kv, kv_text(key, "k", i), key);
    }
    omni__kv_publish(f.kv, 77);
    kv_flush(f.kv);
    ck_assert_uint_eq(omni__kv_memory_bytes(f.kv), 0);
    kv_delete(f.kv, "k000003");
    kv_delete(f.kv, "k000499");
    kv_delete(f.kv, "zzz");
    kv_put(f.kv, "k000004", "changed");
    omni__kv_publish(f.kv, 78);
    kv_flush(f.kv);
    kv_put(f.kv, "lost", "not flushed");
    omni__kv_publish(f.kv, 79);
    kv_fixture_reopen(&f);
    uint64_t position = 0;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
    ck_assert_uint_eq(position, 78);
    kv_check(f.kv, "k000002", "k000002");
    kv_check(f.kv, "k000003", NULL);
    kv_check(f.kv, "k000499", NULL);
    kv_check_published(f.kv, "k000004", "changed");
    kv_check(f.kv, "lost", NULL);
}
END_TEST

START_TEST(flush_of_nothing_is_unchanged)
{
    ck_assert_int_eq(omni__kv_flush(f.kv, NULL), OMNI_UNCHANGED);
    kv_put(f.kv, "a", "1");
    ck_assert_int_eq(omni__kv_flush(f.kv, NULL), OMNI_ERR_CONFLICT);
    uint64_t position = 0;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL),
                     OMNI_ERR_CONFLICT);
    omni__kv_publish(f.kv, 5);
    kv_flush(f.kv);
    ck_assert_int_eq(omni__kv_flush(f.kv, NULL), OMNI_UNCHANGED);
    omni__kv_publish(f.kv, 9);
    kv_flush(f.kv);
    kv_fixture_reopen(&f);
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
    ck_assert_uint_eq(position, 9);
}
END_TEST

START_TEST(first_load_fills_its_pages)
{
    char key[32];
    const char *value = "thirty bytes of a small record";
    for (unsigned i = 0; i < 20000; ++i) {
        kv_put(f.kv, kv_text(key, "k", (i * 7919u) % 20000u), value);
    }
    omni__kv_publish(f.kv, 1);
    kv_flush(f.kv);
    const uint64_t rows = UINT64_C(20000) * (8 + 2 + 7 + 30);
    ck_assert_uint_lt(omni__kv_file_bytes(f.kv), rows * 115 / 100);
}
END_TEST

START_TEST(over_budget_ends_with_a_flush)
{
    kv_fixture_close(&f);
    f.options.memory_bytes = 200000;
    kv_fixture_must_open(&f);
    char key[32];
    unsigned rows = 0;
    ck_assert(!omni__kv_over_budget(f.kv));
    while (!omni__kv_over_budget(f.kv)) {
        kv_put(f.kv, kv_text(key, "k", rows++), "a value of some bytes");
    }
    ck_assert_uint_gt(rows, 300);
    ck_assert_uint_lt(rows, 3000);
    omni__kv_publish(f.kv, 1);
    kv_flush(f.kv);
    ck_assert(!omni__kv_over_budget(f.kv));
}
END_TEST

START_TEST(memory_alone_has_nothing_to_flush)
{
    kv_put(f.kv, "a", "1");
    omni__kv_publish(f.kv, 3);
    ck_assert_int_eq(omni__kv_flush(f.kv, NULL), OMNI_UNCHANGED);
    ck_assert_uint_eq(omni__kv_file_bytes(f.kv), 0);
    ck_assert(!omni__kv_over_budget(f.kv));
    uint64_t position = 0;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
    ck_assert_uint_eq(position, 3);
    kv_check_published(f.kv, "a", "1");
}
END_TEST

START_TEST(clear_takes_out_every_row)
{
    put_letters();
    kv_put(f.kv, "waiting", "1");
    omni__kv_snapshot *snapshot = kv_begin(f.kv);
    ck_assert_int_eq(omni__kv_clear(f.kv, &f.error), OMNI_ERR_BUSY);
    kv_check_in(snapshot, "f", "f");
    omni__kv_snapshot_end(snapshot);
    ck_assert_int_eq(omni__kv_clear(f.kv, &f.error), OMNI_OK);
    uint64_t position = 1;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
    ck_assert_uint_eq(position, 0);
    kv_check(f.kv, "f", NULL);
    kv_check(f.kv, "waiting", NULL);
    kv_check_published(f.kv, "b", NULL);
    kv_put(f.kv, "x", "1");
    omni__kv_publish(f.kv, 4);
    omni__kv_flush(f.kv, NULL);
    kv_check_published(f.kv, "x", "1");
    omni__kv_cursor *c = NULL;
    ck_assert_int_eq(omni__kv_cursor_writer(f.kv, &c), OMNI_OK);
    check_at(seek(c, ""), c, "x");
    check_at(omni__kv_cursor_next(c), c, NULL);
    omni__kv_cursor_close(c);
}
END_TEST

START_TEST(rows_of_other_rules_are_not_seen)
{
    put_letters();
    kv_flush(f.kv);
    kv_fixture_close(&f);
    f.options.derive_version = 2;
    kv_fixture_must_open(&f);
    uint64_t position = 1;
    ck_assert_int_eq(omni__kv_refresh(f.kv, &position, NULL), OMNI_OK);
    ck_assert_uint_eq(position, 0);
    kv_check(f.kv, "b", NULL);
    kv_check_published(f.kv, "f", NULL);
    omni__kv_cursor *c = NULL;
    ck_assert_int_eq(omni__kv_cursor_writer(f.kv, &c), OMNI_OK);
    check_at(seek(c, ""), c, NULL);
    omni__kv_cursor_close(c);
    kv_put(f.kv, "d", "again");
    omni__kv_publish(f.kv, 1);
    kv_flush(f.kv);
    kv_check(f.kv, "b", NULL);
    kv_fixture_reopen(&f);
    kv_check(f.kv, "d", "again");
    kv_check(f.kv, "b", NULL);
    kv_check(f.kv, "f", NULL);
}
END_TEST

START_TEST(tables_of_another_deployment_are_refused)
{
    kv_fixture_close(&f);
    f.options.deployment[0] ^= 1;
    ck_assert_int_eq(kv_fixture_open(&f), OMNI_ERR_CONFLICT);
    ck_assert_ptr_null(f.kv);
}
END_TEST

static void
add_common(TCase *tcase)
{
    tcase_add_test(tcase, put_is_seen_by_the_writer_at_once);
    tcase_add_test(tcase, put_is_seen_by_snapshots_after_publish);
    tcase_add_test(tcase, snapshot_keeps_its_state);
    tcase_add_test(tcase, discard_forgets_what_was_not_published);
    tcase_add_test(tcase, value_stays_while_its_row_is_put_again);
    tcase_add_test(tcase, empty_value_is_a_value);
    tcase_add_test(tcase, large_values_are_kept_and_given_back);
    tcase_add_test(tcase, keys_out_of_bounds_are_refused);
    tcase_add_test(tcase, memory_holds_one_version_per_key);
    tcase_add_test(tcase, versions_go_when_the_snapshot_that_needs_them_ends);
    tcase_add_test(tcase, keys_are_looked_up_together);
    tcase_add_test(tcase, cursor_walks_both_ways_and_turns);
    tcase_add_test(tcase, seek_finds_the_bound);
    tcase_add_test(tcase, writer_cursor_sees_puts_made_on_its_way);
    tcase_add_test(tcase, clear_takes_out_every_row);
}

int
main(void)
{
    Suite *suite = suite_create("kv");
    TCase *memory = tcase_create("memory");
    tcase_add_checked_fixture(memory, on_memory, teardown);
    add_common(memory);
    tcase_add_test(memory, memory_alone_has_nothing_to_flush);
    suite_add_tcase(suite, memory);
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, on_file, teardown);
    add_common(file);
    tcase_add_test(file, flushed_rows_are_there_after_reopening);
    tcase_add_test(file, flush_of_nothing_is_unchanged);
    tcase_add_test(file, first_load_fills_its_pages);
    tcase_add_test(file, over_budget_ends_with_a_flush);
    tcase_add_test(file, rows_of_other_rules_are_not_seen);
    tcase_add_test(file, tables_of_another_deployment_are_refused);
    suite_add_tcase(suite, file);
    return kv_run(suite);
}
