/* Filters over columns: the loops in which a scan spends its time. */
#include "segments/plan_private.h"

#include <xxhash.h>

/* A list shorter than that is walked rather than halved. */
#define SHORT_LIST 16u

/* Without a branch: what comes out is as good as random. */
static inline uint8_t
in_range(const omni__filter *f, int64_t value)
{
    const unsigned inside =
        (unsigned)(value >= f->low) & (unsigned)(value <= f->high);
    return (uint8_t)(OMNI__ANSWER_FALSE - (inside ^ f->outside));
}

static inline bool
is_needed(const omni__needed *needed, uint32_t who)
{
    return needed == NULL || needed->answers[who] != needed->settled;
}

/* ---- events ---- */

/* What a filter of events works on. */
typedef struct events {
    const omni__filter *filter;
    const omni__column *column;
    const uint16_t *who; /* NULL: all */
    const uint32_t *offsets;
    const int64_t *times;
    const int64_t *amounts;
    const uint8_t *kinds;
    uint8_t what[256]; /* by kind, of a sum */
    int64_t now_us;
} events;

enum { SKIP, TAKE, UNKNOWN };

/* First place from `from` on whose time is later than `time_us`. */
static inline uint32_t
later_than(const int64_t *times, uint32_t from, uint32_t to, int64_t time_us)
{
    while (to - from > SHORT_LIST) {
        const uint32_t middle = from + (to - from) / 2;
        if (times[middle] <= time_us) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    while (to > from && times[to - 1] > time_us) {
        --to;
    }
    return to;
}

/* The sum of what may be added up; what is open stays so. */
static uint8_t
sum_of(const events *e, uint32_t from, uint32_t to)
{
    int64_t sum = 0;
    uint8_t taken = 0;
    for (uint32_t i = from; i < to; ++i) {
        const uint8_t kind =
            e->kinds != NULL ? e->kinds[i] : (uint8_t)e->column->uniform;
        if (e->what[kind] == SKIP) {
            continue;
        }
        /* Another kind that counts is another currency. */
        if (e->what[kind] == UNKNOWN || (taken != 0 && kind != taken) ||
            __builtin_add_overflow(sum, e->amounts[i], &sum)) {
            return OMNI__ANSWER_OPEN;
        }
        taken = kind;
    }
    return in_range(e->filter, sum);
}

static inline uint8_t
event_answer(const events *e, uint32_t from, uint32_t to)
{
    const omni__filter *f = e->filter;
    if (e->column->latest_us > e->now_us) {
        to = later_than(e->times, from, to, e->now_us);
    }
    if (f->since_us != INT64_MIN) {
        from = later_than(e->times, from, to, f->since_us);
    }
    if (f->kind == OMNI__FILTER_COUNT) {
        return in_range(f, to - from);
    }
    if (f->kind == OMNI__FILTER_SUM) {
        return sum_of(e, from, to);
    }
    if (from == to) {
        return OMNI__ANSWER_ERROR;
    }
    return in_range(f, e->times[f->kind == OMNI__FILTER_FIRST ? from : to - 1]);
}

/* All events count: none is later than now, and there is no window. */
static void
run_counts(const events *e, uint8_t *answers)
{
    const omni__filter f = *e->filter;
    const uint32_t n = e->column->count;
    const uint32_t *offsets = e->offsets;
    const uint16_t *who = e->who;
    if (who == NULL) {
        for (uint32_t i = 0; i < n; ++i) {
            answers[i] = in_range(&f, offsets[i + 1] - offsets[i]);
        }
        return;
    }
    for (uint32_t i = 0; i < n; ++i) {
        answers[who[i]] = in_range(&f, offsets[i + 1] - offsets[i]);
    }
}

static void
run_lasts(const events *e, const omni__filter *filter, uint8_t *answers)
{
    const omni__filter f = *filter;
    const uint32_t n = e->column->count;
    const uint32_t *offsets = e->offsets;
    const int64_t *times = e->times;
    const uint16_t *who = e->who;
    if (who == NULL) {
        for (uint32_t i = 0; i < n; ++i) {
            answers[i] = in_range(&f, times[offsets[i + 1] - 1]);
        }
        return;
    }
    for (uint32_t i = 0; i < n; ++i) {
        answers[who[i]] = in_range(&f, times[offsets[i + 1] - 1]);
    }
}

/* Whether there is an event, or none, in a window that ends at now: that is
   whether the last one is in it. */
static bool
asks_for_any(const omni__filter *f, omni__filter *last)
{
    *last = *f;
    last->low = f->since_us + 1;
    last->high = INT64_MAX;
    return f->kind == OMNI__FILTER_COUNT && f->low == 1 && f->high == INT64_MAX;
}

static void
run_each(const events *e, const omni__needed *needed, uint8_t *answers)
{
    const uint32_t n = e->column->count;
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t who = e->who != NULL ? e->who[i] : i;
        if (is_needed(needed, who)) {
            answers[who] = event_answer(e, e->offsets[i], e->offsets[i + 1]);
        }
    }
}

