/*
   Figures of a node and of a profile against a recount of all entries; amounts
   of events by their properties. OMNI_SEED and OMNI_CASES choose histories.
*/
#include "codec/decimal.h"
#include "codec/word.h"
#include "events/figures.h"
#include "support/core_world.h"
#include "support/setting.h"

#include <stdio.h>

#define ENTRIES 150
#define NODES 3

static const char *const names[] = {"Order Completed", "Coffee Ordered", "page",
                                    "zz", "\xc3\xa9"};
static const char *const channels[] = {"", "\xc3\xa9tage", "mail", "store",
                                       "web"};
static const char *const currencies[] = {"", "CHF", "EUR", "JPY", "XAU"};

typedef struct counted {
    omni__entry entry;
    uint32_t node;
    bool there;
} counted;

static core_world world;
static core_random random_;
static counted all[ENTRIES];

static void
setup(void)
{
    core_world_begin(&world);
    memset(all, 0, sizeof(all));
}

static void
teardown(void)
{
    core_world_end(&world);
}

static omni__work_node *
get(uint32_t i)
{
    return core_node(&world, i + 1, "email", "v");
}

static omni__entry
random_entry(uint32_t i)
{
    omni__entry entry = {
        .order = {.time_us = (int64_t)core_below(&random_, 40) - 20,
                  .event_hash = core_below(&random_, 64),
                  .position = i},
        .flags = OMNI__ENTRY_VISIBLE | OMNI__ENTRY_CARRIED,
        .name = omni__slice_text(names[core_below(&random_, 5)]),
        .channel = omni__slice_text(channels[core_below(&random_, 5)])};
    entry.instant_us = entry.order.time_us;
    if (core_one_in(&random_, 30)) {
        entry.order.time_us = core_one_in(&random_, 2) ? INT64_MAX : INT64_MIN;
    }
    if (!core_one_in(&random_, 3)) {
        entry.flags |= OMNI__ENTRY_AMOUNT;
        entry.currency = omni__slice_text(currencies[core_below(&random_, 5)]);
        entry.amount = omni__int128_of((int64_t)core_random_next(&random_) >>
                                       core_below(&random_, 64));
        if (core_one_in(&random_, 5)) {
            /* Wide, and a hundred of them still fit. */
            entry.amount.high =
                (uint64_t)((int64_t)core_random_next(&random_) / 1024);
        }
    }
    return entry;
}

static void
come_or_go(counted *c)
{
    omni__work_node *node = get(c->node);
    if (!c->there) {
        ck_assert_int_eq(omni__entries_put(&world.set, node, &c->entry),
                         OMNI_OK);
        ck_assert_int_eq(omni__figures_add(&world.set, node, &c->entry),
                         OMNI_OK);
    } else {
        if (core_one_in(&random_, 2)) {
            const omni__entry left = {.order = c->entry.order,
                                      .instant_us = c->entry.instant_us,
                                      .flags = OMNI__ENTRY_CARRIED};
            ck_assert_int_eq(omni__entries_put(&world.set, node, &left),
                             OMNI_OK);
        } else {
            ck_assert_int_eq(
                omni__entries_remove(&world.set, node, &c->entry.order),
                OMNI_OK);
        }
        ck_assert_int_eq(omni__figures_remove(&world.set, node, &c->entry),
                         OMNI_OK);
    }
    c->there = !c->there;
    omni__arena_reset(&world.set.scratch);
}

/* What there is of a name, at one node or (NODES) at all of them. */
static omni__figure
recount(uint32_t node, omni__slice name)
{
    omni__figure figure = {.name = name};
    for (size_t i = 0; i < ENTRIES; ++i) {
        const omni__entry *entry = &all[i].entry;
        if (!all[i].there || (node != NODES && all[i].node != node) ||
            !omni__slice_equal(entry->name, name)) {
            continue;
        }
        const int64_t time = entry->order.time_us;
        if (figure.count == 0 || time < figure.first_us) {
            figure.first_us = time;
        }
        if (figure.count == 0 || time > figure.last_us) {
            figure.last_us = time;
        }
        ++figure.count;
    }
    return figure;
}

