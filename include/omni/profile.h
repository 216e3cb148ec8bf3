/** @file profile.h  One person, as all channels know them. */
#ifndef OMNI_PROFILE_H
#define OMNI_PROFILE_H

#include "omni/identifier.h"
#include "omni/txn.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
   A profile; borrowed from its txn, or from an omni_profiles. One thread at a
   time: that of its txn.
*/
typedef struct omni_profile omni_profile;

/** An identifier of a profile. */
typedef struct omni_profile_identifier {
    omni_text ns;              /**< Namespace. */
    omni_text value;           /**< In normal form. */
    int64_t first_seen_us;     /**< Earliest event that names it. */
    int64_t last_seen_us;      /**< Latest event that names it. */
    const omni_text *channels; /**< Sorted. */
    size_t channel_count;      /**< Channels. */
    bool contested;            /**< A device that several people use: events on
                                  it that name nobody belong to the profile of
                                  whoever logged in there last. */
} omni_profile_identifier;

/** The value of a trait that is in force, and where it comes from. */
typedef struct omni_trait {
    omni_text name;       /**< Trait. */
    omni_text value_json; /**< Canonical JSON of any type. */
    omni_text source;     /**< May be empty. */
    omni_text event_id;   /**< Sender's id, or hex of the one made for it. */
    int64_t time_us;      /**< Of that event. */
} omni_trait;

/** Amounts of one currency, in millionths, exact. */
typedef struct omni_amount {
    omni_text currency; /**< ISO 4217, or empty where events name none. */
    omni_text sum;      /**< Decimal text. */
    omni_text min;      /**< Decimal text. */
    omni_text max;      /**< Decimal text. */
} omni_amount;

/** Figures of one event name. */
typedef struct omni_figure {
    omni_text name;             /**< Event name. */
    uint64_t count;             /**< Events. */
    int64_t first_us;           /**< Time of the earliest. */
    int64_t last_us;            /**< Time of the latest. */
    const omni_amount *amounts; /**< By currency, sorted. */
    size_t amount_count;        /**< Currencies. */
} omni_figure;

/** A link of the profile that was not accepted, and the rule. */
typedef struct omni_held_apart {
    omni_text ns;          /**< Namespace of the member. */
    omni_text value;       /**< Value of the member. */
    omni_text other_ns;    /**< Namespace of its neighbour. */
    omni_text other_value; /**< Value of the neighbour, in another profile. */
    omni_text rule; /**< generic component part max_per_profile max_identifiers
                       device */
} omni_held_apart;

/** A value that a trait was given once. */
typedef struct omni_trait_entry {
    omni_text name;       /**< Of the trait. */
    omni_text value_json; /**< Canonical JSON. */
    omni_text source;     /**< Where the event came from; may be empty. */
    omni_text event_id;   /**< Of the event that gave it. */
    int64_t time_us;      /**< Of that event. */
    bool in_force;        /**< It is the value that counts now. */
} omni_trait_entry;

/**
   Find the profile that an identifier belongs to.

   @param txn        Any transaction.
   @param identifier Namespace and value; normalised as on writing.
   @param[out] out   Public id of the profile. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND if no event names the identifier;
           OMNI_ERR_ARGUMENT if namespace or value break a limit;
           OMNI_ERR_CORRUPT, OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_find(omni_txn *txn, omni_identifier identifier, omni_id *out);

/**
   Find the profile that an id belongs to: its own, or any member's.

   An application may keep an id for ever: after a merge it still leads to the
   profile of the identifier that it was made from.

   @param txn      Any transaction.
   @param id       Id of a profile, now or in the past.
   @param[out] out Public id of the profile. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND; OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_resolve(omni_txn *txn, const omni_id *id, omni_id *out);

/**
   Read a profile.

   @param txn      Any transaction.
   @param id       As omni_profile_resolve().
   @param[out] out Borrowed until the txn ends.
   @return As omni_profile_resolve().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_get(omni_txn *txn, const omni_id *id, const omni_profile **out);

/**
   Id of a profile.

   @param profile A profile.
   @return Its public id now.
   @since 0.1
*/
OMNI_API omni_id
omni_profile_id(const omni_profile *profile);

/**
   Time of the earliest event that names a member.

   @param profile A profile.
   @return Microseconds since 1970 UTC.
   @since 0.1
*/
OMNI_API int64_t
omni_profile_first_seen(const omni_profile *profile);

/**
   Time of the latest event that names a member.

   @param profile A profile.
   @return Microseconds since 1970 UTC.
   @since 0.1
*/
OMNI_API int64_t
omni_profile_last_seen(const omni_profile *profile);

/**
   Channels it was seen on.

   @param profile     A profile.
   @param[out] count  How many.
   @return Sorted by name; borrowed until the txn ends.
   @since 0.1
*/
OMNI_API const omni_text *
omni_profile_channels(const omni_profile *profile, size_t *count);

/**
   Identifiers of a profile.

   @param profile     A profile.
   @param[out] count  How many.
   @return Sorted by namespace and value; borrowed until the txn ends.
   @since 0.1
*/
OMNI_API const omni_profile_identifier *
omni_profile_identifiers(const omni_profile *profile, size_t *count);

/**
   Traits that are in force.

   @param profile     A profile.
   @param[out] count  How many.
   @return Sorted by name; borrowed until the txn ends.
   @since 0.1
*/
OMNI_API const omni_trait *
omni_profile_traits(const omni_profile *profile, size_t *count);

/**
   Figures of every event name.

   @param profile     A profile.
   @param[out] count  How many.
   @return Sorted by event name; borrowed until the txn ends.
   @since 0.1
*/
OMNI_API const omni_figure *
omni_profile_figures(const omni_profile *profile, size_t *count);

/**
   Links between this profile and others that were held apart.

   @param txn        The txn that the profile is borrowed from.
   @param profile    A profile.
   @param[out] out   Sorted by member, then by neighbour; borrowed for as long
                     as the profile.
   @param[out] count How many.
   @return OMNI_OK; OMNI_ERR_CORRUPT, OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_held_apart(omni_txn *txn, const omni_profile *profile,
                        const omni_held_apart **out, size_t *count);

/**
   One trait by name.

   @param profile  A profile.
   @param name     Zero-terminated.
   @param[out] out The trait. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_trait(const omni_profile *profile, const char *name,
                   omni_trait *out);

/**
   Every value that a trait was given, or that all traits were: what counts, and
   what was overruled by a source that is trusted more, or by a later event.
   Read from the person's events, so that its cost goes with their number.

   @param txn        The txn that the profile is borrowed from.
   @param profile    A profile.
   @param name       Zero-terminated; NULL: all traits.
   @param[out] out   By name; of each the value in force first, then the latest
                     first. Borrowed until the txn ends.
   @param[out] count How many; 0 if it has no such trait.
   @return As omni_profile_held_apart().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_trait_history(omni_txn *txn, const omni_profile *profile,
                           const char *name, const omni_trait_entry **out,
                           size_t *count);

/**
   Figures of one event name.

   @param profile  A profile.
   @param name     Zero-terminated.
   @param[out] out The figures. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND.
   @since 0.1
*/
OMNI_API omni_status
omni_profile_figure(const omni_profile *profile, const char *name,
                    omni_figure *out);

/**
   A profile as one canonical JSON object (sorted keys, no spaces).

   @param txn      The txn that the profile is borrowed from.
   @param profile  A profile.
   @param[out] out Borrowed for as long as the profile.
   @return As omni_profile_held_apart().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_json(omni_txn *txn, const omni_profile *profile, omni_text *out);

#ifdef __cplusplus
}
#endif

#endif
