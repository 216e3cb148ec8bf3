/* Expressions that hold and expressions that fail, with what is said of them;
   bounds on work; what happens without memory. */
#include "omni/omni.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static omni_cel *cel;

static void
setup(void)
{
    ck_assert_int_eq(omni_cel_new(NULL, &cel, NULL), OMNI_OK);
}

static void
teardown(void)
{
    omni_cel_free(cel);
}

/* The answer to a request; valid until the next one. */
static const char *
answer_to(const char *request, size_t size)
{
    static char text[8192];
    omni_text out;
    ck_assert_int_eq(omni_cel_eval_json(cel, request, size, &out), OMNI_OK);
    ck_assert_uint_lt(out.size, sizeof(text));
    memcpy(text, out.bytes, out.size);
    text[out.size] = '\0';
    return text;
}

/* The answer to an expression over a few variables. */
static const char *
answer(const char *expression)
{
    static char request[70000];
    size_t size = (size_t)snprintf(request, sizeof(request), "{\"expr\":\"");
    for (const char *c = expression; *c != '\0'; ++c) {
        if (*c == '"' || *c == '\\') {
            request[size++] = '\\';
        }
        if (*c == '\n') {
            request[size++] = '\\';
            request[size++] = 'n';
        } else {
            request[size++] = *c;
        }
        ck_assert_uint_lt(size, sizeof(request) - 400);
    }
    size += (size_t)snprintf(
        request + size, sizeof(request) - size,
        "\",\"bindings\":{\"n\":{\"int64Value\":\"7\"},"
        "\"a.b\":{\"stringValue\":\"of a.b\"},"
        "\"traits\":{\"mapValue\":{\"entries\":[{\"key\":{\"stringValue\":"
        "\"tier\"},\"value\":{\"stringValue\":\"gold\"}}]}}}}");
    return answer_to(request, size);
}

