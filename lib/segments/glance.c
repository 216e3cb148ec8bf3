/* What figures tell of one profile at any instant, so that the expression need
   not be evaluated; and where they leave it open, its newest events. */
#include "segments/plan_private.h"

#include "segments/window.h"

enum {
    TRUE = OMNI__ANSWER_TRUE,
    FALSE = OMNI__ANSWER_FALSE,
    ERROR = OMNI__ANSWER_ERROR,
    OPEN = OMNI__ANSWER_OPEN
};

/* Instants that are compared with now are from 1970 to well before the last
   year, so that no sum of them is beyond it. */
#define LATEST_US (INT64_C(6000) * 366 * 86400 * 1000000)

typedef struct look {
    omni__plan *plan;
    omni__subject *subject;
    int64_t now_us;
    bool walks; /* events are looked at where figures do not tell */
    omni_status status;
} look;

static int64_t
least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
greatest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static omni__glance
always(uint8_t answer)
{
    return (omni__glance){
        .answer = answer, .since_us = INT64_MIN, .until_us = INT64_MAX};
}

/* Whether it may be more than one answer. */
static bool
is_open(omni__glance g)
{
    return (g.answer & (g.answer - 1)) != 0;
}

/* Of a figure that is from `low` to `high` in an interval. */
static omni__glance
range_of(const omni__filter *f, int64_t low, int64_t high, int64_t since_us,
         int64_t until_us)
{
    uint8_t answer = TRUE | FALSE;
    if (low >= f->low && high <= f->high) {
        answer = f->outside ? FALSE : TRUE;
    } else if (high < f->low || low > f->high) {
        answer = f->outside ? TRUE : FALSE;
    }
    return (omni__glance){
        .answer = answer, .since_us = since_us, .until_us = until_us};
}

/* Of an instant that is what it is from `value_us` on, without an end. */
static omni__glance
instant_of(const look *l, const omni__filter *f, int64_t value_us)
{
    const int64_t now_us = l->now_us;
    omni__glance g = range_of(f, value_us, value_us, value_us, INT64_MAX);
    if (!f->moves) {
        return g;
    }
    if (now_us < 0 || now_us > LATEST_US || value_us < -LATEST_US) {
        return always(OPEN);
    }
    /* It is from `low` to `high` later than now in so many of them. */
    const int64_t first_us =
        f->high == INT64_MAX ? INT64_MIN : value_us - f->high;
    const int64_t last_us = f->low == INT64_MIN ? INT64_MAX : value_us - f->low;
    const bool inside = now_us >= first_us && now_us <= last_us;
    if (now_us > last_us) {
        g.since_us = greatest(last_us + 1, value_us);
    } else if (now_us < first_us) {
        g.until_us = first_us;
    } else {
        g.since_us = greatest(first_us, value_us);
        g.until_us = last_us == INT64_MAX ? INT64_MAX : last_us + 1;
    }
    g.answer = inside != f->outside ? TRUE : FALSE;
    return g;
}

/* ---- events ---- */

/* The amounts of all events that a sum takes; false if figures do not tell
   them, or if they are more than a filter can compare. */
static bool
add_up(const omni__filter *f, const omni__tally *tally, int64_t *sum,
       bool *negative)
{
    omni__int128 total = omni__int128_of(0);
    const omni__slice *currency = NULL;
    *negative = false;
    for (size_t i = 0; i < tally->part_count; ++i) {
        const omni__figure *part = &tally->parts[i];
        if (part->sources != 0 && part->sources != 1u << f->source) {
            return false;
        }
        for (size_t k = 0; k < part->money_count; ++k) {
            const omni__money *money = &part->money[k];
            if (f->in_currency &&
                !omni__slice_equal(money->currency, f->currency)) {
                continue;
            }
            if (currency != NULL &&
                !omni__slice_equal(*currency, money->currency)) {
                return false;
            }
            currency = &money->currency;
            *negative |= money->min.high >> 63 != 0;
            total = omni__int128_add(total, money->sum);
        }
    }
    *sum = (int64_t)total.low;
    return omni__int128_compare(total, omni__int128_of(*sum)) == 0;
}

