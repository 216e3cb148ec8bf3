/* JSON: what is taken and what not, canonical text, and walking over it. */
#include "codec/json.h"
#include "codec/text.h"
#include "omni/limits.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static omni__arena arena;
static omni__buffer buffer;
static omni__json_fault fault;

static void
setup(void)
{
    omni__arena_init(&arena, &omni__alloc_default);
    omni__buffer_init(&buffer, &omni__alloc_default);
}

static void
teardown(void)
{
    omni__arena_free(&arena);
    omni__buffer_free(&buffer);
}

/* Canonical text of some JSON, or "refused". */
static const char *
canonical_of(omni__slice bytes)
{
    const omni__json *json = omni__json_parse(bytes, &arena, &fault);
    omni__buffer_clear(&buffer);
    if (json == NULL) {
        return "refused";
    }
    omni__json_write(json, &buffer);
    omni__buffer_byte(&buffer, 0);
    return (const char *)buffer.data;
}

static const char *
canonical(const char *text)
{
    return canonical_of(omni__slice_text(text));
}

START_TEST(canonical_text)
{
    static const char *const pairs[][2] = {
        {"null", "null"},
        {" true ", "true"},
        {"\t[ ]\r\n", "[]"},
        {"{ }", "{}"},
        {"false", "false"},
        {"-0.0", "0"},
        {"12.50", "12.5"},
        {"[1E2,9007199254740993]", "[100,9007199254740993]"},
        {"\"\"", "\"\""},
        {"\"a\\/b\\u0041\\u00e9\"", "\"a/bA\xc3\xa9\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\\u0001\\u001F\\b\\f\\n\\r\\t\\\\\\\"\\u007f\"",
         "\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\\\\\"\x7f\""},
        {"\"\\\\u0000\"", "\"\\\\u0000\""},
        {"{\"b\":1,\"a\":{\"d\":[],\"c\":null}}",
         "{\"a\":{\"c\":null,\"d\":[]},\"b\":1}"},
        {"{\"\\u00e9\":1,\"z\":2,\"Z\":3,\"\":4,\"zz\":5}",
         "{\"\":4,\"Z\":3,\"z\":2,\"zz\":5,\"\xc3\xa9\":1}"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); ++i) {
        ck_assert_str_eq(canonical(pairs[i][0]), pairs[i][1]);
    }
}
END_TEST

/* Texts that RFC 8259 or this reader does not allow. */
static const char *const bad[] = {
    "",
    " ",
    "nul",
    "True",
    "tru",
    "[",
    "]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"a\":1,}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{1:2}",
    "{'a':1}",
    "{\"a\":1 \"b\":2}",
    "\"",
    "\"abc",
    "\"\\\"",
    "\"\\",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\u",
    "\"a\nb\"",
    "\"\x01\"",
    "\"\t\"",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "0x1",
    "NaN",
    "Infinity",
    "-Infinity",
    "1 2",
    "{} {}",
    "[] x",
    "{} \"x",
    "true\"1",
    "[]tru",
    "1 -",
    "\"a\" \"",
    "nullx",
    "// c\n1",
    "/* c */1",
    "[1]/**/",
    "\v1",
    "1\f",
    "[\f]",
    ("\xef\xbb\xbf"
     "1"),
    "\xff",
    "\"\xc0\xaf\"",
    "\"\xed\xa0\x80\"",
    "\"\xe2\x82\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800x\"",
    "\"\\ud800\\n\"",
    "\"\\ud800\\u0041\"",
    "\"\\ud800\\ud800\"",
    "\"\\ud83d\\",
    "\"\\uD8",
    "{\"a\":1,\"a\":1}",
    "{\"a\":1,\"\\u0061\":1}",
    "[{\"b\":1,\"a\":0,\"b\":2}]",
    "1e100000001",
    "[1e999999999999999999999]",
};

START_TEST(what_is_not_json_is_refused)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        ck_assert_msg(strcmp(canonical(bad[i]), "refused") == 0,
                      "case %zu taken: %s", i, bad[i]);
        ck_assert_uint_gt(strlen(fault.message), 0);
        ck_assert_ptr_null(strpbrk(fault.message, "\r\n"));
        ck_assert(!fault.memory);
    }
    ck_assert_str_eq(canonical_of(omni__slice_of("1\0", 2)), "refused");
    ck_assert_str_eq(canonical_of(omni__slice_of("\"\0\"", 3)), "refused");
}
END_TEST

START_TEST(a_fault_says_where)
{
    canonical("{\"a\":1,\"b\":x}");
    ck_assert_uint_ge(fault.offset, 11);
    ck_assert_uint_le(fault.offset, 12);
    canonical("[1,2,\"\xff\"]");
    ck_assert_uint_eq(fault.offset, 6);
    ck_assert_str_eq(fault.message, "not UTF-8");
    canonical("[\"ab\\ud800\"]");
    ck_assert_uint_eq(fault.offset, 6);
    ck_assert_str_eq(fault.message, "lone surrogate");
    canonical("{\"k\":1,\"k\":2}");
    ck_assert_str_eq(fault.message, "duplicate key \"k\"");
    canonical("[1");
    ck_assert_uint_eq(fault.offset, 2);
}
END_TEST

