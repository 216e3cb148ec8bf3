/*
   Entries of a node against a sorted array: puts, replacements and removals in
   random order and batches. The array tells what every walk finds, and the
   same set put in another way has to give the same rows.
*/
#include "events/run.h"
#include "support/core_world.h"
#include "support/setting.h"

#include <stdio.h>

#define ENTRIES_MAX 900
#define WORDS 700
#define WORD_SIZE 130

/* What a history is like. */
typedef struct shape {
    uint32_t words;     /* how many distinct ones */
    uint32_t times;     /* how many distinct instants */
    uint32_t chunk_one; /* one hash in so many ends a chunk; 0: none does */
    int64_t step_us;    /* between the instants */
    uint32_t steps;
    bool ascending; /* mostly in order of time, as events come */
} shape;

static const shape shapes[6] = {
    {.words = 5, .times = 60, .chunk_one = 32, .step_us = 1, .steps = 300},
    {.words = 9,
     .times = 400,
     .chunk_one = 32,
     .step_us = 1000000,
     .steps = 500,
     .ascending = true},
    {.words = WORDS, .times = 700, .step_us = 77, .steps = 700},
    {.words = WORDS,
     .times = 9000,
     .chunk_one = 150,
     .step_us = 5,
     .steps = 800},
    {.words = 40,
     .times = 30,
     .chunk_one = 2,
     .step_us = INT64_C(600000000000000000),
     .steps = 300},
    {.words = 3, .times = 3, .chunk_one = 5, .step_us = 1, .steps = 60},
};

static core_world world;
static core_random random_;
static char words[WORDS][WORD_SIZE];
static omni__entry model[ENTRIES_MAX + 1];
static size_t model_count;

static void
setup(void)
{
    core_world_begin(&world);
    static const char *const known[] = {
        "", "web", "store", "Order Completed", "CHF", "EUR", "Signed In"};
    for (size_t i = 0; i < WORDS; ++i) {
        if (i < 7) {
            snprintf(words[i], WORD_SIZE, "%s", known[i]);
        } else {
            snprintf(words[i], WORD_SIZE, "%0*zu \xc3\xa9 w",
                     (int)(i % 23 == 0 ? 120 : i % 5 + 1), i * 7919 % WORDS);
        }
    }
    model_count = 0;
}

static void
teardown(void)
{
    core_world_end(&world);
}

static omni__slice
word(const shape *s)
{
    return omni__slice_text(words[core_below(&random_, s->words)]);
}

static omni__order
random_order(const shape *s, uint32_t at)
{
    const uint32_t place = s->ascending ? at * s->times / s->steps
                                        : core_below(&random_, s->times);
    uint32_t hash = core_below(&random_, 3) * 0x10001u + 1 + place % 3;
    if (s->chunk_one != 0) {
        hash = core_one_in(&random_, s->chunk_one) ? (hash & 7) << 5 : hash | 1;
    }
    return (omni__order){
        .time_us = ((int64_t)place - s->times / 2) * s->step_us,
        .event_hash = hash,
        .position = core_below(&random_, 4) * UINT64_C(40000000000)};
}

/* An order names a copy, and a copy has one instant. */
static int64_t
instant_of(const omni__order *order)
{
    const uint64_t kind = (order->event_hash + order->position / 7) % 6;
    if (kind == 0) {
        return 0;
    }
    return kind == 1 ? (order->time_us / 2) - 3600000000 : order->time_us;
}

static bool
is_kept(const omni__entry *entry)
{
    return (entry->flags & OMNI__ENTRY_CARRIED) != 0 &&
           (entry->instant_us == 0 ||
            entry->instant_us != entry->order.time_us);
}

static omni__entry
random_entry(const shape *s, const omni__order *order)
{
    omni__entry entry = {.order = *order, .instant_us = instant_of(order)};
    entry.flags = (uint8_t)(core_below(&random_, 8) != 0 ? OMNI__ENTRY_CARRIED
                                                         : OMNI__ENTRY_VISIBLE);
    if (core_one_in(&random_, 3)) {
        return entry;
    }
    entry.flags |= OMNI__ENTRY_VISIBLE;
    entry.flags |= core_one_in(&random_, 4) ? OMNI__ENTRY_TRAITS : 0;
    entry.flags |= core_one_in(&random_, 4) ? OMNI__ENTRY_MERGED : 0;
    entry.name = word(s);
    entry.channel = word(s);
    if (core_one_in(&random_, 2)) {
        entry.flags |= OMNI__ENTRY_AMOUNT;
        entry.currency = word(s);
        entry.amount = omni__int128_of((int64_t)core_random_next(&random_) >>
                                       core_below(&random_, 63));
        if (core_one_in(&random_, 4)) {
            entry.amount.high = core_random_next(&random_);
        }
    }
    return entry;
}

