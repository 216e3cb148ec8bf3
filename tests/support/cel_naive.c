#include "support/cel_naive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct walker {
    const naive_name *globals;
    omni__arena *arena;
    bool *unsure;
} walker;

static naive
eval(const walker *w, const omni__cel_node *node, const naive_name *locals);

static const naive error = {.kind = OMNI__CEL_ERROR};

static naive
truth(bool is)
{
    return (naive){.kind = OMNI__CEL_BOOL, .truth = is};
}

static naive
integer(int64_t number)
{
    return (naive){.kind = OMNI__CEL_INT, .number = number};
}

static naive
natural(uint64_t number)
{
    return (naive){.kind = OMNI__CEL_UINT, .natural = number};
}

static naive
real(double number)
{
    return (naive){.kind = OMNI__CEL_DOUBLE, .real = number};
}

static naive
text(omni__slice bytes)
{
    return (naive){.kind = OMNI__CEL_STRING, .text = bytes};
}

static naive
items(const walker *w, omni__cel_kind kind, size_t room)
{
    return (naive){.kind = kind,
                   .items =
                       omni__arena_zero(w->arena, (room + 1) * sizeof(naive))};
}

static void
put(naive *list, naive value)
{
    list->items[list->count++] = value;
}

static naive
some(const walker *w, naive value)
{
    naive out = items(w, OMNI__CEL_OPTIONAL, 1);
    put(&out, value);
    return value.kind == OMNI__CEL_ERROR ? error : out;
}

static bool
is(naive value, bool wanted)
{
    return value.kind == OMNI__CEL_BOOL && value.truth == wanted;
}

static bool
named(omni__slice name, const char *wanted)
{
    return omni__slice_equal(name, omni__slice_text(wanted));
}

static bool
number(naive a)
{
    return a.kind == OMNI__CEL_INT || a.kind == OMNI__CEL_UINT ||
           a.kind == OMNI__CEL_DOUBLE;
}

static double
as_real(naive a)
{
    return a.kind == OMNI__CEL_INT    ? (double)a.number
           : a.kind == OMNI__CEL_UINT ? (double)a.natural
                                      : a.real;
}

/* a < b of numbers, bools and texts; *can tells whether they have an order. */
static bool
less(naive a, naive b, bool *can)
{
    *can = true;
    if (number(a) && number(b)) {
        if (a.kind == OMNI__CEL_DOUBLE || b.kind == OMNI__CEL_DOUBLE) {
            return as_real(a) < as_real(b);
        }
        if (a.kind == b.kind) {
            return a.kind == OMNI__CEL_INT ? a.number < b.number
                                           : a.natural < b.natural;
        }
        return a.kind == OMNI__CEL_INT
                   ? a.number < 0 || (uint64_t)a.number < b.natural
                   : b.number >= 0 && a.natural < (uint64_t)b.number;
    }
    if (a.kind == OMNI__CEL_BOOL && b.kind == OMNI__CEL_BOOL) {
        return !a.truth && b.truth;
    }
    *can = a.kind == OMNI__CEL_STRING && b.kind == OMNI__CEL_STRING;
    return *can && omni__slice_compare(a.text, b.text) < 0;
}

static const naive *
look_up(naive map, naive key);

static bool
equal(naive a, naive b)
{
    bool can;
    if (number(a) && number(b)) {
        return !less(a, b, &can) && !less(b, a, &can) && !isnan(as_real(a)) &&
               !isnan(as_real(b));
    }
    bool same = a.kind == b.kind && a.count == b.count;
    switch (a.kind) {
    case OMNI__CEL_BOOL:
        return same && a.truth == b.truth;
    case OMNI__CEL_STRING:
        return same && omni__slice_equal(a.text, b.text);
    case OMNI__CEL_TYPE:
        return same && a.number == b.number;
    case OMNI__CEL_MAP:
        for (size_t i = 0; same && i < a.count; i += 2) {
            const naive *other = look_up(b, a.items[i]);
            same = other != NULL && equal(a.items[i + 1], *other);
        }
        return same;
    default:
        for (size_t i = 0; same && i < a.count; ++i) {
            same = equal(a.items[i], b.items[i]);
        }
        return same;
    }
}

static const naive *
look_up(naive map, naive key)
{
    for (size_t i = 0; i < map.count; i += 2) {
        if (equal(map.items[i], key)) {
            return &map.items[i + 1];
        }
    }
    return NULL;
}

