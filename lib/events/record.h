/*
   An event as a sender wrote it: parsed, not yet normalised. JSON and the C
   struct both become this; events/make.h turns it into a fact's body.
*/
#ifndef OMNI__EVENTS_RECORD_H
#define OMNI__EVENTS_RECORD_H

#include "omni/event.h"
#include "platform/slice.h"

typedef struct omni__record_identifier {
    omni__slice ns;
    omni__slice value;
} omni__record_identifier;

/* Everything borrowed: from the sender's bytes or from an arena. */
typedef struct omni__record {
    uint8_t type;       /* omni_event_type */
    bool has_time;      /* else the event happened when it was taken */
    int64_t time_us;    /* event time, clock correction applied */
    int64_t instant_us; /* sender's own instant before correction; 0: none */
    omni__slice name;   /* `event` of a track, else the type word */
    omni__slice id;     /* messageId; empty: none */
    omni__slice channel;
    omni__slice source; /* context.source; empty: the import's name */
    omni__slice group_id;
    omni__slice previous_id;                    /* of an alias */
    const omni__record_identifier *identifiers; /* as sent, maybe repeated */
    size_t identifier_count;
    omni__slice traits; /* canonical JSON object; empty: none */
    size_t trait_count;
    omni__slice properties; /* canonical JSON object; empty: none */
} omni__record;

/* Why a record cannot be taken. `code` NONE: it can. */
typedef struct omni__refusal {
    omni_refused_code code;
    char reason[160]; /* one line, says what and where */
} omni__refusal;

#endif