/* Whether there is an event of a name in a channel; of no name: of any. When
   the first was, and one surely, goes into `seen`. */
static bool
recount_channel(uint32_t node, const char *name, const char *channel,
                omni__channel_seen *seen)
{
    bool has = false;
    int64_t first_us = INT64_MAX;
    for (size_t i = 0; i < ENTRIES; ++i) {
        const omni__entry *entry = &all[i].entry;
        if (all[i].there && all[i].node == node &&
            omni__slice_equal(entry->name, omni__slice_text(name)) &&
            omni__slice_equal(entry->channel, omni__slice_text(channel))) {
            has = true;
            first_us = entry->order.time_us < first_us ? entry->order.time_us
                                                       : first_us;
        }
    }
    seen->first_us = first_us < seen->first_us ? first_us : seen->first_us;
    return has;
}

/* Channels of a figure stand as documented; and they tell when one was. */
static void
check_channels(uint32_t node, const omni__figure *figure, const char *name)
{
    omni__channel_seen seen = {.first_us = INT64_MAX};
    uint64_t wanted = 0;
    omni__reader reader = omni__reader_of(figure->channels);
    for (size_t i = 0; i < 5; ++i) {
        wanted += recount_channel(node, name, channels[i], &seen);
    }
    ck_assert_uint_eq(omni__read_varint(&reader), wanted);
    /* The second sorts last. */
    for (size_t i = 0; i < 5; ++i) {
        const char *channel = channels[i == 0 ? 0 : i == 4 ? 1 : i + 1];
        if (recount_channel(node, name, channel, &seen)) {
            ck_assert(omni__slice_equal(omni__read_word(&reader),
                                        omni__slice_text(channel)));
        }
    }
    ck_assert(!reader.bad && omni__reader_left(&reader) == 0);
}

static void
check_when(uint32_t node)
{
    const omni__slice section = get(node)->node.sections[OMNI__SECTION_FIGURES];
    for (size_t i = 0; i < 5; ++i) {
        omni__channel_seen right = {.first_us = INT64_MAX};
        omni__channel_seen seen = {.first_us = INT64_MAX,
                                   .surely_us = INT64_MAX};
        bool has = false;
        for (size_t k = 0; k < 5; ++k) {
            has |= recount_channel(node, names[k], channels[i], &right);
        }
        omni__figures_channel(section, omni__slice_text(channels[i]), &seen);
        ck_assert(seen.first_us <= right.first_us);
        ck_assert(seen.surely_us >= right.first_us);
        ck_assert(has || seen.first_us == INT64_MAX);
    }
}

/* A figure by its name is that of all. */
static void
check_named(uint32_t node, const omni__figure *figures, size_t count)
{
    for (size_t i = 0; i < 5; ++i) {
        const omni__slice name = omni__slice_text(names[i]);
        const omni__figure *right = NULL;
        omni__figure *found;
        size_t found_count;
        ck_assert_int_eq(omni__figures_named(&get(node)->node, 1, name,
                                             &world.set.scratch, &found,
                                             &found_count),
                         OMNI_OK);
        for (size_t k = 0; k < count; ++k) {
            right =
                omni__slice_equal(figures[k].name, name) ? &figures[k] : right;
        }
        ck_assert_uint_eq(found_count, right != NULL);
        if (right != NULL) {
            ck_assert_uint_eq(found->count, right->count);
            ck_assert_int_eq(found->first_us, right->first_us);
            ck_assert_int_eq(found->last_us, right->last_us);
            ck_assert_uint_eq(found->sources, right->sources);
            ck_assert_uint_eq(found->money_count, right->money_count);
            check_channels(node, found, names[i]);
        }
    }
}

