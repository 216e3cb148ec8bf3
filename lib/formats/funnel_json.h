/* Results of funnels as JSON. */
#ifndef OMNI__FORMATS_FUNNEL_JSON_H
#define OMNI__FORMATS_FUNNEL_JSON_H

#include "omni/funnel.h"
#include "platform/buffer.h"

void
omni__funnel_write(const omni_funnel *funnel, omni__buffer *out);

#endif
