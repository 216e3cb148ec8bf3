/* Figures: decoded, changed, encoded. Layout: docs/file-format.md. */
#include "events/figures.h"

#include "codec/decimal.h"
#include "codec/json.h"
#include "codec/word.h"

/* Masks of sources are the 4 bits below a count of currencies. */
#define SOURCES 16u

static void
put_int128(omni__buffer *out, omni__int128 value)
{
    const bool wide = value.high != ((value.low >> 63) != 0 ? UINT64_MAX : 0);
    omni__buffer_byte(out, wide);
    if (wide) {
        omni__put_le64(out, value.low);
        omni__put_le64(out, value.high);
    } else {
        omni__put_zigzag(out, (int64_t)value.low);
    }
}

static omni__int128
read_int128(omni__reader *reader)
{
    if (omni__read_byte(reader) == 0) {
        return omni__int128_of(omni__read_zigzag(reader));
    }
    omni__int128 value;
    value.low = omni__read_le64(reader);
    value.high = omni__read_le64(reader);
    return value;
}

static bool
read_money(omni__reader *reader, omni__arena *arena, omni__figure *figure)
{
    const uint64_t head = omni__read_varint(reader);
    const uint64_t count = head / SOURCES;
    figure->sources = (uint8_t)(head % SOURCES);
    if (count > omni__reader_left(reader)) {
        omni__reader_spoil(reader);
        return true;
    }
    figure->money_count = (size_t)count;
    figure->money =
        omni__arena_get(arena, ((size_t)count + 1) * sizeof(figure->money[0]));
    if (figure->money == NULL) {
        return false;
    }
    for (size_t i = 0; i < figure->money_count; ++i) {
        omni__money *money = &figure->money[i];
        money->currency = omni__read_word(reader);
        money->count = omni__read_varint(reader);
        money->sum = read_int128(reader);
        money->min = read_int128(reader);
        money->max = read_int128(reader);
    }
    return true;
}

/* The channels of a figure as they stand; whether one is among them. */
static omni__slice
read_channels(omni__reader *reader, omni__slice channel, bool *has)
{
    const uint8_t *const from = reader->at;
    *has = false;
    for (uint64_t n = omni__read_varint(reader); n != 0 && !reader->bad; --n) {
        *has |= omni__slice_equal(omni__read_word(reader), channel);
    }
    return reader->bad ? omni__slice_of(NULL, 0)
                       : omni__slice_of(from, (size_t)(reader->at - from));
}

/* What stands before the amounts; whether a channel is among its own. */
static bool
read_events(omni__reader *reader, omni__slice channel, omni__figure *out)
{
    bool has;
    out->count = omni__read_varint(reader);
    out->first_us = omni__read_zigzag(reader);
    out->last_us =
        (int64_t)((uint64_t)out->first_us + omni__read_varint(reader));
    out->channels = read_channels(reader, channel, &has);
    return has;
}

/* All but its name. */
static bool
read_figure(omni__reader *reader, omni__arena *arena, omni__figure *out)
{
    omni__reader inner = omni__reader_of(omni__read_block(reader));
    read_events(&inner, out->name, out);
    const bool memory = read_money(&inner, arena, out);
    if (inner.bad || omni__reader_left(&inner) != 0) {
        omni__reader_spoil(reader);
    }
    return memory;
}

