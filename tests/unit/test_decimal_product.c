/* Exact products and order of decimals. */
#include "codec/decimal.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *
product(const char *a, const char *b)
{
    static char out[512];
    omni__buffer text;
    omni__buffer_init(&text, &omni__alloc_default);
    const bool fine =
        omni__decimal_product(omni__slice_text(a), omni__slice_text(b), &text);
    ck_assert_uint_lt(text.size, sizeof(out));
    snprintf(out, sizeof(out), "%.*s", fine ? (int)text.size : 0,
             text.size != 0 ? (const char *)text.data : "");
    omni__buffer_free(&text);
    return out;
}

START_TEST(products_are_exact)
{
    ck_assert_str_eq(product("6", "2.55"), "15.3");
    ck_assert_str_eq(product("-80995", "2.08"), "-168469.6");
    ck_assert_str_eq(product("0.1", "0.1"), "0.01");
    ck_assert_str_eq(product("-0.5", "-0.2"), "0.1");
    ck_assert_str_eq(product("0", "-7"), "0");
    ck_assert_str_eq(product("0", "0"), "0");
    ck_assert_str_eq(product("1e3", "1.5e-3"), "1.5");
    ck_assert_str_eq(product("9999999999999999999999", "99999999999"),
                     "999999999989999999999900000000001");
    ck_assert_str_eq(product("0.000000001", "0.000000001"),
                     "0.000000000000000001");
}
END_TEST

START_TEST(what_is_no_number_or_too_long_has_no_product)
{
    char digits[OMNI__DECIMAL_FACTOR + 2];
    memset(digits, '7', sizeof(digits));
    digits[OMNI__DECIMAL_FACTOR + 1] = '\0';
    ck_assert_str_eq(product("x", "1"), "");
    ck_assert_str_eq(product("1", ""), "");
    ck_assert_str_eq(product(digits, "1"), "");
    ck_assert_str_eq(product("1e99999999", "1e99999999"), "");
    digits[OMNI__DECIMAL_FACTOR] = '\0';
    ck_assert_str_ne(product(digits, digits), "");
}
END_TEST

START_TEST(products_equal_those_of_integers)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 2000; ++i) {
        char a[32];
        char b[32];
        char wanted[48];
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const int64_t x = (int64_t)(state % 2000001) - 1000000;
        const int64_t y = (int64_t)(state >> 32) % 2000001 - 1000000;
        snprintf(a, sizeof(a), "%" PRId64, x);
        snprintf(b, sizeof(b), "%" PRId64, y);
        snprintf(wanted, sizeof(wanted), "%" PRId64, x * y);
        ck_assert_str_eq(product(a, b), wanted);
        ck_assert_int_eq(
            omni__decimal_compare(omni__slice_text(a), omni__slice_text(b)),
            (x > y) - (x < y));
    }
}
END_TEST

START_TEST(order_is_by_value)
{
    static const char *const rising[] = {
        "-1e30", "-10", "-9.5", "-0.0001", "0",   "0.00000001", "0.1",
        "0.11",  "1",   "1.05", "10",      "1e2", "1000.1",
    };
    for (size_t i = 0; i < sizeof(rising) / sizeof(rising[0]); ++i) {
        for (size_t j = 0; j < sizeof(rising) / sizeof(rising[0]); ++j) {
            ck_assert_int_eq(omni__decimal_compare(omni__slice_text(rising[i]),
                                                   omni__slice_text(rising[j])),
                             (i > j) - (i < j));
        }
    }
    ck_assert_int_eq(omni__decimal_compare(omni__slice_text("1.50"),
                                           omni__slice_text("15e-1")),
                     0);
    ck_assert_int_eq(
        omni__decimal_compare(omni__slice_text("-0"), omni__slice_text("0.0")),
        0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("decimal_product");
    TCase *tests = tcase_create("decimal_product");
    tcase_add_test(tests, products_are_exact);
    tcase_add_test(tests, what_is_no_number_or_too_long_has_no_product);
    tcase_add_test(tests, products_equal_those_of_integers);
    tcase_add_test(tests, order_is_by_value);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
