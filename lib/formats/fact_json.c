/* What facts say, by their kind. */
#include "formats/fact_json.h"

#include "formats/json_put.h"
#include "formats/profile_json.h"

/* What link and part say, policy and segment, and retract. */
typedef void (*put_fn)(const omni_fact *fact, omni__buffer *out);

static put_fn
put_of(omni_fact_kind kind);

/* Members that come before "fact". */
static void
put_before(const omni_fact *fact, const omni__event_body *event,
           omni__buffer *out)
{
    if (!fact->has_body) {
        omni__buffer_text(out, "\"dropped\":true,");
    } else if (fact->kind == OMNI_FACT_EVENT) {
        omni__buffer_text(out, "\"event\":");
        omni__event_write(event, event->identifiers, event->identifier_count,
                          (omni__event_extra){.fact = NULL}, out);
        omni__buffer_byte(out, ',');
    } else if (put_of(fact->kind) == NULL) {
        omni__buffer_text(out, "\"bytes\":");
        omni__json_put_number(out, fact->body_bytes);
        omni__buffer_byte(out, ',');
    }
}

static void
put_end(omni__buffer *out, const char *key, const omni_identifier_text *end)
{
    omni__json_put_key(out, key);
    omni__json_put_who(out, end->ns, end->value);
    omni__buffer_byte(out, ',');
}

static void
put_text(omni__buffer *out, const char *key, omni_text text)
{
    omni__json_put_key(out, key);
    omni__json_put_text(out, text);
    omni__buffer_byte(out, ',');
}

static void
put_statement(const omni_fact *fact, omni__buffer *out)
{
    put_end(out, "a", &fact->identifiers[0]);
    put_text(out, "author", fact->author);
    put_end(out, "b", &fact->identifiers[1]);
    put_text(out, "reason", fact->reason);
    omni__json_put_key(out, "time");
    omni__json_put_time(out, fact->time_us);
}

static void
put_register(const omni_fact *fact, omni__buffer *out)
{
    put_text(out, "author", fact->author);
    put_text(out, "name", fact->name);
    put_text(out, "reason", fact->reason);
    omni__json_put_key(out, "time");
    omni__json_put_time(out, fact->time_us);
    omni__buffer_byte(out, ',');
    omni__json_put_key(out, "value");
    omni__json_put_text(out, fact->value);
}

static void
put_retract(const omni_fact *fact, omni__buffer *out)
{
    put_text(out, "author", fact->author);
    omni__buffer_text(out, "\"facts\":[");
    for (size_t i = 0; i < fact->target_count; ++i) {
        omni__json_put_comma(out, i);
        omni__json_put_fact(out, &fact->targets[i]);
    }
    omni__buffer_text(out, "],\"reason\":");
    omni__json_put_text(out, fact->reason);
}

static put_fn
put_of(omni_fact_kind kind)
{
    switch (kind) {
    case OMNI_FACT_LINK:
    case OMNI_FACT_PART:
        return put_statement;
    case OMNI_FACT_POLICY:
    case OMNI_FACT_SEGMENT:
        return put_register;
    case OMNI_FACT_RETRACT:
        return put_retract;
    default:
        return NULL;
    }
}

/* The member that says what the fact says, under the word of its kind. */
static void
put_said(const omni_fact *fact, omni__buffer *out)
{
    omni__buffer_byte(out, ',');
    omni__json_put_key(out, omni_fact_kind_name(fact->kind));
    omni__buffer_byte(out, '{');
    put_of(fact->kind)(fact, out);
    omni__buffer_byte(out, '}');
}

/* The word of a kind, or its number where this library has no word. */
static void
put_kind(omni_fact_kind kind, omni__buffer *out)
{
    const omni__slice word = omni__slice_text(omni_fact_kind_name(kind));
    if (!omni__slice_equal(word, omni__slice_text("unknown"))) {
        omni__json_write_text(word, out);
    } else {
        omni__buffer_byte(out, '"');
        omni__json_put_number(out, (uint64_t)kind);
        omni__buffer_byte(out, '"');
    }
}

void
omni__fact_write(const omni_fact *fact, const omni__event_body *event,
                 omni__buffer *out)
{
    omni__buffer_byte(out, '{');
    put_before(fact, event, out);
    omni__buffer_text(out, "\"fact\":");
    omni__json_put_fact(out, &fact->id);
    omni__buffer_text(out, ",\"kind\":");
    put_kind(fact->kind, out);
    /* Of the words of kinds, "link" alone comes before "made". */
    const bool said = fact->has_body && put_of(fact->kind) != NULL;
    if (said && fact->kind == OMNI_FACT_LINK) {
        put_said(fact, out);
    }
    omni__buffer_text(out, ",\"made\":");
    omni__json_put_time(out, fact->made_us);
    if (said && fact->kind != OMNI_FACT_LINK) {
        put_said(fact, out);
    }
    omni__buffer_byte(out, '}');
}
