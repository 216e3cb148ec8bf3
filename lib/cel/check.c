/*
   Types before anything is evaluated, as far as they can be told: by letters,
   `*` for what is only known then. What no overload takes is an error here
   already, at its place; what might be taken is not.
*/
#include "cel/node.h"
#include "codec/guess.h"

#include <stdarg.h>
#include <stdio.h>

/* What is known of a value: its letter, and one for all items of a list, or
   for what is in an optional. */
typedef struct typed {
    char letter;
    char inner;
} typed;

/* A variable of a macro, and the one outside of it. */
typedef struct scope {
    const struct scope *outer;
    uint32_t slot;
    typed type;
} scope;

typedef struct checker {
    const omni__cel_source *source;
    const omni__cel_environment *environment;
    omni_status status; /* of what is wrong first */
} checker;

static const typed unknown = {'*', '*'};

static typed
walk(checker *c, const omni__cel_node *node, const scope *names);

static typed
plain(char letter)
{
    return (typed){letter, '*'};
}

static typed
wrong(checker *c, const omni__cel_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static typed
wrong(checker *c, const omni__cel_node *node, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (c->status == OMNI_OK) {
        c->status = omni__cel_fail(c->source, node->offset, "%s", text);
    }
    return unknown;
}

static bool
may_be(typed type, const char *letters)
{
    return type.letter == '*' || strchr(letters, type.letter) != NULL;
}

static char
either(char a, char b)
{
    return a == b || b == '\0' ? a : (a == '\0' ? b : '*');
}

static typed
join(typed a, typed b)
{
    return (typed){either(a.letter, b.letter), either(a.inner, b.inner)};
}

static const char *
name_of(typed type)
{
    return omni__cel_letter_name(type.letter);
}

#define NUMBERS "iudm"
/* Operands and result, three letters a way. */
#define DECIMALS "mmmmimimmmumummmd*dm*"

static const char *const ways[] = {
    [OMNI__CEL_ADD] = "iiiuuudddsssyyyLLLrrrtrtrtt" DECIMALS,
    [OMNI__CEL_SUBTRACT] = "iiiuuudddrrrtrtttr" DECIMALS,
    [OMNI__CEL_MULTIPLY] = "iiiuuuddd" DECIMALS,
    [OMNI__CEL_DIVIDE] = "iiiuuuddd" DECIMALS,
    [OMNI__CEL_MODULO] = "iiiuuu",
};

static bool
same_letter(char a, char b, const char *letters)
{
    return a == '*' || b == '*' || (a == b && strchr(letters, a) != NULL) ||
           (strchr(NUMBERS, a) != NULL && strchr(NUMBERS, b) != NULL);
}

/* Whether `a == b` can ever hold; anything may be null. */
static bool
comparable(char a, char b)
{
    return a == 'n' || b == 'n' || same_letter(a, b, "bsytrLMTOpc");
}

/* The letter of `a op b`; 0: no overload takes them. */
static char
result_of(omni__cel_op op, typed a, typed b)
{
    char result = '\0';
    switch (op) {
    case OMNI__CEL_EQUAL:
    case OMNI__CEL_UNEQUAL:
        return comparable(a.letter, b.letter) ? 'b' : '\0';
    case OMNI__CEL_LESS:
    case OMNI__CEL_LESS_EQUAL:
    case OMNI__CEL_GREATER:
    case OMNI__CEL_GREATER_EQUAL:
        return may_be(a, NUMBERS "bsytr") && may_be(b, NUMBERS "bsytr") &&
                       same_letter(a.letter, b.letter, "bsytr")
                   ? 'b'
                   : '\0';
    case OMNI__CEL_IN:
        return may_be(b, "LM") &&
                       (b.letter != 'L' || comparable(a.letter, b.inner))
                   ? 'b'
                   : '\0';
    default:
        for (const char *way = ways[op]; *way != '\0'; way += 3) {
            if ((a.letter == '*' || a.letter == way[0]) &&
                (b.letter == '*' || b.letter == way[1])) {
                result = either(way[2], result);
            }
        }
        return result;
    }
}

static typed
binary(checker *c, const omni__cel_node *node, const scope *names)
{
    const omni__cel_op op = (omni__cel_op)node->op;
    const typed a = walk(c, node->a, names);
    const typed b = walk(c, node->b, names);
    const char letter = result_of(op, a, b);
    if (letter == '\0' && op == OMNI__CEL_IN && b.letter == 'L') {
        return wrong(c, node, "no such overload: %s in list of %s", name_of(a),
                     omni__cel_letter_name(b.inner));
    }
    if (letter == '\0') {
        return wrong(c, node, "no such overload: %s %s %s", name_of(a),
                     omni__cel_op_mark(op), name_of(b));
    }
    return (typed){letter, op == OMNI__CEL_ADD && letter == 'L'
                               ? either(a.inner, b.inner)
                               : '*'};
}

static typed
unary(checker *c, const omni__cel_node *node, const scope *names)
{
    const bool not = node->kind == OMNI__CEL_NOT;
    const typed a = walk(c, node->a, names);
    return may_be(a, not ? "b" : "idm")
               ? plain(not ? 'b' : a.letter)
               : wrong(c, node, "no such overload: %s%s", not ? "!" : "-",
                       name_of(a));
}

/* && and ||. */
static typed
logical(checker *c, const omni__cel_node *node, const scope *names)
{
    for (uint32_t i = 0; i < node->count; ++i) {
        const typed type = walk(c, node->arguments[i], names);
        if (!may_be(type, "b")) {
            wrong(c, node->arguments[i], "no such overload: %s of %s",
                  node->kind == OMNI__CEL_OR ? "||" : "&&", name_of(type));
        }
    }
    return plain('b');
}

static typed
choice(checker *c, const omni__cel_node *node, const scope *names)
{
    const typed condition = walk(c, node->a, names);
    const typed b = walk(c, node->b, names);
    const typed other = walk(c, node->c, names);
    return may_be(condition, "b")
               ? join(b, other)
               : wrong(c, node->a, "no such overload: ?: of %s",
                       name_of(condition));
}

#define GUESS_BYTES 80u

/* A variable of which parts are declared has no others, where the environment
   says so. */
static bool
has_part(checker *c, const omni__cel_node *node)
{
    const omni__cel_environment *e = c->environment;
    const char *parts[16];
    char guess[GUESS_BYTES];
    char all[120] = "";
    size_t count = 0;
    const omni__slice name = node->kind != OMNI__CEL_INDEX ? node->name
                             : node->b->kind == OMNI__CEL_LITERAL &&
                                     node->b->value.kind == OMNI__CEL_STRING
                                 ? omni__cel_slice(node->b->value)
                                 : omni__slice_of(NULL, 0);
    if (!e->closed || name.data == NULL || node->a->kind != OMNI__CEL_GLOBAL ||
        node->a->slot >= e->variable_count) {
        return true;
    }
    const char *whole = e->variables[node->a->slot].name;
    const size_t size = strlen(whole);
    for (size_t i = 0; i < e->variable_count && count < 16; ++i) {
        const char *full = e->variables[i].name;
        if (strncmp(full, whole, size) == 0 && full[size] == '.') {
            const size_t used = strlen(all);
            parts[count] = full + size + 1;
            snprintf(all + used, sizeof(all) - used, "%s%s",
                     count == 0 ? "" : ", ", parts[count]);
            if (omni__slice_equal(name, omni__slice_text(parts[count++]))) {
                return true;
            }
        }
    }
    if (count == 0) {
        return true;
    }
    omni__text_guess(name, parts, count, guess, sizeof(guess));
    wrong(c, node, "%s has no \"%.*s\"%s%s it has %s", whole,
          name.size > 40 ? 40 : (int)name.size, (const char *)name.data, guess,
          guess[0] == '\0' ? ";" : "", all);
    return false;
}

/* a.name, a[b]; through optionals, which stay so. */
static typed
part(checker *c, const omni__cel_node *node, const scope *names)
{
    const typed a = walk(c, node->a, names);
    const bool optional = node->optional || a.letter == 'O';
    const bool index = node->kind == OMNI__CEL_INDEX;
    const typed key = index ? walk(c, node->b, names) : plain('s');
    if (!has_part(c, node)) {
        return unknown;
    }
    if (!may_be(a, index ? "LMO" : "MO")) {
        return index ? wrong(c, node, "no such overload: %s[%s]", name_of(a),
                             name_of(key))
                     : wrong(c, node, "%s has no fields", name_of(a));
    }
    if (a.letter == 'L' && !may_be(key, "iud")) {
        return wrong(c, node, "an index of a list is a number, not %s",
                     name_of(key));
    }
    if (a.letter == 'M' && !may_be(key, "biuds")) {
        return wrong(c, node, "no key of a map is of type %s", name_of(key));
    }
    if (node->kind == OMNI__CEL_HAS) {
        return plain('b');
    }
    const char inner = a.letter == 'O' ? '*' : a.inner;
    return optional ? (typed){'O', inner} : plain(inner);
}

static typed
make_list(checker *c, const omni__cel_node *node, const scope *names)
{
    char inner = '\0';
    for (uint32_t i = 0; i < node->count; ++i) {
        const typed type = walk(c, node->arguments[i], names);
        if (node->optionals[i] && !may_be(type, "O")) {
            return wrong(c, node->arguments[i],
                         "an element with ? is optional, not %s",
                         name_of(type));
        }
        inner = either(node->optionals[i] ? type.inner : type.letter, inner);
    }
    return (typed){'L', inner != '\0' ? inner : '*'};
}

static typed
make_map(checker *c, const omni__cel_node *node, const scope *names)
{
    char inner = '\0';
    for (uint32_t i = 0; i + 1 < node->count; i += 2) {
        const typed key = walk(c, node->arguments[i], names);
        const typed value = walk(c, node->arguments[i + 1], names);
        if (!may_be(key, "bius")) {
            return wrong(c, node->arguments[i],
                         "a key of a map is bool, int, uint or string, not %s",
                         name_of(key));
        }
        if (node->optionals[i] && !may_be(value, "O")) {
            return wrong(c, node->arguments[i + 1],
                         "an entry with ? is optional, not %s", name_of(value));
        }
        inner = either(node->optionals[i] ? value.inner : value.letter, inner);
    }
    return (typed){'M', inner != '\0' ? inner : '*'};
}

#define MOST_ARGUMENTS 32u

static typed
no_overload(checker *c, const omni__cel_node *node, const char *letters,
            size_t count)
{
    char text[120];
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && size + 40 < sizeof(text); ++i) {
        const int more =
            snprintf(text + size, sizeof(text) - size, "%s%s",
                     i == 0 ? "" : ", ", omni__cel_letter_name(letters[i]));
        size += more > 0 ? (size_t)more : 0;
    }
    return wrong(c, node, "no such overload: %.*s(%s)",
                 node->name.size > 40 ? 40 : (int)node->name.size,
                 (const char *)node->name.data, text);
}

