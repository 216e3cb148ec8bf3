/* The functions of segments that count and find events, and the table of all
   of them. What each means: docs/segment-language.md, "Profiles". */
#include "segments/functions.h"

#include "cel/function.h"
#include "segments/window.h"

FUNCTION(count_events)
{
    omni__tally tally;
    omni__window window;
    omni__place place;
    int64_t number = 0;
    int64_t length_us = INT64_MAX;
    if (count > 1 && !omni__window_length(run, a[1], &length_us)) {
        return omni__window_refuse(run);
    }
    if (!omni__tally_read(run, omni__cel_slice(a[0]), &tally)) {
        return omni__cel_run_memory(run);
    }
    if (tally.last_us <= run->now_us) {
        const int64_t left_us =
            omni__window_left(run, tally.last_us, length_us);
        if (length_us == INT64_MAX || tally.count == 0) {
            omni__cel_run_hold(run, tally.last_us, INT64_MAX);
            return omni__cel_int((int64_t)tally.count);
        }
        if (left_us <= run->now_us) {
            omni__cel_run_hold(run, left_us, INT64_MAX);
            return omni__cel_int(0);
        }
    }
    if (!omni__window_begin(run, omni__cel_slice(a[0]), length_us, tally.count,
                            &window)) {
        return omni__cel_run_memory(run);
    }
    while ((place = omni__window_next(&window)) != OMNI__PLACE_END) {
        omni__window_note(&window, place);
        if (place == OMNI__PLACE_BEFORE) {
            break;
        }
        number += place == OMNI__PLACE_INSIDE;
    }
    return omni__window_end(&window, omni__cel_int(number));
}

/* An event keeps it true for the length of the window: true goes on as long as
   the next comes before the last has left. */
static omni__cel_value
did_within(omni__cel_run *run, omni__slice name, uint64_t count,
           int64_t length_us)
{
    omni__window window;
    bool did = false;
    int64_t later_us = INT64_MAX; /* the earliest later event, and until when */
    int64_t later_until_us = INT64_MAX; /* it and those after it keep it true */
    if (!omni__window_begin(run, name, length_us, count, &window)) {
        return omni__cel_run_memory(run);
    }
    omni__place place;
    window.since_us = INT64_MIN;
    while ((place = omni__window_next(&window)) != OMNI__PLACE_END) {
        const int64_t time_us = window.entry->order.time_us;
        const int64_t leaves_us = omni__window_left(run, time_us, length_us);
        if (place == OMNI__PLACE_LATER || !did) {
            if (place == OMNI__PLACE_BEFORE) {
                window.since_us = leaves_us;
                break;
            }
            if (leaves_us < later_us) {
                later_until_us = leaves_us;
            }
            later_us = time_us;
            did = place == OMNI__PLACE_INSIDE;
            window.since_us = did ? time_us : window.since_us;
        } else if (leaves_us < window.since_us) {
            break;
        } else {
            window.since_us = time_us;
        }
    }
    window.until_us = did ? later_until_us : later_us;
    return omni__window_end(&window, omni__cel_bool(did));
}

FUNCTION(did_event)
{
    omni__tally tally;
    int64_t length_us = INT64_MAX;
    if (count > 1 && !omni__window_length(run, a[1], &length_us)) {
        return omni__window_refuse(run);
    }
    if (!omni__tally_read(run, omni__cel_slice(a[0]), &tally)) {
        return omni__cel_run_memory(run);
    }
    if (length_us != INT64_MAX && tally.count != 0) {
        const int64_t left_us =
            omni__window_left(run, tally.last_us, length_us);
        if (left_us <= run->now_us) {
            omni__cel_run_hold(run, left_us, INT64_MAX);
            return omni__cel_bool(false);
        }
        return did_within(run, omni__cel_slice(a[0]), tally.count, length_us);
    }
    const bool did = tally.first_us <= run->now_us;
    omni__cel_run_hold(run, did ? tally.first_us : INT64_MIN,
                       did ? INT64_MAX : tally.first_us);
    return omni__cel_bool(did);
}

