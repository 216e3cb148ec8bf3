/* Normal forms of identifiers: the rules, and other people's answers. */
#include "codec/json.h"
#include "codec/text.h"
#include "identity/normalize.h"
#include "identity/phone.h"
#include "omni/limits.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static omni__arena arena;
static omni__policy policy;

static void
setup(void)
{
    omni__arena_init(&arena, &omni__alloc_default);
    policy = omni__policy_default;
    policy.calling_code = 41;
}

static void
teardown(void)
{
    omni__arena_free(&arena);
}

static omni_refused_code
normalize(const char *ns, omni__slice value, omni__slice *out)
{
    bool memory = true;
    const omni_refused_code code = omni__identifier_normalize(
        &policy, omni__policy_namespace(&policy, omni__slice_text(ns)), value,
        &arena, out, &memory);
    ck_assert(!memory);
    return code;
}

static void
expect(const char *ns, const char *value, const char *wanted)
{
    omni__slice out = {NULL, 0};
    const omni_refused_code code = normalize(ns, omni__slice_text(value), &out);
    ck_assert_msg(code == OMNI_REFUSED_NONE, "%s:%s refused by %d", ns, value,
                  (int)code);
    ck_assert_msg(omni__slice_equal(out, omni__slice_text(wanted)),
                  "%s:%s is %.*s, not %s", ns, value, (int)out.size,
                  (const char *)out.data, wanted);
    omni__slice again = {NULL, 0};
    ck_assert_int_eq(normalize(ns, out, &again), OMNI_REFUSED_NONE);
    ck_assert(omni__slice_equal(out, again));
}

static void
expect_code(const char *ns, const char *value, omni_refused_code wanted)
{
    omni__slice out = {NULL, 0};
    const omni_refused_code code = normalize(ns, omni__slice_text(value), &out);
    ck_assert_msg(code == wanted, "%s:%s gives %d (%.*s)", ns, value, (int)code,
                  (int)out.size, (const char *)out.data);
}

START_TEST(values_are_trimmed_and_composed)
{
    expect("user_id", " \t7 8\xc2\xa0\xe2\x80\x83\n", "7 8");
    expect("user_id", "\xef\xbb\xbfZoe\xcc\x88", "Zo\xc3\xab");
    expect("user_id", "MiXed", "MiXed");
    expect("crm", "\xe2\x84\xab", "\xc3\x85");
}
END_TEST

START_TEST(email_is_lower_case_and_no_more)
{
    expect("email", " Jane.Doe+shop@GoogleMail.COM ",
           "jane.doe+shop@googlemail.com");
    expect("email", "ZO\xc3\x8b@EXAMPLE.CH", "zo\xc3\xab@example.ch");
    expect("email", "ZOE\xcc\x88@EXAMPLE.CH", "zo\xc3\xab@example.ch");
}
END_TEST

START_TEST(junk_names_nobody)
{
    static const char *const junk[] = {
        "",
        " ",
        "null",
        "NULL",
        "None",
        "undefined",
        "NaN",
        "Anonymous",
        "guest",
        " Unknown ",
        "N/A",
        "n/a\n",
        "Test@Test.Com",
        "-1",
        "[object Object]",
        "0",
        "000-000",
        "-",
        "--",
        "\xc2\xa0",
        "00000000-0000-0000-0000-000000000000",
    };
    static const char *const spaces[] = {"user_id", "email", "phone", "crm"};
    for (size_t n = 0; n < sizeof(spaces) / sizeof(spaces[0]); ++n) {
        for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); ++i) {
            expect_code(spaces[n], junk[i], OMNI_REFUSED_BLOCKED);
        }
    }
    expect("user_id", "nullable", "nullable");
    expect("user_id", "01", "01");
    expect("user_id", "-2", "-2");
    expect("user_id", "guest1", "guest1");
}
END_TEST

START_TEST(phone_junk_names_nobody)
{
    static const char *const junk[] = {
        "abc",       "+",           "12",         "1111111111", "999-999-9999",
        "call me",   "+41 0",       "+41",        "0041",       "+000000",
        "55 55 555", "+41 7777777", "(000) 0000",
    };
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); ++i) {
        expect_code("phone", junk[i], OMNI_REFUSED_BLOCKED);
    }
}
END_TEST

