/* omni/profiles.h: walks over all profiles. */
#include "omni/profiles.h"

#include "api/handle.h"
#include "platform/sized.h"

omni_status
omni_profiles_open(omni_txn *txn, const omni_profiles_options *options,
                   omni_profiles **out)
{
    omni_profiles_options wanted = {.size = sizeof(wanted)};
    if (options != NULL) {
        const omni_status fits = omni__sized_read(
            options, &wanted, sizeof(wanted), "options", &txn->error);
        if (fits != OMNI_OK) {
            return fits;
        }
    }
    const omni_status knows = omni__txn_knows_all(txn);
    if (knows != OMNI_OK) {
        return knows;
    }
    omni_profiles *profiles =
        omni__calloc(&txn->store->hooks.alloc, sizeof(*profiles));
    if (profiles == NULL) {
        return omni__fail_memory(&txn->error);
    }
    const omni_status status =
        omni__profiles_open(&profiles->walk, &txn->source, wanted.after);
    if (status != OMNI_OK) {
        omni__profiles_close(&profiles->walk);
        omni__free(&txn->store->hooks.alloc, profiles);
        return omni__fail(&txn->error, status, "profiles: %s",
                          omni_status_name(status));
    }
    profiles->txn = txn;
    profiles->next = txn->profiles;
    txn->profiles = profiles;
    *out = profiles;
    return OMNI_OK;
}

omni_status
omni_profiles_next(omni_profiles *profiles, const omni_profile **out)
{
    profiles->current = NULL;
    const omni_status status =
        omni__profiles_next(&profiles->walk, &profiles->current);
    if (status == OMNI_OK) {
        *out = profiles->current;
    } else if (status != OMNI_END) {
        omni__fail(&profiles->txn->error, status, "profiles: %s",
                   omni_status_name(status));
    }
    return status;
}

void
omni_profiles_close(omni_profiles *profiles)
{
    if (profiles == NULL) {
        return;
    }
    omni_profiles **at = &profiles->txn->profiles;
    while (*at != profiles) {
        at = &(*at)->next;
    }
    *at = profiles->next;
    omni__profiles_close(&profiles->walk);
    omni__free(&profiles->txn->store->hooks.alloc, profiles);
}
