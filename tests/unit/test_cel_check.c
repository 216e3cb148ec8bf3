/* Types before anything is evaluated, what is said of what has none, and how
   many steps an evaluation may take. */
#include "support/cel_world.h"

static cel_world world;

static void
setup(void)
{
    cel_world_init(&world);
}

static void
teardown(void)
{
    cel_world_free(&world);
}

static omni__cel_value
nothing(omni__cel_run *run, const omni__cel_value *a, size_t count)
{
    (void)run;
    (void)a;
    (void)count;
    return omni__cel_null();
}

static const omni__cel_overload functions[] = {
    {"events.count", "s", 'i', 4, nothing},
    {"events.count", "sr", 'i', 32, nothing},
    {"events.list", "s", 'L', 1000, nothing},
    {"events.sum", "ss", 'm', 64, nothing},
    {"", "", 0, 0, NULL},
};

static const omni__cel_variable variables[] = {
    {"now", 't'}, {"traits", 'M'}, {"n", 'i'}, {"s", 's'}, {"any", '*'}};

static const omni__cel_environment environment = {
    .variables = variables, .variable_count = 5, .functions = functions};

static omni_status
check(const char *text, char *type)
{
    ck_assert_msg(cel_world_compile(&world, text, &environment) == OMNI_OK,
                  "%s: %s", text, world.error.message);
    return omni__cel_check(&world.source, &environment, world.root, type);
}

