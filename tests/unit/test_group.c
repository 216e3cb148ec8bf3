/* Groups as bytes: what goes in comes out, and nothing else is believed. */
#include "codec/group.h"
#include "support/setting.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_FACTS 12
#define MOST_BODY 300

static uint64_t
next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A group and what it was made of. */
typedef struct sample {
    omni__group_place place;
    omni__fact_draft drafts[MOST_FACTS];
    uint8_t bodies[MOST_FACTS][MOST_BODY];
    size_t count;
    omni__buffer bytes;
    uint8_t hash[OMNI__HASH_SIZE];
} sample;

static void
make_sample(sample *made, uint64_t *seed)
{
    memset(made, 0, sizeof(*made));
    for (size_t i = 0; i < OMNI__REPLICA_SIZE; ++i) {
        made->place.replica[i] = (uint8_t)next_random(seed);
    }
    for (size_t i = 0; i < OMNI__HASH_SIZE; ++i) {
        made->place.previous[i] = (uint8_t)next_random(seed);
    }
    made->place.first_sequence =
        1 + (next_random(seed) >> (next_random(seed) % 60));
    made->place.hlc = next_random(seed) >> 2;
    made->count = 1 + (size_t)(next_random(seed) % MOST_FACTS);
    for (size_t i = 0; i < made->count; ++i) {
        omni__fact_draft *draft = &made->drafts[i];
        const size_t size = (size_t)(next_random(seed) % MOST_BODY);
        for (size_t k = 0; k < size; ++k) {
            made->bodies[i][k] = (uint8_t)next_random(seed);
        }
        draft->kind = (uint8_t)(1 + next_random(seed) % 255);
        draft->body = omni__slice_of(made->bodies[i], size);
        omni__le64_write(draft->salt, next_random(seed));
        omni__body_hash(draft->salt, draft->body, draft->body_hash);
    }
    omni__buffer_init(&made->bytes, &omni__alloc_default);
    omni__group_encode(&made->place, made->drafts, made->count, &made->bytes,
                       made->hash);
    ck_assert(!made->bytes.failed);
}

static void
check_fact(const sample *made, const omni__fact *fact, size_t i)
{
    const omni__fact_draft *draft = &made->drafts[i];
    ck_assert_uint_eq(fact->sequence, made->place.first_sequence + i);
    ck_assert_uint_eq(fact->hlc, made->place.hlc + i);
    ck_assert_uint_eq(fact->kind, draft->kind);
    ck_assert_uint_eq(fact->body_state, OMNI__BODY_PLAIN);
    ck_assert_uint_eq(fact->header_more.size, 0);
    ck_assert_mem_eq(fact->body_hash, draft->body_hash, OMNI__HASH_SIZE);
    ck_assert_mem_eq(fact->salt, draft->salt, OMNI__SALT_SIZE);
    ck_assert(omni__slice_equal(fact->body, draft->body));
    omni__slice body;
    ck_assert_int_eq(
        omni__body_open(omni__slice_of(made->bytes.data + fact->body_offset,
                                       made->bytes.size - fact->body_offset),
                        &body),
        OMNI_OK);
    ck_assert(omni__slice_equal(body, draft->body));
}

START_TEST(facts_come_out_as_they_went_in)
{
    uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(300);
    for (uint64_t n = 0; n < cases; ++n) {
        sample made;
        make_sample(&made, &seed);
        omni__group group;
        omni__fact fact;
        ck_assert_int_eq(
            omni__group_open(omni__buffer_bytes(&made.bytes), &group, NULL),
            OMNI_OK);
        ck_assert_mem_eq(group.replica, made.place.replica, OMNI__REPLICA_SIZE);
        ck_assert_mem_eq(group.previous, made.place.previous, OMNI__HASH_SIZE);
        ck_assert_uint_eq(group.first_sequence, made.place.first_sequence);
        ck_assert_uint_eq(group.count, made.count);
        ck_assert_uint_eq(group.hlc, made.place.hlc);
        ck_assert_uint_eq(group.last_hlc, made.place.hlc + made.count - 1);
        ck_assert_int_eq(omni__group_verify(&group, NULL), OMNI_OK);
        uint8_t hash[OMNI__HASH_SIZE];
        omni__group_hash(&group, hash);
        ck_assert_mem_eq(hash, made.hash, OMNI__HASH_SIZE);
        for (size_t i = 0; i < made.count; ++i) {
            ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_OK);
            check_fact(&made, &fact, i);
        }
        ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_END);
        omni__buffer_free(&made.bytes);
    }
}
END_TEST

