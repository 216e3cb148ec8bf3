/*
   One profile, as segments see it: its nodes on the writer's view in a fold
   or on a snapshot, and what of them was decoded. Several segments evaluated
   on one subject share that.
*/
#ifndef OMNI__SEGMENTS_SUBJECT_H
#define OMNI__SEGMENTS_SUBJECT_H

#include "codec/keyed.h"
#include "events/figures.h"
#include "events/recent.h"
#include "log/log.h"
#include "profile/traits.h"
#include "segments/program.h"

/* A segment by its name; NULL: there is none. */
typedef const omni__segment *(*omni__segment_lookup)(void *user,
                                                     omni__slice name);

/* How many names of events a subject has figures of at hand. */
#define OMNI__SUBJECT_NAMES 32u

/* The figures of a name. */
typedef struct omni__named_figures {
    omni__slice name;
    omni__figure *list;
    size_t count;
    omni__recent *recent; /* of those nodes; NULL: not read yet */
} omni__named_figures;

typedef struct omni__subject {
    const omni__view *view;
    omni__log *log;
    const omni__secret *secret;
    const omni__policy *policy; /* by which the view's rows are made */
    const omni__node *nodes;    /* head first */
    size_t count;
    omni__arena *arena;          /* the caller resets it between profiles */
    omni__segment_lookup lookup; /* may be NULL: no segment has a name */
    void *user;

    /* What was decoded: zero to begin with. */
    bool has_traits;
    bool has_recent;
    omni__named_figures names[OMNI__SUBJECT_NAMES]; /* the last asked for */
    size_t name_count;
    omni__trait *traits; /* omni__traits_collect() */
    size_t trait_count;
    omni__recent recent;
} omni__subject;

/* As omni_membership. */
typedef enum omni__membership {
    OMNI__NOT_MEMBER = 0,
    OMNI__MEMBER = 1,
    OMNI__MEMBERSHIP_ERROR = 2
} omni__membership;

/* Without a new fact, everything that was read is the same in [since, until);
   INT64_MIN and INT64_MAX: for ever. */
typedef struct omni__segment_answer {
    uint8_t membership; /* omni__membership */
    int64_t since_us;
    int64_t until_us;
    /* Later, if nothing is known to turn at `until_us`, but the answer is to be
       looked at again: the next instant at which something is known to. */
    int64_t exact_until_us;
    const char *message; /* of an error; in the arena */
    uint32_t offset;     /* bytes of the text that it is about */
    uint32_t end;
} omni__segment_answer;

/* Whether the profile is in the segment at an instant. An error of the
   evaluation is an answer; the status tells faults alone. */
omni_status
omni__segment_evaluate(const omni__segment *segment, omni__subject *subject,
                       int64_t now_us, omni__segment_answer *out);

/* All events of the profile, newest first; reads as far back as it is asked
   to. */
omni_status
omni__subject_recent(omni__subject *subject, omni__recent **out);

/* Those of the nodes that have events of a name, and so among others those. */
omni_status
omni__subject_recent_of(omni__subject *subject, omni__slice name,
                        omni__recent **out);

/* Events of one name that are not before `since_us` (INT64_MIN: all), in the
   order of time, in the arena. */
omni_status
omni__subject_events(omni__subject *subject, omni__slice name, int64_t since_us,
                     const omni__entry ***out, size_t *count);

/* The figures of a name, one for each node that has it; `*count` may be 0. */
omni_status
omni__subject_figures(omni__subject *subject, omni__slice name,
                      const omni__figure **out, size_t *count);

#endif
