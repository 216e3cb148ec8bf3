/* Names of columns: which there are, and reading a list of them. */
#include "export.h"
#include "text.h"

#include <string.h>

#define FIXED_MAX 16

/* Columns of each kind of row, and what others begin with. */
static const char *const fixed[][FIXED_MAX] = {
    [EXPORT_PROFILES] = {"id", "first_seen", "last_seen", "channels"},
    [EXPORT_EVENTS] = {"profile", "time", "type", "name", "channel", "source",
                       "id", "original_time", "identifiers", "group_id",
                       "previous_id"},
    [EXPORT_IDENTIFIERS] = {"profile", "namespace", "value", "first_seen",
                            "last_seen", "channels", "contested"},
};
static const char *const families[][4] = {
    [EXPORT_PROFILES] = {"identifiers.", "traits.", "events."},
    [EXPORT_EVENTS] = {"properties.", "traits."},
    [EXPORT_IDENTIFIERS] = {NULL},
};

static bool
is_known(export_what what, const char *name)
{
    for (size_t i = 0; fixed[what][i] != NULL; ++i) {
        if (strcmp(fixed[what][i], name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; families[what][i] != NULL; ++i) {
        const size_t size = strlen(families[what][i]);
        if (strncmp(families[what][i], name, size) == 0 && name[size] != '\0') {
            return true;
        }
    }
    return false;
}

/* WRONG_USAGE, with what was meant or what there is. */
static int
unknown_column(export_what what, const char *name)
{
    size_t count = 0;
    while (fixed[what][count] != NULL) {
        ++count;
    }
    const char *meant = nearest_word(name, fixed[what], count);
    if (meant != NULL) {
        return wrong_usage("there is no column \"%s\"; did you mean \"%s\"?",
                           name, meant);
    }
    if (families[what][0] == NULL) {
        return wrong_usage("there is no column \"%s\"", name);
    }
    return wrong_usage("there is no column \"%s\"; others than the first %zu "
                       "begin with \"%s\" or \"%s\"",
                       name, count, families[what][0], families[what][1]);
}

/* The next name of a list: up to a comma, or between quotes, where "" stands
   for one. */
static omni_text
next_name(const char **at, bytes *room)
{
    const bool quoted = **at == '"';
    room->size = 0;
    *at += quoted ? 1 : 0;
    while (**at != '\0' && (quoted || **at != ',')) {
        if (quoted && **at == '"' && *++*at != '"') {
            break;
        }
        bytes_add(room, (omni_text){.bytes = (*at)++, .size = 1});
    }
    *at += **at == ',' ? 1 : 0;
    bytes_add(room, (omni_text){.bytes = "", .size = 1});
    return (omni_text){.bytes = room->data,
                       .size = room->failed ? 0 : room->size - 1};
}

int
export_columns(export_job *job, const char *list)
{
    int result = DONE;
    bytes room = {.size = 0};
    for (size_t i = 0; list == NULL && fixed[job->what][i] != NULL; ++i) {
        sheet_column(&job->sheet, text_of(fixed[job->what][i]));
    }
    while (list != NULL && *list != '\0' && result == DONE) {
        const omni_text name = next_name(&list, &room);
        if (room.failed) {
            result = fault("out of memory");
        } else if (!is_known(job->what, name.bytes)) {
            result = unknown_column(job->what, name.bytes);
        } else {
            sheet_column(&job->sheet, name);
        }
    }
    bytes_free(&room);
    sheet_fix(&job->sheet);
    if (result == DONE && job->sheet.count == 0) {
        return wrong_usage("--columns names no column");
    }
    return result;
}
