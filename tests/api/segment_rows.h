/* What functions of segments say of the profile of test_segment.c, and from
   when until when. */
#ifndef OMNI_TESTS_API_SEGMENT_ROWS_H
#define OMNI_TESTS_API_SEGMENT_ROWS_H

#include "support/api_world.h"

#define T API_T0
#define H API_HOUR
#define EVER INT64_MIN
#define NEVER INT64_MAX

typedef struct row {
    const char *text;
    int64_t now_us;
    int64_t since_us;
    int64_t until_us;
} row;

/* All of them hold. */
static const row rows[] = {
    /* Without a window: from the latest event until the next. */
    {"events.count('Buy') == 2", T + 2 * H, T + 2 * H, T + 3 * H},
    {"events.count('Buy') == 1", T + 2 * H - 1, T + H, T + 2 * H},
    {"events.count('Buy') == 0", T + H - 1, EVER, T + H},
    {"events.count('Buy') == 3", T + 50 * H, T + 3 * H, T + 100 * H},
    {"events.count('Buy') == 4", T + 100 * H, T + 100 * H, NEVER},
    {"events.count('None') == 0", T, EVER, NEVER},
    /* An event is in a window from its instant until it is as old. */
    {"events.count('Buy', hours(1)) == 1", T + 2 * H - 1, T + H, T + 2 * H},
    {"events.count('Buy', hours(1)) == 1", T + 2 * H, T + 2 * H, T + 3 * H},
    {"events.count('Buy', hours(1)) == 1", T + 4 * H - 1, T + 3 * H, T + 4 * H},
    {"events.count('Buy', hours(1)) == 0", T + 4 * H, T + 4 * H, T + 100 * H},
    {"events.count('Buy', hours(2)) == 2", T + 3 * H, T + 3 * H, T + 4 * H},
    {"events.count('Buy', duration('3600.000001s')) == 2", T + 2 * H, T + 2 * H,
     T + 2 * H + 1},
    {"events.count('Buy', duration('0.0000001s')) == 1", T + 2 * H, T + 2 * H,
     T + 2 * H + 1},
    {"events.count('Look', minutes(1)) == 1", T + 5 * H / 2 + 7,
     T + 5 * H / 2 + 7, T + 5 * H / 2 + 7 + H / 60},
    {"events.count('Look', minutes(1)) == 0", T + 5 * H / 2 + 7 + H / 60,
     T + 5 * H / 2 + 7 + H / 60, NEVER},
    /* True as long as one event after the other keeps it so. */
    {"events.did('Buy', hours(1))", T + 2 * H, T + H, T + 4 * H},
    {"!events.did('Buy', minutes(30))", T + 2 * H - 1, T + 3 * H / 2,
     T + 2 * H},
    {"events.did('Buy')", T + 50 * H, T + H, NEVER},
    {"!events.did('Buy')", T + H - 1, EVER, T + H},
    {"!events.did('Buy', hours(1))", T + 101 * H, T + 101 * H, NEVER},
    {"events.first('Buy') == timestamp('2024-01-01T01:00:00Z')", T + 9 * H,
     T + H, NEVER},
    {"events.last('Buy') == timestamp('2024-01-01T03:00:00Z')", T + 9 * H,
     T + 3 * H, T + 100 * H},
    {"events.last('Buy') < now - hours(5)", T + 8 * H + 1, T + 8 * H + 1,
     T + 100 * H},
    {"!(events.last('Buy') < now - hours(5))", T + 8 * H, T + 3 * H,
     T + 8 * H + 1},
    /* Exact sums, of one currency. */
    {"events.sum('Buy', 'revenue') == 30.100001", T + 9 * H, T + 3 * H,
     T + 100 * H},
    {"events.sum('Buy', 'revenue', 'CHF') == 30.100001", T + 101 * H,
     T + 100 * H, NEVER},
    {"events.sum('Buy', 'revenue', 'CHF') == 30.100001", T + 50 * H, T + 3 * H,
     NEVER},
    {"events.sum('Buy', 'revenue', 'USD') == 0", T + 50 * H, EVER, NEVER},
    {"events.sum('Buy', 'revenue', 'EUR', hours(1)) == 1", T + 100 * H,
     T + 100 * H, T + 101 * H},
    {"events.avg('Buy', 'revenue') == 10.033334", T + 9 * H, T + 3 * H,
     T + 100 * H},
    {"events.min('Buy', 'revenue') == 0.000001", T + 9 * H, T + 3 * H,
     T + 100 * H},
    {"events.max('Buy', 'revenue', hours(24)) == 20", T + 9 * H, T + 3 * H,
     T + 25 * H},
    /* What is not the event's amount is read from the event. */
    {"events.sum('Buy', 'total') == 21", T + 9 * H, T + 2 * H, NEVER},
    {"events.sum('Pay', 'total') == 12 && events.sum('Pay', 'value') == 1",
     T + 9 * H, T + 5 * H, NEVER},
    {"events.sum('Pay', 'revenue') == 0", T + 9 * H, EVER, NEVER},
    {"events.sum('Look', 'score') == 1.5", T + 9 * H, T + 5 * H / 2 + 7, NEVER},
    {"events.sum('Big', 'revenue') == 1e21 && events.sum('Big', 'n') == 0",
     T + 9 * H, T + 6 * H, NEVER},
    {"events.count('Pay') == 3", T + 9 * H, T + 5 * H, NEVER},
    {"events.count('Pay', hours(5)) == 1", T + 9 * H, T + 9 * H, T + 10 * H},
    {"events.distinct('Buy', 'sku') == 2", T + 9 * H, T + 3 * H, T + 100 * H},
    {"events.distinct('Buy', 'sku', hours(8)) == 2", T + 9 * H, T + 9 * H,
     T + 10 * H},
    {"events.channels(hours(2)) == ['app', 'web']", T + 3 * H, T + 3 * H,
     T + 4 * H},
    /* The newest of a channel keeps it there. */
    {"events.channels(minutes(90)) == ['app', 'web']", T + 3 * H,
     T + 5 * H / 2 + 7, T + 4 * H},
    {"events.channels() == ['store']", T + H, T + H, T + 2 * H},
    /* Any order of what happens at once; each event once. */
    {"events.sequence(['Buy', 'Look', 'Buy'], hours(3))", T + 3 * H, T + 3 * H,
     T + 5 * H},
    {"!events.sequence(['Buy', 'Look', 'Buy'], hours(1))", T + 3 * H, T + 3 * H,
     T + 100 * H},
    {"events.sequence(['Pay', 'Pay'], hours(1))", T + 4 * H, T + 4 * H,
     T + 5 * H},
    {"!events.sequence(['Pay', 'Pay', 'Pay'], hours(1))", T + 4 * H, EVER,
     T + 5 * H},
    {"events.sequence(['Pay', 'Pay', 'Pay'], hours(2))", T + 5 * H, T + 5 * H,
     T + 6 * H},
    {"events.sequence([], hours(1))", T, EVER, NEVER},
    {"events.list('Buy')[0].properties.sku == 'a' && "
     "events.list('Buy')[1].properties.total == 21",
     T + 9 * H, T + 3 * H, T + 100 * H},
    {"events.list('Look')[0] == {'name': 'Look', 'channel': 'app', 'time': "
     "timestamp('2024-01-01T02:30:00.000007Z'), 'properties': {'score': 1.5}}",
     T + 9 * H, T + 5 * H / 2 + 7, NEVER},
    {"events.list('Buy', hours(1)).size() == 0", T + 9 * H, T + 4 * H,
     T + 100 * H},
    /* Traits as they were. */
    {"traits.tier == 'gold'", T + 20 * H - 1, T + 10 * H, T + 20 * H},
    {"traits.tier == 'silver'", T + 20 * H, T + 20 * H, NEVER},
    {"!has(traits.tier)", T + 9 * H, EVER, T + 10 * H},
    {"!has(traits.other)", T + 9 * H, EVER, NEVER},
    {"traits['age'] == 42 && type(traits.age) == int", T + 30 * H, T + 10 * H,
     NEVER},
    {"traits.price == 59.9 && traits.price * 10 == 599", T + 30 * H, T + 10 * H,
     NEVER},
    {"traits.nothing == null && has(traits.nothing)", T + 30 * H, T + 10 * H,
     NEVER},
    {"traits.o.list == [1, 2.5, 'x'] && size(traits.o.list) == 3", T + 30 * H,
     T + 10 * H, NEVER},
    {"size(traits) == 5 && traits.?none.orValue(3) == 3", T + 15 * H,
     T + 10 * H, T + 20 * H},
    {"size(traits) == 0", T + 9 * H, EVER, T + 10 * H},
    /* Who it is, and when it was seen. */
    {"profile.identifiers == {'user_id': ['anna']}", T + 4 * H - 1, T + H,
     T + 4 * H},
    {"profile.identifiers.phone == ['+41446681800']", T + 4 * H, T + 4 * H,
     NEVER},
    {"profile.first_seen == timestamp('2024-01-01T01:00:00Z')", T + 4 * H,
     T + H, NEVER},
    {"profile.last_seen == timestamp('2024-01-01T20:00:00Z')", T + 90 * H,
     T + 20 * H, T + 100 * H},
    {"profile.last_seen == timestamp('2024-01-01T02:00:00Z')", T + 2 * H,
     T + 2 * H, T + 5 * H / 2 + 7},
    {"size(profile.id) == 32 && profile.id == profile['id']", T + 101 * H,
     T + 100 * H, NEVER},
    /* Time. */
    {"now >= timestamp('2024-01-02T00:00:00Z')", T + 24 * H, T + 24 * H, NEVER},
    {"now - events.first('Buy') < days(1)", T + 24 * H, T + H, T + 25 * H},
    /* Not known to this version, and unknown is no consent. */
    {"!consent('mail') && !consent('mail', 'email')", T, EVER, NEVER},
};

#endif
