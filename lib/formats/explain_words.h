/* Explanations as sentences: exact, of one line, the same everywhere. */
#ifndef OMNI__FORMATS_EXPLAIN_WORDS_H
#define OMNI__FORMATS_EXPLAIN_WORDS_H

#include "formats/explain_link.h"

/* Why a link is held apart: its `because`. */
omni_status
omni__words_held(omni__explainer *explainer, const omni__held *held,
                 omni_link *link);

/* That a statement keeps its two apart, or two others than `link` is about. */
omni_status
omni__words_parted(const omni__explainer *explainer, const omni_link *part,
                   const omni_link *link, omni_text *out);

/* That no event names the other end. */
omni_status
omni__words_waiting(const omni__explainer *explainer, omni_link *link);

/* Why a link was passed over, whose ends are one profile all the same; `cut`
   as the link's own. Sets `rule` too, where the graph tells it. */
omni_status
omni__words_passed(omni__explainer *explainer, const omni__node *a,
                   const omni__node *b, bool cut, omni_link *link);

/* What a generic identifier is seen with. */
omni_status
omni__words_generic(const omni__explainer *explainer, const omni__node *node,
                    omni_text *out);

/* Why a profile is named after its head. */
omni_status
omni__words_named(const omni__explainer *explainer,
                  const omni__members *members, omni_text *out);

/* The answer in short. */
omni_status
omni__words_summary(const omni__explainer *explainer,
                    const omni_explanation *explanation, omni_text *out);

#endif
