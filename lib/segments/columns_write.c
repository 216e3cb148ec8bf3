/* A block that was gathered, as a row: its lists turned into columns. */
#include "segments/columns_build.h"

#include <stdlib.h>

typedef struct writer {
    const omni__gatherer *g;
    omni__buffer *out;
    omni__gathered *items; /* of the list under way, by name */
    bool events;           /* it is that of events */
} writer;

static omni__column_part
begin_part(omni__buffer *out, size_t count)
{
    static const uint8_t zeros[8];
    omni__buffer_put(out, zeros, (8 - out->size % 8) % 8);
    return (omni__column_part){.at = (uint32_t)out->size,
                               .count = (uint32_t)count};
}

static omni__column_part
put_part(omni__buffer *out, const void *items, size_t count, size_t item)
{
    const omni__column_part part = begin_part(out, count);
    omni__buffer_put(out, items, count * item);
    return part;
}

static omni__column_words
put_words(const writer *w, uint32_t owner)
{
    const omni__intern *intern = &w->g->intern;
    omni__column_words words;
    uint32_t end = 0;
    words.starts =
        begin_part(w->out, omni__intern_count(intern, owner) + (size_t)1);
    for (const omni__interned *text = omni__intern_first(intern, owner);
         text != NULL; text = omni__intern_next(intern, text)) {
        omni__buffer_put(w->out, &end, sizeof(end));
        end += (uint32_t)text->text.size;
    }
    omni__buffer_put(w->out, &end, sizeof(end));
    words.bytes = begin_part(w->out, end);
    for (const omni__interned *text = omni__intern_first(intern, owner);
         text != NULL; text = omni__intern_next(intern, text)) {
        omni__buffer_slice(w->out, text->text);
    }
    return words;
}

/* One field of every item. */
static omni__column_part
put_field(omni__buffer *out, const omni__gathered *items, size_t count,
          size_t offset, size_t size)
{
    const omni__column_part part = begin_part(out, count);
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_put(out, (const uint8_t *)&items[i] + offset, size);
    }
    return part;
}

/* Who has items, each once; and where the items of each begin. */
static void
put_who(const writer *w, const omni__gathered *items, size_t count,
        omni__column *column)
{
    for (size_t i = 0; i < count; ++i) {
        column->count += i == 0 || items[i].who != items[i - 1].who;
    }
    if (column->count != w->g->profiles) {
        column->who = begin_part(w->out, column->count);
    }
    for (size_t i = 0; i < count && column->who.count != 0; ++i) {
        if (i == 0 || items[i].who != items[i - 1].who) {
            omni__buffer_put(w->out, &items[i].who, sizeof(items[i].who));
        }
    }
    if (!w->events) {
        return;
    }
    column->offsets = begin_part(w->out, column->count + (size_t)1);
    for (uint32_t i = 0; i <= count; ++i) {
        if (i == 0 || i == count || items[i].who != items[i - 1].who) {
            omni__buffer_put(w->out, &i, sizeof(i));
        }
    }
}

/* Amounts, where there are any, and of which kinds. */
static void
put_amounts(const writer *w, const omni__gathered *items, size_t count,
            omni__column *column)
{
    bool mixed = false;
    for (size_t i = 1; i < count; ++i) {
        mixed = mixed || items[i].kind != items[0].kind;
    }
    column->uniform = items[0].kind;
    if (mixed || column->uniform != OMNI__KIND_NONE) {
        column->amounts =
            put_field(w->out, items, count, offsetof(omni__gathered, amount),
                      sizeof(items[0].amount));
    }
    if (mixed) {
        column->kinds = begin_part(w->out, count);
        for (size_t i = 0; i < count; ++i) {
            omni__buffer_byte(w->out, (uint8_t)items[i].kind);
        }
    }
}

static omni__column
put_column(const writer *w, const omni__interned *name,
           const omni__gathered *items, size_t count)
{
    omni__column column = {.latest_us = INT64_MIN};
    column.name = put_part(w->out, name->text.data, name->text.size, 1);
    put_who(w, items, count, &column);
    column.times =
        put_field(w->out, items, count, offsetof(omni__gathered, time_us),
                  sizeof(items[0].time_us));
    for (size_t i = 0; i < count; ++i) {
        if (items[i].time_us > column.latest_us) {
            column.latest_us = items[i].time_us;
        }
    }
    if (w->events) {
        put_amounts(w, items, count, &column);
    } else {
        column.codes =
            put_field(w->out, items, count, offsetof(omni__gathered, kind),
                      sizeof(items[0].kind));
    }
    column.words = put_words(w, w->events ? omni__owner_of_kinds(name->number)
                                          : omni__owner_of_codes(name->number));
    return column;
}

