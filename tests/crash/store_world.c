/* Numbered events in, numbered events out. */
#include "crash/store_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_US INT64_C(1700000000000000)

omni_status
store_world_add(omni_batch *batch, uint64_t number)
{
    char id[32];
    char user[32];
    char email[64];
    char properties[64];
    const unsigned person = (unsigned)(number % STORE_WORLD_PEOPLE);
    snprintf(id, sizeof(id), "e%llu", (unsigned long long)number);
    snprintf(user, sizeof(user), "u%u", person);
    snprintf(email, sizeof(email), "person%u@example.org", person);
    snprintf(properties, sizeof(properties), "{\"revenue\":%llu.25}",
             (unsigned long long)number);
    const omni_identifier identifiers[2] = {{"user_id", user},
                                            {"email", email}};
    const omni_event event = {.size = sizeof(event),
                              .name = "Order Completed",
                              .id = id,
                              .time_us = START_US + (int64_t)number * 1000000,
                              .channel = "store",
                              .source = "test",
                              .identifiers = identifiers,
                              .identifier_count = number % 3 == 0 ? 2 : 1,
                              .properties_json = properties};
    return omni_batch_add(batch, &event);
}

omni_status
store_world_commit(omni_store *store, uint64_t first, uint64_t count,
                   omni_durability durability, omni_error *error)
{
    omni_batch *batch = NULL;
    omni_status status = omni_batch_new(store, NULL, &batch, error);
    for (uint64_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = store_world_add(batch, first + i);
    }
    if (status == OMNI_OK) {
        status = omni_batch_commit(batch, durability, error);
    }
    omni_batch_free(batch);
    return status;
}

bool
store_world_has(const store_world_events *events, uint64_t number)
{
    return number < events->limit &&
           (events->seen[number / 8] >> (number % 8) & 1) != 0;
}

static void
note(store_world_events *events, omni_text id)
{
    char text[32] = "";
    ++events->count;
    if (id.size < 2 || id.size >= sizeof(text) || id.bytes[0] != 'e') {
        ++events->strange;
        return;
    }
    memcpy(text, id.bytes + 1, id.size - 1);
    char *end;
    const uint64_t number = strtoull(text, &end, 10);
    if (*end != '\0' || number >= events->limit) {
        ++events->strange;
        return;
    }
    events->repeated += store_world_has(events, number);
    events->seen[number / 8] |= (uint8_t)(1u << (number % 8));
}

static omni_status
collect_person(omni_txn *txn, unsigned person, store_world_events *events)
{
    char user[32];
    omni_id id;
    snprintf(user, sizeof(user), "u%u", person);
    const omni_identifier identifier = {"user_id", user};
    omni_status status = omni_profile_find(txn, identifier, &id);
    if (status == OMNI_NOT_FOUND) {
        return OMNI_OK;
    }
    omni_timeline *timeline = NULL;
    if (status == OMNI_OK) {
        status = omni_timeline_open(txn, &id, NULL, &timeline);
    }
    omni_timeline_event event;
    while (status == OMNI_OK) {
        status = omni_timeline_next(timeline, &event);
        if (status == OMNI_OK) {
            note(events, event.id);
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
store_world_collect(omni_store *store, store_world_events *events,
                    omni_error *error)
{
    omni_txn *txn;
    omni_status status = omni_txn_begin(store, &txn, error);
    if (status != OMNI_OK) {
        return status;
    }
    for (unsigned i = 0; i < STORE_WORLD_PEOPLE && status == OMNI_OK; ++i) {
        status = collect_person(txn, i, events);
    }
    if (status != OMNI_OK) {
        *error = *omni_txn_error(txn);
    }
    omni_txn_end(txn);
    return status;
}

static int
complain(const store_world_claims *claims, const char *what, uint64_t number,
         const char *why)
{
    if (claims->aloud) {
        fprintf(stderr, "%s %llu: %s\n", what, (unsigned long long)number, why);
    }
    return 1;
}

/* Every acknowledged event is there, no other than begun ones, each once. */
static int
compare(const store_world_claims *claims, store_world_events *events,
        bool added)
{
    if (events->strange != 0 || events->repeated != 0) {
        return complain(claims, "events", events->count,
                        events->strange != 0 ? "strange id" : "repeated");
    }
    for (size_t i = 0; i < claims->done_count; ++i) {
        if (!store_world_has(events, claims->done[i])) {
            return complain(claims, "acknowledged event", claims->done[i],
                            "lost");
        }
    }
    uint64_t known = added ? 1 : 0;
    for (size_t i = 0; i < claims->begun_count; ++i) {
        const uint64_t number = claims->begun[i];
        if (store_world_has(events, number)) {
            ++known; /* once, however often it was begun */
            events->seen[number / 8] &= (uint8_t) ~(1u << (number % 8));
        }
    }
    return known == events->count
               ? 0
               : complain(claims, "events", events->count - known, "invented");
}

static int
check_once(const store_world_claims *claims, omni_store *store, bool added)
{
    omni_error error = {.message = ""};
    omni_check_report report = {.size = sizeof(report)};
    if (omni_store_check(store, 0, NULL, NULL, &report, &error) != OMNI_OK) {
        return complain(claims, "check", report.differences,
                        report.first[0] != '\0' ? report.first : error.message);
    }
    store_world_events events = {.seen =
                                     calloc(1, (size_t)(claims->limit / 8) + 1),
                                 .limit = claims->limit + 1};
    int bad = 1;
    if (events.seen == NULL) {
        return 1;
    }
    if (store_world_collect(store, &events, &error) == OMNI_OK) {
        bad = compare(claims, &events, added);
    } else {
        complain(claims, "reading", events.count, error.message);
    }
    free(events.seen);
    return bad;
}

int
store_world_verify(const store_world_claims *claims)
{
    omni_error error = {.message = ""};
    omni_store *store;
    int bad = 0;
    for (int round = 0; round < 2 && bad == 0; ++round) {
        if (omni_store_open(claims->path, NULL, &store, &error) != OMNI_OK) {
            return complain(claims, "open, round", (uint64_t)round,
                            error.message);
        }
        bad = check_once(claims, store, round != 0);
        if (bad == 0 && round == 0 &&
            store_world_commit(store, claims->limit, 1, OMNI_DURABILITY_FULL,
                               &error) != OMNI_OK) {
            bad = complain(claims, "append", claims->limit, error.message);
        }
        if (omni_store_close(store) != OMNI_OK && bad == 0) {
            bad = complain(claims, "close, round", (uint64_t)round, "failed");
        }
    }
    return bad;
}
