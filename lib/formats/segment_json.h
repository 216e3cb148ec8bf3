/* Events in: JSON as the Segment spec has it and as its senders write it. */
#ifndef OMNI__FORMATS_SEGMENT_JSON_H
#define OMNI__FORMATS_SEGMENT_JSON_H

#include "events/record.h"
#include "platform/arena.h"

/*
   Receives each record of a line, borrowed from arena and line. `refusal` has
   a code if the record cannot be taken (then only `text` counts); `text` is
   the record as it was sent. Anything but OMNI_OK ends the reading.
*/
typedef omni_status (*omni__record_fn)(void *user, const omni__record *record,
                                       const omni__refusal *refusal,
                                       omni__slice text);

/*
   Read one line: one event, or a wire batch {"batch": [...]} whose members
   take sentAt, receivedAt and context members they lack from it. Calls
   `callback` once per record (once with a refusal if the line is no JSON).
   An empty or blank line is no record. OMNI_ERR_NO_MEMORY, or what the
   callback returned.
*/
omni_status
omni__segment_read(omni__slice line, omni__arena *arena,
                   omni__record_fn callback, void *user);

#endif
