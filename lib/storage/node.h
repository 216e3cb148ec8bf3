/*
   The row of a node (one identifier): who it is, when and where it was seen,
   which profile it is in; and the sections that other rooms keep in it as
   bytes of their own, so that one event touches one row per identifier and a
   profile is read with one look-up per member.
*/
#ifndef OMNI__STORAGE_NODE_H
#define OMNI__STORAGE_NODE_H

#include "platform/arena.h"
#include "storage/view.h"

/* So many are read at once. */
#define OMNI__NODES_FEW 16u

typedef enum omni__section {
    OMNI__SECTION_CHANNELS = 0, /* words, sorted */
    OMNI__SECTION_LINKS = 1,    /* identity/links.h */
    OMNI__SECTION_MEMBERS = 2,  /* of the profile, in the row of its head */
    OMNI__SECTION_FIGURES = 3,  /* events/figures.h */
    OMNI__SECTION_TRAITS = 4,   /* profile/traits.h */
    OMNI__SECTION_ENTRIES = 5,  /* events/entries.h */
    OMNI__SECTION_SEGMENTS = 6, /* in the row of a head: segments/standing.h */
    OMNI__SECTION_COUNT = 7
} omni__section;

typedef enum omni__node_flag {
    OMNI__NODE_GENERIC = 1,    /* I6: its observed links are held apart */
    OMNI__NODE_STATED = 2,     /* statements name it */
    OMNI__NODE_SKEWED = 4,     /* has rows in SKEW */
    OMNI__NODE_LINKS_OUT = 8,  /* its links are rows of LINK */
    OMNI__NODE_CONTESTED = 16, /* I9: its events are attributed by time */
    OMNI__NODE_SIGNED_OUT = 32 /* of a device: an event `Signed Out` has it */
} omni__node_flag;

typedef struct omni__node {
    omni_id id;
    omni_id head; /* the member that names the profile; often itself */
    uint8_t flags;
    omni__slice ns;
    omni__slice value;
    int64_t first_us;
    int64_t last_us;
    omni__slice sections[OMNI__SECTION_COUNT];
} omni__node;

static inline bool
omni__node_is_head(const omni__node *node)
{
    return omni__id_equal(&node->id, &node->head);
}

void
omni__node_encode(const omni__node *node, omni__buffer *out);

/* Borrows from `row`. OMNI_ERR_CORRUPT if malformed. */
omni_status
omni__node_decode(const omni_id *id, omni__slice row, omni__node *out);

/* Read a node; OMNI_NOT_FOUND. Borrows what the view lends. */
omni_status
omni__node_read(const omni__view *view, const omni_id *id, omni__node *out);

/* Read several nodes, in less time than one by one: each by the id that is in
   it. OMNI_NOT_FOUND if some are: instead of these there is NULL then. */
omni_status
omni__nodes_read(const omni__view *view, omni__node **nodes, size_t count);

/* Take a channel out of CHANNELS, if it is there. */
omni_status
omni__node_remove_channel(omni__node *node, omni__slice channel,
                          omni__arena *arena);

/* Note a channel in CHANNELS, kept sorted; memory from the arena. */
omni_status
omni__node_add_channel(omni__node *node, omni__slice channel,
                       omni__arena *arena);

#endif