static const char *const holding[] = {
    /* Literals. */
    "0x1F == 31 && -0x10 == -16 && 0xFFu == 255u",
    "-9223372036854775808 < -9223372036854775807",
    "1e3 == 1000.0 && .5 == 0.5 && 1.5e-3 == 0.0015",
    "'\\u00e9' == '\u00e9' && '\\U0001F600'.size() == 1 && '\\101' == 'A'",
    "b'\\xff\\000'.size() == 2 && b'\u00e9'.size() == 2",
    "r'\\n'.size() == 2 && R\"\"\"a\"b\"\"\" == 'a\"b'",
    "'''a\nb''' == 'a\\nb'",
    "[1, 2, 3,] == [1, 2, 3] && {'a': 1,} == {'a': 1}",
    "true // and so on\n && true",
    /* Operators. */
    "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 - 2 - 1 == 4",
    "-7 / 2 == -3 && -7 % 2 == -1 && 7u % 4u == 3u",
    "!!true && !(1 > 2) && --1 == 1 && -n == -7",
    "1 < 2 == true && 1 in [1] == true",
    "1 == 1.0 && 1u == 1 && 1.0 == 1u && 2 > 1.5 && 1u < 1.5",
    "9223372036854775807 < 18446744073709551615u && -1 < 0u",
    "'a' < 'b' && b'a' < b'aa' && false < true",
    "[1, [2, {'k': 3.0}]] == [1.0, [2u, {'k': 3}]]",
    "{1: 'a', 'b': 2} == {'b': 2.0, 1u: 'a'} && {} != {1: 1}",
    "'a' != 1 && null != 0 && null == null && [] != {}",
    "!(0.0 / 0.0 == 0.0 / 0.0) && !(0.0 / 0.0 < 1.0)",
    "'ab' + 'c' == 'abc' && [1] + [2] == [1, 2] && b'a' + b'' == b'a'",
    "true ? true : 1 / 0 > 0",
    /* Errors are absorbed by what decides. */
    "1 / 0 > 0 || true",
    "!(false && 1 / 0 > 0) && !(1 / 0 > 0 && false)",
    "[0, 1].exists(x, 1 / x == 1) && ![0, 2].all(x, 1 / x == 1)",
    /* Names, fields and indices. */
    "n == 7 && a.b == 'of a.b' && traits.tier == 'gold'",
    "has(traits.tier) && !has(traits.age) && traits['tier'] == 'gold'",
    "[10, 20][1] == 20 && [10, 20][1u] == 20 && {1.0 == 1: 2}[true] == 2",
    "'tier' in traits && !('age' in traits) && {'x y': 1}.`x y` == 1",
    "type(n) == int && type(int) == type && type(null) == null_type",
    /* Macros. */
    "[1, 2, 3].map(x, x * x) == [1, 4, 9]",
    "[1, 2, 3].map(x, x > 1, x * x) == [4, 9]",
    "{'a': 1, 'b': 2}.filter(k, k == 'a') == ['a']",
    "[1, 2].exists_one(x, x > 1) && [1, 2].all(i, v, v == i + 1)",
    "['a', 'b'].transformList(i, v, v + string(i)) == ['a0', 'b1']",
    "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
    "[[1, 2], [3]].map(x, x.map(y, y * n)) == [[7, 14], [21]]",
    "[1].all(n, n == 1) && n == 7",
    "cel.bind(x, n * 2, x + x) == 28",
    /* Optionals. */
    "traits.?age.orValue('none') == 'none' && traits[?'tier'].hasValue()",
    "[?traits.?age, ?optional.of(1)] == [1] && {?'a': traits.?age} == {}",
    "traits.?tier.optMap(t, t.size()).value() == 4",
    /* Conversions. */
    "int('-12') == -12 && int(-1.9) == -1 && uint(3.9) == 3u",
    "double('1e-3') == 0.001 && string(0.1) == '0.1' && string(1e21) == "
    "'1e+21'",
    "string(100000.0) == '100000' && string(-0.0) == '-0'",
    "string(123456789012345680.0) == '123456789012345680'",
    "string(5e-324) == '5e-324' && string(0.000001) == '0.000001'",
    "bool('TRUE') && bytes('\u00e9') == b'\\303\\251'",
    "string(timestamp('2026-01-31T23:59:59.5+01:00')) == "
    "'2026-01-31T22:59:59.5Z'",
    /* Time. */
    "timestamp('2024-02-29T00:00:00Z') + duration('24h') == "
    "timestamp('2024-03-01T00:00:00Z')",
    "timestamp(0) - timestamp(1) == duration('-1s')",
    "string(duration('-1h30m0.5s')) == '-5400.5s'",
    "duration('1.5h') == duration('90m') && duration('0') == duration('0s')",
    "duration('0.000000001s') == duration('1ns')",
    "duration('-2562047h47m16.854775808s') < duration('0s')",
    "timestamp('0001-01-01T00:00:00Z').getDayOfWeek() == 1",
    "timestamp('9999-12-31T23:59:59Z').getFullYear() == 9999",
    "timestamp('1969-12-31T23:59:59.999Z').getMilliseconds() == 999",
    "timestamp('2026-03-29T00:59:59Z').getHours('+05:30') == 6",
    /* Text. */
    "'\u00e9t\u00e9'.size() == 3 && 'a,b,c'.split(',', 2) == ['a', 'b,c']",
    "'abc'.split('') == ['a', 'b', 'c'] && ''.split(',') == ['']",
    "'aXbX'.replace('X', '-') == 'a-b-' && 'ab'.replace('', '-') == '-a-b-'",
    "'banana'.indexOf('na', 3) == 4 && 'banana'.lastIndexOf('na', 3) == 2",
    "'%d of %s: %.2f %x'.format([3, ['a', {2: null}], 1.005, 255]) == "
    "'3 of [a, {2: null}]: 1.00 ff'",
    "base64.decode(base64.encode(b'\\000\\xff')) == b'\\000\\xff'",
    /* Numbers. */
    "math.greatest(1, 2.5, 2u) == 2.5 && math.least([3, 1u]) == 1",
    "math.round(-2.5) == -3.0 && math.trunc(-2.5) == -2.0",
    "math.bitShiftRight(-1, 63) == 1 && math.sqrt(9) == 3.0",
    /* Addresses. */
    "string(ip('2001:DB8:0:0:1::1')) == '2001:db8::1:0:0:1'",
    "string(ip('0:0:1::')) == '0:0:1::' && string(ip('::')) == '::'",
    "cidr('10.0.0.0/8').containsIP('10.255.0.1')",
    "cidr('10.1.2.3/12').masked() == cidr('10.0.0.0/12')",
};

START_TEST(what_should_hold_holds)
{
    const char *got = answer(holding[_i]);
    ck_assert_msg(strcmp(got, "{\"value\":{\"boolValue\":true}}") == 0,
                  "%s is %s", holding[_i], got);
}
END_TEST

typedef struct failing_expression {
    const char *text;
    const char *message; /* a part of it */
} failing_expression;