START_TEST(limits_and_bad_bytes_are_refused)
{
    char big[OMNI_LIMIT_IDENTIFIER_BYTES + 2];
    memset(big, 'a', sizeof(big));
    big[OMNI_LIMIT_IDENTIFIER_BYTES + 1] = '\0';
    expect_code("user_id", big, OMNI_REFUSED_LIMIT);
    big[OMNI_LIMIT_IDENTIFIER_BYTES] = '\0';
    expect_code("user_id", big, OMNI_REFUSED_NONE);
    /* U+1D160 is 4 bytes and 12 after NFC. */
    for (size_t i = 0; i + 4 <= OMNI_LIMIT_IDENTIFIER_BYTES; i += 4) {
        memcpy(big + i, "\xf0\x9d\x85\xa0", 4);
    }
    expect_code("user_id", big, OMNI_REFUSED_LIMIT);
    expect_code("user_id", "a\xff", OMNI_REFUSED_JSON);
    omni__slice out = {NULL, 0};
    ck_assert_int_eq(normalize("user_id", omni__slice_of("a\0b", 3), &out),
                     OMNI_REFUSED_JSON);
}
END_TEST

START_TEST(phone_is_one_number_however_written)
{
    static const char *const same[] = {
        "+41 44 668 18 00",
        "044 668 18 00",
        "0041446681800",
        "+41 (0)44 668 18 00",
        "tel:+41-44-668-18-00",
        "+41.44.668.18.00",
        "(044) 668/18/00",
        "044\xc2\xa0"
        "668\xe2\x80\x91"
        "18\xe2\x80\x93"
        "00",
        "\xef\xbc\x8b\xef\xbc\x94\xef\xbc\x91 44 668 18 00",
        "+\xd9\xa4\xd9\xa1 44 668 18 00",
        "044 668 18 00 ext. 123",
        "044 668 18 00 x123",
        "044 668 18 00 #12",
        "tel:+41446681800;ext=9",
        "Tel. 044 668 18 00",
        "044 668 18 00 privat",
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); ++i) {
        expect("phone", same[i], "+41446681800");
    }
}
END_TEST

START_TEST(phone_takes_the_home_code)
{
    policy.calling_code = 1;
    expect("phone", "(702) 919-1300", "+17029191300");
    expect("phone", "1 702 919 1300", "+17029191300");
    expect("phone", "011 44 20 7946 0958", "+442079460958");
    expect("phone", "0044 20 7946 0958", "+442079460958");
    expect("phone", "1-800-FLOWERS", "+18003569377");
    expect("phone", "1-800-flowers x12", "+18003569377");
    policy.calling_code = 7;
    expect("phone", "8 (912) 345-67-89", "+79123456789");
    expect("phone", "8 800 555 35 35", "+78005553535");
    expect("phone", "800 555 35 35", "+78005553535");
    expect("phone", "7 912 345 67 89", "+79123456789");
    expect("phone", "8~10 44 20 7946 0958", "+442079460958");
    policy.calling_code = 36;
    expect("phone", "06 1 234 5678", "+3612345678");
    policy.calling_code = 39;
    expect("phone", "06 1234 5678", "+390612345678");
    policy.calling_code = 49;
    expect("phone", "0170 1234567", "+491701234567");
    expect("phone", "491701234567", "+491701234567");
    expect("phone", "4921 12345", "+49492112345"); /* Emden, most likely */
    expect("phone", "491234567890", "+491234567890");
    policy.calling_code = 41;
    expect("phone", "41446681800", "+41446681800");
    expect("phone", "0041446681800", "+41446681800");
    expect("phone", "412345678", "+41412345678");
    policy.calling_code = 971;
    expect("phone", "971501234567", "+971501234567");
    policy.calling_code = 375;
    expect("phone", "8 029 123 45 67", "+375291234567");
    expect("phone", "8 801 100 1234", "+3758011001234");
    policy.calling_code = 90;
    expect("phone", "0900 123 45 67", "+909001234567");
    policy.calling_code = 54;
    expect("phone", "011 15-2345-6789", "+5491123456789");
    expect("phone", "02966 15-412345", "+5492966412345");
    policy.calling_code = 55;
    expect("phone", "0 15 11 96123-4567", "+5511961234567");
    policy.calling_code = 65;
    expect("phone", "6591234567", "+6591234567");
    expect("phone", "001 44 20 7946 0958", "+442079460958");
    policy.calling_code = 0;
    expect("phone", "044 668 18 00", "0446681800");
    expect("phone", "0041 44 668 18 00", "+41446681800");
    expect("phone", "+999 123 456", "+999123456");
}
END_TEST

/* A piece of text that phones are made of. */
static const char *
random_piece(void)
{
    static const char *const pieces[] = {
        "0",
        "1",
        "2",
        "41",
        "7",
        "8",
        "9",
        "00",
        "011",
        "+",
        "(",
        ")",
        " ",
        "-",
        "x",
        "ext",
        "#",
        ";",
        "15",
        "80",
        "06",
        "55",
        "54",
        "1",
        "39",
        "FLOW",
        "\xd9\xa4",
        "810",
        "3",
        "44",
        "\xef\xbc\x8b",
        "tel:",
        "\xc2\xa0",
    };
    return pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))];
}