static int
compare_names(const void *a, const void *b)
{
    const omni__interned *const *x = a;
    const omni__interned *const *y = b;
    return omni__slice_compare((*x)->text, (*y)->text);
}

/* Where the items of each name begin, by number, in one array more than
   names; and the items in that order, each name's as they came. */
static void
sort_by_name(const omni__gathered_list *list, size_t *starts, size_t names,
             omni__gathered *out)
{
    for (size_t i = 0; i < list->count; ++i) {
        ++starts[list->items[i].name + 1];
    }
    for (size_t i = 0; i < names; ++i) {
        starts[i + 1] += starts[i];
    }
    for (size_t i = 0; i < list->count; ++i) {
        out[starts[list->items[i].name]++] = list->items[i];
    }
    /* Each start has moved on to the next one's. */
    memmove(starts + 1, starts, names * sizeof(starts[0]));
    starts[0] = 0;
}

/* The columns of a list, by name, and where they stand. */
static omni_status
put_list(writer *w, const omni__gathered_list *list, uint32_t owner,
         omni__column_part *out)
{
    const omni__alloc *alloc = w->g->alloc;
    const size_t n = omni__intern_count(&w->g->intern, owner);
    size_t *starts = omni__calloc(alloc, (n + 1) * sizeof(starts[0]));
    const omni__interned **names =
        omni__malloc(alloc, (n + 1) * sizeof(names[0]));
    omni__column *columns = omni__malloc(alloc, (n + 1) * sizeof(columns[0]));
    w->items = omni__malloc(alloc, (list->count + 1) * sizeof(w->items[0]));
    w->events = owner == OMNI__OWNER_EVENTS;
    const bool memory =
        starts != NULL && names != NULL && columns != NULL && w->items != NULL;
    if (memory) {
        const omni__interned *name = omni__intern_first(&w->g->intern, owner);
        for (size_t i = 0; i < n; ++i) {
            names[i] = name;
            name = omni__intern_next(&w->g->intern, name);
        }
        sort_by_name(list, starts, n, w->items);
        qsort(names, n, sizeof(names[0]), compare_names);
        for (size_t i = 0; i < n; ++i) {
            const size_t at = starts[names[i]->number];
            columns[i] = put_column(w, names[i], w->items + at,
                                    starts[names[i]->number + 1] - at);
        }
        *out = put_part(w->out, columns, n, sizeof(columns[0]));
    }
    omni__free(alloc, starts);
    omni__free(alloc, names);
    omni__free(alloc, columns);
    omni__free(alloc, w->items);
    return memory ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

omni_status
omni__columns_write(const omni__gatherer *g, uint64_t position,
                    omni__buffer *out)
{
    writer w = {.g = g, .out = out};
    omni__columns head = {.position = position, .format = OMNI__COLUMNS_FORMAT};
    omni__buffer_clear(out);
    omni__buffer_put(out, &head, sizeof(head));
    head.ids = put_part(out, g->ids.data, g->profiles, OMNI__ID_SIZE);
    head.first = put_part(out, g->first.data, g->profiles, sizeof(int64_t));
    head.last = put_part(out, g->last.data, g->profiles, sizeof(int64_t));
    omni_status status =
        put_list(&w, &g->events, OMNI__OWNER_EVENTS, &head.events);
    if (status == OMNI_OK) {
        status = put_list(&w, &g->traits, OMNI__OWNER_TRAITS, &head.traits);
    }
    if (status != OMNI_OK || out->failed) {
        return status != OMNI_OK ? status : OMNI_ERR_NO_MEMORY;
    }
    head.size = (uint32_t)out->size;
    memcpy(out->data, &head, sizeof(head));
    head.checksum = omni__columns_checksum(omni__buffer_bytes(out));
    memcpy(out->data, &head.checksum, sizeof(head.checksum));
    return OMNI_OK;
}