#define MOST_FUNCTIONS 200u

/* Functions are called by their names, which may have dots. */
static typed
no_function(checker *c, const omni__cel_node *node)
{
    const char *names[MOST_FUNCTIONS];
    char guess[GUESS_BYTES];
    char text[GUESS_BYTES];
    const bool dots = node->a != NULL && node->a->kind == OMNI__CEL_NAME;
    const omni__slice before = dots ? node->a->name : omni__slice_of("", 0);
    const int size = snprintf(text, sizeof(text), "%.*s%s%.*s",
                              before.size > 32 ? 32 : (int)before.size,
                              (const char *)before.data, dots ? "." : "",
                              node->name.size > 40 ? 40 : (int)node->name.size,
                              (const char *)node->name.data);
    omni__text_guess(
        omni__slice_of(text, size > 0 ? (size_t)size : 0), names,
        omni__cel_function_names(c->environment, names, MOST_FUNCTIONS), guess,
        sizeof(guess));
    return wrong(c, node, "undeclared function \"%s\"%s", text, guess);
}

/* The results of all overloads that may be meant. */
static typed
call(checker *c, const omni__cel_node *node, const scope *names)
{
    char letters[MOST_ARGUMENTS + 1];
    size_t count = 0;
    char result = '\0';
    if (node->overloads == NULL) {
        return no_function(c, node);
    }
    if (node->a != NULL) {
        letters[count++] = walk(c, node->a, names).letter;
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        const typed type = walk(c, node->arguments[i], names);
        if (count < MOST_ARGUMENTS) {
            letters[count++] = type.letter;
        }
    }
    for (uint32_t i = 0; i < node->overload_count; ++i) {
        const omni__cel_overload *o = &node->overloads[i];
        if (omni__cel_overload_takes(o, node->a != NULL, letters, count)) {
            result = either(o->result, result);
        }
    }
    return result != '\0' ? plain(result)
                          : no_overload(c, node, letters, count);
}