START_TEST(types_are_known_as_far_as_they_can_be)
{
    static const struct {
        char type;
        const char *text;
    } cases[] = {
        {'b', "events.count('x') >= 3 && traits.tier == 'gold'"},
        {'b', "events.sum('x', 'y') > 59.9 || !(n in [1, 2.0])"},
        {'b', "now - duration('1h') > timestamp(0)"},
        {'b', "has(traits.a.b) && 'a' in traits && traits.x in traits.y"},
        {'b', "any || any.b[any] == any.c"},
        {'b', "events.list('x').exists(e, e.channel == 'web')"},
        {'b', "[1, 2].all(x, x > 0) && ['a'].exists(x, x == s)"},
        {'b', "{'a': 1}.all(k, v, k == 'a' && v > 0)"},
        {'b', "null == 1 && traits.a == null"},
        {'i', "n + 1 * -n % 2 / 1 - 0"},
        {'i', "[1, 2][0] + {'a': 1}.a"},
        {'i', "cel.bind(x, n, x + x)"},
        {'i', "true ? 1 : n"},
        {'i', "size(s) + events.count(s, duration('1h'))"},
        {'m', "events.sum('x', 'y') + 1 - 2u"},
        {'*', "events.sum('x', 'y') * 1.5"},
        {'*', "true ? 1 : 'a'"},
        {'*', "any + 1 == 1 ? any : any"},
        {'*', "traits.a + traits.b"},
        {'*', "[1, 'a'][0]"},
        {'i', "any + 1 > 0 ? 1 : 2"},
        {'t', "now + duration('1h')"},
        {'r', "now - now"},
        {'L', "[1] + ['a'] + traits.x"},
        {'L', "[1, 2].map(x, string(x)) + s.split(',')"},
        {'L', "{'a': 1}.filter(k, k == 'a')"},
        {'M', "{'a': 1}.transformMap(k, v, v + 1)"},
        {'O', "traits.?a.b"},
        {'O', "optional.of(1).optMap(x, x + 1)"},
        {'T', "type(n)"},
        {'s', "cel.block([1, string(cel.index(0))], cel.index(1) + 'a')"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        char type = 0;
        ck_assert_msg(check(cases[i].text, &type) == OMNI_OK, "%s: %s",
                      cases[i].text, world.error.message);
        ck_assert_msg(type == cases[i].type, "%s: %c", cases[i].text, type);
    }
}
END_TEST

static const struct {
    const char *text, *message;
} wrong[] = {
    {"events.count('x') >= '3'",
     "line 1, column 1: no such overload: int >= string"},
    {"true &&\n  n == 'a'",
     "line 2, column 3: no such overload: int == string"},
    {"n + 1.5", "line 1, column 1: no such overload: int + double"},
    {"s - s", "line 1, column 1: no such overload: string - string"},
    {"events.sum('x', 'y') % 2",
     "line 1, column 1: no such overload: decimal % int"},
    {"now + now", "line 1, column 1: no such overload: "
                  "google.protobuf.Timestamp + google.protobuf.Timestamp"},
    {"now > duration('1h')",
     "line 1, column 1: no such overload: google.protobuf.Timestamp > "
     "google.protobuf.Duration"},
    {"[1] < [2]", "line 1, column 1: no such overload: list < list"},
    {"n in n", "line 1, column 1: no such overload: int in int"},
    {"'a' in [1, 2]",
     "line 1, column 1: no such overload: string in list of int"},
    {"!n", "line 1, column 1: no such overload: !int"},
    {"-s", "line 1, column 1: no such overload: -string"},
    {"true && n", "line 1, column 9: no such overload: && of int"},
    {"true || false || s", "line 1, column 18: no such overload: || of string"},
    {"n ? 1 : 2", "line 1, column 1: no such overload: ?: of int"},
    {"n.a", "line 1, column 1: int has no fields"},
    {"has(n.a)", "line 1, column 1: int has no fields"},
    {"s['a']", "line 1, column 1: no such overload: string[string]"},
    {"[1]['a']",
     "line 1, column 1: an index of a list is a number, not string"},
    {"traits[now]", "line 1, column 1: no key of a map is of type "
                    "google.protobuf.Timestamp"},
    {"{1.5: 1}", "line 1, column 2: a key of a map is bool, int, uint or "
                 "string, not double"},
    {"[?1]", "line 1, column 3: an element with ? is optional, not int"},
    {"{?'a': 1}", "line 1, column 8: an entry with ? is optional, not int"},
    {"events.count(1)", "line 1, column 1: no such overload: count(int)"},
    {"events.count('x', 30)",
     "line 1, column 1: no such overload: count(string, int)"},
    {"events.count()", "line 1, column 1: no such overload: count()"},
    {"s.events.count('x')", "line 1, column 1: undeclared function \"count\""},
    {"event.count('x')", "line 1, column 1: undeclared function "
                         "\"event.count\", did you mean "
                         "\"events.count\"?"},
    {"s.startWith('a')", "line 1, column 1: undeclared function "
                         "\"startWith\", did you mean \"startsWith\"?"},
    {"1 + size(n)", "line 1, column 5: no such overload: size(int)"},
    {"nothing(1)", "line 1, column 1: undeclared function \"nothing\""},
    {"trait.x == 1", "line 1, column 1: undeclared reference to "
                     "\"trait\", did you mean \"traits\"?"},
    {"visits == 1", "line 1, column 1: undeclared reference to \"visits\""},
    {"n.exists(x, x > 1)", "line 1, column 1: a macro has no elements in int"},
    {"[1].exists(x, x)", "line 1, column 15: a condition is bool, not int"},
    {"[1].exists(x, x == 'a')",
     "line 1, column 15: no such overload: int == string"},
    {"[1].map(x, string(x)).exists(x, x > 1)",
     "line 1, column 33: no such overload: string > int"},
    {"['a'].all(i, x, i == x)",
     "line 1, column 17: no such overload: int == string"},
    {"cel.bind(x, s, x + 1)",
     "line 1, column 16: no such overload: string + int"},
    {"optional.of(1).optFlatMap(x, 1)",
     "line 1, column 30: optFlatMap() wants an optional, not int"},
    {"1.optMap(x, x)", "line 1, column 1: a macro has no elements in int"},
};

START_TEST(what_no_overload_takes_is_said_with_its_place)
{
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); ++i) {
        char type = 0;
        ck_assert_msg(check(wrong[i].text, &type) == OMNI_ERR_SYNTAX,
                      "%s passes: %c", wrong[i].text, type);
        ck_assert_str_eq(world.error.message, wrong[i].message);
    }
}
END_TEST

