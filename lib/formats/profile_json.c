/* Canonical JSON of profiles and events: keys sorted, no spaces. */
#include "formats/profile_json.h"

#include "events/figures.h"
#include "formats/json_put.h"

#include <inttypes.h>
#include <stdio.h>

omni_status
omni__profile_load(const omni__profile_source *source,
                   const omni__members *members, omni_profile **out)
{
    omni_status status = omni__profile_read(source, members, out);
    if (status == OMNI_OK) {
        status = omni__figures_of_nodes(
            (*out)->members.nodes, (*out)->members.count, source->arena,
            &(*out)->figures, &(*out)->figure_count);
    }
    return status;
}

static void
put_figure(omni__buffer *out, const omni_figure *figure)
{
    omni__json_put_text(out, figure->name);
    omni__buffer_text(out, ":{\"amounts\":{");
    for (size_t i = 0; i < figure->amount_count; ++i) {
        const omni_amount *amount = &figure->amounts[i];
        omni__json_put_comma(out, i);
        omni__json_put_text(out, amount->currency);
        omni__buffer_text(out, ":{\"max\":");
        omni__json_put_text(out, amount->max);
        omni__buffer_text(out, ",\"min\":");
        omni__json_put_text(out, amount->min);
        omni__buffer_text(out, ",\"sum\":");
        omni__json_put_text(out, amount->sum);
        omni__buffer_byte(out, '}');
    }
    omni__buffer_text(out, "},\"count\":");
    omni__json_put_number(out, figure->count);
    omni__buffer_text(out, ",\"first\":");
    omni__json_put_time(out, figure->first_us);
    omni__buffer_text(out, ",\"last\":");
    omni__json_put_time(out, figure->last_us);
    omni__buffer_byte(out, '}');
}

static void
put_held(omni__buffer *out, const omni_profile *profile)
{
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < profile->held_count; ++i) {
        const omni_held_apart *held = &profile->held[i];
        omni__json_put_comma(out, i);
        omni__buffer_text(out, "{\"identifier\":");
        omni__json_put_who(out, held->ns, held->value);
        omni__buffer_text(out, ",\"other\":");
        omni__json_put_who(out, held->other_ns, held->other_value);
        omni__buffer_text(out, ",\"rule\":");
        omni__json_put_text(out, held->rule);
        omni__buffer_byte(out, '}');
    }
    omni__buffer_byte(out, ']');
}

static void
put_identifiers(omni__buffer *out, const omni_profile *profile)
{
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < profile->identifier_count; ++i) {
        const omni_profile_identifier *identifier = &profile->identifiers[i];
        omni__json_put_comma(out, i);
        omni__buffer_text(out, "{\"channels\":");
        omni__json_put_texts(out, identifier->channels,
                             identifier->channel_count);
        omni__buffer_text(out, ",\"first_seen\":");
        omni__json_put_time(out, identifier->first_seen_us);
        omni__buffer_text(out, ",\"last_seen\":");
        omni__json_put_time(out, identifier->last_seen_us);
        omni__buffer_text(out, ",\"namespace\":");
        omni__json_put_text(out, identifier->ns);
        omni__buffer_text(out, ",\"value\":");
        omni__json_put_text(out, identifier->value);
        omni__buffer_byte(out, '}');
    }
    omni__buffer_byte(out, ']');
}

static void
put_trait(omni__buffer *out, const omni_trait *trait)
{
    omni__json_put_text(out, trait->name);
    omni__buffer_text(out, ":{\"event\":");
    omni__json_put_text(out, trait->event_id);
    omni__buffer_text(out, ",\"source\":");
    omni__json_put_text(out, trait->source);
    omni__buffer_text(out, ",\"time\":");
    omni__json_put_time(out, trait->time_us);
    omni__buffer_text(out, ",\"value\":");
    omni__buffer_put(out, trait->value_json.bytes, trait->value_json.size);
    omni__buffer_byte(out, '}');
}

