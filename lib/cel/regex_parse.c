/* Patterns to trees. */
#include "cel/regex_program.h"
#include "codec/text.h"

typedef struct flags {
    bool fold;  /* i */
    bool lines; /* m */
    bool all;   /* s */
} flags;

typedef struct parser {
    omni__slice pattern;
    size_t at;
    omni__arena *arena;
    flags flags;
    unsigned depth;
    const char *why;
} parser;

typedef omni__cel_regex_node node;

static int
peek(const parser *p, size_t ahead)
{
    return p->at + ahead < p->pattern.size ? p->pattern.data[p->at + ahead]
                                           : -1;
}

static const node *
make(parser *p, omni__cel_regex_kind kind, const node *a, const node *b)
{
    node *made = omni__arena_zero(p->arena, sizeof(*made));
    if (made == NULL) {
        p->why = "out of memory";
        return NULL;
    }
    made->kind = (uint8_t)kind;
    made->a = a;
    made->b = b;
    const uint32_t left = a != NULL ? a->height : 0;
    const uint32_t right = b != NULL ? b->height : 0;
    made->height = 1 + (left > right ? left : right);
    return made;
}

static const node *
make_one(parser *p, omni__cel_regex_step step)
{
    const node *made = make(p, OMNI__CEL_REGEX_ONE, NULL, NULL);
    if (made != NULL) {
        ((node *)(uintptr_t)made)->step = step;
    }
    return made;
}

static const node *
alternatives(parser *p);

static const node *
make_code(parser *p, uint32_t code)
{
    return make_one(p, (omni__cel_regex_step){.op = OMNI__CEL_REGEX_CODE,
                                              .fold = p->flags.fold,
                                              .code = code});
}

static const node *
make_edge(parser *p, omni__cel_regex_op op)
{
    return make_one(p, (omni__cel_regex_step){.op = (uint8_t)op});
}

static const node *
class_node(parser *p, bool *none)
{
    omni__cel_regex_class *class = omni__arena_get(p->arena, sizeof(*class));
    *none = false;
    if (class == NULL) {
        p->why = "out of memory";
        return NULL;
    }
    if (!omni__cel_regex_class_parse(p->pattern, &p->at, p->flags.fold,
                                     p->arena, class, &p->why)) {
        *none = p->why == NULL;
        return NULL;
    }
    return make_one(
        p, (omni__cel_regex_step){.op = OMNI__CEL_REGEX_CLASS, .class = class});
}

/* (?ims-ims) and (?ims-ims: */
static bool
group_flags(parser *p, bool *group)
{
    bool set = true;
    flags changed = p->flags;
    for (;; ++p->at) {
        switch (peek(p, 0)) {
        case 'i':
            changed.fold = set;
            break;
        case 'm':
            changed.lines = set;
            break;
        case 's':
            changed.all = set;
            break;
        case 'U':
            break;
        case '-':
            set = false;
            break;
        case ':':
        case ')':
            *group = peek(p, 0) == ':';
            ++p->at;
            p->flags = changed;
            return true;
        default:
            p->why = "no such kind of group";
            return false;
        }
    }
}

/* ?P<name> and ?<name> */
static bool
group_name(parser *p)
{
    const size_t from = p->at + (peek(p, 0) == 'P' ? 2 : 1);
    if ((peek(p, 0) == 'P' && peek(p, 1) != '<') ||
        (peek(p, 0) == '<' && (peek(p, 1) == '=' || peek(p, 1) == '!'))) {
        p->why = "no such kind of group";
        return false;
    }
    for (p->at = from; peek(p, 0) >= 0 && peek(p, 0) != '>'; ++p->at) {
        const int c = peek(p, 0);
        const int letter = c | 0x20;
        if (!((letter >= 'a' && letter <= 'z') || c == '_' ||
              (c >= '0' && c <= '9'))) {
            break;
        }
    }
    if (p->at == from || peek(p, 0) != '>') {
        p->why = "a group's name is letters, digits and _ between < and >";
        return false;
    }
    ++p->at;
    return true;
}

/* Behind an opening bracket. */
static const node *
group(parser *p)
{
    const flags outside = p->flags;
    bool has_body = true;
    if (peek(p, 0) == '?') {
        ++p->at;
        const bool sound = peek(p, 0) == 'P' || peek(p, 0) == '<'
                               ? group_name(p)
                               : group_flags(p, &has_body);
        if (!sound) {
            return NULL;
        }
        if (!has_body) {
            return make(p, OMNI__CEL_REGEX_EMPTY, NULL, NULL);
        }
    }
    if (++p->depth > OMNI__CEL_REGEX_DEPTH) {
        p->why = "groups nest too deep";
        return NULL;
    }
    const node *body = alternatives(p);
    --p->depth;
    p->flags = outside;
    if (p->why == NULL && peek(p, 0) != ')') {
        p->why = "a group has no closing bracket";
    }
    ++p->at;
    return body;
}

static const node *
literal_run(parser *p)
{
    const node *all = make(p, OMNI__CEL_REGEX_EMPTY, NULL, NULL);
    while (p->why == NULL && peek(p, 0) >= 0 &&
           !(peek(p, 0) == '\\' && peek(p, 1) == 'E')) {
        size_t size;
        const uint32_t code = omni__text_decode(
            omni__slice_of(p->pattern.data + p->at, p->pattern.size - p->at),
            &size);
        p->at += size;
        all = make(p, OMNI__CEL_REGEX_CAT, all, make_code(p, code));
    }
    p->at += peek(p, 0) >= 0 ? 2 : 0;
    return all;
}

