/* The parts of a policy by name, and their canonical JSON. */
#include "identity/policy_form.h"

#include <stdio.h>
#include <xxhash.h>

#define RANK_MOST ((UINT32_C(1) << 28) - 1)
#define COUNT_MOST 1000000u

#define NUMBER(member, low, high, rows)                                        \
    {                                                                          \
        .offset = offsetof(omni__policy, member), .least = (low),              \
        .most = (high), .derived = (rows)                                      \
    }
#define FIELD(member, high, rows)                                              \
    {                                                                          \
        .offset = offsetof(omni__namespace, member), .most = (high),           \
        .derived = (rows)                                                      \
    }
#define WORDS(member, texts, rows)                                             \
    {                                                                          \
        .offset = offsetof(omni__namespace, member),                           \
        .most = sizeof(texts) / sizeof((texts)[0]) - 1, .words = (texts),      \
        .derived = (rows)                                                      \
    }

static const char *const classes[] = {"person", "device", "shared"};
static const char *const normalizers[] = {"none", "lower", "email", "phone"};

const char *const omni__policy_number_names[OMNI__POLICY_NUMBERS] = {
    "calling_code", "max_alias_links", "max_component", "max_identifiers"};
const omni__policy_field omni__policy_numbers[OMNI__POLICY_NUMBERS] = {
    NUMBER(calling_code, 0, 999, false),
    NUMBER(max_alias_links, 0, COUNT_MOST, true),
    NUMBER(max_component, 1, COUNT_MOST, true),
    NUMBER(max_identifiers, 1, COUNT_MOST, true)};

const char *const omni__policy_field_names[OMNI__POLICY_FIELDS] = {
    "class", "generic_above", "max_per_profile", "normalizer", "rank"};
const omni__policy_field omni__policy_fields[OMNI__POLICY_FIELDS] = {
    WORDS(class_, classes, true), FIELD(generic_above, COUNT_MOST, true),
    FIELD(max_per_profile, COUNT_MOST, true),
    WORDS(normalizer, normalizers, false), FIELD(rank, RANK_MOST, true)};

const char *const omni__policy_list_names[OMNI__POLICY_LISTS] = {
    "amounts", "blocked", "device_free_channels", "source_trust"};
const omni__policy_words omni__policy_lists[OMNI__POLICY_LISTS] = {
    {.map = true, .derived = true},
    {.map = true, .spaces = true},
    {.derived = true},
    {.map = true, .derived = true}};

const char *const omni__policy_sections[OMNI__POLICY_SECTIONS] = {
    "amounts",         "blocked",
    "calling_code",    "device_free_channels",
    "max_alias_links", "max_component",
    "max_identifiers", "namespaces",
    "source_trust"};

size_t
omni__policy_index(const char *const *names, size_t count, omni__slice name)
{
    size_t at = 0;
    while (at < count &&
           !omni__slice_equal(omni__slice_text(names[at]), name)) {
        ++at;
    }
    return at;
}

bool
omni__policy_is_map(omni__slice section)
{
    const size_t list = omni__policy_index(omni__policy_list_names,
                                           OMNI__POLICY_LISTS, section);
    return list < OMNI__POLICY_LISTS
               ? omni__policy_lists[list].map
               : omni__slice_equal(section, omni__slice_text("namespaces"));
}

/* ---- writing ---- */

typedef struct listing {
    omni__policy_register *list;
    size_t count;
    bool derived;
    omni__arena *arena;
    omni__buffer text;
} listing;

static void
put_field(const void *from, const omni__policy_field *field, omni__buffer *out)
{
    uint32_t value;
    char digits[16];
    memcpy(&value, (const uint8_t *)from + field->offset, sizeof(value));
    if (field->words != NULL) {
        omni__json_write_text(omni__slice_text(field->words[value]), out);
    } else {
        snprintf(digits, sizeof(digits), "%lu", (unsigned long)value);
        omni__buffer_text(out, digits);
    }
}

/* What the buffer has is the value of a register. */
static bool
keep(listing *l, const char *section, omni__slice name)
{
    omni__policy_register *entry = &l->list[l->count++];
    *entry = (omni__policy_register){
        .section = section,
        .name = name,
        .value = omni__arena_copy(l->arena, omni__buffer_bytes(&l->text))};
    omni__buffer_clear(&l->text);
    return entry->value.data != NULL;
}

