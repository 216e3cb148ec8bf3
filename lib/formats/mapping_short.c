/* Roles of columns in short: `property:revenue:number`, `time:%Y-%m-%d`. */
#include "formats/mapping_build.h"

#include "codec/text.h"

/* Words of roles that are no part of an event alone. */
static const char *const roles[] = {
    "namespace",   "trait",         "property", "time",   "event_id",
    "event",       "type",          "channel",  "source", "group_id",
    "previous_id", "original_time", "ignore",
};

#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

static bool
is_word(omni__slice text, const char *word)
{
    return omni__slice_equal(text, omni__slice_text(word));
}

/* Cut at the first colon; what is behind it, or nothing. */
static omni__slice
split(omni__slice *text)
{
    const uint8_t *colon =
        text->size != 0 ? memchr(text->data, ':', text->size) : NULL;
    if (colon == NULL) {
        return omni__slice_of(NULL, 0);
    }
    const size_t before = (size_t)(colon - text->data);
    const omni__slice rest = omni__slice_of(colon + 1, text->size - before - 1);
    text->size = before;
    return rest;
}

/* Take a type off the end of a name, where there is one. */
static omni__map_type
split_type(omni__slice *name)
{
    for (size_t i = name->size; i > 0; --i) {
        if (name->data[i - 1] != ':') {
            continue;
        }
        const omni__slice word = omni__slice_of(name->data + i, name->size - i);
        for (int type = 0; type < OMNI__MAP_TYPES; ++type) {
            if (is_word(word, omni__map_types[type])) {
                name->size = i - 1;
                return (omni__map_type)type;
            }
        }
        break;
    }
    return OMNI__MAP_TEXT;
}

static omni_status
add_member(omni__map_builder *b, omni__map_column *column,
           omni__map_member **list, omni__slice name)
{
    omni__map_reading reading = {.type = split_type(&name)};
    omni__map_member *member = NULL;
    omni_status status =
        omni__map_form(b, omni__slice_of(NULL, 0), &reading.form);
    if (status == OMNI_OK) {
        status = omni__map_add_member(b, list, name, &member);
    }
    if (status == OMNI_OK) {
        member->column = column;
        member->reading = reading;
    }
    return status;
}

static omni_status
add_part(omni__map_builder *b, omni__map_column *column, omni__slice word,
         omni__slice rest)
{
    for (int part = 0; part < OMNI__MAP_PARTS; ++part) {
        if (!is_word(word, omni__map_parts[part])) {
            continue;
        }
        omni__map_reading reading = {.type = OMNI__MAP_TEXT};
        const bool time = part >= OMNI__MAP_TIME;
        if (!time && rest.data != NULL) {
            return omni__map_wrong(b, "nothing follows \"%s\"",
                                   omni__map_parts[part]);
        }
        const omni_status status =
            time ? omni__map_form(b, rest, &reading.form) : OMNI_OK;
        return status == OMNI_OK
                   ? omni__map_add_part(b, column, (omni__map_part)part,
                                        &reading)
                   : status;
    }
    return omni__map_unknown(b, "role", word, roles, ROLE_COUNT);
}

omni_status
omni__map_add_short(omni__map_builder *b, omni__map_column *column,
                    omni__slice role)
{
    omni__slice word = role;
    omni__slice rest = split(&word);
    column->said = true;
    if (is_word(word, "namespace")) {
        const omni__map_reading reading = {.type = split_type(&rest)};
        return omni__map_add_name(b, column, rest, &reading);
    }
    if (is_word(word, "trait")) {
        return add_member(b, column, &b->mapping->traits, rest);
    }
    if (is_word(word, "property")) {
        return add_member(b, column, &b->mapping->properties, rest);
    }
    if (is_word(word, "event_id") && rest.data == NULL) {
        return omni__map_add_event_id(b, column);
    }
    if (is_word(word, "ignore") && rest.data == NULL) {
        return OMNI_OK;
    }
    return add_part(b, column, word, rest);
}

/* `=channel:store`: the same in all rows. */
static omni_status
add_constant(omni__map_builder *b, omni__slice role)
{
    omni__slice word = role;
    const omni__slice value = split(&word);
    for (int part = 0; part < OMNI__MAP_RULED; ++part) {
        if (is_word(word, omni__map_parts[part])) {
            return omni__map_add_constant(b, (omni__map_part)part, value);
        }
    }
    return omni__map_unknown(b, "part of all rows", word, omni__map_parts,
                             OMNI__MAP_RULED);
}

omni_status
omni__mapping_add(omni_mapping *mapping, omni__slice text, omni_error *error)
{
    omni__map_builder b = {.mapping = mapping, .error = error};
    const uint8_t *equals =
        text.size != 0 ? memchr(text.data, '=', text.size) : NULL;
    if (!omni__text_valid(text)) {
        return omni__map_wrong(&b, "not UTF-8");
    }
    omni__map_enter(&b, text);
    if (equals == NULL) {
        return omni__map_wrong(&b, "is not COLUMN=ROLE, such as "
                                   "Email=namespace:email");
    }
    const omni__slice name =
        omni__slice_of(text.data, (size_t)(equals - text.data));
    const omni__slice role =
        omni__slice_of(equals + 1, text.size - name.size - 1);
    if (name.size == 0) {
        return add_constant(&b, role);
    }
    omni__map_column *column = NULL;
    const omni_status status = omni__map_column_of(&b, name, &column);
    return status == OMNI_OK ? omni__map_add_short(&b, column, role) : status;
}
