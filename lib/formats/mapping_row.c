/* A row of a bound table as a record. */
#include "formats/event_struct.h"
#include "formats/mapping_build.h"
#include "formats/mapping_value.h"

#include "codec/text.h"
#include "omni/limits.h"

#define SHOWN_BYTES 1024 /* of a row in the refused log */

/* A field, trimmed, and empty where it says that there is none. */
static bool
take_field(omni__map_row *row, const omni_row *given, omni__map_column *column)
{
    const omni_text text = given->fields[column->index];
    const omni__slice field = omni__slice_of(text.bytes, text.size);
    column->field = omni__slice_of(NULL, 0);
    const bool has_nul =
        field.size != 0 && memchr(field.data, 0, field.size) != NULL;
    if (has_nul || !omni__text_valid(field)) {
        return omni__segment_refuse(
            &row->reading, OMNI_REFUSED_ROW, "column %s %s", column->label,
            has_nul ? "holds a NUL byte" : "is not UTF-8");
    }
    const omni__slice trimmed = omni__text_trim(field);
    const omni__map_word *missing =
        column->missing != NULL ? column->missing : row->mapping->missing;
    for (; missing != NULL; missing = missing->next) {
        if (omni__slice_equal(missing->text, trimmed)) {
            return true;
        }
    }
    column->field = trimmed;
    return true;
}

static bool
take_fields(omni__map_row *row, const omni_row *given)
{
    if (given->fault != NULL) {
        return omni__segment_refuse(&row->reading, OMNI_REFUSED_ROW, "%s",
                                    given->fault);
    }
    if (given->field_count != row->mapping->column_count) {
        return omni__segment_refuse(
            &row->reading, OMNI_REFUSED_ROW,
            "the row has %zu field%s, the table %zu columns",
            given->field_count, given->field_count == 1 ? "" : "s",
            row->mapping->column_count);
    }
    for (omni__map_column *column = row->mapping->columns; column != NULL;
         column = column->next) {
        if (!take_field(row, given, column)) {
            return false;
        }
    }
    return true;
}

/* A part that a column gives, else the first rule that applies. */
static omni__slice
part_of(omni__map_row *row, omni__map_part part)
{
    const omni__map_source *source = &row->mapping->parts[part];
    if (source->column != NULL && source->column->field.size != 0) {
        return source->column->field;
    }
    for (const omni__map_rule *rule = source->rules; rule != NULL;
         rule = rule->next) {
        if (omni__map_holds(row, rule->tests)) {
            return rule->value;
        }
    }
    return omni__slice_of(NULL, 0);
}

static bool
take_kind(omni__map_row *row)
{
    omni__record *record = row->record;
    const omni__map_source *source = &row->mapping->parts[OMNI__MAP_KIND];
    const omni__slice word = part_of(row, OMNI__MAP_KIND);
    record->type = OMNI_EVENT_TRACK;
    for (uint8_t i = 0; word.size != 0; ++i) {
        if (i == 6) {
            return omni__map_refuse(row, OMNI_REFUSED_EVENT, source->column,
                                    "is not a type of event");
        }
        if (omni__slice_equal(word, omni__slice_text(omni__map_kinds[i]))) {
            record->type = i;
            break;
        }
    }
    record->name = omni__slice_text(omni__map_kinds[record->type]);
    if (record->type == OMNI_EVENT_TRACK) {
        record->name = part_of(row, OMNI__MAP_EVENT);
        if (record->name.size == 0) {
            return omni__segment_refuse(
                &row->reading, OMNI_REFUSED_EVENT,
                "no rule of \"event\" applies, and no column names it");
        }
    }
    return true;
}

static bool
take_words(omni__map_row *row)
{
    omni__record *record = row->record;
    record->channel = part_of(row, OMNI__MAP_CHANNEL);
    record->source = part_of(row, OMNI__MAP_SOURCE);
    record->group_id = part_of(row, OMNI__MAP_GROUP_ID);
    record->previous_id = record->type == OMNI_EVENT_ALIAS
                              ? part_of(row, OMNI__MAP_PREVIOUS_ID)
                              : omni__slice_of(NULL, 0);
    return true;
}

