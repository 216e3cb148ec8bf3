/**
   @file funnel.h  How far people get, step by step.

   A funnel counts the profiles that did its steps one after the other, over
   all channels. Of each profile the chain of events that gets furthest counts;
   it may begin at any event of the first step. The same facts give the same
   figures in every replica.
*/
#ifndef OMNI_FUNNEL_H
#define OMNI_FUNNEL_H

#include "omni/profile.h"
#include "omni/segment.h"
#include "omni/store.h"
#include "omni/txn.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Steps that a funnel may have. */
#define OMNI_FUNNEL_STEPS 16

/**
   What else a chain of steps must keep to; may be combined. Without any, each
   step is an event at or after the one before, and what happens in between
   does not matter. An event is one step, never two.

   Events of one instant are taken in whichever order leads furthest; with
   ORDER and DEDUP in the order of the steps that they fit, others after them.
*/
typedef enum omni_funnel_mode {
    OMNI_FUNNEL_INCREASE = 1, /**< Each step later than the one before, not at
                                 the same instant. */
    OMNI_FUNNEL_ORDER = 2,    /**< Nothing else in between: any event that is
                                 not the next step ends the chain, but those of
                                 steps that were reached; one of the first step
                                 begins anew. */
    OMNI_FUNNEL_DEDUP = 4,    /**< A second event of a step that was reached,
                                 other than the first step, ends the chain. */
    OMNI_FUNNEL_REENTRY = 8,  /**< With ORDER: an event of the first step does
                                 not end the chain. */
    OMNI_FUNNEL_FIRST = 16    /**< Chains begin at the first event of the first
                                 step, not at a later one. */
} omni_funnel_mode;

/** A step: events of a name, or those of them that meet a condition. */
typedef struct omni_funnel_step {
    const char *name;      /**< Of the event; NULL: any event. */
    const char *condition; /**< NULL, or an expression of CEL (omni/cel.h) that
                              is true of the event: over `name`, `time`,
                              `channel` and the map `properties`. Where it is
                              an error, as it is where a property that it
                              names is missing, the event is not the step. */
} omni_funnel_step;

/** What to count. Zero-filled members choose all. */
typedef struct omni_funnel_options {
    size_t size;                   /**< sizeof(omni_funnel_options). */
    const omni_funnel_step *steps; /**< In their order. */
    size_t step_count;             /**< 1 to OMNI_FUNNEL_STEPS. */
    uint32_t modes;                /**< omni_funnel_mode, or-ed. */
    bool by_channel;               /**< Fill in `channels`. */
    bool has_since;                /**< `since_us` is set. */
    bool has_until;                /**< `until_us` is set. */
    int64_t since_us;  /**< Events from this instant on, itself included. */
    int64_t until_us;  /**< Events before this instant; if it is not set, those
                          up to now: later ones have not happened. */
    int64_t within_us; /**< All steps at most so long after the first one; 0:
                          however long it takes. */
    const omni_segment *segment; /**< Only profiles in it, asked at the last
                                    instant that counts; NULL: all. */
    omni_progress_fn progress;   /**< NULL, or told how far it is. */
    void *user;                  /**< Passed to `progress`. */
} omni_funnel_options;

/** How long it took those who got to a step. Percentiles are exact, by nearest
    rank: so long it took somebody. */
typedef struct omni_funnel_times {
    int64_t median_us; /**< Half of them were as fast. */
    int64_t p90_us;    /**< Nine of ten were. */
    int64_t mean_us;   /**< On the average, rounded down. */
} omni_funnel_times;

/** What came of a step. */
typedef struct omni_funnel_count {
    uint64_t profiles;             /**< That got so far, or further. */
    omni_funnel_times from_before; /**< Since the step before; 0 of the first
                                      step, and where nobody got so far. */
    omni_funnel_times from_first;  /**< Since the first step; 0 likewise. */
} omni_funnel_count;

/** A funnel's part on one channel. Arrays have an element per step. */
typedef struct omni_funnel_channel {
    omni_text channel;       /**< May be empty. */
    const uint64_t *started; /**< Profiles that took their first step on this
                                channel: how many got so far. */
    const uint64_t *at;      /**< Profiles that took this step on it. */
} omni_funnel_channel;

/** Result of a funnel. Borrowed from its txn. */
typedef struct omni_funnel {
    const omni_funnel_count *steps;      /**< What came of each step. */
    size_t step_count;                   /**< How many. */
    const omni_funnel_channel *channels; /**< Where asked for: sorted. */
    size_t channel_count;                /**< How many. */
    int64_t until_us; /**< Events before this instant were counted. */
} omni_funnel;

/**
   Count how far profiles get through steps.

   Looks at every profile once, in the order of ids, in memory that does not
   grow with their number. Where more than a million steps were taken, it goes
   through the store again to find their percentiles.

   @param txn      Any transaction.
   @param options  What to count; not kept.
   @param[out] out Borrowed until the txn ends. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_ERR_ARGUMENT; OMNI_ERR_SYNTAX for a condition, with
           the place, or one that is no truth; OMNI_ERR_LIMIT for one that
           takes too long; OMNI_ERR_BUSY if `progress` stopped it;
           OMNI_ERR_CORRUPT, OMNI_ERR_IO, OMNI_ERR_NO_MEMORY. Detail in
           omni_txn_error().
   @since 0.1
*/
OMNI_API omni_status
omni_funnel_run(omni_txn *txn, const omni_funnel_options *options,
                const omni_funnel **out);

/**
   The result of a funnel as one canonical JSON object (sorted keys, no
   spaces); of each step also the shares of those before it.

   @param txn      The txn that the result is borrowed from.
   @param funnel   From omni_funnel_run().
   @param[out] out Borrowed until the txn ends.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_funnel_json(omni_txn *txn, const omni_funnel *funnel, omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
