/*
   A funnel over a block of profiles by columns: the times of each step's name,
   profile by profile. No row is decoded, no event copied where steps have a
   name each.
*/
#include "segments/funnel_private.h"

#define NO_START INT64_MIN

/* The events of one name in a block. */
typedef struct lane {
    uint32_t steps; /* that they are */
    const omni__column *column;
    const uint16_t *who; /* NULL: all */
    const uint32_t *offsets;
    const int64_t *times;
    uint32_t at;
} lane;

/* Those of one profile, in the order of time. */
typedef struct span {
    const int64_t *times;
    size_t count;
} span;

bool
omni__funnel_has_columns(const omni__funnel *f)
{
    bool named = true;
    for (size_t k = 0; k < f->steps.count; ++k) {
        named &= f->steps.names[k].data != NULL;
    }
    return named && f->steps.conditional == 0 && !f->options->by_channel &&
           (f->rule.modes & OMNI__SEQUENCE_ORDER) == 0;
}

/* A lane for each name, that of the first step first; how many. */
static size_t
open_lanes(omni__funnel *f, const omni__columns *columns,
           lane lanes[OMNI_FUNNEL_STEPS])
{
    size_t count = 0;
    for (size_t k = 0; k < f->steps.count; ++k) {
        size_t i = 0;
        while (i < k &&
               !omni__slice_equal(f->steps.names[i], f->steps.names[k])) {
            ++i;
        }
        if (i < k) {
            size_t at = 0;
            while ((lanes[at].steps >> i & 1) == 0) {
                ++at;
            }
            lanes[at].steps |= 1u << k;
            continue;
        }
        lane *made = &lanes[count++];
        *made = (lane){.steps = 1u << k};
        made->column = omni__columns_find(columns, columns->events,
                                          f->steps.names[k], &f->hints[k]);
        if (made->column != NULL) {
            const omni__column *column = made->column;
            made->who = column->who.count != 0
                            ? omni__columns_at(columns, column->who)
                            : NULL;
            made->offsets = omni__columns_at(columns, column->offsets);
            made->times = omni__columns_at(columns, column->times);
        }
    }
    return count;
}

/* The events of a profile in the time that is asked for. Profiles come in the
   order of their numbers. */
static span
span_of(const omni__funnel *f, lane *lane, uint32_t number)
{
    const omni_funnel_options *options = f->options;
    if (lane->column == NULL) {
        return (span){.count = 0};
    }
    if (lane->who == NULL) {
        lane->at = number;
    }
    while (lane->who != NULL && lane->at < lane->column->count &&
           lane->who[lane->at] < number) {
        ++lane->at;
    }
    if (lane->at >= lane->column->count ||
        (lane->who != NULL && lane->who[lane->at] != number)) {
        return (span){.count = 0};
    }
    const int64_t *begin = lane->times + lane->offsets[lane->at];
    const int64_t *end = lane->times + lane->offsets[lane->at + 1];
    while (options->has_since && begin != end && *begin < options->since_us) {
        ++begin;
    }
    while (begin != end && end[-1] >= options->until_us) {
        --end;
    }
    return (span){.times = begin, .count = (size_t)(end - begin)};
}

/* Room for the starts of as many events, twice. */
static bool
have_room(omni__funnel *f, size_t count)
{
    if (count > f->start_room) {
        int64_t *starts = omni__realloc(f->source->scan.alloc, f->starts,
                                        2 * count * sizeof(starts[0]));
        if (starts == NULL) {
            return false;
        }
        f->starts = starts;
        f->start_room = count;
    }
    return true;
}

/*
   The chain of a profile whose steps have a name each. For each event of a
   step: when the last of the chains began that it ends. That never goes back
   from one event of a step to the next, so that two fingers do.
*/
static void
race(const omni__funnel *f, const span *spans, omni__sequence_chain *chain)
{
    const unsigned modes = f->rule.modes;
    const int64_t later = (modes & OMNI__SEQUENCE_INCREASE) != 0;
    const uint64_t within = (uint64_t)f->rule.within_us;
    span before = spans[0];
    const int64_t *starts = before.times;
    before.count = (modes & OMNI__SEQUENCE_FIRST) != 0 ? 1 : before.count;
    chain->length = 1;
    chain->events[0].time_us = starts[0];
    for (size_t k = 1; k < f->rule.steps; ++k) {
        const span now = spans[k];
        int64_t *next = f->starts + (k & 1) * f->start_room;
        int64_t first = NO_START;
        size_t at = 0;
        for (size_t i = 0; i < now.count; ++i) {
            const int64_t time_us = now.times[i];
            while (at < before.count && before.times[at] <= time_us - later) {
                ++at;
            }
            int64_t start = at != 0 ? starts[at - 1] : NO_START;
            if ((uint64_t)time_us - (uint64_t)start > within) {
                start = NO_START;
            }
            next[i] = start;
            first = first == NO_START ? start : first;
        }
        if (first == NO_START) {
            break;
        }
        chain->events[0].time_us = first;
        chain->length = k + 1;
        starts = next;
        before = now;
    }
    for (size_t k = 1; k < chain->length; ++k) {
        const int64_t *at = spans[k].times;
        while (*at < chain->events[k - 1].time_us + later) {
            ++at;
        }
        chain->events[k].time_us = *at;
    }
}

/* The chain of one profile. */
static omni_status
find(omni__funnel *f, const lane *lanes, size_t count, const span *spans,
     omni__sequence_chain *chain)
{
    if (count == f->rule.steps && (f->rule.modes & OMNI__SEQUENCE_DEDUP) == 0) {
        race(f, spans, chain);
        return OMNI_OK;
    }
    omni_status status = OMNI_OK;
    f->event_count = 0;
    for (size_t i = 0; i < count; ++i) {
        for (size_t k = 0; k < spans[i].count && status == OMNI_OK; ++k) {
            status =
                omni__funnel_event(f, spans[i].times[k], lanes[i].steps, 0);
        }
    }
    if (status == OMNI_OK) {
        omni__funnel_find(f, count > 1, chain);
    }
    return status;
}

omni_status
omni__funnel_columns(omni__funnel *f, omni__scan *scan,
                     const omni__columns *columns)
{
    lane lanes[OMNI_FUNNEL_STEPS];
    span spans[OMNI_FUNNEL_STEPS];
    omni__sequence_chain chain;
    omni_status status = OMNI_OK;
    const size_t count = open_lanes(f, columns, lanes);
    const uint32_t profiles =
        lanes[0].column != NULL ? lanes[0].column->count : 0;
    for (uint32_t i = 0; i < profiles && status == OMNI_OK; ++i) {
        const uint32_t number = lanes[0].who != NULL ? lanes[0].who[i] : i;
        size_t most = 0;
        for (size_t k = 0; k < count; ++k) {
            spans[k] = span_of(f, &lanes[k], number);
            most = spans[k].count > most ? spans[k].count : most;
        }
        if (spans[0].count == 0) {
            continue;
        }
        status = omni__scan_member(scan, number);
        if (status == OMNI_OK) {
            status = have_room(f, most) ? find(f, lanes, count, spans, &chain)
                                        : omni__fail_memory(f->error);
        } else if (status == OMNI_NOT_FOUND) {
            status = OMNI_OK;
            continue;
        }
        if (status == OMNI_OK) {
            status = omni__funnel_count(f, &chain);
        }
    }
    return status;
}