static size_t
model_place(const omni__order *order, bool *there)
{
    size_t at = 0;
    while (at < model_count &&
           omni__order_compare(&model[at].order, order) < 0) {
        ++at;
    }
    *there =
        at < model_count && omni__order_compare(&model[at].order, order) == 0;
    return at;
}

static void
put(core_world *w, const omni__entry *entry)
{
    omni__work_node *node = core_node(w, 1, "email", "a@example.com");
    ck_assert_int_eq(omni__entries_put(&w->set, node, entry), OMNI_OK);
    if (is_kept(entry)) {
        ck_assert_int_eq(omni__entries_skew(&w->set, node, entry), OMNI_OK);
    }
    omni__arena_reset(&w->set.scratch);
}

static void
put_in_both(const omni__entry *entry)
{
    bool there;
    const size_t at = model_place(&entry->order, &there);
    put(&world, entry);
    if (!there) {
        memmove(model + at + 1, model + at,
                (model_count - at) * sizeof(model[0]));
        ++model_count;
    }
    model[at] = *entry;
}

static void
step_put(const shape *s, const omni__order *order)
{
    bool there;
    const size_t at = model_place(order, &there);
    if (!there && model_count == ENTRIES_MAX) {
        return;
    }
    omni__entry entry = random_entry(s, order);
    if (there && is_kept(&model[at])) {
        entry.flags |= OMNI__ENTRY_CARRIED; /* a copy stays one */
    }
    put_in_both(&entry);
}

static omni_status
take_out(core_world *w, const omni__order *order)
{
    omni__work_node *node = core_node(w, 1, "email", "a@example.com");
    const omni_status status = omni__entries_remove(&w->set, node, order);
    omni__arena_reset(&w->set.scratch);
    return status;
}

static void
step_remove(const omni__order *order)
{
    bool there;
    const size_t at = model_place(order, &there);
    if (there && is_kept(&model[at])) {
        return;
    }
    ck_assert_msg(take_out(&world, order) == (there ? OMNI_OK : OMNI_NOT_FOUND),
                  "seed %llu: removal", (unsigned long long)random_.seed);
    if (there) {
        --model_count;
        memmove(model + at, model + at + 1,
                (model_count - at) * sizeof(model[0]));
    }
}

static bool
equal_entries(const omni__entry *a, const omni__entry *b)
{
    if (omni__order_compare(&a->order, &b->order) != 0 ||
        a->instant_us != b->instant_us || a->flags != b->flags) {
        return false;
    }
    const bool visible = (a->flags & OMNI__ENTRY_VISIBLE) != 0;
    const bool amount = (a->flags & OMNI__ENTRY_AMOUNT) != 0;
    return (!visible || (omni__slice_equal(a->name, b->name) &&
                         omni__slice_equal(a->channel, b->channel))) &&
           (!amount || (omni__slice_equal(a->currency, b->currency) &&
                        omni__int128_compare(a->amount, b->amount) == 0));
}

static void
check_at(omni_status status, const omni__entry_walk *walk, size_t at,
         const char *what)
{
    /* Before the first wraps round to what is no place either. */
    const omni_status wanted = at < model_count ? OMNI_OK : OMNI_END;
    ck_assert_msg(status == wanted, "seed %llu: %s at %zu of %zu: %d",
                  (unsigned long long)random_.seed, what, at, model_count,
                  (int)status);
    ck_assert_msg(status != OMNI_OK ||
                      equal_entries(omni__entry_walk_at(walk), &model[at]),
                  "seed %llu: %s: another entry at %zu of %zu",
                  (unsigned long long)random_.seed, what, at, model_count);
}

