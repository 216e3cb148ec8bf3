/*
   Bodies, words and keyed hashes: what is written is read again; damaged bytes
   are told or read as another body, and never more. OMNI_SEED and OMNI_CASES
   choose the bodies.
*/
#include "codec/body.h"
#include "codec/word.h"
#include "support/core_world.h"
#include "support/setting.h"

#include <sodium.h>
#include <stdio.h>

#define TEXT_MAX 300

static core_random random_;
static omni__arena arena;
static omni__buffer bytes;

static void
setup(void)
{
    omni__arena_init(&arena, &omni__alloc_default);
    omni__buffer_init(&bytes, &omni__alloc_default);
    random_ = core_random_of(setting_seed());
}

static void
teardown(void)
{
    omni__buffer_free(&bytes);
    omni__arena_free(&arena);
}

static omni__slice
text(void)
{
    static const char *const known[] = {
        "", "email", "user_id", "web", "CHF", "Order Completed", "custom"};
    if (!core_one_in(&random_, 3)) {
        return omni__slice_text(known[core_below(&random_, 7)]);
    }
    uint8_t room[TEXT_MAX];
    const size_t size =
        core_below(&random_, core_one_in(&random_, 9) ? TEXT_MAX : 12);
    for (size_t i = 0; i < size; ++i) {
        room[i] = (uint8_t)core_random_next(&random_);
    }
    return omni__arena_copy(&arena, omni__slice_of(room, size));
}

static int64_t
instant(void)
{
    static const int64_t odd[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    return core_one_in(&random_, 4) ? odd[core_below(&random_, 5)]
                                    : (int64_t)core_random_next(&random_) >>
                                          core_below(&random_, 60);
}

static void
fill_named(omni__named *named, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        named[i].ns = text();
        named[i].value = text();
        for (size_t k = 0; k < OMNI__TOKEN_SIZE; ++k) {
            named[i].token.bytes[k] = (uint8_t)core_random_next(&random_);
        }
    }
}

static omni__event_body
random_event(void)
{
    omni__event_body event = {
        .type = (uint8_t)core_below(&random_, 6),
        .time_us = instant(),
        .identifier_count = 1 + core_below(&random_, OMNI_LIMIT_IDENTIFIERS),
        .stated_count = core_below(&random_, OMNI__STATED_MAX + 1),
        .name = text(),
        .channel = text(),
        .source = text(),
        .id = text(),
        .group_id = text(),
        .traits = text(),
        .properties = text()};
    event.instant_us = core_one_in(&random_, 2) ? event.time_us : instant();
    event.made_id = event.id.size == 0 ? core_random_next(&random_) : 0;
    fill_named(event.identifiers, event.identifier_count);
    fill_named(event.stated, event.stated_count);
    return event;
}

static bool
equal_named(const omni__named *a, const omni__named *b, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        if (omni__named_compare(&a[i], &b[i]) != 0 ||
            memcmp(&a[i].token, &b[i].token, sizeof(a[i].token)) != 0) {
            return false;
        }
    }
    return true;
}

static bool
equal_events(const omni__event_body *a, const omni__event_body *b)
{
    return a->type == b->type && a->time_us == b->time_us &&
           a->instant_us == b->instant_us && a->made_id == b->made_id &&
           a->identifier_count == b->identifier_count &&
           a->stated_count == b->stated_count &&
           equal_named(a->identifiers, b->identifiers, a->identifier_count) &&
           equal_named(a->stated, b->stated, a->stated_count) &&
           omni__slice_equal(a->name, b->name) &&
           omni__slice_equal(a->channel, b->channel) &&
           omni__slice_equal(a->source, b->source) &&
           omni__slice_equal(a->id, b->id) &&
           omni__slice_equal(a->group_id, b->group_id) &&
           omni__slice_equal(a->traits, b->traits) &&
           omni__slice_equal(a->properties, b->properties);
}

START_TEST(events_are_read_as_written)
{
    const uint64_t cases = setting_cases(3000);
    for (uint64_t i = 0; i < cases; ++i) {
        const omni__event_body event = random_event();
        omni__buffer_clear(&bytes);
        omni__event_body_encode(&event, &bytes);
        omni__event_body read;
        ck_assert_int_eq(
            omni__event_body_decode(omni__buffer_bytes(&bytes), &read),
            OMNI_OK);
        ck_assert_msg(equal_events(&event, &read), "seed %llu: case %llu",
                      (unsigned long long)random_.seed, (unsigned long long)i);
        omni__arena_reset(&arena);
    }
}
END_TEST

static omni__statement_body
random_statement(void)
{
    omni__statement_body statement = {
        .time_us = instant(), .author = text(), .reason = text()};
    fill_named(statement.ends, 2);
    return statement;
}

