/* Policies in the making: registers read from JSON, one by one. */
#include "identity/policy_form.h"

#include "codec/guess.h"
#include "codec/text.h"
#include "identity/normalize.h"
#include "omni/limits.h"

#include <stdio.h>

#define WORDS_MAX 1000u
#define SHOWN_BYTES 60u

/* Where one is, for messages: SECTION, SECTION.NAME, SECTION.NAME.FIELD. */
typedef struct place {
    char path[200];
    omni_error *error;
} place;

static omni_status
wrong(const place *at, const char *what)
{
    return omni__fail(at->error, OMNI_ERR_SYNTAX, "%s: %s", at->path, what);
}

static void
enter(place *at, omni__slice name)
{
    const size_t size = strlen(at->path);
    const omni__slice shown = omni__text_cut(name, SHOWN_BYTES);
    if (name.size != 0) {
        snprintf(at->path + size, sizeof(at->path) - size, "%s%.*s",
                 size != 0 ? "." : "", (int)shown.size,
                 (const char *)shown.data);
    }
}

/* "A", "B" or "C" */
static omni_status
wrong_word(const place *at, const char *const *words, size_t count)
{
    char text[160] = "must be ";
    for (size_t i = 0; i < count; ++i) {
        const size_t size = strlen(text);
        snprintf(text + size, sizeof(text) - size, "%s\"%s\"",
                 i == 0           ? ""
                 : i + 1 == count ? " or "
                                  : ", ",
                 words[i]);
    }
    return wrong(at, text);
}

static omni_status
wrong_key(const place *at, const char *what, const char *const *known,
          size_t count)
{
    char guess[80];
    char text[160];
    const char *key = strrchr(at->path, '.');
    key = key != NULL ? key + 1 : at->path;
    omni__text_guess(omni__slice_text(key), known, count, guess, sizeof(guess));
    snprintf(text, sizeof(text), "there is no such %s%s", what, guess);
    return wrong(at, text);
}

static omni_status
read_number(const omni__json *value, const omni__policy_field *field,
            uint32_t *out, const place *at)
{
    uint64_t number = 0;
    bool fine = value->type == OMNI__JSON_NUMBER && value->text.size <= 10;
    for (size_t i = 0; fine && i < value->text.size; ++i) {
        const uint8_t digit = value->text.data[i];
        fine = digit >= '0' && digit <= '9';
        number = 10 * number + (uint64_t)(digit - '0');
    }
    if (!fine || number < field->least || number > field->most) {
        char text[80];
        snprintf(text, sizeof(text), "must be a whole number from %lu to %lu",
                 (unsigned long)field->least, (unsigned long)field->most);
        return wrong(at, text);
    }
    *out = (uint32_t)number;
    return OMNI_OK;
}

static omni_status
read_field(const omni__json *value, const omni__policy_field *field, void *into,
           const place *at)
{
    uint32_t number = 0;
    omni_status status = OMNI_OK;
    if (field->words == NULL) {
        status = read_number(value, field, &number, at);
    } else {
        const size_t count = (size_t)field->most + 1;
        const size_t word =
            value->type == OMNI__JSON_STRING
                ? omni__policy_index(field->words, count, value->text)
                : count;
        if (word == count) {
            status = wrong_word(at, field->words, count);
        }
        number = (uint32_t)word;
    }
    if (status == OMNI_OK) {
        memcpy((uint8_t *)into + field->offset, &number, sizeof(number));
    }
    return status;
}

static bool
is_null(const omni__json *value)
{
    return value == NULL || value->type == OMNI__JSON_NULL;
}

/* ---- namespaces ---- */

static bool
is_any(omni__slice name)
{
    return omni__slice_equal(name, omni__slice_of("*", 1));
}

/* The own register of a namespace, or NULL. */
static omni__namespace *
own_namespace(const omni__policy *policy, omni__slice name)
{
    const omni__namespace *ns = omni__policy_namespace(policy, name);
    return ns != &policy->other ? (omni__namespace *)ns : NULL;
}