omni_status
omni__figures_decode(omni__slice section, omni__arena *arena,
                     omni__figure **out, size_t *count)
{
    omni__reader reader = omni__reader_of(section);
    uint64_t n = 0;
    if (section.size != 0) {
        omni__read_varint(&reader); /* events of all figures */
        n = omni__read_varint(&reader);
    }
    if (n > section.size) {
        return OMNI_ERR_CORRUPT;
    }
    omni__figure *figures =
        omni__arena_get(arena, ((size_t)n + 1) * sizeof(figures[0]));
    if (figures == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n && !reader.bad; ++i) {
        figures[i].name = omni__read_word(&reader);
        if (!read_figure(&reader, arena, &figures[i])) {
            return OMNI_ERR_NO_MEMORY;
        }
    }
    *out = figures;
    *count = (size_t)n;
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

uint64_t
omni__figures_events(omni__slice section)
{
    omni__reader reader = omni__reader_of(section);
    return section.size != 0 ? omni__read_varint(&reader) : 0;
}

/* All of a figure that has one channel alone were in it, so that its first
   was; else the last is not before one of them. */
void
omni__figures_channel(omni__slice section, omni__slice channel,
                      omni__channel_seen *seen)
{
    omni__reader reader = omni__reader_of(section);
    if (section.size == 0) {
        return;
    }
    omni__read_varint(&reader); /* events of all figures */
    for (uint64_t n = omni__read_varint(&reader); n != 0 && !reader.bad; --n) {
        omni__figure figure;
        omni__read_word(&reader);
        omni__reader inner = omni__reader_of(omni__read_block(&reader));
        if (!read_events(&inner, channel, &figure) || inner.bad) {
            reader.bad |= inner.bad;
            continue;
        }
        const int64_t surely_us =
            figure.channels.data[0] == 1 ? figure.first_us : figure.last_us;
        if (figure.first_us < seen->first_us) {
            seen->first_us = figure.first_us;
        }
        if (surely_us < seen->surely_us) {
            seen->surely_us = surely_us;
        }
    }
    if (reader.bad) {
        seen->first_us = INT64_MIN;
    }
}

/* The figure of a name in a section that is not empty; OMNI_NOT_FOUND. Those
   before it are passed over. */
static omni_status
find_figure(omni__slice section, omni__slice name, omni__arena *arena,
            omni__figure *out)
{
    omni__reader reader = omni__reader_of(section);
    omni__read_varint(&reader); /* events of all figures */
    for (uint64_t n = omni__read_varint(&reader); n != 0 && !reader.bad; --n) {
        out->name = omni__read_word(&reader);
        const int order = omni__slice_compare_words(out->name, name);
        if (order > 0) {
            break;
        }
        if (order == 0) {
            if (!read_figure(&reader, arena, out)) {
                return OMNI_ERR_NO_MEMORY;
            }
            return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
        }
        omni__read_block(&reader);
    }
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_NOT_FOUND;
}

omni_status
omni__figures_named(const omni__node *nodes, size_t count, omni__slice name,
                    omni__arena *arena, omni__figure **out, size_t *out_count)
{
    size_t most = 0;
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) {
        most += nodes[i].sections[OMNI__SECTION_FIGURES].size != 0;
    }
    omni__figure *figures =
        omni__arena_get(arena, (most + 1) * sizeof(*figures));
    if (figures == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        const omni__slice section = nodes[i].sections[OMNI__SECTION_FIGURES];
        if (section.size == 0) {
            continue;
        }
        const omni_status status =
            find_figure(section, name, arena, &figures[found]);
        if (status < 0) {
            return status;
        }
        figures[found].node = &nodes[i];
        found += status == OMNI_OK;
    }
    *out = figures;
    *out_count = found;
    return OMNI_OK;
}

/* All but its name. */
static void
put_figure(omni__buffer *out, const omni__figure *figure)
{
    omni__put_varint(out, figure->count);
    omni__put_zigzag(out, figure->first_us);
    omni__put_varint(out,
                     (uint64_t)figure->last_us - (uint64_t)figure->first_us);
    omni__buffer_slice(out, figure->channels);
    omni__put_varint(out, figure->money_count * SOURCES | figure->sources);
    for (size_t k = 0; k < figure->money_count; ++k) {
        const omni__money *money = &figure->money[k];
        omni__put_word(out, money->currency);
        omni__put_varint(out, money->count);
        put_int128(out, money->sum);
        put_int128(out, money->min);
        put_int128(out, money->max);
    }
}

/* Let the bytes from `at` on be a block: their number comes before them. */
static void
make_block(omni__buffer *out, size_t at)
{
    uint8_t bytes[OMNI__VARINT_MAX];
    const size_t size = out->size - at;
    const size_t more = omni__varint_write(bytes, size);
    if (omni__buffer_reserve(out, more)) {
        memmove(out->data + at + more, out->data + at, size);
        memcpy(out->data + at, bytes, more);
        out->size += more;
    }
}

static void
encode(const omni__figure *figures, size_t count, omni__buffer *out)
{
    if (count == 0) {
        return;
    }
    uint64_t events = 0;
    for (size_t i = 0; i < count; ++i) {
        events += figures[i].count;
    }
    omni__put_varint(out, events);
    omni__put_varint(out, count);
    for (size_t i = 0; i < count; ++i) {
        omni__put_word(out, figures[i].name);
        const size_t at = out->size;
        put_figure(out, &figures[i]);
        make_block(out, at);
    }
}

static omni_status
write_figures(omni__workset *set, omni__work_node *node,
              const omni__figure *figures, size_t count)
{
    omni__buffer *bytes = omni__workset_buffer(set);
    encode(figures, count, bytes);
    const omni_status status =
        bytes->failed ? OMNI_ERR_NO_MEMORY
                      : omni__workset_section(set, node, OMNI__SECTION_FIGURES,
                                              omni__buffer_bytes(bytes));
    return status;
}