/* Which kinds of amounts the sum takes. An amount that was read from a
   property tells that those before it are no numbers. */
static void
choose_kinds(events *e, const omni__columns *columns)
{
    const omni__filter *f = e->filter;
    const omni__column_words *words = &e->column->words;
    memset(e->what, SKIP, sizeof(e->what));
    e->what[OMNI__KIND_OTHER] = UNKNOWN;
    for (uint32_t i = 0; i + 1 < words->starts.count && i + 1 < 255; ++i) {
        const omni__slice word = omni__columns_word(columns, words, i);
        const uint8_t source = (uint8_t)(word.data[0] - '0');
        const omni__slice currency =
            omni__slice_of(word.data + 1, word.size - 1);
        uint8_t *what = &e->what[i + 1];
        if (source == OMNI__AMOUNT_POLICY || source < f->source) {
            *what = UNKNOWN;
        } else if (source == f->source) {
            *what = !f->in_currency || omni__slice_equal(currency, f->currency)
                        ? TAKE
                        : SKIP;
        }
    }
}

static void
run_events(const omni__plan *plan, omni__filter *f,
           const omni__columns *columns, const omni__needed *needed)
{
    const omni__column *column =
        omni__columns_find(columns, columns->events, f->name, &f->hint);
    const uint8_t absent =
        f->kind == OMNI__FILTER_COUNT || f->kind == OMNI__FILTER_SUM
            ? in_range(f, 0)
            : OMNI__ANSWER_ERROR;
    memset(f->answers, absent, columns->ids.count);
    if (column == NULL) {
        return;
    }
    events e = {.filter = f,
                .column = column,
                .offsets = omni__columns_at(columns, column->offsets),
                .times = omni__columns_at(columns, column->times),
                .amounts = omni__columns_at(columns, column->amounts),
                .now_us = plan->now_us};
    e.who =
        column->who.count != 0 ? omni__columns_at(columns, column->who) : NULL;
    e.kinds = column->kinds.count != 0
                  ? omni__columns_at(columns, column->kinds)
                  : NULL;
    if (f->kind == OMNI__FILTER_SUM) {
        choose_kinds(&e, columns);
    }
    omni__filter last;
    const bool none_later = column->latest_us <= plan->now_us;
    const bool all = none_later && f->since_us == INT64_MIN;
    if (all && f->kind == OMNI__FILTER_COUNT) {
        run_counts(&e, f->answers);
    } else if (all && f->kind == OMNI__FILTER_LAST) {
        run_lasts(&e, f, f->answers);
    } else if (none_later && asks_for_any(f, &last)) {
        run_lasts(&e, &last, f->answers);
    } else {
        run_each(&e, needed, f->answers);
    }
}

/* ---- traits ---- */

/* Short values are remembered. */
uint8_t
omni__filter_value(omni__plan *plan, const omni__filter *f, omni__slice json)
{
    omni__memo *memo = NULL;
    if (json.size <= OMNI__MEMO_BYTES) {
        memo = &f->memo[XXH3_64bits(json.data, json.size) % OMNI__MEMO_VALUES];
        if (memo->answer != 0 && memo->size == json.size &&
            memcmp(memo->bytes, json.data, json.size) == 0) {
            return memo->answer;
        }
    }
    const uint8_t answer = omni__plan_answer(
        omni__plan_value(plan, f->segment, f->expression, json));
    if (memo != NULL) {
        memo->answer = answer;
        memo->size = (uint8_t)json.size;
        memcpy(memo->bytes, json.data, json.size);
    }
    return answer;
}

