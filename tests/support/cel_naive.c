/* The walk: names, macros, functions. */
#include "support/cel_naive_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static naive
eval(const walker *w, const omni__cel_node *node, const naive_name *locals);

/* The fewest digits behind the point that are read as the same number; what
   needs an exponent, or is so large that zeroes are no digits, is not known. */
static const char *
written_real(const walker *w, double value, char out[32])
{
    if (!isfinite(value)) {
        return isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
    }
    for (int digits = 0; digits < 12; ++digits) {
        snprintf(out, 32, "%.*f", digits, fmod(value, 9007199254740992.0));
        if (strtod(out, NULL) == value) {
            return out;
        }
    }
    *w->unsure = true;
    return "";
}

/* A few plain digits, perhaps behind a minus; of what else may be a number
   nothing is known. */
static naive
read_number(const walker *w, omni__slice from)
{
    int64_t value = 0;
    const bool minus = from.size > 1 && from.data[0] == '-';
    for (size_t i = minus; i < from.size; ++i) {
        const uint8_t c = from.data[i];
        if (c < '0' || c > '9' || i > 17) {
            *w->unsure = strchr("+-.0123456789NnIi", from.data[0]) != NULL;
            return error;
        }
        value = value * 10 + (c - '0');
    }
    return from.size == 0 ? error : integer(minus ? -value : value);
}

static naive
converted(const walker *w, const char *to, naive a)
{
    char written[32];
    if (to[0] != 's' && a.kind == OMNI__CEL_STRING) {
        a = read_number(w, a.text);
    }
    if (to[0] == 'i' && a.kind == OMNI__CEL_DOUBLE) {
        return a.real > -9223372036854775808.0 && a.real < 9223372036854775807.0
                   ? integer((int64_t)a.real)
                   : error;
    }
    if (to[0] == 'i' || to[0] == 'u') {
        const bool whole = a.kind == OMNI__CEL_INT || a.kind == OMNI__CEL_UINT;
        const bool minus = a.kind == OMNI__CEL_INT && a.number < 0;
        const uint64_t value =
            a.kind == OMNI__CEL_INT ? (uint64_t)a.number : a.natural;
        if (to[0] == 'i') {
            return whole && (minus || value <= INT64_MAX)
                       ? integer((int64_t)value)
                       : error;
        }
        if (a.kind == OMNI__CEL_DOUBLE) {
            return a.real > -1 && a.real < 18446744073709551615.0
                       ? natural((uint64_t)a.real)
                       : error;
        }
        return whole && !minus ? natural(value) : error;
    }
    if (to[0] == 'd') {
        return number(a) ? real(as_real(a)) : error;
    }
    switch (a.kind) {
    case OMNI__CEL_DOUBLE:
        return text(omni__arena_copy(
            w->arena, omni__slice_text(written_real(w, a.real, written))));
    case OMNI__CEL_BOOL:
        return text(omni__slice_text(a.truth ? "true" : "false"));
    case OMNI__CEL_INT:
    case OMNI__CEL_UINT:
        snprintf(written, sizeof(written),
                 a.kind == OMNI__CEL_INT ? "%lld" : "%llu",
                 a.kind == OMNI__CEL_INT ? (long long)a.number
                                         : (long long)a.natural);
        return text(omni__arena_copy(w->arena, omni__slice_text(written)));
    default:
        return a.kind == OMNI__CEL_STRING ? a : error;
    }
}

static int64_t
code_points(omni__slice bytes)
{
    int64_t count = 0;
    for (size_t i = 0; i < bytes.size; ++i) {
        count += (bytes.data[i] & 0xc0) != 0x80;
    }
    return count;
}

/* Whether `b` stands in `a`: anywhere, only at its start, only at its end. */
static naive
stands(naive a, naive b, bool start, bool end)
{
    const size_t whole = a.text.size;
    const size_t size = b.text.size;
    if (a.kind != OMNI__CEL_STRING || b.kind != OMNI__CEL_STRING) {
        return error;
    }
    for (size_t i = 0; i + size <= whole; ++i) {
        if ((!start || i == 0) && (!end || i + size == whole) &&
            omni__slice_equal(
                omni__slice_of(size != 0 ? a.text.data + i : NULL, size),
                b.text)) {
            return truth(true);
        }
    }
    return truth(false);
}

