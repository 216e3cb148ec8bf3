/* Events in: the public C struct, read as a record. */
#ifndef OMNI__FORMATS_EVENT_STRUCT_H
#define OMNI__FORMATS_EVENT_STRUCT_H

#include "events/record.h"
#include "platform/arena.h"
#include "platform/error.h"

/* OMNI_ERR_ARGUMENT if a caller filled the struct in a way that no event can
   be. */
omni_status
omni__event_struct_check(const omni_event *event, omni_error *error);

/*
   Read a checked struct as the record that the same event in JSON would be;
   borrows from it and from the arena. `refusal->code` is set if the record
   cannot be taken. OMNI_ERR_NO_MEMORY.
*/
omni_status
omni__event_struct_read(const omni_event *event, omni__arena *arena,
                        omni__record *out, omni__refusal *refusal);

/* What a `group` event says of the group stands in its properties, as the
   member `traits` (unless they have one), and not among a person's traits. */
omni_status
omni__record_move_group_traits(omni__record *record, omni__arena *arena);

#endif
