/*
   Conditions on a small profile, grown from the bytes or made of them as they
   are. Beyond not crashing: what a condition says it says again, at every
   instant that we look at within the interval for which it says so, and an
   explanation is JSON that says the same.
*/
#include "codec/json.h"
#include "omni/omni.h"
#include "platform/hooks.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1704067200000000)
#define HOUR INT64_C(3600000000)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static char directory[64];
static omni_store *store;
static omni_txn *txn;
static omni_id who;

static int
forget(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

static void
clean_up(void)
{
    omni_txn_end(txn);
    omni_store_close(store);
    nftw(directory, forget, 16, FTW_DEPTH | FTW_PHYS);
}

/* Forty events of a few names over two days, from two identifiers. */
static void
fill(void)
{
    static const char *const names[] = {"A", "B", "C"};
    static const char *const channels[] = {"web", "store", NULL};
    for (int i = 0; i < 40; ++i) {
        char id[16];
        char properties[96];
        snprintf(id, sizeof(id), "e%d", i);
        snprintf(properties, sizeof(properties),
                 "{\"%s\":%d.25,\"currency\":\"%s\",\"k\":%d}",
                 i % 3 == 0 ? "revenue" : "total", i * 7 % 11 - 2,
                 i % 9 == 0 ? "EUR" : "CHF", i % 4);
        const omni_identifier people[] = {{"user_id", "u"}, {"email", "u@x.y"}};
        const omni_event event = {
            .size = sizeof(event),
            .type = i % 8 == 7 ? OMNI_EVENT_IDENTIFY : OMNI_EVENT_TRACK,
            .name = i % 8 == 7 ? NULL : names[i * i % 3],
            .id = id,
            .time_us = T0 + (i * 31 % 40) * HOUR + i % 5,
            .channel = channels[i % 3],
            .identifiers = &people[i % 5 == 1],
            .identifier_count = i % 5 == 0 ? 2 : 1,
            .traits_json = i % 8 == 7 ? (i % 16 == 7 ? "{\"t\":1,\"s\":\"a\"}"
                                                     : "{\"t\":2.5}")
                                      : NULL,
            .properties_json = properties};
        require(omni_event_append(store, &event, NULL, NULL) == OMNI_OK);
    }
}

static void
prepare(void)
{
    const char *folder = getenv("TMPDIR");
    char path[96];
    const omni_store_options options = {.size = sizeof(options),
                                        .flags = OMNI_STORE_CREATE,
                                        .durability = OMNI_DURABILITY_OFF};
    snprintf(directory, sizeof(directory), "%s/omni-fuzz-XXXXXX",
             folder != NULL && strlen(folder) < 40 ? folder : "/tmp");
    require(mkdtemp(directory) != NULL);
    snprintf(path, sizeof(path), "%s/store", directory);
    require(omni_store_open(path, &options, &store, NULL) == OMNI_OK);
    fill();
    require(omni_txn_begin(store, &txn, NULL) == OMNI_OK);
    require(omni_profile_find(txn, (omni_identifier){"user_id", "u"}, &who) ==
            OMNI_OK);
    atexit(clean_up);
}

/* Text that grows from bytes: `%` and a letter in a form stand for more. */
typedef struct growth {
    const uint8_t *data;
    size_t size;
    omni__buffer text;
} growth;

typedef struct forms {
    char letter;
    const char *forms[14];
} forms;

/* Of each letter the first needs no more. */
static const forms grammar[] = {
    {'c',
     {"true", "%n %o %n", "%t %o %t", "%d %o %d", "%c && %c", "%c || %c",
      "!(%c)", "%c ? %c : %c", "events.did('%N', %d)", "events.did('%N')",
      "has(traits.%T)", "events.sequence(['%N', '%N'], %d)",
      "events.list('%N', %d).exists(e, e.time %o %t)", "%s %e %s"}},
    {'n',
     {"2", "events.count('%N')", "events.count('%N', %d)",
      "events.sum('%N', '%P')", "events.sum('%N', '%P', 'CHF', %d)",
      "events.min('%N', '%P', %d)", "events.avg('%N', '%P', 'CHF')",
      "events.distinct('%N', '%P', %d)", "size(events.channels(%d))",
      "events.max('%N', '%P', 'CHF', %d)", "traits.t", "%n + %n",
      "now.getHours()", "size(events.list('%N', %d))"}},
    {'t',
     {"now", "events.first('%N')", "events.last('%N')", "profile.first_seen",
      "profile.last_seen", "%t + %d", "%t - %d",
      "timestamp('2024-01-01T12:00:00Z')"}},
    {'d',
     {"hours(3)", "minutes(90)", "days(1)", "%t - %t", "%d + %d",
      "duration('0.0000015s')", "hours(%n)"}},
    {'s', {"'a'", "traits.s", "profile.id", "events.list('%N')[0].channel"}},
    {'o', {"<", "<=", ">", ">=", "==", "!="}},
    {'e', {"==", "!="}},
    {'N', {"A", "B", "C", "identify", "D"}},
    {'P', {"revenue", "total", "value", "k", "x"}},
    {'T', {"t", "s", "u"}},
};

static void
grow(growth *g, char letter, unsigned depth)
{
    const forms *all = grammar;
    size_t count = 0;
    while (all->letter != letter) {
        ++all;
    }
    while (count < 14 && all->forms[count] != NULL) {
        ++count;
    }
    const size_t pick = g->size != 0 && depth != 0 ? g->data[0] % count : 0;
    g->data += g->size != 0;
    g->size -= g->size != 0;
    for (const char *at = all->forms[pick]; *at != '\0'; ++at) {
        if (*at == '%') {
            const bool nested = strchr("cntd", at[1]) != NULL;
            omni__buffer_text(&g->text, nested ? "(" : "");
            grow(g, *++at, depth - (depth != 0));
            omni__buffer_text(&g->text, nested ? ")" : "");
        } else {
            omni__buffer_byte(&g->text, (uint8_t)*at);
        }
    }
}

static omni_answer
evaluate(const omni_segment *segment, int64_t now_us)
{
    omni_answer answer;
    require(omni_segment_eval(txn, segment, &who, now_us, &answer) == OMNI_OK);
    require(answer.valid_since_us <= now_us && now_us < answer.valid_until_us);
    require((answer.error != NULL) ==
            (answer.membership == OMNI_MEMBERSHIP_ERROR));
    return answer;
}

/* The same at both ends of the interval, and in the middle. */
static void
look_within(const omni_segment *segment, int64_t now_us)
{
    const omni_answer answer = evaluate(segment, now_us);
    const int64_t since_us =
        answer.valid_since_us < T0 ? T0 : answer.valid_since_us;
    const int64_t until_us = answer.valid_until_us > T0 + 9000 * HOUR
                                 ? T0 + 9000 * HOUR
                                 : answer.valid_until_us;
    const int64_t instants[] = {since_us, now_us, until_us - 1,
                                since_us + (until_us - since_us) / 2};
    for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); ++i) {
        require(evaluate(segment, instants[i]).membership == answer.membership);
    }
}