static bool
keep_namespace(listing *l, const omni__namespace *ns)
{
    char separator = '{';
    for (size_t i = 0; i < OMNI__POLICY_FIELDS; ++i) {
        if (l->derived && !omni__policy_fields[i].derived) {
            continue;
        }
        omni__buffer_byte(&l->text, (uint8_t)separator);
        omni__json_write_text(omni__slice_text(omni__policy_field_names[i]),
                              &l->text);
        omni__buffer_byte(&l->text, ':');
        put_field(ns, &omni__policy_fields[i], &l->text);
        separator = ',';
    }
    omni__buffer_byte(&l->text, '}');
    return keep(l, "namespaces",
                ns->name.size != 0 ? ns->name : omni__slice_of("*", 1));
}

static bool
keep_list(listing *l, const omni__policy_list *list)
{
    omni__buffer_byte(&l->text, '[');
    for (size_t i = 0; i < list->count; ++i) {
        if (i != 0) {
            omni__buffer_byte(&l->text, ',');
        }
        omni__json_write_text(list->words[i], &l->text);
    }
    omni__buffer_byte(&l->text, ']');
    return keep(l, omni__policy_list_names[list->section], list->name);
}

/* The registers of one section. */
static bool
keep_section(listing *l, const omni__policy *policy, const char *section)
{
    const omni__slice name = omni__slice_text(section);
    const size_t number = omni__policy_index(omni__policy_number_names,
                                             OMNI__POLICY_NUMBERS, name);
    if (number < OMNI__POLICY_NUMBERS) {
        const omni__policy_field *field = &omni__policy_numbers[number];
        if (l->derived && !field->derived) {
            return true;
        }
        put_field(policy, field, &l->text);
        return keep(l, section, omni__slice_of(NULL, 0));
    }
    const size_t kind =
        omni__policy_index(omni__policy_list_names, OMNI__POLICY_LISTS, name);
    bool fine = true;
    if (kind == OMNI__POLICY_LISTS) {
        fine = keep_namespace(l, &policy->other);
        for (size_t i = 0; i < policy->namespace_count && fine; ++i) {
            fine = keep_namespace(l, &policy->namespaces[i]);
        }
        return fine;
    }
    for (size_t i = 0; i < policy->list_count && fine; ++i) {
        const omni__policy_list *list = &policy->lists[i];
        if (list->section == kind &&
            (!l->derived || omni__policy_lists[kind].derived)) {
            fine = keep_list(l, list);
        }
    }
    return fine;
}

omni_status
omni__policy_registers(const omni__policy *policy, bool derived,
                       omni__arena *arena, omni__policy_register **out,
                       size_t *count)
{
    listing l = {.derived = derived, .arena = arena};
    l.list =
        omni__arena_get(arena, (OMNI__POLICY_NUMBERS + 1 +
                                policy->namespace_count + policy->list_count) *
                                   sizeof(l.list[0]));
    omni__buffer_init(&l.text, arena->alloc);
    bool fine = l.list != NULL;
    for (size_t i = 0; i < OMNI__POLICY_SECTIONS && fine; ++i) {
        fine = keep_section(&l, policy, omni__policy_sections[i]);
    }
    omni__buffer_free(&l.text);
    *out = l.list;
    *count = l.count;
    return fine ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

omni_status
omni__policy_digest(const omni__policy *policy, const omni__alloc *alloc,
                    uint64_t *out)
{
    omni__policy_register *list;
    size_t count;
    omni__arena arena;
    omni__arena_init(&arena, alloc);
    const omni_status status =
        omni__policy_registers(policy, true, &arena, &list, &count);
    uint64_t digest = 0;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__slice parts[] = {omni__slice_text(list[i].section),
                                     list[i].name, list[i].value};
        for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); ++k) {
            digest = XXH3_64bits_withSeed(parts[k].data, parts[k].size,
                                          digest + k + 1);
        }
    }
    omni__arena_free(&arena);
    *out = digest > OMNI__KV_POLICY_NONE ? digest : digest + 2;
    return status;
}
