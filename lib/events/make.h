/*
   Making an `event` fact's body from what a sender wrote: identifiers are
   normalised and blocked ones dropped, limits are checked, hashes computed.
*/
#ifndef OMNI__EVENTS_MAKE_H
#define OMNI__EVENTS_MAKE_H

#include "codec/body.h"
#include "events/ordinals.h"
#include "events/record.h"
#include "identity/policy.h"
#include "platform/arena.h"
#include "platform/buffer.h"

typedef struct omni__maker {
    const omni__hooks *hooks;
    const omni__secret *secret;
    const omni__policy *policy;
    omni__ordinals *ordinals; /* of the import */
    omni__slice source;       /* of events that name none */
    int64_t now_us;
} omni__maker;

/*
   Make the body of an event. `refusal->code` tells: NONE, a code below 100
   (not taken; nothing else is set), or a flag (taken, to be listed).
   OMNI_ERR_NO_MEMORY or a fault of the ordinals otherwise.
*/
omni_status
omni__event_make(const omni__maker *maker, const omni__record *record,
                 omni__arena *arena, omni__event_body *out,
                 omni__refusal *refusal);

/*
   Normalise an identifier that a caller named on purpose. OMNI_ERR_ARGUMENT
   with a reason if it is malformed or blocked.
*/
omni_status
omni__named_make(const omni__secret *secret, const omni__policy *policy,
                 omni_identifier identifier, omni__arena *arena,
                 omni__named *out, omni_error *error);

#endif