/* Division truncates; what does not fit is an error. */
static naive
integers(omni__cel_op op, int64_t a, int64_t b)
{
    const bool opposite = a == INT64_MIN && b == -1;
    switch (op) {
    case OMNI__CEL_ADD:
        return b > 0 ? (a > INT64_MAX - b ? error : integer(a + b))
                     : (a < INT64_MIN - b ? error : integer(a + b));
    case OMNI__CEL_SUBTRACT:
        return b < 0 ? (a > INT64_MAX + b ? error : integer(a - b))
                     : (a < INT64_MIN + b ? error : integer(a - b));
    case OMNI__CEL_MULTIPLY: {
        const uint64_t product = (uint64_t)a * (uint64_t)b;
        const bool wrong = opposite || (b == INT64_MIN && a == -1) ||
                           (a != 0 && (int64_t)product / a != b);
        return wrong ? error : integer((int64_t)product);
    }
    default:
        return b == 0 || opposite
                   ? error
                   : integer(op == OMNI__CEL_DIVIDE ? a / b : a % b);
    }
}

static naive
naturals(omni__cel_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OMNI__CEL_ADD:
        return a + b < a ? error : natural(a + b);
    case OMNI__CEL_SUBTRACT:
        return b > a ? error : natural(a - b);
    case OMNI__CEL_MULTIPLY:
        return a != 0 && b > UINT64_MAX / a ? error : natural(a * b);
    default:
        return b == 0 ? error : natural(op == OMNI__CEL_DIVIDE ? a / b : a % b);
    }
}

static naive
reals(omni__cel_op op, double a, double b)
{
    switch (op) {
    case OMNI__CEL_ADD:
        return real(a + b);
    case OMNI__CEL_SUBTRACT:
        return real(a - b);
    case OMNI__CEL_MULTIPLY:
        return real(a * b);
    default:
        return op == OMNI__CEL_DIVIDE ? real(a / b) : error;
    }
}

static naive
joined(const walker *w, naive a, naive b)
{
    if (a.kind == OMNI__CEL_LIST) {
        naive out = items(w, OMNI__CEL_LIST, a.count + b.count);
        for (size_t i = 0; i < a.count + b.count; ++i) {
            put(&out, i < a.count ? a.items[i] : b.items[i - a.count]);
        }
        return out;
    }
    uint8_t *bytes = omni__arena_zero(w->arena, a.text.size + b.text.size + 1);
    for (size_t i = 0; i < a.text.size + b.text.size; ++i) {
        bytes[i] =
            i < a.text.size ? a.text.data[i] : b.text.data[i - a.text.size];
    }
    return text(omni__slice_of(bytes, a.text.size + b.text.size));
}

static naive
operate(const walker *w, omni__cel_op op, naive a, naive b)
{
    bool can;
    const bool before = less(a, b, &can);
    const bool behind = less(b, a, &can);
    const bool nan = (a.kind == OMNI__CEL_DOUBLE && isnan(a.real)) ||
                     (b.kind == OMNI__CEL_DOUBLE && isnan(b.real));
    switch (op) {
    case OMNI__CEL_EQUAL:
        return truth(equal(a, b));
    case OMNI__CEL_UNEQUAL:
        return truth(!equal(a, b));
    case OMNI__CEL_LESS:
        return can || nan ? truth(before) : error;
    case OMNI__CEL_GREATER:
        return can || nan ? truth(behind) : error;
    case OMNI__CEL_LESS_EQUAL:
        return can || nan ? truth(!behind && !nan) : error;
    case OMNI__CEL_GREATER_EQUAL:
        return can || nan ? truth(!before && !nan) : error;
    case OMNI__CEL_IN:
        if (b.kind == OMNI__CEL_MAP) {
            return truth(look_up(b, a) != NULL);
        }
        for (size_t i = 0; b.kind == OMNI__CEL_LIST && i < b.count; ++i) {
            if (equal(a, b.items[i])) {
                return truth(true);
            }
        }
        return b.kind == OMNI__CEL_LIST ? truth(false) : error;
    default:
        break;
    }
    if (a.kind != b.kind) {
        return error;
    }
    switch (a.kind) {
    case OMNI__CEL_INT:
        return integers(op, a.number, b.number);
    case OMNI__CEL_UINT:
        return naturals(op, a.natural, b.natural);
    case OMNI__CEL_DOUBLE:
        return reals(op, a.real, b.real);
    case OMNI__CEL_STRING:
    case OMNI__CEL_LIST:
        return op == OMNI__CEL_ADD ? joined(w, a, b) : error;
    default:
        return error;
    }
}

