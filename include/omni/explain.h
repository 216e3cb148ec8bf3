/**
   @file explain.h  Why two identifiers are one profile, or why not.

   Identifiers become one profile by links: events that carry two of them, and
   statements of people. Rules accept a link or hold it apart. These calls tell
   which links and which rules, with what they rest on.
*/
#ifndef OMNI_EXPLAIN_H
#define OMNI_EXPLAIN_H

#include "omni/profile.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a link between two identifiers rests on. */
typedef enum omni_link_kind {
    OMNI_LINK_OBSERVED = 0, /**< An event carries both. */
    OMNI_LINK_STATED = 1,   /**< Somebody said so: omni_profile_merge(). */
    OMNI_LINK_ALIAS = 2,    /**< An alias event said so. */
    OMNI_LINK_PART = 3      /**< Somebody said no: omni_profile_split(). */
} omni_link_kind;

/** What a link does. */
typedef enum omni_link_state {
    OMNI_LINK_ACCEPTED = 0, /**< It joins. */
    OMNI_LINK_HELD = 1,     /**< A rule holds it apart: two profiles. */
    OMNI_LINK_PASSED = 2,   /**< A rule held it apart; other links joined. */
    OMNI_LINK_PARTED = 3,   /**< A statement that keeps both apart. */
    OMNI_LINK_WAITING = 4   /**< A statement that waits for an event to name
                               the other identifier. */
} omni_link_state;

/**
   A link between two identifiers, and what it rests on. Borrowed.

   Texts that do not apply are empty, and `sequence` of facts is 0.
*/
typedef struct omni_link {
    omni_identifier_text a; /**< One of them. */
    omni_identifier_text b; /**< The other. */
    omni_text a_class;      /**< person, device or shared. */
    omni_text b_class;      /**< The same of the other. */
    omni_link_kind kind;    /**< What it rests on. */
    omni_link_state state;  /**< What it does. */
    omni_text rule;         /**< generic component part max_per_profile
                               max_identifiers device; empty if accepted. */
    omni_text because;      /**< Why it does not join, as a sentence. */
    int64_t time_us; /**< Of the event, the first that carries both; or of the
                        statement. */
    omni_text event_name;    /**< Observed, alias: what happened. */
    omni_text event_id;      /**< Sender's id, or hex of the one made for it. */
    omni_text channel;       /**< Of the event, as it was sent at that time. */
    omni_text source;        /**< Of the event. */
    omni_text author;        /**< Stated, part: who says so. */
    omni_text reason;        /**< Stated, part: why. */
    omni_fact_id fact;       /**< Stated, part: the fact. */
    omni_fact_id event_fact; /**< Observed, alias: the fact of the event, for
                                omni_fact_retract(). Stores that imported the
                                event apart have each their own; it is in no
                                JSON. */
} omni_link;

/** Why two identifiers are one profile, or why not. Borrowed. */
typedef struct omni_explanation {
    omni_identifier_text a;   /**< The first identifier, … */
    omni_identifier_text b;   /**< … and the second. */
    omni_id a_id;             /**< Id of the first itself, … */
    omni_id b_id;             /**< … and of the second. */
    omni_id a_profile;        /**< Profile that the first is in, … */
    omni_id b_profile;        /**< … and the second; equal if `same`. */
    bool same;                /**< They are one profile. */
    omni_text summary;        /**< The answer as one sentence. */
    const omni_link *chain;   /**< If same: the fewest accepted links that lead
                                 from a to b; none if both are the same
                                 identifier. */
    size_t chain_count;       /**< How many. */
    const omni_link *held;    /**< If not: every link between both profiles,
                                 `a` in the first one's, sorted. None: there is
                                 no evidence. */
    size_t held_count;        /**< How many. */
    const omni_link *parts;   /**< If not: statements in force that keep both
                                 profiles apart, whether or not there is a
                                 link that they hold. */
    size_t part_count;        /**< How many. */
    const omni_link *waiting; /**< If not: statements in force on either
                                 profile that have no effect yet, for no event
                                 names the other identifier. */
    size_t waiting_count;     /**< How many. */
} omni_explanation;

/** The most neighbours that an omni_identifier_explanation lists. */
#define OMNI_EXPLAIN_NEIGHBOURS 1000

