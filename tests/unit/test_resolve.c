/* Resolution: each rule of I7 and I8 on a graph that shows it. */
#include "support/graph_world.h"

static bool
together(uint32_t a, uint32_t b)
{
    return nodes[a].component == nodes[b].component;
}

START_TEST(link_joins_and_person_first_seen_names)
{
    const uint32_t device = node("device_id", "d", 1);
    const uint32_t late = node("email", "a", 9);
    const uint32_t early = node("email", "b", 5);
    const uint32_t lone = node("user_id", "u", 1);
    link_at(device, late, 5);
    link_at(late, early, 9);
    resolve();
    ck_assert_uint_eq(nodes[device].component, early);
    ck_assert_uint_eq(nodes[late].component, early);
    ck_assert_uint_eq(nodes[early].component, early);
    ck_assert_uint_eq(nodes[lone].component, lone);
}
END_TEST

START_TEST(smaller_identifier_names_where_times_are_equal)
{
    const uint32_t a = node("device_id", "d", 4);
    const uint32_t b = node("device_id", "e", 4);
    const uint32_t x = node("email", "x", 7);
    const uint32_t y = node("email", "y", 7);
    link_at(a, b, 4);
    link_at(x, y, 7);
    resolve();
    ck_assert_uint_eq(nodes[b].component, a);
    ck_assert_uint_eq(nodes[y].component, x);
}
END_TEST

START_TEST(earlier_link_wins_between_equal_ranks)
{
    const uint32_t mail = node("email", "a", 1);
    const uint32_t one = node("user_id", "1", 1);
    const uint32_t two = node("user_id", "2", 1);
    link_at(mail, one, 5);
    link_at(mail, two, 4);
    resolve();
    ck_assert(together(mail, two));
    ck_assert(!together(mail, one));
}
END_TEST

START_TEST(smaller_identifiers_win_between_equal_times)
{
    const uint32_t mail = node("email", "a", 1);
    const uint32_t one = node("user_id", "1", 1);
    const uint32_t two = node("user_id", "2", 1);
    link_at(mail, two, 5);
    link_at(mail, one, 5);
    resolve();
    ck_assert(together(mail, one));
    ck_assert(!together(mail, two));
}
END_TEST

START_TEST(rank_comes_before_time)
{
    const uint32_t mail = node("email", "a", 1);
    const uint32_t other = node("phone", "1", 1); /* rank 50 here */
    const uint32_t one = node("user_id", "1", 1);
    const uint32_t two = node("user_id", "2", 1);
    link_at(mail, two, 90);   /* larger rank 30 */
    link_at(other, one, 80);  /* 50, and 10 */
    link_at(other, mail, 10); /* 50, and 30: last, though earliest */
    resolve();
    ck_assert(together(mail, two));
    ck_assert(together(other, one));
    ck_assert(!together(mail, other));
}
END_TEST

START_TEST(part_holds_apart_through_others)
{
    const uint32_t a = node("free", "a", 1);
    const uint32_t b = node("free", "b", 1);
    const uint32_t c = node("free", "c", 1);
    link_at(a, b, 1);
    link_at(b, c, 2);
    state(OMNI__STATEMENT_PART, a, c, 1);
    resolve();
    ck_assert(together(a, b));
    ck_assert(!together(b, c));
}
END_TEST

START_TEST(max_per_profile_bounds_a_namespace)
{
    const uint32_t a = node("email", "a", 1);
    const uint32_t b = node("email", "b", 1);
    const uint32_t c = node("email", "c", 1);
    link_at(a, b, 1);
    link_at(b, c, 2);
    resolve();
    ck_assert(together(a, b));
    ck_assert(!together(a, c));
}
END_TEST

START_TEST(max_identifiers_bounds_a_profile)
{
    policy.max_identifiers = 3;
    uint32_t at[5];
    const char *names[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; ++i) {
        at[i] = node("free", names[i], i);
    }
    for (int i = 0; i < 4; ++i) {
        link_at(at[i], at[i + 1], i);
    }
    resolve();
    ck_assert(together(at[0], at[1]) && together(at[1], at[2]));
    ck_assert(!together(at[2], at[3]));
    ck_assert(together(at[3], at[4]));
}
END_TEST

