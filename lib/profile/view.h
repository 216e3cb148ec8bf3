/* The merged view of a profile: what its nodes hold, as one (P1-P4). */
#ifndef OMNI__PROFILE_VIEW_H
#define OMNI__PROFILE_VIEW_H

#include "codec/keyed.h"
#include "identity/held.h"
#include "log/log.h"
#include "omni/profile.h"

struct omni_profile {
    omni_id id;
    int64_t first_us;
    int64_t last_us;
    omni_text *channels;
    size_t channel_count;
    omni_profile_identifier *identifiers;
    size_t identifier_count;
    omni_trait *traits;
    size_t trait_count;
    omni_figure *figures;
    size_t figure_count;
    omni_held_apart *held;
    size_t held_count;
    bool has_held;       /* `held` was asked for */
    omni_text *segments; /* names, if they were asked for */
    size_t segment_count;
    omni__members members; /* as rows, for timelines */
    omni__arena *arena;    /* that all of it lives in */
};

/* What a profile is read from. */
typedef struct omni__profile_source {
    const omni__view *view;
    omni__log *log;
    const omni__secret *secret;
    const omni__policy *policy;
    omni__summaries *summaries; /* of neighbours, while there is a view */
    omni__arena *arena;         /* all that is handed out lives here */
} omni__profile_source;

/* A profile from its nodes: all but figures (events/figures.h) and links held
   apart. */
omni_status
omni__profile_read(const omni__profile_source *source,
                   const omni__members *members, omni_profile **out);

/* Fill in `held`, if that was not done; memory from the profile's arena. */
omni_status
omni__profile_read_held(const omni__profile_source *source,
                        omni_profile *profile);

/* Channels that a node was seen on, sorted. */
omni_status
omni__channels_read(const omni__node *node, omni__arena *arena, omni_text **out,
                    size_t *count);

/* An event's id as shown: its sender's, or hex of the hash made for it. */
omni_status
omni__event_id_text(omni__slice id, uint64_t made_id, omni__arena *arena,
                    omni_text *out);

static inline omni_text
omni__text_of(omni__slice bytes)
{
    return (omni_text){.bytes = (const char *)bytes.data, .size = bytes.size};
}

static inline omni__slice
omni__slice_of_text(omni_text text)
{
    return omni__slice_of(text.bytes, text.size);
}

/* By bytes, for qsort(). */
static inline int
omni__text_order(const void *a, const void *b)
{
    return omni__slice_compare_words(
        omni__slice_of_text(*(const omni_text *)a),
        omni__slice_of_text(*(const omni_text *)b));
}

#endif