static omni__namespace *
add_namespace(omni__policy_box *box, omni__slice name)
{
    omni__policy *policy = &box->policy;
    const size_t count = policy->namespace_count;
    omni__namespace *list = (omni__namespace *)policy->namespaces;
    if (count == box->namespace_capacity) {
        list = omni__arena_get(&box->arena, (2 * count + 8) * sizeof(list[0]));
        if (list == NULL) {
            return NULL;
        }
        memcpy(list, policy->namespaces, count * sizeof(list[0]));
        box->namespace_capacity = 2 * count + 8;
        policy->namespaces = list;
    }
    size_t at = count;
    while (at > 0 && omni__slice_compare(list[at - 1].name, name) > 0) {
        list[at] = list[at - 1];
        --at;
    }
    list[at] = policy->other;
    list[at].name = omni__arena_copy(&box->arena, name);
    ++policy->namespace_count;
    return list[at].name.data != NULL ? &list[at] : NULL;
}

static void
reset_namespace(omni__policy_box *box, omni__slice name)
{
    omni__policy *policy = &box->policy;
    const omni__namespace *base = own_namespace(&omni__policy_default, name);
    omni__namespace *own = own_namespace(policy, name);
    if (is_any(name)) {
        policy->other = omni__policy_default.other;
    } else if (own != NULL && base != NULL) {
        const omni__slice kept = own->name;
        *own = *base;
        own->name = kept;
    } else if (own != NULL) {
        const size_t after =
            (size_t)(policy->namespaces + policy->namespace_count - (own + 1));
        memmove(own, own + 1, after * sizeof(*own));
        --policy->namespace_count;
    }
}

static omni_status
set_namespace(omni__policy_box *box, omni__slice name, const omni__json *value,
              place *at)
{
    if (!is_any(name) && !omni__namespace_valid(name)) {
        return wrong(at, "a namespace is a letter and up to 31 letters, digits "
                         "or _, all in lower case");
    }
    if (is_null(value)) {
        reset_namespace(box, name);
        return OMNI_OK;
    }
    if (value->type != OMNI__JSON_OBJECT) {
        return wrong(at, "must be an object");
    }
    const omni__namespace *old = omni__policy_namespace(&box->policy, name);
    omni__namespace made = is_any(name) ? box->policy.other : *old;
    const size_t mark = strlen(at->path);
    for (size_t i = 0; i < value->count; ++i) {
        const omni__json *item = &value->items[i];
        const size_t field = omni__policy_index(omni__policy_field_names,
                                                OMNI__POLICY_FIELDS, item->key);
        enter(at, item->key);
        const omni_status status =
            field == OMNI__POLICY_FIELDS
                ? wrong_key(at, "key of a namespace", omni__policy_field_names,
                            OMNI__POLICY_FIELDS)
                : read_field(item, &omni__policy_fields[field], &made, at);
        if (status != OMNI_OK) {
            return status;
        }
        at->path[mark] = '\0';
    }
    omni__namespace *own =
        is_any(name) ? &box->policy.other : own_namespace(&box->policy, name);
    if (own == NULL) {
        own = add_namespace(box, name);
    }
    if (own == NULL) {
        return omni__fail_memory(at->error);
    }
    made.name = own->name;
    *own = made;
    return OMNI_OK;
}

/* ---- lists ---- */

static omni__policy_list *
find_list(const omni__policy *policy, omni__policy_section section,
          omni__slice name)
{
    for (size_t i = 0; i < policy->list_count; ++i) {
        if (policy->lists[i].section == section &&
            omni__slice_equal(policy->lists[i].name, name)) {
            return (omni__policy_list *)&policy->lists[i];
        }
    }
    return NULL;
}

static omni__policy_list *
add_list(omni__policy_box *box, omni__policy_section section, omni__slice name)
{
    omni__policy *policy = &box->policy;
    const size_t count = policy->list_count;
    omni__policy_list *list = (omni__policy_list *)policy->lists;
    if (count == box->list_capacity) {
        list = omni__arena_get(&box->arena, (2 * count + 8) * sizeof(list[0]));
        if (list == NULL) {
            return NULL;
        }
        memcpy(list, policy->lists, count * sizeof(list[0]));
        box->list_capacity = 2 * count + 8;
        policy->lists = list;
    }
    size_t at = count;
    while (at > 0 && (list[at - 1].section > section ||
                      (list[at - 1].section == section &&
                       omni__slice_compare(list[at - 1].name, name) > 0))) {
        list[at] = list[at - 1];
        --at;
    }
    list[at] = (omni__policy_list){.section = section};
    list[at].name = omni__arena_copy(&box->arena, name);
    ++policy->list_count;
    return name.size == 0 || list[at].name.data != NULL ? &list[at] : NULL;
}

