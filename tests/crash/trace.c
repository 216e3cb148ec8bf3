/* Reading traces, and following what is durable. */
#include "crash/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512u

static void
stop(const char *what)
{
    fprintf(stderr, "crash trace: %s\n", what);
    exit(2);
}

static void *
grown(void *array, size_t *capacity, size_t count, size_t element)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity != 0 ? *capacity * 2 : 16;
    void *moved = realloc(array, *capacity * element);
    if (moved == NULL) {
        stop("memory");
    }
    return moved;
}

static uint8_t *
read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        stop(path);
    }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
        stop(path);
    }
    fclose(file);
    return bytes;
}

static size_t
parse(crash_trace *trace, const uint8_t *bytes, size_t size, bool store)
{
    size_t count = 0;
    for (size_t at = 0; at + sizeof(record_header) <= size; ++count) {
        trace_record record = {0};
        memcpy(&record.header, bytes + at, sizeof(record_header));
        at += sizeof(record_header);
        if (record.header.name_size >= CRASH_NAME ||
            record.header.name_size + record.header.data_size > size - at) {
            stop("malformed");
        }
        memcpy(record.name, bytes + at, record.header.name_size);
        at += record.header.name_size;
        record.data = bytes + at;
        at += (size_t)record.header.data_size;
        if (store) {
            trace->records[count] = record;
        }
    }
    return count;
}

crash_trace *
crash_trace_load(const char *path)
{
    crash_trace *trace = calloc(1, sizeof(*trace));
    size_t size = 0;
    if (trace == NULL) {
        stop("memory");
    }
    trace->bytes = read_all(path, &size);
    trace->count = parse(trace, trace->bytes, size, false);
    trace->records = calloc(trace->count + 1, sizeof(trace->records[0]));
    trace->begun = calloc(trace->count + 1, sizeof(uint64_t));
    trace->done = calloc(trace->count + 1, sizeof(uint64_t));
    trace->snapshots = calloc(trace->count + 1, sizeof(trace->snapshots[0]));
    if (trace->records == NULL || trace->begun == NULL || trace->done == NULL ||
        trace->snapshots == NULL) {
        stop("memory");
    }
    parse(trace, trace->bytes, size, true);
    return trace;
}

size_t
crash_trace_records(const crash_trace *trace)
{
    return trace->count;
}

void
crash_trace_rewind(crash_trace *trace)
{
    for (int i = 0; i < trace->file_count; ++i) {
        free(trace->files[i].base);
        free(trace->files[i].changes);
    }
    memset(trace->files, 0, sizeof(trace->files));
    trace->file_count = 0;
    trace->live.count = 0;
    trace->durable.count = 0;
    trace->rename_count = 0;
    trace->begun_count = 0;
    trace->done_count = 0;
    trace->snapshot_count = 0;
}

void
crash_trace_free(crash_trace *trace)
{
    crash_trace_rewind(trace);
    free(trace->renames);
    free(trace->records);
    free(trace->begun);
    free(trace->done);
    free(trace->snapshots);
    free(trace->bytes);
    free(trace);
}

static crash_name *
find_name(crash_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; ++i) {
        if (strcmp(names->items[i].name, name) == 0) {
            return &names->items[i];
        }
    }
    return NULL;
}

static void
remove_name(crash_names *names, const char *name)
{
    crash_name *found = find_name(names, name);
    if (found != NULL) {
        *found = names->items[--names->count];
    }
}

static void
add_name(crash_names *names, const char *name, int file)
{
    remove_name(names, name);
    if (names->count == CRASH_FILES) {
        stop("too many names");
    }
    crash_name *added = &names->items[names->count++];
    snprintf(added->name, sizeof(added->name), "%s", name);
    added->file = file;
}