START_TEST(normal_forms_stay_as_they_are)
{
    static const uint32_t codes[] = {0,  1,  7,  36, 39, 41,
                                     49, 52, 54, 55, 81, 375};
    static const char *const spaces[] = {"phone", "email", "user_id"};
    const unsigned seed = (unsigned)setting_seed();
    const unsigned cases = (unsigned)setting_cases(20000);
    srand(seed);
    for (unsigned i = 0; i < cases; ++i) {
        char text[128] = "";
        const int count = 1 + rand() % 14;
        for (int k = 0; k < count; ++k) {
            strcat(text, random_piece());
        }
        policy.calling_code =
            codes[(size_t)rand() % (sizeof(codes) / sizeof(codes[0]))];
        const char *ns = spaces[(size_t)rand() % 3];
        omni__slice out = {NULL, 0};
        omni__slice again = {NULL, 0};
        if (normalize(ns, omni__slice_text(text), &out) == OMNI_REFUSED_NONE) {
            const omni_refused_code code = normalize(ns, out, &again);
            ck_assert_msg(code == OMNI_REFUSED_NONE &&
                              omni__slice_equal(out, again),
                          "seed %u: %s:%s -> %.*s -> %.*s (code %d, home %u)",
                          seed, ns, text, (int)out.size, (const char *)out.data,
                          (int)again.size, (const char *)again.data, (int)code,
                          (unsigned)policy.calling_code);
        }
        omni__arena_reset(&arena);
    }
}
END_TEST

static FILE *
open_data(const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", getenv("OMNI_DATA"), name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    return file;
}

static omni__slice
field(const omni__json *line, const char *name)
{
    const omni__json *value = omni__json_get(line, name);
    return value != NULL && value->type == OMNI__JSON_STRING
               ? value->text
               : omni__slice_of("", 0);
}

START_TEST(email_answers_of_others)
{
    static char line[65536];
    size_t count = 0;
    FILE *file =
        open_data("normalise-email/golden_validatorjs_normalize.jsonl");
    while (fgets(line, sizeof(line), file) != NULL) {
        omni__json_fault fault;
        const omni__json *json =
            omni__json_parse(omni__slice_text(line), &arena, &fault);
        ck_assert_msg(json != NULL, "%s", fault.message);
        omni__slice out = {NULL, 0};
        const omni__slice input = field(json, "input");
        const omni__slice wanted = field(json, "lower_only");
        if (normalize("email", input, &out) == OMNI_REFUSED_NONE) {
            const omni__slice trimmed = omni__text_trim(wanted);
            ck_assert_msg(omni__slice_equal(out, trimmed), "%.*s is %.*s",
                          (int)input.size, (const char *)input.data,
                          (int)out.size, (const char *)out.data);
            ++count;
        }
    }
    fclose(file);
    printf("e-mail: %zu answers are the same\n", count);
    ck_assert_uint_ge(count, 100);
}
END_TEST

#define REGIONS 512
#define KINDS 64

typedef struct region {
    char name[8];
    uint32_t code;
} region;

typedef struct kind {
    char name[40];
    unsigned all;
    unsigned same;
} kind;

static region regions[REGIONS];
static size_t region_count;
static kind kinds[KINDS];
static size_t kind_count;
static kind without_plus = {.name = "home code, no plus"};

static uint32_t
region_code(omni__slice name)
{
    for (size_t i = 0; i < region_count; ++i) {
        if (omni__slice_equal(omni__slice_text(regions[i].name), name)) {
            return regions[i].code;
        }
    }
    return 0;
}

static void
learn_name(omni__slice name, uint32_t code)
{
    if (name.size != 0 && name.size < sizeof(regions[0].name) &&
        region_code(name) == 0 && region_count < REGIONS) {
        region *r = &regions[region_count++];
        memcpy(r->name, name.data, name.size);
        r->code = code;
    }
}

/* "+41 44 668 18 00" tells the calling code of its region. */
static void
learn_region(const omni__json *json)
{
    const omni__slice number = field(json, "international");
    if (number.size > 1) {
        const char *digits = (const char *)number.data + 1;
        const uint32_t code = (uint32_t)strtoul(digits, NULL, 10);
        learn_name(field(json, "region_out"), code);
        learn_name(field(json, "src"), code);
    }
}

