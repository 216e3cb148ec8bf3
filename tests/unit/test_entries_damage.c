/* Sections of a row that do not agree with one another, as only damage leaves
   them: told, and nothing beyond their memory touched. */
#include "events/figures.h"
#include "events/run.h"
#include "support/core_world.h"

static core_world world;
static omni__work_node *node;

static void
setup(void)
{
    core_world_begin(&world);
    node = core_node(&world, 1, "email", "a");
}

static void
teardown(void)
{
    core_world_end(&world);
}

static omni__entry
sale(uint32_t number, const char *currency)
{
    return (omni__entry){.order = {.time_us = number, .event_hash = 1},
                         .instant_us = number,
                         .flags = OMNI__ENTRY_VISIBLE | OMNI__ENTRY_AMOUNT,
                         .name = omni__slice_text("Order Completed"),
                         .channel = omni__slice_text("store"),
                         .currency = omni__slice_text(currency),
                         .amount = omni__int128_of(1)};
}

START_TEST(figure_that_is_not_there_cannot_go)
{
    const omni__entry left = sale(1, "CHF");
    const omni__entry gone = sale(2, "CHF");
    ck_assert_int_eq(omni__entries_put(&world.set, node, &left), OMNI_OK);
    ck_assert_int_eq(omni__figures_remove(&world.set, node, &gone),
                     OMNI_ERR_CORRUPT);
}
END_TEST

START_TEST(currencies_that_were_never_counted_are_told)
{
    const char *currencies[] = {"CHF", "EUR", "USD", "GBP", "JPY", "XAU"};
    for (uint32_t i = 0; i < 6; ++i) {
        const omni__entry entry = sale(i, currencies[i]);
        ck_assert_int_eq(omni__entries_put(&world.set, node, &entry), OMNI_OK);
        if (i == 0) {
            ck_assert_int_eq(omni__figures_add(&world.set, node, &entry),
                             OMNI_OK);
        }
    }
    const omni__entry gone = sale(9, "CHF");
    ck_assert_int_eq(omni__figures_remove(&world.set, node, &gone),
                     OMNI_ERR_CORRUPT);
}
END_TEST

/* An entry that ends a chunk, in the section. */
START_TEST(chunk_end_among_the_newest_is_told)
{
    omni__entry entries[2] = {sale(1, "CHF"), sale(2, "CHF")};
    entries[0].order.event_hash = 0;
    omni__buffer run;
    omni__buffer_init(&run, &world.hooks.alloc);
    omni__buffer_byte(&run, 0);
    omni__run_encode(entries, 2, &run);
    ck_assert_int_eq(omni__workset_section(&world.set, node,
                                           OMNI__SECTION_ENTRIES,
                                           omni__buffer_bytes(&run)),
                     OMNI_OK);
    ck_assert_int_eq(omni__entries_remove(&world.set, node, &entries[0].order),
                     OMNI_ERR_CORRUPT);
    omni__buffer_free(&run);
}
END_TEST

/* A section that names a chunk which has no row. */
START_TEST(missing_chunk_is_told)
{
    omni__entry end = sale(5, "CHF");
    end.order.event_hash = 0;
    ck_assert_int_eq(omni__entries_put(&world.set, node, &end), OMNI_OK);
    const omni__key key = omni__chunk_key(&node->node.id, &end.order);
    ck_assert_int_eq(omni__kv_delete(world.kv, omni__key_slice(&key)), OMNI_OK);
    const omni__entry older = sale(3, "CHF");
    ck_assert_int_eq(omni__entries_put(&world.set, node, &older),
                     OMNI_ERR_CORRUPT);
    ck_assert_int_eq(omni__entries_remove(&world.set, node, &end.order),
                     OMNI_ERR_CORRUPT);
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &world.set.view, &node->node,
                          &world.hooks.alloc);
    ck_assert_int_eq(omni__entry_walk_first(&walk, NULL), OMNI_ERR_CORRUPT);
    omni__entry_walk_end(&walk);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("entries damage");
    TCase *tcase = tcase_create("rows");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, figure_that_is_not_there_cannot_go);
    tcase_add_test(tcase, currencies_that_were_never_counted_are_told);
    tcase_add_test(tcase, chunk_end_among_the_newest_is_told);
    tcase_add_test(tcase, missing_chunk_is_told);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
