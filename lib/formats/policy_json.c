/* Policies in and out as JSON documents. */
#include "formats/policy_json.h"

#include "formats/json_put.h"

/* ---- in ---- */

static omni_status
read_section(omni__policy_box *box, const omni__json *section,
             omni_error *error)
{
    const omni__slice none = omni__slice_of(NULL, 0);
    if (!omni__policy_is_map(section->key)) {
        return omni__policy_set(box, section->key, none, section, error);
    }
    if (section->type != OMNI__JSON_OBJECT) {
        return omni__fail(error, OMNI_ERR_SYNTAX, "%.*s: must be an object",
                          (int)section->key.size,
                          (const char *)section->key.data);
    }
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < section->count && status == OMNI_OK; ++i) {
        const omni__json *item = &section->items[i];
        status =
            item->key.size != 0
                ? omni__policy_set(box, section->key, item->key, item, error)
                : omni__fail(error, OMNI_ERR_SYNTAX, "%.*s: a name is empty",
                             (int)section->key.size,
                             (const char *)section->key.data);
    }
    return status;
}

omni_status
omni__policy_parse(const omni__policy *base, omni__slice json,
                   const omni__alloc *alloc, omni__policy_box **out,
                   omni_error *error)
{
    omni__policy_box *box = omni__policy_copy(base, alloc);
    if (box == NULL) {
        return omni__fail_memory(error);
    }
    omni__json_fault fault = {0};
    omni_status status = OMNI_OK;
    const omni__json *root = omni__json_parse(json, &box->arena, &fault);
    if (root == NULL) {
        status =
            fault.memory
                ? omni__fail_memory(error)
                : omni__fail_at(error, OMNI_ERR_SYNTAX, (int64_t)fault.offset,
                                "byte %zu: %s", fault.offset, fault.message);
    } else if (root->type != OMNI__JSON_OBJECT) {
        status = omni__fail(error, OMNI_ERR_SYNTAX, "must be an object");
    }
    for (size_t i = 0; status == OMNI_OK && i < root->count; ++i) {
        status = read_section(box, &root->items[i], error);
    }
    if (status == OMNI_OK) {
        status = omni__policy_finish(box);
    }
    if (status != OMNI_OK) {
        omni__kv_unshare(&box->shared);
        return status == OMNI_ERR_NO_MEMORY ? omni__fail_memory(error) : status;
    }
    *out = box;
    return OMNI_OK;
}

/* ---- out ---- */

omni_status
omni__policy_write(const omni__policy *policy, omni__arena *arena,
                   omni__buffer *out)
{
    omni__policy_register *list;
    size_t count;
    const omni_status status =
        omni__policy_registers(policy, false, arena, &list, &count);
    const char *open = NULL;
    omni__buffer_byte(out, '{');
    for (size_t i = 0; status == OMNI_OK && i < count; ++i) {
        const bool same = open != NULL && strcmp(open, list[i].section) == 0;
        if (!same && open != NULL) {
            omni__buffer_byte(out, '}');
            open = NULL;
        }
        omni__json_put_comma(out, i);
        if (!same) {
            omni__json_put_key(out, list[i].section);
        }
        if (list[i].name.size != 0) {
            if (!same) {
                omni__buffer_byte(out, '{');
                open = list[i].section;
            }
            omni__json_write_text(list[i].name, out);
            omni__buffer_byte(out, ':');
        }
        omni__buffer_slice(out, list[i].value);
    }
    omni__buffer_text(out, open != NULL ? "}}" : "}");
    return out->failed ? OMNI_ERR_NO_MEMORY : status;
}

static int
compare(const omni__policy_register *a, const omni__policy_register *b)
{
    const int order = strcmp(a->section, b->section);
    return order != 0 ? order : omni__slice_compare(a->name, b->name);
}

/* SECTION or SECTION.NAME; NULL without memory. */
static omni_text
name_of(const omni__policy_register *entry, omni__arena *arena)
{
    const size_t size = strlen(entry->section);
    const size_t all =
        size + (entry->name.size != 0 ? 1 : 0) + entry->name.size;
    char *text = omni__arena_get(arena, all + 1);
    if (text != NULL) {
        memcpy(text, entry->section, size);
        text[size] = '.';
        if (entry->name.size != 0) {
            memcpy(text + size + 1, entry->name.data, entry->name.size);
        }
        text[all] = '\0';
    }
    return (omni_text){.bytes = text, .size = all};
}

omni_status
omni__policy_compare(const omni__policy *policy, const omni__policy *before,
                     bool changed, omni__arena *arena,
                     omni_policy_setting **out, size_t *count)
{
    const omni__policy *sides[2] = {policy, before};
    omni__policy_register *lists[2];
    size_t counts[2];
    for (size_t i = 0; i < 2; ++i) {
        if (omni__policy_registers(sides[i], false, arena, &lists[i],
                                   &counts[i]) != OMNI_OK) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    omni_policy_setting *made =
        omni__arena_zero(arena, (counts[0] + counts[1] + 1) * sizeof(made[0]));
    size_t n = 0;
    for (size_t a = 0, b = 0;
         made != NULL && (a < counts[0] || b < counts[1]);) {
        const int order = a == counts[0] ? 1
                          : b == counts[1]
                              ? -1
                              : compare(&lists[0][a], &lists[1][b]);
        omni_policy_setting *setting = &made[n];
        *setting = (omni_policy_setting){
            .name = name_of(order <= 0 ? &lists[0][a] : &lists[1][b], arena)};
        if (setting->name.bytes == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        if (order <= 0) {
            setting->value = omni__text_of(lists[0][a++].value);
        }
        if (order >= 0) {
            setting->other = omni__text_of(lists[1][b++].value);
        }
        setting->is_same =
            omni__slice_equal(omni__slice_of_text(setting->value),
                              omni__slice_of_text(setting->other));
        n += !changed || !setting->is_same ? 1 : 0;
    }
    *out = made;
    *count = n;
    return made != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}
