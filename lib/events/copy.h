/* Copies of events in the log, by the position that entries refer to. */
#ifndef OMNI__EVENTS_COPY_H
#define OMNI__EVENTS_COPY_H

#include "codec/body.h"
#include "log/log.h"

/* Read the event whose body stands at `position`; borrowed until the log is
   closed. OMNI_NOT_FOUND if the body was dropped. */
static inline omni_status
omni__copy_read(omni__log *log, uint64_t position, omni__event_body *out)
{
    omni__slice bytes;
    omni__slice body;
    omni_status status = omni__log_bytes(log, position, &bytes);
    if (status == OMNI_OK) {
        status = omni__body_open(bytes, &body);
    }
    return status == OMNI_OK ? omni__event_body_decode(body, out) : status;
}

#endif
