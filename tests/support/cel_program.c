#include "support/cel_program.h"

#include "support/cel_naive.h"

#include <math.h>

static void
put(cel_program *p, char type, unsigned depth);

static uint64_t
below(cel_program *p, uint64_t bound)
{
    return cel_text_below(&p->text, bound);
}

/* A choice among texts; `@` in one is an expression of the type behind it, `.`
   behind an `@` of any type. */
static void
put_form(cel_program *p, const char *form, unsigned depth)
{
    static const char types[] = "biudsLMO";
    for (; *form != '\0'; ++form) {
        if (*form != '@') {
            cel_text_put(&p->text, "%c", *form);
            continue;
        }
        ++form;
        put(p, *form == '.' ? types[below(p, 8)] : *form, depth - 1);
    }
}

/* Literals and variables by type; empty ones end a row. */
static const struct {
    char type;
    const char *const forms[14];
} leaves[] = {
    {'b', {"true", "false", "t", "m.k", "m['k']"}},
    {'i',
     {"0", "1", "-1", "2", "3", "n", "-7", "9223372036854775807",
      "-9223372036854775808", "m.x.y", "m.x.z", "l[0]", "size(s)"}},
    {'u', {"0u", "1u", "2u", "u", "18446744073709551615u"}},
    {'d',
     {"0.0", "1.0", "-0.0", "1.5", "d", "-2.5", "1e300", "(0.0 / 0.0)",
      "(1.0 / 0.0)", "9223372036854775808.0"}},
    {'s', {"''", "'a'", "'ab'", "s", "'\u00e9'", "m.missing", "'k'"}},
    {'L', {"[]", "l", "[1]", "['a', 1, 1.0]", "[true]", "[[1], {}]"}},
    {'M', {"{}", "m", "{1: 'a'}", "{'a': 1, 'b': 2u}", "{true: 0, 1u: 1}"}},
    {'O', {"optional.none()", "optional.of(1)", "o", "m.?k", "m.?no"}},
    {'T', {"int", "type(1)", "type('a')", "list"}},
};

/* How values are made of others. `V` and `W` are names of variables that a
   macro binds, `#` the expression in their scope. */
static const struct {
    char type;
    const char *const forms[26];
} makings[] = {
    {'b', {"@b && @b",
           "@b || @b || @b",
           "!@b",
           "@i < @i",
           "@d >= @i",
           "@u <= @d",
           "@s > @s",
           "@. == @.",
           "@. != @.",
           "@i == @u",
           "@L == @L",
           "@M == @M",
           "@. in @L",
           "@s in @M",
           "has(m.x.y)",
           "@s.contains(@s)",
           "@s.startsWith(@s)",
           "@s.endsWith(@s)",
           "@O.hasValue()",
           "type(@.) == type(@.)",
           "@T == type(@.)",
           "@b < @b",
           "@. < @."}},
    {'i',
     {"@i + @i", "@i - @i", "@i * @i", "@i / @i", "@i % @i", "-@i", "size(@s)",
      "@L.size()", "size(@M)", "int(@d)", "int(@u)", "@L[@i]",
      "math.greatest(@i, @d)", "math.least(@i, @i, @u)", "@O.orValue(@i)",
      "@. + @.", "@. * @."}},
    {'u',
     {"@u + @u", "@u - @u", "@u * @u", "@u / @u", "@u % @u", "uint(@i)",
      "uint(@d)"}},
    {'d',
     {"@d + @d", "@d - @d", "@d * @d", "@d / @d", "-@d", "double(@i)",
      "double(@u)", "math.greatest(@L)"}},
    {'s',
     {"@s + @s", "string(@i)", "string(@b)", "string(@u)", "@L[@i]", "@M[@s]"}},
    {'L', {"@L + @L", "[@., @.]", "[?@O, @i]", "[@i, @i, @i]", "[?@., @s]"}},
    {'M', {"{@s: @., @s: @.}", "{?@s: @O}", "{@i: @., @u: @.}", "{@.: @.}"}},
    {'O',
     {"optional.of(@.)", "@M.?k", "@M[?@s]", "@L[?@i]", "@O.?x", "m.?x.y",
      "@O[?@i]"}},
    {'T', {"type(@.)"}},
};

