/* What facts say, by their kind. */
#include "formats/fact_json.h"

#include "formats/json_put.h"
#include "formats/profile_json.h"

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
                          out);
        omni__buffer_byte(out, ',');
    } else if (fact->kind != OMNI_FACT_LINK && fact->kind != OMNI_FACT_PART) {
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
put_statement(const omni_fact *fact, omni__buffer *out)
{
    omni__buffer_byte(out, '{');
    put_end(out, "a", &fact->identifiers[0]);
    omni__buffer_text(out, "\"author\":");
    omni__json_put_text(out, fact->author);
    omni__buffer_byte(out, ',');
    put_end(out, "b", &fact->identifiers[1]);
    omni__buffer_text(out, "\"reason\":");
    omni__json_put_text(out, fact->reason);
    omni__buffer_text(out, ",\"time\":");
    omni__json_put_time(out, fact->time_us);
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
    if (fact->has_body && fact->kind == OMNI_FACT_LINK) {
        omni__buffer_text(out, ",\"link\":");
        put_statement(fact, out);
    }
    omni__buffer_text(out, ",\"made\":");
    omni__json_put_time(out, fact->made_us);
    if (fact->has_body && fact->kind == OMNI_FACT_PART) {
        omni__buffer_text(out, ",\"part\":");
        put_statement(fact, out);
    }
    omni__buffer_byte(out, '}');
}
