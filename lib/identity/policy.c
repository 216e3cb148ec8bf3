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
    DEVICE("anonymous_id", 70),
    DEVICE("device_id", 60),
    PERSON("email", 30, 5, 10, OMNI__NORMALIZER_EMAIL),
    PERSON("loyalty_id", 20, 5, 10, OMNI__NORMALIZER_NONE),
    PERSON("phone", 40, 5, 10, OMNI__NORMALIZER_PHONE),
    PERSON("user_id", 10, 1, 0, OMNI__NORMALIZER_NONE),
};

static const omni__slice channels[] = {
    NAME("store"),
    NAME("kiosk"),
    NAME("call_center"),
};

static const omni__slice amounts[] = {
    NAME("revenue"),
    NAME("total"),
    NAME("value"),
};

static const omni__policy_list default_lists[] = {
    {.section = OMNI__POLICY_AMOUNTS,
     .usual = true,
     .name = NAME("*"),
     .words = amounts,
     .count = sizeof(amounts) / sizeof(amounts[0])},
    {.section = OMNI__POLICY_CHANNELS,
     .words = channels,
     .count = sizeof(channels) / sizeof(channels[0])},
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
    .lists = default_lists,
    .list_count = sizeof(default_lists) / sizeof(default_lists[0]),
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

const omni__policy_list *
omni__policy_list_of(const omni__policy *policy, omni__policy_section section,
                     omni__slice name)
{
    const omni__policy_list *any = NULL;
    for (size_t i = 0; i < policy->list_count; ++i) {
        const omni__policy_list *list = &policy->lists[i];
        if (list->section != section) {
            continue;
        }
        if (omni__slice_equal(list->name, name)) {
            return list;
        }
        if (omni__slice_equal(list->name, omni__slice_of("*", 1))) {
            any = list;
        }
    }
    return any;
}

size_t
omni__policy_place(const omni__policy_list *list, omni__slice word)
{
    size_t at = 0;
    while (list != NULL && at < list->count &&
           !omni__slice_equal(list->words[at], word)) {
        ++at;
    }
    return at;
}

bool
omni__policy_links(const omni__policy *policy, omni__slice ns,
                   omni__slice channel)
{
    const uint32_t class_ = omni__policy_namespace(policy, ns)->class_;
    if (class_ != OMNI__CLASS_DEVICE) {
        return class_ == OMNI__CLASS_PERSON;
    }
    const omni__policy_list *list = omni__policy_list_of(
        policy, OMNI__POLICY_CHANNELS, omni__slice_of(NULL, 0));
    return list == NULL || omni__policy_place(list, channel) == list->count;
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