/* Read all that can be read of bytes that may be anything. */
static bool
readable(omni__slice bytes)
{
    omni__group group;
    omni_error error;
    const omni_status status = omni__group_open(bytes, &group, &error);
    ck_assert(status == OMNI_OK || status == OMNI_ERR_CORRUPT ||
              status == OMNI_ERR_VERSION);
    if (status != OMNI_OK || omni__group_verify(&group, &error) != OMNI_OK) {
        return false;
    }
    omni__fact fact;
    while (omni__group_next(&group, &fact) == OMNI_OK) {
        const omni_fact_id id = omni__fact_id(&fact);
        ck_assert_uint_eq(id.sequence, fact.sequence);
    }
    return true;
}

START_TEST(truncated_groups_are_not_read)
{
    uint64_t seed = 7;
    sample made;
    make_sample(&made, &seed);
    for (size_t size = 0; size < made.bytes.size; ++size) {
        /* A copy of that size, so that reading beyond it is noticed. */
        uint8_t *copy = malloc(size + 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, made.bytes.data, size);
        ck_assert_msg(!readable(omni__slice_of(copy, size)), "size %zu", size);
        free(copy);
    }
    ck_assert(readable(omni__buffer_bytes(&made.bytes)));
    omni__buffer_free(&made.bytes);
}
END_TEST

START_TEST(changed_bytes_change_the_hash_or_are_noticed)
{
    uint64_t seed = 9;
    sample made;
    make_sample(&made, &seed);
    for (size_t i = 0; i < made.bytes.size; ++i) {
        made.bytes.data[i] ^= 0x04;
        omni__group group;
        if (readable(omni__buffer_bytes(&made.bytes)) &&
            omni__group_open(omni__buffer_bytes(&made.bytes), &group, NULL) ==
                OMNI_OK) {
            uint8_t hash[OMNI__HASH_SIZE];
            omni__group_hash(&group, hash);
            ck_assert_msg(memcmp(hash, made.hash, OMNI__HASH_SIZE) != 0,
                          "byte %zu", i);
        }
        made.bytes.data[i] ^= 0x04;
    }
    omni__buffer_free(&made.bytes);
}
END_TEST

START_TEST(random_bytes_are_read_without_harm)
{
    uint64_t seed = setting_seed();
    const uint64_t cases = setting_cases(300) * 20;
    for (uint64_t n = 0; n < cases; ++n) {
        sample made;
        make_sample(&made, &seed);
        const uint64_t edits = 1 + next_random(&seed) % 6;
        for (uint64_t k = 0; k < edits; ++k) {
            made.bytes.data[next_random(&seed) % made.bytes.size] =
                (uint8_t)next_random(&seed);
        }
        readable(omni__slice_of(
            made.bytes.data,
            (size_t)(next_random(&seed) % (made.bytes.size + 1))));
        readable(omni__buffer_bytes(&made.bytes));
        omni__buffer_free(&made.bytes);
    }
}
END_TEST

START_TEST(newer_group_version_is_told_from_damage)
{
    uint64_t seed = 11;
    sample made;
    make_sample(&made, &seed);
    made.bytes.data[4] = 2;
    omni__group group;
    ck_assert_int_eq(
        omni__group_open(omni__buffer_bytes(&made.bytes), &group, NULL),
        OMNI_ERR_VERSION);
    omni__buffer_free(&made.bytes);
}
END_TEST

