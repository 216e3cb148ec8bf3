/* The command `profile`: everything known of a person, on one page. */
#include "cli.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Fill a cell with texts, separated by commas. */
static void
cell_list(table *table, size_t column, const omni_text *texts, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; ++i) {
        size += texts[i].size + 2;
    }
    char *joined = malloc(size);
    if (joined == NULL) {
        table->failed = true;
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; ++i) {
        memcpy(joined + at, ", ", i == 0 ? 0 : 2);
        at += i == 0 ? 0 : 2;
        memcpy(joined + at, texts[i].bytes, texts[i].size);
        at += texts[i].size;
    }
    table_text(table, column, (omni_text){.bytes = joined, .size = at});
    free(joined);
}

static bool
print_head(const omni_profile *profile, const omni_text *segments,
           size_t segment_count)
{
    char id_text[OMNI_ID_TEXT_SIZE];
    char time[INSTANT_TEXT];
    const omni_id id = omni_profile_id(profile);
    size_t count = 0;
    table table = {0};
    const omni_text *channels = omni_profile_channels(profile, &count);
    omni_id_format(&id, id_text);
    table_row(&table);
    table_cell(&table, 0, "Profile");
    table_text(&table, 1, text_of(id_text));
    table_row(&table);
    table_cell(&table, 0, "First seen");
    table_text(&table, 1, instant_show(omni_profile_first_seen(profile), time));
    table_row(&table);
    table_cell(&table, 0, "Last seen");
    table_text(&table, 1, instant_show(omni_profile_last_seen(profile), time));
    table_row(&table);
    table_cell(&table, 0, "Channels");
    cell_list(&table, 1, channels, count);
    if (segment_count != 0) {
        table_row(&table);
        table_cell(&table, 0, "Segments");
        cell_list(&table, 1, segments, segment_count);
    }
    return table_print(&table, "");
}

static bool
print_identifiers(const omni_profile *profile)
{
    size_t count = 0;
    table table = {.titles = {"namespace", "value", "first seen", "last seen",
                              "channels"}};
    const omni_profile_identifier *all =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        table_row(&table);
        table_text(&table, 0, all[i].ns);
        table_text(&table, 1, all[i].value);
        table_time(&table, 2, all[i].first_seen_us);
        table_time(&table, 3, all[i].last_seen_us);
        cell_list(&table, 4, all[i].channels, all[i].channel_count);
    }
    return table_print(&table, "\nIdentifiers");
}

static bool
print_traits(const omni_profile *profile)
{
    size_t count = 0;
    table table = {.titles = {"name", "value", "since", "source"}};
    const omni_trait *all = omni_profile_traits(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        table_row(&table);
        table_text(&table, 0, all[i].name);
        table_text(&table, 1, all[i].value_json);
        table_time(&table, 2, all[i].time_us);
        table_text(&table, 3, all[i].source);
    }
    return table_print(&table, "\nTraits");
}

/* "CHF 59.9 (5 to 20), EUR 3 (3 to 3)" */
static void
cell_amounts(table *table, size_t column, const omni_figure *figure)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL) {
        table->failed = true;
        return;
    }
    for (size_t i = 0; i < figure->amount_count; ++i) {
        const omni_amount *amount = &figure->amounts[i];
        fprintf(stream, "%s%.*s%s%.*s (%.*s to %.*s)", i == 0 ? "" : ", ",
                (int)amount->currency.size, amount->currency.bytes,
                amount->currency.size != 0 ? " " : "", (int)amount->sum.size,
                amount->sum.bytes, (int)amount->min.size, amount->min.bytes,
                (int)amount->max.size, amount->max.bytes);
    }
    if (fclose(stream) == 0) {
        table_text(table, column, (omni_text){.bytes = text, .size = size});
    } else {
        table->failed = true;
    }
    free(text);
}

bool
print_figures(const omni_figure *all, size_t count)
{
    table table = {.titles = {"name", "times", "first", "last", "amounts"}};
    for (size_t i = 0; i < count; ++i) {
        table_row(&table);
        table_text(&table, 0, all[i].name);
        table_count(&table, 1, all[i].count);
        table_time(&table, 2, all[i].first_us);
        table_time(&table, 3, all[i].last_us);
        cell_amounts(&table, 4, &all[i]);
    }
    return table_print(&table, "\nEvents");
}

static bool
print_held_apart(const omni_held_apart *all, size_t count)
{
    table table = {0};
    for (size_t i = 0; i < count; ++i) {
        table_row(&table);
        table_text(&table, 0, all[i].ns);
        table_text(&table, 1, all[i].value);
        table_cell(&table, 2, "from");
        table_text(&table, 3, all[i].other_ns);
        table_text(&table, 4, all[i].other_value);
        table_text(&table, 5, all[i].rule);
    }
    return table_print(&table, "\nHeld apart, and by which rule");
}