static omni__cel_value
never(omni__cel_run *run, omni__cel_value name)
{
    return omni__cel_run_error(run, "no event \"%.*s\"",
                               name.size > 100 ? 100 : (int)name.size,
                               (const char *)name.as.bytes);
}

FUNCTION(first_event)
{
    omni__tally tally;
    (void)count;
    if (!omni__tally_read(run, omni__cel_slice(a[0]), &tally)) {
        return omni__cel_run_memory(run);
    }
    if (tally.first_us > run->now_us) {
        omni__cel_run_hold(run, INT64_MIN, tally.first_us);
        return never(run, a[0]);
    }
    omni__cel_run_hold(run, tally.first_us, INT64_MAX);
    return omni__evaluation_time(tally.first_us);
}

FUNCTION(last_event)
{
    omni__tally tally;
    omni__window window;
    omni__place place;
    (void)count;
    if (!omni__tally_read(run, omni__cel_slice(a[0]), &tally)) {
        return omni__cel_run_memory(run);
    }
    if (tally.count == 0) {
        return never(run, a[0]);
    }
    if (tally.last_us <= run->now_us) {
        omni__cel_run_hold(run, tally.last_us, INT64_MAX);
        return omni__evaluation_time(tally.last_us);
    }
    if (!omni__window_begin(run, omni__cel_slice(a[0]), INT64_MAX, tally.count,
                            &window)) {
        return omni__cel_run_memory(run);
    }
    do {
        place = omni__window_next(&window);
        if (place != OMNI__PLACE_END) {
            omni__window_note(&window, place);
        }
    } while (place == OMNI__PLACE_LATER);
    return omni__window_end(
        &window, place == OMNI__PLACE_INSIDE
                     ? omni__evaluation_time(window.entry->order.time_us)
                     : never(run, a[0]));
}

/* A channel of events: when those in the window were, or the next one is. */
typedef struct channel {
    omni__slice name;
    bool inside; /* the window has events of it */
    int64_t oldest_us;
    int64_t newest_us;
} channel;

typedef struct channels {
    channel *list;
    size_t count;
    size_t capacity;
} channels;

/* Where a channel is in the list, or belongs. */
static size_t
channel_place(const channels *set, omni__slice name, bool *found)
{
    size_t at = 0;
    while (at < set->count &&
           omni__slice_compare(set->list[at].name, name) < 0) {
        ++at;
    }
    *found = at < set->count && omni__slice_equal(set->list[at].name, name);
    return at;
}

static bool
add_channel(omni__arena *arena, channels *set, size_t at,
            const omni__entry *entry)
{
    if (set->count == set->capacity) {
        const size_t capacity = 2 * set->capacity + 8;
        channel *longer = omni__arena_get(arena, capacity * sizeof(longer[0]));
        if (longer == NULL) {
            return false;
        }
        if (set->count != 0) {
            memcpy(longer, set->list, set->count * sizeof(longer[0]));
        }
        set->list = longer;
        set->capacity = capacity;
    }
    memmove(set->list + at + 1, set->list + at,
            (set->count - at) * sizeof(set->list[0]));
    set->list[at] = (channel){.name = entry->channel};
    ++set->count;
    return true;
}

/* A channel is there from its oldest event in the window until its newest has
   left; another one is not there until its next. */
static omni__cel_value
channel_list(omni__window *window, const channels *set)
{
    size_t count = 0;
    omni__cel_value *names = omni__arena_get(
        window->run->arena, (set->count + 1) * sizeof(names[0]));
    if (names == NULL) {
        return omni__cel_run_memory(window->run);
    }
    for (size_t i = 0; i < set->count; ++i) {
        const channel *one = &set->list[i];
        if (one->inside) {
            names[count++] = omni__cel_text(one->name);
            omni__cel_run_hold(window->run, one->oldest_us,
                               omni__window_left(window->run, one->newest_us,
                                                 window->length_us));
        } else {
            omni__cel_run_hold(window->run, INT64_MIN, one->oldest_us);
        }
    }
    return omni__window_end(window, omni__cel_list(names, count));
}

