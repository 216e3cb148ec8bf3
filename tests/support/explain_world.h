/*
   A store that explains: people who are seen, merged and split by names like
   "email:a@x.org", and what the answers are asserted to be.
*/
#ifndef OMNI__TESTS_SUPPORT_EXPLAIN_WORLD_H
#define OMNI__TESTS_SUPPORT_EXPLAIN_WORLD_H

#include "support/api_world.h"

extern api_world explain_world;

void
explain_setup(void);

void
explain_teardown(void);

/* "ns:value" taken apart, in one of a few static places. */
omni_identifier
explain_name(const char *text);

/* An event on the web that carries what is named, with spaces between; seconds
   after the beginning. */
void
explain_see_on(const char *channel, const char *id, int64_t seconds,
               const char *names);

void
explain_see(const char *id, int64_t seconds, const char *names);

/* So many events of `ns:value` and of somebody called by a number. */
void
explain_see_many(int count, const char *numbered, const char *other);

omni_id
explain_id(omni_txn *txn, const char *who);

const omni_explanation *
explain_pair(omni_txn *txn, const char *a, const char *b);

const omni_identifier_explanation *
explain_one(omni_txn *txn, const char *who);

bool
explain_is_named(omni_identifier_text text, const char *who);

/* Assert the identifiers of a chain, with spaces between. */
void
explain_assert_chain(const char *a, const char *b, const char *names);

/* Assert that one link alone is held between two. */
void
explain_assert_held(const char *a, const char *b, const char *rule,
                    const char *because);

void
explain_merge(const char *a, const char *b, omni_fact_id *fact);

void
explain_split(const char *a, const char *b, omni_fact_id *fact);

/* An alias event: user `to` was `from` before. */
void
explain_alias(const char *id, const char *to, const char *from);

#define explain_assert_name(text, who)                                         \
    ck_assert_msg(explain_is_named((text), (who)), "%.*s:%.*s is not %s",      \
                  (int)(text).ns.size, (text).ns.bytes,                        \
                  (int)(text).value.size, (text).value.bytes, (who))

#endif