/* On a backslash. */
static const node *
escape(parser *p)
{
    uint32_t code;
    bool none;
    switch (peek(p, 1)) {
    case 'A':
        p->at += 2;
        return make_edge(p, OMNI__CEL_REGEX_START);
    case 'z':
        p->at += 2;
        return make_edge(p, OMNI__CEL_REGEX_END);
    case 'b':
        p->at += 2;
        return make_edge(p, OMNI__CEL_REGEX_WORD_EDGE);
    case 'B':
        p->at += 2;
        return make_edge(p, OMNI__CEL_REGEX_NO_WORD_EDGE);
    case 'Q':
        p->at += 2;
        return literal_run(p);
    default:
        break;
    }
    const node *class = class_node(p, &none);
    if (!none) {
        return class;
    }
    ++p->at;
    if (!omni__cel_regex_escape(p->pattern, &p->at, &code)) {
        p->why = "no such escape";
        return NULL;
    }
    return make_code(p, code);
}

static const node *
atom(parser *p)
{
    bool none;
    size_t size;
    switch (peek(p, 0)) {
    case '(':
        ++p->at;
        return group(p);
    case '[':
        ++p->at;
        return class_node(p, &none);
    case '.':
        ++p->at;
        return make_one(p, (omni__cel_regex_step){.op = OMNI__CEL_REGEX_ANY,
                                                  .fold = p->flags.all});
    case '^':
        ++p->at;
        return make_edge(p, p->flags.lines ? OMNI__CEL_REGEX_LINE_START
                                           : OMNI__CEL_REGEX_START);
    case '$':
        ++p->at;
        return make_edge(p, p->flags.lines ? OMNI__CEL_REGEX_LINE_END
                                           : OMNI__CEL_REGEX_END);
    case '\\':
        return escape(p);
    case '*':
    case '+':
    case '?':
        p->why = "nothing to repeat";
        return NULL;
    default:
        break;
    }
    const uint32_t code = omni__text_decode(
        omni__slice_of(p->pattern.data + p->at, p->pattern.size - p->at),
        &size);
    p->at += size;
    return make_code(p, code);
}

static bool
digits(parser *p, uint32_t *out)
{
    uint32_t value = 0;
    size_t count = 0;
    while (peek(p, 0) >= '0' && peek(p, 0) <= '9') {
        value =
            value < 100000 ? value * 10 + (uint32_t)(peek(p, 0) - '0') : value;
        ++p->at;
        ++count;
    }
    *out = value;
    return count != 0;
}

/* {n} {n,} {n,m}; anything else in braces is text. */
static bool
braces(parser *p, uint32_t *least, uint32_t *most)
{
    const size_t before = p->at;
    ++p->at;
    bool sound = digits(p, least);
    *most = *least;
    if (sound && peek(p, 0) == ',') {
        ++p->at;
        if (!digits(p, most)) {
            *most = OMNI__CEL_REGEX_MANY;
        }
    }
    sound = sound && peek(p, 0) == '}';
    if (!sound) {
        p->at = before;
        return false;
    }
    ++p->at;
    if (*least > OMNI__CEL_REGEX_REPEAT ||
        (*most != OMNI__CEL_REGEX_MANY &&
         (*most > OMNI__CEL_REGEX_REPEAT || *most < *least))) {
        p->why = "a repetition is out of range";
    }
    return true;
}

static bool
quantifier(parser *p, uint32_t *least, uint32_t *most)
{
    switch (peek(p, 0)) {
    case '*':
        *least = 0;
        *most = OMNI__CEL_REGEX_MANY;
        break;
    case '+':
        *least = 1;
        *most = OMNI__CEL_REGEX_MANY;
        break;
    case '?':
        *least = 0;
        *most = 1;
        break;
    case '{':
        return braces(p, least, most);
    default:
        return false;
    }
    ++p->at;
    return true;
}

static const node *
repeated(parser *p)
{
    uint32_t least;
    uint32_t most;
    const node *made = atom(p);
    if (p->why != NULL || !quantifier(p, &least, &most) || p->why != NULL) {
        return made;
    }
    made = make(p, OMNI__CEL_REGEX_REPEATS, made, NULL);
    if (made != NULL) {
        ((node *)(uintptr_t)made)->least = least;
        ((node *)(uintptr_t)made)->most = most;
    }
    p->at += peek(p, 0) == '?'; /* lazy: finds the same texts */
    const size_t before = p->at;
    if (quantifier(p, &least, &most)) {
        p->why = "a repetition of a repetition";
        p->at = before;
    }
    return made;
}

static const node *
sequence(parser *p)
{
    const node *all = NULL;
    while (p->why == NULL && peek(p, 0) >= 0 && peek(p, 0) != '|' &&
           peek(p, 0) != ')') {
        const node *next = repeated(p);
        all = all == NULL || next == NULL
                  ? next
                  : make(p, OMNI__CEL_REGEX_CAT, all, next);
    }
    return all != NULL || p->why != NULL
               ? all
               : make(p, OMNI__CEL_REGEX_EMPTY, NULL, NULL);
}

static const node *
alternatives(parser *p)
{
    const node *all = sequence(p);
    while (p->why == NULL && peek(p, 0) == '|') {
        ++p->at;
        all = make(p, OMNI__CEL_REGEX_OR, all, sequence(p));
    }
    return all;
}

const omni__cel_regex_node *
omni__cel_regex_parse(omni__slice pattern, omni__arena *arena, const char **why)
{
    parser p = {.pattern = pattern, .arena = arena};
    if (pattern.size > OMNI__CEL_REGEX_SIZE) {
        *why = "it is too long";
        return NULL;
    }
    const node *root = alternatives(&p);
    if (p.why == NULL && p.at < pattern.size) {
        p.why = "a closing bracket without its opening one";
    }
    *why = p.why;
    return p.why == NULL ? root : NULL;
}
