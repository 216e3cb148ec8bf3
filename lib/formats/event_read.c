/* Views only: texts stay where the log has them. */
#include "formats/event_read.h"

#include "profile/view.h"

omni_timeline_event
omni__event_read(const omni__event_body *body)
{
    return (omni_timeline_event){
        .type = (omni_event_type)body->type,
        .time_us = body->time_us,
        .original_time_us = body->instant_us,
        .id = omni__text_of(body->id),
        .made_id = body->made_id,
        .name = omni__text_of(body->name),
        .channel = omni__text_of(body->channel),
        .source = omni__text_of(body->source),
        .group_id = omni__text_of(body->group_id),
        .previous_id = body->stated_count != 0
                           ? omni__text_of(body->stated[0].value)
                           : (omni_text){.bytes = NULL},
        .traits_json = omni__text_of(body->traits),
        .properties_json = omni__text_of(body->properties)};
}

omni_status
omni__identifiers_read(const omni__named *named, size_t count,
                       omni__arena *arena, const omni_identifier_text **out)
{
    omni_identifier_text *made =
        omni__arena_get(arena, (count + 1) * sizeof(made[0]));
    if (made == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        made[i].ns = omni__text_of(named[i].ns);
        made[i].value = omni__text_of(named[i].value);
    }
    *out = made;
    return OMNI_OK;
}

omni_status
omni__copy_view(const omni__secret *secret, const omni__policy *policy,
                const omni__event_body *body, omni__arena *arena,
                omni_event_copy *out)
{
    const size_t anchor = omni__event_anchor(policy, body);
    const omni_identifier_text *identifiers;
    const omni_status status = omni__identifiers_read(
        body->identifiers, body->identifier_count, arena, &identifiers);
    if (status != OMNI_OK) {
        return status;
    }
    *out = (omni_event_copy){.event = omni__event_read(body),
                             .identifiers = identifiers,
                             .identifier_count = body->identifier_count};
    out->event.anchor = omni__public_id(
        secret, &body->identifiers[anchor].token, omni__slice_of(NULL, 0));
    return OMNI_OK;
}
