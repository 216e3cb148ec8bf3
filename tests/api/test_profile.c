/* Profiles and timelines as an application sees them, and their snapshots. */
#include "support/api_world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static api_world world;

static const omni_identifier card = {"loyalty_id", "card-1"};
static const omni_identifier mail = {"email", "anna@x.org"};
static const omni_reason reason = {.text = "same person", .author = "clerk"};

static void
setup(void)
{
    api_world_make(&world);
    api_world_open(&world);
}

static void
teardown(void)
{
    api_world_remove(&world);
}

/* A purchase. */
static void
buy(omni_identifier who, const char *id, int64_t time_us, const char *amount)
{
    char properties[64];
    snprintf(properties, sizeof(properties),
             "{\"revenue\":%s,\"currency\":\"CHF\"}", amount);
    const omni_event event = {.size = sizeof(event),
                              .name = "Bought",
                              .id = id,
                              .time_us = time_us,
                              .channel = strcmp(who.ns, "email") == 0 ? "web"
                                                                      : "store",
                              .identifiers = &who,
                              .identifier_count = 1,
                              .properties_json = properties};
    api_append(world.store, &event);
}

static void
merge(void)
{
    ck_assert_int_eq(omni_profile_merge(world.store, card, mail, &reason, NULL,
                                        &world.error),
                     OMNI_OK);
}

static void
split(void)
{
    ck_assert_int_eq(omni_profile_split(world.store, card, mail, &reason, NULL,
                                        &world.error),
                     OMNI_OK);
}

/* Count and sum of what somebody bought. */
static void
assert_bought(omni_identifier who, uint64_t count, const char *sum)
{
    omni_txn *txn = api_begin(world.store);
    omni_figure figure;
    const omni_profile *profile = api_get(txn, who.ns, who.value);
    ck_assert_int_eq(omni_profile_figure(profile, "Bought", &figure), OMNI_OK);
    ck_assert_uint_eq(figure.count, count);
    ck_assert_uint_eq(figure.amount_count, 1);
    api_assert_text(figure.amounts[0].currency, "CHF");
    api_assert_text(figure.amounts[0].sum, sum);
    omni_txn_end(txn);
}

static void
fill_two_people(void)
{
    buy(card, "1", API_T0 + 2 * API_SECOND, "0.10");
    buy(card, "2", API_T0 + 4 * API_SECOND, "0.20");
    buy(mail, "3", API_T0 + 3 * API_SECOND, "1.005");
}

START_TEST(nobody_is_found_by_what_no_event_names)
{
    omni_txn *txn = api_begin(world.store);
    omni_id id = {.bytes = {7}};
    const omni_profile *profile = NULL;
    omni_timeline *timeline = NULL;
    ck_assert_int_eq(omni_profile_find(txn, card, &id), OMNI_NOT_FOUND);
    ck_assert_uint_eq(id.bytes[0], 7);
    ck_assert_int_eq(omni_profile_resolve(txn, &id, &id), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_profile_get(txn, &id, &profile), OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline),
                     OMNI_NOT_FOUND);
    ck_assert_ptr_null(profile);
    ck_assert_ptr_null(timeline);
    ck_assert_int_eq(omni_txn_error(txn)->status, OMNI_NOT_FOUND);
    ck_assert_int_eq(omni_profile_find(txn, API_NAME("Bad", "x"), &id),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_profile_find(txn, API_NAME("email", NULL), &id),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_txn_error(txn)->status, OMNI_ERR_ARGUMENT);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_merge_joins_and_a_later_split_parts_exactly)
{
    fill_two_people();
    for (int round = 0; round < 3; ++round) {
        assert_bought(card, 2, "0.3");
        assert_bought(mail, 1, "1.005");
        ck_assert(!api_together(world.store, card, mail));
        merge();
        assert_bought(card, 3, "1.305");
        assert_bought(mail, 3, "1.305");
        ck_assert(api_together(world.store, card, mail));
        split();
    }
    ck_assert_uint_eq(api_stats(world.store).statements, 6);
    api_check(world.store);
}
END_TEST

START_TEST(a_merge_waits_for_events_that_name_both)
{
    merge();
    buy(card, "1", API_T0, "1");
    omni_txn *txn = api_begin(world.store);
    omni_id id;
    ck_assert_int_eq(omni_profile_find(txn, mail, &id), OMNI_NOT_FOUND);
    omni_txn_end(txn);
    buy(mail, "2", API_T0, "2");
    ck_assert(api_together(world.store, card, mail));
    assert_bought(card, 2, "3");
}
END_TEST

