/* Exact decimals: canonical text and millionths against digit strings. */
#include "codec/decimal.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static omni__buffer buffer;

static void
setup(void)
{
    omni__buffer_init(&buffer, &omni__alloc_default);
}

static void
teardown(void)
{
    omni__buffer_free(&buffer);
}

/* NULL if refused. */
static const char *
canonical(const char *text)
{
    omni__buffer_clear(&buffer);
    if (!omni__decimal_canonical(omni__slice_text(text), &buffer)) {
        ck_assert_uint_eq(buffer.size, 0);
        return NULL;
    }
    omni__buffer_byte(&buffer, 0);
    return (const char *)buffer.data;
}

static const char *
micro(const char *text)
{
    static char out[OMNI__DECIMAL_TEXT];
    omni__int128 value = {1, 1};
    if (!omni__decimal_micro(omni__slice_text(text), &value)) {
        return NULL;
    }
    const size_t size = omni__decimal_format(value, out);
    ck_assert_uint_eq(size, strlen(out));
    return out;
}

#define FORTY "1234567890123456789012345678901234567890"
#define ZEROES_38 "00000000000000000000000000000000000000"

START_TEST(canonical_forms)
{
    static const char *const pairs[][2] = {
        {"59.90", "59.9"},
        {"1E2", "100"},
        {"1e+2", "100"},
        {"-0.0", "0"},
        {"-0", "0"},
        {"0e999999999999999999999", "0"},
        {"0.00", "0"},
        {"-12.3400", "-12.34"},
        {"9007199254740993", "9007199254740993"},
        {"0.1", "0.1"},
        {"1e-1", "0.1"},
        {"123e-2", "1.23"},
        {"0.000123E3", "0.123"},
        {"1e39", "1" ZEROES_38 "0"},
        {"1e40", "1e+40"},
        {"1e-39", "0." ZEROES_38 "1"},
        {"1e-40", "1e-40"},
        {FORTY, FORTY},
        {FORTY "1", "1.2345678901234567890123456789012345678901e+40"},
        {"1.50e400", "1.5e+400"},
        {"1e-400", "1e-400"},
        {"-12e400", "-1.2e+401"},
        {"1e100000000", "1e+100000000"},
        {"10e99999999", "1e+100000000"},
        {"1e-100000000", "1e-100000000"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); ++i) {
        const char *got = canonical(pairs[i][0]);
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got, pairs[i][1]);
    }
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        "01",
        "-01",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "1 ",
        " 1",
        "1,0",
        "1e1.5",
        "--1",
        "1e400x",
        "1e100000001",
        "10e100000000",
        "1e-100000001",
        "0.1e-100000000",
        "1e99999999999999999999999",
        "-1e-99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        ck_assert_msg(canonical(bad[i]) == NULL, "%s taken", bad[i]);
    }
}
END_TEST

START_TEST(millionths_round_half_to_even)
{
    static const char *const pairs[][2] = {
        {"59.90", "59.9"},
        {"-0.0", "0"},
        {"0.0000005", "0"},
        {"0.0000015", "0.000002"},
        {"0.0000025", "0.000002"},
        {"0.00000250000000000000000000000000000001", "0.000003"},
        {"-0.0000015", "-0.000002"},
        {"-0.0000005", "0"},
        {"0.0000005000000000001", "0.000001"},
        {"0.9999995", "1"},
        {"0.9999994999", "0.999999"},
        {"1e-400", "0"},
        {"5e-7", "0"},
        {"50000000000000001e-23", "0.000001"},
        {"9007199254740993.000001", "9007199254740993.000001"},
        {"170141183460469231731687303715884.105727",
         "170141183460469231731687303715884.105727"},
        {"-170141183460469231731687303715884.105728",
         "-170141183460469231731687303715884.105728"},
        {"170141183460469231731687303715884.1057274",
         "170141183460469231731687303715884.105727"},
        {"1e32", "100000000000000000000000000000000"},
        {"0e999999999", "0"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); ++i) {
        const char *got = micro(pairs[i][0]);
        ck_assert_msg(got != NULL, "%s refused", pairs[i][0]);
        ck_assert_str_eq(got, pairs[i][1]);
    }
    static const char *const wide[] = {
        "170141183460469231731687303715884.105728",
        "170141183460469231731687303715884.1057275",
        "-170141183460469231731687303715884.1057286",
        "340282366920938463463374607431768.2114555",
        "340282366920938463463374607431768.211456",
        "1e33",
        "1e400",
        "999999999999999999999999999999999.999999",
        "x",
    };
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); ++i) {
        ck_assert_msg(micro(wide[i]) == NULL, "%s taken", wide[i]);
    }
}
END_TEST

/* The model: a number written out in full, as digits around the point. */
#define PLACES 128

typedef struct plain {
    bool negative;
    char digits[2 * PLACES + 1]; /* point after the first PLACES */
} plain;

static plain
write_out(const char *text)
{
    plain p = {.negative = text[0] == '-'};
    memset(p.digits, '0', 2 * PLACES);
    text += p.negative ? 1 : 0;
    const char *e = strpbrk(text, "eE");
    const int exponent = e != NULL ? atoi(e + 1) : 0;
    const size_t size = e != NULL ? (size_t)(e - text) : strlen(text);
    const char *point = memchr(text, '.', size);
    const int whole = point != NULL ? (int)(point - text) : (int)size;
    int place = PLACES - (whole + exponent);
    for (size_t i = 0; i < size; ++i) {
        if (text[i] != '.') {
            ck_assert_int_ge(place, 0);
            ck_assert_int_lt(place, 2 * PLACES);
            p.digits[place++] = text[i];
        }
    }
    return p;
}

