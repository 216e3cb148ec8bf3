/* Figures of a profile: the fold over its nodes, as the public API has them. */
#include "codec/decimal.h"
#include "events/figures.h"

#include <stdlib.h>

static int
compare_names(const void *a, const void *b)
{
    const omni__figure *x = a;
    const omni__figure *y = b;
    return omni__slice_compare(x->name, y->name);
}

/* Sort by name: most lists are short. */
static void
arrange(omni__figure *all, size_t count)
{
    enum { SHORT = 48 };
    if (count > SHORT) {
        qsort(all, count, sizeof(all[0]), compare_names);
        return;
    }
    for (size_t i = 1; i < count; ++i) {
        size_t at = i;
        while (at > 0 &&
               omni__slice_compare(all[i].name, all[at - 1].name) < 0) {
            --at;
        }
        if (at < i) {
            const omni__figure moved = all[i];
            memmove(all + at + 1, all + at, (i - at) * sizeof(all[0]));
            all[at] = moved;
        }
    }
}

omni_status
omni__figures_collect(const omni__node *nodes, size_t count, omni__arena *arena,
                      omni__figure **out, size_t *out_count)
{
    size_t total = 0;
    size_t givers = 0;
    omni__figure *all = NULL;
    for (size_t i = 0; i < count; ++i) {
        omni__figure *figures;
        size_t n;
        const omni__slice section = nodes[i].sections[OMNI__SECTION_FIGURES];
        if (section.size == 0) {
            continue;
        }
        const omni_status status =
            omni__figures_decode(section, arena, &figures, &n);
        if (status != OMNI_OK) {
            return status;
        }
        if (givers++ == 0) {
            all = figures;
            total = n;
            continue;
        }
        omni__figure *longer =
            omni__arena_get(arena, (total + n) * sizeof(longer[0]));
        if (longer == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        memcpy(longer, all, total * sizeof(longer[0]));
        memcpy(longer + total, figures, n * sizeof(longer[0]));
        all = longer;
        total += n;
    }
    arrange(all, givers > 1 ? total : 0);
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
    omni_status status =
        omni__figures_collect(nodes, count, arena, &all, &total);
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
