/* Rows of nodes, and the workset that they are changed in. */
#include "codec/word.h"
#include "support/core_world.h"
#include "support/setting.h"

#include <stdio.h>

static core_world world;
static core_random random_;

static void
setup(void)
{
    core_world_begin(&world);
    random_ = core_random_of(setting_seed());
}

static void
teardown(void)
{
    core_world_end(&world);
}

static omni__slice
random_bytes(uint32_t most)
{
    uint8_t room[2000];
    const size_t size = core_below(&random_, most);
    for (size_t i = 0; i < size; ++i) {
        room[i] = (uint8_t)core_random_next(&random_);
    }
    return omni__arena_copy(&world.set.scratch, omni__slice_of(room, size));
}

static omni__node
random_node(uint32_t most)
{
    static const int64_t odd[] = {INT64_MIN, -1, 0, INT64_MAX};
    omni__node node = {
        .id = core_id(core_below(&random_, 9)),
        .flags = (uint8_t)core_below(&random_, 16),
        .ns = omni__slice_text(core_one_in(&random_, 2) ? "email" : "my_space"),
        .value = random_bytes(most)};
    node.head = core_one_in(&random_, 2) ? node.id : core_id(77);
    node.first_us = core_one_in(&random_, 3)
                        ? odd[core_below(&random_, 4)]
                        : (int64_t)core_random_next(&random_);
    node.last_us = core_one_in(&random_, 3)
                       ? odd[core_below(&random_, 4)]
                       : (int64_t)core_random_next(&random_);
    for (int i = 0; i < OMNI__SECTION_COUNT; ++i) {
        if (core_one_in(&random_, 2)) {
            node.sections[i] = random_bytes(most);
        }
    }
    return node;
}

static void
check_equal(const omni__node *a, const omni__node *b)
{
    ck_assert(omni__id_equal(&a->id, &b->id));
    ck_assert(omni__id_equal(&a->head, &b->head));
    ck_assert_uint_eq(a->flags, b->flags);
    ck_assert(omni__slice_equal(a->ns, b->ns));
    ck_assert(omni__slice_equal(a->value, b->value));
    ck_assert_int_eq(a->first_us, b->first_us);
    ck_assert_int_eq(a->last_us, b->last_us);
    for (int i = 0; i < OMNI__SECTION_COUNT; ++i) {
        ck_assert(omni__slice_equal(a->sections[i], b->sections[i]));
    }
}

START_TEST(rows_are_read_as_written)
{
    for (int i = 0; i < 2000; ++i) {
        const omni__node node = random_node(400);
        omni__buffer *row = omni__workset_buffer(&world.set);
        omni__node_encode(&node, row);
        omni__node read;
        ck_assert_int_eq(
            omni__node_decode(&node.id, omni__buffer_bytes(row), &read),
            OMNI_OK);
        check_equal(&node, &read);
        omni__arena_reset(&world.set.scratch);
    }
}
END_TEST

START_TEST(damaged_rows_are_told)
{
    for (int i = 0; i < 12; ++i) {
        const omni__node node = random_node(12);
        omni__buffer *row = omni__workset_buffer(&world.set);
        omni__node_encode(&node, row);
        omni__node read;
        for (size_t size = 0; size <= row->size; ++size) {
            uint8_t *bytes = malloc(size + 1);
            ck_assert_ptr_nonnull(bytes);
            for (int value = 0; value < 256; ++value) {
                memcpy(bytes + 1, row->data, size);
                bytes[size] ^= (uint8_t)(size != 0 ? value : 0);
                const omni_status status = omni__node_decode(
                    &node.id, omni__slice_of(bytes + 1, size), &read);
                ck_assert(status == OMNI_OK || status == OMNI_ERR_CORRUPT);
                if (value == 0) {
                    ck_assert_int_eq(
                        status, size == row->size ? OMNI_OK : OMNI_ERR_CORRUPT);
                }
            }
            free(bytes);
        }
    }
}
END_TEST

