/* One profile as rows of a sheet, or as lines of JSON. */
#include "export.h"
#include "output.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static void
set_time(sheet *sheet, const char *column, int64_t time_us)
{
    char text[INSTANT_TEXT];
    sheet_set(sheet, column, instant_format(time_us, text));
}

static void
set_channels(sheet *sheet, const omni_text *channels, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        sheet_set(sheet, "channels", channels[i]);
    }
}

/* A text that may be absent. */
static void
set_text(sheet *sheet, const char *column, omni_text text)
{
    if (text.size != 0) {
        sheet_set(sheet, column, text);
    }
}

/* A JSON value into the column PREFIX NAME. */
static void
put_value(export_job *job, const char *prefix, omni_text name, omni_text json)
{
    const omni_text parts[] = {text_of(prefix), name};
    if (json.size == 4 && memcmp(json.bytes, "null", 4) == 0) {
        return;
    }
    job->text.size = 0;
    json_plain(json, &job->text);
    job->sheet.failed |= job->text.failed;
    sheet_put(&job->sheet, parts, 2,
              (omni_text){.bytes = job->text.data, .size = job->text.size});
}

/* The members of a JSON object, which may be absent. */
static void
put_members(export_job *job, const char *prefix, omni_text object)
{
    omni_text key;
    omni_text value;
    bytes name = {.size = 0};
    while (object.size != 0 && json_member(&object, &key, &value)) {
        name.size = 0;
        json_unescape(key, &name);
        put_value(job, prefix,
                  (omni_text){.bytes = name.data, .size = name.size}, value);
    }
    job->sheet.failed |= name.failed;
    bytes_free(&name);
}

/* An amount into the column events.NAME.WHAT.CURRENCY. */
static void
put_amount(sheet *sheet, omni_text event, const char *what, omni_text currency,
           omni_text amount)
{
    const omni_text parts[] = {text_of("events."), event, text_of(what),
                               text_of(currency.size != 0 ? "." : ""),
                               currency};
    sheet_put(sheet, parts, 5, amount);
}

static void
put_figure(sheet *sheet, const omni_figure *figure)
{
    char text[INSTANT_TEXT];
    const omni_text none = {.bytes = NULL};
    snprintf(text, sizeof(text), "%" PRIu64, figure->count);
    put_amount(sheet, figure->name, ".count", none, text_of(text));
    put_amount(sheet, figure->name, ".first", none,
               instant_format(figure->first_us, text));
    put_amount(sheet, figure->name, ".last", none,
               instant_format(figure->last_us, text));
    for (size_t i = 0; i < figure->amount_count; ++i) {
        const omni_amount *amount = &figure->amounts[i];
        put_amount(sheet, figure->name, ".sum", amount->currency, amount->sum);
        if (!sheet->finding) { /* only where they are asked for by name */
            put_amount(sheet, figure->name, ".min", amount->currency,
                       amount->min);
            put_amount(sheet, figure->name, ".max", amount->currency,
                       amount->max);
        }
    }
}

/* The row of a profile. */
static void
put_profile(export_job *job, const omni_profile *profile, const char *id)
{
    sheet *sheet = &job->sheet;
    size_t count = 0;
    const omni_text *channels = omni_profile_channels(profile, &count);
    sheet_set(sheet, "id", text_of(id));
    set_time(sheet, "first_seen", omni_profile_first_seen(profile));
    set_time(sheet, "last_seen", omni_profile_last_seen(profile));
    set_channels(sheet, channels, count);
    const omni_profile_identifier *names =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        const omni_text parts[] = {text_of("identifiers."), names[i].ns};
        sheet_put(sheet, parts, 2, names[i].value);
    }
    const omni_trait *traits = omni_profile_traits(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        put_value(job, "traits.", traits[i].name, traits[i].value_json);
    }
    const omni_figure *figures = omni_profile_figures(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        put_figure(sheet, &figures[i]);
    }
    sheet_row(sheet);
    ++job->rows;
}

/* An identifier as a line of JSON, keys sorted. */
static void
print_identifier(const omni_profile_identifier *name, const char *id)
{
    char time[INSTANT_TEXT];
    fputs("{\"channels\":[", stdout);
    for (size_t i = 0; i < name->channel_count; ++i) {
        fputs(i != 0 ? "," : "", stdout);
        put_json(name->channels[i]);
    }
    printf("],%s\"first_seen\":", name->contested ? "\"contested\":true," : "");
    put_json(instant_format(name->first_seen_us, time));
    fputs(",\"last_seen\":", stdout);
    put_json(instant_format(name->last_seen_us, time));
    fputs(",\"namespace\":", stdout);
    put_json(name->ns);
    printf(",\"profile\":\"%s\",\"value\":", id);
    put_json(name->value);
    puts("}");
}

/* The row of an identifier. */
static void
put_identifier(export_job *job, const omni_profile_identifier *name,
               const char *id)
{
    sheet *sheet = &job->sheet;
    if (job->jsonl) {
        print_identifier(name, id);
    } else {
        sheet_set(sheet, "profile", text_of(id));
        sheet_set(sheet, "namespace", name->ns);
        sheet_set(sheet, "value", name->value);
        set_time(sheet, "first_seen", name->first_seen_us);
        set_time(sheet, "last_seen", name->last_seen_us);
        set_channels(sheet, name->channels, name->channel_count);
        if (name->contested) {
            sheet_set(sheet, "contested", text_of("true"));
        }
        sheet_row(sheet);
    }
    ++job->rows;
}

