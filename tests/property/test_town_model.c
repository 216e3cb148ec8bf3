/*
   Where everybody hangs together with everybody: resolution after each fact,
   which looks at what is near, against one of the whole graph from nothing,
   under bounds that are soon reached. The cuts are worked out naively; joining
   is test_resolve_model's. OMNI_SEED and OMNI_CASES choose the histories.
*/
#include "api/handle.h"
#include "support/api_world.h"
#include "support/core_world.h"
#include "support/setting.h"

#include "identity/resolve.h"
#include "identity/statements.h"

#include <stdio.h>

enum { NODES = 256, LINKS = NODES * NODES / 2, STATEMENTS = 64, FACTS = 90 };

/* The first bytes of visitors tell nothing, and those of devices do. */
static const struct {
    const char *ns;
    const char *prefix;
    uint32_t count; /* in a town */
    uint32_t most;  /* around one person */
} spaces[] = {
    {"anonymous_id", "visitor-with-a-long-", 24, 99},
    {"device_id", "d", 6, 99},
    {"email", "e", 6, 3},
    {"loyalty_id", "c", 4, 2},
    {"user_id", "u", 8, 2},
};
enum { SPACES = sizeof(spaces) / sizeof(spaces[0]) };

static api_world world;
static core_random random_;
static bool around_one; /* a history of somebody with very many devices */

/* The rows of the store as a graph. */
static omni__arena arena;
static omni__node rows[NODES];
static omni__graph_node nodes[NODES];
static omni__graph_link links[LINKS];
static omni__graph_statement statements[STATEMENTS];
static omni__graph graph;
static bool known[NODES][NODES]; /* the one knows the link to be cut */
static uint32_t degree[NODES];   /* links in all */

/* How often bounds were hit, over all histories. */
static struct {
    uint64_t cut, freed, refused, crowds, contested, checked;
} hits;

/* ---- the whole graph ---- */

static int
compare_rows(const void *a, const void *b)
{
    return omni__node_compare(a, b);
}

static uint32_t
place_of(const omni_id *id)
{
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        if (omni__id_equal(&rows[i].id, id)) {
            return i;
        }
    }
    ck_abort_msg("a link to nobody");
    return 0;
}

static void
read_nodes(const omni__view *view, const omni__policy *policy)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni__kv_cursor *cursor;
    graph = (omni__graph){.policy = policy,
                          .nodes = nodes,
                          .links = links,
                          .statements = statements};
    ck_assert_int_eq(omni__view_cursor(view, &cursor), OMNI_OK);
    omni_status status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni_id id;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + 1, OMNI__ID_SIZE);
        ck_assert_uint_lt(graph.node_count, NODES);
        ck_assert_int_eq(omni__node_read(view, &id, &rows[graph.node_count++]),
                         OMNI_OK);
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    qsort(rows, graph.node_count, sizeof(rows[0]), compare_rows);
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        const omni__namespace *ns = omni__policy_namespace(policy, rows[i].ns);
        nodes[i] = (omni__graph_node){.ns = rows[i].ns,
                                      .value = rows[i].value,
                                      .policy = ns,
                                      .rank = omni__namespace_rank(ns),
                                      .first_us = rows[i].first_us};
    }
}

static bool
is_generic(uint32_t i)
{
    return (rows[i].flags & OMNI__NODE_GENERIC) != 0;
}

static void
read_links(const omni__view *view, uint32_t i)
{
    omni__link *own;
    size_t count;
    ck_assert_int_eq(omni__links_read(view, &rows[i], &arena, &own, &count),
                     OMNI_OK);
    degree[i] = (uint32_t)count;
    for (size_t k = 0; k < count; ++k) {
        const uint32_t other = place_of(&own[k].other);
        const uint32_t ranks[2] = {nodes[i].rank, nodes[other].rank};
        known[i][other] = own[k].cut;
        if (i < other && !is_generic(i) && !is_generic(other)) {
            links[graph.link_count++] =
                (omni__graph_link){.a = i,
                                   .b = other,
                                   .time_us = own[k].time_us,
                                   .high_rank = ranks[ranks[0] < ranks[1]],
                                   .low_rank = ranks[ranks[0] > ranks[1]]};
        }
    }
}