START_TEST(statements_are_read_as_written)
{
    for (int i = 0; i < 2000; ++i) {
        const omni__statement_body statement = random_statement();
        omni__buffer_clear(&bytes);
        omni__statement_body_encode(&statement, &bytes);
        omni__statement_body read;
        ck_assert_int_eq(
            omni__statement_body_decode(omni__buffer_bytes(&bytes), &read),
            OMNI_OK);
        ck_assert_int_eq(read.time_us, statement.time_us);
        ck_assert(equal_named(read.ends, statement.ends, 2));
        ck_assert(omni__slice_equal(read.author, statement.author));
        ck_assert(omni__slice_equal(read.reason, statement.reason));
        omni__arena_reset(&arena);
    }
}
END_TEST

/* Tokens with erasures that their maker knew: for libraries to come. */
START_TEST(erasures_of_tokens_are_passed_over)
{
    const omni__event_body event = random_event();
    omni__event_body_encode(&event, &bytes);
    omni__buffer with;
    omni__buffer_init(&with, &omni__alloc_default);
    const size_t first = 1 + OMNI__TOKEN_SIZE;
    omni__buffer_put(&with, bytes.data, first);
    omni__put_varint(&with, 2);
    omni__put_block(&with, omni__slice_text("an erasure"));
    omni__put_block(&with, omni__slice_text("another"));
    omni__buffer_put(&with, bytes.data + first + 1, bytes.size - first - 1);
    omni__event_body read;
    ck_assert_int_eq(omni__event_body_decode(omni__buffer_bytes(&with), &read),
                     OMNI_OK);
    ck_assert(equal_events(&event, &read));
    omni__buffer_free(&with);
}
END_TEST

/* ---- damage ---- */

static omni_status
decode_event(omni__slice body)
{
    omni__event_body event;
    const omni_status status = omni__event_body_decode(body, &event);
    if (status == OMNI_OK) {
        omni__buffer again;
        omni__event_body second;
        omni__buffer_init(&again, &omni__alloc_default);
        omni__event_body_encode(&event, &again);
        ck_assert_int_eq(
            omni__event_body_decode(omni__buffer_bytes(&again), &second),
            OMNI_OK);
        ck_assert(equal_events(&event, &second));
        omni__buffer_free(&again);
    }
    return status;
}

static omni_status
decode_statement(omni__slice body)
{
    omni__statement_body statement;
    return omni__statement_body_decode(body, &statement);
}

typedef omni_status (*decoder)(omni__slice body);

/* In memory of its own size, so that a read past the end is seen. */
static omni_status
decode_copy(decoder decode, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy + 1, bytes.data, size);
    const omni_status status = decode(omni__slice_of(copy + 1, size));
    free(copy);
    return status;
}

static void
damage(decoder decode)
{
    ck_assert_int_eq(decode_copy(decode, bytes.size), OMNI_OK);
    for (size_t size = 0; size < bytes.size; ++size) {
        ck_assert_int_eq(decode_copy(decode, size), OMNI_ERR_CORRUPT);
    }
    for (size_t i = 0; i < bytes.size; ++i) {
        const uint8_t was = bytes.data[i];
        for (int value = 1; value < 256; ++value) {
            bytes.data[i] = (uint8_t)(was ^ value);
            const omni_status status = decode_copy(decode, bytes.size);
            ck_assert(status == OMNI_OK || status == OMNI_ERR_CORRUPT);
        }
        bytes.data[i] = was;
    }
    omni__buffer_byte(&bytes, 0);
    ck_assert_int_eq(decode_copy(decode, bytes.size), OMNI_ERR_CORRUPT);
}

START_TEST(damaged_events_are_told)
{
    for (int i = 0; i < 4; ++i) {
        omni__event_body event = random_event();
        event.identifier_count = 1 + (size_t)i % 3;
        omni__buffer_clear(&bytes);
        omni__event_body_encode(&event, &bytes);
        damage(decode_event);
    }
}
END_TEST

START_TEST(damaged_statements_are_told)
{
    for (int i = 0; i < 4; ++i) {
        const omni__statement_body statement = random_statement();
        omni__buffer_clear(&bytes);
        omni__statement_body_encode(&statement, &bytes);
        damage(decode_statement);
    }
}
END_TEST

START_TEST(too_many_identifiers_are_told)
{
    omni__event_body event = random_event();
    event.identifier_count = OMNI_LIMIT_IDENTIFIERS;
    event.stated_count = OMNI__STATED_MAX;
    fill_named(event.identifiers, event.identifier_count);
    fill_named(event.stated, event.stated_count);
    omni__event_body_encode(&event, &bytes);
    ck_assert_int_eq(decode_event(omni__buffer_bytes(&bytes)), OMNI_OK);
    ck_assert_uint_eq(bytes.data[0], OMNI__TOKENS_MAX);
    bytes.data[0] = OMNI__TOKENS_MAX + 1;
    ck_assert_int_eq(decode_event(omni__buffer_bytes(&bytes)),
                     OMNI_ERR_CORRUPT);
}
END_TEST