static bool
take_times(omni__map_row *row)
{
    omni__record *record = row->record;
    const omni__map_source *time = &row->mapping->parts[OMNI__MAP_TIME];
    const omni__map_source *original =
        &row->mapping->parts[OMNI__MAP_ORIGINAL_TIME];
    const bool has_original =
        original->column != NULL && original->column->field.size != 0;
    int64_t original_us = 0;
    record->has_time = time->column != NULL ? time->column->field.size != 0
                                            : row->mapping->has_time;
    record->time_us = row->mapping->time_us;
    if (time->column != NULL && record->has_time &&
        !omni__map_time(row, time->column, &time->reading, &record->time_us)) {
        return false;
    }
    if (has_original && !omni__map_time(row, original->column,
                                        &original->reading, &original_us)) {
        return false;
    }
    if (!record->has_time && !has_original && time->column != NULL) {
        return omni__segment_refuse(&row->reading, OMNI_REFUSED_TIME,
                                    "column %s is empty: the row has no time",
                                    time->column->label);
    }
    record->time_us = record->has_time ? record->time_us : original_us;
    record->instant_us = has_original ? original_us : record->time_us;
    record->has_time |= has_original;
    return true;
}

/* The id: a field as it is, or several with slashes between them. */
static bool
take_id(omni__map_row *row)
{
    const omni__map_factor *first = row->mapping->event_id;
    omni__buffer *out = &row->reading.scratch;
    bool any = false;
    if (first != NULL && first->next == NULL) {
        row->record->id = first->column->field;
        return true;
    }
    omni__buffer_clear(out);
    for (const omni__map_factor *at = first; at != NULL; at = at->next) {
        const omni__slice field = at->column->field;
        any |= field.size != 0;
        if (at != first) {
            omni__buffer_byte(out, '/');
        }
        for (size_t i = 0; i < field.size; ++i) {
            if (field.data[i] == '/' || field.data[i] == '\\') {
                omni__buffer_byte(out, '\\');
            }
            omni__buffer_byte(out, field.data[i]);
        }
    }
    if (any) {
        row->record->id =
            omni__arena_copy(row->reading.arena, omni__buffer_bytes(out));
    }
    return !out->failed && (!any || row->record->id.data != NULL)
               ? true
               : omni__segment_no_memory(&row->reading);
}

static bool
take_names(omni__map_row *row)
{
    omni__record *record = row->record;
    size_t room = 0;
    for (const omni__map_name *at = row->mapping->names; at != NULL;
         at = at->next) {
        ++room;
    }
    omni__record_identifier *list =
        omni__arena_get(row->reading.arena, room * sizeof(list[0]));
    if (list == NULL) {
        return omni__segment_no_memory(&row->reading);
    }
    record->identifiers = list;
    for (const omni__map_name *at = row->mapping->names; at != NULL;
         at = at->next) {
        if (at->column->field.size == 0) {
            continue;
        }
        omni__record_identifier *one = &list[record->identifier_count];
        one->ns = at->ns;
        if (!omni__map_name_text(row, at->column, &at->reading, &one->value)) {
            return false;
        }
        ++record->identifier_count;
    }
    if (record->identifier_count != 0) {
        return true;
    }
    return omni__segment_refuse(
        &row->reading, OMNI_REFUSED_NO_IDENTIFIER, "column %s is empty%s",
        row->mapping->names->column->label,
        room > 1 ? ", and so are the others that could name somebody"
                 : ": nobody is named");
}

/* One member's value; false where it is refused. `*absent`: there is none. */
static bool
put_value(omni__map_row *row, const omni__map_member *member, omni__buffer *out,
          bool *absent)
{
    *absent = false;
    if (member->factors != NULL) {
        return omni__map_product(row, member->factors, out, absent);
    }
    if (member->column == NULL) {
        omni__buffer_slice(out, member->constant);
        return true;
    }
    *absent = member->column->field.size == 0;
    return *absent ||
           omni__map_value(row, member->column, &member->reading, out);
}

