/* Trees to steps, and the machine that takes them. */
#include "cel/regex.h"

#include "cel/regex_program.h"
#include "codec/text.h"

/* Trees are walked by calls: so deep, and no deeper. */
#define HEIGHT_MAX 1000u

typedef struct emitter {
    omni__cel_regex_step *steps; /* NULL: only count */
    uint32_t count;
    bool full;
} emitter;

static uint32_t
emit(emitter *e, omni__cel_regex_step step)
{
    if (e->count >= OMNI__CEL_REGEX_SIZE) {
        e->full = true;
        return 0;
    }
    if (e->steps != NULL) {
        e->steps[e->count] = step;
    }
    return e->count++;
}

static void
patch(emitter *e, uint32_t at, uint32_t x, uint32_t y)
{
    if (e->steps != NULL && !e->full) {
        e->steps[at].x = x;
        e->steps[at].y = y;
    }
}

static void
emit_node(emitter *e, const omni__cel_regex_node *node);

static void
emit_many(emitter *e, const omni__cel_regex_node *body)
{
    const omni__cel_regex_step split = {.op = OMNI__CEL_REGEX_SPLIT};
    const uint32_t at = emit(e, split);
    emit_node(e, body);
    const uint32_t back =
        emit(e, (omni__cel_regex_step){.op = OMNI__CEL_REGEX_JUMP, .x = at});
    patch(e, at, at + 1, back + 1);
}

static void
emit_repeat(emitter *e, const omni__cel_regex_node *node)
{
    const omni__cel_regex_step split = {.op = OMNI__CEL_REGEX_SPLIT};
    for (uint32_t i = 0; i < node->least && !e->full; ++i) {
        emit_node(e, node->a);
    }
    if (node->most == OMNI__CEL_REGEX_MANY) {
        emit_many(e, node->a);
        return;
    }
    for (uint32_t i = node->least; i < node->most && !e->full; ++i) {
        const uint32_t at = emit(e, split);
        emit_node(e, node->a);
        patch(e, at, at + 1, e->count);
    }
}

static void
emit_or(emitter *e, const omni__cel_regex_node *node)
{
    const uint32_t at =
        emit(e, (omni__cel_regex_step){.op = OMNI__CEL_REGEX_SPLIT});
    emit_node(e, node->a);
    const uint32_t over =
        emit(e, (omni__cel_regex_step){.op = OMNI__CEL_REGEX_JUMP});
    patch(e, at, at + 1, e->count);
    emit_node(e, node->b);
    patch(e, over, e->count, 0);
}

static void
emit_node(emitter *e, const omni__cel_regex_node *node)
{
    switch (e->full ? OMNI__CEL_REGEX_EMPTY : (int)node->kind) {
    case OMNI__CEL_REGEX_ONE:
        emit(e, node->step);
        break;
    case OMNI__CEL_REGEX_CAT:
        emit_node(e, node->a);
        emit_node(e, node->b);
        break;
    case OMNI__CEL_REGEX_OR:
        emit_or(e, node);
        break;
    case OMNI__CEL_REGEX_REPEATS:
        emit_repeat(e, node);
        break;
    default:
        break;
    }
}

const omni__cel_regex *
omni__cel_regex_compile(omni__slice pattern, omni__arena *arena,
                        const char **why)
{
    const omni__cel_regex_step match = {.op = OMNI__CEL_REGEX_MATCH};
    emitter e = {0};
    const omni__cel_regex_node *root =
        omni__cel_regex_parse(pattern, arena, why);
    if (root == NULL) {
        return NULL;
    }
    if (root->height > HEIGHT_MAX) {
        *why = "it is too long";
        return NULL;
    }
    emit_node(&e, root);
    emit(&e, match);
    if (e.full) {
        *why = "it is too large";
        return NULL;
    }
    omni__cel_regex *regex = omni__arena_get(arena, sizeof(*regex));
    omni__cel_regex_step *steps =
        omni__arena_get(arena, e.count * sizeof(steps[0]));
    if (regex == NULL || steps == NULL) {
        *why = "out of memory";
        return NULL;
    }
    e = (emitter){.steps = steps};
    emit_node(&e, root);
    emit(&e, match);
    *regex = (omni__cel_regex){.steps = steps, .count = e.count};
    return regex;
}

/* Threads: steps that the machine stands on, each once. */
typedef struct threads {
    uint32_t *all;
    uint32_t *where; /* of a step in `all`, if it is there */
    uint32_t count;
} threads;