START_TEST(channels_are_a_sorted_set)
{
    static const char *const channels[] = {
        "web", "app",   "store",    "my channel", "a",
        "zz",  "kiosk", "\xc3\xa9", "email",      "b"};
    for (int round = 0; round < 50; ++round) {
        bool there[10] = {false};
        omni__node node = {.flags = 0};
        for (int i = 0; i < 15; ++i) {
            const uint32_t k = core_below(&random_, 10);
            there[k] = true;
            ck_assert_int_eq(
                omni__node_add_channel(&node, omni__slice_text(channels[k]),
                                       &world.set.arena),
                OMNI_OK);
        }
        omni__reader reader =
            omni__reader_of(node.sections[OMNI__SECTION_CHANNELS]);
        omni__slice last = omni__slice_text("");
        int count = 0;
        while (reader.at != reader.end) {
            const omni__slice word = omni__read_word(&reader);
            ck_assert(!reader.bad);
            ck_assert_int_gt(omni__slice_compare(word, last), 0);
            last = word;
            ++count;
            for (int k = 0; k < 10; ++k) {
                ck_assert(there[k] || !omni__slice_equal(
                                          word, omni__slice_text(channels[k])));
            }
        }
        for (int k = 0; k < 10; ++k) {
            count -= there[k];
        }
        ck_assert_int_eq(count, 0);
    }
}
END_TEST

/* ---- the workset ---- */

START_TEST(nodes_are_found_again)
{
    omni__work_node *nodes[1500];
    for (uint32_t i = 0; i < 1500; ++i) {
        char value[16];
        snprintf(value, sizeof(value), "v%u", i);
        nodes[i] = core_node(&world, i, "email", value);
        value[0] = 'x'; /* it was copied */
    }
    for (uint32_t i = 0; i < 1500; ++i) {
        ck_assert_ptr_eq(core_node(&world, i, NULL, NULL), nodes[i]);
        ck_assert(omni__node_is_head(&nodes[i]->node));
        ck_assert_uint_eq(nodes[i]->node.value.data[0], 'v');
    }
    core_world_flush(&world);
    for (uint32_t i = 0; i < 1500; ++i) {
        const omni_id id = core_id(i);
        omni__work_node *node;
        omni__work_node *again;
        ck_assert_int_eq(omni__workset_get(&world.set, &id, &node), OMNI_OK);
        ck_assert_int_eq(omni__workset_get(&world.set, &id, &again), OMNI_OK);
        ck_assert_ptr_eq(node, again);
        ck_assert(!node->dirty && !node->is_seed);
    }
    const omni_id nobody = core_id(9999);
    omni__work_node *none;
    ck_assert_int_eq(omni__workset_get(&world.set, &nobody, &none),
                     OMNI_NOT_FOUND);
}
END_TEST

START_TEST(what_was_not_written_is_lost_by_clear)
{
    core_node(&world, 1, "email", "a");
    omni__workset_clear(&world.set);
    const omni_id id = core_id(1);
    omni__work_node *node;
    ck_assert_int_eq(omni__workset_get(&world.set, &id, &node), OMNI_NOT_FOUND);
}
END_TEST

START_TEST(only_dirty_nodes_are_written)
{
    omni__work_node *node = core_node(&world, 1, "email", "a");
    ck_assert_int_eq(omni__workset_write(&world.set), OMNI_OK);
    ck_assert(!node->dirty);
    const omni__key key = omni__key_node(OMNI__TABLE_NODE, &node->node.id);
    omni__slice row;
    ck_assert_int_eq(omni__kv_delete(world.kv, omni__key_slice(&key)), OMNI_OK);
    ck_assert_int_eq(omni__workset_write(&world.set), OMNI_OK);
    ck_assert_int_eq(omni__kv_get(world.kv, omni__key_slice(&key), &row),
                     OMNI_NOT_FOUND);
    ck_assert_int_eq(omni__workset_section(&world.set, node,
                                           OMNI__SECTION_TRAITS,
                                           omni__slice_text("x")),
                     OMNI_OK);
    ck_assert_int_eq(omni__workset_write(&world.set), OMNI_OK);
    ck_assert_int_eq(omni__kv_get(world.kv, omni__key_slice(&key), &row),
                     OMNI_OK);
}
END_TEST