/* Members of a profile's object up to `last_seen`. */
static void
put_first_half(const omni_profile *profile, omni__buffer *out)
{
    omni__buffer_text(out, "{\"channels\":");
    omni__json_put_texts(out, profile->channels, profile->channel_count);
    omni__buffer_text(out, ",\"consents\":[],\"events\":{");
    for (size_t i = 0; i < profile->figure_count; ++i) {
        omni__json_put_comma(out, i);
        put_figure(out, &profile->figures[i]);
    }
    omni__buffer_text(out, "},\"first_seen\":");
    omni__json_put_time(out, profile->first_us);
    omni__buffer_text(out, ",\"held_apart\":");
    put_held(out, profile);
    omni__buffer_text(out, ",\"id\":");
    omni__json_put_id(out, &profile->id);
    omni__buffer_text(out, ",\"identifiers\":");
    put_identifiers(out, profile);
    omni__buffer_text(out, ",\"last_seen\":");
    omni__json_put_time(out, profile->last_us);
    omni__buffer_text(out, ",\"segments\":[]");
}

static void
put_traits(const omni_profile *profile, omni__buffer *out)
{
    omni__buffer_text(out, ",\"traits\":{");
    for (size_t i = 0; i < profile->trait_count; ++i) {
        omni__json_put_comma(out, i);
        put_trait(out, &profile->traits[i]);
    }
    omni__buffer_text(out, "}}");
}

void
omni__profile_write(const omni_profile *profile, omni__buffer *out)
{
    put_first_half(profile, out);
    put_traits(profile, out);
}

/* A member whose value is a string, if it is not empty. */
static void
put_member(omni__buffer *out, const char *key, omni__slice value)
{
    if (value.size != 0) {
        omni__json_put_key(out, key);
        omni__json_write_text(value, out);
        omni__buffer_byte(out, ',');
    }
}

/* A member whose value is canonical JSON, if there is one. */
static void
put_object(omni__buffer *out, const char *key, omni__slice value)
{
    if (value.size != 0) {
        omni__json_put_key(out, key);
        omni__buffer_slice(out, value);
        omni__buffer_byte(out, ',');
    }
}