static char *
nested(char *out, size_t levels)
{
    memset(out, '[', levels);
    memset(out + levels, ']', levels);
    out[2 * levels] = '\0';
    return out;
}

START_TEST(depth_is_limited)
{
    char text[8192];
    ck_assert_str_ne(canonical(nested(text, OMNI_LIMIT_JSON_DEPTH)), "refused");
    ck_assert_str_eq(canonical(nested(text, OMNI_LIMIT_JSON_DEPTH + 1)),
                     "refused");
    ck_assert(fault.limit);
    ck_assert_str_eq(canonical(nested(text, 4000)), "refused");
    ck_assert(fault.limit);
    memset(text, '[', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_str_eq(canonical(text), "refused");
    const omni__json *json = omni__json_parse_within(
        omni__slice_text(nested(text, OMNI__JSON_DEPTH_MAX)),
        (omni__json_rules){.depth = 1000}, &arena, &fault);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(json->height, OMNI__JSON_DEPTH_MAX);
}
END_TEST

START_TEST(a_tree_knows_its_own_text)
{
    const char *text = " {\"b\" : [1, {\"c\":2} ], \"a\":\"x\"} ";
    const omni__json *json =
        omni__json_parse(omni__slice_text(text), &arena, &fault);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(json->height, 3);
    ck_assert_uint_eq(json->count, 2);
    ck_assert_uint_eq(json->text.size, strlen(text) - 2);
    ck_assert_ptr_eq(json->text.data, text + 1);
    const omni__json *list = omni__json_get(json, "b");
    ck_assert_ptr_nonnull(list);
    ck_assert(
        omni__slice_equal(list->text, omni__slice_text("[1, {\"c\":2} ]")));
    ck_assert(omni__slice_equal(omni__json_get(json, "a")->text,
                                omni__slice_text("x")));
    ck_assert_ptr_null(omni__json_get(json, "c"));
    ck_assert_ptr_null(omni__json_get(list, "b"));
    ck_assert_ptr_null(omni__json_get(NULL, "b"));
}
END_TEST

START_TEST(long_values_are_whole)
{
    const size_t size = 300000;
    uint8_t *text = malloc(2 * size + 2);
    for (size_t i = 0; i < size; ++i) {
        memcpy(text + 1 + 2 * i, "\\n", 2);
    }
    text[0] = '"';
    text[2 * size + 1] = '"';
    const omni__slice bytes = omni__slice_of(text, 2 * size + 2);
    const omni__json *json = omni__json_parse(bytes, &arena, &fault);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(json->text.size, size);
    omni__json_write(json, &buffer);
    ck_assert(omni__slice_equal(omni__buffer_bytes(&buffer), bytes));
    /* cut off in the middle, and a top number that fills all */
    ck_assert_ptr_null(
        omni__json_parse(omni__slice_of(text, size), &arena, &fault));
    memset(text, '7', size);
    json = omni__json_parse(omni__slice_of(text, size), &arena, &fault);
    ck_assert_ptr_nonnull(json);
    free(text);
}
END_TEST

START_TEST(many_keys_are_sorted)
{
    char text[65536] = "{";
    size_t at = 1;
    for (unsigned i = 0; i < 3000; ++i) {
        at += (size_t)sprintf(text + at, "%s\"k%04u\":%u", i != 0 ? "," : "",
                              i * 1009 % 3000, i);
    }
    strcpy(text + at, "}");
    const omni__json *json =
        omni__json_parse(omni__slice_text(text), &arena, &fault);
    ck_assert_ptr_nonnull(json);
    for (size_t i = 0; i < json->count; ++i) {
        char key[16];
        sprintf(key, "k%04u", (unsigned)i);
        if (!omni__slice_equal(json->items[i].key, omni__slice_text(key))) {
            ck_abort_msg("key %zu", i);
        }
    }
    strcpy(text + at, ",\"k1500\":1}");
    ck_assert_str_eq(canonical(text), "refused");
    ck_assert_str_eq(fault.message, "duplicate key \"k1500\"");
}
END_TEST

START_TEST(members_are_found_in_canonical_text)
{
    const omni__slice text = omni__slice_text(
        "{\"a\\\"b\":1,\"currency\":\"C\\\"H}F\",\"list\":[{\"revenue\":1}],"
        "\"revenue\":59.9,\"s\":\"\"}");
    omni__slice value = {NULL, 0};
    ck_assert(omni__json_member(text, "revenue", &value));
    ck_assert(omni__slice_equal(value, omni__slice_text("59.9")));
    ck_assert(omni__json_member(text, "currency", &value));
    ck_assert(omni__json_unescape(value, &buffer));
    ck_assert(omni__slice_equal(omni__buffer_bytes(&buffer),
                                omni__slice_text("C\"H}F")));
    ck_assert(omni__json_member(text, "s", &value));
    ck_assert_uint_eq(value.size, 2);
    ck_assert(!omni__json_member(text, "total", &value));
    ck_assert(!omni__json_member(omni__slice_text("[\"a\"]"), "a", &value));
    ck_assert(!omni__json_member(omni__slice_text("{}"), "a", &value));
    ck_assert(!omni__json_member(omni__slice_of(NULL, 0), "a", &value));
}
END_TEST

START_TEST(strings_are_unescaped)
{
    static const char *const bad[] = {
        "",
        "\"",
        "abc",
        "\"a",
        "a\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u0\"",
        "\"\\u0000\"",
        "\"\\u0041\"",
        "\"\\u00e9\"",
        "\"\\u001G\"",
        "\"\\/\"",
    };
    omni__buffer_text(&buffer, "kept");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        ck_assert_msg(!omni__json_unescape(omni__slice_text(bad[i]), &buffer),
                      "%s", bad[i]);
        ck_assert_uint_eq(buffer.size, 4);
    }
    ck_assert(omni__json_unescape(
        omni__slice_text("\"\\u0001a\\u001f\\b\\f\\n\\r\\t\\\\\\\"z\""),
        &buffer));
    ck_assert(omni__slice_equal(omni__buffer_bytes(&buffer),
                                omni__slice_text("kept\x01"
                                                 "a\x1f\b\f\n\r\t\\\"z")));
}
END_TEST