static void
read_statements(const omni__view *view, uint32_t i)
{
    omni__statement *own;
    size_t count;
    ck_assert_int_eq(omni__statements_read(view, OMNI__TABLE_STATEMENT,
                                           &rows[i].id, &arena, &own, &count),
                     OMNI_OK);
    for (size_t k = 0; k < count; ++k) {
        omni__node other;
        if ((k + 1 < count && omni__id_equal(&own[k].b, &own[k + 1].b)) ||
            omni__node_read(view, &own[k].b, &other) != OMNI_OK ||
            place_of(&own[k].b) < i) {
            continue;
        }
        ck_assert_uint_lt(graph.statement_count, STATEMENTS);
        omni__graph_statement *to = &statements[graph.statement_count++];
        *to = (omni__graph_statement){
            .a = i, .b = place_of(&own[k].b), .kind = own[k].kind};
        memcpy(to->order, own[k].order, sizeof(to->order));
    }
}

/* ---- cut naively ---- */

static bool
is_leaf(uint32_t i)
{
    return nodes[i].policy->class_ == OMNI__CLASS_DEVICE && degree[i] < 2;
}

static void
cut_rank(uint32_t rank)
{
    uint32_t label[NODES];
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        label[i] = i;
    }
    for (size_t k = 0; k < graph.link_count; ++k) {
        const uint32_t from = label[links[k].a];
        const uint32_t to = label[links[k].b];
        for (uint32_t i = 0; i < graph.node_count &&
                             links[k].high_rank <= rank && !links[k].cut;
             ++i) {
            label[i] = label[i] == from ? to : label[i];
        }
    }
    for (size_t k = 0; k < graph.link_count; ++k) {
        uint32_t size = 0;
        for (uint32_t i = 0; i < graph.node_count; ++i) {
            size += label[i] == label[links[k].a] && !is_leaf(i);
        }
        links[k].cut |= links[k].high_rank == rank &&
                        size > graph.policy->max_component &&
                        !is_leaf(links[k].a) && !is_leaf(links[k].b);
    }
}

static void
cut_all(void)
{
    for (uint64_t rank = 0, next; rank != UINT64_MAX; rank = next) {
        next = UINT64_MAX;
        for (size_t k = 0; k < graph.link_count; ++k) {
            if (links[k].high_rank > rank && links[k].high_rank < next) {
                next = links[k].high_rank;
            }
        }
        cut_rank((uint32_t)rank);
    }
}

static void
compare(uint64_t step)
{
    static bool was_cut[NODES][NODES];
    static bool is_cut[NODES][NODES];
    memcpy(was_cut, is_cut, sizeof(is_cut));
    memset(is_cut, 0, sizeof(is_cut));
    for (size_t k = 0; k < graph.link_count; ++k) {
        const omni__graph_link *link = &links[k];
        is_cut[link->a][link->b] = link->cut;
        hits.cut += link->cut;
        hits.freed += was_cut[link->a][link->b] && !link->cut;
        hits.refused += !link->cut && !link->accepted;
        ck_assert_msg(known[link->a][link->b] == link->cut &&
                          known[link->b][link->a] == link->cut,
                      "seed %llu, step %llu: link %.*s - %.*s is %scut",
                      (unsigned long long)random_.seed,
                      (unsigned long long)step, (int)nodes[link->a].value.size,
                      (const char *)nodes[link->a].value.data,
                      (int)nodes[link->b].value.size,
                      (const char *)nodes[link->b].value.data,
                      link->cut ? "" : "not ");
    }
    size_t members = 0;
    size_t listed = 0;
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        hits.crowds += is_generic(i);
        ck_assert_msg(
            omni__id_equal(&rows[i].head, &rows[nodes[i].component].id),
            "seed %llu, step %llu: %.*s is not of %.*s",
            (unsigned long long)random_.seed, (unsigned long long)step,
            (int)nodes[i].value.size, (const char *)nodes[i].value.data,
            (int)nodes[nodes[i].component].value.size,
            (const char *)nodes[nodes[i].component].value.data);
        members += nodes[i].component != i;
        listed += rows[i].sections[OMNI__SECTION_MEMBERS].size / OMNI__ID_SIZE;
    }
    ck_assert_msg(members == listed,
                  "seed %llu, step %llu: %zu members, but %zu are listed",
                  (unsigned long long)random_.seed, (unsigned long long)step,
                  members, listed);
}