static void
reset_list(omni__policy_box *box, omni__policy_section section,
           omni__slice name)
{
    omni__policy *policy = &box->policy;
    const omni__policy_list *base =
        find_list(&omni__policy_default, section, name);
    omni__policy_list *own = find_list(policy, section, name);
    if (own != NULL && base != NULL) {
        own->words = base->words;
        own->count = base->count;
    } else if (own != NULL) {
        const size_t after =
            (size_t)(policy->lists + policy->list_count - (own + 1));
        memmove(own, own + 1, after * sizeof(*own));
        --policy->list_count;
    }
}

static omni_status
read_words(omni__policy_box *box, const omni__json *value, omni__slice **out,
           const place *at)
{
    bool fine = value->type == OMNI__JSON_ARRAY && value->count <= WORDS_MAX;
    for (size_t i = 0; fine && i < value->count; ++i) {
        fine = value->items[i].type == OMNI__JSON_STRING &&
               value->items[i].text.size != 0 &&
               value->items[i].text.size <= OMNI_LIMIT_IDENTIFIER_BYTES;
    }
    if (!fine) {
        return wrong(at, "must be a list of up to 1000 strings, each of 1 to "
                         "1024 bytes");
    }
    *out = omni__arena_get(&box->arena, (value->count + 1) * sizeof((*out)[0]));
    for (size_t i = 0; *out != NULL && i < value->count; ++i) {
        (*out)[i] = omni__arena_copy(&box->arena, value->items[i].text);
        if ((*out)[i].data == NULL) {
            *out = NULL;
        }
    }
    return *out != NULL ? OMNI_OK : omni__fail_memory(at->error);
}

static omni_status
set_list(omni__policy_box *box, omni__policy_section section, omni__slice name,
         const omni__json *value, place *at)
{
    const omni__policy_words *form = &omni__policy_lists[section];
    if (form->map && (name.size == 0 || name.size > OMNI_LIMIT_NAME_BYTES)) {
        return wrong(at, "names here are of 1 to 128 bytes");
    }
    if (form->spaces && !is_any(name) && !omni__namespace_valid(name)) {
        return wrong(at, "there is no such namespace");
    }
    if (is_null(value)) {
        reset_list(box, section, name);
        return OMNI_OK;
    }
    omni__slice *words;
    const omni_status status = read_words(box, value, &words, at);
    if (status != OMNI_OK) {
        return status;
    }
    omni__policy_list *list = find_list(&box->policy, section, name);
    if (list == NULL) {
        list = add_list(box, section, name);
    }
    if (list == NULL) {
        return omni__fail_memory(at->error);
    }
    list->words = words;
    list->count = value->count;
    return OMNI_OK;
}

/* ---- any register ---- */

static omni_status
set_number(omni__policy_box *box, size_t number, const omni__json *value,
           const place *at)
{
    omni__policy base = omni__policy_default;
    const omni__policy_field *field = &omni__policy_numbers[number];
    if (!is_null(value)) {
        return read_field(value, field, &box->policy, at);
    }
    base.calling_code = box->policy.store_calling_code;
    memcpy((uint8_t *)&box->policy + field->offset,
           (const uint8_t *)&base + field->offset, sizeof(uint32_t));
    return OMNI_OK;
}

omni_status
omni__policy_set(omni__policy_box *box, omni__slice section, omni__slice name,
                 const omni__json *value, omni_error *error)
{
    place at = {.error = error};
    const size_t number = omni__policy_index(omni__policy_number_names,
                                             OMNI__POLICY_NUMBERS, section);
    const size_t list = omni__policy_index(omni__policy_list_names,
                                           OMNI__POLICY_LISTS, section);
    enter(&at, section);
    if (omni__policy_index(omni__policy_sections, OMNI__POLICY_SECTIONS,
                           section) == OMNI__POLICY_SECTIONS) {
        return wrong_key(&at, "setting", omni__policy_sections,
                         OMNI__POLICY_SECTIONS);
    }
    enter(&at, name);
    if (omni__policy_is_map(section) != (name.size != 0)) {
        return wrong(&at, name.size != 0 ? "names nothing" : "needs a name");
    }
    if (number < OMNI__POLICY_NUMBERS) {
        return set_number(box, number, value, &at);
    }
    return list < OMNI__POLICY_LISTS
               ? set_list(box, (omni__policy_section)list, name, value, &at)
               : set_namespace(box, name, value, &at);
}