typedef struct machine {
    const omni__cel_regex *regex;
    omni__slice text;
    uint32_t *stack;
    threads now;
    threads next;
} machine;

static bool
put(threads *t, uint32_t step)
{
    const uint32_t at = t->where[step];
    if (at < t->count && t->all[at] == step) {
        return false;
    }
    t->where[step] = t->count;
    t->all[t->count++] = step;
    return true;
}

static bool
is_word(omni__slice text, size_t at)
{
    if (at >= text.size) {
        return false;
    }
    const uint8_t c = text.data[at];
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || c == '_';
}

static bool
is_edge(const machine *m, omni__cel_regex_op op, size_t at)
{
    const bool word =
        (at != 0 && is_word(m->text, at - 1)) != is_word(m->text, at);
    switch (op) {
    case OMNI__CEL_REGEX_START:
        return at == 0;
    case OMNI__CEL_REGEX_END:
        return at == m->text.size;
    case OMNI__CEL_REGEX_LINE_START:
        return at == 0 || m->text.data[at - 1] == '\n';
    case OMNI__CEL_REGEX_LINE_END:
        return at == m->text.size || m->text.data[at] == '\n';
    case OMNI__CEL_REGEX_WORD_EDGE:
        return word;
    default:
        return !word;
    }
}

/* A thread at `step` and at all that it leads to without taking text; true if
   that is the end. */
static bool
follow(machine *m, threads *to, uint32_t step, size_t at)
{
    uint32_t depth = 0;
    m->stack[depth++] = step;
    while (depth != 0) {
        const uint32_t i = m->stack[--depth];
        const omni__cel_regex_step *s = &m->regex->steps[i];
        if (!put(to, i)) {
            continue;
        }
        switch (s->op) {
        case OMNI__CEL_REGEX_MATCH:
            return true;
        case OMNI__CEL_REGEX_SPLIT:
            m->stack[depth++] = s->y;
            m->stack[depth++] = s->x;
            break;
        case OMNI__CEL_REGEX_JUMP:
            m->stack[depth++] = s->x;
            break;
        case OMNI__CEL_REGEX_CODE:
        case OMNI__CEL_REGEX_ANY:
        case OMNI__CEL_REGEX_CLASS:
            break;
        default:
            if (is_edge(m, (omni__cel_regex_op)s->op, at)) {
                m->stack[depth++] = i + 1;
            }
            break;
        }
    }
    return false;
}

static bool
takes(const omni__cel_regex_step *step, uint32_t code)
{
    switch (step->op) {
    case OMNI__CEL_REGEX_CODE:
        return step->code == code ||
               (step->fold && step->code == omni__cel_regex_other_case(code));
    case OMNI__CEL_REGEX_ANY:
        return step->fold || code != '\n';
    case OMNI__CEL_REGEX_CLASS:
        return omni__cel_regex_class_has(step->class, code);
    default:
        return false;
    }
}

static bool
prepare(machine *m, omni__arena *arena)
{
    const size_t count = m->regex->count;
    uint32_t *words =
        omni__arena_zero(arena, (6 * count + 2) * sizeof(words[0]));
    if (words == NULL) {
        return false;
    }
    m->now = (threads){.all = words, .where = words + count};
    m->next = (threads){.all = words + 2 * count, .where = words + 3 * count};
    m->stack = words + 4 * count;
    return true;
}

bool
omni__cel_regex_search(const omni__cel_regex *regex, omni__slice text,
                       omni__cel_run *run, bool *found)
{
    machine m = {.regex = regex, .text = text};
    if (!prepare(&m, run->arena)) {
        return false;
    }
    for (size_t at = 0;;) {
        if (follow(&m, &m.now, 0, at)) {
            *found = true;
            return true;
        }
        if (at >= text.size) {
            *found = false;
            return true;
        }
        size_t size;
        const uint32_t code = omni__text_decode(
            omni__slice_of(text.data + at, text.size - at), &size);
        at += size;
        m.next.count = 0;
        if (!omni__cel_run_steps(run, 1 + m.now.count / 4)) {
            return false;
        }
        for (uint32_t i = 0; i < m.now.count; ++i) {
            const uint32_t step = m.now.all[i];
            if (takes(&regex->steps[step], code) &&
                follow(&m, &m.next, step + 1, at)) {
                *found = true;
                return true;
            }
        }
        const threads taken = m.now;
        m.now = m.next;
        m.next = taken;
    }
}