/* A device is contested by a link or a statement that is held apart (I9). */
static void
compare_contested(uint64_t step)
{
    bool apart[NODES] = {false};
    for (size_t k = 0; k < graph.link_count; ++k) {
        const uint32_t a = links[k].a;
        const uint32_t b = links[k].b;
        apart[a] |= nodes[a].component != nodes[b].component;
        apart[b] |= nodes[a].component != nodes[b].component;
    }
    for (size_t k = 0; k < graph.statement_count; ++k) {
        const uint32_t a = statements[k].a;
        const uint32_t b = statements[k].b;
        if (statements[k].kind != OMNI__STATEMENT_PART) {
            apart[a] |= nodes[a].component != nodes[b].component;
            apart[b] |= nodes[a].component != nodes[b].component;
        }
    }
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        const bool is = (rows[i].flags & OMNI__NODE_CONTESTED) != 0;
        const bool device = nodes[i].policy->class_ == OMNI__CLASS_DEVICE;
        hits.contested += is;
        ck_assert_msg(is == (device && apart[i] && !is_generic(i)),
                      "seed %llu, step %llu: %.*s is %scontested",
                      (unsigned long long)random_.seed,
                      (unsigned long long)step, (int)nodes[i].value.size,
                      (const char *)nodes[i].value.data, is ? "" : "not ");
    }
}

static void
verify(uint64_t step)
{
    omni_txn *txn = api_begin(world.store);
    omni__arena_init(&arena, &omni__alloc_default);
    memset(known, 0, sizeof(known));
    read_nodes(&txn->view, txn->source.policy);
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        read_links(&txn->view, i);
        read_statements(&txn->view, i);
    }
    cut_all();
    ck_assert_int_eq(omni__resolve(&graph, &arena), OMNI_OK);
    compare(step);
    compare_contested(step);
    ++hits.checked;
    omni__arena_free(&arena);
    omni_txn_end(txn);
}

/* ---- histories ---- */

static omni_identifier
random_identifier(uint32_t space, char text[40])
{
    snprintf(text, 40, "%s%02u", spaces[space].prefix,
             core_below(&random_,
                        around_one ? spaces[space].most : spaces[space].count));
    return (omni_identifier){spaces[space].ns, text};
}

/* Few are seen together; now and then a whole crowd is. */
static uint32_t
random_company(char texts[OMNI_LIMIT_IDENTIFIERS][40],
               omni_identifier who[OMNI_LIMIT_IDENTIFIERS])
{
    const uint32_t count =
        2 + core_below(&random_, 2) + (core_one_in(&random_, 12) ? 6 : 0);
    if (around_one && !core_one_in(&random_, 8)) {
        who[0] = random_identifier(SPACES - 1, texts[0]);
        if (!core_one_in(&random_, 6)) {
            snprintf(texts[0], sizeof(texts[0]), "u00");
        }
        who[1] = random_identifier(core_below(&random_, 2), texts[1]);
        return 2;
    }
    for (uint32_t i = 0; i < count; ++i) {
        who[i] = random_identifier(
            core_one_in(&random_, 2) ? 0 : core_below(&random_, SPACES),
            texts[i]);
    }
    return count;
}

static omni_fact_id made[FACTS];
static size_t made_count;

static void
add_events(uint32_t count)
{
    static uint64_t number;
    omni_batch *batch;
    const omni_batch_options options = {.size = sizeof(options),
                                        .results = true};
    ck_assert_int_eq(omni_batch_new(world.store, &options, &batch, NULL),
                     OMNI_OK);
    for (uint32_t i = 0; i < count; ++i) {
        char texts[OMNI_LIMIT_IDENTIFIERS][40];
        char id[24];
        omni_identifier who[OMNI_LIMIT_IDENTIFIERS];
        const uint32_t size = random_company(texts, who);
        snprintf(id, sizeof(id), "%llu", (unsigned long long)++number);
        const omni_event event = api_viewed(
            id, API_T0 + core_below(&random_, around_one ? 3 : 5) * API_SECOND,
            who, size);
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    }
    ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_OFF, NULL),
                     OMNI_OK);
    for (uint32_t i = 0; i < count && made_count < FACTS; ++i) {
        omni_event_result result = {.size = sizeof(result)};
        ck_assert_int_eq(omni_batch_result(batch, i, &result), OMNI_OK);
        made[made_count++] = result.fact;
    }
    omni_batch_free(batch);
}