FUNCTION(channels_of_events)
{
    channels set = {.count = 0};
    omni__window window;
    omni__place place;
    int64_t length_us = INT64_MAX;
    if (count > 0 && !omni__window_length(run, a[0], &length_us)) {
        return omni__window_refuse(run);
    }
    if (!omni__window_begin(run, omni__slice_of(NULL, 0), length_us, UINT64_MAX,
                            &window)) {
        return omni__cel_run_memory(run);
    }
    while ((place = omni__window_next(&window)) != OMNI__PLACE_END) {
        bool found;
        if (window.entry->channel.size == 0) {
            continue;
        }
        const size_t at = channel_place(&set, window.entry->channel, &found);
        if (place == OMNI__PLACE_BEFORE) {
            omni__window_note(&window, place);
            break;
        }
        if (!found && !add_channel(run->arena, &set, at, window.entry)) {
            return omni__cel_run_memory(run);
        }
        channel *one = &set.list[at];
        one->oldest_us = window.entry->order.time_us;
        if (place == OMNI__PLACE_INSIDE && !one->inside) {
            one->inside = true;
            one->newest_us = one->oldest_us;
        }
    }
    return channel_list(&window, &set);
}

/* No consent facts are known yet, and unknown is not consent (X3). */
FUNCTION(consent)
{
    UNUSED(run, count);
    (void)a;
    return omni__cel_bool(false);
}

/* A length of so many units; one that is beyond 292 years is an error. */
static omni__cel_value
duration_of(omni__cel_run *run, int64_t number, int64_t seconds)
{
    int64_t nanoseconds;
    return __builtin_mul_overflow(number, seconds * INT64_C(1000000000),
                                  &nanoseconds)
               ? omni__cel_run_error(run, "a duration is at most 292 years")
               : omni__cel_duration(nanoseconds);
}

FUNCTION(days)
{
    (void)count;
    return duration_of(run, a[0].as.number, 86400);
}

FUNCTION(hours)
{
    (void)count;
    return duration_of(run, a[0].as.number, 3600);
}

FUNCTION(minutes)
{
    (void)count;
    return duration_of(run, a[0].as.number, 60);
}

/* "a -> b -> a", where the last of them is being evaluated already. */
static omni__cel_value
cycle(omni__cel_run *run, const omni__evaluation *at, omni__slice name)
{
    char text[160];
    size_t size = sizeof(text);
    for (omni__slice part = name;; part = at->name, at = at->outer) {
        static const char arrow[] = " -> ";
        const bool first = size == sizeof(text);
        const size_t more = part.size + (first ? 0 : sizeof(arrow) - 1);
        if (size < more || at == NULL) {
            break;
        }
        size -= more;
        memcpy(text + size, part.data, part.size);
        if (!first) {
            memcpy(text + size + part.size, arrow, sizeof(arrow) - 1);
        }
        if (!first && omni__slice_equal(part, name)) {
            break;
        }
    }
    return omni__cel_run_error(run, "segments name one another: %.*s",
                               (int)(sizeof(text) - size), text + size);
}

FUNCTION(segment)
{
    omni__evaluation *outer = omni__evaluation_of(run);
    omni__subject *subject = outer->subject;
    const omni__slice name = omni__cel_slice(a[0]);
    const omni__segment *found =
        subject->lookup != NULL ? subject->lookup(subject->user, name) : NULL;
    (void)count;
    if (found == NULL) {
        return omni__cel_run_error(run, "there is no segment \"%.*s\"",
                                   name.size > 100 ? 100 : (int)name.size,
                                   (const char *)name.data);
    }
    for (const omni__evaluation *at = outer; at != NULL; at = at->outer) {
        if (at->segment == found) {
            return cycle(run, outer, name);
        }
    }
    if (outer->depth == OMNI__SEGMENT_NESTING) {
        return omni__cel_run_error(run, "segments name one another %u deep",
                                   OMNI__SEGMENT_NESTING);
    }
    omni__evaluation inner = {.segment = found,
                              .name = name,
                              .subject = subject,
                              .outer = outer,
                              .depth = outer->depth + 1};
    omni__cel_value *const slots = run->slots;
    const omni__cel_node *const at = run->at;
    const omni__cel_value value = omni__evaluation_run(&inner, run);
    run->host = outer;
    run->slots = slots;
    run->at = at;
    omni__segment_zone(outer->segment, run);
    if (inner.fault != OMNI_OK) {
        return omni__evaluation_fault(run, inner.fault);
    }
    return omni__cel_is_error(value)
               ? omni__cel_run_error(run, "segment \"%.*s\": %s",
                                     name.size > 60 ? 60 : (int)name.size,
                                     (const char *)name.data,
                                     value.as.error->message)
               : value;
}

