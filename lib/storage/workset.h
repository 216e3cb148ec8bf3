/*
   The nodes that a fold is working on: read once, changed in memory, written
   back together in key order before the fold is published.
*/
#ifndef OMNI__STORAGE_WORKSET_H
#define OMNI__STORAGE_WORKSET_H

#include "storage/node.h"
#include "storage/raw_known.h"
#include "storage/touched.h"

typedef struct omni__work_node omni__work_node;

struct omni__work_node {
    omni__node node;
    bool dirty;     /* differs from its row */
    bool is_seed;   /* see omni__workset_seed() */
    bool crowded;   /* has more alias links than count */
    bool gone;      /* no event carries it any more: its row goes */
    bool listed;    /* among those that changed */
    bool fresh;     /* added since the segments were last looked at */
    bool moved;     /* among those that moved; its profile was `was` */
    uint32_t born;  /* the round in which it was added; 0: before the set */
    uint32_t step;  /* its last one in this round, from 1 */
    bool added;     /* since components were last resolved */
    uint32_t mark;  /* for walks over the graph: see omni__workset_mark() */
    uint32_t index; /* in the graph of the walk that left its mark */
    uint32_t raw;   /* another mark, of raw components */
    uint32_t room[OMNI__SECTION_COUNT]; /* of sections that are the arena's */
    omni__work_node *next;              /* in its hash bucket */
    omni__work_node *next_seed;
    /* What changed of it since the segments were last looked at, as they are
       going to ask: a bit for each of them, by its number modulo 64. */
    uint64_t changed;
    uint64_t grown; /* likewise: events that were there by then were added */
    omni__work_node *next_changed;
    omni_id was;
    omni__work_node *next_moved;
    omni__work_node *next_turned;
};

/* A node came into another profile. */
typedef struct omni__node_step {
    omni_id head;
    bool gone;       /* or into none */
    uint32_t fact;   /* by which */
    uint32_t before; /* the step of the node before this one, from 1 */
} omni__node_step;

typedef struct omni__workset {
    omni__kv *kv;
    omni__view view;     /* the writer's */
    omni__arena arena;   /* of nodes and of section bytes */
    omni__arena scratch; /* of one fact's work; reset by the fold */
    omni__buffer bytes;  /* see omni__workset_buffer() */
    omni__work_node **buckets;
    size_t bucket_count;     /* a power of two */
    omni__work_node **nodes; /* in the order they came */
    size_t count;
    size_t capacity;
    uint32_t last_mark;
    omni__work_node *seeds;   /* last first */
    omni__work_node *changed; /* of segments' interest; likewise */
    omni__work_node *turned;  /* devices that are contested now, or no more */
    bool watched;             /* there are segments; else nothing is noted */
    bool shrunk;              /* links went since components were resolved */
    bool mixed;               /* or more happened than that links came */
    omni__raw_known known;    /* survives omni__workset_clear() */
    uint64_t identity;        /* segments that read identifiers */
    omni__touched touched;    /* blocks of the profiles that were written */
    /* Who went from one profile to another within a round, which is a group of
       facts. Round 0: nobody asks, and nothing is noted. */
    uint32_t round;
    uint32_t fact;          /* under way */
    uint64_t walked;        /* nodes that were resolved in this round */
    omni__work_node *moved; /* last first */
    omni__node_step *steps;
    size_t step_count;
    size_t step_capacity;
    bool step_lost; /* for want of memory */
} omni__workset;

/* Cannot fail; memory comes with the first node. */
void
omni__workset_init(omni__workset *set, omni__kv *kv, const omni__alloc *alloc);

void
omni__workset_free(omni__workset *set);

/* Forget all nodes; what was not written is lost. */
void
omni__workset_clear(omni__workset *set);

/* The node by id: OMNI_NOT_FOUND if no row has it, or if it is gone. */
omni_status
omni__workset_get(omni__workset *set, const omni_id *id, omni__work_node **out);

/* The same of several: NULL for those that are not found. */
omni_status
omni__workset_get_many(omni__workset *set, const omni_id *ids, size_t count,
                       omni__work_node **out);

/* The node by id if it is in the set; else NULL. */
omni__work_node *
omni__workset_find(const omni__workset *set, const omni_id *id);

/* The same, to look at: what is not in the set does not come into it. */
omni_status
omni__workset_read(const omni__workset *set, const omni_id *id,
                   omni__node *out);

/* The same of several nodes, each by the id that is in it. */
omni_status
omni__workset_read_many(const omni__workset *set, omni__node *nodes,
                        size_t count);

/* The same, as a copy of the node; `set` is the set. */
omni_status
omni__workset_node(void *set, const omni_id *id, omni__node *out);

/* Add a node that has no row, dirty, its own head; ns and value are copied. */
omni_status
omni__workset_add(omni__workset *set, const omni_id *id, omni__slice ns,
                  omni__slice value, omni__work_node **out);

/* Take a node out: it is not found any more, and its row is going to be
   deleted. It may be added again. */
void
omni__workset_drop(omni__workset *set, omni__work_node *node);

/* Begin a round: nobody has moved. */
void
omni__workset_round(omni__workset *set);

/* A node is about to come into the profile of `head`, or into none (NULL).
   Those that were added in this round were in none before, and do not count. */
void
omni__workset_step(omni__workset *set, omni__work_node *node,
                   const omni_id *head);

/* Whether a node is elsewhere than when the round began. */
static inline bool
omni__workset_moved(const omni__work_node *node)
{
    return node->moved &&
           (node->gone || !omni__id_equal(&node->was, &node->node.head));
}

/* The component of a node is to be resolved again. */
static inline void
omni__workset_seed(omni__workset *set, omni__work_node *node)
{
    if (!node->is_seed) {
        node->is_seed = true;
        node->next_seed = set->seeds;
        set->seeds = node;
    }
}

/* The segments are to look at a node. */
static inline void
omni__workset_list(omni__workset *set, omni__work_node *node)
{
    if (!node->listed) {
        node->listed = true;
        node->next_changed = set->changed;
        set->changed = node;
    }
}

/* Something changed that these segments read. */
static inline void
omni__workset_change(omni__workset *set, omni__work_node *node,
                     uint64_t segments)
{
    if (set->watched && segments != 0) {
        omni__workset_list(set, node);
        node->changed |= segments;
    }
}

/* So too, but no more than that events were added. */
static inline void
omni__workset_grow(omni__workset *set, omni__work_node *node, uint64_t segments)
{
    if (set->watched && segments != 0) {
        omni__workset_list(set, node);
        node->grown |= segments;
    }
}

/* Write the rows of dirty nodes; the set stays usable. */
omni_status
omni__workset_write(omni__workset *set);

/* An empty buffer to encode into; one user at a time. */
omni__buffer *
omni__workset_buffer(omni__workset *set);

/* A mark that no node bears yet. */
uint32_t
omni__workset_mark(omni__workset *set);

/* Put encoded bytes into a section, in memory of the set's arena. */
omni_status
omni__workset_section(omni__workset *set, omni__work_node *node,
                      omni__section section, omni__slice bytes);

/* The same of two pieces, one after the other. Neither may lie in a section
   of the node. */
omni_status
omni__workset_section_of(omni__workset *set, omni__work_node *node,
                         omni__section section, omni__slice prefix,
                         omni__slice bytes);

#endif
