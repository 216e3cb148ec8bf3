/*
   Observed links against an array of pairs: in the row, past the spill into
   rows of their own and back, in several batches; what is cut of them; and who
   becomes generic by them.
   OMNI_SEED and OMNI_CASES choose the histories.
*/
#include "identity/crowd.h"
#include "support/core_world.h"
#include "support/setting.h"

#include <stdio.h>

#define NODES 60
#define NAME_SIZE 40

typedef struct pair {
    bool seen;
    int64_t time_us;
} pair;

static core_world world;
static core_random random_;
static char spaces[NODES][NAME_SIZE];
static pair pairs[NODES][NODES]; /* [smaller][larger] */

static void
setup(void)
{
    static const char *const known[] = {"email", "phone", "loyalty_id",
                                        "device_id", "user_id"};
    core_world_begin(&world);
    memset(pairs, 0, sizeof(pairs));
    for (size_t i = 0; i < NODES; ++i) {
        if (i % 2 == 0) {
            snprintf(spaces[i], NAME_SIZE, "%s", known[i / 2 % 5]);
        } else {
            snprintf(spaces[i], NAME_SIZE, "custom_%0*zu", (int)(i % 24),
                     i / 4);
        }
    }
}

static void
teardown(void)
{
    core_world_end(&world);
}

static omni__work_node *
get(uint32_t i)
{
    return core_node(&world, i + 1, spaces[i], "v");
}

static void
observe(uint32_t a, uint32_t b, int64_t time_us)
{
    pair *p = a < b ? &pairs[a][b] : &pairs[b][a];
    omni__link_change wanted = OMNI__LINK_SAME;
    if (!p->seen) {
        wanted = OMNI__LINK_NEW;
    } else if (time_us < p->time_us) {
        wanted = OMNI__LINK_EARLIER;
    }
    if (wanted != OMNI__LINK_SAME) {
        p->seen = true;
        p->time_us = time_us;
    }
    omni__link_change change;
    ck_assert_int_eq(
        omni__link_observe(&world.set, get(a), get(b), time_us, &change),
        OMNI_OK);
    ck_assert_msg(change == wanted, "seed %llu: change %d, not %d",
                  (unsigned long long)random_.seed, (int)change, (int)wanted);
    omni__arena_reset(&world.set.scratch);
}

/* Take the link away, or give it another time. */
static void
change(uint32_t a, uint32_t b, bool stays, int64_t time_us)
{
    pair *p = a < b ? &pairs[a][b] : &pairs[b][a];
    const omni_status wanted = p->seen ? OMNI_OK : OMNI_NOT_FOUND;
    ck_assert_int_eq(stays
                         ? omni__link_date(&world.set, get(a), get(b), time_us)
                         : omni__link_remove(&world.set, get(a), get(b)),
                     wanted);
    p->seen = p->seen && stays;
    p->time_us = time_us;
    omni__arena_reset(&world.set.scratch);
}

/* Links of a node by id, as the model has them. */
static size_t
wanted_links(uint32_t of, omni__link out[NODES])
{
    size_t count = 0;
    for (uint32_t i = 0; i < NODES; ++i) {
        const pair *p = i < of ? &pairs[i][of] : &pairs[of][i];
        if (i == of || !p->seen) {
            continue;
        }
        omni__link link = {.other = core_id(i + 1),
                           .ns = omni__slice_text(spaces[i]),
                           .time_us = p->time_us};
        size_t at = count++;
        while (at != 0 &&
               omni__id_compare(&out[at - 1].other, &link.other) > 0) {
            out[at] = out[at - 1];
            --at;
        }
        out[at] = link;
    }
    return count;
}

static void
check_counts(const omni__node *node, const omni__link *wanted, size_t count)
{
    omni__link_count *counts;
    size_t spaces_found;
    uint64_t total = 0;
    ck_assert_int_eq(
        omni__links_count(node, &world.set.scratch, &counts, &spaces_found),
        OMNI_OK);
    for (size_t i = 0; i < spaces_found; ++i) {
        uint64_t same = 0;
        for (size_t k = 0; k < count; ++k) {
            same += omni__slice_equal(wanted[k].ns, counts[i].ns);
        }
        for (size_t k = 0; k < i; ++k) {
            ck_assert(!omni__slice_equal(counts[k].ns, counts[i].ns));
        }
        ck_assert_uint_ne(same, 0);
        ck_assert_uint_eq(counts[i].count, same);
        total += same;
    }
    ck_assert_uint_eq(total, count);
}

