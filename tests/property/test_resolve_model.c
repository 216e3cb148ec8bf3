/*
   Resolution of random small graphs, some links of which are cut, against a
   naive implementation that scans where the library counts. What is cut is
   test_town_model's. OMNI_SEED and OMNI_CASES choose the graphs.
*/
#include "support/graph_world.h"
#include "support/setting.h"

#include <stdio.h>

static char values[NODES][8];

typedef struct naive {
    uint32_t label[NODES];
} naive;

static void
relabel(uint32_t label[NODES], uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        label[i] = label[i] == from ? to : label[i];
    }
}

static bool
naive_may_join(const naive *n, uint32_t a, uint32_t b, bool stated, bool device)
{
    uint32_t size = 0;
    const uint32_t *label = n->label;
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        uint32_t same = 0;
        size += label[i] == a || label[i] == b;
        for (uint32_t k = 0; k < graph.node_count; ++k) {
            const bool both = (label[i] == a && label[k] == b) ||
                              (label[i] == b && label[k] == a);
            const bool one_ns = omni__slice_equal(nodes[i].ns, nodes[k].ns);
            for (size_t s = 0; s < graph.statement_count; ++s) {
                if (both && statements[s].kind == OMNI__STATEMENT_PART &&
                    statements[s].a == i && statements[s].b == k) {
                    return false;
                }
            }
            if (both && one_ns && device && !stated &&
                nodes[i].policy->class_ == OMNI__CLASS_PERSON) {
                return false;
            }
            same += one_ns && (label[k] == a || label[k] == b);
        }
        const uint32_t most = nodes[i].policy->max_per_profile;
        if (!stated && (label[i] == a || label[i] == b) && most != 0 &&
            same > most) {
            return false;
        }
    }
    return size <= policy.max_identifiers;
}

static bool
naive_before(const omni__graph_link *x, const omni__graph_link *y)
{
    const int64_t by[5][2] = {{x->high_rank, y->high_rank},
                              {x->low_rank, y->low_rank},
                              {x->time_us, y->time_us},
                              {x->a, y->a},
                              {x->b, y->b}};
    for (int i = 0; i < 5; ++i) {
        if (by[i][0] != by[i][1]) {
            return by[i][0] < by[i][1];
        }
    }
    return false;
}

static void
naive_join(naive *n, uint32_t a, uint32_t b, bool stated)
{
    const uint32_t x = n->label[a];
    const uint32_t y = n->label[b];
    const bool device = nodes[a].policy->class_ == OMNI__CLASS_DEVICE ||
                        nodes[b].policy->class_ == OMNI__CLASS_DEVICE;
    if (x != y && naive_may_join(n, x, y, stated, device)) {
        relabel(n->label, x, y);
    }
}

static void
naive_links(naive *n)
{
    bool done[LINKS] = {false};
    for (size_t round = 0; round < graph.link_count; ++round) {
        size_t next = LINKS;
        for (size_t k = 0; k < graph.link_count; ++k) {
            if (!done[k] &&
                (next == LINKS || naive_before(&links[k], &links[next]))) {
                next = k;
            }
        }
        done[next] = true;
        if (!links[next].cut) {
            naive_join(n, links[next].a, links[next].b, false);
        }
    }
}

/* In the order of F6; what one event states has one order, and goes by ends. */
static void
naive_statements(naive *n)
{
    bool done[STATEMENTS] = {false};
    for (size_t round = 0; round < graph.statement_count; ++round) {
        size_t next = STATEMENTS;
        uint32_t least = UINT32_MAX;
        for (size_t s = 0; s < graph.statement_count; ++s) {
            const uint32_t place = (uint32_t)statements[s].order[0] << 16 |
                                   statements[s].a << 8 | statements[s].b;
            if (!done[s] && place < least) {
                least = place;
                next = s;
            }
        }
        done[next] = true;
        if (statements[next].kind != OMNI__STATEMENT_PART &&
            !statements[next].crowded) {
            naive_join(n, statements[next].a, statements[next].b, true);
        }
    }
}