static void
explain(const omni_segment *segment, int64_t now_us)
{
    omni__hooks hooks;
    omni__arena arena;
    omni__json_fault fault;
    omni_text json;
    omni_text text;
    require(omni__hooks_init(&hooks, NULL) == OMNI_OK);
    omni__arena_init(&arena, &hooks.alloc);
    require(omni_segment_explain(txn, segment, &who, now_us, &json, &text) ==
            OMNI_OK);
    require(omni__json_parse(omni__slice_of(json.bytes, json.size), &arena,
                             &fault) != NULL ||
            fault.limit);
    omni__arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    omni_segment *segment = NULL;
    omni__hooks hooks;
    growth g = {.data = data, .size = size};
    if (store == NULL) {
        prepare();
    }
    require(omni__hooks_init(&hooks, NULL) == OMNI_OK);
    omni__buffer_init(&g.text, &hooks.alloc);
    if (size % 8 == 0) {
        omni__buffer_put(&g.text, data, size);
    } else {
        grow(&g, 'c', 5);
    }
    if (omni_segment_compile(store, (const char *)g.text.data, g.text.size,
                             &segment, NULL) == OMNI_OK) {
        const uint64_t minutes = size > 2 ? data[size - 1] * 13u : 0;
        const int64_t now_us =
            T0 + (int64_t)minutes * HOUR / 60 + (int64_t)size % 3;
        look_within(segment, now_us);
        look_within(segment, T0 + 4 * HOUR);
        explain(segment, now_us);
    }
    omni_segment_free(segment);
    omni__buffer_free(&g.text);
    return 0;
}
