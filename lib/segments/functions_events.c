/* The functions of segments that look at what events say: sums, distinct
   values, sequences, lists. */
#include "codec/decimal.h"
#include "codec/json.h"
#include "events/timeline.h"
#include "segments/sequence.h"
#include "segments/window.h"

#include <stdlib.h>

/* How an aggregate over the numbers of a property is asked for. */
typedef enum kind { SUM, MIN, MAX, AVG } kind;

typedef struct aggregate {
    omni__cel_run *run;
    kind kind;
    omni__slice name;
    omni__slice property;
    omni__slice key;  /* of the property in JSON; made when first needed */
    int source;       /* the omni__amount_source that it is, or -1 */
    bool by_currency; /* only amounts in `currency` count */
    omni__slice currency;
    bool some; /* amounts; the first and last of their currencies */
    omni__slice first;
    omni__slice last;
    uint64_t count;
    omni__int128 sum;
    omni__int128 least;
    omni__int128 greatest;
} aggregate;

/* A number of an event. */
typedef struct term {
    bool amount; /* it is the event's, and so in its currency */
    omni__slice currency;
    omni__int128 micro;
} term;

static int
source_of(omni__slice property)
{
    static const char *const names[] = {"revenue", "total", "value"};
    for (int i = 0; i < 3; ++i) {
        if (omni__slice_equal(property, omni__slice_text(names[i]))) {
            return i;
        }
    }
    return -1;
}