static void
check_walks(const omni__view *view, const omni__node *node)
{
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, view, node, &world.hooks.alloc);
    omni_status status = omni__entry_walk_first(&walk, NULL);
    for (size_t i = 0; i <= model_count; ++i) {
        check_at(status, &walk, i, "oldest first");
        status = status == OMNI_OK ? omni__entry_walk_newer(&walk) : status;
    }
    status = omni__entry_walk_last(&walk, NULL);
    for (size_t i = model_count; i-- != 0;) {
        check_at(status, &walk, i, "newest first");
        status = omni__entry_walk_older(&walk);
    }
    ck_assert_int_eq(status, OMNI_END);
    omni__entry_walk_end(&walk);
}

static void
check_walks_from(const shape *s, const omni__view *view, const omni__node *node)
{
    for (int i = 0; i < 8; ++i) {
        omni__order from = random_order(s, core_below(&random_, s->steps));
        if (model_count != 0 && core_one_in(&random_, 2)) {
            from = model[core_below(&random_, (uint32_t)model_count)].order;
        }
        bool there;
        size_t at = model_place(&from, &there);
        omni__entry_walk walk;
        omni__entry_walk_init(&walk, view, node, &world.hooks.alloc);
        omni_status status;
        if (core_one_in(&random_, 2)) {
            status = omni__entry_walk_first(&walk, &from);
        } else {
            status = omni__entry_walk_last(&walk, &from);
            --at;
        }
        check_at(status, &walk, at, "from an order");
        for (int k = 0; k < 12 && status == OMNI_OK; ++k) {
            const bool newer = core_one_in(&random_, 2);
            status = newer ? omni__entry_walk_newer(&walk)
                           : omni__entry_walk_older(&walk);
            at = newer ? at + 1 : at - 1;
            check_at(status, &walk, at, newer ? "newer" : "older");
        }
        omni__entry_walk_end(&walk);
    }
}

typedef struct copies {
    omni__order orders[ENTRIES_MAX];
    size_t count;
} copies;

static omni_status
note_copy(void *user, const omni__entry *entry)
{
    copies *found = user;
    ck_assert_uint_lt(found->count, ENTRIES_MAX);
    ck_assert((entry->flags & OMNI__ENTRY_CARRIED) != 0);
    found->orders[found->count++] = entry->order;
    return OMNI_OK;
}

static void
check_copies(const omni__view *view, const omni__node *node)
{
    static copies found;
    for (int i = 0; i < 8 && model_count != 0; ++i) {
        const omni__entry *like =
            &model[core_below(&random_, (uint32_t)model_count)];
        const int64_t instant =
            core_one_in(&random_, 8) ? 12345 : like->instant_us;
        found.count = 0;
        ck_assert_int_eq(
            omni__entries_copies(view, node, like->order.event_hash, instant,
                                 &world.hooks.alloc, note_copy, &found),
            OMNI_OK);
        size_t wanted = 0;
        for (size_t k = 0; k < model_count; ++k) {
            if ((model[k].flags & OMNI__ENTRY_CARRIED) == 0 ||
                model[k].instant_us != instant ||
                model[k].order.event_hash != like->order.event_hash) {
                continue;
            }
            ++wanted;
            size_t times = 0;
            for (size_t m = 0; m < found.count; ++m) {
                times +=
                    omni__order_compare(&found.orders[m], &model[k].order) == 0;
            }
            ck_assert_msg(times == 1, "seed %llu: copy at %zu found %zu times",
                          (unsigned long long)random_.seed, k, times);
        }
        ck_assert_uint_eq(found.count, wanted);
    }
}

static void
check_all(const shape *s, const omni__view *view)
{
    const omni_id id = core_id(1);
    omni__node node;
    ck_assert_int_eq(omni__node_read(view, &id, &node), OMNI_OK);
    check_walks(view, &node);
    check_walks_from(s, view, &node);
    check_copies(view, &node);
}

/* Checked on the writer's rows and, from time to time, on a snapshot. */
static void
end_batch(const shape *s)
{
    core_world_flush(&world);
    const omni__view writer = {.kv = world.kv};
    check_all(s, &writer);
    if (core_one_in(&random_, 4)) {
        omni__view view = {.kv = NULL};
        ck_assert_int_eq(
            omni__kv_snapshot_begin(world.kv, &view.snapshot, NULL), OMNI_OK);
        check_all(s, &view);
        omni__kv_snapshot_end(view.snapshot);
    }
}

