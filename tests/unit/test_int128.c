/* Products and quotients of 128 bits. */
#include "codec/int128.h"

#include "support/setting.h"

#include <check.h>
#include <stdio.h>

static omni__int128
number(int64_t high, uint64_t low)
{
    return (omni__int128){.low = low, .high = (uint64_t)high};
}

#define LEAST number(INT64_MIN, 0)
#define MOST number(INT64_MAX, UINT64_MAX)

START_TEST(quotients_are_rounded_as_asked)
{
    static const struct {
        int64_t a, b, c;
        int64_t wanted[5]; /* by omni__rounding */
    } cases[] = {
        {5, 1, 2, {2, 3, 2, 2, 3}},       {7, 1, 2, {4, 4, 3, 3, 4}},
        {-5, 1, 2, {-2, -3, -2, -3, -2}}, {5, -1, 2, {-2, -3, -2, -3, -2}},
        {5, 1, -2, {-2, -3, -2, -3, -2}}, {-5, -1, 2, {2, 3, 2, 2, 3}},
        {4, 1, 3, {1, 1, 1, 1, 2}},       {-5, 1, 3, {-2, -2, -1, -2, -1}},
        {6, 7, 21, {2, 2, 2, 2, 2}},      {0, 5, -3, {0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        for (int way = OMNI__ROUND_EVEN; way <= OMNI__ROUND_UP; ++way) {
            omni__int128 out;
            ck_assert(omni__int128_scale(
                omni__int128_of(cases[i].a), omni__int128_of(cases[i].b),
                omni__int128_of(cases[i].c), (omni__rounding)way, &out));
            ck_assert_msg(omni__int128_compare(
                              out, omni__int128_of(cases[i].wanted[way])) == 0,
                          "case %zu, rounding %d", i, way);
        }
    }
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const omni__int128 one = omni__int128_of(1);
    const omni__int128 minus = omni__int128_of(-1);
    const struct {
        omni__int128 a, b, c;
        bool fits;
    } cases[] = {
        {one, one, omni__int128_of(0), false},
        {MOST, one, one, true},
        {LEAST, one, one, true},
        {LEAST, minus, one, false},
        {LEAST, one, minus, false},
        {LEAST, minus, minus, true},
        {LEAST, LEAST, LEAST, true},
        {MOST, MOST, MOST, true},
        {MOST, MOST, LEAST, true},
        {LEAST, LEAST, MOST, false},
        {MOST, MOST, one, false},
        {MOST, omni__int128_of(2), one, false},
        {MOST, omni__int128_of(3), omni__int128_of(2), false},
        {LEAST, LEAST, one, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        omni__int128 out;
        ck_assert_msg(omni__int128_scale(cases[i].a, cases[i].b, cases[i].c,
                                         OMNI__ROUND_UP, &out) == cases[i].fits,
                      "case %zu", i);
    }
}
END_TEST

static uint64_t
next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *state >> 11 ^ *state << 31;
}

/* a * b / b is a, and (a * b + r) / b with a small r rounds to a. */
START_TEST(products_are_taken_apart_again)
{
    uint64_t state = setting_seed();
    const uint64_t cases = setting_cases(20000);
    for (uint64_t i = 0; i < cases; ++i) {
        const uint64_t cut = next_random(&state) % 64;
        const omni__int128 a =
            number((int64_t)next_random(&state) >> cut, next_random(&state));
        omni__int128 b =
            number((int64_t)next_random(&state) >> cut, next_random(&state));
        b = (b.low | b.high) == 0 ? omni__int128_of(3) : b;
        omni__int128 out;
        ck_assert(omni__int128_scale(a, b, b, OMNI__ROUND_ZERO, &out));
        ck_assert_int_eq(omni__int128_compare(out, a), 0);
        /* Small ones have a product to divide. */
        const omni__int128 x = omni__int128_of((int32_t)next_random(&state));
        const omni__int128 y =
            omni__int128_of((int64_t)(next_random(&state) % 1000000000) + 1);
        omni__int128 product;
        ck_assert(omni__int128_scale(x, y, omni__int128_of(1), OMNI__ROUND_ZERO,
                                     &product));
        ck_assert_int_eq((int64_t)product.low, (int64_t)x.low * (int64_t)y.low);
        const int64_t rest = (int64_t)(next_random(&state) % y.low);
        ck_assert(
            omni__int128_scale(omni__int128_add(product, omni__int128_of(rest)),
                               omni__int128_of(1), y, OMNI__ROUND_DOWN, &out));
        ck_assert_int_eq(omni__int128_compare(out, x), 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("int128");
    TCase *tcase = tcase_create("scale");
    tcase_add_test(tcase, quotients_are_rounded_as_asked);
    tcase_add_test(tcase, what_does_not_fit_is_refused);
    tcase_add_test(tcase, products_are_taken_apart_again);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