START_TEST(statements_need_two_people_and_a_reason)
{
    const omni_reason none = {.text = ""};
    omni_store *store = world.store;
    omni_statement_result result = {.size = sizeof(result),
                                    .fact = {.sequence = 9}};
    ck_assert_int_eq(
        omni_profile_merge(store, card, card, &reason, &result, &world.error),
        OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(
        omni_profile_split(store, card, mail, &none, &result, &world.error),
        OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(
        omni_profile_merge(store, card, mail, NULL, &result, &world.error),
        OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_profile_merge(store, card, API_NAME("email", "null"),
                                        &reason, &result, &world.error),
                     OMNI_ERR_ARGUMENT);
    ck_assert_uint_eq(result.fact.sequence, 9);
    ck_assert_int_eq(
        omni_profile_merge(store, card, mail, &reason, &result, &world.error),
        OMNI_OK);
    ck_assert_uint_eq(result.fact.sequence, 1);
}
END_TEST

START_TEST(an_id_stays_valid_over_merges_and_splits)
{
    fill_two_people();
    omni_txn *txn = api_begin(world.store);
    const omni_id ids[2] = {api_find(txn, card.ns, card.value),
                            api_find(txn, mail.ns, mail.value)};
    omni_txn_end(txn);
    for (int round = 0; round < 2; ++round) {
        omni_id now[2];
        merge();
        txn = api_begin(world.store);
        for (int i = 0; i < 2; ++i) {
            const omni_profile *profile;
            ck_assert_int_eq(omni_profile_resolve(txn, &ids[i], &now[i]),
                             OMNI_OK);
            ck_assert_int_eq(omni_profile_get(txn, &ids[i], &profile), OMNI_OK);
            const omni_id id = omni_profile_id(profile);
            api_assert_id(id, now[i]);
        }
        api_assert_id(now[0], now[1]);
        api_assert_id(now[0], ids[0]); /* of the member first seen */
        omni_txn_end(txn);
        split();
        txn = api_begin(world.store);
        for (int i = 0; i < 2; ++i) {
            ck_assert_int_eq(omni_profile_resolve(txn, &ids[i], &now[i]),
                             OMNI_OK);
            api_assert_id(now[i], ids[i]);
        }
        omni_txn_end(txn);
    }
}
END_TEST

START_TEST(a_profile_lists_what_it_is_made_of)
{
    fill_two_people();
    merge();
    omni_txn *txn = api_begin(world.store);
    const omni_profile *profile = api_get(txn, card.ns, card.value);
    size_t count;
    ck_assert_int_eq(omni_profile_first_seen(profile), API_T0 + 2 * API_SECOND);
    ck_assert_int_eq(omni_profile_last_seen(profile), API_T0 + 4 * API_SECOND);
    const omni_text *channels = omni_profile_channels(profile, &count);
    ck_assert_uint_eq(count, 2);
    api_assert_text(channels[0], "store");
    api_assert_text(channels[1], "web");
    const omni_profile_identifier *names =
        omni_profile_identifiers(profile, &count);
    ck_assert_uint_eq(count, 2);
    api_assert_text(names[0].ns, "email");
    api_assert_text(names[0].value, "anna@x.org");
    ck_assert_uint_eq(names[0].channel_count, 1);
    api_assert_text(names[0].channels[0], "web");
    api_assert_text(names[1].ns, "loyalty_id");
    ck_assert_int_eq(names[1].first_seen_us, API_T0 + 2 * API_SECOND);
    ck_assert_int_eq(names[1].last_seen_us, API_T0 + 4 * API_SECOND);
    const omni_figure *figures = omni_profile_figures(profile, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(figures[0].first_us, API_T0 + 2 * API_SECOND);
    ck_assert_int_eq(figures[0].last_us, API_T0 + 4 * API_SECOND);
    api_assert_text(figures[0].amounts[0].min, "0.1");
    api_assert_text(figures[0].amounts[0].max, "1.005");
    omni_figure figure = {.count = 5};
    ck_assert_int_eq(omni_profile_figure(profile, "Sold", &figure),
                     OMNI_NOT_FOUND);
    ck_assert_uint_eq(figure.count, 5);
    omni_txn_end(txn);
}
END_TEST

static void
set_trait(omni_identifier who, const char *id, int64_t time_us,
          const char *traits)
{
    const omni_event event = {.size = sizeof(event),
                              .type = OMNI_EVENT_IDENTIFY,
                              .id = id,
                              .time_us = time_us,
                              .identifiers = &who,
                              .identifier_count = 1,
                              .traits_json = traits};
    api_append(world.store, &event);
}

static void
assert_trait(omni_identifier who, const char *name, const char *value)
{
    omni_txn *txn = api_begin(world.store);
    omni_trait trait;
    ck_assert_int_eq(
        omni_profile_trait(api_get(txn, who.ns, who.value), name, &trait),
        OMNI_OK);
    api_assert_text(trait.value_json, value);
    omni_txn_end(txn);
}

START_TEST(the_later_trait_wins_and_a_split_takes_it_away)
{
    set_trait(card, "1", API_T0 + 5, "{\"plan\":\"gold\",\"age\":40}");
    set_trait(mail, "2", API_T0 + 9, "{\"plan\":\"iron\"}");
    set_trait(card, "3", API_T0 + 1, "{\"plan\":\"wood\"}");
    assert_trait(card, "plan", "\"gold\"");
    merge();
    assert_trait(card, "plan", "\"iron\"");
    assert_trait(mail, "age", "40");
    omni_txn *txn = api_begin(world.store);
    size_t count;
    const omni_trait *traits =
        omni_profile_traits(api_get(txn, mail.ns, mail.value), &count);
    ck_assert_uint_eq(count, 2);
    api_assert_text(traits[0].name, "age");
    api_assert_text(traits[1].name, "plan");
    omni_trait trait;
    ck_assert_int_eq(
        omni_profile_trait(api_get(txn, mail.ns, mail.value), "none", &trait),
        OMNI_NOT_FOUND);
    omni_txn_end(txn);
    split();
    assert_trait(card, "plan", "\"gold\"");
    assert_trait(mail, "plan", "\"iron\"");
}
END_TEST

START_TEST(a_split_pair_is_listed_as_held_apart)
{
    const omni_identifier both[] = {card, mail};
    const omni_event event = {.size = sizeof(event),
                              .name = "Bought",
                              .id = "1",
                              .time_us = API_T0,
                              .identifiers = both,
                              .identifier_count = 2};
    api_append(world.store, &event);
    ck_assert(api_together(world.store, card, mail));
    split();
    ck_assert(!api_together(world.store, card, mail));
    omni_txn *txn = api_begin(world.store);
    const omni_profile *profile = api_get(txn, card.ns, card.value);
    const omni_held_apart *held;
    size_t count;
    omni_text json;
    ck_assert_int_eq(omni_profile_held_apart(txn, profile, &held, &count),
                     OMNI_OK);
    ck_assert_uint_eq(count, 1);
    api_assert_text(held[0].ns, "loyalty_id");
    api_assert_text(held[0].other_ns, "email");
    api_assert_text(held[0].other_value, "anna@x.org");
    api_assert_text(held[0].rule, "part");
    ck_assert_int_eq(omni_profile_json(txn, profile, &json), OMNI_OK);
    ck_assert_ptr_nonnull(memmem(json.bytes, json.size, "\"part\"", 6));
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_profile_as_json_is_its_line_of_the_dump)
{
    fill_two_people();
    merge();
    set_trait(card, "t", API_T0, "{\"plan\":\"gold\"}");
    omni_txn *txn = api_begin(world.store);
    omni_text json;
    omni_id id = api_find(txn, card.ns, card.value);
    char text[OMNI_ID_TEXT_SIZE];
    omni_id_format(&id, text);
    ck_assert_int_eq(
        omni_profile_json(txn, api_get(txn, card.ns, card.value), &json),
        OMNI_OK);
    ck_assert_int_eq(json.bytes[0], '{');
    ck_assert_int_eq(json.bytes[json.size - 1], '}');
    ck_assert_ptr_nonnull(memmem(json.bytes, json.size, text, 32));
    ck_assert_ptr_nonnull(
        memmem(json.bytes, json.size, "\"sum\":\"1.305\"", 13));
    omni_txn_end(txn);
    api_bytes dump = {NULL, 0, 0};
    api_dump(world.store, &dump);
    ck_assert_ptr_nonnull(memmem(dump.data, dump.size, text, 32));
    api_bytes_free(&dump);
}
END_TEST

/* Ids of the events of a walk, joined: each id is one character. */
static void
assert_walk(const omni_timeline_options *options, const char *wanted)
{
    char ids[64];
    size_t count = 0;
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, card.ns, card.value);
    omni_timeline *timeline;
    omni_timeline_event event;
    omni_status status = omni_timeline_open(txn, &id, options, &timeline);
    ck_assert_int_eq(status, OMNI_OK);
    while ((status = omni_timeline_next(timeline, &event)) == OMNI_OK) {
        ck_assert_uint_lt(count, sizeof(ids) - 1);
        ids[count++] = event.id.bytes[0];
    }
    ck_assert_int_eq(status, OMNI_END);
    ids[count] = '\0';
    ck_assert_str_eq(ids, wanted);
    omni_txn_end(txn);
}

START_TEST(a_timeline_gives_what_its_options_choose)
{
    const int64_t t = API_T0;
    buy(card, "1", t + 10, "1");
    buy(mail, "2", t + 20, "1");
    api_track(world.store, "Viewed", "3", t + 30, card);
    buy(card, "4", t + 40, "1");
    api_track(world.store, "Viewed", "5", t + 50, mail);
    merge();
    omni_timeline_options o = {.size = sizeof(o)};
    assert_walk(NULL, "54321");
    assert_walk(&o, "54321");
    o.oldest_first = true;
    assert_walk(&o, "12345");
    o.has_since = true;
    o.since_us = t + 20;
    assert_walk(&o, "2345");
    o.has_until = true;
    o.until_us = t + 50;
    assert_walk(&o, "234");
    o.name = "Bought";
    assert_walk(&o, "24");
    o.channel = "web";
    assert_walk(&o, "2");
    o.oldest_first = false;
    o.has_since = false;
    o.channel = "store";
    assert_walk(&o, "41");
    o.until_us = t + 10;
    assert_walk(&o, "");
    o.has_until = false;
    o.name = "Nothing";
    assert_walk(&o, "");
    o.name = "";
    o.channel = "";
    assert_walk(&o, "54321");
}
END_TEST

START_TEST(events_of_one_instant_have_one_order)
{
    char forth[16] = "";
    char back[16] = "";
    for (int i = 0; i < 9; ++i) {
        const char id[2] = {(char)('a' + i), '\0'};
        buy(i % 2 == 0 ? card : mail, id, API_T0, "1");
    }
    merge();
    for (int oldest = 0; oldest < 2; ++oldest) {
        omni_txn *txn = api_begin(world.store);
        const omni_id id = api_find(txn, card.ns, card.value);
        const omni_timeline_options o = {.size = sizeof(o),
                                         .oldest_first = oldest != 0};
        omni_timeline *timeline;
        omni_timeline_event event;
        ck_assert_int_eq(omni_timeline_open(txn, &id, &o, &timeline), OMNI_OK);
        for (int i = 0; i < 9; ++i) {
            ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
            (oldest != 0 ? forth : back)[i] = event.id.bytes[0];
        }
        ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_END);
        omni_txn_end(txn);
    }
    for (int i = 0; i < 9; ++i) {
        ck_assert_int_eq(forth[i], back[8 - i]);
        ck_assert_ptr_nonnull(strchr(forth, 'a' + i));
    }
}
END_TEST

START_TEST(a_timeline_needs_an_event_to_write_as_json)
{
    buy(card, "1", API_T0, "1");
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, card.ns, card.value);
    omni_timeline_options o = {.size = 1};
    omni_timeline *timeline;
    omni_timeline_event event;
    omni_text json;
    ck_assert_int_eq(omni_timeline_open(txn, &id, &o, &timeline),
                     OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline), OMNI_OK);
    ck_assert_int_eq(omni_timeline_json(timeline, &json), OMNI_ERR_ARGUMENT);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    ck_assert_int_eq(omni_timeline_json(timeline, &json), OMNI_OK);
    ck_assert_ptr_nonnull(memmem(json.bytes, json.size, "\"Bought\"", 8));
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_END);
    ck_assert_int_eq(omni_timeline_json(timeline, &json), OMNI_ERR_ARGUMENT);
    omni_txn_end(txn);
}
END_TEST