static void
model_plain(const plain *p, size_t first, size_t last, char *out)
{
    if (p->negative && strspn(p->digits, "0") < last) {
        *out++ = '-';
    }
    while (first < PLACES - 1 && p->digits[first] == '0') {
        ++first;
    }
    while (last > PLACES && p->digits[last - 1] == '0') {
        --last;
    }
    for (size_t i = first; i < last; ++i) {
        if (i == PLACES) {
            *out++ = '.';
        }
        *out++ = p->digits[i];
    }
    *out = '\0';
}

static void
model_round(plain *p)
{
    const size_t cut = PLACES + 6;
    const bool odd = (p->digits[cut - 1] - '0') % 2 != 0;
    const bool tail = strspn(p->digits + cut + 1, "0") != PLACES - 7;
    const bool up =
        p->digits[cut] > '5' || (p->digits[cut] == '5' && (odd || tail));
    memset(p->digits + cut, '0', PLACES - 6);
    for (size_t i = cut; up && i > 0; --i) {
        if (p->digits[i - 1] != '9') {
            ++p->digits[i - 1];
            break;
        }
        p->digits[i - 1] = '0';
    }
}

static bool
model_fits(const plain *p)
{
    /* 2^127 with its last six digits behind the point */
    char bound[PLACES + 7];
    memset(bound, '0', PLACES + 6);
    static const char most[] = "170141183460469231731687303715884105727";
    memcpy(bound + PLACES + 6 - 39, most, 39);
    bound[PLACES + 5] = p->negative ? '8' : '7';
    return memcmp(p->digits, bound, PLACES + 6) <= 0;
}

static void
random_number(char *out)
{
    static const int widths[] = {1, 2, 3, 7, 18, 33, 38, 39, 40, 45};
    const int whole = widths[rand() % 10];
    const int fraction = rand() % 3 == 0 ? 0 : rand() % 45;
    const bool sparse = rand() % 3 == 0;
    if (rand() % 3 == 0) {
        *out++ = '-';
    }
    for (int i = 0; i < whole; ++i) {
        *out++ = (char)('0' + (sparse && rand() % 4 != 0 ? 0 : rand() % 10));
        if (i == 0 && whole > 1 && out[-1] == '0') {
            out[-1] = '1';
        }
    }
    if (fraction != 0) {
        *out++ = '.';
        for (int i = 0; i < fraction; ++i) {
            const int half = i == 6 ? 5 : 0;
            *out++ = (char)('0' + (sparse ? half : rand() % 10));
        }
    }
    *out = '\0';
    if (rand() % 2 == 0) {
        sprintf(out, "%c%d", rand() % 2 == 0 ? 'e' : 'E', rand() % 80 - 40);
    }
}

static void
check_canonical(const char *text, unsigned seed)
{
    char wanted[3 * PLACES];
    const plain p = write_out(text);
    model_plain(&p, 0, 2 * PLACES, wanted);
    size_t count = 0;
    for (const char *c = wanted; *c != '\0'; ++c) {
        count += *c >= '0' && *c <= '9' ? 1 : 0;
    }
    char got[3 * PLACES];
    const char *first = canonical(text);
    ck_assert_ptr_nonnull(first);
    strcpy(got, first);
    ck_assert_msg((strchr(got, 'e') != NULL) == (count > 40),
                  "seed %u: %s is %s", seed, text, got);
    const plain again = write_out(got);
    ck_assert_msg(memcmp(again.digits, p.digits, 2 * PLACES) == 0,
                  "seed %u: %s is %s", seed, text, got);
    if (count <= 40) {
        ck_assert_msg(strcmp(got, wanted) == 0, "seed %u: %s is %s, not %s",
                      seed, text, got, wanted);
        ck_assert(omni__decimal_is_plain(omni__slice_text(got)));
    }
    const bool same = strcmp(text, got) == 0;
    ck_assert_msg(!omni__decimal_is_plain(omni__slice_text(text)) || same,
                  "seed %u: %s is not plain", seed, text);
    ck_assert_str_eq(canonical(got), got);
}

START_TEST(numbers_are_as_the_model_has_them)
{
    const unsigned seed = (unsigned)setting_seed();
    const unsigned cases = (unsigned)setting_cases(20000);
    unsigned fitting = 0;
    srand(seed);
    for (unsigned i = 0; i < cases; ++i) {
        char text[256];
        random_number(text);
        check_canonical(text, seed);
        plain p = write_out(text);
        model_round(&p);
        const char *got = micro(text);
        ck_assert_msg((got != NULL) == model_fits(&p), "seed %u: %s is %s",
                      seed, text, got != NULL ? got : "refused");
        if (got != NULL) {
            char wanted[3 * PLACES];
            model_plain(&p, 0, PLACES + 6, wanted);
            ck_assert_msg(strcmp(got, wanted) == 0, "seed %u: %s is %s, not %s",
                          seed, text, got, wanted);
            ++fitting;
        }
    }
    ck_assert_uint_gt(fitting, cases / 4);
    ck_assert_uint_lt(fitting, cases);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("decimal");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, canonical_forms);
    tcase_add_test(all, what_is_no_number_is_refused);
    tcase_add_test(all, millionths_round_half_to_even);
    tcase_add_test(all, numbers_are_as_the_model_has_them);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