START_TEST(the_cost_is_what_an_evaluation_may_take)
{
    static const struct {
        const char *text;
        uint64_t cost;
    } cases[] = {
        {"1", 1},
        {"n + 1", 3},
        {"n > 1 && n < 5", 7},
        /* A call: itself, its argument, its most expensive overload. */
        {"events.count('x') > 1", 1 + 1 + 1 + 1 + 32},
        {"n > 0 ? events.sum('x', 'y') > 1 : true", 1 + 3 + 69},
        /* A macro: range, itself, its body for every element. */
        {"[1, 2, 3].exists(x, x > n)", 4 + 1 + 3 * 3},
        {"{'a': 1, 'b': 2}.exists(k, true)", 5 + 1 + 2 * 1},
        {"traits.list.exists(x, true)", 2 + 1 + 100},
        {"events.list('x').exists(e, e.channel == 'web')", 1002 + 1 + 1000 * 4},
        {"events.list('x').filter(e, true).exists(e, true)",
         1002 + 1 + 1000 + 1 + 1000},
        {"cel.bind(l, events.list('x'), l.exists(e, true))",
         1 + 1002 + 1 + 1 + 1000},
        {"(events.list('x') + [1]).exists(e, true)", 1 + 1002 + 2 + 1 + 1001},
        {"[1, 2].exists(x, [1, 2, 3].exists(y, true))", 3 + 1 + 2 * (5 + 3)},
        {"optional.of(1).optMap(x, x)", 1 + 1 + 1 + 1 + 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        uint64_t cost = 0;
        ck_assert_int_eq(cel_world_compile(&world, cases[i].text, &environment),
                         OMNI_OK);
        ck_assert_int_eq(
            omni__cel_cost(&world.source, world.root, cases[i].cost, &cost),
            OMNI_OK);
        ck_assert_msg(cost == cases[i].cost, "%s: %llu", cases[i].text,
                      (unsigned long long)cost);
    }
}
END_TEST

START_TEST(what_is_over_the_budget_names_the_clause)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"n > 1 &&\n traits.tier == 'gold' && "
         "events.list('x').exists(a, events.list('y').exists(b, a == b))",
         "line 2, column 27: up to 4004011 steps, where 1000000 are allowed: "
         "most are for events.list('x').exists(a, events.list('y').exists…"},
        {"events.list('x').all(a, [a, a].exists(b, [b, b].exists(c, [c, c]"
         ".exists(d, [d, d].exists(e, [e, e].exists(f, [f, f].exists(g, [g, g]"
         ".exists(h, [h, h].exists(i, [i, i].exists(j, true))))))))))",
         NULL},
        {"any.map(a, any.map(b, any.map(c, any.map(d, any.map(e, any.map(f, "
         "any.map(g, any.map(h, any.map(i, any.map(j, 1))))))))))",
         NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        uint64_t cost = 0;
        ck_assert_int_eq(cel_world_compile(&world, cases[i].text, &environment),
                         OMNI_OK);
        ck_assert_int_eq(
            omni__cel_cost(&world.source, world.root, 1000000, &cost),
            OMNI_ERR_LIMIT);
        ck_assert_uint_gt(cost, 1000000);
        if (cases[i].message != NULL) {
            ck_assert_str_eq(world.error.message, cases[i].message);
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cel_check");
    TCase *tcase = tcase_create("check");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, types_are_known_as_far_as_they_can_be);
    tcase_add_test(tcase, what_no_overload_takes_is_said_with_its_place);
    tcase_add_test(tcase, the_cost_is_what_an_evaluation_may_take);
    tcase_add_test(tcase, what_is_over_the_budget_names_the_clause);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