START_TEST(walking_over_any_bytes_ends)
{
    static const char letters[] = "{}[],:\"\\1ae- \x01";
    const unsigned seed = (unsigned)setting_seed();
    srand(seed);
    for (unsigned i = 0; i < 200000; ++i) {
        const size_t size = (size_t)rand() % 16;
        uint8_t *text = malloc(size + 1); /* of its size, for the sanitizer */
        for (size_t k = 0; k < size; ++k) {
            text[k] = (uint8_t)letters[(size_t)rand() % 15];
        }
        if (size != 0 && rand() % 2 == 0) {
            text[0] = rand() % 2 == 0 ? '{' : '[';
        }
        uint8_t *exact = realloc(text, size != 0 ? size : 1);
        const omni__slice bytes = omni__slice_of(exact, size);
        omni__slice key = {NULL, 0};
        omni__slice value = {NULL, 0};
        size_t at = 0;
        size_t steps = 0;
        while (omni__json_each(bytes, &at, &key, &value)) {
            ++steps;
            if (steps > size || value.size == 0) {
                ck_abort_msg("seed %u: step %zu", seed, steps);
            }
        }
        omni__json_member(bytes, "a", &value);
        omni__buffer_clear(&buffer);
        omni__json_unescape(bytes, &buffer);
        free(exact);
    }
}
END_TEST

/* An allocator whose n-th allocation fails. */
static size_t allowed;

static void *
failing(void *user, void *block, size_t size)
{
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (allowed == 0) {
        return NULL;
    }
    --allowed;
    return realloc(block, size);
}

START_TEST(every_failed_allocation_is_reported)
{
    const omni__alloc alloc = {.resize = failing};
    char text[20000];
    size_t at = (size_t)sprintf(text, "[\"a\\nb\"");
    while (at < 19000) {
        at += (size_t)sprintf(text + at, ",{\"k\":\"\\u00e9\",\"j\":1.50}");
    }
    strcpy(text + at, "]");
    size_t tries = 0;
    for (bool done = false; !done; ++tries) {
        omni__arena bounded;
        omni__arena_init(&bounded, &alloc);
        allowed = tries;
        const omni__json *json =
            omni__json_parse(omni__slice_text(text), &bounded, &fault);
        ck_assert(json != NULL || fault.memory);
        done = json != NULL;
        omni__arena_free(&bounded);
    }
    ck_assert_uint_gt(tries, 3);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("json");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, canonical_text);
    tcase_add_test(all, what_is_not_json_is_refused);
    tcase_add_test(all, a_fault_says_where);
    tcase_add_test(all, depth_is_limited);
    tcase_add_test(all, a_tree_knows_its_own_text);
    tcase_add_test(all, long_values_are_whole);
    tcase_add_test(all, many_keys_are_sorted);
    tcase_add_test(all, members_are_found_in_canonical_text);
    tcase_add_test(all, strings_are_unescaped);
    tcase_add_test(all, walking_over_any_bytes_ends);
    tcase_add_test(all, every_failed_allocation_is_reported);
    tcase_set_timeout(all, 120);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
