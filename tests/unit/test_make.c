/* From record to body: limits at and over each bound, identifiers that are
   blocked or repeated, what an alias states, ids of records without one. */
#include "codec/keyed.h"
#include "events/make.h"
#include "support/core_world.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1700000000000000)
#define HOUR INT64_C(3600000000)

static omni__hooks hooks;
static omni__secret secret;
static omni__ordinals ordinals;
static omni__arena arena;
static omni__maker maker;
static omni__record record;
static omni__record_identifier identifiers[64];
static omni__event_body body;
static omni__refusal refusal;
static char long_text[2 * OMNI_LIMIT_IDENTIFIER_BYTES];
static uint8_t next_random;

static int
counting_random(void *user, void *bytes, size_t size)
{
    (void)user;
    memset(bytes, ++next_random, size);
    return 0;
}

static void
identify(const char *ns, const char *value)
{
    ck_assert_uint_lt(record.identifier_count, 64);
    identifiers[record.identifier_count++] = (omni__record_identifier){
        .ns = omni__slice_text(ns), .value = omni__slice_text(value)};
}

static void
begin_record(void)
{
    record = (omni__record){.type = OMNI_EVENT_TRACK,
                            .has_time = true,
                            .time_us = NOW - HOUR,
                            .instant_us = NOW - HOUR,
                            .name = omni__slice_text("Order Completed"),
                            .channel = omni__slice_text("store"),
                            .identifiers = identifiers};
}

static void
setup(void)
{
    const omni_hooks given = {.size = sizeof(given), .random = counting_random};
    ck_assert_int_eq(omni__hooks_init(&hooks, &given), OMNI_OK);
    memset(secret.bytes, 7, sizeof(secret.bytes));
    omni__secret_expand(&secret);
    const char *directory = getenv("TMPDIR");
    omni__ordinals_init(&ordinals, &hooks,
                        directory != NULL ? directory : "/tmp");
    omni__arena_init(&arena, &hooks.alloc);
    maker = (omni__maker){.hooks = &hooks,
                          .secret = &secret,
                          .policy = &omni__policy_default,
                          .ordinals = &ordinals,
                          .source = omni__slice_text("import"),
                          .now_us = NOW};
    memset(long_text, 'x', sizeof(long_text));
    begin_record();
}

static void
teardown(void)
{
    omni__arena_free(&arena);
    omni__ordinals_free(&ordinals);
}

static omni_refused_code
make(void)
{
    ck_assert_int_eq(omni__event_make(&maker, &record, &arena, &body, &refusal),
                     OMNI_OK);
    ck_assert(refusal.code == OMNI_REFUSED_NONE || refusal.reason[0] != '\0');
    return refusal.code;
}

static omni__slice
text_of(size_t size)
{
    ck_assert_uint_le(size, sizeof(long_text));
    return omni__slice_of(long_text, size);
}

/* ---- what is taken over ---- */

START_TEST(record_becomes_a_body)
{
    identify("email", " Anna@Example.COM ");
    identify("user_id", "u1");
    record.id = omni__slice_text("m-1");
    record.group_id = omni__slice_text("g");
    record.traits = omni__slice_text("{\"tier\":\"gold\"}");
    record.trait_count = 1;
    record.properties = omni__slice_text("{\"total\":1}");
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.identifier_count, 2);
    ck_assert(omni__slice_equal(body.identifiers[0].value,
                                omni__slice_text("anna@example.com")));
    const omni__token token =
        omni__token_of(&secret, omni__slice_text("email"),
                       omni__slice_text("anna@example.com"));
    ck_assert_mem_eq(&body.identifiers[0].token, &token, sizeof(token));
    ck_assert_int_eq(body.time_us, NOW - HOUR);
    ck_assert_int_eq(body.instant_us, NOW - HOUR);
    ck_assert(omni__slice_equal(body.id, record.id));
    ck_assert(omni__slice_equal(body.source, maker.source));
    ck_assert(omni__slice_equal(body.group_id, record.group_id));
    ck_assert(omni__slice_equal(body.traits, record.traits));
    ck_assert(omni__slice_equal(body.properties, record.properties));
    ck_assert_uint_eq(body.made_id, 0);
    record.source = omni__slice_text("pos");
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert(omni__slice_equal(body.source, omni__slice_text("pos")));
}
END_TEST

