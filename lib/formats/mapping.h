/*
   What the columns of a table say. A mapping is parsed once, bound to the
   header of a table, and then makes a record of each row.
*/
#ifndef OMNI__FORMATS_MAPPING_H
#define OMNI__FORMATS_MAPPING_H

#include "events/record.h"
#include "omni/mapping.h"
#include "platform/arena.h"
#include "platform/error.h"

/* Words in a list. */
typedef struct omni__map_word {
    struct omni__map_word *next;
    omni__slice text;
} omni__map_word;

/* A column that the mapping speaks of, and its field in the row at hand. */
typedef struct omni__map_column {
    struct omni__map_column *next; /* by name */
    omni__slice name;
    const char *label; /* its name as a short JSON string, for reasons */
    uint8_t decimal;   /* point of its numbers; 0: the mapping's */
    uint8_t thousands; /* mark between their thousands; 0: the mapping's */
    bool said;         /* stands in `columns`, or was added */
    const omni__map_word *missing;
    size_t index;      /* in the bound table */
    omni__slice field; /* of the row: trimmed, empty where missing */
} omni__map_column;

/* What a field becomes. */
typedef enum omni__map_type {
    OMNI__MAP_TEXT,
    OMNI__MAP_NUMBER,
    OMNI__MAP_INTEGER,
    OMNI__MAP_BOOLEAN,
    OMNI__MAP_JSON,
    OMNI__MAP_DATE,
    OMNI__MAP_TYPES
} omni__map_type;

/* Single parts of an event that a column may give, or all rows share. */
typedef enum omni__map_part {
    OMNI__MAP_CHANNEL,
    OMNI__MAP_EVENT,
    OMNI__MAP_SOURCE,
    OMNI__MAP_KIND, /* `type` */
    OMNI__MAP_RULED,
    OMNI__MAP_GROUP_ID = OMNI__MAP_RULED, /* these by columns alone */
    OMNI__MAP_PREVIOUS_ID,
    OMNI__MAP_TIME,
    OMNI__MAP_ORIGINAL_TIME,
    OMNI__MAP_PARTS
} omni__map_part;

/* How a field is read: for identifiers, members and times. */
typedef struct omni__map_reading {
    omni__map_type type;
    omni__slice form; /* of a time or date */
    bool has_zone;
    int32_t zone_s; /* where a time says none of its own */
} omni__map_reading;

/* A column that names somebody. */
typedef struct omni__map_name {
    struct omni__map_name *next; /* in the order of the document */
    omni__map_column *column;
    omni__slice ns;
    omni__map_reading reading;
} omni__map_name;

/* A factor of a product: a column, or a number. */
typedef struct omni__map_factor {
    struct omni__map_factor *next;
    omni__map_column *column;
    omni__slice number;
} omni__map_factor;

/* A trait or property: from a column, a product, or the same in all rows. */
typedef struct omni__map_member {
    struct omni__map_member *next; /* by key */
    omni__slice key;
    omni__slice key_json; /* `"key":` */
    omni__map_column *column;
    omni__map_reading reading;
    const omni__map_factor *factors;
    omni__slice constant; /* canonical JSON */
} omni__map_member;

typedef enum omni__map_test_kind {
    OMNI__MAP_EQUALS,
    OMNI__MAP_ONE_OF,
    OMNI__MAP_PREFIX,
    OMNI__MAP_EMPTY,
    OMNI__MAP_ABOVE,
    OMNI__MAP_AT_LEAST,
    OMNI__MAP_BELOW,
    OMNI__MAP_AT_MOST,
    OMNI__MAP_NOT,   /* not all of `inner` */
    OMNI__MAP_FILLED /* "empty": false */
} omni__map_test_kind;

/* A test of a field. */
typedef struct omni__map_test {
    struct omni__map_test *next; /* all of a list have to hold */
    omni__map_test_kind kind;
    omni__map_column *column;
    const omni__map_word *words;
    omni__slice number;
    const struct omni__map_test *inner;
} omni__map_test;

/* A value where all tests hold; of a rule to skip, the reason. */
typedef struct omni__map_rule {
    struct omni__map_rule *next;
    const omni__map_test *tests;
    omni__slice value;
    uint64_t count; /* rows it skipped */
} omni__map_rule;

/* A single part of the event. */
typedef struct omni__map_source {
    omni__map_column *column; /* its field, where it is not missing */
    omni__map_reading reading;
    omni__map_rule *rules; /* else the first that applies */
} omni__map_source;

struct omni_mapping {
    omni__alloc memory; /* a copy of the caller's */
    const omni__alloc *alloc;
    omni__arena arena;
    omni__map_column *columns;
    omni__map_name *names;
    omni__map_member *traits;
    omni__map_member *properties;
    omni__map_source parts[OMNI__MAP_PARTS];
    omni__map_rule *skips;
    omni__map_word *missing;
    omni__map_factor *event_id; /* columns, in order */
    bool has_time;              /* the same in all rows */
    int64_t time_us;
    int32_t zone_s;
    uint8_t decimal;
    uint8_t thousands;
    omni_table_form form;
    /* The table that it is bound to. */
    omni__arena bound;
    bool *used;
    omni__slice *header;
    size_t column_count; /* 0: not bound */
};

/* As the public calls, with an allocator. */
omni_status
omni__mapping_parse(const omni__alloc *alloc, omni__slice json,
                    omni_mapping **out, omni_error *error);

omni_status
omni__mapping_add(omni_mapping *mapping, omni__slice text, omni_error *error);

void
omni__mapping_free(omni_mapping *mapping);

omni_status
omni__mapping_bind(omni_mapping *mapping, const omni_text *columns,
                   size_t count, omni_error *error);

/*
   Make a record of a row; it borrows from row, mapping and arena. Exactly one
   holds then: `*skip` is the rule that skips it, `refusal->code` says why it
   cannot be taken, or `out` is set. OMNI_ERR_NO_MEMORY.
*/
omni_status
omni__mapping_read(omni_mapping *mapping, const omni_row *row,
                   omni__arena *arena, omni__record *out,
                   omni__refusal *refusal, omni__map_rule **skip);

/* A row as JSON for the refused log: an object of the fields that the table
   has names for, cut where it is long. Empty without memory. */
omni__slice
omni__mapping_show(const omni_mapping *mapping, const omni_row *row,
                   omni__arena *arena);

#endif
