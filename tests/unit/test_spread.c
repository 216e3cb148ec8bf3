/* Percentiles of series that are kept, and of those that are counted. */
#include "segments/spread.h"

#include <check.h>
#include <stdlib.h>

#define NUMBERS 3000

static uint64_t numbers[NUMBERS];

static int
compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* How often the numbers were given. */
static unsigned
find(size_t count, size_t room, uint64_t ranks[2], uint64_t *mean)
{
    omni__spread spread = {.alloc = &omni__alloc_default, .room = room};
    bool more = true;
    unsigned times = 0;
    while (more) {
        for (size_t i = 0; i < count; ++i) {
            ck_assert(omni__spread_add(&spread, numbers[i]));
        }
        ck_assert(omni__spread_again(&spread, &more));
        ck_assert_uint_le(++times, 6);
    }
    bool still = true;
    ck_assert(omni__spread_again(&spread, &still) && !still);
    omni__spread_tell(&spread, ranks, mean);
    omni__spread_free(&spread);
    return times;
}

/* By sorting. */
static void
check_numbers(size_t count)
{
    uint64_t kept[2];
    uint64_t counted[2];
    uint64_t mean[2];
    ck_assert_uint_eq(find(count, NUMBERS, kept, &mean[0]), 1);
    const unsigned times = find(count, 1, counted, &mean[1]);
    ck_assert(count < 2 || times > 1);
    qsort(numbers, count, sizeof(numbers[0]), compare);
    ck_assert_uint_eq(kept[0], numbers[(count + 1) / 2 - 1]);
    ck_assert_uint_eq(kept[1], numbers[(count * 9 + 9) / 10 - 1]);
    ck_assert_mem_eq(kept, counted, sizeof(kept));
    uint64_t whole = 0;
    uint64_t rest = 0;
    for (size_t i = 0; i < count; ++i) {
        whole += numbers[i] / count;
        rest += numbers[i] % count;
    }
    ck_assert_uint_eq(mean[0], mean[1]);
    ck_assert_uint_eq(mean[0], whole + rest / count);
}

START_TEST(percentiles_are_numbers_of_the_series)
{
    uint64_t state = 88172645463325252u;
    for (size_t count = 1; count < NUMBERS; count = count * 3 / 2 + 1) {
        for (unsigned bits = 1; bits < 52; bits += 3) {
            for (size_t i = 0; i < count; ++i) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                numbers[i] = state >> (64 - bits);
            }
            check_numbers(count);
        }
    }
}
END_TEST

START_TEST(nothing_has_no_percentiles)
{
    uint64_t ranks[2] = {1, 1};
    uint64_t mean = 1;
    ck_assert_uint_eq(find(0, 1, ranks, &mean), 1);
    ck_assert(ranks[0] == 0 && ranks[1] == 0 && mean == 0);
    numbers[0] = numbers[1] = INT64_MAX;
    ck_assert_uint_gt(find(2, 1, ranks, &mean), 1);
    ck_assert(ranks[0] == INT64_MAX && ranks[1] == INT64_MAX &&
              mean == INT64_MAX);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("spread");
    TCase *spread = tcase_create("spread");
    tcase_add_test(spread, percentiles_are_numbers_of_the_series);
    tcase_add_test(spread, nothing_has_no_percentiles);
    suite_add_tcase(suite, spread);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
