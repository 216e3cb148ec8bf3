/*
   Expressions of now: what an evaluation says of when else it holds, against
   evaluations at other instants. OMNI_SEED and OMNI_CASES choose them.
*/
#include "cel/time.h"
#include "support/cel_text.h"
#include "support/cel_world.h"
#include "support/setting.h"

#define FIRST_US (OMNI__CEL_TIME_MIN * 1000000)
#define END_US (OMNI__CEL_TIME_END * 1000000)
/* When clocks in Europe change, and years begin. */
static const int64_t bases_us[] = {
    INT64_C(1711846800000000), /* 2024-03-31T01:00:00Z */
    INT64_C(1711846800000000), INT64_C(1711846800000000),
    INT64_C(1729990800000000), /* 2024-10-27T01:00:00Z */
    INT64_C(2879110800000000), /* 2061-03-27T01:00:00Z */
    INT64_C(2897859600000000), /* 2061-10-30T01:00:00Z */
    INT64_C(2903299200000000), /* 2062-01-01T00:00:00Z */
};
#define BASES (sizeof(bases_us) / sizeof(bases_us[0]))

static cel_world world;
static cel_text text;

static const omni__cel_variable variables[] = {{"now", 't'}};
static const omni__cel_environment environment = {.variables = variables,
                                                  .variable_count = 1};

static void
put_bool(unsigned depth);

static void
put_time(unsigned depth);

static int64_t
instant_near(int64_t base_us)
{
    static const int64_t reach[] = {3, 3000000, INT64_C(90000000000),
                                    INT64_C(2600000000000),
                                    INT64_C(40000000000000000)};
    int64_t at = cel_text_below(&text, 8) != 0
                     ? base_us
                     : bases_us[cel_text_below(&text, BASES)];
    at += cel_text_number(&text, reach[cel_text_below(&text, 5)]);
    if (cel_text_below(&text, 60) == 0) {
        at = cel_text_below(&text, 2) != 0 ? FIRST_US : END_US - 1;
    }
    at = at < FIRST_US ? FIRST_US : at;
    return at < END_US ? at : END_US - 1;
}

static void
put_instant(void)
{
    char written[OMNI__CEL_TIME_TEXT];
    const int64_t at = instant_near(bases_us[cel_text_below(&text, BASES)]);
    const int64_t seconds = at / 1000000 - (at % 1000000 < 0);
    const int64_t nanoseconds =
        (at - seconds * 1000000) * 1000 +
        (int64_t)(cel_text_below(&text, 3) != 0 ? 0
                                                : cel_text_below(&text, 1000));
    omni__cel_timestamp_format(
        omni__cel_timestamp(seconds, (uint32_t)nanoseconds), written);
    cel_text_put(&text, "timestamp('%s')", written);
}

static void
put_span(void)
{
    static const char *const units[] = {"ns", "us", "ms", "s", "m", "h"};
    static const int64_t most[] = {INT64_MAX, INT64_C(9223372036854775),
                                   100000000, 4000000,
                                   60000,     2562047};
    const uint64_t unit = cel_text_below(&text, 6);
    cel_text_put(&text, "duration('%lld%s')",
                 (long long)cel_text_number(&text, most[unit]), units[unit]);
}

static void
put_duration(unsigned depth)
{
    const uint64_t kind = depth == 0 ? 0 : cel_text_below(&text, 4);
    if (kind == 0) {
        put_span();
        return;
    }
    cel_text_put(&text, "(");
    if (kind == 1) {
        put_duration(depth - 1);
        cel_text_put(&text, cel_text_below(&text, 2) != 0 ? " + " : " - ");
        put_duration(depth - 1);
    } else {
        put_time(depth - 1);
        cel_text_put(&text, " - ");
        put_time(depth - 1);
    }
    cel_text_put(&text, ")");
}

static void
put_time(unsigned depth)
{
    const uint64_t kind = cel_text_below(&text, depth == 0 ? 4 : 8);
    if (kind < 3) {
        cel_text_put(&text, "now");
    } else if (kind == 3) {
        put_instant();
    } else if (kind == 4) {
        cel_text_put(&text, "cel.bind(t, ");
        put_time(depth - 1);
        cel_text_put(&text, ", t + ");
        put_duration(depth - 1);
        cel_text_put(&text, ")");
    } else {
        cel_text_put(&text, "(");
        put_time(depth - 1);
        cel_text_put(&text, cel_text_below(&text, 2) != 0 ? " + " : " - ");
        put_duration(depth - 1);
        cel_text_put(&text, ")");
    }
}

/* One comparison of sums: where it changes is known exactly. */
static void
put_comparison(unsigned depth)
{
    static const char *const marks[] = {"<", "<=", ">", ">=", "==", "!="};
    const char *mark = marks[cel_text_below(&text, 6)];
    void (*const put)(unsigned) =
        cel_text_below(&text, 2) != 0 ? put_time : put_duration;
    put(depth);
    cel_text_put(&text, " %s ", mark);
    put(depth);
}