static const failing_expression failing[] = {
    {"", "line 1, column 1: the expression ends where a value should be"},
    {"1 +", "line 1, column 4: the expression ends where a value should be"},
    {"1 2", "line 1, column 3: \\\"2\\\" where an operator or the end"},
    {"n &\nn", "line 1, column 3: this character means nothing here"},
    {"1 ==\n ? 2", "line 2, column 2: \\\"?\\\" where a value should be"},
    {"(1", "the expression ends where ) should be"},
    {"[1, 2", "the expression ends where ] should be"},
    {"'abc", "this text has no closing quote"},
    {"'a\\qb'", "column 3: no such escape"},
    {"'\\ud800'", "no Unicode code point"},
    {"9223372036854775808", "more than an int holds"},
    {"18446744073709551616u", "more than 64 bits hold"},
    {"for + 1", "\\\"for\\\" is a reserved word"},
    {"[1].all(1, true)", "all() wants the name of a variable here"},
    {"[1].all(x, x, true)", "two variables of one name"},
    {"has(n)", "has() wants a field"},
    {"m + 1", "undeclared reference to \\\"m\\\""},
    {"1 + f(2)", "column 5: undeclared function \\\"f\\\""},
    {"n.size()", "no such overload: size(int)"},
    {"1 + '1'", "no such overload: int + string"},
    {"!n", "no such overload: ! of int"},
    {"n ? 1 : 2", "no such overload: ?: of int"},
    {"true && n", "no such overload: && of int"},
    {"9223372036854775807 + 1", "the result is out of range"},
    {"-9223372036854775808 / -1", "the result is out of range"},
    {"0u - 1u", "the result is out of range"},
    {"n / 0", "divided by zero"},
    {"1.0 % 2.0", "no such overload: double % double"},
    {"traits.age", "no such key: age"},
    {"[1][1]", "a list of 1 has no such item"},
    {"[1][0.5]", "an index of a list is a whole number"},
    {"{1: 1, 1u: 2}", "a map has the same key twice"},
    {"{null: 1}", "a key of a map is bool, int, uint or string, not null_type"},
    {"n.field", "int has no fields"},
    {"[1, n].exists(x, x)", "a condition is bool, not int"},
    {"n.map(x, x)", "a macro has no elements in int"},
    {"int('1.5')", "not an int: \\\"1.5\\\""},
    {"int(1e19)", "out of the range of int"},
    {"timestamp('2026-02-30T00:00:00Z')", "not an RFC 3339 timestamp"},
    {"duration('1 h')", "not a duration"},
    {"duration('9223372037s')", "not a duration"},
    {"timestamp(0).getHours('Nowhere/Atall')", "no such time zone"},
    {"timestamp(0).getHours('../passwd')", "no such time zone"},
    {"optional.none().value()", "optional.none() has no value"},
    {"'%d'.format([1.5])", "format(): %d wants a whole number"},
    {"'%s %s'.format([1])", "format(): there are more clauses than arguments"},
    {"'a'.matches('(')", "no regular expression: a group has no closing"},
    {"'a'.matches('a{1001}')", "no regular expression: a repetition is out"},
    {"'a'.matches('((a{100}){100}){100}')", "no regular expression: it is too"},
    {"'a'.matches('\\\\1')", "no regular expression: no such escape"},
    {"'abc'.substring(2, 1)", "the end is before the start"},
    {"base64.decode('a')", "this text is not base64"},
    {"ip('1.2.3.4.5')", "not an IP address"},
    {"cidr('10.0.0.0/33')", "not a block of IP addresses"},
};

START_TEST(what_fails_says_what_and_where)
{
    const char *got = answer(failing[_i].text);
    ck_assert_msg(strncmp(got, "{\"error\":", 9) == 0 &&
                      strstr(got, failing[_i].message) != NULL,
                  "%s is %s", failing[_i].text, got);
}
END_TEST

typedef struct pattern {
    const char *regex;
    const char *text;
    bool matches;
} pattern;