static kind *
kind_named(omni__slice name)
{
    const uint8_t *colon = memchr(name.data, ':', name.size);
    if (colon != NULL) {
        const size_t skipped = (size_t)(colon - name.data) + 1;
        name = omni__slice_of(name.data + skipped, name.size - skipped);
    } else {
        name = omni__slice_text("plain");
    }
    for (size_t i = 0; i < kind_count; ++i) {
        if (omni__slice_equal(omni__slice_text(kinds[i].name), name)) {
            return &kinds[i];
        }
    }
    ck_assert_uint_lt(kind_count, KINDS);
    ck_assert_uint_lt(name.size, sizeof(kinds[0].name));
    memcpy(kinds[kind_count].name, name.data, name.size);
    return &kinds[kind_count++];
}

static void
judge(kind *k, uint32_t home, omni__slice input, omni__slice wanted)
{
    omni__slice out = {NULL, 0};
    policy.calling_code = home;
    const omni_refused_code code = normalize("phone", input, &out);
    const bool same =
        code == OMNI_REFUSED_NONE && omni__slice_equal(out, wanted);
    k->all += 1;
    k->same += same ? 1 : 0;
    if (!same && getenv("OMNI_VERBOSE") != NULL) {
        printf("%-20s home %3u %-24.*s is %.*s, not %.*s\n", k->name,
               (unsigned)home, (int)input.size, (const char *)input.data,
               (int)out.size, (const char *)out.data, (int)wanted.size,
               (const char *)wanted.data);
    }
}

static void
judge_phone(const omni__json *json)
{
    const omni__json *valid = omni__json_get(json, "valid");
    if (valid == NULL || valid->type != OMNI__JSON_TRUE) {
        return;
    }
    const omni__slice wanted = field(json, "e164");
    judge(kind_named(field(json, "kind")), region_code(field(json, "region")),
          field(json, "input"), wanted);
    /* Theirs is not on record for this, but what is meant is plain. */
    judge(&without_plus, region_code(field(json, "region_out")),
          omni__slice_of(wanted.data + 1, wanted.size - 1), wanted);
}

static void
each_phone(void (*visit)(const omni__json *json))
{
    static char line[65536];
    FILE *file = open_data("normalise-phone/golden.jsonl");
    while (fgets(line, sizeof(line), file) != NULL) {
        omni__json_fault fault;
        const omni__json *json =
            omni__json_parse(omni__slice_text(line), &arena, &fault);
        ck_assert_msg(json != NULL, "%s", fault.message);
        visit(json);
        omni__arena_reset(&arena);
    }
    fclose(file);
}

START_TEST(phone_answers_of_others)
{
    region_count = 0;
    kind_count = 0;
    memset(regions, 0, sizeof(regions));
    memset(kinds, 0, sizeof(kinds));
    each_phone(learn_region);
    each_phone(judge_phone);
    unsigned all = 0;
    unsigned same = 0;
    for (size_t i = 0; i < kind_count; ++i) {
        printf("phone %-20s %4u of %4u\n", kinds[i].name, kinds[i].same,
               kinds[i].all);
        all += kinds[i].all;
        same += kinds[i].same;
    }
    printf("phone %-20s %4u of %4u: %.2f %%\n", "all", same, all,
           100.0 * same / all);
    printf("phone %-20s %4u of %4u\n", without_plus.name, without_plus.same,
           without_plus.all);
    ck_assert_uint_gt(all, 5000);
    ck_assert_uint_ge(without_plus.same * 100, without_plus.all * 93);
    ck_assert_uint_ge(same * 1000, all * 999);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("normalize");
    TCase *rules = tcase_create("rules");
    tcase_add_checked_fixture(rules, setup, teardown);
    tcase_add_test(rules, values_are_trimmed_and_composed);
    tcase_add_test(rules, email_is_lower_case_and_no_more);
    tcase_add_test(rules, junk_names_nobody);
    tcase_add_test(rules, phone_junk_names_nobody);
    tcase_add_test(rules, limits_and_bad_bytes_are_refused);
    tcase_add_test(rules, phone_is_one_number_however_written);
    tcase_add_test(rules, phone_takes_the_home_code);
    tcase_add_test(rules, normal_forms_stay_as_they_are);
    tcase_set_timeout(rules, 60);
    suite_add_tcase(suite, rules);
    if (getenv("OMNI_DATA") != NULL) {
        TCase *others = tcase_create("others");
        tcase_add_checked_fixture(others, setup, teardown);
        tcase_add_test(others, email_answers_of_others);
        tcase_add_test(others, phone_answers_of_others);
        tcase_set_timeout(others, 60);
        suite_add_tcase(suite, others);
    } else {
        printf("left out: OMNI_DATA is not set\n");
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
