/*
   Random programs by the library and by a naive walk over the parser's tree.
   OMNI_SEED and OMNI_CASES choose them.
*/
#include "platform/hooks.h"
#include "support/cel_program.h"
#include "support/setting.h"

#include <check.h>

START_TEST(programs_have_the_value_that_langdef_gives_them)
{
    const uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(20000);
    uint64_t kinds[OMNI__CEL_KINDS] = {0};
    uint64_t refused = 0;
    uint64_t typed = 0;
    static cel_program p;
    omni__hooks hooks;
    omni__arena arena;
    ck_assert_int_eq(omni__hooks_init(&hooks, NULL), OMNI_OK);
    omni__arena_init(&arena, &hooks.alloc);
    for (uint64_t i = 0; i < cases; ++i) {
        p = (cel_program){.arena = &arena};
        p.text.state = (seed + i) * UINT64_C(0x2545f4914f6cdd1d);
        omni__arena_reset(&arena);
        cel_program_write(&p);
        const cel_program_result r = cel_program_compare(&p);
        ck_assert_msg(!r.parsed || r.same,
                      "seed %llu: %s: a value of type %s, expected %s",
                      (unsigned long long)(seed + i), p.text.text,
                      omni__cel_kind_name(r.kind),
                      omni__cel_kind_name(r.naive_kind));
        /* What the checker knows of a type is true. */
        ck_assert_msg(r.type == '\0' || r.type == '*' ||
                          r.kind == OMNI__CEL_ERROR ||
                          r.type == omni__cel_letter(r.kind),
                      "seed %llu: %s: checked as %c, is %s",
                      (unsigned long long)(seed + i), p.text.text, r.type,
                      omni__cel_kind_name(r.kind));
        kinds[r.kind] += r.parsed;
        refused += r.parsed && r.type == '\0';
        typed += r.type != '\0' && r.type != '*';
    }
    printf("%llu programs, %llu errors, %llu true or false; checker: %llu "
           "typed, %llu refused\n",
           (unsigned long long)cases,
           (unsigned long long)kinds[OMNI__CEL_ERROR],
           (unsigned long long)kinds[OMNI__CEL_BOOL], (unsigned long long)typed,
           (unsigned long long)refused);
    ck_assert_uint_gt(kinds[OMNI__CEL_BOOL], cases / 5);
    ck_assert_uint_lt(kinds[OMNI__CEL_ERROR], cases / 2);
    omni__arena_free(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cel_programs");
    TCase *tcase = tcase_create("differential");
    tcase_add_test(tcase, programs_have_the_value_that_langdef_gives_them);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
