/* JSON at random: against a generator of twins, and against the grammar. */
#include "codec/json.h"
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

/* A random value, as canonical text and as somebody might write it. */
typedef struct twin {
    char neat[1 << 16];
    char wild[1 << 17];
    size_t neat_size;
    size_t wild_size;
} twin;

static twin pair;

static void
put(const char *neat, const char *wild)
{
    pair.neat_size += (size_t)sprintf(pair.neat + pair.neat_size, "%s", neat);
    pair.wild_size += (size_t)sprintf(pair.wild + pair.wild_size, "%s", wild);
}

static void
put_space(void)
{
    static const char *const spaces[] = {"", "", " ", "\n", "\t ", "\r\n"};
    put("", spaces[rand() % 6]);
}

static void
put_text(void)
{
    static const char *const letters[][2] = {
        {"a", "a"},
        {"B", "\\u0042"},
        {"\\n", "\\n"},
        {"\\n", "\\u000a"},
        {"\\u001f", "\\u001F"},
        {"\\\"", "\\\""},
        {"\\\\", "\\u005C"},
        {"/", "\\/"},
        {"\xc3\xa9", "\xc3\xa9"},
        {"\xc3\xa9", "\\u00E9"},
        {"\xf0\x9f\x98\x80", "\\uD83d\\ude00"},
        {" ", " "},
        {"{", "{"},
        {"]", "]"},
        {",", ","},
        {"\\b", "\\b"},
    };
    const int count = rand() % 6;
    for (int i = 0; i < count; ++i) {
        const size_t n = (size_t)rand() % 16;
        put(letters[n][0], letters[n][1]);
    }
}

static void
put_value(int depth);

/* Keys of two letters, the second one counting up; written backwards. */
static void
put_object(int depth)
{
    const int count = rand() % 5;
    static char parts[8][5][1 << 12];
    put("{", "{");
    for (int i = 0; i < count; ++i) {
        const size_t wild = pair.wild_size;
        char key[24];
        sprintf(key, "%s\"%c\":", i != 0 ? "," : "", 'a' + i);
        put(key, "");
        sprintf(key, "\"\\u%04x\"", 'a' + i);
        put("", key);
        put_space();
        put("", ":");
        put_value(depth - 1);
        const size_t size = pair.wild_size - wild;
        ck_assert_uint_lt(size, sizeof(parts[0][0]));
        memcpy(parts[depth][i], pair.wild + wild, size);
        parts[depth][i][size] = '\0';
        pair.wild_size = wild;
    }
    for (int i = count; i > 0; --i) {
        put("", parts[depth][i - 1]);
        put("", i != 1 ? "," : "");
    }
    put("}", "}");
}

static void
put_array(int depth)
{
    const int count = rand() % 4;
    put("[", "[");
    for (int i = 0; i < count; ++i) {
        put(i != 0 ? "," : "", i != 0 ? "," : "");
        put_value(depth - 1);
    }
    put("]", "]");
}

static void
put_value(int depth)
{
    static const char *const words[][2] = {
        {"null", "null"},  {"true", "true"}, {"false", "false"}, {"100", "1E2"},
        {"-1.5", "-1.50"}, {"0", "-0.0e5"},  {"1e+50", "10e49"}, {"7", "7"},
    };
    put_space();
    const int choice = rand() % (depth > 0 ? 8 : 4);
    if (choice < 2) {
        const size_t n = (size_t)rand() % 8;
        put(words[n][0], words[n][1]);
    } else if (choice < 4) {
        put("\"", "\"");
        put_text();
        put("\"", "\"");
    } else if (choice < 6) {
        put_array(depth);
    } else {
        put_object(depth);
    }
    put_space();
}

/* What a walk over canonical text finds, put together again. */
static void
walk(omni__slice text, omni__buffer *out)
{
    const bool object = text.data[0] == '{';
    if (!object && text.data[0] != '[') {
        omni__buffer_slice(out, text);
        return;
    }
    omni__slice key = {NULL, 0};
    omni__slice value = {NULL, 0};
    size_t at = 0;
    bool first = true;
    omni__buffer_byte(out, object ? '{' : '[');
    while (omni__json_each(text, &at, &key, &value)) {
        if (!first) {
            omni__buffer_byte(out, ',');
        }
        first = false;
        if (object) {
            omni__buffer_byte(out, '"');
            omni__buffer_slice(out, key);
            omni__buffer_text(out, "\":");
        }
        walk(value, out);
    }
    omni__buffer_byte(out, object ? '}' : ']');
}

START_TEST(random_values_have_one_canonical_text)
{
    const unsigned seed = (unsigned)setting_seed();
    const unsigned cases = (unsigned)setting_cases(5000);
    omni__buffer walked;
    omni__buffer_init(&walked, &omni__alloc_default);
    srand(seed);
    for (unsigned i = 0; i < cases; ++i) {
        pair.neat_size = 0;
        pair.wild_size = 0;
        put_value(4);
        const char *got = canonical(pair.wild);
        if (strcmp(got, pair.neat) != 0) {
            ck_abort_msg("seed %u: %s is %s, not %s", seed, pair.wild, got,
                         pair.neat);
        }
        omni__buffer_clear(&walked);
        walk(omni__slice_text(pair.neat), &walked);
        if (!omni__slice_equal(omni__buffer_bytes(&walked),
                               omni__slice_text(pair.neat))) {
            ck_abort_msg("seed %u: %s walks as %.*s", seed, pair.neat,
                         (int)walked.size, (const char *)walked.data);
        }
        omni__arena_reset(&arena);
    }
    omni__buffer_free(&walked);
}
END_TEST

