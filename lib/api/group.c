/* omni/group.h: groups. */
#include "formats/group.h"

#include "api/handle.h"
#include "events/groups.h"

/* What a call about groups came to. */
static omni_status
tell(omni_txn *txn, omni_status status)
{
    return status >= 0 ? status
                       : omni__fail(&txn->error, status, "group: %s",
                                    omni_status_name(status));
}

omni_status
omni_group_get(omni_txn *txn, const char *id, const omni_group **out)
{
    omni_group *group;
    omni_status status = omni__txn_knows_all(txn);
    if (status == OMNI_OK && id == NULL) {
        status = omni__fail(&txn->error, OMNI_ERR_ARGUMENT, "no id of a group");
    }
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__group_read(&txn->source, omni__slice_text(id), &group);
    if (status == OMNI_NOT_FOUND) {
        return omni__fail(&txn->error, status,
                          "no event names the group %.100s", id);
    }
    if (status == OMNI_OK) {
        *out = group;
    }
    return tell(txn, status);
}

omni_status
omni_group_next(omni_txn *txn, const char *after, omni_text *out)
{
    const omni__slice last = omni__slice_text(after);
    omni__slice found;
    omni_status status = omni__txn_knows_all(txn);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__groups_next(&txn->view, txn->source.secret,
                               after != NULL ? &last : NULL, &found);
    if (status == OMNI_OK) {
        char *text = omni__arena_get(&txn->arena, found.size + 1);
        if (text == NULL) {
            return omni__fail_memory(&txn->error);
        }
        memcpy(text, found.data, found.size);
        text[found.size] = '\0';
        *out = (omni_text){.bytes = text, .size = found.size};
    }
    return tell(txn, status);
}

omni_status
omni_group_figures(omni_txn *txn, const omni_group *group,
                   const omni_figure **out, size_t *count)
{
    omni_figure *figures;
    size_t found;
    const omni_status status =
        omni__group_figures(&txn->source, group, &figures, &found);
    if (status == OMNI_OK) {
        *out = figures;
        *count = found;
    }
    return tell(txn, status);
}

omni_status
omni_group_json(omni_txn *txn, const omni_group *group, omni_text *out)
{
    const omni_figure *figures;
    size_t count;
    const omni_status status = omni_group_figures(txn, group, &figures, &count);
    if (status != OMNI_OK) {
        return status;
    }
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    omni__group_write_whole(group, figures, count, &json);
    return omni__txn_hand_out(txn, &json, out);
}

omni_status
omni_profile_groups(omni_txn *txn, const omni_profile *profile,
                    const omni_text **out, size_t *count)
{
    omni_text *groups;
    size_t found;
    const omni_status status =
        omni__profile_groups(&txn->source, profile, &groups, &found);
    if (status == OMNI_OK) {
        *out = groups;
        *count = found;
    }
    return tell(txn, status);
}