/** What is known of one identifier, and why. Borrowed. */
typedef struct omni_identifier_explanation {
    omni_identifier_text identifier; /**< In normal form. */
    omni_id id;                      /**< Of the identifier itself. */
    omni_text class_name;            /**< person, device or shared. */
    uint32_t rank;                   /**< Lower is stronger, within a class. */
    int64_t first_seen_us;           /**< Earliest event that names it. */
    int64_t last_seen_us;            /**< Latest event that names it. */
    const omni_text *channels;       /**< Where it was seen, sorted. */
    size_t channel_count;            /**< How many. */
    omni_id profile;                 /**< Profile that it is in. */
    uint64_t profile_size;           /**< Identifiers of that. */
    omni_identifier_text named_by;   /**< Member whose id that is. */
    omni_text named_because;         /**< Why that member, as a sentence. */
    int64_t named_first_seen_us; /**< When that member was seen first, … */
    omni_text named_event_name;  /**< … by which event, … */
    omni_text named_event_id;    /**< … of which id, … */
    omni_text named_channel;     /**< … where, … */
    omni_text named_source;      /**< … and told by whom. */
    bool generic;                /**< Seen with so many that it links nobody. */
    omni_text generic_because;   /**< As a sentence. */
    omni_text generic_ns;        /**< Too many of this namespace; empty: of all
                                    that name people. */
    uint64_t generic_count;      /**< So many. */
    uint32_t generic_limit;      /**< More than these. */
    bool contested;              /**< A device with a link held apart by another
                                    rule than generic, or with an event `Signed
                                    Out`: several people use it. */
    const omni_link *neighbours; /**< Links and statements on it, by the other
                                    identifier, sorted; `a` is always this
                                    one. */
    size_t neighbour_count;      /**< At most OMNI_EXPLAIN_NEIGHBOURS. */
    uint64_t neighbour_total;    /**< How many there are. */
} omni_identifier_explanation;

/**
   Find the id of an identifier itself, not of the profile that it is in.

   @param txn        Any transaction.
   @param identifier Namespace and value; normalised as on writing.
   @param[out] out   Public id. Untouched unless OMNI_OK.
   @return As omni_profile_find().
   @since 0.1
*/
OMNI_API omni_status
omni_identifier_find(omni_txn *txn, omni_identifier identifier, omni_id *out);

/**
   Explain why two identifiers are one profile, or why not.

   A profile's id is the id of one of its identifiers, so that profiles can be
   compared as well. The answer is the same in every replica that holds the
   same facts. Its cost is that of resolving anew all that is linked with the
   two, however loosely: for ordinary people microseconds.

   @param txn      Any transaction.
   @param a,b      Ids of identifiers, or of profiles.
   @param[out] out Borrowed until the txn ends.
   @return OMNI_OK, whether they are one profile or not; OMNI_NOT_FOUND if an
           id is nobody's; OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_explain(omni_txn *txn, const omni_id *a, const omni_id *b,
             const omni_explanation **out);

/**
   Explain one identifier: what it is linked with and what its profile is
   named after.

   @param txn      Any transaction.
   @param id       As omni_explain().
   @param[out] out Borrowed until the txn ends.
   @return As omni_explain().
   @since 0.1
*/
OMNI_API omni_status
omni_explain_identifier(omni_txn *txn, const omni_id *id,
                        const omni_identifier_explanation **out);

/**
   List every link of a profile: those within it, accepted or passed over, and
   those that lead out of it and are held apart; and statements that part it
   from others or wait.

   @param txn        Any transaction.
   @param id         As omni_explain().
   @param[out] out   Each once, `a` a member; sorted by both identifiers.
                     Borrowed until the txn ends.
   @param[out] count How many.
   @return As omni_explain().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_links(omni_txn *txn, const omni_id *id, const omni_link **out,
                   size_t *count);

/**
   An explanation as one canonical JSON object (sorted keys, no spaces).

   @param txn         The txn that the explanation is borrowed from.
   @param explanation From omni_explain().
   @param[out] out    Borrowed until the txn ends.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_explanation_json(omni_txn *txn, const omni_explanation *explanation,
                      omni_text *out);

/**
   The explanation of an identifier as one canonical JSON object.

   @param txn         The txn that the explanation is borrowed from.
   @param explanation From omni_explain_identifier().
   @param[out] out    Borrowed until the txn ends.
   @return OMNI_OK; OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_identifier_explanation_json(omni_txn *txn,
                                 const omni_identifier_explanation *explanation,
                                 omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