/* The model of what JSON is: recursive descent over RFC 8259's grammar. */
static const char *model_at;

static void
model_space(void)
{
    model_at += strspn(model_at, " \t\r\n");
}

static int
model_hex(const char *at)
{
    char digits[5] = {0};
    memcpy(digits, at, strnlen(at, 4));
    return strspn(digits, "0123456789abcdefABCDEF") == 4
               ? (int)strtol(digits, NULL, 16)
               : 0;
}

static bool
model_string(char *out)
{
    if (*model_at++ != '"') {
        return false;
    }
    while (*model_at != '"') {
        if ((unsigned char)*model_at < 0x20) {
            return false;
        }
        if (*model_at != '\\') {
            *out++ = *model_at++;
            continue;
        }
        ++model_at;
        const int unit = *model_at == 'u' ? model_hex(model_at + 1) : 0;
        if (unit == 0 &&
            (*model_at == '\0' || strchr("\"\\/bfnrt", *model_at) == NULL)) {
            return false;
        }
        if (unit != 0) { /* the test writes no pairs */
            if (unit >= 0xd800 && unit <= 0xdfff) {
                return false;
            }
            out += sprintf(out, unit < 0x80 ? "%c" : "<%d>", unit);
            model_at += 5;
        } else {
            const char *plain = strchr("\"\"\\\\//b\bf\fn\nr\rt\t", *model_at);
            *out++ = plain[1];
            ++model_at;
        }
    }
    ++model_at;
    *out = '\0';
    return true;
}

static bool
model_digits(void)
{
    const size_t count = strspn(model_at, "0123456789");
    model_at += count;
    return count != 0;
}

static bool
model_number(void)
{
    model_at += *model_at == '-' ? 1 : 0;
    if (*model_at == '0') {
        ++model_at;
    } else if (!model_digits()) {
        return false;
    }
    if (*model_at == '.') {
        ++model_at;
        if (!model_digits()) {
            return false;
        }
    }
    if (*model_at == 'e' || *model_at == 'E') {
        ++model_at;
        model_at += *model_at == '+' || *model_at == '-' ? 1 : 0;
        return model_digits();
    }
    return true;
}

static bool
model_value(int depth)
{
    char keys[16][256];
    size_t count = 0;
    model_space();
    for (size_t i = 0; i < 3; ++i) {
        static const char *const words[] = {"null", "true", "false"};
        if (strncmp(model_at, words[i], strlen(words[i])) == 0) {
            model_at += strlen(words[i]);
            return true;
        }
    }
    if (*model_at == '"') {
        return model_string(keys[0]);
    }
    const char open = *model_at;
    if (open != '{' && open != '[') {
        return model_number();
    }
    const char close = open == '{' ? '}' : ']';
    ++model_at;
    model_space();
    for (; *model_at != close; ++count) {
        if (depth == 0 || count == 16) {
            return false;
        }
        if (count != 0 && *model_at++ != ',') {
            return false;
        }
        model_space();
        if (open == '{') {
            if (!model_string(keys[count])) {
                return false;
            }
            for (size_t i = 0; i < count; ++i) {
                if (strcmp(keys[i], keys[count]) == 0) {
                    return false;
                }
            }
            model_space();
            if (*model_at++ != ':') {
                return false;
            }
        }
        if (!model_value(depth - 1)) {
            return false;
        }
        model_space();
    }
    ++model_at;
    return true;
}

START_TEST(spoilt_text_is_judged_as_the_grammar_does)
{
    static const char *const bits[] = {
        "{",       "}",    "[",  "]",  ",",  ":",   "\"", "\\",      "\\u0061",
        "\\ud800", "0",    "-",  ".",  "e",  "+",   "1",  "true",    "nul",
        "a",       " ",    "\n", "\v", "\f", "/",   "//", "\"a\":1", "\"a\"",
        "\\n",     "\x01", "'",  "{}", "[]", "\\u",
    };
    const unsigned seed = (unsigned)setting_seed();
    const unsigned cases = (unsigned)setting_cases(100000);
    unsigned taken = 0;
    srand(seed);
    for (unsigned i = 0; i < cases; ++i) {
        char text[256] = "";
        static const char *const seeds[] = {
            "{\"a\":[1,2.5e3,{\"b\":null}],\"c\":\"x\\ny\"}",
            "[[],{},0,-1]",
            "{\"a\":1,\"b\":2,\"c\":3}",
            "\"abc\"",
            "-12.5",
        };
        strcpy(text, seeds[rand() % 5]);
        const int changes = 1 + rand() % 3;
        for (int k = 0; k < changes; ++k) {
            const char *bit = bits[(size_t)rand() % 33];
            const size_t size = strlen(text);
            const size_t at = (size_t)rand() % (size + 1);
            const size_t cut = rand() % 2 == 0 || at == size ? 0 : 1;
            memmove(text + at + strlen(bit), text + at + cut,
                    size - at - cut + 1);
            memcpy(text + at, bit, strlen(bit));
        }
        model_at = text;
        bool wanted = model_value(16);
        if (wanted) {
            model_space();
            wanted = *model_at == '\0';
        }
        const bool got = strcmp(canonical(text), "refused") != 0;
        if (got != wanted) {
            ck_abort_msg("seed %u: %s is %s", seed, text,
                         got ? "taken" : fault.message);
        }
        taken += got ? 1 : 0;
        omni__arena_reset(&arena);
    }
    ck_assert_uint_gt(taken, cases / 50);
    ck_assert_uint_lt(taken, cases / 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("json_random");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, random_values_have_one_canonical_text);
    tcase_add_test(all, spoilt_text_is_judged_as_the_grammar_does);
    tcase_set_timeout(all, 120);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