/* The figure of a name, inserted in order if it is not there. */
static omni__figure *
figure_of(omni__figure *figures, size_t *count, omni__slice name)
{
    size_t at = 0;
    while (at < *count && omni__slice_compare(figures[at].name, name) < 0) {
        ++at;
    }
    if (at == *count || !omni__slice_equal(figures[at].name, name)) {
        memmove(figures + at + 1, figures + at,
                (*count - at) * sizeof(figures[0]));
        figures[at] = (omni__figure){.name = name};
        ++*count;
    }
    return &figures[at];
}

static omni__money *
money_of(omni__figure *figure, omni__slice currency)
{
    size_t at = 0;
    while (at < figure->money_count &&
           omni__slice_compare(figure->money[at].currency, currency) < 0) {
        ++at;
    }
    if (at == figure->money_count ||
        !omni__slice_equal(figure->money[at].currency, currency)) {
        memmove(figure->money + at + 1, figure->money + at,
                (figure->money_count - at) * sizeof(figure->money[0]));
        figure->money[at] = (omni__money){.currency = currency};
        ++figure->money_count;
    }
    return &figure->money[at];
}

static void
join_money(omni__money *into, const omni__money *other)
{
    if (into->count == 0 || omni__int128_compare(other->min, into->min) < 0) {
        into->min = other->min;
    }
    if (into->count == 0 || omni__int128_compare(other->max, into->max) > 0) {
        into->max = other->max;
    }
    into->sum = omni__int128_add(into->sum, other->sum);
    into->count += other->count;
}

void
omni__figure_join(omni__figure *into, const omni__figure *other)
{
    if (into->count == 0 || other->first_us < into->first_us) {
        into->first_us = other->first_us;
    }
    if (into->count == 0 || other->last_us > into->last_us) {
        into->last_us = other->last_us;
    }
    into->count += other->count;
    into->sources |= other->sources;
    for (size_t i = 0; i < other->money_count; ++i) {
        join_money(money_of(into, other->money[i].currency), &other->money[i]);
    }
}

/* An event as a figure of its own. */
static omni__figure
figure_of_entry(const omni__entry *entry, omni__money *room)
{
    omni__figure figure = {.name = entry->name,
                           .count = 1,
                           .first_us = entry->order.time_us,
                           .last_us = entry->order.time_us};
    if ((entry->flags & OMNI__ENTRY_AMOUNT) != 0) {
        *room = (omni__money){.currency = entry->currency,
                              .count = 1,
                              .sum = entry->amount,
                              .min = entry->amount,
                              .max = entry->amount};
        figure.money = room;
        figure.money_count = 1;
    }
    const uint32_t source =
        (entry->flags & OMNI__ENTRY_SOURCE) >> OMNI__ENTRY_SOURCE_AT;
    if (figure.money_count != 0 || source == OMNI__AMOUNT_POLICY) {
        figure.sources = (uint8_t)(1u << source);
    }
    return figure;
}

/* Note the channel of an event, if it is not there. */
static omni_status
add_channel(omni__workset *set, omni__figure *figure, omni__slice channel)
{
    const omni__slice none = omni__slice_of("", 1); /* a count of 0 */
    const omni__slice words =
        figure->channels.size != 0 ? figure->channels : none;
    omni__reader reader = omni__reader_of(words);
    bool put;
    read_channels(&reader, channel, &put);
    if (put) {
        return OMNI_OK;
    }
    reader = omni__reader_of(words);
    uint64_t left = omni__read_varint(&reader);
    omni__buffer *longer = omni__workset_buffer(set);
    omni__put_varint(longer, left + 1);
    for (; left != 0; --left) {
        const omni__slice word = omni__read_word(&reader);
        if (!put && omni__slice_compare(word, channel) > 0) {
            omni__put_word(longer, channel);
            put = true;
        }
        omni__put_word(longer, word);
    }
    if (!put) {
        omni__put_word(longer, channel);
    }
    figure->channels =
        omni__arena_copy(&set->scratch, omni__buffer_bytes(longer));
    return longer->failed || figure->channels.data == NULL ? OMNI_ERR_NO_MEMORY
                                                           : OMNI_OK;
}

omni_status
omni__figures_add(omni__workset *set, omni__work_node *node,
                  const omni__entry *entry)
{
    omni__figure *figures;
    size_t count;
    omni_status status =
        omni__figures_decode(node->node.sections[OMNI__SECTION_FIGURES],
                             &set->scratch, &figures, &count);
    if (status != OMNI_OK) {
        return status;
    }
    omni__money one;
    omni__money first;
    const omni__figure added = figure_of_entry(entry, &one);
    omni__figure *figure = figure_of(figures, &count, entry->name);
    if (figure->money == NULL) {
        figure->money = &first;
    }
    omni__figure_join(figure, &added);
    status = add_channel(set, figure, entry->channel);
    return status == OMNI_OK ? write_figures(set, node, figures, count)
                             : status;
}

