/* Explanations out: canonical JSON. */
#ifndef OMNI__FORMATS_EXPLAIN_JSON_H
#define OMNI__FORMATS_EXPLAIN_JSON_H

#include "omni/explain.h"
#include "platform/buffer.h"

/* Append an explanation as one object, keys sorted. */
void
omni__explanation_write(const omni_explanation *explanation, omni__buffer *out);

void
omni__identifier_explanation_write(
    const omni_identifier_explanation *explanation, omni__buffer *out);

#endif