/* Move a name, and where it is a directory all that is in it. */
static void
move_name(crash_names *names, const char *from, const char *to)
{
    const size_t size = strlen(from);
    remove_name(names, to);
    for (size_t i = 0; i < names->count; ++i) {
        char *name = names->items[i].name;
        if (strncmp(name, from, size) != 0 ||
            (name[size] != '\0' && name[size] != '/')) {
            continue;
        }
        char moved[2 * CRASH_NAME];
        snprintf(moved, sizeof(moved), "%s%s", to, name + size);
        if (strlen(moved) >= CRASH_NAME) {
            stop("name is too long");
        }
        memcpy(name, moved, strlen(moved) + 1);
    }
}

void
crash_names_apply(crash_names *names, const name_change *change)
{
    if (change->kind == RECORD_REMOVE) {
        remove_name(names, change->name);
    } else if (change->kind == RECORD_RENAME) {
        move_name(names, change->name, change->to);
    } else {
        add_name(names, change->name, change->file);
    }
}

/* Whether a name stands in a directory ("" is the root). */
static bool
stands_in(const char *name, const char *directory)
{
    const char *slash = strrchr(name, '/');
    const size_t size = slash != NULL ? (size_t)(slash - name) : 0;
    return strlen(directory) == size && memcmp(name, directory, size) == 0;
}

static void
change_names(crash_trace *trace, const trace_record *record)
{
    name_change change = {.kind = (record_kind)record->header.kind, .file = -1};
    memcpy(change.name, record->name, sizeof(change.name));
    if (change.kind == RECORD_CREATE) {
        if (trace->file_count == CRASH_FILES) {
            stop("too many files");
        }
        change.file = trace->file_count++;
    } else if (change.kind == RECORD_RENAME) {
        if (record->header.data_size >= CRASH_NAME) {
            stop("name is too long");
        }
        memcpy(change.to, record->data, (size_t)record->header.data_size);
    }
    crash_names_apply(&trace->live, &change);
    if ((record->header.flags & RECORD_DURABLE) != 0) {
        crash_names_apply(&trace->durable, &change);
        return;
    }
    trace->renames = grown(trace->renames, &trace->rename_capacity,
                           trace->rename_count, sizeof(change));
    trace->renames[trace->rename_count++] = change;
}

static void
change_file(crash_trace *trace, const trace_record *record)
{
    const crash_name *name = find_name(&trace->live, record->name);
    if (name == NULL || name->file < 0) {
        return;
    }
    crash_file *file = &trace->files[name->file];
    file->changes = grown(file->changes, &file->capacity, file->count,
                          sizeof(file->changes[0]));
    file->changes[file->count++] =
        (file_change){.record = record,
                      .durable = (record->header.flags & RECORD_DURABLE) != 0};
}

static bool
keep_durable(void *user, const file_change *change, uint64_t sector)
{
    (void)user;
    (void)sector;
    return change->durable;
}

/* Fold the changes before the first that is not durable into the base. */
static void
fold_file(crash_file *file)
{
    size_t durable = 0;
    while (durable < file->count && file->changes[durable].durable) {
        ++durable;
    }
    if (durable == 0) {
        return;
    }
    const size_t rest = file->count - durable;
    file->count = durable;
    size_t size;
    uint8_t *base = crash_file_content(file, keep_durable, NULL, &size);
    free(file->base);
    file->base = base;
    file->size = size;
    memmove(file->changes, file->changes + durable,
            rest * sizeof(file->changes[0]));
    file->count = rest;
}

/* The sync that this ends covers what was recorded before it began. */
static const trace_record *
begin_of(const crash_trace *trace, size_t index)
{
    const uint64_t id = trace->records[index].header.id;
    for (size_t i = index; i-- > 0;) {
        if (trace->records[i].header.kind == RECORD_SYNC_BEGIN &&
            trace->records[i].header.id == id) {
            return &trace->records[i];
        }
    }
    return NULL;
}

