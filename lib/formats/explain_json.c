/* Keys sorted, no spaces; texts that do not apply are left out. */
#include "formats/explain_json.h"

#include "formats/json_put.h"

static void
put_name(omni__buffer *out, omni_identifier_text name)
{
    omni__json_put_who(out, name.ns, name.value);
}

static void
put_link(omni__buffer *out, const omni_link *link)
{
    static const char *const kinds[] = {"observed", "link", "alias", "part"};
    static const char *const states[] = {"accepted", "held", "passed", "parted",
                                         "waiting"};
    const bool is_fact =
        link->kind == OMNI_LINK_STATED || link->kind == OMNI_LINK_PART;
    omni__buffer_text(out, "{\"a\":");
    put_name(out, link->a);
    omni__buffer_byte(out, ',');
    omni__json_put_if(out, "author", link->author);
    omni__buffer_text(out, "\"b\":");
    put_name(out, link->b);
    omni__buffer_byte(out, ',');
    omni__json_put_if(out, "because", link->because);
    omni__json_put_member(out, "channel", link->channel);
    omni__buffer_text(out, is_fact ? "\"fact\":" : "\"event\":");
    if (is_fact) {
        omni__json_put_fact(out, &link->fact);
    } else {
        omni__json_put_text(out, link->event_id);
    }
    omni__buffer_byte(out, ',');
    omni__json_put_member(out, "kind",
                          omni__text_of(omni__slice_text(kinds[link->kind])));
    omni__json_put_if(out, "name", link->event_name);
    omni__json_put_if(out, "reason", link->reason);
    omni__json_put_if(out, "rule", link->rule);
    omni__json_put_member(out, "source", link->source);
    omni__json_put_member(out, "state",
                          omni__text_of(omni__slice_text(states[link->state])));
    omni__json_put_key(out, "time");
    omni__json_put_time(out, link->time_us);
    omni__buffer_byte(out, '}');
}

/* `"key":[…],` */
static void
put_links(omni__buffer *out, const char *key, const omni_link *links,
          size_t count)
{
    omni__json_put_key(out, key);
    omni__buffer_byte(out, '[');
    for (size_t i = 0; i < count; ++i) {
        omni__json_put_comma(out, i);
        put_link(out, &links[i]);
    }
    omni__buffer_text(out, "],");
}

static void
put_side(omni__buffer *out, const char *key, omni_identifier_text name,
         const omni_id *id, const omni_id *profile)
{
    omni__json_put_key(out, key);
    omni__buffer_text(out, "{\"id\":");
    omni__json_put_id(out, id);
    omni__buffer_text(out, ",\"identifier\":");
    put_name(out, name);
    omni__buffer_text(out, ",\"profile\":");
    omni__json_put_id(out, profile);
    omni__buffer_text(out, "},");
}

void
omni__explanation_write(const omni_explanation *e, omni__buffer *out)
{
    omni__buffer_byte(out, '{');
    put_side(out, "a", e->a, &e->a_id, &e->a_profile);
    put_side(out, "b", e->b, &e->b_id, &e->b_profile);
    if (e->same) {
        put_links(out, "chain", e->chain, e->chain_count);
    } else {
        put_links(out, "held_apart", e->held, e->held_count);
        put_links(out, "parts", e->parts, e->part_count);
    }
    omni__json_put_key(out, "same");
    omni__json_put_bool(out, e->same);
    omni__buffer_byte(out, ',');
    if (!e->same) {
        omni__json_put_member(out, "summary", e->summary);
        omni__json_put_key(out, "waiting");
        omni__buffer_byte(out, '[');
        for (size_t i = 0; i < e->waiting_count; ++i) {
            omni__json_put_comma(out, i);
            put_link(out, &e->waiting[i]);
        }
        omni__buffer_text(out, "]}");
        return;
    }
    omni__json_put_key(out, "summary");
    omni__json_put_text(out, e->summary);
    omni__buffer_byte(out, '}');
}

static void
put_generic(omni__buffer *out, const omni_identifier_explanation *e)
{
    omni__buffer_text(out, "\"generic\":");
    if (!e->generic) {
        omni__buffer_text(out, "null,");
        return;
    }
    omni__buffer_byte(out, '{');
    omni__json_put_member(out, "because", e->generic_because);
    omni__json_put_key(out, "count");
    omni__json_put_number(out, e->generic_count);
    omni__buffer_text(out, ",\"limit\":");
    omni__json_put_number(out, e->generic_limit);
    omni__buffer_text(out, ",\"namespace\":");
    omni__json_put_text(out, e->generic_ns);
    omni__buffer_text(out, "},");
}

static void
put_named(omni__buffer *out, const omni_identifier_explanation *e)
{
    omni__buffer_text(out, "\"named_by\":{");
    omni__json_put_member(out, "because", e->named_because);
    omni__json_put_member(out, "channel", e->named_channel);
    omni__json_put_member(out, "event", e->named_event_id);
    omni__buffer_text(out, "\"identifier\":");
    put_name(out, e->named_by);
    omni__buffer_byte(out, ',');
    omni__json_put_member(out, "name", e->named_event_name);
    omni__json_put_member(out, "source", e->named_source);
    omni__json_put_key(out, "time");
    omni__json_put_time(out, e->named_first_seen_us);
    omni__buffer_text(out, "},");
}

void
omni__identifier_explanation_write(const omni_identifier_explanation *e,
                                   omni__buffer *out)
{
    omni__buffer_text(out, "{\"channels\":");
    omni__json_put_texts(out, e->channels, e->channel_count);
    omni__buffer_byte(out, ',');
    omni__json_put_member(out, "class", e->class_name);
    omni__json_put_key(out, "contested");
    omni__json_put_bool(out, e->contested);
    omni__buffer_text(out, ",\"first_seen\":");
    omni__json_put_time(out, e->first_seen_us);
    omni__buffer_byte(out, ',');
    put_generic(out, e);
    omni__buffer_text(out, "\"id\":");
    omni__json_put_id(out, &e->id);
    omni__buffer_text(out, ",\"identifier\":");
    put_name(out, e->identifier);
    omni__buffer_text(out, ",\"last_seen\":");
    omni__json_put_time(out, e->last_seen_us);
    omni__buffer_byte(out, ',');
    put_named(out, e);
    omni__buffer_text(out, "\"neighbour_total\":");
    omni__json_put_number(out, e->neighbour_total);
    omni__buffer_byte(out, ',');
    put_links(out, "neighbours", e->neighbours, e->neighbour_count);
    omni__buffer_text(out, "\"profile\":");
    omni__json_put_id(out, &e->profile);
    omni__buffer_text(out, ",\"profile_size\":");
    omni__json_put_number(out, e->profile_size);
    omni__buffer_text(out, ",\"rank\":");
    omni__json_put_number(out, e->rank);
    omni__buffer_byte(out, '}');
}