/* Dictionaries up to this size are looked through before the profiles. */
#define SMALL_TABLE 64u

/* What a filter of a trait works on. */
typedef struct values {
    const omni__column *column;
    const uint16_t *who; /* NULL: all */
    const uint16_t *codes;
    const int64_t *times;
} values;

/* Every answer by its code is there, and no value is later than now. */
static void
run_codes(const values *v, const uint8_t *table, uint8_t *answers)
{
    const uint32_t n = v->column->count;
    const uint16_t *codes = v->codes;
    const uint16_t *who = v->who;
    if (who == NULL) {
        for (uint32_t i = 0; i < n; ++i) {
            answers[i] = table[codes[i]];
        }
        return;
    }
    for (uint32_t i = 0; i < n; ++i) {
        answers[who[i]] = table[codes[i]];
    }
}

static void
run_values(omni__plan *plan, omni__filter *f, const omni__columns *columns,
           const values *v, const omni__needed *needed)
{
    const bool later = v->column->latest_us > plan->now_us;
    uint8_t *table = plan->table;
    for (uint32_t i = 0; i < v->column->count; ++i) {
        const uint32_t at = v->who != NULL ? v->who[i] : i;
        const uint16_t code = v->codes[i];
        if (!is_needed(needed, at)) {
            continue;
        }
        if (later && v->times[i] > plan->now_us) {
            f->answers[at] = OMNI__ANSWER_OPEN;
            continue;
        }
        if (table[code] == 0) {
            table[code] = omni__filter_value(
                plan, f, omni__columns_word(columns, &v->column->words, code));
        }
        f->answers[at] = table[code];
    }
}

static void
run_trait(omni__plan *plan, omni__filter *f, const omni__columns *columns,
          const omni__needed *needed)
{
    const omni__column *column =
        omni__columns_find(columns, columns->traits, f->name, &f->hint);
    memset(f->answers, f->absent, columns->ids.count);
    if (column == NULL) {
        return;
    }
    const values v = {.column = column,
                      .who = column->who.count != 0
                                 ? omni__columns_at(columns, column->who)
                                 : NULL,
                      .codes = omni__columns_at(columns, column->codes),
                      .times = omni__columns_at(columns, column->times)};
    const uint32_t words = column->words.starts.count - 1;
    plan->table[OMNI__CODE_LONG] = OMNI__ANSWER_OPEN;
    if (words > SMALL_TABLE || column->latest_us > plan->now_us) {
        memset(plan->table, 0, words);
        run_values(plan, f, columns, &v, needed);
        return;
    }
    for (uint16_t code = 0; code < words; ++code) {
        plan->table[code] = omni__filter_value(
            plan, f, omni__columns_word(columns, &column->words, code));
    }
    run_codes(&v, plan->table, f->answers);
}

/* ---- profiles ---- */

/* What is later than now says nothing of what was before. */
static void
run_seen(const omni__plan *plan, omni__filter *f, const omni__columns *columns)
{
    const omni__filter filter = *f;
    const uint32_t n = columns->ids.count;
    const int64_t *times = omni__columns_at(
        columns,
        f->kind == OMNI__FILTER_FIRST_SEEN ? columns->first : columns->last);
    for (uint32_t i = 0; i < n; ++i) {
        f->answers[i] = times[i] <= plan->now_us ? in_range(&filter, times[i])
                                                 : OMNI__ANSWER_OPEN;
    }
}

void
omni__filter_run(omni__plan *plan, omni__filter *filter,
                 const omni__columns *columns, const omni__needed *needed)
{
    switch (filter->kind) {
    case OMNI__FILTER_FIXED:
        memset(filter->answers, filter->absent, columns->ids.count);
        break;
    case OMNI__FILTER_TRAIT:
        run_trait(plan, filter, columns, needed);
        break;
    case OMNI__FILTER_FIRST_SEEN:
    case OMNI__FILTER_LAST_SEEN:
        run_seen(plan, filter, columns);
        break;
    default:
        run_events(plan, filter, columns, needed);
        break;
    }
}