static omni__money
recount_money(uint32_t node, omni__slice name, omni__slice currency)
{
    omni__money money = {.currency = currency};
    for (size_t i = ENTRIES; i-- != 0;) {
        const omni__entry *entry = &all[i].entry;
        if (!all[i].there || (node != NODES && all[i].node != node) ||
            !omni__slice_equal(entry->name, name) ||
            (entry->flags & OMNI__ENTRY_AMOUNT) == 0 ||
            !omni__slice_equal(entry->currency, currency)) {
            continue;
        }
        if (money.count == 0 ||
            omni__int128_compare(entry->amount, money.min) < 0) {
            money.min = entry->amount;
        }
        if (money.count == 0 ||
            omni__int128_compare(entry->amount, money.max) > 0) {
            money.max = entry->amount;
        }
        money.sum = omni__int128_add(money.sum, entry->amount);
        ++money.count;
    }
    return money;
}

static void
check_money(uint32_t node, const omni__figure *figure)
{
    uint64_t wanted = 0;
    for (size_t i = 0; i < 5; ++i) {
        wanted +=
            recount_money(node, figure->name, omni__slice_text(currencies[i]))
                .count != 0;
    }
    ck_assert_uint_eq(figure->money_count, wanted);
    for (size_t i = 0; i < figure->money_count; ++i) {
        const omni__money *money = &figure->money[i];
        const omni__money right =
            recount_money(node, figure->name, money->currency);
        ck_assert(i == 0 || omni__slice_compare(figure->money[i - 1].currency,
                                                money->currency) < 0);
        ck_assert_uint_eq(money->count, right.count);
        ck_assert_msg(omni__int128_compare(money->sum, right.sum) == 0 &&
                          omni__int128_compare(money->min, right.min) == 0 &&
                          omni__int128_compare(money->max, right.max) == 0,
                      "seed %llu: sum, least or greatest",
                      (unsigned long long)random_.seed);
    }
}

static void
check_node(uint32_t node)
{
    omni__figure *figures;
    size_t count;
    uint64_t wanted = 0;
    ck_assert_int_eq(
        omni__figures_decode(get(node)->node.sections[OMNI__SECTION_FIGURES],
                             &world.set.scratch, &figures, &count),
        OMNI_OK);
    for (size_t i = 0; i < 5; ++i) {
        wanted += recount(node, omni__slice_text(names[i])).count != 0;
    }
    ck_assert_msg(count == wanted, "seed %llu: %zu figures, not %llu",
                  (unsigned long long)random_.seed, count,
                  (unsigned long long)wanted);
    for (size_t i = 0; i < count; ++i) {
        const omni__figure right = recount(node, figures[i].name);
        ck_assert(i == 0 || omni__slice_compare(figures[i - 1].name,
                                                figures[i].name) < 0);
        ck_assert_uint_eq(figures[i].count, right.count);
        ck_assert_int_eq(figures[i].first_us, right.first_us);
        ck_assert_int_eq(figures[i].last_us, right.last_us);
        check_money(node, &figures[i]);
    }
    check_named(node, figures, count);
    check_when(node);
    omni__arena_reset(&world.set.scratch);
}

static void
check_text(omni_text text, omni__int128 micro)
{
    char wanted[OMNI__DECIMAL_TEXT];
    const size_t size = omni__decimal_format(micro, wanted);
    ck_assert_uint_eq(text.size, size);
    ck_assert_mem_eq(text.bytes, wanted, size);
}