/* A count or sum of the events in a window, from the newest back. */
typedef struct total {
    const omni__filter *filter;
    int64_t value;
    int64_t newest_us; /* of those that it has; INT64_MAX: none */
    int64_t oldest_us;
    int64_t next_us;  /* of the first later than now; INT64_MAX: none */
    int64_t since_us; /* when the last that has left did; INT64_MIN: none */
} total;

static void
add_event(total *t, const omni__entry *entry)
{
    const omni__filter *f = t->filter;
    const bool sum = f->kind == OMNI__FILTER_SUM;
    if (sum && ((entry->flags & OMNI__ENTRY_AMOUNT) == 0 ||
                (f->in_currency &&
                 !omni__slice_equal(entry->currency, f->currency)))) {
        return;
    }
    t->value += sum ? (int64_t)entry->amount.low : 1;
    t->oldest_us = entry->order.time_us;
    if (t->newest_us == INT64_MAX) {
        t->newest_us = t->oldest_us;
    }
}

/* Whether more events change nothing. */
static bool
is_enough(const total *t)
{
    return t->value > t->filter->high ||
           (t->value >= t->filter->low && t->filter->high == INT64_MAX);
}

/* Once all is known, or enough: that holds until the oldest that was needed
   leaves; too little is made less by time alone; and else all have to be as
   they are. */
static omni__glance
total_of(const total *t, int64_t length_us)
{
    const omni__filter *f = t->filter;
    const int64_t left_us =
        t->newest_us != INT64_MAX
            ? omni__evaluation_after(t->oldest_us, length_us)
            : INT64_MAX;
    if (is_enough(t)) {
        return range_of(f, t->value, INT64_MAX, t->newest_us, left_us);
    }
    if (t->value < f->low) {
        return range_of(f, 0, t->value, t->since_us, t->next_us);
    }
    return range_of(f, t->value, t->value,
                    t->newest_us == INT64_MAX
                        ? t->since_us
                        : greatest(t->newest_us, t->since_us),
                    least(left_us, t->next_us));
}

/* Walk back over the events of a name, as far as is needed; `left` are there,
   and none of their amounts is negative. */
static omni__glance
walk_back(look *l, const omni__filter *f, uint64_t left, int64_t length_us)
{
    omni__recent *recent;
    const omni__entry *entry;
    total t = {.filter = f,
               .newest_us = INT64_MAX,
               .next_us = INT64_MAX,
               .since_us = INT64_MIN};
    l->status = omni__subject_recent_of(l->subject, f->name, &recent);
    for (size_t i = 0; l->status == OMNI_OK && left != 0 && !is_enough(&t) &&
                       (entry = omni__recent_at(recent, i)) != NULL;
         ++i) {
        const int64_t time_us = entry->order.time_us;
        const int64_t leaves_us = omni__evaluation_after(time_us, length_us);
        if (!omni__slice_equal(entry->name, f->name)) {
            continue;
        }
        --left;
        if (time_us > l->now_us) {
            t.next_us = time_us;
        } else if (leaves_us > l->now_us) {
            add_event(&t, entry);
        } else {
            t.since_us = leaves_us;
            break;
        }
    }
    if (l->status == OMNI_OK) {
        l->status = recent->status;
    }
    return total_of(&t, length_us);
}

/* What the first and the last event, and how many there are, say of a count;
   the last is later than now where `later`. */
static omni__glance
count_of(const look *l, const omni__filter *f, const omni__tally *tally,
         int64_t length_us)
{
    const bool later = tally->last_us > l->now_us;
    const int64_t most = (int64_t)tally->count - (later ? 1 : 0);
    const int64_t first_left_us =
        omni__evaluation_after(tally->first_us, length_us);
    if (later && most == 1) {
        return first_left_us > l->now_us
                   ? range_of(f, 1, 1, tally->first_us,
                              least(first_left_us, tally->last_us))
                   : range_of(f, 0, 0, first_left_us, tally->last_us);
    }
    /* There is one at least: the last, or where there is no window the first,
       in whose time more may come. */
    if (later) {
        return length_us == INT64_MAX
                   ? range_of(f, 1, most, tally->first_us, tally->last_us)
                   : range_of(f, 0, most, INT64_MIN, tally->last_us);
    }
    return range_of(f, 1, most, tally->last_us,
                    omni__evaluation_after(tally->last_us, length_us));
}