static naive
extreme(const naive *a, size_t count, bool greatest)
{
    if (count == 1 && a->kind == OMNI__CEL_LIST) {
        count = a->count;
        a = a->items;
    }
    naive best = count != 0 ? a[0] : error;
    for (size_t i = 0; i < count; ++i) {
        bool can;
        if (!number(a[i])) {
            return error;
        }
        best = (greatest ? naive_less(best, a[i], &can)
                         : naive_less(a[i], best, &can))
                   ? a[i]
                   : best;
    }
    return best;
}

/* Functions of one value, called before or behind it. */
static naive
of_one(const walker *w, omni__slice name, bool member, naive a)
{
    static const char *const conversions[] = {"int", "uint", "double",
                                              "string"};
    if (named(name, "size")) {
        return a.kind == OMNI__CEL_STRING ? integer(code_points(a.text))
               : a.kind == OMNI__CEL_LIST ? integer((int64_t)a.count)
               : a.kind == OMNI__CEL_MAP  ? integer((int64_t)a.count / 2)
                                          : error;
    }
    if (member && a.kind == OMNI__CEL_OPTIONAL) {
        return named(name, "hasValue")                ? truth(a.count != 0)
               : named(name, "value") && a.count != 0 ? a.items[0]
                                                      : error;
    }
    if (!member && named(name, "type")) {
        return (naive){.kind = OMNI__CEL_TYPE, .number = a.kind};
    }
    for (size_t i = 0; i < 4; ++i) {
        if (!member && named(name, conversions[i])) {
            return converted(w, conversions[i], a);
        }
    }
    return !member && named(name, "dyn") ? a : error;
}

static naive
call(const walker *w, const omni__cel_node *node, const naive_name *locals)
{
    const omni__slice name = node->name;
    const bool space =
        node->a != NULL && node->a->kind == OMNI__CEL_NAME &&
        (named(node->a->name, "math") || named(node->a->name, "optional"));
    const bool member = node->a != NULL && !space;
    naive a = items(w, OMNI__CEL_LIST, node->count + 1);
    for (uint32_t i = 0; i < node->count + member; ++i) {
        const omni__cel_node *each =
            member && i == 0 ? node->a : node->arguments[i - member];
        put(&a, eval(w, each, locals));
        if (a.items[i].kind == OMNI__CEL_ERROR) {
            return error;
        }
    }
    if (space) {
        return named(name, "of") ? some(w, a.items[0])
               : named(name, "none")
                   ? items(w, OMNI__CEL_OPTIONAL, 0)
                   : extreme(a.items, a.count, named(name, "greatest"));
    }
    if (a.count == 1) {
        return of_one(w, name, member, a.items[0]);
    }
    if (named(name, "orValue")) {
        return a.items[0].kind != OMNI__CEL_OPTIONAL ? error
               : a.items[0].count != 0               ? a.items[0].items[0]
                                                     : a.items[1];
    }
    return stands(a.items[0], a.items[1], named(name, "startsWith"),
                  named(name, "endsWith"));
}

/* What stands for element `i` of a range, of which there is one variable, or
   two. */
static naive
bound(naive range, const omni__cel_node *node, size_t i, unsigned which)
{
    if (range.kind == OMNI__CEL_MAP) {
        return range.items[2 * i + which];
    }
    return node->pairs && which == 0 ? integer((int64_t)i) : range.items[i];
}