static void
naive_resolve(naive *n)
{
    memset(n, 0, sizeof(*n));
    for (uint32_t i = 0; i < graph.node_count; ++i) {
        n->label[i] = i;
    }
    naive_links(n);
    naive_statements(n);
}

static uint32_t
naive_leader(const naive *n, uint32_t of)
{
    uint32_t best = UINT32_MAX;
    for (int device = 0; device < 2 && best == UINT32_MAX; ++device) {
        for (uint32_t i = 0; i < graph.node_count; ++i) {
            const bool person = nodes[i].policy->class_ == OMNI__CLASS_PERSON;
            if (n->label[i] == n->label[of] && person == (device == 0) &&
                (best == UINT32_MAX ||
                 nodes[i].first_us < nodes[best].first_us)) {
                best = i;
            }
        }
    }
    return best;
}

/* ---- random graphs ---- */

/* Of each pair one statement is in force. */
static bool
stated_before(uint32_t a, uint32_t b)
{
    for (size_t s = 0; s < graph.statement_count; ++s) {
        if (statements[s].a == a && statements[s].b == b) {
            return true;
        }
    }
    return false;
}

static void
random_graph(core_random *random)
{
    static const char *const spaces[] = {"anonymous_id", "card",   "device_id",
                                         "email",        "free",   "other_a",
                                         "other_b",      "user_id"};
    const uint32_t count = 2 + core_below(random, NODES - 1);
    const uint32_t kinds = 1 + core_below(random, 8);
    uint32_t of[NODES];
    for (uint32_t i = 0; i < count; ++i) {
        of[i] = 8 - kinds + core_below(random, kinds);
    }
    for (uint32_t kind = 0; kind < 8; ++kind) {
        for (uint32_t i = 0; i < count; ++i) {
            if (of[i] == kind) {
                snprintf(values[i], sizeof(values[i]), "%02u", i);
                node(spaces[kind], values[i], core_below(random, 6));
            }
        }
    }
    const uint32_t pairs = core_below(random, LINKS);
    bool linked[NODES][NODES] = {{false}};
    for (uint32_t i = 0; i < pairs; ++i) {
        const uint32_t a = core_below(random, count);
        const uint32_t b = core_below(random, count);
        if (a < b && !linked[a][b]) {
            linked[a][b] = true;
            link_at(a, b, core_below(random, 5));
            links[graph.link_count - 1].cut = core_one_in(random, 8);
        }
    }
    const uint32_t stated = core_below(random, STATEMENTS + 1);
    uint8_t order = 0;
    for (uint32_t i = 0; i < stated; ++i) {
        const uint32_t a = core_below(random, count);
        const uint32_t b = core_below(random, count);
        if (a < b && !stated_before(a, b)) {
            order = (uint8_t)(order * 37u + 11u + i) & 7;
            state((omni__statement_kind)core_below(random, 3), a, b, order);
            omni__graph_statement *last =
                &statements[graph.statement_count - 1];
            last->crowded =
                last->kind == OMNI__STATEMENT_ALIAS && core_one_in(random, 3);
        }
    }
}

START_TEST(random_graphs_are_as_the_naive_resolution)
{
    const uint64_t first = setting_seed();
    const uint64_t cases = setting_cases(20000);
    for (uint64_t seed = first; seed < first + cases; ++seed) {
        core_random random = core_random_of(seed);
        graph_begin();
        policy.max_identifiers =
            core_one_in(&random, 2) ? 2 + core_below(&random, 8) : 500;
        random_graph(&random);
        static naive expected;
        naive_resolve(&expected);
        resolve();
        for (uint32_t i = 0; i < graph.node_count; ++i) {
            ck_assert_msg(nodes[i].component == naive_leader(&expected, i),
                          "seed %llu: node %u is of %u, not %u",
                          (unsigned long long)seed, i, nodes[i].component,
                          naive_leader(&expected, i));
        }
        graph_end();
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("resolve_model");
    TCase *tcase = tcase_create("random");
    tcase_add_test(tcase, random_graphs_are_as_the_naive_resolution);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
