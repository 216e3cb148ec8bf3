/*
   What cuts the time of a device that several people use (I9): the logins on
   it, which are kept while it is contested, and the events `Signed Out`, which
   are always.
*/
#ifndef OMNI__EVENTS_BOUNDARIES_H
#define OMNI__EVENTS_BOUNDARIES_H

#include "events/copy.h"

/* The place of an event among all others (F6), as bytes that sort so. */
typedef struct omni__moment {
    uint8_t bytes[OMNI__MOMENT_SIZE];
} omni__moment;

/* Of the copy that speaks for an event; `buffer` is worked in. */
omni__moment
omni__moment_of(const omni__secret *secret, const omni__event_body *body,
                omni__buffer *buffer);

/* Before, or after, every event of a time. */
omni__moment
omni__moment_before(int64_t time_us);

omni__moment
omni__moment_after(int64_t time_us);

int64_t
omni__moment_time(const omni__moment *moment);

typedef enum omni__boundary_kind {
    OMNI__BOUNDARY_LOGIN = 1,
    OMNI__BOUNDARY_SIGNED_OUT = 2,
    OMNI__BOUNDARY_ANY = 3
} omni__boundary_kind;

typedef struct omni__boundary {
    omni__moment moment;
    uint8_t kind;
    omni_id anchor; /* of a login: the event's */
} omni__boundary;

/* Put the boundary, or take it out. */
omni_status
omni__boundary_note(omni__kv *kv, const omni_id *device,
                    const omni__boundary *boundary, bool comes);

/* The last boundary before a moment, of the kinds wanted; OMNI_END. */
omni_status
omni__boundary_last(const omni__view *view, const omni_id *device,
                    const omni__moment *before, omni__boundary_kind kinds,
                    omni__boundary *out);

/* The first one after a moment. */
omni_status
omni__boundary_first(const omni__view *view, const omni_id *device,
                     const omni__moment *after, omni__boundary_kind kinds,
                     omni__boundary *out);

#endif
