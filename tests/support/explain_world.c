/* Names as text, and the asserts that tests of explanations share. */
#include "support/explain_world.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define MOST 12 /* identifiers of an event */

api_world explain_world;
const omni_reason explain_sisters = {.text = "two sisters", .author = "Mia"};

void
explain_setup(void)
{
    api_world_make(&explain_world);
    api_world_open(&explain_world);
}

void
explain_teardown(void)
{
    api_world_remove(&explain_world);
}

/* "ns:value" taken apart, in one of a few static places. */
omni_identifier
explain_name(const char *text)
{
    static char places[16][64];
    static unsigned next;
    char *place = places[next++ % 16];
    snprintf(place, 64, "%s", text);
    char *colon = strchr(place, ':');
    *colon = '\0';
    return (omni_identifier){place, colon + 1};
}

/* An event on the web that carries what is named, with spaces between; seconds
   after the beginning. */
void
explain_see_on(const char *channel, const char *id, int64_t seconds,
               const char *names)
{
    char text[512];
    omni_identifier all[MOST];
    omni_event event = {.size = sizeof(event),
                        .name = "Seen",
                        .id = id,
                        .time_us = API_T0 + seconds * API_SECOND,
                        .channel = channel,
                        .source = "shop",
                        .identifiers = all};
    snprintf(text, sizeof(text), "%s", names);
    char *rest = NULL;
    for (char *at = strtok_r(text, " ", &rest); at != NULL;
         at = strtok_r(NULL, " ", &rest)) {
        all[event.identifier_count++] = explain_name(at);
    }
    api_append(explain_world.store, &event);
}

void
explain_see(const char *id, int64_t seconds, const char *names)
{
    explain_see_on("web", id, seconds, names);
}

/* So many events of `ns:value` and of somebody called by a number. */
void
explain_see_many(int count, const char *numbered, const char *other)
{
    for (int i = 0; i < count; ++i) {
        char id[32];
        char names[256];
        snprintf(id, sizeof(id), "many-%d", i);
        snprintf(names, sizeof(names), "%s%d %s", numbered, i, other);
        explain_see(id, i, names);
    }
}

omni_id
explain_id(omni_txn *txn, const char *who)
{
    omni_id id;
    ck_assert_int_eq(omni_identifier_find(txn, explain_name(who), &id),
                     OMNI_OK);
    return id;
}

const omni_explanation *
explain_pair(omni_txn *txn, const char *a, const char *b)
{
    const omni_id one = explain_id(txn, a);
    const omni_id other = explain_id(txn, b);
    const omni_explanation *out = NULL;
    ck_assert_int_eq(omni_explain(txn, &one, &other, &out), OMNI_OK);
    return out;
}

const omni_identifier_explanation *
explain_one(omni_txn *txn, const char *who)
{
    const omni_id id = explain_id(txn, who);
    const omni_identifier_explanation *out = NULL;
    ck_assert_int_eq(omni_explain_identifier(txn, &id, &out), OMNI_OK);
    return out;
}

bool
explain_is_named(omni_identifier_text text, const char *who)
{
    const omni_identifier wanted = explain_name(who);
    return api_is(text.ns, wanted.ns) && api_is(text.value, wanted.value);
}

/* Assert the identifiers of a chain, with spaces between. */
void
explain_assert_chain(const char *a, const char *b, const char *names)
{
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e = explain_pair(txn, a, b);
    char text[512];
    char *rest = NULL;
    snprintf(text, sizeof(text), "%s", names);
    ck_assert(e->same);
    ck_assert_uint_eq(e->held_count, 0);
    size_t count = 0;
    const char *last = strtok_r(text, " ", &rest);
    for (const char *at = strtok_r(NULL, " ", &rest); at != NULL;
         at = strtok_r(NULL, " ", &rest)) {
        ck_assert_uint_lt(count, e->chain_count);
        explain_assert_name(e->chain[count].a, last);
        explain_assert_name(e->chain[count].b, at);
        ck_assert_int_eq(e->chain[count].state, OMNI_LINK_ACCEPTED);
        ck_assert_uint_eq(e->chain[count].because.size, 0);
        ++count;
        last = at;
    }
    ck_assert_uint_eq(e->chain_count, count);
    omni_txn_end(txn);
}

/* Assert that one link alone is held between two. */
void
explain_assert_held(const char *a, const char *b, const char *rule,
                    const char *because)
{
    omni_txn *txn = api_begin(explain_world.store);
    const omni_explanation *e = explain_pair(txn, a, b);
    ck_assert(!e->same);
    ck_assert_uint_eq(e->chain_count, 0);
    ck_assert_uint_eq(e->held_count, 1);
    api_assert_text(e->summary,
                    "two profiles: a link between them is held apart");
    ck_assert_int_eq(e->held[0].state, OMNI_LINK_HELD);
    api_assert_text(e->held[0].rule, rule);
    api_assert_text(e->held[0].because, because);
    omni_txn_end(txn);
}

void
explain_merge(const char *a, const char *b, omni_fact_id *fact)
{
    omni_statement_result result = {.size = sizeof(result)};
    ck_assert_int_eq(omni_profile_merge(explain_world.store, explain_name(a),
                                        explain_name(b), &explain_sisters,
                                        &result, &explain_world.error),
                     OMNI_OK);
    if (fact != NULL) {
        *fact = result.fact;
    }
}

void
explain_split(const char *a, const char *b, omni_fact_id *fact)
{
    omni_statement_result result = {.size = sizeof(result)};
    ck_assert_int_eq(omni_profile_split(explain_world.store, explain_name(a),
                                        explain_name(b), &explain_sisters,
                                        &result, &explain_world.error),
                     OMNI_OK);
    if (fact != NULL) {
        *fact = result.fact;
    }
}

/* An alias event: user `to` was `from` before. */
void
explain_alias(const char *id, const char *to, const char *from)
{
    const omni_identifier user = {"user_id", to};
    const omni_event event = {.size = sizeof(event),
                              .type = OMNI_EVENT_ALIAS,
                              .id = id,
                              .time_us = API_T0,
                              .channel = "app",
                              .identifiers = &user,
                              .identifier_count = 1,
                              .previous_id = from};
    api_append(explain_world.store, &event);
}
