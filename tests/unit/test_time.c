/* RFC 3339 instants, against a calendar that is counted day by day. */
#include "codec/time.h"
#include "support/setting.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST INT64_C(-62135596800000000)
#define LAST INT64_C(253402300799999999)
#define DAY_US INT64_C(86400000000)

static void
expect(const char *text, int64_t wanted)
{
    int64_t got = 1;
    ck_assert_msg(omni__time_parse(omni__slice_text(text), &got), "%s refused",
                  text);
    ck_assert_msg(got == wanted, "%s is %" PRId64 ", not %" PRId64, text, got,
                  wanted);
}

START_TEST(senders_forms_are_read)
{
    const int64_t at = INT64_C(1769846400000000);
    expect("2026-01-31T08:00:00Z", at);
    expect("2026-01-31t08:00:00z", at);
    expect("2026-01-31 08:00:00Z", at);
    expect("2026-01-31T08:00:00", at);
    expect("2026-01-31T08:00", at);
    expect("2026-01-31T08:00Z", at);
    expect("2026-01-31T09:30:00+01:30", at);
    expect("2026-01-31T09:30:00+0130", at);
    expect("2026-01-31T09:00:00+01", at);
    expect("2026-01-31T07:00:00-01:00", at);
    expect("2026-01-31T07:00-01", at);
    expect("2026-01-31T08:00:00-00:00", at);
    expect("2026-01-31", at - INT64_C(8) * 3600000000);
    expect("2026-01-31T08:00:00.1Z", at + 100000);
    expect("2026-01-31T08:00:00.123456Z", at + 123456);
    expect("2026-01-31T08:00:00.1234569999Z", at + 123456);
    expect("2026-01-31T08:00:00.000000999999999999999999999+00:00", at);
    expect("2026-01-31T07:59:60Z", at);
    expect("2016-12-31T23:59:60.5Z", INT64_C(1483228800500000));
    expect("1970-01-01T00:00:00Z", 0);
    expect("0001-01-01T00:00:00Z", FIRST);
    expect("9999-12-31T23:59:59.999999Z", LAST);
    expect("2000-02-29", INT64_C(951782400000000));
}
END_TEST

START_TEST(what_is_no_instant_is_refused)
{
    static const char *const bad[] = {
        "",
        "yesterday",
        "2026",
        "2026-01",
        "2026-1-31",
        "20260131",
        "2026-01-31T",
        "2026-01-31T08",
        "2026-01-31T08Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T08:60:00Z",
        "2026-01-31T08:00:61Z",
        "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00.5Z",
        "2026-01-31T08:00:00,5Z",
        "2026-01-31T08:00:00 Z",
        "2026-01-31T08:00:00ZZ",
        "2026-01-31T08:00:00+",
        "2026-01-31T08:00:00+1",
        "2026-01-31T08:00:00+01:",
        "2026-01-31T08:00:00+01:3",
        "2026-01-31T08:00:00+01:60",
        "2026-01-31T08:00:00+24:00",
        "2026-01-31T08:00:00+01:30:00",
        "2026-01-31Z",
        "2026-01-31  08:00:00",
        "2026-00-31",
        "2026-13-01",
        "2026-01-00",
        "2026-01-32",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "0000-01-01",
        "-001-01-01",
        "10000-01-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:00-00:01",
        "1769846400",
        " 2026-01-31",
        "2026-01-31 ",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        int64_t got = 1;
        ck_assert_msg(!omni__time_parse(omni__slice_text(bad[i]), &got),
                      "%s taken", bad[i]);
        ck_assert_int_eq(got, 1);
    }
}
END_TEST

START_TEST(instants_are_written_as_short_as_exact)
{
    char text[OMNI__TIME_TEXT];
    ck_assert_uint_eq(omni__time_format(0, text), 20);
    ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
    omni__time_format(-1, text);
    ck_assert_str_eq(text, "1969-12-31T23:59:59.999999Z");
    omni__time_format(1500000, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:01.500Z");
    omni__time_format(1500001, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:01.500001Z");
    omni__time_format(INT64_MIN, text);
    ck_assert_str_eq(text, "0001-01-01T00:00:00Z");
    omni__time_format(INT64_MAX, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59.999999Z");
}
END_TEST

static bool
leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void
next_day(int date[3])
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int length =
        days[date[1] - 1] + (date[1] == 2 && leap(date[0]) ? 1 : 0);
    if (++date[2] > length) {
        date[2] = 1;
        if (++date[1] > 12) {
            date[1] = 1;
            ++date[0];
        }
    }
}

START_TEST(every_day_of_the_calendar_is_right)
{
    int date[3] = {1, 1, 1};
    char wanted[40];
    char got[OMNI__TIME_TEXT];
    int64_t at = FIRST;
    while (date[0] < 10000) {
        snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT00:00:00Z", date[0],
                 date[1], date[2]);
        omni__time_format(at, got);
        const bool same = strcmp(got, wanted) == 0;
        wanted[10] = '\0';
        int64_t back = 1;
        if (!same || !omni__time_parse(omni__slice_text(wanted), &back) ||
            back != at) { /* an assertion that holds is slow, too */
            ck_abort_msg("%s is %s and %" PRId64, wanted, got, back);
        }
        next_day(date);
        at += DAY_US;
    }
    ck_assert_int_eq(at, LAST + 1);
}
END_TEST

static int64_t
random_below(int64_t bound)
{
    uint64_t bits = 0;
    for (int i = 0; i < 5; ++i) {
        bits = bits << 15 ^ ((uint64_t)rand() & 0x7fff);
    }
    return (int64_t)(bits % (uint64_t)bound);
}

START_TEST(random_instants_come_back)
{
    const unsigned seed = (unsigned)setting_seed();
    const unsigned cases = (unsigned)setting_cases(50000);
    srand(seed);
    for (unsigned i = 0; i < cases; ++i) {
        const int offset = rand() % (2 * 1439 + 1) - 1439; /* minutes */
        const int64_t local =
            FIRST + 2 * DAY_US + random_below(LAST - FIRST - 4 * DAY_US);
        char text[64];
        const size_t size = omni__time_format(local, text);
        int64_t back = 1;
        bool right = omni__time_parse(omni__slice_of(text, size), &back) &&
                     back == local;
        const int far = offset < 0 ? -offset : offset;
        snprintf(text + size - 1, sizeof(text) - size, "%c%02d:%02d",
                 offset < 0 ? '-' : '+', far / 60, far % 60);
        right = right && omni__time_parse(omni__slice_text(text), &back) &&
                back == local - offset * INT64_C(60000000);
        if (!right) {
            ck_abort_msg("seed %u: %s is %" PRId64, seed, text, back);
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("time");
    TCase *all = tcase_create("all");
    tcase_add_test(all, senders_forms_are_read);
    tcase_add_test(all, what_is_no_instant_is_refused);
    tcase_add_test(all, instants_are_written_as_short_as_exact);
    tcase_add_test(all, every_day_of_the_calendar_is_right);
    tcase_add_test(all, random_instants_come_back);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
