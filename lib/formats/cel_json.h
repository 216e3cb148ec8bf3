/* Values of CEL as JSON: the protobuf JSON form of cel.expr.Value. */
#ifndef OMNI__FORMATS_CEL_JSON_H
#define OMNI__FORMATS_CEL_JSON_H

#include "cel/value.h"
#include "codec/json.h"

/* The value, made in the arena; false with `*why` if it is none, with NULL
   there without memory. */
bool
omni__cel_json_read(const omni__json *json, omni__arena *arena,
                    omni__cel_value *out, const char **why);

/* Append a value that is no error. */
void
omni__cel_json_write(omni__cel_value value, omni__buffer *out);

#endif
