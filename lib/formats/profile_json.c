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

/* The node that an identifier was read from. */
static const omni__node *
node_of(const omni_profile *profile, const omni_profile_identifier *identifier)
{
    const omni__node *node = profile->members.nodes;
    while (node->value.data != (const uint8_t *)identifier->value.bytes) {
        ++node;
    }
    return node;
}

static void
put_identifiers(omni__buffer *out, const omni_profile *profile,
                omni__device_fn device, void *user)
{
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < profile->identifier_count; ++i) {
        const omni_profile_identifier *identifier = &profile->identifiers[i];
        omni__json_put_comma(out, i);
        omni__buffer_text(out, "{\"channels\":");
        omni__json_put_texts(out, identifier->channels,
                             identifier->channel_count);
        if (identifier->contested && device == NULL) {
            omni__buffer_text(out, ",\"contested\":true");
        }
        omni__buffer_text(out, ",\"first_seen\":");
        omni__json_put_time(out, identifier->first_seen_us);
        omni__buffer_text(out, ",\"last_seen\":");
        omni__json_put_time(out, identifier->last_seen_us);
        omni__buffer_text(out, ",\"namespace\":");
        omni__json_put_text(out, identifier->ns);
        if (identifier->contested && device != NULL) {
            device(user, node_of(profile, identifier));
        }
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

void
omni__figures_write(const omni_figure *figures, size_t count, omni__buffer *out)
{
    omni__buffer_text(out, "\"events\":{");
    for (size_t i = 0; i < count; ++i) {
        omni__json_put_comma(out, i);
        put_figure(out, &figures[i]);
    }
    omni__buffer_byte(out, '}');
}

void
omni__traits_write(const omni_trait *traits, size_t count, omni__buffer *out)
{
    omni__buffer_text(out, "\"traits\":{");
    for (size_t i = 0; i < count; ++i) {
        omni__json_put_comma(out, i);
        put_trait(out, &traits[i]);
    }
    omni__buffer_byte(out, '}');
}

void
omni__profile_write_head(const omni_profile *profile, omni__device_fn device,
                         void *user, omni__buffer *out)
{
    omni__buffer_text(out, "{\"channels\":");
    omni__json_put_texts(out, profile->channels, profile->channel_count);
    omni__buffer_text(out, ",\"consents\":[],");
    omni__figures_write(profile->figures, profile->figure_count, out);
    omni__buffer_text(out, ",\"first_seen\":");
    omni__json_put_time(out, profile->first_us);
    omni__buffer_text(out, ",\"held_apart\":");
    put_held(out, profile);
    omni__buffer_text(out, ",\"id\":");
    omni__json_put_id(out, &profile->id);
    omni__buffer_text(out, ",\"identifiers\":");
    put_identifiers(out, profile, device, user);
    omni__buffer_text(out, ",\"last_seen\":");
    omni__json_put_time(out, profile->last_us);
    omni__buffer_text(out, ",\"segments\":");
    omni__json_put_texts(out, profile->segments, profile->segment_count);
}

void
omni__profile_write_tail(const omni_profile *profile, omni__buffer *out)
{
    omni__buffer_byte(out, ',');
    omni__traits_write(profile->traits, profile->trait_count, out);
    omni__buffer_byte(out, '}');
}

void
omni__profile_write(const omni_profile *profile, omni__buffer *out)
{
    omni__profile_write_head(profile, NULL, NULL, out);
    omni__profile_write_tail(profile, out);
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

void
omni__event_write(const omni__event_body *event, const omni__named *identifiers,
                  size_t count, omni__event_extra extra, omni__buffer *out)
{
    static const char *const types[] = {"track",  "identify", "page",
                                        "screen", "group",    "alias"};
    char made[17];
    snprintf(made, sizeof(made), "%016" PRIx64, event->made_id);
    omni__buffer_byte(out, '{');
    put_member(out, "channel", event->channel);
    if (extra.fact != NULL) {
        omni__json_put_key(out, "fact");
        omni__json_put_fact(out, extra.fact);
        omni__buffer_byte(out, ',');
    }
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
    omni__buffer_text(out, extra.nobody ? "\"nobody\":true," : "");
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
}
