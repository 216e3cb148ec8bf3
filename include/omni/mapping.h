/**
   @file mapping.h  What the columns of a table say, and events out of its rows.

   A mapping is a JSON document. It says of each column what it is (a name of
   somebody, a trait, a property, the time …), what all rows have in common
   (event, channel, currency …), and which rows are skipped:

       {"columns": {"Customer": "namespace:user_id",
                    "Email": ["namespace:email", "trait:email"],
                    "Date": {"time": "%d.%m.%Y %H:%M", "zone": "+01:00"},
                    "Total": {"property": "revenue", "type": "number"},
                    "Receipt": "event_id"},
        "event": "Order Completed",
        "properties": {"currency": "CHF"},
        "skip": [{"when": {"Customer": {"empty": true}},
                  "reason": "no customer"}]}

   docs/guide/import.md describes it, docs/mapping.schema.json is its JSON
   Schema. Reading the table itself (CSV, a database, a spreadsheet) is the
   caller's: rows come as fields.
*/
#ifndef OMNI_MAPPING_H
#define OMNI_MAPPING_H

#include "omni/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A mapping, and the table it is bound to. One thread at a time. */
typedef struct omni_mapping omni_mapping;

/**
   Read a mapping. Any thread.

   @param json        A JSON document in UTF-8; `{}` is a mapping that
                      omni_mapping_add() fills.
   @param size_bytes  Bytes in `json`.
   @param hooks       Its allocator is used, nothing else; NULL for the
                      library's own. Copied.
   @param[out] out    Free with omni_mapping_free(). Untouched on failure.
   @param[out] error  Names the place in the document, such as
                      `columns.Date.time: …`; may be NULL.
   @return OMNI_OK; OMNI_ERR_SYNTAX; OMNI_ERR_LIMIT; OMNI_ERR_NO_MEMORY;
           OMNI_ERR_ARGUMENT for hooks of a wrong size.
   @since 0.1
*/
OMNI_API omni_status
omni_mapping_parse(const char *json, size_t size_bytes, const omni_hooks *hooks,
                   omni_mapping **out, omni_error *error);

/**
   Forget a mapping.

   @param mapping NULL is allowed.
   @since 0.1
*/
OMNI_API void
omni_mapping_free(omni_mapping *mapping);

/**
   Say in short what a column is, as on a command line.

   @param mapping     Not bound yet, or to be bound again.
   @param text        `COLUMN=ROLE`, where ROLE is `namespace:NAMESPACE`,
                      `trait:NAME`, `property:NAME`, either with `:TYPE`
                      behind it, `time` or `time:FORM`, `event`, `event_id`,
                      `type`, `channel`, `source`, `group_id`, `previous_id`
                      or `ignore`. What the mapping says already stays. Or
                      `=event:NAME`, `=channel:NAME`, `=source:NAME`,
                      `=type:TYPE` for what is the same in every row.
   @param[out] error  Detail; may be NULL.
   @return OMNI_OK; OMNI_ERR_SYNTAX; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_mapping_add(omni_mapping *mapping, const char *text, omni_error *error);

/** How the table is written, as far as a mapping says so. */
typedef struct omni_table_form {
    size_t size;        /**< Set by the caller: sizeof(omni_table_form). */
    char delimiter;     /**< 0: not said. */
    char quote;         /**< 0: not said. */
    bool no_header;     /**< The first row is data; columns are "1", "2", … */
    omni_text encoding; /**< Empty: not said. Borrowed from the mapping. */
} omni_table_form;

/**
   How a mapping says that the table is written (its member `csv`).

   @param mapping   A mapping.
   @param[out] form Set `size` first.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if `size` is not set.
   @since 0.1
*/
OMNI_API omni_status
omni_mapping_form(const omni_mapping *mapping, omni_table_form *form);

/**
   Bind a mapping to the columns of a table; again for the next table.

   @param mapping     The mapping.
   @param columns     Names from the table's header; NULL if it has none: the
                      columns are then called "1", "2", …
   @param count       Number of columns.
   @param[out] error  Names what is missing or doubtful; may be NULL.
   @return OMNI_OK; OMNI_ERR_ARGUMENT if the table lacks a column that the
           mapping speaks of, has it twice, has no columns or too many, or one
           whose name is not UTF-8, or if no event can come out of the mapping;
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_mapping_bind(omni_mapping *mapping, const omni_text *columns, size_t count,
                  omni_error *error);

/**
   Whether a bound mapping speaks of a column, be it to ignore it.

   @param mapping A bound mapping.
   @param column  Number of a column of the table, from 0.
   @return True if it does.
   @since 0.1
*/
OMNI_API bool
omni_mapping_uses(const omni_mapping *mapping, size_t column);

/** Rows that one rule of a mapping skipped. */
typedef struct omni_skipped {
    omni_text reason; /**< Of the rule; borrowed from the mapping. */
    uint64_t count;   /**< Rows since the mapping was parsed. */
} omni_skipped;

/**
   How many rows each rule of `skip` skipped.

   @param mapping   A mapping.
   @param rule      Number of the rule, from 0.
   @param[out] out  The counts. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END if there is no such rule.
   @since 0.1
*/
OMNI_API omni_status
omni_mapping_skipped(const omni_mapping *mapping, size_t rule,
                     omni_skipped *out);

/** A row of a table. Zero-filled members are absent. */
typedef struct omni_row {
    size_t size;             /**< sizeof(omni_row). */
    const omni_text *fields; /**< In the order of the table's columns. */
    size_t field_count;      /**< As many as the table has columns. */
    uint64_t line;     /**< Where it begins in its input, from 1; 0: the line
                          after the last one. */
    const char *fault; /**< Why it could not be read; it is refused then. */
} omni_row;

/**
   Prepare the event that a row of a table is.

   A row that makes no event (too few or too many fields, a number that is
   none, no identifier …) is counted and kept in the refused log with a reason
   that names the column. A row that a rule of the mapping skips is counted as
   skipped and not kept.

   @param batch   The batch.
   @param import  What the row belongs to; NULL: the batch is an import of its
                  own.
   @param mapping Bound to the table.
   @param row     Copied.
   @return OMNI_OK (a refused or skipped row too: it is counted);
           OMNI_ERR_LIMIT if the batch is full and should be committed first;
           OMNI_ERR_ARGUMENT if `size` is not set or the mapping not bound;
           OMNI_ERR_NO_MEMORY. Where `import` rehearses, also OMNI_END if its
           callback ended it, OMNI_ERR_CORRUPT, OMNI_ERR_IO.
   @since 0.1
*/
OMNI_API omni_status
omni_batch_add_row(omni_batch *batch, omni_import *import,
                   omni_mapping *mapping, const omni_row *row);

#ifdef __cplusplus
}
#endif

#endif
