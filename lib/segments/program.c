/* Compiling: parse, resolve, check, fold what is constant, note what is read.
 */
#include "segments/program.h"

#include "cel/time.h"
#include "segments/functions.h"
#include "segments/window.h"

struct omni__segment {
    omni__arena arena; /* of all of it, but for this */
    omni__slice text;
    omni__cel_node *root;
    uint32_t slots;
    omni__segment_reads reads;
    omni__slice zone; /* a time zone that is written out, and what its file has,
                         so that not every evaluation reads it */
    omni__slice zone_file;
};

/* Names, each once, sorted. */
typedef struct names {
    omni__slice *list;
    size_t count;
    size_t capacity;
} names;

typedef struct compiler {
    omni__segment *segment;
    const omni__cel_source *source;
    names events;
    names channels;
    names traits;
    names segments;
} compiler;

static size_t
place_of(const omni__slice *list, size_t count, omni__slice name)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (omni__slice_compare(list[middle], name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static omni_status
add_name(compiler *c, names *set, omni__slice name)
{
    const size_t at = place_of(set->list, set->count, name);
    if (at < set->count && omni__slice_equal(set->list[at], name)) {
        return OMNI_OK;
    }
    if (set->count == set->capacity) {
        set->capacity = 2 * set->capacity + 4;
        omni__slice *longer =
            omni__arena_get(&c->segment->arena, set->capacity * sizeof(name));
        if (longer == NULL) {
            return omni__fail_memory(c->source->error);
        }
        if (set->count != 0) {
            memcpy(longer, set->list, set->count * sizeof(name));
        }
        set->list = longer;
    }
    memmove(set->list + at + 1, set->list + at,
            (set->count - at) * sizeof(name));
    set->list[at] = name;
    ++set->count;
    return OMNI_OK;
}

static bool
is_text(const omni__cel_node *node)
{
    return node->kind == OMNI__CEL_LITERAL &&
           node->value.kind == OMNI__CEL_STRING;
}

static bool
is_variable(const omni__cel_node *node, omni__segment_variable variable)
{
    return node->kind == OMNI__CEL_GLOBAL && node->slot == (uint32_t)variable;
}

/* The name of the trait that a node reads, or whose presence it tells. */
static bool
trait_of(const omni__cel_node *node, omni__slice *name)
{
    if (node->a == NULL || node->optional ||
        !is_variable(node->a, OMNI__SEGMENT_TRAITS)) {
        return false;
    }
    if (node->kind == OMNI__CEL_INDEX && is_text(node->b)) {
        *name = omni__cel_slice(node->b->value);
        return true;
    }
    *name = node->name;
    return node->kind == OMNI__CEL_SELECT || node->kind == OMNI__CEL_HAS;
}

/* A call of a function that reads events. */
static bool
is_of_events(const omni__cel_node *node)
{
    return node->kind == OMNI__CEL_CALL &&
           strncmp(node->overloads->name, "events.", 7) == 0;
}

/* Names of events that a call reads. */
static omni_status
note_events(compiler *c, const omni__cel_node *first)
{
    omni_status status = OMNI_OK;
    const bool list = first->kind == OMNI__CEL_MAKE_LIST;
    const omni__cel_node *const *items =
        list ? (const omni__cel_node *const *)first->arguments : &first;
    const uint32_t count = list ? first->count : 1;
    for (uint32_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (is_text(items[i])) {
            status = add_name(c, &c->events, omni__cel_slice(items[i]->value));
        } else {
            c->segment->reads.any_event = true;
        }
    }
    return status;
}

static omni_status
note_call(compiler *c, const omni__cel_node *node)
{
    const omni__slice name = omni__slice_text(node->overloads->name);
    if (is_of_events(node)) {
        if (node->count == 0 ||
            omni__slice_equal(name, omni__slice_text("events.channels"))) {
            c->segment->reads.any_event = true;
            return OMNI_OK;
        }
        return note_events(c, node->arguments[0]);
    }
    if (node->a != NULL ||
        !omni__slice_equal(name, omni__slice_text("segment"))) {
        return OMNI_OK;
    }
    if (node->count != 1 || !is_text(node->arguments[0])) {
        return omni__cel_fail(c->source, node->offset,
                              "segment() takes a name in quotes");
    }
    return add_name(c, &c->segments,
                    omni__cel_slice(node->arguments[0]->value));
}

static void
note_variable(compiler *c, const omni__cel_node *node)
{
    omni__segment_reads *reads = &c->segment->reads;
    if (node->kind == OMNI__CEL_LITERAL) {
        return;
    }
    if (node->slot == OMNI__SEGMENT_TRAITS) {
        reads->any_trait = true;
    } else if (node->slot != OMNI__SEGMENT_NOW) {
        const bool whole = node->slot == OMNI__SEGMENT_PROFILE;
        reads->first_seen |= whole || node->slot == OMNI__SEGMENT_FIRST_SEEN;
        reads->identity |= whole || node->slot == OMNI__SEGMENT_ID ||
                           node->slot == OMNI__SEGMENT_IDENTIFIERS;
        reads->last_seen |= node->slot == OMNI__SEGMENT_LAST_SEEN ||
                            node->slot == OMNI__SEGMENT_PROFILE;
        reads->any_event |= reads->last_seen;
    }
}

static bool
is_call(const omni__cel_node *node, const char *name)
{
    return node->kind == OMNI__CEL_CALL &&
           omni__slice_equal(omni__slice_text(node->overloads->name),
                             omni__slice_text(name));
}

/* "web" in events.channels(…) reads events of one channel. */
static bool
is_channel(const omni__cel_node *node)
{
    return node->kind == OMNI__CEL_BINARY && node->op == OMNI__CEL_IN &&
           is_text(node->a) && is_call(node->b, "events.channels");
}

/* Whether what a subtree says depends on events. */
static bool
has_events(const omni__cel_node *node)
{
    bool has = node->kind == OMNI__CEL_GLOBAL &&
               (node->slot == OMNI__SEGMENT_LAST_SEEN ||
                node->slot == OMNI__SEGMENT_PROFILE);
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    if (node->kind == OMNI__CEL_CALL) {
        has =
            is_of_events(node) || strcmp(node->overloads->name, "segment") == 0;
    }
    for (unsigned i = 0; i < 3 && !has; ++i) {
        has = parts[i] != NULL && has_events(parts[i]);
    }
    for (uint32_t i = 0; i < node->count && !has; ++i) {
        has = has_events(node->arguments[i]);
    }
    return has;
}

/* A call whose arguments do not depend on events. */
static bool
is_plain_call(const omni__cel_node *node, const char *name)
{
    bool plain = is_call(node, name);
    for (uint32_t i = 0; i < node->count && plain; ++i) {
        plain = !has_events(node->arguments[i]);
    }
    return plain;
}

/* A count, or a sum of the amounts in one currency that cannot be another
   property's: it gets no less with an event whose amount is not negative. */
static bool
is_total(const omni__cel_node *node)
{
    return is_plain_call(node, "events.count") ||
           (is_plain_call(node, "events.sum") && node->count > 2 &&
            is_text(node->arguments[2]) && is_text(node->arguments[1]) &&
            omni__slice_equal(omni__cel_slice(node->arguments[1]->value),
                              omni__slice_text("revenue")));
}

/* Whether a subtree that is true stays so with an event more. */
static bool
grows(const omni__cel_node *node)
{
    if (node->kind == OMNI__CEL_AND || node->kind == OMNI__CEL_OR) {
        bool all = true;
        for (uint32_t i = 0; i < node->count && all; ++i) {
            all = grows(node->arguments[i]);
        }
        return all;
    }
    if (node->kind == OMNI__CEL_BINARY) {
        const bool less =
            node->op == OMNI__CEL_LESS || node->op == OMNI__CEL_LESS_EQUAL;
        const bool greater = node->op == OMNI__CEL_GREATER ||
                             node->op == OMNI__CEL_GREATER_EQUAL;
        if (((less && is_total(node->b)) ||
             (node->op == OMNI__CEL_IN &&
              is_plain_call(node->b, "events.channels"))) &&
            !has_events(node->a)) {
            return true;
        }
        if (greater && is_total(node->a) && !has_events(node->b)) {
            return true;
        }
    }
    return is_plain_call(node, "events.did") || !has_events(node);
}

/* What a subtree reads. */
static omni_status
note(compiler *c, const omni__cel_node *node)
{
    omni__slice name;
    omni_status status = OMNI_OK;
    if (trait_of(node, &name)) {
        return add_name(c, &c->traits, name);
    }
    if (node->kind == OMNI__CEL_GLOBAL || node->kind == OMNI__CEL_LITERAL) {
        note_variable(c, node);
        return OMNI_OK;
    }
    if (is_channel(node)) {
        status = add_name(c, &c->channels, omni__cel_slice(node->a->value));
        node = node->b;
        c->segment->reads.windows |= node->count != 0;
    } else if (node->kind == OMNI__CEL_CALL) {
        status = note_call(c, node);
    }
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    for (unsigned i = 0; i < 3 && status == OMNI_OK; ++i) {
        status = parts[i] != NULL ? note(c, parts[i]) : OMNI_OK;
    }
    for (uint32_t i = 0; i < node->count && status == OMNI_OK; ++i) {
        status = note(c, node->arguments[i]);
    }
    return status;
}

/* Whether a node has one value for ever, its operands being literals. */
static bool
is_constant(const omni__cel_node *node)
{
    bool constant = node->kind == OMNI__CEL_BINARY ||
                    node->kind == OMNI__CEL_NEGATE ||
                    node->kind == OMNI__CEL_MAKE_LIST ||
                    (node->kind == OMNI__CEL_CALL &&
                     omni__segment_constant(node->overloads));
    const omni__cel_node *const parts[] = {node->a, node->b};
    for (unsigned i = 0; i < 2; ++i) {
        constant = constant &&
                   (parts[i] == NULL || parts[i]->kind == OMNI__CEL_LITERAL);
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        constant = constant && node->arguments[i]->kind == OMNI__CEL_LITERAL &&
                   (node->optionals == NULL || !node->optionals[i]);
    }
    return constant;
}

/* Make a literal of what is constant. A call that has no value whenever it is
   made (`timestamp("2026-13-01")`) is refused; of operators `&&` and `||` may
   still make something. */
static omni_status
make_literal(compiler *c, omni__cel_node *node)
{
    omni__cel_run run = {.arena = &c->segment->arena,
                         .steps = OMNI__SEGMENT_BUDGET};
    const omni__cel_value value = omni__cel_evaluate(&run, node);
    if (!omni__cel_is_error(value)) {
        node->kind = OMNI__CEL_LITERAL;
        node->value = value;
    } else if (node->kind == OMNI__CEL_CALL) {
        return omni__cel_fail(c->source, node->offset, "%s",
                              value.as.error->message);
    }
    return OMNI_OK;
}

/* The window of a call, if it is written out. */
static const omni__cel_node *
window_of(const omni__cel_node *call)
{
    const omni__cel_node *last =
        call->count != 0 ? call->arguments[call->count - 1] : NULL;
    return last != NULL && last->kind == OMNI__CEL_LITERAL &&
                   last->value.kind == OMNI__CEL_DURATION
               ? last
               : NULL;
}

/* A window that is written out is longer than nothing. */
static omni_status
check_window(const compiler *c, const omni__cel_node *node)
{
    int64_t length_us;
    const omni__cel_node *window = is_of_events(node) ? window_of(node) : NULL;
    return window == NULL ||
                   omni__window_length(NULL, window->value, &length_us)
               ? OMNI_OK
               : omni__cel_fail(c->source, window->offset, OMNI__WINDOW_LENGTH);
}

/* Read the file of a time zone that is written out. */
static void
know_zone(compiler *c, const omni__cel_node *node)
{
    omni__segment *segment = c->segment;
    omni__cel_offset offset;
    if (segment->zone.data != NULL || node->kind != OMNI__CEL_CALL ||
        node->a == NULL || node->count != 1 || !is_text(node->arguments[0]) ||
        strncmp(node->overloads->name, "get", 3) != 0) {
        return;
    }
    omni__cel_run run = {.arena = &segment->arena,
                         .steps = OMNI__SEGMENT_BUDGET};
    omni__cel_zone_offset(&run, omni__cel_slice(node->arguments[0]->value), 0,
                          &offset);
    segment->zone = run.zone;
    segment->zone_file = run.zone_file;
}

/* Give traits variables of their own, and make literals of what is constant.
 */
static omni_status
simplify(compiler *c, omni__cel_node *node)
{
    omni__slice name;
    omni_status status = OMNI_OK;
    if (trait_of(node, &name)) {
        node->slot =
            OMNI__SEGMENT_TRAIT +
            2 * (uint32_t)place_of(c->traits.list, c->traits.count, name) +
            (node->kind == OMNI__CEL_HAS);
        node->kind = OMNI__CEL_GLOBAL;
        node->name = name;
    }
    if (node->kind == OMNI__CEL_GLOBAL || node->kind == OMNI__CEL_LITERAL) {
        return OMNI_OK;
    }
    omni__cel_node *const parts[] = {node->a, node->b, node->c};
    for (unsigned i = 0; i < 3 && status == OMNI_OK; ++i) {
        status = parts[i] != NULL ? simplify(c, parts[i]) : OMNI_OK;
    }
    for (uint32_t i = 0; i < node->count && status == OMNI_OK; ++i) {
        status = simplify(c, node->arguments[i]);
    }
    if (status == OMNI_OK && is_constant(node)) {
        return make_literal(c, node);
    }
    know_zone(c, node);
    return status == OMNI_OK ? check_window(c, node) : status;
}

/* A definition is a bool, as far as can be told, and within the budget. */
static omni_status
check(const compiler *c)
{
    char type;
    uint64_t cost;
    const omni__cel_node *root = c->segment->root;
    omni_status status =
        omni__cel_check(c->source, &omni__segment_environment, root, &type);
    if (status == OMNI_OK && type != 'b' && type != '*') {
        return omni__cel_fail(c->source, root->offset,
                              "a segment is true or false, and not %s",
                              omni__cel_letter_name(type));
    }
    return status == OMNI_OK
               ? omni__cel_cost(c->source, root, OMNI__SEGMENT_BUDGET, &cost)
               : status;
}

/* How far back a subtree reads events of each name; a list of names has them
   read for ever, whatever its window. */
static void
measure(const names *events, int64_t *lengths_us, const omni__cel_node *node)
{
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    const bool reads = is_of_events(node) && node->count != 0;
    const bool named = reads && is_text(node->arguments[0]);
    int64_t length_us = INT64_MAX;
    if (named && window_of(node) != NULL) {
        omni__window_length(NULL, window_of(node)->value, &length_us);
    }
    const size_t first =
        named ? place_of(events->list, events->count,
                         omni__cel_slice(node->arguments[0]->value))
              : 0;
    const size_t last = named ? first + 1 : reads ? events->count : 0;
    for (size_t i = first; i < last; ++i) {
        if (length_us > lengths_us[i]) {
            lengths_us[i] = length_us;
        }
    }
    for (unsigned i = 0; i < 3; ++i) {
        if (parts[i] != NULL) {
            measure(events, lengths_us, parts[i]);
        }
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        measure(events, lengths_us, node->arguments[i]);
    }
}

static omni_status
analyse(compiler *c)
{
    omni__segment *segment = c->segment;
    omni_status status = omni__cel_resolve(
        c->source, &omni__segment_environment, segment->root, &segment->slots);
    if (status == OMNI_OK) {
        status = check(c);
    }
    if (status == OMNI_OK) {
        status = note(c, segment->root);
    }
    if (status == OMNI_OK) {
        status = simplify(c, segment->root);
    }
    int64_t *lengths_us = omni__arena_zero(
        &segment->arena, (c->events.count + 1) * sizeof(lengths_us[0]));
    if (status == OMNI_OK && lengths_us == NULL) {
        status = omni__fail_memory(c->source->error);
    }
    if (status == OMNI_OK) {
        measure(&c->events, lengths_us, segment->root);
        segment->reads.lengths_us = lengths_us;
        segment->reads.grows = grows(segment->root);
        segment->reads.channels = c->channels.list;
        segment->reads.channel_count = c->channels.count;
        segment->reads.events = c->events.list;
        segment->reads.event_count = c->events.count;
        segment->reads.traits = c->traits.list;
        segment->reads.trait_count = c->traits.count;
        segment->reads.segments = c->segments.list;
        segment->reads.segment_count = c->segments.count;
    }
    return status;
}

omni_status
omni__segment_compile(const omni__alloc *alloc, omni__slice text,
                      omni__segment **out, omni_error *error)
{
    if (text.size > OMNI__SEGMENT_TEXT_MAX) {
        return omni__fail(error, OMNI_ERR_LIMIT,
                          "the expression has %zu bytes; at most %u", text.size,
                          OMNI__SEGMENT_TEXT_MAX);
    }
    omni__segment *segment = omni__calloc(alloc, sizeof(*segment));
    if (segment == NULL) {
        return omni__fail_memory(error);
    }
    omni__arena_init(&segment->arena, alloc);
    segment->text = text.size != 0 ? omni__arena_copy(&segment->arena, text)
                                   : omni__slice_of("", 0);
    const omni__cel_source source = {
        .text = segment->text, .arena = &segment->arena, .error = error};
    compiler c = {.segment = segment, .source = &source};
    omni_status status = segment->text.size == text.size
                             ? omni__cel_parse(&source, &segment->root)
                             : omni__fail_memory(error);
    if (status == OMNI_OK) {
        status = analyse(&c);
    }
    if (status == OMNI_OK) {
        *out = segment;
    } else {
        omni__segment_free(segment);
    }
    return status;
}

void
omni__segment_free(omni__segment *segment)
{
    if (segment != NULL) {
        const omni__alloc *alloc = segment->arena.alloc;
        omni__arena_free(&segment->arena);
        omni__free(alloc, segment);
    }
}

omni__slice
omni__segment_text(const omni__segment *segment)
{
    return segment->text;
}

const omni__cel_node *
omni__segment_root(const omni__segment *segment)
{
    return segment->root;
}

void
omni__segment_zone(const omni__segment *segment, omni__cel_run *run)
{
    if (segment->zone.data != NULL) {
        run->zone = segment->zone;
        run->zone_file = segment->zone_file;
    }
}

uint32_t
omni__segment_slots(const omni__segment *segment)
{
    return segment->slots;
}

const omni__segment_reads *
omni__segment_reads_of(const omni__segment *segment)
{
    return &segment->reads;
}