/* A property of the event of an entry, as JSON; no data if it has none. */
static omni_status
property_of(omni__cel_run *run, const omni__entry *entry, omni__slice name,
            omni__slice *key, omni__event_body *body, omni__slice *value)
{
    const omni__subject *subject = omni__evaluation_of(run)->subject;
    *value = omni__slice_of(NULL, 0);
    if (key->data == NULL) {
        *key = omni__evaluation_key(run, name);
        if (key->data == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    (void)omni__cel_run_steps(run, 4);
    const omni_status status =
        omni__copy_read(subject->log, entry->order.position, body);
    if (status == OMNI_OK &&
        !omni__evaluation_member(body->properties, *key, value)) {
        *value = omni__slice_of(NULL, 0);
    }
    return status;
}

/* Whether an event's number is told by its entry, or that there is none. */
static bool
is_told(const aggregate *g, const omni__entry *entry)
{
    const int source =
        (entry->flags & OMNI__ENTRY_SOURCE) >> OMNI__ENTRY_SOURCE_AT;
    if (g->source < 0) {
        return false;
    }
    /* Those before the source in the order of preference are not there. */
    return (entry->flags & OMNI__ENTRY_AMOUNT) != 0
               ? source != OMNI__AMOUNT_POLICY && g->source <= source
               : source == 0;
}

/* The term of an event; `*has` false if it has none. */
static omni_status
read_term(aggregate *g, const omni__entry *entry, term *out, bool *has)
{
    omni__event_body body;
    omni__slice value;
    if (is_told(g, entry)) {
        *has = (entry->flags & OMNI__ENTRY_AMOUNT) != 0 &&
               (entry->flags & OMNI__ENTRY_SOURCE) >> OMNI__ENTRY_SOURCE_AT ==
                   g->source;
        *out = (term){.amount = true,
                      .currency = entry->currency,
                      .micro = entry->amount};
        return OMNI_OK;
    }
    omni_status status =
        property_of(g->run, entry, g->property, &g->key, &body, &value);
    *out = (term){.amount = false};
    *has = status == OMNI_OK && value.size != 0 &&
           (value.data[0] == '-' ||
            (value.data[0] >= '0' && value.data[0] <= '9')) &&
           omni__decimal_amount(value, &out->micro);
    if (*has && (entry->flags & OMNI__ENTRY_AMOUNT) != 0 &&
        (entry->flags & OMNI__ENTRY_SOURCE) == OMNI__ENTRY_SOURCE &&
        omni__int128_compare(out->micro, entry->amount) == 0) {
        /* The property that the policy names. */
        out->amount = true;
        out->currency = entry->currency;
    } else if (*has && g->by_currency) {
        omni__entry money = {.flags = 0};
        status = omni__amount_of(&omni__policy_default.lists[0],
                                 body.properties, g->run->arena, &money);
        out->currency = money.currency;
    }
    return status;
}

static void
add_money(aggregate *g, const omni__money *money)
{
    if (g->count == 0 || omni__int128_compare(money->min, g->least) < 0) {
        g->least = money->min;
    }
    if (g->count == 0 || omni__int128_compare(money->max, g->greatest) > 0) {
        g->greatest = money->max;
    }
    g->sum = omni__int128_add(g->sum, money->sum);
    g->count += money->count;
}

/* Amounts of one currency can be added up, those of several cannot. */
static void
see_currency(aggregate *g, omni__slice currency)
{
    if (!g->some || omni__slice_compare(currency, g->first) < 0) {
        g->first = currency;
    }
    if (!g->some || omni__slice_compare(currency, g->last) > 0) {
        g->last = currency;
    }
    g->some = true;
}

static omni__cel_value
fail_mixed(aggregate *g)
{
    const omni__slice none = omni__slice_text("none");
    const omni__slice a = g->first.size != 0 ? g->first : none;
    const omni__slice b = g->last.size != 0 ? g->last : none;
    return omni__cel_run_error(
        g->run,
        "\"%.*s\" is in more than one currency (%.*s, %.*s); name the one "
        "to take after the property",
        g->property.size > 40 ? 40 : (int)g->property.size,
        (const char *)g->property.data, a.size > 16 ? 16 : (int)a.size,
        (const char *)a.data, b.size > 16 ? 16 : (int)b.size,
        (const char *)b.data);
}

static omni__cel_value
result_of(aggregate *g)
{
    if (g->some && !omni__slice_equal(g->first, g->last)) {
        return fail_mixed(g);
    }
    if (g->count == 0 && g->kind != SUM) {
        return omni__cel_run_error(
            g->run, "no event \"%.*s\" with a number \"%.*s\"",
            g->name.size > 60 ? 60 : (int)g->name.size,
            (const char *)g->name.data,
            g->property.size > 60 ? 60 : (int)g->property.size,
            (const char *)g->property.data);
    }
    const omni__cel_value value =
        omni__cel_run_decimal(g->run, g->kind == MIN   ? g->least
                                      : g->kind == MAX ? g->greatest
                                                       : g->sum);
    return g->kind != AVG || omni__cel_is_error(value)
               ? value
               : omni__cel_binary(g->run, OMNI__CEL_DIVIDE, value,
                                  omni__cel_int((int64_t)g->count));
}

/* Whether the figures of a name tell the aggregate: all events are there, and
   all of their amounts come from the property. */
static bool
from_figures(aggregate *g, const omni__tally *tally)
{
    for (size_t i = 0; i < tally->part_count; ++i) {
        const uint8_t sources = tally->parts[i].sources;
        if (sources != 0 && sources != 1u << g->source) {
            return false;
        }
    }
    for (size_t i = 0; i < tally->part_count; ++i) {
        for (size_t k = 0; k < tally->parts[i].money_count; ++k) {
            const omni__money *money = &tally->parts[i].money[k];
            if (!g->by_currency ||
                omni__slice_equal(money->currency, g->currency)) {
                see_currency(g, money->currency);
                add_money(g, money);
            }
        }
    }
    return true;
}

/* Add up the events in a window. */
static omni__cel_value
from_events(aggregate *g, uint64_t count, int64_t length_us)
{
    omni__window window;
    omni__place place;
    if (!omni__window_begin(g->run, g->name, length_us, count, &window)) {
        return omni__cel_run_memory(g->run);
    }
    while ((place = omni__window_next(&window)) != OMNI__PLACE_END) {
        term one;
        bool has;
        const omni_status status = read_term(g, window.entry, &one, &has);
        if (status != OMNI_OK) {
            return omni__evaluation_fault(g->run, status);
        }
        if (!has ||
            (g->by_currency && !omni__slice_equal(one.currency, g->currency))) {
            continue;
        }
        omni__window_note(&window, place);
        if (place == OMNI__PLACE_BEFORE) {
            break;
        }
        if (place == OMNI__PLACE_INSIDE) {
            const omni__money money = {.count = 1,
                                       .sum = one.micro,
                                       .min = one.micro,
                                       .max = one.micro};
            if (one.amount) {
                see_currency(g, one.currency);
            }
            add_money(g, &money);
        }
    }
    return omni__window_end(&window, result_of(g));
}

/* name, property[, currency][, within] */
static omni__cel_value
aggregate_of(omni__cel_run *run, const omni__cel_value *a, size_t count,
             kind kind)
{
    omni__tally tally;
    int64_t length_us = INT64_MAX;
    aggregate g = {.run = run,
                   .kind = kind,
                   .name = omni__cel_slice(a[0]),
                   .property = omni__cel_slice(a[1]),
                   .source = source_of(omni__cel_slice(a[1]))};
    if (count > 2 && a[2].kind == OMNI__CEL_STRING) {
        g.by_currency = true;
        g.currency = omni__cel_slice(a[2]);
    }
    if (a[count - 1].kind == OMNI__CEL_DURATION &&
        !omni__window_length(run, a[count - 1], &length_us)) {
        return omni__window_refuse(run);
    }
    if (!omni__tally_read(run, g.name, &tally)) {
        return omni__cel_run_memory(run);
    }
    if (tally.count == 0 ||
        (length_us == INT64_MAX && tally.last_us <= run->now_us &&
         g.source >= 0 && from_figures(&g, &tally))) {
        omni__cel_run_hold(run, tally.last_us, INT64_MAX);
        return result_of(&g);
    }
    const int64_t left_us = omni__window_left(run, tally.last_us, length_us);
    if (left_us <= run->now_us) {
        /* All have left the window. */
        omni__cel_run_hold(run, left_us, INT64_MAX);
        return result_of(&g);
    }
    return from_events(&g, tally.count, length_us);
}

#define AGGREGATE(name, kind)                                                  \
    omni__cel_value name(omni__cel_run *run, const omni__cel_value *a,         \
                         size_t count)                                         \
    {                                                                          \
        return aggregate_of(run, a, count, kind);                              \
    }

AGGREGATE(omni__events_sum, SUM)
AGGREGATE(omni__events_min, MIN)
AGGREGATE(omni__events_max, MAX)
AGGREGATE(omni__events_avg, AVG)

static int
compare_slices(const void *a, const void *b)
{
    return omni__slice_compare(*(const omni__slice *)a,
                               *(const omni__slice *)b);
}

omni__cel_value
omni__events_distinct(omni__cel_run *run, const omni__cel_value *a,
                      size_t count)
{
    omni__tally tally;
    omni__window window;
    omni__place place;
    omni__slice key = omni__slice_of(NULL, 0);
    size_t found = 0;
    int64_t length_us = INT64_MAX;
    const omni__slice name = omni__cel_slice(a[0]);
    if (count > 2 && !omni__window_length(run, a[2], &length_us)) {
        return omni__window_refuse(run);
    }
    if (!omni__tally_read(run, name, &tally) ||
        !omni__window_begin(run, name, length_us, tally.count, &window)) {
        return omni__cel_run_memory(run);
    }
    omni__slice *values = omni__arena_get(
        run->arena, ((size_t)tally.count + 1) * sizeof(values[0]));
    if (values == NULL) {
        return omni__cel_run_memory(run);
    }
    while ((place = omni__window_next(&window)) != OMNI__PLACE_END) {
        omni__event_body body;
        const omni_status status =
            property_of(run, window.entry, omni__cel_slice(a[1]), &key, &body,
                        &values[found]);
        if (status != OMNI_OK) {
            return omni__evaluation_fault(run, status);
        }
        if (values[found].data == NULL) {
            continue;
        }
        omni__window_note(&window, place);
        if (place == OMNI__PLACE_BEFORE) {
            break;
        }
        found += place == OMNI__PLACE_INSIDE;
    }
    int64_t different = 0;
    qsort(values, found, sizeof(values[0]), compare_slices);
    for (size_t i = 0; i < found; ++i) {
        different += i == 0 || !omni__slice_equal(values[i], values[i - 1]);
    }
    return omni__window_end(&window, omni__cel_int(different));
}

/* ---- sequences ---- */

/* The steps of a sequence that an event of this name fits. */
static uint32_t
steps_of(omni__cel_value names, omni__slice name)
{
    uint32_t steps = 0;
    for (uint32_t i = 0; i < names.size; ++i) {
        if (omni__slice_equal(omni__cel_slice(names.as.items[i]), name)) {
            steps |= UINT32_C(1) << i;
        }
    }
    return steps;
}

/* True from the end of the chain that is complete first, until the start of
   the one that begins last has left. To lose events makes none. */
static omni__cel_value
sequence_in(omni__cel_run *run, omni__cel_value names, uint64_t most,
            int64_t length_us)
{
    omni__window window;
    omni__place place;
    const omni__sequence_rule rule = {.steps = names.size,
                                      .within_us = INT64_MAX};
    omni__sequence_chain chain = {.length = 0};
    omni__sequence_event *events =
        omni__arena_get(run->arena, (size_t)most * sizeof(events[0]));
    if (events == NULL || !omni__window_begin(run, omni__slice_of(NULL, 0),
                                              length_us, UINT64_MAX, &window)) {
        return omni__cel_run_memory(run);
    }
    /* Filled from its end: the newest come first. */
    size_t at = (size_t)most;
    for (uint64_t left = most;
         left != 0 &&
         (place = omni__window_next(&window)) != OMNI__PLACE_END;) {
        const uint32_t steps = steps_of(names, window.entry->name);
        if (steps == 0) {
            continue;
        }
        --left;
        if (place == OMNI__PLACE_INSIDE) {
            events[--at] = (omni__sequence_event){
                .time_us = window.entry->order.time_us, .steps = steps};
            continue;
        }
        omni__window_note(&window, place);
        if (place == OMNI__PLACE_BEFORE) {
            break;
        }
    }
    if (names.size != 0 && at != most) {
        omni__sequence_find(&rule, events + at, (size_t)most - at, &chain);
    }
    const bool found = chain.length == names.size;
    if (found && names.size != 0) {
        window.since_us = chain.events[names.size - 1].time_us;
        window.until_us = omni__window_left(run, chain.latest_us, length_us);
    }
    return omni__window_end(&window, omni__cel_bool(found));
}

omni__cel_value
omni__events_sequence(omni__cel_run *run, const omni__cel_value *a,
                      size_t count)
{
    uint64_t most = 0;
    int64_t length_us;
    const omni__cel_value names = a[0];
    (void)count;
    if (!omni__window_length(run, a[1], &length_us)) {
        return omni__window_refuse(run);
    }
    if (names.size > OMNI__SEQUENCE_STEPS) {
        return omni__cel_run_error(run, "a sequence has at most %u names",
                                   OMNI__SEQUENCE_STEPS);
    }
    for (uint32_t i = 0; i < names.size; ++i) {
        omni__tally tally;
        const omni__cel_value name = names.as.items[i];
        if (name.kind != OMNI__CEL_STRING) {
            return omni__cel_run_error(
                run, "a sequence is of names of events, not %s",
                omni__cel_kind_name((omni__cel_kind)name.kind));
        }
        if (!omni__tally_read(run, omni__cel_slice(name), &tally)) {
            return omni__cel_run_memory(run);
        }
        if (steps_of(omni__cel_list(names.as.items, i),
                     omni__cel_slice(name)) == 0) {
            most += tally.count;
        }
    }
    return sequence_in(run, names, most, length_us);
}

/* ---- lists ---- */

#define LIST_MAX 1000u

/* An event as a map of name, time, channel and properties. */
static omni__cel_value
event_value(omni__cel_run *run, const omni__event_body *body)
{
    static const char *const names[] = {"channel", "name", "properties",
                                        "time"};
    const omni__slice none = omni__slice_of("{}", 2);
    omni__cel_entry *entries =
        omni__arena_get(run->arena, 4 * sizeof(*entries));
    if (entries == NULL) {
        return omni__cel_run_memory(run);
    }
    for (unsigned i = 0; i < 4; ++i) {
        entries[i].key = omni__cel_text(omni__slice_text(names[i]));
    }
    entries[0].value = omni__cel_text(body->channel);
    entries[1].value = omni__cel_text(body->name);
    entries[2].value = omni__evaluation_json(
        run, body->properties.size != 0 ? body->properties : none);
    entries[3].value = omni__evaluation_time(body->time_us);
    return omni__cel_is_error(entries[2].value)
               ? entries[2].value
               : omni__evaluation_map(run, entries, 4);
}

/* The newest events of a name, in the order of timelines (F6). */
static omni_status
list_events(omni__cel_run *run, omni__slice name, omni__cel_value *items,
            size_t count)
{
    const omni__subject *subject = omni__evaluation_of(run)->subject;
    omni__timeline timeline;
    omni__timeline_item item;
    omni_status status = omni__timeline_init(
        &timeline, subject->view, subject->nodes, subject->count, run->arena);
    timeline.log = subject->log;
    timeline.secret = subject->secret;
    timeline.filter = (omni__timeline_filter){
        .has_until = true, .until_us = run->now_us + 1, .name = name};
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = omni__timeline_next(&timeline, &item);
        if (status == OMNI_OK && !omni__cel_run_steps(run, 8)) {
            status = OMNI_END;
        }
        if (status == OMNI_OK) {
            items[i] = event_value(run, &item.body);
        }
    }
    omni__timeline_end(&timeline);
    return status == OMNI_END && run->steps == 0 ? OMNI_OK : status;
}

omni__cel_value
omni__events_list(omni__cel_run *run, const omni__cel_value *a, size_t count)
{
    omni__tally tally;
    omni__window window;
    omni__place place;
    size_t found = 0;
    int64_t length_us = INT64_MAX;
    const omni__slice name = omni__cel_slice(a[0]);
    if (count > 1 && !omni__window_length(run, a[1], &length_us)) {
        return omni__window_refuse(run);
    }
    if (!omni__tally_read(run, name, &tally) ||
        !omni__window_begin(run, name, length_us, tally.count, &window)) {
        return omni__cel_run_memory(run);
    }
    while (found < LIST_MAX &&
           (place = omni__window_next(&window)) != OMNI__PLACE_END) {
        omni__window_note(&window, place);
        if (place == OMNI__PLACE_BEFORE) {
            break;
        }
        found += place == OMNI__PLACE_INSIDE;
    }
    omni__cel_value *items =
        omni__arena_zero(run->arena, (found + 1) * sizeof(items[0]));
    const omni_status status = items == NULL
                                   ? OMNI_ERR_NO_MEMORY
                                   : list_events(run, name, items, found);
    if (status != OMNI_OK) {
        return omni__evaluation_fault(run, status);
    }
    for (size_t i = 0; i < found && run->steps != 0; ++i) {
        if (omni__cel_is_error(items[i])) {
            return items[i];
        }
    }
    return omni__window_end(&window, omni__cel_list(items, found));
}
