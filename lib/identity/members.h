/*
   A profile as a whole: its nodes, how many there are of each namespace, and
   the statements in force that name them.
*/
#ifndef OMNI__IDENTITY_MEMBERS_H
#define OMNI__IDENTITY_MEMBERS_H

#include "identity/links.h"
#include "identity/statements.h"

/* A profile as its nodes, head first. */
typedef struct omni__members {
    omni__node *nodes;
    size_t count;
} omni__members;

/* Read the profile that a node belongs to; borrows what the view lends. */
omni_status
omni__members_read(const omni__view *view, const omni__node *node,
                   omni__arena *arena, omni__members *out);

/* What the rules of I7 ask of a profile: sizes. */
typedef struct omni__summary {
    omni_id head;
    uint64_t size;            /* members */
    omni__link_count *counts; /* of each namespace, sorted */
    size_t count;
} omni__summary;

/* Of members that were read. */
omni_status
omni__summary_of(const omni__members *members, omni__arena *arena,
                 omni__summary *out);

/* How many of a namespace. */
uint64_t
omni__summary_count(const omni__summary *summary, omni__slice ns);

/*
   Summaries of large profiles, kept while one profile after the other is
   looked at: a neighbour of many is read once, and not once for each. Bounded
   in number; all over one view, which must not change.
*/
typedef struct omni__summaries {
    const omni__alloc *alloc;
    omni__summary **slots; /* by a part of the head's id; made when needed */
} omni__summaries;

/* Cannot fail. */
void
omni__summaries_init(omni__summaries *summaries, const omni__alloc *alloc);

void
omni__summaries_free(omni__summaries *summaries);

/* The summary of the profile that a node belongs to: kept, or read into the
   arena. `summaries` may be NULL. */
omni_status
omni__summary_read(omni__summaries *summaries, const omni__view *view,
                   const omni__node *node, omni__arena *arena,
                   omni__summary *out);

/* A statement in force on a member of a profile and somebody. */
typedef struct omni__stated {
    const omni__node *member;
    omni__statement statement; /* a: the member */
    bool known;                /* events know the other end */
    omni__node other;          /* if so */
} omni__stated;

/* All statements in force on the members of a profile, by other profile: those
   whose other end nobody knows come last. One within the profile is there from
   both ends. */
omni_status
omni__stated_read(const omni__view *view, const omni__members *members,
                  omni__arena *arena, omni__stated **out, size_t *count);

/* By namespace, then value. */
static inline int
omni__node_compare(const omni__node *a, const omni__node *b)
{
    const int order = omni__slice_compare(a->ns, b->ns);
    return order != 0 ? order : omni__slice_compare(a->value, b->value);
}

#endif
