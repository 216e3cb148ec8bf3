/* Times in other forms than RFC 3339, and zones. */
#include "codec/time.h"
#include "codec/time_form.h"

#include <check.h>
#include <stdlib.h>

static omni__slice
text(const char *given)
{
    return omni__slice_text(given);
}

/* The instant as RFC 3339, or "" where the text is refused. */
static const char *
read_as(const char *form, const char *given, int32_t offset_s)
{
    static char out[OMNI__TIME_TEXT];
    int64_t time_us = 0;
    ck_assert_ptr_null(omni__time_form_fault(text(form)));
    out[0] = '\0';
    if (omni__time_form_read(text(form), text(given), offset_s, &time_us)) {
        omni__time_format(time_us, out);
    }
    return out;
}

START_TEST(forms_read_what_they_describe)
{
    static const struct {
        const char *form, *given, *wanted;
    } cases[] = {
        {"rfc3339", "2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"},
        {"rfc3339", "2024-05-06 07:08", "2024-05-06T07:08:00Z"},
        {"rfc3339", "2024-05-06T07:08:09+02:00", "2024-05-06T05:08:09Z"},
        {"unix", "1714979289", "2024-05-06T07:08:09Z"},
        {"unix", "1714979289.5", "2024-05-06T07:08:09.500Z"},
        {"unix", "-0.000001", "1969-12-31T23:59:59.999999Z"},
        {"unix_ms", "1714979289123", "2024-05-06T07:08:09.123Z"},
        {"unix_ms", "-1", "1969-12-31T23:59:59.999Z"},
        {"unix_us", "1714979289000001", "2024-05-06T07:08:09.000001Z"},
        {"%Y-%m-%d", "2024-02-29", "2024-02-29T00:00:00Z"},
        {"%d.%m.%Y %H:%M", "6.5.2024 7:08", "2024-05-06T07:08:00Z"},
        {"%F %T", "2024-05-06 07:08:09", "2024-05-06T07:08:09Z"},
        {"%D %R", "05/06/24 07:08", "2024-05-06T07:08:00Z"},
        {"%m/%d/%y", "12/31/68", "2068-12-31T00:00:00Z"},
        {"%m/%d/%y", "12/31/69", "1969-12-31T00:00:00Z"},
        {"%d %b %Y", "06 may 2024", "2024-05-06T00:00:00Z"},
        {"%d %B %Y", "6 September 2024", "2024-09-06T00:00:00Z"},
        {"%a, %d %b %Y %T %z", "Mon, 06 May 2024 07:08:09 +0200",
         "2024-05-06T05:08:09Z"},
        {"%Y%m%d%H%M%S", "20240506070809", "2024-05-06T07:08:09Z"},
        {"%F %I:%M %p", "2024-05-06 12:30 AM", "2024-05-06T00:30:00Z"},
        {"%F %I:%M %p", "2024-05-06 12:30 pm", "2024-05-06T12:30:00Z"},
        {"%F %I:%M%p", "2024-05-06 7:30PM", "2024-05-06T19:30:00Z"},
        {"%F %H:%M:%S.%f", "2024-05-06 07:08:09.5", "2024-05-06T07:08:09.500Z"},
        {"%F %H:%M:%S.%f", "2024-05-06 07:08:09.123456789",
         "2024-05-06T07:08:09.123456Z"},
        {"%F %H:%M", "2024-05-06\t 07:08", "2024-05-06T07:08:00Z"},
        {"%F 100%%", "2024-05-06 100%", "2024-05-06T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        ck_assert_msg(strcmp(read_as(cases[i].form, cases[i].given, 0),
                             cases[i].wanted) == 0,
                      "%s of %s is %s", cases[i].form, cases[i].given,
                      read_as(cases[i].form, cases[i].given, 0));
    }
}
END_TEST

START_TEST(what_a_form_does_not_describe_is_refused)
{
    static const char *const cases[][2] = {
        {"%Y-%m-%d", "2023-02-29"},
        {"%Y-%m-%d", "2024-13-01"},
        {"%Y-%m-%d", "2024-05-06x"},
        {"%Y-%m-%d", "24-05-06"},
        {"%Y-%m-%d", ""},
        {"%F %H:%M", "2024-05-06 24:00"},
        {"%F %I %p", "2024-05-06 13 PM"},
        {"%F %I %p", "2024-05-06 0 AM"},
        {"%d %b %Y", "06 Mai 2024"},
        {"%F %z", "2024-05-06 +25:00"},
        {"%F %z", "2024-05-06 CET"},
        {"unix", "soon"},
        {"unix", "99999999999999"},
        {"unix", "1,5"},
        {"unix_ms", ""},
        {"rfc3339", "06.05.2024"},
        {"%Y-%m-%d", "0000-01-01"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        ck_assert_str_eq(read_as(cases[i][0], cases[i][1], 0), "");
    }
}
END_TEST

START_TEST(a_zone_is_of_times_that_say_none)
{
    ck_assert_str_eq(read_as("%F %R", "2024-05-06 00:30", 3600),
                     "2024-05-05T23:30:00Z");
    ck_assert_str_eq(read_as("rfc3339", "2024-05-06 00:30", 3600),
                     "2024-05-05T23:30:00Z");
    ck_assert_str_eq(read_as("rfc3339", "2024-05-06T00:30Z", 3600),
                     "2024-05-06T00:30:00Z");
    ck_assert_str_eq(read_as("%F %R %z", "2024-05-06 00:30 -01", 3600),
                     "2024-05-06T01:30:00Z");
    ck_assert_str_eq(read_as("unix", "0", 3600), "1970-01-01T00:00:00Z");
    ck_assert_str_eq(read_as("rfc3339", "0001-01-01", 3600), "");
}
END_TEST

START_TEST(zones_are_utc_or_an_offset)
{
    int32_t seconds = 7;
    ck_assert(omni__time_zone_read(text("UTC"), &seconds) && seconds == 0);
    ck_assert(omni__time_zone_read(text("Z"), &seconds) && seconds == 0);
    ck_assert(omni__time_zone_read(text("+01:30"), &seconds) &&
              seconds == 5400);
    ck_assert(omni__time_zone_read(text("-0100"), &seconds) &&
              seconds == -3600);
    ck_assert(!omni__time_zone_read(text("Europe/London"), &seconds));
    ck_assert(!omni__time_zone_read(text(""), &seconds));
    ck_assert(!omni__time_zone_read(text("+1"), &seconds));
}
END_TEST

START_TEST(forms_that_cannot_be_are_told)
{
    static const char *const bad[] = {
        "",
        "%Y-%m",
        "%H:%M",
        "%Y-%m-%d %Q",
        "%Y-%m-%d%",
        "iso8601",
        "%Y-%m-%d %I:%M",
        "%Y-%m-%d %p",
        "%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i) {
        ck_assert_msg(omni__time_form_fault(text(bad[i])) != NULL, "%s",
                      bad[i]);
    }
    ck_assert(omni__time_form_is_date(text("%d.%m.%Y")));
    ck_assert(!omni__time_form_is_date(text("%F %R")));
    ck_assert(!omni__time_form_is_date(text("unix")));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("time_form");
    TCase *tests = tcase_create("time_form");
    tcase_add_test(tests, forms_read_what_they_describe);
    tcase_add_test(tests, what_a_form_does_not_describe_is_refused);
    tcase_add_test(tests, a_zone_is_of_times_that_say_none);
    tcase_add_test(tests, zones_are_utc_or_an_offset);
    tcase_add_test(tests, forms_that_cannot_be_are_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
