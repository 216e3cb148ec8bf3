/* Figures of a profile: the fold over its nodes, as the public API has them. */
#include "codec/decimal.h"
#include "events/figures.h"
#include "platform/sort.h"

static int
compare_names(const void *a, const void *b)
{
    const omni__figure *x = a;
    const omni__figure *y = b;
    return omni__slice_compare_words(x->name, y->name);
}

/* The figures of a node. */
typedef struct list {
    omni__figure *figures;
    size_t count;
} list;

/* Decode the figures of the nodes that have some; how many lists that are, and
   figures in them. */
static omni_status
read_lists(const omni__node *nodes, size_t count, omni__arena *arena,
           list *lists, size_t *list_count, size_t *total)
{
    for (size_t i = 0; i < count; ++i) {
        const omni__slice section = nodes[i].sections[OMNI__SECTION_FIGURES];
        if (section.size == 0) {
            continue;
        }
        list *read = &lists[(*list_count)++];
        const omni_status status =
            omni__figures_decode(section, arena, &read->figures, &read->count);
        if (status != OMNI_OK) {
            return status;
        }
        *total += read->count;
    }
    return OMNI_OK;
}

/* The figures of all nodes one after the other, by name: those of one name
   stand together. */
static omni_status
collect(const omni__node *nodes, size_t count, omni__arena *arena,
        omni__figure **out, size_t *out_count)
{
    size_t list_count = 0;
    size_t total = 0;
    list *lists = omni__arena_get(arena, (count + 1) * sizeof(lists[0]));
    if (lists == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    lists[0].figures = NULL;
    const omni_status status =
        read_lists(nodes, count, arena, lists, &list_count, &total);
    if (status != OMNI_OK) {
        return status;
    }
    omni__figure *all = lists[0].figures;
    if (list_count > 1) {
        all = omni__arena_get(arena, total * sizeof(all[0]));
        if (all == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        size_t at = 0;
        for (size_t i = 0; i < list_count; ++i) {
            memcpy(all + at, lists[i].figures, lists[i].count * sizeof(all[0]));
            at += lists[i].count;
        }
        omni__sort(all, total, sizeof(all[0]), compare_names);
    }
    *out = all;
    *out_count = total;
    return OMNI_OK;
}

/* Join the figures of one name that stand together at `from`. */
static omni_status
join_group(omni__figure *group, size_t count, omni__arena *arena)
{
    size_t currencies = 0;
    for (size_t i = 0; i < count; ++i) {
        currencies += group[i].money_count;
    }
    omni__money *money =
        omni__arena_get(arena, (currencies + 1) * sizeof(money[0]));
    if (money == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__figure joined = {.name = group[0].name, .money = money};
    for (size_t i = 0; i < count; ++i) {
        omni__figure_join(&joined, &group[i]);
    }
    group[0] = joined;
    return OMNI_OK;
}

static omni_text
text_of(omni__slice bytes)
{
    return (omni_text){.bytes = (const char *)bytes.data, .size = bytes.size};
}

static bool
decimal_text(omni__int128 micro, omni__arena *arena, omni_text *out)
{
    char *text = omni__arena_get(arena, OMNI__DECIMAL_TEXT);
    if (text == NULL) {
        return false;
    }
    *out =
        (omni_text){.bytes = text, .size = omni__decimal_format(micro, text)};
    return true;
}

static omni_status
publish(const omni__figure *figure, omni__arena *arena, omni_figure *out)
{
    omni_amount *amounts =
        omni__arena_get(arena, (figure->money_count + 1) * sizeof(amounts[0]));
    if (amounts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < figure->money_count; ++i) {
        const omni__money *money = &figure->money[i];
        amounts[i].currency = text_of(money->currency);
        if (!decimal_text(money->sum, arena, &amounts[i].sum) ||
            !decimal_text(money->min, arena, &amounts[i].min) ||
            !decimal_text(money->max, arena, &amounts[i].max)) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    *out = (omni_figure){.name = text_of(figure->name),
                         .count = figure->count,
                         .first_us = figure->first_us,
                         .last_us = figure->last_us,
                         .amounts = amounts,
                         .amount_count = figure->money_count};
    return OMNI_OK;
}

omni_status
omni__figures_of_nodes(const omni__node *nodes, size_t count,
                       omni__arena *arena, omni_figure **out, size_t *out_count)
{
    omni__figure *all = NULL;
    size_t total = 0;
    omni_status status = collect(nodes, count, arena, &all, &total);
    omni_figure *figures =
        omni__arena_get(arena, (total + 1) * sizeof(figures[0]));
    if (status != OMNI_OK || figures == NULL) {
        return status != OMNI_OK ? status : OMNI_ERR_NO_MEMORY;
    }
    size_t made = 0;
    for (size_t i = 0; i < total && status == OMNI_OK;) {
        size_t next = i + 1;
        while (next < total && omni__slice_equal(all[next].name, all[i].name)) {
            ++next;
        }
        status = next - i > 1 ? join_group(&all[i], next - i, arena) : OMNI_OK;
        if (status == OMNI_OK) {
            status = publish(&all[i], arena, &figures[made++]);
        }
        i = next;
    }
    *out = figures;
    *out_count = made;
    return status;
}
