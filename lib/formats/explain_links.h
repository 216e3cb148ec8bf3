/*
   Every link and statement of a profile, or of one of its identifiers: what
   joins it, what was passed over, and what is held apart.
*/
#ifndef OMNI__FORMATS_EXPLAIN_LINKS_H
#define OMNI__FORMATS_EXPLAIN_LINKS_H

#include "formats/explain_link.h"

/* A link, not yet put into words. */
typedef struct omni__neighbour {
    const omni__node *node;    /* a member */
    const omni__node *other;   /* NULL where no event knows it */
    omni_identifier_text name; /* of the other */
    uint8_t kind;              /* omni_link_kind */
    uint8_t state;             /* omni_link_state */
    bool cut;
    int64_t time_us;           /* if observed */
    omni__statement statement; /* unless observed */
    const omni__held *held;    /* if held */
    const omni_link *shown;    /* if waiting: its name is in the fact alone */
} omni__neighbour;

typedef struct omni__neighbours {
    omni__neighbour *list; /* by the names of both, then by kind */
    size_t count;
    size_t capacity;
} omni__neighbours;

/* Find those of the members, or of `only` one of them (NULL: of all, each
   once). What is found lives as long as the explainer and its arena. End with
   omni__neighbours_free() in any case. */
omni_status
omni__neighbours_find(omni__explainer *explainer, const omni__members *members,
                      const omni__node *only, omni__neighbours *out);

void
omni__neighbours_free(const omni__explainer *explainer,
                      omni__neighbours *neighbours);

/* Put the first `count` of them into words, in the source's arena. */
omni_status
omni__neighbours_show(omni__explainer *explainer,
                      const omni__neighbours *neighbours, size_t count,
                      const omni_link **out);

#endif