static void
check_profile(void)
{
    omni__node nodes[NODES];
    for (uint32_t i = 0; i < NODES; ++i) {
        nodes[i] = get(i)->node;
    }
    omni_figure *figures;
    size_t count;
    uint64_t wanted = 0;
    ck_assert_int_eq(omni__figures_of_nodes(nodes, NODES, &world.set.scratch,
                                            &figures, &count),
                     OMNI_OK);
    for (size_t i = 0; i < 5; ++i) {
        wanted += recount(NODES, omni__slice_text(names[i])).count != 0;
    }
    ck_assert_uint_eq(count, wanted);
    for (size_t i = 0; i < count; ++i) {
        const omni__slice name =
            omni__slice_of(figures[i].name.bytes, figures[i].name.size);
        const omni__figure right = recount(NODES, name);
        ck_assert_uint_eq(figures[i].count, right.count);
        ck_assert_int_eq(figures[i].first_us, right.first_us);
        ck_assert_int_eq(figures[i].last_us, right.last_us);
        for (size_t k = 0; k < figures[i].amount_count; ++k) {
            const omni_amount *amount = &figures[i].amounts[k];
            const omni__money money = recount_money(
                NODES, name,
                omni__slice_of(amount->currency.bytes, amount->currency.size));
            ck_assert_uint_ne(money.count, 0);
            check_text(amount->sum, money.sum);
            check_text(amount->min, money.min);
            check_text(amount->max, money.max);
        }
    }
    omni__arena_reset(&world.set.scratch);
}

START_TEST(histories_are_as_a_recount)
{
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(10);
    for (uint64_t seed = first; seed < first + cases; ++seed) {
        teardown();
        setup();
        random_ = core_random_of(seed);
        for (uint32_t i = 0; i < ENTRIES; ++i) {
            all[i].entry = random_entry(i);
            all[i].node = core_below(&random_, NODES);
        }
        for (int step = 0; step < 500; ++step) {
            come_or_go(&all[core_below(&random_, ENTRIES)]);
            if (core_one_in(&random_, 30)) {
                core_world_flush(&world);
            }
            if (core_one_in(&random_, 20)) {
                check_node(core_below(&random_, NODES));
                check_profile();
            }
        }
        for (size_t i = 0; i < ENTRIES; ++i) {
            if (all[i].there) {
                come_or_go(&all[i]);
            }
        }
        for (uint32_t i = 0; i < NODES; ++i) {
            check_node(i);
            ck_assert_uint_eq(get(i)->node.sections[OMNI__SECTION_FIGURES].size,
                              0);
        }
    }
}
END_TEST

START_TEST(sums_go_beyond_64_bits_and_back)
{
    omni__entry entry = {.flags = OMNI__ENTRY_VISIBLE | OMNI__ENTRY_AMOUNT,
                         .name = omni__slice_text("Order Completed"),
                         .amount = omni__int128_of(INT64_MAX)};
    for (uint32_t i = 0; i < 3; ++i) {
        entry.order.position = i;
        ck_assert_int_eq(omni__figures_add(&world.set, get(0), &entry),
                         OMNI_OK);
    }
    entry.amount = omni__int128_of(-3);
    ck_assert_int_eq(omni__figures_add(&world.set, get(0), &entry), OMNI_OK);
    omni__figure *figures;
    size_t count;
    ck_assert_int_eq(
        omni__figures_decode(get(0)->node.sections[OMNI__SECTION_FIGURES],
                             &world.set.scratch, &figures, &count),
        OMNI_OK);
    char text[OMNI__DECIMAL_TEXT];
    omni__decimal_format(figures[0].money[0].sum, text);
    ck_assert_str_eq(text, "27670116110564.327418"); /* 3 (2^63 - 1) - 3 */
    omni__decimal_format(figures[0].money[0].min, text);
    ck_assert_str_eq(text, "-0.000003");
}
END_TEST

/* ---- amounts by properties ---- */

typedef struct amount_case {
    const char *properties;
    const char *amount; /* NULL: none */
    const char *currency;
} amount_case;

