/*
   Links as people are told of them: both identifiers, what the link rests on,
   and in words why it does not join.
*/
#ifndef OMNI__FORMATS_EXPLAIN_LINK_H
#define OMNI__FORMATS_EXPLAIN_LINK_H

#include "events/evidence.h"
#include "identity/chain.h"
#include "identity/held.h"
#include "profile/view.h"

/* What explains: a source, and what was resolved for it. */
typedef struct omni__explainer {
    const omni__profile_source *source;
    omni__component component; /* that the question is about */
    bool resolved;
} omni__explainer;

/* Resolve around a node, if that was not done. */
omni_status
omni__explainer_resolve(omni__explainer *explainer, const omni_id *node);

void
omni__explainer_end(omni__explainer *explainer);

/* An identifier as it is shown. */
static inline omni_identifier_text
omni__identifier_text(const omni__node *node)
{
    return (omni_identifier_text){.ns = omni__text_of(node->ns),
                                  .value = omni__text_of(node->value)};
}

/* "person", "device" or "shared". */
omni_text
omni__explain_class(const omni__explainer *explainer, omni_text ns);

/* What an event is shown by. */
typedef struct omni__event_text {
    omni_text name;
    omni_text id;
    omni_text channel;
    omni_text source;
} omni__event_text;

/* The first event by which an identifier was seen. */
omni_status
omni__explain_sight(const omni__explainer *explainer, const omni__node *node,
                    omni__event_text *out);

/* An observed link: accepted, unless the caller knows better. */
omni_status
omni__explain_observed(const omni__explainer *explainer, const omni__node *a,
                       const omni__node *b, int64_t time_us, omni_link *out);

/* A statement in force on `a`; `b` is NULL where no event knows the other. */
omni_status
omni__explain_stated(const omni__explainer *explainer, const omni__node *a,
                     const omni__statement *statement, const omni__node *b,
                     omni_link *out);

/* A link that is held apart. */
omni_status
omni__explain_held(omni__explainer *explainer, const omni__held *held,
                   omni_link *out);

#endif
