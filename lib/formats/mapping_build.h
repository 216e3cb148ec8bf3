/* Filling a mapping; shared by its JSON and its short text form. */
#ifndef OMNI__FORMATS_MAPPING_BUILD_H
#define OMNI__FORMATS_MAPPING_BUILD_H

#include "codec/json.h"
#include "formats/mapping.h"

#define OMNI__MAP_PATH 160

/* A mapping being filled, and where in its document one is. */
typedef struct omni__map_builder {
    omni_mapping *mapping;
    omni_error *error;
    char path[OMNI__MAP_PATH];
    size_t path_size;
} omni__map_builder;

/* Go into a member; returns what omni__map_leave() wants. */
size_t
omni__map_enter(omni__map_builder *b, omni__slice member);

void
omni__map_leave(omni__map_builder *b, size_t mark);

/* Say what is wrong at the place where one is; OMNI_ERR_SYNTAX. */
omni_status
omni__map_wrong(omni__map_builder *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say that a word is none of some; with what it may have been meant for. */
omni_status
omni__map_unknown(omni__map_builder *b, const char *what, omni__slice word,
                  const char *const *known, size_t count);

/* Zeroed memory of the mapping; NULL with the error set. */
void *
omni__map_get(omni__map_builder *b, size_t size);

/* A copy of text that lives as long as the mapping; `ok` false without
   memory. */
omni_status
omni__map_copy(omni__map_builder *b, omni__slice text, omni__slice *out);

/* The column of a name, made if it is new. */
omni_status
omni__map_column_of(omni__map_builder *b, omni__slice name,
                    omni__map_column **out);

/* Roles of a column. */
omni_status
omni__map_add_name(omni__map_builder *b, omni__map_column *column,
                   omni__slice ns, const omni__map_reading *reading);

omni_status
omni__map_add_part(omni__map_builder *b, omni__map_column *column,
                   omni__map_part part, const omni__map_reading *reading);

omni_status
omni__map_add_event_id(omni__map_builder *b, omni__map_column *column);

/* A trait or property under its key, to be filled. */
omni_status
omni__map_add_member(omni__map_builder *b, omni__map_member **list,
                     omni__slice key, omni__map_member **out);

/* What all rows have in common. */
omni_status
omni__map_add_constant(omni__map_builder *b, omni__map_part part,
                       omni__slice value);

/* Check a value of a part: its size, or that it is a type word. */
omni_status
omni__map_check_part(omni__map_builder *b, omni__map_part part,
                     omni__slice value);

/* Check a form of times and keep it. */
omni_status
omni__map_form(omni__map_builder *b, omni__slice form, omni__slice *out);

/* A type by its word. */
omni_status
omni__map_type_of(omni__map_builder *b, omni__slice word, omni__map_type *out);

/* A role in short form. */
omni_status
omni__map_add_short(omni__map_builder *b, omni__map_column *column,
                    omni__slice role);

/* Words of types, of parts, and of events' types. */
extern const char *const omni__map_types[OMNI__MAP_TYPES];
extern const char *const omni__map_parts[OMNI__MAP_PARTS];
extern const char *const omni__map_kinds[6];

#endif
