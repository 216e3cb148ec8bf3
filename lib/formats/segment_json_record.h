/* One JSON object of the Segment spec as a record. */
#ifndef OMNI__FORMATS_SEGMENT_JSON_RECORD_H
#define OMNI__FORMATS_SEGMENT_JSON_RECORD_H

#include "formats/segment_json_field.h"

/*
   Make a record of an object. False where it is refused (reading->refusal
   says why), or where memory ran out (reading->memory).
*/
bool
omni__segment_record(omni__segment_reading *reading, const omni__json *object,
                     omni__record *record);

#endif