START_TEST(dropped_body_keeps_hash_and_ids)
{
    uint64_t seed = 13;
    sample made;
    make_sample(&made, &seed);
    omni__group group;
    omni__fact fact;
    ck_assert_int_eq(
        omni__group_open(omni__buffer_bytes(&made.bytes), &group, NULL),
        OMNI_OK);
    ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_OK);
    const omni_fact_id before = omni__fact_id(&fact);

    /* Bodies: the first dropped, the others copied as they are. */
    omni__buffer dropped;
    omni__buffer_init(&dropped, &omni__alloc_default);
    omni__buffer_put(&dropped, made.bytes.data, fact.body_offset);
    omni__buffer_byte(&dropped, OMNI__BODY_DROPPED);
    const size_t rest =
        (size_t)(fact.body.data + fact.body.size - made.bytes.data);
    omni__buffer_put(&dropped, made.bytes.data + rest, made.bytes.size - rest);

    ck_assert_int_eq(
        omni__group_open(omni__buffer_bytes(&dropped), &group, NULL), OMNI_OK);
    ck_assert_int_eq(omni__group_verify(&group, NULL), OMNI_OK);
    uint8_t hash[OMNI__HASH_SIZE];
    omni__group_hash(&group, hash);
    ck_assert_mem_eq(hash, made.hash, OMNI__HASH_SIZE);
    ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_OK);
    ck_assert_uint_eq(fact.body_state, OMNI__BODY_DROPPED);
    ck_assert_uint_eq(fact.body.size, 0);
    ck_assert_ptr_null(fact.salt);
    const omni_fact_id after = omni__fact_id(&fact);
    ck_assert_mem_eq(after.check, before.check, sizeof(after.check));
    omni__slice body;
    ck_assert_int_eq(
        omni__body_open(omni__slice_of(dropped.data + fact.body_offset, 1),
                        &body),
        OMNI_NOT_FOUND);
    for (size_t i = 1; i < made.count; ++i) {
        ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_OK);
        ck_assert(omni__slice_equal(fact.body, made.drafts[i].body));
    }
    omni__buffer_free(&dropped);
    omni__buffer_free(&made.bytes);
}
END_TEST

START_TEST(fact_ids_differ_where_anything_in_the_header_does)
{
    uint64_t seed = 17;
    sample made;
    make_sample(&made, &seed);
    omni_fact_id ids[4];
    for (size_t change = 0; change < 4; ++change) {
        omni__group_place place = made.place;
        omni__fact_draft draft = made.drafts[0];
        place.hlc += change == 1;
        draft.kind = (uint8_t)(draft.kind ^ (change == 2));
        draft.body_hash[5] ^= change == 3;
        uint8_t hash[OMNI__HASH_SIZE];
        made.bytes.size = 0;
        omni__group_encode(&place, &draft, 1, &made.bytes, hash);
        omni__group group;
        omni__fact fact;
        ck_assert_int_eq(
            omni__group_open(omni__buffer_bytes(&made.bytes), &group, NULL),
            OMNI_OK);
        ck_assert_int_eq(omni__group_next(&group, &fact), OMNI_OK);
        ids[change] = omni__fact_id(&fact);
        for (size_t i = 0; i < change; ++i) {
            ck_assert_mem_ne(ids[i].check, ids[change].check, 8);
        }
    }
    omni__buffer_free(&made.bytes);
}
END_TEST

START_TEST(clock_never_goes_back)
{
    uint64_t seed = setting_seed();
    uint64_t last = 0;
    for (int i = 0; i < 20000; ++i) {
        const int64_t now =
            (int64_t)(next_random(&seed) % 4000000000000000) - 1000000;
        const uint64_t hlc = omni__hlc_next(last, now);
        ck_assert_uint_gt(hlc, last);
        if (now > 0) {
            ck_assert_uint_ge(hlc, (uint64_t)(now / 1000) << 16);
        }
        last = i % 1000 == 0 ? 0 : hlc;
    }
    ck_assert_uint_eq(omni__hlc_next(0, 5000), UINT64_C(5) << 16);
    ck_assert_uint_eq(omni__hlc_next(UINT64_C(5) << 16, 5999),
                      (UINT64_C(5) << 16) + 1);
    ck_assert_uint_eq(omni__hlc_next(0, -7), 1);
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("group");
    TCase *tcase = tcase_create("codec");
    tcase_add_test(tcase, facts_come_out_as_they_went_in);
    tcase_add_test(tcase, truncated_groups_are_not_read);
    tcase_add_test(tcase, changed_bytes_change_the_hash_or_are_noticed);
    tcase_add_test(tcase, random_bytes_are_read_without_harm);
    tcase_add_test(tcase, newer_group_version_is_told_from_damage);
    tcase_add_test(tcase, dropped_body_keeps_hash_and_ids);
    tcase_add_test(tcase, fact_ids_differ_where_anything_in_the_header_does);
    tcase_add_test(tcase, clock_never_goes_back);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
