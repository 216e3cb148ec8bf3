/* Text that several functions need. */
#ifndef OMNI__CEL_STRINGS_H
#define OMNI__CEL_STRINGS_H

#include "cel/run.h"

/* Where `needle` begins first, from byte `from` on. */
bool
omni__cel_search(omni__slice text, omni__slice needle, size_t from, size_t *at);

/* Make a message UTF-8 again that was cut, or shows bytes of a caller. */
void
omni__cel_clean(char *message);

/* A scalar as string() writes it. */
void
omni__cel_put_value(omni__buffer *out, omni__cel_value value);

/* `"…"` with escapes, as strings.quote() writes it. */
void
omni__cel_put_quoted(omni__buffer *out, omni__slice text);

/* Bytes as base64 with padding (RFC 4648). */
void
omni__cel_put_base64(omni__buffer *out, omni__slice bytes);

/* text.format(arguments). */
omni__cel_value
omni__cel_format(omni__cel_run *run, omni__slice text,
                 omni__cel_value arguments);

#endif