/* The model's entries in another order and in other batches, with some that
   come and go. */
static void
check_rows_are_the_sets(const shape *s)
{
    static uint32_t order[ENTRIES_MAX];
    core_world other;
    core_world_begin(&other);
    for (uint32_t i = 0; i < model_count; ++i) {
        const uint32_t at = core_below(&random_, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    core_node(&other, 1, "email", "a@example.com");
    for (size_t i = 0; i < model_count; ++i) {
        bool there;
        const omni__order odd = random_order(s, 0);
        model_place(&odd, &there);
        if (!there && core_one_in(&random_, 3)) {
            omni__entry passing = random_entry(s, &odd);
            passing.flags &= (uint8_t)~OMNI__ENTRY_CARRIED;
            put(&other, &passing);
            put(&other, &model[order[i]]);
            ck_assert_int_eq(take_out(&other, &odd), OMNI_OK);
        }
        put(&other, &model[order[i]]);
        if (core_one_in(&random_, 20)) {
            core_world_flush(&other);
        }
    }
    core_world_flush(&other);
    omni__buffer rows[2];
    omni__buffer_init(&rows[0], &world.hooks.alloc);
    omni__buffer_init(&rows[1], &world.hooks.alloc);
    core_world_rows(&world, &rows[0]);
    core_world_rows(&other, &rows[1]);
    ck_assert_msg(omni__slice_equal(omni__buffer_bytes(&rows[0]),
                                    omni__buffer_bytes(&rows[1])),
                  "seed %llu: rows differ by history",
                  (unsigned long long)random_.seed);
    omni__buffer_free(&rows[0]);
    omni__buffer_free(&rows[1]);
    core_world_end(&other);
}

START_TEST(histories_are_as_the_model)
{
    const shape *s = &shapes[_i];
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(3);
    for (uint64_t seed = first; seed < first + cases; ++seed) {
        random_ = core_random_of(seed * 100 + (uint64_t)_i);
        random_.seed = seed;
        teardown();
        setup();
        core_node(&world, 1, "email", "a@example.com");
        const uint32_t batch = 1 + core_below(&random_, 150);
        for (uint32_t i = 0; i < s->steps; ++i) {
            omni__order order = random_order(s, i);
            if (model_count != 0 && core_one_in(&random_, 5)) {
                order =
                    model[core_below(&random_, (uint32_t)model_count)].order;
            }
            if (core_one_in(&random_, 4)) {
                step_remove(&order);
            } else {
                step_put(s, &order);
            }
            if (core_one_in(&random_, batch)) {
                end_batch(s);
            }
        }
        end_batch(s);
        check_rows_are_the_sets(s);
    }
}
END_TEST

START_TEST(set_can_be_emptied_again)
{
    const shape *s = &shapes[0];
    random_ = core_random_of(setting_seed());
    core_node(&world, 1, "email", "a@example.com");
    omni__buffer rows[2];
    omni__buffer_init(&rows[0], &world.hooks.alloc);
    omni__buffer_init(&rows[1], &world.hooks.alloc);
    core_world_flush(&world);
    core_world_rows(&world, &rows[0]);
    for (uint32_t i = 0; i < 200; ++i) {
        const omni__order order = random_order(s, i);
        omni__entry entry = random_entry(s, &order);
        entry.flags &= (uint8_t)~OMNI__ENTRY_CARRIED;
        put_in_both(&entry);
    }
    core_world_flush(&world);
    while (model_count != 0) {
        step_remove(&model[core_below(&random_, (uint32_t)model_count)].order);
    }
    end_batch(s);
    core_world_rows(&world, &rows[1]);
    ck_assert(omni__slice_equal(omni__buffer_bytes(&rows[0]),
                                omni__buffer_bytes(&rows[1])));
    omni__buffer_free(&rows[0]);
    omni__buffer_free(&rows[1]);
}
END_TEST

/* Everything in one batch at one node: chunks split while their words stand
   in the section that is being written. */
START_TEST(names_survive_chunk_splits_within_a_batch)
{
    static const char *const names[] = {"Order Completed", "Coffee Ordered",
                                        "Page Left", "Cart Opened", "zz"};
    const shape *s = &shapes[0];
    random_ = core_random_of(1);
    for (uint32_t i = 0; i < 400; ++i) {
        const omni__entry entry = {
            .order = {.time_us = 1000 + i,
                      .event_hash = i % 37 == 36 ? i << 5 : i << 5 | 3,
                      .position = 64 + i * 8},
            .instant_us = 1000 + i,
            .flags = OMNI__ENTRY_CARRIED | OMNI__ENTRY_VISIBLE,
            .name = omni__slice_text(names[i * 3 % 5]),
            .channel = omni__slice_text(i % 3 == 0 ? "web" : "odd channel")};
        put_in_both(&entry);
        if (i >= 64 && i % 30 == 0) {
            const omni__view view = {.kv = world.kv};
            const omni__work_node *node = core_node(&world, 1, NULL, NULL);
            check_walks(&view, &node->node);
        }
    }
    end_batch(s);
}
END_TEST

/* As docs/file-format.md has it: other bits would be other rows. */
START_TEST(entry_with_low_bits_of_zero_ends_its_chunk)
{
    for (uint32_t bit = 0; bit < 32; ++bit) {
        const omni__entry entry = {.order = {.event_hash = 1u << bit},
                                   .flags = OMNI__ENTRY_CARRIED};
        omni__work_node *node = core_node(&world, bit, "email", "a");
        ck_assert_int_eq(omni__entries_put(&world.set, node, &entry), OMNI_OK);
        bool has_chunks;
        omni__order last;
        omni__head_run(&node->node, &has_chunks, &last);
        ck_assert_int_eq(has_chunks, bit >= 4);
    }
}
END_TEST

static void
decode_damaged(omni__slice bytes)
{
    omni__arena arena;
    omni__arena_init(&arena, &world.hooks.alloc);
    omni__entry *entries = NULL;
    size_t count = 0;
    const omni_status status =
        omni__run_decode(bytes, &arena, &entries, &count);
    ck_assert(status == OMNI_OK || status == OMNI_ERR_CORRUPT);
    omni__buffer out;
    omni__buffer_init(&out, &world.hooks.alloc);
    if (status == OMNI_OK) {
        omni__run_encode(entries, count, &out);
    }
    const omni__entry more = {.order = {.time_us = INT64_MAX, .event_hash = 5}};
    omni__run_append(bytes, &more, &out);
    omni__buffer_free(&out);
    omni__arena_free(&arena);
}

START_TEST(damaged_runs_are_told)
{
    random_ = core_random_of(7);
    omni__entry entries[12];
    for (uint32_t i = 0; i < 12; ++i) {
        const omni__order order = {.time_us = (int64_t)i * i - 3,
                                   .event_hash = i * 3,
                                   .position = i * 1000};
        entries[i] = random_entry(&shapes[1], &order);
    }
    omni__buffer run;
    omni__buffer_init(&run, &world.hooks.alloc);
    omni__run_encode(entries, 12, &run);
    for (size_t size = 1; size < run.size; ++size) {
        omni__entry *got;
        size_t count;
        uint8_t *cut = malloc(size);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, run.data, size);
        ck_assert_int_eq(omni__run_decode(omni__slice_of(cut, size),
                                          &world.set.scratch, &got, &count),
                         OMNI_ERR_CORRUPT);
        decode_damaged(omni__slice_of(cut, size));
        free(cut);
    }
    for (size_t i = 0; i < run.size; ++i) {
        for (int value = 0; value < 256; value += 3) {
            const uint8_t was = run.data[i];
            run.data[i] ^= (uint8_t)(value + 1);
            decode_damaged(omni__buffer_bytes(&run));
            run.data[i] = was;
        }
    }
    omni__buffer_free(&run);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("entries");
    TCase *tcase = tcase_create("node");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, histories_are_as_the_model, 0, 6);
    tcase_add_test(tcase, set_can_be_emptied_again);
    tcase_add_test(tcase, names_survive_chunk_splits_within_a_batch);
    tcase_add_test(tcase, entry_with_low_bits_of_zero_ends_its_chunk);
    tcase_add_test(tcase, damaged_runs_are_told);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
