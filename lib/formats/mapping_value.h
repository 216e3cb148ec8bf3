/* Fields of a row as values: what is wrong with one refuses the row. */
#ifndef OMNI__FORMATS_MAPPING_VALUE_H
#define OMNI__FORMATS_MAPPING_VALUE_H

#include "formats/mapping.h"
#include "formats/segment_json_field.h"

/* A row being read. */
typedef struct omni__map_row {
    omni_mapping *mapping;
    omni__segment_reading reading; /* arena, words of refusal */
    omni__record *record;
} omni__map_row;

/* Refuse the row for a field: `column "X": "value" WHAT`. Returns false. */
bool
omni__map_refuse(omni__map_row *row, omni_refused_code code,
                 const omni__map_column *column, const char *what);

/* A field that is not empty as a JSON number; false where it is none (nothing
   is refused then) or without memory. Borrowed from the arena or field. */
bool
omni__map_number(omni__map_row *row, const omni__map_column *column,
                 omni__slice *out);

/* Append a field that is not empty as canonical JSON of a type. */
bool
omni__map_value(omni__map_row *row, const omni__map_column *column,
                const omni__map_reading *reading, omni__buffer *out);

/* A field as the text of an identifier or the like. */
bool
omni__map_name_text(omni__map_row *row, const omni__map_column *column,
                    const omni__map_reading *reading, omni__slice *out);

bool
omni__map_time(omni__map_row *row, const omni__map_column *column,
               const omni__map_reading *reading, int64_t *out);

/* Append the product of columns and numbers; `*absent` where a field is
   empty. */
bool
omni__map_product(omni__map_row *row, const omni__map_factor *factors,
                  omni__buffer *out, bool *absent);

/* Whether all tests hold. */
bool
omni__map_holds(omni__map_row *row, const omni__map_test *test);

#endif
