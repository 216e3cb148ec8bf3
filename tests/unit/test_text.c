/* UTF-8 text: validity, trimming, normal forms, case. */
#include "codec/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

static omni__arena arena;

static void
setup(void)
{
    omni__arena_init(&arena, &omni__alloc_default);
}

static void
teardown(void)
{
    omni__arena_free(&arena);
}

/* The definition, byte by byte: decode, and compare with what that encodes. */
static bool
model_valid(const uint8_t *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        utf8proc_int32_t point = 0;
        const utf8proc_ssize_t taken =
            utf8proc_iterate(text + at, (utf8proc_ssize_t)(size - at), &point);
        if (taken <= 0) {
            return false;
        }
        at += (size_t)taken;
    }
    return true;
}

START_TEST(valid_is_what_unicode_says)
{
    static const uint8_t bytes[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                    0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0,
                                    0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
                                    0xf3, 0xf4, 0xf5, 0xff};
    const size_t kinds = sizeof(bytes);
    uint8_t text[13];
    for (size_t n = 0; n < kinds * kinds * kinds * kinds; ++n) {
        memset(text, 'a', sizeof(text));
        size_t rest = n;
        for (size_t i = 0; i < 4; ++i) {
            text[4 + i] = bytes[rest % kinds];
            rest /= kinds;
        }
        const size_t size = n % 2 == 0 ? 8 : 13;
        if (omni__text_valid(omni__slice_of(text, size)) !=
            model_valid(text, size)) { /* an assertion that holds is slow */
            ck_abort_msg("%02x %02x %02x %02x", text[4], text[5], text[6],
                         text[7]);
        }
    }
    ck_assert(omni__text_valid(omni__slice_of(NULL, 0)));
}
END_TEST

START_TEST(code_points_are_decoded)
{
    for (utf8proc_int32_t c = 0; c <= 0x10ffff; ++c) {
        uint8_t text[4];
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        const size_t wanted = (size_t)utf8proc_encode_char(c, text);
        size_t size = 0;
        const omni__slice encoded = omni__slice_of(text, wanted);
        if (omni__text_decode(encoded, &size) != (uint32_t)c ||
            size != wanted) {
            ck_abort_msg("U+%04X", (unsigned)c);
        }
    }
}
END_TEST

static void
expect_trim(const char *text, const char *wanted)
{
    const omni__slice got = omni__text_trim(omni__slice_text(text));
    ck_assert_msg(omni__slice_equal(got, omni__slice_text(wanted)),
                  "\"%s\" is \"%.*s\"", text, (int)got.size,
                  (const char *)got.data);
}

START_TEST(white_space_of_all_kinds_goes)
{
    expect_trim("", "");
    expect_trim(" \t\r\n\v\f", "");
    expect_trim("  a b\t", "a b");
    expect_trim("\xef\xbb\xbf"
                "a\xe2\x80\x8b",
                "a");
    expect_trim("\xe3\x80\x80\xc2\x85x\xe2\x80\xa8\xe1\x9a\x80", "x");
    expect_trim("\xe2\x80\x8c"
                "a",
                "\xe2\x80\x8c"
                "a"); /* a joiner is not */
    for (utf8proc_int32_t c = 1; c <= 0x10ffff; ++c) {
        uint8_t text[4];
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        const size_t size = (size_t)utf8proc_encode_char(c, text);
        const utf8proc_category_t category = utf8proc_category(c);
        const bool space = category == UTF8PROC_CATEGORY_ZS ||
                           category == UTF8PROC_CATEGORY_ZL ||
                           category == UTF8PROC_CATEGORY_ZP ||
                           (c >= 9 && c <= 13) || c == 0x85 || c == 0x200b ||
                           c == 0xfeff;
        const omni__slice got = omni__text_trim(omni__slice_of(text, size));
        if ((got.size == 0) != space) {
            ck_abort_msg("U+%04X", (unsigned)c);
        }
    }
}
END_TEST

START_TEST(cutting_keeps_letters_whole)
{
    const omni__slice text = omni__slice_text("a\xc3\xab\xf0\x9f\x98\x80z");
    static const size_t wanted[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); ++i) {
        ck_assert_uint_eq(omni__text_cut(text, i).size, wanted[i]);
    }
}
END_TEST

