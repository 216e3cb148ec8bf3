/* How far people get, step by step: funnel. */
#include "cli.h"
#include "output.h"
#include "progress.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BAR 20 /* columns of a bar that is whole */

/* Steps as they were typed. */
typedef struct steps {
    char *names[OMNI_FUNNEL_STEPS]; /* owned */
    omni_funnel_step list[OMNI_FUNNEL_STEPS];
    size_t count;
} steps;

static void
steps_free(steps *steps)
{
    for (size_t i = 0; i < steps->count; ++i) {
        free(steps->names[i]);
    }
}

/* "NAME" or "NAME: CONDITION"; "*" is any name. */
static int
take_step(steps *steps, const char *text)
{
    const char *condition = strstr(text, ": ");
    const size_t size =
        condition != NULL ? (size_t)(condition - text) : strlen(text);
    if (steps->count == OMNI_FUNNEL_STEPS) {
        return wrong_usage("a funnel has at most %d steps", OMNI_FUNNEL_STEPS);
    }
    if (size == 0) {
        return wrong_usage("step %zu has no name; * is any event",
                           steps->count + 1);
    }
    char *name = strndup(text, size);
    if (name == NULL) {
        return fault("out of memory");
    }
    steps->names[steps->count] = name;
    steps->list[steps->count++] = (omni_funnel_step){
        .name = strcmp(name, "*") == 0 ? NULL : name,
        .condition = condition != NULL ? condition + 2 : NULL};
    return DONE;
}