/* ---- words ---- */

START_TEST(words_of_the_list_take_a_byte)
{
    static const char *const listed[] = {"",      "user_id", "anonymous_id",
                                         "email", "web",     "partner",
                                         "alias", "CHF",     "USD"};
    for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); ++i) {
        omni__buffer_clear(&bytes);
        omni__put_word(&bytes, omni__slice_text(listed[i]));
        ck_assert_uint_eq(bytes.size, 1);
        omni__reader reader = omni__reader_of(omni__buffer_bytes(&bytes));
        ck_assert(omni__slice_equal(omni__read_word(&reader),
                                    omni__slice_text(listed[i])));
        ck_assert(!reader.bad);
    }
}
END_TEST

START_TEST(numbers_beyond_the_list_are_told)
{
    int known = 0;
    for (uint8_t number = 0; number < 64; ++number) {
        omni__reader reader = omni__reader_of(omni__slice_of(&number, 1));
        const omni__slice word = omni__read_word(&reader);
        known += !reader.bad;
        ck_assert(!reader.bad || word.size == 0);
        if (!reader.bad) {
            omni__buffer_clear(&bytes);
            omni__put_word(&bytes, word);
            ck_assert_uint_eq(bytes.data[0], number);
        }
    }
    ck_assert_int_eq(known, 34); /* it may grow, and never change */
    const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 0xff,
                            0xff, 0xff, 0xff, 0xff, 0x01};
    omni__reader reader = omni__reader_of(omni__slice_of(huge, sizeof(huge)));
    omni__read_word(&reader);
    ck_assert(reader.bad);
}
END_TEST

/* ---- keyed hashes: the formula, written out ---- */

static omni__secret
make_secret(void)
{
    omni__secret secret;
    for (size_t i = 0; i < OMNI__SECRET_SIZE; ++i) {
        secret.bytes[i] = (uint8_t)(i * 7 + 1);
    }
    omni__secret_expand(&secret);
    return secret;
}

static void
blake(const omni__secret *secret, uint8_t purpose, omni__slice input,
      uint8_t out[16])
{
    uint8_t all[OMNI__SECRET_SIZE + 1 + 1200];
    memcpy(all, secret->bytes, OMNI__SECRET_SIZE);
    all[OMNI__SECRET_SIZE] = purpose;
    memcpy(all + OMNI__SECRET_SIZE + 1, input.data, input.size);
    crypto_generichash(out, 16, all, OMNI__SECRET_SIZE + 1 + input.size, NULL,
                       0);
}

START_TEST(hashes_are_the_documented_ones)
{
    const omni__secret secret = make_secret();
    uint8_t input[1200] = "email";
    for (size_t size = 0; size < 1100; size += size < 140 ? 1 : 97) {
        memset(input + 6, 'x', size); /* behind the zero of "email" */
        uint8_t wanted[16];
        blake(&secret, 1, omni__slice_of(input, 6 + size), wanted);
        const omni__token token =
            omni__token_of(&secret, omni__slice_text("email"),
                           omni__slice_of(input + 6, size));
        ck_assert_mem_eq(token.bytes, wanted, 16);
        const omni_id id =
            omni__public_id(&secret, &token, omni__slice_of(input + 6, size));
        uint8_t parts[1200];
        memcpy(parts, token.bytes, 16);
        memcpy(parts + 16, input + 6, size);
        blake(&secret, 2, omni__slice_of(parts, 16 + size), wanted);
        ck_assert_mem_eq(id.bytes, wanted, 16);
    }
    uint8_t key[16];
    uint8_t hash[8];
    blake(&secret, 3, omni__slice_of(input, 0), key);
    ck_assert_mem_eq(secret.event_key, key, 16);
    crypto_shorthash_siphash24(hash, (const uint8_t *)"m-1", 3, key);
    ck_assert_uint_eq(omni__event_id_hash(&secret, omni__slice_text("m-1")),
                      omni__le64_read(hash));
    blake(&secret, 4, omni__slice_of(input, 0), key);
    ck_assert_mem_eq(secret.content_key, key, 16);
}
END_TEST

START_TEST(tokens_tell_namespace_from_value)
{
    const omni__secret secret = make_secret();
    omni__secret other = secret;
    other.bytes[31] ^= 1;
    const omni__slice a = omni__slice_text("a");
    const omni__slice ab = omni__slice_text("ab");
    const omni__slice bc = omni__slice_text("bc");
    const omni__slice c = omni__slice_text("c");
    const omni__token tokens[] = {
        omni__token_of(&secret, a, bc), omni__token_of(&secret, ab, c),
        omni__token_of(&other, a, bc), omni__token_of(&secret, a, c)};
    for (size_t i = 0; i < 4; ++i) {
        for (size_t k = 0; k < i; ++k) {
            ck_assert_mem_ne(tokens[i].bytes, tokens[k].bytes, 16);
        }
    }
}
END_TEST

