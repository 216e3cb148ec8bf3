/* Commands that find a person and walk what they did: find, timeline. */
#include "cli.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>

#define LAST_DEFAULT 20

static int
run_find(const call *call)
{
    view view;
    omni_id id;
    char text[OMNI_ID_TEXT_SIZE];
    const bool json = call_json(call);
    int result = view_open(call->operands[0], &view);
    if (result != DONE) {
        return result;
    }
    result = view_as_of(&view, call, &call->operands[1], 1);
    if (result == DONE) {
        result = view_need(&view, call->operands[1], &id);
    }
    if (result == DONE) {
        omni_id_format(&id, text);
        printf(json ? "{\"profile\":\"%s\"}\n" : "%s\n", text);
    } else if (result == NO && json) {
        puts("{\"profile\":null}");
    }
    return view_close(&view, result);
}

const command find_command = {
    .name = "find",
    .group = GROUP_PEOPLE,
    .operands = "DB WHO",
    .summary = "Print the id of a person's profile",
    .examples = "omni find shop.omni email:anna@example.ch\n"
                "omni find shop.omni loyalty_id:7612345678900\n",
    .exits = "1 if no event names WHO, or none did by --at.",
    .options =
        {{"json", NULL, "{\"profile\": ID}, with null if there is none."},
         {"at", "TIME",
          "As of this time: what was known of them then, by the times of "
          "events and statements."}},
    .run = run_find,
};

#define CHANNEL_COLUMNS 11 /* call_center */
#define NAME_COLUMNS 20
#define DETAIL_LEAST 16

/* Time, channel, name, and what there is to tell as far as the line goes. On
   a narrow terminal the day stands for the time. */
static void
print_event(const omni_timeline_event *event, size_t columns)
{
    char time[INSTANT_TEXT];
    omni_text when = instant_show(event->time_us, time);
    const bool plain = event->properties_json.size > 2;
    const omni_text detail =
        plain ? event->properties_json : event->traits_json;
    const size_t whole =
        when.size + CHANNEL_COLUMNS + NAME_COLUMNS + DETAIL_LEAST + 6;
    const bool narrow = columns != 0 && columns < whole;
    when.size = narrow ? INSTANT_DAY : when.size;
    const size_t channel = when.size + 2;
    const size_t name = channel + CHANNEL_COLUMNS + 2;
    put_style(STYLE_DIM);
    put_text(when);
    put_style(STYLE_PLAIN);
    put_gap(when.size, channel);
    put_gap(channel + put_cut(event->channel, CHANNEL_COLUMNS), name);
    put_style(STYLE_HEADING);
    size_t at =
        name + put_cut(event->name, columns > name ? columns - name : 0);
    put_style(STYLE_PLAIN);
    if ((event->nobody || detail.size > 2) &&
        (columns == 0 || at + 4 < columns)) {
        const size_t begin = name + NAME_COLUMNS + 2;
        put_gap(at, begin);
        at = at + 2 < begin ? begin : at + 2;
        if (event->nobody && (columns == 0 || at < columns)) {
            at += put_cut(text_of(detail.size > 2 ? "nobody's  " : "nobody's"),
                          columns != 0 ? columns - at : 0);
        }
        if (detail.size > 2 && (columns == 0 || at < columns)) {
            put_cut(detail, columns != 0 ? columns - at : 0);
        }
    }
    putchar('\n');
}

/* Print what the walk stands on. */
static omni_status
print_step(omni_timeline *timeline, const omni_timeline_event *event,
           const bool json, size_t columns)
{
    if (!json) {
        print_event(event, columns);
        return OMNI_OK;
    }
    omni_text line;
    const omni_status status = omni_timeline_json(timeline, &line);
    if (status == OMNI_OK) {
        fwrite(line.bytes, 1, line.size, stdout);
        putchar('\n');
    }
    return status;
}