omni_status
omni__event_write(const omni__timeline *timeline,
                  const omni__timeline_item *item, omni__arena *arena,
                  omni__buffer *out)
{
    const omni__event_body *event = &item->body;
    const omni__named *identifiers;
    size_t count;
    const omni_status status =
        omni__timeline_identifiers(timeline, item, arena, &identifiers, &count);
    if (status != OMNI_OK) {
        return status;
    }
    static const char *const types[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    char made[17];
    snprintf(made, sizeof(made), "%016" PRIx64, event->made_id);
    omni__buffer_byte(out, '{');
    put_member(out, "channel", event->channel);
    put_member(out, "group_id", event->group_id);
    put_member(out, "id",
               event->id.size != 0 ? event->id : omni__slice_text(made));
    omni__buffer_text(out, "\"identifiers\":[");
    for (size_t i = 0; i < count; ++i) {
        omni__json_put_comma(out, i);
        omni__json_put_who(out, omni__text_of(identifiers[i].ns),
                           omni__text_of(identifiers[i].value));
    }
    omni__buffer_text(out, "],");
    put_member(out, "name", event->name);
    if (event->stated_count != 0) {
        put_member(out, "previous_id", event->stated[0].value);
    }
    put_object(out, "properties", event->properties);
    put_member(out, "source", event->source);
    omni__json_put_key(out, "time");
    omni__json_put_time(out, event->time_us);
    omni__buffer_byte(out, ',');
    put_object(out, "traits", event->traits);
    omni__json_put_key(out, "type");
    const size_t known = sizeof(types) / sizeof(types[0]);
    omni__json_write_text(
        omni__slice_text(event->type < known ? types[event->type] : "unknown"),
        out);
    omni__buffer_byte(out, '}');
    return OMNI_OK;
}

/* Where a dump goes, and what it works with. */
typedef struct dump {
    omni__profile_source source;
    omni__arena arena; /* of one profile */
    omni__arena event; /* of one event */
    omni__buffer line;
    omni_write_fn write;
    void *user;
} dump;

#define DUMP_FLUSH (64u * 1024u) /* lines are written in pieces of so much */

static omni_status
flush_line(dump *d)
{
    if (d->line.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (d->line.size != 0 &&
        d->write(d->user, d->line.data, d->line.size) != 0) {
        return OMNI_ERR_IO;
    }
    omni__buffer_clear(&d->line);
    return OMNI_OK;
}

static omni_status
put_timeline(dump *d, const omni_profile *profile)
{
    omni__timeline timeline;
    omni__timeline_item item;
    omni_status status =
        omni__timeline_init(&timeline, d->source.view, profile->members.nodes,
                            profile->members.count, &d->arena);
    timeline.log = d->source.log;
    timeline.secret = d->source.secret;
    timeline.filter.oldest_first = true;
    omni__buffer_text(&d->line, ",\"timeline\":[");
    for (size_t i = 0; status == OMNI_OK; ++i) {
        status = omni__timeline_next(&timeline, &item);
        if (status == OMNI_OK) {
            omni__json_put_comma(&d->line, i);
            status = omni__event_write(&timeline, &item, &d->event, &d->line);
            omni__arena_reset(&d->event);
        }
        if (status == OMNI_OK && d->line.size > DUMP_FLUSH) {
            status = flush_line(d);
        }
    }
    omni__timeline_end(&timeline);
    omni__buffer_byte(&d->line, ']');
    return status == OMNI_END ? OMNI_OK : status;
}

static omni_status
dump_profile(dump *d, const omni__node *node)
{
    omni_profile *profile;
    omni__members members;
    omni_status status =
        omni__members_read(d->source.view, node, &d->arena, &members);
    if (status == OMNI_OK) {
        status = omni__profile_load(&d->source, &members, &profile);
    }
    if (status == OMNI_OK) {
        status = omni__profile_read_held(&d->source, profile);
    }
    if (status != OMNI_OK) {
        return status;
    }
    put_first_half(profile, &d->line);
    status = put_timeline(d, profile);
    if (status == OMNI_OK) {
        put_traits(profile, &d->line);
        omni__buffer_byte(&d->line, '\n');
        status = d->line.size > DUMP_FLUSH ? flush_line(d) : OMNI_OK;
    }
    return status;
}

static omni_status
dump_all(dump *d, omni__kv_cursor *cursor)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni_status status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        const omni__slice key = omni__kv_cursor_key(cursor);
        omni_id id;
        omni__node node;
        memcpy(id.bytes, key.data + 1, sizeof(id.bytes));
        status = omni__node_decode(&id, omni__kv_cursor_value(cursor), &node);
        if (status == OMNI_OK && omni__node_is_head(&node)) {
            status = dump_profile(d, &node);
            omni__arena_reset(&d->arena);
        }
        if (status == OMNI_OK) {
            status = omni__kv_cursor_next(cursor);
        } else {
            break;
        }
    }
    return status == OMNI_END ? flush_line(d) : status;
}

omni_status
omni__dump(const omni__profile_source *source, omni_write_fn write, void *user,
           omni_error *error)
{
    const omni__alloc *alloc = source->arena->alloc;
    dump d = {.source = *source, .write = write, .user = user};
    omni__arena_init(&d.arena, alloc);
    omni__arena_init(&d.event, alloc);
    omni__buffer_init(&d.line, alloc);
    d.source.arena = &d.arena;
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(source->view, &cursor);
    if (status == OMNI_OK) {
        status = dump_all(&d, cursor);
        omni__kv_cursor_close(cursor);
    }
    omni__arena_free(&d.arena);
    omni__arena_free(&d.event);
    omni__buffer_free(&d.line);
    return status == OMNI_OK ? OMNI_OK
                             : omni__fail(error, status, "dump: %s",
                                          omni_status_name(status));
}