static const pattern patterns[] = {
    {"", "", true},
    {"b", "abc", true},
    {"^b", "abc", false},
    {"^abc$", "abc", true},
    {"a.c", "a\nc", false},
    {"(?s)a.c", "a\nc", true},
    {"^b", "a\nb", false},
    {"(?m)^b$", "a\nb\nc", true},
    {"(?i)STRASSE", "strasse", true},
    {"(?i)\u00c9", "\u00e9", true},
    {"(?i)[k-m]+$", "KLM", true},
    {"a(?i)b", "aB", true},
    {"a(?i:b)c", "aBC", false},
    {"colou?r", "color", true},
    {"^(ab)*$", "ababab", true},
    {"^(ab)*$", "ababa", false},
    {"^(a|b|cd)+$", "acdb", true},
    {"^a{2,3}$", "aaaa", false},
    {"^a{2,}$", "aaaa", true},
    {"^a{2}b$", "aab", true},
    {"a{,2}", "a{,2}", true},
    {"^[^a-c]+$", "xyz", true},
    {"^[]a]+$", "]a", true},
    {"^[a-]+$", "-a", true},
    {"^\\d+\\s\\w+$", "12 ab_", true},
    {"^\\D\\S\\W$", "ab!", true},
    {"^[[:alpha:][:digit:]]+$", "a1", true},
    {"^[[:^alpha:]]+$", "1-", true},
    {"^\\pL+$", "\u00e9\u03b1", true},
    {"^\\p{Lu}\\P{Lu}$", "Aa", true},
    {"^\\p{^L}$", "1", true},
    {"\\bfoo\\b", "a foo b", true},
    {"\\bfoo\\b", "afoo b", false},
    {"\\Boo\\b", "foo", true},
    {"^\\x41\\x{1F600}$", "A\U0001F600", true},
    {"^\\Qa.b\\E.$", "a.bc", true},
    {"^\\Aab\\z", "ab", true},
    {"^(?P<year>\\d{4})-(?<month>\\d\\d)$", "2026-11", true},
    {"^(?:a*)*$", "aaaa", true},
    {"^(a?){20}a{20}$", "aaaaaaaaaaaaaaaaaaaa", true},
    {"(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false},
    {"a||b", "", true},
    {"^.$", "\U0001F600", true},
};

START_TEST(patterns_match_as_RE2_has_them)
{
    char expression[256];
    const pattern *p = &patterns[_i];
    snprintf(expression, sizeof(expression),
             "r'%s'.size() >= 0 && '''%s'''"
             ".matches(r'%s') == %s",
             p->regex, p->text, p->regex, p->matches ? "true" : "false");
    const char *got = answer(expression);
    ck_assert_msg(strcmp(got, "{\"value\":{\"boolValue\":true}}") == 0,
                  "/%s/ on %s: %s", p->regex, p->text, got);
}
END_TEST

START_TEST(nesting_and_work_are_bounded)
{
    char text[60000];
    memset(text, '(', 5000);
    text[5000] = '\0';
    ck_assert_ptr_nonnull(strstr(answer(text), "nested more than"));
    memset(text, '!', 50000);
    memcpy(text + 50000, "true", 5);
    ck_assert_ptr_nonnull(strstr(answer(text), "true}}"));
    size_t size = 0;
    for (unsigned i = 0; i < 5000; ++i) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, "1+");
    }
    memcpy(text + size, "1", 2);
    ck_assert_ptr_nonnull(strstr(answer(text), "operators in a row"));
    size = 0;
    for (unsigned i = 0; i < 5000; ++i) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, "false||");
    }
    memcpy(text + size, "true", 5);
    ck_assert_ptr_nonnull(strstr(answer(text), "true}}"));
    ck_assert_ptr_nonnull(
        strstr(answer("[1,2,3,4,5,6,7,8].map(a,[1,2,3,4,5,6,7,8].map(b,"
                      "[1,2,3,4,5,6,7,8].map(c,[1,2,3,4,5,6,7,8].map(d,"
                      "[1,2,3,4,5,6,7,8].map(e,[1,2,3,4,5,6,7,8].map(f,"
                      "[1,2,3,4,5,6,7,8].map(g,[1,2,3,4,5,6,7,8].map(h,"
                      "1)))))))).size()"),
               "more steps than it may"));
    ck_assert_ptr_nonnull(
        strstr(answer("cel.bind(a,'0123456789',cel.bind(b,a+a+a+a+a+a+a+a,"
                      "cel.bind(c,b+b+b+b+b+b+b+b,cel.bind(d,c+c+c+c+c+c+c+c,"
                      "cel.bind(e,d+d+d+d+d+d+d+d,cel.bind(f,e+e+e+e+e+e+e+e,"
                      "cel.bind(g,f+f+f+f+f+f+f+f,cel.bind(h,g+g+g+g+g+g+g+g,"
                      "h.size()))))))))"),
               "more steps than it may"));
}
END_TEST