/* What a macro makes of its parts. */
static typed
made(checker *c, const omni__cel_node *node, typed range, typed each)
{
    switch (node->op) {
    case OMNI__CEL_FILTER:
        return (typed){'L', range.letter == 'L' ? range.inner : '*'};
    case OMNI__CEL_MAP_LIST:
        return (typed){'L', each.letter};
    case OMNI__CEL_MAP_MAP:
        return (typed){'M', each.letter};
    case OMNI__CEL_MAP_OPTIONAL:
        return (typed){'O', each.letter};
    case OMNI__CEL_FLAT_OPTIONAL:
        return may_be(each, "O")
                   ? (typed){'O', each.inner}
                   : wrong(c, node->c, "optFlatMap() wants an optional, not %s",
                           name_of(each));
    default:
        return plain('b');
    }
}

static typed
fold(checker *c, const omni__cel_node *node, const scope *names)
{
    const typed range = walk(c, node->a, names);
    const bool list = range.letter == 'L';
    const bool optional = node->op == OMNI__CEL_MAP_OPTIONAL ||
                          node->op == OMNI__CEL_FLAT_OPTIONAL;
    const typed element = plain(list || optional ? range.inner : '*');
    const scope first = {.outer = names,
                         .slot = node->slot,
                         .type =
                             !node->pairs ? element : plain(list ? 'i' : '*')};
    const scope second = {.outer = &first,
                          .slot = node->slot + 1,
                          .type =
                              plain(range.letter == '*' ? '*' : range.inner)};
    if (!may_be(range, optional ? "O" : "LM")) {
        return wrong(c, node->a, "a macro has no elements in %s",
                     name_of(range));
    }
    const typed condition =
        node->b != NULL ? walk(c, node->b, &second) : plain('b');
    if (!may_be(condition, "b")) {
        return wrong(c, node->b, "a condition is bool, not %s",
                     name_of(condition));
    }
    return made(c, node, range,
                node->c != NULL ? walk(c, node->c, &second) : unknown);
}

