/* Steps of tests of stored membership. */
#include "support/segments_world.h"

#include <stdio.h>
#include <string.h>

api_world world;
int64_t now;

static int64_t
clock_now(void *user)
{
    (void)user;
    return now;
}

static const omni_hooks hooks = {.size = sizeof(hooks), .clock = clock_now};

void
setup(void)
{
    now = API_T0;
    api_world_make(&world);
    world.options.hooks = &hooks;
    api_world_open(&world);
}

void
teardown(void)
{
    api_world_remove(&world);
}

omni_status
try_set(const char *name, const char *expression)
{
    const omni_segment_definition definition = {.size = sizeof(definition),
                                                .name = name,
                                                .expression = expression,
                                                .author = "desk",
                                                .reason = "asked"};
    return omni_segment_set(world.store, &definition, NULL, &world.error);
}

void
set(const char *name, const char *expression)
{
    ck_assert_msg(try_set(name, expression) == OMNI_OK, "%s",
                  world.error.message);
}

omni_tick_result
tick(int64_t at_us, uint64_t budget)
{
    omni_tick_result result = {.size = sizeof(result)};
    const omni_status status =
        omni_store_tick(world.store, at_us, budget, &result, &world.error);
    ck_assert_msg(status >= 0, "%s", world.error.message);
    ck_assert(result.processed <= (budget != 0 ? budget : 10000));
    return result;
}

void
tick_all(int64_t at_us)
{
    omni_tick_result result = {.size = sizeof(result)};
    const omni_status status = omni_store_tick_all(world.store, at_us, NULL,
                                                   NULL, &result, &world.error);
    ck_assert_msg(status >= 0, "%s", world.error.message);
    ck_assert(result.done);
    ck_assert_uint_eq(result.due_left, 0);
    ck_assert_int_gt(result.next_us, at_us);
}

void
buy(const char *who, int64_t time_us, const char *revenue)
{
    static unsigned receipt;
    char id[32];
    char properties[64];
    snprintf(id, sizeof(id), "r%u", ++receipt);
    snprintf(properties, sizeof(properties), "{\"revenue\":%s}", revenue);
    const omni_identifier name = {"user_id", who};
    const omni_event event = {.size = sizeof(event),
                              .name = "Bought",
                              .id = id,
                              .time_us = time_us,
                              .identifiers = &name,
                              .identifier_count = 1,
                              .properties_json = properties};
    api_append(world.store, &event);
}

omni_id
id_of(const char *who)
{
    omni_txn *txn = api_begin(world.store);
    const omni_id id = api_find(txn, "user_id", who);
    omni_txn_end(txn);
    return id;
}

int
take_id(void *user, const omni_id *id)
{
    ids *out = user;
    ck_assert_uint_lt(out->count, 200);
    out->list[out->count++] = *id;
    return 0;
}

ids
combine(const char *const *names, size_t count, omni_set_operation operation,
        int64_t at_us)
{
    ids out = {.count = 0};
    omni_members_counts counted = {.size = sizeof(counted)};
    omni_txn *txn = api_begin(world.store);
    const omni_members_query query = {.size = sizeof(query),
                                      .segments = names,
                                      .segment_count = count,
                                      .operation = operation,
                                      .has_at = at_us != 0,
                                      .at_us = at_us};
    ck_assert_int_eq(
        omni_segments_members(txn, &query, take_id, &out, &counted), OMNI_OK);
    ck_assert_uint_eq(counted.members, out.count);
    ck_assert_int_eq(omni_segments_members(txn, &query, NULL, NULL, &counted),
                     OMNI_OK);
    ck_assert_uint_eq(counted.members, out.count);
    for (size_t i = 1; i < out.count; ++i) {
        ck_assert_int_lt(memcmp(&out.list[i - 1], &out.list[i], 16), 0);
    }
    omni_txn_end(txn);
    return out;
}

ids
members(const char *name, int64_t at_us)
{
    return combine(&name, 1, OMNI_SET_UNION, at_us);
}

bool
has(const ids *list, const char *who)
{
    const omni_id id = id_of(who);
    for (size_t i = 0; i < list->count; ++i) {
        if (memcmp(&list->list[i], &id, sizeof(id)) == 0) {
            return true;
        }
    }
    return false;
}

const char *
feed(uint64_t after, const char *const *people, size_t count)
{
    static char text[4000];
    omni_segment_change change = {.position = {.sequence = after}};
    omni_txn *txn = api_begin(world.store);
    omni_status status;
    text[0] = '\0';
    while ((status = omni_segment_change_next(txn, &change.position,
                                              &change)) == OMNI_OK) {
        const char *who = "?";
        ck_assert_uint_eq(change.position.sequence, after + 1);
        for (size_t i = 0; i < count; ++i) {
            omni_id id;
            if (omni_profile_find(txn, API_NAME("user_id", people[i]), &id) ==
                    OMNI_OK &&
                memcmp(&id, &change.profile, sizeof(id)) == 0) {
                who = people[i];
            }
        }
        char line[80];
        snprintf(line, sizeof(line), "%s%s:%.*s@%g ",
                 change.entered ? "+" : "-", who, (int)change.segment.size,
                 change.segment.bytes,
                 (double)(change.instant_us - API_T0) / (double)API_SECOND);
        ck_assert_uint_lt(strlen(text) + strlen(line), sizeof(text));
        strcat(text, line);
        ++after;
    }
    ck_assert_int_eq(status, OMNI_END);
    omni_txn_end(txn);
    return text;
}
