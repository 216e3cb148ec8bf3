/*
   Bodies of facts. Every body, of every kind, begins with the tokens it
   carries. Layout: docs/file-format.md, "Bodies".
*/
#ifndef OMNI__CODEC_BODY_H
#define OMNI__CODEC_BODY_H

#include "codec/keyed.h"
#include "codec/varint.h"
#include "omni/limits.h"
#include "platform/error.h"

/* An identifier in normal form, with its token. */
typedef struct omni__named {
    omni__slice ns;
    omni__slice value;
    omni__token token;
} omni__named;

/* By namespace, then value. */
static inline int
omni__named_compare(const omni__named *a, const omni__named *b)
{
    const int order = omni__slice_compare(a->ns, b->ns);
    return order != 0 ? order : omni__slice_compare(a->value, b->value);
}

/* The most tokens one body carries: identifiers, and two of an alias. */
#define OMNI__STATED_MAX 2
#define OMNI__TOKENS_MAX (OMNI_LIMIT_IDENTIFIERS + OMNI__STATED_MAX)

/* Body of an `event` fact. */
typedef struct omni__event_body {
    uint8_t type; /* omni_event_type */
    int64_t time_us;
    int64_t instant_us; /* sender's own instant; 0: none */
    uint64_t made_id;   /* hash in place of an id, where `id` is empty */
    omni__named identifiers[OMNI_LIMIT_IDENTIFIERS]; /* by (ns, value) */
    size_t identifier_count;
    omni__named stated[OMNI__STATED_MAX]; /* ends of an alias's links */
    size_t stated_count;
    omni__slice name;
    omni__slice channel;
    omni__slice source;
    omni__slice id; /* as its sender wrote it; may be empty */
    omni__slice group_id;
    omni__slice traits;     /* canonical JSON object, or empty */
    omni__slice properties; /* canonical JSON object, or empty */
} omni__event_body;

void
omni__event_body_encode(const omni__event_body *event, omni__buffer *out);

/* Borrows from `body`. OMNI_ERR_CORRUPT if malformed. */
omni_status
omni__event_body_decode(omni__slice body, omni__event_body *event);

/* What F7 compares and hashes of an event: type, name, time, channel, source,
   identifiers, traits, properties; and the ids that an alias or a group speaks
   of, or else copies that differ in them would be told apart by nothing. */
void
omni__event_content(const omni__event_body *event, omni__buffer *out);

/* Hash of the event's id, given or made. */
static inline uint64_t
omni__event_hash(const omni__secret *secret, const omni__event_body *event)
{
    return event->id.size != 0 ? omni__event_id_hash(secret, event->id)
                               : event->made_id;
}

/* Hash of the event's content; `buffer` is worked in. */
uint64_t
omni__event_content_hash(const omni__secret *secret,
                         const omni__event_body *event, omni__buffer *buffer);

/* Body of a `link` or `part` fact. */
typedef struct omni__statement_body {
    int64_t time_us;     /* places it among others (F6) */
    omni__named ends[2]; /* by (ns, value) */
    omni__slice author;
    omni__slice reason;
} omni__statement_body;

void
omni__statement_body_encode(const omni__statement_body *statement,
                            omni__buffer *out);

omni_status
omni__statement_body_decode(omni__slice body, omni__statement_body *statement);

#endif
