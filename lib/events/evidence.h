/*
   Which event shows something: that an identifier was seen, or two of them
   together. Found through the entries of nodes (E1).
*/
#ifndef OMNI__EVENTS_EVIDENCE_H
#define OMNI__EVENTS_EVIDENCE_H

#include "events/copy.h"
#include "identity/policy.h"

typedef struct omni__evidence {
    const omni__view *view;
    omni__log *log;
    const omni__secret *secret;
    const omni__policy *policy;
    const omni__alloc *alloc;
} omni__evidence;

/*
   The first event (F6) by which `a` was seen at `time_us`, or by which `a` and
   `b` (NULL: `a` alone) were observed as linked. Each copy of an event speaks
   for itself (F7): `out` is the copy of that time. Borrowed from the log, where
   its body is at `*position`. OMNI_ERR_CORRUPT if there is none.
*/
omni_status
omni__evidence_find(const omni__evidence *evidence, const omni__node *a,
                    const omni__node *b, int64_t time_us, omni__event_body *out,
                    uint64_t *position);

/* The same at the earliest time at which there is one; OMNI_NOT_FOUND if there
   is none at all. */
omni_status
omni__evidence_first(const omni__evidence *evidence, const omni__node *a,
                     const omni__node *b, omni__event_body *out);

#endif