START_TEST(nodes_are_written_in_the_order_of_keys)
{
    for (uint32_t i = 0; i < 300; ++i) {
        core_node(&world, i * 7919 % 300, "email", "a");
    }
    ck_assert_int_eq(omni__workset_write(&world.set), OMNI_OK);
    for (size_t i = 1; i < world.set.count; ++i) {
        ck_assert_int_lt(omni__id_compare(&world.set.nodes[i - 1]->node.id,
                                          &world.set.nodes[i]->node.id),
                         0);
    }
    core_node(&world, 5, NULL, NULL); /* and still found */
    ck_assert_uint_eq(world.set.count, 300);
}
END_TEST

START_TEST(sections_hold_what_was_put_last)
{
    uint8_t model[4][OMNI__SECTION_COUNT][600];
    size_t sizes[4][OMNI__SECTION_COUNT] = {{0}};
    for (int step = 0; step < 4000; ++step) {
        const uint32_t n = core_below(&random_, 4);
        const uint32_t s = core_below(&random_, OMNI__SECTION_COUNT);
        omni__work_node *node = core_node(&world, n, "email", "a");
        const omni__slice prefix =
            random_bytes(core_one_in(&random_, 2) ? 22 : 1);
        const omni__slice bytes =
            random_bytes(core_one_in(&random_, 4) ? 500 : 40);
        ck_assert_int_eq(omni__workset_section_of(
                             &world.set, node, (omni__section)s, prefix, bytes),
                         OMNI_OK);
        if (prefix.size != 0) {
            memcpy(model[n][s], prefix.data, prefix.size);
        }
        if (bytes.size != 0) {
            memcpy(model[n][s] + prefix.size, bytes.data, bytes.size);
        }
        sizes[n][s] = prefix.size + bytes.size;
        omni__arena_reset(&world.set.scratch);
        if (core_one_in(&random_, 50)) {
            core_world_flush(&world);
        }
        const uint32_t m = core_below(&random_, 4);
        node = core_node(&world, m, "email", "a");
        for (int k = 0; k < OMNI__SECTION_COUNT; ++k) {
            ck_assert(
                omni__slice_equal(node->node.sections[k],
                                  omni__slice_of(model[m][k], sizes[m][k])));
        }
    }
}
END_TEST

/* Growing by a byte at a time takes memory a few times only. */
START_TEST(room_of_a_section_is_used_again)
{
    uint8_t bytes[4000] = {0};
    omni__work_node *node = core_node(&world, 1, "email", "a");
    for (size_t size = 1; size <= sizeof(bytes); ++size) {
        ck_assert_int_eq(omni__workset_section(&world.set, node,
                                               OMNI__SECTION_ENTRIES,
                                               omni__slice_of(bytes, size)),
                         OMNI_OK);
    }
    ck_assert_uint_lt(world.set.arena.total, 65536);
    const uint8_t *room = node->node.sections[OMNI__SECTION_ENTRIES].data;
    for (size_t size = sizeof(bytes); size != 0; --size) {
        ck_assert_int_eq(omni__workset_section(&world.set, node,
                                               OMNI__SECTION_ENTRIES,
                                               omni__slice_of(bytes, size)),
                         OMNI_OK);
        ck_assert_ptr_eq(node->node.sections[OMNI__SECTION_ENTRIES].data, room);
    }
}
END_TEST

START_TEST(marks_are_new)
{
    const omni__work_node *node = core_node(&world, 1, "email", "a");
    for (int i = 0; i < 10; ++i) {
        const uint32_t mark = omni__workset_mark(&world.set);
        ck_assert_uint_ne(mark, node->mark);
        ck_assert_uint_ne(mark, omni__workset_mark(&world.set));
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("node");
    TCase *tcase = tcase_create("node");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, rows_are_read_as_written);
    tcase_add_test(tcase, damaged_rows_are_told);
    tcase_add_test(tcase, channels_are_a_sorted_set);
    tcase_add_test(tcase, nodes_are_found_again);
    tcase_add_test(tcase, what_was_not_written_is_lost_by_clear);
    tcase_add_test(tcase, only_dirty_nodes_are_written);
    tcase_add_test(tcase, nodes_are_written_in_the_order_of_keys);
    tcase_add_test(tcase, sections_hold_what_was_put_last);
    tcase_add_test(tcase, room_of_a_section_is_used_again);
    tcase_add_test(tcase, marks_are_new);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
