/* omni/segments.h: time goes on. */
#include "omni/segments.h"

#include "api/handle.h"
#include "platform/sized.h"
#include "segments/standing.h"

#define DEFAULT_BUDGET 10000u
#define MOST_BUDGET 1000000u

/* What there is to do up to an instant. */
typedef struct agenda {
    uint64_t profiles;
    uint64_t due; /* profiles with answers that are over */
    bool filling;
    int64_t next_us;
} agenda;

/* Rows of DUE: how many are over; no more than one is counted where only
   whether is asked. */
static omni_status
count_due(const omni__view *view, int64_t now_us, bool all, agenda *out)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_DUE);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(view, &cursor);
    out->next_us = INT64_MAX;
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((all || out->due == 0) &&
           (status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        int64_t instant_us;
        omni_id id;
        status = omni__due_read(omni__kv_cursor_key(cursor), &instant_us, &id);
        if (status == OMNI_OK && out->due == 0) {
            out->next_us = instant_us;
        }
        if (status != OMNI_OK || instant_us > now_us) {
            break;
        }
        ++out->due;
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Count who entered and left by the tick at `position`. */
static omni_status
count_changes(const omni__view *view, uint64_t position, omni_tick_result *out)
{
    omni__feed_walk walk = {.number = 0};
    omni_status status = omni__feed_last_row(view, &walk);
    while (status == OMNI_OK && walk.entry.position >= position) {
        while (walk.entry.position == position &&
               (status = omni__feed_next_of_row(&walk)) == OMNI_OK) {
            out->entered += walk.entry.entered ? 1 : 0;
            out->left += walk.entry.entered ? 0 : 1;
        }
        if (status == OMNI_OK || status == OMNI_END) {
            status = omni__feed_row_before(&walk);
        }
    }
    omni__feed_close(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

/* What is to be done; and, of a tick that was, what came of it. */
static omni_status
read_agenda(omni_store *store, int64_t now_us, bool all, agenda *out,
            uint64_t position, omni_tick_result *result, omni_error *error)
{
    omni_txn txn;
    omni__counts counts;
    omni_status status = omni__txn_init(&txn, store, error);
    if (status != OMNI_OK) {
        return status;
    }
    *out = (agenda){.due = 0};
    status = omni__counts_read(&txn.view, &counts);
    if (status == OMNI_OK) {
        status = count_due(&txn.view, now_us, all, out);
    }
    if (status == OMNI_OK) {
        status = omni__txn_definitions(&txn);
    }
    for (size_t i = 0; i < txn.definitions.count; ++i) {
        out->filling |= txn.definitions.list[i].open;
    }
    out->profiles = counts.profiles;
    if (status == OMNI_OK && result != NULL) {
        status = count_changes(&txn.view, position, result);
    }
    omni__txn_release(&txn);
    return status == OMNI_OK ? OMNI_OK
                             : omni__fail(error, status, "tick: %s",
                                          omni_status_name(status));
}

static void
tell(const agenda *agenda, omni_tick_result *out)
{
    out->due_left = agenda->due;
    out->filling = agenda->filling;
    out->done = agenda->due == 0 && !agenda->filling;
    out->next_us = agenda->next_us;
}

/* One tick, where there is something to do; `work` is what there is, before
   and after. */
static omni_status
tick(omni_store *store, int64_t now_us, uint64_t budget, agenda *work, bool all,
     omni_tick_result *made, omni_error *error)
{
    omni__tick_outcome outcome;
    if (work->due == 0 && !work->filling) {
        return OMNI_UNCHANGED;
    }
    omni_status status =
        omni__engine_tick(store->engine, now_us, budget, &outcome, error);
    if (status == OMNI_OK) {
        ++made->ticks;
        made->processed += outcome.processed;
        status = read_agenda(store, now_us, all, work, outcome.position, made,
                             error);
    }
    return status;
}

omni_status
omni_store_tick(omni_store *store, int64_t now_us, uint64_t budget,
                omni_tick_result *result, omni_error *error)
{
    omni_tick_result made = {.size = sizeof(made)};
    agenda work;
    omni_status status = omni__sized_check(result, "result", error);
    now_us = now_us != 0 ? now_us : omni__hooks_now(&store->hooks);
    if (status == OMNI_OK && budget > MOST_BUDGET) {
        status = omni__fail(error, OMNI_ERR_ARGUMENT,
                            "a budget is at most %u profiles", MOST_BUDGET);
    }
    if (status == OMNI_OK) {
        status = read_agenda(store, now_us, false, &work, 0, NULL, error);
    }
    if (status == OMNI_OK) {
        status = tick(store, now_us, budget != 0 ? budget : DEFAULT_BUDGET,
                      &work, true, &made, error);
    }
    if (status >= 0) {
        tell(&work, &made);
        omni__sized_write(result, &made, sizeof(made));
    }
    return status;
}

omni_status
omni_store_tick_all(omni_store *store, int64_t now_us,
                    omni_progress_fn progress, void *user,
                    omni_tick_result *result, omni_error *error)
{
    omni_tick_result made = {.size = sizeof(made)};
    agenda work;
    uint64_t total = 0;
    omni_status status = omni__sized_check(result, "result", error);
    now_us = now_us != 0 ? now_us : omni__hooks_now(&store->hooks);
    if (status == OMNI_OK) {
        status = read_agenda(store, now_us, true, &work, 0, NULL, error);
        total = work.due + (work.filling ? work.profiles : 0);
    }
    while (status == OMNI_OK) {
        if (progress != NULL &&
            progress(user, made.processed,
                     total > made.processed ? total : made.processed) != 0) {
            status = omni__fail(error, OMNI_ERR_BUSY, "tick was stopped");
            break;
        }
        status =
            tick(store, now_us, DEFAULT_BUDGET, &work, false, &made, error);
    }
    if (status == OMNI_UNCHANGED && made.ticks != 0) {
        status = OMNI_OK;
    }
    if (status >= 0) {
        tell(&work, &made);
        omni__sized_write(result, &made, sizeof(made));
    }
    return status;
}