static const amount_case amount_cases[] = {
    {"", NULL, ""},
    {"{}", NULL, ""},
    {"{\"revenue\":59.9}", "59.9", ""},
    {"{\"currency\":\"CHF\",\"revenue\":59.9}", "59.9", "CHF"},
    {"{\"revenue\":1,\"total\":2,\"value\":3}", "1", ""},
    {"{\"total\":2,\"value\":3}", "2", ""},
    {"{\"value\":3}", "3", ""},
    {"{\"revenue\":\"12\",\"value\":-3}", "-3", ""},
    {"{\"revenue\":null,\"total\":true,\"value\":[1]}", NULL, ""},
    {"{\"order\":{\"revenue\":5}}", NULL, ""},
    {"{\"Revenue\":5}", NULL, ""},
    {"{\"currency\":756,\"revenue\":5}", "5", ""},
    {"{\"currency\":\"a\\\"b\",\"revenue\":5}", "5", "a\"b"},
    {"{\"currency\":\"EUR\"}", NULL, "EUR"},
    {"{\"revenue\":0.0000005}", "0", ""},
    {"{\"revenue\":0.0000015}", "0.000002", ""},
    {"{\"revenue\":-0.0000015}", "-0.000002", ""},
    {"{\"revenue\":0.0000005000001}", "0.000001", ""},
    {"{\"revenue\":-1000000000000000000000.0000005}", "-1000000000000000000000",
     ""},
    {"{\"revenue\":1000000000000000000000.000001}", NULL, ""},
    {"{\"revenue\":-1e32}", NULL, ""},
    {"{\"revenue\":1e40,\"total\":2}", NULL, ""},
};

START_TEST(amount_is_as_properties_say)
{
    const amount_case *c = &amount_cases[_i];
    omni__entry entry = {.flags = 0};
    ck_assert_int_eq(omni__amount_of(&omni__policy_default.lists[0],
                                     omni__slice_text(c->properties),
                                     &world.set.scratch, &entry),
                     OMNI_OK);
    const bool found = (entry.flags & OMNI__ENTRY_AMOUNT) != 0;
    ck_assert_msg(found == (c->amount != NULL), "%s", c->properties);
    ck_assert_msg(
        omni__slice_equal(entry.currency, omni__slice_text(c->currency)), "%s",
        c->properties);
    if (found) {
        char text[OMNI__DECIMAL_TEXT];
        omni__decimal_format(entry.amount, text);
        ck_assert_str_eq(text, c->amount);
    }
}
END_TEST

START_TEST(damaged_sections_are_told)
{
    random_ = core_random_of(3);
    for (uint32_t i = 0; i < 12; ++i) {
        const omni__entry entry = random_entry(i);
        ck_assert_int_eq(omni__figures_add(&world.set, get(0), &entry),
                         OMNI_OK);
    }
    const omni__slice whole = get(0)->node.sections[OMNI__SECTION_FIGURES];
    omni__figure *figures;
    size_t count;
    for (size_t size = 1; size <= whole.size; ++size) {
        uint8_t *bytes = malloc(size);
        ck_assert_ptr_nonnull(bytes);
        for (int value = 0; value < 256; ++value) {
            memcpy(bytes, whole.data, size);
            bytes[size - 1] ^= (uint8_t)value;
            const omni_status status =
                omni__figures_decode(omni__slice_of(bytes, size),
                                     &world.set.scratch, &figures, &count);
            ck_assert(
                status == OMNI_ERR_CORRUPT ||
                (status == OMNI_OK && (value != 0 || size == whole.size)));
            omni__channel_seen seen = {.first_us = INT64_MAX};
            omni__figures_channel(omni__slice_of(bytes, size),
                                  omni__slice_text("web"), &seen);
            omni__node node = {.flags = 0};
            node.sections[OMNI__SECTION_FIGURES] = omni__slice_of(bytes, size);
            ck_assert_int_le(
                omni__figures_named(&node, 1, omni__slice_text("page"),
                                    &world.set.scratch, &figures, &count),
                OMNI_OK);
            omni__arena_reset(&world.set.scratch);
        }
        free(bytes);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("figures");
    TCase *tcase = tcase_create("figures");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, histories_are_as_a_recount);
    tcase_add_test(tcase, sums_go_beyond_64_bits_and_back);
    tcase_add_loop_test(tcase, amount_is_as_properties_say, 0,
                        (int)(sizeof(amount_cases) / sizeof(amount_cases[0])));
    tcase_add_test(tcase, damaged_sections_are_told);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