omni_status
omni__policy_set_register(omni__policy_box *box, omni__slice name,
                          omni__slice value, omni_error *error)
{
    const uint8_t *dot = memchr(name.data, '.', name.size);
    const size_t size = dot != NULL ? (size_t)(dot - name.data) : name.size;
    const size_t skipped = dot != NULL ? size + 1 : size;
    omni__json_fault fault = {0};
    const omni__json *json = omni__json_parse(value, &box->arena, &fault);
    if (json == NULL) {
        return fault.memory
                   ? omni__fail_memory(error)
                   : omni__fail_at(error, OMNI_ERR_SYNTAX,
                                   (int64_t)fault.offset, "%s", fault.message);
    }
    return omni__policy_set(
        box, omni__slice_of(name.data, size),
        omni__slice_of(name.data + skipped, name.size - skipped), json, error);
}

/* ---- the whole ---- */

static void
free_box(omni__kv_shared *shared)
{
    omni__policy_box *box = omni__policy_box_of(shared);
    const omni__alloc *alloc = box->arena.alloc;
    omni__arena_free(&box->arena);
    omni__free(alloc, box);
}

omni__policy_box *
omni__policy_copy(const omni__policy *base, const omni__alloc *alloc)
{
    omni__policy_box *box = omni__calloc(alloc, sizeof(*box));
    if (box == NULL) {
        return NULL;
    }
    omni__arena_init(&box->arena, alloc);
    box->shared = (omni__kv_shared){.references = 1, .free = free_box};
    box->policy = *base;
    box->policy.namespace_count = 0;
    box->policy.list_count = 0;
    bool fine = true;
    for (size_t i = 0; i < base->namespace_count && fine; ++i) {
        omni__namespace *made = add_namespace(box, base->namespaces[i].name);
        fine = made != NULL;
        if (fine) {
            const omni__slice name = made->name;
            *made = base->namespaces[i];
            made->name = name;
        }
    }
    for (size_t i = 0; i < base->list_count && fine; ++i) {
        const omni__policy_list *list = &base->lists[i];
        omni__policy_list *made = add_list(box, list->section, list->name);
        omni__slice *words =
            omni__arena_get(&box->arena, (list->count + 1) * sizeof(words[0]));
        fine = made != NULL && words != NULL;
        for (size_t k = 0; k < list->count && fine; ++k) {
            words[k] = omni__arena_copy(&box->arena, list->words[k]);
            fine = words[k].data != NULL;
        }
        if (fine) {
            made->words = words;
            made->count = list->count;
        }
    }
    if (!fine) {
        free_box(&box->shared);
        return NULL;
    }
    return box;
}

/* Blocked values are compared in their namespace's form, if they have one:
   what has none names nobody anyway. */
static bool
form_blocked(omni__policy_box *box)
{
    for (size_t i = 0; i < box->policy.list_count; ++i) {
        const omni__policy_list *list = &box->policy.lists[i];
        if (list->section != OMNI__POLICY_BLOCKED) {
            continue;
        }
        const omni__namespace *ns =
            omni__policy_namespace(&box->policy, list->name);
        omni__slice *words = (omni__slice *)list->words;
        for (size_t k = 0; k < list->count; ++k) {
            const omni__slice text = omni__text_trim(words[k]);
            const omni__slice form =
                omni__identifier_form(&box->policy, ns, text, &box->arena);
            if (form.data == NULL) {
                return false;
            }
            words[k] = form.size != 0 ? form : words[k];
        }
    }
    return true;
}

/* Which of the amounts are those that entries have a sign for. */
static void
note_usual(omni__policy_box *box)
{
    const omni__policy_list *usual = &omni__policy_default.lists[0];
    for (size_t i = 0; i < box->policy.list_count; ++i) {
        omni__policy_list *list = (omni__policy_list *)&box->policy.lists[i];
        list->usual =
            list->section == usual->section && list->count == usual->count;
        for (size_t k = 0; k < list->count && list->usual; ++k) {
            list->usual = omni__slice_equal(list->words[k], usual->words[k]);
        }
    }
}

omni_status
omni__policy_finish(omni__policy_box *box)
{
    note_usual(box);
    return form_blocked(box)
               ? omni__policy_digest(&box->policy, box->arena.alloc,
                                     &box->policy.digest)
               : OMNI_ERR_NO_MEMORY;
}
