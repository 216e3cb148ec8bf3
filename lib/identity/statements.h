/*
   Statements about two nodes: `link` and `part` facts, and the links that an
   alias event states. Kept at both nodes, in the order of F6; of a pair the
   latest is in force.

   Of copies of an alias event one speaks for it. What the others state has rows
   of its own, from which nothing follows now; but as of an instant before the
   one that speaks, another one does.
*/
#ifndef OMNI__IDENTITY_STATEMENTS_H
#define OMNI__IDENTITY_STATEMENTS_H

#include "storage/workset.h"

typedef enum omni__statement_kind {
    OMNI__STATEMENT_LINK = 0,
    OMNI__STATEMENT_PART = 1,
    OMNI__STATEMENT_ALIAS = 2, /* a link that comes and goes with its event */
    OMNI__STATEMENT_UNSAID = 3 /* by a copy that does not speak for it */
} omni__statement_kind;

typedef struct omni__statement {
    omni_id a;
    omni_id b;
    uint8_t kind;
    int64_t time_us;
    /* What orders statements of one time: bytes as they stand in the key. An
       alias comes before a fact; then by event and content hash, or by HLC,
       replica and sequence. */
    uint8_t order[OMNI__STATEMENT_ORDER_SIZE];
    uint64_t position; /* of its body in the log */
} omni__statement;

/* Set `order` of a fact's statement, or of an alias event's. */
void
omni__statement_order_fact(omni__statement *statement, uint64_t hlc,
                           const uint8_t replica[16], uint64_t sequence);

void
omni__statement_order_alias(omni__statement *statement, uint64_t event_hash,
                            uint64_t content_hash, int64_t instant_us);

/* The id of the fact that a statement is; `record` are the bytes at
   its position.
   OMNI_ERR_CORRUPT if no body is there. */
omni_status
omni__statement_fact(const omni__statement *statement, omni__slice record,
                     omni_fact_id *out);

omni_status
omni__statement_put(omni__workset *set, const omni__statement *statement);

omni_status
omni__statement_remove(omni__workset *set, const omni__statement *statement);

/* All statements that name a node, by the other node and then by order; or
   what is unsaid of it, as `table` says. */
omni_status
omni__statements_read(const omni__view *view, omni__table table,
                      const omni_id *node, omni__arena *arena,
                      omni__statement **out, size_t *count);

/* How many identifiers that events know a node has alias links to, in force or
   overruled; no further than to `enough`. */
omni_status
omni__statements_aliases(const omni__view *view, const omni_id *node,
                         uint64_t enough, uint64_t *out);

/* The latest statement on a pair: OMNI_NOT_FOUND if there is none. */
omni_status
omni__statement_latest(const omni__view *view, const omni_id *a,
                       const omni_id *b, omni__statement *out);

#endif