static void
state(bool joins)
{
    char texts[2][40];
    const omni_reason reason = {.text = "so"};
    omni_statement_result result = {.size = sizeof(result)};
    const omni_identifier a = random_identifier(
        around_one ? SPACES - 1 : core_below(&random_, SPACES), texts[0]);
    const omni_identifier b =
        random_identifier(core_below(&random_, SPACES), texts[1]);
    if (around_one) {
        snprintf(texts[0], sizeof(texts[0]), "u00");
    }
    if (strcmp(texts[0], texts[1]) == 0) {
        return;
    }
    ck_assert_int_eq(
        joins ? omni_profile_merge(world.store, a, b, &reason, &result, NULL)
              : omni_profile_split(world.store, a, b, &reason, &result, NULL),
        OMNI_OK);
    if (made_count < FACTS) {
        made[made_count++] = result.fact;
    }
}

static void
retract(void)
{
    const omni_reason reason = {.text = "undone"};
    if (made_count != 0) {
        const size_t at = core_below(&random_, (uint32_t)made_count);
        ck_assert_int_ge(
            omni_fact_retract(world.store, &made[at], &reason, NULL, NULL),
            OMNI_OK);
        made[at] = made[--made_count];
    }
}

static void
set_policy(void)
{
    char json[320];
    const bool wide = core_one_in(&random_, 2);
    const int size = snprintf(
        json, sizeof(json),
        "{\"max_component\":%u,\"max_identifiers\":%u,\"namespaces\":{"
        "\"anonymous_id\":{\"generic_above\":0,\"max_per_profile\":%u},"
        "\"device_id\":{\"generic_above\":%u},"
        "\"email\":{\"generic_above\":%u}}}",
        wide ? 20 + core_below(&random_, 40)
             : 1 + core_below(&random_, around_one ? 40 : 12),
        2 + core_below(&random_, around_one ? 6 : 12),
        core_one_in(&random_, 4) ? 1 + core_below(&random_, 4) : 0,
        core_one_in(&random_, 2) ? 1 + core_below(&random_, 4) : 0,
        core_one_in(&random_, 2) ? 2 + core_below(&random_, 4) : 0);
    ck_assert_int_ge(
        omni_policy_set_json(world.store, json, (size_t)size, NULL, NULL, NULL),
        OMNI_OK);
}

static void
run_history(uint64_t seed)
{
    random_ = core_random_of(seed);
    made_count = 0;
    around_one = core_one_in(&random_, 3);
    api_world_make(&world);
    world.options.durability = OMNI_DURABILITY_OFF;
    api_world_open(&world);
    set_policy();
    for (uint64_t step = 0; step < FACTS; ++step) {
        if (core_one_in(&random_, 20)) { /* nothing is remembered then */
            api_world_close(&world);
            api_world_open(&world);
        }
        /* Else small components are, too. */
        world.store->engine->fold.set.known.least = 2;
        const uint32_t what = core_below(&random_, 16);
        if (what < (around_one ? 6 : 9)) {
            add_events(1);
        } else if (what < 10 || (around_one && step < 4)) {
            add_events(2 + core_below(&random_, around_one ? 16 : 8));
        } else if (what < 12) {
            state(what == 10);
        } else {
            retract();
        }
        verify(step);
    }
    api_check(world.store);
    api_world_remove(&world);
}

START_TEST(what_is_near_is_resolved_as_the_whole)
{
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(20);
    for (uint64_t seed = first; seed < first + cases; ++seed) {
        run_history(seed);
    }
    printf("%llu graphs: %llu links cut, %llu no more, %llu refused; "
           "%llu generic, %llu contested\n",
           (unsigned long long)hits.checked, (unsigned long long)hits.cut,
           (unsigned long long)hits.freed, (unsigned long long)hits.refused,
           (unsigned long long)hits.crowds, (unsigned long long)hits.contested);
    ck_assert(cases < 20 ||
              (hits.cut != 0 && hits.freed != 0 && hits.refused != 0 &&
               hits.crowds != 0 && hits.contested != 0));
}
END_TEST