/* Macros: the range, and what stands behind its variables. */
static const struct {
    char type;
    const char *range;
    const char *body;
    const char *end;
    char inner;
    bool pair;
} macros[] = {
    {'b', "@L.all(", "", ")", 'b', false},
    {'b', "@L.exists(", "", ")", 'b', false},
    {'b', "@M.exists(", "", ")", 'b', false},
    {'b', "@L.exists_one(", "", ")", 'b', false},
    {'b', "@M.all(", "", ")", 'b', true},
    {'b', "@L.exists(", "", ")", 'b', true},
    {'b', "@M.existsOne(", "", ")", 'b', true},
    {'L', "@L.map(", "", ")", 'i', false},
    {'L', "@L.map(", "@b, ", ")", 's', false},
    {'L', "@L.filter(", "", ")", 'b', false},
    {'L', "@M.filter(", "", ")", 'b', false},
    {'L', "@L.transformList(", "", ")", 'u', true},
    {'L', "@M.transformList(", "@b, ", ")", '.', true},
    {'M', "@M.transformMap(", "", ")", 'i', true},
    {'M', "@L.transformMap(", "@b, ", ")", '.', true},
    {'O', "@O.optMap(", "", ")", '.', false},
};

static void
bind(cel_program *p, char type)
{
    const char name =
        below(p, 20) == 0 ? 'm' : (char)('A' + (char)p->local_count);
    cel_text_put(&p->text, "%c, ", name);
    p->names[p->local_count] = name;
    p->locals[p->local_count++] = type;
}

static bool
put_macro(cel_program *p, char type, unsigned depth)
{
    const size_t count = sizeof(macros) / sizeof(macros[0]);
    const size_t which = (size_t)below(p, count);
    const unsigned held = p->local_count;
    if (macros[which].type != type || held + 2 > sizeof(p->locals)) {
        return false;
    }
    put_form(p, macros[which].range, depth);
    if (macros[which].pair) {
        bind(p, macros[which].range[1] == 'L' ? 'i' : 's');
    }
    bind(p, macros[which].range[1] == 'M' && !macros[which].pair ? 's' : 'i');
    put_form(p, macros[which].body, depth);
    put_form(p, (const char[]){'@', macros[which].inner, '\0'}, depth);
    p->local_count = held;
    cel_text_put(&p->text, "%s", macros[which].end);
    return true;
}

/* A variable that is bound, if one is of this type. */
static bool
put_local(cel_program *p, char type)
{
    const unsigned at = (unsigned)below(p, p->local_count + 1u);
    if (at == p->local_count || p->locals[at] != type) {
        return false;
    }
    cel_text_put(&p->text, "%c", p->names[at]);
    return true;
}

static size_t
count_of(const char *const *forms)
{
    size_t count = 0;
    while (forms[count] != NULL) {
        ++count;
    }
    return count;
}

static void
put(cel_program *p, char type, unsigned depth)
{
    static const char types[] = "biudsLMOT";
    type = below(p, 100) == 0 ? types[below(p, 9)] : type;
    const size_t row = (size_t)(strchr(types, type) - types);
    if (put_local(p, type)) {
        return;
    }
    if (depth == 0 || below(p, 6) == 0) {
        const char *const *forms = leaves[row].forms;
        cel_text_put(&p->text, "%s", forms[below(p, count_of(forms))]);
        return;
    }
    const uint64_t kind = below(p, 12);
    cel_text_put(&p->text, "(");
    if (kind == 0) {
        put(p, 'b', depth - 1);
        cel_text_put(&p->text, " ? ");
        put(p, type, depth - 1);
        cel_text_put(&p->text, " : ");
        put(p, type, depth - 1);
    } else if (kind == 1 && p->local_count < sizeof(p->locals)) {
        const char of = types[below(p, 8)];
        cel_text_put(&p->text, "cel.bind(");
        bind(p, '\0');
        put(p, of, depth - 1);
        cel_text_put(&p->text, ", ");
        p->locals[p->local_count - 1] = of;
        put(p, type, depth - 1);
        --p->local_count;
        cel_text_put(&p->text, ")");
    } else if (kind > 5 || !put_macro(p, type, depth)) {
        const char *const *forms = makings[row].forms;
        put_form(p, forms[below(p, count_of(forms))], depth);
    }
    cel_text_put(&p->text, ")");
}