START_TEST(device_joins_no_two_of_a_person_namespace)
{
    const uint32_t device = node("device_id", "d", 1);
    const uint32_t a = node("email", "a", 1);
    const uint32_t b = node("email", "b", 1);
    const uint32_t f = node("free", "f", 1);
    link_at(device, a, 1);
    link_at(device, b, 2);
    link_at(device, f, 3);
    resolve();
    ck_assert(together(device, a));
    ck_assert(!together(device, b));
    ck_assert(together(device, f));
}
END_TEST

START_TEST(statement_joins_what_links_may_not)
{
    const uint32_t device = node("device_id", "d", 1);
    const uint32_t one = node("user_id", "1", 1);
    const uint32_t two = node("user_id", "2", 1);
    link_at(device, one, 1);
    link_at(device, two, 2);
    state(OMNI__STATEMENT_LINK, one, two, 1);
    resolve();
    ck_assert(together(one, two) && together(device, two));
}
END_TEST

START_TEST(part_forbids_a_statement_between_others)
{
    const uint32_t a = node("free", "a", 1);
    const uint32_t b = node("free", "b", 1);
    const uint32_t c = node("free", "c", 1);
    link_at(a, b, 1);
    state(OMNI__STATEMENT_PART, a, c, 9);
    state(OMNI__STATEMENT_LINK, b, c, 1);
    resolve();
    ck_assert(together(a, b));
    ck_assert(!together(b, c));
}
END_TEST

START_TEST(statements_join_in_their_order_up_to_the_bound)
{
    policy.max_identifiers = 2;
    const uint32_t a = node("free", "a", 1);
    const uint32_t b = node("free", "b", 1);
    const uint32_t c = node("free", "c", 1);
    state(OMNI__STATEMENT_LINK, a, b, 7);
    state(OMNI__STATEMENT_LINK, b, c, 6);
    resolve();
    ck_assert(together(b, c));
    ck_assert(!together(a, b));
}
END_TEST

START_TEST(crowded_alias_joins_nobody)
{
    const uint32_t a = node("free", "a", 1);
    const uint32_t b = node("free", "b", 1);
    const uint32_t c = node("free", "c", 1);
    state(OMNI__STATEMENT_ALIAS, a, b, 1);
    state(OMNI__STATEMENT_ALIAS, a, c, 2);
    statements[1].crowded = true;
    resolve();
    ck_assert(together(a, b));
    ck_assert(!together(a, c));
}
END_TEST

START_TEST(what_is_cut_joins_nobody)
{
    const uint32_t a = node("email", "a", 1);
    const uint32_t b = node("email", "b", 1);
    const uint32_t u = node("user_id", "1", 1);
    link_at(a, u, 1);
    link_at(b, u, 1);
    links[1].cut = true;
    resolve();
    ck_assert(together(a, u));
    ck_assert(!together(b, u));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("resolve");
    TCase *hand = tcase_create("rules");
    tcase_add_checked_fixture(hand, graph_begin, graph_end);
    tcase_add_test(hand, link_joins_and_person_first_seen_names);
    tcase_add_test(hand, smaller_identifier_names_where_times_are_equal);
    tcase_add_test(hand, earlier_link_wins_between_equal_ranks);
    tcase_add_test(hand, smaller_identifiers_win_between_equal_times);
    tcase_add_test(hand, rank_comes_before_time);
    tcase_add_test(hand, part_holds_apart_through_others);
    tcase_add_test(hand, max_per_profile_bounds_a_namespace);
    tcase_add_test(hand, max_identifiers_bounds_a_profile);
    tcase_add_test(hand, device_joins_no_two_of_a_person_namespace);
    tcase_add_test(hand, statement_joins_what_links_may_not);
    tcase_add_test(hand, part_forbids_a_statement_between_others);
    tcase_add_test(hand, statements_join_in_their_order_up_to_the_bound);
    tcase_add_test(hand, crowded_alias_joins_nobody);
    tcase_add_test(hand, what_is_cut_joins_nobody);
    suite_add_tcase(suite, hand);
    return core_run(suite);
}