/* Traits or properties as a canonical object; keys are in order. */
static bool
take_members(omni__map_row *row, const omni__map_member *list, omni__slice *out,
             size_t *count)
{
    omni__buffer text;
    bool fine = true;
    *count = 0;
    omni__buffer_init(&text, row->reading.arena->alloc);
    for (const omni__map_member *at = list; fine && at != NULL; at = at->next) {
        const size_t start = text.size;
        bool absent = false;
        omni__buffer_byte(&text, start == 0 ? '{' : ',');
        omni__buffer_slice(&text, at->key_json);
        fine = put_value(row, at, &text, &absent);
        if (absent) {
            text.size = start;
        } else {
            ++*count;
        }
    }
    if (fine && *count != 0) {
        omni__buffer_byte(&text, '}');
        *out = omni__arena_copy(row->reading.arena, omni__buffer_bytes(&text));
        fine = !text.failed && out->data != NULL;
        row->reading.memory |= !fine;
    }
    omni__buffer_free(&text);
    return fine;
}

static bool
take_objects(omni__map_row *row)
{
    size_t count = 0;
    omni__record *record = row->record;
    if (!take_members(row, row->mapping->properties, &record->properties,
                      &count) ||
        !take_members(row, row->mapping->traits, &record->traits,
                      &record->trait_count)) {
        return false;
    }
    if (record->type == OMNI_EVENT_GROUP && record->traits.size != 0) {
        record->trait_count = 0;
        if (omni__record_move_group_traits(record, row->reading.arena) !=
            OMNI_OK) {
            return omni__segment_no_memory(&row->reading);
        }
    }
    return omni__segment_bounded(&row->reading,
                                 record->properties.size + record->traits.size,
                                 "the row as JSON", OMNI_LIMIT_EVENT_BYTES);
}

static omni__map_rule *
find_skip(omni__map_row *row)
{
    omni__map_rule *rule = row->mapping->skips;
    while (rule != NULL && !omni__map_holds(row, rule->tests)) {
        rule = rule->next;
    }
    return rule;
}

omni_status
omni__mapping_read(omni_mapping *mapping, const omni_row *given,
                   omni__arena *arena, omni__record *out,
                   omni__refusal *refusal, omni__map_rule **skip)
{
    omni__map_row row = {.mapping = mapping, .record = out};
    row.reading.arena = arena;
    row.reading.refusal = refusal;
    omni__buffer_init(&row.reading.scratch, arena->alloc);
    refusal->code = OMNI_REFUSED_NONE;
    *out = (omni__record){.type = OMNI_EVENT_TRACK};
    *skip = NULL;
    if (take_fields(&row, given)) {
        *skip = row.reading.memory ? NULL : find_skip(&row);
        if (*skip == NULL) {
            (void)(take_kind(&row) && take_words(&row) && take_times(&row) &&
                   take_id(&row) && take_names(&row) && take_objects(&row));
        }
    }
    omni__buffer_free(&row.reading.scratch);
    return row.reading.memory ? OMNI_ERR_NO_MEMORY : OMNI_OK;
}

omni__slice
omni__mapping_show(const omni_mapping *mapping, const omni_row *row,
                   omni__arena *arena)
{
    omni__buffer text;
    omni__slice shown = {NULL, 0};
    omni__buffer_init(&text, arena->alloc);
    for (size_t i = 0; i < row->field_count && text.size < SHOWN_BYTES; ++i) {
        const omni_text field = row->fields[i];
        const omni__slice all = omni__slice_of(field.bytes, field.size);
        omni__slice whole =
            omni__slice_of(all.data, omni__text_valid_prefix(all));
        whole = omni__text_cut(whole, SHOWN_BYTES);
        omni__buffer_byte(&text, i == 0 ? '{' : ',');
        if (i < mapping->column_count) {
            omni__json_write_text(mapping->header[i], &text);
        } else {
            omni__buffer_text(&text, "\"\"");
        }
        omni__buffer_byte(&text, ':');
        omni__json_write_text(whole, &text);
    }
    if (text.size != 0) {
        omni__buffer_byte(&text, '}');
    }
    if (!text.failed) {
        shown = omni__arena_copy(arena, omni__buffer_bytes(&text));
    }
    omni__buffer_free(&text);
    return shown;
}
