/* Reading one record's fields; what is wrong with one refuses the record. */
#ifndef OMNI__FORMATS_SEGMENT_JSON_FIELD_H
#define OMNI__FORMATS_SEGMENT_JSON_FIELD_H

#include "codec/json.h"
#include "events/record.h"
#include "platform/error.h"

/* What a wire batch hands down to its members; NULL: nothing. */
typedef struct omni__segment_envelope {
    const omni__json *context;
    const omni__json *sent_at;
    const omni__json *received_at;
} omni__segment_envelope;

/* What all records of a line share. */
typedef struct omni__segment_reading {
    omni__arena *arena;
    omni__buffer scratch;
    omni__segment_envelope envelope;
    bool in_batch;
    bool memory;            /* ran out */
    omni__refusal *refusal; /* of the record being read */
} omni__segment_reading;

/* Say why the record cannot be taken; returns false. */
bool
omni__segment_refuse(omni__segment_reading *reading, omni_refused_code code,
                     const char *format, ...) OMNI__FORMAT(3, 4);

/* Note that memory ran out; returns false. */
bool
omni__segment_no_memory(omni__segment_reading *reading);

/* A value as JSON for a reason, cut to a readable length; borrowed from the
   scratch buffer. */
const char *
omni__segment_quote(omni__segment_reading *reading, const omni__json *value);

/* Members of `object` by their sorted names, where they are not null and
   `out` has none yet. */
void
omni__segment_collect(const omni__json *object, const char *const *names,
                      size_t count, const omni__json **out);

/* NULL where it is absent or null. */
const omni__json *
omni__segment_member(const omni__json *object, const char *name);

/* False, refused, for a value that is there and no object. */
bool
omni__segment_object(omni__segment_reading *reading, const omni__json *value,
                     const char *what);

/* False, refused, for a size over the limit. */
bool
omni__segment_bounded(omni__segment_reading *reading, size_t size,
                      const char *what, size_t limit);

/* A string; `out` is untouched where it is absent. */
bool
omni__segment_string(omni__segment_reading *reading, const omni__json *value,
                     const char *what, size_t limit, omni__slice *out);

/* The same, or a number: its canonical text. */
bool
omni__segment_id(omni__segment_reading *reading, const omni__json *value,
                 const char *what, size_t limit, omni__slice *out);

/* An RFC 3339 time; `has` says whether it is there. */
bool
omni__segment_time(omni__segment_reading *reading, const omni__json *value,
                   const char *what, bool *has, int64_t *out);

#endif
