/*
   A definition of a segment, compiled: a CEL expression bound to what a
   profile has. Immutable, and so shared by threads.
*/
#ifndef OMNI__SEGMENTS_PROGRAM_H
#define OMNI__SEGMENTS_PROGRAM_H

#include "cel/node.h"

/* The definition's text may have so many bytes, and its evaluation so many
   steps at worst (S1). */
#define OMNI__SEGMENT_TEXT_MAX 65536u
#define OMNI__SEGMENT_BUDGET UINT64_C(1000000)

/*
   What GLOBAL nodes stand for, by their `slot`. A trait that is named by a
   literal becomes a variable of its own, so that only it is read: from TRAIT
   on, two for each of `reads.traits`, its value and whether it is there.
   Such a node keeps its name, and in `a` the node of `traits`.
*/
typedef enum omni__segment_variable {
    OMNI__SEGMENT_FIRST_SEEN,
    OMNI__SEGMENT_ID,
    OMNI__SEGMENT_IDENTIFIERS,
    OMNI__SEGMENT_LAST_SEEN,
    OMNI__SEGMENT_NOW,
    OMNI__SEGMENT_PROFILE,
    OMNI__SEGMENT_TRAITS,
    OMNI__SEGMENT_TRAIT
} omni__segment_variable;

typedef struct omni__segment omni__segment;

/*
   Compile. What is constant in it (days(30), timestamp("…")) becomes a LITERAL.
   OMNI_ERR_SYNTAX and OMNI_ERR_LIMIT name the place, with line and caret;
   OMNI_ERR_NO_MEMORY.
*/
omni_status
omni__segment_compile(const omni__alloc *alloc, omni__slice text,
                      omni__segment **out, omni_error *error);

/* NULL is allowed. */
void
omni__segment_free(omni__segment *segment);

omni__slice
omni__segment_text(const omni__segment *segment);

/* The tree, for whoever plans. */
const omni__cel_node *
omni__segment_root(const omni__segment *segment);

/* How many values an evaluation of it holds at once. */
uint32_t
omni__segment_slots(const omni__segment *segment);

/* What it reads, so that only what changed is evaluated again. Names are
   sorted by their bytes. */
typedef struct omni__segment_reads {
    bool identity;   /* profile.id, .identifiers, profile as a whole */
    bool first_seen; /* and profile as a whole */
    bool any_event;  /* a name that is no literal, events.channels(), … */
    bool last_seen;  /* likewise */
    bool any_trait;  /* traits as a whole, traits[expression] */
    bool grows;      /* while other facts are the same, an event more whose
                        amount is not negative does not make false what is
                        true */
    const omni__slice *events;
    const int64_t *lengths_us; /* of each: of the longest window in which such
                                  events are read; INT64_MAX: all there are */
    size_t event_count;
    const omni__slice *channels; /* "web" in events.channels(…) */
    size_t channel_count;
    bool windows; /* of channels are read */
    const omni__slice *traits;
    size_t trait_count;
    const omni__slice *segments; /* segment(name): names are literals */
    size_t segment_count;
} omni__segment_reads;

const omni__segment_reads *
omni__segment_reads_of(const omni__segment *segment);

#endif