/* ---- one person with more devices than a profile holds ---- */

static omni_fact_id
visit(uint32_t number, int64_t time_us)
{
    char text[40];
    snprintf(text, sizeof(text), "visitor-with-a-long-%02u", number);
    const omni_identifier who[2] = {{"user_id", "u"}, {"anonymous_id", text}};
    const omni_event event = api_viewed(text, time_us, who, 2);
    return api_put(world.store, &event).fact;
}

static void
begin_hub(uint32_t visitors, int64_t apart_us)
{
    static const char json[] = "{\"max_identifiers\":3,\"namespaces\":{"
                               "\"anonymous_id\":{\"generic_above\":0}}}";
    random_ = core_random_of(0);
    api_world_make(&world);
    world.options.durability = OMNI_DURABILITY_OFF;
    api_world_open(&world);
    ck_assert_int_eq(omni_policy_set_json(world.store, json, sizeof(json) - 1,
                                          NULL, NULL, NULL),
                     OMNI_OK);
    for (uint32_t i = 0; i < visitors; ++i) {
        const uint32_t number = (i * 7) % visitors;
        made[i] = visit(number, API_T0 + number * apart_us);
    }
    verify(0);
}

/* Their rows tell nothing of their order: all of them have to be looked at. */
START_TEST(devices_of_one_time_are_taken_by_their_values)
{
    const omni_reason reason = {.text = "undone"};
    begin_hub(60, 0);
    for (uint32_t value = 0; value < 50; ++value) {
        uint32_t at = 0;
        while ((at * 7) % 60 != value) {
            ++at;
        }
        ck_assert_int_eq(
            omni_fact_retract(world.store, &made[at], &reason, NULL, NULL),
            OMNI_OK);
        verify(value);
    }
    api_check(world.store);
    api_world_remove(&world);
}
END_TEST

START_TEST(parted_devices_take_no_place)
{
    const omni_reason reason = {.text = "another"};
    begin_hub(40, 1);
    for (uint32_t value = 0; value < 20; ++value) {
        char text[40];
        snprintf(text, sizeof(text), "visitor-with-a-long-%02u", value);
        ck_assert_int_eq(
            omni_profile_split(world.store, (omni_identifier){"user_id", "u"},
                               (omni_identifier){"anonymous_id", text}, &reason,
                               NULL, NULL),
            OMNI_OK);
        verify(value);
    }
    for (uint32_t i = 40; i < 60; ++i) {
        visit(i, API_T0 - API_HOUR + i);
        verify(i);
    }
    api_check(world.store);
    api_world_remove(&world);
}
END_TEST

START_TEST(who_loses_the_place_is_alone)
{
    omni_batch *batch;
    begin_hub(40, 0);
    ck_assert_int_eq(omni_batch_new(world.store, NULL, &batch, NULL), OMNI_OK);
    for (uint32_t i = 40; i < 60; ++i) {
        char text[40];
        snprintf(text, sizeof(text), "visitor-with-a-long-%02u", i);
        const omni_identifier who[2] = {{"user_id", "u"},
                                        {"anonymous_id", text}};
        const omni_event event = api_viewed(text, API_T0 - i, who, 2);
        ck_assert_int_eq(omni_batch_add(batch, &event), OMNI_OK);
    }
    ck_assert_int_eq(omni_batch_commit(batch, OMNI_DURABILITY_OFF, NULL),
                     OMNI_OK);
    omni_batch_free(batch);
    verify(1);
    api_check(world.store);
    api_world_remove(&world);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("town_model");
    TCase *tcase = tcase_create("random");
    tcase_add_test(tcase, what_is_near_is_resolved_as_the_whole);
    tcase_add_test(tcase, devices_of_one_time_are_taken_by_their_values);
    tcase_add_test(tcase, parted_devices_take_no_place);
    tcase_add_test(tcase, who_loses_the_place_is_alone);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