/* Of a count or sum. Both are 0 where there is nothing in the window. */
static omni__glance
figure_of(look *l, const omni__filter *f, const omni__tally *tally)
{
    const bool sum = f->kind == OMNI__FILTER_SUM;
    const int64_t length_us =
        f->since_us == INT64_MIN ? INT64_MAX : -f->since_us;
    int64_t all = (int64_t)tally->count;
    bool negative = false;
    if (tally->count == 0 || tally->first_us > l->now_us) {
        return range_of(f, 0, 0, INT64_MIN, tally->first_us);
    }
    const int64_t left_us = omni__evaluation_after(tally->last_us, length_us);
    if (left_us <= l->now_us) {
        return range_of(f, 0, 0, left_us, INT64_MAX);
    }
    if (sum && !add_up(f, tally, &all, &negative)) {
        return always(OPEN);
    }
    if (length_us == INT64_MAX && tally->last_us <= l->now_us) {
        return range_of(f, all, all, tally->last_us, INT64_MAX);
    }
    if (negative) {
        return always(OPEN);
    }
    omni__glance g = range_of(f, 0, all, INT64_MIN, INT64_MAX);
    if (!is_open(g) || (sum && !l->walks)) {
        return g;
    }
    if (!sum) {
        g = count_of(l, f, tally, length_us);
    }
    return is_open(g) && l->walks ? walk_back(l, f, tally->count, length_us)
                                  : g;
}

static omni__glance
events_of(look *l, const omni__filter *f)
{
    omni__tally tally;
    l->status = omni__tally_of(l->subject, f->name, &tally);
    if (l->status != OMNI_OK) {
        return always(OPEN);
    }
    if (f->kind == OMNI__FILTER_COUNT || f->kind == OMNI__FILTER_SUM) {
        return figure_of(l, f, &tally);
    }
    if (tally.count == 0 || tally.first_us > l->now_us) {
        omni__glance never = always(ERROR);
        never.until_us = tally.first_us;
        return never;
    }
    if (f->kind == OMNI__FILTER_FIRST) {
        return instant_of(l, f, tally.first_us);
    }
    return tally.last_us <= l->now_us ? instant_of(l, f, tally.last_us)
                                      : always(OPEN);
}

/* ---- the rest of the profile ---- */

static omni__glance
seen_of(const look *l, const omni__filter *f)
{
    int64_t first_us;
    int64_t last_us;
    omni__subject_seen(l->subject, &first_us, &last_us);
    if (f->kind == OMNI__FILTER_LAST_SEEN) {
        return last_us <= l->now_us ? instant_of(l, f, last_us) : always(OPEN);
    }
    if (first_us <= l->now_us) {
        return instant_of(l, f, first_us);
    }
    omni__glance never = always(ERROR);
    never.until_us = first_us;
    return never;
}

/* A trait whose value came after now: of the events before. */
static omni__glance
earlier_of(look *l, const omni__filter *f, const omni__trait *trait)
{
    omni__slice json;
    omni__evaluation evaluation = {.subject = l->subject};
    omni__cel_run run = {.arena = l->subject->arena,
                         .host = &evaluation,
                         .steps = OMNI__SEGMENT_BUDGET,
                         .now_us = l->now_us,
                         .since_us = INT64_MIN,
                         .until_us = INT64_MAX};
    l->status = omni__evaluation_trait(&run, trait, &json);
    if (l->status != OMNI_OK || run.steps == 0) {
        return always(OPEN);
    }
    return (omni__glance){.answer = json.data != NULL
                                        ? omni__filter_value(l->plan, f, json)
                                        : f->absent,
                          .since_us = run.since_us,
                          .until_us = run.until_us};
}

