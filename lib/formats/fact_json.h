/* Facts out: canonical JSON. */
#ifndef OMNI__FORMATS_FACT_JSON_H
#define OMNI__FORMATS_FACT_JSON_H

#include "codec/body.h"
#include "omni/facts.h"
#include "platform/buffer.h"

/* Append a fact as one object, keys sorted; `event` is the body of an
   event. */
void
omni__fact_write(const omni_fact *fact, const omni__event_body *event,
                 omni__buffer *out);

#endif