static void
check_node(uint32_t of)
{
    omni__link wanted[NODES];
    const size_t count = wanted_links(of, wanted);
    const omni__work_node *node = get(of);
    omni__link *links;
    size_t found;
    ck_assert_int_eq(omni__links_read(&world.set.view, &node->node,
                                      &world.set.scratch, &links, &found),
                     OMNI_OK);
    ck_assert_msg(found == count, "seed %llu: node %u has %zu links, not %zu",
                  (unsigned long long)random_.seed, of, found, count);
    for (size_t i = 0; i < count; ++i) {
        ck_assert(omni__id_equal(&links[i].other, &wanted[i].other));
        ck_assert(omni__slice_equal(links[i].ns, wanted[i].ns));
        ck_assert_int_eq(links[i].time_us, wanted[i].time_us);
        ck_assert(!links[i].cut);
    }
    const bool out = (node->node.flags & OMNI__NODE_LINKS_OUT) != 0;
    ck_assert_int_eq(out, count > OMNI__LINKS_IN_ROW);
    check_counts(&node->node, wanted, count);
    omni__arena_reset(&world.set.scratch);
}

START_TEST(histories_are_as_the_model)
{
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(8);
    for (uint64_t seed = first; seed < first + cases; ++seed) {
        teardown();
        setup();
        random_ = core_random_of(seed);
        const uint32_t hubs = 1 + core_below(&random_, 6);
        for (int step = 0; step < 1200; ++step) {
            const uint32_t a = core_below(&random_, hubs);
            const uint32_t b = core_below(&random_, NODES);
            if (a == b) {
                continue;
            }
            const int64_t time_us = (int64_t)core_below(&random_, 9) - 4;
            const bool swap = core_one_in(&random_, 2);
            if (core_one_in(&random_, 3)) {
                change(swap ? a : b, swap ? b : a, core_one_in(&random_, 4),
                       time_us);
            } else {
                observe(a, b, time_us);
            }
            if (core_one_in(&random_, 40)) {
                core_world_flush(&world);
            }
            if (core_one_in(&random_, 25)) {
                check_node(core_one_in(&random_, 2) ? a : b);
            }
        }
        core_world_flush(&world);
        for (uint32_t i = 0; i < NODES; ++i) {
            check_node(i);
        }
    }
}
END_TEST

/* All seventeen in one batch: the namespaces stand in the section that the
   spill writes anew. */
START_TEST(spill_keeps_what_the_row_held)
{
    random_ = core_random_of(1);
    for (uint32_t i = 1; i <= OMNI__LINKS_IN_ROW; ++i) {
        observe(0, i, 100 - (int64_t)i);
    }
    check_node(0);
    ck_assert_int_eq(get(0)->node.flags & OMNI__NODE_LINKS_OUT, 0);
    observe(0, OMNI__LINKS_IN_ROW + 1, 5);
    check_node(0);
    ck_assert_int_ne(get(0)->node.flags & OMNI__NODE_LINKS_OUT, 0);
    core_world_flush(&world);
    check_node(0);
    check_node(3);
}
END_TEST

/* ---- what is cut ---- */

static const omni__namespace ranked[] = {
    {.name = {(const uint8_t *)"device", 6},
     .class_ = OMNI__CLASS_DEVICE,
     .rank = 1},
    {.name = {(const uint8_t *)"mail", 4}, .rank = 20},
    {.name = {(const uint8_t *)"user", 4}, .rank = 10},
};

static omni__work_node *
numbered(uint32_t i)
{
    static const char *const names[] = {"user", "mail", "device"};
    return core_node(&world, i + 1, names[i % 3], "v");
}

/* By number of the node: whether its link to node 0 is cut, from there. */
static void
read_cut(bool cut[NODES])
{
    omni__link *links;
    size_t count;
    memset(cut, 0, NODES * sizeof(cut[0]));
    ck_assert_int_eq(omni__links_read(&world.set.view, &numbered(0)->node,
                                      &world.set.scratch, &links, &count),
                     OMNI_OK);
    for (size_t i = 0; i < count; ++i) {
        cut[omni__be64_read(links[i].other.bytes + 8) - 1] = links[i].cut;
    }
}

static bool
cut_rank(const omni__policy *policy, uint32_t i, const char *ns, bool cut)
{
    bool changed;
    const uint32_t rank =
        omni__link_rank(policy, numbered(i)->node.ns, omni__slice_text(ns));
    ck_assert_int_eq(
        omni__links_cut(&world.set, policy, numbered(i), rank, cut, &changed),
        OMNI_OK);
    return changed;
}

/* Of a user with links to users, mails and devices, in the row or not, one
   rank is cut; but for devices without other links. */