START_TEST(identifiers_are_sorted_and_unique)
{
    identify("user_id", "u");
    identify("email", "b@example.com");
    identify("email", "A@example.com");
    identify("email", " a@EXAMPLE.com");
    identify("user_id", "u");
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.identifier_count, 3);
    for (size_t i = 1; i < body.identifier_count; ++i) {
        ck_assert_int_lt(
            omni__named_compare(&body.identifiers[i - 1], &body.identifiers[i]),
            0);
    }
}
END_TEST

/* ---- blocked and dropped ---- */

START_TEST(nobody_named_is_refused)
{
    ck_assert_int_eq(make(), OMNI_REFUSED_NO_IDENTIFIER);
}
END_TEST

START_TEST(only_blocked_values_are_refused)
{
    identify("email", "test@test.com");
    identify("user_id", " NULL ");
    identify("phone", "0000000");
    ck_assert_int_eq(make(), OMNI_REFUSED_BLOCKED);
}
END_TEST

START_TEST(malformed_namespace_is_as_blocked)
{
    identify("Email", "a@example.com");
    identify("", "x");
    ck_assert_int_eq(make(), OMNI_REFUSED_BLOCKED);
    identify("email", "a@example.com");
    ck_assert_int_eq(make(), OMNI_FLAGGED_IDENTIFIER);
    ck_assert_uint_eq(body.identifier_count, 1);
}
END_TEST

START_TEST(blocked_value_is_dropped_and_flagged)
{
    identify("anonymous_id", "anonymous");
    identify("email", "a@example.com");
    ck_assert_int_eq(make(), OMNI_FLAGGED_IDENTIFIER);
    ck_assert_ptr_nonnull(strstr(refusal.reason, "anonymous"));
    ck_assert_uint_eq(body.identifier_count, 1);
    ck_assert(
        omni__slice_equal(body.identifiers[0].ns, omni__slice_text("email")));
}
END_TEST

START_TEST(text_that_is_none_is_refused)
{
    identify("email", "a@example.com");
    identify("user_id", "\xff\xfe");
    ck_assert_int_eq(make(), OMNI_REFUSED_JSON);
}
END_TEST

/* ---- limits: at the bound taken, over it refused ---- */

START_TEST(names_keep_their_limit)
{
    omni__slice *const parts[] = {&record.name, &record.channel,
                                  &record.source};
    identify("email", "a@example.com");
    for (size_t i = 0; i < 3; ++i) {
        const omni__slice was = *parts[i];
        *parts[i] = text_of(OMNI_LIMIT_NAME_BYTES);
        ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
        *parts[i] = text_of(OMNI_LIMIT_NAME_BYTES + 1);
        ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
        *parts[i] = was;
    }
}
END_TEST

START_TEST(ids_keep_their_limit)
{
    identify("email", "a@example.com");
    record.id = text_of(OMNI_LIMIT_EVENT_ID_BYTES);
    record.group_id = text_of(OMNI_LIMIT_IDENTIFIER_BYTES);
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    record.id = text_of(OMNI_LIMIT_EVENT_ID_BYTES + 1);
    ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
    record.id = text_of(3);
    record.group_id = text_of(OMNI_LIMIT_IDENTIFIER_BYTES + 1);
    ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
}
END_TEST

START_TEST(traits_keep_their_limits)
{
    identify("email", "a@example.com");
    record.trait_count = OMNI_LIMIT_TRAITS;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    record.trait_count = OMNI_LIMIT_TRAITS + 1;
    ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
    record.trait_count = 1;
    for (size_t over = 0; over < 2; ++over) {
        char json[OMNI_LIMIT_NAME_BYTES + 16];
        snprintf(json, sizeof(json), "{\"%.*s\":1}",
                 (int)(OMNI_LIMIT_NAME_BYTES + over), long_text);
        record.traits = omni__slice_text(json);
        ck_assert_int_eq(make(), over ? OMNI_REFUSED_LIMIT : OMNI_REFUSED_NONE);
    }
}
END_TEST

START_TEST(values_keep_their_limit)
{
    identify("user_id", "");
    identifiers[0].value = text_of(OMNI_LIMIT_IDENTIFIER_BYTES);
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    identifiers[0].value = text_of(OMNI_LIMIT_IDENTIFIER_BYTES + 1);
    ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
}
END_TEST

START_TEST(identifiers_keep_their_number)
{
    char values[OMNI_LIMIT_IDENTIFIERS + 1][8];
    for (size_t i = 0; i < OMNI_LIMIT_IDENTIFIERS; ++i) {
        snprintf(values[i], sizeof(values[i]), "v%zu", i);
        identify("card", values[i]);
    }
    identify("card", "v3"); /* again */
    identify("card", "null");
    ck_assert_int_eq(make(), OMNI_FLAGGED_IDENTIFIER);
    ck_assert_uint_eq(body.identifier_count, OMNI_LIMIT_IDENTIFIERS);
    identify("card", "one more");
    ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
}
END_TEST