/* Count the visible events of a name anew. */
static omni_status
recount(omni__workset *set, omni__work_node *node, omni__figure *figure)
{
    /* No currency can be there that was not before, unless rows are damaged. */
    const size_t known = figure->money_count;
    omni__money one;
    figure->count = 0;
    figure->money_count = 0;
    figure->sources = 0;
    figure->channels = omni__slice_of(NULL, 0);
    omni__entry_walk walk;
    omni__entry_walk_init(&walk, &set->view, &node->node, set->arena.alloc);
    omni_status status = omni__entry_walk_first(&walk, NULL);
    while (status == OMNI_OK) {
        const omni__entry *entry = omni__entry_walk_at(&walk);
        if ((entry->flags & OMNI__ENTRY_VISIBLE) != 0 &&
            omni__slice_equal(entry->name, figure->name)) {
            const omni__figure added = figure_of_entry(entry, &one);
            omni__figure_join(figure, &added);
            status = add_channel(set, figure, entry->channel);
        }
        if (status == OMNI_OK) {
            status = figure->money_count > known
                         ? OMNI_ERR_CORRUPT
                         : omni__entry_walk_newer(&walk);
        }
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__figures_remove(omni__workset *set, omni__work_node *node,
                     const omni__entry *entry)
{
    omni__figure *figures;
    size_t count;
    omni_status status =
        omni__figures_decode(node->node.sections[OMNI__SECTION_FIGURES],
                             &set->scratch, &figures, &count);
    if (status != OMNI_OK) {
        return status;
    }
    omni__figure *figure = figure_of(figures, &count, entry->name);
    if (figure->money == NULL) {
        return OMNI_ERR_CORRUPT; /* it was not there */
    }
    status = recount(set, node, figure);
    if (status != OMNI_OK) {
        return status;
    }
    if (figure->count == 0) {
        const size_t at = (size_t)(figure - figures);
        memmove(figure, figure + 1, (count - at - 1) * sizeof(figures[0]));
        --count;
    }
    return write_figures(set, node, figures, count);
}

/* A JSON string without its escapes; empty if the value is none. */
static omni_status
plain_text(omni__slice value, omni__arena *arena, omni__slice *out)
{
    *out = omni__slice_of(NULL, 0);
    if (value.size < 2 || value.data[0] != '"') {
        return OMNI_OK;
    }
    if (memchr(value.data, '\\', value.size) == NULL) {
        *out = omni__slice_of(value.data + 1, value.size - 2);
        return OMNI_OK;
    }
    omni__buffer text;
    omni__buffer_init(&text, arena->alloc);
    if (omni__json_unescape(value, &text)) {
        *out = omni__arena_copy(arena, omni__buffer_bytes(&text));
    }
    const bool fine = !text.failed && out->size == text.size;
    omni__buffer_free(&text);
    return fine ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

static bool
is_number(omni__slice value)
{
    return value.size != 0 && (value.data[0] == '-' ||
                               (value.data[0] >= '0' && value.data[0] <= '9'));
}

/* Where the amount is not the usual one, an entry cannot tell what other
   numbers its event has. */
omni_status
omni__amount_of(const omni__policy_list *wanted, omni__slice properties,
                omni__arena *arena, omni__entry *entry)
{
    size_t at = 0;
    size_t best = wanted->count;
    omni__slice key;
    omni__slice value;
    omni__slice number = omni__slice_of(NULL, 0);
    while (omni__json_each(properties, &at, &key, &value)) {
        const size_t place = omni__policy_place(wanted, key);
        if (omni__slice_equal(key, omni__slice_of("currency", 8))) {
            const omni_status status =
                plain_text(value, arena, &entry->currency);
            if (status != OMNI_OK) {
                return status;
            }
        }
        if (place < best && is_number(value)) {
            best = place;
            number = value;
        }
    }
    const bool fits =
        best != wanted->count && omni__decimal_amount(number, &entry->amount);
    const unsigned source =
        wanted->usual ? (unsigned)best : OMNI__AMOUNT_POLICY;
    entry->flags |= fits ? OMNI__ENTRY_AMOUNT : 0;
    if (fits) {
        entry->flags |= (uint16_t)(source << OMNI__ENTRY_SOURCE_AT);
    } else if (best != wanted->count || !wanted->usual) {
        entry->flags |= OMNI__ENTRY_SOURCE;
    }
    return OMNI_OK;
}