static void
check_cut(uint32_t count)
{
    omni__policy policy = omni__policy_default;
    bool cut[NODES];
    omni__link_change change;
    policy.namespaces = ranked;
    policy.namespace_count = sizeof(ranked) / sizeof(ranked[0]);
    for (uint32_t i = 1; i < count; ++i) {
        ck_assert_int_eq(omni__link_observe(&world.set, numbered(0),
                                            numbered(i), i, &change),
                         OMNI_OK);
    }
    /* Nodes 2 and 5, devices both, have another link. */
    ck_assert_int_eq(
        omni__link_observe(&world.set, numbered(2), numbered(5), 1, &change),
        OMNI_OK);
    ck_assert(cut_rank(&policy, 0, "device", true));
    ck_assert(!cut_rank(&policy, 0, "device", true));
    read_cut(cut);
    for (uint32_t i = 1; i < count; ++i) {
        ck_assert_msg(cut[i] == (i == 2 || i == 5), "%u links, link %u", count,
                      i);
    }
    ck_assert(cut_rank(&policy, 0, "mail", true));
    ck_assert(cut_rank(&policy, 0, "device", false));
    read_cut(cut);
    for (uint32_t i = 1; i < count; ++i) {
        ck_assert_msg(cut[i] == (i % 3 == 1), "%u links, link %u", count, i);
    }
    ck_assert(!cut_rank(&policy, 8, "user", true));
    ck_assert_int_eq(omni__links_uncut(&world.set, numbered(0)), OMNI_OK);
    read_cut(cut);
    for (uint32_t i = 1; i < count; ++i) {
        ck_assert(!cut[i]);
    }
}

START_TEST(one_rank_is_cut_but_for_single_devices)
{
    check_cut(OMNI__LINKS_IN_ROW);
    teardown();
    setup();
    check_cut(NODES);
}
END_TEST

START_TEST(a_cut_rank_stays_cut_in_rows)
{
    omni__policy policy = omni__policy_default;
    bool cut[NODES];
    omni__link_change change;
    policy.namespaces = ranked;
    policy.namespace_count = sizeof(ranked) / sizeof(ranked[0]);
    for (uint32_t i = 1; i < NODES; ++i) {
        ck_assert_int_eq(omni__link_observe(&world.set, numbered(0),
                                            numbered(i), i, &change),
                         OMNI_OK);
        if (i == OMNI__LINKS_IN_ROW) {
            ck_assert(cut_rank(&policy, 0, "mail", true));
        }
    }
    for (int round = 0; round < 2; ++round) {
        read_cut(cut);
        for (uint32_t i = 1; i < NODES; ++i) {
            ck_assert_uint_eq(cut[i], i % 3 == 1 && (round == 0 || i <= 9));
        }
        for (uint32_t i = 10; i < NODES && round == 0; ++i) {
            ck_assert_int_eq(
                omni__link_remove(&world.set, numbered(0), numbered(i)),
                OMNI_OK);
        }
    }
    ck_assert_int_eq(numbered(0)->node.flags & OMNI__NODE_LINKS_OUT, 0);
}
END_TEST

START_TEST(rows_do_not_depend_on_order)
{
    omni__buffer rows[2];
    for (int round = 0; round < 2; ++round) {
        teardown();
        setup();
        omni__buffer_init(&rows[round], &world.hooks.alloc);
        for (uint32_t i = 0; i < NODES; ++i) {
            get(i);
        }
        for (uint32_t k = 0; k < 40; ++k) {
            const uint32_t i = round == 0 ? k + 1 : 40 - k;
            observe(0, i, i % 3 == 0 && round == 0 ? 50 : 7);
            observe(i, 0, 7);
            if (round == 1 && k % 7 == 0) {
                core_world_flush(&world);
            }
        }
        core_world_flush(&world);
        core_world_rows(&world, &rows[round]);
    }
    ck_assert(omni__slice_equal(omni__buffer_bytes(&rows[0]),
                                omni__buffer_bytes(&rows[1])));
    omni__buffer_free(&rows[0]);
    omni__buffer_free(&rows[1]);
}
END_TEST

/* ---- I6 ---- */

static const omni__namespace registers[] = {
    {.name = {(const uint8_t *)"strong", 6}, .rank = 10, .generic_above = 3},
    {.name = {(const uint8_t *)"equal", 5}, .rank = 20},
    {.name = {(const uint8_t *)"weak", 4}, .rank = 20, .generic_above = 3},
    {.name = {(const uint8_t *)"never", 5}, .rank = 30, .generic_above = 0},
    {.name = {(const uint8_t *)"device", 6},
     .class_ = OMNI__CLASS_DEVICE,
     .rank = 1,
     .generic_above = 3},
};