static void
put_field(unsigned depth)
{
    static const char *const names[] = {
        "getFullYear", "getMonth",       "getDayOfYear", "getDayOfMonth",
        "getDate",     "getHours",       "getDayOfWeek", "getMinutes",
        "getSeconds",  "getMilliseconds"};
    static const char *const zones[] = {
        "",      "'Europe/Zurich'",    "'Australia/Lord_Howe'", "'+05:45'",
        "'UTC'", "'America/New_York'", "'Asia/Kolkata'",        "'-00:07'"};
    if (cel_text_below(&text, 3) == 0) {
        put_duration(depth);
        cel_text_put(&text, ".%s()", names[5 + cel_text_below(&text, 5)]);
    } else {
        put_time(depth);
        cel_text_put(&text, ".%s(%s)", names[cel_text_below(&text, 10)],
                     zones[cel_text_below(&text, 8)]);
    }
}

/* Now and then one that overflows what it is added to. */
static void
put_int(void)
{
    static const int64_t most[] = {7, 100, 100000, 2000000000, INT64_MAX};
    cel_text_put(
        &text, "%lld",
        (long long)cel_text_number(&text, most[cel_text_below(&text, 5)]));
}

static void
put_number(unsigned depth)
{
    static const char *const marks[] = {"+", "-", "*", "/", "%", "/", "%"};
    const uint64_t kind = cel_text_below(&text, depth == 0 ? 4 : 12);
    if (kind == 0) {
        cel_text_put(&text, "int(");
        put_time(depth / 2);
        cel_text_put(&text, ")");
    } else if (kind < 4) {
        put_field(depth / 2);
    } else if (kind == 4) {
        cel_text_put(&text, "math.%s(",
                     cel_text_below(&text, 2) != 0 ? "greatest" : "least");
        put_number(depth - 1);
        cel_text_put(&text, ", ");
        put_number(depth - 1);
        cel_text_put(&text, ")");
    } else if (kind == 5) {
        cel_text_put(&text, "-");
        put_number(depth - 1);
    } else {
        const bool both = cel_text_below(&text, 3) == 0;
        cel_text_put(&text, "(");
        put_number(depth - 1);
        cel_text_put(&text, " %s ", marks[cel_text_below(&text, 7)]);
        if (both) {
            put_number(depth - 1);
        } else {
            put_int();
        }
        cel_text_put(&text, ")");
    }
}

/* An order of numbers, of which one moves in steps. */
static void
put_order(unsigned depth)
{
    static const char *const marks[] = {"<", "<=", ">", ">=", "==", "!="};
    static const char *const others[] = {"12", "0",     "1.5",        "7u",
                                         "-3", "86400", "1711846800", "18"};
    const bool swapped = cel_text_below(&text, 4) == 0;
    const char *other = others[cel_text_below(&text, 8)];
    if (swapped) {
        cel_text_put(&text, "%s %s ", other, marks[cel_text_below(&text, 6)]);
    }
    put_number(depth);
    if (!swapped) {
        cel_text_put(&text, " %s ", marks[cel_text_below(&text, 6)]);
        if (cel_text_below(&text, 3) == 0) {
            put_number(depth / 2);
        } else {
            cel_text_put(&text, "%s", other);
        }
    }
}

/* Conditions on the text of an instant. */
static void
put_words(unsigned depth)
{
    static const char *const forms[] = {".startsWith('2024-0')",
                                        ".startsWith('2024-03-3')",
                                        ".startsWith('')",
                                        ".substring(0, 10) == '2024-03-31'",
                                        ".substring(5, 7) < '04'",
                                        ".charAt(12) == '1'",
                                        " < '2024-03-31T01:00:00Z'",
                                        " >= '2024-04'",
                                        " in ['2024-03-31T01:00:00Z', '2024']",
                                        ".contains('-31T')",
                                        ".substring(int(now) % 11) > '1'",
                                        " == string(now)",
                                        " + 'x' > '2024-03-31T01'",
                                        ".size() == 20"};
    cel_text_put(&text, "string(");
    put_time(depth);
    cel_text_put(&text, ")%s", forms[cel_text_below(&text, 14)]);
}

