/* omni/profile.h: profiles. */
#include "omni/profile.h"

#include "api/handle.h"
#include "formats/profile_json.h"
#include "formats/trait_history.h"

omni_status
omni_profile_find(omni_txn *txn, omni_identifier identifier, omni_id *out)
{
    omni__node node;
    const omni_status status = omni__txn_find(txn, identifier, &node);
    if (status == OMNI_OK) {
        *out = node.head;
    }
    return status;
}

omni_status
omni_profile_resolve(omni_txn *txn, const omni_id *id, omni_id *out)
{
    omni__node node;
    const omni_status status = omni__txn_node(txn, id, &node);
    if (status == OMNI_OK) {
        *out = node.head;
    }
    return status;
}

omni_status
omni_profile_get(omni_txn *txn, const omni_id *id, const omni_profile **out)
{
    omni__members members;
    omni_profile *profile;
    omni_status status = omni__txn_members(txn, id, &members);
    if (status == OMNI_OK) {
        status = omni__profile_load(&txn->source, &members, &profile);
        if (status == OMNI_OK) {
            *out = profile;
        } else {
            omni__fail(&txn->error, status, "profile: %s",
                       omni_status_name(status));
        }
    }
    return status;
}

omni_id
omni_profile_id(const omni_profile *profile)
{
    return profile->id;
}

int64_t
omni_profile_first_seen(const omni_profile *profile)
{
    return profile->first_us;
}

int64_t
omni_profile_last_seen(const omni_profile *profile)
{
    return profile->last_us;
}

const omni_text *
omni_profile_channels(const omni_profile *profile, size_t *count)
{
    *count = profile->channel_count;
    return profile->channels;
}

const omni_profile_identifier *
omni_profile_identifiers(const omni_profile *profile, size_t *count)
{
    *count = profile->identifier_count;
    return profile->identifiers;
}

const omni_trait *
omni_profile_traits(const omni_profile *profile, size_t *count)
{
    *count = profile->trait_count;
    return profile->traits;
}

const omni_figure *
omni_profile_figures(const omni_profile *profile, size_t *count)
{
    *count = profile->figure_count;
    return profile->figures;
}

omni_status
omni_profile_held_apart(omni_txn *txn, const omni_profile *profile,
                        const omni_held_apart **out, size_t *count)
{
    /* Read on demand: the profile is the txn's own, lent as constant. */
    const omni_status status =
        omni__profile_read_held(&txn->source, (omni_profile *)profile);
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "links held apart: %s",
                          omni_status_name(status));
    }
    *out = profile->held;
    *count = profile->held_count;
    return OMNI_OK;
}

omni_status
omni_profile_trait(const omni_profile *profile, const char *name,
                   omni_trait *out)
{
    const omni__slice wanted = omni__slice_text(name);
    for (size_t i = 0; i < profile->trait_count; ++i) {
        if (omni__slice_equal(omni__slice_of_text(profile->traits[i].name),
                              wanted)) {
            *out = profile->traits[i];
            return OMNI_OK;
        }
    }
    return OMNI_NOT_FOUND;
}

omni_status
omni_profile_trait_history(omni_txn *txn, const omni_profile *profile,
                           const char *name, const omni_trait_entry **out,
                           size_t *count)
{
    omni_trait_entry *entries;
    size_t found;
    const omni_status status = omni__trait_history(
        &txn->source, profile, omni__slice_text(name), &entries, &found);
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "history of traits: %s",
                          omni_status_name(status));
    }
    *out = entries;
    *count = found;
    return OMNI_OK;
}

omni_status
omni_profile_figure(const omni_profile *profile, const char *name,
                    omni_figure *out)
{
    const omni__slice wanted = omni__slice_text(name);
    for (size_t i = 0; i < profile->figure_count; ++i) {
        if (omni__slice_equal(omni__slice_of_text(profile->figures[i].name),
                              wanted)) {
            *out = profile->figures[i];
            return OMNI_OK;
        }
    }
    return OMNI_NOT_FOUND;
}

omni_status
omni_profile_json(omni_txn *txn, const omni_profile *profile, omni_text *out)
{
    omni_status status =
        omni__profile_read_held(&txn->source, (omni_profile *)profile);
    if (status == OMNI_OK) {
        status = omni__txn_segments(txn, (omni_profile *)profile, txn->at_us);
    }
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    if (status == OMNI_OK) {
        omni__profile_write(profile, &json);
        const omni__slice copy =
            omni__arena_copy(profile->arena, omni__buffer_bytes(&json));
        *out = omni__text_of(copy);
        status =
            json.failed || copy.data == NULL ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    }
    omni__buffer_free(&json);
    return status == OMNI_OK
               ? OMNI_OK
               : omni__fail(&txn->error, status, "profile as JSON: %s",
                            omni_status_name(status));
}