static bool
generic_with(const char *own, const char *other, uint32_t count,
             const char *more, uint32_t more_count)
{
    omni__policy policy = omni__policy_default;
    policy.namespaces = registers;
    policy.namespace_count = sizeof(registers) / sizeof(registers[0]);
    policy.max_identifiers = 20;
    teardown();
    setup();
    omni__work_node *node = core_node(&world, 1, own, "v");
    for (uint32_t i = 0; i < count + more_count; ++i) {
        omni__link_change change;
        omni__work_node *end =
            core_node(&world, i + 2, i < count ? other : more, "o");
        ck_assert_int_eq(omni__link_observe(&world.set, node, end, 1, &change),
                         OMNI_OK);
    }
    bool generic;
    ck_assert_int_eq(
        omni__links_generic(&policy, &node->node, &world.set.scratch, &generic),
        OMNI_OK);
    return generic;
}

START_TEST(more_than_the_bound_of_a_stronger_namespace_is_generic)
{
    ck_assert(!generic_with("weak", "strong", 3, NULL, 0));
    ck_assert(generic_with("weak", "strong", 4, NULL, 0));
    ck_assert(generic_with("device", "weak", 4, NULL, 0));
    ck_assert(generic_with("device", "strong", 18, NULL, 0));
    /* Three each of two namespaces are four of neither. */
    ck_assert(!generic_with("device", "strong", 3, "weak", 3));
}
END_TEST

START_TEST(equal_or_weaker_namespaces_make_nobody_generic)
{
    ck_assert(!generic_with("weak", "equal", 15, NULL, 0));
    ck_assert(!generic_with("weak", "weak", 15, NULL, 0));
    ck_assert(!generic_with("strong", "weak", 18, NULL, 0));
    ck_assert(!generic_with("weak", "device", 40, NULL, 0));
}
END_TEST

START_TEST(more_people_than_a_profile_holds_are_a_staff_card)
{
    ck_assert(!generic_with("strong", "weak", 20, NULL, 0));
    ck_assert(generic_with("strong", "weak", 21, NULL, 0));
    ck_assert(generic_with("strong", "weak", 12, "equal", 9));
    ck_assert(!generic_with("strong", "weak", 12, "device", 30));
}
END_TEST

START_TEST(bound_of_zero_means_never)
{
    ck_assert(!generic_with("never", "strong", 19, "weak", 30));
}
END_TEST

/* ---- what a damaged row holds ---- */

static void
read_damaged(omni__slice section, uint8_t flags)
{
    const omni__node node = {.flags = flags,
                             .ns = omni__slice_text("email"),
                             .sections[OMNI__SECTION_LINKS] = section};
    omni__link *links;
    omni__link_count *counts;
    size_t count;
    omni_status status =
        omni__links_count(&node, &world.set.scratch, &counts, &count);
    ck_assert(status == OMNI_OK || status == OMNI_ERR_CORRUPT);
    if ((flags & OMNI__NODE_LINKS_OUT) == 0) {
        status = omni__links_read(&world.set.view, &node, &world.set.scratch,
                                  &links, &count);
        ck_assert(status == OMNI_OK || status == OMNI_ERR_CORRUPT);
    }
    omni__arena_reset(&world.set.scratch);
}

START_TEST(damaged_sections_are_told)
{
    for (uint32_t links = 5; links < 40; links += 25) {
        for (uint32_t i = 1; i <= links; ++i) {
            observe(0, i, i);
        }
        const omni__work_node *node = get(0);
        const omni__slice whole = node->node.sections[OMNI__SECTION_LINKS];
        for (size_t size = 0; size <= whole.size; ++size) {
            uint8_t *bytes = malloc(size + 1);
            ck_assert_ptr_nonnull(bytes);
            memcpy(bytes, whole.data, size);
            read_damaged(omni__slice_of(bytes, size), node->node.flags);
            for (int value = 1; size != 0 && value < 256; ++value) {
                bytes[size - 1] = (uint8_t)(whole.data[size - 1] ^ value);
                read_damaged(omni__slice_of(bytes, size), node->node.flags);
            }
            free(bytes);
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("links");
    TCase *tcase = tcase_create("links");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, histories_are_as_the_model);
    tcase_add_test(tcase, spill_keeps_what_the_row_held);
    tcase_add_test(tcase, rows_do_not_depend_on_order);
    tcase_add_test(tcase, one_rank_is_cut_but_for_single_devices);
    tcase_add_test(tcase, a_cut_rank_stays_cut_in_rows);
    tcase_add_test(tcase,
                   more_than_the_bound_of_a_stronger_namespace_is_generic);
    tcase_add_test(tcase, equal_or_weaker_namespaces_make_nobody_generic);
    tcase_add_test(tcase, more_people_than_a_profile_holds_are_a_staff_card);
    tcase_add_test(tcase, bound_of_zero_means_never);
    tcase_add_test(tcase, damaged_sections_are_told);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