/* ---- time ---- */

START_TEST(future_is_taken_and_flagged)
{
    identify("email", "a@example.com");
    record.time_us = NOW + 24 * HOUR;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    record.time_us = NOW + 24 * HOUR + 1;
    ck_assert_int_eq(make(), OMNI_FLAGGED_FUTURE);
    ck_assert_int_eq(body.time_us, NOW + 24 * HOUR + 1);
    record.time_us = INT64_MAX;
    ck_assert_int_eq(make(), OMNI_FLAGGED_FUTURE);
    record.time_us = INT64_MIN;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
}
END_TEST

START_TEST(event_without_time_happened_now)
{
    identify("email", "a@example.com");
    record.has_time = false;
    record.instant_us = 0;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_int_eq(body.time_us, NOW);
    ck_assert_int_eq(body.instant_us, 0);
}
END_TEST

/* ---- aliases ---- */

static bool
states(const char *ns, const char *value)
{
    for (size_t i = 0; i < body.stated_count; ++i) {
        const omni__named *named = &body.stated[i];
        if (omni__slice_equal(named->ns, omni__slice_text(ns)) &&
            omni__slice_equal(named->value, omni__slice_text(value))) {
            const omni__token token =
                omni__token_of(&secret, named->ns, named->value);
            return memcmp(&token, &named->token, sizeof(token)) == 0;
        }
    }
    return false;
}

START_TEST(alias_states_two_links)
{
    record.type = OMNI_EVENT_ALIAS;
    record.previous_id = omni__slice_text(" before ");
    identify("user_id", "after");
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.stated_count, 2);
    ck_assert(states("user_id", "before"));
    ck_assert(states("anonymous_id", "before"));
    ck_assert_uint_eq(body.identifier_count, 1);
}
END_TEST

START_TEST(nothing_is_stated_by_what_is_no_alias)
{
    identify("anonymous_id", "x1");
    record.previous_id = omni__slice_text("before");
    record.type = OMNI_EVENT_ALIAS;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.stated_count, 0); /* no user_id */
    identify("user_id", "u");
    record.type = OMNI_EVENT_TRACK;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.stated_count, 0);
    record.type = OMNI_EVENT_ALIAS;
    record.previous_id = omni__slice_text("null");
    ck_assert_int_ge(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.stated_count, 0);
    record.previous_id = omni__slice_text("");
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.stated_count, 0);
}
END_TEST

START_TEST(previous_id_keeps_the_limit_of_identifiers)
{
    record.type = OMNI_EVENT_ALIAS;
    identify("user_id", "u");
    record.previous_id = text_of(OMNI_LIMIT_IDENTIFIER_BYTES);
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_eq(body.stated_count, 2);
    record.previous_id = text_of(OMNI_LIMIT_IDENTIFIER_BYTES + 1);
    ck_assert_int_eq(make(), OMNI_REFUSED_LIMIT);
    record.previous_id = omni__slice_text("\xff");
    ck_assert_int_eq(make(), OMNI_REFUSED_JSON);
}
END_TEST

/* ---- ids of records without one ---- */

START_TEST(equal_records_without_id_are_told_by_their_place)
{
    uint64_t ids[3];
    identify("email", "a@example.com");
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 0; i < 3; ++i) {
            ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
            if (round == 1) {
                ck_assert_uint_eq(body.made_id, ids[i]);
            }
            ids[i] = body.made_id;
        }
        ck_assert_uint_ne(ids[0], ids[1]);
        ck_assert_uint_ne(ids[1], ids[2]);
        ck_assert_uint_ne(ids[0], ids[2]);
        omni__ordinals_free(&ordinals); /* another import of the same */
    }
    record.name = omni__slice_text("Order Refunded");
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_ne(body.made_id, ids[0]);
}
END_TEST

START_TEST(record_without_id_and_time_is_always_new)
{
    identify("email", "a@example.com");
    record.has_time = false;
    record.instant_us = 0;
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    const uint64_t first = body.made_id;
    omni__ordinals_free(&ordinals);
    ck_assert_int_eq(make(), OMNI_REFUSED_NONE);
    ck_assert_uint_ne(body.made_id, first);
    ck_assert_uint_eq(ordinals.used, 0);
}
END_TEST