static typed
block(checker *c, const omni__cel_node *node, const scope *names)
{
    for (uint32_t i = 0; i < node->count; ++i) {
        scope *inner = omni__arena_get(c->source->arena, sizeof(*inner));
        if (inner == NULL) {
            c->status = omni__fail_memory(c->source->error);
            return unknown;
        }
        const typed type = walk(c, node->arguments[i], names);
        *inner = (scope){.outer = names,
                         .slot = node->slot + i,
                         .type = node->optionals[i] ? unknown : type};
        names = inner;
    }
    return walk(c, node->a, names);
}

static typed
no_variable(checker *c, const omni__cel_node *node)
{
    const omni__cel_environment *e = c->environment;
    const char *names[64];
    char guess[GUESS_BYTES];
    size_t count = 0;
    for (; count < e->variable_count && count < 64; ++count) {
        names[count] = e->variables[count].name;
    }
    omni__text_guess(node->name, names, count, guess, sizeof(guess));
    return wrong(c, node, "undeclared reference to \"%.*s\"%s",
                 node->name.size > 64 ? 64 : (int)node->name.size,
                 (const char *)node->name.data, guess);
}

static typed
name(checker *c, const omni__cel_node *node, const scope *names)
{
    switch (node->kind) {
    case OMNI__CEL_GLOBAL:
        return node->slot < c->environment->variable_count
                   ? plain(c->environment->variables[node->slot].type)
                   : unknown;
    case OMNI__CEL_LOCAL:
        while (names != NULL && names->slot != node->slot) {
            names = names->outer;
        }
        return names != NULL ? names->type : unknown;
    default:
        return no_variable(c, node);
    }
}

static typed
walk(checker *c, const omni__cel_node *node, const scope *names)
{
    if (c->status != OMNI_OK) {
        return unknown;
    }
    switch (node->kind) {
    case OMNI__CEL_LITERAL:
        return plain(omni__cel_letter((omni__cel_kind)node->value.kind));
    case OMNI__CEL_SELECT:
    case OMNI__CEL_HAS:
    case OMNI__CEL_INDEX:
        return part(c, node, names);
    case OMNI__CEL_NOT:
    case OMNI__CEL_NEGATE:
        return unary(c, node, names);
    case OMNI__CEL_BINARY:
        return binary(c, node, names);
    case OMNI__CEL_AND:
    case OMNI__CEL_OR:
        return logical(c, node, names);
    case OMNI__CEL_CHOICE:
        return choice(c, node, names);
    case OMNI__CEL_MAKE_LIST:
        return make_list(c, node, names);
    case OMNI__CEL_MAKE_MAP:
        return make_map(c, node, names);
    case OMNI__CEL_CALL:
        return call(c, node, names);
    case OMNI__CEL_FOLD:
        return fold(c, node, names);
    case OMNI__CEL_BIND: {
        const scope variable = {.outer = names,
                                .slot = node->slot,
                                .type = walk(c, node->a, names)};
        return walk(c, node->b, &variable);
    }
    case OMNI__CEL_BLOCK:
        return block(c, node, names);
    default:
        return name(c, node, names);
    }
}

omni_status
omni__cel_check(const omni__cel_source *source,
                const omni__cel_environment *environment,
                const omni__cel_node *root, char *type)
{
    checker c = {.source = source, .environment = environment};
    *type = walk(&c, root, NULL).letter;
    return c.status;
}
