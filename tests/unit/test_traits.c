/*
   Traits of a node against an array of names: of each name the later value
   wins, whatever the order of arrival. OMNI_SEED and OMNI_CASES choose
   histories.
*/
#include "codec/json.h"
#include "profile/traits.h"
#include "support/core_world.h"
#include "support/setting.h"

#include <stdio.h>

#define NAMES 9
#define EVENTS 40

/* As they stand in JSON, and as they are; sorted by what they are. */
static const struct {
    const char *json;
    const char *plain;
} names[NAMES] = {{"\\n", "\n"},
                  {"a", "a"},
                  {"a\\\"b", "a\"b"},
                  {"a#b", "a#b"},
                  {"ab", "ab"},
                  {"back\\\\slash", "back\\slash"},
                  {"tier", "tier"},
                  {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
                  {"\xe2\x82\xac", "\xe2\x82\xac"}};

typedef struct given {
    omni__trait event;
    char values[NAMES][12]; /* empty: not given */
    char json[400];
} given;

static core_world world;
static core_random random_;

static void
setup(void)
{
    core_world_begin(&world);
}

static void
teardown(void)
{
    core_world_end(&world);
}

static given
random_event(uint32_t number)
{
    given g = {.event = {.source = omni__slice_text(
                             core_one_in(&random_, 2) ? "pos" : "web"),
                         .time_us = (int64_t)core_below(&random_, 4) - 2,
                         .event_hash = core_below(&random_, 3),
                         .content_hash = number * UINT64_C(7919) % 101,
                         .position = 64 + number * 8}};
    size_t size = 0;
    g.json[size++] = '{';
    for (size_t i = 0; i < NAMES; ++i) {
        if (core_one_in(&random_, 3)) {
            snprintf(g.values[i], sizeof(g.values[i]), "%u",
                     core_below(&random_, 1000));
            size += (size_t)snprintf(g.json + size, sizeof(g.json) - size,
                                     "%s\"%s\":%s", size == 1 ? "" : ",",
                                     names[i].json, g.values[i]);
        }
    }
    g.json[size++] = '}';
    return g;
}

static void
add(core_world *w, const given *g)
{
    omni__work_node *node = core_node(w, 1, "email", "a");
    ck_assert_int_eq(omni__traits_add(&w->set, node, &omni__policy_default,
                                      &g->event, omni__slice_text(g->json)),
                     OMNI_OK);
    omni__arena_reset(&w->set.scratch);
}

/* The event whose value of a name is in force, or NULL. */
static const given *
winner(const given *events, size_t count, size_t name)
{
    const given *best = NULL;
    for (size_t i = 0; i < count; ++i) {
        const omni__trait *e = &events[i].event;
        if (events[i].values[name][0] == '\0') {
            continue;
        }
        if (best == NULL || e->time_us > best->event.time_us ||
            (e->time_us == best->event.time_us &&
             (e->event_hash > best->event.event_hash ||
              (e->event_hash == best->event.event_hash &&
               e->content_hash > best->event.content_hash)))) {
            best = &events[i];
        }
    }
    return best;
}

static void
check(core_world *w, const given *events, size_t count)
{
    const omni__work_node *node = core_node(w, 1, "email", "a");
    omni__trait *traits;
    size_t found;
    size_t at = 0;
    bool gives[EVENTS] = {false};
    ck_assert_int_eq(
        omni__traits_decode(node->node.sections[OMNI__SECTION_TRAITS],
                            &w->set.scratch, &traits, &found),
        OMNI_OK);
    for (size_t i = 0; i < NAMES; ++i) {
        const given *best = winner(events, count, i);
        if (best == NULL) {
            continue;
        }
        gives[best - events] = true;
        ck_assert_msg(at < found, "seed %llu: no trait %s",
                      (unsigned long long)random_.seed, names[i].plain);
        const omni__trait *t = &traits[at++];
        ck_assert_msg(
            omni__slice_equal(t->name, omni__slice_text(names[i].plain)) &&
                omni__slice_equal(t->value, omni__slice_text(best->values[i])),
            "seed %llu: trait %s", (unsigned long long)random_.seed,
            names[i].plain);
        ck_assert_int_eq(omni__trait_compare(t, &best->event), 0);
        ck_assert(omni__slice_equal(t->source, best->event.source));
        ck_assert_uint_eq(t->position, best->event.position);
    }
    ck_assert_uint_eq(at, found);
    for (size_t i = 0; i < count; ++i) {
        ck_assert_int_eq(
            omni__traits_from(&node->node, events[i].event.position), gives[i]);
    }
    omni__arena_reset(&w->set.scratch);
}

static void
check_order_does_not_matter(const given *events)
{
    core_world other;
    core_world_begin(&other);
    core_node(&other, 1, "email", "a");
    uint32_t order[EVENTS];
    for (uint32_t i = 0; i < EVENTS; ++i) {
        const uint32_t at = core_below(&random_, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t i = 0; i < EVENTS; ++i) {
        add(&other, &events[order[i]]);
        add(&other, &events[order[i / 2]]); /* once more */
    }
    core_world_flush(&other);
    core_world_flush(&world);
    omni__buffer rows[2];
    omni__buffer_init(&rows[0], &world.hooks.alloc);
    omni__buffer_init(&rows[1], &world.hooks.alloc);
    core_world_rows(&world, &rows[0]);
    core_world_rows(&other, &rows[1]);
    ck_assert_msg(omni__slice_equal(omni__buffer_bytes(&rows[0]),
                                    omni__buffer_bytes(&rows[1])),
                  "seed %llu: rows differ by order",
                  (unsigned long long)random_.seed);
    omni__buffer_free(&rows[0]);
    omni__buffer_free(&rows[1]);
    core_world_end(&other);
}

START_TEST(later_values_are_in_force_whatever_the_order)
{
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(60);
    static given events[EVENTS];
    for (uint64_t seed = first; seed < first + cases; ++seed) {
        teardown();
        setup();
        random_ = core_random_of(seed);
        core_node(&world, 1, "email", "a");
        for (uint32_t i = 0; i < EVENTS; ++i) {
            events[i] = random_event(i);
            add(&world, &events[i]);
            if (core_one_in(&random_, 8)) {
                core_world_flush(&world);
            }
            check(&world, events, i + 1);
        }
        check_order_does_not_matter(events);
    }
}
END_TEST

/* The order of names is that in which canonical JSON has its members. */
START_TEST(canonical_members_come_in_the_order_of_names)
{
    omni__json_fault fault;
    omni__buffer text;
    omni__buffer_init(&text, &world.hooks.alloc);
    const char *sent = "{\"a#b\":1,\"a\\\"b\":2,\"ab\":3,\"a\":4}";
    const omni__json *parsed =
        omni__json_parse(omni__slice_text(sent), &world.set.scratch, &fault);
    ck_assert_ptr_nonnull(parsed);
    omni__json_write(parsed, &text);
    ck_assert(omni__slice_equal(
        omni__buffer_bytes(&text),
        omni__slice_text("{\"a\":4,\"a\\\"b\":2,\"a#b\":1,\"ab\":3}")));
    omni__buffer_free(&text);
}
END_TEST

START_TEST(no_traits_leave_the_section_as_it_is)
{
    given g = {.json = "{}"};
    add(&world, &g);
    ck_assert_uint_eq(core_node(&world, 1, NULL, NULL)
                          ->node.sections[OMNI__SECTION_TRAITS]
                          .size,
                      0);
    g.json[0] = '\0';
    add(&world, &g);
    ck_assert(!omni__traits_from(&core_node(&world, 1, NULL, NULL)->node, 0));
}
END_TEST

START_TEST(damaged_sections_are_told)
{
    random_ = core_random_of(2);
    for (uint32_t i = 0; i < 5; ++i) {
        const given g = random_event(i);
        add(&world, &g);
    }
    const omni__slice whole =
        core_node(&world, 1, NULL, NULL)->node.sections[OMNI__SECTION_TRAITS];
    for (size_t size = 1; size <= whole.size; ++size) {
        uint8_t *bytes = malloc(size);
        ck_assert_ptr_nonnull(bytes);
        for (int value = 0; value < 256; ++value) {
            memcpy(bytes, whole.data, size);
            bytes[size - 1] ^= (uint8_t)value;
            omni__node node = {.flags = 0};
            node.sections[OMNI__SECTION_TRAITS] = omni__slice_of(bytes, size);
            omni__trait *traits;
            size_t count;
            const omni_status status =
                omni__traits_decode(node.sections[OMNI__SECTION_TRAITS],
                                    &world.set.scratch, &traits, &count);
            ck_assert(
                status == OMNI_ERR_CORRUPT ||
                (status == OMNI_OK && (value != 0 || size == whole.size)));
            omni__traits_from(&node, UINT64_MAX);
            omni__arena_reset(&world.set.scratch);
        }
        free(bytes);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("traits");
    TCase *tcase = tcase_create("traits");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, later_values_are_in_force_whatever_the_order);
    tcase_add_test(tcase, canonical_members_come_in_the_order_of_names);
    tcase_add_test(tcase, no_traits_leave_the_section_as_it_is);
    tcase_add_test(tcase, damaged_sections_are_told);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