static naive
macro(const walker *w, const omni__cel_node *node, const naive_name *locals)
{
    const naive range = eval(w, node->a, locals);
    const bool map = range.kind == OMNI__CEL_MAP;
    const bool optional = node->op == OMNI__CEL_MAP_OPTIONAL;
    naive out = items(w,
                      optional                        ? OMNI__CEL_OPTIONAL
                      : node->op == OMNI__CEL_MAP_MAP ? OMNI__CEL_MAP
                                                      : OMNI__CEL_LIST,
                      range.count * 2);
    size_t held = 0;
    size_t wrong = 0;
    const size_t count = map ? range.count / 2 : range.count;
    if (optional ? range.kind != OMNI__CEL_OPTIONAL
                 : range.kind != OMNI__CEL_LIST && !map) {
        return error;
    }
    for (size_t i = 0; i < count; ++i) {
        const naive_name first = {locals, node->names[0],
                                  bound(range, node, i, 0)};
        const naive_name second = {&first, node->names[1],
                                   bound(range, node, i, 1)};
        const naive_name *names = node->pairs ? &second : &first;
        const naive condition =
            node->b != NULL ? eval(w, node->b, names) : truth(true);
        held += is(condition, true);
        wrong += condition.kind != OMNI__CEL_BOOL;
        if (!is(condition, true)) {
            continue;
        }
        const naive made =
            node->c == NULL ? first.value : eval(w, node->c, names);
        wrong += made.kind == OMNI__CEL_ERROR;
        if (node->op == OMNI__CEL_MAP_MAP) {
            put(&out, first.value);
        }
        put(&out, made);
    }
    switch (node->op) {
    case OMNI__CEL_ALL:
        return held + wrong < count ? truth(false)
               : wrong != 0         ? error
                                    : truth(true);
    case OMNI__CEL_EXISTS:
        return held != 0 ? truth(true) : wrong != 0 ? error : truth(false);
    case OMNI__CEL_EXISTS_ONE:
        return wrong != 0 ? error : truth(held == 1);
    default:
        return wrong != 0 ? error : out;
    }
}

static naive
collection(const walker *w, const omni__cel_node *node,
           const naive_name *locals)
{
    const bool map = node->kind == OMNI__CEL_MAKE_MAP;
    naive out = items(w, map ? OMNI__CEL_MAP : OMNI__CEL_LIST, node->count);
    for (uint32_t i = 0; i < node->count; i += map ? 2 : 1) {
        const naive key = map ? eval(w, node->arguments[i], locals) : error;
        naive value = eval(w, node->arguments[i + map], locals);
        if ((map && key.kind == OMNI__CEL_ERROR) ||
            value.kind == OMNI__CEL_ERROR) {
            return error;
        }
        if (node->optionals[i]) {
            if (value.kind != OMNI__CEL_OPTIONAL) {
                return error;
            }
            if (value.count == 0) {
                continue;
            }
            value = value.items[0];
        }
        if (map && key.kind != OMNI__CEL_BOOL && key.kind != OMNI__CEL_INT &&
            key.kind != OMNI__CEL_UINT && key.kind != OMNI__CEL_STRING) {
            return error;
        }
        if (map && naive_look_up(out, key) != NULL) {
            return error;
        }
        if (map) {
            put(&out, key);
        }
        put(&out, value);
    }
    return out;
}

/* Of a chain of fields over a name the text, or nothing. */
static omni__slice
chain(const walker *w, const omni__cel_node *node, const omni__cel_node **root)
{
    *root = node;
    if (node->kind == OMNI__CEL_NAME) {
        return node->name;
    }
    if (node->kind != OMNI__CEL_SELECT || node->optional) {
        return omni__slice_of(NULL, 0);
    }
    const omni__slice before = chain(w, node->a, root);
    if (before.size == 0) {
        return before;
    }
    const naive dot =
        naive_joined(w, text(before), text(omni__slice_text(".")));
    return naive_joined(w, dot, text(node->name)).text;
}

static const naive_name *
find(const naive_name *names, omni__slice name)
{
    while (names != NULL && !omni__slice_equal(names->name, name)) {
        names = names->before;
    }
    return names;
}

/* Names and fields: the longest declared name, unless it begins with a name
   of a macro. */