/* Lists and maps of what moves. */
static void
put_parts(unsigned depth)
{
    static const char *const forms[] = {
        "[%s, 1] == [%s, 1]",
        "{'a': %s} == {'a': %s}",
        "%s in {1: 2, 30: 4, 2024: %s}",
        "%s in [12, %s, 31]",
        "[[%s]] + [[1]] != [[%s], [1]]",
        "optional.of(%s) == optional.of(%s)",
        "[%s, %s].size() == 2 && {'a': now}.a > now - duration('1s')",
        "[0, 1, 2, 3][%s %% 4] < %s",
        "cel.bind(n, %s, n < 40 || n > %s)",
        "dyn(%s) == double(%s)",
        "string(%s).startsWith('1') || uint(%s) > 3u",
        "{'n': %s}.map(k, k + '!') == ['n!'] || [%s].exists_one(n, n > 3)"};
    const char *at = forms[cel_text_below(&text, 12)];
    for (; *at != '\0'; ++at) {
        if (at[0] == '%' && at[1] == 's') {
            put_number(depth);
            ++at;
        } else if (at[0] == '%') {
            ++at;
            cel_text_put(&text, "%%");
        } else {
            cel_text_put(&text, "%c", *at);
        }
    }
}

static void
put_list(unsigned depth)
{
    static const char *const forms[] = {
        " in [now, timestamp(0)]", ".exists(t, t < now)",
        ".map(t, now - t).all(d, d < duration('1h'))",
        ".filter(t, t <= now + duration('1s')) == [now]"};
    const uint64_t form = cel_text_below(&text, 4);
    cel_text_put(&text, form == 0 ? "(" : "[");
    put_time(depth);
    cel_text_put(&text, form == 0 ? ")" : ", ");
    if (form != 0) {
        put_time(depth);
        cel_text_put(&text, "]");
    }
    cel_text_put(&text, "%s", forms[form]);
}

static void
put_bool(unsigned depth)
{
    void (*const simple[])(unsigned) = {put_comparison, put_order, put_order,
                                        put_list,       put_words, put_parts};
    const uint64_t kind = depth == 0 ? 0 : cel_text_below(&text, 8);
    if (kind < 4) {
        simple[cel_text_below(&text, 6)](depth / 2);
    } else {
        static const char *const marks[] = {" && ", " || ", " == ", " ? "};
        cel_text_put(&text, "(");
        put_bool(depth - 1);
        cel_text_put(&text, ")%s(", marks[kind - 4]);
        put_bool(depth - 1);
        cel_text_put(&text, ")");
        if (kind == 7) {
            cel_text_put(&text, " : (");
            put_bool(depth - 1);
            cel_text_put(&text, ")");
        }
    }
}

static omni__cel_value
now_value(omni__cel_run *run, uint32_t number)
{
    (void)number;
    return omni__cel_run_now(run);
}

/* What an evaluation comes to: its truth, or its error. */
typedef struct outcome {
    uint8_t kind;
    bool truth;
    uint32_t offset;
    int64_t since_us, until_us;
} outcome;

static outcome
at_instant(int64_t now_us)
{
    const omni__cel_value value =
        cel_world_run(&world, now_value, NULL, now_us);
    const bool failed = omni__cel_is_error(value);
    return (outcome){.kind = value.kind,
                     .truth = !failed && value.as.truth,
                     .offset = failed ? value.as.error->offset : 0,
                     .since_us = world.run.since_us,
                     .until_us = world.run.until_us};
}

static bool
same(outcome a, outcome b)
{
    return a.kind == b.kind && a.truth == b.truth && a.offset == b.offset;
}

static void
check_same(uint64_t seed, int64_t now_us, outcome here, int64_t there_us)
{
    ck_assert_msg(same(here, at_instant(there_us)),
                  "seed %llu: \"%s\" at %lld holds in [%lld, %lld), but not "
                  "at %lld",
                  (unsigned long long)seed, text.text, (long long)now_us,
                  (long long)here.since_us, (long long)here.until_us,
                  (long long)there_us);
}

static void
check_changed(uint64_t seed, int64_t now_us, outcome here, int64_t there_us)
{
    const outcome there = at_instant(there_us);
    /* One error may follow another at the same place. */
    ck_assert_msg(!same(here, there) || there.kind == OMNI__CEL_ERROR,
                  "seed %llu: \"%s\" at %lld holds in [%lld, %lld), and at "
                  "%lld too",
                  (unsigned long long)seed, text.text, (long long)now_us,
                  (long long)here.since_us, (long long)here.until_us,
                  (long long)there_us);
}

static outcome
check_at(uint64_t seed, int64_t now_us)
{
    const outcome here = at_instant(now_us);
    const int64_t first = here.since_us == INT64_MIN ? FIRST_US : here.since_us;
    const int64_t last =
        here.until_us == INT64_MAX ? END_US - 1 : here.until_us - 1;
    ck_assert_msg(first <= now_us && now_us <= last, "seed %llu: \"%s\"",
                  (unsigned long long)seed, text.text);
    check_same(seed, now_us, here, first);
    check_same(seed, now_us, here, last);
    for (int i = 0; i < 6; ++i) {
        const int64_t near = instant_near(i % 2 == 0 ? now_us : first);
        const int64_t there =
            first +
            (int64_t)(cel_text_below(&text, (uint64_t)(last - first) + 1));
        check_same(seed, now_us, here,
                   near >= first && near <= last ? near : there);
    }
    return here;
}

