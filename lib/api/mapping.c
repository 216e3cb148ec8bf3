/* omni/mapping.h: mappings of tables, and rows as records of a batch. */
#include "omni/mapping.h"

#include "api/handle.h"
#include "formats/mapping.h"
#include "platform/sized.h"

omni_status
omni_mapping_parse(const char *json, size_t size_bytes, const omni_hooks *hooks,
                   omni_mapping **out, omni_error *error)
{
    omni__hooks taken;
    const omni_status status = omni__hooks_init(&taken, hooks);
    if (status != OMNI_OK) {
        return omni__fail(error, status, "hooks of an unknown size");
    }
    return omni__mapping_parse(&taken.alloc, omni__slice_of(json, size_bytes),
                               out, error);
}

void
omni_mapping_free(omni_mapping *mapping)
{
    omni__mapping_free(mapping);
}

omni_status
omni_mapping_add(omni_mapping *mapping, const char *text, omni_error *error)
{
    return omni__mapping_add(mapping, omni__slice_text(text), error);
}

omni_status
omni_mapping_form(const omni_mapping *mapping, omni_table_form *form)
{
    const omni_status status = omni__sized_check(form, "form", NULL);
    if (status == OMNI_OK) {
        omni__sized_write(form, &mapping->form, sizeof(*form));
    }
    return status;
}

omni_status
omni_mapping_bind(omni_mapping *mapping, const omni_text *columns, size_t count,
                  omni_error *error)
{
    return omni__mapping_bind(mapping, columns, count, error);
}

bool
omni_mapping_uses(const omni_mapping *mapping, size_t column)
{
    return column < mapping->column_count && mapping->used[column];
}

omni_status
omni_mapping_skipped(const omni_mapping *mapping, size_t rule,
                     omni_skipped *out)
{
    const omni__map_rule *at = mapping->skips;
    for (; at != NULL && rule > 0; --rule) {
        at = at->next;
    }
    if (at == NULL) {
        return OMNI_END;
    }
    *out =
        (omni_skipped){.reason = omni__text_of(at->value), .count = at->count};
    return OMNI_OK;
}

static omni_status
add_row(omni_batch *batch, omni_import *import, omni_mapping *mapping,
        const omni_row *row)
{
    omni__record record;
    omni__refusal refusal;
    omni__map_rule *skip = NULL;
    omni__arena_reset(&batch->scratch);
    const omni_status status = omni__mapping_read(mapping, row, &batch->scratch,
                                                  &record, &refusal, &skip);
    if (status != OMNI_OK) {
        return status;
    }
    import->line = row->line != 0 ? row->line : import->line + 1;
    if (skip != NULL) {
        ++skip->count;
        if (import->rehearsal != NULL) {
            omni__rehearsal_skip(import->rehearsal);
        } else {
            ++batch->waiting.read;
            ++batch->waiting.skipped;
        }
        return OMNI_OK;
    }
    const omni__origin origin = {
        .import = import,
        .line = import->line,
        .text = omni__mapping_show(mapping, row, &batch->scratch)};
    return refusal.code == OMNI_REFUSED_NONE
               ? omni__batch_add_record(batch, &record, &origin)
               : omni__batch_add_refused(batch, &refusal, &origin);
}

omni_status
omni_batch_add_row(omni_batch *batch, omni_import *import,
                   omni_mapping *mapping, const omni_row *row)
{
    omni_row given;
    omni_error *error = &batch->error;
    omni_status status =
        omni__sized_read(row, &given, sizeof(given), "row", error);
    if (status != OMNI_OK) {
        return status;
    }
    if (mapping->column_count == 0) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "the mapping is not bound to a table");
    }
    if (given.field_count != 0 && given.fields == NULL) {
        return omni__fail(error, OMNI_ERR_ARGUMENT, "the row has no fields");
    }
    status = omni__batch_check_room(batch);
    if (status != OMNI_OK) {
        return status;
    }
    status =
        add_row(batch, import != NULL ? import : &batch->own, mapping, &given);
    if (status < 0) {
        omni__fail(error, status, "row at line %llu: %s",
                   (unsigned long long)(import != NULL ? import->line : 0),
                   omni__hooks_fault(status));
    }
    return status;
}