START_TEST(a_request_that_is_none_says_why)
{
    static const failing_expression requests[] = {
        {"", "request: "},
        {"[]", "expr should be text"},
        {"{\"expr\":1}", "expr should be text"},
        {"{\"expr\":\"1\",\"bindings\":[]}", "bindings should be an object"},
        {"{\"expr\":\"1\",\"bindings\":{\"x\":1}}",
         "bindings.x: a value is an object of one member"},
        {"{\"expr\":\"1\",\"bindings\":{\"x\":{\"int64Value\":\"x\"}}}",
         "bindings.x: int64Value is a number of 64 bits"},
        {"{\"expr\":\"1\",\"bindings\":{\"x\":{\"otherValue\":1}}}",
         "bindings.x: no such kind of value"},
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); ++i) {
        const char *got = answer_to(requests[i].text, strlen(requests[i].text));
        ck_assert_msg(strstr(got, requests[i].message) != NULL, "%s is %s",
                      requests[i].text, got);
    }
}
END_TEST

/* An allocator that fails from a call on. */
typedef struct budget {
    size_t left;
    size_t held;
} budget;

static void *
allocate(void *user, void *block, size_t size_bytes)
{
    budget *b = user;
    if (size_bytes == 0) {
        b->held -= block != NULL;
        free(block);
        return NULL;
    }
    if (b->left == 0) {
        return NULL;
    }
    --b->left;
    void *grown = realloc(block, size_bytes);
    b->held += block == NULL && grown != NULL;
    return grown;
}

START_TEST(without_memory_it_says_so_and_goes_on)
{
    static const char *const requests[] = {
        "{\"bindings\":{\"x\":{\"listValue\":{\"values\":[{\"int64Value\":"
        "\"1\"}]}}},\"expr\":\"x.map(y,string(y)+'a').join(',').matches("
        "'[a-z]+')&&{'k':x}.k==x\"}",
        "{\"bindings\":{\"x\":{\"decimalValue\":\"59.9\"}},\"expr\":"
        "\"x*2==119.8&&[x,decimal('1')].map(y,string(y))[1]=='1'\"}",
        "{\"bindings\":{\"x\":{\"decimalValue\":\"59.9\"}},\"expr\":"
        "\"cel.block([x*2],cel.index(0))==x\",\"check\":true}"};
    static const char *const answers[] = {"{\"value\":{\"boolValue\":true}}",
                                          "{\"value\":{\"boolValue\":true}}",
                                          "{\"type\":\"bool\",\"cost\":7}"};
    const char *request = requests[_i];
    budget b = {0};
    const omni_hooks hooks = {
        .size = sizeof(hooks), .allocate = allocate, .user = &b};
    bool done = false;
    for (size_t most = 0; !done; ++most) {
        omni_cel *own = NULL;
        omni_text out;
        b.left = most;
        omni_status status = omni_cel_new(&hooks, &own, NULL);
        if (status == OMNI_OK) {
            status = omni_cel_eval_json(own, request, strlen(request), &out);
            done = status == OMNI_OK;
            ck_assert(done || status == OMNI_ERR_NO_MEMORY);
            if (done) {
                ck_assert_uint_eq(out.size, strlen(answers[_i]));
                ck_assert_int_eq(memcmp(out.bytes, answers[_i], out.size), 0);
            }
            b.left = SIZE_MAX;
            ck_assert_int_eq(
                omni_cel_eval_json(own, request, strlen(request), &out),
                OMNI_OK);
        } else {
            ck_assert_int_eq(status, OMNI_ERR_NO_MEMORY);
        }
        omni_cel_free(own);
        ck_assert_uint_eq(b.held, 0);
        ck_assert_uint_lt(most, 10000);
    }
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table[0])))

int
main(void)
{
    Suite *suite = suite_create("cel");
    TCase *tests = tcase_create("cel");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, what_should_hold_holds, 0, COUNT(holding));
    tcase_add_loop_test(tests, what_fails_says_what_and_where, 0,
                        COUNT(failing));
    tcase_add_loop_test(tests, patterns_match_as_RE2_has_them, 0,
                        COUNT(patterns));
    tcase_add_test(tests, nesting_and_work_are_bounded);
    tcase_add_test(tests, a_request_that_is_none_says_why);
    tcase_add_loop_test(tests, without_memory_it_says_so_and_goes_on, 0, 3);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