START_TEST(a_snapshot_does_not_see_later_writes)
{
    fill_two_people();
    omni_txn *txn = api_begin(world.store);
    omni_figure figure;
    omni_text before;
    omni_text after;
    ck_assert_int_eq(
        omni_profile_json(txn, api_get(txn, card.ns, card.value), &before),
        OMNI_OK);
    buy(card, "4", API_T0 + 9 * API_SECOND, "9");
    merge();
    ck_assert_int_ge(omni_store_flush(world.store, NULL), OMNI_OK);
    buy(API_NAME("user_id", "new"), "5", API_T0, "5");
    const omni_profile *profile = api_get(txn, card.ns, card.value);
    ck_assert_int_eq(omni_profile_figure(profile, "Bought", &figure), OMNI_OK);
    ck_assert_uint_eq(figure.count, 2);
    ck_assert_int_eq(omni_profile_json(txn, profile, &after), OMNI_OK);
    ck_assert_uint_eq(before.size, after.size);
    ck_assert_mem_eq(before.bytes, after.bytes, after.size);
    omni_id id;
    ck_assert_int_eq(omni_profile_find(txn, API_NAME("user_id", "new"), &id),
                     OMNI_NOT_FOUND);
    omni_txn_end(txn);
    assert_bought(card, 4, "10.305");
}
END_TEST