/* a[key]: an item of a list by a whole number, a value of a map by its key. */
static naive
at(naive a, naive key)
{
    if (a.kind == OMNI__CEL_MAP) {
        const bool may = number(key) || key.kind == OMNI__CEL_BOOL ||
                         key.kind == OMNI__CEL_STRING;
        const naive *value = may ? look_up(a, key) : NULL;
        return value != NULL ? *value : error;
    }
    for (size_t i = 0; a.kind == OMNI__CEL_LIST && i < a.count; ++i) {
        if (number(key) && equal(key, natural(i))) {
            return a.items[i];
        }
    }
    return error;
}

/* Through optionals: of none is none; what is not there is none behind a
   question mark. */
static naive
part(const walker *w, naive a, naive key, bool question)
{
    if (a.kind == OMNI__CEL_OPTIONAL) {
        if (a.count == 0) {
            return a;
        }
        a = a.items[0];
        question = true;
    }
    const naive value = at(a, key);
    const bool container = a.kind == OMNI__CEL_MAP || a.kind == OMNI__CEL_LIST;
    if (!question) {
        return value;
    }
    return value.kind == OMNI__CEL_ERROR && container
               ? items(w, OMNI__CEL_OPTIONAL, 0)
               : some(w, value);
}

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
        best = (greatest ? less(best, a[i], &can) : less(a[i], best, &can))
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
        if (map && look_up(out, key) != NULL) {
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
    const naive dot = joined(w, text(before), text(omni__slice_text(".")));
    return joined(w, dot, text(node->name)).text;
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
    return part(w, a, text(node->name), node->optional);
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
    return a.kind == OMNI__CEL_MAP ? truth(look_up(a, text(node->name)) != NULL)
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
                   ? part(w, a, b, node->optional)
                   : operate(w, (omni__cel_op)node->op, a, b);
    case OMNI__CEL_NOT:
        a = eval(w, node->a, locals);
        return a.kind == OMNI__CEL_BOOL ? truth(!a.truth) : error;
    case OMNI__CEL_NEGATE:
        a = eval(w, node->a, locals);
        return a.kind == OMNI__CEL_DOUBLE ? real(-a.real)
               : a.kind == OMNI__CEL_INT
                   ? integers(OMNI__CEL_SUBTRACT, 0, a.number)
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

naive
naive_of(omni__cel_value value, omni__arena *arena)
{
    const walker w = {.arena = arena};
    naive out = {.kind = (omni__cel_kind)value.kind};
    switch (value.kind) {
    case OMNI__CEL_BOOL:
        return truth(value.as.truth);
    case OMNI__CEL_INT:
        return integer(value.as.number);
    case OMNI__CEL_UINT:
        return natural(value.as.natural);
    case OMNI__CEL_DOUBLE:
        return real(value.as.real);
    case OMNI__CEL_STRING:
        return text(omni__cel_slice(value));
    case OMNI__CEL_TYPE:
        out.number = value.size;
        return out;
    case OMNI__CEL_LIST:
    case OMNI__CEL_OPTIONAL: {
        const size_t count =
            value.kind == OMNI__CEL_LIST ? value.size : value.as.items != NULL;
        out = items(&w, (omni__cel_kind)value.kind, count);
        for (size_t i = 0; i < count; ++i) {
            put(&out, naive_of(value.as.items[i], arena));
        }
        return out;
    }
    case OMNI__CEL_MAP:
        out = items(&w, OMNI__CEL_MAP, 2 * value.as.map->count);
        for (size_t i = 0; i < value.as.map->count; ++i) {
            put(&out, naive_of(value.as.map->entries[i].key, arena));
            put(&out, naive_of(value.as.map->entries[i].value, arena));
        }
        return out;
    default:
        return out;
    }
}

/* The same kind, the same bits: 0 is not -0, NaN is NaN. */
static bool
alike(naive a, naive b)
{
    bool same = a.kind == b.kind && a.count == b.count && a.truth == b.truth &&
                a.number == b.number && a.natural == b.natural &&
                omni__slice_equal(a.text, b.text) &&
                (isnan(a.real)
                     ? isnan(b.real)
                     : a.real == b.real && signbit(a.real) == signbit(b.real));
    for (size_t i = 0; same && i < a.count; ++i) {
        same = alike(a.items[i], b.items[i]);
    }
    return same;
}

bool
naive_same(naive a, omni__cel_value b, omni__arena *arena)
{
    return alike(a, naive_of(b, arena));
}
