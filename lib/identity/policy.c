/* Default policy and look-ups in it. */
#include "identity/policy.h"

#include "omni/limits.h"

#define NAME(text)                                                             \
    {                                                                          \
        .data = (const uint8_t *)(text), .size = sizeof(text) - 1              \
    }
#define PERSON(text, rank_, max, above, normalizer_)                           \
    {                                                                          \
        .name = NAME(text), .class_ = OMNI__CLASS_PERSON, .rank = (rank_),     \
        .max_per_profile = (max), .generic_above = (above),                    \
        .normalizer = (normalizer_)                                            \
    }
#define DEVICE(text, rank_)                                                    \
    {                                                                          \
        .name = NAME(text), .class_ = OMNI__CLASS_DEVICE, .rank = (rank_),     \
        .max_per_profile = 0, .generic_above = 10,                             \
        .normalizer = OMNI__NORMALIZER_NONE                                    \
    }

static const omni__namespace default_namespaces[] = {
    PERSON("user_id", 10, 1, 0, OMNI__NORMALIZER_NONE),
    PERSON("loyalty_id", 20, 5, 10, OMNI__NORMALIZER_NONE),
    PERSON("email", 30, 5, 10, OMNI__NORMALIZER_EMAIL),
    PERSON("phone", 40, 5, 10, OMNI__NORMALIZER_PHONE),
    DEVICE("device_id", 60),
    DEVICE("anonymous_id", 70),
};

static const omni__slice shared_channels[] = {
    NAME("store"),
    NAME("kiosk"),
    NAME("call_center"),
};

const omni__policy omni__policy_default = {
    .namespaces = default_namespaces,
    .namespace_count =
        sizeof(default_namespaces) / sizeof(default_namespaces[0]),
    .other = {.class_ = OMNI__CLASS_PERSON,
              .rank = 50,
              .max_per_profile = 5,
              .generic_above = 10,
              .normalizer = OMNI__NORMALIZER_NONE},
    .max_identifiers = 500,
    .max_component = 2000,
    .max_alias_links = 10,
};

const omni__namespace *
omni__policy_namespace(const omni__policy *policy, omni__slice name)
{
    for (size_t i = 0; i < policy->namespace_count; ++i) {
        if (omni__slice_equal(policy->namespaces[i].name, name)) {
            return &policy->namespaces[i];
        }
    }
    return &policy->other;
}

bool
omni__policy_channel_shared(const omni__policy *policy, omni__slice channel)
{
    (void)policy;
    const size_t count = sizeof(shared_channels) / sizeof(shared_channels[0]);
    for (size_t i = 0; i < count; ++i) {
        if (omni__slice_equal(shared_channels[i], channel)) {
            return true;
        }
    }
    return false;
}

bool
omni__policy_links(const omni__policy *policy, omni__slice ns,
                   omni__slice channel)
{
    const uint8_t class_ = omni__policy_namespace(policy, ns)->class_;
    return class_ == OMNI__CLASS_PERSON ||
           (class_ == OMNI__CLASS_DEVICE &&
            !omni__policy_channel_shared(policy, channel));
}

bool
omni__namespace_valid(omni__slice name)
{
    if (name.size == 0 || name.size > OMNI_LIMIT_NAMESPACE_BYTES ||
        name.data[0] < 'a' || name.data[0] > 'z') {
        return false;
    }
    for (size_t i = 1; i < name.size; ++i) {
        const uint8_t c = name.data[i];
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && c != '_') {
            return false;
        }
    }
    return true;
}