/* Read all borrowed bytes; a sanitizer sees if one is gone. */
static unsigned
sum_of(const omni_profile *profile, const omni_timeline_event *event)
{
    size_t count;
    unsigned sum = 0;
    const omni_profile_identifier *names =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        for (size_t k = 0; k < names[i].value.size; ++k) {
            sum += (unsigned char)names[i].value.bytes[k];
        }
    }
    const omni_trait *traits = omni_profile_traits(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        for (size_t k = 0; k < traits[i].value_json.size; ++k) {
            sum += (unsigned char)traits[i].value_json.bytes[k];
        }
    }
    for (size_t k = 0; k < event->traits_json.size; ++k) {
        sum += (unsigned char)event->traits_json.bytes[k];
    }
    return sum;
}

START_TEST(what_is_borrowed_lives_until_the_txn_ends)
{
    set_trait(card, "1", API_T0, "{\"plan\":\"gold\"}");
    set_trait(card, "0", API_T0 - 1, "{\"plan\":\"old\"}");
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, card.ns, card.value);
    const omni_profile *profile = api_get(txn, card.ns, card.value);
    omni_timeline *timeline;
    omni_timeline_event event;
    omni_timeline_event other;
    ck_assert_int_eq(omni_timeline_open(txn, &id, NULL, &timeline), OMNI_OK);
    ck_assert_int_eq(omni_timeline_next(timeline, &event), OMNI_OK);
    const unsigned sum = sum_of(profile, &event);
    ck_assert_int_eq(omni_timeline_next(timeline, &other), OMNI_OK);
    for (int i = 0; i < 200; ++i) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", i);
        set_trait(card, name, API_T0 + i, "{\"plan\":\"iron\"}");
        api_get(txn, card.ns, card.value);
    }
    ck_assert_int_ge(omni_store_flush(world.store, NULL), OMNI_OK);
    ck_assert_int_eq(omni_timeline_next(timeline, &other), OMNI_END);
    ck_assert_uint_eq(sum_of(profile, &event), sum);
    omni_txn_end(txn);
}
END_TEST