void
cel_program_write(cel_program *p)
{
    static const char types[] = "bbbbiudsLMO";
    p->text.size = 0;
    p->text.text[0] = '\0';
    p->local_count = 0;
    const char type = types[below(p, 11)];
    put(p, type, 1 + (unsigned)below(p, 5));
}

#define GLOBALS 10

static const omni__cel_variable variables[GLOBALS] = {
    {"n", 'i'}, {"u", 'u'}, {"d", 'd'}, {"s", 's'},     {"t", 'b'},
    {"l", 'L'}, {"m", 'M'}, {"o", 'O'}, {"m.x.z", 'i'}, {"z", '*'}};

static const omni__cel_environment environment = {.variables = variables,
                                                  .variable_count = GLOBALS};

static omni__cel_value
text_value(const char *text)
{
    return omni__cel_text(omni__slice_text(text));
}

static omni__cel_value
variable(omni__cel_run *run, uint32_t number)
{
    static omni__cel_value items[3];
    static omni__cel_entry inner[1];
    static omni__cel_entry outer[3];
    static const omni__cel_map maps[2] = {{inner, 1}, {outer, 3}};
    items[0] = omni__cel_int(1);
    items[1] = omni__cel_double(2.0);
    items[2] = text_value("a");
    inner[0] = (omni__cel_entry){text_value("y"), omni__cel_int(5)};
    outer[0] = (omni__cel_entry){text_value("k"), omni__cel_bool(true)};
    outer[1] = (omni__cel_entry){
        text_value("x"),
        (omni__cel_value){.kind = OMNI__CEL_MAP, .as.map = &maps[0]}};
    outer[2] = (omni__cel_entry){omni__cel_int(1), text_value("one")};
    (void)run;
    const omni__cel_value all[GLOBALS] = {
        omni__cel_int(3),
        omni__cel_uint(2),
        omni__cel_double(1.5),
        text_value("a \u00e9"),
        omni__cel_bool(true),
        omni__cel_list(items, 3),
        {.kind = OMNI__CEL_MAP, .as.map = &maps[1]},
        {.kind = OMNI__CEL_OPTIONAL, .as.items = items},
        omni__cel_int(9),
        omni__cel_null(),
    };
    return all[number];
}

cel_program_result
cel_program_compare(cel_program *p)
{
    omni_error error;
    naive_name globals[GLOBALS];
    omni__cel_node *trees[2];
    uint32_t slots;
    bool unsure;
    const omni__cel_source source = {
        .text = omni__slice_of(p->text.text, p->text.size),
        .arena = p->arena,
        .error = &error};
    cel_program_result result = {.parsed = false};
    if (omni__cel_parse(&source, &trees[0]) != OMNI_OK ||
        omni__cel_parse(&source, &trees[1]) != OMNI_OK ||
        omni__cel_resolve(&source, &environment, trees[0], &slots) != OMNI_OK) {
        return result;
    }
    result.parsed = true;
    omni__cel_run run = {.arena = p->arena,
                         .variable = variable,
                         .steps = UINT64_MAX / 2,
                         .since_us = INT64_MIN,
                         .until_us = INT64_MAX};
    run.slots =
        omni__arena_zero(p->arena, (slots + (size_t)1) * sizeof(run.slots[0]));
    if (omni__cel_check(&source, &environment, trees[0], &result.type) !=
        OMNI_OK) {
        result.type = '\0';
    }
    const omni__cel_value value = omni__cel_evaluate(&run, trees[0]);
    for (uint32_t i = 0; i < GLOBALS; ++i) {
        globals[i] =
            (naive_name){.before = i == 0 ? NULL : &globals[i - 1],
                         .name = omni__slice_text(variables[i].name),
                         .value = naive_of(variable(&run, i), p->arena)};
    }
    const naive wanted =
        naive_evaluate(trees[1], &globals[GLOBALS - 1], p->arena, &unsure);
    result.kind = (omni__cel_kind)value.kind;
    result.naive_kind = wanted.kind;
    result.same = unsure || naive_same(wanted, value, p->arena);
    return result;
}