/* By name. The costs are of the walk that a call may take. */
static const omni__cel_overload functions[] = {
    {"consent", "s", 'b', 1, consent},
    {"consent", "ss", 'b', 1, consent},
    {"days", "i", 'r', 1, days},
    {"events.avg", "ss", 'm', 64, omni__events_avg},
    {"events.avg", "ssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_avg},
    {"events.avg", "sss", 'm', 64, omni__events_avg},
    {"events.avg", "sssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_avg},
    {"events.channels", "", 'L', 64, channels_of_events},
    {"events.channels", "r", 'L', OMNI__CEL_LIVE_LAST | 64, channels_of_events},
    {"events.count", "s", 'i', 4, count_events},
    {"events.count", "sr", 'i', OMNI__CEL_LIVE_LAST | 32, count_events},
    {"events.did", "s", 'b', 4, did_event},
    {"events.did", "sr", 'b', OMNI__CEL_LIVE_LAST | 32, did_event},
    {"events.distinct", "ss", 'i', 256, omni__events_distinct},
    {"events.distinct", "ssr", 'i', OMNI__CEL_LIVE_LAST | 256,
     omni__events_distinct},
    {"events.first", "s", 't', 4, first_event},
    {"events.last", "s", 't', 4, last_event},
    {"events.list", "s", 'L', 1000, omni__events_list},
    {"events.list", "sr", 'L', OMNI__CEL_LIVE_LAST | 1000, omni__events_list},
    {"events.max", "ss", 'm', 64, omni__events_max},
    {"events.max", "ssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_max},
    {"events.max", "sss", 'm', 64, omni__events_max},
    {"events.max", "sssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_max},
    {"events.min", "ss", 'm', 64, omni__events_min},
    {"events.min", "ssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_min},
    {"events.min", "sss", 'm', 64, omni__events_min},
    {"events.min", "sssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_min},
    {"events.sequence", "Lr", 'b', OMNI__CEL_LIVE_LAST | 64,
     omni__events_sequence},
    {"events.sum", "ss", 'm', 64, omni__events_sum},
    {"events.sum", "ssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_sum},
    {"events.sum", "sss", 'm', 64, omni__events_sum},
    {"events.sum", "sssr", 'm', OMNI__CEL_LIVE_LAST | 64, omni__events_sum},
    {"hours", "i", 'r', 1, hours},
    {"minutes", "i", 'r', 1, minutes},
    {"segment", "s", 'b', 64, segment},
    {"", "", '\0', 0, NULL},
};

/* In the order of omni__segment_variable. */
static const omni__cel_variable variables[OMNI__SEGMENT_TRAIT] = {
    {"profile.first_seen", 't'},
    {"profile.id", 's'},
    {"profile.identifiers", 'M'},
    {"profile.last_seen", 't'},
    {"now", 't'},
    {"profile", 'M'},
    {"traits", 'M'},
};

const omni__cel_environment omni__segment_environment = {
    .variables = variables,
    .variable_count = OMNI__SEGMENT_TRAIT,
    .functions = functions,
    .closed = true,
};

bool
omni__segment_constant(const omni__cel_overload *overload)
{
    const bool host =
        overload >= functions &&
        overload < functions + sizeof(functions) / sizeof(functions[0]);
    return !host || overload->result == 'r';
}