START_TEST(refused_records_do_not_count)
{
    identify("email", "null");
    ck_assert_int_eq(make(), OMNI_REFUSED_BLOCKED);
    ck_assert_uint_eq(ordinals.used, 0);
}
END_TEST

/* More than the table in memory holds, each twice, some hashes alike. */
START_TEST(ordinals_go_on_in_a_file)
{
    const uint64_t count = 70000;
    uint64_t ordinal;
    for (uint64_t round = 0; round < 2; ++round) {
        for (uint64_t i = 0; i < count; ++i) {
            const uint64_t hash =
                i % 100 == 0 ? i << 40 : i * UINT64_C(0x9e3779b97f4a7c15);
            ck_assert_int_eq(omni__ordinals_next(&ordinals, hash, &ordinal),
                             OMNI_OK);
            ck_assert_msg(ordinal == round, "hash of %llu: %llu",
                          (unsigned long long)i, (unsigned long long)ordinal);
        }
    }
    ck_assert(ordinals.mapped);
    ck_assert_uint_eq(ordinals.used, count);
}
END_TEST

START_TEST(ordinals_tell_that_no_file_can_be_made)
{
    ordinals.directory = "/nowhere at all";
    omni_status status = OMNI_OK;
    uint64_t ordinal;
    uint64_t i = 0;
    for (; i < 70000 && status == OMNI_OK; ++i) {
        status = omni__ordinals_next(&ordinals, i, &ordinal);
    }
    ck_assert_int_eq(status, OMNI_ERR_FULL);
    ck_assert_int_eq(omni__ordinals_next(&ordinals, 5, &ordinal),
                     OMNI_ERR_FULL);
}
END_TEST

/* ---- identifiers that a caller names ---- */

START_TEST(named_identifier_is_normal_or_an_error)
{
    omni__named named;
    omni_error error = {0};
    ck_assert_int_eq(
        omni__named_make(&secret, &omni__policy_default,
                         (omni_identifier){"email", " A@Example.com"}, &arena,
                         &named, &error),
        OMNI_OK);
    ck_assert(
        omni__slice_equal(named.value, omni__slice_text("a@example.com")));
    const omni_identifier wrong[] = {{"Email", "a@example.com"},
                                     {NULL, "a"},
                                     {"email", NULL},
                                     {"email", "null"},
                                     {"user_id", "\xff"},
                                     {"user_id", long_text}};
    long_text[sizeof(long_text) - 1] = '\0';
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); ++i) {
        error.message[0] = '\0';
        ck_assert_int_eq(omni__named_make(&secret, &omni__policy_default,
                                          wrong[i], &arena, &named, &error),
                         OMNI_ERR_ARGUMENT);
        ck_assert_int_ne(error.message[0], '\0');
    }
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("make");
    TCase *tcase = tcase_create("records");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, record_becomes_a_body);
    tcase_add_test(tcase, identifiers_are_sorted_and_unique);
    tcase_add_test(tcase, nobody_named_is_refused);
    tcase_add_test(tcase, only_blocked_values_are_refused);
    tcase_add_test(tcase, malformed_namespace_is_as_blocked);
    tcase_add_test(tcase, blocked_value_is_dropped_and_flagged);
    tcase_add_test(tcase, text_that_is_none_is_refused);
    tcase_add_test(tcase, names_keep_their_limit);
    tcase_add_test(tcase, ids_keep_their_limit);
    tcase_add_test(tcase, traits_keep_their_limits);
    tcase_add_test(tcase, values_keep_their_limit);
    tcase_add_test(tcase, identifiers_keep_their_number);
    tcase_add_test(tcase, future_is_taken_and_flagged);
    tcase_add_test(tcase, event_without_time_happened_now);
    tcase_add_test(tcase, alias_states_two_links);
    tcase_add_test(tcase, nothing_is_stated_by_what_is_no_alias);
    tcase_add_test(tcase, previous_id_keeps_the_limit_of_identifiers);
    tcase_add_test(tcase, equal_records_without_id_are_told_by_their_place);
    tcase_add_test(tcase, record_without_id_and_time_is_always_new);
    tcase_add_test(tcase, refused_records_do_not_count);
    tcase_add_test(tcase, ordinals_go_on_in_a_file);
    tcase_add_test(tcase, ordinals_tell_that_no_file_can_be_made);
    tcase_add_test(tcase, named_identifier_is_normal_or_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return core_run(make_suite());
}