static void
sync_names(crash_trace *trace, const char *directory)
{
    size_t kept = 0;
    for (size_t i = 0; i < trace->rename_count; ++i) {
        if (stands_in(trace->renames[i].name, directory)) {
            crash_names_apply(&trace->durable, &trace->renames[i]);
        } else {
            trace->renames[kept++] = trace->renames[i];
        }
    }
    trace->rename_count = kept;
}

static void
end_sync(crash_trace *trace, size_t index)
{
    const trace_record *record = &trace->records[index];
    const trace_record *begin = begin_of(trace, index);
    const crash_name *name = find_name(&trace->live, record->name);
    if (record->name[0] == '\0' || (name != NULL && name->file < 0)) {
        sync_names(trace, record->name);
        return;
    }
    if (name == NULL || begin == NULL) {
        return;
    }
    crash_file *file = &trace->files[name->file];
    for (size_t i = 0; i < file->count; ++i) {
        if (file->changes[i].record < begin) {
            file->changes[i].durable = true;
        }
    }
    fold_file(file);
}

void
crash_trace_step(crash_trace *trace, size_t index, bool ignore_syncs)
{
    const trace_record *record = &trace->records[index];
    switch ((record_kind)record->header.kind) {
    case RECORD_WRITE:
    case RECORD_RESIZE:
    case RECORD_EXTEND:
        change_file(trace, record);
        break;
    case RECORD_CREATE:
    case RECORD_DIRECTORY:
    case RECORD_REMOVE:
    case RECORD_RENAME:
        change_names(trace, record);
        break;
    case RECORD_SYNC_END:
        if (!ignore_syncs) {
            end_sync(trace, index);
        }
        break;
    case RECORD_SNAPSHOT:
        trace->snapshots[trace->snapshot_count++] = record;
        break;
    case RECORD_BEGUN:
        trace->begun[trace->begun_count++] = record->header.id;
        break;
    case RECORD_DONE:
        trace->done[trace->done_count++] = record->header.id;
        break;
    case RECORD_SYNC_BEGIN:
        break;
    }
}

/* Largest size that a file may come to. */
static size_t
size_limit(const crash_file *file)
{
    size_t limit = file->size;
    for (size_t i = 0; i < file->count; ++i) {
        const record_header *header = &file->changes[i].record->header;
        const size_t end = (size_t)(header->offset + header->data_size);
        limit = end > limit ? end : limit;
    }
    return limit;
}

/* Write the sectors of a write that are kept. */
static void
put_write(uint8_t *bytes, size_t *size, const file_change *change,
          crash_keeps_fn keeps, void *user)
{
    const record_header *header = &change->record->header;
    const uint64_t end = header->offset + header->data_size;
    uint64_t at = header->offset;
    while (at < end) {
        uint64_t stop_at = (at / SECTOR + 1) * SECTOR;
        stop_at = stop_at < end ? stop_at : end;
        if (keeps(user, change, at / SECTOR)) {
            memcpy(bytes + at, change->record->data + (at - header->offset),
                   (size_t)(stop_at - at));
            *size = stop_at > *size ? (size_t)stop_at : *size;
        }
        at = stop_at;
    }
}

uint8_t *
crash_file_content(const crash_file *file, crash_keeps_fn keeps, void *user,
                   size_t *size)
{
    const size_t limit = size_limit(file);
    uint8_t *bytes = calloc(1, limit + 1);
    if (bytes == NULL) {
        stop("memory");
    }
    if (file->size != 0) {
        memcpy(bytes, file->base, file->size);
    }
    *size = file->size;
    for (size_t i = 0; i < file->count; ++i) {
        const file_change *change = &file->changes[i];
        const record_header *header = &change->record->header;
        if (header->kind == RECORD_WRITE) {
            put_write(bytes, size, change, keeps, user);
        } else if (keeps(user, change, 0)) {
            const size_t to = (size_t)header->offset;
            if (header->kind == RECORD_RESIZE && to < *size) {
                memset(bytes + to, 0, *size - to);
                *size = to;
            }
            *size = to > *size ? to : *size;
        }
    }
    return bytes;
}