static omni__glance
trait_of(look *l, const omni__filter *f)
{
    const omni__trait *trait;
    l->status = omni__subject_trait(l->subject, f->name, &trait);
    if (l->status != OMNI_OK) {
        return always(OPEN);
    }
    if (trait == NULL) {
        return always(f->absent);
    }
    if (trait->time_us > l->now_us) {
        return l->walks ? earlier_of(l, f, trait) : always(OPEN);
    }
    omni__glance g = always(omni__filter_value(l->plan, f, trait->value));
    g.since_us = trait->time_us;
    return g;
}

/* There from its first event on, if there is no window. */
static omni__glance
channel_of(const look *l, const omni__filter *f)
{
    const omni__subject *subject = l->subject;
    omni__channel_seen seen = {.first_us = INT64_MAX, .surely_us = INT64_MAX};
    omni__glance g = always(TRUE | FALSE);
    for (size_t i = 0; i < subject->count && f->name.size != 0; ++i) {
        omni__figures_channel(subject->nodes[i].sections[OMNI__SECTION_FIGURES],
                              f->name, &seen);
    }
    /* What has no channel is in none. */
    if (seen.first_us > l->now_us) {
        g.answer = FALSE;
        g.until_us = seen.first_us;
    } else if (seen.surely_us <= l->now_us && f->since_us == INT64_MIN) {
        g.answer = TRUE;
        g.since_us = seen.surely_us;
    }
    return g;
}

/* ---- conditions ---- */

static omni__glance
look_at(look *l, const omni__filter *f);

/* What one side settles, it settles as long as any of those that do; else all
   have to be as they are. */
static omni__glance
group_of(look *l, const omni__filter *group)
{
    const bool both = group->kind == OMNI__FILTER_AND;
    const uint8_t settled = both ? FALSE : TRUE;
    omni__glance out = always(both ? TRUE : FALSE);
    for (const omni__filter *f = group->inner; f != NULL; f = f->next) {
        const omni__glance g = look_at(l, f);
        if (out.answer != settled && g.answer == settled) {
            out = g;
        } else if (out.answer == settled && g.answer == settled) {
            out.since_us = least(out.since_us, g.since_us);
            out.until_us = greatest(out.until_us, g.until_us);
        } else if (out.answer != settled) {
            out.since_us = greatest(out.since_us, g.since_us);
            out.until_us = least(out.until_us, g.until_us);
            out.answer = both ? omni__answer_and(out.answer, g.answer)
                              : omni__answer_or(out.answer, g.answer);
        }
        if (out.answer == settled && (l->walks || out.until_us == INT64_MAX)) {
            break;
        }
    }
    return out;
}

static omni__glance
look_at(look *l, const omni__filter *f)
{
    omni__glance g;
    switch (f->kind) {
    case OMNI__FILTER_FIXED:
        return always(f->absent);
    case OMNI__FILTER_AND:
    case OMNI__FILTER_OR:
        return group_of(l, f);
    case OMNI__FILTER_NOT:
        g = look_at(l, f->inner);
        g.answer = omni__answer_not(g.answer);
        return g;
    case OMNI__FILTER_FIRST_SEEN:
    case OMNI__FILTER_LAST_SEEN:
        return seen_of(l, f);
    case OMNI__FILTER_TRAIT:
        return trait_of(l, f);
    case OMNI__FILTER_CHANNEL:
        return channel_of(l, f);
    default:
        return events_of(l, f);
    }
}

/* First by what is at hand. */
omni_status
omni__plan_glance(omni__plan *plan, omni__subject *subject, int64_t now_us,
                  omni__glance *out)
{
    look l = {.plan = plan, .subject = subject, .now_us = now_us};
    *out = look_at(&l, plan->root);
    if (l.status == OMNI_OK && is_open(*out)) {
        l.walks = true;
        *out = look_at(&l, plan->root);
    }
    if (l.status == OMNI_OK) {
        l.status = plan->fault;
        plan->fault = OMNI_OK;
    }
    return l.status;
}