START_TEST(content_hash_hears_every_part)
{
    const omni__secret secret = make_secret();
    omni__event_body event = random_event();
    event.stated_count = 1;
    fill_named(event.stated, 1);
    const omni__slice other = omni__slice_text("something else");
    omni__slice *const parts[] = {&event.name,
                                  &event.channel,
                                  &event.source,
                                  &event.traits,
                                  &event.properties,
                                  &event.group_id,
                                  &event.identifiers[0].ns,
                                  &event.identifiers[0].value,
                                  &event.stated[0].value};
    const uint64_t before = omni__event_content_hash(&secret, &event, &bytes);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        const omni__slice was = *parts[i];
        *parts[i] = other;
        ck_assert_uint_ne(omni__event_content_hash(&secret, &event, &bytes),
                          before);
        *parts[i] = was;
    }
    event.time_us ^= 1;
    ck_assert_uint_ne(omni__event_content_hash(&secret, &event, &bytes),
                      before);
    event.time_us ^= 1;
    event.type ^= 1;
    ck_assert_uint_ne(omni__event_content_hash(&secret, &event, &bytes),
                      before);
    event.type ^= 1;
    /* Id and instant are compared by themselves. */
    event.id = other;
    event.instant_us ^= 1;
    ck_assert_uint_eq(omni__event_content_hash(&secret, &event, &bytes),
                      before);
}
END_TEST

/* ---- numbers ---- */

/* A varint, byte by byte. */
static bool
read_slowly(const uint8_t *data, size_t size, uint64_t *value, size_t *taken)
{
    *value = 0;
    for (size_t i = 0; i < size && i < OMNI__VARINT_MAX; ++i) {
        *value |=
            i < 9 || data[i] < 0x80 ? (uint64_t)(data[i] & 0x7f) << (7 * i) : 0;
        if (data[i] < 0x80) {
            *taken = i + 1;
            return true;
        }
    }
    return false;
}

START_TEST(varints_are_the_same_read_slowly)
{
    for (uint64_t round = 0; round < setting_cases(20000); ++round) {
        uint8_t data[16];
        const size_t size = core_below(&random_, sizeof(data) + 1);
        const size_t length = core_below(&random_, 12);
        for (size_t i = 0; i < size; ++i) {
            const uint8_t byte = (uint8_t)core_random_next(&random_);
            data[i] = i < length ? byte | 0x80 : byte;
        }
        omni__reader reader = omni__reader_of(omni__slice_of(data, size));
        const uint64_t value = omni__read_varint(&reader);
        uint64_t expected;
        size_t taken;
        const bool fine = read_slowly(data, size, &expected, &taken);
        ck_assert_int_eq(reader.bad, !fine);
        ck_assert(!fine || (value == expected && reader.at == data + taken));
    }
}
END_TEST

START_TEST(numbers_have_their_bytes)
{
    const uint8_t up[8] = {1, 2, 3, 4, 5, 6, 7, 0xf8};
    uint8_t out[8];
    ck_assert_uint_eq(omni__le64_read(up), UINT64_C(0xf807060504030201));
    ck_assert_uint_eq(omni__be64_read(up), UINT64_C(0x01020304050607f8));
    omni__le64_write(out, UINT64_C(0xf807060504030201));
    ck_assert_mem_eq(out, up, sizeof(up));
    omni__be64_write(out, UINT64_C(0x01020304050607f8));
    ck_assert_mem_eq(out, up, sizeof(up));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("body");
    TCase *tcase = tcase_create("bodies");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, events_are_read_as_written);
    tcase_add_test(tcase, statements_are_read_as_written);
    tcase_add_test(tcase, erasures_of_tokens_are_passed_over);
    tcase_add_test(tcase, damaged_events_are_told);
    tcase_add_test(tcase, damaged_statements_are_told);
    tcase_add_test(tcase, too_many_identifiers_are_told);
    tcase_add_test(tcase, words_of_the_list_take_a_byte);
    tcase_add_test(tcase, numbers_beyond_the_list_are_told);
    tcase_add_test(tcase, hashes_are_the_documented_ones);
    tcase_add_test(tcase, tokens_tell_namespace_from_value);
    tcase_add_test(tcase, content_hash_hears_every_part);
    tcase_add_test(tcase, varints_are_the_same_read_slowly);
    tcase_add_test(tcase, numbers_have_their_bytes);
    suite_add_tcase(suite, tcase);
    return core_run(suite);
}