static int
take_modes(const char *list, uint32_t *out)
{
    static const char *const names[] = {"increase", "order", "dedup", "reentry",
                                        "first"};
    const size_t count = sizeof(names) / sizeof(names[0]);
    for (const char *at = list; at != NULL && *at != '\0';) {
        const size_t size = strcspn(at, ",");
        size_t i = 0;
        while (i < count &&
               (strlen(names[i]) != size || strncmp(names[i], at, size) != 0)) {
            ++i;
        }
        if (i == count) {
            return wrong_usage("--mode is of increase, order, dedup, reentry, "
                               "first, not \"%.*s\"",
                               (int)size, at);
        }
        *out |= 1u << i;
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return (*out & OMNI_FUNNEL_REENTRY) == 0 || (*out & OMNI_FUNNEL_ORDER) != 0
               ? DONE
               : wrong_usage("--mode reentry goes with order");
}

static int
take_options(const call *call, steps *steps, omni_funnel_options *out)
{
    int result = DONE;
    for (size_t i = 1; i < call->operand_count && result == DONE; ++i) {
        result = take_step(steps, call->operands[i]);
    }
    out->steps = steps->list;
    out->step_count = steps->count;
    out->by_channel = call_flag(call, "by-channel");
    if (result == DONE) {
        result = take_modes(call_value(call, "mode"), &out->modes);
    }
    if (result == DONE) {
        result = call_duration(call, "within", &out->within_us);
    }
    if (result == DONE) {
        result = call_instant(call, "since", &out->has_since, &out->since_us);
    }
    if (result == DONE) {
        result = call_instant(call, "until", &out->has_until, &out->until_us);
    }
    return result;
}

/* A share, and on a terminal a bar. */
static void
share_cell(table *table, size_t column, uint64_t part, uint64_t whole, bool bar)
{
    char drawn[3 * BAR + 2] = "";
    const double share = whole != 0 ? (double)part / (double)whole : 0;
    if (bar && output_is_terminal() && terminal_is_utf8()) {
        size_t size = 0;
        drawn[size++] = ' ';
        for (size_t i = 0; i < (size_t)(share * BAR + 0.5); ++i) {
            memcpy(drawn + size, "█", 3);
            size += 3;
        }
        drawn[size] = '\0';
    }
    if (whole != 0) {
        table_cell(table, column, "%5.1f %%%s", 100 * share, drawn);
    }
}

static bool
print_steps(const call *call, const omni_funnel *funnel)
{
    table table = {.titles = {"step", "profiles", "of the first",
                              "of the one before", "after, median", "90 %"}};
    char text[DURATION_TEXT];
    for (size_t k = 0; k < funnel->step_count; ++k) {
        const omni_funnel_count *step = &funnel->steps[k];
        table_row(&table);
        table_cell(&table, 0, "%zu %s", k + 1, call->operands[k + 1]);
        table_count(&table, 1, step->profiles);
        share_cell(&table, 2, step->profiles, funnel->steps[0].profiles, true);
        if (k != 0 && step->profiles != 0) {
            share_cell(&table, 3, step->profiles, step[-1].profiles, false);
            table_text(&table, 4,
                       duration_format(step->from_before.median_us, text));
            table_text(&table, 5,
                       duration_format(step->from_before.p90_us, text));
        }
    }
    return table_print(&table, "");
}

static omni_text
channel_name(omni_text channel)
{
    return channel.size != 0 ? channel : text_of("(none)");
}

static bool
print_channels(const omni_funnel *funnel)
{
    table begun = {.titles = {"channel", "began", "finished", "of them"}};
    table taken = {.titles = {"step", "channel", "profiles", "of them"}};
    const size_t last = funnel->step_count - 1;
    for (size_t i = 0; i < funnel->channel_count; ++i) {
        const omni_funnel_channel *channel = &funnel->channels[i];
        if (channel->started[0] != 0) {
            table_row(&begun);
            table_text(&begun, 0, channel_name(channel->channel));
            table_count(&begun, 1, channel->started[0]);
            table_count(&begun, 2, channel->started[last]);
            share_cell(&begun, 3, channel->started[last], channel->started[0],
                       true);
        }
    }
    for (size_t k = 0; k <= last; ++k) {
        for (size_t i = 0; i < funnel->channel_count; ++i) {
            const omni_funnel_channel *channel = &funnel->channels[i];
            if (channel->at[k] != 0) {
                table_row(&taken);
                table_cell(&taken, 0, "%zu", k + 1);
                table_text(&taken, 1, channel_name(channel->channel));
                table_count(&taken, 2, channel->at[k]);
                share_cell(&taken, 3, channel->at[k], funnel->steps[k].profiles,
                           true);
            }
        }
    }
    return table_print(&begun, "\nBy channel of the first step") &&
           table_print(&taken, "\nWhere steps were taken");
}

static int
print_funnel(const call *call, omni_txn *txn, const omni_funnel *funnel)
{
    if (!call_json(call)) {
        return print_steps(call, funnel) &&
                       (funnel->channel_count == 0 || print_channels(funnel))
                   ? DONE
                   : fault("out of memory");
    }
    omni_text json;
    const omni_status status = omni_funnel_json(txn, funnel, &json);
    if (status != OMNI_OK) {
        return fault_of("funnel", status, omni_txn_error(txn));
    }
    fwrite(json.bytes, 1, json.size, stdout);
    putchar('\n');
    return DONE;
}

static int
show_progress(void *user, uint64_t done, uint64_t total)
{
    progress_show(user, done, total, "");
    return output_stopped();
}

static int
count(const call *call, const omni_funnel_options *options, omni_txn *txn)
{
    const omni_funnel *funnel = NULL;
    progress progress = progress_start("funnel");
    omni_funnel_options wanted = *options;
    wanted.progress = show_progress;
    wanted.user = &progress;
    const omni_status status = omni_funnel_run(txn, &wanted, &funnel);
    progress_end(&progress);
    if (status == OMNI_OK) {
        return print_funnel(call, txn, funnel);
    }
    return status == OMNI_ERR_SYNTAX || status == OMNI_ERR_LIMIT
               ? wrong_usage("%s", omni_txn_error(txn)->message)
               : fault_of("funnel", status, omni_txn_error(txn));
}

/* Have the segment that is asked for, if one is. */
static int
take_segment(const call *call, const view *view, omni_segment **out)
{
    omni_error error = {0};
    const char *name = call_value(call, "segment");
    const char *text = call_value(call, "expr");
    if (name != NULL && text != NULL) {
        return wrong_usage("funnel takes --segment or --expr, not both");
    }
    if (name != NULL) {
        const omni_status status = omni_segment_load(view->txn, name, out);
        if (status == OMNI_OK) {
            return DONE;
        }
        const int result = fault_of(name, status, omni_txn_error(view->txn));
        return status == OMNI_NOT_FOUND ? NO : result;
    }
    return text == NULL || omni_segment_compile(view->store, text, strlen(text),
                                                out, &error) == OMNI_OK
               ? DONE
               : wrong_usage("--expr: %s", error.message);
}

static int
run_funnel(const call *call)
{
    view view;
    steps steps = {.count = 0};
    omni_segment *segment = NULL;
    omni_funnel_options options = {.size = sizeof(options)};
    int result = take_options(call, &steps, &options);
    if (result == DONE) {
        result = view_open(call->operands[0], &view);
        if (result == DONE) {
            result = take_segment(call, &view, &segment);
            options.segment = segment;
            result = view_close(&view, result == DONE
                                           ? count(call, &options, view.txn)
                                           : result);
        }
    }
    omni_segment_free(segment);
    steps_free(&steps);
    return result;
}

const command funnel_command = {
    .name = "funnel",
    .group = GROUP_PEOPLE,
    .operands = "DB STEP...",
    .summary = "Count how far people get through steps, over all channels",
    .help =
        "A STEP is the name of an event, or \"NAME: CONDITION\" with a "
        "condition in CEL over name, time, channel and properties; the name * "
        "is any event. Each step is an event at or after the one before. Of a "
        "person the chain of events counts that gets furthest.\n\n"
        "Modes ask for more: increase (each step later than the one before), "
        "order (no other event in between), reentry (with order: those of the "
        "first step may be), dedup (no step reached twice), first (from the "
        "first event of the first step on). docs/guide/funnels.md explains "
        "them.",
    .examples = "omni funnel shop.omni \"Product Viewed\" \"Order Completed\" "
                "--within 7d\n"
                "omni funnel shop.omni \"Product Viewed\" \"Product Added: "
                "channel == 'web'\" \\\n"
                "    \"Order Completed: properties.revenue > 100\" "
                "--by-channel\n",
    .exits = "1 if there is no such segment.",
    .options = {{"within", "DURATION",
                 "All steps at most so long after the first; else however "
                 "long it takes."},
                {"since", "TIME", "Events from this time on, itself included."},
                {"until", "TIME", "Events before this time; else up to now."},
                {"mode", "LIST", "Of increase, order, reentry, dedup, first."},
                {"expr", "EXPR",
                 "Only profiles for which this expression holds at the end of "
                 "that time."},
                {"segment", "NAME", "Only profiles in this segment, likewise."},
                {"by-channel", NULL, "Also where steps were taken."},
                {"json", NULL, "One JSON object."}},
    .pages = true,
    .run = run_funnel,
};