static int
print_profile(const view *view, const omni_profile *profile)
{
    const omni_held_apart *apart = NULL;
    size_t apart_count = 0;
    const omni_text *segments = NULL;
    size_t segment_count = 0;
    size_t figure_count = 0;
    const omni_figure *figures = omni_profile_figures(profile, &figure_count);
    omni_status status =
        omni_profile_held_apart(view->txn, profile, &apart, &apart_count);
    if (status == OMNI_OK) {
        status = omni_profile_segments(view->txn, profile, &segments,
                                       &segment_count);
    }
    if (status != OMNI_OK) {
        return fault_of("profile", status, omni_txn_error(view->txn));
    }
    if (print_head(profile, segments, segment_count) &&
        print_identifiers(profile) && print_traits(profile) &&
        print_figures(figures, figure_count) &&
        print_held_apart(apart, apart_count)) {
        return DONE;
    }
    return fault("out of memory");
}

/* A line of JSON for each value. */
static void
print_history_json(const omni_trait_entry *all, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        char time[INSTANT_TEXT];
        fputs("{\"event\":", stdout);
        put_json(all[i].event_id);
        printf(",\"in_force\":%s,\"name\":",
               all[i].in_force ? "true" : "false");
        put_json(all[i].name);
        fputs(",\"source\":", stdout);
        put_json(all[i].source);
        fputs(",\"time\":", stdout);
        put_json(instant_format(all[i].time_us, time));
        fputs(",\"value\":", stdout);
        fwrite(all[i].value_json.bytes, 1, all[i].value_json.size, stdout);
        puts("}");
    }
}

static bool
print_history(const omni_trait_entry *all, size_t count)
{
    table table = {.titles = {"trait", "value", "since", "source", "event"}};
    for (size_t i = 0; i < count; ++i) {
        table_row(&table);
        if (i == 0 || all[i].in_force) {
            table_text(&table, 0, all[i].name);
        }
        table_text(&table, 1, all[i].value_json);
        table_time(&table, 2, all[i].time_us);
        table_text(&table, 3, all[i].source);
        table_text(&table, 4, all[i].event_id);
    }
    return table_print(&table, "");
}

/* Every value that the traits were given. */
static int
show_history(const view *view, const omni_id *id, bool json)
{
    const omni_profile *profile = NULL;
    const omni_trait_entry *all = NULL;
    size_t count = 0;
    omni_status status = omni_profile_get(view->txn, id, &profile);
    if (status == OMNI_OK) {
        status =
            omni_profile_trait_history(view->txn, profile, NULL, &all, &count);
    }
    if (status != OMNI_OK) {
        return fault_of("profile", status, omni_txn_error(view->txn));
    }
    if (json) {
        print_history_json(all, count);
    } else if (!print_history(all, count)) {
        return fault("out of memory");
    }
    return DONE;
}

static int
show_profile(const view *view, const omni_id *id, bool json)
{
    const omni_profile *profile = NULL;
    omni_text text = {0};
    omni_status status = omni_profile_get(view->txn, id, &profile);
    if (status == OMNI_OK && json) {
        status = omni_profile_json(view->txn, profile, &text);
    }
    if (status != OMNI_OK) {
        return fault_of("profile", status, omni_txn_error(view->txn));
    }
    if (!json) {
        return print_profile(view, profile);
    }
    fwrite(text.bytes, 1, text.size, stdout);
    putchar('\n');
    return DONE;
}

static int
run_profile(const call *call)
{
    view view;
    omni_id id;
    int result = view_open(call->operands[0], &view);
    if (result != DONE) {
        return result;
    }
    result = view_as_of(&view, call, &call->operands[1], 1);
    if (result == DONE) {
        result = view_need(&view, call->operands[1], &id);
    }
    if (result == DONE) {
        result = (call_flag(call, "history") ? show_history : show_profile)(
            &view, &id, call_json(call));
    }
    return view_close(&view, result);
}

const command profile_command = {
    .name = "profile",
    .group = GROUP_PEOPLE,
    .operands = "DB WHO",
    .summary = "Show everything known of a person: the 360-degree view",
    .help =
        "Identifiers, the segments that they are in, traits with where they "
        "come from, figures of each kind of event, and links that were "
        "held apart.",
    .examples = "omni profile shop.omni email:anna@example.ch\n"
                "omni profile shop.omni phone:+41791234567 --json\n"
                "omni profile shop.omni user_id:u1 --at 2026-01-31\n"
                "omni profile shop.omni user_id:u1 --history\n",
    .exits = "1 if no event names WHO, or none did by --at.",
    .options =
        {{"json", NULL, "One object of canonical JSON."},
         {"history", NULL,
          "Instead, every value that the traits were given: of each the "
          "one in force, then those it overruled, the latest first; as "
          "JSON a line for each."},
         {"at", "TIME",
          "As of this time: what was known of them then, by the times of "
          "events and statements."}},
    .pages = true,
    .run = run_profile,
};