START_TEST(ids_are_read_and_written_as_text)
{
    char text[OMNI_ID_TEXT_SIZE];
    omni_id id = {.bytes = {1}};
    const char *digits = "00112233445566778899AabbccddeefF";
    ck_assert_int_eq(omni_id_parse(digits, &id), OMNI_OK);
    omni_id_format(&id, text);
    ck_assert_str_eq(text, "00112233445566778899aabbccddeeff");
    ck_assert_int_eq(omni_id_parse("0011", &id), OMNI_ERR_SYNTAX);
    ck_assert_int_eq(omni_id_parse("", &id), OMNI_ERR_SYNTAX);
    ck_assert_int_eq(omni_id_parse("0g112233445566778899aabbccddeeff", &id),
                     OMNI_ERR_SYNTAX);
    ck_assert_int_eq(omni_id_parse("00112233445566778899aabbccddeeff0", &id),
                     OMNI_ERR_SYNTAX);
    ck_assert_uint_eq(id.bytes[15], 0xff);
}
END_TEST

int
main(void)
{
    const TTest *const all[] = {nobody_is_found_by_what_no_event_names,
                                a_merge_joins_and_a_later_split_parts_exactly,
                                a_merge_waits_for_events_that_name_both,
                                statements_need_two_people_and_a_reason,
                                an_id_stays_valid_over_merges_and_splits,
                                a_profile_lists_what_it_is_made_of,
                                the_later_trait_wins_and_a_split_takes_it_away,
                                a_split_pair_is_listed_as_held_apart,
                                a_profile_as_json_is_its_line_of_the_dump,
                                a_timeline_gives_what_its_options_choose,
                                events_of_one_instant_have_one_order,
                                a_timeline_needs_an_event_to_write_as_json,
                                a_snapshot_does_not_see_later_writes,
                                what_is_borrowed_lives_until_the_txn_ends,
                                ids_are_read_and_written_as_text};
    Suite *suite = suite_create("profile");
    TCase *tests = tcase_create("profile");
    tcase_add_checked_fixture(tests, setup, teardown);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        tcase_add_test(tests, all[i]);
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