/* Print up to `last` events. `*more` tells whether there are others. */
static omni_status
print_timeline(omni_timeline *timeline, uint64_t last, bool json, bool *more)
{
    const size_t columns = terminal_columns();
    omni_timeline_event event;
    omni_status status = omni_timeline_next(timeline, &event);
    uint64_t count = 0;
    while (status == OMNI_OK && count < last && !output_stopped()) {
        status = print_step(timeline, &event, json, columns);
        ++count;
        if (status == OMNI_OK) {
            status = omni_timeline_next(timeline, &event);
        }
    }
    *more = status == OMNI_OK;
    return status == OMNI_END ? OMNI_OK : status;
}

static int
timeline_options(const call *call, omni_timeline_options *options,
                 uint64_t *last)
{
    *options = (omni_timeline_options){
        .size = sizeof(*options),
        .name = call_value(call, "name"),
        .channel = call_value(call, "channel"),
    };
    *last = LAST_DEFAULT;
    int result = call_number(call, "last", 1, UINT64_MAX, last);
    if (result == DONE) {
        result = call_instant(call, "since", &options->has_since,
                              &options->since_us);
    }
    if (result == DONE) {
        result = call_instant(call, "until", &options->has_until,
                              &options->until_us);
    }
    return result;
}

static int
run_timeline(const call *call)
{
    view view;
    omni_id id;
    uint64_t last = 0;
    omni_timeline_options options;
    omni_timeline *timeline = NULL;
    name who = {.text = NULL};
    bool more = false;
    int result = timeline_options(call, &options, &last);
    if (result == DONE) {
        result = view_open(call->operands[0], &view);
    }
    if (result != DONE) {
        return result;
    }
    result = view_as_of(&view, call, &call->operands[1], 1);
    if (result == DONE) {
        result = view_need(&view, call->operands[1], &id);
    }
    if (result != DONE) {
        return view_close(&view, result);
    }
    omni_status status = OMNI_OK;
    if (!is_profile_id(call->operands[1], &id)) {
        result = name_parse(call->operands[1], &who);
        options.device = &who.identifier;
    }
    if (result == DONE) {
        status = omni_timeline_open(view.txn, &id, &options, &timeline);
    }
    if (timeline != NULL) {
        status = print_timeline(timeline, last, call_json(call), &more);
    }
    if (status != OMNI_OK) {
        result = fault_of("timeline", status, omni_txn_error(view.txn));
    } else if (more && call_value(call, "last") == NULL) {
        remark("there are more than %d events; --last N shows more",
               LAST_DEFAULT);
    }
    name_free(&who);
    return view_close(&view, result);
}

const command timeline_command = {
    .name = "timeline",
    .group = GROUP_PEOPLE,
    .operands = "DB WHO",
    .summary = "List what a person did over all channels, newest first",
    .help = "Where WHO is a device that several people use, what was done on "
            "it between a sign-out and the next login is listed, too: it is "
            "nobody's, and in no profile.",
    .examples = "omni timeline shop.omni email:anna@example.ch --last 5\n"
                "omni timeline shop.omni user_id:u1 --since 7d --channel "
                "store\n"
                "omni timeline shop.omni user_id:u1 --since 2026-01-01 "
                "--until 2026-02-01\n"
                "omni timeline shop.omni user_id:u1 --name \"Order Completed\" "
                "--json\n",
    .exits = "1 if no event names WHO, or none did by --at.",
    .options =
        {{"last", "N", "At most the N newest that fit; 20 if not given."},
         {"since", "TIME", "From this time on, itself included."},
         {"until", "TIME", "Before this time."},
         {"name", "EVENT", "Only events of this name."},
         {"channel", "CHANNEL", "Only events of this channel."},
         {"json", NULL, "A line of canonical JSON for each event."},
         {"at", "TIME",
          "As of this time: what was known of them then, by the times of "
          "events and statements."}},
    .pages = true,
    .run = run_timeline,
};