START_TEST(lower_case_ignores_how_it_was_composed)
{
    static const char *const pairs[][2] = {
        {"abc 1", "abc 1"},
        {"ABC", "abc"},
        {"\xc3\x89", "\xc3\xa9"},
        {"E\xcc\x81", "\xc3\xa9"},
        {"\xc4\xb0", "i"},            /* I with a dot, composed */
        {"I\xcc\x87", "i"},           /* and not */
        {"\xe2\x84\xab", "\xc3\xa5"}, /* the sign of the Angstrom */
        {"\xce\xa3", "\xcf\x83"},
        {"STRASSE \xe1\xba\x9e", "strasse \xc3\x9f"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); ++i) {
        const omni__slice got =
            omni__text_lower(omni__slice_text(pairs[i][0]), &arena);
        ck_assert_msg(omni__slice_equal(got, omni__slice_text(pairs[i][1])),
                      "%s is %.*s", pairs[i][0], (int)got.size,
                      (const char *)got.data);
    }
    const omni__slice lower = omni__slice_text("borrowed \xc3\xa9");
    ck_assert_ptr_eq(omni__text_lower(lower, &arena).data, lower.data);
}
END_TEST

START_TEST(forms_of_every_letter_are_stable)
{
    for (utf8proc_int32_t c = 1; c <= 0x10ffff; ++c) {
        uint8_t text[8] = "e";
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }
        const size_t size = 1 + (size_t)utf8proc_encode_char(c, text + 1);
        const omni__slice one = omni__slice_of(text, size);
        const omni__slice nfc = omni__text_nfc(one, &arena);
        const omni__slice lower = omni__text_lower(one, &arena);
        if (nfc.data == NULL || !omni__text_valid(nfc) ||
            omni__text_nfc(nfc, &arena).data != nfc.data ||
            lower.data == NULL || !omni__text_valid(lower) ||
            omni__text_lower(lower, &arena).data != lower.data ||
            !omni__slice_equal(lower, omni__text_lower(nfc, &arena))) {
            ck_abort_msg("U+%04X", (unsigned)c);
        }
        omni__arena_reset(&arena);
    }
}
END_TEST

/* One column of a line: code points in hex, up to the semicolon. */
static omni__slice
read_column(char **line, uint8_t *out, bool *assigned)
{
    size_t size = 0;
    while (**line != ';') {
        const utf8proc_int32_t c = (utf8proc_int32_t)strtol(*line, line, 16);
        if (utf8proc_category(c) == UTF8PROC_CATEGORY_CN) {
            *assigned = false;
        }
        size += (size_t)utf8proc_encode_char(c, out + size);
        while (**line == ' ') {
            ++*line;
        }
    }
    ++*line;
    return omni__slice_of(out, size);
}

START_TEST(unicode_normalization_test)
{
    char command[1200];
    char line[4096];
    snprintf(command, sizeof(command),
             "gzip -dc '%s/normalise-unicode/NormalizationTest.txt.gz'",
             getenv("OMNI_DATA"));
    FILE *file = popen(command, "r");
    ck_assert_ptr_nonnull(file);
    unsigned taken = 0;
    unsigned newer = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strchr("#@\r\n", line[0]) != NULL) {
            continue;
        }
        uint8_t bytes[5][512];
        omni__slice column[5];
        char *at = line;
        bool assigned = true;
        for (int i = 0; i < 5; ++i) {
            column[i] = read_column(&at, bytes[i], &assigned);
        }
        if (!assigned) {
            ++newer; /* than the tables that are linked */
            continue;
        }
        for (int i = 0; i < 5; ++i) {
            const omni__slice nfc = omni__text_nfc(column[i], &arena);
            ck_assert_msg(omni__slice_equal(nfc, column[i < 3 ? 1 : 3]),
                          "column %d of %s", i + 1, line);
        }
        omni__arena_reset(&arena);
        ++taken;
    }
    ck_assert_int_eq(pclose(file), 0);
    printf("NFC: %u lines right, %u newer than utf8proc\n", taken, newer);
    ck_assert_uint_gt(taken, 18000);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("text");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, valid_is_what_unicode_says);
    tcase_add_test(all, code_points_are_decoded);
    tcase_add_test(all, white_space_of_all_kinds_goes);
    tcase_add_test(all, cutting_keeps_letters_whole);
    tcase_add_test(all, lower_case_ignores_how_it_was_composed);
    tcase_add_test(all, forms_of_every_letter_are_stable);
    tcase_set_timeout(all, 120);
    suite_add_tcase(suite, all);
    if (getenv("OMNI_DATA") != NULL) {
        TCase *others = tcase_create("others");
        tcase_add_checked_fixture(others, setup, teardown);
        tcase_add_test(others, unicode_normalization_test);
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
