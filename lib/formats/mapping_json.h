/* Reading the document of a mapping, member by member. */
#ifndef OMNI__FORMATS_MAPPING_JSON_H
#define OMNI__FORMATS_MAPPING_JSON_H

#include "formats/mapping_build.h"

/* Reads a member or item; the builder is in its place. */
typedef omni_status (*omni__map_read_fn)(omni__map_builder *b,
                                         const omni__json *value, void *user);

/* Each member of an object, in the place that has its name. A failure leaves
   the builder in its place. */
omni_status
omni__map_each(omni__map_builder *b, const omni__json *object,
               omni__map_read_fn read, void *user);

/* Each item of an array, in the place of its number. */
omni_status
omni__map_every(omni__map_builder *b, const omni__json *array,
                omni__map_read_fn read, void *user);

omni_status
omni__map_text(omni__map_builder *b, const omni__json *value, omni__slice *out);

omni_status
omni__map_object(omni__map_builder *b, const omni__json *value,
                 const char *what);

/* Strings of an array. */
omni_status
omni__map_words(omni__map_builder *b, const omni__json *value,
                omni__map_word **out);

omni_status
omni__map_canonical(omni__map_builder *b, const omni__json *value,
                    omni__slice *out);

omni_status
omni__map_named_column(omni__map_builder *b, const omni__json *value,
                       omni__map_column **out);

/* A part of all rows: a string, or rules. */
omni_status
omni__map_read_part(omni__map_builder *b, const omni__json *value,
                    omni__map_part part);

/* Rules that skip rows. */
omni_status
omni__map_read_skips(omni__map_builder *b, const omni__json *value);

#endif