static void
new_expression(uint64_t seed, void (*put)(unsigned), unsigned depth)
{
    text.state = seed * UINT64_C(0x2545f4914f6cdd1d);
    text.size = 0;
    put(depth);
    ck_assert_msg(cel_world_compile(&world, text.text, &environment) == OMNI_OK,
                  "%s: %s", text.text, world.error.message);
}

START_TEST(an_answer_holds_in_its_whole_interval)
{
    const uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(4000);
    uint64_t narrowed = 0;
    uint64_t failed = 0;
    cel_world_init(&world);
    for (uint64_t i = 0; i < cases; ++i) {
        new_expression(seed + i, put_bool, 1 + (unsigned)(i % 4));
        for (int k = 0; k < 3; ++k) {
            const outcome here = check_at(
                seed + i, instant_near(bases_us[cel_text_below(&text, BASES)]));
            narrowed += here.until_us != INT64_MAX;
            failed += here.kind == OMNI__CEL_ERROR;
        }
    }
    printf("%llu of %llu intervals end, %llu are of errors\n",
           (unsigned long long)narrowed, (unsigned long long)cases * 3,
           (unsigned long long)failed);
    ck_assert_uint_gt(narrowed, cases / 2);
    ck_assert_uint_lt(failed, cases * 2);
    cel_world_free(&world);
}
END_TEST

/* A comparison of sums comes out otherwise just before and just after. */
START_TEST(the_interval_of_a_comparison_is_exact)
{
    const uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(6000);
    uint64_t ends[2] = {0, 0};
    cel_world_init(&world);
    for (uint64_t i = 0; i < cases; ++i) {
        new_expression(seed + i, put_comparison, (unsigned)(i % 4));
        for (int k = 0; k < 3; ++k) {
            const int64_t now_us =
                instant_near(bases_us[cel_text_below(&text, BASES)]);
            const outcome here = check_at(seed + i, now_us);
            if (here.since_us > FIRST_US) {
                check_changed(seed + i, now_us, here, here.since_us - 1);
                ++ends[0];
            }
            if (here.until_us < END_US) {
                check_changed(seed + i, now_us, here, here.until_us);
                ++ends[1];
            }
        }
    }
    ck_assert_uint_gt(ends[0], cases / 3);
    ck_assert_uint_gt(ends[1], cases / 3);
    cel_world_free(&world);
}
END_TEST

/* An offset is the same throughout the interval that is told with it, and
   intervals follow one another without gaps. */
START_TEST(an_offset_holds_in_its_whole_interval)
{
    static const char *const zones[] = {
        "Europe/Zurich",     "Australia/Lord_Howe", "America/New_York",
        "America/Sao_Paulo", "Africa/Casablanca",   "Asia/Kolkata",
        "Pacific/Auckland",  "Europe/Dublin"};
    const uint64_t cases = setting_cases(4000);
    cel_world_init(&world);
    text.state = setting_seed();
    for (uint64_t i = 0; i < cases; ++i) {
        const omni__slice zone = omni__slice_text(zones[i % 8]);
        /* Years 1900 to 2150. */
        const int64_t at =
            cel_text_number(&text, INT64_C(3944700000)) + 1735700000;
        omni__cel_run run = {.arena = &world.arena, .steps = 1000000};
        omni__cel_offset here;
        omni__cel_offset there;
        omni__arena_reset(&world.arena);
        ck_assert(omni__cel_zone_offset(&run, zone, at, &here));
        ck_assert(here.since <= at && at < here.until);
        for (int k = 0; k < 6; ++k) {
            const int64_t low =
                here.since > at - 40000000 ? here.since : at - 40000000;
            const int64_t high =
                here.until < at + 40000000 ? here.until : at + 40000000;
            const int64_t other =
                k < 2 ? (k == 0 ? low : high - 1)
                      : low + (int64_t)cel_text_below(&text,
                                                      (uint64_t)(high - low));
            ck_assert(omni__cel_zone_offset(&run, zone, other, &there));
            ck_assert_msg(there.ahead == here.ahead &&
                              there.since == here.since &&
                              there.until == here.until,
                          "%s: %lld is in [%lld, %lld), but %lld is not",
                          zones[i % 8], (long long)at, (long long)here.since,
                          (long long)here.until, (long long)other);
        }
    }
    cel_world_free(&world);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cel_linear");
    TCase *tcase = tcase_create("intervals");
    tcase_add_test(tcase, an_answer_holds_in_its_whole_interval);
    tcase_add_test(tcase, the_interval_of_a_comparison_is_exact);
    tcase_add_test(tcase, an_offset_holds_in_its_whole_interval);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