static naive
field(const walker *w, const omni__cel_node *node, const naive_name *locals)
{
    const omni__cel_node *root;
    const omni__slice name = chain(w, node, &root);
    const naive_name *own = name.size != 0 ? find(locals, root->name) : NULL;
    const naive_name *global =
        name.size != 0 && own == NULL ? find(w->globals, name) : NULL;
    if (global != NULL) {
        return global->value;
    }
    if (node->kind == OMNI__CEL_NAME && own != NULL) {
        return own->value;
    }
    if (node->kind == OMNI__CEL_NAME) {
        for (int kind = OMNI__CEL_NULL; kind < OMNI__CEL_KINDS; ++kind) {
            if (named(name, omni__cel_kind_name((omni__cel_kind)kind))) {
                return (naive){.kind = OMNI__CEL_TYPE, .number = kind};
            }
        }
        return error;
    }
    const naive a = eval(w, node->a, locals);
    const naive of =
        a.kind == OMNI__CEL_OPTIONAL && a.count != 0 ? a.items[0] : a;
    if (of.kind != OMNI__CEL_MAP && of.kind != OMNI__CEL_OPTIONAL) {
        return error;
    }
    return naive_part(w, a, text(node->name), node->optional);
}

static naive
has(const walker *w, const omni__cel_node *node, const naive_name *locals)
{
    naive a = eval(w, node->a, locals);
    if (a.kind == OMNI__CEL_OPTIONAL) {
        if (a.count == 0) {
            return truth(false);
        }
        a = a.items[0];
    }
    return a.kind == OMNI__CEL_MAP
               ? truth(naive_look_up(a, text(node->name)) != NULL)
               : error;
}

/* Of && and || every operand is evaluated: one that decides is enough. */
static naive
logical(const walker *w, const omni__cel_node *node, const naive_name *locals)
{
    const bool deciding = node->kind == OMNI__CEL_OR;
    size_t decided = 0;
    size_t wrong = 0;
    for (uint32_t i = 0; i < node->count; ++i) {
        const naive value = eval(w, node->arguments[i], locals);
        decided += is(value, deciding);
        wrong += value.kind != OMNI__CEL_BOOL;
    }
    return decided != 0 ? truth(deciding)
           : wrong != 0 ? error
                        : truth(!deciding);
}

static naive
eval(const walker *w, const omni__cel_node *node, const naive_name *locals)
{
    naive a = error;
    naive b = error;
    switch (node->kind) {
    case OMNI__CEL_LITERAL:
        return naive_of(node->value, w->arena);
    case OMNI__CEL_NAME:
    case OMNI__CEL_SELECT:
        return field(w, node, locals);
    case OMNI__CEL_HAS:
        return has(w, node, locals);
    case OMNI__CEL_INDEX:
    case OMNI__CEL_BINARY:
        a = eval(w, node->a, locals);
        b = eval(w, node->b, locals);
        if (a.kind == OMNI__CEL_ERROR || b.kind == OMNI__CEL_ERROR) {
            return error;
        }
        return node->kind == OMNI__CEL_INDEX
                   ? naive_part(w, a, b, node->optional)
                   : naive_operate(w, (omni__cel_op)node->op, a, b);
    case OMNI__CEL_NOT:
        a = eval(w, node->a, locals);
        return a.kind == OMNI__CEL_BOOL ? truth(!a.truth) : error;
    case OMNI__CEL_NEGATE:
        a = eval(w, node->a, locals);
        return a.kind == OMNI__CEL_DOUBLE ? real(-a.real)
               : a.kind == OMNI__CEL_INT
                   ? naive_operate(w, OMNI__CEL_SUBTRACT, integer(0), a)
                   : error;
    case OMNI__CEL_AND:
    case OMNI__CEL_OR:
        return logical(w, node, locals);
    case OMNI__CEL_CHOICE:
        a = eval(w, node->a, locals);
        return a.kind != OMNI__CEL_BOOL
                   ? error
                   : eval(w, a.truth ? node->b : node->c, locals);
    case OMNI__CEL_MAKE_LIST:
    case OMNI__CEL_MAKE_MAP:
        return collection(w, node, locals);
    case OMNI__CEL_CALL:
        return call(w, node, locals);
    case OMNI__CEL_FOLD:
        return macro(w, node, locals);
    case OMNI__CEL_BIND: {
        const naive_name name = {locals, node->names[0],
                                 eval(w, node->a, locals)};
        return eval(w, node->b, &name);
    }
    default:
        return error;
    }
}

naive
naive_evaluate(const omni__cel_node *node, const naive_name *globals,
               omni__arena *arena, bool *unsure)
{
    const walker w = {.globals = globals, .arena = arena, .unsure = unsure};
    *unsure = false;
    return eval(&w, node, NULL);
}