/* The row of the event that a timeline stands on. */
static omni_status
put_event(export_job *job, omni_timeline *timeline,
          const omni_timeline_event *event, const char *id)
{
    static const char *const types[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    sheet *sheet = &job->sheet;
    const omni_identifier_text *names = NULL;
    size_t count = 0;
    char made[20];
    const size_t type = (size_t)event->type;
    const omni_status status =
        omni_timeline_identifiers(timeline, &names, &count);
    if (status != OMNI_OK) {
        return status;
    }
    snprintf(made, sizeof(made), "%016" PRIx64, event->made_id);
    sheet_set(sheet, "profile", text_of(id));
    set_time(sheet, "time", event->time_us);
    sheet_set(sheet, "type", text_of(type < 6 ? types[type] : "unknown"));
    sheet_set(sheet, "name", event->name);
    set_text(sheet, "channel", event->channel);
    set_text(sheet, "source", event->source);
    sheet_set(sheet, "id", event->id.size != 0 ? event->id : text_of(made));
    if (event->original_time_us != 0) {
        set_time(sheet, "original_time", event->original_time_us);
    }
    for (size_t i = 0; i < count; ++i) {
        job->text.size = 0;
        bytes_add(&job->text, names[i].ns);
        bytes_add(&job->text, text_of(":"));
        bytes_add(&job->text, names[i].value);
        sheet_set(sheet, "identifiers",
                  (omni_text){.bytes = job->text.data, .size = job->text.size});
    }
    set_text(sheet, "group_id", event->group_id);
    set_text(sheet, "previous_id", event->previous_id);
    put_members(job, "properties.", event->properties_json);
    put_members(job, "traits.", event->traits_json);
    sheet_row(sheet);
    ++job->rows;
    return OMNI_OK;
}

/* All events of a profile that are wanted, oldest first. */
static omni_status
put_events(export_job *job, const omni_profile *profile, const char *id_text)
{
    const omni_id id = omni_profile_id(profile);
    omni_timeline *timeline = NULL;
    omni_timeline_event event;
    /* What is taken in again is to be all there is. */
    job->filter.nobody = true;
    omni_status status =
        omni_timeline_open(job->view.txn, &id, &job->filter, &timeline);
    while (status == OMNI_OK && !output_stopped()) {
        status = omni_timeline_next(timeline, &event);
        if (status == OMNI_OK && job->jsonl) {
            status = export_records(timeline, id_text);
            ++job->rows;
        } else if (status == OMNI_OK) {
            status =
                put_event(job, timeline, &event, event.nobody ? "" : id_text);
        }
    }
    omni_timeline_close(timeline);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Whether somebody who was last seen at a time, and on some channels, is
   wanted. */
static bool
is_wanted(const export_job *job, int64_t last_us, const omni_text *channels,
          size_t count)
{
    const omni_timeline_options *filter = &job->filter;
    bool on_channel = filter->channel == NULL;
    for (size_t i = 0; i < count && !on_channel; ++i) {
        on_channel =
            channels[i].size == strlen(filter->channel) &&
            memcmp(channels[i].bytes, filter->channel, channels[i].size) == 0;
    }
    return on_channel && (!filter->has_since || last_us >= filter->since_us) &&
           (!filter->has_until || last_us < filter->until_us);
}

static void
put_identifiers(export_job *job, const omni_profile *profile, const char *id)
{
    size_t count = 0;
    const omni_profile_identifier *names =
        omni_profile_identifiers(profile, &count);
    for (size_t i = 0; i < count; ++i) {
        if (is_wanted(job, names[i].last_seen_us, names[i].channels,
                      names[i].channel_count)) {
            put_identifier(job, &names[i], id);
        }
    }
}

static omni_status
print_profile(export_job *job, const omni_profile *profile)
{
    omni_text json;
    const omni_status status = omni_profile_json(job->view.txn, profile, &json);
    if (status == OMNI_OK) {
        fwrite(json.bytes, 1, json.size, stdout);
        putchar('\n');
        ++job->rows;
    }
    return status;
}

omni_status
export_profile(export_job *job, const omni_profile *profile)
{
    char id_text[OMNI_ID_TEXT_SIZE];
    omni_figure figure;
    size_t count = 0;
    const omni_id id = omni_profile_id(profile);
    const omni_text *channels = omni_profile_channels(profile, &count);
    omni_id_format(&id, id_text);
    if (job->filter.name != NULL &&
        omni_profile_figure(profile, job->filter.name, &figure) != OMNI_OK) {
        return OMNI_OK;
    }
    if (job->what == EXPORT_EVENTS) {
        return put_events(job, profile, id_text);
    }
    if (job->what == EXPORT_IDENTIFIERS) {
        put_identifiers(job, profile, id_text);
        return OMNI_OK;
    }
    if (!is_wanted(job, omni_profile_last_seen(profile), channels, count)) {
        return OMNI_OK;
    }
    if (job->jsonl) {
        return print_profile(job, profile);
    }
    put_profile(job, profile, id_text);
    return OMNI_OK;
}
